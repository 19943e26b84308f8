#include "edwards.h"

#include "memory.h"

const struct point edwards_base = {
	FE_FROM_WORDS(0xc9562d608f25d51a, 0x692cc7609525a7b2, 0xc0a4e231fdd6dc5c,
		      0x216936d3cd6e53fe),
	FE_FROM_WORDS(0x6666666666666658, 0x6666666666666666, 0x6666666666666666,
		      0x6666666666666666),
	FE_FROM_WORDS(1, 0, 0, 0),
	FE_FROM_WORDS(0x6dde8ab3a5b7dda3, 0x20f09f80775152f5, 0x66ea4e8e64abe37d,
		      0x67875f0fd78b7665),
};

uint64_t edwards_is_equal(const struct point *a, const struct point *b)
{
	struct fe left, right;
	uint64_t is_equal;

	fe_mul(&left, &a->x, &b->z);
	fe_mul(&right, &b->x, &a->z);
	is_equal = fe_is_equal(&left, &right);
	fe_mul(&left, &a->y, &b->z);
	fe_mul(&right, &b->y, &a->z);
	return is_equal & fe_is_equal(&left, &right);
}

void edwards_encode(uint8_t out[static POINT_BYTES], const struct point *a)
{
	struct fe z_inverse, x, y;

	fe_invert(&z_inverse, &a->z);
	fe_mul(&x, &a->x, &z_inverse);
	fe_mul(&y, &a->y, &z_inverse);
	fe_encode(out, &y);
	out[31] |= (uint8_t)(fe_is_negative(&x) << 7);
}

bool edwards_decode_vartime(struct point *out, const uint8_t in[static POINT_BYTES])
{
	const uint64_t sign = in[31] >> 7;
	uint8_t y_bytes[POINT_BYTES];
	struct fe one, yy, u, v, negative;

	memcpy(y_bytes, in, sizeof y_bytes);
	y_bytes[31] &= 0x7f;
	point_identity(out);
	if (!fe_decode_strict(&yy, y_bytes))
		return false;
	out->y = yy;
	fe_one(&one);
	fe_sq(&yy, &yy);
	fe_sub(&u, &yy, &one);
	fe_mul(&v, &yy, &fe_d);
	fe_add(&v, &v, &one);
	if (!fe_sqrt_ratio(&out->x, &u, &v) || (sign && fe_is_zero(&out->x))) {
		point_identity(out);
		return false;
	}
	fe_neg(&negative, &out->x);
	fe_carry(&negative, &negative);
	if (sign)
		out->x = negative;
	fe_mul(&out->t, &out->x, &out->y);
	return true;
}

void edwards_table(struct cached table[static EDWARDS_TABLE_LEN], const struct point *a)
{
	struct point multiple = *a;

	cached_from_point(&table[0], a);
	for (int i = 1; i < EDWARDS_TABLE_LEN; i++) {
		edwards_add_cached(&multiple, &multiple, &table[0], true);
		cached_from_point(&table[i], &multiple);
	}
	wipe(&multiple, sizeof multiple);
}

void edwards_digits(int8_t digits[static EDWARDS_N_DIGITS], const struct scalar *scalar)
{
	/* With 8 added to each digit (the sum stays below 2^256) digits are four bits less 8. */
	const uint64_t eights = UINT64_C(0x8888888888888888);
	uint64_t carry = 0;

	for (int i = 0; i < 4; i++) {
		uint64_t sum = scalar->limb[i] + eights, limb = sum + carry;

		carry = ct_barrier((uint64_t)(sum < eights) | (uint64_t)(limb < carry));
		for (int j = 0; j < 16; j++)
			digits[16 * i + j] = (int8_t)((int)(limb >> 4 * j & 15) - 8);
	}
}

/* The multiple of a table that a digit in [-8, 8] names; all entries are read. */
static inline void table_look_up(struct cached *out,
				 const struct cached table[static EDWARDS_TABLE_LEN], int8_t digit)
{
	enum { N_WORDS = sizeof(struct cached) / sizeof(uint64_t) };
	const uint64_t bits = ct_barrier((uint64_t)(int64_t)digit);
	const uint64_t negative = 0 - (bits >> 63), magnitude = (bits ^ negative) - negative;
	uint64_t words[N_WORDS], entry[N_WORDS], mask = ct_mask(ct_is_zero(magnitude));
	struct fe minus;

	fe_one(&out->y_plus_x);
	fe_one(&out->y_minus_x);
	fe_add(&out->z2, &out->y_plus_x, &out->y_plus_x);
	fe_zero(&out->t2d);
	memcpy(words, out, sizeof words);
	for (int i = 0; i < N_WORDS; i++)
		words[i] &= mask;
	for (uint64_t j = 0; j < EDWARDS_TABLE_LEN; j++) {
		mask = ct_mask(ct_is_equal(magnitude, j + 1));
		memcpy(entry, &table[j], sizeof entry);
		for (int i = 0; i < N_WORDS; i++)
			words[i] |= mask & entry[i];
	}
	memcpy(out, words, sizeof words);
	fe_swap(negative, &out->y_plus_x, &out->y_minus_x);
	fe_neg(&minus, &out->t2d);
	fe_select(&out->t2d, negative, &minus, &out->t2d);
}

void edwards_combine(struct point *out, const struct cached (*tables)[EDWARDS_TABLE_LEN],
		     const int8_t (*digits)[EDWARDS_N_DIGITS], size_t n)
{
	struct cached multiple;
	struct point sum;

	point_identity(&sum);
	for (size_t i = EDWARDS_N_DIGITS; i-- > 0;) {
		if (i < EDWARDS_N_DIGITS - 1) {
			edwards_double(&sum, &sum, false);
			edwards_double(&sum, &sum, false);
			edwards_double(&sum, &sum, false);
			edwards_double(&sum, &sum, true);
		}
		for (size_t j = 0; j < n; j++) {
			table_look_up(&multiple, tables[j], digits[j][i]);
			edwards_add_cached(&sum, &sum, &multiple, j + 1 < n || i == 0);
		}
	}
	*out = sum;
	wipe(&multiple, sizeof multiple);
	wipe(&sum, sizeof sum);
}

void edwards_odd_table(struct cached table[static EDWARDS_TABLE_LEN], const struct point *a)
{
	struct cached twice;
	struct point multiple;

	edwards_double(&multiple, a, true);
	cached_from_point(&twice, &multiple);
	cached_from_point(&table[0], a);
	multiple = *a;
	for (int i = 1; i < EDWARDS_TABLE_LEN; i++) {
		edwards_add_cached(&multiple, &multiple, &twice, true);
		cached_from_point(&table[i], &multiple);
	}
}

void edwards_naf_vartime(int8_t digits[static EDWARDS_NAF_LEN], const struct scalar *scalar)
{
	const uint64_t *limb = scalar->limb;
	unsigned carry = 0;

	memset(digits, 0, EDWARDS_NAF_LEN);
	for (unsigned at = 0; at < EDWARDS_NAF_LEN;) {
		const unsigned i = at / 64, shift = at % 64;
		uint64_t bits = limb[i] >> shift;
		unsigned window;

		if (shift > 59 && i < 3)
			bits |= limb[i + 1] << (64 - shift);
		window = (unsigned)(bits & 31) + carry;
		if (!(window & 1)) {
			at++;
			continue;
		}
		carry = window > 16;
		digits[at] = (int8_t)((int)window - 32 * (int)carry);
		at += 5;
	}
}

void edwards_combine_vartime(struct point *out, const struct cached (*tables)[EDWARDS_TABLE_LEN],
			     const int8_t (*digits)[EDWARDS_NAF_LEN], size_t n)
{
	struct point sum;

	point_identity(&sum);
	for (size_t i = EDWARDS_NAF_LEN; i-- > 0;) {
		edwards_double(&sum, &sum, true);
		for (size_t j = 0; j < n; j++) {
			const int digit = digits[j][i];

			if (digit > 0)
				edwards_add_cached(&sum, &sum, &tables[j][digit / 2], true);
			else if (digit < 0)
				edwards_sub_cached(&sum, &sum, &tables[j][-digit / 2], true);
		}
	}
	*out = sum;
}
