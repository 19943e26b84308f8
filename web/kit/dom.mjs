// Making elements: texts are text, whoever wrote them; nothing is ever read as markup.
import { WORDS } from "./words.mjs";

const LANGUAGE = "en";
const plural = new Intl.PluralRules(LANGUAGE);

// What others wrote: what turns the direction of writing, or is no sign at all, is shown as such.
const plain = (text) => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, "\ufffd");
// In a text of the kit it is one piece, whatever direction it has.
const fill = (value) => typeof value === "number" ? value.toLocaleString(LANGUAGE)
	: /^[\x20-\x7e]*$/.test(value) ? String(value) : `\u2068${plain(String(value))}\u2069`;

// A text of the catalogue.
export function say(word, fills = {}) {
	const entry = WORDS[word];
	const text = Array.isArray(entry) ? entry[plural.select(fills.n) === "one" ? 0 : 1] : entry;
	return text.replace(/\{(\w+)\}/g, (_, name) => fill(fills[name]));
}

// An element. properties are set as such, those with a dash and `for`, `role`, `class` as attributes; children are elements or texts.
export function element(tag, properties, ...children) {
	const made = document.createElement(tag);
	for (const [name, value] of Object.entries(properties ?? {})) {
		if (name.includes("-") || ["for", "role", "class", "scope"].includes(name)) {
			made.setAttribute(name, value);
		} else {
			made[name] = value;
		}
	}
	made.append(...children.filter((child) => child !== null));
	return made;
}

// What people wrote: it brings its own direction.
export const quoted = (tag, text) => element(tag, { dir: "auto" }, plain(text));
export const paragraph = (word, fills) => element("p", {}, say(word, fills));
export const note = (word, fills) => element("p", { class: "note" }, say(word, fills));

// A button; kind: "", "alt" for the other way, "no" for a warning.
export const button = (word, kind, act, fills) =>
	element("button", { type: "button", class: `btn ${kind}`.trim(), onclick: act }, say(word, fills));
export const buttons = (...all) => element("p", {}, ...all);

let fields = 0;
// A labelled field, and its input.
export function field(word, properties, about = null) {
	const id = `field-${++fields}`;
	const input = element("input", { id, ...properties });
	return [element("div", { class: "fld" }, element("label", { for: id }, say(word)), input,
		about === null ? null : note(about)), input];
}

// A box to tick or a choice, with what it means.
export function choice(properties, text, about) {
	const input = element("input", properties);
	return [element("label", { class: "opt" }, input,
		element("div", {}, text, element("span", {}, about))), input];
}

// 64 hexadecimal digits in groups of four.
export function fingerprint(hex) {
	return element("p", { class: "fp" },
		...hex.match(/.{4}/g).flatMap((group) => [element("span", {}, group), " "]));
}

// Names and facts, in two columns.
export const facts = (...rows) => element("dl", { class: "fact" },
	...rows.flatMap(([name, fact]) => [element("dt", {}, name),
		typeof fact === "string" ? quoted("dd", fact) : fact]));

export const warning = (head, text) => element("div", { class: "box warn" },
	element("p", {}, element("b", {}, say(head)), " ", say(text)));

// A date or time as the log writes it, for people.
export function date(text) {
	const hasTime = text.includes("T");
	const options = { day: "numeric", month: "long", year: "numeric", timeZone: "UTC",
		...hasTime ? { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" } : {} };
	return new Intl.DateTimeFormat("en-GB", options).format(new Date(text));
}

// Puts one state on the screen.
export function show(word, ...content) {
	const head = element("h2", { tabIndex: -1 }, say(word));
	document.title = `${say(word)} · ${say("title")}`;
	document.querySelector("main").replaceChildren(head, ...content.filter((child) => child !== null));
	scrollTo(0, 0);
	head.focus();
}

// Offers bytes as a file to be saved. The page keeps them until it shows something else.
export function save(name, bytes) {
	const url = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
	element("a", { href: url, download: name }).click();
	setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

const SVG = "http://www.w3.org/2000/svg";

export function drawing(label, width, height, ...children) {
	const svg = document.createElementNS(SVG, "svg");
	svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
	svg.setAttribute("role", "img");
	svg.setAttribute("aria-label", label);
	svg.append(...children);
	return svg;
}

export function shape(tag, attributes) {
	const made = document.createElementNS(SVG, tag);
	for (const [name, value] of Object.entries(attributes)) {
		made.setAttribute(name, value);
	}
	return made;
}
