#include "group_testing.h"

#include "field.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Around every multiple of p below 2^256, around limbs of either size, and the curve's own. */
static const char *const boundary[] = {
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"0200000000000000000000000000000000000000000000000000000000000000",
	"1200000000000000000000000000000000000000000000000000000000000000",
	"1300000000000000000000000000000000000000000000000000000000000000",
	"ffffffffffff0700000000000000000000000000000000000000000000000000",
	"0000000000000800000000000000000000000000000000000000000000000000",
	"ffffff0300000000000000000000000000000000000000000000000000000000",
	"000000fcffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff3f",
	"f7ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff3f",
	"0000000000000000000000000000000000000000000000000000000000000040",
	"b0a00e4a271beec478e42fad0618432fa7d7fb3d99004d2b0bdfc14f8024832b",
	"a3785913ca4deb75abd841414d0a700098e879777940c78c73fe6f2bee6c0352",
	"ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};
/* Not below p. */
static const char *const too_large[] = {
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"0000000000000000000000000000000000000000000000000000000000000080",
	"0100000000000000000000000000000000000000000000000000000000000080",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
};

static struct test_random test_random;

/* Boundary values first, then random ones. */
static void sample(struct fe *out, size_t i)
{
	uint8_t bytes[FE_BYTES];

	if (i < LEN(boundary))
		from_hex(bytes, sizeof bytes, boundary[i]);
	else
		test_random_fill(&test_random, bytes, sizeof bytes);
	fe_decode(out, bytes);
}

static void assert_fe_equal(const struct fe *a, const struct fe *b)
{
	uint8_t left[FE_BYTES], right[FE_BYTES];

	fe_encode(left, a);
	fe_encode(right, b);
	assert_memory_equal(left, right, FE_BYTES);
}

static void decodes_strictly(void **state)
{
	uint8_t bytes[FE_BYTES], again[FE_BYTES];
	struct fe a;

	(void)state;
	for (size_t i = 0; i < LEN(boundary); i++) {
		from_hex(bytes, sizeof bytes, boundary[i]);
		assert_int_equal(fe_decode_strict(&a, bytes), 1);
		fe_encode(again, &a);
		assert_memory_equal(again, bytes, sizeof bytes);
		assert_int_equal(fe_is_negative(&a), bytes[0] & 1);
		assert_int_equal(fe_is_zero(&a), i == 0);
	}
	for (size_t i = 0; i < LEN(too_large); i++) {
		from_hex(bytes, sizeof bytes, too_large[i]);
		assert_int_equal(fe_decode_strict(&a, bytes), 0);
	}
	/* p is 0, p + 1 is 1, and bit 255 does not count where decoding is not strict. */
	from_hex(bytes, sizeof bytes, too_large[0]);
	fe_decode(&a, bytes);
	assert_int_equal(fe_is_zero(&a), 1);
	from_hex(bytes, sizeof bytes, too_large[4]);
	fe_decode(&a, bytes);
	fe_encode(again, &a);
	bytes[31] = 0;
	assert_memory_equal(again, bytes, sizeof bytes);
}

static void obeys_the_laws(void **state)
{
	const size_t n = LEN(boundary) + (test_is_full() ? 200 : 24);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++) {
			struct fe a, b, c, sum, difference, left, right, other;

			sample(&a, i);
			sample(&b, j);
			sample(&c, n);
			fe_add(&sum, &a, &b);
			fe_sub(&difference, &a, &b);
			/* (a + b)(a - b) = a^2 - b^2, in either order */
			fe_mul(&left, &sum, &difference);
			fe_mul(&other, &difference, &sum);
			assert_fe_equal(&left, &other);
			fe_sq(&right, &a);
			fe_sq(&other, &b);
			fe_sub(&right, &right, &other);
			assert_fe_equal(&left, &right);
			/* (a + b) c = a c + b c */
			fe_mul(&left, &sum, &c);
			fe_mul(&right, &a, &c);
			fe_mul(&other, &b, &c);
			fe_add(&right, &right, &other);
			assert_fe_equal(&left, &right);
			/* (a b) c = a (b c) */
			fe_mul(&left, &a, &b);
			fe_mul(&left, &left, &c);
			fe_mul(&right, &b, &c);
			fe_mul(&right, &a, &right);
			assert_fe_equal(&left, &right);
			/* a - b = a + (-b) */
			fe_neg(&right, &b);
			fe_add(&right, &a, &right);
			assert_fe_equal(&difference, &right);
			assert_int_equal(fe_is_equal(&a, &b), fe_is_zero(&difference));
			/* a square, with the largest magnitude that a difference can have */
			fe_sub(&difference, &sum, &c);
			fe_sq(&left, &difference);
			fe_mul(&right, &difference, &difference);
			assert_fe_equal(&left, &right);
		}
	}
}

/* Limbs as large as magnitude 5 allows, in all of them or in one. */
static void takes_the_largest_limbs(void **state)
{
	enum { N_LIMBS = sizeof(struct fe) / sizeof((struct fe){{0}}.limb[0]) };
	struct fe large[N_LIMBS + 2], carried[N_LIMBS + 2], left, right;

	(void)state;
	for (int i = 0; i < N_LIMBS + 2; i++) {
		sample(&large[i], LEN(boundary));
		for (int j = 0; j < N_LIMBS; j++) {
			if (i == j || i == N_LIMBS)
				large[i].limb[j] = FE_MAGNITUDE_MAX * FE_UNIT(j);
		}
		fe_carry(&carried[i], &large[i]);
		fe_carry(&carried[i], &carried[i]);
		assert_fe_equal(&large[i], &carried[i]);
	}
	for (int i = 0; i < N_LIMBS + 2; i++) {
		for (int j = 0; j < N_LIMBS + 2; j++) {
			fe_mul(&left, &large[i], &large[j]);
			fe_mul(&right, &carried[i], &carried[j]);
			assert_fe_equal(&left, &right);
		}
		fe_sq(&left, &large[i]);
		fe_sq(&right, &carried[i]);
		assert_fe_equal(&left, &right);
	}
}

#ifdef UNDERSIGNED_VERIFY
/* The control of the checked forms: a limb beyond its bound ends the program. */
static void checks_bounds(void **state)
{
	struct fe a, b, out;
	int status;
	pid_t child;

	(void)state;
	fe_one(&a);
	b = a;
	b.limb[1] = FE_MAGNITUDE_MAX * FE_UNIT(1) + 1;
	for (int i = 0; i < 2; i++) {
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			signal(SIGABRT, SIG_DFL);
			fe_mul(&out, &a, i == 0 ? &a : &b);
			_exit(0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		if (i == 0)
			assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		else
			assert_true(WIFSIGNALED(status));
	}
}
#endif

static void inverts(void **state)
{
	struct fe a, inverse, one;

	(void)state;
	fe_one(&one);
	for (size_t i = 0; i < LEN(boundary) + 20; i++) {
		sample(&a, i);
		fe_invert(&inverse, &a);
		assert_int_equal(fe_is_zero(&inverse), fe_is_zero(&a));
		fe_mul(&inverse, &inverse, &a);
		if (!fe_is_zero(&a))
			assert_fe_equal(&inverse, &one);
	}
}

static void takes_roots(void **state)
{
	const size_t n = LEN(boundary) + 8;
	size_t n_squares = 0;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++) {
			struct fe u[FE_LANES], v[FE_LANES], roots[FE_LANES], root, check;
			uint64_t were_square[FE_LANES], was_square;

			sample(&u[0], i);
			sample(&v[0], j);
			u[1] = v[0];
			v[1] = u[0];
			fe_sqrt_ratio_lanes(roots, were_square, u, v);
			for (int lane = 0; lane < FE_LANES; lane++) {
				was_square = fe_sqrt_ratio(&root, &u[lane], &v[lane]);
				assert_fe_equal(&root, &roots[lane]);
				assert_int_equal(was_square, were_square[lane]);
				assert_int_equal(fe_is_negative(&root), 0);
				n_squares += was_square;
				if (fe_is_zero(&v[lane])) {
					assert_int_equal(fe_is_zero(&root), 1);
					assert_int_equal(was_square, fe_is_zero(&u[lane]));
					continue;
				}
				/* v root^2 is u, or sqrt(-1) u */
				fe_sq(&check, &root);
				fe_mul(&check, &check, &v[lane]);
				if (!was_square)
					fe_mul(&u[lane], &u[lane], &fe_sqrt_m1);
				assert_fe_equal(&check, &u[lane]);
			}
		}
	}
	/* Both verdicts occurred. */
	assert_in_range(n_squares, n, 2 * n * n - n);
}

static void selects(void **state)
{
	struct fe a, b, out, c, d;

	(void)state;
	sample(&a, LEN(boundary));
	sample(&b, LEN(boundary));
	fe_select(&out, ct_mask(1), &a, &b);
	assert_fe_equal(&out, &a);
	fe_select(&out, ct_mask(0), &a, &b);
	assert_fe_equal(&out, &b);
	c = a;
	d = b;
	fe_swap(ct_mask(0), &c, &d);
	assert_fe_equal(&c, &a);
	fe_swap(ct_mask(1), &c, &d);
	assert_fe_equal(&c, &b);
	assert_fe_equal(&d, &a);
	fe_neg(&c, &a);
	fe_carry(&c, &c);
	fe_abs(&c, &c);
	fe_abs(&d, &a);
	assert_fe_equal(&c, &d);
	assert_int_equal(fe_is_negative(&d), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_strictly),
		cmocka_unit_test(obeys_the_laws),
		cmocka_unit_test(takes_the_largest_limbs),
		cmocka_unit_test(inverts),
#ifdef UNDERSIGNED_VERIFY
		cmocka_unit_test(checks_bounds),
#endif
		cmocka_unit_test(takes_roots),
		cmocka_unit_test(selects),
	};

	test_random = test_random_new();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
