// What a desk says to browsers beside its pages: headers, what other sites may show, what stays on a disk; its forms. Usage:
// site.mjs ORDERS, as site.py gives them.
import { readFileSync, readdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";

import { browser, check, close, end, findings, open, overhang } from "./common.mjs";

const { chromium } = createRequire(path.join(process.env.NODE_PATH, "package.json"))("playwright-core");
const orders = JSON.parse(process.argv[2]);

// What another site's page shows of the count.
async function shown(url) {
	const page = await open(url);
	const of = await page.evaluate(() => [...document.images].map((image) => [image.className, image.complete && image.naturalWidth > 0]));
	const frames = {};
	for (const frame of page.frames().slice(1)) {
		const element = await frame.frameElement();
		const name = await element.getAttribute("class");
		frames[name] = await frame.locator("svg").count().catch(() => 0) > 0;
	}
	const scripts = await page.evaluate(() => globalThis.loaded ?? []);
	await close(page);
	return { ...Object.fromEntries(of), ...frames, scripts };
}

async function embedding() {
	for (const [name, url] of Object.entries({ "another site": orders.other, "another site that is isolated": orders.isolated })) {
		const got = await shown(url);
		for (const what of ["badge", "card", "picture", "counter"]) {
			check(`${name} shows the ${what}`, got[what] === true, JSON.stringify(got));
		}
		check(`${name} shows no page of the desk in a frame`, got.page === false, JSON.stringify(got));
		check(`${name} gets no script of the desk`, got.scripts.length === 0, JSON.stringify(got));
	}
	// Control: what the desk keeps for itself is not shown, and that is seen.
	const got = await shown(orders.kept);
	for (const what of ["badge", "card", "picture"]) {
		check(`control: a ${what} for the desk's own pages alone is not shown`, got[what] === false, JSON.stringify(got));
	}
	check("control: a counter that may stand in no frame is not shown", got.counter === false, JSON.stringify(got));
	// Control: a script that may be had is noticed.
	const open_ = await shown(orders.shared);
	check("control: a script that other sites may have is noticed", open_.scripts.length === 1, JSON.stringify(open_));
	check("control: a page that may stand in a frame is noticed", open_.page === true, JSON.stringify(open_));
}

// A page is isolated from others, and counts again.
async function isolated() {
	const page = await open(`${orders.desk}/`);
	check("a letter's page is isolated", await page.evaluate(() => globalThis.crossOriginIsolated));
	check("a letter's page may not ask for a place", await page.evaluate(() => !document.featurePolicy.allowsFeature("geolocation")));
	await page.locator("#recount button").click();
	await page.locator("#recount [role=status] b").waitFor({ timeout: 60_000 });
	check("it counts again while it is", (await page.locator("#recount").innerText()).includes("Consistent, not anchored"));
	check("it complains about nothing", page.faults.filter((f) => !f.includes("favicon")).length === 0, page.faults.join(" "));
	await close(page);
}

function* files(folder) {
	for (const entry of readdirSync(folder, { withFileTypes: true })) {
		const at = path.join(folder, entry.name);
		if (entry.isDirectory()) {
			yield* files(at);
		} else if (entry.isFile()) {
			yield at;
		}
	}
}

// Files of a browser's caches that have the letter's id, after somebody read, counted and opened the form.
async function kept(url) {
	const folder = mkdtempSync(path.join(tmpdir(), "undersigned-profile-"));
	const context = await chromium.launchPersistentContext(folder, { executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
	const page = await context.newPage();
	await page.goto(`${url}/`);
	await page.locator("#recount button").click();
	await page.locator("#recount [role=status] b").waitFor({ timeout: 60_000 });
	for (const name of ["deliver", "tally.json", "texts/en.md", "manifest", `as-of-${orders.size}.html`]) {
		await page.goto(`${url}/${name}`);
	}
	await page.goto("about:blank");
	await context.close();
	const id = Buffer.from(orders.letter);
	const found = [...files(folder)].filter((at) => /[\\/](Code )?Cache[\\/]/.test(at) && statSync(at).size > 0 && readFileSync(at).includes(id));
	rmSync(folder, { recursive: true });
	return found;
}

async function caches() {
	const found = await kept(orders.desk);
	check("nothing of a letter that was read stays in a browser's caches", found.length === 0, found.join(" "));
	check("control: what may be kept is found there", (await kept(orders.cached)).length > 0);
}

// The desk's own pages: in every language, at both widths, light and dark; a file delivered without JavaScript.
async function forms() {
	for (const [language, promised] of Object.entries(orders.promised)) {
		for (const [name, address] of [["deliver", `${orders.desk}/deliver?lang=${language}`], ["enrol", `${new URL(orders.desk).origin}/enrol?lang=${language}`]]) {
			for (const [width, dark] of [[360, true], [1280, false]]) {
				const what = `the form ${name}, ${language}, ${width} px${dark ? ", dark" : ""}`;
				const page = await open(address, { width, dark });
				check(`${what}: its language`, (await page.evaluate(() => `${document.documentElement.lang} ${getComputedStyle(document.body).direction}`)) === `${language} ${language === "ar" ? "rtl" : "ltr"}`);
				check(`${what}: nothing is wider than the screen`, (await overhang(page)) <= 0);
				check(`${what}: its style is let in`, (await page.evaluate(() => getComputedStyle(document.querySelector("button")).fontWeight)) === "600");
				const found = await findings(page);
				check(`${what}: axe finds nothing`, found.length === 0, found.join("\n        "));
				check(`${what}: it complains about nothing`, page.faults.filter((f) => !f.includes("favicon")).length === 0, page.faults.join(" "));
				if (orders.pictures && name === "deliver") {
					await page.screenshot({ path: path.join(orders.pictures, `form-${language}-${width}${dark ? "-dark" : ""}.png`) });
				}
				await close(page);
			}
		}
		for (const [file, said] of [[orders.statement, promised.held], [orders.noStatement, promised.refused]]) {
			for (const width of [360, 1280]) {
				const what = `an answer, ${language}, ${width} px`;
				const page = await open(`${orders.desk}/deliver?lang=${language}`, { scripts: false, width, dark: width === 360 });
				await page.locator("input[type=file]").setInputFiles(file);
				await page.locator("button").click();
				check(`${what}: ${said}`, (await page.locator("h1").innerText()).startsWith(said), await page.locator("h1").innerText());
				check(`${what}: its language`, (await page.locator("html").getAttribute("lang")) === language);
				if (orders.pictures) {
					await page.screenshot({ path: path.join(orders.pictures, `answer-${language}-${width}-${said === promised.held ? "held" : "refused"}.png`), fullPage: true });
				}
				// With scripts, for axe alone: the same bytes.
				const html = await page.content();
				const again = await open("about:blank", { width, dark: width === 360 });
				await again.setContent(html);
				check(`${what}: nothing is wider than the screen`, (await overhang(again)) <= 0);
				const found = await findings(again);
				check(`${what}: axe finds nothing`, found.length === 0, found.join("\n        "));
				await close(again);
				await page.locator("main a").first().click();
				check(`${what}: its link leads to a form in its language`, (await page.locator("html").getAttribute("lang")) === language && (await page.locator("form").count()) === 1);
				await close(page);
			}
		}
	}
}

try {
	await forms();
	await embedding();
	await isolated();
	await caches();
} finally {
	await browser.close();
}
end();
