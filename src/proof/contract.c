#include "contract.h"

#include "scratch.h"

#include "batch.h"
#include "ct.h"

/* Sums computed in one call of the backend. */
#define BLOCK 64
/* The first two levels are done for so many groups of the first at a time, so that the largest
 * array, what the first level yields, is never there as a whole. */
#define FIRST_GROUPS 64

/* One level: cells are polynomials of this degree in x, stored one after the other. Those past the
 * end stand for blocks of nothing but padding: [0, .., 0, C_{N-1}], as the sum of a digit's a is 0.
 */
struct level {
	const struct ring *ring; /* the cells of degree 0 */
	const struct point *cells;
	uint64_t first_cell; /* the number of the one that stands first in cells */
	uint64_t n_cells;
	size_t degree;
	unsigned radix;
	uint64_t digit;         /* of the member: secret */
	const struct scalar *a; /* a_{d,0}.. */
	struct point last;      /* C_{N-1} */
};

/* What a block works in. */
struct work {
	struct point *differences; /* BLOCK * (PROOF_RADIX - 1) */
	struct point *sums;        /* BLOCK */
	void *scratch;
	size_t scratch_len;
	const struct progress *progress;
	uint64_t done, total;
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
		*out = level->cells[(k - level->first_cell) * (level->degree + 1) + e];
	}
}

/* The coefficient e of the cell of a group that has the member's digit, found by reading all. */
static void select_cell(struct point *out, const struct level *level, uint64_t group, size_t e)
{
	struct point other;

	cell(out, level, group * level->radix, e);
	for (unsigned c = 1; c < level->radix; c++) {
		cell(&other, level, group * level->radix + c, e);
		point_select(out, ct_is_equal(level->digit, c), &other, out);
	}
	wipe(&other, sizeof other);
}

/* The differences W_c - W_0, c >= 1, of each coefficient of a group. */
static void put_differences(struct point *out, const struct level *level, uint64_t group)
{
	struct point zero;

	for (size_t e = 0; e <= level->degree; e++) {
		cell(&zero, level, group * level->radix, e);
		for (unsigned c = 1; c < level->radix; c++, out++) {
			cell(out, level, group * level->radix + c, e);
			point_sub(out, out, &zero);
		}
	}
	wipe(&zero, sizeof zero);
}

/* sum of a_c (W_c - W_0), given, plus x times the selected cell. out may be where the cells of this
 * group, or of those before, are. */
static void put_cell(struct point *out, const struct level *level, uint64_t group,
		     const struct point *sums)
{
	struct point whole[PROOF_DIGITS + 1], chosen;

	CHECK(level->degree + 2 <= PROOF_DIGITS + 1);
	for (size_t e = 0; e <= level->degree + 1; e++) {
		if (e > 0)
			select_cell(&chosen, level, group, e - 1);
		if (e == 0)
			whole[e] = sums[e];
		else if (e <= level->degree)
			point_add(&whole[e], &sums[e], &chosen);
		else
			whole[e] = chosen;
	}
	for (size_t e = 0; e <= level->degree + 1; e++)
		out[e] = whole[e];
	wipe(whole, sizeof whole);
	wipe(&chosen, sizeof chosen);
}

/* Contracts n groups from number first on into cells of one degree more, out on. out may be the
 * level's own array if first is 0: a new cell is smaller than the cells of its group. */
static void contract_groups(struct point *out, const struct level *level, uint64_t first,
			    uint64_t n, struct work *work)
{
	size_t per_group = level->degree + 1;

	for (uint64_t group = first; group < first + n;) {
		uint64_t start = group;
		size_t units = 0;

		for (; group < first + n && units + per_group <= BLOCK; group++) {
			put_differences(work->differences + units * (level->radix - 1), level,
					group);
			units += per_group;
		}
		points_combine_each(work->sums, work->differences, units, level->a + 1,
				    level->radix - 1, work->scratch, work->scratch_len);
		for (uint64_t at = start; at < group; at++, out += per_group + 1)
			put_cell(out, level, at, work->sums + (at - start) * per_group);
		work->done += units;
		progress_report(work->progress, work->done, work->total);
	}
}

static uint64_t n_groups(uint64_t n_cells)
{
	return (n_cells + PROOF_RADIX - 1) >> 2;
}

/* The cells of degree 2 are the most that are held at once; in the end there is one of degree m. */
static size_t cells_len(uint64_t n)
{
	size_t a = 3 * (size_t)n_groups(n_groups(n)), least = PROOF_DIGITS + 1;

	return a > least ? a : least;
}

size_t contract_scratch_len(uint64_t n)
{
	return scratch_need(cells_len(n), sizeof(struct point)) +
	       scratch_need(2 * FIRST_GROUPS, sizeof(struct point)) +
	       scratch_need(BLOCK * (PROOF_RADIX - 1), sizeof(struct point)) +
	       scratch_need(BLOCK, sizeof(struct point)) + scratch_need(combine_scratch_len(), 1);
}

static void set_digit(struct level *level, const struct digits *digits, unsigned d, uint64_t i,
		      const struct scalar (*a)[PROOF_RADIX])
{
	level->degree = d;
	level->radix = digits_radix(digits, d);
	level->digit = i >> (2 * d) & (PROOF_RADIX - 1);
	level->a = a[d];
}

void contract(struct point *out, const struct ring *ring, uint64_t i,
	      const struct scalar (*a)[PROOF_RADIX], const struct progress *progress, void *scratch,
	      size_t scratch_len)
{
	struct scratch memory = scratch_new(scratch, scratch_len);
	struct digits digits = digits_of_ring(ring->n);
	struct point *cells = scratch_take(&memory, cells_len(ring->n), sizeof *cells);
	struct point *block = scratch_take(&memory, 2 * FIRST_GROUPS, sizeof *block);
	struct work work = {.progress = progress, .scratch_len = combine_scratch_len()};
	struct level level = {.ring = ring, .n_cells = ring->n}, second;
	uint64_t groups = n_groups(ring->n), left = ring->n;

	work.differences = scratch_take(&memory, BLOCK * (PROOF_RADIX - 1), sizeof(struct point));
	work.sums = scratch_take(&memory, BLOCK, sizeof(struct point));
	work.scratch = scratch_take(&memory, work.scratch_len, 1);
	point_from_affine(&level.last, ring_point(ring, ring->n - 1));
	for (unsigned d = 0; d < digits.n_digits; d++) {
		left = n_groups(left);
		work.total += left * (d + 1);
	}
	set_digit(&level, &digits, 0, i, a);
	second = level;
	second.cells = block;
	second.n_cells = groups;
	if (digits.n_digits > 1)
		set_digit(&second, &digits, 1, i, a);
	for (uint64_t g = 0; g < groups; g += FIRST_GROUPS) {
		uint64_t n = groups - g < FIRST_GROUPS ? groups - g : FIRST_GROUPS;

		contract_groups(digits.n_digits > 1 ? block : cells, &level, g, n, &work);
		second.first_cell = g;
		if (digits.n_digits > 1)
			contract_groups(cells + 3 * (g >> 2), &second, g >> 2, n_groups(n), &work);
	}
	level.cells = cells;
	level.n_cells = n_groups(groups);
	for (unsigned d = 2; d < digits.n_digits; d++) {
		set_digit(&level, &digits, d, i, a);
		groups = n_groups(level.n_cells);
		contract_groups(cells, &level, 0, groups, &work);
		level.n_cells = groups;
	}
	for (unsigned d = 0; d <= digits.n_digits; d++)
		out[d] = cells[d];
	wipe(scratch, contract_scratch_len(ring->n));
}
