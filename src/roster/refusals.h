/* What a steward refused (formats 4.8): numbers by reason, and nothing of whom. Public. */
#ifndef UNDERSIGNED_REFUSALS_H
#define UNDERSIGNED_REFUSALS_H

#include "roster.h"

#include "bytes.h"
#include "note.h"
#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

enum refusal_reason {
	REFUSAL_NO_EVIDENCE = 0, /* none came */
	REFUSAL_BAD_EVIDENCE,    /* it does not hold */
	REFUSAL_NOT_MEMBER,      /* of this organisation */
	REFUSAL_TWICE,           /* has an entry */
	REFUSAL_LATE,            /* after the edition was closed */
	REFUSAL_WITHDRAWN,       /* the member's own wish */
	REFUSAL_N_REASONS
};

struct refusals {
	struct bytes roster;
	uint32_t edition;
	uint64_t date;                    /* of the last one: seconds since 1970 */
	uint32_t n_of[REFUSAL_N_REASONS]; /* since the edition began */
	struct note_key key;
};

/* "no-evidence", "not-member", ... */
const char *refusals_reason_text(enum refusal_reason reason);
/* False if the word names none. */
bool refusals_reason_parse(enum refusal_reason *out, struct bytes word);

/* The text, without signatures. E_FORMAT, *problem has line and rule. */
UNDERSIGN_MUST_CHECK enum undersign_status refusals_parse(struct refusals *out, struct bytes text,
							  struct problem *problem);
/* Parses a signed note that its key, and nobody else, must have signed. */
UNDERSIGN_MUST_CHECK enum undersign_status refusals_open(struct refusals *out, struct bytes note,
							 struct problem *problem);
/* Reasons with a number of 0 are left out. */
void refusals_write(struct writer *writer, const struct refusals *refusals);

#endif
