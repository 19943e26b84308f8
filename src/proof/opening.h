/* Openings: the secrets behind one entry of a roster in one column (protocol 3.1, 3.2). */
#ifndef UNDERSIGNED_OPENING_H
#define UNDERSIGNED_OPENING_H

#include "protocol.h"
#include "scope.h"

#include "ed25519.h"
#include "random.h"
#include "status.h"

#include <stdint.h>

/* Secret: a witness (s_1..s_K, r). Whoever makes one wipes it. */
struct opening {
	struct scalar s[TAG_DIMENSION];
	struct scalar r;
};

#define OPENING_BYTES (SCALAR_BYTES * (TAG_DIMENSION + 1))

/* Kind (a): each scalar from 64 fresh bytes of its own, never expanded from a seed (M-10).
 * E_RANDOM, and *out is zero, if the source fails. */
UNDERSIGN_MUST_CHECK enum undersign_status opening_new(struct opening *out,
						       const struct random_source *random);
/* As opening_new, but with the s of another entry of the same person (protocol 3.1: a member of two
 * organisations), so that the tags coincide. */
UNDERSIGN_MUST_CHECK enum undersign_status opening_new_sibling(struct opening *out,
							       const struct opening *opening,
							       const struct random_source *random);
/* Kind (b): an existing Ed25519 key. */
void opening_from_seed(struct opening *out, const uint8_t seed[static ED25519_SEED_BYTES]);

/* s_1..s_K, r, 32 bytes each. Secret. */
void opening_encode(uint8_t out[static OPENING_BYTES], const struct opening *opening);
/* E_ENCODING, and *out is zero, if a scalar is not canonical. */
UNDERSIGN_MUST_CHECK enum undersign_status opening_decode(struct opening *out,
							  const uint8_t in[static OPENING_BYTES]);

/* C = s_1 G_1 + .. + s_K G_K + r H. Tells which entry is meant: secret until declassified. */
void opening_commit(struct point *out, const struct generators *generators,
		    const struct opening *opening);
/* As opening_commit, encoded: the source of a kind (a) entry, public where it is enrolled. */
void opening_commit_encoded(uint8_t out[static POINT_BYTES], const struct generators *generators,
			    const struct opening *opening);

/* The tag T = sum of s_j U_j in a scope. Published with a statement, secret before.
 * E_INVALID, and out is zero, if T = 0. */
UNDERSIGN_MUST_CHECK enum undersign_status opening_tag(uint8_t out[static POINT_BYTES],
						       const struct scope *scope,
						       const struct opening *opening);

void opening_wipe(struct opening *opening);

#endif
