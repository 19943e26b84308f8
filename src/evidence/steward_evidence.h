/* Evidence by the word of stewards (doc/formats.md 4.4): a note about the request that as many of
 * the roster's stewards sign as its rules ask for. */
#ifndef UNDERSIGNED_STEWARD_EVIDENCE_H
#define UNDERSIGNED_STEWARD_EVIDENCE_H

#include "evidence.h"

/* question->rules name the stewards. Each signature must be that of a steward, each steward's only
 * one. identity: the request's fingerprint, which stands for nobody else; person: as the note names
 * him, in lower case. */
UNDERSIGN_MUST_CHECK enum undersign_status
steward_evidence_check(struct evidence_answer *out, const struct evidence_question *question,
		       struct arena *arena, struct problem *problem);

#endif
