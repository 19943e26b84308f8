/* The matrix products against scalar_mul_add: shapes around the limits of blocks and passes, sums
 * of up to the most terms, and values of l - 1 and others with extreme limbs. */
#include "group_testing.h"

#include "matrix_backend.h"

#include "batch.h"

static struct test_random test_random;

struct product {
	const char *name;
	bool (*is_supported)(void);
	void (*prepare)(void *prepared, const struct scalar *columns, size_t n_columns,
			size_t n_terms);
	void (*multiply)(struct scalar *out, const struct scalar *rows, size_t n_rows,
			 const void *prepared, size_t n_columns, size_t n_terms, void *scratch,
			 size_t scratch_len);
};

static bool always(void)
{
	return true;
}

#if defined(UNDERSIGNED_HAS_IFMA)
static bool has_ifma(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512ifma");
}
#endif

static const struct product products[] = {
	{"dispatched", always, matrix_prepare, matrix_multiply},
	{"portable", always, matrix_portable_prepare, matrix_portable_multiply},
#if defined(UNDERSIGNED_HAS_IFMA)
	{"ifma", has_ifma, matrix_ifma_prepare, matrix_ifma_multiply},
#endif
};

enum values { RANDOM, LARGEST, EXTREME };

/* EXTREME: zeros, ones, l - 1, and numbers whose limbs of 26 bits are all ones but for the top. */
static void fill(struct scalar *out, size_t n, enum values values)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t choice = values == EXTREME ? test_random_below(&test_random, 5) : 4;

		random_scalar(&test_random, &out[i]);
		if (values == LARGEST || choice == 0)
			scalar_neg(&out[i], &scalar_one);
		else if (choice == 1)
			out[i] = scalar_zero;
		else if (choice == 2)
			out[i] = scalar_one;
		else if (choice == 3)
			out[i] = (struct scalar){
				{UINT64_MAX, UINT64_MAX, UINT64_MAX, 0x0fffffffffffffff}};
	}
}

static void *memory(size_t len)
{
	void *out = aligned_alloc(64, (len + 63) & ~(size_t)63);

	assert_non_null(out);
	return out;
}

static void compare(const struct product *product, size_t n_rows, size_t n_columns, size_t n_terms,
		    enum values values)
{
	const size_t scratch_len = matrix_multiply_scratch_len(n_terms);
	struct scalar *rows = memory(n_rows * n_terms * sizeof *rows);
	struct scalar *columns = memory(n_columns * n_terms * sizeof *columns);
	struct scalar *out = memory(n_rows * n_columns * sizeof *out);
	void *prepared = memory(matrix_prepared_len(n_columns, n_terms));
	void *scratch = memory(scratch_len);

	fill(rows, n_rows * n_terms, values);
	fill(columns, n_columns * n_terms, values);
	product->prepare(prepared, columns, n_columns, n_terms);
	product->multiply(out, rows, n_rows, prepared, n_columns, n_terms, scratch, scratch_len);
	for (size_t r = 0; r < n_rows; r++)
		for (size_t c = 0; c < n_columns; c++) {
			struct scalar sum = scalar_zero;
			uint8_t bytes[SCALAR_BYTES];

			for (size_t t = 0; t < n_terms; t++)
				scalar_mul_add(&sum, &rows[t * n_rows + r],
					       &columns[t * n_columns + c], &sum);
			assert_memory_equal(&out[r * n_columns + c], &sum, sizeof sum);
			/* Reduced: its encoding is accepted. */
			scalar_encode(bytes, &out[r * n_columns + c]);
			assert_int_equal(scalar_decode(&sum, bytes), UNDERSIGN_OK);
		}
	free(rows);
	free(columns);
	free(out);
	free(prepared);
	free(scratch);
}

static void each(void (*run)(const struct product *product))
{
	for (size_t i = 0; i < LEN(products); i++) {
		if (products[i].is_supported())
			run(&products[i]);
		else
			print_message("not usable here: %s\n", products[i].name);
	}
}

static void run_shapes(const struct product *product)
{
	static const size_t rows[] = {1, 2, 5, 6, 7, 23, 24};
	static const size_t columns[] = {1, 2, 3, 4, 7, 8, 9, 16, 17, 31, 32, 33, 64, 65};

	for (size_t r = 0; r < LEN(rows); r++)
		for (size_t c = 0; c < LEN(columns); c++)
			compare(product, rows[r], columns[c], 1 + (r + c) % 3, EXTREME);
	compare(product, 24, 64, 128, RANDOM);
}

static void shapes_agree(void **state)
{
	(void)state;
	each(run_shapes);
}

static void run_lengths(const struct product *product)
{
	static const size_t lengths[] = {1, 63, 64, 65, 127, 128, 129, 255, 256, 257, 4095, 4096};

	for (size_t i = 0; i < LEN(lengths); i++) {
		compare(product, 3, 9, lengths[i], LARGEST);
		compare(product, 3, 9, lengths[i], EXTREME);
	}
}

static void long_sums_of_the_largest_agree(void **state)
{
	(void)state;
	each(run_lengths);
}

/* Sums just below and at multiples of l, where the quotient's estimate decides. */
static void run_edges(const struct product *product)
{
	const size_t scratch_len = matrix_multiply_scratch_len(2);
	void *prepared = memory(matrix_prepared_len(1, 2)), *scratch = memory(scratch_len);
	struct scalar minus_one, rows[2], columns[2], out;

	scalar_neg(&minus_one, &scalar_one);
	for (uint64_t k = 0; k < 1000; k++) {
		/* (l - 1) k + 1 (k + d) = d mod l */
		scalar_from_u64(&columns[0], k);
		scalar_from_u64(&columns[1], k + (k & 1));
		rows[0] = minus_one;
		rows[1] = scalar_one;
		product->prepare(prepared, columns, 1, 2);
		product->multiply(&out, rows, 1, prepared, 1, 2, scratch, scratch_len);
		assert_memory_equal(&out, k & 1 ? &scalar_one : &scalar_zero, sizeof out);
	}
	free(prepared);
	free(scratch);
}

static void edges_agree(void **state)
{
	(void)state;
	each(run_edges);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes_agree),
		cmocka_unit_test(long_sums_of_the_largest_agree),
		cmocka_unit_test(edges_agree),
	};

	test_random = test_random_new();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
