// A letter's bundle by HTTP (doc/http-api.md, "Reading"): every file that its checkpoint and its manifest call for, and no other.

const AT_A_TIME = 6;
// More is no bundle (doc/formats.md, sizes), or none for a browser: the program takes it.
const ENTRIES_MAX = 2 ** 32;
const ROSTERS_MAX = 1000;
const FILES_MAX = 50_000;
const BYTES_MAX = 2 ** 30;
const SMALL_MAX = 2 ** 20;
const PROGRAM_MAX = 2 ** 24;
// An entry bundle: 256 entries of at most 65,535 bytes with their lengths. A tile of hashes: 256.
const ENTRIES_LENGTH_MAX = 256 * (2 + 65_535);
const HASHES_LENGTH_MAX = 256 * 32;
// So long a service may say nothing at all, over Tor too.
const SILENCE_MS = 60_000;

// A file that is not there, a server that does not answer, or too much: nothing is said about the letter. word: of WORDS.
export class NotFetched extends Error {
	constructor(word, name) {
		super(name);
		this.word = word;
		this.file = name;
	}
}

const decode = (bytes) => new TextDecoder().decode(bytes);

// How tlog-tiles writes the number of a tile: x001/x234/067.
export function tileNumber(n) {
	let name = String(n % 1000).padStart(3, "0");
	for (let rest = Math.floor(n / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
		name = `x${String(rest % 1000).padStart(3, "0")}/${name}`;
	}
	return name;
}

// The tiles and entry bundles of a log of so many entries.
export function tileNames(size) {
	const names = [];
	const level = (prefix, width) => {
		const full = Math.floor(width / 256);
		for (let i = 0; i < full; i++) {
			names.push(`${prefix}/${tileNumber(i)}`);
		}
		if (width % 256 > 0) {
			names.push(`${prefix}/${tileNumber(full)}.p/${width % 256}`);
		}
	};
	level("tile/entries", size);
	for (let l = 0, width = size; width > 0; l++, width = Math.floor(width / 256)) {
		level(`tile/${l}`, width);
	}
	return names;
}

function checkpointSize(checkpoint) {
	const size = Number(decode(checkpoint).split("\n")[1]);
	if (!Number.isSafeInteger(size) || size < 1 || size > ENTRIES_MAX) {
		throw new NotFetched("missing", "checkpoint");
	}
	// Entry bundles, and as many tiles above them: counted before they are named.
	if (2 * size / 256 > FILES_MAX) {
		throw new NotFetched("large", "checkpoint");
	}
	return size;
}

// The files that a manifest calls for.
function manifestNames(manifest) {
	const lines = decode(manifest).split("\n");
	const texts = lines.filter((line) => line.startsWith("text ")).map((line) => line.split(" ")[1]);
	const rosters = lines.filter((line) => line.startsWith("roster ")).length;
	if (rosters > ROSTERS_MAX || texts.length > ROSTERS_MAX || texts.some((language) => !/^[A-Za-z0-9-]{2,35}$/.test(language))) {
		throw new NotFetched("missing", "manifest");
	}
	return [
		...texts.map((language) => `texts/${language}.md`),
		...Array.from({ length: rosters }, (_, i) => `rosters/${i + 1}.points`),
	];
}

// What a file can have at most, and what is left for all.
function mostOf(name, left) {
	if (name.endsWith(".points")) {
		return left;
	}
	return Math.min(left, name.startsWith("tile/entries/") ? ENTRIES_LENGTH_MAX : name.startsWith("tile/") ? HASHES_LENGTH_MAX
		: name === "undersign.wasm" ? PROGRAM_MAX : SMALL_MAX);
}

// The parts of an answer, of which budget says how many bytes are left. heard() is called at each.
async function read(answer, name, budget, heard) {
	const reader = answer.body.getReader();
	const parts = [];
	let length = 0;
	for (;;) {
		const { done, value } = await reader.read();
		if (done) {
			break;
		}
		heard();
		if (length + value.length > mostOf(name, budget.left + length)) {
			await reader.cancel();
			throw new NotFetched("large", name);
		}
		length += value.length;
		budget.left -= value.length;
		parts.push(value);
	}
	const bytes = new Uint8Array(length);
	let at = 0;
	for (const part of parts) {
		bytes.set(part, at);
		at += part.length;
	}
	return bytes;
}

async function get(base, name, budget) {
	const page = name === "index.html" ? "" : name;
	const silence = new AbortController();
	let timer = null;
	const heard = () => {
		clearTimeout(timer);
		timer = setTimeout(() => silence.abort(), SILENCE_MS);
	};
	heard();
	try {
		const answer = await fetch(new URL(page, base), { credentials: "omit", redirect: "error", cache: "no-store",
			signal: silence.signal });
		if (!answer.ok || answer.body === null) {
			throw new NotFetched("missing", name);
		}
		heard();
		return await read(answer, name, budget, heard);
	} catch (error) {
		if (error instanceof NotFetched) {
			throw error;
		}
		// No answer, another one than was asked for, or one that ended too early.
		throw new NotFetched(silence.signal.aborted ? "silent" : "missing", name);
	} finally {
		clearTimeout(timer);
	}
}

// Fetches all names, a few at a time; tell(done, of) after each.
async function getAll(base, names, budget, tell) {
	const files = new Array(names.length);
	let next = 0;
	let done = 0;
	await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
		while (next < names.length) {
			const i = next++;
			files[i] = { name: names[i], content: await get(base, names[i], budget) };
			tell(++done, names.length);
		}
	}));
	return files;
}

export const fetchCheckpoint = (base) => get(base, "checkpoint", { left: BYTES_MAX });
export const fetchProgram = (base) => get(base, "undersign.wasm", { left: BYTES_MAX });

// The bundle of a checkpoint. base: the address, with a slash at its end.
export async function fetchBundle(base, checkpoint, tell) {
	const tiles = tileNames(checkpointSize(checkpoint));
	const manifest = await get(base, "manifest", { left: BYTES_MAX });
	const names = ["index.html", "keys", ...manifestNames(manifest), ...tiles];
	return [{ name: "checkpoint", content: checkpoint }, { name: "manifest", content: manifest },
		...await getAll(base, names, { left: BYTES_MAX }, tell)];
}
