/* Making a proof (protocol 6.1). */
#ifndef UNDERSIGNED_SIGN_H
#define UNDERSIGNED_SIGN_H

#include "opening.h"
#include "protocol.h"
#include "ring.h"
#include "scope.h"

#include "bytes.h"
#include "progress.h"
#include "random.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes of scratch for a ring of n members: 40 a member and up to 1.8 MB to sign, or what
 * proof_verify_scratch_len wants if that is more. 0 if there is no such ring. */
size_t proof_sign_scratch_len(uint64_t n);

/* Writes, with the ring's threads, the proof that one member of the ring signed message in the
 * scope. The member's place is found by comparing with every entry. The proof is verified before it
 * is released; the scratch and all nonces are wiped. Secret: opening, and which member it is;
 * public: all else. Requires: out_len == proof_len(ring->n); scratch aligned to 64, scratch_len >=
 * proof_sign_scratch_len(ring->n).
 * Returns E_MISSING if the opening opens no entry of the ring, E_RANDOM if the source fails,
 * E_INVALID if the tag is zero or the result does not verify; out is then zeroed. */
UNDERSIGN_MUST_CHECK enum undersign_status
proof_sign(uint8_t *out, size_t out_len, const struct generators *generators,
	   const struct ring *ring, const struct scope *scope, struct bytes message,
	   const struct opening *opening, const struct random_source *random,
	   const struct progress *progress, void *scratch, size_t scratch_len);

#endif
