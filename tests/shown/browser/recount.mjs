// The recount in Debian's Chromium: servers good and bad, each of which ends in a plain sentence; and bundles of which the browser
// says what the program says, by the byte (W-3). Usage: recount.mjs ORDERS, a file as recount.py writes it.
import { readFileSync } from "node:fs";

import { browser, check, close, end, open } from "./common.mjs";

const { origin, module, sites, bundles } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const AT_A_TIME = 6;
const LONG = 600_000;

const isGreen = (text) => text.includes("Consistent") || text.includes("Valid");

// Presses the button of a site's page and waits for a verdict, whatever it is.
async function recount({ name, says }) {
	const page = await open(`${origin}/${name}/`);
	await page.locator("#recount button").click();
	await page.locator("#recount [role=status] b").waitFor({ timeout: LONG });
	const said = await page.locator("#recount").innerText();
	check(`${name}: it says what happened`, says.every((text) => said.includes(text)), `${said}\n        wanted ${says.join(" … ")}`);
	check(`${name}: ${isGreen(says[0]) ? "consistent" : "nothing was proved"}`, isGreen(said) === isGreen(says[0]), said);
	check(`${name}: no order of writing is turned`, !/[\u202a-\u202e]/.test(said), said);
	check(`${name}: it can be tried again`, await page.locator("#recount button").isEnabled());
	check(`${name}: prototypes are as they were`, await page.evaluate(() => Object.keys(Object.prototype).length === 0));
	await close(page);
}

async function recountAll() {
	const left = [...sites];
	await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
		for (let site = left.shift(); site !== undefined; site = left.shift()) {
			await recount(site).catch((error) => check(`${site.name} comes to a verdict`, false, error.message));
		}
	}));
}

// In a worker of its own: the module over a bundle's tar file. { text, ms }, or { failed }.
const WORKER = `import { BundleRefused, load } from "/modules/undersign.mjs";
import { readTar } from "/modules/tar.mjs";
onmessage = async ({ data: { module, tar } }) => {
	try {
		const get = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
		const undersign = await load(await get(module));
		const files = readTar(await get(tar));
		const begun = performance.now();
		let text = null;
		try {
			text = undersign.open(files).tally;
		} catch (error) {
			if (!(error instanceof BundleRefused)) {
				throw error;
			}
			text = error.tally;
		}
		postMessage({ text, ms: performance.now() - begun });
	} catch (error) {
		postMessage({ failed: String(error) });
	}
};`;

async function compareAll() {
	const page = await open(`${origin}/blank/`);
	await page.route("**/worker.mjs", (route) => route.fulfill({ contentType: "text/javascript", body: WORKER }));
	const ask = (tar) => page.evaluate(([module, tar]) => new Promise((resolve) => {
		const worker = new Worker("/worker.mjs", { type: "module" });
		worker.onerror = (event) => resolve({ failed: event.message ?? "worker" });
		worker.onmessage = ({ data }) => {
			worker.terminate();
			resolve(data);
		};
		worker.postMessage({ module, tar });
	}), [module, tar]);
	const found = { true: 0, false: 0 };
	let other = 0;
	for (const { name, tar, verdict } of bundles) {
		const { text, ms, failed } = await ask(tar);
		check(`${name}: the browser says what the program says`, text === verdict, `${failed ?? text}\n        program ${verdict}`);
		const { valid, signatures } = JSON.parse(verdict);
		found[valid]++;
		if (signatures.total >= 1000) {
			console.log(`${name}: ${signatures.total} signatures, ${(ms / 1000).toFixed(2)} s in the browser`);
		}
		// The control: the verdict of another bundle is another one.
		other += text !== bundles[0].verdict ? 1 : 0;
	}
	check(`W-3: ${found.true} bundles hold and ${found.false} do not`, found.true >= 15 && found.false >= 20);
	check("control: verdicts that differ are told apart", other === bundles.filter(({ verdict }) => verdict !== bundles[0].verdict).length &&
		other > bundles.length / 2, String(other));
	await close(page);
}

try {
	await compareAll();
	await recountAll();
} catch (error) {
	check("it goes to its end", false, error.stack);
} finally {
	await browser.close();
}
end();
