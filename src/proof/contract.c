#include "contract.h"

#include "scratch.h"

#include "batch.h"
#include "ct.h"

/* Sums computed in one call of the backend. */
#define BLOCK 64
/* The first two levels are done for so many groups of the first at a time, so that the largest
 * array, what the first level yields, is never there as a whole. */
#define FIRST_LEVEL  6
#define FIRST_GROUPS ((uint64_t)1 << FIRST_LEVEL)
/* The others, so many groups at a time. */
#define OTHER_LEVEL 4
/* Tasks at a time, each with a work of its own, and how much each does before progress is told. */
#define TASKS       16
#define TASK_BLOCKS 4

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

/* What a task works in. */
struct work {
	struct point *block;       /* 2 * FIRST_GROUPS */
	struct point *differences; /* BLOCK * (PROOF_RADIX - 1) */
	struct point *sums;        /* BLOCK */
	void *scratch;
	size_t scratch_len;
};

/* One or two levels, from the cells of the first to those that the last yields, out on. Tasks take
 * parts of its groups; which, is public. */
struct pass {
	const struct level *level, *second; /* second may be NULL */
	struct point *out;                  /* not the cells of the level */
	struct work *works;
	uint64_t begin, end; /* groups of the first level that this round takes */
	unsigned block_level;
	uint64_t per_task; /* of its groups: some blocks of 2^block_level */
};

struct report {
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

/* sum of a_c (W_c - W_0), given, plus x times the selected cell. */
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

/* Contracts n groups from number first on into cells of one degree more, out on. */
static void contract_groups(struct point *out, const struct level *level, uint64_t first,
			    uint64_t n, const struct work *work)
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
	}
}

static uint64_t n_groups(uint64_t n_cells)
{
	return (n_cells + PROOF_RADIX - 1) >> 2;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* A task: its part of a round. */
static void contract_part(void *context, size_t number)
{
	const struct pass *pass = context;
	const struct work *work = &pass->works[number];
	const size_t cell_len = pass->level->degree + 2;
	const uint64_t per_block = (uint64_t)1 << pass->block_level;
	const uint64_t begin = pass->begin + number * pass->per_task;
	const uint64_t end = least(begin + pass->per_task, pass->end);
	struct level second;

	for (uint64_t g = begin; g < end; g += per_block) {
		uint64_t n = least(end - g, per_block);

		if (!pass->second) {
			contract_groups(pass->out + cell_len * g, pass->level, g, n, work);
			continue;
		}
		second = *pass->second;
		second.cells = work->block;
		second.first_cell = g;
		contract_groups(work->block, pass->level, g, n, work);
		contract_groups(pass->out + (cell_len + 1) * (g >> 2), &second, g >> 2, n_groups(n),
				work);
		wipe(&second, sizeof second);
	}
}

/* All groups of a pass, a round of tasks at a time. */
static void contract_pass(struct pass *pass, uint64_t groups, size_t n_tasks,
			  const struct parallel *parallel, struct report *report)
{
	const uint64_t per_block = (uint64_t)1 << pass->block_level;

	for (uint64_t g = 0; g < groups; g = pass->end) {
		/* As much for each as there is, in whole blocks. */
		pass->per_task = per_block;
		for (unsigned blocks = 1; n_tasks > 1 && blocks < TASK_BLOCKS; blocks++)
			if (n_tasks * pass->per_task < groups - g)
				pass->per_task += per_block;
		pass->begin = g;
		pass->end = least(groups, g + n_tasks * pass->per_task);
		parallel_run(parallel, contract_part, pass, n_tasks);
		report->done += (pass->end - g) * (pass->level->degree + 1);
		if (pass->second)
			report->done += n_groups(pass->end - g) * (pass->second->degree + 1);
		progress_report(report->progress, report->done, report->total);
	}
}

/* The cells of degree 2 are the most that are held at once; in the end there is one of degree m. */
static size_t cells_len(uint64_t n)
{
	size_t a = 3 * (size_t)n_groups(n_groups(n)), least_len = PROOF_DIGITS + 1;

	return a > least_len ? a : least_len;
}

/* What the third level yields from them, and the last ones. */
static size_t other_cells_len(uint64_t n)
{
	size_t a = 4 * (size_t)n_groups(n_groups(n_groups(n))), least_len = PROOF_DIGITS + 1;

	return a > least_len ? a : least_len;
}

static size_t n_tasks_of(uint64_t n)
{
	return (size_t)least((n_groups(n) + FIRST_GROUPS - 1) >> FIRST_LEVEL, TASKS);
}

size_t contract_scratch_len(uint64_t n)
{
	size_t work = scratch_need(2 * FIRST_GROUPS, sizeof(struct point)) +
		      scratch_need(BLOCK * (PROOF_RADIX - 1), sizeof(struct point)) +
		      scratch_need(BLOCK, sizeof(struct point)) +
		      scratch_need(combine_scratch_len(), 1);

	return scratch_need(cells_len(n), sizeof(struct point)) +
	       scratch_need(other_cells_len(n), sizeof(struct point)) + n_tasks_of(n) * work;
}

static void set_digit(struct level *level, const struct digits *digits, unsigned d, uint64_t i,
		      const struct scalar (*a)[PROOF_RADIX])
{
	level->degree = d;
	level->radix = digits_radix(digits, d);
	level->digit = i >> (2 * d) & (PROOF_RADIX - 1);
	level->a = a[d];
}

static void work_new(struct work *out, struct scratch *memory)
{
	out->block = scratch_take(memory, 2 * FIRST_GROUPS, sizeof(struct point));
	out->differences = scratch_take(memory, BLOCK * (PROOF_RADIX - 1), sizeof(struct point));
	out->sums = scratch_take(memory, BLOCK, sizeof(struct point));
	out->scratch_len = combine_scratch_len();
	out->scratch = scratch_take(memory, out->scratch_len, 1);
}

void contract(struct point *out, const struct ring *ring, uint64_t i,
	      const struct scalar (*a)[PROOF_RADIX], const struct progress *progress, void *scratch,
	      size_t scratch_len)
{
	struct scratch memory = scratch_new(scratch, scratch_len);
	struct digits digits = digits_of_ring(ring->n);
	struct point *cells = scratch_take(&memory, cells_len(ring->n), sizeof *cells);
	struct point *others = scratch_take(&memory, other_cells_len(ring->n), sizeof *others);
	struct work works[TASKS];
	struct report report = {.progress = progress};
	struct level level = {.ring = ring, .n_cells = ring->n}, second;
	struct pass pass = {
		.level = &level, .out = cells, .works = works, .block_level = FIRST_LEVEL};
	size_t n_tasks = parallel_threads(ring->parallel) > 1 ? n_tasks_of(ring->n) : 1;
	uint64_t left = ring->n;

	for (size_t task = 0; task < n_tasks; task++)
		work_new(&works[task], &memory);
	point_from_affine(&level.last, ring_point(ring, ring->n - 1));
	for (unsigned d = 0; d < digits.n_digits; d++) {
		left = n_groups(left);
		report.total += left * (d + 1);
	}
	set_digit(&level, &digits, 0, i, a);
	second = level;
	second.n_cells = n_groups(ring->n);
	if (digits.n_digits > 1) {
		set_digit(&second, &digits, 1, i, a);
		pass.second = &second;
	}
	contract_pass(&pass, n_groups(ring->n), n_tasks, ring->parallel, &report);
	level.n_cells = n_groups(second.n_cells);
	pass.second = NULL;
	pass.block_level = OTHER_LEVEL;
	for (unsigned d = 2; d < digits.n_digits; d++) {
		set_digit(&level, &digits, d, i, a);
		level.cells = pass.out;
		pass.out = level.cells == cells ? others : cells;
		contract_pass(&pass, n_groups(level.n_cells), n_tasks, ring->parallel, &report);
		level.n_cells = n_groups(level.n_cells);
	}
	for (unsigned d = 0; d <= digits.n_digits; d++)
		out[d] = pass.out[d];
	wipe(&level, sizeof level);
	wipe(&second, sizeof second);
	wipe(scratch, contract_scratch_len(ring->n));
}
