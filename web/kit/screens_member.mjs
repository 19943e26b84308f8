// Enrolling, burning, and states 9 and 10: what became of a signature, and withdrawing it.
import { button, buttons, date, element, facts, field, fingerprint, lead, note, paragraph, save, pieces, say, show, warning } from "./dom.mjs";
import { drawQr } from "./qr.mjs";
import { attempt, bytesOf, engine, entries, openLetter, refuse, toStart, verify } from "./screens_open.mjs";
import { checkOpen, made, making, openCredential, whereYouAre } from "./screens_sign.mjs";

const PASSPHRASE_MAX = 1024;
const step = (word) => element("li", {}, say(word));

// --- Enrolling -------------------------------------------------------------------------------------------------------------------

function enrolled(roster, { credential, request, fingerprint: digest, qr }) {
	show("enrolled",
		paragraph("enrolled_list", { name: roster.roster, edition: roster.edition, steward: roster.steward }),
		element("ol", { class: "steps" }, step("enrolled_1"), step("enrolled_2")),
		buttons(
			button("enrolled_save_credential", "", () => save("credential.undersigned", credential)),
			button("enrolled_save_request", "", () => save("request.undersigned", request))),
		paragraph("enrolled_compare"),
		element("h3", {}, say("enrolled_request")), fingerprint(digest), drawQr(say("enrolled_qr"), qr),
		paragraph("enrolled_form"),
		element("table", {}, element("tbody", {}, ...roster.columns.map(({ from, until, burn }) => element("tr", {},
			element("th", { scope: "row" }, ...pieces("burn_period", { from: date(from), until: date(until) })),
			element("td", {}, say("burn_on"), ": ", date(burn)))))),
		buttons(button("to_start", "alt", toStart)));
}

entries.enrol = () => {
	const [rosterField, roster] = field("enrol_roster", { type: "file" });
	const secret = { type: "password", autocomplete: "off", spellcheck: false };
	const [firstField, first] = field("enrol_passphrase", secret, "enrol_words");
	const [againField, again] = field("enrol_again", secret);
	const missing = element("p", { role: "alert" });
	const go = attempt(async () => {
		const passphrase = new TextEncoder().encode(first.value);
		const problem = roster.files.length === 0 ? "refused_choose"
			: passphrase.length === 0 || passphrase.length > PASSPHRASE_MAX ? "enrol_short"
				: first.value !== again.value ? "enrol_differ" : null;
		if (problem !== null) {
			missing.textContent = say(problem);
			return;
		}
		first.value = "";
		again.value = "";
		const bytes = await bytesOf(roster.files[0]);
		const parsed = await engine.call("readRoster", { bytes });
		show("enrol", element("p", { role: "status" }, say("enrol_making")));
		const result = await engine.call("enrol", { bytes, passphrase }, { handOver: [passphrase] });
		await engine.forget();
		enrolled(parsed, result);
	});
	show("enrol", lead("enrol_how"), rosterField, firstField, againField, missing,
		buttons(button("enrol_go", "", go), button("back", "alt", toStart)));
};

// --- Burning ---------------------------------------------------------------------------------------------------------------------

function burnt(name, bytes) {
	show("burnt", buttons(button("burnt_save", "", () => save(name, bytes))), note("made_name", { name, bytes: bytes.length }),
		warning("burnt_old", "burnt_old_how"), note("burnt_after"), buttons(button("to_start", "alt", toStart)));
}

function calendar({ columns }) {
	const due = columns.filter(({ isDue }) => isDue).map(({ number }) => number);
	const today = new Date().toISOString().slice(0, 10);
	const state = ({ isBurnt, isDue }) => say(isBurnt ? "burn_burnt" : isDue ? "burn_due" : "burn_later");
	const head = (word, fills) => element("th", { scope: "col" }, say(word, fills));
	const go = attempt(async () => {
		const bytes = await engine.call("burn", { columns: due });
		await engine.forget();
		burnt(`credential-${today.slice(0, 7)}.undersigned`, bytes);
	});
	show("burn", lead("burn_how"),
		element("table", {},
			element("thead", {}, element("tr", {}, head("burn_secret"), head("burn_on"), head("burn_state", { today: date(today) }))),
			element("tbody", {}, ...columns.map((column) => element("tr", column.isDue ? { class: "now" } : {},
				element("td", {}, ...pieces("burn_period", { from: date(column.from), until: date(column.until) })),
				element("td", {}, date(column.burn)), element("td", {}, state(column)))))),
		due.length > 0 ? buttons(button("burn_go", "", go, { n: due.length })) : paragraph("burn_none"),
		warning("burnt_old", "burnt_old_how"), note("burnt_after"),
		buttons(button("to_start", "alt", toStart)));
}

entries.burn = () => {
	const [fileField, file] = field("credential_file", { type: "file" });
	const missing = element("p", { role: "alert" });
	const go = attempt(async () => {
		if (file.files.length === 0) {
			missing.textContent = say("refused_choose");
			return;
		}
		const bytes = await bytesOf(file.files[0]);
		calendar(await engine.call("readCredential", { bytes }, { handOver: [bytes] }));
	});
	show("burn_open", paragraph("burn_how"), fileField, missing,
		buttons(button("credential_open", "", go), button("back", "alt", toStart)));
};

// --- What became of it -----------------------------------------------------------------------------------------------------------

function deleteIt(closes) {
	return [element("h3", {}, say("delete")), paragraph("delete_how"),
		element("ul", { class: "steps" }, step("delete_1"), step("delete_2"), step("delete_3")),
		closes === null ? null : paragraph("delete_later", { closes })];
}

// The state of a statement file; every outcome has its own heading.
function fate({ letter, tally }, found) {
	const isOpen = letter.epoch < letter.closes;
	const fills = { hold: letter.hold_min, closes: date(letter.closes_date),
		epoch: found.epoch ?? letter.epoch, date: date(found.date ?? tally.as_of.date), entry: found.entry ?? "" };
	const about = {
		published: () => [paragraph("published_how", fills), found.is_second ? paragraph("published_second") : null,
			note("check_inclusion"), ...deleteIt(isOpen ? fills.closes : null)],
		withdrawn: () => [paragraph("withdrawn_how", fills), isOpen ? paragraph("withdrawn_again", fills) : null,
			note("check_inclusion"), ...deleteIt(null)],
		waiting: () => [paragraph(found.isWithdrawal ? "waiting_withdrawal" : "waiting_how", fills)],
		superseded: () => [paragraph("superseded_how"), ...deleteIt(null)],
		unknown: () => [paragraph("unknown_how", fills)],
	};
	show(found.fate, ...about[found.fate](), buttons(button("to_start", "alt", toStart)));
}

function withdraw(opened, standing) {
	const closes = date(opened.letter.closes_date);
	const go = attempt(async () => {
		const statement = await making("withdrawing", "withdraw", { seq: standing.place.next_seq });
		await engine.forget();
		made("made_withdrawal", `withdrawal-${opened.letter.id.slice(0, 8)}.undersigned`, statement, opened);
	});
	show("withdraw", lead("withdraw_how"),
		facts(["withdraw_public", pieces("withdraw_public_how")], ["withdraw_stays", pieces("withdraw_stays_how")],
			["withdraw_until", pieces("withdraw_until_how", { closes })], ["withdraw_undo", pieces("withdraw_undo_how", { closes })]),
		standing.place.next_seq > 1 ? null : element("div", { class: "box" },
			element("p", {}, element("b", {}, say("withdraw_none"))), paragraph("withdraw_none_how")),
		buttons(button("withdraw_keep", "", toStart), button("withdraw_go", "no", () => whereYouAre(go))),
		note("withdraw_note"));
}

entries.check = () => openLetter("open", (opened) => {
	const [fileField, file] = field("check_file", { type: "file" });
	const missing = element("p", { role: "alert" });
	const check = attempt(async () => {
		if (file.files.length === 0) {
			missing.textContent = say("refused_choose");
			return;
		}
		const bytes = await bytesOf(file.files[0]);
		fate(opened, await engine.call("find", { bytes }, { handOver: [bytes] }));
	});
	const begin = () => {
		try {
			checkOpen(opened);
		} catch (error) {
			refuse(error);
			return;
		}
		openCredential(opened, (standing) => withdraw(opened, standing));
	};
	show("check", fileField, missing, buttons(button("check_go", "", check)),
		paragraph("check_or"), buttons(button("check_withdraw", "alt", begin), button("to_start", "alt", toStart)));
});

entries.verify = verify;
