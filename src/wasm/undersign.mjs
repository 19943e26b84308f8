// What a page or a program in JavaScript needs to use undersign.wasm. No dependency; works in
// browsers and in Node. Everything is synchronous but loading: run it in a worker.
//
//     const undersign = await load(bytes);
//     const letter = undersign.open(files, { policy, letter });
//     letter.tally, letter.letter(), letter.place(secret), letter.sign({ ring, ... }, secret), ...
//     undersign.reset();
//
// Bytes are Uint8Array, texts are strings. What does not hold throws Refused. After a RuntimeError
// (out of stack, a fault of the module) load it anew.

const STATUS = [
	"OK", "INVALID", "FORMAT", "ENCODING", "LIMIT", "MISSING", "CONFLICT", "USAGE", "RANDOM",
	"MEMORY", "SYSTEM",
];
// What this machine lacks: that says nothing about what it looked at.
const LACKS = { RANDOM: "no randomness", MEMORY: "not enough memory", SYSTEM: "the system failed" };
const SECRET_BYTES = 160;
const SCOPE_BYTES = 37;

// What is wrong, where, and by which rule.
export class Refused extends Error {
	constructor(status, reply) {
		let problem = {};
		if (LACKS[STATUS[status]] === undefined && reply.length > 0) {
			problem = JSON.parse(new TextDecoder().decode(reply));
		}
		super(problem.what ?? LACKS[STATUS[status]] ?? "refused");
		this.status = STATUS[status];
		this.where = problem.where ?? "";
		this.rule = problem.rule ?? "";
		this.what = this.message;
	}
}

// A bundle that does not hold; tally is the text that `undersign verify --json` prints.
export class BundleRefused extends Error {
	constructor(status, tally) {
		super(JSON.parse(tally).problems[0].what);
		this.status = STATUS[status];
		this.tally = tally;
	}
}

// The generator of the browser or of Node (18 has no global one), at most 65,536 bytes at a time.
async function systemRandom() {
	const crypto = globalThis.crypto ?? (await import("node:crypto")).webcrypto;
	return (bytes) => {
		for (let done = 0; done < bytes.length; done += 65536) {
			crypto.getRandomValues(bytes.subarray(done, done + 65536));
		}
	};
}

// A module that imports a function of two 64-bit numbers and exports it: what a table can hold.
const RELAY = Uint8Array.of(
	0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version 1
	0x01, 0x06, 0x01, 0x60, 0x02, 0x7e, 0x7e, 0x00, // type 0: (i64, i64) -> ()
	0x02, 0x07, 0x01, 0x01, 0x65, 0x01, 0x66, 0x00, 0x00, // import "e" "f" of type 0
	0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00, // export "f"
);

// module: bytes, or a WebAssembly.Module. random fills a Uint8Array or throws.
export async function load(module, { random } = {}) {
	const fill = random ?? await systemRandom();
	const compiled = module instanceof WebAssembly.Module ? module
		: await WebAssembly.compile(module);
	let memory = null;
	const { exports } = await WebAssembly.instantiate(compiled, {
		env: {
			random(pointer, length) {
				try {
					const bytes = new Uint8Array(memory.buffer, pointer >>> 0, length);
					fill(bytes);
					return 0;
				} catch {
					return 1;
				}
			},
		},
	});
	memory = exports.memory;
	return new Undersign(exports);
}

export class Undersign {
	#exports;
	#relay = null;

	constructor(exports) {
		this.#exports = exports;
	}

	// Bytes of the module's memory; until the next call only.
	#view(pointer, length) {
		return new Uint8Array(this.#exports.memory.buffer, pointer, length);
	}

	// Copies bytes or a text into the module; gives address and length.
	#put(value) {
		const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value ?? [];
		const pointer = this.#take(bytes.length);
		this.#view(pointer, bytes.length).set(bytes);
		return [pointer, bytes.length];
	}

	#take(length) {
		const pointer = this.#exports.take(length) >>> 0;
		if (pointer === 0) {
			throw new Refused(STATUS.indexOf("MEMORY"), []);
		}
		return pointer;
	}

	#putWords(words) {
		const pointer = this.#take(4 * words.length);
		const view = new DataView(this.#exports.memory.buffer, pointer);
		words.forEach((word, i) => view.setUint32(4 * i, word, true));
		return pointer;
	}

	#putExactly(bytes, length, name) {
		if (!(bytes instanceof Uint8Array) || bytes.length !== length) {
			throw new TypeError(`${name} has ${length} bytes`);
		}
		return this.#put(bytes)[0];
	}

	#reply() {
		const view = new DataView(this.#exports.memory.buffer, this.#exports.reply() >>> 0);
		return this.#view(view.getUint32(0, true), view.getUint32(4, true)).slice();
	}

	#answer(status) {
		const reply = this.#reply();
		if (status !== 0) {
			throw new Refused(status, reply);
		}
		return reply;
	}

	#object(status) {
		return JSON.parse(new TextDecoder().decode(this.#answer(status)));
	}

	// Calls listener(done, total) now and then while something is computed; null: nobody listens.
	listen(listener) {
		if (listener === null) {
			this.#exports.listen(0);
			return;
		}
		const relay = new WebAssembly.Instance(new WebAssembly.Module(RELAY), {
			e: { f: (done, total) => listener(Number(done), Number(total)) },
		});
		this.#relay ??= this.#exports.__indirect_function_table.grow(1);
		this.#exports.__indirect_function_table.set(this.#relay, relay.exports.f);
		this.#exports.listen(this.#relay);
	}

	// Closes everything and wipes the module's memory.
	reset() {
		this.#exports.reset();
	}

	// Verifies a bundle, an array of { name, content }. policy: a text; letter: its id's 32 bytes.
	open(files, { policy = "", letter = null } = {}) {
		const words = files.flatMap(({ name, content }) =>
			[...this.#put(name), ...this.#put(content)]);
		const table = this.#putWords(words);
		const policyAt = this.#put(policy);
		const letterAt = letter === null ? 0 : this.#putExactly(letter, 32, "a letter's id");
		const status = this.#exports.open(table, files.length, ...policyAt, letterAt);
		if (LACKS[STATUS[status]] !== undefined) {
			throw new Refused(status, []);
		}
		const tally = new TextDecoder().decode(this.#reply());
		if (status !== 0) {
			throw new BundleRefused(status, tally);
		}
		return this.#bundle(tally);
	}

	// What can be done with the bundle that is open, until the next open or reset.
	#bundle(tally) {
		const exports = this.#exports;
		const secretAt = (secret) => this.#putExactly(secret, SECRET_BYTES, "a secret");
		return {
			tally,
			letter: () => this.#object(exports.letter()),
			place: (secret) => this.#object(exports.place(secretAt(secret))),
			sign: ({ ring, second = false, seq }, secret) =>
				this.#answer(exports.sign(ring, second ? 1 : 0, seq, secretAt(secret))),
			withdraw: ({ seq }, secret) =>
				this.#answer(exports.withdraw(seq, secretAt(secret))),
			check: (statement) => {
				this.#answer(exports.statement_check(...this.#put(statement)));
			},
			find: (statement) =>
				this.#object(exports.statement_find(...this.#put(statement))),
			proveInclusion: (entry) => this.#answer(exports.inclusion_prove(entry)),
			claim: ({ text, verifier = "" }, secret) => this.#answer(exports.claim_new(
				...this.#put(text), ...this.#put(verifier), secretAt(secret))),
			checkClaim: (claim) => this.#object(exports.claim_check(...this.#put(claim))),
		};
	}

	// Makes secrets and the request for the steward. given: column -> another roster's secret,
	// whose tags the new one has too.
	enrol({ roster, edition, columns, meta = new Uint8Array(0), given = new Map() }) {
		const length = columns * SECRET_BYTES;
		const secretsAt = this.#take(length);
		let bits = 0;
		for (const [column, secret] of given) {
			if (!(column >= 1 && column <= columns) || secret.length !== SECRET_BYTES) {
				throw new TypeError("a given secret is of one of the columns");
			}
			this.#view(secretsAt + (column - 1) * SECRET_BYTES, SECRET_BYTES).set(secret);
			bits |= 1 << (column - 1);
		}
		const request = this.#answer(this.#exports.enrol(
			secretsAt, bits, ...this.#put(roster), edition, ...this.#put(meta), columns));
		const all = this.#view(secretsAt, length).slice();
		const secrets = Array.from({ length: columns }, (_, c) =>
			all.slice(c * SECRET_BYTES, (c + 1) * SECRET_BYTES));
		all.fill(0);
		return { request, secrets };
	}

	checkEnrolment(request) {
		this.#answer(this.#exports.enrolment_check(...this.#put(request)));
	}

	secretFromEd25519(seed) {
		const secretAt = this.#take(SECRET_BYTES);
		this.#exports.secret_from_ed25519(secretAt, this.#putExactly(seed, 32, "a seed"));
		return this.#view(secretAt, SECRET_BYTES).slice();
	}

	commitment(secret) {
		return this.#answer(this.#exports.commitment(
			this.#putExactly(secret, SECRET_BYTES, "a secret")));
	}

	newVerifier(name) {
		return this.#object(this.#exports.verifier_new(...this.#put(name)));
	}

	// A ring of one organisation from a points file: a number for makeProof and verifyProofs.
	openRing(organisation, points) {
		const ring = this.#exports.ring_open(...this.#put(organisation), ...this.#put(points));
		if (ring === 0) {
			throw new Refused(STATUS.indexOf("INVALID"), this.#reply());
		}
		return ring;
	}

	makeProof(ring, scope, message, secret) {
		return this.#answer(this.#exports.proof_make(
			ring, this.#putExactly(scope, SCOPE_BYTES, "a scope"), ...this.#put(message),
			this.#putExactly(secret, SECRET_BYTES, "a secret")));
	}

	// items: an array of { ring, scope, message, proof }. Whether each holds.
	verifyProofs(items) {
		const words = items.flatMap(({ ring, scope, message, proof }) => [
			ring, this.#putExactly(scope, SCOPE_BYTES, "a scope"), ...this.#put(message),
			...this.#put(proof)]);
		const status = this.#exports.proofs_verify(this.#putWords(words), items.length);
		if (status === STATUS.indexOf("INVALID")) {
			return Array.from(this.#reply(), (verdict) => verdict === 1);
		}
		return Array.from(this.#answer(status), (verdict) => verdict === 1);
	}
}
