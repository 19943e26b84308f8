/* The pages that a desk writes itself, for people without scripts: forms, and what is answered to
 * them. language: a number of answers_words.h. Pure. */
#ifndef UNDERSIGNED_ANSWERS_PAGE_H
#define UNDERSIGNED_ANSWERS_PAGE_H

#include "answers.h"
#include "answers_words.h"

#include "acceptor.h"
#include "arena.h"
#include "bytes.h"
#include "problem.h"
#include "status.h"

#include <stddef.h>

#define ANSWERS_DETAIL_BYTES (3 * (size_t)PROBLEM_TEXT_LEN + 8)
#define ANSWERS_POLICY_BYTES 256

/* What a reader is told first. */
enum answers_word answers_title(enum acceptor_verdict verdict, enum answers_reader reader);
/* "where: rule; what", in English, cut to len. */
void answers_say_problem(char *out, size_t len, const struct problem *problem);

/* The pages' Content-Security-Policy: their one style, by its hash. */
void answers_write_policy(char out[static ANSWERS_POLICY_BYTES]);

/* The page that answers a form. reader: ANSWERS_DELIVERER or ANSWERS_MEMBER. E_MEMORY, E_LIMIT. */
UNDERSIGN_MUST_CHECK enum undersign_status answers_write_page(struct bytes *out,
							      const struct acceptor_answer *answer,
							      enum answers_reader reader,
							      size_t language, struct arena *arena);
/* The page with the form that delivers a file. id: the letter's, in hexadecimal. */
UNDERSIGN_MUST_CHECK enum undersign_status answers_write_form(struct bytes *out, const char *id,
							      size_t language, struct arena *arena);
/* Likewise for enrolment requests. */
UNDERSIGN_MUST_CHECK enum undersign_status
answers_write_enrol_form(struct bytes *out, size_t language, struct arena *arena);

#endif
