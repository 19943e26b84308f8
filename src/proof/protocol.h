/* Constants, sizes and generators of the protocol (doc/protocol.md; "protocol" in the comments of
 * this folder). Everything here is public. */
#ifndef UNDERSIGNED_PROTOCOL_H
#define UNDERSIGNED_PROTOCOL_H

#include "point.h"

#include <stddef.h>
#include <stdint.h>

/* Protocol 10.1; also the first bytes of every hash input. */
#define PROTOCOL_NAME "undersigned/v1"
#define PROTOCOL_DST  PROTOCOL_NAME ":ristretto255_XMD:SHA-512_R255MAP_RO_:"

#define TAG_DIMENSION  4 /* K, protocol 3.3 */
#define PROOF_RADIX    4 /* n, protocol 5 */
#define RING_MIN       2
#define RING_MAX       ((uint64_t)1 << 22)
#define PROOF_DIGITS   11 /* m of a ring of RING_MAX members */
#define HASH_BYTES     32 /* b32: the first 32 bytes of SHA-512 */
#define ENTRY_META_MAX 32
#define PROOF_LEN_MAX  (32 * (PROOF_RADIX * PROOF_DIGITS + 6 + TAG_DIMENSION))

/* The independent generators. Nobody may know a relation among them, so they come from
 * generators_new and from nowhere else, tests of attacks excepted. */
struct generators {
	struct affine g[TAG_DIMENSION]; /* G_1..G_K */
	struct affine h;
	struct affine p[PROOF_DIGITS][PROOF_RADIX]; /* P_{d,c} */
	struct affine q[PROOF_DIGITS][PROOF_RADIX]; /* Q_{d,c} */
};

/* Recomputes all generators from the hash (protocol 10.1). A few milliseconds: do it once. */
void generators_new(struct generators *out);

/* The digits of a ring of n members (protocol 5).
 * Requires: RING_MIN <= n <= RING_MAX. */
struct digits {
	unsigned n_digits;  /* m */
	unsigned top_radix; /* n_{m-1}, 2 to 4; all others have PROOF_RADIX */
};
struct digits digits_of_ring(uint64_t n);
static inline unsigned digits_radix(const struct digits *digits, unsigned digit)
{
	return digit + 1 == digits->n_digits ? digits->top_radix : PROOF_RADIX;
}

/* Bytes of a proof over a ring of n members; 0 if there is no such ring. */
size_t proof_len(uint64_t n);

#endif
