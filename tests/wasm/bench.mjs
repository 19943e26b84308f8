// How long the module takes in Node, on one thread: processor time, the least of several runs.
//
//     node bench.mjs UNDERSIGN.WASM [BUNDLE] [N...]
//
// BUNDLE: a folder that is verified. N: sizes of rings (10,000 and 65,536 unless told otherwise) in
// which one signs, and over which 500 proofs are verified in one batch (one proof, 500 times: the
// work is that of 500 different ones). Rings are of Ed25519 keys by Node's own library.
import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { readFileSync, statSync } from "node:fs";

import { load } from "../../src/wasm/undersign.mjs";
import { readFolder } from "./support.mjs";

const [modulePath, ...rest] = process.argv.slice(2);
const bundle = rest.find((argument) => !/^\d+$/.test(argument));
const sizes = rest.filter((argument) => /^\d+$/.test(argument)).map(Number);
const bytes = readFileSync(modulePath);
const undersign = await load(bytes);
const N_PROOFS = 500;

// Milliseconds of the main thread and V8's compiler threads.
function time(runs, call) {
	let least = Infinity;
	for (let i = 0; i < runs; i++) {
		const begun = process.cpuUsage().user;
		call();
		least = Math.min(least, (process.cpuUsage().user - begun) / 1000);
	}
	return Math.round(least);
}
const say = (what, ms) => console.log(`${what.padEnd(48)}${String(ms).padStart(8)} ms`);
const rawKey = (key) => key.export({ format: "der", type: "spki" }).subarray(-32);

console.log(`${modulePath}: ${statSync(modulePath).size} bytes, Node ${process.version}`);
if (bundle !== undefined) {
	const files = readFolder(bundle);
	say(`verify ${bundle}`, time(5, () => {
		undersign.reset();
		undersign.open(files);
	}));
}
const seed = new Uint8Array(32).fill(7);
const mine = createPublicKey(createPrivateKey({ format: "der", type: "pkcs8",
	key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]) }));
for (const n of sizes.length > 0 ? sizes : [10_000, 65_536]) {
	const header = Buffer.alloc(27);
	header.write("undersigned points v1\n");
	header[22] = 2;
	header.writeUInt32LE(n, 23);
	const parts = [header, rawKey(mine), Buffer.alloc(1)];
	for (let i = 1; i < n; i++) {
		parts.push(rawKey(generateKeyPairSync("ed25519").publicKey), Buffer.alloc(1));
	}
	const points = Buffer.concat(parts);
	undersign.reset();
	say(`N = ${n}: ring of Ed25519 keys decoded`, time(2, () => {
		undersign.reset();
		undersign.openRing("bench", points);
	}));
	undersign.reset();
	const ring = undersign.openRing("bench", points);
	const secret = undersign.secretFromEd25519(seed);
	const scope = new Uint8Array(37);
	scope[0] = 1;
	let proof = null;
	say(`N = ${n}: sign`, time(4, () => {
		proof = undersign.makeProof(ring, scope, "m", secret);
	}));
	const items = Array.from({ length: N_PROOFS }, () => ({ ring, scope, message: "m", proof }));
	say(`N = ${n}: verify ${N_PROOFS}, ring decoded`, time(3, () => {
		if (!undersign.verifyProofs(items).every((holds) => holds)) {
			throw new Error("a proof does not hold");
		}
	}));
}
