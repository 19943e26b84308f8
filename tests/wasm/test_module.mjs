// The module itself: its size, what it imports, and the vectors of the protocol.
//
//     node test_module.mjs UNDERSIGN.WASM MODULE-WITH-VECTORS.WASM PROOF.JSON
import { readFileSync } from "node:fs";

import { load } from "../../src/wasm/undersign.mjs";
import { check, checkEqual, end, refusal } from "./support.mjs";

const SIZE_MAX = 400_000;
const [modulePath, vectorsPath, proofPath] = process.argv.slice(2);
const bytes = readFileSync(modulePath);
const vectors = JSON.parse(readFileSync(proofPath, "utf8"));

check(`at most ${SIZE_MAX} bytes (${bytes.length})`, bytes.length <= SIZE_MAX);
checkEqual("imports randomness and nothing else",
	WebAssembly.Module.imports(new WebAssembly.Module(bytes))
		.map(({ module, name, kind }) => `${module}.${name} ${kind}`).join(", "),
	"env.random function");
check("has a memory of its own",
	WebAssembly.Module.exports(new WebAssembly.Module(bytes))
		.some(({ name, kind }) => name === "memory" && kind === "memory"));

// --- Randomness -------------------------------------------------------------------------------

const broken = await load(bytes, { random() { throw new Error("no randomness"); } });
checkEqual("no secret without randomness",
	refusal(() => broken.enrol({ roster: "r", edition: 1, columns: 1 }))?.status, "RANDOM");
const constant = await load(bytes, { random(out) { out.fill(0x5a); } });
const fresh = await load(bytes);
const hex = (data) => Buffer.from(data).toString("hex");
const secretOf = (undersign) =>
	hex(undersign.enrol({ roster: "r", edition: 1, columns: 1 }).secrets[0]);
checkEqual("secrets come from what was imported", secretOf(constant), secretOf(constant));
check("and from the browser's generator by default", secretOf(fresh) !== secretOf(fresh));

// --- Memory -----------------------------------------------------------------------------------

const fill = (out) => out.fill(0xa5);
const compiled = new WebAssembly.Module(bytes);
let memory = null;
const { exports } = new WebAssembly.Instance(compiled, {
	env: { random: (at, len) => { fill(new Uint8Array(memory.buffer, at, len)); return 0; } },
});
memory = exports.memory;
const at = exports.take(100_000);
new Uint8Array(memory.buffer, at, 100_000).fill(0xa5);
const pages = memory.buffer.byteLength;
exports.reset();
check("reset wipes what was taken",
	new Uint8Array(memory.buffer, at, 100_000).every((byte) => byte === 0));
checkEqual("and gives it out again", exports.take(100_000), at);
checkEqual("without growing", memory.buffer.byteLength, pages);
checkEqual("more than there can be is refused", exports.take(0xffffffff), 0);
checkEqual("without a bundle there is no letter", exports.letter(), 7);
const two = [exports.take(1), exports.take(1)];
check("blocks are aligned to 64 and apart", two[0] % 64 === 0 && two[1] - two[0] === 64);

// --- Vectors of the protocol ------------------------------------------------------------------

let core = null;
const module = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(vectorsPath)), {
	env: { random: (at, len) => { fill(new Uint8Array(core.memory.buffer, at, len)); return 0; } },
});
core = module.exports;

const put = (data) => {
	const pointer = core.take(data.length);
	new Uint8Array(core.memory.buffer, pointer, data.length).set(data);
	return pointer;
};
const fromHex = (text) => Buffer.from(text, "hex");
const putHex = (text) => put(fromHex(text));
// A struct bytes, passed by value: in wasm32 the address of one.
const words = (list) => {
	const pointer = core.take(4 * list.length);
	const view = new DataView(core.memory.buffer, pointer);
	list.forEach((word, i) => view.setUint32(4 * i, word, true));
	return pointer;
};
const view = (data) => [put(data), data.length];
const struct = (data) => words(view(data));
const structHex = (text) => struct(fromHex(text));
const get = (pointer, length) => hex(new Uint8Array(core.memory.buffer, pointer, length));
const entriesOf = (entries) => words(entries.flatMap(([kind, source, meta]) =>
	[kind, putHex(source), ...view(fromHex(meta))]));
const ringOf = (parts, name) => core.vectors_ring(words(parts.flatMap(({ org, entries }) =>
	[...view(fromHex(org)), entriesOf(entries), entries.length])), parts.length, structHex(name));
const flip = (text, bit) => {
	const data = fromHex(text);
	data[bit >> 3] ^= 1 << (bit & 7);
	return data.toString("hex");
};

const scope = putHex(vectors.scope);
const points = core.take(9 * 32);
core.vectors_points(points, scope);
checkEqual("G_j, H and U_j", get(points, 9 * 32),
	[...vectors.G_j, vectors.H, ...vectors.U_j].join(""));

function checkSignature(what, ring, sig, secret) {
	const message = structHex(vectors.msg);
	check(`${what}: the signature of ${sig.i} holds`,
		core.vectors_signature(ring, scope, message, structHex(sig.sig)) === 1);
	const bits = [0, 300, 4 * sig.sig.length - 300];
	check(`${what}: not with a bit of it changed`, bits.every((bit) =>
		core.vectors_signature(ring, scope, message, structHex(flip(sig.sig, bit))) === 0));
	check(`${what}: nor for another message`,
		core.vectors_signature(ring, scope, structHex("00"), structHex(sig.sig)) === 0);
	const tag = core.take(32);
	check(`${what}: it bears the tag of its secret`,
		core.vectors_tag(tag, putHex(secret.join("")), scope) === 1 &&
		get(tag, 32) === sig.sig.slice(0, 64));
}

const first = ringOf([vectors], vectors.org);
checkEqual("first ring: its id", get(core.vectors_ring_id(first), 32), vectors.ring_id);
for (const sig of vectors.sigs) {
	checkSignature("first ring", first, sig, vectors.secrets[sig.i]);
}
for (const [v, version] of vectors.merged.versions.entries()) {
	const ring = ringOf(version.orgs, vectors.merged.name);
	checkEqual(`merged ring ${v}: its id`, get(core.vectors_ring_id(ring), 32), version.ring_id);
	for (const sig of version.sigs) {
		checkSignature(`merged ring ${v}`, ring, sig, vectors.merged.secret_b2);
	}
}
const { columns } = vectors;
for (const [c, column] of columns.columns.entries()) {
	const ring = ringOf([{ org: columns.org, entries: columns.enrolments.map((enrolment) =>
		[enrolment.kind, enrolment.sources[enrolment.kind === 2 ? 0 : c], enrolment.meta]) }],
	columns.org);
	checkEqual(`column ${c + 1}: its ring's id`, get(core.vectors_ring_id(ring), 32),
		column.ring_id);
	for (const sig of column.sigs) {
		checkSignature(`column ${c + 1}`, ring, sig, columns.secrets_0[c]);
	}
	for (const { kind, meta, sources, proofs } of columns.enrolments) {
		if (kind !== 1) {
			continue;
		}
		const holds = (number, proof) => core.vectors_registration(structHex(columns.org),
			structHex(meta), number, putHex(sources[c]), structHex(proof)) === 1;
		check(`column ${c + 1}: possession, and of no other column`,
			holds(c + 1, proofs[c]) && !holds(2 - c, proofs[c]) && !holds(c + 1, proofs[1 - c]));
	}
}

const payload = structHex(vectors.payload);
const withdrawal = (proof) => core.vectors_withdrawal(scope, payload, structHex(proof)) === 1;
check("the withdrawal holds, and not with a bit changed",
	withdrawal(vectors.withdraw_1) && !withdrawal(flip(vectors.withdraw_1, 700)));
const claim = (i) => core.vectors_claim(first, i, scope, payload, structHex(vectors.claim_1)) === 1;
check("the claim holds for its member only", claim(1) && !claim(2));
const tag = putHex(vectors.sigs[1].sig.slice(0, 64));
const designated = (i, proof) => core.vectors_designated(first, i, scope, payload, tag,
	putHex(vectors.VK), structHex(proof)) === 1;
check("the designated claim holds for its member only",
	designated(1, vectors.dv_claim_1) && !designated(2, vectors.dv_claim_1));
check("and one that its verifier made up holds too", designated(2, vectors.dv_fake_2));
const possession = (column) => core.vectors_registration(structHex(vectors.org),
	structHex(vectors.entries[1][2]), column, putHex(vectors.entries[1][1]),
	structHex(vectors.register_1)) === 1;
check("the proof of possession holds, and not for a column", possession(0) && !possession(1));
const verifier = (name) => core.vectors_verifier(struct(Buffer.from(name)), putHex(vectors.vk.VK),
	structHex(vectors.vk.proof)) === 1;
check("the verifier's key is proven, under its name only",
	verifier(vectors.vk.name) && !verifier("Another newspaper"));
end();
