#include "group_testing.h"

#include "base_table.h"
#include "edwards.h"
#include "known.h"

static struct test_random test_random;

static void gives_the_known_multiples(void **state)
{
	struct point base, sum, decoded, product;
	struct scalar number;
	uint8_t bytes[POINT_BYTES];

	(void)state;
	point_base(&base);
	point_identity(&sum);
	for (uint64_t i = 0; i < LEN(known_multiples); i++) {
		from_hex(bytes, sizeof bytes, known_multiples[i]);
		assert_point_is(&sum, bytes);
		assert_int_equal(point_decode_vartime(&decoded, bytes), UNDERSIGN_OK);
		assert_int_equal(point_is_equal(&decoded, &sum), 1);
		assert_int_equal(point_is_identity(&decoded), i == 0);
		scalar_from_u64(&number, i);
		point_mul_base(&product, &number);
		assert_point_is(&product, bytes);
		point_mul(&product, &number, &base);
		assert_point_is(&product, bytes);
		point_add(&sum, &sum, &base);
		assert_int_equal(point_is_equal(&decoded, &sum), 0);
	}
}

/* attacks: a second encoding of an element would be a second tag. */
static void refuses_bad_encodings(void **state)
{
	uint8_t bytes[POINT_BYTES], again[POINT_BYTES];
	struct point out;
	int n_good = 0;

	(void)state;
	for (size_t i = 0; i < LEN(known_bad_points); i++) {
		from_hex(bytes, sizeof bytes, known_bad_points[i]);
		point_base(&out);
		assert_int_equal(point_decode_vartime(&out, bytes), UNDERSIGN_E_ENCODING);
		assert_int_equal(point_is_identity(&out), 1);
	}
	/* libsodium's verdict on anything; what decodes is encoded as it was. */
	for (int i = 0; i < (test_is_full() ? 50000 : 2000); i++) {
		enum undersign_status status;

		test_random_fill(&test_random, bytes, sizeof bytes);
		if (i % 4) {
			bytes[0] &= 0xfe;
			bytes[31] &= 0x7f;
		}
		status = point_decode_vartime(&out, bytes);
		/* libsodium 1.0.18 does not look at bit 255. */
		assert_int_equal(status == UNDERSIGN_OK,
				 !(bytes[31] >> 7) &&
					 crypto_core_ristretto255_is_valid_point(bytes));
		if (status != UNDERSIGN_OK)
			continue;
		point_encode(again, &out);
		assert_memory_equal(again, bytes, sizeof bytes);
		n_good++;
	}
	assert_in_range(n_good, 100, 20000);
}

static void maps_uniform_bytes(void **state)
{
	uint8_t uniform[64], expected[POINT_BYTES];
	struct point out;

	(void)state;
	for (size_t i = 0; i < LEN(known_uniform); i++) {
		from_hex(uniform, sizeof uniform, known_uniform[i][0]);
		from_hex(expected, sizeof expected, known_uniform[i][1]);
		point_from_uniform(&out, uniform);
		assert_point_is(&out, expected);
	}
	for (int i = 0; i < 200; i++) {
		test_random_fill(&test_random, uniform, sizeof uniform);
		assert_int_equal(crypto_core_ristretto255_from_hash(expected, uniform), 0);
		point_from_uniform(&out, uniform);
		assert_point_is(&out, expected);
	}
}

static void hashes_to_the_group(void **state)
{
	static const uint8_t long_dst[255] = {1};
	const struct bytes dst = LITERAL("HashToGroup-OPRFV1-\0-ristretto255-SHA512");
	uint8_t bytes[32], expected[POINT_BYTES], message[32];
	struct scalar blind;
	struct point out, other;

	(void)state;
	assert_int_equal(dst.len, 40);
	from_hex(bytes, sizeof bytes, known_blind);
	assert_int_equal(scalar_decode(&blind, bytes), UNDERSIGN_OK);
	for (size_t i = 0; i < LEN(known_blinded); i++) {
		const size_t len = strlen(known_blinded[i][0]) / 2;

		from_hex(message, len, known_blinded[i][0]);
		from_hex(expected, sizeof expected, known_blinded[i][1]);
		point_hash_vartime(&out, dst, bytes_from(message, len));
		point_mul(&out, &blind, &out);
		assert_point_is(&out, expected);
	}
	/* Neither tag nor message can borrow from the other. */
	point_hash_vartime(&out, BYTES("ab"), BYTES("c"));
	point_hash_vartime(&other, BYTES("a"), BYTES("bc"));
	assert_int_equal(point_is_equal(&out, &other), 0);
	point_hash_vartime(&other, BYTES("ab"), BYTES("c"));
	assert_int_equal(point_is_equal(&out, &other), 1);
	point_hash_vartime(&out, bytes_from(long_dst, 255), BYTES(""));
	point_hash_vartime(&other, bytes_from(long_dst, 254), BYTES(""));
	assert_int_equal(point_is_equal(&out, &other), 0);
}

static void adds_like_libsodium(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		uint8_t a_bytes[POINT_BYTES], b_bytes[POINT_BYTES], expected[POINT_BYTES];
		uint8_t zeros[POINT_BYTES] = {0};
		struct point a, b, out;
		struct affine affine;

		random_point(&test_random, &a, a_bytes);
		random_point(&test_random, &b, b_bytes);
		if (i == 1) {
			point_identity(&b);
			memset(b_bytes, 0, sizeof b_bytes);
		} else if (i == 2) {
			b = a;
			memcpy(b_bytes, a_bytes, sizeof b_bytes);
		} else if (i == 3) {
			point_neg(&b, &a);
			point_encode(b_bytes, &b);
		}
		point_add(&out, &a, &b);
		assert_int_equal(crypto_core_ristretto255_add(expected, a_bytes, b_bytes), 0);
		assert_point_is(&out, expected);
		assert_int_equal(point_is_identity(&out), i == 3);
		point_sub(&out, &a, &b);
		assert_int_equal(crypto_core_ristretto255_sub(expected, a_bytes, b_bytes), 0);
		assert_point_is(&out, expected);
		point_double(&out, &a);
		assert_int_equal(crypto_core_ristretto255_add(expected, a_bytes, a_bytes), 0);
		assert_point_is(&out, expected);
		point_neg(&out, &a);
		assert_int_equal(crypto_core_ristretto255_sub(expected, zeros, a_bytes), 0);
		assert_point_is(&out, expected);
		point_select(&out, 1, &a, &b);
		assert_point_is(&out, a_bytes);
		point_select(&out, 0, &a, &b);
		assert_point_is(&out, b_bytes);
		assert_int_equal(point_is_equal(&a, &b), i == 2);
		/* From Z other than 1, and with outputs that are inputs. */
		point_double(&out, &a);
		affine_from_point(&affine, &out);
		point_from_affine(&b, &affine);
		assert_int_equal(point_is_equal(&out, &b), 1);
		assert_false(affine_is_identity_vartime(&affine));
		point_sub(&out, &out, &out);
		affine_from_point(&affine, &out);
		assert_true(affine_is_identity_vartime(&affine));
		point_add(&a, &a, &a);
		assert_int_equal(point_is_equal(&a, &b), 1);
	}
}

/* Numbers whose digits are extreme in every window. */
static void sample_scalar(struct scalar *out, size_t i)
{
	static const uint8_t patterns[] = {0x00, 0x01, 0x0f, 0x10, 0x77, 0x78,
					   0x80, 0x87, 0x88, 0x8f, 0xf0, 0xff};
	uint8_t bytes[SCALAR_BYTES];

	if (i >= LEN(patterns) + 2) {
		random_scalar(&test_random, out);
		return;
	}
	if (i >= LEN(patterns)) {
		/* l - 1, l - 2 */
		scalar_from_u64(out, i - LEN(patterns) + 1);
		scalar_neg(out, out);
		return;
	}
	memset(bytes, patterns[i], sizeof bytes);
	bytes[31] &= 0x0f;
	assert_int_equal(scalar_decode(out, bytes), UNDERSIGN_OK);
}

static void multiplies_like_libsodium(void **state)
{
	(void)state;
	for (size_t i = 0; i < 60; i++) {
		uint8_t bytes[POINT_BYTES], expected[POINT_BYTES] = {0};
		struct point a, base, out;
		struct scalar scalar;

		sample_scalar(&scalar, i);
		random_point(&test_random, &a, bytes);
		oracle_mul_add(expected, &scalar, bytes);
		point_mul(&out, &scalar, &a);
		assert_point_is(&out, expected);
		point_base(&base);
		point_encode(bytes, &base);
		memset(expected, 0, sizeof expected);
		oracle_mul_add(expected, &scalar, bytes);
		point_mul_base(&out, &scalar);
		assert_point_is(&out, expected);
	}
}

/* Of equal elements all representatives, of others none: points plus those of the identity's class,
 * with coordinates i and 1/i exchanged as RFC 9496 does. */
static void compares_affine_points(void **state)
{
	enum { N = 8 };
	struct point points[N][4];
	struct affine affine[N][4];

	(void)state;
	for (size_t i = 0; i < N; i++) {
		uint8_t bytes[POINT_BYTES];

		if (i == 0)
			point_identity(&points[0][0]);
		else
			random_point(&test_random, &points[i][0], bytes);
		/* (-x, -y), (i y, i x), (-i y, -i x): the others of its class on this curve */
		for (size_t j = 1; j < 4; j++) {
			const struct point *const a = &points[i][0];
			struct point *const b = &points[i][j];

			*b = *a;
			if (j >= 2) {
				fe_mul(&b->x, &a->y, &fe_sqrt_m1);
				fe_mul(&b->y, &a->x, &fe_sqrt_m1);
				fe_mul(&b->t, &b->x, &b->y);
				fe_mul(&b->x, &b->x, &a->z);
				fe_mul(&b->y, &b->y, &a->z);
				fe_sq(&b->z, &a->z);
			}
			if (j % 2 == 1) {
				fe_neg(&b->x, &b->x);
				fe_neg(&b->y, &b->y);
				fe_carry(&b->x, &b->x);
				fe_carry(&b->y, &b->y);
			}
		}
		for (size_t j = 0; j < 4; j++)
			affine_from_point(&affine[i][j], &points[i][j]);
	}
	for (size_t i = 0; i < N; i++)
		for (size_t k = 0; k < N; k++)
			for (size_t j = 0; j < 16; j++) {
				const size_t a = j / 4, b = j % 4;
				const uint64_t is_equal = i == k;

				assert_int_equal(point_is_equal(&points[i][a], &points[k][b]),
						 is_equal);
				assert_int_equal(affine_is_equal(&affine[i][a], &affine[k][b]),
						 is_equal);
			}
}

static void combines_like_libsodium(void **state)
{
	static const size_t lens[] = {1, 2, 3, 5, 15, 16, 17, 33, POINT_COMBINE_MAX};
	static struct scalar scalars[POINT_COMBINE_MAX];
	static struct point points[POINT_COMBINE_MAX];
	uint8_t sum[POINT_BYTES] = {0};
	size_t at = 0;

	(void)state;
	for (size_t i = 0; i < POINT_COMBINE_MAX; i++) {
		uint8_t bytes[POINT_BYTES];
		struct point out;

		sample_scalar(&scalars[i], i);
		random_point(&test_random, &points[i], bytes);
		oracle_mul_add(sum, &scalars[i], bytes);
		if (i + 1 == lens[at]) {
			point_combine(&out, scalars, points, i + 1);
			assert_point_is(&out, sum);
			at++;
		}
	}
	assert_int_equal(at, LEN(lens));
}

/* The embedded table is what it says. */
static void has_the_right_base_table(void **state)
{
	struct point first, multiple;
	struct affine affine;

	(void)state;
	point_base(&first);
	for (int i = 0; i < 8; i++) {
		multiple = first;
		for (int j = 0; j < 8; j++) {
			affine_from_point(&affine, &multiple);
			assert_true(fe_is_equal(&affine.y_plus_x, &base_table[i][j].y_plus_x));
			assert_true(fe_is_equal(&affine.y_minus_x, &base_table[i][j].y_minus_x));
			assert_true(fe_is_equal(&affine.xy2d, &base_table[i][j].xy2d));
			point_add(&multiple, &multiple, &first);
		}
		for (int j = 0; j < 32; j++)
			point_double(&first, &first);
	}
}

/* Digits must give back their number. */
static void recodes_scalars(void **state)
{
	(void)state;
	for (size_t i = 0; i < 200; i++) {
		int8_t digits[EDWARDS_N_DIGITS], naf[EDWARDS_NAF_LEN];
		struct scalar scalar, sum = scalar_zero, digit, sixteen;
		int last = -5;

		sample_scalar(&scalar, i);
		scalar_from_u64(&sixteen, 16);
		edwards_digits(digits, &scalar);
		for (int j = EDWARDS_N_DIGITS - 1; j >= 0; j--) {
			assert_in_range(digits[j] + 8, 0, 15);
			scalar_from_u64(&digit, (uint64_t)(digits[j] + 8));
			scalar_mul_add(&sum, &sum, &sixteen, &digit);
			scalar_from_u64(&digit, 8);
			scalar_sub(&sum, &sum, &digit);
		}
		assert_int_equal(scalar_is_equal(&sum, &scalar), 1);
		edwards_naf_vartime(naf, &scalar);
		sum = scalar_zero;
		for (int j = EDWARDS_NAF_LEN - 1; j >= 0; j--) {
			scalar_add(&sum, &sum, &sum);
			scalar_from_u64(&digit, (uint64_t)abs(naf[j]));
			if (naf[j] < 0)
				scalar_neg(&digit, &digit);
			scalar_add(&sum, &sum, &digit);
		}
		assert_int_equal(scalar_is_equal(&sum, &scalar), 1);
		for (int j = 0; j < EDWARDS_NAF_LEN; j++) {
			if (naf[j] == 0)
				continue;
			assert_true(naf[j] & 1 && abs(naf[j]) <= 15 && j - last >= 5);
			last = j;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_known_multiples),
		cmocka_unit_test(refuses_bad_encodings),
		cmocka_unit_test(maps_uniform_bytes),
		cmocka_unit_test(hashes_to_the_group),
		cmocka_unit_test(adds_like_libsodium),
		cmocka_unit_test(multiplies_like_libsodium),
		cmocka_unit_test(combines_like_libsodium),
		cmocka_unit_test(compares_affine_points),
		cmocka_unit_test(has_the_right_base_table),
		cmocka_unit_test(recodes_scalars),
	};

	test_random = test_random_new();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
