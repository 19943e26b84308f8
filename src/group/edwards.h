/* Additions and doublings on the curve behind ristretto255: edwards25519, -x^2 + y^2 = 1 + d x^2
 * y^2, by the complete formulas of Hisil, Wong, Carter and Dawson (2008). Used by this folder only.
 *
 * Coordinates of points are of magnitude 1. All constant time; outputs may alias inputs. */
#ifndef UNDERSIGNED_EDWARDS_H
#define UNDERSIGNED_EDWARDS_H

#include "point.h"

/* A point ready to be added: (Y + X, Y - X, 2 Z, 2 d T), of magnitude 1, the last of 2. */
struct cached {
	struct fe y_plus_x, y_minus_x, z2, t2d;
};

#define EDWARDS_TABLE_LEN 8
#define EDWARDS_N_DIGITS  64
/* Non-adjacent form of width 5: a number below 2^255 has at most 256 digits. */
#define EDWARDS_NAF_LEN 256

/* Every product form ends here: X = E F, Y = G H, Z = F G, T = E H (left out if has_t is false;
 * out->t is then undefined, and only a doubling or a conversion that ignores T may follow). */
static inline void edwards_finish(struct point *out, const struct fe *e, const struct fe *f,
				  const struct fe *g, const struct fe *h, bool has_t)
{
	fe_mul(&out->x, e, f);
	fe_mul(&out->y, g, h);
	fe_mul(&out->z, f, g);
	if (has_t)
		fe_mul(&out->t, e, h);
}

/* out = a + b. 6M, and a product for T. */
static inline void edwards_add_affine(struct point *out, const struct point *a,
				      const struct affine *b, bool has_t)
{
	struct fe e, f, g, h, c, d;

	fe_sub(&e, &a->y, &a->x);
	fe_mul(&e, &e, &b->y_minus_x);
	fe_add(&h, &a->y, &a->x);
	fe_mul(&h, &h, &b->y_plus_x);
	fe_mul(&c, &a->t, &b->xy2d);
	fe_add(&d, &a->z, &a->z);
	fe_sub(&f, &d, &c);
	fe_add(&g, &d, &c);
	fe_add(&d, &h, &e);
	fe_sub(&e, &h, &e);
	edwards_finish(out, &e, &f, &g, &d, has_t);
}

/* out = a - b */
static inline void edwards_sub_affine(struct point *out, const struct point *a,
				      const struct affine *b, bool has_t)
{
	struct fe e, f, g, h, c, d;

	fe_sub(&e, &a->y, &a->x);
	fe_mul(&e, &e, &b->y_plus_x);
	fe_add(&h, &a->y, &a->x);
	fe_mul(&h, &h, &b->y_minus_x);
	fe_mul(&c, &a->t, &b->xy2d);
	fe_add(&d, &a->z, &a->z);
	fe_add(&f, &d, &c);
	fe_sub(&g, &d, &c);
	fe_add(&d, &h, &e);
	fe_sub(&e, &h, &e);
	edwards_finish(out, &e, &f, &g, &d, has_t);
}

/* 7M, and a product for T. */
static inline void edwards_add_cached(struct point *out, const struct point *a,
				      const struct cached *b, bool has_t)
{
	struct fe e, f, g, h, c, d;

	fe_sub(&e, &a->y, &a->x);
	fe_mul(&e, &e, &b->y_minus_x);
	fe_add(&h, &a->y, &a->x);
	fe_mul(&h, &h, &b->y_plus_x);
	fe_mul(&c, &a->t, &b->t2d);
	fe_mul(&d, &a->z, &b->z2);
	fe_sub(&f, &d, &c);
	fe_add(&g, &d, &c);
	fe_add(&d, &h, &e);
	fe_sub(&e, &h, &e);
	edwards_finish(out, &e, &f, &g, &d, has_t);
}

/* 4S + 3M, and a product for T. Does not read a->t. */
static inline void edwards_double(struct point *out, const struct point *a, bool has_t)
{
	struct fe xx, yy, zz, e, f, g, h;

	fe_sq(&xx, &a->x);
	fe_sq(&yy, &a->y);
	fe_sq(&zz, &a->z);
	fe_add(&e, &a->x, &a->y);
	fe_sq(&e, &e);
	fe_add(&h, &yy, &xx);
	/* F and H have the opposite sign of the published formula, hence all four coordinates,
	 * which is the same point. */
	fe_sub(&e, &e, &xx);
	fe_sub(&e, &e, &yy);
	fe_sub(&g, &yy, &xx);
	fe_add(&f, &zz, &zz);
	fe_add(&f, &f, &xx);
	fe_sub(&f, &f, &yy);
	edwards_finish(out, &e, &f, &g, &h, has_t);
}

static inline void cached_from_point(struct cached *out, const struct point *a)
{
	struct fe sum, difference;

	fe_add(&sum, &a->y, &a->x);
	fe_sub(&difference, &a->y, &a->x);
	fe_mul(&out->t2d, &a->t, &fe_2d);
	fe_add(&out->z2, &a->z, &a->z);
	fe_carry(&out->z2, &out->z2);
	fe_carry(&out->y_plus_x, &sum);
	fe_carry(&out->y_minus_x, &difference);
}

/* out = a - b. 7M, and a product for T. */
static inline void edwards_sub_cached(struct point *out, const struct point *a,
				      const struct cached *b, bool has_t)
{
	struct cached negative;

	negative.y_plus_x = b->y_minus_x;
	negative.y_minus_x = b->y_plus_x;
	negative.z2 = b->z2;
	fe_carry(&negative.t2d, &b->t2d);
	fe_neg(&negative.t2d, &negative.t2d);
	edwards_add_cached(out, a, &negative, has_t);
}

extern const struct point edwards_base;

/* Whether two points are the same on the curve (not only as elements of ristretto255). 1 or 0. */
uint64_t edwards_is_equal(const struct point *a, const struct point *b);
/* y and the sign of x, 32 bytes (RFC 8032 section 5.1.2). */
void edwards_encode(uint8_t out[static POINT_BYTES], const struct point *a);
/* RFC 8032 section 5.1.3, strict: y < p, no x = 0 with sign bit 1. False, and *out the identity, if
 * the bytes are no point. Public data. */
bool edwards_decode_vartime(struct point *out, const uint8_t in[static POINT_BYTES]);

/* The multiples 1..8 of a point. */
void edwards_table(struct cached table[static EDWARDS_TABLE_LEN], const struct point *a);
/* 64 digits of a scalar, base 16, each in [-8, 8), least significant first. */
void edwards_digits(int8_t digits[static EDWARDS_N_DIGITS], const struct scalar *scalar);
/* The sum of n points times their scalars: for each a table, and digits. The doublings are shared;
 * all entries of a table are read for each digit. */
void edwards_combine(struct point *out, const struct cached (*tables)[EDWARDS_TABLE_LEN],
		     const int8_t (*digits)[EDWARDS_N_DIGITS], size_t n);

/* The odd multiples 1, 3 .. 15 of a point. */
void edwards_odd_table(struct cached table[static EDWARDS_TABLE_LEN], const struct point *a);
/* Digits 0 or odd in [-15, 15] of any number below 2^255, least significant first. */
void edwards_naf_vartime(int8_t digits[static EDWARDS_NAF_LEN], const struct scalar *scalar);
/* As edwards_combine, from odd tables and non-adjacent forms. */
void edwards_combine_vartime(struct point *out, const struct cached (*tables)[EDWARDS_TABLE_LEN],
			     const int8_t (*digits)[EDWARDS_NAF_LEN], size_t n);

#endif
