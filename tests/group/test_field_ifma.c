/* The field in lanes against the one of a single element, with limbs at both ends of their bounds.
 * Compiled with the instructions; says so and passes where they are missing. */
#include "group_testing.h"

#include "backend.h"
#include "edwards_ifma.h"

#define N_ROUNDS 2000

static struct test_random test_random;

static uint64_t random_word(void)
{
	uint64_t word;

	test_random_fill(&test_random, (uint8_t *)&word, sizeof word);
	return word;
}

/* Eight elements, each limb 0, 1, one of the mask, the most that is allowed, or random. */
static void random_fe8(struct fe8 *out, struct fe lanes[static LANES], uint64_t max)
{
	for (size_t i = 0; i < 5; i++) {
		uint64_t limb[LANES];

		for (size_t lane = 0; lane < LANES; lane++) {
			const uint64_t choices[] = {
				0, 1, FE_MASK51, max, FE_MASK51 - 18, random_word() % (max + 1),
			};

			limb[lane] = choices[random_word() % LEN(choices)];
			lanes[lane].limb[i] = limb[lane];
		}
		out->limb[i] = _mm512_loadu_si512(limb);
	}
}

static void get_lane(struct fe *out, const __m512i limb[static 5], size_t lane)
{
	for (size_t i = 0; i < 5; i++) {
		uint64_t words[LANES];

		_mm512_storeu_si512(words, limb[i]);
		out->limb[i] = words[lane];
	}
}

static void assert_lane_is(const struct fe8 *a, size_t lane, const struct fe *expected)
{
	uint8_t bytes[FE_BYTES], expected_bytes[FE_BYTES];
	struct fe element;

	assert_true(lanes_are_at_most(a->limb, FE8_LIMB_MAX));
	get_lane(&element, a->limb, lane);
	fe_encode(bytes, &element);
	fe_encode(expected_bytes, expected);
	assert_memory_equal(bytes, expected_bytes, sizeof bytes);
}

/* a is the outcome of a carry, b anything below 2^52. */
static void multiplies_at_the_bounds(void **state)
{
	(void)state;
	for (int round = 0; round < N_ROUNDS; round++) {
		struct fe a[LANES], b[LANES], expected;
		struct fe8 a8, b8, product, square;
		struct raw8 raw;

		random_fe8(&a8, a, FE8_LIMB_MAX);
		random_fe8(&b8, b, round % 2 ? FE8_LIMB_MAX : 2 * (FE_MASK51 - 18));
		raw = fe8_mul(&a8, &b8);
		assert_true(lanes_are_at_most(raw.limb,
					      round % 2 ? RAW8_PRODUCT_MAX : 2 * RAW8_PRODUCT_MAX));
		product = fe8_carry(raw);
		raw = fe8_sq(&a8);
		assert_true(lanes_are_at_most(raw.limb, RAW8_PRODUCT_MAX));
		square = fe8_carry(raw);
		for (size_t lane = 0; lane < LANES; lane++) {
			fe_mul(&expected, &a[lane], &b[lane]);
			assert_lane_is(&product, lane, &expected);
			fe_sq(&expected, &a[lane]);
			assert_lane_is(&square, lane, &expected);
		}
	}
}

static void adds_at_the_bounds(void **state)
{
	(void)state;
	for (int round = 0; round < N_ROUNDS; round++) {
		struct fe a[LANES], b[LANES], expected;
		struct fe8 a8, b8, sum, difference, negative, canonical, absolute;

		random_fe8(&a8, a, FE8_LIMB_MAX);
		random_fe8(&b8, b, FE8_LIMB_MAX);
		sum = fe8_add(&a8, &b8);
		difference = fe8_sub(&a8, &b8);
		negative = fe8_neg(&b8);
		canonical = fe8_canonical(&a8);
		absolute = fe8_abs(&a8);
		assert_true(lanes_are_at_most(canonical.limb, FE_MASK51));
		for (size_t lane = 0; lane < LANES; lane++) {
			uint8_t bytes[FE_BYTES];
			struct fe element, reduced;

			fe_carry(&element, &a[lane]);
			fe_carry(&reduced, &b[lane]);
			fe_add(&expected, &element, &reduced);
			assert_lane_is(&sum, lane, &expected);
			fe_sub(&expected, &element, &reduced);
			assert_lane_is(&difference, lane, &expected);
			fe_neg(&expected, &reduced);
			assert_lane_is(&negative, lane, &expected);
			fe_abs(&expected, &element);
			assert_lane_is(&absolute, lane, &expected);
			/* The very limbs of the number below p. */
			fe_encode(bytes, &element);
			fe_decode(&expected, bytes);
			get_lane(&element, canonical.limb, lane);
			assert_memory_equal(&element, &expected, sizeof element);
			assert_int_equal(fe8_is_odd(&canonical) >> lane & 1, bytes[0] & 1);
		}
	}
}

static void recognises_multiples_of_p(void **state)
{
	/* 0, p, and p + 1 */
	static const struct fe same[][2] = {
		{{{0}}, {{FE_MASK51 - 18, FE_MASK51, FE_MASK51, FE_MASK51, FE_MASK51}}},
		{{{1}}, {{FE_MASK51 - 17, FE_MASK51, FE_MASK51, FE_MASK51, FE_MASK51}}},
		{{{0, 1}}, {{FE_MASK51 + 1}}},
	};

	(void)state;
	for (size_t i = 0; i < LEN(same); i++) {
		for (size_t j = 0; j < LEN(same); j++) {
			struct fe8 a = fe8_all(&same[i][0]), b = fe8_all(&same[j][1]);

			a = fe8_canonical(&a);
			b = fe8_canonical(&b);
			assert_int_equal(fe8_is_equal(&a, &b), i == j ? 0xff : 0);
		}
	}
}

static void transposes(void **state)
{
	uint64_t in[LANES][POINT8_WORDS], out[LANES][POINT8_WORDS];
	const uint64_t *in_row[LANES];
	uint64_t *out_row[LANES];
	struct point8 lanes;

	(void)state;
	for (size_t i = 0; i < LANES; i++) {
		for (size_t j = 0; j < POINT8_WORDS; j++)
			in[i][j] = 100 * i + j;
		in_row[i] = in[i];
		/* In another order, so that two errors do not cancel out. */
		out_row[i] = out[LANES - 1 - i];
	}
	point8_load_words(&lanes, in_row);
	for (size_t j = 0; j < POINT8_WORDS; j++) {
		uint64_t words[LANES];

		_mm512_storeu_si512(words, (&lanes.y_minus_x)[j / 5].limb[j % 5]);
		for (size_t i = 0; i < LANES; i++)
			assert_int_equal(words[i], in[i][j]);
	}
	point8_store_words(out_row, &lanes);
	for (size_t i = 0; i < LANES; i++)
		assert_memory_equal(out[LANES - 1 - i], in[i], sizeof in[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(multiplies_at_the_bounds),
		cmocka_unit_test(adds_at_the_bounds),
		cmocka_unit_test(recognises_multiples_of_p),
		cmocka_unit_test(transposes),
	};

	if (!backend_ifma.is_supported()) {
		print_message("not usable here: ifma\n");
		return 0;
	}
	test_random = test_random_new();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
