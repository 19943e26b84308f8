// A letter's bundle by HTTP (doc/http-api.md, "Reading"): every file that its checkpoint and its manifest call for, and no other.

const AT_A_TIME = 6;
// More is no bundle: doc/formats.md, sizes.
const ENTRIES_MAX = 2 ** 32;
const ROSTERS_MAX = 1000;

// A file that is not there, or a server that does not answer: nothing is said about the letter.
export class NotFetched extends Error {}

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
		throw new NotFetched("checkpoint");
	}
	return size;
}

// The files that a manifest calls for.
function manifestNames(manifest) {
	const lines = decode(manifest).split("\n");
	const texts = lines.filter((line) => line.startsWith("text ")).map((line) => line.split(" ")[1]);
	const rosters = lines.filter((line) => line.startsWith("roster ")).length;
	if (rosters > ROSTERS_MAX || texts.some((language) => !/^[A-Za-z0-9-]{2,35}$/.test(language))) {
		throw new NotFetched("manifest");
	}
	return [
		...texts.map((language) => `texts/${language}.md`),
		...Array.from({ length: rosters }, (_, i) => `rosters/${i + 1}.points`),
	];
}

async function get(base, name) {
	const page = name === "index.html" ? "" : name;
	const answer = await fetch(new URL(page, base), { credentials: "omit", redirect: "error" })
		.catch(() => null);
	if (answer === null || !answer.ok) {
		throw new NotFetched(name);
	}
	return new Uint8Array(await answer.arrayBuffer());
}

// Fetches all names, a few at a time; tell(done, of) after each.
async function getAll(base, names, tell) {
	const files = new Array(names.length);
	let next = 0;
	let done = 0;
	await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
		while (next < names.length) {
			const i = next++;
			files[i] = { name: names[i], content: await get(base, names[i]) };
			tell(++done, names.length);
		}
	}));
	return files;
}

export const fetchCheckpoint = (base) => get(base, "checkpoint");

// The bundle of a checkpoint. base: the address, with a slash at its end.
export async function fetchBundle(base, checkpoint, tell) {
	const manifest = await get(base, "manifest");
	const names = ["index.html", "keys", ...manifestNames(manifest),
		...tileNames(checkpointSize(checkpoint))];
	return [{ name: "checkpoint", content: checkpoint }, { name: "manifest", content: manifest },
		...await getAll(base, names, tell)];
}
