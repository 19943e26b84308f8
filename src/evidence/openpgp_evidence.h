/* Evidence by an OpenPGP key (doc/formats.md 4.4): a detached signature over the request, as
 * `gpg --detach-sign` makes it. The only file that uses librnp. */
#ifndef UNDERSIGNED_OPENPGP_EVIDENCE_H
#define UNDERSIGNED_OPENPGP_EVIDENCE_H

#include "evidence.h"

/* The evidence is armoured or binary: one signature of type 0x00 (binary), over SHA-256, SHA-384 or
 * SHA-512. The files to check against are keyrings (gpg --export), armoured or binary. The signer's
 * key must stand in one of them; it and its primary key are RSA of at least 2048 bits, Ed25519, or
 * ECDSA on P-256, P-384, P-521; bound by signatures other than over SHA-1, MD5 or RIPEMD-160; not
 * revoked, not expired, made before, and for signatures.
 *
 * identity: the primary key's fingerprint; person: the mail address of its primary user id, else
 * the whole user id, in lower case. */
UNDERSIGN_MUST_CHECK enum undersign_status
openpgp_evidence_check(struct evidence_answer *out, const struct evidence_question *question,
		       struct arena *arena, struct problem *problem);

#endif
