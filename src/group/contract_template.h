/* The prover's contraction of up to three digits at a time (batch.h), for a type of lanes that the
 * including file defines:
 *
 *     LANES, struct lanes_point, lanes_cached, lanes_affine, lanes_fe   as many of each at a time;
 *                                  lanes_point has the members z and t, which are lanes_fe
 *     lanes_load(out, in[LANES]), lanes_store(out[LANES], in)           from and to struct point
 *     lanes_select(out, mask, a, b)                                     a where the mask is set
 *     lanes_cache(out, a), lanes_negate(a)                              a point to be added
 *     lanes_add(sum, cached, has_t), lanes_double(sum)
 *     lanes_add_affine(sum, affine, has_t, next, table, n, signs)       and a look-up into next
 *     lanes_fe_one(out), lanes_fe_mul(out, a, b), lanes_fe_invert(out, a)
 *     lanes_normalise(affine, point, z_inverse)                         may share memory
 *     lanes_look_up(out, table, n, signs)
 *
 * For each unit (one in each lane), of 4^t cells W_k:
 *
 * 1. Along each digit d, the cells that differ in it alone, W_0..W_3, become the selected one,
 *    W_{i_d}, and the differences W_c - W_0. As the a_{d,c} of a digit add up to 0, the sum over k
 *    of prod_d (sigma_{d,k_d} x + a_{d,k_d}) W_k is then that over all places of the product of one
 *    factor for each digit: x for the selected cell, a_{d,c} for a difference. So the terms of
 *    degree g are the places with g selected digits: 27, 27 and 9 for three digits of radix 4.
 * 2. Scalars are odd, after the exchange of s for -(l - s), and written with digits +-1. Four terms
 *    share a table of the eight sums P_0 +- P_1 +- P_2 +- P_3, brought to Z = 1 by one inversion.
 * 3. For each degree: 253 doublings, and after each one addition (7M) for each four terms; all
 *    entries of a table are read for each.
 *
 * No branch and no address depends on the values or on the digits. */
#ifndef UNDERSIGNED_CONTRACT_TEMPLATE_H
#define UNDERSIGNED_CONTRACT_TEMPLATE_H

#include "batch.h"
#include "ct.h"

#define TABLE_LEN ((size_t)1 << (CONTRACTION_TERMS - 1))

/* A sum of a table's terms, before and after it was brought to Z = 1. */
union contract_entry {
	struct lanes_point point;
	struct lanes_affine affine;
};

struct contract_scratch {
	struct lanes_point cells[CONTRACTION_CELLS];
	union contract_entry tables[CONTRACTION_TABLES][TABLE_LEN];
	struct lanes_point sum;
	struct lanes_cached plus, minus;
	struct lanes_affine chosen[2];
	struct lanes_fe product, inverse;
	struct point unused;
};

static size_t contract_template_scratch_len(void)
{
	return sizeof(struct contract_scratch);
}

/* Step 1. */
static void contract_differences(struct contract_scratch *own, const struct contraction *by)
{
	struct lanes_point *const cells = own->cells, *const selected = &own->sum;
	size_t step = 1;

	for (unsigned d = 0; d < by->n_digits; step *= by->radix[d++])
		for (size_t k = 0; k < by->n_cells; k++) {
			if (k / step % by->radix[d] != 0)
				continue;
			*selected = cells[k];
			lanes_cache(&own->minus, &cells[k]);
			lanes_negate(&own->minus);
			for (unsigned c = 1; c < by->radix[d]; c++) {
				struct lanes_point *const cell = &cells[k + c * step];

				lanes_select(selected, ct_mask(ct_is_equal(by->digit[d], c)), cell,
					     selected);
				lanes_add(cell, &own->minus, true);
			}
			cells[k] = *selected;
		}
}

/* Step 2, but for the inversion. */
static void contract_sums(union contract_entry table[static TABLE_LEN],
			  struct contract_scratch *own, const struct contraction_table *by)
{
	table[0].point = own->cells[by->place[0]];
	for (unsigned j = 1; j < by->n_terms; j++) {
		const size_t n = (size_t)1 << (j - 1);

		lanes_cache(&own->plus, &own->cells[by->place[j]]);
		own->minus = own->plus;
		lanes_negate(&own->minus);
		for (size_t i = 0; i < n; i++) {
			table[n + i].point = table[i].point;
			lanes_add(&table[n + i].point, &own->minus, j + 1 < by->n_terms);
			lanes_add(&table[i].point, &own->plus, j + 1 < by->n_terms);
		}
	}
}

static size_t contract_table_len(const struct contraction_table *table)
{
	return (size_t)1 << (table->n_terms - 1);
}

/* The inversion, of the product of all Z. T, which is not needed any more, takes the product of
 * those before. Z is never 0. */
static void contract_normalise(struct contract_scratch *own, const struct contraction *by)
{
	lanes_fe_one(&own->product);
	for (size_t j = 0; j < by->n_tables; j++)
		for (size_t i = 0; i < contract_table_len(&by->tables[j]); i++) {
			struct lanes_point *const point = &own->tables[j][i].point;

			point->t = own->product;
			lanes_fe_mul(&own->product, &own->product, &point->z);
		}
	lanes_fe_invert(&own->inverse, &own->product);
	for (size_t j = by->n_tables; j-- > 0;)
		for (size_t i = contract_table_len(&by->tables[j]); i-- > 0;) {
			union contract_entry *const entry = &own->tables[j][i];

			lanes_fe_mul(&own->product, &own->inverse, &entry->point.t);
			lanes_fe_mul(&own->inverse, &own->inverse, &entry->point.z);
			lanes_normalise(&entry->affine, &entry->point, &own->product);
		}
}

/* Step 3, for the tables from begin up to end. The entry for the next addition is looked up beside
 * each; after the last one, in vain. */
static void contract_degree(struct contract_scratch *own, const struct contraction *by,
			    size_t begin, size_t end)
{
	const struct contraction_table *const tables = by->tables;
	struct lanes_affine *chosen = &own->chosen[0], *next = &own->chosen[1], *other;

	lanes_look_up(chosen, own->tables[begin], contract_table_len(&tables[begin]),
		      tables[begin].signs[CONTRACTION_BITS - 1]);
	for (size_t i = CONTRACTION_BITS; i-- > 0;) {
		if (i < CONTRACTION_BITS - 1)
			lanes_double(&own->sum);
		for (size_t j = begin; j < end; j++) {
			const bool is_last = j + 1 == end;
			const size_t next_j = is_last ? begin : j + 1;

			lanes_add_affine(&own->sum, chosen, !is_last || i == 0, next,
					 own->tables[next_j], contract_table_len(&tables[next_j]),
					 tables[next_j].signs[is_last && i > 0 ? i - 1 : i]);
			other = chosen;
			chosen = next;
			next = other;
		}
	}
}

static void contract_template_each(struct point *out, const struct point *in, size_t n_units,
				   const struct contraction *by, void *scratch, size_t scratch_len)
{
	struct contract_scratch *const own = scratch;
	const size_t n_out = by->n_digits + 1;

	CHECK(scratch_len >= sizeof *own);
	CHECK((uintptr_t)scratch % _Alignof(struct contract_scratch) == 0);
	for (size_t first = 0; first < n_units; first += LANES) {
		const struct point *units[LANES];
		struct point *sums[LANES];

		/* Lanes without a unit do the first one again. */
		for (size_t i = 0; i < LANES; i++) {
			const bool is_used = first + i < n_units;

			units[i] = &in[(is_used ? first + i : first) * by->n_cells];
			sums[i] = is_used ? &out[(first + i) * n_out] : &own->unused;
		}
		for (size_t k = 0; k < by->n_cells; k++) {
			lanes_load(&own->cells[k], units);
			for (size_t i = 0; i < LANES; i++)
				units[i]++;
		}
		contract_differences(own, by);
		for (size_t j = 0; j < by->n_tables; j++)
			contract_sums(own->tables[j], own, &by->tables[j]);
		contract_normalise(own, by);
		for (unsigned g = 0; g < n_out; g++) {
			if (g < by->n_digits) {
				lanes_identity(&own->sum);
				contract_degree(own, by, by->first_table[g],
						by->first_table[g + 1]);
			} else {
				own->sum = own->cells[0];
			}
			lanes_store(sums, &own->sum);
			for (size_t i = 0; i < LANES && first + i < n_units; i++)
				sums[i]++;
		}
	}
	wipe(own, sizeof *own);
}

#endif
