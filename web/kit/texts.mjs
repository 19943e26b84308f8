// The texts that a member keeps: credentials (doc/formats.md 8.1) and what a roster's steward hands out. What is not exactly
// as the program writes it is refused. A credential without a seal is secret, and a string cannot be wiped: only the worker
// reads it, and ends afterwards.

// What is wrong with a file, for people: a word of words.mjs, and what is filled in.
export class BadFile extends Error {
	constructor(word, fills = {}) {
		super(word);
		this.word = word;
		this.fills = fills;
	}
}

const DATE = /^\d{4}-\d\d-\d\d$/;
const DECIMAL = /^(0|[1-9]\d*)$/;
export const SECRET_LENGTH = 160;
export const SEALED_LENGTH = 200;
const COLUMNS_MAX = 16;

export function toBase64(bytes) {
	let text = "";
	for (const byte of bytes) {
		text += String.fromCharCode(byte);
	}
	return btoa(text);
}

// Bytes of the one base64 that they have; null if it is not that, or not so long.
export function fromBase64(text, length) {
	if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length !== 4 * Math.ceil(length / 3)) {
		return null;
	}
	const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
	return bytes.length === length && toBase64(bytes) === text ? bytes : null;
}

// Reads lines of `key value` in a fixed order.
class Lines {
	#lines;
	#at = 1;

	constructor(bytes, headers) {
		const text = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(bytes);
		// A note's signatures stand behind an empty line.
		this.#lines = text.split("\n\n")[0].replace(/\n$/, "").split("\n");
		this.header = this.#lines[0];
		if (!headers.includes(this.header)) {
			throw new BadFile("bad_header", { header: headers[0] });
		}
	}

	// By default of the line that was taken last.
	fail(word, fills = {}, line = this.#at) {
		throw new BadFile(word, { line, ...fills });
	}

	lacks(key) {
		this.fail("bad_line", { key }, this.#at + 1);
	}

	next(key) {
		return this.#at < this.#lines.length && this.#lines[this.#at].startsWith(`${key} `);
	}

	take(key) {
		if (!this.next(key)) {
			this.lacks(key);
		}
		const value = this.#lines[this.#at++].slice(key.length + 1);
		if (value === "" || value.trim() !== value || /[\u0000-\u001f\u007f\ufffd]/.test(value)) {
			this.fail("bad_line", { key });
		}
		return value;
	}

	number(key, most) {
		return this.decimal(this.take(key), 1, most);
	}

	decimal(text, least, most) {
		const number = Number(text);
		if (!DECIMAL.test(text) || number < least || number > most) {
			this.fail("bad_number", { least, most });
		}
		return number;
	}

	// The dates of a column: a period, and after it the day of burning.
	dates(from, until, burn, before) {
		const areDates = [from, until, burn].every((date) => DATE.test(date ?? "") &&
			!Number.isNaN(Date.parse(date)) && new Date(date).toISOString().startsWith(date));
		if (!areDates || from > until || until >= burn || (before && from <= before.until)) {
			this.fail("bad_dates");
		}
		return { from, until, burn };
	}

	isAtEnd() {
		return this.#at === this.#lines.length;
	}
}

// { roster, edition, meta, seal, columns }; a column has number, from, until, burn and secret, its field or null if it is burnt.
export function parseCredential(bytes) {
	const lines = new Lines(bytes, ["undersigned credential v1"]);
	const roster = lines.take("roster");
	const edition = lines.number("edition", 2 ** 32 - 1);
	const meta = lines.next("meta") ? lines.take("meta") : null;
	const [kind, operations, memory, salt, ...more] = lines.take("seal").split(" ");
	let seal = null;
	if (kind === "argon2id" && more.length === 0) {
		seal = { operations: lines.decimal(operations, 1, 10), memoryKib: lines.decimal(memory, 8192, 65536),
			salt: fromBase64(salt ?? "", 16) ?? lines.fail("bad_line", { key: "seal" }) };
	} else if (kind !== "none" || operations !== undefined) {
		lines.fail("bad_line", { key: "seal" });
	}
	const columns = [];
	while (!lines.isAtEnd()) {
		const [number, from, until, burn, secret, ...rest] = lines.take("column").split(" ");
		if (Number(number) !== columns.length + 1 || columns.length === COLUMNS_MAX || rest.length > 0) {
			lines.fail("bad_columns");
		}
		const length = seal === null ? SECRET_LENGTH : SEALED_LENGTH;
		if (secret !== "burnt" && fromBase64(secret ?? "", length) === null) {
			lines.fail("bad_secret");
		}
		columns.push({ number: columns.length + 1, ...lines.dates(from, until, burn, columns.at(-1)),
			secret: secret === "burnt" ? null : secret });
	}
	if (columns.length === 0) {
		lines.lacks("column");
	}
	return { roster, edition, meta, seal, columns };
}

// The bytes of a credential.
export function writeCredential({ roster, edition, meta, seal, columns }) {
	const sealed = seal === null ? "none"
		: `argon2id ${seal.operations} ${seal.memoryKib} ${toBase64(seal.salt)}`;
	return new TextEncoder().encode([
		"undersigned credential v1", `roster ${roster}`, `edition ${edition}`,
		...(meta === null ? [] : [`meta ${meta}`]), `seal ${sealed}`,
		...columns.map(({ number, from, until, burn, secret }) =>
			`column ${number} ${from} ${until} ${burn} ${secret ?? "burnt"}`), "",
	].join("\n"));
}

// What a steward hands out, the roster's fixed fields or a snapshot's record:
// { roster, organisation, edition, steward, columns: [{ number, from, until, burn }] }. Signatures are not looked at.
export function parseRoster(bytes) {
	const lines = new Lines(bytes, ["undersigned roster-folder v1", "undersigned roster v1"]);
	const roster = lines.take("roster");
	const organisation = lines.take("organisation");
	if (lines.take("class") !== "enrolled") {
		throw new BadFile("bad_raw");
	}
	const edition = lines.number("edition", 2 ** 32 - 1);
	if (lines.header === "undersigned roster v1") {
		lines.take("date");
	}
	lines.take("source");
	const steward = lines.take("steward");
	const columns = [];
	while (lines.next("column")) {
		const [number, from, until, burn, ...rest] = lines.take("column").split(" ");
		if (Number(number) !== columns.length + 1 || columns.length === COLUMNS_MAX || rest.length > 0) {
			lines.fail("bad_columns");
		}
		columns.push({ number: columns.length + 1, ...lines.dates(from, until, burn, columns.at(-1)) });
	}
	if (columns.length === 0) {
		lines.lacks("column");
	}
	return { roster, organisation, edition, steward, columns };
}

// The column that a manifest's line names for a list of enrolled members; null if the list is not there.
export function manifestColumn(manifest, roster) {
	for (const line of new TextDecoder().decode(manifest).split("\n\n")[0].split("\n")) {
		const [key, , column, , ...name] = line.split(" ");
		if (key === "roster" && name.join(" ") === roster) {
			return Number(column);
		}
	}
	return null;
}
