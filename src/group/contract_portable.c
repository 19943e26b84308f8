/* The prover's contraction, one unit at a time. */
#include "contract_backend.h"

#include "edwards.h"
#include "memory.h"

#define LANES        1
#define lanes_point  point
#define lanes_cached cached
#define lanes_affine affine
#define lanes_fe     fe

union contract_entry;

static inline void lanes_load(struct point *out, const struct point *const in[static LANES])
{
	*out = *in[0];
}

static inline void lanes_store(struct point *const out[static LANES], const struct point *in)
{
	*out[0] = *in;
}

static inline void lanes_identity(struct point *out)
{
	point_identity(out);
}

static inline void lanes_select(struct point *out, uint64_t mask, const struct point *a,
				const struct point *b)
{
	fe_select(&out->x, mask, &a->x, &b->x);
	fe_select(&out->y, mask, &a->y, &b->y);
	fe_select(&out->z, mask, &a->z, &b->z);
	fe_select(&out->t, mask, &a->t, &b->t);
}

static inline void lanes_cache(struct cached *out, const struct point *a)
{
	cached_from_point(out, a);
}

static inline void lanes_negate(struct cached *a)
{
	struct fe other = a->y_plus_x;

	a->y_plus_x = a->y_minus_x;
	a->y_minus_x = other;
	fe_carry(&other, &a->t2d);
	fe_neg(&a->t2d, &other);
	wipe(&other, sizeof other);
}

static void lanes_add(struct point *sum, const struct cached *b, bool has_t)
{
	edwards_add_cached(sum, sum, b, has_t);
}

static void lanes_double(struct point *sum)
{
	edwards_double(sum, sum, true);
}

static inline void lanes_fe_one(struct fe *out)
{
	fe_one(out);
}

static inline void lanes_fe_mul(struct fe *out, const struct fe *a, const struct fe *b)
{
	fe_mul(out, a, b);
}

static inline void lanes_fe_invert(struct fe *out, const struct fe *a)
{
	fe_invert(out, a);
}

static void lanes_normalise(struct affine *out, const struct point *a, const struct fe *z_inverse)
{
	struct fe x, y, other;

	fe_mul(&x, &a->x, z_inverse);
	fe_mul(&y, &a->y, z_inverse);
	fe_add(&other, &y, &x);
	fe_carry(&out->y_plus_x, &other);
	fe_sub(&other, &y, &x);
	fe_carry(&out->y_minus_x, &other);
	fe_mul(&other, &x, &y);
	fe_mul(&out->xy2d, &other, &fe_2d);
	wipe(&x, sizeof x);
	wipe(&y, sizeof y);
	wipe(&other, sizeof other);
}

static void lanes_look_up(struct affine *out, const union contract_entry *table, size_t n,
			  uint8_t signs);
static void lanes_add_affine(struct point *sum, const struct affine *b, bool has_t,
			     struct affine *next, const union contract_entry *table, size_t n,
			     uint8_t signs);

#include "contract_template.h"

/* The entry that the signs name but for the first, which makes it negative; all n are read. */
static void lanes_look_up(struct affine *out, const union contract_entry *table, size_t n,
			  uint8_t signs)
{
	enum { N_WORDS = sizeof(struct affine) / sizeof(uint64_t) };
	const uint64_t number = signs >> 1, negative = ct_mask(signs & 1);
	uint64_t words[N_WORDS] = {0}, entry[N_WORDS];
	struct fe minus;

	for (size_t j = 0; j < n; j++) {
		const uint64_t mask = ct_mask(ct_is_equal(number, j));

		memcpy(entry, &table[j].affine, sizeof entry);
		for (int i = 0; i < N_WORDS; i++)
			words[i] |= mask & entry[i];
	}
	memcpy(out, words, sizeof words);
	fe_swap(negative, &out->y_plus_x, &out->y_minus_x);
	fe_neg(&minus, &out->xy2d);
	fe_select(&out->xy2d, negative, &minus, &out->xy2d);
}

static inline __attribute__((always_inline)) void
lanes_add_affine(struct point *sum, const struct affine *b, bool has_t, struct affine *next,
		 const union contract_entry *table, size_t n, uint8_t signs)
{
	edwards_add_affine(sum, sum, b, has_t);
	lanes_look_up(next, table, n, signs);
}

size_t contract_portable_scratch_len(void)
{
	return contract_template_scratch_len();
}

void contract_portable_each(struct point *out, const struct point *in, size_t n_units,
			    const struct contraction *by, void *scratch, size_t scratch_len)
{
	contract_template_each(out, in, n_units, by, scratch, scratch_len);
}
