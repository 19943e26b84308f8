/* Decoding and encoding (RFC 9496 sections 4.3.1, 4.3.2), sixteen at a time: nearly all of it is
 * one chain of 254 dependent squarings, of which two sets of eight overlap. The sign of the inverse
 * square root, which the RFC fixes, has no influence on either outcome and is left as it is. */
#include "backend_ifma.h"

/* Other builds than the one with these instructions have nothing of this file. */
#if defined(__AVX512F__) && defined(__AVX512IFMA__)

#include "field_ifma.h"

#include "ct.h"
#include "memory.h"

#define SETS  2
#define BATCH (SETS * LANES)

/* a^(2^n) */
static void square_times(struct fe8 a[static SETS], unsigned n)
{
	struct fe8 first = a[0], second = a[1];

	for (unsigned i = 0; i < n; i++) {
		first = fe8_square(&first);
		second = fe8_square(&second);
	}
	a[0] = first;
	a[1] = second;
}

static void multiply(struct fe8 out[static SETS], const struct fe8 a[static SETS],
		     const struct fe8 b[static SETS])
{
	for (size_t i = 0; i < SETS; i++)
		out[i] = fe8_product(&a[i], &b[i]);
}

/* out = a^(2^n) * b */
static void square_and_multiply(struct fe8 out[static SETS], const struct fe8 a[static SETS],
				unsigned n, const struct fe8 b[static SETS])
{
	struct fe8 power[SETS] = {a[0], a[1]};

	square_times(power, n);
	multiply(out, power, b);
}

/* a^((p - 5) / 8) = a^(2^252 - 3) */
static void power_p58(struct fe8 out[static SETS], const struct fe8 a[static SETS])
{
	struct fe8 ones2[SETS], ones5[SETS], ones10[SETS], ones20[SETS], ones50[SETS],
		ones100[SETS], power[SETS];

	/* onesN is a^(2^N - 1). */
	square_and_multiply(ones2, a, 1, a);
	square_and_multiply(power, ones2, 2, ones2);
	square_and_multiply(ones5, power, 1, a);
	square_and_multiply(ones10, ones5, 5, ones5);
	square_and_multiply(ones20, ones10, 10, ones10);
	square_and_multiply(power, ones20, 20, ones20);
	square_and_multiply(ones50, power, 10, ones10);
	square_and_multiply(ones100, ones50, 50, ones50);
	square_and_multiply(power, ones100, 100, ones100);
	square_and_multiply(power, power, 50, ones50);
	square_and_multiply(out, power, 2, a);
}

/* SQRT_RATIO_M1(1, a), RFC 9496 section 4.2, but for the sign of the root. */
static void inverse_roots(struct fe8 out[static SETS], __mmask8 was_square[static SETS],
			  const struct fe8 a[static SETS])
{
	const struct fe8 one = fe8_small(1), root = fe8_all(&fe_sqrt_m1);
	struct fe8 minus_one = fe8_neg(&one), minus_root = fe8_neg(&root);
	struct fe8 cube[SETS], seventh[SETS];

	minus_one = fe8_canonical(&minus_one);
	minus_root = fe8_canonical(&minus_root);
	for (size_t i = 0; i < SETS; i++) {
		const struct fe8 square = fe8_square(&a[i]);

		cube[i] = fe8_product(&square, &a[i]);
		seventh[i] = fe8_square(&cube[i]);
		seventh[i] = fe8_product(&seventh[i], &a[i]);
	}
	power_p58(out, seventh);
	multiply(out, out, cube);
	for (size_t i = 0; i < SETS; i++) {
		struct fe8 check = fe8_square(&out[i]), turned = fe8_product(&out[i], &root);
		__mmask8 is_flipped;

		check = fe8_product(&check, &a[i]);
		check = fe8_canonical(&check);
		is_flipped = fe8_is_equal(&check, &minus_one);
		was_square[i] = fe8_is_equal(&check, &one) | is_flipped;
		is_flipped |= fe8_is_equal(&check, &minus_root);
		out[i] = fe8_select(is_flipped, &turned, &out[i]);
	}
}

/* Eight rows of 32 bytes, from word at of each. */
static void load_rows(struct fe8 *out, __mmask8 *is_canonical,
		      const uint64_t *const row[static LANES], size_t at)
{
	const __m512i mask = lanes_all(FE_MASK51);
	__m512i word[4], ones;

	lanes_load_words(word, row, at);
	out->limb[0] = _mm512_and_si512(word[0], mask);
	out->limb[1] = _mm512_and_si512(
		_mm512_or_si512(_mm512_srli_epi64(word[0], 51), _mm512_slli_epi64(word[1], 13)),
		mask);
	out->limb[2] = _mm512_and_si512(
		_mm512_or_si512(_mm512_srli_epi64(word[1], 38), _mm512_slli_epi64(word[2], 26)),
		mask);
	out->limb[3] = _mm512_and_si512(
		_mm512_or_si512(_mm512_srli_epi64(word[2], 25), _mm512_slli_epi64(word[3], 39)),
		mask);
	out->limb[4] = _mm512_and_si512(_mm512_srli_epi64(word[3], 12), mask);
	/* From p to 2^255 - 1 all limbs but the lowest have all bits set. */
	ones = _mm512_and_si512(_mm512_and_si512(out->limb[1], out->limb[2]),
				_mm512_and_si512(out->limb[3], out->limb[4]));
	*is_canonical =
		(__mmask8) ~(_mm512_cmpeq_epi64_mask(ones, mask) &
			     _mm512_cmpge_epu64_mask(out->limb[0], lanes_all(FE_MASK51 - 18))) &
		_mm512_cmpge_epi64_mask(word[3], _mm512_setzero_si512());
}

static void load_bytes(struct fe8 *out, __mmask8 *is_canonical, const uint8_t *in)
{
	uint64_t words[LANES][4];
	const uint64_t *row[LANES];

	memcpy(words, in, sizeof words);
	for (size_t i = 0; i < LANES; i++)
		row[i] = words[i];
	load_rows(out, is_canonical, row, 0);
}

/* The same of x and y, as they are kept. */
static void load_decoded(struct fe8 *x, struct fe8 *y, __mmask8 *are_canonical, const uint8_t *in)
{
	uint64_t words[LANES][POINT_DECODED_BYTES / 8];
	const uint64_t *row[LANES];
	__mmask8 x_is_canonical;

	memcpy(words, in, sizeof words);
	for (size_t i = 0; i < LANES; i++)
		row[i] = words[i];
	load_rows(x, &x_is_canonical, row, 0);
	load_rows(y, are_canonical, row, 4);
	*are_canonical &= x_is_canonical;
}

static void store_bytes(uint8_t *out, const struct fe8 *canonical)
{
	const __m512i *const limb = canonical->limb;
	uint64_t words[LANES][4];
	uint64_t *row[LANES];
	const __m512i word[4] = {
		_mm512_or_si512(limb[0], _mm512_slli_epi64(limb[1], 51)),
		_mm512_or_si512(_mm512_srli_epi64(limb[1], 13), _mm512_slli_epi64(limb[2], 38)),
		_mm512_or_si512(_mm512_srli_epi64(limb[2], 26), _mm512_slli_epi64(limb[3], 25)),
		_mm512_or_si512(_mm512_srli_epi64(limb[3], 39), _mm512_slli_epi64(limb[4], 12)),
	};

	for (size_t i = 0; i < LANES; i++)
		row[i] = words[i];
	lanes_store_words(row, 0, word);
	memcpy(out, words, sizeof words);
	wipe(words, sizeof words);
}

#define AFFINE_WORDS 15

/* A struct affine has a word less than four vectors of four. */
static void store_affine(struct affine *out, const struct fe8 *y_plus_x,
			 const struct fe8 *y_minus_x, const struct fe8 *xy2d)
{
	uint64_t words[LANES][AFFINE_WORDS + 1];
	uint64_t *row[LANES];
	__m512i word[AFFINE_WORDS + 1];

	for (size_t i = 0; i < 5; i++) {
		word[i] = y_plus_x->limb[i];
		word[5 + i] = y_minus_x->limb[i];
		word[10 + i] = xy2d->limb[i];
	}
	word[AFFINE_WORDS] = _mm512_setzero_si512();
	for (size_t i = 0; i < LANES; i++)
		row[i] = words[i];
	for (size_t i = 0; i < AFFINE_WORDS; i += 4)
		lanes_store_words(row, i, word + i);
	for (size_t i = 0; i < LANES; i++)
		memcpy(&out[i], words[i], sizeof out[i]);
}

static void load_affine(struct fe8 *y_plus_x, struct fe8 *y_minus_x, const struct affine *in)
{
	uint64_t words[LANES][12];
	const uint64_t *row[LANES];
	__m512i word[12];

	for (size_t i = 0; i < LANES; i++) {
		memcpy(words[i], &in[i], sizeof words[i]);
		row[i] = words[i];
	}
	for (size_t i = 0; i < 12; i += 4)
		lanes_load_words(word + i, row, i);
	for (size_t i = 0; i < 5; i++) {
		y_plus_x->limb[i] = word[i];
		y_minus_x->limb[i] = word[5 + i];
	}
	wipe(words, sizeof words);
}

struct decoding {
	struct fe8 s, u1, u2, v;
	__mmask8 is_canonical;
};

static void decode_begin(struct decoding *out, struct fe8 *radicand, const uint8_t *in)
{
	const struct fe8 one = fe8_small(1), d = fe8_all(&fe_d);
	struct fe8 square, other;

	load_bytes(&out->s, &out->is_canonical, in);
	out->is_canonical &= (__mmask8)~fe8_is_odd(&out->s);
	square = fe8_square(&out->s);
	out->u1 = fe8_sub(&one, &square);
	out->u2 = fe8_add(&one, &square);
	/* v = -(d u1^2) - u2^2 */
	square = fe8_square(&out->u1);
	other = fe8_product(&square, &d);
	square = fe8_square(&out->u2);
	other = fe8_add(&other, &square);
	out->v = fe8_neg(&other);
	*radicand = fe8_product(&out->v, &square);
}

/* Stores eight points; those are good whose y is not zero and whose x y is not negative. */
static __mmask8 finish(struct affine *out, const struct fe8 *x, const struct fe8 *y)
{
	const struct fe8 zero = fe8_small(0), twice_d = fe8_all(&fe_2d);
	struct fe8 t = fe8_product(x, y), sum = fe8_add(y, x), difference = fe8_sub(y, x), other;
	__mmask8 is_good;

	/* Once more, since 1024 p was added: limbs are then of magnitude 1. */
	difference = fe8_carry(fe8_raw(&difference));
	other = fe8_canonical(y);
	is_good = (__mmask8)~fe8_is_equal(&other, &zero);
	other = fe8_canonical(&t);
	is_good &= (__mmask8)~fe8_is_odd(&other);
	t = fe8_product(&t, &twice_d);
	store_affine(out, &sum, &difference, &t);
	return is_good;
}

/* Decodes sixteen; a bit is set for each that is good. */
static uint32_t decode_batch(struct affine *out, const uint8_t *in)
{
	struct decoding decoding[SETS];
	struct fe8 radicand[SETS], root[SETS];
	__mmask8 was_square[SETS];
	uint32_t good = 0;

	for (size_t i = 0; i < SETS; i++)
		decode_begin(&decoding[i], &radicand[i], in + i * LANES * POINT_BYTES);
	inverse_roots(root, was_square, radicand);
	for (size_t i = 0; i < SETS; i++) {
		const struct decoding *const own = &decoding[i];
		const struct fe8 twice_s = fe8_add(&own->s, &own->s);
		struct fe8 x, y, den_x, den_y;
		__mmask8 is_good = own->is_canonical & was_square[i];

		den_x = fe8_product(&root[i], &own->u2);
		den_y = fe8_product(&root[i], &den_x);
		den_y = fe8_product(&den_y, &own->v);
		x = fe8_product(&twice_s, &den_x);
		x = fe8_abs(&x);
		y = fe8_product(&own->u1, &den_y);
		is_good &= finish(out + i * LANES, &x, &y);
		good |= (uint32_t)is_good << i * LANES;
	}
	return good;
}

size_t ristretto_ifma_decode_vartime(struct affine *out, const uint8_t *in, size_t n)
{
	uint8_t last_in[BATCH * POINT_BYTES] = {0};
	struct affine last_out[BATCH];
	uint32_t bad;
	size_t at;

	for (at = 0; at + BATCH <= n; at += BATCH) {
		bad = ~decode_batch(out + at, in + at * POINT_BYTES) & ((1U << BATCH) - 1);
		if (bad != 0)
			return at + (size_t)__builtin_ctz(bad);
	}
	if (at == n)
		return n;
	memcpy(last_in, in + at * POINT_BYTES, (n - at) * POINT_BYTES);
	bad = ~decode_batch(last_out, last_in) & ((1U << (n - at)) - 1);
	memcpy(out + at, last_out, (n - at) * sizeof *out);
	return bad != 0 ? at + (size_t)__builtin_ctz(bad) : n;
}

/* The lanes in which a = b. */
static __mmask8 are_equal(const struct fe8 *a, const struct fe8 *b)
{
	const struct fe8 zero = fe8_small(0);
	struct fe8 difference = fe8_sub(a, b);

	difference = fe8_canonical(&difference);
	return fe8_is_equal(&difference, &zero);
}

/* Eight, with their decoded forms; a bit is set for each that is right. */
static __mmask8 recall_batch(struct affine *out, const uint8_t *in, const uint8_t *decoded)
{
	struct decoding decoding;
	struct fe8 radicand, x, y, twice_s, other, square;
	__mmask8 is_good;

	decode_begin(&decoding, &radicand, in);
	load_decoded(&x, &y, &is_good, decoded);
	is_good &= decoding.is_canonical & (__mmask8)~fe8_is_odd(&x);
	/* y (1 + s^2) = 1 - s^2 */
	other = fe8_product(&y, &decoding.u2);
	is_good &= are_equal(&other, &decoding.u1);
	/* v x^2 = (2 s)^2 */
	square = fe8_square(&x);
	square = fe8_product(&square, &decoding.v);
	twice_s = fe8_add(&decoding.s, &decoding.s);
	other = fe8_square(&twice_s);
	is_good &= are_equal(&square, &other);
	return is_good & finish(out, &x, &y);
}

size_t ristretto_ifma_recall_vartime(struct affine *out, const uint8_t *in, const uint8_t *decoded,
				     size_t n)
{
	uint8_t last_in[LANES * POINT_BYTES] = {0}, last_decoded[LANES * POINT_DECODED_BYTES] = {0};
	struct affine last_out[LANES];
	unsigned bad;
	size_t at;

	for (at = 0; at + LANES <= n; at += LANES) {
		bad = (uint8_t)~recall_batch(out + at, in + at * POINT_BYTES,
					     decoded + at * POINT_DECODED_BYTES);
		if (bad != 0)
			return at + (size_t)__builtin_ctz(bad);
	}
	if (at == n)
		return n;
	memcpy(last_in, in + at * POINT_BYTES, (n - at) * POINT_BYTES);
	memcpy(last_decoded, decoded + at * POINT_DECODED_BYTES, (n - at) * POINT_DECODED_BYTES);
	bad = (unsigned)~recall_batch(last_out, last_in, last_decoded) & ((1U << (n - at)) - 1);
	memcpy(out + at, last_out, (n - at) * sizeof *out);
	return bad != 0 ? at + (size_t)__builtin_ctz(bad) : n;
}

struct encoding {
	struct fe8 x, y, u1, u2;
};

/* Twice the coordinates, with Z = 2: no inversion of 2 is needed. */
static void encode_batch(uint8_t *out, const struct affine *in)
{
	const struct fe8 two = fe8_small(2), root_m1 = fe8_all(&fe_sqrt_m1),
			 turn = fe8_all(&fe_invsqrt_a_m_d), half = fe8_all(&fe_half);
	struct encoding encoding[SETS];
	struct fe8 radicand[SETS], root[SETS];
	__mmask8 was_square[SETS];

	for (size_t i = 0; i < SETS; i++) {
		struct encoding *const own = &encoding[i];
		struct fe8 sum, difference;

		load_affine(&sum, &difference, in + i * LANES);
		own->x = fe8_sub(&sum, &difference);
		own->y = fe8_add(&sum, &difference);
		sum = fe8_add(&two, &own->y);
		difference = fe8_sub(&two, &own->y);
		own->u1 = fe8_product(&sum, &difference);
		own->u2 = fe8_product(&own->x, &own->y);
		sum = fe8_square(&own->u2);
		radicand[i] = fe8_product(&sum, &own->u1);
	}
	inverse_roots(root, was_square, radicand);
	for (size_t i = 0; i < SETS; i++) {
		const struct encoding *const own = &encoding[i];
		const struct fe8 t = fe8_product(&own->u2, &half);
		struct fe8 den1, den2, z_inverse, other, x, y;
		__mmask8 mask;

		den1 = fe8_product(&root[i], &own->u1);
		den2 = fe8_product(&root[i], &own->u2);
		z_inverse = fe8_product(&den1, &den2);
		z_inverse = fe8_product(&z_inverse, &t);
		other = fe8_product(&t, &z_inverse);
		other = fe8_canonical(&other);
		mask = fe8_is_odd(&other);
		x = fe8_product(&own->y, &root_m1);
		x = fe8_select(mask, &x, &own->x);
		y = fe8_product(&own->x, &root_m1);
		y = fe8_select(mask, &y, &own->y);
		other = fe8_product(&den1, &turn);
		den2 = fe8_select(mask, &other, &den2);
		other = fe8_product(&x, &z_inverse);
		other = fe8_canonical(&other);
		mask = fe8_is_odd(&other);
		other = fe8_neg(&y);
		y = fe8_select(mask, &other, &y);
		other = fe8_sub(&two, &y);
		other = fe8_product(&other, &den2);
		other = fe8_abs(&other);
		other = fe8_canonical(&other);
		store_bytes(out + i * LANES * POINT_BYTES, &other);
	}
	wipe(encoding, sizeof encoding);
	wipe(radicand, sizeof radicand);
	wipe(root, sizeof root);
}

void ristretto_ifma_encode(uint8_t *out, const struct affine *in, size_t n)
{
	uint8_t last_out[BATCH * POINT_BYTES];
	struct affine last_in[BATCH];
	size_t at;

	for (at = 0; at + BATCH <= n; at += BATCH)
		encode_batch(out + at * POINT_BYTES, in + at);
	if (at == n)
		return;
	for (size_t i = 0; i < BATCH; i++)
		last_in[i] = in[at + (at + i < n ? i : 0)];
	encode_batch(last_out, last_in);
	memcpy(out + at * POINT_BYTES, last_out, (n - at) * POINT_BYTES);
	wipe(last_in, sizeof last_in);
	wipe(last_out, sizeof last_out);
}

#endif
