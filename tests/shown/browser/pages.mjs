// The letter's page in Debian's Chromium. Usage: pages.mjs ORDERS, as pages.py gives them.
import { readFileSync, mkdirSync, statSync } from "node:fs";
import path from "node:path";

import { address, browser, check, close, end, findings, open, overhang } from "./common.mjs";

const orders = JSON.parse(process.argv[2]);
const PAGE_MAX = 60_000;

// What holds for every page, whoever wrote what into it.
async function look(name, url) {
	for (const width of [360, 1280]) {
		for (const dark of [false, true]) {
			const what = `${name}, ${width} px${dark ? ", dark" : ""}`;
			const page = await open(url, { width, dark });
			const { wide, scripts, outside } = await page.evaluate(() => ({
				wide: document.scrollingElement.scrollWidth - innerWidth,
				scripts: document.scripts.length,
				outside: document.querySelectorAll("img, iframe, object, embed, link[rel=stylesheet], form").length,
			}));
			check(`${what}: nothing is wider than the screen`, wide <= 0, `${wide} px`);
			check(`${what}: one script, no frames, pictures, forms`, scripts === 1 && outside === 0);
			check(`${what}: one request`, page.requests.filter((r) => !r.endsWith("/favicon.ico")).length === 1, page.requests.join(" "));
			check(`${what}: its style is let in`, (await page.evaluate(() => getComputedStyle(document.querySelector(".big")).fontWeight)) === "700");
			const found = await findings(page);
			check(`${what}: axe finds nothing`, found.length === 0, found.join("\n        "));
			check(`${what}: nothing is complained about`, page.faults.filter((f) => !f.includes("favicon")).length === 0, page.faults.join(" "));
			await close(page);
		}
	}
	const page = await open(url, { width: 320 });
	check(`${name}, 320 px: nothing is wider than the screen`, (await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth)) <= 0);
	const pdf = await page.pdf({ format: "A4" });
	check(`${name}: prints`, pdf.length > 5000, String(pdf.length));
	await close(page);
}

const count = async (page) => Number((await page.locator(".big").innerText()).replace(/\D/g, ""));

// Read, deliver by the form, see the epoch close: without JavaScript.
async function deliver(name, { url, statements }, promised) {
	const page = await open(`${url}/`, { scripts: false, width: 360 });
	check(`${name}: nothing is counted yet`, (await count(page)) === 0);
	for (const statement of statements) {
		await page.goto(`${url}/`);
		await page.locator("a[href=deliver]").click();
		await page.locator("input[type=file]").setInputFiles(statement);
		await page.locator("button, input[type=submit]").click();
		check(`${name}: promised`, (await page.locator("body").innerText()).includes(promised));
	}
	await page.goto(`${url}/`);
	for (let i = 0; i < 120 && (await count(page)) !== 3; i++) {
		await page.waitForTimeout(500);
		await page.goto(`${url}/`);
	}
	check(`${name}: counted once an epoch is closed`, (await count(page)) === 3);
	await close(page);
}

// The button counts again, and says what it did; before it is pressed the page asks for nothing.
async function recount(name, url, verdict) {
	for (const width of [360, 1280]) {
		const page = await open(`${url}/`, { width });
		const asked = page.requests.length;
		await page.locator("#recount button").click();
		await page.locator("#recount [role=status] b").waitFor({ timeout: 60_000 });
		const said = await page.locator("#recount").innerText();
		check(`${name}, ${width} px: the verdict of the recount`, said.includes(verdict), said);
		check(`${name}, ${width} px: one request before the button`, asked === 1, String(asked));
		check(`${name}, ${width} px: nothing wider, with the recount`, (await overhang(page)) <= 0);
		const found = await findings(page);
		check(`${name}, ${width} px: axe finds nothing, with the recount`, found.length === 0, found.join("\n        "));
		check(`${name}, ${width} px: it complains about nothing`, page.faults.filter((f) => !f.includes("favicon")).length === 0, page.faults.join(" "));
		if (verdict !== orders.words.refused) {
			check(`${name}, ${width} px: each step is told`, (await page.locator("#recount li").count()) === 7, said);
		}
		await close(page);
	}
	const page = await open(`${url}/`, { scripts: false });
	check(`${name}: no button without JavaScript`, (await page.locator("#recount button").count()) === 0);
	check(`${name}: the command is there without JavaScript`, (await page.locator("#verify").innerText()).includes("undersign verify"));
	await close(page);
}

async function readHead(url) {
	const reply = await fetch(`${url}/`);
	const length = (await reply.arrayBuffer()).byteLength;
	check(`the page has at most ${PAGE_MAX} bytes`, length <= PAGE_MAX, String(length));
	check("its policy", reply.headers.get("content-security-policy").startsWith("default-src 'none'; style-src 'sha256-"));
	check("no cookie", reply.headers.get("set-cookie") === null);
	const times = [];
	for (let i = 0; i < 50; i++) {
		const begin = performance.now();
		const answer = await fetch(`${url}/`);
		times.push(performance.now() - begin);
		await answer.arrayBuffer();
	}
	times.sort((a, b) => a - b);
	console.log(`first byte: median ${times[25].toFixed(1)} ms of 50, as Node's fetch sees it`);
}

// A fault that each check must see.
async function controls() {
	const plant = async (html) => {
		const good = readFileSync(orders.demo, "utf8");
		const page = await open("about:blank");
		await page.setContent(good.replace("<main>", `<main>${html}`));
		return page;
	};
	let page = await plant('<p style="width:3000px">x</p><script>alert(1)</script><img src="http://127.0.0.1:9/x">');
	check("control: the policy stops a script, a style and a picture", page.faults.length >= 3 && !page.faults.some((f) => f.startsWith("a dialog")), page.faults.join(" "));
	await close(page);
	page = await plant('<table class="o"><tr><td>x</td></tr></table><a href="#x"></a><p lang="xx-bad-"><button></button></p>');
	check("control: axe finds what is planted", (await findings(page)).length > 0);
	await close(page);
	page = await plant(`<pre style="">${"w".repeat(10)}</pre><svg width="3000" height="1"></svg>`);
	check("control: what is too wide is seen", (await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth)) > 0);
	await close(page);
}

async function pictures(folder) {
	mkdirSync(folder, { recursive: true });
	const take = async (name, url, options) => {
		const page = await open(url, options);
		await page.screenshot({ path: path.join(folder, `${name}.png`) });
		await close(page);
	};
	const demo = address(orders.demo);
	await take("page", demo, { width: 1280, height: 1000 });
	await take("page-narrow-dark", demo, { width: 360, height: 1000, dark: true });
	await take("page-arabic", `${orders.arabic.url}/`, { width: 1280, height: 1000 });
	const page = await open(demo, { width: 1280 });
	await page.locator("#tables").screenshot({ path: path.join(folder, "page-tables.png") });
	await close(page);
}

try {
	await controls();
	await readHead(orders.english.url);
	await deliver("a desk in English", orders.english, "Promised. Not published yet.");
	await deliver("a desk in Arabic", orders.arabic, "وُعد به. لم يُنشر بعد.");
	await recount("a desk in English", orders.english.url, "Consistent, not anchored: 3 signatures from 1 of 1 organisations");
	await recount("a desk in Arabic", orders.arabic.url, "متسقة وغير مثبتة");
	await recount("a changed bundle", orders.changed, orders.words.refused);
	await look("a desk in English", `${orders.english.url}/`);
	await look("a desk in Arabic", `${orders.arabic.url}/`);
	await look("the demonstration", address(orders.demo));
	check("the demonstration's page has at most 60 kB", statSync(orders.demo).size <= PAGE_MAX, String(statSync(orders.demo).size));
	await look("text that wants to be more", address(orders.hostile));
	if (orders.pictures) {
		await pictures(orders.pictures);
	}
} finally {
	await browser.close();
}
end();
