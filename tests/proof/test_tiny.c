/* C-9 and C-12: a model of the proof in a group of 13 (or 199) elements, where everything can be
 * tried. One digit (m = 1, N = 2 to 4), tag dimension 1.
 *
 * For soundness, elements are vectors over independent generators, as binding is assumed; for
 * anonymity they are numbers, as every discrete logarithm is then known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h wants the four at the top. */
#include <cmocka.h>

static uint64_t random_state;

static unsigned below(unsigned limit)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_state >> 33) % limit;
}

static unsigned inverse(unsigned a, unsigned q)
{
	unsigned b = 1;

	while (a * b % q != 1)
		b++;
	return b;
}

/* ---- soundness ---- */

/* A cheating prover fixes alpha, beta, aq, bq (his A and B: f_1 = alpha + x beta, and the Q parts
 * aq + x bq). His other choices for A and B hold for at most one x, so are no better. */
struct first_message {
	unsigned alpha, beta, aq, bq;
};

static unsigned f_1(const struct first_message *first, unsigned x, unsigned q)
{
	return (first->alpha + x * first->beta) % q;
}

static bool e1_holds(const struct first_message *first, unsigned x, unsigned q)
{
	unsigned f = f_1(first, x, q);

	return f * (x + q - f) % q == (first->aq + x * first->bq) % q;
}

/* E2 and E3 with z eliminated: x t = f_0 s_0 + f_1 s_1 + w. Where nobody knows the opening of C_1,
 * its part of E2 says that f_1 is the constant e. */
struct second_message {
	unsigned t, w;
	int e; /* negative: both openings are known */
};

static bool e2_e3_hold(const struct first_message *first, const struct second_message *second,
		       const unsigned s[2], unsigned x, unsigned q)
{
	unsigned f = f_1(first, x, q), other = (x + q - f) % q;
	unsigned known = (other * s[0] + (second->e < 0 ? f * s[1] : 0)) % q;

	return (second->e < 0 || f == (unsigned)second->e) &&
	       x * second->t % q == (known + second->w) % q;
}

/* The challenges x != 0 that a first message can answer, as bits. */
static uint32_t answered_e1(const struct first_message *first, unsigned q)
{
	uint32_t set = 0;

	for (unsigned x = 1; x < q; x++)
		set |= (uint32_t)e1_holds(first, x, q) << x;
	return set;
}

static uint32_t answered_rest(const struct first_message *first,
			      const struct second_message *second, const unsigned s[2], unsigned q)
{
	uint32_t set = 0;

	for (unsigned x = 1; x < q; x++)
		set |= (uint32_t)e2_e3_hold(first, second, s, x, q) << x;
	return set;
}

static unsigned count(uint32_t set)
{
	unsigned n = 0;

	for (; set; set &= set - 1)
		n++;
	return n;
}

/* Whether max(3, m + 1) = 3 answers give an honest witness: a selector of one member, whose tag
 * it is. */
static bool is_extracted(const struct first_message *first, const struct second_message *second,
			 const unsigned s[2])
{
	return first->beta <= 1 && second->t == s[first->beta] &&
	       (second->e < 0 || first->beta == 0);
}

/* All first messages of a prover in a group of 13: three challenges answered or more mean an honest
 * witness, so a cheat is answered with probability at most 2/q, and an honest one always. */
static void exhaust(bool both_known)
{
	const unsigned q = 13, s[2] = {1, 5};
	unsigned n_honest = 0, worst = 0;

	for (unsigned alpha = 0; alpha < q; alpha++)
		for (unsigned beta = 0; beta < q; beta++) {
			uint32_t sets[13 * 13];
			struct first_message first = {alpha, beta, 0, 0};
			size_t n_sets = 0;

			for (first.aq = 0; first.aq < q; first.aq++)
				for (first.bq = 0; first.bq < q; first.bq++)
					sets[n_sets++] = answered_e1(&first, q);
			for (int e = both_known ? -1 : 0; e < (both_known ? 0 : (int)q); e++)
				for (unsigned t = 1; t < q; t++)
					for (unsigned w = 0; w < q; w++) {
						struct second_message second = {t, w, e};
						uint32_t rest =
							answered_rest(&first, &second, s, q);

						for (size_t k = 0; k < n_sets; k++) {
							unsigned n = count(sets[k] & rest);

							if (n >= 3) {
								assert_true(is_extracted(
									&first, &second, s));
								assert_int_equal(n, q - 1);
								n_honest++;
							} else if (n > worst) {
								worst = n;
							}
						}
					}
		}
	/* One for each alpha (with the aq, bq, e and w that go with it) and each known member. */
	assert_int_equal(n_honest, both_known ? 2 * q : q);
	assert_in_range(worst, 1, 2);
}

static void test_c9_one_member_known(void **state)
{
	(void)state;
	exhaust(false);
}

static void test_c9_two_colluders(void **state)
{
	(void)state;
	exhaust(true);
}

/* Control: without E1 the colluders' third tag is answered always (M-13). */
static void test_c9_without_e1(void **state)
{
	const unsigned q = 13, s[2] = {1, 5};
	/* f_1 = -x, f_0 = 2 x: t = 2 s_0 - s_1 */
	const struct first_message first = {0, q - 1, 0, 0};
	const struct second_message second = {(2 * s[0] + q - s[1]) % q, 0, -1};

	(void)state;
	assert_int_equal(count(answered_rest(&first, &second, s, q)), q - 1);
	assert_false(is_extracted(&first, &second, s));
	assert_true(count(answered_e1(&first, q)) <= 2);
}

/* In a group of 199, first messages at random. */
static void test_c9_order_199(void **state)
{
	const unsigned q = 199, s[2] = {17, 101};
	unsigned n_rounds = 20000;

	(void)state;
	for (unsigned k = 0; k < n_rounds; k++) {
		struct first_message first = {below(q), below(3), below(q), below(q)};
		struct second_message second = {1 + below(q - 1), below(q), -1};
		unsigned n = 0;

		if (k % 2 == 0) {
			/* Near the honest: what f (x - f) is for a selector of 0 or 1. */
			first.aq = (q - first.alpha * first.alpha % q) % q;
			first.bq = first.beta == 0 ? first.alpha : (q - first.alpha) % q;
			second.t = s[below(2)];
			second.w = first.alpha * (s[0] + q - s[1]) % q;
		}
		for (unsigned x = 1; x < q; x++)
			n += e1_holds(&first, x, q) && e2_e3_hold(&first, &second, s, x, q);
		if (n >= 3) {
			assert_true(is_extracted(&first, &second, s));
			assert_int_equal(n, q - 1);
		}
	}
}

/* ---- completeness and anonymity ---- */

#define RADIX_MAX 4

/* All discrete logarithms. */
struct world {
	unsigned q, n, g, h, u;
	unsigned p[RADIX_MAX], pq[RADIX_MAX]; /* P_c, Q_c */
	unsigned c[RADIX_MAX];                /* the ring */
};

struct nonces {
	unsigned a[RADIX_MAX], r_a, r_b, rho, kappa;
};

struct transcript {
	unsigned a, b, x_0, y, f[RADIX_MAX], z_a, z, z_r;
};

static void world_new(struct world *out, unsigned q, unsigned n)
{
	out->q = q;
	out->n = n;
	out->g = 1 + below(q - 1);
	out->h = 1 + below(q - 1);
	out->u = 1 + below(q - 1);
	for (unsigned c = 0; c < n; c++) {
		out->p[c] = 1 + below(q - 1);
		out->pq[c] = 1 + below(q - 1);
	}
	/* Distinct entries, none the identity. */
	for (unsigned c = 0; c < n; c++) {
		bool is_new;

		do {
			out->c[c] = 1 + below(q - 1);
			is_new = true;
			for (unsigned k = 0; k < c; k++)
				is_new = is_new && out->c[k] != out->c[c];
		} while (!is_new);
	}
}

/* nonces->a[0] is set here. */
static void prove(struct transcript *out, const struct world *world, struct nonces *nonces,
		  unsigned i, unsigned s, unsigned r, unsigned x)
{
	unsigned q = world->q;

	nonces->a[0] = 0;
	for (unsigned c = 1; c < world->n; c++)
		nonces->a[0] = (nonces->a[0] + q - nonces->a[c]) % q;
	out->a = nonces->r_a * world->h;
	out->b = world->p[i] + nonces->r_b * world->h;
	out->x_0 = nonces->rho * world->h + nonces->kappa * world->g;
	for (unsigned c = 0; c < world->n; c++) {
		unsigned a = nonces->a[c], a2 = a * a % q;

		out->a += a * world->p[c] + (q - a2) * world->pq[c];
		out->b += (c == i ? q - a : a) * world->pq[c];
		out->x_0 += a * world->c[c];
		out->f[c] = ((c == i ? x : 0) + a) % q;
	}
	out->a %= q;
	out->b %= q;
	out->x_0 %= q;
	out->y = nonces->kappa * world->u % q;
	out->z_a = (nonces->r_b * x + nonces->r_a) % q;
	out->z = (s * x + q - nonces->kappa) % q;
	out->z_r = (r * x + q - nonces->rho) % q;
}

static bool is_valid(const struct transcript *in, const struct world *world, unsigned t, unsigned x)
{
	unsigned q = world->q, e1 = in->z_a * world->h, e2 = 0, sum = 0;

	for (unsigned c = 0; c < world->n; c++) {
		unsigned f = in->f[c];

		e1 += f * world->p[c] + f * ((x + q - f) % q) % q * world->pq[c];
		e2 += f * world->c[c];
		sum += f;
	}
	return sum % q == x && (in->a + x * in->b) % q == e1 % q &&
	       e2 % q == (in->x_0 + in->z * world->g + in->z_r * world->h) % q &&
	       x * t % q == (in->y + in->z * world->u) % q;
}

/* Every secret, blinding, member and challenge. */
static void test_c9_completeness(void **state)
{
	const unsigned q = 13;

	(void)state;
	for (unsigned n = 2; n <= 4; n++)
		for (unsigned i = 0; i < n; i++)
			for (unsigned s = 1; s < q; s++)
				for (unsigned r = 0; r < q; r++)
					for (unsigned x = 1; x < q; x++) {
						struct nonces nonces = {
							{0, below(q), below(q), below(q)},
							below(q),
							below(q),
							below(q),
							below(q)};
						struct transcript out;
						struct world world;
						unsigned t;

						world_new(&world, q, n);
						world.c[i] = (s * world.g + r * world.h) % q;
						t = s * world.u % q;
						prove(&out, &world, &nonces, i, s, r, x);
						assert_true(is_valid(&out, &world, t, x));
						out.z = (out.z + 1) % q;
						assert_false(is_valid(&out, &world, t, x));
					}
}

#define Q5 (13 * 13 * 13 * 13 * 13)

/* C-12: for a published tag and each challenge, every transcript arises from each member in exactly
 * one way, over all nonces: the posterior over the ring is the prior. */
static void posterior_is_prior(const struct world *world, unsigned t, unsigned x, uint16_t *seen)
{
	const unsigned q = world->q;
	unsigned s = t * inverse(world->u, q) % q;

	memset(seen, 0xff, Q5 * sizeof *seen);
	for (unsigned i = 0; i < 2; i++) {
		unsigned r = (world->c[i] + q * q - s * world->g) % q * inverse(world->h, q) % q;

		for (unsigned k = 0; k < Q5; k++) {
			struct nonces nonces = {{0, k % q, 0, 0},
						k / q % q,
						k / q / q % q,
						k / q / q / q % q,
						k / q / q / q / q};
			struct transcript out;
			unsigned place, rest;

			prove(&out, world, &nonces, i, s, r, x);
			place = out.b + q * (out.f[1] + q * (out.z_a + q * (out.z + q * out.z_r)));
			rest = out.a + q * (out.x_0 + q * out.y);
			/* The first member fills each place once; the second finds each as it is,
			 * and marks it so that it is found once. */
			assert_int_equal(seen[place], i == 0 ? 0xffff : rest);
			seen[place] = (uint16_t)(i == 0 ? rest : rest + 4096);
			if (k % 9973 == 0)
				assert_true(is_valid(&out, world, t, x));
		}
	}
}

static void test_c12_commitments(void **state)
{
	uint16_t *seen = malloc(Q5 * sizeof *seen);
	const char *full = getenv("UNDERSIGN_FULL");
	unsigned step = full && full[0] == '1' ? 1 : 5;
	struct world world;

	(void)state;
	assert_non_null(seen);
	world_new(&world, 13, 2);
	for (unsigned t = 1; t < 13; t += step)
		for (unsigned x = 1; x < 13; x += step)
			posterior_is_prior(&world, t, x, seen);
	free(seen);
}

/* Control: a nonce that is not random, and the transcripts of the two members are disjoint. */
static void test_c12_stuck_nonce_tells(void **state)
{
	const unsigned q = 13, x = 7;
	struct world world;
	struct transcript out[2];

	(void)state;
	world_new(&world, q, 2);
	for (unsigned k = 0; k < q * q * q * q; k++) {
		struct nonces nonces = {
			{0, 5, 0, 0}, k % q, k / q % q, k / q / q % q, k / q / q / q};

		for (unsigned i = 0; i < 2; i++)
			prove(&out[i], &world, &nonces, i, 3, 4, x);
		assert_int_equal(out[0].f[1], 5);
		assert_int_equal(out[1].f[1], (5 + x) % q);
	}
}

/* Control, and why raw keys are called computational: there r = 0, so a tag fits one member. */
static void test_c12_raw_keys(void **state)
{
	(void)state;
	for (unsigned q = 13; q <= 199; q += 186)
		for (unsigned round = 0; round < 50; round++) {
			struct world world;

			world_new(&world, q, 4);
			for (unsigned signer = 0; signer < 4; signer++) {
				unsigned s = world.c[signer] * inverse(world.g, q) % q;
				unsigned t = s * world.u % q, n_raw = 0, n_committed = 0, found = 4;

				s = t * inverse(world.u, q) % q;
				for (unsigned i = 0; i < 4; i++) {
					unsigned r = (world.c[i] + q * q - s * world.g) % q *
						     inverse(world.h, q) % q;

					n_committed +=
						(s * world.g + r * world.h) % q == world.c[i];
					if (r == 0) {
						n_raw++;
						found = i;
					}
				}
				assert_int_equal(n_committed, 4);
				assert_int_equal(n_raw, 1);
				assert_int_equal(found, signer);
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_c9_one_member_known),
		cmocka_unit_test(test_c9_two_colluders),
		cmocka_unit_test(test_c9_without_e1),
		cmocka_unit_test(test_c9_order_199),
		cmocka_unit_test(test_c9_completeness),
		cmocka_unit_test(test_c12_commitments),
		cmocka_unit_test(test_c12_stuck_nonce_tells),
		cmocka_unit_test(test_c12_raw_keys),
	};
	const char *text = getenv("UNDERSIGN_SEED");

	random_state = text ? strtoull(text, NULL, 0) : 1;
	printf("test-proof-tiny: UNDERSIGN_SEED=%llu\n", (unsigned long long)random_state);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
