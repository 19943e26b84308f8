/* All kinds of evidence behind one function. Those that foreign libraries parse are looked at in a
 * process of their own (evidence_child.h). */
#ifndef UNDERSIGNED_EVIDENCE_KINDS_H
#define UNDERSIGNED_EVIDENCE_KINDS_H

#include "evidence.h"

#include <stdbool.h>

/* Which kind it looks like, by its first bytes. */
bool evidence_kinds_guess(enum evidence_kind *out, struct bytes evidence);
/* As the kind's own function (evidence.h). */
UNDERSIGN_MUST_CHECK enum undersign_status
evidence_kinds_check(struct evidence_answer *out, enum evidence_kind kind,
		     const struct evidence_question *question, struct arena *arena,
		     struct problem *problem);

#endif
