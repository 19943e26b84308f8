/* Ed25519 at the edges (C-13): edges.h. */
#include "edges.h"

#include "ed25519.h"

#include <sodium.h>

static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
				  0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
				  0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

/* Points of small order, and encodings of them that are not canonical (attacks, C-5). */
static const char *const small[14] = {
	"0100000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000080",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0000000000000000000000000000000000000000000000000000000000000080",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
};

static bool add(uint8_t number[static 32], const uint8_t other[static 32])
{
	unsigned carry = 0;

	for (int i = 0; i < 32; i++) {
		carry += (unsigned)number[i] + other[i];
		number[i] = (uint8_t)carry;
		carry >>= 8;
	}
	return carry == 0;
}

static void ed25519_of_one_key(const uint8_t secret[static 64])
{
	const uint8_t *key = secret + 32;
	uint8_t text[64], good[64], bad[64], point[32], small_points[14][32];
	const struct bytes message = random_message(text);
	const uint8_t p[32] = {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f};

	for (unsigned i = 0; i < 14; i++)
		sodium_hex2bin(small_points[i], 32, small[i], 64, NULL, NULL, NULL);
	crypto_sign_detached(good, NULL, message.data, message.len, secret);
	expect(ed25519_signature_is_valid_vartime(key, message, good), true, "good", 0);
	/* SignatureMalleability: S + k l for every k that fits; high bits of S. */
	memcpy(bad, good, 64);
	for (unsigned k = 1; k < 16 && add(bad + 32, order); k++)
		expect(ed25519_signature_is_valid_vartime(key, message, bad), false, "S + k l", k);
	for (unsigned bit = 5; bit < 8; bit++) {
		memcpy(bad, good, 64);
		bad[63] |= (uint8_t)(1U << bit);
		expect(ed25519_signature_is_valid_vartime(key, message, bad), false, "high bits",
		       bit);
	}
	/* InvalidSignature: R, S of 0, 1, l - 1, l, l + 1, p, p + 1, all ones; S doubled and so on.
	 */
	uint8_t special[8][32] = {{0}, {1}};
	for (unsigned i = 2; i < 5; i++) {
		memcpy(special[i], order, 32);
		special[i][0] = (uint8_t)(special[i][0] + i - 3);
	}
	memcpy(special[5], p, 32);
	memcpy(special[6], p, 32);
	special[6][0]++;
	memset(special[7], 0xff, 32);
	for (unsigned i = 0; i < 64; i++) {
		memcpy(bad, special[i / 8], 32);
		memcpy(bad + 32, special[i % 8], 32);
		expect(ed25519_signature_is_valid_vartime(key, message, bad), false, "special", i);
	}
	for (unsigned i = 0; i < 8; i++) {
		memcpy(bad, good, 64);
		memcpy(bad + 32, special[i], 32);
		expect(ed25519_signature_is_valid_vartime(key, message, bad), false, "special S",
		       i);
		memcpy(bad, special[i], 32);
		memcpy(bad + 32, good + 32, 32);
		expect(ed25519_signature_is_valid_vartime(key, message, bad), false, "special R",
		       i);
	}
	/* Every bit of the signature, of the key, some of the message. */
	for (unsigned i = 0; i < 96 * 8; i++) {
		memcpy(bad, good, 64);
		memcpy(point, key, 32);
		if (i < 64 * 8)
			bad[i / 8] ^= (uint8_t)(1U << i % 8);
		else
			point[i / 8 - 64] ^= (uint8_t)(1U << i % 8);
		expect(ed25519_signature_is_valid_vartime(point, message, bad), false, "a bit", i);
	}
	for (unsigned i = 0; i < 8; i++) {
		const size_t at = test_random_below(&random_state, message.len);

		text[at] ^= 1;
		expect(ed25519_signature_is_valid_vartime(key, message, good), false, "a message",
		       i);
		text[at] ^= 1;
		expect(ed25519_signature_is_valid_vartime(key, message, good), true, "as it was",
		       i);
	}
	expect(ed25519_signature_is_valid_vartime(key, bytes_from(text, message.len - 1), good),
	       false, "a shorter message", 0);
	expect(ed25519_signature_is_valid_vartime(key, bytes_from(text, message.len + 1), good),
	       false, "a longer message", 0);
	expect(ed25519_signature_is_valid_vartime(key, bytes_from(NULL, 0), good), false,
	       "no message", 0);
	/* S = 0 and R of small order for keys of small order: true of the equation, and refused. */
	memset(bad + 32, 0, 32);
	for (unsigned i = 0; i < 14 * 14; i++) {
		memcpy(bad, small_points[i / 14], 32);
		expect(ed25519_signature_is_valid_vartime(small_points[i % 14], message, bad),
		       false, "small order", i);
	}
	/* A good key with R of small order, and a good R with one added. */
	for (unsigned i = 0; i < 14; i++) {
		memcpy(bad, small_points[i], 32);
		memcpy(bad + 32, good + 32, 32);
		expect(ed25519_signature_is_valid_vartime(key, message, bad), false, "small R", i);
		expect(ed25519_signature_is_valid_vartime(small_points[i], message, good), false,
		       "small key", i);
	}
	/* Truncated and filled up; the halves exchanged; another key; its R, its S. */
	for (unsigned len = 0; len < 64; len += 4) {
		memset(bad, 0, 64);
		memcpy(bad, good, len);
		expect(ed25519_signature_is_valid_vartime(key, message, bad), false, "cut", len);
	}
	memcpy(bad, good + 32, 32);
	memcpy(bad + 32, good, 32);
	expect(ed25519_signature_is_valid_vartime(key, message, bad), false, "exchanged", 0);
	uint8_t seed[32], other_key[32], other_secret[64], other[64];
	test_random_fill(&random_state, seed, 32);
	crypto_sign_seed_keypair(other_key, other_secret, seed);
	crypto_sign_detached(other, NULL, message.data, message.len, other_secret);
	expect(ed25519_signature_is_valid_vartime(other_key, message, other), true, "the other's",
	       0);
	expect(ed25519_signature_is_valid_vartime(key, message, other), false, "the other's", 1);
	for (unsigned half = 0; half < 2; half++) {
		memcpy(bad, good, 64);
		memcpy(bad + 32 * half, other + 32 * half, 32);
		expect(ed25519_signature_is_valid_vartime(key, message, bad), false, "mixed", half);
	}
}

static void ed25519(void **state)
{
	const unsigned n_keys = test_is_full() ? 50 : 3;

	(void)state;
	n_cases = 0;
	for (unsigned i = 0; i < n_keys; i++) {
		uint8_t seed[32], public_key[32], secret[64];

		test_random_fill(&random_state, seed, sizeof seed);
		crypto_sign_seed_keypair(public_key, secret, seed);
		ed25519_of_one_key(secret);
	}
	print_message("Ed25519: %u cases\n", n_cases);
	assert_true(n_cases >= 151);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ed25519),
	};

	random_state = test_random_new();
	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
