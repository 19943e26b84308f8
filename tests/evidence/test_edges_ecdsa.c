/* ECDSA at the edges (C-13): edges.h. */
#include "edges.h"

#include "public_key.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#define N_HASHES   3
#define NUMBER_MAX 80

static const EVP_MD *md_of(enum public_key_hash hash)
{
	return hash == PUBLIC_KEY_SHA256   ? EVP_sha256()
	       : hash == PUBLIC_KEY_SHA384 ? EVP_sha384()
					   : EVP_sha512();
}

struct curve {
	enum public_key_curve id;
	EC_GROUP *group;
	BIGNUM *n, *p; /* order, field */
	BN_CTX *context;
};

static void curve_begin(struct curve *out, enum public_key_curve id)
{
	static const char *const names[] = {"P-256", "P-384", "P-521"};

	out->id = id;
	out->context = BN_CTX_new();
	out->group = EC_GROUP_new_by_curve_name(EC_curve_nist2nid(names[id]));
	assert_true(out->context && out->group);
	out->n = BN_dup(EC_GROUP_get0_order(out->group));
	out->p = BN_new();
	assert_int_equal(EC_GROUP_get_curve(out->group, out->p, NULL, NULL, out->context), 1);
}

static void curve_end(struct curve *curve)
{
	BN_free(curve->n);
	BN_free(curve->p);
	EC_GROUP_free(curve->group);
	BN_CTX_free(curve->context);
}

static BIGNUM *random_scalar(const struct curve *curve)
{
	uint8_t wide[96];
	BIGNUM *out = BN_new();

	do {
		test_random_fill(&random_state, wide, sizeof wide);
		assert_non_null(BN_bin2bn(wide, sizeof wide, out));
		assert_int_equal(BN_nnmod(out, out, curve->n, curve->context), 1);
	} while (BN_is_zero(out) || BN_is_one(out));
	return out;
}

/* e of the message: the leftmost bits of its hash. */
static BIGNUM *hash_number(const struct curve *curve, enum public_key_hash hash,
			   struct bytes message)
{
	uint8_t digest[64];
	unsigned len;

	assert_int_equal(EVP_Digest(message.data, message.len, digest, &len, md_of(hash), NULL), 1);
	BIGNUM *e = BN_bin2bn(digest, (int)len, NULL);
	const int extra = (int)len * 8 - BN_num_bits(curve->n);
	if (extra > 0)
		assert_int_equal(BN_rshift(e, e, extra), 1);
	return e;
}

struct point_text {
	uint8_t bytes[140];
	size_t len;
};

static void write_point(struct point_text *out, const struct curve *curve, const EC_POINT *point)
{
	out->len = EC_POINT_point2oct(curve->group, point, POINT_CONVERSION_UNCOMPRESSED,
				      out->bytes, sizeof out->bytes, curve->context);
	assert_true(out->len > 0);
}

/* x of a point modulo the order. */
static BIGNUM *x_of(const struct curve *curve, const EC_POINT *point, bool is_reduced)
{
	BIGNUM *x = BN_new();

	assert_int_equal(
		EC_POINT_get_affine_coordinates(curve->group, point, x, NULL, curve->context), 1);
	if (is_reduced)
		assert_int_equal(BN_nnmod(x, x, curve->n, curve->context), 1);
	return x;
}

/* The key for which (x of R, s) is a signature of the message: Q = (s R - e G) / r. */
static EC_POINT *key_for(const struct curve *curve, const EC_POINT *r_point, const BIGNUM *s,
			 const BIGNUM *e)
{
	EC_POINT *key = EC_POINT_new(curve->group);
	BIGNUM *r = x_of(curve, r_point, true), *a = BN_new(), *b = BN_new();

	assert_non_null(BN_mod_inverse(r, r, curve->n, curve->context));
	assert_int_equal(BN_mod_mul(a, s, r, curve->n, curve->context), 1);
	assert_int_equal(BN_mod_mul(b, e, r, curve->n, curve->context), 1);
	assert_int_equal(BN_mod_sub(b, curve->n, b, curve->n, curve->context), 1);
	assert_int_equal(EC_POINT_mul(curve->group, key, b, r_point, a, curve->context), 1);
	BN_free(r);
	BN_free(a);
	BN_free(b);
	return key;
}

static bool is_taken(const struct curve *curve, const struct point_text *key,
		     enum public_key_hash hash, struct bytes message, const BIGNUM *r,
		     const BIGNUM *s)
{
	uint8_t r_bytes[NUMBER_MAX], s_bytes[NUMBER_MAX];
	const int r_len = BN_bn2bin(r, r_bytes), s_len = BN_bn2bin(s, s_bytes);

	return public_key_ecdsa_is_valid(curve->id, bytes_from(key->bytes, key->len), hash, message,
					 bytes_from(r_bytes, (size_t)r_len),
					 bytes_from(s_bytes, (size_t)s_len));
}

/* A good signature, its key, and its numbers. */
struct signed_message {
	uint8_t text[64];
	struct bytes message;
	struct point_text key;
	EC_POINT *r_point;
	BIGNUM *e, *r, *s;
};

static void sign_by(struct signed_message *out, const struct curve *curve,
		    enum public_key_hash hash, EC_POINT *take_r_point, BIGNUM *take_s)
{
	out->message = random_message(out->text);
	out->e = hash_number(curve, hash, out->message);
	out->r_point = take_r_point;
	out->s = take_s;
	out->r = x_of(curve, out->r_point, true);
	EC_POINT *key = key_for(curve, out->r_point, out->s, out->e);
	write_point(&out->key, curve, key);
	EC_POINT_free(key);
}

static EC_POINT *random_point(const struct curve *curve)
{
	EC_POINT *point = EC_POINT_new(curve->group);
	BIGNUM *k = random_scalar(curve);

	assert_int_equal(EC_POINT_mul(curve->group, point, k, NULL, NULL, curve->context), 1);
	BN_free(k);
	return point;
}

static void forget(struct signed_message *signed_message)
{
	EC_POINT_free(signed_message->r_point);
	BN_free(signed_message->e);
	BN_free(signed_message->r);
	BN_free(signed_message->s);
}

/* InvalidSignature: each of the two numbers one of 0, 1, n - 1, n, n + 1, p, p + 1, all ones. */
static void ecdsa_special_numbers(const struct curve *curve, enum public_key_hash hash,
				  const struct signed_message *good)
{
	BIGNUM *special[8];

	for (int i = 0; i < 8; i++)
		special[i] = BN_new();
	BN_zero(special[0]);
	BN_one(special[1]);
	BN_sub(special[2], curve->n, special[1]);
	BN_copy(special[3], curve->n);
	BN_add(special[4], curve->n, special[1]);
	BN_copy(special[5], curve->p);
	BN_add(special[6], curve->p, special[1]);
	BN_lshift(special[7], special[1], BN_num_bits(curve->n));
	BN_sub_word(special[7], 1);
	for (unsigned i = 0; i < 64; i++)
		expect(is_taken(curve, &good->key, hash, good->message, special[i / 8],
				special[i % 8]),
		       false, "special numbers", i);
	for (unsigned i = 0; i < 8; i++) {
		expect(is_taken(curve, &good->key, hash, good->message, special[i], good->s), false,
		       "special r", i);
		expect(is_taken(curve, &good->key, hash, good->message, good->r, special[i]), false,
		       "special s", i);
		BN_free(special[i]);
	}
}

/* ModifiedInteger: the same modulo the order, negated, inverted, one off, shifted. */
static void ecdsa_modified_numbers(const struct curve *curve, enum public_key_hash hash,
				   const struct signed_message *good)
{
	for (int of_s = 0; of_s < 2; of_s++) {
		const BIGNUM *number = of_s ? good->s : good->r;
		BIGNUM *changed = BN_new();

		for (unsigned i = 0; i < 8; i++) {
			bool is_good = false;

			switch (i) {
			case 0:
				BN_add(changed, number, curve->n);
				break;
			case 1:
				BN_sub(changed, curve->n, number);
				is_good = of_s; /* the other s of the same R */
				break;
			case 2:
				BN_lshift(changed, curve->n, 8);
				BN_add(changed, changed, number);
				break;
			case 3:
				BN_mod_inverse(changed, number, curve->n, curve->context);
				break;
			case 4:
				BN_copy(changed, number);
				BN_add_word(changed, 1);
				break;
			case 5:
				BN_copy(changed, number);
				BN_sub_word(changed, 1);
				break;
			case 6:
				BN_lshift(changed, number, 8);
				break;
			default:
				BN_rshift(changed, number, 1);
			}
			if (BN_num_bytes(changed) > NUMBER_MAX)
				continue;
			expect(is_taken(curve, &good->key, hash, good->message,
					of_s ? good->r : changed, of_s ? changed : good->s),
			       is_good, of_s ? "modified s" : "modified r", i);
		}
		BN_free(changed);
	}
	expect(is_taken(curve, &good->key, hash, good->message, good->s, good->r), false,
	       "exchanged", 0);
}

/* What is no number in its one form, and no uncompressed point of this curve. */
static void ecdsa_encodings(const struct curve *curve, enum public_key_hash hash,
			    const struct signed_message *good)
{
	uint8_t r[NUMBER_MAX] = {0}, s[NUMBER_MAX] = {0};
	const size_t r_len = (size_t)BN_bn2bin(good->r, r + 1);
	const size_t s_len = (size_t)BN_bn2bin(good->s, s + 1);
	const struct bytes key = bytes_from(good->key.bytes, good->key.len);
	const struct {
		struct bytes r, s;
	} forms[] = {
		{bytes_from(r, r_len + 1), bytes_from(s + 1, s_len)}, /* a zero before */
		{bytes_from(r + 1, r_len), bytes_from(s, s_len + 1)},
		{bytes_from(r + 1, r_len - 1), bytes_from(s + 1, s_len)}, /* cut */
		{bytes_from(r + 1, r_len), bytes_from(s + 1, s_len - 1)},
		{bytes_from(r + 2, r_len - 1), bytes_from(s + 1, s_len)},
		{bytes_from(r + 1, r_len + 1), bytes_from(s + 1, s_len)}, /* a zero behind */
		{bytes_from(r + 1, r_len), bytes_from(s + 1, s_len + 1)},
		{bytes_from(r + 1, 0), bytes_from(s + 1, s_len)},
		{bytes_from(r + 1, r_len), bytes_from(s + 1, 0)},
		{bytes_from(r + 1, 70), bytes_from(s + 1, s_len)},
	};
	for (unsigned i = 0; i < sizeof forms / sizeof forms[0]; i++)
		expect(public_key_ecdsa_is_valid(curve->id, key, hash, good->message, forms[i].r,
						 forms[i].s),
		       false, "form of numbers", i);
	for (unsigned i = 0; i < 9; i++) {
		uint8_t bad[160] = {0};
		size_t len = key.len;

		memcpy(bad, key.data, key.len);
		switch (i) {
		case 0: /* compressed */
			len = 1 + (key.len - 1) / 2;
			bad[0] = 2 + (key.data[key.len - 1] & 1);
			break;
		case 1: /* hybrid */
			bad[0] = 6 + (key.data[key.len - 1] & 1);
			break;
		case 2: /* at infinity */
			len = 1;
			bad[0] = 0;
			break;
		case 3:
			len = 0;
			break;
		case 4: /* not on the curve */
			bad[key.len - 1] ^= 1;
			break;
		case 5:
			len--;
			break;
		case 6:
			len++;
			break;
		case 7: /* coordinates that are not below the field's order */
			memset(bad + 1, 0xff, key.len - 1);
			break;
		default:
			bad[0] = 5;
		}
		expect(public_key_ecdsa_is_valid(curve->id, bytes_from(bad, len), hash,
						 good->message, bytes_from(r + 1, r_len),
						 bytes_from(s + 1, s_len)),
		       false, "form of the key", i);
	}
	for (enum public_key_curve other = PUBLIC_KEY_P256; other <= PUBLIC_KEY_P521; other++) {
		expect(public_key_ecdsa_is_valid(other, key, hash, good->message,
						 bytes_from(r + 1, r_len),
						 bytes_from(s + 1, s_len)),
		       other == curve->id, "another curve", other);
	}
	for (enum public_key_hash other = PUBLIC_KEY_SHA256; other <= PUBLIC_KEY_SHA512; other++)
		expect(is_taken(curve, &good->key, other, good->message, good->r, good->s),
		       other == hash, "another hash", other);
}

/* Good ones at the edges: s and R of every extreme kind. */
static void ecdsa_edges(const struct curve *curve, enum public_key_hash hash)
{
	struct signed_message edge;

	for (unsigned i = 0; i < 24; i++) { /* s = 1, 2, 3, .., and the order less them */
		BIGNUM *s = BN_new();

		if (i < 8)
			BN_set_word(s, i + 1);
		else if (i < 16)
			BN_sub(s, curve->n, (BN_set_word(s, i - 7), s));
		else
			BN_lshift(s, (BN_one(s), s), (int)(i - 15) * 28);
		sign_by(&edge, curve, hash, random_point(curve), s);
		expect(is_taken(curve, &edge.key, hash, edge.message, edge.r, edge.s), true,
		       "good at the edge, s", i);
		forget(&edge);
	}
	for (unsigned i = 0; i < 12; i++) { /* R = 1, 2, 3, .. times the base point, and negated */
		EC_POINT *point = EC_POINT_new(curve->group);
		BIGNUM *k = BN_new();

		BN_set_word(k, i / 2 + 1);
		if (i % 2)
			BN_sub(k, curve->n, k);
		assert_int_equal(EC_POINT_mul(curve->group, point, k, NULL, NULL, curve->context),
				 1);
		BN_free(k);
		sign_by(&edge, curve, hash, point, random_scalar(curve));
		expect(is_taken(curve, &edge.key, hash, edge.message, edge.r, edge.s), true,
		       "good at the edge, R", i);
		forget(&edge);
	}
	/* R whose x is not below the order: r is the rest, and x itself is none. */
	BIGNUM *x = BN_dup(curve->n);
	BN_add_word(x, 1); /* x = n would make r 0 */
	for (unsigned i = 0, n = 0; n < 4 && i < 64; i++, BN_add_word(x, 1)) {
		EC_POINT *point = EC_POINT_new(curve->group);

		if (BN_cmp(x, curve->p) >= 0 ||
		    EC_POINT_set_compressed_coordinates(curve->group, point, x, (int)(i & 1),
							curve->context) != 1) {
			EC_POINT_free(point);
			continue;
		}
		sign_by(&edge, curve, hash, point, random_scalar(curve));
		expect(is_taken(curve, &edge.key, hash, edge.message, edge.r, edge.s), true,
		       "x above the order", n);
		expect(is_taken(curve, &edge.key, hash, edge.message, x, edge.s), false,
		       "x above the order, not reduced", n);
		forget(&edge);
		n++;
	}
	BN_free(x);
}

/* PointDuplication: the two products of the sum are the same point (good), or cancel: then there is
 * no R, whatever r. */
static void ecdsa_duplication(const struct curve *curve, enum public_key_hash hash)
{
	for (unsigned i = 0; i < 6; i++) {
		uint8_t text[64];
		struct point_text key_text;
		const struct bytes message = random_message(text);
		BIGNUM *e = hash_number(curve, hash, message), *k = random_scalar(curve);
		BIGNUM *d = BN_new(), *s = BN_new(), *inverse = BN_new();
		EC_POINT *point = EC_POINT_new(curve->group), *key = EC_POINT_new(curve->group);

		assert_int_equal(EC_POINT_mul(curve->group, point, k, NULL, NULL, curve->context),
				 1);
		BIGNUM *r = x_of(curve, point, true);
		const bool is_double = i % 2 == 0;
		/* d = e / r, or its negative; s = 2 e / k, or anything. */
		BN_mod_inverse(inverse, r, curve->n, curve->context);
		BN_mod_mul(d, e, inverse, curve->n, curve->context);
		if (!is_double)
			BN_mod_sub(d, curve->n, d, curve->n, curve->context);
		BN_mod_inverse(inverse, k, curve->n, curve->context);
		BN_mod_add(s, e, e, curve->n, curve->context);
		BN_mod_mul(s, s, inverse, curve->n, curve->context);
		assert_int_equal(EC_POINT_mul(curve->group, key, d, NULL, NULL, curve->context), 1);
		write_point(&key_text, curve, key);
		expect(is_taken(curve, &key_text, hash, message, r, s), is_double,
		       is_double ? "the same point twice" : "points that cancel", i);
		EC_POINT_free(point);
		EC_POINT_free(key);
		BN_free(e);
		BN_free(k);
		BN_free(d);
		BN_free(s);
		BN_free(r);
		BN_free(inverse);
	}
}

static void ecdsa(void **state)
{
	const unsigned n_keys = test_is_full() ? 40 : 2;

	(void)state;
	for (enum public_key_curve id = PUBLIC_KEY_P256; id <= PUBLIC_KEY_P521; id++) {
		struct curve curve;

		n_cases = 0;
		curve_begin(&curve, id);
		for (unsigned i = 0; i < N_HASHES * n_keys; i++) {
			const enum public_key_hash hash = (enum public_key_hash)(i % N_HASHES);
			struct signed_message good;

			sign_by(&good, &curve, hash, random_point(&curve), random_scalar(&curve));
			expect(is_taken(&curve, &good.key, hash, good.message, good.r, good.s),
			       true, "good", i);
			ecdsa_special_numbers(&curve, hash, &good);
			ecdsa_modified_numbers(&curve, hash, &good);
			ecdsa_encodings(&curve, hash, &good);
			ecdsa_edges(&curve, hash);
			ecdsa_duplication(&curve, hash);
			forget(&good);
		}
		curve_end(&curve);
		print_message("ECDSA, curve %d: %u cases\n", (int)id, n_cases);
		assert_true(n_cases >= 500);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ecdsa),
	};

	random_state = test_random_new();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
