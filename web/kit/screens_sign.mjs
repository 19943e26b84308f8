// States 2 to 8: compare, credential, exposure meter, where you are, how to be shown, signing, made.
import { button, buttons, choice, date, drawing, element, facts, field, fingerprint, lead, note, paragraph, pieces, quoted, save, say,
	shape, show, warning } from "./dom.mjs";
import { Refusal } from "./engine.mjs";
import { number } from "../language.mjs";
import { attempt, bar, bytesOf, checks, engine, entries, letterCard, openLetter, refuse, toStart } from "./screens_open.mjs";

const FEW_OTHERS = 30;
const UNLINKED_USES = 4;
// Dots in the meter; more members, and each dot stands for several.
const DOTS_MAX = 1000;

const isEnrolled = ({ list }) => list.class === "enrolled";

// Whether the letter takes statements now: by the log or, where the bundle is an old one, by this computer's clock.
export function checkOpen({ letter }) {
	const now = Date.now() / 1000;
	const at = (text) => Date.parse(text) / 1000;
	const hasCome = letter.epoch + 1 >= letter.opens || now + letter.epoch_seconds >= at(letter.opens_date);
	if (!hasCome) {
		throw new Refusal({ word: "refused_early", fills: { opens: date(letter.opens_date) } });
	}
	if (!letter.is_opened) {
		throw new Refusal({ word: "refused_early_bundle", fills: { epoch: letter.epoch } });
	}
	if (letter.epoch >= letter.closes || now > at(letter.closes_date) + letter.epoch_seconds) {
		throw new Refusal({ word: "refused_closed", fills: { closes: date(letter.closes_date) } });
	}
	return now > at(letter.date) + 2 * letter.epoch_seconds
		? note("stale", { epoch: letter.epoch, date: date(letter.date) }) : null;
}

// Asks for the credential and opens it for the bundle; then goes on with where its holder stands.
export function openCredential(opened, next) {
	const [fileField, file] = field("credential_file", { type: "file" });
	const [passField, pass] = field("credential_passphrase",
		{ type: "password", autocomplete: "off", spellcheck: false }, "credential_stays");
	const [keyField, key] = field("credential_key", { type: "file" });
	const missing = element("p", { role: "alert" });
	const go = attempt(async () => {
		if (file.files.length === 0 && key.files.length === 0) {
			missing.textContent = say("refused_choose");
			return;
		}
		const passphrase = new TextEncoder().encode(pass.value);
		pass.value = "";
		let standing;
		if (file.files.length > 0) {
			const bytes = await bytesOf(file.files[0]);
			const credential = await engine.call("readCredential", { bytes }, { handOver: [bytes] });
			show("credential", element("p", { role: "status" }, say("credential_opening")));
			standing = { ...await engine.call("unlock", { passphrase }, { handOver: [passphrase] }), credential };
		} else {
			const bytes = await bytesOf(key.files[0]);
			standing = await engine.call("unlockKey", { bytes }, { handOver: [bytes] });
		}
		next(standing);
	});
	show("credential", fileField, passField, keyField, missing,
		buttons(button("credential_open", "", go), button("stop", "alt", toStart)));
}

function compare({ letter }, { list }, next) {
	const cannot = () => show("cannot", lead("cannot_how"),
		buttons(button("cannot_later", "", toStart), button("cannot_go", "alt", next)));
	const differ = () => engine.forget().then(() => show("differ",
		element("p", { class: "lead", role: "alert" }, say("differ_how"))));
	show("compare", lead("compare_how"),
		element("h3", {}, say("compare_letter")), fingerprint(letter.id),
		element("h3", {}, ...pieces("compare_list", { name: list.name, members: list.members })),
		fingerprint(list.hash),
		buttons(button("compare_same", "", next), button("compare_differ", "no", differ),
			button("compare_cannot", "alt", cannot)),
		note("compare_note"));
}

// --- The exposure meter ----------------------------------------------------------------------------------------------------------

function dots(members) {
	const each = Math.ceil(members / DOTS_MAX);
	const n = Math.ceil(members / each);
	const text = say(each > 1 ? "meter_dots_many" : "meter_dots", { n: members, each });
	const rows = Math.ceil(n / 36);
	const circles = Array.from({ length: n }, (_, i) =>
		shape("circle", { cx: 5 + 10 * (i % 36), cy: 5 + 10 * Math.floor(i / 36), r: 3.2 }));
	return element("figure", {}, drawing(text, 360, 10 * rows, ...circles), element("figcaption", {}, text));
}

function meterFacts({ place, list }) {
	const fills = { name: list.name, members: list.members, steward: list.steward, source: list.source,
		burn: place.roster.burn ? date(place.roster.burn) : "", uses: place.column_uses };
	const row = (name, fact) => [name, pieces(fact, fills)];
	return facts(...list.class === "enrolled" ? [
		row("meter_list", "meter_list_enrolled"), row("meter_knows", "meter_knows_enrolled"),
		row("meter_forever", "meter_forever_enrolled"), row("meter_until", "meter_until_enrolled"),
		row("meter_seen", "meter_seen_how"),
		row("meter_uses", place.column_uses <= UNLINKED_USES ? "meter_uses_few" : "meter_uses_over"),
	] : [
		row("meter_list", "meter_list_raw"), row("meter_knows", "meter_knows_raw"),
		row("meter_forever", "meter_forever_raw"), row("meter_now", "meter_now_raw"),
		row("meter_find", "meter_find_raw"), row("meter_undo", "meter_undo_raw"), row("meter_seen", "meter_seen_how"),
	]);
}

// The ring of the own list or its group, and that of all.
function ringsOf({ tally }, { place }) {
	const all = tally.rings[place.all_ring];
	const hasOwn = place.own_ring !== null && place.own_ring !== place.all_ring;
	return { all, own: hasOwn ? tally.rings[place.own_ring] : null };
}

// What must be said of dates before anything is signed.
function warnings({ place, credential, credentialBurn }) {
	const due = credential?.columns.filter(({ isDue }) => isDue) ?? [];
	return [
		...due.map(({ from, until, burn }) => element("div", { class: "box warn" }, paragraph("meter_due",
			{ from: date(from), until: date(until), burn: date(burn) }))),
		credentialBurn && credentialBurn !== place.roster.burn
			? element("div", { class: "box warn" }, paragraph("calendar_differs",
				{ mine: date(credentialBurn), theirs: date(place.roster.burn) })) : null,
		place.next_seq > 1 ? paragraph("meter_again") : null,
	];
}

function meter(opened, standing, next) {
	const { all, own } = ringsOf(opened, standing);
	const ring = own ?? all;
	const enrolled = isEnrolled(standing);
	const others = ring.members - 1;
	show("meter",
		element("div", { class: enrolled ? "meter" : "meter raw" },
			element("p", { class: "cls" }, say(enrolled ? "meter_enrolled" : "meter_raw")),
			element("p", { class: "big" }, number(others), " ", element("small", {}, say("meter_others", { n: others }))),
			dots(standing.list.members), meterFacts(standing)),
		others < FEW_OTHERS ? paragraph("meter_small", { others }) : null,
		others < FEW_OTHERS && own !== null ? paragraph("meter_crowd", { all: all.members - 1 }) : null,
		...warnings(standing),
		enrolled ? buttons(button("meter_go", "", next), button("stop", "alt", toStart))
			: buttons(button("meter_stop_raw", "", toStart), button("meter_go_raw", "alt", next)));
}

// --- Where, how, and the signature -----------------------------------------------------------------------------------------------

export function whereYouAre(next) {
	const go = button("place_go", "", next);
	go.disabled = true;
	const boxes = [1, 2, 3, 4].map((i) =>
		choice({ type: "checkbox" }, pieces(`place_${i}`), pieces(`place_${i}_how`)));
	const inputs = boxes.map(([, input]) => input);
	inputs.forEach((input) => {
		input.onchange = () => {
			go.disabled = !inputs.every(({ checked }) => checked);
		};
	});
	show("place", lead("place_how"),
		element("fieldset", {}, element("legend", {}, say("place_tick")), ...boxes.map(([label]) => label)),
		buttons(go, button("place_stop", "alt", toStart)));
}

function howToBeShown(opened, standing, next) {
	const { tally, letter } = opened;
	const { all, own } = ringsOf(opened, standing);
	const lists = tally.organisations.flatMap(({ rosters }) => rosters)
		.filter((list) => list.class === standing.list.class).length;
	const allText = lists === 1 ? [quoted("b", all.name)]
		: pieces(isEnrolled(standing) ? "shown_all_enrolled" : "shown_all_raw", { lists });
	const allHow = pieces(lists === 1 ? "shown_own" : "shown_all_how", { others: all.members - 1 });
	const radio = (checked) => ({ type: "radio", name: "ring", checked });
	const [ownLabel, ownInput] = own === null ? [null, null]
		: choice(radio(true), [quoted("b", own.name)], pieces("shown_own", { others: own.members - 1 }));
	const [allLabel, allInput] = choice(radio(own === null), allText, allHow);
	const [secondLabel, second] = choice({ type: "checkbox", checked: true },
		pieces("shown_second", { hold: letter.hold_min }), pieces("shown_second_how"));
	// A ring that is published already releases the rest at the closing: no second proof is needed.
	const asksSecond = own !== null && own.signatures === 0;
	const follow = () => {
		secondLabel.hidden = !asksSecond || allInput.checked;
	};
	allInput.onchange = follow;
	if (ownInput !== null) {
		ownInput.onchange = follow;
	}
	follow();
	const sign = () => next({
		ring: allInput.checked ? standing.place.all_ring : standing.place.own_ring,
		second: asksSecond && !allInput.checked && second.checked,
		seq: standing.place.next_seq });
	show("shown", element("fieldset", {}, element("legend", {}, say("shown_as")), ownLabel, allLabel), secondLabel,
		element("h3", {}, say("shown_public")), element("div", { class: "box" }, paragraph("shown_public_how")),
		buttons(button("sign", "", sign), button("stop", "alt", toStart)));
}

// Something is made in the worker; cancelling ends it, and everything with it.
export async function making(head, call, given) {
	const { elements, listener } = bar("signing_of", head);
	show(head, ...elements, buttons(button("cancel", "alt", () => {
		engine.end();
		toStart();
	})));
	return engine.call(call, given, { listener });
}

function epochLength(seconds) {
	if (seconds % 86400 === 0) {
		return say("every_days", { n: seconds / 86400 });
	}
	return seconds % 3600 === 0 ? say("every_hours", { n: seconds / 3600 }) : say("every_seconds", { n: seconds });
}

function track() {
	const step = (name, current) => element("li", current ? { "aria-current": "step" } : {},
		element("b", {}, say(`track_${name}`)), say(`track_${name}_how`));
	return element("ol", { class: "track" }, step("made", true), step("promised"), step("published"));
}

// A statement file: save, deliver, wait.
export function made(head, name, bytes, { letter }) {
	const isWithdrawal = head === "made_withdrawal";
	const step = (word) => element("li", {}, say(word));
	show(head, track(),
		buttons(button("made_save", "", () => save(name, bytes))),
		note("made_name", { name, bytes: bytes.length }),
		warning("made_proves", "made_proves_how"),
		element("h3", {}, say("deliver")),
		element("ol", { class: "steps" }, step("deliver_1"), step("deliver_2"), step("deliver_3")),
		paragraph("deliver_others"),
		element("h3", {}, say("next")),
		paragraph(isWithdrawal ? "next_withdrawal" : "next_how", { every: epochLength(letter.epoch_seconds),
			hold: letter.hold_min, closes: date(letter.closes_date) }),
		buttons(button("to_start", "alt", toStart)));
}

entries.sign = () => openLetter("open", (opened) => {
	let stale;
	try {
		if (opened.tally.poll) {
			throw new Refusal({ word: "refused_poll" });
		}
		stale = checkOpen(opened);
	} catch (error) {
		refuse(error);
		return;
	}
	const sign = async (standing, given) => {
		const statement = await making("signing", "sign", given);
		await engine.forget();
		made("made", `signature-${opened.letter.id.slice(0, 8)}.undersigned`, statement, opened);
	};
	const chosen = (standing) => howToBeShown(opened, standing, (given) => sign(standing, given).catch(refuse));
	show("open", checks(opened), ...letterCard(opened), stale,
		buttons(button("go_on", "", () => openCredential(opened, (standing) =>
			compare(opened, standing, () => meter(opened, standing, () => whereYouAre(() => chosen(standing))))))));
});
