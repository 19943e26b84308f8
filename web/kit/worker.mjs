// The kit's worker: everything that is computed, and everything secret. It asks nobody for anything. A message { id, call, given }
// is answered by { id, answer } or { id, refused }; in between come { done, of }.
import { BundleRefused, load, Refused } from "../../src/wasm/undersign.mjs";
import { makeQr, NoMemory, openSecret, sealSecrets } from "./seal.mjs";
import { sshSeed } from "./ssh_key.mjs";
import { readTar } from "./tar.mjs";
import { BadFile, fromBase64, manifestColumn, parseCredential, parseRoster, SEALED_LENGTH, SECRET_LENGTH, toBase64,
	writeCredential } from "./texts.mjs";

// As the program has them.
const SEAL = { operations: 3, memoryKib: 65536 };
const SALT = 16;
// In a statement file (doc/formats.md 5): behind its header, n, the entry's length and kind.
const ACTION_AT = "undersigned statement v1\n".length + 1 + 2 + 1;
const ACTION_WITHDRAWAL = 2;

// What is open: modules, a bundle, a credential, a secret.
const held = { core: null, seal: null, bundle: null, manifest: null, rosters: [], credential: null, secret: null };

class Say extends Error {
	constructor(word, fills = {}) {
		super(word);
		this.word = word;
		this.fills = fills;
	}
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

function wipeSecret() {
	held.secret?.fill(0);
	held.secret = null;
}

function dropCredential() {
	wipeSecret();
	held.credential = null;
}

// Today, as a DATE: by this computer's clock.
const today = () => new Date().toISOString().slice(0, 10);

const calls = {
	async begin({ core, seal }) {
		held.core = await load(core);
		held.core.listen((done, of) => postMessage({ done, of }));
		held.seal = await WebAssembly.compile(seal);
	},

	// files: of a folder, { name, content }; or tar, the bytes of a tar file. policy: a text.
	async open({ files = null, tar = null, policy = "" }) {
		held.bundle = null;
		dropCredential();
		held.core.reset();
		const all = files ?? readTar(tar);
		held.bundle = held.core.open(all, { policy });
		held.manifest = all.find(({ name }) => name === "manifest").content.slice();
		const tally = JSON.parse(held.bundle.tally);
		held.rosters = tally.organisations.flatMap(({ name, rosters }) =>
			rosters.map((roster) => ({ ...roster, organisation: name })));
		return { tally, letter: held.bundle.letter() };
	},

	async readRoster({ bytes }) {
		return parseRoster(bytes);
	},

	// Everything but secrets.
	async readCredential({ bytes }) {
		dropCredential();
		const credential = parseCredential(bytes);
		bytes.fill(0);
		held.credential = credential;
		return { roster: credential.roster, edition: credential.edition, isSealed: credential.seal !== null,
			columns: credential.columns.map(({ number, from, until, burn, secret }) =>
				({ number, from, until, burn, isBurnt: secret === null, isDue: secret !== null && burn <= today() })) };
	},

	// Opens the credential's secret for the letter, and says where its holder stands.
	async unlock({ passphrase }) {
		const { credential } = held;
		const roster = held.rosters.find(({ name, edition, class: kind }) => kind === "enrolled" &&
			name === credential.roster && edition === credential.edition);
		const number = manifestColumn(held.manifest, credential.roster);
		const column = credential.columns[number - 1];
		if (roster === undefined || column === undefined) {
			throw new Say("refused_not_you", { lists: held.rosters.length });
		}
		if (column.secret === null) {
			throw new Say("refused_burnt", { from: column.from, until: column.until });
		}
		if (credential.seal === null) {
			held.secret = fromBase64(column.secret, SECRET_LENGTH);
		} else {
			held.secret = await openSecret(held.seal, passphrase, credential.seal,
				fromBase64(column.secret, SEALED_LENGTH));
			passphrase.fill(0);
			if (held.secret === null) {
				throw new Say("refused_passphrase");
			}
		}
		return { ...calls.place(), credentialBurn: column.burn };
	},

	// The same of an SSH key.
	async unlockKey({ bytes }) {
		dropCredential();
		const seed = sshSeed(bytes);
		bytes.fill(0);
		held.secret = held.core.secretFromEd25519(seed);
		seed.fill(0);
		return { ...calls.place(), credentialBurn: null };
	},

	place() {
		try {
			const place = held.bundle.place(held.secret);
			return { place, list: held.rosters.find(({ hash }) => hash === place.roster.hash) };
		} catch (error) {
			wipeSecret();
			if (error instanceof Refused && error.status === "MISSING") {
				throw new Say(held.credential === null ? "refused_no_key" : "refused_later",
					{ lists: held.rosters.length });
			}
			throw error;
		}
	},

	// The library verifies each proof before it gives it out.
	async sign({ ring, second, seq }) {
		const statement = held.bundle.sign({ ring, second, seq }, held.secret);
		wipeSecret();
		return statement;
	},

	async withdraw({ seq }) {
		const statement = held.bundle.withdraw({ seq }, held.secret);
		held.bundle.check(statement);
		wipeSecret();
		return statement;
	},

	// What became of a statement file.
	async find({ bytes }) {
		held.bundle.check(bytes);
		const found = held.bundle.find(bytes);
		return { ...found, isWithdrawal: bytes[ACTION_AT] === ACTION_WITHDRAWAL };
	},

	// A credential and a request for a roster, whose bytes are given.
	async enrol({ bytes, passphrase }) {
		const { roster, edition, columns } = parseRoster(bytes);
		const { request, secrets } = held.core.enrol({ roster, edition, columns: columns.length });
		held.core.checkEnrolment(request);
		const seal = { ...SEAL, salt: crypto.getRandomValues(new Uint8Array(SALT)) };
		const sealed = await sealSecrets(held.seal, passphrase, seal, secrets);
		passphrase.fill(0);
		secrets.forEach((secret) => secret.fill(0));
		const credential = writeCredential({ roster, edition, meta: null, seal,
			columns: columns.map((column, i) => ({ ...column, secret: toBase64(sealed[i]) })) });
		// Whoever made it can read it again.
		parseCredential(credential);
		held.core.reset();
		const fingerprint = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", request)));
		// In capitals it takes less room; QR codes of the program are the same.
		return { credential, request, fingerprint, qr: await makeQr(held.seal, fingerprint.toUpperCase()) };
	},

	// The credential without the secrets of these columns.
	async burn({ columns }) {
		for (const column of held.credential.columns) {
			if (columns.includes(column.number)) {
				column.secret = null;
			}
		}
		return writeCredential(held.credential);
	},

	// Wipes what can be wiped. What a string once held, the browser frees when it likes.
	async forget() {
		dropCredential();
		held.bundle = null;
		held.core?.reset();
	},
};

function refusal(error) {
	if (error instanceof Say) {
		return { word: error.word, fills: error.fills };
	}
	if (error instanceof BundleRefused) {
		return { word: "refused_bundle", problem: error.tally === "" ? null : JSON.parse(error.tally).problems[0] };
	}
	if (error instanceof BadFile) {
		return { word: "refused_file", detail: { word: error.word, fills: error.fills } };
	}
	if (error instanceof NoMemory || error instanceof RangeError || error.status === "MEMORY") {
		return { word: "refused_memory" };
	}
	if (error.status === "RANDOM") {
		return { word: "refused_random" };
	}
	if (error instanceof Refused) {
		return { word: "refused_this", problem: { where: error.where, rule: error.rule, what: error.what } };
	}
	return { word: "refused_fault", fills: { what: String(error.message) } };
}

onmessage = async ({ data: { id, call, given } }) => {
	try {
		const answer = await calls[call](given);
		postMessage({ id, answer });
	} catch (error) {
		postMessage({ id, refused: refusal(error) });
	}
};
