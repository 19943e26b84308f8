// How long the browser takes, in Debian's Chromium: the recount of a bundle by its page's button, and signing in the kit, on one
// thread. Usage: speed.mjs ORDERS, as speed.py gives them: { page, kit, letters: [{ members, tar, credential, limit }] }.
import { address, browser, check, close, end, open } from "./common.mjs";

const orders = JSON.parse(process.argv[2]);
const RECOUNT_MAX_MS = 10_000;
const RUNS = 3;

const least = (times) => Math.min(...times);
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;

// From the button to the verdict, the files' way over loopback included.
async function recount() {
	const times = [];
	for (let i = 0; i < RUNS; i++) {
		const page = await open(orders.page);
		const begun = performance.now();
		await page.locator("#recount button").click();
		await page.locator("#recount [role=status] b").waitFor({ timeout: 120_000 });
		times.push(performance.now() - begun);
		const said = await page.locator("#recount").innerText();
		check("the recount comes to its verdict", said.includes("Consistent, not anchored"), said);
		await close(page);
	}
	console.log(`recount in the browser: ${times.map(seconds).join(", ")}`);
	check("the recount takes at most 10 s", least(times) <= RECOUNT_MAX_MS, String(times));
}

// From the button `Sign` to the state `made`: one proof, made and then checked as a stranger would.
async function sign({ members, tar, credential, limit }) {
	const times = [];
	const page = await open(address(orders.kit));
	const press = (name) => page.getByRole("button", { name, exact: true }).click();
	for (let i = 0; i < RUNS; i++) {
		await press("Sign a letter");
		await page.getByLabel("a tar file").setInputFiles(tar);
		await press("Open");
		await page.getByRole("button", { name: "Go on" }).click({ timeout: 120_000 });
		await page.getByLabel("Credential file").setInputFiles(credential);
		await press("Open");
		await page.getByRole("button", { name: "They are the same" }).click({ timeout: 60_000 });
		await press("I understand: go on");
		for (const box of await page.getByRole("checkbox").all()) {
			await box.check();
		}
		await press("Go on when all four are true");
		// By the page's own clock: the test's would add its own ways.
		times.push(await page.evaluate(() => new Promise((resolve) => {
			const begun = performance.now();
			const head = () => document.querySelector("h2").textContent;
			const look = new MutationObserver(() => {
				if (head() === "Signed. Not delivered yet.") {
					look.disconnect();
					resolve(performance.now() - begun);
				}
			});
			look.observe(document.querySelector("main"), { childList: true });
			[...document.querySelectorAll("button")].find(({ textContent }) => textContent === "Sign").click();
		})));
		await press("Back to the start");
	}
	await close(page);
	console.log(`signing in the kit, N = ${members}: ${times.map(seconds).join(", ")}`);
	check(`signing among ${members} takes at most ${limit} s`, least(times) <= 1000 * limit, String(times));
}

try {
	if (orders.page) {
		await recount();
	}
	for (const letter of orders.letters) {
		await sign(letter);
	}
} catch (error) {
	check("it goes to its end", false, error.stack);
} finally {
	await browser.close();
}
end();
