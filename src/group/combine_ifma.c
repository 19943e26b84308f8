/* The prover's sums of few points by the same secret scalars, eight groups at a time: the digits
 * are those of all lanes. For each term a table of the multiples 1 to 8, all of whose entries are
 * read for each of 64 signed digits; the terms share the doublings. */
#include "backend_ifma.h"

/* Other builds than the one with these instructions have nothing of this file. */
#if defined(__AVX512F__) && defined(__AVX512IFMA__)

#include "edwards_ifma.h"

#include "ct.h"
#include "edwards.h"

#define TERMS_MAX 4

struct combine_scratch {
	struct cached8 tables[TERMS_MAX][EDWARDS_TABLE_LEN];
	int8_t digits[TERMS_MAX][EDWARDS_N_DIGITS];
};

_Static_assert(sizeof(struct combine_scratch) <= 48 * 1024, "the tables ought to stay in L1");

size_t combine_ifma_scratch_len(void)
{
	return sizeof(struct combine_scratch);
}

static __attribute__((noinline)) void add(struct point8 *sum, const struct cached8 *b)
{
	point8_add_cached(sum, sum, b, true);
}

static __attribute__((noinline)) void add_without_t(struct point8 *sum, const struct cached8 *b)
{
	point8_add_cached(sum, sum, b, false);
}

static __attribute__((noinline)) void double_with_t(struct point8 *sum)
{
	point8_double(sum, sum, true);
}

static __attribute__((noinline)) void double_without_t(struct point8 *sum)
{
	point8_double(sum, sum, false);
}

static void make_table(struct cached8 table[static EDWARDS_TABLE_LEN], struct point8 *multiple)
{
	const struct fe8 twice_d = fe8_all(&fe_2d);

	table[0] = cached8_from_point8(multiple, &twice_d);
	for (size_t i = 1; i < EDWARDS_TABLE_LEN; i++) {
		add(multiple, &table[0]);
		table[i] = cached8_from_point8(multiple, &twice_d);
	}
}

ALWAYS_INLINE __m512i swap_bits(__m512i mask, __m512i a, __m512i b)
{
	/* b where the mask is set, a elsewhere */
	return _mm512_or_si512(_mm512_and_si512(mask, b), _mm512_andnot_si512(mask, a));
}

/* a, and b where the mask is set. Not as one ternary intrinsic, which compilers make of it anyway:
 * MemorySanitizer takes the operands of that for uses. */
static inline __m512i or_masked(__m512i a, __m512i mask, __m512i b)
{
	return _mm512_or_si512(a, _mm512_and_si512(mask, b));
}

/* The multiple of a table that a digit in [-8, 8] names. */
static __attribute__((noinline)) void
look_up(struct cached8 *out, const struct cached8 table[static EDWARDS_TABLE_LEN], int8_t digit)
{
	const uint64_t bits = ct_barrier((uint64_t)(int64_t)digit);
	const uint64_t negative = ct_barrier(0 - (bits >> 63)),
		       magnitude = (bits ^ negative) - negative;
	const __m512i zero = _mm512_setzero_si512(), is_negative = lanes_all(negative);
	__m512i mask = lanes_all(ct_mask(ct_is_zero(magnitude)));
	const __m512i one = _mm512_and_si512(mask, lanes_all(1));
	struct fe8 minus = {{one, zero, zero, zero, zero}}, plus = minus,
		   z2 = {{_mm512_add_epi64(one, one), zero, zero, zero, zero}},
		   t2d = {{zero, zero, zero, zero, zero}};

	for (uint64_t j = 0; j < EDWARDS_TABLE_LEN; j++) {
		mask = lanes_all(ct_mask(ct_is_equal(magnitude, j + 1)));
		for (size_t i = 0; i < 5; i++) {
			minus.limb[i] = or_masked(minus.limb[i], mask, table[j].y_minus_x.limb[i]);
			plus.limb[i] = or_masked(plus.limb[i], mask, table[j].y_plus_x.limb[i]);
			z2.limb[i] = or_masked(z2.limb[i], mask, table[j].z2.limb[i]);
			t2d.limb[i] = or_masked(t2d.limb[i], mask, table[j].t2d.limb[i]);
		}
	}
	for (size_t i = 0; i < 5; i++) {
		/* 2 p less it, not carried: below 2^52. */
		const __m512i p2 = lanes_all(i == 0 ? 2 * (FE_MASK51 - 18) : 2 * FE_MASK51);

		out->y_minus_x.limb[i] = swap_bits(is_negative, minus.limb[i], plus.limb[i]);
		out->y_plus_x.limb[i] = swap_bits(is_negative, plus.limb[i], minus.limb[i]);
		out->z2.limb[i] = z2.limb[i];
		out->t2d.limb[i] =
			swap_bits(is_negative, t2d.limb[i], _mm512_sub_epi64(p2, t2d.limb[i]));
	}
}

static void combine_lanes(struct point8 *sum, const struct combine_scratch *own, size_t n_terms)
{
	struct cached8 multiple;

	*sum = point8_identity();
	for (size_t i = EDWARDS_N_DIGITS; i-- > 0;) {
		if (i < EDWARDS_N_DIGITS - 1) {
			double_without_t(sum);
			double_without_t(sum);
			double_without_t(sum);
			double_with_t(sum);
		}
		for (size_t j = 0; j < n_terms; j++) {
			look_up(&multiple, own->tables[j], own->digits[j][i]);
			if (j + 1 < n_terms || i == 0)
				add(sum, &multiple);
			else
				add_without_t(sum, &multiple);
		}
	}
	wipe(&multiple, sizeof multiple);
}

void combine_ifma_each(struct point *out, const struct point *in, size_t n_groups,
		       const struct scalar *scalars, size_t n_terms, void *scratch,
		       size_t scratch_len)
{
	struct combine_scratch *const own = scratch;
	struct point8 sum;
	struct point unused;

	CHECK(n_terms >= 1 && n_terms <= TERMS_MAX && scratch_len >= sizeof *own);
	CHECK((uintptr_t)scratch % _Alignof(struct combine_scratch) == 0);
	for (size_t i = 0; i < n_terms; i++)
		edwards_digits(own->digits[i], &scalars[i]);
	for (size_t group = 0; group < n_groups; group += LANES) {
		struct point *results[LANES];

		for (size_t term = 0; term < n_terms; term++) {
			const struct point *points[LANES];

			for (size_t i = 0; i < LANES; i++)
				points[i] =
					&in[(group + i < n_groups ? group + i : group) * n_terms +
					    term];
			point8_load(&sum, points);
			make_table(own->tables[term], &sum);
		}
		combine_lanes(&sum, own, n_terms);
		for (size_t i = 0; i < LANES; i++)
			results[i] = group + i < n_groups ? &out[group + i] : &unused;
		point8_store(results, &sum);
	}
	wipe(own, sizeof *own);
	wipe(&sum, sizeof sum);
	wipe(&unused, sizeof unused);
}

#endif
