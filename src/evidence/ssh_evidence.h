/* Evidence by an SSH key (doc/formats.md 4.4): `ssh-keygen -Y sign` over the request. */
#ifndef UNDERSIGNED_SSH_EVIDENCE_H
#define UNDERSIGNED_SSH_EVIDENCE_H

#include "evidence.h"

#define SSH_EVIDENCE_NAMESPACE "undersigned-enrolment"

/* The files to check against are lists of keys: allowed_signers (principals [options] type base64),
 * or, where the name ends in `.keys` or `.pub`, bare keys of the person after whom the file is
 * named. Of the lines with the signer's key one must serve: its options understood, within its
 * times (UTC), its namespaces matching, no certificate authority. identity: the key's bytes;
 * person: the principals if they are no patterns, or the file's name without folder and ending. */
UNDERSIGN_MUST_CHECK enum undersign_status
ssh_evidence_check(struct evidence_answer *out, const struct evidence_question *question,
		   struct arena *arena, struct problem *problem);

#endif
