"use strict";
{
const box = document.getElementById("recount");
const [go, about, failed, noWasm] = box.dataset.words.split("|");
const add = (tag, text, of = box) => {
	const made = document.createElement(tag);
	made.textContent = text;
	of.append(made);
	return made;
};
const begin = (button) => {
	button.disabled = true;
	box.querySelector(".did")?.remove();
	const did = add("div", "");
	did.className = "did";
	const bar = add("progress", "", did);
	bar.setAttribute("aria-label", go);
	const steps = add("ol", "", did);
	const verdict = add("p", "", did);
	verdict.setAttribute("role", "status");
	const worker = new Worker("recount.js");
	const end = (head, more = "") => {
		clearTimeout(late);
		worker.terminate();
		bar.remove();
		button.disabled = false;
		verdict.textContent = "";
		add("b", head, verdict);
		verdict.append(" ", more);
	};
	// A service that never answers.
	const late = setTimeout(() => end(failed), 60000);
	worker.onerror = () => end(failed);
	worker.onmessage = ({ data: { step, text, done, of, head, more } }) => {
		clearTimeout(late);
		if (step) {
			add("li", step, steps);
		} else if (text) {
			bar.max = of;
			bar.value = done;
			verdict.textContent = text;
		} else {
			end(head, more);
		}
	};
	worker.postMessage({ base: new URL(".", location).href, language: document.documentElement.lang, shown: Number(box.dataset.total) });
};
if (location.protocol.startsWith("http")) {
	const button = add("button", go);
	const hasWasm = typeof WebAssembly === "object";
	add("p", hasWasm ? about : noWasm).className = "n";
	button.disabled = !hasWasm;
	button.onclick = () => begin(button);
}
}
