// The kit in the languages of the catalogue: every screen at two widths, each text of which must be one of the language's own; and a
// letter signed in Arabic, from its bundle to the file that the program knows. Usage: kit_languages.mjs ORDERS, as pages.py gives
// them, after kit.mjs has had its letter signed; orders.shots: a folder for a picture of each screen.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { address, browser, check, close, end, findings, open, overhang } from "./common.mjs";

const orders = JSON.parse(process.argv[2]);
const { NAMES, LANGUAGES } = await import(pathToFileURL(path.join(process.env.UNDERSIGN_WEB, "kit-words.mjs")));
// That of kit.mjs.
const PASSPHRASE = "six words for the kit to keep";
const folder = orders.kit_world.folder;
const at = (name) => path.join(folder, name);

function run(args, { passphrase } = {}) {
	const done = spawnSync(process.env.UNDERSIGN, args, { encoding: "utf8", cwd: folder,
		input: passphrase === undefined ? undefined : `${passphrase}\n` });
	check(`undersign ${args[0]} ${args[1]}`, done.status === 0, `${done.status}: ${done.stderr}`);
	return done.stdout;
}

const textOf = (language, word) => LANGUAGES[language].texts[NAMES.indexOf(word)];
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

// What may stand in a text node: a text of the list or what is left of it around what is filled in, a number, a day. Texts that are
// filled in as one string are named.
const WHOLE = ["burn_go", "burn_state", "meter_dots", "meter_dots_many", "opening_of", "ring_below", "signing_of"];
function allowed(language) {
	const texts = LANGUAGES[language].texts.flat();
	const months = Array.from({ length: 12 }, (_, i) => textOf(language, `month_${i + 1}`)).join("|");
	const day = escaped(textOf(language, "date")).replace("\\{day\\}", "\\d{1,2}").replace("\\{month\\}", `(${months})`)
		.replace("\\{year\\}", "\\d{4}");
	const patterns = WHOLE.flatMap((word) => textOf(language, word))
		.map((text) => `${escaped(text).replace(/\\\{\w+\\\}/g, `([\\d.,\\s]+%?|${day})`)}`);
	return { pieces: texts.flatMap((text) => text.split(/\{\w+\}/)).map((piece) => piece.trim()),
		patterns: [day, "[\\d\\s.,:%()]+", ...patterns].map((pattern) => `^${pattern}$`) };
}

// The texts on the screen that are none of these. What people wrote, files and commands are marked as such.
const strangers = (page, known) => page.evaluate(({ pieces, patterns }) => {
	const OTHERS = "script, style, noscript, bdi, code, .fp, [dir=auto], [lang=en] :not(html), p[lang=en], nav button";
	const isKnown = (text) => pieces.includes(text) || patterns.some((pattern) => new RegExp(pattern, "u").test(text));
	const found = [];
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walker.nextNode()) {
		const text = walker.currentNode.textContent.trim();
		if (text !== "" && !walker.currentNode.parentElement.closest(OTHERS) && !isKnown(text)) {
			found.push(text);
		}
	}
	for (const name of ["aria-label", "title", "placeholder", "alt"]) {
		for (const element of document.querySelectorAll(`[${name}]`)) {
			if (!isKnown(element.getAttribute(name))) {
				found.push(element.getAttribute(name));
			}
		}
	}
	return found;
}, known);

const shown = new Map(Object.keys(LANGUAGES).map((language) => [language, ""]));

// A kit that is open in a language, and what one does with it.
async function openKit(language, width, locale = language) {
	const page = await open(address(orders.kit), { width, locale });
	const known = allowed(language);
	const t = (word) => textOf(language, word);
	const seen = new Set();
	const kit = {
		page, t,
		press: (word) => page.getByRole("button", { name: t(word), exact: true }).click(),
		put: (word, file) => page.getByLabel(t(word), { exact: true }).setInputFiles(file),
		say: (word, text) => page.getByLabel(t(word), { exact: true }).fill(text),
		text: () => page.locator("main").innerText(),
		async look(state) {
			const what = `${language}, ${width} px, ${state}`;
			const wide = await overhang(page);
			check(`${what}: nothing is wider than the screen`, wide <= 0, `${wide} px`);
			const found = await findings(page);
			check(`${what}: axe finds nothing`, found.length === 0, found.join("\n        "));
			const strange = await strangers(page, known);
			check(`${what}: each text is of this language`, strange.length === 0, JSON.stringify(strange));
			const direction = await page.evaluate(() => [document.documentElement.lang, getComputedStyle(document.querySelector("main")).direction,
				...Array.from(document.querySelectorAll(".fp, code"), (element) => getComputedStyle(element).direction)]);
			check(`${what}: direction`, direction.join() === [language, language === "ar" ? "rtl" : "ltr",
				...direction.slice(2).map(() => "ltr")].join(), direction.join());
			shown.set(language, `${shown.get(language)}\n${await page.locator("body").innerText()}`);
			if (orders.shots) {
				await page.screenshot({ path: path.join(orders.shots, `${language}-${width}-${state.replace(" ", "-")}.png`), fullPage: true });
			}
		},
		// Waits for a state by its heading; its name tells several states of one heading apart.
		async until(word, name = word) {
			await page.getByRole("heading", { name: t(word), level: 2, exact: true }).waitFor({ timeout: 60_000 }).catch(async () => {
				throw new Error(`${language}: the kit does not show “${word}”: ${await kit.text()}`);
			});
			if (!seen.has(name)) {
				seen.add(name);
				await kit.look(name);
			}
		},
		async save(button, name) {
			const [download] = await Promise.all([page.waitForEvent("download"), kit.press(button)]);
			await download.saveAs(at(name));
		},
		async toStart() {
			await kit.press("to_start");
			await kit.until("start");
		},
		async end() {
			const asked = page.requests.filter((url) => !url.startsWith("file:") && !url.startsWith("blob:"));
			check(`${language}: nothing was asked for, nothing is complained about`, asked.length === 0 && page.faults.length === 0,
				[...asked, ...page.faults].join(" "));
			const kept = await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length].join());
			check(`${language}: nothing is stored, the language neither`, kept === ",0,0", kept);
			await close(page);
		},
	};
	await kit.until("start");
	return kit;
}

async function openBundle(kit, start, bundle) {
	await kit.press(start);
	await kit.until(start === "start_verify" ? "open_verify" : "open");
	await kit.press("open_go");
	check("a file is asked for", (await kit.text()).includes(kit.t("refused_choose")));
	await kit.put(bundle.endsWith(".tar") ? "open_tar" : "open_folder", bundle);
	await kit.press("open_go");
}

async function openCredential(kit, credential, passphrase) {
	await kit.until("credential");
	await kit.put("credential_file", credential);
	await kit.say("credential_passphrase", passphrase);
	await kit.press("credential_open");
}

async function tickAll(kit) {
	await kit.until("place");
	for (const box of await kit.page.getByRole("checkbox").all()) {
		await box.check();
	}
	await kit.press("place_go");
}

async function sign(kit, bundle, name) {
	await openBundle(kit, "start_sign", bundle);
	await kit.press("go_on");
	await openCredential(kit, at("spoken.credential"), "another passphrase");
	await kit.until("refused");
	await kit.toStart();
	await openBundle(kit, "start_sign", bundle);
	await kit.page.locator(".tick").waitFor();
	await kit.look("opened");
	await kit.press("go_on");
	await openCredential(kit, at("spoken.credential"), PASSPHRASE);
	await kit.until("compare");
	await kit.press("compare_cannot");
	await kit.until("cannot");
	await kit.press("cannot_go");
	await kit.until("meter");
	await kit.press("meter_go");
	await tickAll(kit);
	await kit.until("shown");
	await kit.press("sign");
	await kit.until("made");
	await kit.save("made_save", name);
	await kit.toStart();
}

async function enrol(kit) {
	await kit.press("start_enrol");
	await kit.until("enrol");
	await kit.put("enrol_roster", at("rivers/roster"));
	await kit.say("enrol_passphrase", PASSPHRASE);
	await kit.press("enrol_go");
	check("passphrases that differ", (await kit.text()).includes(kit.t("enrol_differ")));
	await kit.say("enrol_again", PASSPHRASE);
	await kit.press("enrol_go");
	await kit.until("enrolled");
	await kit.toStart();
}

async function burn(kit) {
	await kit.press("start_burn");
	await kit.until("burn_open");
	await kit.put("credential_file", at("spoken-old.credential"));
	await kit.press("credential_open");
	await kit.until("burn");
	const due = await kit.page.locator("tr.now").count();
	const { form } = LANGUAGES[await kit.page.evaluate(() => document.documentElement.lang)];
	await kit.page.getByRole("button", { name: kit.t("burn_go")[form(due)].replace("{n}", String(due)), exact: true }).click();
	await kit.until("burnt");
	await kit.toStart();
}

async function whatBecame(kit, bundle, file, word) {
	await openBundle(kit, "start_check", bundle);
	await kit.until("check");
	await kit.put("check_file", at(file));
	await kit.press("check_go");
	await kit.until(word);
	await kit.toStart();
}

async function withdraw(kit, bundle) {
	await openBundle(kit, "start_check", bundle);
	await kit.until("check");
	await kit.press("check_withdraw");
	await openCredential(kit, at("spoken.credential"), PASSPHRASE);
	await kit.until("withdraw");
	await kit.press("withdraw_go");
	await tickAll(kit);
	await kit.until("made_withdrawal");
	await kit.toStart();
}

// A member by raw key, and signs that differ, at which the kit stops.
async function rawKey(kit) {
	await openBundle(kit, "start_sign", orders.demo_bundle);
	await kit.press("go_on");
	await kit.until("credential");
	await kit.put("credential_key", orders.demo_key);
	await kit.press("credential_open");
	await kit.until("compare");
	await kit.press("compare_same");
	await kit.until("meter", "meter of a key");
	await kit.press("meter_go_raw");
	await tickAll(kit);
	await kit.until("shown", "shown of a key");
	await kit.press("stop");
	await openBundle(kit, "start_sign", orders.demo_bundle);
	await kit.press("go_on");
	await openCredential(kit, orders.demo_credential, "");
	await kit.press("compare_differ");
	await kit.until("differ");
	await kit.page.reload();
	await kit.until("start");
}

async function verify(kit) {
	await openBundle(kit, "start_verify", orders.demo_bundle);
	await kit.until("verdict_consistent");
	for (const details of await kit.page.locator("details").all()) {
		await details.evaluate((opened) => {
			opened.open = true;
		});
	}
	await kit.look("verdict whole");
	await kit.toStart();
	for (const [name, change] of [["bytes refused", (bytes) => {
		bytes[bytes.indexOf("undersigned points v1") + 60] ^= 1;
	}], ["tar refused", (bytes) => {
		bytes[265] = 0x61;
	}]]) {
		const bytes = readFileSync(`${orders.hostile_bundle}.tar`);
		change(bytes);
		writeFileSync(at("changed.tar"), bytes);
		await openBundle(kit, "start_verify", at("changed.tar"));
		await kit.until("refused", name);
		await kit.toStart();
	}
	for (const [file, name] of [[at("rivers/roster"), "another file"], [orders.demo_bundle, "no file"]]) {
		if (name === "another file") {
			await kit.press("start_burn");
			await kit.put("credential_file", file);
			await kit.press("credential_open");
			await kit.until("refused", name);
			check("the line that is wanted is named", (await kit.text()).includes("undersigned credential v1"));
			await kit.toStart();
		}
	}
}

async function everyScreen(language, width) {
	const kit = await openKit(language, width);
	await enrol(kit);
	await burn(kit);
	const statement = `spoken-${language}-${width}.statement`;
	await sign(kit, at("spoken"), statement);
	check(`${language}: the program knows what was signed`, spawnSync(process.env.UNDERSIGN, ["verify", "--mine", statement, "spoken"],
		{ encoding: "utf8", cwd: folder }).stdout.includes("Not published yet."));
	await whatBecame(kit, at("spoken"), statement, "waiting");
	await whatBecame(kit, at("spoken"), "statement-0", "published");
	await whatBecame(kit, at("spoken"), "kit.statement", "withdrawn");
	await withdraw(kit, at("spoken"));
	await rawKey(kit);
	await verify(kit);
	await kit.end();
}

// The browser's languages choose, then the person; what is not there is English.
async function choice() {
	for (const [locale, language] of [["ar-EG", "ar"], ["de-CH", "de"], ["fr-CA", "fr"], ["pt-BR", "en"]]) {
		const kit = await openKit(language, 1280, locale);
		await kit.end();
	}
	const page = await open(address(orders.kit), { width: 360, locale: "en-GB" });
	await page.getByRole("button", { name: "العربية" }).click();
	await page.getByRole("heading", { name: textOf("ar", "start"), level: 2 }).waitFor();
	const is = () => page.evaluate(() => `${document.documentElement.lang} ${document.documentElement.dir} ${document.title}`);
	check("whoever presses a language gets it", await is() === `ar rtl ${textOf("ar", "start")} · ${textOf("ar", "title")}`, await is());
	await page.getByRole("button", { name: "Deutsch" }).click();
	await page.getByRole("heading", { name: textOf("de", "start"), level: 2 }).waitFor();
	check("and the next one", (await is()).startsWith("de ltr "), await is());
	await close(page);
}

// A text of another language must be seen.
async function control() {
	const page = await open(address(orders.kit), { width: 360, locale: "de" });
	await page.evaluate((text) => {
		document.querySelector("main p").append(text);
		document.querySelector("main h3").setAttribute("aria-label", "Back");
	}, textOf("en", "start_offline"));
	const found = await strangers(page, allowed("de"));
	check("control: English in a German kit is found", found.length === 2, JSON.stringify(found));
	await close(page);
}

try {
	if (orders.shots) {
		mkdirSync(orders.shots, { recursive: true });
	}
	run(["fetch", orders.kit_world.url, at("spoken")]);
	writeFileSync(at("spoken.credential"), readFileSync(at("kit.credential")));
	run(["key", "new", "spoken.example/all", "-o", "spoken.key"]);
	run(["roster", "new", "spoken-old", "--name", "Old Office", "--organisation", "Old Office", "--source", "a list", "--steward",
		"L. Marsh", "--key", "spoken.key", "--class", "enrolled", "--columns", "8", "--from", "2026-01-01"]);
	run(["enrol", "--roster", "spoken-old", "--passphrase-fd", "0", "-o", "spoken-old.credential", "--request", "spoken-old.request"],
		{ passphrase: PASSPHRASE });
	await control();
	await choice();
	for (const [language, width] of orders.languages) {
		await everyScreen(language, width);
	}
	const [language] = orders.languages[0];
	const text = shown.get(language).replace(/\s+/g, " ");
	const unseen = NAMES.filter((name) => ![textOf(language, name)].flat().some((form) =>
		form.split(/\{\w+\}/).every((piece) => text.includes(piece.replace(/\s+/g, " ").trim()))));
	console.log(`${NAMES.length - unseen.length} of ${NAMES.length} words were on a screen; not: ${unseen.join(" ")}`);
} catch (error) {
	check("the way through the languages goes to its end", false, error.stack);
} finally {
	await browser.close();
}
end();
