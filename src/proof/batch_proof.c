/* Many proofs at once (protocol 6.4): sum over t of w_1 E1 + w_2 E2 + w_3 E3 = 0.
 *
 * 1. Items are ordered by table and ring. 2. For each, the points are decoded and its terms
 * gathered: what it owns (T, A, B, X, Y), what a scope owns (U_j), what all share (G, H, P, Q).
 * 3. Runs of proofs over one ring go through the matrix product into the table's sums. 4. One
 * multiscalar multiplication for each table, and one for each full block of gathered terms. */
#include "batch_proof.h"

#include "bisect.h"
#include "layout.h"
#include "matrix.h"
#include "ring_sum.h"
#include "scratch.h"
#include "weights.h"

#include "batch.h"
#include "memory.h"

#define N_SHARED (TAG_DIMENSION + 1 + 2 * PROOF_RADIX * PROOF_DIGITS)
/* Proofs whose own terms are held at once. */
#define BLOCK         ((size_t)512)
#define TERMS_PER_MAX (LAYOUT_POINTS_MAX + TAG_DIMENSION)

struct batch {
	const struct generators *generators;
	const struct proof_item *items;
	uint32_t *order;
	bool *verdicts;
	uint8_t seed[SHA512_BYTES];
	const struct progress *progress;
	const struct parallel *parallel; /* the rings' */
	uint64_t n_done;
	size_t n;

	/* Sums over the part of the current table that its rings use. */
	struct scalar *table_sums;
	size_t first, end;
	bool is_gathering; /* the sums are kept for later; first and end are the whole table */

	/* The current run of proofs over one ring. */
	struct layout_scalars *run;
	struct scalar *run_weights, *run_first_weights, *run_products; /* w_2, w_1, room */
	size_t n_run;

	struct affine *points;
	struct scalar *scalars;
	size_t n_terms, terms_capacity;
	const struct scope *scope; /* whose U_j stand from u_at on, or NULL */
	size_t u_at;
	struct scalar g[TAG_DIMENSION], h;
	struct scalar p[PROOF_DIGITS][PROOF_RADIX], q[PROOF_DIGITS][PROOF_RADIX];

	struct scratch rest;
};

static size_t block_of(size_t n)
{
	return n < BLOCK ? n : BLOCK;
}

static size_t terms_of(size_t n)
{
	return block_of(n) * TERMS_PER_MAX + N_SHARED;
}

static size_t table_of(const struct proof_item *items, size_t n)
{
	size_t largest = 0;

	for (size_t t = 0; t < n; t++)
		if (items[t].ring->n_points > largest)
			largest = items[t].ring->n_points;
	return largest;
}

/* What run_new takes beside the run. */
static size_t run_scalars_len(size_t n_run)
{
	return 2 * scratch_need(n_run, sizeof(struct scalar)) +
	       scratch_need(2 * n_run, sizeof(struct scalar));
}

static void run_new(struct batch *batch, size_t n_run, struct scratch *memory)
{
	batch->run = scratch_take(memory, n_run, sizeof(struct layout_scalars));
	batch->run_weights = scratch_take(memory, n_run, sizeof(struct scalar));
	batch->run_first_weights = scratch_take(memory, n_run, sizeof(struct scalar));
	batch->run_products = scratch_take(memory, 2 * n_run, sizeof(struct scalar));
}

size_t batch_proof_scratch_len(const struct proof_item *items, size_t n, uint64_t largest)
{
	size_t table = table_of(items, n), n_run = n < MATRIX_ITEMS ? n : MATRIX_ITEMS;
	size_t inner = matrix_scratch_len(largest, n_run);
	size_t msm = ring_sum_table_scratch_len(terms_of(n)),
	       sum = ring_sum_table_scratch_len(table);

	inner = inner > msm ? inner : msm;
	inner = inner > sum ? inner : sum;
	return scratch_need(n, sizeof(uint32_t)) + scratch_need(table, sizeof(struct scalar)) +
	       scratch_need(n_run, sizeof(struct layout_scalars)) + run_scalars_len(n_run) +
	       scratch_need(terms_of(n), sizeof(struct affine)) +
	       scratch_need(terms_of(n), sizeof(struct scalar)) +
	       scratch_need(1, sizeof(struct batch)) + scratch_need(inner, 1);
}

static bool is_before(const struct proof_item *items, uint32_t a, uint32_t b)
{
	uintptr_t table_a = (uintptr_t)items[a].ring->points;
	uintptr_t table_b = (uintptr_t)items[b].ring->points;
	uintptr_t ring_a = (uintptr_t)items[a].ring, ring_b = (uintptr_t)items[b].ring;

	if (table_a != table_b)
		return table_a < table_b;
	return ring_a != ring_b ? ring_a < ring_b : a < b;
}

/* Heap sort: no memory, no bad case. */
static void sift(uint32_t *order, const struct proof_item *items, size_t at, size_t n)
{
	for (size_t child = 2 * at + 1; child < n; child = 2 * at + 1) {
		uint32_t moved = order[at];

		if (child + 1 < n && is_before(items, order[child], order[child + 1]))
			child++;
		if (!is_before(items, moved, order[child]))
			return;
		order[at] = order[child];
		order[child] = moved;
		at = child;
	}
}

static void sort(uint32_t *order, const struct proof_item *items, size_t n)
{
	for (size_t k = 0; k < n; k++)
		order[k] = (uint32_t)k;
	for (size_t at = n >> 1; at-- > 0;)
		sift(order, items, at, n);
	for (size_t end = n; end-- > 1;) {
		uint32_t largest = order[0];

		order[0] = order[end];
		order[end] = largest;
		sift(order, items, 0, end);
	}
}

static void add_u64(struct sha512 *hash, uint64_t value)
{
	uint8_t data[8];
	struct writer writer = writer_new(data, sizeof data);

	writer_u64le(&writer, value);
	sha512_add(hash, data, sizeof data);
}

/* All statements and all complete proofs. */
static void seed_weights(uint8_t out[static SHA512_BYTES], const struct proof_item *items, size_t n,
			 const uint8_t *fresh)
{
	static const uint8_t none[HASH_BYTES];
	static const char label[] = PROTOCOL_NAME " batch";
	struct sha512 hash;

	sha512_begin(&hash);
	sha512_add(&hash, label, sizeof label);
	sha512_add(&hash, fresh ? fresh : none, HASH_BYTES);
	add_u64(&hash, n);
	for (size_t t = 0; t < n; t++) {
		sha512_add(&hash, items[t].ring->id, HASH_BYTES);
		add_u64(&hash, items[t].ring->n);
		sha512_add(&hash, items[t].scope->bytes, SCOPE_BYTES);
		add_u64(&hash, items[t].message.len);
		sha512_add(&hash, items[t].message.data, items[t].message.len);
		add_u64(&hash, items[t].proof.len);
		sha512_add(&hash, items[t].proof.data, items[t].proof.len);
	}
	sha512_end(&hash, out);
}

static void sub_product(struct scalar *from, const struct scalar *a, const struct scalar *b)
{
	struct scalar t;

	scalar_mul(&t, a, b);
	scalar_sub(from, from, &t);
}

static void flush_terms(struct batch *batch, struct point *total)
{
	struct point sum;

	ring_sum_table_vartime(&sum, batch->scalars, batch->points, batch->n_terms, batch->parallel,
			       batch->rest.next, batch->rest.left);
	point_add(total, total, &sum);
	batch->n_terms = 0;
	batch->scope = NULL;
}

static void sub_all(struct scalar *from, const struct scalar *terms, size_t n)
{
	for (size_t t = 0; t < n; t++)
		scalar_sub(from, from, &terms[t]);
}

/* - sum over the run of w_1 ( f P + f (x - f) Q ) */
static void add_digits(struct batch *batch)
{
	const struct layout_scalars *run = batch->run;
	struct scalar *const products = batch->run_products, *const rests = products + batch->n_run;
	const size_t n = batch->n_run;

	for (unsigned d = 0; d < run->digits.n_digits; d++)
		for (unsigned c = 0; c < digits_radix(&run->digits, d); c++) {
			scalars_multiply(products, sizeof *products, batch->run_first_weights,
					 sizeof *products, &run->f[d][c], sizeof *run, n);
			sub_all(&batch->p[d][c], products, n);
			for (size_t t = 0; t < n; t++)
				scalar_sub(&rests[t], &run[t].x[1], &run[t].f[d][c]);
			scalars_multiply(products, sizeof *products, products, sizeof *products,
					 rests, sizeof *rests, n);
			sub_all(&batch->q[d][c], products, n);
		}
}

static void flush_run(struct batch *batch, const struct ring *ring)
{
	if (batch->n_run > 0)
		add_digits(batch);
	if (batch->n_run > 0)
		matrix_add_vartime(batch->table_sums, false, batch->first, ring, batch->run,
				   batch->run_weights, batch->n_run, batch->rest.next,
				   batch->rest.left);
	batch->n_run = 0;
}

static void flush_table(struct batch *batch, const struct affine *points, struct point *total)
{
	struct point sum;

	ring_sum_table_vartime(&sum, batch->table_sums, points + batch->first,
			       batch->end - batch->first, batch->parallel, batch->rest.next,
			       batch->rest.left);
	point_add(total, total, &sum);
}

/* Finds how far the items from at on share a table, and which part of it they use. */
static size_t open_table(struct batch *batch, size_t at, size_t end)
{
	const struct affine *points = batch->items[batch->order[at]].ring->points;
	size_t stop = at;

	batch->first = SIZE_MAX;
	batch->end = 0;
	for (; stop < end; stop++) {
		const struct ring *ring = batch->items[batch->order[stop]].ring;
		size_t first = ring->members ? 0 : ring->first;
		size_t last = ring->members ? ring->n_points : ring->first + (size_t)ring->n;

		if (ring->points != points)
			break;
		batch->first = first < batch->first ? first : batch->first;
		batch->end = last > batch->end ? last : batch->end;
	}
	memset(batch->table_sums, 0, (batch->end - batch->first) * sizeof(struct scalar));
	return stop;
}

static void open_scope(struct batch *batch, const struct scope *scope)
{
	if (batch->scope == scope)
		return;
	batch->scope = scope;
	batch->u_at = batch->n_terms;
	for (unsigned j = 0; j < TAG_DIMENSION; j++) {
		batch->points[batch->n_terms] = scope->u[j];
		batch->scalars[batch->n_terms++] = scalar_zero;
	}
}

/* Adds one item's terms; false if its encoding is bad. */
static bool add_item(struct batch *batch, uint32_t t)
{
	const struct proof_item *item = &batch->items[t];
	struct layout_scalars *in = &batch->run[batch->n_run];
	struct scalar w[WEIGHTS_EACH], u, *own;
	unsigned m;

	open_scope(batch, item->scope);
	if (!layout_decode_vartime(in, batch->points + batch->n_terms, item))
		return false;
	m = in->digits.n_digits;
	own = batch->scalars + batch->n_terms;
	batch->n_terms += layout_n_points(&in->digits);
	weights_of_item(w, batch->seed, t);
	batch->run_first_weights[batch->n_run] = w[0];
	batch->run_weights[batch->n_run++] = w[1];

	/* w_1 ( A + xB - sum ( f P + f (x - f) Q ) - z_A H ); the sum is the run's */
	own[LAYOUT_A] = w[0];
	scalar_mul(&own[LAYOUT_B], &w[0], &in->x[1]);
	sub_product(&batch->h, &w[0], &in->z_a);

	/* w_2 ( sum phi_k C_k - sum x^d X_d - sum z_j G_j - z_r H ); the ring's part is the run's
	 */
	scalar_neg(&u, &w[1]);
	scalars_multiply(own + LAYOUT_X, sizeof *own, in->x, sizeof *in->x, &u, 0, m);
	for (unsigned j = 0; j < TAG_DIMENSION; j++)
		sub_product(&batch->g[j], &w[1], &in->z[j]);
	sub_product(&batch->h, &w[1], &in->z_r);

	/* w_3 ( x^m T - Y - sum z_j U_j ) */
	scalar_mul(&own[LAYOUT_T], &w[2], &in->x[m]);
	scalar_neg(&own[layout_y(&in->digits)], &w[2]);
	for (unsigned j = 0; j < TAG_DIMENSION; j++)
		sub_product(&batch->scalars[batch->u_at + j], &w[2], &in->z[j]);
	return true;
}

static void add_shared(struct batch *batch)
{
	const struct generators *generators = batch->generators;
	struct affine *points = batch->points;
	struct scalar *scalars = batch->scalars;
	size_t n = batch->n_terms;

	for (unsigned j = 0; j < TAG_DIMENSION; j++) {
		points[n] = generators->g[j];
		scalars[n++] = batch->g[j];
	}
	points[n] = generators->h;
	scalars[n++] = batch->h;
	for (unsigned d = 0; d < PROOF_DIGITS; d++)
		for (unsigned c = 0; c < PROOF_RADIX; c++) {
			points[n] = generators->p[d][c];
			scalars[n++] = batch->p[d][c];
			points[n] = generators->q[d][c];
			scalars[n++] = batch->q[d][c];
		}
	batch->n_terms = n;
}

/* The weighted sum of all equations of the items order[begin..end-1]. */
static void total(void *cookie, struct point *out, size_t begin, size_t end)
{
	struct batch *batch = cookie;
	size_t table_end = begin;

	point_identity(out);
	batch->n_terms = batch->n_run = 0;
	batch->scope = NULL;
	memset(batch->g, 0, sizeof batch->g);
	memset(batch->p, 0, sizeof batch->p);
	memset(batch->q, 0, sizeof batch->q);
	batch->h = scalar_zero;
	for (size_t at = begin; at < end; at++) {
		uint32_t t = batch->order[at];
		const struct ring *ring = batch->items[t].ring;

		if (at == table_end)
			table_end = batch->is_gathering ? end : open_table(batch, at, end);
		if (batch->terms_capacity - batch->n_terms < TERMS_PER_MAX + N_SHARED)
			flush_terms(batch, out);
		if (batch->verdicts[t])
			batch->verdicts[t] = add_item(batch, t);
		if (at + 1 == table_end || batch->items[batch->order[at + 1]].ring != ring ||
		    batch->n_run == MATRIX_ITEMS)
			flush_run(batch, ring);
		if (at + 1 == table_end && !batch->is_gathering)
			flush_table(batch, ring->points, out);
		if (batch->n_done < batch->n)
			progress_report(batch->progress, ++batch->n_done, batch->n);
	}
	add_shared(batch);
	flush_terms(batch, out);
}

static void exclude(void *cookie, size_t at)
{
	struct batch *batch = cookie;

	batch->verdicts[batch->order[at]] = false;
}

bool proof_verify_batch_vartime(bool *verdicts, const struct generators *generators,
				const struct proof_item *items, size_t n, const uint8_t *fresh,
				const struct progress *progress, void *scratch, size_t scratch_len)
{
	struct scratch memory = scratch_new(scratch, scratch_len);
	struct batch *batch;
	struct bisect bisect = {total, exclude, NULL};
	size_t n_run = n < MATRIX_ITEMS ? n : MATRIX_ITEMS;
	uint32_t *order;
	bool is_all = true;

	if (n == 0)
		return true;
	if (n == 1)
		return verdicts[0] =
			       proof_is_valid_vartime(generators, items, scratch, scratch_len);
	CHECK(n <= UINT32_MAX && scratch_len >= proof_verify_scratch_len(items, n));
	batch = scratch_take(&memory, 1, sizeof *batch);
	order = scratch_take(&memory, n, sizeof *order);
	*batch = (struct batch){
		.generators = generators,
		.items = items,
		.order = order,
		.verdicts = verdicts,
		.progress = progress,
		.parallel = items[0].ring->parallel,
		.n = n,
		.table_sums = scratch_take(&memory, table_of(items, n), sizeof(struct scalar)),
		.points = scratch_take(&memory, terms_of(n), sizeof(struct affine)),
		.scalars = scratch_take(&memory, terms_of(n), sizeof(struct scalar)),
		.terms_capacity = terms_of(n),
	};
	run_new(batch, n_run, &memory);
	batch->rest = memory;
	for (size_t t = 0; t < n; t++)
		verdicts[t] = true;
	sort(order, items, n);
	seed_weights(batch->seed, items, n, fresh);
	bisect.cookie = batch;
	bisect_vartime(&bisect, n);
	for (size_t t = 0; t < n; t++)
		is_all = is_all && verdicts[t];
	return is_all;
}

struct proof_gather {
	struct batch batch;
	struct point total;
	const struct affine *points;
	size_t n_chunk;
	uint8_t chain[HASH_BYTES]; /* of what was gathered so far, and the caller's randomness */
	bool is_bad;
};

size_t proof_gather_memory_len(size_t n_points, size_t n_chunk)
{
	size_t n_run = n_chunk < MATRIX_ITEMS ? n_chunk : MATRIX_ITEMS;
	uint64_t largest = n_points < RING_MIN   ? RING_MIN
			   : n_points < RING_MAX ? n_points
						 : RING_MAX;
	size_t inner = matrix_scratch_len(largest, n_run);
	size_t msm = ring_sum_table_scratch_len(terms_of(n_chunk)),
	       sum = ring_sum_table_scratch_len(n_points);

	inner = inner > msm ? inner : msm;
	inner = inner > sum ? inner : sum;
	return scratch_need(1, sizeof(struct proof_gather)) +
	       scratch_need(n_chunk, sizeof(uint32_t)) + scratch_need(n_chunk, sizeof(bool)) +
	       scratch_need(n_points, sizeof(struct scalar)) +
	       scratch_need(n_run, sizeof(struct layout_scalars)) + run_scalars_len(n_run) +
	       scratch_need(terms_of(n_chunk), sizeof(struct affine)) +
	       scratch_need(terms_of(n_chunk), sizeof(struct scalar)) + scratch_need(inner, 1);
}

static void gather_clear(struct proof_gather *gather)
{
	memset(gather->batch.table_sums, 0, gather->batch.end * sizeof(struct scalar));
	point_identity(&gather->total);
	gather->is_bad = false;
}

struct proof_gather *proof_gather_new(const struct generators *generators,
				      const struct affine *points, size_t n_points, size_t n_chunk,
				      const uint8_t *fresh, void *memory, size_t memory_len)
{
	struct scratch scratch = scratch_new(memory, memory_len);
	size_t n_run = n_chunk < MATRIX_ITEMS ? n_chunk : MATRIX_ITEMS;
	struct proof_gather *gather;

	CHECK(n_chunk >= 1 && n_chunk <= UINT32_MAX &&
	      memory_len >= proof_gather_memory_len(n_points, n_chunk));
	gather = scratch_take(&scratch, 1, sizeof *gather);
	*gather = (struct proof_gather){.points = points, .n_chunk = n_chunk};
	gather->batch = (struct batch){
		.generators = generators,
		.order = scratch_take(&scratch, n_chunk, sizeof(uint32_t)),
		.verdicts = scratch_take(&scratch, n_chunk, sizeof(bool)),
		.table_sums = scratch_take(&scratch, n_points, sizeof(struct scalar)),
		.end = n_points,
		.is_gathering = true,
		.points = scratch_take(&scratch, terms_of(n_chunk), sizeof(struct affine)),
		.scalars = scratch_take(&scratch, terms_of(n_chunk), sizeof(struct scalar)),
		.terms_capacity = terms_of(n_chunk),
	};
	run_new(&gather->batch, n_run, &scratch);
	gather->batch.rest = scratch;
	if (fresh)
		memcpy(gather->chain, fresh, HASH_BYTES);
	gather_clear(gather);
	return gather;
}

bool proof_gather_add_vartime(struct proof_gather *gather, const struct proof_item *items, size_t n,
			      const struct progress *progress)
{
	struct batch *batch = &gather->batch;
	struct point sum;

	CHECK(n <= gather->n_chunk);
	if (n == 0)
		return true;
	for (size_t t = 0; t < n; t++) {
		CHECK(items[t].ring->points == gather->points &&
		      items[t].ring->n_points <= batch->end);
		batch->verdicts[t] = true;
	}
	batch->items = items;
	batch->progress = progress;
	batch->parallel = items[0].ring->parallel;
	batch->n = n;
	batch->n_done = 0;
	sort(batch->order, items, n);
	seed_weights(batch->seed, items, n, gather->chain);
	memcpy(gather->chain, batch->seed, HASH_BYTES);
	total(batch, &sum, 0, n);
	point_add(&gather->total, &gather->total, &sum);
	for (size_t t = 0; t < n; t++)
		gather->is_bad = gather->is_bad || !batch->verdicts[t];
	return !gather->is_bad;
}

bool proof_gather_end_vartime(struct proof_gather *gather)
{
	bool is_valid;

	flush_table(&gather->batch, gather->points, &gather->total);
	is_valid = point_is_identity(&gather->total) && !gather->is_bad;
	gather_clear(gather);
	return is_valid;
}
