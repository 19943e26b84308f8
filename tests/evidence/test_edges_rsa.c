/* RSA, PKCS #1 v1.5, at the edges (C-13): edges.h. */
#include "edges.h"

#include "public_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#define N_HASHES 3
#define RSA_MAX  512

static const EVP_MD *md_of(enum public_key_hash hash)
{
	return hash == PUBLIC_KEY_SHA256   ? EVP_sha256()
	       : hash == PUBLIC_KEY_SHA384 ? EVP_sha384()
					   : EVP_sha512();
}

struct rsa {
	BIGNUM *n, *e, *d;
	BN_CTX *context;
	uint8_t modulus[RSA_MAX], exponent[16];
	size_t len, exponent_len;
};

static void rsa_begin(struct rsa *out, unsigned n_bits, unsigned exponent)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *key = NULL;
	BIGNUM *e = BN_new();

	*out = (struct rsa){.context = BN_CTX_new()};
	BN_set_word(e, exponent);
	assert_int_equal(EVP_PKEY_keygen_init(context), 1);
	assert_true(EVP_PKEY_CTX_set_rsa_keygen_bits(context, (int)n_bits) > 0);
	assert_true(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, e) > 0);
	assert_int_equal(EVP_PKEY_generate(context, &key), 1);
	assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &out->n), 1);
	assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &out->e), 1);
	assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_D, &out->d), 1);
	out->len = (size_t)BN_bn2bin(out->n, out->modulus);
	out->exponent_len = (size_t)BN_bn2bin(out->e, out->exponent);
	BN_free(e);
	EVP_PKEY_free(key);
	EVP_PKEY_CTX_free(context);
}

static void rsa_end(struct rsa *rsa)
{
	BN_free(rsa->n);
	BN_free(rsa->e);
	BN_clear_free(rsa->d);
	BN_CTX_free(rsa->context);
}

static bool rsa_is_taken(const struct rsa *rsa, enum public_key_hash hash, struct bytes message,
			 struct bytes signature)
{
	return public_key_rsa_is_valid(bytes_from(rsa->modulus, rsa->len),
				       bytes_from(rsa->exponent, rsa->exponent_len), hash, message,
				       signature);
}

/* The signature whose encoded message is this one, as long as the modulus. */
static struct bytes rsa_sign(uint8_t out[static RSA_MAX], const struct rsa *rsa,
			     const uint8_t *encoded)
{
	BIGNUM *number = BN_bin2bn(encoded, (int)rsa->len, NULL);

	assert_int_equal(BN_nnmod(number, number, rsa->n, rsa->context), 1);
	assert_int_equal(BN_mod_exp(number, number, rsa->d, rsa->n, rsa->context), 1);
	assert_int_equal(BN_bn2binpad(number, out, (int)rsa->len), (int)rsa->len);
	BN_free(number);
	return bytes_from(out, rsa->len);
}

/* DigestInfo of RFC 8017, without its length and with it; changed by `how`. */
enum {
	INFO_GOOD,
	INFO_NO_NULL,
	INFO_LONG_LENGTH,
	INFO_LONG_LENGTH_2,
	INFO_OTHER_OID,
	INFO_SHORT_HASH,
	INFO_LONG_HASH,
	INFO_NULL_OF_1,
	INFO_NULL_TAG,
	INFO_SEQUENCE_TAG,
	INFO_HASH_TAG,
	INFO_LENGTH_LESS,
	INFO_LENGTH_MORE,
	INFO_BARE_HASH,
	INFO_BEHIND,
	INFO_INDEFINITE,
	N_INFOS
};

static size_t write_info(uint8_t out[static 128], enum public_key_hash hash, struct bytes message,
			 int how)
{
	static const uint8_t oid[] = {0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02};
	static const uint8_t last[N_HASHES] = {1, 2, 3};
	uint8_t digest[64 + 4] = {0}, body[128], algorithm[32];
	unsigned digest_len;
	struct writer writer = writer_new(body, sizeof body);
	struct writer inner = writer_new(algorithm, sizeof algorithm);

	assert_int_equal(
		EVP_Digest(message.data, message.len, digest, &digest_len, md_of(hash), NULL), 1);
	if (how == INFO_BARE_HASH) {
		memcpy(out, digest, digest_len);
		return digest_len;
	}
	writer_put(&inner, oid, sizeof oid);
	writer_u8(&inner, how == INFO_OTHER_OID ? 4 : last[hash]);
	if (how == INFO_NULL_OF_1)
		writer_put(&inner, "\x05\x01\x00", 3);
	else if (how != INFO_NO_NULL)
		writer_put(&inner, how == INFO_NULL_TAG ? "\x04\x00" : "\x05\x00", 2);
	writer_u8(&writer, 0x30);
	if (how == INFO_LONG_LENGTH_2)
		writer_u8(&writer, 0x81);
	writer_u8(&writer, (uint8_t)inner.len);
	writer_bytes(&writer, writer_view(&inner));
	if (how == INFO_SHORT_HASH)
		digest_len--;
	if (how == INFO_LONG_HASH)
		digest_len++;
	writer_u8(&writer, how == INFO_HASH_TAG ? 0x03 : 0x04);
	writer_u8(&writer,
		  (uint8_t)(digest_len - (how == INFO_LENGTH_LESS) + (how == INFO_LENGTH_MORE)));
	writer_put(&writer, digest, digest_len);
	if (how == INFO_BEHIND)
		writer_put(&writer, "\x05\x00", 2);
	struct writer whole = writer_new(out, 128);
	writer_u8(&whole, how == INFO_SEQUENCE_TAG ? 0x31 : 0x30);
	if (how == INFO_LONG_LENGTH)
		writer_u8(&whole, 0x81);
	writer_u8(&whole, how == INFO_INDEFINITE ? 0x80 : (uint8_t)writer.len);
	writer_bytes(&whole, writer_view(&writer));
	if (how == INFO_INDEFINITE)
		writer_put(&whole, "\0\0", 2);
	return writer_view(&whole).len;
}

/* The usual frame around it: 00 01 ff .. ff 00. */
static void frame(uint8_t *encoded, size_t len, const uint8_t *info, size_t info_len)
{
	memset(encoded, 0xff, len);
	encoded[0] = 0;
	encoded[1] = 1;
	encoded[len - info_len - 1] = 0;
	memcpy(encoded + len - info_len, info, info_len);
}

static void rsa_frames(const struct rsa *rsa, enum public_key_hash hash)
{
	uint8_t text[64], info[128], encoded[RSA_MAX], signature[RSA_MAX];
	const struct bytes message = random_message(text);

	for (int how = 0; how < N_INFOS; how++) {
		const size_t len = write_info(info, hash, message, how);

		frame(encoded, rsa->len, info, len);
		expect(rsa_is_taken(rsa, hash, message, rsa_sign(signature, rsa, encoded)),
		       how == INFO_GOOD, "DigestInfo", (unsigned)how);
	}
	const size_t len = write_info(info, hash, message, INFO_GOOD);
	for (unsigned i = 0; i < 20; i++) {
		frame(encoded, rsa->len, info, len);
		const size_t zero = rsa->len - len - 1;
		switch (i) {
		case 0:
			encoded[1] = 0;
			break;
		case 1:
			encoded[1] = 2;
			break;
		case 2:
			encoded[1] = 0xff;
			break;
		case 3:
			encoded[0] = 1;
			break;
		case 4:
			encoded[zero] = 0xff;
			break;
		case 5:
			encoded[zero] = 1;
			break;
		case 6:
			encoded[zero - 1] = 0;
			break;
		case 7:
			encoded[2] = 0;
			break;
		case 8:
			encoded[2] = 0xfe;
			break;
		case 9:
			encoded[zero / 2] = 0;
			break;
		case 10:
			encoded[zero / 2] = 0x7f;
			break;
		case 11: /* the filling of zeros */
			memset(encoded + 2, 0, zero - 2);
			break;
		case 12: /* no filling at all, what is behind is anything: Bleichenbacher's forgery
			  */
		case 13: /* the same with eight bytes of it */
		case 14: /* .. that are the hash's neighbours */
		case 15: {
			const size_t n_fill = i == 12   ? 0
					      : i == 13 ? 8
					      : i == 14 ? zero - 10
							: zero - 3;

			test_random_fill(&random_state, encoded, rsa->len);
			encoded[0] = 0;
			encoded[1] = 1;
			memset(encoded + 2, 0xff, n_fill);
			encoded[2 + n_fill] = 0;
			memcpy(encoded + 3 + n_fill, info, len);
			break;
		}
		case 16: /* one byte further to the front */
			memmove(encoded + 1, encoded + 2, rsa->len - 2);
			encoded[rsa->len - 1] = 0;
			break;
		case 17: /* OAEP's or a plain message's beginning */
			encoded[0] = 0;
			encoded[1] = 1;
			memset(encoded + 2, 1, zero - 2);
			break;
		case 18: /* another message's hash */
			encoded[rsa->len - 1] ^= 1;
			break;
		default: /* all ones */
			memset(encoded + 1, 0xff, rsa->len - 1);
		}
		expect(rsa_is_taken(rsa, hash, message, rsa_sign(signature, rsa, encoded)), false,
		       "frame", i);
	}
}

static void rsa_numbers(const struct rsa *rsa, enum public_key_hash hash)
{
	uint8_t text[64], info[128], encoded[RSA_MAX], signature[RSA_MAX], other[RSA_MAX + 8] = {0};
	const struct bytes message = random_message(text);
	const struct bytes modulus = bytes_from(rsa->modulus, rsa->len);
	const struct bytes exponent = bytes_from(rsa->exponent, rsa->exponent_len);

	frame(encoded, rsa->len, info, write_info(info, hash, message, INFO_GOOD));
	const struct bytes good = rsa_sign(signature, rsa, encoded);
	expect(rsa_is_taken(rsa, hash, message, good), true, "good", 0);
	for (enum public_key_hash another = PUBLIC_KEY_SHA256; another <= PUBLIC_KEY_SHA512;
	     another++)
		expect(rsa_is_taken(rsa, another, message, good), another == hash, "another hash",
		       another);
	for (unsigned i = 0; i < 10; i++) {
		size_t len = rsa->len;

		memset(other, 0, sizeof other);
		BIGNUM *number = BN_bin2bn(good.data, (int)good.len, NULL);
		switch (i) {
		case 0: /* all zeros */
			break;
		case 1:
			other[len - 1] = 1;
			break;
		case 2: /* the modulus less 1, the modulus, and more */
		case 3:
		case 4:
			memcpy(other, rsa->modulus, len);
			other[len - 1] = (uint8_t)(other[len - 1] + (int)i - 3);
			break;
		case 5: /* negated */
			BN_sub(number, rsa->n, number);
			BN_bn2binpad(number, other, (int)len);
			break;
		case 6: /* the same modulo n, one byte longer if need be */
			BN_add(number, number, rsa->n);
			len = (size_t)BN_num_bytes(number);
			BN_bn2bin(number, other);
			break;
		case 7: /* a zero before */
			memcpy(other + 1, good.data, len);
			len++;
			break;
		case 8: /* a zero behind */
			memcpy(other, good.data, len);
			len++;
			break;
		default:
			memcpy(other, good.data, len);
			len--;
		}
		BN_free(number);
		expect(rsa_is_taken(rsa, hash, message, bytes_from(other, len)), false, "number",
		       i);
	}
	for (unsigned i = 0; i < 12; i++) { /* a bit */
		memcpy(other, good.data, good.len);
		other[test_random_below(&random_state, good.len)] ^=
			(uint8_t)(1U << test_random_below(&random_state, 8));
		expect(rsa_is_taken(rsa, hash, message, bytes_from(other, good.len)), false,
		       "a bit", i);
	}
	/* Keys. */
	static const struct {
		uint8_t bytes[10];
		size_t len;
	} exponents[] = {{{0}, 0},
			 {{0}, 1},
			 {{1}, 1},
			 {{2}, 1},
			 {{1, 0, 0}, 3},
			 {{0, 1, 0, 1}, 4},
			 {{1, 0, 0, 0, 0, 0, 0, 0, 1}, 9}};
	for (unsigned i = 0; i < sizeof exponents / sizeof exponents[0]; i++)
		expect(public_key_rsa_is_valid(modulus,
					       bytes_from(exponents[i].bytes, exponents[i].len),
					       hash, message, good),
		       false, "exponent", i);
	/* With e = 1 a frame is its own signature. */
	expect(public_key_rsa_is_valid(modulus, bytes_from("\1", 1), hash, message,
				       bytes_from(encoded, rsa->len)),
	       false, "e = 1", 0);
	memcpy(other + 1, rsa->modulus, rsa->len);
	other[0] = 0;
	expect(public_key_rsa_is_valid(bytes_from(other, rsa->len + 1), exponent, hash, message,
				       good),
	       false, "a zero before the modulus", 0);
	expect(public_key_rsa_is_valid(bytes_from(NULL, 0), exponent, hash, message,
				       bytes_from(NULL, 0)),
	       false, "no modulus", 0);
}

/* Bleichenbacher's forgery where it would work: e = 3, so that a cube of a number begins as a frame
 * of little filling does. */
static void rsa_cube(const struct rsa *rsa, enum public_key_hash hash)
{
	uint8_t text[64], info[128], wanted[RSA_MAX] = {0}, forged[RSA_MAX] = {0};
	const struct bytes message = random_message(text);
	const size_t len = write_info(info, hash, message, INFO_GOOD);
	BIGNUM *low = BN_new(), *high = BN_new(), *middle = BN_new(), *cube = BN_new();
	BIGNUM *target;

	assert_true(BN_is_word(rsa->e, 3));
	wanted[1] = 1;
	memset(wanted + 2, 0xff, 8);
	memcpy(wanted + 11, info, len);
	memset(wanted + 11 + len, 0xff, rsa->len - 11 - len);
	target = BN_bin2bn(wanted, (int)rsa->len, NULL);
	/* The largest number whose cube is not above: its cube has the frame at its front. */
	BN_zero(low);
	BN_one(high);
	BN_lshift(high, high, (int)rsa->len * 8 / 3 + 1);
	for (;;) {
		BN_add(middle, low, high);
		BN_rshift1(middle, middle);
		if (BN_cmp(middle, low) == 0)
			break;
		BN_sqr(cube, middle, rsa->context);
		BN_mul(cube, cube, middle, rsa->context);
		BN_copy(BN_cmp(cube, target) <= 0 ? low : high, middle);
	}
	BN_sqr(cube, low, rsa->context);
	BN_mul(cube, cube, low, rsa->context);
	assert_int_equal(BN_bn2binpad(cube, forged, (int)rsa->len), (int)rsa->len);
	assert_memory_equal(forged, wanted,
			    11 + len); /* the control: it is what a lax reader takes */
	assert_int_equal(BN_bn2binpad(low, forged, (int)rsa->len), (int)rsa->len);
	expect(rsa_is_taken(rsa, hash, message, bytes_from(forged, rsa->len)), false, "a cube root",
	       hash);
	BN_free(low);
	BN_free(high);
	BN_free(middle);
	BN_free(cube);
	BN_free(target);
}

static void rsa(void **state)
{
	static const struct {
		unsigned n_bits, exponent;
	} keys[] = {{2048, 65537}, {3072, 3}, {3072, 65537}, {4096, 65537}};
	const unsigned rounds = test_is_full() ? 20 : 2;

	(void)state;
	for (unsigned k = 0; k < sizeof keys / sizeof keys[0]; k++) {
		struct rsa key;

		n_cases = 0;
		rsa_begin(&key, keys[k].n_bits, keys[k].exponent);
		for (unsigned i = 0; i < N_HASHES * rounds; i++) {
			const enum public_key_hash hash = (enum public_key_hash)(i % N_HASHES);

			rsa_frames(&key, hash);
			rsa_numbers(&key, hash);
			if (keys[k].exponent == 3)
				rsa_cube(&key, hash);
		}
		rsa_end(&key);
		print_message("RSA, %u bits, e = %u: %u cases\n", keys[k].n_bits, keys[k].exponent,
			      n_cases);
		assert_true(n_cases >= 259);
	}
	/* SmallModulus: a good signature of 1024 and of 2040 bits. */
	for (unsigned n_bits = 1024; n_bits <= 2040; n_bits += 1016) {
		uint8_t text[64], info[128], encoded[RSA_MAX], signature[RSA_MAX];
		const struct bytes message = random_message(text);
		struct rsa key;

		rsa_begin(&key, n_bits, 65537);
		frame(encoded, key.len, info,
		      write_info(info, PUBLIC_KEY_SHA256, message, INFO_GOOD));
		expect(rsa_is_taken(&key, PUBLIC_KEY_SHA256, message,
				    rsa_sign(signature, &key, encoded)),
		       false, "a small modulus", n_bits);
		rsa_end(&key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rsa),
	};

	random_state = test_random_new();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
