#include "testing.h"

#include "oracle.h"

#include <sodium.h>

static struct test_random test_random;

/* Random bytes, runs of ones or zeros, and numbers next to p, l and 2^255. */
static void sample(uint8_t out[static 32])
{
	const size_t kind = test_random_below(&test_random, 8),
		     at = test_random_below(&test_random, 32);

	test_random_fill(&test_random, out, 32);
	if (kind == 0) {
		memset(out + at, 0xff, 32 - at);
	} else if (kind == 1) {
		memset(out + at, 0, 32 - at);
	} else if (kind == 2) {
		memset(out, at % 2 ? 0xff : 0, at);
	} else if (kind == 3) {
		memset(out + 1, 0xff, 31);
		out[31] = 0x7f;
	} else if (kind == 4) {
		memset(out, 0, 32);
		out[at] = (uint8_t)(1 << at % 8);
	}
}

static void both_fields_agree(void **state)
{
	const int n = test_is_full() ? 20000 : 400;

	(void)state;
	for (int i = 0; i < n; i++) {
		uint8_t a[32], b[32], left[32], right[32];

		sample(a);
		sample(b);
		for (int operation = 0; operation < N_OPERATIONS; operation++) {
			oracle51_compute(left, (enum operation)operation, a, b);
			oracle25_compute(right, (enum operation)operation, a, b);
			assert_memory_equal(left, right, sizeof left);
		}
	}
}

static void both_sums_agree(void **state)
{
	static const size_t lens[] = {0, 1, 2, 7, 100, 160, 161, 512};
	static uint8_t scalars[512][32], points[512][32];

	(void)state;
	for (int i = 0; i < 512; i++) {
		uint8_t uniform[64];

		sample(uniform);
		sample(uniform + 32);
		assert_int_equal(crypto_core_ristretto255_from_hash(points[i], uniform), 0);
		sample(scalars[i]);
	}
	for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
		uint8_t left[32], right[32];

		oracle51_msm(left, scalars[0], points[0], lens[i]);
		oracle25_msm(right, scalars[0], points[0], lens[i]);
		assert_memory_equal(left, right, sizeof left);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_fields_agree),
		cmocka_unit_test(both_sums_agree),
	};

	test_random = test_random_new();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
