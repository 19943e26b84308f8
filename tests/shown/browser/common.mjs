// What all tests in Debian's Chromium have in common: pages that note what they must not do, checks, axe-core.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import path from "node:path";

const require = createRequire(path.join(process.env.NODE_PATH, "package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

let passed = 0;
let failed = 0;

export function check(what, holds, more = "") {
	if (holds) {
		passed++;
	} else {
		failed++;
		console.log(`FAILED  ${what} ${more}`);
	}
}

export function end() {
	console.log(`${passed} passed, ${failed} failed`);
	process.exit(failed > 0 || passed === 0 ? 1 : 0);
}

export const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });

// A page that notes all that it must not do: ask for anything, run anything, complain.
export async function open(url, { width = 1280, dark = false, scripts = true, height = 900, locale = "en-GB" } = {}) {
	const context = await browser.newContext({
		viewport: { width, height },
		colorScheme: dark ? "dark" : "light",
		javaScriptEnabled: scripts,
		acceptDownloads: true,
		locale,
	});
	const page = await context.newPage();
	const faults = [];
	const requests = [];
	page.on("request", (request) => requests.push(request.url()));
	page.on("console", (message) => faults.push(message.text()));
	page.on("pageerror", (error) => faults.push(String(error)));
	page.on("dialog", (dialog) => {
		faults.push(`a dialog: ${dialog.message()}`);
		dialog.dismiss();
	});
	page.faults = faults;
	page.requests = requests;
	await page.goto(url, { waitUntil: "load" });
	return page;
}

export async function close(page) {
	await page.context().close();
}

export const address = (file) => (file.startsWith("http") ? file : `file://${file}`);

export async function findings(page) {
	await page.evaluate(axe);
	const { violations } = await page.evaluate(
		(values) => globalThis.axe.run(document, { runOnly: { type: "tag", values } }),
		AXE_TAGS,
	);
	return violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 120)}`);
}

// How many pixels the page is wider than the screen.
export const overhang = (page) => page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
