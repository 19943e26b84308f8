/* The sum of few points times secret scalars: as edwards_combine, but with a term in each lane, and
 * up to four terms a lane at a time. In the end the lanes are added. */
#include "backend_ifma.h"

/* Other builds than the one with these instructions have nothing of this file. */
#if defined(__AVX512F__) && defined(__AVX512IFMA__)

#include "edwards_ifma.h"

#include "ct.h"
#include "edwards.h"

/* Below this number of terms lanes stay empty and scalar code is as fast. */
#define TERMS_MIN 3
/* Tables of so many terms a lane are on the stack at a time (40 KiB). */
#define SLOTS 4

struct combine {
	struct cached8 tables[SLOTS][EDWARDS_TABLE_LEN];
	int8_t digits[SLOTS][EDWARDS_N_DIGITS][LANES];
	struct point8 sum;
	struct cached8 chosen;
	struct point lanes[LANES];
	int8_t own_digits[EDWARDS_N_DIGITS];
};

/* Apart, with operands in memory: inlined, compilers copy so many vectors to and fro. */
static __attribute__((noinline)) void add(struct point8 *sum, const struct cached8 *b)
{
	point8_add_cached(sum, sum, b, true);
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

/* a, and b where the mask is set; not as one ternary intrinsic, which compilers make of it anyway:
 * MemorySanitizer takes the operands of that for uses. */
static inline __m512i or_masked(__m512i a, __m512i mask, __m512i b)
{
	return _mm512_or_si512(a, _mm512_and_si512(mask, b));
}

static inline __m512i select_bits(__m512i mask, __m512i a, __m512i b)
{
	return _mm512_or_si512(_mm512_and_si512(mask, a), _mm512_andnot_si512(mask, b));
}

/* All ones where a is 0; a is small and not negative. */
static inline __m512i mask_of_zero(__m512i a)
{
	return _mm512_srai_epi64(_mm512_sub_epi64(a, lanes_all(1)), 63);
}

/* The multiples of a table that the lanes' digits in [-8, 8] name; all entries are read. */
static __attribute__((noinline)) void look_up(struct cached8 *out,
					      const struct cached8 table[static EDWARDS_TABLE_LEN],
					      const int8_t digits[static LANES])
{
	const __m512i digit = _mm512_cvtepi8_epi64(_mm_loadl_epi64((const void *)digits));
	const __m512i is_negative = _mm512_srai_epi64(digit, 63);
	const __m512i magnitude =
		_mm512_sub_epi64(_mm512_xor_si512(digit, is_negative), is_negative);
	const __m512i zero = _mm512_setzero_si512();
	const __m512i one = _mm512_and_si512(mask_of_zero(magnitude), lanes_all(1));
	struct fe8 minus = {{one, zero, zero, zero, zero}}, plus = minus,
		   z2 = {{_mm512_add_epi64(one, one), zero, zero, zero, zero}},
		   t2d = {{zero, zero, zero, zero, zero}};

	for (uint64_t j = 0; j < EDWARDS_TABLE_LEN; j++) {
		const __m512i mask = mask_of_zero(_mm512_xor_si512(magnitude, lanes_all(j + 1)));

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

		out->y_minus_x.limb[i] = select_bits(is_negative, plus.limb[i], minus.limb[i]);
		out->y_plus_x.limb[i] = select_bits(is_negative, minus.limb[i], plus.limb[i]);
		out->z2.limb[i] = z2.limb[i];
		out->t2d.limb[i] =
			select_bits(is_negative, _mm512_sub_epi64(p2, t2d.limb[i]), t2d.limb[i]);
	}
}

/* Up to SLOTS * LANES terms. Lanes without one have digits 0 all along. */
static void combine(struct point *out, struct combine *own, const struct scalar *scalars,
		    const struct point *points, size_t n)
{
	const size_t n_slots = (n + LANES - 1) / LANES;
	struct point *to[LANES];

	for (size_t slot = 0; slot < n_slots; slot++) {
		const struct point *from[LANES];

		for (size_t i = 0; i < LANES; i++) {
			const size_t at = slot * LANES + i;

			from[i] = &points[at < n ? at : 0];
			edwards_digits(own->own_digits, at < n ? &scalars[at] : &scalar_zero);
			for (size_t j = 0; j < EDWARDS_N_DIGITS; j++)
				own->digits[slot][j][i] = own->own_digits[j];
		}
		point8_load(&own->sum, from);
		make_table(own->tables[slot], &own->sum);
	}
	own->sum = point8_identity();
	for (size_t j = EDWARDS_N_DIGITS; j-- > 0;) {
		if (j < EDWARDS_N_DIGITS - 1) {
			double_without_t(&own->sum);
			double_without_t(&own->sum);
			double_without_t(&own->sum);
			double_with_t(&own->sum);
		}
		for (size_t slot = 0; slot < n_slots; slot++) {
			look_up(&own->chosen, own->tables[slot], own->digits[slot][j]);
			add(&own->sum, &own->chosen);
		}
	}
	for (size_t i = 0; i < LANES; i++)
		to[i] = &own->lanes[i];
	point8_store(to, &own->sum);
	for (size_t i = 0; i < LANES && i < n; i++)
		point_add(out, out, &own->lanes[i]);
}

void combine_ifma(struct point *out, const struct scalar *scalars, const struct point *points,
		  size_t n)
{
	struct combine own;
	struct point sum;

	CHECK(n >= 1 && n <= POINT_COMBINE_MAX);
	if (n < TERMS_MIN) {
		point_combine(out, scalars, points, n);
		return;
	}
	point_identity(&sum);
	for (size_t at = 0; at < n; at += SLOTS * LANES)
		combine(&sum, &own, scalars + at, points + at,
			n - at < SLOTS * LANES ? n - at : SLOTS * LANES);
	*out = sum;
	wipe(&own, sizeof own);
	wipe(&sum, sizeof sum);
}

#endif
