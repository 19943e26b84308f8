#include "matrix.h"

#include "scratch.h"

/* How many digits the low half has. */
static unsigned low_digits(const struct digits *digits)
{
	return digits->n_digits < 2 ? 1 : digits->n_digits >> 1;
}

size_t matrix_scratch_len(uint64_t n, size_t n_items)
{
	struct digits digits = digits_of_ring(n);

	if (n_items > MATRIX_ITEMS)
		n_items = MATRIX_ITEMS;
	return scratch_need(n_items << (2 * low_digits(&digits)), sizeof(struct scalar)) +
	       2 * scratch_need(n_items, sizeof(struct scalar));
}

/* low[lo * n_items + t] = product over d < h of f^t_{d, lo_d}. */
static void fill_low(struct scalar *low, const struct digits *digits, unsigned h,
		     const struct layout_scalars *items, size_t n_items)
{
	for (size_t t = 0; t < n_items; t++) {
		size_t have = 1;

		low[t] = scalar_one;
		for (unsigned d = 0; d < h; d++, have *= PROOF_RADIX)
			/* From above, so that the values of one digit less are still there. */
			for (unsigned c = digits_radix(digits, d); c-- > 0;)
				for (size_t k = 0; k < have; k++)
					scalar_mul(&low[(c * have + k) * n_items + t],
						   &low[k * n_items + t], &items[t].f[d][c]);
	}
}

/* outer[t] = weight times the product over d > h of f^t_{d, hi_{d-h}}. */
static void fill_outer(struct scalar *outer, unsigned h, uint64_t hi,
		       const struct layout_scalars *items, const struct scalar *weights,
		       size_t n_items)
{
	for (size_t t = 0; t < n_items; t++) {
		outer[t] = weights[t];
		for (unsigned d = h + 1; d < items[t].digits.n_digits; d++)
			scalar_mul(&outer[t], &outer[t],
				   &items[t].f[d][hi >> (2 * (d - h)) & (PROOF_RADIX - 1)]);
	}
}

void matrix_add_vartime(struct scalar *sums, bool is_by_place, size_t first,
			const struct ring *ring, const struct layout_scalars *items,
			const struct scalar *weights, size_t n_items, void *scratch,
			size_t scratch_len)
{
	struct scratch memory = scratch_new(scratch, scratch_len);
	struct digits digits = digits_of_ring(ring->n);
	unsigned h = low_digits(&digits), m = digits.n_digits;
	uint64_t n_low = (uint64_t)1 << (2 * h), last = ring->n - 1;
	struct scalar *low = scratch_take(&memory, n_items << (2 * h), sizeof *low);
	struct scalar *outer = scratch_take(&memory, n_items, sizeof *outer);
	struct scalar *row = scratch_take(&memory, n_items, sizeof *row);
	struct scalar total = scalar_zero, sum, *to;

	CHECK(n_items >= 1 && n_items <= MATRIX_ITEMS);
	fill_low(low, &digits, h, items, n_items);
	for (uint64_t hi = 0; hi << (2 * h) < last; hi++) {
		if ((hi & (PROOF_RADIX - 1)) == 0)
			fill_outer(outer, h, hi, items, weights, n_items);
		for (size_t t = 0; t < n_items; t++)
			if (h < m)
				scalar_mul(&row[t], &outer[t],
					   &items[t].f[h][hi & (PROOF_RADIX - 1)]);
			else
				row[t] = outer[t];
		for (uint64_t lo = 0; lo < n_low; lo++) {
			uint64_t k = (hi << (2 * h)) + lo;
			struct scalar_accumulator accumulator = {{0}};

			if (k >= last)
				break;
			for (size_t t = 0; t < n_items; t++)
				scalar_accumulate(&accumulator, &row[t],
						  &low[(size_t)lo * n_items + t]);
			scalar_accumulator_reduce(&sum, &accumulator);
			scalar_add(&total, &total, &sum);
			to = &sums[is_by_place ? (size_t)k : ring_member(ring, k) - first];
			scalar_add(to, to, &sum);
		}
	}
	/* All phi together are x^m, as each digit's f add up to x: the rest is for the last. */
	sum = scalar_zero;
	for (size_t t = 0; t < n_items; t++)
		scalar_mul_add(&sum, &weights[t], &items[t].x[m], &sum);
	scalar_sub(&sum, &sum, &total);
	to = &sums[is_by_place ? (size_t)last : ring_member(ring, last) - first];
	scalar_add(to, to, &sum);
}
