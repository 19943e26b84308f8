/* What a contraction's backends share: its terms, and their scalars as signs. */
#include "batch.h"

#include "ct.h"
#include "memory.h"

static const struct scalar order = {
	{0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000}};

/* The digits of a place that are 0: those of the selected cells. */
static unsigned degree_of(const struct contraction *by, size_t place)
{
	unsigned degree = 0;

	for (unsigned d = 0; d < by->n_digits; place /= by->radix[d++])
		degree += place % by->radix[d] == 0;
	return degree;
}

/* The product of the a of a place's other digits. */
static void coefficient(struct scalar *out, const struct contraction *by, size_t place,
			const struct scalar (*a)[CONTRACTION_RADIX])
{
	*out = scalar_one;
	for (unsigned d = 0; d < by->n_digits; place /= by->radix[d++])
		if (place % by->radix[d] != 0)
			scalar_mul(out, out, &a[d][place % by->radix[d]]);
}

/* Bit i of out[0..3] set: the digit of 2^i is -1. With v = s or, if that is even, l - s, both of
 * them odd and below 2^253, v = sum over i < 252 of (+1 if bit i + 1 of v is set, else -1) 2^i
 * + 2^252. */
static void signs_of(uint64_t out[static 4], const struct scalar *s)
{
	const uint64_t is_even = 1 ^ (s->limb[0] & 1), mask = ct_mask(is_even);
	uint64_t v[4], borrow = 0;

	for (int i = 0; i < 4; i++) {
		const uint64_t difference = order.limb[i] - s->limb[i];
		const uint64_t under = order.limb[i] < s->limb[i];

		v[i] = ct_select(mask, difference - borrow, s->limb[i]);
		borrow = ct_barrier(under | (uint64_t)(difference < borrow));
	}
	for (int i = 0; i < 4; i++)
		out[i] = ~(v[i] >> 1 | (i < 3 ? v[i + 1] << 63 : UINT64_C(1) << 60)) ^ mask;
	wipe(v, sizeof v);
}

static void table_new(struct contraction_table *out, const struct contraction *by,
		      const struct scalar (*a)[CONTRACTION_RADIX])
{
	uint64_t signs[CONTRACTION_TERMS][4];
	struct scalar product;

	for (unsigned j = 0; j < out->n_terms; j++) {
		coefficient(&product, by, out->place[j], a);
		signs_of(signs[j], &product);
	}
	for (size_t i = 0; i < CONTRACTION_BITS; i++) {
		const uint64_t first = signs[0][i / 64] >> i % 64 & 1;
		uint64_t all = first;

		for (unsigned j = 1; j < out->n_terms; j++)
			all |= ((signs[j][i / 64] >> i % 64 & 1) ^ first) << j;
		out->signs[i] = (uint8_t)all;
	}
	wipe(signs, sizeof signs);
	wipe(&product, sizeof product);
}

void contraction_new(struct contraction *out, unsigned n_digits, const unsigned *radix,
		     const uint64_t *digit, const struct scalar (*a)[CONTRACTION_RADIX])
{
	CHECK(n_digits >= 1 && n_digits <= CONTRACTION_DIGITS);
	*out = (struct contraction){.n_digits = n_digits, .n_cells = 1};
	for (unsigned d = 0; d < n_digits; d++) {
		CHECK(radix[d] >= 2 && radix[d] <= CONTRACTION_RADIX);
		out->radix[d] = radix[d];
		out->digit[d] = digit[d];
		out->n_cells *= radix[d];
	}
	for (unsigned g = 0; g < n_digits; g++) {
		const size_t first = out->n_tables;

		out->first_table[g] = out->n_tables;
		for (size_t place = 0; place < out->n_cells; place++) {
			if (degree_of(out, place) != g)
				continue;
			if (out->n_tables == first ||
			    out->tables[out->n_tables - 1].n_terms == CONTRACTION_TERMS) {
				CHECK(out->n_tables < CONTRACTION_TABLES);
				out->n_tables++;
			}
			struct contraction_table *table = &out->tables[out->n_tables - 1];
			table->place[table->n_terms++] = (unsigned)place;
		}
	}
	out->first_table[n_digits] = out->n_tables;
	for (size_t j = 0; j < out->n_tables; j++)
		table_new(&out->tables[j], out, a);
}
