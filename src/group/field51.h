/* Five limbs of 51 bits; the contracts are in field.h. */
#ifndef UNDERSIGNED_FIELD51_H
#define UNDERSIGNED_FIELD51_H

#include "ct.h"
#include "status.h"
#include "wide.h"

#include <stdint.h>

struct fe {
	uint64_t limb[5];
};

#define FE_MASK51  UINT64_C(0x7ffffffffffff)
#define FE_UNIT(i) ((void)(i), FE_MASK51 + (UINT64_C(1) << 13))
#define FE_FROM_WORDS(w0, w1, w2, w3)                                                              \
	{                                                                                          \
		{                                                                                  \
			(uint64_t)(w0) & FE_MASK51,                                                \
				((uint64_t)(w0) >> 51 | (uint64_t)(w1) << 13) & FE_MASK51,         \
				((uint64_t)(w1) >> 38 | (uint64_t)(w2) << 26) & FE_MASK51,         \
				((uint64_t)(w2) >> 25 | (uint64_t)(w3) << 39) & FE_MASK51,         \
				(uint64_t)(w3) >> 12                                               \
		}                                                                                  \
	}

/* Is a of the magnitude? For VERIFY. */
static inline int fe_has_magnitude(const struct fe *a, uint64_t magnitude)
{
	int holds = 1;

	for (int i = 0; i < 5; i++)
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
	for (int i = 0; i < 5; i++)
		out->limb[i] = a->limb[i] + b->limb[i];
	VERIFY(fe_has_magnitude(out, 5));
}

static inline void fe_sub(struct fe *out, const struct fe *a, const struct fe *b)
{
	VERIFY(fe_has_magnitude(a, 3) && fe_has_magnitude(b, 1));
	/* 2 p - b has no negative limb. */
	out->limb[0] = a->limb[0] + (2 * (FE_MASK51 - 18) - b->limb[0]);
	for (int i = 1; i < 5; i++)
		out->limb[i] = a->limb[i] + (2 * FE_MASK51 - b->limb[i]);
}

static inline void fe_neg(struct fe *out, const struct fe *a)
{
	VERIFY(fe_has_magnitude(a, 1));
	out->limb[0] = 2 * (FE_MASK51 - 18) - a->limb[0];
	for (int i = 1; i < 5; i++)
		out->limb[i] = 2 * FE_MASK51 - a->limb[i];
}

static inline void fe_carry(struct fe *out, const struct fe *a)
{
	const uint64_t a0 = a->limb[0], a1 = a->limb[1], a2 = a->limb[2], a3 = a->limb[3],
		       a4 = a->limb[4];

	VERIFY(fe_has_magnitude(a, 5));
	out->limb[0] = (a0 & FE_MASK51) + 19 * (a4 >> 51);
	out->limb[1] = (a1 & FE_MASK51) + (a0 >> 51);
	out->limb[2] = (a2 & FE_MASK51) + (a1 >> 51);
	out->limb[3] = (a3 & FE_MASK51) + (a2 >> 51);
	out->limb[4] = (a4 & FE_MASK51) + (a3 >> 51);
}

/* Takes column c of a product and adds its carry to the next: column is below 2^113, being at most
 * 77 * (5 * 2^51.01)^2 and a carry, so the carry is below 2^62. */
#define FE_COLUMN(limb, column)                                                                    \
	do {                                                                                       \
		carry += (column);                                                                 \
		limb = (uint64_t)carry & FE_MASK51;                                                \
		carry = (uint64_t)(carry >> 64 << 13) + ((uint64_t)carry >> 51);                   \
	} while (0)

/* What is carried out of column 4, which has no folded product, is below 2^59: 19 times that fits
 * 64 bits. */
static inline void fe_finish(struct fe *out, uint64_t r0, uint64_t r1, uint64_t r2, uint64_t r3,
			     uint64_t r4, uint64_t carry)
{
	r0 += 19 * carry;
	out->limb[0] = r0 & FE_MASK51;
	out->limb[1] = r1 + (r0 >> 51);
	out->limb[2] = r2;
	out->limb[3] = r3;
	out->limb[4] = r4;
	VERIFY(fe_has_magnitude(out, 1));
}

static inline void fe_mul(struct fe *out, const struct fe *a, const struct fe *b)
{
	const uint64_t a0 = a->limb[0], a1 = a->limb[1], a2 = a->limb[2], a3 = a->limb[3],
		       a4 = a->limb[4];
	const uint64_t b0 = b->limb[0], b1 = b->limb[1], b2 = b->limb[2], b3 = b->limb[3],
		       b4 = b->limb[4];
	const uint64_t f1 = 19 * b1, f2 = 19 * b2, f3 = 19 * b3, f4 = 19 * b4;
	uint64_t r0, r1, r2, r3, r4;
	uint128 carry = 0;

	VERIFY(fe_has_magnitude(a, 5) && fe_has_magnitude(b, 5));
	FE_COLUMN(r0, (uint128)a0 * b0 + (uint128)a1 * f4 + (uint128)a2 * f3 + (uint128)a3 * f2 +
			      (uint128)a4 * f1);
	FE_COLUMN(r1, (uint128)a0 * b1 + (uint128)a1 * b0 + (uint128)a2 * f4 + (uint128)a3 * f3 +
			      (uint128)a4 * f2);
	FE_COLUMN(r2, (uint128)a0 * b2 + (uint128)a1 * b1 + (uint128)a2 * b0 + (uint128)a3 * f4 +
			      (uint128)a4 * f3);
	FE_COLUMN(r3, (uint128)a0 * b3 + (uint128)a1 * b2 + (uint128)a2 * b1 + (uint128)a3 * b0 +
			      (uint128)a4 * f4);
	FE_COLUMN(r4, (uint128)a0 * b4 + (uint128)a1 * b3 + (uint128)a2 * b2 + (uint128)a3 * b1 +
			      (uint128)a4 * b0);
	fe_finish(out, r0, r1, r2, r3, r4, (uint64_t)carry);
}

static inline void fe_sq(struct fe *out, const struct fe *a)
{
	const uint64_t a0 = a->limb[0], a1 = a->limb[1], a2 = a->limb[2], a3 = a->limb[3],
		       a4 = a->limb[4];
	const uint64_t d0 = 2 * a0, d1 = 2 * a1, d2 = 2 * a2, d3 = 2 * a3, f3 = 19 * a3,
		       f4 = 19 * a4;
	uint64_t r0, r1, r2, r3, r4;
	uint128 carry = 0;

	VERIFY(fe_has_magnitude(a, 5));
	FE_COLUMN(r0, (uint128)a0 * a0 + (uint128)d1 * f4 + (uint128)d2 * f3);
	FE_COLUMN(r1, (uint128)d0 * a1 + (uint128)d2 * f4 + (uint128)a3 * f3);
	FE_COLUMN(r2, (uint128)d0 * a2 + (uint128)a1 * a1 + (uint128)d3 * f4);
	FE_COLUMN(r3, (uint128)d0 * a3 + (uint128)d1 * a2 + (uint128)a4 * f4);
	FE_COLUMN(r4, (uint128)d0 * a4 + (uint128)d1 * a3 + (uint128)a2 * a2);
	fe_finish(out, r0, r1, r2, r3, r4, (uint64_t)carry);
}

static inline void fe_select(struct fe *out, uint64_t mask, const struct fe *a, const struct fe *b)
{
	for (int i = 0; i < 5; i++)
		out->limb[i] = ct_select(mask, a->limb[i], b->limb[i]);
}

static inline void fe_swap(uint64_t mask, struct fe *a, struct fe *b)
{
	for (int i = 0; i < 5; i++) {
		uint64_t difference = mask & (a->limb[i] ^ b->limb[i]);

		a->limb[i] ^= difference;
		b->limb[i] ^= difference;
	}
}

void fe_decode(struct fe *out, const uint8_t in[static 32]);
void fe_encode(uint8_t out[static 32], const struct fe *a);

#endif
