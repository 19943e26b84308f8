// Polls: their vectors, and bundles of one, as the program made them and as a log's operator could
// change them: the module's text is the program's, byte for byte.
//
//     node test_polls.mjs UNDERSIGN.WASM MODULE-WITH-VECTORS.WASM POLL.JSON MAKER UNDERSIGN DEMO-MEMBERS POLL-WORLD
//
// MAKER is tests/reference/test_poll_bundle.py.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { BundleRefused, load, Refused } from "../../src/wasm/undersign.mjs";
import { readTar } from "../../web/kit/tar.mjs";
import { check, checkEqual, end, seededRandom } from "./support.mjs";

const [modulePath, vectorsPath, pollPath, maker, program, demoMembers, world] = process.argv.slice(2);
const N_FLIPS = process.env.UNDERSIGN_FULL === "1" ? 1000 : 60;
const below = seededRandom();

// --- Vectors ----------------------------------------------------------------------------------

const vectors = JSON.parse(readFileSync(pollPath, "utf8"));
let core = null;
core = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(vectorsPath)), {
	env: { random: (at, len) => { new Uint8Array(core.memory.buffer, at, len).fill(0xa5); return 0; } },
}).exports;
const put = (data) => {
	const pointer = core.take(data.length);
	new Uint8Array(core.memory.buffer, pointer, data.length).set(data);
	return pointer;
};
const fromHex = (text) => Buffer.from(text, "hex");
const words = (list) => {
	const pointer = core.take(4 * list.length);
	const view = new DataView(core.memory.buffer, pointer);
	list.forEach((word, i) => view.setUint32(4 * i, word, true));
	return pointer;
};
const view = (data) => [put(data), data.length];
const viewsHex = (texts) => words(texts.flatMap((text) => view(fromHex(text))));
const get = (pointer, length) => Buffer.from(core.memory.buffer, pointer, length).toString("hex");
const changed = (text, at) => {
	const data = fromHex(text);
	data[at] ^= 1;
	return data.toString("hex");
};

const triples = words(view(Uint8Array.from(vectors.questions.flat())));
const scope = put(fromHex(vectors.scope));
const openPoll = ({ names, keys, deals, accepts }) => {
	const out = core.take(96);
	const holds = core.vectors_poll(out, vectors.threshold,
		viewsHex([...names, ...keys, ...deals, ...accepts]), names.length, triples, scope) === 1;
	return holds ? get(out, 96) : null;
};
for (const list of ["keys", "deals", "accepts"]) {
	check(`no key of trustees with a changed byte in ${list}`, openPoll({ ...vectors,
		[list]: vectors[list].map((text, i) => (i === 2 ? changed(text, text.length / 2 - 5) : text)) }) === null);
}
checkEqual("the ceremony, Y and the key's id", openPoll(vectors),
	vectors.ceremony + vectors.Y + vectors.key_id);
for (const [k, { ring, T, answer }] of vectors.answers.entries()) {
	const holds = (text, tag = T) => core.vectors_answer(put(fromHex(ring)), put(fromHex(tag)),
		viewsHex([text])) === 1;
	const length = answer.length / 2;
	check(`answer ${k} holds, not with a byte changed, nor with another tag`, holds(answer) &&
		[0, 70, length >> 1, length - 1].every((at) => !holds(changed(answer, at))) &&
		!holds(answer, vectors.Y));
}
const sumsLength = vectors.sums.length / 2;
const sums = core.take(sumsLength);
core.vectors_sums(sums, viewsHex(vectors.answers.map(({ answer }) => answer)), vectors.answers.length);
checkEqual("the sums", get(sums, sumsLength), vectors.sums);
vectors.decryptions.forEach((share, i) => {
	const holds = (text, trustee) => core.vectors_share(trustee, sums, viewsHex([text])) === 1;
	check(`the share of trustee ${i + 1} holds, not with a byte changed, nor of another`,
		holds(share, i + 1) && !holds(changed(share, 7), i + 1) && !holds(share, (i + 1) % 5 + 1));
});
const counts = core.take(4 * vectors.counts.length);
check("three shares open the sums", core.vectors_counts(counts, words([1, 3, 5]),
	viewsHex([0, 2, 4].map((i) => vectors.decryptions[i])), sums, 3) === 1);
checkEqual("the counts", [...new Uint32Array(core.memory.buffer, counts, vectors.counts.length)].join(),
	vectors.counts.join());

// --- Bundles ----------------------------------------------------------------------------------

const folder = mkdtempSync(join(tmpdir(), "undersign-wasm-polls-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const made = spawnSync("python3", ["-B", maker, program, demoMembers, world, folder], { encoding: "utf8" });
if (made.status !== 0) {
	throw new Error(made.stderr + made.stdout);
}
const undersign = await load(readFileSync(modulePath));
const wasmVerify = (files) => {
	undersign.reset();
	try {
		return undersign.open(files).tally;
	} catch (error) {
		if (error instanceof BundleRefused) {
			return error.tally;
		}
		throw error;
	}
};
let hasPages = true;
const verify = (path) => {
	const { stdout } = spawnSync(program, ["verify", "--json", path], { encoding: "utf8" });
	return hasPages ? stdout : stdout.replace('"page":"checked"', '"page":"unchecked"');
};
const names = readdirSync(folder);
const states = names.filter((name) => !name.startsWith("case-")).sort();
hasPages = JSON.parse(wasmVerify(readTar(readFileSync(join(folder, states[0]))))).page === "checked";

const seen = [];
for (const name of states) {
	const got = wasmVerify(readTar(readFileSync(join(folder, name))));
	checkEqual(`${name}: the same JSON`, got, verify(join(folder, name)));
	seen.push(JSON.parse(got).poll.state);
}
checkEqual("in all states", [...new Set(seen)].join(" "), "sealed closed opened");
const opened = readTar(readFileSync(join(folder, states.at(-1))));
const { poll } = JSON.parse(wasmVerify(opened));
check("opened by two of three, with counts", poll.trustees.given.join() === "false,true,true" &&
	poll.questions.every(({ totals }) => totals.some((n) => n > 0)) && poll.groups.length >= 2);

// All hashes and signatures are right; one rule of polls is broken, or a share is false.
const rules = new Set();
const verdicts = { true: 0, false: 0 };
let falseShares = 0;
for (const name of names.filter((name) => name.startsWith("case-"))) {
	const want = verify(join(folder, name));
	const got = wasmVerify(readTar(readFileSync(join(folder, name))));
	if (got !== want) {
		checkEqual(`${name}: the same verdict`, got, want);
	}
	const { valid, problems, poll: found } = JSON.parse(got);
	verdicts[valid]++;
	falseShares += valid && found.trustees.false.includes(true);
	if (!valid) {
		rules.add(problems[0].rule);
	}
}
check(`${verdicts.false} bad bundles of a poll: refused by the program's rules`, verdicts.false >= 15 && rules.size >= 8,
	[...rules].join("\n"));
check(`${verdicts.true} others hold, ${falseShares} with a false share that is named`, verdicts.true >= 5 && falseShares >= 3);

// Bytes changed without an operator.
let damaged = 0;
for (let i = 0; i < N_FLIPS; i++) {
	const k = below(opened.length);
	if (opened[k].name === "index.html" && !hasPages) {
		continue;
	}
	const content = Buffer.from(opened[k].content);
	content[below(content.length)] ^= 1 << below(8);
	const files = opened.map((file, j) => (j === k ? { name: file.name, content } : file));
	const { valid, problems } = JSON.parse(wasmVerify(files));
	damaged += !valid && problems[0].what !== "" ? 1 : 0;
	if (valid) {
		check(`a changed byte of ${opened[k].name} is refused`, false);
	}
}
check(`${damaged} bundles with a changed bit are refused`, damaged > N_FLIPS / 3);

// --- Memory -----------------------------------------------------------------------------------

// The module with a memory that grows by so many pages at most: its section 5, which has no limit.
function littleMemory(module, more) {
	const number = (at) => {
		let value = 0;
		for (let shift = 0; ; shift += 7) {
			const byte = module[at++];
			value += (byte & 127) * 2 ** shift;
			if (byte < 128) {
				return [value, at];
			}
		}
	};
	const leb = (value) => (value < 128 ? [value] : [value & 127 | 128, ...leb(value >> 7)]);
	let at = 8;
	while (module[at] !== 5) {
		const [length, begin] = number(at + 1);
		at = begin + length;
	}
	const [least, sectionEnd] = number(number(at + 1)[1] + 2);
	const section = [1, 1, ...leb(least), ...leb(least + more)];
	return Buffer.concat([module.subarray(0, at + 1), Buffer.from([...leb(section.length), ...section]),
		module.subarray(sectionEnd)]);
}

// Too little of it says nothing about a bundle.
const outcomes = { MEMORY: 0, holds: 0, other: 0 };
for (let more = 0; more < 600; more += 1 + (more >> 4)) {
	const little = await load(littleMemory(readFileSync(modulePath), more));
	let outcome = "other";
	try {
		outcome = JSON.parse(little.open(opened).tally).valid ? "holds" : "other";
	} catch (error) {
		outcome = error instanceof Refused && error.status === "MEMORY" ? "MEMORY" : "other";
	}
	outcomes[outcome]++;
}
check("without enough memory a bundle is neither refused nor counted", outcomes.other === 0 && outcomes.MEMORY > 10 &&
	outcomes.holds > 5, JSON.stringify(outcomes));
end();
