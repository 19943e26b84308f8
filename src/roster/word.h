/* The word of stewards on one request (formats 4.4): a note that several of them sign. It is kept
 * in private: it may name a person. */
#ifndef UNDERSIGNED_WORD_H
#define UNDERSIGNED_WORD_H

#include "roster.h"

#include "bytes.h"
#include "problem.h"
#include "sha2.h"
#include "status.h"

#include <stdint.h>

struct word {
	struct bytes roster;
	uint32_t edition;
	uint8_t request[SHA256_BYTES]; /* its fingerprint */
	struct bytes person; /* as the stewards' own list names him; empty if it does not */
};

/* The text, without signatures. E_FORMAT, *problem has line and rule. */
UNDERSIGN_MUST_CHECK enum undersign_status word_parse(struct word *out, struct bytes text,
						      struct problem *problem);
/* Writes the text. E_FORMAT if it would not be parsed again. */
UNDERSIGN_MUST_CHECK enum undersign_status
word_write(struct writer *writer, const struct word *word, struct problem *problem);

#endif
