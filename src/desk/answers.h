/* What the desk answers to a delivery, in the three forms that it has: a promise, problem details
 * (RFC 9457, in English), and a page for people, in their language (answers_page.h). All answers to
 * deliveries have one length on the wire, those to people another, in whichever language. Pure.
 */
#ifndef UNDERSIGNED_ANSWERS_H
#define UNDERSIGNED_ANSWERS_H

#include "acceptor.h"

#include "arena.h"
#include "bytes.h"
#include "status.h"

#include <stdbool.h>

/* Bytes of status line, type, retry-after and body together; what is missing is padded. A page for
 * people is longer. */
#define ANSWERS_BYTES      6144
#define ANSWERS_PAGE_BYTES 12288
#define ANSWERS_RETRY      "60" /* seconds */

struct answers_form {
	int status;
	const char *content_type;
	bool has_retry;
	struct bytes body;
	const char *padding; /* value of the header Undersigned-Padding */
};

/* Whom an answer is for: a program; or a person who used the form for statements or that for
 * enrolment requests, as HTML. */
enum answers_reader { ANSWERS_PROGRAM, ANSWERS_DELIVERER, ANSWERS_MEMBER };

/* Writes the answer, from the arena. language: of a page (answers_words.h). E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status answers_write(struct answers_form *out,
							 const struct acceptor_answer *answer,
							 enum answers_reader reader,
							 size_t language, struct arena *arena);
/* HTTP status of a verdict, and its phrase. */
int answers_status(enum acceptor_verdict verdict);
const char *answers_phrase(int status);

#endif
