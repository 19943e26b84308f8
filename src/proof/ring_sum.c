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

size_t ring_sum_table_scratch_len(size_t n)
{
	return ring_sum_terms_scratch_len(least(n, TABLE_BLOCK));
}

void ring_sum_table_vartime(struct point *out, const struct scalar *scalars,
			    const struct affine *points, size_t n, void *scratch,
			    size_t scratch_len)
{
	struct point sum;

	point_identity(out);
	for (size_t k = 0; k < n; k += TABLE_BLOCK) {
		msm_vartime(&sum, scalars + k, points + k, least(n - k, TABLE_BLOCK), scratch,
			    scratch_len);
		point_add(out, out, &sum);
	}
}

size_t ring_sum_scratch_len(uint64_t n)
{
	size_t block = least((size_t)n, GATHER_BLOCK);
	size_t gather = scratch_need(block, sizeof(struct affine)) +
			scratch_need(ring_sum_terms_scratch_len(block), 1);
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
		ring_sum_table_vartime(out, scalars, ring->points + ring->first, n, scratch,
				       scratch_len);
		return;
	}
	points = scratch_take(&memory, block, sizeof *points);
	point_identity(out);
	for (size_t k = 0; k < n; k += block) {
		size_t count = least(n - k, block);

		for (size_t at = 0; at < count; at++)
			points[at] = *ring_point(ring, k + at);
		msm_vartime(&sum, scalars + k, points, count, memory.next, memory.left);
		point_add(out, out, &sum);
	}
}
