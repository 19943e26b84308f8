#include "contract.h"

#include "scratch.h"

#include "batch.h"
#include "ct.h"

/* Units (a coefficient of a group of cells) that are given to the backend at a time, and the cells
 * and sums of so many: 8 of 64 cells, or 10 of 16 where there are 10 coefficients and two digits.
 */
#define UNITS     8
#define CELLS_MAX (UNITS * CONTRACTION_CELLS)
#define SUMS_MAX  (UNITS * (CONTRACTION_DIGITS + 1))
/* Tasks at a time, each with a work of its own, and how much each does before progress is told. */
#define TASKS       8
#define TASK_BLOCKS 8

/* What a task works in. */
struct work {
	struct point *cells; /* CELLS_MAX */
	struct point *sums;  /* SUMS_MAX */
	void *scratch;
	size_t scratch_len;
};

/* Up to three digits: from cells, which are polynomials of this degree in x, stored one after the
 * other, to those of a higher degree. Those past the end stand for blocks of nothing but padding:
 * [0, .., 0, C_{N-1}], as the sum of a digit's a is 0. Tasks take parts of the groups; which, is
 * public. */
struct pass {
	const struct ring *ring; /* the cells of degree 0 */
	const struct point *cells;
	uint64_t n_cells;
	size_t degree;
	struct point last; /* C_{N-1} */
	struct contraction by;
	struct point *out; /* not the cells */
	struct work *works;
	uint64_t begin, end; /* groups that this round takes */
	uint64_t per_block, per_task;
};

struct report {
	const struct progress *progress;
	uint64_t done, total;
};

static void cell(struct point *out, const struct pass *pass, uint64_t k, size_t e)
{
	if (k >= pass->n_cells) {
		if (e == pass->degree)
			*out = pass->last;
		else
			point_identity(out);
	} else if (pass->degree == 0) {
		point_from_affine(out, ring_point(pass->ring, k));
	} else {
		*out = pass->cells[k * (pass->degree + 1) + e];
	}
}

/* Contracts n groups from number first on, each into one cell. */
static void contract_groups(const struct pass *pass, uint64_t first, uint64_t n,
			    const struct work *work)
{
	const size_t n_coefficients = pass->degree + 1, n_sums = pass->by.n_digits + 1,
		     cell_len = pass->degree + n_sums, n_units = (size_t)n * n_coefficients;
	struct point *in = work->cells, *out = pass->out + cell_len * first;
	const struct point *sums = work->sums;

	CHECK(n_units * pass->by.n_cells <= CELLS_MAX && n_units * n_sums <= SUMS_MAX);
	for (uint64_t group = first; group < first + n; group++)
		for (size_t e = 0; e < n_coefficients; e++)
			for (size_t k = 0; k < pass->by.n_cells; k++)
				cell(in++, pass, group * pass->by.n_cells + k, e);
	points_contract_each(work->sums, work->cells, n_units, &pass->by, work->scratch,
			     work->scratch_len);
	for (uint64_t group = first; group < first + n; group++, out += cell_len)
		for (size_t e = 0; e < n_coefficients; e++, sums += n_sums)
			for (size_t g = 0; g < n_sums; g++) {
				/* The first to come to this coefficient? */
				if (e == 0 || g + 1 == n_sums)
					out[e + g] = sums[g];
				else
					point_add(&out[e + g], &out[e + g], &sums[g]);
			}
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* How many groups of a size there are, the last perhaps in part. */
static uint64_t n_groups(uint64_t n_cells, uint64_t size)
{
	return (n_cells + size - 1) / size;
}

/* A task: its part of a round. */
static void contract_part(void *context, size_t number)
{
	const struct pass *pass = context;
	const uint64_t begin = pass->begin + number * pass->per_task;
	const uint64_t end = least(begin + pass->per_task, pass->end);

	for (uint64_t g = begin; g < end; g += pass->per_block)
		contract_groups(pass, g, least(end - g, pass->per_block), &pass->works[number]);
}

/* What a unit costs, in products of group elements. */
static uint64_t cost(const struct pass *pass)
{
	return (pass->degree + 1) * pass->by.n_tables;
}

/* All groups of a pass, a round of tasks at a time. */
static void contract_pass(struct pass *pass, size_t n_tasks, const struct parallel *parallel,
			  struct report *report)
{
	const uint64_t groups = n_groups(pass->n_cells, pass->by.n_cells);

	pass->per_block = pass->degree < UNITS ? UNITS / (pass->degree + 1) : 1;
	for (uint64_t g = 0; g < groups; g = pass->end) {
		/* As much for each as there is, in whole blocks. */
		pass->per_task = pass->per_block;
		for (unsigned blocks = 1; n_tasks > 1 && blocks < TASK_BLOCKS; blocks++)
			if (n_tasks * pass->per_task < groups - g)
				pass->per_task += pass->per_block;
		pass->begin = g;
		pass->end = least(groups, g + n_tasks * pass->per_task);
		parallel_run(parallel, contract_part, pass, n_tasks);
		report->done += (pass->end - g) * cost(pass);
		progress_report(report->progress, report->done, report->total);
	}
}

/* Of the cells that a pass of three digits yields from n of some degree; the last pass yields one.
 */
static size_t cells_len(uint64_t n, size_t degree)
{
	size_t len = (degree + CONTRACTION_DIGITS + 1) * (size_t)n_groups(n, CONTRACTION_CELLS);

	return len > PROOF_DIGITS + 1 ? len : PROOF_DIGITS + 1;
}

static size_t first_len(uint64_t n)
{
	return cells_len(n, 0);
}

static size_t second_len(uint64_t n)
{
	return cells_len(n_groups(n, CONTRACTION_CELLS), CONTRACTION_DIGITS);
}

static size_t n_tasks_of(uint64_t n)
{
	return (size_t)least(n_groups(n, CELLS_MAX), TASKS);
}

size_t contract_scratch_len(uint64_t n)
{
	size_t work = scratch_need(CELLS_MAX, sizeof(struct point)) +
		      scratch_need(SUMS_MAX, sizeof(struct point)) +
		      scratch_need(contraction_scratch_len(), 1);

	return scratch_need(1, sizeof(struct pass)) +
	       scratch_need(first_len(n), sizeof(struct point)) +
	       scratch_need(second_len(n), sizeof(struct point)) + n_tasks_of(n) * work;
}

/* The digits of a pass from d on. Returns the first one after them. */
static unsigned set_digits(struct pass *pass, const struct digits *digits, unsigned d, uint64_t i,
			   const struct scalar (*a)[PROOF_RADIX])
{
	unsigned radix[CONTRACTION_DIGITS], n = 0;
	uint64_t digit[CONTRACTION_DIGITS];

	pass->degree = d;
	for (; n < CONTRACTION_DIGITS && d + n < digits->n_digits; n++) {
		radix[n] = digits_radix(digits, d + n);
		digit[n] = i >> (2 * (d + n)) & (PROOF_RADIX - 1);
	}
	contraction_new(&pass->by, n, radix, digit, a + d);
	wipe(digit, sizeof digit);
	return d + n;
}

static void work_new(struct work *out, struct scratch *memory)
{
	out->cells = scratch_take(memory, CELLS_MAX, sizeof(struct point));
	out->sums = scratch_take(memory, SUMS_MAX, sizeof(struct point));
	out->scratch_len = contraction_scratch_len();
	out->scratch = scratch_take(memory, out->scratch_len, 1);
}

void contract(struct point *out, const struct ring *ring, uint64_t i,
	      const struct scalar (*a)[PROOF_RADIX], const struct progress *progress, void *scratch,
	      size_t scratch_len)
{
	struct scratch memory = scratch_new(scratch, scratch_len);
	struct digits digits = digits_of_ring(ring->n);
	struct pass *pass = scratch_take(&memory, 1, sizeof *pass);
	struct point *firsts = scratch_take(&memory, first_len(ring->n), sizeof *firsts);
	struct point *seconds = scratch_take(&memory, second_len(ring->n), sizeof *seconds);
	struct work works[TASKS];
	struct report report = {.progress = progress};
	size_t n_tasks = parallel_threads(ring->parallel) > 1 ? n_tasks_of(ring->n) : 1;

	for (size_t task = 0; task < n_tasks; task++)
		work_new(&works[task], &memory);
	*pass = (struct pass){.ring = ring, .works = works};
	point_from_affine(&pass->last, ring_point(ring, ring->n - 1));
	/* All passes first, for what they cost. */
	for (unsigned round = 0; round < 2; round++) {
		pass->n_cells = ring->n;
		pass->out = seconds;
		for (unsigned d = 0; d < digits.n_digits;) {
			d = set_digits(pass, &digits, d, i, a);
			pass->cells = pass->out;
			pass->out = pass->cells == firsts ? seconds : firsts;
			if (round == 0)
				report.total +=
					n_groups(pass->n_cells, pass->by.n_cells) * cost(pass);
			else
				contract_pass(pass, n_tasks, ring->parallel, &report);
			pass->n_cells = n_groups(pass->n_cells, pass->by.n_cells);
		}
	}
	for (unsigned d = 0; d <= digits.n_digits; d++)
		out[d] = pass->out[d];
	wipe(scratch, contract_scratch_len(ring->n));
}
