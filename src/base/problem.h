/* What is wrong, where, and by which rule: filled in once, where it is first understood, and passed
 * up unchanged. The texts are for people; doc/formats.md lists the rules. */
#ifndef UNDERSIGNED_PROBLEM_H
#define UNDERSIGNED_PROBLEM_H

#include "bytes.h"

#include <stdint.h>

#define PROBLEM_TEXT_LEN 256

/* Terminated texts; what does not fit is cut. Zero-initialise. */
struct problem {
	char where[PROBLEM_TEXT_LEN]; /* "entry 1207", "file rosters/3.points", "line 14" */
	char rule[PROBLEM_TEXT_LEN];  /* what must hold, as a sentence */
	char what[PROBLEM_TEXT_LEN];  /* what was found instead */
};

/* Each sets one text from its parts, bytes that are not printable replaced by '?'. NULL problem:
 * nothing is done. problem_is_set: somebody has said something. */
void problem_where(struct problem *problem, const char *noun, struct bytes name);
void problem_where_number(struct problem *problem, const char *noun, uint64_t number);
/* Puts an outer place before the inner one: "file x, line 14". */
void problem_inside(struct problem *problem, const char *noun, struct bytes name);
void problem_inside_number(struct problem *problem, const char *noun, uint64_t number);
void problem_rule(struct problem *problem, const char *rule);
void problem_what(struct problem *problem, const char *what, struct bytes detail);
void problem_what_numbers(struct problem *problem, const char *before, uint64_t first,
			  const char *between, uint64_t second, const char *after);

#endif
