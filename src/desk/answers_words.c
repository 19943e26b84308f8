#include "answers_words.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "answers_words_ar.h"
#include "answers_words_de.h"
#include "answers_words_en.h"
#include "answers_words_es.h"
#include "answers_words_fr.h"

#define WEIGHT_MAX 1000 /* of q=1 */

static const struct {
	const char *tag;
	const char *texts; /* tools/catalogue: the number of forms, and the forms */
	const uint16_t *at;
} languages[ANSWERS_LANGUAGES] = {
	{"en", answers_words_en_texts, answers_words_en_at},
	{"ar", answers_words_ar_texts, answers_words_ar_at},
	{"de", answers_words_de_texts, answers_words_de_at},
	{"es", answers_words_es_texts, answers_words_es_at},
	{"fr", answers_words_fr_texts, answers_words_fr_at},
};

const char *answers_language(size_t language)
{
	return languages[language].tag;
}

const char *answers_text(size_t language, enum answers_word word)
{
	const char *text = languages[language].texts + languages[language].at[word];

	if (text[0] == 0)
		text = answers_words_en_texts + answers_words_en_at[word];
	return text + 1;
}

/* By the first subtag; ANSWERS_LANGUAGES if there are no words of it. */
static size_t find(const char *tag, size_t len)
{
	size_t n = 0;

	while (n < len && tag[n] != '-')
		n++;
	for (size_t i = 0; i < ANSWERS_LANGUAGES; i++)
		if (n == strlen(languages[i].tag) && strncasecmp(tag, languages[i].tag, n) == 0)
			return i;
	return ANSWERS_LANGUAGES;
}

/* "0.8" as 800, of at most three decimals; what is none is 0. */
static unsigned weight_of(const char *text)
{
	unsigned weight = 0, unit = WEIGHT_MAX;

	if (*text != '0' && *text != '1')
		return 0;
	weight = (unsigned)(*text++ - '0') * WEIGHT_MAX;
	if (*text == '.')
		for (text++; unit > 1 && *text >= '0' && *text <= '9'; text++) {
			unit /= 10;
			weight += (unsigned)(*text - '0') * unit;
		}
	return weight < WEIGHT_MAX ? weight : WEIGHT_MAX;
}

/* One range of Accept-Language, up to its comma. */
static void take_range(unsigned weights[static ANSWERS_LANGUAGES], const char *range, size_t len)
{
	const size_t tag_len = strcspn(range, " \t;,");
	const size_t language = find(range, tag_len < len ? tag_len : len);
	const char *q = memmem(range, len, "q=", 2);

	if (language < ANSWERS_LANGUAGES) {
		const unsigned weight = q ? weight_of(q + 2) : WEIGHT_MAX;
		if (weight > weights[language])
			weights[language] = weight;
	}
}

size_t answers_language_choose(const char *query, const char *accept, const struct bytes *offered,
			       size_t n)
{
	unsigned weights[ANSWERS_LANGUAGES] = {0};
	size_t first = n == 0 ? 0 : ANSWERS_LANGUAGES, best = ANSWERS_LANGUAGES;

	if (query && strncmp(query, "lang=", 5) == 0) {
		const size_t named = find(query + 5, strlen(query + 5));
		if (named < ANSWERS_LANGUAGES)
			return named;
	}
	while (accept && *accept) {
		const size_t len = strcspn(accept, ",");
		const size_t blank = strspn(accept, " \t");
		if (blank < len)
			take_range(weights, accept + blank, len - blank);
		accept += len + (accept[len] == ',');
	}
	for (size_t i = 0; i < (n == 0 ? ANSWERS_LANGUAGES : n); i++) {
		const size_t language =
			n == 0 ? i : find((const char *)offered[i].data, offered[i].len);
		if (language == ANSWERS_LANGUAGES)
			continue;
		if (first == ANSWERS_LANGUAGES)
			first = language;
		if (weights[language] > 0 &&
		    (best == ANSWERS_LANGUAGES || weights[language] > weights[best]))
			best = language;
	}
	if (best < ANSWERS_LANGUAGES)
		return best;
	return first < ANSWERS_LANGUAGES ? first : 0;
}
