// The worker, as the screens see it.
export class Stopped extends Error {}

// What the worker refuses: { word, fills, detail, problem } for people; detail is a word with its fills, problem the library's.
export class Refusal extends Error {
	constructor({ word, fills = {}, detail = null, problem = null }) {
		super(word);
		this.word = word;
		this.fills = fills;
		this.detail = detail;
		this.problem = problem;
	}
}

// Parts of this file (tools/make-kit): the worker as text, modules in base 85.
const part = (id) => document.getElementById(id).textContent;

function partBytes(id) {
	const text = part(id);
	const bytes = new Uint8Array(Math.floor(text.length * 4 / 5));
	const view = new DataView(new ArrayBuffer(4));
	for (let at = 0, to = 0; at < text.length; at += 5, to += 4) {
		let word = 0;
		for (let i = 0; i < 5; i++) {
			// Digits are the characters from ( on, without < and \; the last is as if it were followed by the highest.
			const code = at + i < text.length ? text.charCodeAt(at + i) : 126;
			word = word * 85 + code - 40 - (code > 60 ? 1 : 0) - (code > 92 ? 1 : 0);
		}
		view.setUint32(0, word);
		bytes.set(new Uint8Array(view.buffer, 0, Math.min(4, bytes.length - to)), to);
	}
	return bytes;
}

export class Engine {
	#worker = null;
	#calls = new Map();
	#last = 0;
	#listener = null;

	async #begin() {
		const url = URL.createObjectURL(new Blob([part("worker")], { type: "text/javascript" }));
		this.#worker = new Worker(url);
		URL.revokeObjectURL(url);
		this.#worker.onmessage = ({ data }) => this.#hear(data);
		this.#worker.onerror = (event) => this.#fail(event.message ?? "worker");
		await this.#send("begin", { core: partBytes("core"), seal: partBytes("seal") });
	}

	#hear({ id, answer, refused, done, of }) {
		if (id === undefined) {
			this.#listener?.(done, of);
			return;
		}
		const { resolve, reject } = this.#calls.get(id);
		this.#calls.delete(id);
		if (refused) {
			reject(new Refusal(refused));
		} else {
			resolve(answer);
		}
	}

	#fail(what) {
		for (const { reject } of this.#calls.values()) {
			reject(new Refusal({ word: "refused_fault", fills: { what } }));
		}
		this.#calls.clear();
	}

	// The bytes that are sent are gone here: they are handed over, not copied.
	#send(call, given, handOver = []) {
		const id = ++this.#last;
		return new Promise((resolve, reject) => {
			this.#calls.set(id, { resolve, reject });
			this.#worker.postMessage({ id, call, given }, handOver.map((bytes) => bytes.buffer));
		});
	}

	// Calls a function of the worker. listener(done, of) hears how far it is.
	async call(call, given = {}, { handOver = [], listener = null } = {}) {
		if (this.#worker === null) {
			await this.#begin();
		}
		this.#listener = listener;
		return this.#send(call, given, handOver);
	}

	// Ends the worker and all that it holds, whatever it is doing; what was asked for is Stopped.
	end() {
		this.#worker?.terminate();
		this.#worker = null;
		for (const { reject } of this.#calls.values()) {
			reject(new Stopped());
		}
		this.#calls.clear();
	}

	// Wipes what can be wiped, then ends.
	async forget() {
		if (this.#worker !== null) {
			await this.call("forget").catch(() => {});
		}
		this.end();
	}
}
