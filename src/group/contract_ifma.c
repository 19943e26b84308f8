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
static void lanes_add_affine(struct point8 *sum, const struct affine8 *b, bool has_t,
			     struct affine8 *next, const union contract_entry *table, size_t n,
			     uint8_t signs);

#include "contract_template.h"

/* A look-up of the entry that the signs name but for the first, which makes it negative. All
 * entries are read. */
struct look_up {
	struct affine8 *out;
	const union contract_entry *table;
	__m512i masks[TABLE_LEN], is_negative;
	struct fe8 minus, plus;
};

ALWAYS_INLINE void put_y(struct affine8 *out, __m512i is_negative, const struct fe8 *minus,
			 const struct fe8 *plus)
{
	for (size_t i = 0; i < 5; i++) {
		out->y_minus_x.limb[i] = select_bits(is_negative, plus->limb[i], minus->limb[i]);
		out->y_plus_x.limb[i] = select_bits(is_negative, minus->limb[i], plus->limb[i]);
	}
}

ALWAYS_INLINE void put_xy2d(struct affine8 *out, __m512i is_negative, const struct fe8 *xy2d)
{
	for (size_t i = 0; i < 5; i++) {
		/* 2 p less it, not carried: below 2^52. */
		const __m512i p2 = lanes_all(i == 0 ? 2 * (FE_MASK51 - 18) : 2 * FE_MASK51);

		out->xy2d.limb[i] = select_bits(is_negative, _mm512_sub_epi64(p2, xy2d->limb[i]),
						xy2d->limb[i]);
	}
}

ALWAYS_INLINE void or_masked(struct fe8 *out, __m512i mask, const struct fe8 *in)
{
	for (size_t i = 0; i < 5; i++)
		out->limb[i] = _mm512_or_si512(out->limb[i], _mm512_and_si512(mask, in->limb[i]));
}

ALWAYS_INLINE __m512i mask_of(uint8_t signs, size_t entry)
{
	return lanes_all(ct_mask(ct_is_equal(signs >> 1, entry)));
}

static __attribute__((noinline)) void
lanes_look_up(struct affine8 *out, const union contract_entry *table, size_t n, uint8_t signs)
{
	const __m512i is_negative = lanes_all(ct_mask(signs & 1));
	struct fe8 minus = fe8_small(0), plus = minus, xy2d = minus;

	for (size_t j = 0; j < n; j++) {
		const __m512i mask = mask_of(signs, j);

		or_masked(&minus, mask, &table[j].affine.y_minus_x);
		or_masked(&plus, mask, &table[j].affine.y_plus_x);
		or_masked(&xy2d, mask, &table[j].affine.xy2d);
	}
	put_y(out, is_negative, &minus, &plus);
	put_xy2d(out, is_negative, &xy2d);
}

/* The same of a full table, a coordinate at a time. */
ALWAYS_INLINE struct look_up look_up_new(struct affine8 *out, const union contract_entry *table,
					 uint8_t signs)
{
	struct look_up by = {.out = out, .table = table};

	by.is_negative = lanes_all(ct_mask(signs & 1));
	for (size_t j = 0; j < TABLE_LEN; j++)
		by.masks[j] = mask_of(signs, j);
	return by;
}

ALWAYS_INLINE void look_up_part(void *context, int part)
{
	struct look_up *const by = context;
	struct fe8 sum = fe8_small(0);

	if (part == 2) {
		put_y(by->out, by->is_negative, &by->minus, &by->plus);
		return;
	}
	for (size_t j = 0; j < TABLE_LEN; j++) {
		const struct affine8 *const entry = &by->table[j].affine;

		or_masked(&sum, by->masks[j],
			  part == 0   ? &entry->y_minus_x
			  : part == 1 ? &entry->y_plus_x
				      : &entry->xy2d);
	}
	if (part == 0)
		by->minus = sum;
	else if (part == 1)
		by->plus = sum;
	else
		put_xy2d(by->out, by->is_negative, &sum);
}

static __attribute__((noinline)) void add_full_with_t(struct point8 *sum, const struct affine8 *b,
						      struct affine8 *next,
						      const union contract_entry *table,
						      uint8_t signs)
{
	struct look_up by = look_up_new(next, table, signs);

	point8_add_affine(sum, sum, b, true, look_up_part, &by);
}

static __attribute__((noinline)) void
add_full_without_t(struct point8 *sum, const struct affine8 *b, struct affine8 *next,
		   const union contract_entry *table, uint8_t signs)
{
	struct look_up by = look_up_new(next, table, signs);

	point8_add_affine(sum, sum, b, false, look_up_part, &by);
}

static __attribute__((noinline)) void add_with_t_alone(struct point8 *sum, const struct affine8 *b)
{
	point8_add_affine(sum, sum, b, true, point8_nothing_beside, NULL);
}

static __attribute__((noinline)) void add_without_t_alone(struct point8 *sum,
							  const struct affine8 *b)
{
	point8_add_affine(sum, sum, b, false, point8_nothing_beside, NULL);
}

/* Full tables are most. */
static void lanes_add_affine(struct point8 *sum, const struct affine8 *b, bool has_t,
			     struct affine8 *next, const union contract_entry *table, size_t n,
			     uint8_t signs)
{
	if (n == TABLE_LEN && has_t) {
		add_full_with_t(sum, b, next, table, signs);
	} else if (n == TABLE_LEN) {
		add_full_without_t(sum, b, next, table, signs);
	} else {
		if (has_t)
			add_with_t_alone(sum, b);
		else
			add_without_t_alone(sum, b);
		lanes_look_up(next, table, n, signs);
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
