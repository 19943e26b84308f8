/* Additions and doublings of eight points at a time; the formulas are those of edwards.h. Products
 * are added and subtracted before they are carried, which is why points are kept as (Y - X, Y + X,
 * Z, T): these two are differences and sums of the same two products. Used by the files of the IFMA
 * backend only. Constant time; outputs may alias inputs. */
#ifndef UNDERSIGNED_EDWARDS_IFMA_H
#define UNDERSIGNED_EDWARDS_IFMA_H

#include "field_ifma.h"
#include "point.h"

struct point8 {
	struct fe8 y_minus_x, y_plus_x, z, t;
};

/* Ready to be added: the last two are 2 Z and 2 d T. */
struct cached8 {
	struct fe8 y_minus_x, y_plus_x, z2, t2d;
};

#define POINT8_WORDS 20

ALWAYS_INLINE struct point8 point8_identity(void)
{
	return (struct point8){fe8_small(1), fe8_small(1), fe8_small(1), fe8_small(0)};
}

/* From products: A = (Y1 - X1) (Y2 - X2), B = (Y1 + X1) (Y2 + X2), C = 2 d T1 T2, D = 2 Z1 Z2. 4M,
 * one fewer without T. */
ALWAYS_INLINE void point8_finish_addition(struct point8 *out, struct raw8 a, struct raw8 b,
					  struct raw8 c, struct raw8 d, bool has_t)
{
	const struct fe8 e = fe8_carry(raw8_sub(b, a)), h = fe8_carry(raw8_add(b, a)),
			 f = fe8_carry(raw8_sub(d, c)), g = fe8_carry(raw8_add(d, c));
	const struct raw8 x = fe8_mul(&e, &f), y = fe8_mul(&g, &h);

	out->y_minus_x = fe8_carry(raw8_sub(y, x));
	out->y_plus_x = fe8_carry(raw8_add(y, x));
	out->z = fe8_product(&f, &g);
	if (has_t)
		out->t = fe8_product(&e, &h);
}

/* 7M, and a product for T. */
ALWAYS_INLINE void point8_add_cached(struct point8 *out, const struct point8 *a,
				     const struct cached8 *b, bool has_t)
{
	const struct raw8 products[4] = {
		fe8_mul(&a->y_minus_x, &b->y_minus_x),
		fe8_mul(&a->y_plus_x, &b->y_plus_x),
		fe8_mul(&a->t, &b->t2d),
		fe8_mul(&a->z, &b->z2),
	};

	point8_finish_addition(out, products[0], products[1], products[2], products[3], has_t);
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
	const struct raw8 mm = fe8_sq(&a->y_minus_x), pp = fe8_sq(&a->y_plus_x),
			  mp = fe8_mul(&a->y_minus_x, &a->y_plus_x), zz = fe8_sq(&a->z);
	const struct raw8 twice_mp = raw8_add(mp, mp), twice_zz = raw8_add(zz, zz);
	const struct fe8 e = fe8_carry(raw8_sub(pp, mm)), h = fe8_carry(raw8_add(pp, mm)),
			 g = fe8_carry(twice_mp),
			 f = fe8_carry(raw8_sub(raw8_add(twice_zz, twice_zz), twice_mp));
	const struct raw8 x = fe8_mul(&e, &f), y = fe8_mul(&g, &h);

	out->y_minus_x = fe8_carry(raw8_sub(y, x));
	out->y_plus_x = fe8_carry(raw8_add(y, x));
	out->z = fe8_product(&f, &g);
	if (has_t)
		out->t = fe8_product(&e, &h);
}

/* Eight times twenty words, coordinate by coordinate, and back. */
ALWAYS_INLINE void lanes_load_coordinates(struct fe8 out[static 4],
					  const uint64_t *const row[static LANES])
{
	__m512i word[POINT8_WORDS];

	for (size_t i = 0; i < POINT8_WORDS; i += 4)
		lanes_load_words(word + i, row, i);
	for (size_t i = 0; i < 4; i++)
		out[i] = (struct fe8){{word[5 * i], word[5 * i + 1], word[5 * i + 2],
				       word[5 * i + 3], word[5 * i + 4]}};
}

ALWAYS_INLINE void lanes_store_coordinates(uint64_t *const row[static LANES],
					   const struct fe8 in[static 4])
{
	__m512i word[POINT8_WORDS];

	for (size_t i = 0; i < POINT8_WORDS; i++)
		word[i] = in[i / 5].limb[i % 5];
	for (size_t i = 0; i < POINT8_WORDS; i += 4)
		lanes_store_words(row, i, word + i);
}

_Static_assert(sizeof(struct point) == POINT8_WORDS * sizeof(uint64_t), "no padding");

ALWAYS_INLINE void point8_load(struct point8 *out, const struct point *const in[static LANES])
{
	const uint64_t *row[LANES];
	struct fe8 xyzt[4];

	for (size_t i = 0; i < LANES; i++)
		row[i] = (const void *)in[i];
	lanes_load_coordinates(xyzt, row);
	out->y_minus_x = fe8_sub(&xyzt[1], &xyzt[0]);
	out->y_plus_x = fe8_add(&xyzt[1], &xyzt[0]);
	out->z = xyzt[2];
	out->t = xyzt[3];
}

/* Stores twice (X, Y, Z, T), carried twice for limbs of magnitude 1. */
ALWAYS_INLINE void point8_store(struct point *const out[static LANES], const struct point8 *a)
{
	struct fe8 xyzt[4] = {
		fe8_sub(&a->y_plus_x, &a->y_minus_x),
		fe8_add(&a->y_plus_x, &a->y_minus_x),
		fe8_add(&a->z, &a->z),
		fe8_add(&a->t, &a->t),
	};
	uint64_t *row[LANES];

	xyzt[0] = fe8_carry(fe8_raw(&xyzt[0]));
	for (size_t i = 0; i < LANES; i++)
		row[i] = (void *)out[i];
	lanes_store_coordinates(row, xyzt);
}

#endif
