/* Additions and doublings of eight points at a time; the formulas are those of edwards.h. Products
 * are added and subtracted before they are carried, which is why points are kept as (Y - X, Y + X,
 * Z, T): these two are differences and sums of the same two products. Used by the files of the IFMA
 * backend only. Constant time; outputs may alias inputs. */
#ifndef UNDERSIGNED_EDWARDS_IFMA_H
#define UNDERSIGNED_EDWARDS_IFMA_H

#include "field_ifma.h"
#include "point.h"

#include "ct.h"

struct point8 {
	struct fe8 y_minus_x, y_plus_x, z, t;
};

/* Ready to be added: the last two are 2 Z and 2 d T. */
struct cached8 {
	struct fe8 y_minus_x, y_plus_x, z2, t2d;
};

/* With Z = 1: the last is 2 d X Y. */
struct affine8 {
	struct fe8 y_minus_x, y_plus_x, xy2d;
};

#define POINT8_WORDS 20

ALWAYS_INLINE struct point8 point8_identity(void)
{
	return (struct point8){fe8_small(1), fe8_small(1), fe8_small(1), fe8_small(0)};
}

/* E, F, G and H of the formulas. */
struct factors8 {
	struct fe8 e, f, g, h;
};

/* X = E F and Y = G H, of which the difference and the sum are kept, and T = E H. 3M, one fewer
 * without T. Z = F G is left to the caller, who computes it while E and H are not ready yet: the
 * products are in an order in which each finds its factors made some time before. */
ALWAYS_INLINE void point8_finish(struct point8 *out, const struct factors8 *by, bool has_t)
{
	const struct raw8 x = fe8_mul(&by->e, &by->f), y = fe8_mul(&by->g, &by->h);

	if (has_t)
		out->t = fe8_product(&by->e, &by->h);
	out->y_minus_x = fe8_carry(raw8_sub(y, x));
	out->y_plus_x = fe8_carry(raw8_add(y, x));
}

/* 7M, and a product for T: A = (Y1 - X1) (Y2 - X2), B = (Y1 + X1) (Y2 + X2), C = 2 d T1 T2,
 * D = 2 Z1 Z2; E = B - A, F = D - C, G = D + C, H = B + A. */
ALWAYS_INLINE void point8_add_cached(struct point8 *out, const struct point8 *a,
				     const struct cached8 *b, bool has_t)
{
	struct factors8 by;
	const struct raw8 c = fe8_mul(&a->t, &b->t2d), d = fe8_mul(&a->z, &b->z2);
	const struct raw8 product_a = fe8_mul(&a->y_minus_x, &b->y_minus_x);
	struct raw8 product_b;

	by.f = fe8_carry(raw8_sub(d, c));
	by.g = fe8_carry(raw8_add(d, c));
	product_b = fe8_mul(&a->y_plus_x, &b->y_plus_x);
	out->z = fe8_product(&by.f, &by.g);
	by.e = fe8_carry(raw8_sub(product_b, product_a));
	by.h = fe8_carry(raw8_add(product_b, product_a));
	point8_finish(out, &by, has_t);
}

/* What else is done beside an addition, in four parts that stand between its products: loads and
 * logic have other units than products. */
typedef void point8_beside(void *context, int part);

ALWAYS_INLINE void point8_nothing_beside(void *context, int part)
{
	(void)context;
	(void)part;
}

/* 6M, and a product for T: as point8_add_cached, with Z2 = 1. */
ALWAYS_INLINE void point8_add_affine(struct point8 *out, const struct point8 *a,
				     const struct affine8 *b, bool has_t, point8_beside *beside,
				     void *context)
{
	struct factors8 by;
	const struct raw8 c = fe8_mul(&a->t, &b->xy2d);
	const struct raw8 d = raw8_add(fe8_raw(&a->z), fe8_raw(&a->z));
	struct raw8 product_a, product_b;

	beside(context, 0);
	product_a = fe8_mul(&a->y_minus_x, &b->y_minus_x);
	by.f = fe8_carry(raw8_sub(d, c));
	by.g = fe8_carry(raw8_add(d, c));
	beside(context, 1);
	product_b = fe8_mul(&a->y_plus_x, &b->y_plus_x);
	beside(context, 2);
	out->z = fe8_product(&by.f, &by.g);
	beside(context, 3);
	by.e = fe8_carry(raw8_sub(product_b, product_a));
	by.h = fe8_carry(raw8_add(product_b, product_a));
	point8_finish(out, &by, has_t);
}

ALWAYS_INLINE struct cached8 cached8_from_point8(const struct point8 *a, const struct fe8 *twice_d)
{
	return (struct cached8){a->y_minus_x, a->y_plus_x, fe8_add(&a->z, &a->z),
				fe8_product(&a->t, twice_d)};
}

/* 3S + 4M, and a product for T: with m = Y - X and p = Y + X, and all of the usual quantities
 * doubled, E = p^2 - m^2, G = 2 m p, H = p^2 + m^2 and F = 4 Z^2 - G. Does not read a->t. */
ALWAYS_INLINE void point8_double(struct point8 *out, const struct point8 *a, bool has_t)
{
	struct factors8 by;
	const struct raw8 mp = fe8_mul(&a->y_minus_x, &a->y_plus_x), zz = fe8_sq(&a->z);
	const struct raw8 twice_mp = raw8_add(mp, mp), twice_zz = raw8_add(zz, zz);
	const struct raw8 mm = fe8_sq(&a->y_minus_x), pp = fe8_sq(&a->y_plus_x);

	by.g = fe8_carry(twice_mp);
	by.f = fe8_carry(raw8_sub(raw8_add(twice_zz, twice_zz), twice_mp));
	out->z = fe8_product(&by.f, &by.g);
	by.e = fe8_carry(raw8_sub(pp, mm));
	by.h = fe8_carry(raw8_add(pp, mm));
	point8_finish(out, &by, has_t);
}

/* Eight times twenty words to and from the vectors of a struct point8, in order. By way of memory:
 * as values so many vectors would be copied to and fro. */
ALWAYS_INLINE void point8_load_words(struct point8 *out, const uint64_t *const row[static LANES])
{
	__m512i *const word = (void *)out;

	lanes_load_words(word, row, 0);
	lanes_load_words(word + 4, row, 4);
	lanes_load_words(word + 8, row, 8);
	lanes_load_words(word + 12, row, 12);
	lanes_load_words(word + 16, row, 16);
}

ALWAYS_INLINE void point8_store_words(uint64_t *const row[static LANES], const struct point8 *in)
{
	const __m512i *const word = (const void *)in;

	lanes_store_words(row, 0, word);
	lanes_store_words(row, 4, word + 4);
	lanes_store_words(row, 8, word + 8);
	lanes_store_words(row, 12, word + 12);
	lanes_store_words(row, 16, word + 16);
}

_Static_assert(sizeof(struct point8) == POINT8_WORDS * sizeof(__m512i), "no padding");
_Static_assert(sizeof(struct point) == POINT8_WORDS * sizeof(uint64_t), "no padding");

ALWAYS_INLINE void point8_load(struct point8 *out, const struct point *const in[static LANES])
{
	const uint64_t *row[LANES];
	struct point8 xyzt;

	for (size_t i = 0; i < LANES; i++)
		row[i] = (const void *)in[i];
	point8_load_words(&xyzt, row);
	/* X and Y stand where Y - X and Y + X are to be. */
	out->y_minus_x = fe8_sub(&xyzt.y_plus_x, &xyzt.y_minus_x);
	out->y_plus_x = fe8_add(&xyzt.y_plus_x, &xyzt.y_minus_x);
	out->z = xyzt.z;
	out->t = xyzt.t;
	wipe(&xyzt, sizeof xyzt);
}

/* Stores twice (X, Y, Z, T). The difference is carried twice, for limbs of magnitude 1. */
ALWAYS_INLINE void point8_store(struct point *const out[static LANES], const struct point8 *a)
{
	struct point8 xyzt = {
		fe8_sub(&a->y_plus_x, &a->y_minus_x),
		fe8_add(&a->y_plus_x, &a->y_minus_x),
		fe8_add(&a->z, &a->z),
		fe8_add(&a->t, &a->t),
	};
	uint64_t *row[LANES];

	xyzt.y_minus_x = fe8_carry(fe8_raw(&xyzt.y_minus_x));
	for (size_t i = 0; i < LANES; i++)
		row[i] = (void *)out[i];
	point8_store_words(row, &xyzt);
	wipe(&xyzt, sizeof xyzt);
}

#endif
