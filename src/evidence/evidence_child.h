/* Foreign parsers meet bytes of strangers in a process of their own: it has no key, writes nowhere,
 * says nothing on the terminal, and may fall. */
#ifndef UNDERSIGNED_EVIDENCE_CHILD_H
#define UNDERSIGNED_EVIDENCE_CHILD_H

#include "evidence.h"

/* Seconds of processor time that one piece of evidence may take. */
#define EVIDENCE_CHILD_SECONDS 60

typedef enum undersign_status evidence_child_check(struct evidence_answer *out,
						   const struct evidence_question *question,
						   struct arena *arena, struct problem *problem);

/* Calls check in a child process and passes on what it returns; E_FORMAT if the child fell or took
 * too long. The answer's views are in the arena. E_SYSTEM if there can be no child. Forks: not for
 * a program with threads. */
UNDERSIGN_MUST_CHECK enum undersign_status
evidence_child_run(evidence_child_check *check, struct evidence_answer *out,
		   const struct evidence_question *question, struct arena *arena,
		   struct problem *problem);

#endif
