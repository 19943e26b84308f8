#include "scalar.h"

#include "ct.h"
#include "memory.h"
#include "wide.h"

/* All arithmetic is on digits of the widest type whose products the machine computes well; the
 * loops have constant bounds and are unrolled. */
#if UNDERSIGNED_HAS_WIDE
typedef uint64_t digit;
typedef uint128 digit_pair;
#define DIGIT_BITS 64
#else
typedef uint32_t digit;
typedef uint64_t digit_pair;
#define DIGIT_BITS 32
#endif

#define DIGITS(bits) (((bits) + DIGIT_BITS - 1) / DIGIT_BITS)
#define N_DIGITS     DIGITS(256)
#define N_PER_LIMB   (64 / DIGIT_BITS)

/* l = 2^252 + c, c below 2^125. */
#define L_BITS 252
#define C_BITS 125

const struct scalar scalar_zero = {{0}};
const struct scalar scalar_one = {{1}};

static const struct scalar order = {
	{0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000}};

static inline void digits_from_limbs(digit *out, const uint64_t *limb, int n_limbs)
{
	for (int i = 0; i < n_limbs * N_PER_LIMB; i++)
		out[i] = (digit)(limb[i / N_PER_LIMB] >> (i % N_PER_LIMB * DIGIT_BITS));
}

static inline void limbs_from_digits(uint64_t *limb, const digit *in, int n_limbs)
{
	for (int i = 0; i < n_limbs; i++) {
		limb[i] = 0;
		for (int j = 0; j < N_PER_LIMB; j++)
			limb[i] |= (uint64_t)in[i * N_PER_LIMB + j] << (j * DIGIT_BITS);
	}
}

/* out = a + b; the carry. */
static inline digit digits_add(digit *out, const digit *a, const digit *b, int n)
{
	digit carry = 0;

	for (int i = 0; i < n; i++) {
		digit_pair sum = (digit_pair)a[i] + b[i] + carry;

		out[i] = (digit)sum;
		carry = (digit)(sum >> DIGIT_BITS);
	}
	return carry;
}

/* out = a - b; the borrow, 0 or 1. */
static inline digit digits_sub(digit *out, const digit *a, const digit *b, int n)
{
	digit borrow = 0;

	for (int i = 0; i < n; i++) {
		digit_pair difference = (digit_pair)a[i] - b[i] - borrow;

		out[i] = (digit)difference;
		borrow = (digit)(difference >> DIGIT_BITS) & 1;
	}
	return borrow;
}

/* out (n_a + n_b digits) = a * b */
static inline void digits_mul(digit *out, const digit *a, int n_a, const digit *b, int n_b)
{
	for (int i = 0; i < n_a + n_b; i++)
		out[i] = 0;
	for (int i = 0; i < n_a; i++) {
		digit carry = 0;

		for (int j = 0; j < n_b; j++) {
			digit_pair sum = (digit_pair)a[i] * b[j] + out[i + j] + carry;

			out[i + j] = (digit)sum;
			carry = (digit)(sum >> DIGIT_BITS);
		}
		out[i + n_b] = carry;
	}
}

/* out (n digits) = in (n_in digits) >> 252, low (N_DIGITS) = in mod 2^252 */
static inline void digits_split(digit *out, int n, digit *low, const digit *in, int n_in)
{
	const int skip = L_BITS / DIGIT_BITS, shift = L_BITS % DIGIT_BITS;

	for (int i = 0; i < n; i++) {
		digit above = skip + i + 1 < n_in ? in[skip + i + 1] : 0;

		out[i] = (digit)(in[skip + i] >> shift | above << (DIGIT_BITS - shift));
	}
	for (int i = 0; i < N_DIGITS; i++)
		low[i] = in[i];
	low[N_DIGITS - 1] &= ((digit)1 << shift) - 1;
}

/* a -= b unless that is negative. */
static inline void digits_sub_if_not_less(digit a[N_DIGITS], const digit b[N_DIGITS])
{
	digit difference[N_DIGITS];
	const digit mask = (digit)ct_mask(digits_sub(difference, a, b, N_DIGITS));

	for (int i = 0; i < N_DIGITS; i++)
		a[i] = difference[i] ^ (mask & (difference[i] ^ a[i]));
}

/* out = x mod l, x below 2^bits, 512 <= bits <= 576. As 2^252 = -c, with x = x_0 + 2^252 x_1,
 * c x_1 = y_0 + 2^252 y_1 and c y_1 = z_0 + 2^252 z_1, x = x_0 - y_0 + z_0 - c z_1, and all four
 * terms are below 2^252. */
static inline void digits_reduce(struct scalar *out, const digit *x, int bits)
{
	const int n_x1 = DIGITS(bits - L_BITS), n_y1 = DIGITS(bits - 2 * L_BITS + C_BITS),
		  n_z1 = DIGITS(bits - 3 * L_BITS + 2 * C_BITS);
	digit order_digits[N_DIGITS], twice[N_DIGITS], high[DIGITS(576 - L_BITS)];
	digit product[DIGITS(576 - L_BITS) + DIGITS(C_BITS)];
	digit sum[N_DIGITS], low[N_DIGITS];

	digits_from_limbs(order_digits, order.limb, 4);
	digits_add(twice, order_digits, order_digits, N_DIGITS);

	digits_split(high, n_x1, sum, x, DIGITS(bits));
	digits_add(sum, sum, twice, N_DIGITS);
	digits_mul(product, high, n_x1, order_digits, DIGITS(C_BITS));
	digits_split(high, n_y1, low, product, n_x1 + DIGITS(C_BITS));
	digits_sub(sum, sum, low, N_DIGITS);
	digits_mul(product, high, n_y1, order_digits, DIGITS(C_BITS));
	digits_split(high, n_z1, low, product, n_y1 + DIGITS(C_BITS));
	digits_add(sum, sum, low, N_DIGITS);
	digits_mul(product, high, n_z1, order_digits, DIGITS(C_BITS));
	for (int i = 0; i < N_DIGITS; i++)
		low[i] = i < n_z1 + DIGITS(C_BITS) ? product[i] : 0;
	digits_sub(sum, sum, low, N_DIGITS);

	/* 0 < sum < 4 l */
	digits_sub_if_not_less(sum, twice);
	digits_sub_if_not_less(sum, order_digits);
	limbs_from_digits(out->limb, sum, 4);
}

static uint64_t load_u64le(const uint8_t *in)
{
	uint64_t value = 0;

	for (int i = 7; i >= 0; i--)
		value = value << 8 | in[i];
	return value;
}

enum undersign_status scalar_decode(struct scalar *out, const uint8_t in[static SCALAR_BYTES])
{
	digit value[N_DIGITS], order_digits[N_DIGITS], unused[N_DIGITS];
	uint64_t is_below;

	for (int i = 0; i < 4; i++)
		out->limb[i] = load_u64le(in + 8 * i);
	digits_from_limbs(value, out->limb, 4);
	digits_from_limbs(order_digits, order.limb, 4);
	is_below = digits_sub(unused, value, order_digits, N_DIGITS);
	scalar_select(out, is_below, out, &scalar_zero);
	/* Whether an encoding is canonical is public. */
	ct_declassify(&is_below, sizeof is_below);
	return is_below ? UNDERSIGN_OK : UNDERSIGN_E_ENCODING;
}

void scalar_reduce_wide(struct scalar *out, const uint8_t in[static SCALAR_WIDE_BYTES])
{
	uint64_t limb[8];
	digit x[2 * N_DIGITS];

	for (int i = 0; i < 8; i++)
		limb[i] = load_u64le(in + 8 * i);
	digits_from_limbs(x, limb, 8);
	digits_reduce(out, x, 512);
	wipe(limb, sizeof limb);
	wipe(x, sizeof x);
}

void scalar_reduce(struct scalar *out, const uint8_t in[static SCALAR_BYTES])
{
	uint8_t wide[SCALAR_WIDE_BYTES] = {0};

	memcpy(wide, in, SCALAR_BYTES);
	scalar_reduce_wide(out, wide);
	wipe(wide, sizeof wide);
}

void scalar_encode(uint8_t out[static SCALAR_BYTES], const struct scalar *a)
{
	for (int i = 0; i < SCALAR_BYTES; i++)
		out[i] = (uint8_t)(a->limb[i / 8] >> (i % 8 * 8));
}

void scalar_from_u64(struct scalar *out, uint64_t value)
{
	*out = (struct scalar){{value}};
}

/* out = a - b; all ones if that is below 0, else 0. These two on limbs, which sums are made of
 * without being copied to digits and back. */
static inline uint64_t limbs_sub(uint64_t out[static 4], const uint64_t *a, const uint64_t *b)
{
	uint64_t borrow = 0;

	for (int i = 0; i < 4; i++) {
		const uint64_t difference = a[i] - b[i];
		const uint64_t under = a[i] < b[i];

		out[i] = difference - borrow;
		borrow = under | (uint64_t)(difference < borrow);
	}
	return ct_mask(borrow);
}

/* out = a + b, below 2^256; b where the mask is set, else 0. */
static inline void limbs_add(uint64_t out[static 4], const uint64_t *a, const uint64_t *b,
			     uint64_t mask)
{
	uint64_t carry = 0;

	for (int i = 0; i < 4; i++) {
		const uint64_t sum = a[i] + (b[i] & mask);
		const uint64_t over = sum < a[i];

		out[i] = sum + carry;
		carry = over | (uint64_t)(out[i] < carry);
	}
}

void scalar_add(struct scalar *out, const struct scalar *a, const struct scalar *b)
{
	uint64_t negative[4], difference[4], mask;

	/* a - (l - b) */
	(void)limbs_sub(negative, order.limb, b->limb);
	mask = limbs_sub(difference, a->limb, negative);
	limbs_add(out->limb, difference, order.limb, mask);
}

void scalar_sub(struct scalar *out, const struct scalar *a, const struct scalar *b)
{
	uint64_t difference[4];
	const uint64_t mask = limbs_sub(difference, a->limb, b->limb);

	limbs_add(out->limb, difference, order.limb, mask);
}

void scalar_neg(struct scalar *out, const struct scalar *a)
{
	scalar_sub(out, &scalar_zero, a);
}

void scalar_mul(struct scalar *out, const struct scalar *a, const struct scalar *b)
{
	digit x[N_DIGITS], y[N_DIGITS], product[2 * N_DIGITS];

	digits_from_limbs(x, a->limb, 4);
	digits_from_limbs(y, b->limb, 4);
	digits_mul(product, x, N_DIGITS, y, N_DIGITS);
	digits_reduce(out, product, 512);
}

void scalar_mul_add(struct scalar *out, const struct scalar *a, const struct scalar *b,
		    const struct scalar *c)
{
	struct scalar product;

	scalar_mul(&product, a, b);
	scalar_add(out, &product, c);
}

void scalar_invert(struct scalar *out, const struct scalar *a)
{
	struct scalar power[16], exponent = order, result = scalar_one;

	/* a^(l - 2) by windows of four bits; the exponent is public. */
	exponent.limb[0] -= 2;
	power[0] = scalar_one;
	for (int i = 1; i < 16; i++)
		scalar_mul(&power[i], &power[i - 1], a);
	for (int i = 63; i >= 0; i--) {
		for (int j = 0; j < 4; j++)
			scalar_mul(&result, &result, &result);
		scalar_mul(&result, &result, &power[exponent.limb[i / 16] >> (i % 16 * 4) & 15]);
	}
	*out = result;
	wipe(power, sizeof power);
	wipe(&result, sizeof result);
}

void scalar_select(struct scalar *out, uint64_t bit, const struct scalar *a, const struct scalar *b)
{
	const uint64_t mask = ct_mask(bit);

	for (int i = 0; i < 4; i++)
		out->limb[i] = ct_select(mask, a->limb[i], b->limb[i]);
}

uint64_t scalar_is_zero(const struct scalar *a)
{
	return ct_is_zero(a->limb[0] | a->limb[1] | a->limb[2] | a->limb[3]);
}

uint64_t scalar_is_equal(const struct scalar *a, const struct scalar *b)
{
	uint64_t difference = 0;

	for (int i = 0; i < 4; i++)
		difference |= a->limb[i] ^ b->limb[i];
	return ct_is_zero(difference);
}

#if UNDERSIGNED_HAS_WIDE

/* Seven columns of three limbs; column k sums the products of limbs i and j with i + j = k, and no
 * carry passes from one column to the next. */
#define COLUMN_BEGIN(k)                                                                            \
	column = sum->limb[3 * (k)] | (uint128)sum->limb[3 * (k) + 1] << 64;                       \
	top = sum->limb[3 * (k) + 2];
#define COLUMN_ADD(i, j)                                                                           \
	top += __builtin_add_overflow(column, (uint128)a->limb[i] * b->limb[j], &column);
#define COLUMN_END(k)                                                                              \
	sum->limb[3 * (k)] = (uint64_t)column;                                                     \
	sum->limb[3 * (k) + 1] = (uint64_t)(column >> 64);                                         \
	sum->limb[3 * (k) + 2] = top;

void scalar_accumulate(struct scalar_accumulator *sum, const struct scalar *a,
		       const struct scalar *b)
{
	uint128 column;
	uint64_t top;

	/* clang-format off */
	COLUMN_BEGIN(0) COLUMN_ADD(0, 0) COLUMN_END(0)
	COLUMN_BEGIN(1) COLUMN_ADD(0, 1) COLUMN_ADD(1, 0) COLUMN_END(1)
	COLUMN_BEGIN(2) COLUMN_ADD(0, 2) COLUMN_ADD(1, 1) COLUMN_ADD(2, 0) COLUMN_END(2)
	COLUMN_BEGIN(3) COLUMN_ADD(0, 3) COLUMN_ADD(1, 2) COLUMN_ADD(2, 1) COLUMN_ADD(3, 0)
	COLUMN_END(3)
	COLUMN_BEGIN(4) COLUMN_ADD(1, 3) COLUMN_ADD(2, 2) COLUMN_ADD(3, 1) COLUMN_END(4)
	COLUMN_BEGIN(5) COLUMN_ADD(2, 3) COLUMN_ADD(3, 2) COLUMN_END(5)
	COLUMN_BEGIN(6) COLUMN_ADD(3, 3) COLUMN_END(6)
	/* clang-format on */
}

/* The sum as one number of 9 limbs. */
static void accumulator_carry(digit out[static 9], const struct scalar_accumulator *sum)
{
	for (int i = 0; i < 9; i++)
		out[i] = 0;
	for (int k = 0; k < 7; k++) {
		uint64_t carry = digits_add(&out[k], &out[k], &sum->limb[3 * k], 3);

		if (k < 6)
			out[k + 3] = carry;
	}
}

#else

/* Sixteen columns of 32 bits each, of the low and high halves of products of 32-bit digits: a
 * column gains less than 2^35 a time. */
void scalar_accumulate(struct scalar_accumulator *sum, const struct scalar *a,
		       const struct scalar *b)
{
	digit x[N_DIGITS], y[N_DIGITS];

	digits_from_limbs(x, a->limb, 4);
	digits_from_limbs(y, b->limb, 4);
	for (int i = 0; i < N_DIGITS; i++) {
		for (int j = 0; j < N_DIGITS; j++) {
			digit_pair product = (digit_pair)x[i] * y[j];

			sum->limb[i + j] += (uint32_t)product;
			sum->limb[i + j + 1] += product >> 32;
		}
	}
}

static void accumulator_carry(digit out[static 18], const struct scalar_accumulator *sum)
{
	uint64_t carry = 0;

	for (int i = 0; i < 18; i++) {
		carry += sum->limb[i];
		out[i] = (digit)carry;
		carry >>= 32;
	}
}

#endif

void scalar_accumulator_reduce(struct scalar *out, const struct scalar_accumulator *sum)
{
	digit x[9 * N_PER_LIMB];

	accumulator_carry(x, sum);
	digits_reduce(out, x, 576);
}
