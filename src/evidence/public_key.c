#include "public_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

static const EVP_MD *digest_of(enum public_key_hash hash)
{
	switch (hash) {
	case PUBLIC_KEY_SHA256:
		return EVP_sha256();
	case PUBLIC_KEY_SHA384:
		return EVP_sha384();
	case PUBLIC_KEY_SHA512:
		break;
	}
	return EVP_sha512();
}

static const char *curve_name(enum public_key_curve curve)
{
	static const char *const names[] = {"prime256v1", "secp384r1", "secp521r1"};

	return names[curve];
}

/* A public key of these parameters, which are then freed; NULL if they make none. */
static EVP_PKEY *new_key(const char *type, OSSL_PARAM_BLD *take_build)
{
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params = take_build ? OSSL_PARAM_BLD_to_param(take_build) : NULL;
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);

	if (params && context && EVP_PKEY_fromdata_init(context) == 1 &&
	    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(take_build);
	return key;
}

static bool is_valid(EVP_PKEY *take_key, enum public_key_hash hash, struct bytes message,
		     struct bytes signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool is_good = take_key && context &&
		       EVP_DigestVerifyInit(context, NULL, digest_of(hash), NULL, take_key) == 1 &&
		       EVP_DigestVerify(context, signature.data, signature.len, message.data,
					message.len) == 1;

	EVP_MD_CTX_free(context);
	EVP_PKEY_free(take_key);
	/* What OpenSSL has to say about bad input is said by the caller. */
	ERR_clear_error();
	return is_good;
}

/* Bits of a number without leading zeros. */
static size_t n_bits_of(struct bytes number)
{
	size_t n_bits = number.len * 8;

	if (number.len == 0)
		return 0;
	for (unsigned mask = 0x80; mask > 0 && (number.data[0] & mask) == 0; mask >>= 1)
		n_bits--;
	return n_bits;
}

static bool is_short(struct bytes number, size_t n_bits_max)
{
	return number.len > 0 && number.data[0] != 0 && n_bits_of(number) <= n_bits_max;
}

bool public_key_rsa_is_valid(struct bytes modulus, struct bytes exponent, enum public_key_hash hash,
			     struct bytes message, struct bytes signature)
{
	if (!is_short(modulus, PUBLIC_KEY_RSA_BITS_MAX) ||
	    n_bits_of(modulus) < PUBLIC_KEY_RSA_BITS_MIN || !is_short(exponent, 64) ||
	    n_bits_of(exponent) < 2 || (exponent.data[exponent.len - 1] & 1) == 0 ||
	    signature.len != modulus.len)
		return false;
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_bin2bn(modulus.data, (int)modulus.len, NULL);
	BIGNUM *e = BN_bin2bn(exponent.data, (int)exponent.len, NULL);
	bool is_built = build && n && e &&
			OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
			OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1;
	EVP_PKEY *key = is_built ? new_key("RSA", build) : NULL;
	if (!is_built)
		OSSL_PARAM_BLD_free(build);
	bool is_good = is_valid(key, hash, message, signature);
	BN_free(n);
	BN_free(e);
	return is_good;
}

/* A DER ECDSA-Sig-Value; NULL if there is no memory or a number is out of bounds. */
static uint8_t *encode_signature(int *out_len, struct bytes r, struct bytes s)
{
	uint8_t *der = NULL;
	ECDSA_SIG *signature = ECDSA_SIG_new();
	BIGNUM *first = BN_bin2bn(r.data, (int)r.len, NULL);
	BIGNUM *second = BN_bin2bn(s.data, (int)s.len, NULL);

	*out_len = 0;
	if (signature && first && second && ECDSA_SIG_set0(signature, first, second) == 1) {
		*out_len = i2d_ECDSA_SIG(signature, &der);
	} else {
		BN_free(first);
		BN_free(second);
	}
	ECDSA_SIG_free(signature);
	return *out_len > 0 ? der : NULL;
}

bool public_key_ecdsa_is_valid(enum public_key_curve curve, struct bytes point,
			       enum public_key_hash hash, struct bytes message, struct bytes r,
			       struct bytes s)
{
	if (point.len == 0 || point.data[0] != 0x04 || !is_short(r, 521) || !is_short(s, 521))
		return false;
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	bool is_built = build &&
			OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME,
							curve_name(curve), 0) == 1 &&
			OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.data,
							 point.len) == 1;
	EVP_PKEY *key = is_built ? new_key("EC", build) : NULL;
	if (!is_built)
		OSSL_PARAM_BLD_free(build);
	int der_len;
	uint8_t *der = encode_signature(&der_len, r, s);
	bool is_good = is_valid(key, hash, message, bytes_from(der, (size_t)der_len)) && der;
	OPENSSL_free(der);
	return is_good;
}
