// The page of the story that record.sh tells, in Debian's Chromium: at three widths, light and dark, printed; and its
// pictures. Usage: record.mjs BUNDLE PICTURES
import { mkdirSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { check, close, end, findings, open } from "./common.mjs";

const [bundle, pictures] = process.argv.slice(2);
const url = pathToFileURL(path.join(path.resolve(bundle), "index.html")).href;

for (const width of [320, 360, 1280]) {
	for (const dark of [false, true]) {
		const what = `the story, ${width} px${dark ? ", dark" : ""}`;
		const page = await open(url, { width, dark });
		const wide = await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
		check(`${what}: nothing is wider than the screen`, wide <= 0, `${wide} px`);
		const found = await findings(page);
		check(`${what}: axe finds nothing`, found.length === 0, found.join("\n        "));
		check(`${what}: every drawing has a name`, await page.evaluate(() =>
			[...document.querySelectorAll("svg[role=img]")].every((drawing) => drawing.ariaLabel || drawing.querySelector("title"))));
		await close(page);
	}
}
mkdirSync(pictures, { recursive: true });
// High enough that no heading that sticks is moved.
const page = await open(url, { width: 1120, height: 1600 });
for (const part of ["replies", "stances", "cited"])
	await page.locator(`#${part}`).screenshot({ path: path.join(pictures, `record-${part}.png`) });
const pdf = await page.pdf({ format: "A4" });
check("the story: prints", pdf.length > 5000, String(pdf.length));
await close(page);
await end();
