#include "group_testing.h"

static struct test_random test_random;

static const char *const order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

/* 0, 1, 2, l - 1, l - 2, (l - 1)/2, (l + 1)/2, 2^252 - 1, 2^252, ones below 2^125. */
static const char *const boundary[] = {
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"0200000000000000000000000000000000000000000000000000000000000000",
	"ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
	"ebd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
	"f6e97a2e8d31092c6bce7b51ef7c6f0a00000000000000000000000000000008",
	"f7e97a2e8d31092c6bce7b51ef7c6f0a00000000000000000000000000000008",
	"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0f",
	"0000000000000000000000000000000000000000000000000000000000000010",
	"ffffffffffffffffffffffffffffff1f00000000000000000000000000000000",
};

static void sample(struct scalar *out, size_t i)
{
	uint8_t bytes[SCALAR_BYTES];

	if (i >= LEN(boundary)) {
		random_scalar(&test_random, out);
		return;
	}
	from_hex(bytes, sizeof bytes, boundary[i]);
	assert_int_equal(scalar_decode(out, bytes), UNDERSIGN_OK);
}

static void assert_scalar_is(const struct scalar *a, const uint8_t expected[static SCALAR_BYTES])
{
	uint8_t bytes[SCALAR_BYTES];

	scalar_encode(bytes, a);
	assert_memory_equal(bytes, expected, sizeof bytes);
}

/* out = a + b, 32 bytes; the carry. */
static int add_bytes(uint8_t *out, const uint8_t *a, const uint8_t *b)
{
	int carry = 0;

	for (int i = 0; i < 32; i++) {
		carry += a[i] + b[i];
		out[i] = (uint8_t)carry;
		carry >>= 8;
	}
	return carry;
}

static void assert_refused(const uint8_t bytes[static SCALAR_BYTES])
{
	struct scalar out = scalar_one;

	assert_int_equal(scalar_decode(&out, bytes), UNDERSIGN_E_ENCODING);
	assert_int_equal(scalar_is_zero(&out), 1);
}

/* attacks: a second encoding of a scalar would be a second statement. */
static void decodes_strictly(void **state)
{
	uint8_t l[32], bytes[32], ones[32];
	struct scalar s, reduced;
	int n_multiples;

	(void)state;
	from_hex(l, sizeof l, order);
	assert_refused(l);
	memset(ones, 0xff, sizeof ones);
	assert_refused(ones);
	ones[31] = 0x7f;
	assert_refused(ones);
	for (size_t i = 0; i < LEN(boundary) + 20; i++) {
		sample(&s, i);
		scalar_encode(bytes, &s);
		assert_int_equal(scalar_decode(&reduced, bytes), UNDERSIGN_OK);
		assert_int_equal(scalar_is_equal(&s, &reduced), 1);
		/* s + k l, for every k that fits */
		for (n_multiples = 0; add_bytes(bytes, bytes, l) == 0; n_multiples++) {
			assert_refused(bytes);
			scalar_reduce(&reduced, bytes);
			assert_int_equal(scalar_is_equal(&s, &reduced), 1);
		}
		assert_in_range(n_multiples, 14, 15);
		scalar_encode(bytes, &s);
		for (int bit = 5; bit < 8; bit++) {
			bytes[31] ^= (uint8_t)(1 << bit);
			assert_refused(bytes);
			bytes[31] ^= (uint8_t)(1 << bit);
		}
	}
}

static void agrees_with_libsodium(void **state)
{
	const size_t n = LEN(boundary) + (test_is_full() ? 300 : 40);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++) {
			uint8_t a_bytes[32], b_bytes[32], expected[32], c_bytes[32];
			struct scalar a, b, c, out;

			sample(&a, i);
			sample(&b, j);
			sample(&c, n);
			scalar_encode(a_bytes, &a);
			scalar_encode(b_bytes, &b);
			scalar_encode(c_bytes, &c);
			scalar_add(&out, &a, &b);
			crypto_core_ristretto255_scalar_add(expected, a_bytes, b_bytes);
			assert_scalar_is(&out, expected);
			scalar_sub(&out, &a, &b);
			crypto_core_ristretto255_scalar_sub(expected, a_bytes, b_bytes);
			assert_scalar_is(&out, expected);
			scalar_mul(&out, &a, &b);
			crypto_core_ristretto255_scalar_mul(expected, a_bytes, b_bytes);
			assert_scalar_is(&out, expected);
			scalar_mul_add(&out, &a, &b, &c);
			crypto_core_ristretto255_scalar_add(expected, expected, c_bytes);
			assert_scalar_is(&out, expected);
			scalar_select(&out, 1, &a, &b);
			assert_scalar_is(&out, a_bytes);
			scalar_select(&out, 0, &a, &b);
			assert_scalar_is(&out, b_bytes);
			assert_int_equal(scalar_is_equal(&a, &b),
					 memcmp(a_bytes, b_bytes, 32) == 0);
		}
	}
	for (size_t i = 0; i < n; i++) {
		uint8_t a_bytes[32], expected[32];
		struct scalar a, out;

		sample(&a, i);
		scalar_encode(a_bytes, &a);
		scalar_neg(&out, &a);
		crypto_core_ristretto255_scalar_negate(expected, a_bytes);
		assert_scalar_is(&out, expected);
		scalar_invert(&out, &a);
		if (scalar_is_zero(&a)) {
			assert_int_equal(scalar_is_zero(&out), 1);
			continue;
		}
		assert_int_equal(crypto_core_ristretto255_scalar_invert(expected, a_bytes), 0);
		assert_scalar_is(&out, expected);
	}
}

static void reduces_wide_numbers(void **state)
{
	uint8_t wide[64], expected[32];
	struct scalar out;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		test_random_fill(&test_random, wide, sizeof wide);
		/* All ones or zeros, from the top or the bottom, in some. */
		if (i % 4 == 1)
			memset(wide + i % 64, 0xff, (size_t)(64 - i % 64));
		else if (i % 4 == 2)
			memset(wide, 0xff, (size_t)(i % 65));
		else if (i % 4 == 3)
			memset(wide + i % 64, 0, (size_t)(64 - i % 64));
		scalar_reduce_wide(&out, wide);
		crypto_core_ristretto255_scalar_reduce(expected, wide);
		assert_scalar_is(&out, expected);
	}
	memset(wide, 0xff, sizeof wide);
	scalar_reduce_wide(&out, wide);
	crypto_core_ristretto255_scalar_reduce(expected, wide);
	assert_scalar_is(&out, expected);
	scalar_from_u64(&out, UINT64_MAX);
	memset(expected, 0, sizeof expected);
	memset(expected, 0xff, 8);
	assert_scalar_is(&out, expected);
}

/* All 2^16 products of the contract, the largest ones among them. */
static void accumulates(void **state)
{
	struct scalar_accumulator sum = {{0}};
	struct scalar a, b, out, expected = scalar_zero;

	(void)state;
	scalar_accumulator_reduce(&out, &sum);
	assert_int_equal(scalar_is_zero(&out), 1);
	for (size_t i = 0; i < 1 << 16; i++) {
		sample(&a, i < 1 << 10 ? LEN(boundary) : i % 2 ? 3 : i % 5);
		sample(&b, i < 1 << 10 ? LEN(boundary) : i % 2 ? 3 : i % 7);
		scalar_accumulate(&sum, &a, &b);
		scalar_mul_add(&expected, &a, &b, &expected);
		if (i % 4096 < 2 || i == (1 << 16) - 1) {
			scalar_accumulator_reduce(&out, &sum);
			assert_int_equal(scalar_is_equal(&out, &expected), 1);
		}
	}
	/* Nothing but (l - 1)^2 = 1. */
	memset(&sum, 0, sizeof sum);
	sample(&a, 3);
	for (size_t i = 0; i < 1 << 16; i++)
		scalar_accumulate(&sum, &a, &a);
	scalar_accumulator_reduce(&out, &sum);
	scalar_from_u64(&expected, 1 << 16);
	assert_int_equal(scalar_is_equal(&out, &expected), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_strictly),
		cmocka_unit_test(agrees_with_libsodium),
		cmocka_unit_test(reduces_wide_numbers),
		cmocka_unit_test(accumulates),
	};

	test_random = test_random_new();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
