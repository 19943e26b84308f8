/* The prover's contraction, eight units at a time. */
#include "backend_ifma.h"

/* Other builds than the one with these instructions have nothing of this file. */
#if defined(__AVX512F__) && defined(__AVX512IFMA__)

#include "edwards_ifma.h"

#include "ct.h"
#include "edwards.h"

#define lanes_point  point8
#define lanes_cached cached8
#define lanes_affine affine8
#define lanes_fe     fe8

union contract_entry;

static inline void lanes_load(struct point8 *out, const struct point *const in[static LANES])
{
	point8_load(out, in);
}

static inline void lanes_store(struct point *const out[static LANES], const struct point8 *in)
{
	point8_store(out, in);
}

static inline void lanes_identity(struct point8 *out)
{
	*out = point8_identity();
}

static inline __m512i select_bits(__m512i mask, __m512i a, __m512i b)
{
	/* Not as one ternary intrinsic, which compilers make of it anyway: MemorySanitizer takes
	 * the operands of that for uses. */
	return _mm512_or_si512(_mm512_and_si512(mask, a), _mm512_andnot_si512(mask, b));
}

static inline void lanes_select(struct point8 *out, uint64_t mask, const struct point8 *a,
				const struct point8 *b)
{
	const __m512i lanes = lanes_all(mask);

	for (size_t i = 0; i < 5; i++) {
		out->y_minus_x.limb[i] =
			select_bits(lanes, a->y_minus_x.limb[i], b->y_minus_x.limb[i]);
		out->y_plus_x.limb[i] =
			select_bits(lanes, a->y_plus_x.limb[i], b->y_plus_x.limb[i]);
		out->z.limb[i] = select_bits(lanes, a->z.limb[i], b->z.limb[i]);
		out->t.limb[i] = select_bits(lanes, a->t.limb[i], b->t.limb[i]);
	}
}

static void lanes_cache(struct cached8 *out, const struct point8 *a)
{
	const struct fe8 twice_d = fe8_all(&fe_2d);

	*out = cached8_from_point8(a, &twice_d);
}

static void lanes_negate(struct cached8 *a)
{
	for (size_t i = 0; i < 5; i++) {
		const __m512i other = a->y_minus_x.limb[i];

		a->y_minus_x.limb[i] = a->y_plus_x.limb[i];
		a->y_plus_x.limb[i] = other;
	}
	a->t2d = fe8_neg(&a->t2d);
}

/* Apart, with operands in memory: inlined, compilers copy so many vectors to and fro. */
static __attribute__((noinline)) void add_with_t(struct point8 *sum, const struct cached8 *b)
{
	point8_add_cached(sum, sum, b, true);
}

static __attribute__((noinline)) void add_without_t(struct point8 *sum, const struct cached8 *b)
{
	point8_add_cached(sum, sum, b, false);
}

static inline void lanes_add(struct point8 *sum, const struct cached8 *b, bool has_t)
{
	if (has_t)
		add_with_t(sum, b);
	else
		add_without_t(sum, b);
}

static __attribute__((noinline)) void lanes_double(struct point8 *sum)
{
	point8_double(sum, sum, true);
}

static __attribute__((noinline)) void add_affine_with_t(struct point8 *sum, const struct affine8 *b)
{
	point8_add_affine(sum, sum, b, true);
}

static __attribute__((noinline)) void add_affine_without_t(struct point8 *sum,
							   const struct affine8 *b)
{
	point8_add_affine(sum, sum, b, false);
}

static inline void lanes_add_affine(struct point8 *sum, const struct affine8 *b, bool has_t)
{
	if (has_t)
		add_affine_with_t(sum, b);
	else
		add_affine_without_t(sum, b);
}

static inline void lanes_fe_one(struct fe8 *out)
{
	*out = fe8_small(1);
}

static inline void lanes_fe_mul(struct fe8 *out, const struct fe8 *a, const struct fe8 *b)
{
	*out = fe8_product(a, b);
}

/* One after the other, by one inversion of their product: as long as a chain of squarings of
 * vectors. */
static void lanes_fe_invert(struct fe8 *out, const struct fe8 *a)
{
	uint64_t words[5][LANES];
	struct fe lane[LANES], before[LANES], product, inverse;

	for (size_t i = 0; i < 5; i++)
		_mm512_storeu_si512(words[i], a->limb[i]);
	fe_one(&product);
	for (size_t at = 0; at < LANES; at++) {
		for (size_t i = 0; i < 5; i++)
			lane[at].limb[i] = words[i][at];
		fe_carry(&lane[at], &lane[at]);
		before[at] = product;
		fe_mul(&product, &product, &lane[at]);
	}
	fe_invert(&inverse, &product);
	for (size_t at = LANES; at-- > 0;) {
		fe_mul(&product, &inverse, &before[at]);
		fe_mul(&inverse, &inverse, &lane[at]);
		for (size_t i = 0; i < 5; i++)
			words[i][at] = product.limb[i];
	}
	for (size_t i = 0; i < 5; i++)
		out->limb[i] = _mm512_loadu_si512(words[i]);
	wipe(words, sizeof words);
	wipe(lane, sizeof lane);
	wipe(before, sizeof before);
	wipe(&product, sizeof product);
	wipe(&inverse, sizeof inverse);
}

/* With m = y - x and p = y + x, 2 d x y = d/2 (p^2 - m^2). */
static __attribute__((noinline)) void lanes_normalise(struct affine8 *out, const struct point8 *a,
						      const struct fe8 *z_inverse)
{
	/* d/2 */
	static const struct fe half_d = FE_FROM_WORDS(0xbaf5a6e509acbc48, 0x00380526a0a0ec55,
						      0xc663a03cbbbcf44c, 0x6901b67715b7ff39);
	const struct fe8 factor = fe8_all(&half_d);
	const struct fe8 minus = fe8_product(&a->y_minus_x, z_inverse),
			 plus = fe8_product(&a->y_plus_x, z_inverse);
	const struct raw8 mm = fe8_sq(&minus), pp = fe8_sq(&plus);
	const struct fe8 difference = fe8_carry(raw8_sub(pp, mm));

	out->y_minus_x = minus;
	out->y_plus_x = plus;
	out->xy2d = fe8_product(&difference, &factor);
}

static void lanes_look_up(struct affine8 *out, const union contract_entry *table, size_t n,
			  uint8_t signs);

#include "contract_template.h"

/* The entry that the signs name but for the first, which makes it negative; all n are read. */
static __attribute__((noinline)) void
lanes_look_up(struct affine8 *out, const union contract_entry *table, size_t n, uint8_t signs)
{
	const uint64_t number = signs >> 1;
	const __m512i is_negative = lanes_all(ct_mask(signs & 1)), zero = _mm512_setzero_si512();
	struct fe8 minus = {{zero, zero, zero, zero, zero}}, plus = minus, xy2d = minus;

	for (size_t j = 0; j < n; j++) {
		const struct affine8 *const entry = &table[j].affine;
		const __m512i mask = lanes_all(ct_mask(ct_is_equal(number, j)));

		for (size_t i = 0; i < 5; i++) {
			minus.limb[i] = _mm512_or_si512(
				minus.limb[i], _mm512_and_si512(mask, entry->y_minus_x.limb[i]));
			plus.limb[i] = _mm512_or_si512(
				plus.limb[i], _mm512_and_si512(mask, entry->y_plus_x.limb[i]));
			xy2d.limb[i] = _mm512_or_si512(xy2d.limb[i],
						       _mm512_and_si512(mask, entry->xy2d.limb[i]));
		}
	}
	for (size_t i = 0; i < 5; i++) {
		/* 2 p less it, not carried: below 2^52. */
		const __m512i p2 = lanes_all(i == 0 ? 2 * (FE_MASK51 - 18) : 2 * FE_MASK51);

		out->y_minus_x.limb[i] = select_bits(is_negative, plus.limb[i], minus.limb[i]);
		out->y_plus_x.limb[i] = select_bits(is_negative, minus.limb[i], plus.limb[i]);
		out->xy2d.limb[i] =
			select_bits(is_negative, _mm512_sub_epi64(p2, xy2d.limb[i]), xy2d.limb[i]);
	}
}

size_t contract_ifma_scratch_len(void)
{
	return contract_template_scratch_len();
}

void contract_ifma_each(struct point *out, const struct point *in, size_t n_units,
			const struct contraction *by, void *scratch, size_t scratch_len)
{
	contract_template_each(out, in, n_units, by, scratch, scratch_len);
}

#endif
