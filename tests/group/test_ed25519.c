#include "group_testing.h"

#include "ed25519.h"
#include "known.h"

static struct test_random test_random;

static void gives_the_known_signatures(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(known_signatures); i++) {
		uint8_t seed[32], key[32], expected[32], message[2], signature[64];
		const size_t len = strlen(known_signatures[i][2]) / 2;

		from_hex(seed, sizeof seed, known_signatures[i][0]);
		from_hex(expected, sizeof expected, known_signatures[i][1]);
		from_hex(message, len, known_signatures[i][2]);
		from_hex(signature, sizeof signature, known_signatures[i][3]);
		ed25519_seed_to_key(key, seed);
		assert_memory_equal(key, expected, sizeof key);
		assert_true(ed25519_signature_is_valid_vartime(key, bytes_from(message, len),
							       signature));
		for (size_t bit = 0; bit < 512; bit += 7) {
			signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_false(ed25519_signature_is_valid_vartime(
				key, bytes_from(message, len), signature));
			signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

static void agrees_with_libsodium(void **state)
{
	(void)state;
	for (size_t i = 0; i < 40; i++) {
		uint8_t seed[32], key[32], pair[64], expected[32], message[40], signature[64];
		uint8_t clamped[32], order_scalar[32], wide[64] = {0};
		struct scalar scalar;
		struct point point, product;

		test_random_fill(&test_random, seed, sizeof seed);
		test_random_fill(&test_random, message, sizeof message);
		assert_int_equal(crypto_sign_seed_keypair(expected, pair, seed), 0);
		ed25519_seed_to_key(key, seed);
		assert_memory_equal(key, expected, sizeof key);
		/* a mod l, and the element a B. */
		ed25519_seed_to_scalar(&scalar, seed);
		assert_int_equal(crypto_sign_ed25519_sk_to_curve25519(clamped, pair), 0);
		memcpy(wide, clamped, sizeof clamped);
		crypto_core_ristretto255_scalar_reduce(order_scalar, wide);
		scalar_encode(clamped, &scalar);
		assert_memory_equal(clamped, order_scalar, sizeof clamped);
		assert_int_equal(ed25519_key_to_point_vartime(&point, key), UNDERSIGN_OK);
		point_mul_base(&product, &scalar);
		assert_int_equal(point_is_equal(&point, &product), 1);

		crypto_sign_detached(signature, NULL, message, i, pair);
		assert_true(
			ed25519_signature_is_valid_vartime(key, bytes_from(message, i), signature));
		assert_false(ed25519_signature_is_valid_vartime(key, bytes_from(message, i + 1),
								signature));
		key[i % 32] ^= 1;
		assert_false(
			ed25519_signature_is_valid_vartime(key, bytes_from(message, i), signature));
	}
}

/* S + l is the same number, and libsodium refuses it too. */
static void refuses_a_second_encoding_of_s(void **state)
{
	static const uint8_t l[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,       0xd6,
				      0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
	uint8_t key[32], pair[64], signature[64];
	int carry = 0;

	(void)state;
	crypto_sign_seed_keypair(key, pair, l);
	crypto_sign_detached(signature, NULL, l, sizeof l, pair);
	assert_true(ed25519_signature_is_valid_vartime(key, bytes_from(l, 32), signature));
	for (int i = 0; i < 32; i++) {
		carry += signature[32 + i] + l[i];
		signature[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_false(ed25519_signature_is_valid_vartime(key, bytes_from(l, 32), signature));
}

/* With r = 0, R is the point (0, 1), S = k a holds for whichever bytes R is written with; only the
 * canonical ones are accepted. */
static void refuses_a_second_encoding_of_r(void **state)
{
	static const size_t identities[] = {0, 1, 8, 9}; /* in known_bad_keys */
	uint8_t seed[32] = {7}, key[32], signature[64], digest[64], input[64 + 4] = {0};
	struct scalar a, k, s;

	(void)state;
	ed25519_seed_to_key(key, seed);
	ed25519_seed_to_scalar(&a, seed);
	for (size_t i = 0; i < LEN(identities); i++) {
		from_hex(signature, 32, known_bad_keys[identities[i]]);
		memcpy(input, signature, 32);
		memcpy(input + 32, key, 32);
		crypto_hash_sha512(digest, input, sizeof input);
		scalar_reduce_wide(&k, digest);
		scalar_mul(&s, &k, &a);
		scalar_encode(signature + 32, &s);
		assert_int_equal(ed25519_signature_is_valid_vartime(key, bytes_from(input + 64, 4),
								    signature),
				 i == 0);
	}
}

static void assert_key_refused(const uint8_t key[static 32])
{
	const uint8_t zeros[64] = {0};
	struct point out;

	point_base(&out);
	assert_int_equal(ed25519_key_to_point_vartime(&out, key), UNDERSIGN_E_ENCODING);
	assert_int_equal(point_is_identity(&out), 1);
	assert_false(ed25519_signature_is_valid_vartime(key, BYTES(""), zeros));
}

static void refuses_small_and_mixed_orders(void **state)
{
	uint8_t torsion[8][32];

	(void)state;
	for (size_t i = 0; i < LEN(known_bad_keys); i++) {
		uint8_t key[32], signature[64] = {1};

		from_hex(key, sizeof key, known_bad_keys[i]);
		assert_key_refused(key);
		/* R = O, S = 0: verifies under a key of small order where its order divides k. */
		assert_false(ed25519_signature_is_valid_vartime(key, BYTES("x"), signature));
	}
	/* The multiples of a point of order 8. */
	from_hex(torsion[0], 32, known_bad_keys[0]);
	for (int i = 1; i < 8; i++) {
		from_hex(torsion[i], 32, known_bad_keys[10]);
		if (i > 1)
			assert_int_equal(
				crypto_core_ed25519_add(torsion[i], torsion[i], torsion[i - 1]), 0);
	}
	for (int i = 0; i < (test_is_full() ? 100 : 10); i++) {
		uint8_t seed[32], key[32], pair[64], mixed[32], signature[64];
		struct point point, expected;
		struct scalar scalar;

		test_random_fill(&test_random, seed, sizeof seed);
		crypto_sign_seed_keypair(key, pair, seed);
		crypto_sign_detached(signature, NULL, seed, sizeof seed, pair);
		for (int j = 0; j < 8; j++) {
			assert_int_equal(crypto_core_ed25519_add(mixed, key, torsion[j]), 0);
			if (j > 0) {
				assert_key_refused(mixed);
				assert_false(ed25519_signature_is_valid_vartime(
					mixed, bytes_from(seed, 32), signature));
				continue;
			}
			/* Nothing added: the same key. */
			assert_int_equal(ed25519_key_to_point_vartime(&point, mixed), UNDERSIGN_OK);
			ed25519_seed_to_scalar(&scalar, seed);
			point_mul_base(&expected, &scalar);
			assert_int_equal(point_is_equal(&point, &expected), 1);
		}
	}
}

/* Half of all y have no point. */
static void refuses_what_is_no_point(void **state)
{
	int n_points = 0;

	(void)state;
	for (int i = 0; i < 200; i++) {
		uint8_t key[32];
		struct point out;

		test_random_fill(&test_random, key, sizeof key);
		if (!crypto_core_ed25519_is_valid_point(key)) {
			assert_key_refused(key);
			continue;
		}
		assert_int_equal(ed25519_key_to_point_vartime(&out, key), UNDERSIGN_OK);
		n_points++;
	}
	assert_in_range(n_points, 1, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_known_signatures),
		cmocka_unit_test(agrees_with_libsodium),
		cmocka_unit_test(refuses_a_second_encoding_of_s),
		cmocka_unit_test(refuses_a_second_encoding_of_r),
		cmocka_unit_test(refuses_small_and_mixed_orders),
		cmocka_unit_test(refuses_what_is_no_point),
	};

	if (sodium_init() < 0)
		return 1;
	test_random = test_random_new();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
