/* Integers modulo l = 2^252 + 27742317777372353535851937790883648493, the order of ristretto255
 * (RFC 9496) and of the base point's subgroup of edwards25519.
 *
 * Every function is constant time unless its name ends in _vartime. Outputs may alias inputs. */
#ifndef UNDERSIGNED_SCALAR_H
#define UNDERSIGNED_SCALAR_H

#include "random.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCALAR_BYTES      32
#define SCALAR_WIDE_BYTES 64

/* Always reduced, four little-endian limbs of 64 bits. */
struct scalar {
	uint64_t limb[4];
};

extern const struct scalar scalar_zero;
extern const struct scalar scalar_one;

/* 32 bytes little-endian, strictly below l; else E_ENCODING and *out is zero. */
UNDERSIGN_MUST_CHECK enum undersign_status scalar_decode(struct scalar *out,
							 const uint8_t in[static SCALAR_BYTES]);
/* 64 bytes little-endian, reduced modulo l ("wide", protocol 2). */
void scalar_reduce_wide(struct scalar *out, const uint8_t in[static SCALAR_WIDE_BYTES]);
/* 32 bytes little-endian, any value below 2^256, reduced modulo l. */
void scalar_reduce(struct scalar *out, const uint8_t in[static SCALAR_BYTES]);
void scalar_encode(uint8_t out[static SCALAR_BYTES], const struct scalar *a);

void scalar_from_u64(struct scalar *out, uint64_t value);
void scalar_add(struct scalar *out, const struct scalar *a, const struct scalar *b);
void scalar_sub(struct scalar *out, const struct scalar *a, const struct scalar *b);
void scalar_neg(struct scalar *out, const struct scalar *a);
void scalar_mul(struct scalar *out, const struct scalar *a, const struct scalar *b);
/* out = a * b + c */
void scalar_mul_add(struct scalar *out, const struct scalar *a, const struct scalar *b,
		    const struct scalar *c);
/* 1/a; 1/0 = 0. */
void scalar_invert(struct scalar *out, const struct scalar *a);
/* out = a where bit is 1, b where it is 0. */
void scalar_select(struct scalar *out, uint64_t bit, const struct scalar *a,
		   const struct scalar *b);
/* 1 or 0, for masks. */
uint64_t scalar_is_zero(const struct scalar *a);
uint64_t scalar_is_equal(const struct scalar *a, const struct scalar *b);

/* Sums of products without a reduction for each: up to 2^16 products of reduced scalars, then one
 * reduction (protocol 6.4, the matrix product). All limbs zero is the empty sum; what they mean
 * otherwise is private. */
struct scalar_accumulator {
	uint64_t limb[21];
};
void scalar_accumulate(struct scalar_accumulator *sum, const struct scalar *a,
		       const struct scalar *b);
void scalar_accumulator_reduce(struct scalar *out, const struct scalar_accumulator *sum);

#endif
