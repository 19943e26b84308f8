// States 0 to 1: the start, a bundle that is opened, and what to do with refusals.
import { button, buttons, date, element, facts, field, fingerprint, note, paragraph, pieces, quoted, say, show, speakTo,
	warning } from "./dom.mjs";
import { Engine, Refusal, Stopped } from "./engine.mjs";
import { number, percent } from "../language.mjs";

export const engine = new Engine();
// Set by main.mjs: what the start offers.
export const entries = {};
// As each calls itself.
const LANGUAGE_NAMES = [["ar", "العربية"], ["de", "Deutsch"], ["en", "English"], ["es", "Español"], ["fr", "Français"]];

// In which language it goes on. Nothing keeps that: whoever opens the kit again is asked by what the browser prefers.
function languages() {
	const choice = ([tag, name]) => element("button", { type: "button", lang: tag, class: "lang",
		...document.documentElement.lang === tag ? { "aria-current": "true" } : {}, onclick: () => {
			speakTo(tag);
			toStart();
		} }, name);
	return element("nav", { "aria-label": say("language") }, ...LANGUAGE_NAMES.map(choice));
}

export async function toStart() {
	await engine.forget();
	show("start", languages(),
		buttons(
			button("start_sign", "", entries.sign), button("start_enrol", "alt", entries.enrol),
			button("start_check", "alt", entries.check), button("start_burn", "alt", entries.burn),
			button("start_verify", "alt", entries.verify)),
		warning("start_first", "start_offline"),
		element("h3", {}, say("start_why")), paragraph("start_why_how"),
		element("h3", {}, say("start_lacks")), paragraph("start_lacks_how"),
		element("h3", {}, say("start_not")),
		element("ol", { class: "steps" }, ...notPromised()));
}

function notPromised() {
	return Array.from({ length: 7 }, (_, i) => element("li", {}, say(`not_${i + 1}`)));
}

// The worker knows no language: it gives days as the log writes them.
const forPeople = (fills) => Object.fromEntries(Object.entries(fills).map(([name, fill]) =>
	[name, name === "from" || name === "until" ? date(fill) : fill]));

// What is wrong, in plain words, and the way back.
export function refuse(error) {
	if (error instanceof Stopped) {
		return;
	}
	const { word, fills, detail, problem } = error instanceof Refusal ? error
		: { word: "refused_fault", fills: { what: error.message }, detail: null, problem: null };
	show("refused",
		element("p", { class: "lead", role: "alert" }, ...pieces(word, forPeople(fills))),
		detail === null ? null : paragraph(detail.word, detail.fills),
		problem === null ? null : element("div", { class: "box" },
			document.documentElement.lang === "en" ? null : note("refused_detail"),
			element("p", { lang: "en", dir: "ltr" }, `${problem.where}: ${problem.rule}; ${problem.what}`)),
		paragraph("refused_nothing"),
		buttons(button("to_start", "", toStart)));
}

// Runs what may be refused.
export const attempt = (act) => () => act().catch(refuse);

export const bytesOf = async (file) => new Uint8Array(await file.arrayBuffer());

// A bar that moves with the work done.
export function bar(word, head) {
	const progress = element("progress", { max: 100, "aria-label": say(head) });
	const text = element("p", { class: "note", role: "status" }, say(head));
	let shown = -1;
	return {
		elements: [progress, text],
		listener: (done, of) => {
			const now = Math.floor(100 * done / of);
			if (now !== shown) {
				shown = now;
				progress.value = now;
				text.textContent = say(word, { percent: percent(now) });
			}
		},
	};
}

async function filesOf(folder) {
	return Promise.all(Array.from(folder, async (file) => ({
		name: file.webkitRelativePath.split("/").slice(1).join("/"), content: await bytesOf(file) })));
}

// Asks for a bundle and verifies it; then goes on with { tally, letter, seconds, entries }.
export function openLetter(word, next) {
	const [tarField, tar] = field("open_tar", { type: "file" });
	const [folderField, folder] = field("open_folder", { type: "file", webkitdirectory: true });
	const [policyField, policy] = field("open_policy", { type: "file" });
	const missing = element("p", { role: "alert" });
	const go = attempt(async () => {
		if (tar.files.length === 0 && folder.files.length === 0) {
			missing.textContent = say("refused_choose");
			return;
		}
		const { elements, listener } = bar("opening_of", "opening");
		const given = { policy: policy.files.length > 0 ? await policy.files[0].text() : "" };
		if (tar.files.length > 0) {
			given.tar = await bytesOf(tar.files[0]);
		} else {
			given.files = await filesOf(folder.files);
		}
		show("opening", ...elements);
		const begun = performance.now();
		const opened = await engine.call("open", given, { listener,
			handOver: given.tar ? [given.tar] : given.files.map(({ content }) => content) });
		next({ ...opened, seconds: (performance.now() - begun) / 1000 });
	});
	show(word, paragraph("open_how"), tarField, folderField, policyField, missing,
		buttons(button("open_go", "", go), button("back", "alt", toStart)));
}

// In a poll what was found of its answers, and of who opened it.
function pollChecks({ state, answers, trustees }) {
	const some = trustees.given.filter((has) => has).length;
	const all = state === "closed" ? trustees.threshold : trustees.names.length;
	return [pieces(`checked_poll_${state}`, { n: answers, some, all }),
		...trustees.names.filter((_, j) => trustees.false[j]).map((name) => pieces("checked_share", { name }))];
}

// What was checked.
export function checks({ tally, letter, seconds }) {
	const { total, withdrawn } = tally.signatures;
	const lists = tally.organisations.reduce((n, { rosters }) => n + rosters.length, 0);
	const rows = [
		pieces("checked_files"), pieces("checked_log", { n: tally.as_of.log_size }),
		letter.log_is_anchored ? pieces("checked_witnesses", { some: letter.cosigned, all: letter.witnesses }) : null,
		...tally.poll ? pollChecks(tally.poll) : [pieces("checked_count", { n: total })],
		withdrawn > 0 ? pieces("checked_withdrawn", { n: withdrawn }) : null,
		pieces("checked_lists", { n: lists }),
		letter.page === "none" ? null : pieces(letter.page === "checked" ? "checked_page" : "checked_other"),
	];
	return element("div", { class: "box", role: "status" },
		element("ul", { class: "tick" }, ...rows.filter((row) => row !== null).map((row) => element("li", {}, ...row))),
		note("checked_time", { n: tally.as_of.log_size, seconds: Number(seconds.toFixed(1)) }));
}

// The letter's title and text, as it was signed: as plain text.
export function letterCard({ letter, tally }) {
	const fills = { to: letter.to, closes: date(letter.closes_date), epoch: letter.epoch, date: date(tally.as_of.date) };
	return [
		quoted("h3", letter.title),
		paragraph(letter.to === "" ? "letter_for_all" : "letter_to", fills),
		element("details", {}, element("summary", {}, say("letter_again")), element("pre", { dir: "auto" }, letter.text)),
	];
}

const countText = ({ tally }) => pieces(tally.poll ? "count_poll" : "count", { n: tally.signatures.total,
	represented: tally.organisations_represented, organisations: tally.organisations.length,
	epoch: tally.as_of.epoch, date: date(tally.as_of.date) });

const head = (word) => element("th", { scope: "col" }, say(word));

const rowHead = (name) => {
	const made = quoted("th", name);
	made.scope = "row";
	return made;
};

// One table for each question; counts: of its options, or null where nothing is opened.
const questionTables = (questions, counts) => questions.map(({ question, options }, q) => element("table", {},
	quoted("caption", question),
	element("thead", {}, element("tr", {}, head("poll_answer"), head("poll_answers"))),
	element("tbody", {}, ...options.map((option, o) => element("tr", {}, rowHead(option),
		element("td", { class: "num" }, counts[q] === null ? "–" : number(counts[q][o])))))));

function pollTables({ tally: { poll } }) {
	if (!poll) {
		return [];
	}
	const { state, questions, groups, quorum, withheld } = poll;
	const isOpened = state === "opened";
	return [
		...questionTables(questions, questions.map(({ totals }) => totals)),
		quorum > 0 ? note(poll.quorum_reached ? "poll_quorum" : "poll_no_quorum", { n: quorum }) : null,
		withheld > 0 ? note("poll_withheld", { n: withheld }) : null,
		isOpened ? note("poll_margin") : null,
		isOpened ? element("details", {}, element("summary", {}, say("poll_groups")),
			...groups.flatMap(({ ring, rings, answers, counts }) => [
				element("h4", {}, element("bdi", {}, ring), ": ", number(answers)),
				rings.length > 1 ? quoted("p", rings.join(", ")) : "", ...questionTables(questions, counts)])) : null,
	];
}

function ringTable({ tally, letter }) {
	return element("table", {},
		element("caption", {}, say(tally.poll ? "rings_poll" : "rings")),
		element("thead", {}, element("tr", {}, head("ring"), head(tally.poll ? "poll_answers" : "ring_signed"), head("ring_members"))),
		element("tbody", {}, ...tally.rings.map(({ name, members, signatures }) => element("tr", {},
			rowHead(name), element("td", { class: "num" }, signatures > 0 ? number(signatures)
				: say("ring_below", { n: letter.hold_min })),
			element("td", { class: "num" }, number(members))))));
}

function listFacts({ tally }) {
	return element("details", {}, element("summary", {}, say("list_facts")),
		...tally.organisations.flatMap(({ rosters }) => rosters).flatMap(({ name, source, steward, hash, members }) => [
			quoted("h4", name),
			facts(["ring_members", number(members)], ["list_source", source], ["list_steward", steward]),
			fingerprint(hash)]));
}

// The verdict: what `undersign verify` says.
export function verify() {
	openLetter("open_verify", (opened) => {
		const { letter, tally } = opened;
		const isAnchored = letter.log_is_anchored;
		show(isAnchored ? "verdict_anchored" : "verdict_consistent",
			element("p", { class: "big" }, number(tally.signatures.total), " ",
				element("small", {}, ...countText(opened))),
			paragraph(isAnchored ? "verdict_log_anchored" : "verdict_consistent_how"),
			fingerprint(tally.letter), checks(opened), ...letterCard(opened), ...pollTables(opened), ringTable(opened), listFacts(opened),
			element("p", { class: "note" }, say("offline_command"), " ", element("code", {}, "undersign verify letter.tar")),
			buttons(button("to_start", "", toStart)));
	});
}
