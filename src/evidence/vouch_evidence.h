/* Evidence by vouching (doc/formats.md 4.4): members who are on the roster vouch for a third, each
 * by a proof that only stewards see. */
#ifndef UNDERSIGNED_VOUCH_EVIDENCE_H
#define UNDERSIGNED_VOUCH_EVIDENCE_H

#include "evidence.h"

/* question->rules say how many; question->edition who is on the roster. All proofs must hold, be of
 * this edition's entries, and of different ones; a request's own commitments do not count.
 * identity: the request's fingerprint; vouchers: the numbers of their entries, as many as the rules
 * ask for. How often each may vouch is for who knows the salt: admit_evidence.h. */
UNDERSIGN_MUST_CHECK enum undersign_status
vouch_evidence_check(struct evidence_answer *out, const struct evidence_question *question,
		     struct arena *arena, struct problem *problem);

#endif
