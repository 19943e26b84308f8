#include "catalogue.h"

#include "words.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct catalogue_entry {
	const char *english;
	const char *texts[WORDS_FORMS];
};

#include "catalogue_ar.h"
#include "catalogue_de.h"
#include "catalogue_es.h"
#include "catalogue_fr.h"

static const struct catalogue {
	const char *language;
	struct catalogue_entry
		*entries; /* sorted when it is chosen: PRIu64 is not everywhere the same */
	size_t n;
} catalogues[] = {
	{"ar", catalogue_ar, sizeof catalogue_ar / sizeof *catalogue_ar},
	{"de", catalogue_de, sizeof catalogue_de / sizeof *catalogue_de},
	{"es", catalogue_es, sizeof catalogue_es / sizeof *catalogue_es},
	{"fr", catalogue_fr, sizeof catalogue_fr / sizeof *catalogue_fr},
};

static const struct catalogue *chosen; /* NULL: English */

/* Of "de", "de-CH" or "de_CH.UTF-8". */
static bool is_of(const char *name, const char *language)
{
	const size_t len = strlen(language);

	return strncmp(name, language, len) == 0 &&
	       (name[len] == '\0' || name[len] == '-' || name[len] == '_' || name[len] == '.' ||
		name[len] == '@');
}

static const char *from_environment(void)
{
	static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
		const char *value = getenv(variables[i]);

		if (value && value[0] != '\0')
			return value;
	}
	return "C";
}

const char *catalogue_language(void)
{
	return chosen ? chosen->language : "en";
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct catalogue_entry *)a)->english,
		      ((const struct catalogue_entry *)b)->english);
}

bool catalogue_choose(const char *language)
{
	const char *name = language ? language : from_environment();

	chosen = NULL;
	for (size_t i = 0; i < sizeof catalogues / sizeof catalogues[0]; i++)
		if (is_of(name, catalogues[i].language))
			chosen = &catalogues[i];
	if (chosen)
		qsort(chosen->entries, chosen->n, sizeof *chosen->entries, compare_entries);
	return chosen || is_of(name, "en") || is_of(name, "C") || is_of(name, "POSIX");
}

static int compare(const void *key, const void *entry)
{
	return strcmp(key, ((const struct catalogue_entry *)entry)->english);
}

static const struct catalogue_entry *find(const char *english)
{
	return chosen ? bsearch(english, chosen->entries, chosen->n, sizeof *chosen->entries,
				compare)
		      : NULL;
}

const char *catalogue_text(const char *english)
{
	const struct catalogue_entry *entry = find(english);

	return entry ? entry->texts[0] : english;
}

const char *catalogue_plural(const char *one, const char *many, uint64_t n)
{
	const struct catalogue_entry *entry = find(one);

	if (!entry)
		return n == 1 ? one : many;
	const struct words *words =
		words_for(bytes_from(chosen->language, strlen(chosen->language)));
	const unsigned form = words->form ? words->form(n) : n != 1;
	return form < WORDS_FORMS && entry->texts[form] ? entry->texts[form] : entry->texts[0];
}

/* Shorter beginnings are parts of any sentence. */
#define BEGINNING_MIN 4

/* What stands in a text for the marks {1} and {2} of a pattern. */
struct marked {
	const char *at[2];
	size_t len[2];
};

/* 0 or 1 for a mark, else 2. */
static size_t mark_at(const char *pattern)
{
	return pattern[0] == '{' && (pattern[1] == '1' || pattern[1] == '2') && pattern[2] == '}'
		       ? (size_t)(pattern[1] - '1')
		       : 2;
}

/* A mark after a grave accent is a name, and reaches to where the pattern goes on; others are
 * decimal numbers. */
static size_t marked_len(const char *text, const char *rest, bool is_name)
{
	const size_t literal = strcspn(rest, "{");

	if (!is_name)
		return strspn(text, "0123456789");
	for (size_t len = 0; text[len] != '\0'; len++)
		if (strncmp(text + len, rest, literal) == 0)
			return len;
	return 0;
}

static bool matches(struct marked *out, const char *pattern, const char *text)
{
	const char *start = pattern;

	*out = (struct marked){0};
	while (*pattern != '\0') {
		const size_t mark = mark_at(pattern);

		if (mark == 2) {
			if (*pattern++ != *text++)
				return false;
			continue;
		}
		const bool is_name = pattern > start && pattern[-1] == '`';
		pattern += sizeof "{1}" - 1;
		out->at[mark] = text;
		out->len[mark] = marked_len(text, pattern, is_name);
		if (out->len[mark] == 0)
			return false;
		text += out->len[mark];
	}
	return *text == '\0';
}

/* The pattern with what stands for its marks; cut if it is longer. */
static void fill(char *out, size_t capacity, const char *pattern, const struct marked *marked)
{
	size_t len = 0;

	while (*pattern != '\0' && len + 1 < capacity) {
		const size_t mark = mark_at(pattern);
		const char *from = mark < 2 ? marked->at[mark] : pattern;
		const size_t from_len = mark < 2 ? marked->len[mark] : 1;
		const size_t taken = from_len < capacity - 1 - len ? from_len : capacity - 1 - len;

		memcpy(out + len, from, taken);
		len += taken;
		pattern += mark < 2 ? sizeof "{1}" - 1 : 1;
	}
	out[len] = '\0';
}

static bool fill_pattern(char *out, size_t capacity, const char *text)
{
	for (size_t i = 0; chosen && i < chosen->n; i++) {
		const struct catalogue_entry *entry = &chosen->entries[i];
		struct marked marked;

		if (strstr(entry->english, "{1}") && matches(&marked, entry->english, text)) {
			fill(out, capacity, entry->texts[0], &marked);
			return true;
		}
	}
	return false;
}

const char *catalogue_composed(char *out, size_t capacity, const char *text)
{
	size_t len = strlen(text);

	(void)snprintf(out, capacity, "%s", catalogue_text(text));
	if (!chosen || find(text) || len >= capacity || fill_pattern(out, capacity, text))
		return out;
	for (size_t i = len; i-- > BEGINNING_MIN;) {
		if (text[i] != ' ')
			continue;
		memcpy(out, text, i);
		out[i] = '\0';
		const struct catalogue_entry *entry = find(out);
		if (entry) {
			const char *rest = text + i + 1;
			/* One word may be somebody's own, such as a name. */
			const char *known = strchr(rest, ' ') ? catalogue_text(rest) : rest;
			(void)snprintf(out, capacity, "%s %s", entry->texts[0], known);
			return out;
		}
	}
	(void)snprintf(out, capacity, "%s", text);
	return out;
}

const char *catalogue_place(char *out, size_t capacity, const char *place)
{
	size_t len = 0;

	out[0] = '\0';
	while (len + 1 < capacity) {
		const char *comma = strstr(place, ", ");
		const size_t part_len = comma ? (size_t)(comma - place) : strlen(place);
		char part[PROBLEM_TEXT_LEN];

		(void)snprintf(part, sizeof part, "%.*s", (int)part_len, place);
		catalogue_composed(out + len, capacity - len, part);
		len += strlen(out + len);
		if (!comma)
			break;
		(void)snprintf(out + len, capacity - len, "%s", catalogue_text(", "));
		len += strlen(out + len);
		place = comma + 2;
	}
	return out;
}
