// The kit begins. One state is on the screen at a time; nothing is kept anywhere but in the files that are saved.
import { element, say, speakTo } from "./dom.mjs";
import { engine, toStart } from "./screens_open.mjs";
import "./screens_sign.mjs";
import "./screens_member.mjs";

addEventListener("pagehide", () => engine.end());
speakTo(...navigator.languages);
if (typeof WebAssembly === "object") {
	toStart();
} else {
	document.querySelector("main").replaceChildren(element("p", { role: "alert" }, say("no_wasm")));
}
