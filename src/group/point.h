/* ristretto255 (RFC 9496): a group of prime order l, written additively.
 *
 * Constant time unless the name ends in _vartime; those may touch public data only. Outputs may
 * alias inputs. No cofactor exists anywhere above this folder. */
#ifndef UNDERSIGNED_POINT_H
#define UNDERSIGNED_POINT_H

#include "bytes.h"
#include "field.h"
#include "scalar.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POINT_BYTES 32

/* Extended twisted Edwards coordinates (X : Y : Z : T), XY = ZT. Representatives of one ristretto
 * element differ; compare with point_is_equal only. */
struct point {
	struct fe x, y, z, t;
};

/* A public point with Z = 1, ready for additions: (y + x, y - x, 2 d x y). What rings are made of.
 */
struct affine {
	struct fe y_plus_x, y_minus_x, xy2d;
};

/* RFC 9496 section 4.3.1, strict: canonical, non-negative, on the curve. The identity decodes.
 * E_ENCODING otherwise, and *out is the identity. Variable time is allowed: encodings are public.
 */
UNDERSIGN_MUST_CHECK enum undersign_status
point_decode_vartime(struct point *out, const uint8_t in[static POINT_BYTES]);
void point_encode(uint8_t out[static POINT_BYTES], const struct point *a);

void point_identity(struct point *out);
/* The ristretto255 base point, G_1 of the protocol. */
void point_base(struct point *out);
void point_add(struct point *out, const struct point *a, const struct point *b);
void point_sub(struct point *out, const struct point *a, const struct point *b);
void point_neg(struct point *out, const struct point *a);
void point_double(struct point *out, const struct point *a);
/* out = a where bit is 1, b where it is 0. */
void point_select(struct point *out, uint64_t bit, const struct point *a, const struct point *b);
/* 1 or 0; equality of ristretto elements. */
uint64_t point_is_equal(const struct point *a, const struct point *b);
uint64_t point_is_identity(const struct point *a);

/* Needs one inversion; constant time. */
void affine_from_point(struct affine *out, const struct point *a);
void point_from_affine(struct point *out, const struct affine *a);
/* 1 or 0; equality of ristretto elements, with less than half the work of point_is_equal. */
uint64_t affine_is_equal(const struct affine *a, const struct affine *b);
bool affine_is_identity_vartime(const struct affine *a);

/* scalar * a; fixed windows, masked table reads. */
void point_mul(struct point *out, const struct scalar *scalar, const struct point *a);
/* scalar * base, from a table. */
void point_mul_base(struct point *out, const struct scalar *scalar);
/* Sum of scalars[i] * points[i] for few secret scalars: fixed windows with shared doublings.
 * Requires: 1 <= n <= POINT_COMBINE_MAX. */
#define POINT_COMBINE_MAX 128
void point_combine(struct point *out, const struct scalar *scalars, const struct point *points,
		   size_t n);

/* RFC 9380 hash_to_ristretto255: expand_message_xmd(SHA-512, message, dst, 64), then the one-way
 * map of RFC 9496 section 4.3.4. Requires: dst.len <= 255. Public input. */
void point_hash_vartime(struct point *out, struct bytes dst, struct bytes message);
/* RFC 9496 section 4.3.4: the one-way map from 64 uniform bytes. */
void point_from_uniform(struct point *out, const uint8_t in[static 64]);

#endif
