/* The words of the pages that a desk writes itself, and in which language one is written. Nothing
 * of what a browser said is kept. Public. */
#ifndef UNDERSIGNED_ANSWERS_WORDS_H
#define UNDERSIGNED_ANSWERS_WORDS_H

#include "answers_words_list.h"

#include "bytes.h"

#include <stddef.h>

#define ANSWERS_WORDS_AS_NAME(name, one, many) ANSWERS_WORD_##name,
enum answers_word { ANSWERS_WORDS_LIST(ANSWERS_WORDS_AS_NAME) ANSWERS_WORDS_N };
#undef ANSWERS_WORDS_AS_NAME

#define ANSWERS_LANGUAGES 5

/* The languages that there are, by number: their tags. English is 0. */
const char *answers_language(size_t language);
/* A text, in UTF-8, without markup. */
const char *answers_text(size_t language, enum answers_word word);

/* The language of a page for people. A query `lang=de` names it. Else the page is in one of those
 * that are offered: that which Accept-Language prefers (RFC 9110), or, as it names none of them,
 * the first for which there are words. Without any: English. query, accept: NULL for none; offered:
 * tags, in the order of preference of whoever offers them; n 0: all that there are, and English
 * first. */
size_t answers_language_choose(const char *query, const char *accept, const struct bytes *offered,
			       size_t n);

#endif
