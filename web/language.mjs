// The language that is spoken: its words (languages.mjs, by tools/browser-words), numbers and percent, as on the letter's page
// (src/page/words.c).
import { LANGUAGES, NAMES } from "./languages.mjs";

const NUMBERS = {
	ar: { thousands: ",", decimal: ".", percent: "%" },
	de: { thousands: ".", decimal: ",", percent: "\u00a0%" },
	en: { thousands: ",", decimal: ".", percent: "\u00a0%" },
	es: { thousands: "\u202f", decimal: ",", percent: "\u00a0%" },
	fr: { thousands: "\u202f", decimal: ",", percent: "\u202f%" },
};
const PLACES = new Map(NAMES.map((name, place) => [name, place]));

let spoken = "en";

// Speaks the first of these languages (BCP 47) that there is, by its first subtag; English if there is none.
export function speak(...tags) {
	spoken = tags.map((tag) => tag.toLowerCase().split("-")[0]).find((tag) => Object.hasOwn(LANGUAGES, tag)) ?? "en";
	return spoken;
}

// A word's text for a number, with its placeholders.
export function wordFor(word, n = 0) {
	const { form, texts } = LANGUAGES[spoken];
	const text = texts[PLACES.get(word)];
	return Array.isArray(text) ? text[form(n)] : text;
}

export function number(value) {
	const { thousands, decimal } = NUMBERS[spoken];
	const [whole, fraction] = String(value).split(".");
	const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, thousands);
	return fraction === undefined ? grouped : grouped + decimal + fraction;
}

export const percent = (value) => number(value) + NUMBERS[spoken].percent;
