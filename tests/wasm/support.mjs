// Plain checks: one line each, and an exit code.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

let passed = 0;
let failed = 0;

export function check(what, holds, detail = "") {
	if (holds) {
		passed++;
		console.log(`ok      ${what}`);
	} else {
		failed++;
		console.log(`FAILED  ${what}${detail === "" ? "" : `\n${detail}`}`);
	}
}

export function checkEqual(what, got, want) {
	check(what, got === want, `        got  ${got}\n        want ${want}`);
}

// What call throws; null if it does not.
export function refusal(call) {
	try {
		call();
		return null;
	} catch (error) {
		return error;
	}
}

export function end() {
	console.log(`${passed} passed, ${failed} failed`);
	process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}

// Numbers from a seed (UNDERSIGN_SEED), the same in each run: mulberry32.
export function seededRandom() {
	let state = Number(process.env.UNDERSIGN_SEED ?? 1) >>> 0;
	console.log(`UNDERSIGN_SEED=${state}`);
	return (below) => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = Math.imul(state ^ (state >>> 15), state | 1);
		t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) % below;
	};
}

// The files of a folder, as the module takes them, in no particular order.
export function readFolder(folder) {
	const files = [];
	const visit = (path) => {
		for (const entry of readdirSync(path, { withFileTypes: true })) {
			const inner = join(path, entry.name);
			if (entry.isDirectory()) {
				visit(inner);
			} else {
				files.push({ name: relative(folder, inner), content: readFileSync(inner) });
			}
		}
	};
	visit(folder);
	return files;
}
