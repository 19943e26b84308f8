// The kit in Debian's Chromium, from file://: with files of the command line, a running desk, and files that want to be more than
// files. Usage: kit.mjs ORDERS, as pages.py gives them.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";

import { address, browser, check, close, end, findings, open, overhang } from "./common.mjs";

const orders = JSON.parse(process.argv[2]);
const KIT_MAX = 1_000_000;
const PASSPHRASE = "six words for the kit to keep";
const folder = orders.kit_world.folder;
const at = (name) => path.join(folder, name);
const seen = new Set();

// The program; what it prints. Its exit code must be code.
function run(args, { code = 0, passphrase } = {}) {
	const done = spawnSync(process.env.UNDERSIGN, args, { encoding: "utf8", cwd: folder, maxBuffer: 1 << 26,
		input: passphrase === undefined ? undefined : `${passphrase}\n` });
	check(`undersign ${args[0]} ${args[1]}: exit ${code}`, done.status === code, `${done.status}: ${done.stderr}`);
	return done.stdout + done.stderr;
}

// A kit that is open, and what one does with it.
async function openKit(width) {
	const page = await open(address(orders.kit), { width });
	const kit = {
		page,
		press: (name) => page.getByRole("button", { name, exact: true }).click(),
		put: (label, file) => page.getByLabel(label).setInputFiles(file),
		say: (label, text) => page.getByLabel(label, { exact: true }).fill(text),
		text: () => page.locator("main").innerText(),
		// Waits for a state; each is looked at once at each width.
		async until(heading) {
			await page.getByRole("heading", { name: heading, level: 2, exact: true }).waitFor({ timeout: 60_000 }).catch(async () => {
				check(`${width} px: “${heading}”`, false, await kit.text());
				throw new Error(`the kit does not show “${heading}”`);
			});
			if (seen.has(`${width} ${heading}`)) {
				return;
			}
			seen.add(`${width} ${heading}`);
			const wide = await overhang(page);
			check(`${width} px, “${heading}”: nothing is wider than the screen`, wide <= 0, `${wide} px`);
			const found = await findings(page);
			check(`${width} px, “${heading}”: axe finds nothing`, found.length === 0, found.join("\n        "));
		},
		async save(button, name) {
			const [download] = await Promise.all([page.waitForEvent("download"), kit.press(button)]);
			await download.saveAs(at(name));
			return download.suggestedFilename();
		},
		async end() {
			const asked = page.requests.filter((url) => !url.startsWith("file:") && !url.startsWith("blob:"));
			check(`${width} px: nothing was asked for`, asked.length === 0, asked.join(" "));
			check(`${width} px: nothing is complained about`, page.faults.length === 0, page.faults.join(" "));
			const kept = await page.evaluate(async () => ({ cookies: document.cookie,
				local: Object.keys(localStorage).length + Object.keys(sessionStorage).length,
				databases: (await indexedDB.databases()).length }));
			check(`${width} px: nothing is stored`, kept.cookies === "" && kept.local === 0 && kept.databases === 0, JSON.stringify(kept));
			await close(page);
		},
	};
	await kit.until("What do you want to do?");
	return kit;
}

async function openBundle(kit, start, bundle) {
	await kit.press(start);
	if (bundle.endsWith(".tar")) {
		await kit.put("a tar file", bundle);
	} else {
		await kit.put("or a folder", bundle);
	}
	await kit.press("Open");
}

async function enrol(kit) {
	await kit.press("Enrol");
	await kit.until("Enrol");
	await kit.put("The roster’s file", at("rivers/roster"));
	await kit.say("New passphrase", PASSPHRASE);
	await kit.say("The same passphrase once more", "another one");
	await kit.press("Make the secret");
	check("two passphrases that differ are refused", (await kit.text()).includes("The two passphrases are not the same."));
	await kit.say("The same passphrase once more", PASSPHRASE);
	await kit.press("Make the secret");
	await kit.until("Made. Not admitted yet.");
	const shown = (await kit.page.locator(".fp").innerText()).replace(/\s/g, "");
	check("there is a QR code", await kit.page.getByRole("img", { name: "The request’s fingerprint as a QR code" }).count() === 1);
	await kit.save("Save the credential", "kit.credential");
	await kit.save("Save the request", "kit.request");
	await kit.press("Back to the start");
	return shown;
}

// Up to “How do you want to be shown?”.
async function standToSign(kit, bundle, credential, passphrase) {
	await openBundle(kit, "Sign a letter", bundle);
	await kit.until("Open the letter");
	await kit.press("Go on");
	await kit.until("Open your credential");
	await kit.put("Credential file", credential);
	await kit.say("Passphrase", passphrase);
	await kit.press("Open");
	await kit.until("Is it the same letter that others have?");
	await kit.press("I cannot compare now");
	await kit.until("You have not compared");
	await kit.press("Go on without comparing");
	await kit.until("How well are you hidden?");
	await kit.press("I understand: go on");
	await tickAll(kit);
	await kit.until("How do you want to be shown?");
}

async function tickAll(kit) {
	await kit.until("Not at work");
	const go = kit.page.getByRole("button", { name: "Go on when all four are true" });
	for (const box of await kit.page.getByRole("checkbox").all()) {
		check("nothing goes on before all four are ticked", await go.isDisabled());
		await box.check();
	}
	await go.click();
}

async function sign(kit, bundle, credential, passphrase, name) {
	await standToSign(kit, bundle, credential, passphrase);
	await kit.press("Sign");
	await kit.until("Signed. Not delivered yet.");
	await kit.save("Save the file", name);
	await kit.press("Back to the start");
}

// Delivers a file by a form of the desk, without JavaScript; what the desk answers.
async function deliver(form, file) {
	const page = await open(`${orders.kit_world.origin}${form}`, { scripts: false, width: 360 });
	check(`${form}: fits`, (await overhang(page)) <= 0);
	await page.locator("input[type=file]").setInputFiles(at(file));
	await page.locator("button").click();
	const said = await page.locator("body").innerText();
	await close(page);
	return said;
}

// The bundle as the desk has it now, as a folder and as a tar file.
function fetchBundle(name) {
	run(["fetch", orders.kit_world.url, at(name)]);
	run(["pack", at(name), "-o", at(`${name}.tar`)]);
	return at(name);
}

async function waitFor(what, holds) {
	for (let i = 0; i < 240; i++) {
		if (holds()) {
			return;
		}
		await new Promise((resolve) => setTimeout(resolve, 500));
	}
	throw new Error(`it did not come about: ${what}`);
}

const counted = () => {
	const done = spawnSync(process.env.UNDERSIGN, ["fetch", orders.kit_world.url, at("look")]);
	return done.status === 0
		? JSON.parse(spawnSync(process.env.UNDERSIGN, ["verify", "--json", at("look")], { encoding: "utf8" }).stdout) : null;
};

async function what_became(kit, bundle, file, heading) {
	await openBundle(kit, "Check or withdraw my signature", bundle);
	await kit.until("Check or withdraw");
	await kit.put("The signature’s file", at(file));
	await kit.press("Check");
	await kit.until(heading);
	await kit.press("Back to the start");
}

// A member's way from enrolling to withdrawing, with the desk.
async function wholeWay(width) {
	const kit = await openKit(width);
	const fingerprint = await enrol(kit);
	const form = await deliver("/enrol", "kit.request");
	check("the desk has the request", form.includes("Received. Not admitted yet."), form);
	run(["desk", "requests", "--config", at("desk.conf"), "--roster", "Rivers Office", at("requests")]);
	const got = readdirSync(at("requests")).map((name) => readFileSync(at(`requests/${name}`)));
	check("the steward gets the kit's request", got.length === 1 && got[0].equals(readFileSync(at("kit.request"))));
	const day = new Date().toISOString().slice(0, 10);
	check("the program sees the same fingerprint", run(["roster", "admit", "rivers", "--key", "steward.key", "--date", day,
		"kit.request", ...readdirSync(at("late")).map((name) => `late/${name}`)]).includes(fingerprint));
	run(["roster", "snapshot", "rivers", "--key", "steward.key", "--date", day]);
	run(["letter", "extend", "letter", "--key", "organiser.key", "--roster", "rivers"]);
	const members = counted().rings[0].members;
	await waitFor("the extension", () => counted()?.rings[0].members > members);
	const bundle = fetchBundle("extended");

	// From tar, wrong passphrase first.
	await openBundle(kit, "Sign a letter", `${bundle}.tar`);
	await kit.press("Go on");
	await kit.put("Credential file", at("kit.credential"));
	await kit.say("Passphrase", "another one");
	await kit.press("Open");
	await kit.until("This does not do");
	check("a wrong passphrase is refused", (await kit.text()).includes("The passphrase does not open this file."));
	await kit.press("Back to the start");
	await sign(kit, `${bundle}.tar`, at("kit.credential"), PASSPHRASE, "kit.statement");

	// The program with the kit's files, the kit with the program's.
	check("the program knows the kit's statement", run(["verify", "--mine", "kit.statement", "extended"], { code: 1 })
		.includes("Not published yet."));
	run(["sign", "extended", "--credential", "kit.credential", "--passphrase-fd", "0", "--yes", "-o", "native.statement"],
		{ passphrase: PASSPHRASE });
	await what_became(kit, bundle, "native.statement", "Not published yet.");
	run(["enrol", "--roster", "rivers", "--passphrase-fd", "0", "-o", "native.credential", "--request", "native.request"],
		{ passphrase: PASSPHRASE });
	for (const member of [0, 1]) {
		run(["sign", "extended", "--credential", `members/${member}.credential`, "--yes", "-o", `statement-${member}`]);
	}
	for (const file of ["kit.statement", "statement-0", "statement-1"]) {
		const said = await deliver(`/letters/${orders.kit_world.letter}/deliver`, file);
		check(`${file} is promised`, said.includes("Promised. Not published yet."), said);
	}
	await waitFor("the count", () => counted()?.signatures.total === 3);
	const published = fetchBundle("counted");
	await what_became(kit, published, "kit.statement", "Published. It counts.");
	await what_became(kit, published, "statement-0", "Published. It counts.");
	check("the program sees it too", run(["verify", "--mine", "kit.statement", "counted"]).includes("Published. It counts."));

	// Withdrawing.
	await openBundle(kit, "Check or withdraw my signature", published);
	await kit.press("Withdraw with my credential");
	await kit.put("Credential file", at("kit.credential"));
	await kit.say("Passphrase", PASSPHRASE);
	await kit.press("Open");
	await kit.until("Withdraw your signature");
	await kit.press("Make the withdrawal");
	await tickAll(kit);
	await kit.until("Withdrawal made. Not delivered yet.");
	await kit.save("Save the file", "kit.withdrawal");
	await kit.press("Back to the start");
	const said = await deliver(`/letters/${orders.kit_world.letter}/deliver`, "kit.withdrawal");
	check("the withdrawal is promised", said.includes("Promised. Not published yet."), said);
	await waitFor("the withdrawal", () => counted()?.signatures.withdrawn === 1);
	const withdrawn = fetchBundle("withdrawn");
	await what_became(kit, withdrawn, "kit.withdrawal", "Withdrawn. It does not count.");
	await what_became(kit, withdrawn, "kit.statement", "Withdrawn. It does not count.");
	await kit.end();
}

// The page names the kit by the hash that is in the log, and the desk gives that file, as a download.
async function download() {
	const hash = createHash("sha256").update(readFileSync(orders.kit)).digest("hex");
	const page = await open(`${orders.kit_world.url}/`, { scripts: false, width: 360 });
	for (let i = 0; i < 240 && await page.locator("#kit").count() === 0; i++) {
		await page.waitForTimeout(500);
		await page.goto(`${orders.kit_world.url}/`);
	}
	check("the page names the kit's hash", (await page.locator("#verify").innerText()).includes(hash));
	const [file] = await Promise.all([page.waitForEvent("download"), page.locator("a[href='kit.html']").click()]);
	await file.saveAs(at("downloaded.html"));
	check("the desk gives that file", readFileSync(at("downloaded.html")).equals(readFileSync(orders.kit)));
	await close(page);
}

// axe needs scripts; the page has none of its own.
async function lookAtForms() {
	for (const form of ["/enrol", `/letters/${orders.kit_world.letter}/deliver`]) {
		const page = await open(`${orders.kit_world.origin}${form}`, { width: 360 });
		const found = await findings(page);
		check(`${form}: axe finds nothing`, found.length === 0, found.join("\n        "));
		await close(page);
	}
}

async function looks(width) {
	const kit = await openKit(width);
	for (const [bundle, say] of [[orders.arabic_bundle, "انشروا ما نقيسه"], [orders.hostile_bundle, "<script>alert(1)</script>"]]) {
		await openBundle(kit, "Verify a letter", bundle);
		await kit.until("Consistent, not anchored");
		check(`${width} px: a title is shown as text`, (await kit.text()).includes(say), await kit.text());
		for (const details of await kit.page.locator("details").all()) {
			await details.evaluate((opened) => {
				opened.open = true;
			});
		}
		const wide = await overhang(kit.page);
		check(`${width} px: no text is wider than the screen`, wide <= 0, `${wide} px`);
		const found = await findings(kit.page);
		check(`${width} px: axe finds nothing in an opened letter`, found.length === 0, found.join("\n        "));
		check(`${width} px: what people wrote makes no element`,
			await kit.page.locator("main script, main img, main a").count() === 0);
		await kit.press("Back to the start");
	}
	await kit.end();
}

// What is not what it should be, and what is said.
async function refusals() {
	const kit = await openKit(1280);
	const tar = readFileSync(`${orders.hostile_bundle}.tar`);
	const cases = [
		["a changed byte of a points file", (bytes) => {
			bytes[bytes.indexOf("undersigned points v1") + 60] ^= 1;
		}, "This bundle is refused."],
		["a byte behind the end", (bytes) => Buffer.concat([bytes, Buffer.from([0])]), "two blocks of zeros"],
		["an owner in a header", (bytes) => {
			bytes[265] = 0x61;
		}, "not packed as a bundle is"],
		["no tar file", () => Buffer.from("nothing"), "ends too early"],
	];
	for (const [what, change, say] of cases) {
		const bytes = Buffer.from(tar);
		writeFileSync(at("changed.tar"), change(bytes) ?? bytes);
		await openBundle(kit, "Verify a letter", at("changed.tar"));
		await kit.until("This does not do");
		check(`${what} is refused`, (await kit.text()).includes(say), await kit.text());
		await kit.press("Back to the start");
	}
	await openBundle(kit, "Verify a letter", orders.many_files);
	await kit.page.locator("h2", { hasText: "This does not do" }).waitFor({ timeout: 300_000 });
	check("100,000 files too many are refused", (await kit.text()).includes("file tile/x/000000"), await kit.text());
	await kit.press("Back to the start");
	for (const [name, bundle] of Object.entries(orders.named)) {
		await openBundle(kit, "Verify a letter", bundle);
		await kit.until("Consistent, not anchored");
		check(`a list that is named ${name} is a list`, (await kit.text()).includes(`To ${name}.`), await kit.text());
		check(`${name}: prototypes are as they were`, await kit.page.evaluate(() => Object.keys(Object.prototype).length === 0));
		await kit.press("Back to the start");
	}
	await openBundle(kit, "Sign a letter", orders.poll);
	await kit.until("This does not do");
	check("a poll is not signed", (await kit.text()).includes("This is a poll of the members."), await kit.text());
	await kit.press("Back to the start");
	await openBundle(kit, "Verify a letter", orders.poll);
	await kit.until("Consistent, not anchored");
	check("a poll is counted again", (await kit.text()).includes("The poll: 13 answers hold, the sums follow from the answers, opened by 2 of 3 trustees"),
		await kit.text());
	check("with its questions", await kit.page.getByRole("row", { name: "within a month 5" }).count() === 1, await kit.text());
	await kit.press("Back to the start");
	await kit.press("Burn what is due");
	await kit.until("Open your credential");
	await kit.put("Credential file", at("kit.request"));
	await kit.press("Open");
	await kit.until("This does not do");
	check("a file of another kind is refused", (await kit.text()).includes("undersigned credential v1"));
	await kit.end();
}

// A calendar of which two columns are over: the kit's new file is what the program would have made.
async function burning(width) {
	const kit = await openKit(width);
	run(["key", "new", "old.example/all", "-o", `old-${width}.key`]);
	run(["roster", "new", `old-${width}`, "--name", "Old Office", "--organisation", "Old Office", "--source", "a list", "--steward",
		"L. Marsh", "--key", `old-${width}.key`, "--class", "enrolled", "--columns", "8", "--from", "2026-01-01"]);
	run(["enrol", "--roster", `old-${width}`, "--passphrase-fd", "0", "-o", `old-${width}.credential`, "--request",
		`old-${width}.request`], { passphrase: PASSPHRASE });
	await kit.press("Burn what is due");
	await kit.put("Credential file", at(`old-${width}.credential`));
	await kit.press("Open");
	await kit.until("Burn what is due");
	const due = await kit.page.locator("tr.now").count();
	check("columns are due", due >= 2 && due <= 8, String(due));
	await kit.page.getByRole("button", { name: "that is due" }).or(kit.page.getByRole("button", { name: "that are due" })).click();
	await kit.until("Made, without the burnt secret");
	check("it says that the old file survives", (await kit.text()).includes("The old file survives until you delete it."));
	await kit.save("Save the new credential", `burnt-${width}.credential`);
	writeFileSync(at(`burnt-${width}.credential`), readFileSync(at(`burnt-${width}.credential`)), { mode: 0o600 });
	run(["burn", "--due", `old-${width}.credential`]);
	check("the kit's file is the program's", readFileSync(at(`burnt-${width}.credential`)).equals(readFileSync(at(`old-${width}.credential`))));
	await kit.end();
}

async function pictures(into) {
	mkdirSync(into, { recursive: true });
	const page = await open(address(orders.kit), { width: 1100, height: 900 });
	await page.screenshot({ path: path.join(into, "kit.png") });
	await close(page);
	const kit = await openKit(1100);
	await openBundle(kit, "Sign a letter", orders.demo_bundle);
	await kit.press("Go on");
	await kit.put("Credential file", orders.demo_credential);
	await kit.press("Open");
	await kit.press("They are the same");
	await kit.until("How well are you hidden?");
	await kit.page.screenshot({ path: path.join(into, "kit-meter.png"), fullPage: true });
	await kit.end();
	const arabic = await open(address(orders.kit), { width: 1100, height: 900, locale: "ar" });
	await arabic.screenshot({ path: path.join(into, "kit-arabic.png") });
	await close(arabic);
}

try {
	check(`the kit has at most ${KIT_MAX} bytes`, statSync(orders.kit).size <= KIT_MAX, String(statSync(orders.kit).size));
	console.log(`the kit: ${statSync(orders.kit).size} bytes`);
	await download();
	await lookAtForms();
	await wholeWay(360);
	await burning(360);
	await burning(1280);
	await looks(360);
	await looks(1280);
	await refusals();
	const kit = await openKit(1280);
	await sign(kit, at("counted"), at("kit.credential"), PASSPHRASE, "again.statement");
	await kit.end();
	if (orders.pictures) {
		await pictures(orders.pictures);
	}
} catch (error) {
	check("the kit's way goes to its end", false, error.stack);
} finally {
	await browser.close();
}
end();
