/* The words of the page, in the languages that there are. In a text {1} to {9} stand for what is
 * filled in. Public. */
#ifndef UNDERSIGNED_WORDS_H
#define UNDERSIGNED_WORDS_H

#include "bytes.h"
#include "words_list.h"

#include <stdbool.h>
#include <stdint.h>

#define WORDS_AS_NAME(name, one, many) WORD_##name,
enum word { WORDS_LIST(WORDS_AS_NAME) WORDS_N };
#undef WORDS_AS_NAME

#define WORDS_FORMS 6 /* of plurals, at most */

struct words {
	const char *language;  /* BCP 47 */
	const char *thousands; /* between groups of three digits */
	const char *decimal;
	const char *percent; /* after a number */
	/* The form for a number; NULL: 0 for one, 1 otherwise. */
	unsigned (*form)(uint64_t n);
	/* All texts (tools/catalogue), and where each word's stand. */
	const char *texts;
	const uint16_t *at;
};

/* Those of a language by its first subtag; English if there are none. */
const struct words *words_for(struct bytes language);
/* Its text for a number; of a word without plurals, for any. */
const char *words_text(const struct words *words, enum word word, uint64_t n);

/* What a language calls itself, by its first subtag; the tag itself if that is not known. */
struct bytes words_language_name(struct bytes language);
/* True if the language is written from right to left, as far as its tag tells. */
bool words_is_right_to_left(struct bytes language);

#endif
