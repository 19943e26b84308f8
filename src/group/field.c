#include "field.h"

#include "memory.h"

const struct fe fe_d = FE_FROM_WORDS(0x75eb4dca135978a3, 0x00700a4d4141d8ab, 0x8cc740797779e898,
				     0x52036cee2b6ffe73);
const struct fe fe_2d = FE_FROM_WORDS(0xebd69b9426b2f159, 0x00e0149a8283b156, 0x198e80f2eef3d130,
				      0x2406d9dc56dffce7);
const struct fe fe_sqrt_m1 = FE_FROM_WORDS(0xc4ee1b274a0ea0b0, 0x2f431806ad2fe478,
					   0x2b4d00993dfbd7a7, 0x2b8324804fc1df0b);
const struct fe fe_half = FE_FROM_WORDS(0xfffffffffffffff7, 0xffffffffffffffff, 0xffffffffffffffff,
					0x3fffffffffffffff);
const struct fe fe_sqrt_ad_m1 = FE_FROM_WORDS(0x7e97f6a0497b2e1b, 0xaf9d8e0c1b7854bd,
					      0x0f3cfcc931f5d1fd, 0x376931bf2b8348ac);
const struct fe fe_invsqrt_a_m_d = FE_FROM_WORDS(0x99c8fdaa805d40ea, 0x9d2f16175a4172be,
						 0x16c27b91fe01d840, 0x786c8905cfaffca2);
const struct fe fe_one_minus_d_sq = FE_FROM_WORDS(0xe27c09c1945fc176, 0x2c81a138cd5e350f,
						  0x9994abddbe70dfe4, 0x029072a8b2b3e0d7);
const struct fe fe_d_minus_one_sq = FE_FROM_WORDS(0x31ad5aaa44ed4d20, 0xd29e4a2cb01e1999,
						  0x4cdcd32f529b4eeb, 0x5968b37af66c2241);

uint64_t fe_decode_strict(struct fe *out, const uint8_t in[static FE_BYTES])
{
	uint8_t canonical[FE_BYTES];
	uint64_t difference = 0;

	fe_decode(out, in);
	fe_encode(canonical, out);
	for (int i = 0; i < FE_BYTES; i++)
		difference |= (uint64_t)(in[i] ^ canonical[i]);
	return ct_is_zero(difference);
}

uint64_t fe_is_zero(const struct fe *a)
{
	uint8_t bytes[FE_BYTES];
	uint64_t sum = 0;

	fe_encode(bytes, a);
	for (int i = 0; i < FE_BYTES; i++)
		sum |= bytes[i];
	return ct_is_zero(sum);
}

uint64_t fe_is_negative(const struct fe *a)
{
	uint8_t bytes[FE_BYTES];

	fe_encode(bytes, a);
	return ct_barrier(bytes[0] & 1);
}

uint64_t fe_is_equal(const struct fe *a, const struct fe *b)
{
	struct fe difference;

	fe_sub(&difference, a, b);
	return fe_is_zero(&difference);
}

void fe_abs(struct fe *out, const struct fe *a)
{
	const uint64_t mask = ct_mask(fe_is_negative(a));
	struct fe negative;

	fe_neg(&negative, a);
	fe_carry(&negative, &negative);
	fe_select(out, mask, &negative, a);
}

static inline void sq_times(struct fe *x, int times, int lanes)
{
	for (int i = 0; i < times; i++) {
		for (int lane = 0; lane < lanes; lane++)
			fe_sq(&x[lane], &x[lane]);
	}
}

static inline void mul_lanes(struct fe *out, const struct fe *a, const struct fe *b, int lanes)
{
	for (int lane = 0; lane < lanes; lane++)
		fe_mul(&out[lane], &a[lane], &b[lane]);
}

/* out = a^(2^250 - 1), eleven = a^11, for each lane: the common start of both exponents. */
static inline void power_2_250_m1(struct fe *out, struct fe *eleven, const struct fe *a, int lanes)
{
	struct fe x[FE_LANES], nine[FE_LANES], b5[FE_LANES], b10[FE_LANES], b50[FE_LANES];
	const size_t len = (size_t)lanes * sizeof *a;

	memcpy(x, a, len); /* x = a^8 */
	sq_times(x, 3, lanes);
	mul_lanes(nine, x, a, lanes);
	memcpy(x, a, len);
	sq_times(x, 1, lanes);
	mul_lanes(eleven, nine, x, lanes);
	memcpy(x, eleven, len);
	sq_times(x, 1, lanes);
	mul_lanes(b5, x, nine, lanes); /* 2^5 - 1 = 22 + 9; b10, b50 likewise */
	memcpy(x, b5, len);
	sq_times(x, 5, lanes);
	mul_lanes(b10, x, b5, lanes);
	memcpy(x, b10, len);
	sq_times(x, 10, lanes);
	mul_lanes(x, x, b10, lanes); /* 20 */
	memcpy(b50, x, len);
	sq_times(x, 20, lanes);
	mul_lanes(x, x, b50, lanes); /* 40 */
	sq_times(x, 10, lanes);
	mul_lanes(b50, x, b10, lanes);
	memcpy(x, b50, len);
	sq_times(x, 50, lanes);
	mul_lanes(x, x, b50, lanes); /* 100 */
	memcpy(out, x, len);
	sq_times(x, 100, lanes);
	mul_lanes(x, x, out, lanes); /* 200 */
	sq_times(x, 50, lanes);
	mul_lanes(out, x, b50, lanes);
}

void fe_invert(struct fe *out, const struct fe *a)
{
	struct fe power, eleven;

	/* p - 2 = 2^5 (2^250 - 1) + 11 */
	power_2_250_m1(&power, &eleven, a, 1);
	sq_times(&power, 5, 1);
	fe_mul(out, &power, &eleven);
}

static inline __attribute__((always_inline)) void
sqrt_ratio(struct fe *out, uint64_t *was_square, const struct fe *u, const struct fe *v, int lanes)
{
	struct fe v3[FE_LANES], base[FE_LANES], root[FE_LANES], power[FE_LANES], unused[FE_LANES];

	/* root = u v^3 (u v^7)^((p - 5) / 8), and (p - 5) / 8 = 2^2 (2^250 - 1) + 1 */
	for (int lane = 0; lane < lanes; lane++) {
		fe_sq(&v3[lane], &v[lane]);
		fe_mul(&v3[lane], &v3[lane], &v[lane]);
		fe_sq(&base[lane], &v3[lane]);
		fe_mul(&base[lane], &base[lane], &v[lane]);
		fe_mul(&base[lane], &base[lane], &u[lane]);
		fe_mul(&root[lane], &u[lane], &v3[lane]);
	}
	power_2_250_m1(power, unused, base, lanes);
	sq_times(power, 2, lanes);
	mul_lanes(power, power, base, lanes);
	mul_lanes(root, root, power, lanes);

	for (int lane = 0; lane < lanes; lane++) {
		struct fe check, u_carried, u_i, other;
		uint64_t is_correct, is_flipped, is_flipped_i;

		fe_carry(&u_carried, &u[lane]);
		fe_sq(&check, &root[lane]);
		fe_mul(&check, &check, &v[lane]);
		fe_mul(&u_i, &u_carried, &fe_sqrt_m1);
		is_correct = fe_is_equal(&check, &u_carried);
		fe_add(&other, &check, &u_carried);
		is_flipped = fe_is_zero(&other);
		fe_add(&other, &check, &u_i);
		is_flipped_i = fe_is_zero(&other);
		fe_mul(&other, &root[lane], &fe_sqrt_m1);
		fe_select(&root[lane], ct_mask(is_flipped | is_flipped_i), &other, &root[lane]);
		fe_abs(&out[lane], &root[lane]);
		was_square[lane] = is_correct | is_flipped;
	}
}

uint64_t fe_sqrt_ratio(struct fe *out, const struct fe *u, const struct fe *v)
{
	uint64_t was_square;

	sqrt_ratio(out, &was_square, u, v, 1);
	return was_square;
}

void fe_sqrt_ratio_lanes(struct fe out[static FE_LANES], uint64_t was_square[static FE_LANES],
			 const struct fe u[static FE_LANES], const struct fe v[static FE_LANES])
{
	sqrt_ratio(out, was_square, u, v, FE_LANES);
}
