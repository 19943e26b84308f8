/* A proof's bytes (protocol 6.1 step 7) and what is computed from them. Internal to this folder. */
#ifndef UNDERSIGNED_LAYOUT_H
#define UNDERSIGNED_LAYOUT_H

#include "protocol.h"
#include "ring.h"
#include "scope.h"
#include "verify.h"

#include "bytes.h"

#include <stdbool.h>
#include <stdint.h>

/* The points stand first: T, A, B, X_0..X_{m-1}, Y; then the scalars f (digit-major, c >= 1), z_A,
 * z_1..z_K, z_r. */
enum layout_point { LAYOUT_T, LAYOUT_A, LAYOUT_B, LAYOUT_X };
#define LAYOUT_POINTS_MAX (PROOF_DIGITS + 4)
static inline unsigned layout_n_points(const struct digits *digits)
{
	return digits->n_digits + 4;
}
static inline unsigned layout_y(const struct digits *digits)
{
	return LAYOUT_X + digits->n_digits;
}

/* A proof's scalars, and what follows from them and the challenge. */
struct layout_scalars {
	struct digits digits;
	struct scalar x[PROOF_DIGITS + 1]; /* x[e] = x^e */
	struct scalar f[PROOF_DIGITS][PROOF_RADIX];
	struct scalar z_a;
	struct scalar z[TAG_DIMENSION];
	struct scalar z_r;
};

/* The challenge over a statement and a proof's points (10.4). proof must have the ring's length. */
void layout_challenge(struct scalar *out, const struct ring *ring, const struct scope *scope,
		      struct bytes message, const uint8_t *proof);
/* Powers of x: x[0] = 1, x[1] = x, up to x[m]. */
void layout_powers(struct scalar *x, const struct scalar *challenge, unsigned n_digits);
/* Whether the proof passes the checks of 6.3 before the equations: length, strict points, scalars
 * < l, T != 0, x != 0. Then out and the n_points decoded points hold. */
bool layout_decode_vartime(struct layout_scalars *out, struct affine *points,
			   const struct proof_item *item);

#endif
