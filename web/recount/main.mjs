// The worker behind the button of a letter's page (web/page.js): fetches the bundle and counts it again. It is told { base, language,
// shown }, the bundle's address, the page's language and its number; it tells { text, done, of } as it goes on, { step } for each
// thing that it did, and at the end { head, more }, its verdict.
import { BundleRefused, load } from "../../src/wasm/undersign.mjs";
import { fetchBundle, fetchCheckpoint, fetchProgram, NotFetched } from "./bundle_http.mjs";
import { number, percent, speak, wordFor } from "../language.mjs";

// A desk may publish an epoch while its files are fetched: then from the start.
const ATTEMPTS = 5;
const PAUSE_MS = 1000;

// What others wrote, as one piece: what turns the direction of writing, or is no sign at all, is shown as such.
const quoted = (text) => `\u2068${String(text).replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, "\ufffd")}\u2069`;
const fill = (value) => typeof value === "number" ? number(value) : value;
const say = (word, ...fills) => wordFor(word, fills[0]).replace(/\{(\d)\}/g, (_, i) => fill(fills[i - 1]));

const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
const tell = (message) => postMessage(message);

async function sha256(bytes) {
	if (crypto.subtle === undefined) {
		return "?"; // a page without https, other than on this machine
	}
	const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
	return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// A bundle and what it gives; whatever does not fit is tried again if the checkpoint is another one by now.
async function countOnce(undersign, base, checkpoint) {
	const files = await fetchBundle(base, checkpoint, (done, of) =>
		tell({ text: say("fetching", percent(Math.floor(100 * done / of))), done, of }));
	const bytes = files.reduce((sum, { content }) => sum + content.length, 0);
	undersign.reset();
	const bundle = undersign.open(files);
	const page = files.find(({ name }) => name === "index.html").content;
	return { tally: JSON.parse(bundle.tally), letter: bundle.letter(), page, n: files.length, bytes };
}

async function count(undersign, base) {
	for (let attempt = 1;; attempt++) {
		const checkpoint = await fetchCheckpoint(base);
		try {
			return await countOnce(undersign, base, checkpoint);
		} catch (error) {
			const isOurs = error instanceof BundleRefused || error instanceof NotFetched && error.word === "missing";
			if (!isOurs) {
				throw error;
			}
			// Between the page and the checkpoint of one epoch there is a moment.
			await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
			const stands = same(checkpoint, await fetchCheckpoint(base));
			if (stands && attempt > 1) {
				throw error;
			}
			// Files of several checkpoints show nothing.
			if (attempt === ATTEMPTS) {
				throw new NotFetched("changes", "checkpoint");
			}
		}
	}
}

// What was found of a poll, in place of the proofs of signatures; and who gave a share that does not hold.
function tellPoll({ state, answers, trustees }, withdrawn) {
	const given = trustees.given.filter((has) => has).length;
	const of = state === "closed" ? trustees.threshold : trustees.names.length;
	tell({ step: say(`poll_${state}`, answers, withdrawn, given, of) });
	trustees.names.filter((_, j) => trustees.false[j]).forEach((name) => tell({ step: say("false_share", quoted(name)) }));
}

async function recount(base, shown) {
	const program = await fetchProgram(base);
	const undersign = await load(program);
	tell({ step: say("program", await sha256(program)) });
	undersign.listen((done, of) => tell({ text: say("counting", percent(Math.floor(100 * done / of))), done, of }));
	const { tally, letter, page, n, bytes } = await count(undersign, base);
	// Those of the attempt that held: an epoch may have closed in between.
	tell({ step: say("fetched", n, bytes) });
	const { as_of: at, signatures, organisations } = tally;
	tell({ step: say("log", at.log_size, at.epoch, at.root) });
	tell({ step: say("letter", tally.letter) });
	tell({ step: say("lists", organisations.reduce((n, { rosters }) => n + rosters.length, 0)) });
	if (tally.poll) {
		tellPoll(tally.poll, signatures.withdrawn);
	} else {
		tell({ step: `${say("proofs", signatures.total)} ${say("withdrawn", signatures.withdrawn)}` });
	}
	tell({ step: say(letter.page === "checked" ? "same" : "other", await sha256(page)) });
	tell({ head: say(tally.poll ? "holds_poll" : "holds", signatures.total, tally.organisations_represented, organisations.length, at.epoch),
		more: shown === signatures.total ? "" : say("changed", shown) });
}

// Why nothing was counted, which says nothing about the letter.
function reason(error) {
	if (error instanceof NotFetched) {
		return say(error.word, error.file);
	}
	return error.status === "MEMORY" || error instanceof RangeError ? say("memory") : quoted(error?.message ?? error);
}

onmessage = async ({ data }) => {
	// Whatever the page says of itself, it is a language of which there are words.
	speak(String(data.language));
	tell({ text: say("fetching", percent(0)), done: 0, of: 1 });
	try {
		await recount(data.base, data.shown);
	} catch (error) {
		if (error instanceof BundleRefused) {
			const { where, rule, what } = JSON.parse(error.tally).problems[0];
			tell({ head: say("refused"), more: quoted(`${where}: ${rule}; ${what}`) });
		} else {
			tell({ head: say("failed", reason(error)) });
		}
	}
};
