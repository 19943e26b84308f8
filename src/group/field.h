/* Integers modulo p = 2^255 - 19, one of two representations, fixed at compile time: 5 limbs of 51
 * bits where there are 64 x 64 -> 128 bit products, 10 limbs of 25.5 bits elsewhere (wasm32) or
 * when UNDERSIGNED_FIELD_25 is defined (the differential oracle). Used by this folder only.
 *
 * Every element has a hidden magnitude: magnitude m means that each limb is at most m times the
 * representation's unit, FE_UNIT(i). Contracts state magnitudes as numbers; test builds check the
 * limbs (VERIFY). No function needs more than FE_MAGNITUDE_MAX on input, and 5 keeps every column
 * of a product below 2^64 (10 limbs) or 2^128 (5 limbs).
 *
 * All functions are constant time and outputs may alias inputs. */
#ifndef UNDERSIGNED_FIELD_H
#define UNDERSIGNED_FIELD_H

#include "wide.h"

#define FE_BYTES         32
#define FE_MAGNITUDE_MAX 5

/* Each of the two files defines struct fe and, as static inline functions:
 *
 * fe_zero, fe_one   magnitude 1
 * fe_add            out = a + b; magnitude m_a + m_b, which must be at most 5
 * fe_sub            out = a - b; b of magnitude 1, a of at most 3; magnitude m_a + 2
 * fe_neg            out = -a; a of magnitude 1; magnitude 2
 * fe_carry          out = a with magnitude 1; a of magnitude at most 5
 * fe_mul, fe_sq     products; inputs of magnitude at most 5; magnitude 1
 * fe_select         out = a where mask is all ones, b where it is 0
 * fe_swap           exchanges a and b where mask is all ones
 * fe_decode         the low 255 bits of 32 bytes little-endian; magnitude 1; reduction modulo p is
 *                   implied, so that 2^255 - 19 .. 2^255 - 1 are taken too
 * fe_encode         the canonical 32 bytes, little-endian; a of magnitude at most 5
 *
 * and FE_FROM_WORDS(w0, w1, w2, w3), an initialiser from four 64-bit words, least significant
 * first, of a number below 2^255. */
#if UNDERSIGNED_HAS_WIDE
#include "field51.h"
#else
#include "field25.h"
#endif

extern const struct fe fe_d;              /* -121665/121666 */
extern const struct fe fe_2d;             /* 2 d */
extern const struct fe fe_sqrt_m1;        /* the non-negative square root of -1 */
extern const struct fe fe_half;           /* 1/2 */
extern const struct fe fe_sqrt_ad_m1;     /* RFC 9496 section 4.1, as the three that follow */
extern const struct fe fe_invsqrt_a_m_d;  /* INVSQRT_A_MINUS_D */
extern const struct fe fe_one_minus_d_sq; /* ONE_MINUS_D_SQ */
extern const struct fe fe_d_minus_one_sq; /* D_MINUS_ONE_SQ */

/* As fe_decode; returns 1 if the 32 bytes are below p, else 0. */
uint64_t fe_decode_strict(struct fe *out, const uint8_t in[static FE_BYTES]);
/* 1 or 0. Inputs of magnitude at most 5 (fe_is_equal: a of at most 3, b of 1). Negative means that
 * the least significant bit of the canonical encoding is 1 (RFC 9496 section 3.1). */
uint64_t fe_is_zero(const struct fe *a);
uint64_t fe_is_negative(const struct fe *a);
uint64_t fe_is_equal(const struct fe *a, const struct fe *b);
/* out = a or -a, whichever is non-negative. a and out of magnitude 1. */
void fe_abs(struct fe *out, const struct fe *a);
/* 1/a; 1/0 = 0. Magnitude 1. */
void fe_invert(struct fe *out, const struct fe *a);

/* RFC 9496 section 4.2, SQRT_RATIO_M1: returns 1 and the non-negative square root of u/v if that
 * is a square (0 if u is 0), else 0 and the non-negative root of sqrt(-1) * u/v (0 if v is 0).
 * u and v of magnitude at most 3, out of 1. */
uint64_t fe_sqrt_ratio(struct fe *out, const struct fe *u, const struct fe *v);
/* The same for FE_LANES pairs at a time: the long chains of dependent squarings overlap. was_square
 * takes a bit for each. */
#define FE_LANES 2
void fe_sqrt_ratio_lanes(struct fe out[static FE_LANES], uint64_t was_square[static FE_LANES],
			 const struct fe u[static FE_LANES], const struct fe v[static FE_LANES]);

#endif
