#include "matrix.h"

#include "scratch.h"

#include "batch.h"
#include "memory.h"

/* The low half has no more digits: 256 columns keep the prepared ones small. */
#define LOW_DIGITS_MAX 4
/* Below this many proofs the residues cost more than they save. */
#define RESIDUE_ITEMS 8

/* Parts of the rows that threads take, each with memory of its own. */
#define TASKS 8

/* How many digits the low half has. */
static unsigned low_digits(const struct digits *digits)
{
	unsigned half = digits->n_digits < 2 ? 1 : digits->n_digits >> 1;

	return half < LOW_DIGITS_MAX ? half : LOW_DIGITS_MAX;
}

static uint64_t n_rows_of(uint64_t n, unsigned h)
{
	return (n - 1 + ((uint64_t)1 << (2 * h)) - 1) >> (2 * h);
}

static size_t n_tasks_of(uint64_t n_hi)
{
	return n_hi > (TASKS - 1) * MATRIX_ROWS ? TASKS
						: (size_t)((n_hi + MATRIX_ROWS) / MATRIX_ROWS);
}

size_t matrix_scratch_len(uint64_t n, size_t n_items)
{
	struct digits digits = digits_of_ring(n);
	size_t n_low = (size_t)1 << (2 * low_digits(&digits));

	if (n_items > MATRIX_ITEMS)
		n_items = MATRIX_ITEMS;
	size_t task = scratch_need(n_items, sizeof(struct scalar)) +
		      scratch_need(n_items * MATRIX_ROWS, sizeof(struct scalar)) +
		      scratch_need(n_low * MATRIX_ROWS, sizeof(struct scalar)) +
		      scratch_need(matrix_multiply_scratch_len(n_items), 1);

	return scratch_need(n_items * n_low, sizeof(struct scalar)) +
	       scratch_need(matrix_prepared_len(n_low, n_items), 1) +
	       n_tasks_of(n_rows_of(n, low_digits(&digits))) * task;
}

/* low[t * n_low + lo] = product over d < h of f^t_{d, lo_d}. */
static void fill_low(struct scalar *low, size_t n_low, const struct digits *digits, unsigned h,
		     const struct layout_scalars *items, size_t n_items)
{
	for (size_t t = 0; t < n_items; t++) {
		struct scalar *own = low + t * n_low;
		size_t have = 1;

		own[0] = scalar_one;
		for (unsigned d = 0; d < h; d++, have *= PROOF_RADIX)
			/* From above, so that the values of one digit less are still there. */
			for (unsigned c = PROOF_RADIX; c-- > 0;)
				if (c < digits_radix(digits, d))
					scalars_multiply(own + c * have, sizeof *own, own,
							 sizeof *own, &items[t].f[d][c], 0, have);
				else
					memset(own + c * have, 0, have * sizeof *own);
	}
}

/* outer[t] = weight times the product over d > h of f^t_{d, hi_{d-h}}. */
static void fill_outer(struct scalar *outer, unsigned h, uint64_t hi,
		       const struct layout_scalars *items, const struct scalar *weights,
		       size_t n_items)
{
	memcpy(outer, weights, n_items * sizeof *outer);
	for (unsigned d = h + 1; d < items->digits.n_digits; d++)
		scalars_multiply(outer, sizeof *outer, outer, sizeof *outer,
				 &items->f[d][hi >> (2 * (d - h)) & (PROOF_RADIX - 1)],
				 sizeof *items, n_items);
}

/* rows[t * n_rows + r] for the rows from hi on. */
static void fill_rows(struct scalar *rows, size_t n_rows, struct scalar *outer, unsigned h,
		      uint64_t hi, const struct layout_scalars *items, const struct scalar *weights,
		      size_t n_items)
{
	for (size_t r = 0; r < n_rows; r++, hi++) {
		if ((hi & (PROOF_RADIX - 1)) == 0)
			fill_outer(outer, h, hi, items, weights, n_items);
		if (h < items->digits.n_digits)
			scalars_multiply(rows + r, n_rows * sizeof *rows, outer, sizeof *outer,
					 &items->f[h][hi & (PROOF_RADIX - 1)], sizeof *items,
					 n_items);
		else
			for (size_t t = 0; t < n_items; t++)
				rows[t * n_rows + r] = outer[t];
	}
}

/* As matrix_multiply, with a reduction for each sum and nothing prepared. */
static void multiply_few(struct scalar *out, const struct scalar *rows, size_t n_rows,
			 const struct scalar *columns, size_t n_columns, size_t n_terms)
{
	if (n_terms == 1) {
		for (size_t r = 0; r < n_rows; r++)
			scalars_multiply(out + r * n_columns, sizeof *out, columns, sizeof *columns,
					 &rows[r], 0, n_columns);
		return;
	}
	for (size_t r = 0; r < n_rows; r++)
		for (size_t c = 0; c < n_columns; c++) {
			struct scalar_accumulator sum = {{0}};

			for (size_t t = 0; t < n_terms; t++)
				scalar_accumulate(&sum, &rows[t * n_rows + r],
						  &columns[t * n_columns + c]);
			scalar_accumulator_reduce(&out[r * n_columns + c], &sum);
		}
}

struct task {
	struct scalar *outer, *rows, *product, total;
	void *scratch;
	size_t scratch_len;
};

struct product {
	struct scalar *sums;
	bool is_by_place;
	size_t first;
	const struct ring *ring;
	const struct layout_scalars *items;
	const struct scalar *weights;
	size_t n_items;
	unsigned h;
	size_t n_low, n_hi;
	size_t per_task; /* rows, a multiple of MATRIX_ROWS */
	const struct scalar *low;
	const void *prepared;
	struct task tasks[TASKS];
};

/* Some of the rows; no two elements of a ring have the same sum. */
static void add_rows(void *context, size_t number)
{
	struct product *product = context;
	struct task *task = &product->tasks[number];
	const size_t begin = number * product->per_task, n_low = product->n_low;
	const size_t end = product->n_hi - begin < product->per_task ? product->n_hi
								     : begin + product->per_task;
	const uint64_t last = product->ring->n - 1;
	size_t n_rows;

	task->total = scalar_zero;
	for (size_t hi = begin; hi < end; hi += n_rows) {
		uint64_t k = (uint64_t)hi << (2 * product->h);

		n_rows = end - hi < MATRIX_ROWS ? end - hi : MATRIX_ROWS;
		fill_rows(task->rows, n_rows, task->outer, product->h, hi, product->items,
			  product->weights, product->n_items);
		if (product->n_items >= RESIDUE_ITEMS)
			matrix_multiply(task->product, task->rows, n_rows, product->prepared, n_low,
					product->n_items, task->scratch, task->scratch_len);
		else
			multiply_few(task->product, task->rows, n_rows, product->low, n_low,
				     product->n_items);
		for (size_t at = 0; at < n_rows * n_low && k < last; at++, k++) {
			size_t place = product->is_by_place
					       ? (size_t)k
					       : ring_member(product->ring, k) - product->first;
			struct scalar *to = &product->sums[place];

			scalar_add(&task->total, &task->total, &task->product[at]);
			scalar_add(to, to, &task->product[at]);
		}
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
	size_t n_low = (size_t)1 << (2 * h), n_tasks = 1;
	uint64_t last = ring->n - 1;
	struct scalar *low = scratch_take(&memory, n_items * n_low, sizeof *low);
	void *prepared = scratch_take(&memory, matrix_prepared_len(n_low, n_items), 1);
	struct scalar sum, *to;
	struct product product = {
		.sums = sums,
		.is_by_place = is_by_place,
		.first = first,
		.ring = ring,
		.items = items,
		.weights = weights,
		.n_items = n_items,
		.h = h,
		.n_low = n_low,
		.n_hi = (size_t)n_rows_of(ring->n, h),
		.low = low,
		.prepared = prepared,
	};

	CHECK(n_items >= 1 && n_items <= MATRIX_ITEMS);
	fill_low(low, n_low, &digits, h, items, n_items);
	if (n_items >= RESIDUE_ITEMS)
		matrix_prepare(prepared, low, n_low, n_items);
	product.per_task = product.n_hi;
	if (parallel_threads(ring->parallel) > 1) {
		size_t n_blocks = (product.n_hi + MATRIX_ROWS - 1) / MATRIX_ROWS;

		product.per_task = MATRIX_ROWS * ((n_blocks + TASKS - 1) / TASKS);
		n_tasks = (product.n_hi + product.per_task - 1) / product.per_task;
	}
	for (size_t t = 0; t < n_tasks; t++) {
		struct task *task = &product.tasks[t];

		task->outer = scratch_take(&memory, n_items, sizeof(struct scalar));
		task->rows = scratch_take(&memory, n_items * MATRIX_ROWS, sizeof(struct scalar));
		task->product = scratch_take(&memory, n_low * MATRIX_ROWS, sizeof(struct scalar));
		task->scratch_len = matrix_multiply_scratch_len(n_items);
		task->scratch = scratch_take(&memory, task->scratch_len, 1);
	}
	parallel_run(ring->parallel, add_rows, &product, n_tasks);
	/* All phi together are x^m, as each digit's f add up to x: the rest is for the last. */
	sum = scalar_zero;
	for (size_t t = 0; t < n_items; t++)
		scalar_mul_add(&sum, &weights[t], &items[t].x[m], &sum);
	for (size_t t = 0; t < n_tasks; t++)
		scalar_sub(&sum, &sum, &product.tasks[t].total);
	to = &sums[is_by_place ? (size_t)last : ring_member(ring, last) - first];
	scalar_add(to, to, &sum);
}
