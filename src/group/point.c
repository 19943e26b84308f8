#include "point.h"

#include "base_table.h"
#include "edwards.h"

void point_identity(struct point *out)
{
	fe_zero(&out->x);
	fe_one(&out->y);
	fe_one(&out->z);
	fe_zero(&out->t);
}

void point_base(struct point *out)
{
	*out = edwards_base;
}

void point_add(struct point *out, const struct point *a, const struct point *b)
{
	struct cached cached;

	cached_from_point(&cached, b);
	edwards_add_cached(out, a, &cached, true);
}

void point_sub(struct point *out, const struct point *a, const struct point *b)
{
	struct cached cached;

	cached_from_point(&cached, b);
	edwards_sub_cached(out, a, &cached, true);
}

void point_neg(struct point *out, const struct point *a)
{
	struct fe negative;

	out->y = a->y;
	out->z = a->z;
	fe_neg(&negative, &a->x);
	fe_carry(&out->x, &negative);
	fe_neg(&negative, &a->t);
	fe_carry(&out->t, &negative);
}

void point_double(struct point *out, const struct point *a)
{
	edwards_double(out, a, true);
}

void point_select(struct point *out, uint64_t bit, const struct point *a, const struct point *b)
{
	const uint64_t mask = ct_mask(bit);

	fe_select(&out->x, mask, &a->x, &b->x);
	fe_select(&out->y, mask, &a->y, &b->y);
	fe_select(&out->z, mask, &a->z, &b->z);
	fe_select(&out->t, mask, &a->t, &b->t);
}

uint64_t point_is_equal(const struct point *a, const struct point *b)
{
	struct fe left, right;
	uint64_t is_equal;

	/* RFC 9496 section 4.3.3 */
	fe_mul(&left, &a->x, &b->y);
	fe_mul(&right, &a->y, &b->x);
	is_equal = fe_is_equal(&left, &right);
	fe_mul(&left, &a->y, &b->y);
	fe_mul(&right, &a->x, &b->x);
	return is_equal | fe_is_equal(&left, &right);
}

uint64_t point_is_identity(const struct point *a)
{
	/* The four points of the identity's class are those with x y = 0. */
	return fe_is_zero(&a->t);
}

void affine_from_point(struct affine *out, const struct point *a)
{
	struct fe z_inverse, x, y, other;

	fe_invert(&z_inverse, &a->z);
	fe_mul(&x, &a->x, &z_inverse);
	fe_mul(&y, &a->y, &z_inverse);
	fe_add(&other, &y, &x);
	fe_carry(&out->y_plus_x, &other);
	fe_sub(&other, &y, &x);
	fe_carry(&out->y_minus_x, &other);
	fe_mul(&other, &x, &y);
	fe_mul(&out->xy2d, &other, &fe_2d);
}

void point_from_affine(struct point *out, const struct affine *a)
{
	struct fe twice;

	fe_sub(&twice, &a->y_plus_x, &a->y_minus_x);
	fe_mul(&out->x, &twice, &fe_half);
	fe_add(&twice, &a->y_plus_x, &a->y_minus_x);
	fe_mul(&out->y, &twice, &fe_half);
	fe_one(&out->z);
	fe_mul(&out->t, &out->x, &out->y);
}

uint64_t affine_is_equal(const struct affine *a, const struct affine *b)
{
	struct fe left, right, minus;

	/* (y1 + x1) (y2 - x2) -+ (y1 - x1) (y2 + x2) are 2 (x1 y2 - y1 x2) and
	 * 2 (y1 y2 - x1 x2): RFC 9496 section 4.3.3 asks whether one of them is 0. */
	fe_mul(&left, &a->y_plus_x, &b->y_minus_x);
	fe_mul(&right, &a->y_minus_x, &b->y_plus_x);
	fe_neg(&minus, &right);
	fe_carry(&minus, &minus);
	return fe_is_equal(&left, &right) | fe_is_equal(&left, &minus);
}

bool affine_is_identity_vartime(const struct affine *a)
{
	return fe_is_zero(&a->xy2d);
}

void point_mul(struct point *out, const struct scalar *scalar, const struct point *a)
{
	point_combine(out, scalar, a, 1);
}

/* As the look-up of edwards.c, among points with Z = 1. */
static void base_table_look_up(struct affine *out, const struct affine table[static 8],
			       int8_t digit)
{
	const uint64_t bits = ct_barrier((uint64_t)(int64_t)digit);
	const uint64_t negative = 0 - (bits >> 63), magnitude = (bits ^ negative) - negative;
	struct fe minus;

	fe_one(&out->y_plus_x);
	fe_one(&out->y_minus_x);
	fe_zero(&out->xy2d);
	for (uint64_t j = 0; j < 8; j++) {
		const uint64_t mask = ct_mask(ct_is_equal(magnitude, j + 1));

		fe_select(&out->y_plus_x, mask, &table[j].y_plus_x, &out->y_plus_x);
		fe_select(&out->y_minus_x, mask, &table[j].y_minus_x, &out->y_minus_x);
		fe_select(&out->xy2d, mask, &table[j].xy2d, &out->xy2d);
	}
	fe_swap(negative, &out->y_plus_x, &out->y_minus_x);
	fe_neg(&minus, &out->xy2d);
	fe_select(&out->xy2d, negative, &minus, &out->xy2d);
}

void point_mul_base(struct point *out, const struct scalar *scalar)
{
	int8_t digits[EDWARDS_N_DIGITS];
	struct affine multiple;
	struct point sum;

	/* Digit 8 k + i has weight 16^i 2^(32 k), and the table is of 2^(32 k) times the base. */
	edwards_digits(digits, scalar);
	point_identity(&sum);
	for (int i = 7; i >= 0; i--) {
		for (int j = 0; j < 4; j++)
			edwards_double(&sum, &sum, j == 3);
		for (int k = 0; k < 8; k++) {
			base_table_look_up(&multiple, base_table[k], digits[8 * k + i]);
			edwards_add_affine(&sum, &sum, &multiple, true);
		}
	}
	*out = sum;
	wipe(digits, sizeof digits);
	wipe(&multiple, sizeof multiple);
	wipe(&sum, sizeof sum);
}

/* Tables and digits of so many terms are on the stack at a time (21 KiB). */
#define N_COMBINED 16

void point_combine(struct point *out, const struct scalar *scalars, const struct point *points,
		   size_t n)
{
	struct cached tables[N_COMBINED][EDWARDS_TABLE_LEN];
	int8_t digits[N_COMBINED][EDWARDS_N_DIGITS];
	struct point sum, part;

	CHECK(n >= 1 && n <= POINT_COMBINE_MAX);
	point_identity(&sum);
	for (size_t at = 0; at < n; at += N_COMBINED) {
		const size_t n_part = n - at < N_COMBINED ? n - at : N_COMBINED;

		for (size_t i = 0; i < n_part; i++) {
			edwards_table(tables[i], &points[at + i]);
			edwards_digits(digits[i], &scalars[at + i]);
		}
		edwards_combine(&part, (const struct cached(*)[EDWARDS_TABLE_LEN])tables,
				(const int8_t(*)[EDWARDS_N_DIGITS])digits, n_part);
		point_add(&sum, &sum, &part);
	}
	*out = sum;
	wipe(tables, sizeof tables);
	wipe(digits, sizeof digits);
	wipe(&part, sizeof part);
	wipe(&sum, sizeof sum);
}
