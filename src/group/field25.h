/* Ten limbs of alternately 26 and 25 bits; the contracts are in field.h. */
#ifndef UNDERSIGNED_FIELD25_H
#define UNDERSIGNED_FIELD25_H

#include "ct.h"
#include "status.h"

#include <stdint.h>

struct fe {
	uint32_t limb[10];
};

#define FE_MASK26  UINT32_C(0x3ffffff)
#define FE_MASK25  UINT32_C(0x1ffffff)
#define FE_BITS(i) (26 - ((i)&1))
#define FE_MASK(i) ((UINT32_C(1) << FE_BITS(i)) - 1)
#define FE_UNIT(i) (FE_MASK(i) + (UINT32_C(1) << 17))
#define FE_FROM_WORDS(w0, w1, w2, w3)                                                              \
	{                                                                                          \
		{                                                                                  \
			(uint32_t)(((uint64_t)(w0)) & FE_MASK26),                                  \
				(uint32_t)(((uint64_t)(w0) >> 26) & FE_MASK25),                    \
				(uint32_t)((((uint64_t)(w0) >> 51 | (uint64_t)(w1) << 13)) &       \
					   FE_MASK26),                                             \
				(uint32_t)(((uint64_t)(w1) >> 13) & FE_MASK25),                    \
				(uint32_t)(((uint64_t)(w1) >> 38) & FE_MASK26),                    \
				(uint32_t)(((uint64_t)(w2)) & FE_MASK25),                          \
				(uint32_t)(((uint64_t)(w2) >> 25) & FE_MASK26),                    \
				(uint32_t)((((uint64_t)(w2) >> 51 | (uint64_t)(w3) << 13)) &       \
					   FE_MASK25),                                             \
				(uint32_t)(((uint64_t)(w3) >> 12) & FE_MASK26),                    \
				(uint32_t)(((uint64_t)(w3) >> 38) & FE_MASK25)                     \
		}                                                                                  \
	}

/* Is a of the magnitude? For VERIFY. */
static inline int fe_has_magnitude(const struct fe *a, uint64_t magnitude)
{
	int holds = 1;

	for (int i = 0; i < 10; i++)
		holds &= a->limb[i] <= magnitude * FE_UNIT(i);
	return holds;
}

static inline void fe_zero(struct fe *out)
{
	*out = (struct fe){{0}};
}

static inline void fe_one(struct fe *out)
{
	*out = (struct fe){{1}};
}

static inline void fe_add(struct fe *out, const struct fe *a, const struct fe *b)
{
	for (int i = 0; i < 10; i++)
		out->limb[i] = a->limb[i] + b->limb[i];
	VERIFY(fe_has_magnitude(out, 5));
}

static inline void fe_sub(struct fe *out, const struct fe *a, const struct fe *b)
{
	VERIFY(fe_has_magnitude(a, 3) && fe_has_magnitude(b, 1));
	/* 2 p - b has no negative limb. */
	out->limb[0] = a->limb[0] + (2 * (FE_MASK26 - 18) - b->limb[0]);
	for (int i = 1; i < 10; i++)
		out->limb[i] = a->limb[i] + (2 * FE_MASK(i) - b->limb[i]);
}

static inline void fe_neg(struct fe *out, const struct fe *a)
{
	VERIFY(fe_has_magnitude(a, 1));
	out->limb[0] = 2 * (FE_MASK26 - 18) - a->limb[0];
	for (int i = 1; i < 10; i++)
		out->limb[i] = 2 * FE_MASK(i) - a->limb[i];
}

static inline void fe_carry(struct fe *out, const struct fe *a)
{
	uint32_t carry;

	VERIFY(fe_has_magnitude(a, 5));
	carry = 19 * (a->limb[9] >> 25);
	for (int i = 0; i < 10; i++) {
		uint32_t limb = a->limb[i];

		out->limb[i] = (limb & FE_MASK(i)) + carry;
		carry = limb >> FE_BITS(i);
	}
}

/* Columns of a product to magnitude 1. Column 0, the largest, is at most 124.5 * (5 * 2^26.003)^2
 * < 2^63.7; column 9 has no folded product and is below 2^60, so 19 times its carry is below 2^40.
 * The last carry, out of limb 0, is below 2^14. */
static inline void fe_carry_columns(struct fe *out, const uint64_t column[static 10])
{
	uint64_t carry = 0;

	for (int i = 0; i < 10; i++) {
		carry += column[i];
		out->limb[i] = (uint32_t)carry & FE_MASK(i);
		carry >>= FE_BITS(i);
	}
	carry = out->limb[0] + 19 * carry;
	out->limb[0] = (uint32_t)carry & FE_MASK26;
	out->limb[1] += (uint32_t)(carry >> 26);
	VERIFY(fe_has_magnitude(out, 1));
}

static inline void fe_mul(struct fe *out, const struct fe *a, const struct fe *b)
{
	const uint64_t a0 = a->limb[0], b0 = b->limb[0];
	const uint64_t a1 = a->limb[1], b1 = b->limb[1];
	const uint64_t a2 = a->limb[2], b2 = b->limb[2];
	const uint64_t a3 = a->limb[3], b3 = b->limb[3];
	const uint64_t a4 = a->limb[4], b4 = b->limb[4];
	const uint64_t a5 = a->limb[5], b5 = b->limb[5];
	const uint64_t a6 = a->limb[6], b6 = b->limb[6];
	const uint64_t a7 = a->limb[7], b7 = b->limb[7];
	const uint64_t a8 = a->limb[8], b8 = b->limb[8];
	const uint64_t a9 = a->limb[9], b9 = b->limb[9];
	const uint64_t d1 = 2 * a1, d3 = 2 * a3, d5 = 2 * a5, d7 = 2 * a7, d9 = 2 * a9;
	uint64_t column[10];

	VERIFY(fe_has_magnitude(a, 5) && fe_has_magnitude(b, 5));
	column[0] = a0 * b0 + 19 * (d1 * b9 + a2 * b8 + d3 * b7 + a4 * b6 + d5 * b5 + a6 * b4 +
				    d7 * b3 + a8 * b2 + d9 * b1);
	column[1] = a0 * b1 + a1 * b0 +
		    19 * (a2 * b9 + a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 +
			  a9 * b2);
	column[2] = a0 * b2 + d1 * b1 + a2 * b0 +
		    19 * (d3 * b9 + a4 * b8 + d5 * b7 + a6 * b6 + d7 * b5 + a8 * b4 + d9 * b3);
	column[3] = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 +
		    19 * (a4 * b9 + a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 + a9 * b4);
	column[4] = a0 * b4 + d1 * b3 + a2 * b2 + d3 * b1 + a4 * b0 +
		    19 * (d5 * b9 + a6 * b8 + d7 * b7 + a8 * b6 + d9 * b5);
	column[5] = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0 +
		    19 * (a6 * b9 + a7 * b8 + a8 * b7 + a9 * b6);
	column[6] = a0 * b6 + d1 * b5 + a2 * b4 + d3 * b3 + a4 * b2 + d5 * b1 + a6 * b0 +
		    19 * (d7 * b9 + a8 * b8 + d9 * b7);
	column[7] = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0 +
		    19 * (a8 * b9 + a9 * b8);
	column[8] = a0 * b8 + d1 * b7 + a2 * b6 + d3 * b5 + a4 * b4 + d5 * b3 + a6 * b2 + d7 * b1 +
		    a8 * b0 + 19 * (d9 * b9);
	column[9] = a0 * b9 + a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 +
		    a8 * b1 + a9 * b0;
	fe_carry_columns(out, column);
}

static inline void fe_sq(struct fe *out, const struct fe *a)
{
	const uint64_t a0 = a->limb[0], d0 = 2 * a0;
	const uint64_t a1 = a->limb[1], d1 = 2 * a1;
	const uint64_t a2 = a->limb[2], d2 = 2 * a2;
	const uint64_t a3 = a->limb[3], d3 = 2 * a3;
	const uint64_t a4 = a->limb[4], d4 = 2 * a4;
	const uint64_t a5 = a->limb[5], d5 = 2 * a5;
	const uint64_t a6 = a->limb[6], d6 = 2 * a6;
	const uint64_t a7 = a->limb[7], d7 = 2 * a7;
	const uint64_t a8 = a->limb[8], d8 = 2 * a8;
	const uint64_t a9 = a->limb[9], d9 = 2 * a9;
	uint64_t column[10];

	VERIFY(fe_has_magnitude(a, 5));
	column[0] = a0 * a0 + 19 * (d1 * d9 + d2 * a8 + d3 * d7 + d4 * a6 + d5 * a5);
	column[1] = d0 * a1 + 19 * (d2 * a9 + d3 * a8 + d4 * a7 + d5 * a6);
	column[2] = d0 * a2 + d1 * a1 + 19 * (d3 * d9 + d4 * a8 + d5 * d7 + a6 * a6);
	column[3] = d0 * a3 + d1 * a2 + 19 * (d4 * a9 + d5 * a8 + d6 * a7);
	column[4] = d0 * a4 + d1 * d3 + a2 * a2 + 19 * (d5 * d9 + d6 * a8 + d7 * a7);
	column[5] = d0 * a5 + d1 * a4 + d2 * a3 + 19 * (d6 * a9 + d7 * a8);
	column[6] = d0 * a6 + d1 * d5 + d2 * a4 + d3 * a3 + 19 * (d7 * d9 + a8 * a8);
	column[7] = d0 * a7 + d1 * a6 + d2 * a5 + d3 * a4 + 19 * (d8 * a9);
	column[8] = d0 * a8 + d1 * d7 + d2 * a6 + d3 * d5 + a4 * a4 + 19 * (d9 * a9);
	column[9] = d0 * a9 + d1 * a8 + d2 * a7 + d3 * a6 + d4 * a5;
	fe_carry_columns(out, column);
}

static inline void fe_select(struct fe *out, uint64_t mask, const struct fe *a, const struct fe *b)
{
	const uint32_t mask32 = (uint32_t)mask;

	for (int i = 0; i < 10; i++)
		out->limb[i] = b->limb[i] ^ (mask32 & (a->limb[i] ^ b->limb[i]));
}

static inline void fe_swap(uint64_t mask, struct fe *a, struct fe *b)
{
	const uint32_t mask32 = (uint32_t)mask;

	for (int i = 0; i < 10; i++) {
		uint32_t difference = mask32 & (a->limb[i] ^ b->limb[i]);

		a->limb[i] ^= difference;
		b->limb[i] ^= difference;
	}
}

void fe_decode(struct fe *out, const uint8_t in[static 32]);
void fe_encode(uint8_t out[static 32], const struct fe *a);

#endif
