/* What is wrong, where, and by which rule: filled in once, where it is first understood, and passed
 * up unchanged. The texts are for people; doc/formats.md lists the rules. */
#ifndef UNDERSIGNED_PROBLEM_H
#define UNDERSIGNED_PROBLEM_H

#include "bytes.h"

#include <stdbool.h>
#include <stdint.h>

#define PROBLEM_TEXT_LEN 256

/* For tools/words: a text that is kept to be shown in the reader's language. */
#define N_(text) text

/* Terminated texts; what does not fit is cut. Zero-initialise. */
struct problem {
	char where[PROBLEM_TEXT_LEN]; /* "entry 1207", "file rosters/3.points", "line 14" */
	char rule[PROBLEM_TEXT_LEN];  /* what must hold, as a sentence */
	char what[PROBLEM_TEXT_LEN];  /* what was found instead */
};

/* True if somebody has said something. False for NULL. */
bool problem_is_set(const struct problem *problem);

/* Each sets one text from its parts; what is not printable (not UTF-8, a control, a mark that turns
 * the direction of writing) is replaced by '?'. NULL problem: nothing is done. */
void problem_where(struct problem *problem, const char *noun, struct bytes name);
void problem_where_number(struct problem *problem, const char *noun, uint64_t number);
/* Puts an outer place before the inner one: "file x, line 14". */
void problem_inside(struct problem *problem, const char *noun, struct bytes name);
void problem_inside_number(struct problem *problem, const char *noun, uint64_t number);
void problem_rule(struct problem *problem, const char *rule);
/* With {1} where the name or number stands, as the catalogues have it. */
void problem_rule_name(struct problem *problem, const char *rule, struct bytes name);
void problem_rule_number(struct problem *problem, const char *rule, uint64_t number);
void problem_what(struct problem *problem, const char *what, struct bytes detail);
/* With {1} and {2}; a text without {2} has no second number. */
void problem_what_numbers(struct problem *problem, const char *what, uint64_t first,
			  uint64_t second);

#endif
