#include "group_testing.h"

#include "backend.h"
#include "known.h"

#define N_POINTS 5000

static struct test_random test_random;
static struct affine points[N_POINTS];
static struct scalar scalars[N_POINTS];
static uint8_t encodings[N_POINTS][POINT_BYTES];

/* Each test runs once for each backend that this machine can use. */
static bool choose(size_t i)
{
	const struct backend *const backend = backend_at(i);

	if (!backend)
		return false;
	if (!backend->is_supported()) {
		print_message("not usable here: %s\n", backend->name);
		return choose(i + 1);
	}
	assert_int_equal(backend_choose(backend->name), UNDERSIGN_OK);
	assert_ptr_equal(backend_current(), backend);
	return true;
}

static void msm(struct point *out, const struct scalar *some_scalars,
		const struct affine *some_points, size_t n)
{
	const size_t len = msm_scratch_len(n);
	void *const scratch = aligned_alloc(64, (len + 64) & ~(size_t)63);

	assert_non_null(scratch);
	msm_vartime(out, some_scalars, some_points, n, scratch, len);
	free(scratch);
}

static int make_points(void **state)
{
	struct point point;

	(void)state;
	for (size_t i = 0; i < N_POINTS; i++) {
		random_point(&test_random, &point, encodings[i]);
		random_scalar(&test_random, &scalars[i]);
	}
	return points_decode_vartime(points, encodings[0], N_POINTS) == N_POINTS ? 0 : -1;
}

static void decodes_and_encodes(void **state)
{
	static uint8_t again[N_POINTS][POINT_BYTES];

	(void)state;
	for (size_t b = 0; choose(b); b++) {
		for (size_t n = 0; n <= 50; n++) {
			struct affine out[50];

			assert_int_equal(points_decode_vartime(out, encodings[0], n), n);
			memset(again, 0, sizeof again);
			points_encode(again[0], out, n);
			assert_memory_equal(again, encodings, n * POINT_BYTES);
		}
		assert_int_equal(points_decode_vartime(points, encodings[0], N_POINTS), N_POINTS);
		points_encode(again[0], points, N_POINTS);
		assert_memory_equal(again, encodings, sizeof again);
		for (size_t i = 0; i < 100; i++) {
			struct point single, from_batch;

			assert_int_equal(point_decode_vartime(&single, encodings[i]), UNDERSIGN_OK);
			point_from_affine(&from_batch, &points[i]);
			assert_int_equal(point_is_equal(&single, &from_batch), 1);
		}
	}
}

/* Each bad encoding, at each place of a batch: the leading good ones are counted and there. */
static void says_how_many_decode(void **state)
{
	uint8_t some[35][POINT_BYTES];

	(void)state;
	for (size_t b = 0; choose(b); b++) {
		for (size_t i = 0; i < LEN(known_bad_points); i++) {
			for (size_t at = 0; at < LEN(some); at++) {
				struct affine out[LEN(some)];

				memcpy(some, encodings, sizeof some);
				from_hex(some[at], POINT_BYTES, known_bad_points[i]);
				/* A later bad one changes nothing. */
				if (at + 2 < LEN(some))
					from_hex(some[at + 2], POINT_BYTES, known_bad_points[0]);
				assert_int_equal(points_decode_vartime(out, some[0], LEN(some)),
						 at);
				points_encode(some[0], out, at);
				assert_memory_equal(some, encodings, at * POINT_BYTES);
			}
		}
		/* The identity does decode. */
		memset(some[0], 0, POINT_BYTES);
		assert_int_equal(points_decode_vartime(points, some[0], 1), 1);
		assert_true(affine_is_identity_vartime(&points[0]));
		assert_int_equal(points_decode_vartime(points, encodings[0], 1), 1);
		assert_false(affine_is_identity_vartime(&points[0]));
	}
}

#define N_RECALLED 35
static uint8_t decoded[N_POINTS][POINT_DECODED_BYTES];

static void recalls_what_decodes(void **state)
{
	static struct affine out[N_POINTS];
	static uint8_t again[N_POINTS][POINT_BYTES];

	(void)state;
	for (size_t b = 0; choose(b); b++) {
		points_write_decoded(decoded[0], points, N_POINTS);
		for (size_t n = 0; n <= 50; n++) {
			memset(out, 0xff, sizeof out[0] * 50);
			assert_int_equal(points_recall_vartime(out, encodings[0], decoded[0], n),
					 n);
			points_encode(again[0], out, n);
			assert_memory_equal(again, encodings, n * POINT_BYTES);
		}
		assert_int_equal(points_recall_vartime(out, encodings[0], decoded[0], N_POINTS),
				 N_POINTS);
		points_encode(again[0], out, N_POINTS);
		assert_memory_equal(again, encodings, sizeof again);
		/* Not another representative of the same element either. */
		for (size_t i = 0; i < N_POINTS; i++) {
			struct point here, there;

			point_from_affine(&here, &points[i]);
			point_from_affine(&there, &out[i]);
			assert_true(fe_is_equal(&here.x, &there.x) &
				    fe_is_equal(&here.y, &there.y) &
				    fe_is_equal(&points[i].xy2d, &out[i].xy2d));
		}
	}
}

/* One false claim at each place: those before it are taken, and it is not. */
static void expect_not_recalled(const uint8_t encoding[static POINT_BYTES],
				const uint8_t claim[static POINT_DECODED_BYTES])
{
	for (size_t at = 0; at < N_RECALLED; at++) {
		uint8_t some[N_RECALLED][POINT_BYTES];
		uint8_t claims[N_RECALLED][POINT_DECODED_BYTES];
		struct affine out[N_RECALLED];

		memcpy(some, encodings, sizeof some);
		memcpy(claims, decoded, sizeof claims);
		memcpy(some[at], encoding, POINT_BYTES);
		memcpy(claims[at], claim, POINT_DECODED_BYTES);
		assert_int_equal(points_recall_vartime(out, some[0], claims[0], N_RECALLED), at);
	}
}

static void encode_claim(uint8_t claim[static POINT_DECODED_BYTES], const struct fe *x,
			 const struct fe *y)
{
	fe_encode(claim, x);
	fe_encode(claim + FE_BYTES, y);
}

static void negate(struct fe *out, const struct fe *a)
{
	fe_neg(out, a);
	fe_carry(out, out);
}

/* Of the eight points that have the same element or its negative, seven are refused. */
static void recalls_no_other_representative(void **state)
{
	(void)state;
	for (size_t b = 0; choose(b); b++) {
		points_write_decoded(decoded[0], points, N_POINTS);
		for (size_t i = 0; i < 10; i++) {
			uint8_t claim[POINT_DECODED_BYTES];
			struct point point;
			struct fe x[4], y[4];

			point_from_affine(&point, &points[i]);
			x[0] = point.x;
			y[0] = point.y;
			fe_mul(&x[2], &point.y, &fe_sqrt_m1);
			fe_mul(&y[2], &point.x, &fe_sqrt_m1);
			for (size_t k = 0; k < 4; k += 2) {
				negate(&x[k + 1], &x[k]);
				negate(&y[k + 1], &y[k]);
			}
			for (size_t k = 0; k < 8; k++) {
				encode_claim(claim, &x[k & 3], &y[(k & 3) ^ (k >> 2)]);
				if (k == 0)
					assert_memory_equal(claim, decoded[i], sizeof claim);
				else
					expect_not_recalled(encodings[i], claim);
			}
		}
	}
}

static void recalls_no_flipped_bit(void **state)
{
	(void)state;
	for (size_t b = 0; choose(b); b++) {
		points_write_decoded(decoded[0], points, N_POINTS);
		for (size_t bit = 0; bit < 8 * (POINT_BYTES + POINT_DECODED_BYTES); bit++) {
			uint8_t encoding[POINT_BYTES], claim[POINT_DECODED_BYTES];

			memcpy(encoding, encodings[bit], sizeof encoding);
			memcpy(claim, decoded[bit], sizeof claim);
			if (bit < 8 * POINT_BYTES)
				encoding[bit / 8] ^= (uint8_t)(1U << bit % 8);
			else
				claim[bit / 8 - POINT_BYTES] ^= (uint8_t)(1U << bit % 8);
			expect_not_recalled(encoding, claim);
		}
		/* Another's. */
		expect_not_recalled(encodings[0], decoded[1]);
	}
}

/* Numbers with a root whose x y comes out negative are no encodings: both equations hold of (x, y)
 * and (-x, y), and the sign of one product or the other is wrong. */
static void recalls_no_negative_product(void **state)
{
	size_t n_found = 0;

	(void)state;
	for (size_t b = 0; choose(b); b++) {
		points_write_decoded(decoded[0], points, N_POINTS);
		for (unsigned i = 1; i < 40; i++) {
			uint8_t encoding[POINT_BYTES] = {(uint8_t)(2 * i)};
			uint8_t claim[POINT_DECODED_BYTES];
			struct fe one, s, square, u1, u2, v, root, x, y, t;
			struct affine out;

			fe_decode(&s, encoding);
			fe_one(&one);
			fe_sq(&square, &s);
			fe_sub(&u1, &one, &square);
			fe_add(&u2, &one, &square);
			fe_sq(&v, &u1);
			fe_mul(&v, &v, &fe_d);
			fe_sq(&t, &u2);
			fe_add(&v, &v, &t);
			fe_carry(&v, &v);
			negate(&v, &v);
			if (!fe_sqrt_ratio(&root, &one, &v))
				continue;
			fe_add(&x, &s, &s);
			fe_mul(&x, &x, &root);
			fe_abs(&x, &x);
			fe_invert(&y, &u2);
			fe_mul(&y, &y, &u1);
			fe_mul(&t, &x, &y);
			encode_claim(claim, &x, &y);
			if (!fe_is_negative(&t)) {
				assert_int_equal(points_recall_vartime(&out, encoding, claim, 1),
						 1);
				continue;
			}
			n_found++;
			assert_int_equal(points_decode_vartime(&out, encoding, 1), 0);
			expect_not_recalled(encoding, claim);
			negate(&x, &x);
			encode_claim(claim, &x, &y);
			expect_not_recalled(encoding, claim);
		}
	}
	assert_true(n_found > 0);
}

/* What no strict decoder takes is not recalled, whatever is claimed: the encodings of the vectors,
 * the negative of a good one (with its coordinates), and numbers that are not below p. */
static void recalls_nothing_irregular(void **state)
{
	static const uint8_t p[FE_BYTES] = {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f};
	uint8_t encoding[POINT_BYTES] = {0}, claim[POINT_DECODED_BYTES] = {0};
	struct affine out;
	struct fe s;

	(void)state;
	for (size_t b = 0; choose(b); b++) {
		points_write_decoded(decoded[0], points, N_POINTS);
		for (size_t i = 0; i < LEN(known_bad_points); i++) {
			from_hex(encoding, POINT_BYTES, known_bad_points[i]);
			expect_not_recalled(encoding, decoded[0]);
			memset(claim, 0, sizeof claim);
			expect_not_recalled(encoding, claim);
			claim[FE_BYTES] = 1;
			expect_not_recalled(encoding, claim);
		}
		fe_decode(&s, encodings[0]);
		negate(&s, &s);
		fe_encode(encoding, &s);
		expect_not_recalled(encoding, decoded[0]);
		/* s = -1 fulfils both equations with (sqrt(-1), 0). */
		memcpy(encoding, p, POINT_BYTES);
		encoding[0]--;
		memset(claim, 0, sizeof claim);
		fe_encode(claim, &fe_sqrt_m1);
		expect_not_recalled(encoding, claim);
		/* The identity is (0, 1). */
		memset(encoding, 0, sizeof encoding);
		memset(claim, 0, sizeof claim);
		claim[FE_BYTES] = 1;
		assert_int_equal(points_recall_vartime(&out, encoding, claim, 1), 1);
		assert_true(affine_is_identity_vartime(&out));
		memcpy(claim, p, FE_BYTES); /* x = p */
		expect_not_recalled(encoding, claim);
		memset(claim, 0, FE_BYTES);
		memcpy(claim + FE_BYTES, p, FE_BYTES); /* y = p + 1 */
		claim[FE_BYTES]++;
		expect_not_recalled(encoding, claim);
		claim[FE_BYTES] = 0xec; /* y = -1 */
		expect_not_recalled(encoding, claim);
		memset(claim, 0, sizeof claim);
		claim[FE_BYTES] = 1;
		memcpy(encoding, p, POINT_BYTES); /* s = p */
		expect_not_recalled(encoding, claim);
		memset(encoding, 0, POINT_BYTES);
		encoding[POINT_BYTES - 1] = 0x80; /* no bit of s */
		expect_not_recalled(encoding, claim);
	}
}

static void sums_like_libsodium(void **state)
{
	static const size_t lens[] = {0,   1,   2,   3,   7,   8,   31,   100,  127,
				      159, 160, 161, 200, 255, 511, 1000, 3000, N_POINTS};
	static uint8_t expected[LEN(lens)][POINT_BYTES];
	uint8_t sum[POINT_BYTES] = {0};
	struct point out;

	(void)state;
	for (size_t n = 0, at = 0; n <= N_POINTS; n++) {
		if (n == lens[at])
			memcpy(expected[at++], sum, sizeof sum);
		if (n < N_POINTS)
			oracle_mul_add(sum, &scalars[n], encodings[n]);
	}
	for (size_t b = 0; choose(b); b++) {
		for (size_t i = 0; i < LEN(lens); i++) {
			msm(&out, scalars, points, lens[i]);
			assert_point_is(&out, expected[i]);
		}
	}
}

/* Every backend against portable, which libsodium has confirmed: with all small numbers of points,
 * those about the multiples of 8 and 16 among them, and some large ones. */
static void sums_like_portable(void **state)
{
	const size_t n_large = getenv("UNDERSIGN_FULL") ? 65536 : 0;
	const size_t n_all = n_large ? n_large : N_POINTS;
	struct affine *const all_points = calloc(n_all, sizeof *all_points);
	struct scalar *const all_scalars = calloc(n_all, sizeof *all_scalars);
	struct point expected, sum;

	(void)state;
	assert_non_null(all_points);
	assert_non_null(all_scalars);
	for (size_t i = 0; i < n_all; i++) {
		all_points[i] = points[i * 7 % N_POINTS];
		if (i < N_POINTS)
			all_scalars[i] = scalars[i];
		else
			random_scalar(&test_random, &all_scalars[i]);
		/* The ends of the range, and of the half that is not negated. */
		if (i % 5 == 0)
			scalar_from_u64(&all_scalars[i], i % 3);
		if (i % 5 == 1)
			scalar_neg(&all_scalars[i], &all_scalars[i - 1]);
	}
	for (size_t n = 0; n <= n_all; n += n < 150    ? 1
					    : n < 1100 ? 237
					    : n < 5000 ? 1299
						       : 20000) {
		assert_int_equal(backend_choose("portable"), UNDERSIGN_OK);
		msm(&expected, all_scalars, all_points, n);
		for (size_t b = 0; choose(b); b++) {
			msm(&sum, all_scalars, all_points, n);
			assert_int_equal(point_is_equal(&sum, &expected), 1);
		}
	}
	if (n_large) {
		assert_int_equal(backend_choose("portable"), UNDERSIGN_OK);
		msm(&expected, all_scalars, all_points, n_large);
		for (size_t b = 0; choose(b); b++) {
			msm(&sum, all_scalars, all_points, n_large);
			assert_int_equal(point_is_equal(&sum, &expected), 1);
		}
	}
	free(all_points);
	free(all_scalars);
}

/* What somebody might choose to make the sum wrong: points that are equal, opposite or the
 * identity; scalars with the same digits or none; all at once. */
static void survives_crafted_input(void **state)
{
	static const size_t lens[] = {2, 9, 100, 161, 700};
	static struct scalar some_scalars[700];
	static struct affine some_points[700], base_multiples[4];
	struct scalar factors[4], expected, half, one;
	struct point point, out;

	(void)state;
	scalar_from_u64(&factors[0], 1);
	scalar_neg(&factors[1], &factors[0]);
	factors[2] = scalar_zero;
	random_scalar(&test_random, &factors[3]);
	for (int i = 0; i < 4; i++) {
		point_mul_base(&point, &factors[i]);
		affine_from_point(&base_multiples[i], &point);
	}
	scalar_from_u64(&one, 1);
	scalar_from_u64(&half, 2);
	scalar_invert(&half, &half); /* (l + 1) / 2 */
	for (size_t b = 0; choose(b); b++) {
		for (int kind = 0; kind < 4 * 9; kind++) {
			for (size_t k = 0; k < LEN(lens); k++) {
				const size_t n = lens[k];

				expected = scalar_zero;
				for (size_t i = 0; i < n; i++) {
					struct scalar *const s = &some_scalars[i];
					/* all equal, alternately opposite, of four, ... */
					const size_t which = kind / 9 == 0   ? 3
							     : kind / 9 == 1 ? i % 2
							     : kind / 9 == 2 ? 2
									     : i % 4;

					switch (kind % 9) {
					case 0:
						*s = scalar_zero;
						break;
					case 1:
						*s = one;
						break;
					case 2:
						scalar_neg(s, &one);
						break;
					case 3:
						*s = scalars[0];
						break;
					case 4:
						*s = half;
						break;
					case 5:
						scalar_sub(s, &half, &one);
						break;
					case 6: /* one bit, everywhere in turn */
						*s = scalar_zero;
						s->limb[i % 252 / 64] = UINT64_C(1) << i % 252 % 64;
						break;
					case 7: /* a weight of 128 bits */
						*s = (struct scalar){{UINT64_MAX, UINT64_MAX}};
						break;
					default:
						*s = scalars[i];
					}
					some_points[i] = base_multiples[which];
					scalar_mul_add(&expected, s, &factors[which], &expected);
				}
				msm(&out, some_scalars, some_points, n);
				point_mul_base(&point, &expected);
				assert_int_equal(point_is_equal(&out, &point), 1);
			}
		}
	}
}

static void hashes_each_like_libsodium(void **state)
{
	enum { MESSAGES = 17 };
	static uint8_t in[MESSAGES * B32_EACH_MAX], out[(MESSAGES + 1) * B32_BYTES];
	uint8_t digest[crypto_hash_sha512_BYTES], untouched[B32_BYTES];

	(void)state;
	memset(untouched, 0x5a, sizeof untouched);
	for (size_t b = 0; choose(b); b++) {
		for (size_t len = 0; len <= B32_EACH_MAX; len++) {
			const size_t n = len % (MESSAGES + 1);

			test_random_fill(&test_random, in, sizeof in);
			memset(out, 0x5a, sizeof out);
			b32_each(out, in, n, len);
			for (size_t i = 0; i < n; i++) {
				crypto_hash_sha512(digest, in + i * len, len);
				assert_memory_equal(out + i * B32_BYTES, digest, B32_BYTES);
			}
			assert_memory_equal(out + n * B32_BYTES, untouched, B32_BYTES);
		}
	}
}

/* Random numbers and those at the limits of limbs, by steps of all sizes, in place and not. */
static void multiplies_scalars(void **state)
{
	enum { N = 37, STEP = 5 };
	static struct scalar a[N][STEP], b[N][STEP], out[N + 1][STEP];
	struct scalar edges[10], expected, untouched;

	(void)state;
	scalar_neg(&edges[0], &scalar_one);
	edges[1] = scalar_zero;
	edges[2] = scalar_one;
	edges[3] = (struct scalar){{0, 0, 0, UINT64_C(1) << 60}}; /* 2^252 */
	edges[4] = (struct scalar){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX >> 4}};
	edges[5] = (struct scalar){{(UINT64_C(1) << 52) - 1}};
	edges[6] = (struct scalar){{UINT64_MAX << 52, (UINT64_C(1) << 40) - 1}};
	edges[7] = (struct scalar){{0, 0, UINT64_MAX << 16, UINT64_MAX >> 4}};
	edges[8] = (struct scalar){{0x5812631a5cf5d3ec, 0x14def9dea2f79cd6, 0, 0}};
	scalar_sub(&edges[9], &edges[0], &edges[8]);
	memset(&untouched, 0x5a, sizeof untouched);
	for (size_t b_kind = 0; choose(b_kind); b_kind++) {
		for (size_t round = 0; round < 60; round++) {
			const size_t n = round % (N + 1);

			for (size_t i = 0; i < N; i++)
				for (size_t j = 0; j < STEP; j++) {
					a[i][j] = scalars[(round * N + i * STEP + j) % N_POINTS];
					random_scalar(&test_random, &b[i][j]);
					if (round >= 30) {
						a[i][j] = edges[(i + round) % 10];
						b[i][j] = edges[(i / 3 + j + round / 10) % 10];
					}
				}
			memset(out, 0x5a, sizeof out);
			scalars_multiply(&out[0][0], sizeof out[0], &a[0][1], sizeof a[0], &b[0][2],
					 sizeof b[0], n);
			for (size_t i = 0; i < n; i++) {
				scalar_mul(&expected, &a[i][1], &b[i][2]);
				assert_int_equal(scalar_is_equal(&out[i][0], &expected), 1);
			}
			assert_memory_equal(&out[n][0], &untouched, sizeof untouched);
			assert_memory_equal(&out[0][1], &untouched, sizeof untouched);
			/* One for all, and in place. */
			memcpy(out, b, sizeof b);
			scalars_multiply(&b[0][0], sizeof b[0], &b[0][0], sizeof b[0], &a[3][3], 0,
					 n);
			for (size_t i = 0; i < n; i++) {
				scalar_mul(&expected, &out[i][0], &a[3][3]);
				assert_int_equal(scalar_is_equal(&b[i][0], &expected), 1);
			}
		}
	}
}

static void chooses_a_backend(void **state)
{
	const struct backend *const before = backend_current();
	size_t n = 0;

	(void)state;
	assert_int_equal(backend_choose("no such backend"), UNDERSIGN_E_MISSING);
	assert_ptr_equal(backend_current(), before);
	assert_int_equal(backend_choose(NULL), UNDERSIGN_OK);
	while (backend_at(n))
		n++;
	assert_true(n >= 1);
	assert_null(backend_at(n + 1));
	assert_ptr_equal(backend_at(n - 1), &backend_portable);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses_a_backend),
		cmocka_unit_test(decodes_and_encodes),
		cmocka_unit_test(says_how_many_decode),
		cmocka_unit_test(recalls_what_decodes),
		cmocka_unit_test(recalls_no_other_representative),
		cmocka_unit_test(recalls_no_flipped_bit),
		cmocka_unit_test(recalls_no_negative_product),
		cmocka_unit_test(recalls_nothing_irregular),
		cmocka_unit_test(sums_like_libsodium),
		cmocka_unit_test(sums_like_portable),
		cmocka_unit_test(survives_crafted_input),
		cmocka_unit_test(hashes_each_like_libsodium),
		cmocka_unit_test(multiplies_scalars),
	};

	test_random = test_random_new();
	return cmocka_run_group_tests(tests, make_points, NULL);
}
