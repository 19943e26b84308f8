/* Signing with given nonces: for proof_sign, and for tests that reproduce the vectors or attack the
 * protocol. Internal to this folder. */
#ifndef UNDERSIGNED_SIGN_WITH_H
#define UNDERSIGNED_SIGN_WITH_H

#include "nonce.h"
#include "sign.h"

/* As proof_sign, without the verification. The order of nonces is a (digit-major, c >= 1), r_A,
 * r_B, rho_0.., kappa_1... */
UNDERSIGN_MUST_CHECK enum undersign_status
sign_with(uint8_t *out, size_t out_len, const struct generators *generators,
	  const struct ring *ring, const struct scope *scope, struct bytes message,
	  const struct opening *opening, const struct nonce_source *nonces,
	  const struct progress *progress, void *scratch, size_t scratch_len);
size_t sign_with_scratch_len(uint64_t n);

/* The place of a commitment in the ring, read in constant time; *out_found is 1 or 0. Both secret.
 */
void sign_find(uint64_t *out_i, uint64_t *out_found, const struct ring *ring,
	       const struct point *commitment);

#endif
