#include "contract.h"

#include "scratch.h"

#include "batch.h"
#include "ct.h"

/* Sums computed in one call of the backend. */
#define BLOCK 64

/* One level: cells are polynomials of this degree in x, stored one after the other. Those past the
 * end stand for blocks of nothing but padding: [0, .., 0, C_{N-1}], as the sum of a digit's a is 0.
 */
struct level {
	const struct ring *ring; /* the cells of degree 0 */
	const struct point *cells;
	uint64_t n_cells;
	size_t degree;
	struct point last; /* C_{N-1} */
};

static void cell(struct point *out, const struct level *level, uint64_t k, size_t e)
{
	if (k >= level->n_cells) {
		if (e == level->degree)
			*out = level->last;
		else
			point_identity(out);
	} else if (level->degree == 0) {
		point_from_affine(out, ring_point(level->ring, k));
	} else {
		*out = level->cells[k * (level->degree + 1) + e];
	}
}

/* The coefficient e of the cell of a group that has the member's digit, found by reading all. */
static void select_cell(struct point *out, const struct level *level, uint64_t group,
			unsigned radix, uint64_t digit, size_t e)
{
	struct point other;

	cell(out, level, group * radix, e);
	for (unsigned c = 1; c < radix; c++) {
		cell(&other, level, group * radix + c, e);
		point_select(out, ct_is_equal(digit, c), &other, out);
	}
	wipe(&other, sizeof other);
}

/* What a block works in. */
struct work {
	struct point *differences; /* BLOCK * (PROOF_RADIX - 1) */
	struct point *sums;        /* BLOCK */
	void *scratch;
	size_t scratch_len;
};

/* A place in a level: coefficient e of a group of cells, in the order in which they are computed.
 */
struct place {
	uint64_t group;
	size_t e;
};

static void advance(struct place *place, const struct level *level)
{
	if (place->e++ == level->degree) {
		place->e = 0;
		place->group++;
	}
}

/* From *place on, n times: the sum of a_c (W_c - W_0), plus the selected cell times x. */
static void contract_block(struct point *out, const struct level *level, struct place *place,
			   size_t n, unsigned radix, uint64_t digit, const struct scalar *a,
			   const struct work *work)
{
	struct point zero, chosen, *difference = work->differences;
	struct place start = *place;

	for (size_t u = 0; u < n; u++, advance(place, level)) {
		cell(&zero, level, place->group * radix, place->e);
		for (unsigned c = 1; c < radix; c++, difference++) {
			cell(difference, level, place->group * radix + c, place->e);
			point_sub(difference, difference, &zero);
		}
	}
	points_combine_each(work->sums, work->differences, n, a + 1, radix - 1, work->scratch,
			    work->scratch_len);
	*place = start;
	for (size_t u = 0; u < n; u++, advance(place, level)) {
		struct point *to = &out[place->group * (level->degree + 2) + place->e];

		*to = work->sums[u];
		if (place->e > 0) {
			select_cell(&chosen, level, place->group, radix, digit, place->e - 1);
			point_add(to, to, &chosen);
		}
		if (place->e == level->degree)
			select_cell(to + 1, level, place->group, radix, digit, place->e);
	}
	wipe(&zero, sizeof zero);
	wipe(&chosen, sizeof chosen);
}

static size_t n_groups(uint64_t n_cells)
{
	return (size_t)((n_cells + 3) >> 2);
}

/* Levels write into two arrays in turn; the first two levels need the most. */
static size_t first_len(uint64_t n)
{
	size_t a = 2 * n_groups(n), least = PROOF_DIGITS + 1;

	return a > least ? a : least;
}

static size_t second_len(uint64_t n)
{
	size_t a = 3 * n_groups(n_groups(n)), least = PROOF_DIGITS + 1;

	return a > least ? a : least;
}

size_t contract_scratch_len(uint64_t n)
{
	return scratch_need(first_len(n), sizeof(struct point)) +
	       scratch_need(second_len(n), sizeof(struct point)) +
	       scratch_need(BLOCK * (PROOF_RADIX - 1), sizeof(struct point)) +
	       scratch_need(BLOCK, sizeof(struct point)) + scratch_need(combine_scratch_len(), 1);
}

void contract(struct point *out, const struct ring *ring, uint64_t i,
	      const struct scalar (*a)[PROOF_RADIX], const struct progress *progress, void *scratch,
	      size_t scratch_len)
{
	struct scratch memory = scratch_new(scratch, scratch_len);
	struct digits digits = digits_of_ring(ring->n);
	struct point *cells[2] = {
		scratch_take(&memory, first_len(ring->n), sizeof(struct point)),
		scratch_take(&memory, second_len(ring->n), sizeof(struct point)),
	};
	struct work work = {
		.differences =
			scratch_take(&memory, BLOCK * (PROOF_RADIX - 1), sizeof(struct point)),
		.sums = scratch_take(&memory, BLOCK, sizeof(struct point)),
		.scratch_len = combine_scratch_len(),
	};
	struct level level = {.ring = ring, .n_cells = ring->n};
	uint64_t done = 0, total = 0, left = ring->n;

	work.scratch = scratch_take(&memory, work.scratch_len, 1);
	point_from_affine(&level.last, ring_point(ring, ring->n - 1));
	for (unsigned d = 0; d < digits.n_digits; d++) {
		left = n_groups(left);
		total += left * (d + 1);
	}
	for (unsigned d = 0; d < digits.n_digits; d++) {
		unsigned radix = digits_radix(&digits, d);
		uint64_t groups = n_groups(level.n_cells), n = groups * (d + 1);
		struct place place = {0, 0};

		for (uint64_t u = 0; u < n; u += BLOCK) {
			size_t block = n - u < BLOCK ? (size_t)(n - u) : BLOCK;

			contract_block(cells[d & 1], &level, &place, block, radix, i >> (2 * d) & 3,
				       a[d], &work);
			done += block;
			progress_report(progress, done, total);
		}
		level.cells = cells[d & 1];
		level.n_cells = groups;
		level.degree = d + 1;
	}
	for (unsigned d = 0; d <= digits.n_digits; d++)
		out[d] = level.cells[d];
	wipe(scratch, contract_scratch_len(ring->n));
}
