/* One proof, by the three equations (protocol 6.3). */
#include "verify.h"

#include "batch_proof.h"
#include "layout.h"
#include "matrix.h"
#include "ring_sum.h"
#include "scratch.h"

#include "batch.h"
#include "memory.h"

/* Terms of the largest equation but for the ring: E1. */
#define TERMS_MAX (2 * PROOF_RADIX * PROOF_DIGITS + 3)

struct terms {
	struct affine *points;
	struct scalar *scalars;
	size_t n;
};

static void term(struct terms *terms, const struct scalar *scalar, const struct affine *point)
{
	CHECK(terms->n < TERMS_MAX);
	terms->points[terms->n] = *point;
	terms->scalars[terms->n++] = *scalar;
}

static void term_negated(struct terms *terms, const struct scalar *scalar,
			 const struct affine *point)
{
	struct scalar negated;

	scalar_neg(&negated, scalar);
	term(terms, &negated, point);
}

/* A + xB - sum ( f P + f (x - f) Q ) - z_A H */
static void fill_e1(struct terms *terms, const struct generators *generators,
		    const struct layout_scalars *in, const struct affine *points)
{
	struct scalar t;

	terms->n = 0;
	term(terms, &scalar_one, &points[LAYOUT_A]);
	term(terms, &in->x[1], &points[LAYOUT_B]);
	for (unsigned d = 0; d < in->digits.n_digits; d++)
		for (unsigned c = 0; c < digits_radix(&in->digits, d); c++) {
			term_negated(terms, &in->f[d][c], &generators->p[d][c]);
			scalar_sub(&t, &in->x[1], &in->f[d][c]);
			scalar_mul(&t, &t, &in->f[d][c]);
			term_negated(terms, &t, &generators->q[d][c]);
		}
	term_negated(terms, &in->z_a, &generators->h);
}

/* sum x^d X_d + sum z_j G_j + z_r H, the right side of E2 */
static void fill_e2(struct terms *terms, const struct generators *generators,
		    const struct layout_scalars *in, const struct affine *points)
{
	terms->n = 0;
	for (unsigned d = 0; d < in->digits.n_digits; d++)
		term(terms, &in->x[d], &points[LAYOUT_X + d]);
	for (unsigned j = 0; j < TAG_DIMENSION; j++)
		term(terms, &in->z[j], &generators->g[j]);
	term(terms, &in->z_r, &generators->h);
}

/* x^m T - Y - sum z_j U_j */
static void fill_e3(struct terms *terms, const struct scope *scope, const struct layout_scalars *in,
		    const struct affine *points)
{
	terms->n = 0;
	term(terms, &in->x[in->digits.n_digits], &points[LAYOUT_T]);
	term_negated(terms, &scalar_one, &points[layout_y(&in->digits)]);
	for (unsigned j = 0; j < TAG_DIMENSION; j++)
		term_negated(terms, &in->z[j], &scope->u[j]);
}

static size_t single_scratch_len(uint64_t n)
{
	size_t inner = matrix_scratch_len(n, 1), msm = ring_sum_terms_scratch_len(TERMS_MAX);
	size_t sum = ring_sum_scratch_len(n);

	inner = inner > msm ? inner : msm;
	inner = inner > sum ? inner : sum;
	return scratch_need((size_t)n, sizeof(struct scalar)) +
	       scratch_need(LAYOUT_POINTS_MAX, sizeof(struct affine)) +
	       scratch_need(1, sizeof(struct layout_scalars)) +
	       scratch_need(TERMS_MAX, sizeof(struct affine)) +
	       scratch_need(TERMS_MAX, sizeof(struct scalar)) + scratch_need(inner, 1);
}

size_t proof_verify_scratch_len(const struct proof_item *items, size_t n)
{
	uint64_t largest = RING_MIN;
	size_t single, batch;

	for (size_t t = 0; t < n; t++)
		if (items[t].ring->n > largest && items[t].ring->n <= RING_MAX)
			largest = items[t].ring->n;
	single = single_scratch_len(largest);
	batch = n < 2 ? 0 : batch_proof_scratch_len(items, n, largest);
	return single > batch ? single : batch;
}

bool proof_is_valid_vartime(const struct generators *generators, const struct proof_item *item,
			    void *scratch, size_t scratch_len)
{
	struct scratch memory = scratch_new(scratch, scratch_len);
	struct layout_scalars *in = scratch_take(&memory, 1, sizeof *in);
	struct affine *points = scratch_take(&memory, LAYOUT_POINTS_MAX, sizeof *points);
	struct terms terms = {
		.points = scratch_take(&memory, TERMS_MAX, sizeof(struct affine)),
		.scalars = scratch_take(&memory, TERMS_MAX, sizeof(struct scalar)),
	};
	struct scalar *phi;
	struct point left, right;

	if (!layout_decode_vartime(in, points, item))
		return false;
	fill_e1(&terms, generators, in, points);
	msm_vartime(&left, terms.scalars, terms.points, terms.n, memory.next, memory.left);
	if (!point_is_identity(&left))
		return false;
	fill_e3(&terms, item->scope, in, points);
	msm_vartime(&left, terms.scalars, terms.points, terms.n, memory.next, memory.left);
	if (!point_is_identity(&left))
		return false;
	fill_e2(&terms, generators, in, points);
	msm_vartime(&right, terms.scalars, terms.points, terms.n, memory.next, memory.left);
	phi = scratch_take(&memory, (size_t)item->ring->n, sizeof *phi);
	memset(phi, 0, (size_t)item->ring->n * sizeof *phi);
	matrix_add_vartime(phi, true, 0, item->ring, in, &scalar_one, 1, memory.next, memory.left);
	ring_sum_vartime(&left, phi, item->ring, memory.next, memory.left);
	return point_is_equal(&left, &right);
}
