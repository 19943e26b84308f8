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

static void combines_each_like_libsodium(void **state)
{
	/* Two times eight lanes, and some of them unused. */
	enum { N_GROUPS = 19 };
	static struct point in[4 * N_GROUPS], out[N_GROUPS];

	(void)state;
	for (size_t b = 0; choose(b); b++) {
		const size_t len = combine_scratch_len();
		uint8_t *const scratch = aligned_alloc(64, (len + 64) & ~(size_t)63);

		assert_non_null(scratch);
		for (size_t i = 0; i < LEN(in); i++)
			point_from_affine(&in[i], &points[i]);
		/* Z other than 1, as in the later steps of a contraction. */
		point_double(&in[1], &in[1]);
		for (size_t n_terms = 1; n_terms <= 4; n_terms++) {
			for (size_t kind = 0; kind < 3; kind++) {
				struct scalar some[4];

				for (size_t i = 0; i < 4; i++) {
					some[i] = scalars[i];
					if (kind == 1)
						scalar_from_u64(&some[i], i);
					else if (kind == 2)
						scalar_neg(&some[i], &scalar_one);
				}
				points_combine_each(out, in, N_GROUPS, some, n_terms, scratch, len);
				for (size_t g = 0; g < N_GROUPS; g++) {
					uint8_t expected[POINT_BYTES] = {0}, bytes[POINT_BYTES];

					for (size_t i = 0; i < n_terms; i++) {
						point_encode(bytes, &in[g * n_terms + i]);
						oracle_mul_add(expected, &some[i], bytes);
					}
					assert_point_is(&out[g], expected);
				}
			}
		}
		/* Secrets are wiped, and no group is written where there is none. */
		for (size_t i = 0; i < len; i++)
			assert_int_equal(scratch[i], 0);
		point_base(&out[0]);
		points_combine_each(out, in, 0, scalars, 4, scratch, len);
		point_base(&in[0]);
		assert_int_equal(point_is_equal(&out[0], &in[0]), 1);
		free(scratch);
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
		cmocka_unit_test(sums_like_libsodium),
		cmocka_unit_test(sums_like_portable),
		cmocka_unit_test(survives_crafted_input),
		cmocka_unit_test(combines_each_like_libsodium),
		cmocka_unit_test(hashes_each_like_libsodium),
	};

	test_random = test_random_new();
	return cmocka_run_group_tests(tests, make_points, NULL);
}
