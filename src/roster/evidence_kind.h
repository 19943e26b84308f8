/* The kinds of evidence for an enrolment (formats 4.4), as admissions name them. */
#ifndef UNDERSIGNED_EVIDENCE_KIND_H
#define UNDERSIGNED_EVIDENCE_KIND_H

#include "bytes.h"

#include <stdbool.h>

enum evidence_kind {
	EVIDENCE_STEWARD = 1, /* the word of one steward, or of k of n */
	EVIDENCE_VOUCH,       /* of members who are on the roster */
	EVIDENCE_SSH,
	EVIDENCE_OPENPGP,
	EVIDENCE_X509,
	EVIDENCE_N_KINDS
};

/* "ssh", "openpgp", ...: the word of formats and options. */
const char *evidence_kind_text(enum evidence_kind kind);
/* False if the word names no kind. */
bool evidence_kind_parse(enum evidence_kind *out, struct bytes word);

#endif
