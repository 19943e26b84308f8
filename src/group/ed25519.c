#include "ed25519.h"

#include "edwards.h"
#include "memory.h"
#include "sha2.h"

/* l, as a multiplier: not a reduced scalar. */
static const struct scalar order = {
	{0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000}};

/* a b + c d on the curve; any numbers below 2^255. */
static void mul_add_vartime(struct point *out, const struct scalar *a, const struct point *b,
			    const struct scalar *c, const struct point *d)
{
	struct cached tables[2][EDWARDS_TABLE_LEN];
	int8_t digits[2][EDWARDS_NAF_LEN];

	edwards_odd_table(tables[0], b);
	edwards_odd_table(tables[1], d);
	edwards_naf_vartime(digits[0], a);
	edwards_naf_vartime(digits[1], c);
	edwards_combine_vartime(out, (const struct cached(*)[EDWARDS_TABLE_LEN])tables,
				(const int8_t(*)[EDWARDS_NAF_LEN])digits, 2);
}

enum undersign_status ed25519_key_to_point_vartime(struct point *out,
						   const uint8_t key[static ED25519_PUBLIC_BYTES])
{
	struct point identity, product;

	point_identity(&identity);
	/* A class of ristretto255 has one point of prime order, so that is the element. */
	if (edwards_decode_vartime(out, key) && !edwards_is_equal(out, &identity)) {
		mul_add_vartime(&product, &order, out, &scalar_zero, &identity);
		if (edwards_is_equal(&product, &identity))
			return UNDERSIGN_OK;
	}
	*out = identity;
	return UNDERSIGN_E_ENCODING;
}

bool ed25519_signature_is_valid_vartime(const uint8_t key[static ED25519_PUBLIC_BYTES],
					struct bytes message,
					const uint8_t signature[static ED25519_SIGNATURE_BYTES])
{
	uint8_t digest[SHA512_BYTES], expected[POINT_BYTES];
	struct scalar s, k;
	struct point a, r;
	struct sha512 hash;

	if (scalar_decode(&s, signature + 32) != UNDERSIGN_OK ||
	    ed25519_key_to_point_vartime(&a, key) != UNDERSIGN_OK)
		return false;
	sha512_begin(&hash);
	sha512_add(&hash, signature, 32);
	sha512_add(&hash, key, ED25519_PUBLIC_BYTES);
	sha512_add(&hash, message.data, message.len);
	sha512_end(&hash, digest);
	scalar_reduce_wide(&k, digest);
	scalar_neg(&k, &k);
	/* R, encoded, is compared with R as given, which is therefore canonical. */
	mul_add_vartime(&r, &s, &edwards_base, &k, &a);
	edwards_encode(expected, &r);
	return memcmp(expected, signature, sizeof expected) == 0;
}

void ed25519_seed_to_scalar(struct scalar *out, const uint8_t seed[static ED25519_SEED_BYTES])
{
	uint8_t digest[SHA512_BYTES];

	sha512(digest, bytes_from(seed, ED25519_SEED_BYTES));
	digest[0] &= 0xf8;
	digest[31] = (uint8_t)((digest[31] & 0x7f) | 0x40);
	scalar_reduce(out, digest);
	wipe(digest, sizeof digest);
}

void ed25519_seed_to_key(uint8_t out[static ED25519_PUBLIC_BYTES],
			 const uint8_t seed[static ED25519_SEED_BYTES])
{
	struct scalar scalar;
	struct point point;

	ed25519_seed_to_scalar(&scalar, seed);
	point_mul_base(&point, &scalar);
	edwards_encode(out, &point);
	wipe(&scalar, sizeof scalar);
	wipe(&point, sizeof point);
}
