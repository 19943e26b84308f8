#include "ristretto.h"

#include "field.h"
#include "sha2.h"

void ristretto_decode_begin(struct ristretto_decoding *decoding, struct fe *radicand,
			    const uint8_t in[static POINT_BYTES])
{
	struct fe one, ss, square, v;

	decoding->is_canonical = fe_decode_strict(&decoding->s, in) & ((in[0] & 1) ^ 1);
	fe_one(&one);
	fe_sq(&ss, &decoding->s);
	fe_sub(&decoding->u1, &one, &ss);
	fe_add(&decoding->u2, &one, &ss);
	/* v = -(d u1^2) - u2^2 */
	fe_sq(&v, &decoding->u1);
	fe_mul(&v, &v, &fe_d);
	fe_sq(&square, &decoding->u2);
	fe_add(&v, &v, &square);
	fe_carry(&v, &v);
	fe_neg(&v, &v);
	fe_carry(&decoding->v, &v);
	fe_mul(radicand, &decoding->v, &square);
}

uint64_t ristretto_decode_end(struct point *out, const struct ristretto_decoding *decoding,
			      const struct fe *root, uint64_t was_square)
{
	struct fe den_x, den_y, x;

	fe_mul(&den_x, root, &decoding->u2);
	fe_mul(&den_y, root, &den_x);
	fe_mul(&den_y, &den_y, &decoding->v);
	fe_add(&x, &decoding->s, &decoding->s);
	fe_mul(&x, &x, &den_x);
	fe_abs(&out->x, &x);
	fe_mul(&out->y, &decoding->u1, &den_y);
	fe_one(&out->z);
	fe_mul(&out->t, &out->x, &out->y);
	return decoding->is_canonical & was_square & (fe_is_negative(&out->t) ^ 1) &
	       (fe_is_zero(&out->y) ^ 1);
}

uint64_t ristretto_recall(struct point *out, const uint8_t in[static POINT_BYTES],
			  const uint8_t decoded[static 2 * FE_BYTES])
{
	struct ristretto_decoding decoding;
	struct fe square, other;
	uint64_t is_good;

	ristretto_decode_begin(&decoding, &other, in);
	is_good = decoding.is_canonical & fe_decode_strict(&out->x, decoded) &
		  fe_decode_strict(&out->y, decoded + FE_BYTES);
	fe_one(&out->z);
	fe_mul(&out->t, &out->x, &out->y);
	is_good &= (fe_is_negative(&out->x) | fe_is_negative(&out->t) | fe_is_zero(&out->y)) ^ 1;
	/* y (1 + s^2) = 1 - s^2 */
	fe_mul(&other, &out->y, &decoding.u2);
	is_good &= fe_is_equal(&decoding.u1, &other);
	/* v x^2 = (2 s)^2 */
	fe_sq(&square, &out->x);
	fe_mul(&square, &square, &decoding.v);
	fe_add(&other, &decoding.s, &decoding.s);
	fe_sq(&other, &other);
	return is_good & fe_is_equal(&square, &other);
}

enum undersign_status point_decode_vartime(struct point *out, const uint8_t in[static POINT_BYTES])
{
	struct ristretto_decoding decoding;
	struct fe one, radicand, root;
	uint64_t was_square;

	fe_one(&one);
	ristretto_decode_begin(&decoding, &radicand, in);
	was_square = fe_sqrt_ratio(&root, &one, &radicand);
	if (!ristretto_decode_end(out, &decoding, &root, was_square)) {
		point_identity(out);
		return UNDERSIGN_E_ENCODING;
	}
	return UNDERSIGN_OK;
}

void ristretto_encode_begin(struct ristretto_encoding *encoding, struct fe *radicand,
			    const struct point *a)
{
	struct fe sum, difference;

	fe_add(&sum, &a->z, &a->y);
	fe_sub(&difference, &a->z, &a->y);
	fe_mul(&encoding->u1, &sum, &difference);
	fe_mul(&encoding->u2, &a->x, &a->y);
	fe_sq(radicand, &encoding->u2);
	fe_mul(radicand, radicand, &encoding->u1);
}

void ristretto_encode_end(uint8_t out[static POINT_BYTES],
			  const struct ristretto_encoding *encoding, const struct point *a,
			  const struct fe *root)
{
	struct fe den1, den2, z_inverse, other, x, y;
	uint64_t mask;

	fe_mul(&den1, root, &encoding->u1);
	fe_mul(&den2, root, &encoding->u2);
	fe_mul(&z_inverse, &den1, &den2);
	fe_mul(&z_inverse, &z_inverse, &a->t);

	fe_mul(&other, &a->t, &z_inverse);
	mask = ct_mask(fe_is_negative(&other));
	fe_mul(&other, &a->y, &fe_sqrt_m1);
	fe_select(&x, mask, &other, &a->x);
	fe_mul(&other, &a->x, &fe_sqrt_m1);
	fe_select(&y, mask, &other, &a->y);
	fe_mul(&other, &den1, &fe_invsqrt_a_m_d);
	fe_select(&den2, mask, &other, &den2);

	fe_mul(&other, &x, &z_inverse);
	mask = ct_mask(fe_is_negative(&other));
	fe_neg(&other, &y);
	fe_carry(&other, &other);
	fe_select(&y, mask, &other, &y);
	fe_sub(&other, &a->z, &y);
	fe_mul(&other, &other, &den2);
	fe_abs(&other, &other);
	fe_encode(out, &other);
}

void point_encode(uint8_t out[static POINT_BYTES], const struct point *a)
{
	struct ristretto_encoding encoding;
	struct fe one, radicand, root;

	fe_one(&one);
	ristretto_encode_begin(&encoding, &radicand, a);
	fe_sqrt_ratio(&root, &one, &radicand);
	ristretto_encode_end(out, &encoding, a, &root);
}

/* MAP of RFC 9496 section 4.3.4; t of magnitude 1. */
static void point_from_field(struct point *out, const struct fe *t)
{
	struct fe one, r, u, v, s, c, n, other, w0, w1, w2, w3;
	uint64_t was_square;

	fe_one(&one);
	fe_sq(&r, t);
	fe_mul(&r, &r, &fe_sqrt_m1);
	fe_add(&u, &r, &one);
	fe_mul(&u, &u, &fe_one_minus_d_sq);
	/* v = (-1 - r d) (r + d) */
	fe_mul(&v, &r, &fe_d);
	fe_add(&v, &v, &one);
	fe_carry(&v, &v);
	fe_neg(&v, &v);
	fe_add(&other, &r, &fe_d);
	fe_mul(&v, &v, &other);

	was_square = fe_sqrt_ratio(&s, &u, &v);
	fe_mul(&other, &s, t);
	fe_abs(&other, &other);
	fe_neg(&other, &other);
	fe_carry(&other, &other);
	fe_select(&s, ct_mask(was_square), &s, &other);
	fe_neg(&other, &one);
	fe_carry(&other, &other);
	fe_select(&c, ct_mask(was_square), &other, &r);

	/* n = c (r - 1) (d - 1)^2 - v */
	fe_sub(&n, &r, &one);
	fe_mul(&n, &n, &c);
	fe_mul(&n, &n, &fe_d_minus_one_sq);
	fe_sub(&n, &n, &v);
	fe_add(&w0, &s, &s);
	fe_mul(&w0, &w0, &v);
	fe_mul(&w1, &n, &fe_sqrt_ad_m1);
	fe_sq(&s, &s);
	fe_sub(&w2, &one, &s);
	fe_add(&w3, &one, &s);
	fe_mul(&out->x, &w0, &w3);
	fe_mul(&out->y, &w2, &w1);
	fe_mul(&out->z, &w1, &w3);
	fe_mul(&out->t, &w0, &w2);
}

void point_from_uniform(struct point *out, const uint8_t in[static 64])
{
	struct point second;
	struct fe t;

	fe_decode(&t, in);
	point_from_field(out, &t);
	fe_decode(&t, in + 32);
	point_from_field(&second, &t);
	point_add(out, out, &second);
}

void point_hash_vartime(struct point *out, struct bytes dst, struct bytes message)
{
	/* RFC 9380 section 5.3.1: a block of zeros, the message, the length asked for, 0, the tag;
	 * 64 bytes are one digest, that of the first one's, 1, the tag. */
	static const uint8_t zeros[128], length_and_zero[3] = {0, 64, 0};
	const uint8_t one = 1, dst_len = (uint8_t)dst.len;
	uint8_t digest[SHA512_BYTES];
	struct sha512 hash;

	CHECK(dst.len <= 255);
	sha512_begin(&hash);
	sha512_add(&hash, zeros, sizeof zeros);
	sha512_add(&hash, message.data, message.len);
	sha512_add(&hash, length_and_zero, sizeof length_and_zero);
	sha512_add(&hash, dst.data, dst.len);
	sha512_add(&hash, &dst_len, 1);
	sha512_end(&hash, digest);
	sha512_begin(&hash);
	sha512_add(&hash, digest, sizeof digest);
	sha512_add(&hash, &one, 1);
	sha512_add(&hash, dst.data, dst.len);
	sha512_add(&hash, &dst_len, 1);
	sha512_end(&hash, digest);
	point_from_uniform(out, digest);
}
