/* What the prover computes with secret scalars: the contraction against its definition, with cells
 * whose logarithms are known, and sums of few points. */
#include "group_testing.h"

#include "backend.h"

#define N_UNITS 11 /* eight lanes, and some of a second vector */

static struct test_random test_random;

static bool choose(size_t i)
{
	const struct backend *const backend = backend_at(i);

	if (!backend)
		return false;
	if (!backend->is_supported())
		return choose(i + 1);
	assert_int_equal(backend_choose(backend->name), UNDERSIGN_OK);
	return true;
}

static const struct shape {
	unsigned n_digits, radix[CONTRACTION_DIGITS];
} shapes[] = {
	{1, {2}},    {1, {3}},       {1, {4}},       {2, {4, 4}},
	{2, {4, 3}}, {3, {4, 4, 4}}, {3, {4, 4, 2}}, {3, {2, 3, 4}},
};

/* What the scalars of a test are: anything, or such as an encoding might get wrong. */
enum kind { RANDOM, ZERO, ONE, LAST, HALF, N_KINDS };

static void fill(struct scalar *out, enum kind kind)
{
	random_scalar(&test_random, out);
	if (kind == ZERO)
		*out = scalar_zero;
	else if (kind == ONE)
		*out = scalar_one;
	else if (kind == LAST)
		scalar_neg(out, &scalar_one);
	else if (kind == HALF) {
		scalar_from_u64(out, 2);
		scalar_invert(out, out);
	}
}

/* The coefficients of prod over d of (sigma_{d,k_d} x + a_{d,k_d}) for one cell. */
static void factors_of(struct scalar out[static CONTRACTION_DIGITS + 1], const struct shape *shape,
		       size_t k, const uint64_t *digit, const struct scalar (*a)[CONTRACTION_RADIX])
{
	out[0] = scalar_one;
	for (unsigned d = 0; d < shape->n_digits; k /= shape->radix[d++]) {
		const size_t c = k % shape->radix[d];

		out[d + 1] = scalar_zero;
		for (unsigned g = d + 2; g-- > 0;) {
			struct scalar term = scalar_zero;

			if (g <= d)
				scalar_mul(&term, &out[g], &a[d][c]);
			if (g > 0 && c == digit[d])
				scalar_add(&term, &term, &out[g - 1]);
			out[g] = term;
		}
	}
}

/* One cell in three has Z = 1, as in the first step, the others not; one is the identity. */
static void make_cells(struct point *out, struct scalar *logs, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		fill(&logs[k], k == 5 ? ZERO : RANDOM);
		point_mul_base(&out[k], &logs[k]);
		if (k % 3 == 0) {
			struct affine affine;

			affine_from_point(&affine, &out[k]);
			point_from_affine(&out[k], &affine);
		}
	}
}

static void try_shape(const struct shape *shape, const uint64_t *digit, enum kind kind)
{
	static struct point cells[N_UNITS * CONTRACTION_CELLS];
	static struct point out[N_UNITS * (CONTRACTION_DIGITS + 1) + 1];
	static struct scalar logs[N_UNITS * CONTRACTION_CELLS];
	static struct contraction by;
	const size_t len = contraction_scratch_len(), n_out = shape->n_digits + 1;
	struct scalar a[CONTRACTION_DIGITS][CONTRACTION_RADIX];
	uint8_t *const scratch = aligned_alloc(64, (len + 63) & ~(size_t)63);
	struct point expected, untouched;
	size_t n_cells = 1;

	assert_non_null(scratch);
	for (unsigned d = 0; d < shape->n_digits; d++) {
		n_cells *= shape->radix[d];
		a[d][0] = scalar_zero;
		for (unsigned c = 1; c < shape->radix[d]; c++) {
			fill(&a[d][c], kind);
			scalar_sub(&a[d][0], &a[d][0], &a[d][c]);
		}
	}
	make_cells(cells, logs, N_UNITS * n_cells);
	contraction_new(&by, shape->n_digits, shape->radix, digit,
			(const struct scalar(*)[CONTRACTION_RADIX])a);
	assert_int_equal(by.n_cells, n_cells);
	point_base(&untouched);
	out[N_UNITS * n_out] = untouched;
	points_contract_each(out, cells, N_UNITS, &by, scratch, len);
	for (size_t u = 0; u < N_UNITS; u++) {
		struct scalar sums[CONTRACTION_DIGITS + 1] = {scalar_zero};
		struct scalar factors[CONTRACTION_DIGITS + 1];

		for (size_t k = 0; k < n_cells; k++) {
			factors_of(factors, shape, k, digit,
				   (const struct scalar(*)[CONTRACTION_RADIX])a);
			for (size_t g = 0; g < n_out; g++)
				scalar_mul_add(&sums[g], &factors[g], &logs[u * n_cells + k],
					       &sums[g]);
		}
		for (size_t g = 0; g < n_out; g++) {
			point_mul_base(&expected, &sums[g]);
			assert_int_equal(point_is_equal(&out[u * n_out + g], &expected), 1);
		}
	}
	assert_memory_equal(&out[N_UNITS * n_out], &untouched, sizeof untouched);
	/* Secrets are wiped. */
	for (size_t i = 0; i < len; i++)
		assert_int_equal(scratch[i], 0);
	free(scratch);
}

static void contracts_as_defined(void **state)
{
	(void)state;
	for (size_t b = 0; choose(b); b++)
		for (size_t i = 0; i < LEN(shapes); i++)
			for (enum kind kind = RANDOM; kind < N_KINDS; kind++) {
				uint64_t digit[CONTRACTION_DIGITS];

				for (unsigned d = 0; d < shapes[i].n_digits; d++)
					digit[d] = (kind + d) % shapes[i].radix[d];
				try_shape(&shapes[i], digit, kind);
			}
}

static void contracts_for_every_digit(void **state)
{
	(void)state;
	for (size_t b = 0; choose(b); b++)
		for (uint64_t k = 0; k < 16; k++)
			try_shape(&shapes[3], (const uint64_t[]){k & 3, k >> 2}, RANDOM);
}

static void writes_nothing_for_no_unit(void **state)
{
	struct point out, base;
	struct scalar a[1][CONTRACTION_RADIX] = {{scalar_zero}};

	(void)state;
	point_base(&base);
	for (size_t b = 0; choose(b); b++) {
		const size_t len = contraction_scratch_len();
		uint8_t *const scratch = aligned_alloc(64, (len + 63) & ~(size_t)63);
		struct contraction by;

		assert_non_null(scratch);
		contraction_new(&by, 1, (const unsigned[]){4}, (const uint64_t[]){0},
				(const struct scalar(*)[CONTRACTION_RADIX])a);
		out = base;
		points_contract_each(&out, &base, 0, &by, scratch, len);
		assert_memory_equal(&out, &base, sizeof base);
		free(scratch);
	}
}

/* Of numbers of terms around those of a vector, with small and large scalars among them. */
static void combines_like_point_combine(void **state)
{
	static const size_t lens[] = {1, 2, 3, 4, 7, 8, 9, 16, 31, 32, 33, 65, POINT_COMBINE_MAX};
	static struct scalar scalars[POINT_COMBINE_MAX];
	static struct point points[POINT_COMBINE_MAX];
	uint8_t unused[POINT_BYTES];

	(void)state;
	for (size_t i = 0; i < POINT_COMBINE_MAX; i++) {
		fill(&scalars[i], i % 7 < N_KINDS ? (enum kind)(i % 7) : RANDOM);
		random_point(&test_random, &points[i], unused);
		if (i % 5 == 0)
			point_double(&points[i], &points[i]);
	}
	point_identity(&points[6]);
	for (size_t b = 0; choose(b); b++)
		for (size_t i = 0; i < LEN(lens); i++) {
			struct point expected, out;

			point_combine(&expected, scalars, points, lens[i]);
			points_combine(&out, scalars, points, lens[i]);
			assert_int_equal(point_is_equal(&out, &expected), 1);
			/* The outcome may take the place of a point. */
			out = points[0];
			points_combine(&points[0], scalars, points, lens[i]);
			assert_int_equal(point_is_equal(&points[0], &expected), 1);
			points[0] = out;
		}
}

/* The signs of a table are those of the scalars: their sum over all bits is congruent to each. */
static void writes_scalars_as_signs(void **state)
{
	(void)state;
	for (enum kind kind = RANDOM; kind < N_KINDS; kind++) {
		struct scalar a[1][CONTRACTION_RADIX] = {{scalar_zero}}, two, sums[3];
		struct contraction by;

		for (unsigned c = 1; c < 4; c++)
			fill(&a[0][c], kind);
		contraction_new(&by, 1, (const unsigned[]){4}, (const uint64_t[]){2},
				(const struct scalar(*)[CONTRACTION_RADIX])a);
		assert_int_equal(by.n_tables, 1);
		assert_int_equal(by.tables[0].n_terms, 3);
		scalar_from_u64(&two, 2);
		memset(sums, 0, sizeof sums);
		for (size_t i = CONTRACTION_BITS; i-- > 0;)
			for (unsigned j = 0; j < 3; j++) {
				const unsigned all = by.tables[0].signs[i], first = all & 1;
				const unsigned is_minus = j == 0 ? first : first ^ (all >> j & 1);

				scalar_mul(&sums[j], &sums[j], &two);
				if (is_minus)
					scalar_sub(&sums[j], &sums[j], &scalar_one);
				else
					scalar_add(&sums[j], &sums[j], &scalar_one);
			}
		for (unsigned j = 0; j < 3; j++)
			assert_int_equal(scalar_is_equal(&sums[j], &a[0][by.tables[0].place[j]]),
					 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_scalars_as_signs),
		cmocka_unit_test(combines_like_point_combine),
		cmocka_unit_test(contracts_as_defined),
		cmocka_unit_test(contracts_for_every_digit),
		cmocka_unit_test(writes_nothing_for_no_unit),
	};

	test_random = test_random_new();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
