/* Eight integers modulo p = 2^255 - 19 at a time, one in each lane of AVX-512 vectors: five limbs
 * of 51 bits, multiplied by the 52-bit multiply-add instructions (IFMA). Used by the files of the
 * IFMA backend only.
 *
 * The instructions silently take the low 52 bits of each limb. So there are two types: struct fe8
 * is the outcome of a carry, and the only input of products; struct raw8 is what products, sums
 * and differences give. Bounds of limbs, checked in test builds (doc/field-bounds.md):
 *
 * fe8   limb 0 below 2^51 + 19 * 2^12, the others below 2^51 + 2^12. A struct fe of magnitude 1
 *       satisfies 2^51 + 2^13, which is as good: products need 2^52 (1 - 2^-30).
 * raw8  of a product below 2^59; fe8_carry needs 2^63.
 *
 * All functions are constant time. */
#ifndef UNDERSIGNED_FIELD_IFMA_H
#define UNDERSIGNED_FIELD_IFMA_H

#include "field.h"

#include <stddef.h>
#include <stdint.h>

/* gcc's header would include the C library's for its allocation functions. */
#define _MM_MALLOC_H_INCLUDED
#include <immintrin.h>

#define LANES 8

#define ALWAYS_INLINE static inline __attribute__((always_inline))

struct fe8 {
	__m512i limb[5];
};

struct raw8 {
	__m512i limb[5];
};

#define FE8_LIMB_MAX     (FE_MASK51 + (UINT64_C(1) << 17))
#define RAW8_PRODUCT_MAX (UINT64_C(1) << 59)
#define RAW8_CARRY_MAX   (UINT64_C(1) << 63)
/* 1024 p, whose limbs are above anything that is subtracted. */
#define RAW8_P_LOW  (1024 * (FE_MASK51 - 18))
#define RAW8_P_REST (1024 * FE_MASK51)

ALWAYS_INLINE __m512i lanes_all(uint64_t value)
{
	return _mm512_set1_epi64((long long)value);
}

/* gcc makes shifts and additions of a product by a small constant that it knows. */
ALWAYS_INLINE __m512i lanes_all_hidden(uint64_t value)
{
	__m512i lanes = lanes_all(value);

	__asm__("" : "+v"(lanes));
	return lanes;
}

/* For VERIFY. */
ALWAYS_INLINE int lanes_are_at_most(const __m512i limb[static 5], uint64_t max)
{
	__mmask8 above = 0;

	for (int i = 0; i < 5; i++)
		above |= _mm512_cmpgt_epu64_mask(limb[i], lanes_all(max));
	return above == 0;
}

ALWAYS_INLINE struct fe8 fe8_all(const struct fe *a)
{
	return (struct fe8){{lanes_all(a->limb[0]), lanes_all(a->limb[1]), lanes_all(a->limb[2]),
			     lanes_all(a->limb[3]), lanes_all(a->limb[4])}};
}

ALWAYS_INLINE struct fe8 fe8_small(uint64_t value)
{
	const __m512i zero = _mm512_setzero_si512();

	return (struct fe8){{lanes_all(value), zero, zero, zero, zero}};
}

ALWAYS_INLINE struct raw8 fe8_raw(const struct fe8 *a)
{
	return (struct raw8){{a->limb[0], a->limb[1], a->limb[2], a->limb[3], a->limb[4]}};
}

ALWAYS_INLINE struct raw8 raw8_add(struct raw8 a, struct raw8 b)
{
	return (struct raw8){{
		_mm512_add_epi64(a.limb[0], b.limb[0]),
		_mm512_add_epi64(a.limb[1], b.limb[1]),
		_mm512_add_epi64(a.limb[2], b.limb[2]),
		_mm512_add_epi64(a.limb[3], b.limb[3]),
		_mm512_add_epi64(a.limb[4], b.limb[4]),
	}};
}

/* a + 1024 p - b; b at most twice a product. */
ALWAYS_INLINE struct raw8 raw8_sub(struct raw8 a, struct raw8 b)
{
	const __m512i low = lanes_all(RAW8_P_LOW), rest = lanes_all(RAW8_P_REST);

	VERIFY(lanes_are_at_most(b.limb, 2 * RAW8_PRODUCT_MAX));
	return (struct raw8){{
		_mm512_add_epi64(a.limb[0], _mm512_sub_epi64(low, b.limb[0])),
		_mm512_add_epi64(a.limb[1], _mm512_sub_epi64(rest, b.limb[1])),
		_mm512_add_epi64(a.limb[2], _mm512_sub_epi64(rest, b.limb[2])),
		_mm512_add_epi64(a.limb[3], _mm512_sub_epi64(rest, b.limb[3])),
		_mm512_add_epi64(a.limb[4], _mm512_sub_epi64(rest, b.limb[4])),
	}};
}

/* Each limb's excess goes to the next at the same time. */
ALWAYS_INLINE struct fe8 fe8_carry(struct raw8 a)
{
	const __m512i mask = lanes_all(FE_MASK51);
	const __m512i c0 = _mm512_srli_epi64(a.limb[0], 51), c1 = _mm512_srli_epi64(a.limb[1], 51),
		      c2 = _mm512_srli_epi64(a.limb[2], 51), c3 = _mm512_srli_epi64(a.limb[3], 51),
		      c4 = _mm512_srli_epi64(a.limb[4], 51);

	VERIFY(lanes_are_at_most(a.limb, RAW8_CARRY_MAX));
	return (struct fe8){{
		_mm512_madd52lo_epu64(_mm512_and_si512(a.limb[0], mask), c4, lanes_all(19)),
		_mm512_add_epi64(_mm512_and_si512(a.limb[1], mask), c0),
		_mm512_add_epi64(_mm512_and_si512(a.limb[2], mask), c1),
		_mm512_add_epi64(_mm512_and_si512(a.limb[3], mask), c2),
		_mm512_add_epi64(_mm512_and_si512(a.limb[4], mask), c3),
	}};
}

#define FE8_LOW(sum, a, b)  sum = _mm512_madd52lo_epu64(sum, a, b)
#define FE8_HIGH(sum, a, b) sum = _mm512_madd52hi_epu64(sum, a, b)
#define FE8_TWICE(sum)      sum = _mm512_add_epi64(sum, sum)

/* Columns 5 to 9 count 19 times in columns 0 to 4. They are below 2^56. */
ALWAYS_INLINE struct raw8 raw8_fold(const __m512i column[static 10])
{
	const __m512i nineteen = lanes_all_hidden(19);

	return (struct raw8){{
		_mm512_add_epi64(column[0], _mm512_mullo_epi64(column[5], nineteen)),
		_mm512_add_epi64(column[1], _mm512_mullo_epi64(column[6], nineteen)),
		_mm512_add_epi64(column[2], _mm512_mullo_epi64(column[7], nineteen)),
		_mm512_add_epi64(column[3], _mm512_mullo_epi64(column[8], nineteen)),
		_mm512_add_epi64(column[4], _mm512_mullo_epi64(column[9], nineteen)),
	}};
}

/* The high halves stand for 2^52, two units of the next column: they are added first and doubled,
 * then the low halves follow. Row by row, so that chains of dependent additions are short. */
ALWAYS_INLINE struct raw8 fe8_mul(const struct fe8 *a, const struct fe8 *b)
{
	const __m512i a0 = a->limb[0], a1 = a->limb[1], a2 = a->limb[2], a3 = a->limb[3],
		      a4 = a->limb[4];
	const __m512i b0 = b->limb[0], b1 = b->limb[1], b2 = b->limb[2], b3 = b->limb[3],
		      b4 = b->limb[4];
	const __m512i zero = _mm512_setzero_si512();
	__m512i c0 = zero, c1 = zero, c2 = zero, c3 = zero, c4 = zero, c5 = zero, c6 = zero,
		c7 = zero, c8 = zero, c9 = zero;

	VERIFY(lanes_are_at_most(a->limb, FE8_LIMB_MAX));
	/* A point is loaded from memory, where limbs of other magnitudes would be truncated. */
	VERIFY(lanes_are_at_most(b->limb, 2 * FE_MASK51));
	FE8_HIGH(c1, a0, b0);
	FE8_HIGH(c2, a0, b1);
	FE8_HIGH(c3, a0, b2);
	FE8_HIGH(c4, a0, b3);
	FE8_HIGH(c5, a0, b4);
	FE8_HIGH(c2, a1, b0);
	FE8_HIGH(c3, a1, b1);
	FE8_HIGH(c4, a1, b2);
	FE8_HIGH(c5, a1, b3);
	FE8_HIGH(c6, a1, b4);
	FE8_HIGH(c3, a2, b0);
	FE8_HIGH(c4, a2, b1);
	FE8_HIGH(c5, a2, b2);
	FE8_HIGH(c6, a2, b3);
	FE8_HIGH(c7, a2, b4);
	FE8_HIGH(c4, a3, b0);
	FE8_HIGH(c5, a3, b1);
	FE8_HIGH(c6, a3, b2);
	FE8_HIGH(c7, a3, b3);
	FE8_HIGH(c8, a3, b4);
	FE8_HIGH(c5, a4, b0);
	FE8_HIGH(c6, a4, b1);
	FE8_HIGH(c7, a4, b2);
	FE8_HIGH(c8, a4, b3);
	FE8_HIGH(c9, a4, b4);
	FE8_TWICE(c1);
	FE8_TWICE(c2);
	FE8_TWICE(c3);
	FE8_TWICE(c4);
	FE8_TWICE(c5);
	FE8_TWICE(c6);
	FE8_TWICE(c7);
	FE8_TWICE(c8);
	FE8_TWICE(c9);
	FE8_LOW(c0, a0, b0);
	FE8_LOW(c1, a0, b1);
	FE8_LOW(c2, a0, b2);
	FE8_LOW(c3, a0, b3);
	FE8_LOW(c4, a0, b4);
	FE8_LOW(c1, a1, b0);
	FE8_LOW(c2, a1, b1);
	FE8_LOW(c3, a1, b2);
	FE8_LOW(c4, a1, b3);
	FE8_LOW(c5, a1, b4);
	FE8_LOW(c2, a2, b0);
	FE8_LOW(c3, a2, b1);
	FE8_LOW(c4, a2, b2);
	FE8_LOW(c5, a2, b3);
	FE8_LOW(c6, a2, b4);
	FE8_LOW(c3, a3, b0);
	FE8_LOW(c4, a3, b1);
	FE8_LOW(c5, a3, b2);
	FE8_LOW(c6, a3, b3);
	FE8_LOW(c7, a3, b4);
	FE8_LOW(c4, a4, b0);
	FE8_LOW(c5, a4, b1);
	FE8_LOW(c6, a4, b2);
	FE8_LOW(c7, a4, b3);
	FE8_LOW(c8, a4, b4);
	return raw8_fold((const __m512i[10]){c0, c1, c2, c3, c4, c5, c6, c7, c8, c9});
}

/* Products of two different limbs count twice; sums are doubled instead of limbs, which might then
 * exceed 52 bits. */
ALWAYS_INLINE struct raw8 fe8_sq(const struct fe8 *a)
{
	const __m512i a0 = a->limb[0], a1 = a->limb[1], a2 = a->limb[2], a3 = a->limb[3],
		      a4 = a->limb[4];
	const __m512i zero = _mm512_setzero_si512();
	__m512i c0 = zero, c1 = zero, c2 = zero, c3 = zero, c4 = zero, c5 = zero, c6 = zero,
		c7 = zero, c8 = zero, c9 = zero;

	VERIFY(lanes_are_at_most(a->limb, FE8_LIMB_MAX));
	FE8_HIGH(c2, a0, a1);
	FE8_HIGH(c3, a0, a2);
	FE8_HIGH(c4, a0, a3);
	FE8_HIGH(c5, a0, a4);
	FE8_HIGH(c4, a1, a2);
	FE8_HIGH(c5, a1, a3);
	FE8_HIGH(c6, a1, a4);
	FE8_HIGH(c6, a2, a3);
	FE8_HIGH(c7, a2, a4);
	FE8_HIGH(c8, a3, a4);
	FE8_TWICE(c2);
	FE8_TWICE(c3);
	FE8_TWICE(c4);
	FE8_TWICE(c5);
	FE8_TWICE(c6);
	FE8_TWICE(c7);
	FE8_TWICE(c8);
	FE8_HIGH(c1, a0, a0);
	FE8_LOW(c1, a0, a1);
	FE8_LOW(c2, a0, a2);
	FE8_HIGH(c3, a1, a1);
	FE8_LOW(c4, a0, a4);
	FE8_HIGH(c5, a2, a2);
	FE8_LOW(c6, a2, a4);
	FE8_HIGH(c7, a3, a3);
	FE8_LOW(c3, a0, a3);
	FE8_LOW(c4, a1, a3);
	FE8_LOW(c5, a1, a4);
	FE8_LOW(c7, a3, a4);
	FE8_HIGH(c9, a4, a4);
	FE8_LOW(c3, a1, a2);
	FE8_LOW(c5, a2, a3);
	FE8_TWICE(c1);
	FE8_TWICE(c2);
	FE8_TWICE(c3);
	FE8_TWICE(c4);
	FE8_TWICE(c5);
	FE8_TWICE(c6);
	FE8_TWICE(c7);
	FE8_TWICE(c8);
	FE8_TWICE(c9);
	FE8_LOW(c0, a0, a0);
	FE8_LOW(c2, a1, a1);
	FE8_LOW(c4, a2, a2);
	FE8_LOW(c6, a3, a3);
	FE8_LOW(c8, a4, a4);
	return raw8_fold((const __m512i[10]){c0, c1, c2, c3, c4, c5, c6, c7, c8, c9});
}

#undef FE8_LOW
#undef FE8_HIGH
#undef FE8_TWICE

/* The outcome of a product, ready for the next. */
ALWAYS_INLINE struct fe8 fe8_product(const struct fe8 *a, const struct fe8 *b)
{
	return fe8_carry(fe8_mul(a, b));
}

ALWAYS_INLINE struct fe8 fe8_square(const struct fe8 *a)
{
	return fe8_carry(fe8_sq(a));
}

ALWAYS_INLINE struct fe8 fe8_add(const struct fe8 *a, const struct fe8 *b)
{
	return fe8_carry(raw8_add(fe8_raw(a), fe8_raw(b)));
}

ALWAYS_INLINE struct fe8 fe8_sub(const struct fe8 *a, const struct fe8 *b)
{
	return fe8_carry(raw8_sub(fe8_raw(a), fe8_raw(b)));
}

ALWAYS_INLINE struct fe8 fe8_neg(const struct fe8 *a)
{
	const struct fe8 zero = fe8_small(0);

	return fe8_sub(&zero, a);
}

/* a in the lanes of the mask, b in the others. */
ALWAYS_INLINE struct fe8 fe8_select(__mmask8 mask, const struct fe8 *a, const struct fe8 *b)
{
	return (struct fe8){{
		_mm512_mask_blend_epi64(mask, b->limb[0], a->limb[0]),
		_mm512_mask_blend_epi64(mask, b->limb[1], a->limb[1]),
		_mm512_mask_blend_epi64(mask, b->limb[2], a->limb[2]),
		_mm512_mask_blend_epi64(mask, b->limb[3], a->limb[3]),
		_mm512_mask_blend_epi64(mask, b->limb[4], a->limb[4]),
	}};
}

/* The representative below p: limbs of 51 bits. */
ALWAYS_INLINE struct fe8 fe8_canonical(const struct fe8 *a)
{
	const __m512i mask = lanes_all(FE_MASK51), nineteen = lanes_all(19);
	struct fe8 out;
	/* a < 2 p, so that a >= p where a + 19 reaches 2^255. */
	__m512i carry = _mm512_srli_epi64(_mm512_add_epi64(a->limb[0], nineteen), 51);

	for (int i = 1; i < 5; i++)
		carry = _mm512_srli_epi64(_mm512_add_epi64(a->limb[i], carry), 51);
	carry = _mm512_madd52lo_epu64(_mm512_setzero_si512(), carry, nineteen);
	for (int i = 0; i < 5; i++) {
		const __m512i limb = _mm512_add_epi64(a->limb[i], carry);

		out.limb[i] = _mm512_and_si512(limb, mask);
		carry = _mm512_srli_epi64(limb, 51);
	}
	return out;
}

/* Of canonical inputs. */
ALWAYS_INLINE __mmask8 fe8_is_equal(const struct fe8 *a, const struct fe8 *b)
{
	__m512i difference = _mm512_xor_si512(a->limb[0], b->limb[0]);

	for (int i = 1; i < 5; i++)
		difference = _mm512_or_si512(difference, _mm512_xor_si512(a->limb[i], b->limb[i]));
	return _mm512_testn_epi64_mask(difference, difference);
}

ALWAYS_INLINE __mmask8 fe8_is_odd(const struct fe8 *a)
{
	return _mm512_test_epi64_mask(a->limb[0], lanes_all(1));
}

/* a or -a, whichever is not negative (RFC 9496 section 3.1). */
ALWAYS_INLINE struct fe8 fe8_abs(const struct fe8 *a)
{
	const struct fe8 canonical = fe8_canonical(a), negative = fe8_neg(a);

	return fe8_select(fe8_is_odd(&canonical), &negative, a);
}

/* Four words of eight rows become four vectors, word by word; and back. Words of the rows need no
 * alignment beyond their own. */
ALWAYS_INLINE __m512i lanes_load_halves(const uint64_t *low, const uint64_t *high)
{
	return _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_loadu_si256((const void *)low)),
				  _mm256_loadu_si256((const void *)high), 1);
}

ALWAYS_INLINE void lanes_load_words(__m512i out[static 4], const uint64_t *const row[static LANES],
				    size_t at)
{
	const __m512i a = lanes_load_halves(row[0] + at, row[2] + at),
		      b = lanes_load_halves(row[1] + at, row[3] + at),
		      c = lanes_load_halves(row[4] + at, row[6] + at),
		      d = lanes_load_halves(row[5] + at, row[7] + at);
	const __m512i even_low = _mm512_unpacklo_epi64(a, b), odd_low = _mm512_unpackhi_epi64(a, b),
		      even_high = _mm512_unpacklo_epi64(c, d),
		      odd_high = _mm512_unpackhi_epi64(c, d);

	out[0] = _mm512_shuffle_i64x2(even_low, even_high, 0x88);
	out[1] = _mm512_shuffle_i64x2(odd_low, odd_high, 0x88);
	out[2] = _mm512_shuffle_i64x2(even_low, even_high, 0xdd);
	out[3] = _mm512_shuffle_i64x2(odd_low, odd_high, 0xdd);
}

ALWAYS_INLINE void lanes_store_halves(uint64_t *low, uint64_t *high, __m512i a)
{
	_mm256_storeu_si256((void *)low, _mm512_castsi512_si256(a));
	_mm256_storeu_si256((void *)high, _mm512_extracti64x4_epi64(a, 1));
}

ALWAYS_INLINE void lanes_store_words(uint64_t *const row[static LANES], size_t at,
				     const __m512i in[static 4])
{
	const __m512i first = _mm512_set_epi64(11, 10, 3, 2, 9, 8, 1, 0),
		      second = _mm512_set_epi64(15, 14, 7, 6, 13, 12, 5, 4);
	const __m512i even_low = _mm512_unpacklo_epi64(in[0], in[1]),
		      odd_low = _mm512_unpackhi_epi64(in[0], in[1]),
		      even_high = _mm512_unpacklo_epi64(in[2], in[3]),
		      odd_high = _mm512_unpackhi_epi64(in[2], in[3]);

	lanes_store_halves(row[0] + at, row[2] + at,
			   _mm512_permutex2var_epi64(even_low, first, even_high));
	lanes_store_halves(row[1] + at, row[3] + at,
			   _mm512_permutex2var_epi64(odd_low, first, odd_high));
	lanes_store_halves(row[4] + at, row[6] + at,
			   _mm512_permutex2var_epi64(even_low, second, even_high));
	lanes_store_halves(row[5] + at, row[7] + at,
			   _mm512_permutex2var_epi64(odd_low, second, odd_high));
}

#endif
