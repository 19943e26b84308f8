// Making elements: texts are text, whoever wrote them; nothing is ever read as markup.
import { number, speak, wordFor } from "../language.mjs";

// What others wrote: what turns the direction of writing, or is no sign at all, is shown as such.
const plain = (text) => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, "\ufffd");

// A text of the catalogue, in pieces for element(): what is filled in brings its own direction.
export function pieces(word, fills = {}) {
	return wordFor(word, fills.n).split(/\{(\w+)\}/).map((piece, i) => {
		if (i % 2 === 0) {
			return piece;
		}
		const fill = fills[piece];
		return typeof fill === "number" ? number(fill) : element("bdi", {}, plain(String(fill)));
	});
}

// The same where only a string can stand.
export const say = (word, fills) => pieces(word, fills).map((piece) => piece.textContent ?? piece).join("");

// Speaks the first of these languages that there is, from here on.
export function speakTo(...tags) {
	const language = speak(...tags);
	document.documentElement.lang = language;
	document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
	document.querySelector("header span").textContent = say("title");
	document.querySelector("header p").textContent = say("promise");
	return language;
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
export const paragraph = (word, fills) => element("p", {}, ...pieces(word, fills));
export const lead = (word, fills) => element("p", { class: "lead" }, ...pieces(word, fills));
export const note = (word, fills) => element("p", { class: "note" }, ...pieces(word, fills));

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

// A box to tick or a choice, with what it means; both in pieces.
export function choice(properties, text, about) {
	const input = element("input", properties);
	return [element("label", { class: "opt" }, input,
		element("div", {}, ...text, element("span", {}, ...about))), input];
}

// 64 hexadecimal digits in groups of four.
export function fingerprint(hex) {
	return element("p", { class: "fp" },
		...hex.match(/.{4}/g).flatMap((group) => [element("span", {}, group), " "]));
}

// Names and facts, in two columns; a fact in pieces, or what people wrote.
export const facts = (...rows) => element("dl", { class: "fact" },
	...rows.flatMap(([name, fact]) => [element("dt", {}, say(name)),
		typeof fact === "string" ? quoted("dd", fact) : element("dd", {}, ...fact)]));

export const warning = (head, text) => element("div", { class: "box warn" },
	element("p", {}, element("b", {}, say(head)), " ", ...pieces(text)));

// A date or time as the log writes it, for people.
export function date(text) {
	const [year, month, day, hour, minute, second] = new Date(text).toISOString().split(/\D/);
	const written = say("date", { day: String(Number(day)), month: say(`month_${Number(month)}`), year });
	return text.includes("T") ? say("date_time", { date: written, time: `${hour}:${minute}:${second}` }) : written;
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
