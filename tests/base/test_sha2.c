#include "ct.h"
#include "encoding.h"
#include "sha2.h"
#include "testing.h"

#include <sodium.h>

struct known {
	const char *message;
	size_t times; /* message repeated */
	const char *sha256;
	const char *sha512;
};

/* NIST, "Examples with intermediate values" of FIPS 180-4. */
static const struct known known[] = {
	{"", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	 "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
	 "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
	{"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	 "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	 "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
	{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
	 "204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c335"
	 "96fd15c13b1b07f9aa1d3bea57789ca031ad85c7a71dd70354ec631238ca3445"},
	{"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
	 "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
	 1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1",
	 "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
	 "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"},
	{"a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
	 "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
	 "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"},
};

static void gives_known_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		struct sha256 small;
		struct sha512 large;
		uint8_t expected[64];
		uint8_t digest[64];

		sha256_begin(&small);
		sha512_begin(&large);
		for (size_t j = 0; j < known[i].times; j++) {
			sha256_add(&small, known[i].message, strlen(known[i].message));
			sha512_add(&large, known[i].message, strlen(known[i].message));
		}
		sha256_end(&small, digest);
		assert_int_equal(hex_decode(expected, 32, BYTES(known[i].sha256)), UNDERSIGN_OK);
		assert_memory_equal(digest, expected, 32);
		sha512_end(&large, digest);
		assert_int_equal(hex_decode(expected, 64, BYTES(known[i].sha512)), UNDERSIGN_OK);
		assert_memory_equal(digest, expected, 64);
	}
}

static void agrees_with_libsodium_at_all_lengths(void **state)
{
	struct test_random random = test_random_new();
	uint8_t message[300];

	(void)state;
	test_random_fill(&random, message, sizeof message);
	for (size_t len = 0; len <= sizeof message; len++) {
		uint8_t expected[64];
		uint8_t digest[64];

		crypto_hash_sha256(expected, message, len);
		sha256(digest, bytes_from(message, len));
		assert_memory_equal(digest, expected, 32);
		crypto_hash_sha512(expected, message, len);
		sha512(digest, bytes_from(message, len));
		assert_memory_equal(digest, expected, 64);
	}
}

static void does_not_depend_on_how_it_is_fed(void **state)
{
	struct test_random random = test_random_new();
	uint8_t message[700];

	(void)state;
	for (size_t round = 0; round < 2000; round++) {
		size_t len = test_random_below(&random, sizeof message + 1);
		struct sha256 small;
		struct sha512 large;
		uint8_t expected[64];
		uint8_t digest[64];

		test_random_fill(&random, message, len);
		sha256_begin(&small);
		sha512_begin(&large);
		for (size_t done = 0; done < len;) {
			size_t part = test_random_below(&random, len - done + 1);

			sha256_add(&small, message + done, part);
			sha512_add(&large, message + done, part);
			done += part;
		}
		sha256(expected, bytes_from(message, len));
		sha256_end(&small, digest);
		assert_memory_equal(digest, expected, 32);
		sha512(expected, bytes_from(message, len));
		sha512_end(&large, digest);
		assert_memory_equal(digest, expected, 64);
	}
}

static void wipes_its_state(void **state)
{
	const uint8_t zeros[sizeof(struct sha512)] = {0};
	struct sha256 small;
	struct sha512 large;
	uint8_t digest[64];

	(void)state;
	sha256_begin(&small);
	sha256_add(&small, "secret", 6);
	sha256_end(&small, digest);
	assert_memory_equal(&small, zeros, sizeof small);
	sha512_begin(&large);
	sha512_add(&large, "secret", 6);
	sha512_end(&large, digest);
	assert_memory_equal(&large, zeros, sizeof large);
}

static void ct_helpers_hold(void **state)
{
	const uint64_t values[] = {0, 1, 2, UINT64_C(1) << 31, UINT64_C(1) << 63, UINT64_MAX};
	uint8_t a[40];
	uint8_t b[40];

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(ct_is_zero(values[i]), values[i] == 0);
		for (size_t j = 0; j < 6; j++)
			assert_int_equal(ct_is_equal(values[i], values[j]), i == j);
	}
	assert_true(ct_mask(0) == 0);
	assert_true(ct_mask(1) == UINT64_MAX);
	assert_true(ct_select(ct_mask(1), 5, 9) == 5);
	assert_true(ct_select(ct_mask(0), 5, 9) == 9);
	memset(a, 7, sizeof a);
	memset(b, 7, sizeof b);
	assert_true(ct_bytes_are_equal(a, b, sizeof a));
	assert_true(ct_bytes_are_equal(a, b, 0));
	for (size_t i = 0; i < sizeof a; i++) {
		for (size_t bit = 0; bit < 8; bit++) {
			b[i] ^= (uint8_t)(1 << bit);
			assert_false(ct_bytes_are_equal(a, b, sizeof a));
			assert_true(ct_bytes_are_equal(a, b, i));
			b[i] = 7;
		}
	}
	wipe(a, sizeof a);
	for (size_t i = 0; i < sizeof a; i++)
		assert_int_equal(a[i], 0);
	wipe(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_known_values),
		cmocka_unit_test(agrees_with_libsodium_at_all_lengths),
		cmocka_unit_test(does_not_depend_on_how_it_is_fed),
		cmocka_unit_test(wipes_its_state),
		cmocka_unit_test(ct_helpers_hold),
	};

	return cmocka_run_group_tests_name("sha2", tests, NULL, NULL);
}
