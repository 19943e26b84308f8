#include "ring_sum.h"

#include "scratch.h"

#include "batch.h"

/* Large enough that cutting costs little, small enough for its scratch. */
#define TABLE_BLOCK  ((size_t)1 << 16)
#define GATHER_BLOCK ((size_t)1 << 14)

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Beyond this number of terms there is one way only, and its scratch grows with them. */
#define FEW_TERMS ((size_t)256)

size_t ring_sum_terms_scratch_len(size_t n)
{
	size_t most = msm_scratch_len(n);

	for (size_t k = least(n, FEW_TERMS); k > 0; k--)
		if (msm_scratch_len(k) > most)
			most = msm_scratch_len(k);
	return most;
}

/* Pieces of one sum that threads take at a time, and their bounds: a large one is cheaper for each
 * point, and takes more scratch. */
#define PIECES    ((size_t)8)
#define PIECE_MIN ((size_t)1 << 10)
#define PIECE_MAX ((size_t)1 << 15)

static size_t pieces_of(size_t n, unsigned n_threads)
{
	size_t n_pieces = n_threads;

	while (n_pieces > 1 && n < n_pieces * PIECE_MIN)
		n_pieces--;
	/* Uneven threads share them better when there are more. */
	return n > n_pieces * PIECE_MAX ? PIECES : least(n_pieces, PIECES);
}

static size_t piece_len(size_t n, size_t n_pieces)
{
	return n_pieces == 1 ? least(n, TABLE_BLOCK)
			     : least((n + n_pieces - 1) / n_pieces, PIECE_MAX);
}

size_t ring_sum_table_scratch_len(size_t n)
{
	size_t most = 0;

	for (unsigned n_threads = 1; n_threads <= PIECES; n_threads++) {
		size_t n_pieces = n_threads == 1 ? 1 : pieces_of(n, n_threads);
		size_t piece = ring_sum_terms_scratch_len(piece_len(n, n_pieces));
		size_t len = n_pieces * scratch_need(piece, 1);

		most = len > most ? len : most;
	}
	return most;
}

struct pieces {
	const struct scalar *scalars;
	const struct affine *points;
	size_t n, len;
	uint8_t *scratch; /* scratch_len for each */
	size_t scratch_len;
	struct point sums[PIECES];
};

static void sum_piece(void *context, size_t i)
{
	struct pieces *pieces = context;
	size_t at = i * pieces->len;

	msm_vartime(&pieces->sums[i], pieces->scalars + at, pieces->points + at,
		    least(pieces->n - at, pieces->len), pieces->scratch + i * pieces->scratch_len,
		    pieces->scratch_len);
}

void ring_sum_table_vartime(struct point *out, const struct scalar *scalars,
			    const struct affine *points, size_t n, const struct parallel *parallel,
			    void *scratch, size_t scratch_len)
{
	const unsigned n_threads = parallel_threads(parallel);
	const size_t most = n_threads == 1 ? 1 : pieces_of(n, n_threads);
	const size_t len = piece_len(n, most);
	struct pieces pieces = {.len = len, .scratch = scratch};

	pieces.scratch_len = scratch_need(ring_sum_terms_scratch_len(len), 1);
	CHECK(most * pieces.scratch_len <= scratch_len);
	point_identity(out);
	for (size_t k = 0; k < n; k += pieces.n) {
		pieces.scalars = scalars + k;
		pieces.points = points + k;
		pieces.n = least(n - k, most * len);
		size_t n_pieces = (pieces.n + len - 1) / len;

		parallel_run(parallel, sum_piece, &pieces, n_pieces);
		for (size_t i = 0; i < n_pieces; i++)
			point_add(out, out, &pieces.sums[i]);
	}
}

size_t ring_sum_scratch_len(uint64_t n)
{
	size_t block = least((size_t)n, GATHER_BLOCK);
	size_t gather = scratch_need(block, sizeof(struct affine)) +
			scratch_need(ring_sum_table_scratch_len(block), 1);
	size_t table = ring_sum_table_scratch_len((size_t)n);

	return gather > table ? gather : table;
}

void ring_sum_vartime(struct point *out, const struct scalar *scalars, const struct ring *ring,
		      void *scratch, size_t scratch_len)
{
	struct scratch memory = scratch_new(scratch, scratch_len);
	size_t n = (size_t)ring->n, block = least(n, GATHER_BLOCK);
	struct affine *points;
	struct point sum;

	if (!ring->members) {
		ring_sum_table_vartime(out, scalars, ring->points + ring->first, n, ring->parallel,
				       scratch, scratch_len);
		return;
	}
	points = scratch_take(&memory, block, sizeof *points);
	point_identity(out);
	for (size_t k = 0; k < n; k += block) {
		size_t count = least(n - k, block);

		for (size_t at = 0; at < count; at++)
			points[at] = *ring_point(ring, k + at);
		ring_sum_table_vartime(&sum, scalars + k, points, count, ring->parallel,
				       memory.next, memory.left);
		point_add(out, out, &sum);
	}
}
