/* M-8 to M-12 and M-19: what somebody finds who knows all discrete logarithms, as a quantum
 * computer might, and what he never does. */
#include "lab.h"
#include "logs.h"
#include "solve.h"

#include "sigma.h"
#include "sign.h"

#include "memory.h"
#include "sha2.h"

#include <stdlib.h>

#define N 7

static struct bytes message;

/* Nonces that are given one by one, in the protocol's order. */
struct given {
	struct scalar scalars[PROOF_DIGITS * PROOF_RADIX + 2 + PROOF_DIGITS + TAG_DIMENSION];
	size_t n, next;
};

static enum undersign_status given_next(void *cookie, struct scalar *out)
{
	struct given *given = cookie;

	assert_true(given->next < given->n);
	*out = given->scalars[given->next++];
	return UNDERSIGN_OK;
}

/* s with the tag's logarithm, all but s_1 at random. */
static void solve_secrets(struct opening *out, const struct logs_scope *scope, struct scalar tag)
{
	struct scalar inverse;

	out->s[0] = scalar_zero;
	for (unsigned j = 1; j < TAG_DIMENSION; j++)
		out->s[j] = support_scalar();
	scalar_invert(&inverse, &scope->u[0]);
	out->s[0] = test_product(test_difference(tag, logs_tag(scope, out)), inverse);
}

/* The nonces with which this opening of member i gives just this proof; b is the logarithm of B,
 * x_d those of X_1.. */
static void solve_nonces(struct given *out, const struct logs *logs, const struct ring *ring,
			 const struct logs_scope *scope, size_t i, const struct opening *opening,
			 struct bytes proof, struct scalar b, const struct scalar *log_x,
			 const struct scalar *log_c)
{
	struct affine points[LAYOUT_POINTS_MAX];
	struct proof_item item = {ring, &scope->scope, message, proof};
	struct layout_scalars in;
	struct scalar inverse, r_a, r_b = b, t, rho[PROOF_DIGITS];
	struct lab lab;

	assert_true(layout_decode_vartime(&in, points, &item));
	unsigned m = in.digits.n_digits;

	/* lab holds selectors and nonces, and computes their polynomials. */
	lab_begin(&lab, ring, &scope->scope, message, opening);
	lab_select(&lab, i);
	out->n = out->next = 0;
	for (unsigned d = 0; d < m; d++)
		for (unsigned c = 0; c < digits_radix(&in.digits, d); c++) {
			t = test_product(lab.sigma[d][c], in.x[1]);
			lab.a[d][c] = test_difference(in.f[d][c], t);
			if (c > 0)
				out->scalars[out->n++] = lab.a[d][c];
			r_b = test_difference(r_b, test_product(lab.sigma[d][c], logs->p[d][c]));
			t = test_difference(scalar_one, test_sum(lab.sigma[d][c], lab.sigma[d][c]));
			t = test_product(test_product(lab.a[d][c], t), logs->q[d][c]);
			r_b = test_difference(r_b, t);
		}
	scalar_invert(&inverse, &logs->h);
	r_b = test_product(r_b, inverse);
	r_a = test_difference(in.z_a, test_product(r_b, in.x[1]));
	out->scalars[out->n++] = r_a;
	out->scalars[out->n++] = r_b;
	/* rho_d = (log X_d - log D_d) / h for d >= 1; rho_0 from z_r */
	rho[0] = test_difference(test_product(opening->r, in.x[m]), in.z_r);
	for (unsigned d = 1; d < m; d++) {
		struct scalar log_d = scalar_zero;

		for (size_t k = 0; k < lab.n_padded; k++) {
			struct scalar p[PROOF_DIGITS + 1];

			lab_polynomial(&lab, k, p);
			log_d = test_sum(log_d,
					 test_product(p[d], log_c[k < ring->n ? k : ring->n - 1]));
		}
		rho[d] = test_product(test_difference(log_x[d], log_d), inverse);
		rho[0] = test_difference(rho[0], test_product(rho[d], in.x[d]));
	}
	for (unsigned d = 0; d < m; d++)
		out->scalars[out->n++] = rho[d];
	for (unsigned j = 0; j < TAG_DIMENSION; j++)
		out->scalars[out->n++] =
			test_difference(test_product(opening->s[j], in.x[m]), in.z[j]);
}

/* A proof made by lab, so that the logarithms of its points are known too. */
static void logs_of_proof(const struct lab *lab, const struct logs *logs,
			  const struct scalar *log_c, struct scalar *b, struct scalar *log_x)
{
	unsigned m = lab->digits.n_digits;

	*b = test_product(lab->r_b, logs->h);
	for (unsigned d = 0; d < m; d++) {
		log_x[d] = test_product(lab->rho[d], logs->h);
		for (unsigned c = 0; c < digits_radix(&lab->digits, d); c++) {
			struct scalar s = lab->sigma[d][c];
			struct scalar t = test_difference(scalar_one, test_sum(s, s));

			*b = test_sum(*b, test_product(s, logs->p[d][c]));
			t = test_product(test_product(lab->a[d][c], t), logs->q[d][c]);
			*b = test_sum(*b, t);
		}
	}
	for (size_t k = 0; k < lab->n_padded; k++) {
		struct scalar p[PROOF_DIGITS + 1];

		lab_polynomial(lab, k, p);
		for (unsigned d = 0; d < m; d++)
			log_x[d] = test_sum(log_x[d], test_product(p[d], log_c[k < N ? k : N - 1]));
	}
}

/* One proof, and for each member an opening and nonces with which the very same bytes come out. */
static void test_m8_every_member_could_have(void **state)
{
	struct logs logs;
	struct logs_scope scope;
	struct test_ring ring;
	struct scalar log_c[N], tag, b, log_x[PROOF_DIGITS];
	struct bytes proof;
	struct lab lab;

	(void)state;
	logs_begin(&logs);
	logs_scope_new(&scope, "a letter\n");
	test_ring_new(&ring, N, "org");
	for (size_t k = 0; k < N; k++)
		log_c[k] = logs_commitment(&logs, &ring.openings[k]);
	tag = logs_tag(&scope, &ring.openings[3]);
	lab_begin(&lab, &ring.ring, &scope.scope, message, &ring.openings[3]);
	lab_select(&lab, 3);
	proof = lab_prove(&lab);
	assert_true(test_is_valid(&ring.ring, &scope.scope, message, proof));
	logs_of_proof(&lab, &logs, log_c, &b, log_x);
	for (size_t i = 0; i < N; i++) {
		struct given given;
		struct nonce_source nonces = {given_next, &given};
		struct opening opening;
		struct bytes again;

		solve_secrets(&opening, &scope, tag);
		opening.r = logs_r(&logs, log_c[i], opening.s);
		solve_nonces(&given, &logs, &ring.ring, &scope, i, &opening, proof, b, log_x,
			     log_c);
		/* By the real signer, as member i. */
		again = test_sign_with(&ring.ring, &scope.scope, message, &opening, &nonces);
		assert_true(bytes_are_equal(again, proof));
		free((void *)again.data);
	}
	free((void *)proof.data);
	test_ring_free(&ring);
	logs_end();
}

static enum undersign_status zeros(void *cookie, uint8_t *out, size_t len)
{
	(void)cookie;
	memset(out, 0, len);
	return UNDERSIGN_OK;
}

/* Nonces that depend on secret and statement alone: what deterministic signing would be. */
static const struct random_source no_randomness = {zeros, NULL};

/* s of a member, from his tags in K scopes. */
static void secrets_from_tags(struct scalar s[static TAG_DIMENSION],
			      const struct logs_scope *scopes, const struct scalar *tags)
{
	struct scalar matrix[SOLVE_MAX][SOLVE_MAX];

	for (unsigned e = 0; e < TAG_DIMENSION; e++) {
		for (unsigned j = 0; j < TAG_DIMENSION; j++)
			matrix[e][j] = scopes[e].u[j];
		s[e] = tags[e];
	}
	assert_true(solve(matrix, s, TAG_DIMENSION));
}

enum made { MADE_PROOF, MADE_WITHDRAWAL };

static struct bytes make(enum made what, const struct test_ring *ring, const struct scope *scope,
			 const struct opening *opening, const struct random_source *random)
{
	size_t len = what == MADE_PROOF ? proof_len(N) : SIGMA_WITHDRAW_BYTES;
	size_t scratch_len = proof_sign_scratch_len(N);
	uint8_t *out = support_memory(len), *scratch = support_memory(scratch_len);

	if (what == MADE_PROOF)
		assert_int_equal(proof_sign(out, len, &generators, &ring->ring, scope, message,
					    opening, random, NULL, scratch, scratch_len),
				 UNDERSIGN_OK);
	else
		assert_int_equal(sigma_withdraw_make(out, scope, message, opening, random),
				 UNDERSIGN_OK);
	free(scratch);
	return bytes_from(out, len);
}

/* The adversary: from tags and logarithms he has s; each member k fits, with just one r_k. If
 * the nonces follow from (s, r), he makes the statement again as each, and compares. */
static size_t count_fitting(enum made what, const struct logs *logs, const struct test_ring *ring,
			    const struct logs_scope *scopes, size_t signer, struct bytes made,
			    size_t *out_last)
{
	struct scalar tags[TAG_DIMENSION];
	size_t n_fitting = 0;

	for (unsigned e = 0; e < TAG_DIMENSION; e++)
		tags[e] = logs_tag(&scopes[e], &ring->openings[signer]);
	for (size_t k = 0; k < N; k++) {
		struct opening candidate;
		struct bytes again;

		secrets_from_tags(candidate.s, scopes, tags);
		candidate.r = logs_r(logs, logs_commitment(logs, &ring->openings[k]), candidate.s);
		again = make(what, ring, &scopes[0].scope, &candidate, &no_randomness);
		if (bytes_are_equal(again, made)) {
			*out_last = k;
			n_fitting++;
		}
		free((void *)again.data);
	}
	return n_fitting;
}

static void deterministic_nonces(enum made what)
{
	const size_t signer = 4;
	struct logs logs;
	struct logs_scope scopes[TAG_DIMENSION];
	struct test_ring ring;
	struct bytes made;
	size_t found = N;

	logs_begin(&logs);
	for (unsigned e = 0; e < TAG_DIMENSION; e++)
		logs_scope_new(&scopes[e], "a letter\n");
	test_ring_new(&ring, N, "org");
	made = make(what, &ring, &scopes[0].scope, &ring.openings[signer], &no_randomness);
	assert_int_equal(count_fitting(what, &logs, &ring, scopes, signer, made, &found), 1);
	assert_int_equal(found, signer);
	free((void *)made.data);
	/* With the generator's bytes none of them fits better than another. */
	made = make(what, &ring, &scopes[0].scope, &ring.openings[signer], &support_random);
	assert_int_equal(count_fitting(what, &logs, &ring, scopes, signer, made, &found), 0);
	free((void *)made.data);
	test_ring_free(&ring);
	logs_end();
}

static void test_m9_deterministic_nonces(void **state)
{
	(void)state;
	deterministic_nonces(MADE_PROOF);
}

static void test_m19_deterministic_withdrawal(void **state)
{
	(void)state;
	deterministic_nonces(MADE_WITHDRAWAL);
}

/* The weakened credential of M-10: everything from one short seed. */
static void opening_from_short_seed(struct opening *out, uint16_t seed)
{
	for (unsigned j = 0; j <= TAG_DIMENSION; j++) {
		uint8_t input[3] = {(uint8_t)seed, (uint8_t)(seed >> 8), (uint8_t)j};
		uint8_t digest[SHA512_BYTES];

		sha512(digest, bytes_from(input, sizeof input));
		scalar_reduce_wide(j < TAG_DIMENSION ? &out->s[j] : &out->r, digest);
	}
}

static void test_m10_seed_is_searched(void **state)
{
	const uint16_t secret = 173;
	uint8_t tag[POINT_BYTES], source[POINT_BYTES], got[POINT_BYTES];
	struct opening opening;
	struct scope scope;
	size_t n_linked = 0;

	(void)state;
	scope_new_letter(&scope, bytes_from_text("a letter\n"));
	opening_from_short_seed(&opening, secret);
	assert_int_equal(opening_tag(tag, &scope, &opening), UNDERSIGN_OK);
	opening_commit_encoded(source, &generators, &opening);
	for (uint16_t seed = 0; seed < 256; seed++) {
		opening_from_short_seed(&opening, seed);
		assert_int_equal(opening_tag(got, &scope, &opening), UNDERSIGN_OK);
		if (memcmp(got, tag, POINT_BYTES) != 0)
			continue;
		opening_commit_encoded(got, &generators, &opening);
		assert_memory_equal(got, source, POINT_BYTES);
		assert_int_equal(seed, secret);
		n_linked++;
	}
	assert_int_equal(n_linked, 1);
}

struct counted {
	size_t used, changed;
};

static enum undersign_status counted_fill(void *cookie, uint8_t *out, size_t len)
{
	struct counted *counted = cookie;

	for (size_t k = 0; k < len; k++, counted->used++)
		out[k] = (uint8_t)(counted->used * 7 + (counted->used == counted->changed));
	return UNDERSIGN_OK;
}

/* The real one: 64 bytes for each scalar, each scalar from its own bytes alone. */
static void test_m10_scalars_are_independent(void **state)
{
	struct opening before, after;
	struct counted counted = {0, SIZE_MAX};
	struct random_source random = {counted_fill, &counted};
	const size_t n = TAG_DIMENSION + 1;

	(void)state;
	assert_int_equal(opening_new(&before, &random), UNDERSIGN_OK);
	assert_int_equal(counted.used, 64 * n);
	for (size_t k = 0; k < n; k++) {
		uint8_t was[OPENING_BYTES], is[OPENING_BYTES];

		counted = (struct counted){0, 64 * k + 63};
		assert_int_equal(opening_new(&after, &random), UNDERSIGN_OK);
		opening_encode(was, &before);
		opening_encode(is, &after);
		for (size_t at = 0; at < n; at++)
			assert_int_equal(memcmp(was + 32 * at, is + 32 * at, 32) != 0, at == k);
	}
}

/* K tags fit any member, and any K members; with one more, an unbounded adversary links. */
static void test_m11_more_than_k_scopes(void **state)
{
	struct logs logs;
	struct logs_scope scopes[TAG_DIMENSION + 1];
	struct test_ring ring;
	struct opening candidate;
	struct scalar tags[TAG_DIMENSION + 1], expected;

	(void)state;
	logs_begin(&logs);
	test_ring_new(&ring, N, "org");
	for (unsigned e = 0; e <= TAG_DIMENSION; e++)
		logs_scope_new(&scopes[e], "a letter\n");
	/* All by member 2: the first K predict the next. */
	for (unsigned e = 0; e <= TAG_DIMENSION; e++)
		tags[e] = logs_tag(&scopes[e], &ring.openings[2]);
	secrets_from_tags(candidate.s, scopes, tags);
	expected = logs_tag(&scopes[TAG_DIMENSION], &candidate);
	assert_true(scalar_is_equal(&expected, &tags[TAG_DIMENSION]));
	/* Each by another member: there is one s for the first K none the less, and an r for every
	 * entry, so K tags say nothing; only the next one tells. */
	for (unsigned e = 0; e <= TAG_DIMENSION; e++)
		tags[e] = logs_tag(&scopes[e], &ring.openings[e]);
	secrets_from_tags(candidate.s, scopes, tags);
	for (unsigned e = 0; e < TAG_DIMENSION; e++) {
		expected = logs_tag(&scopes[e], &candidate);
		assert_true(scalar_is_equal(&expected, &tags[e]));
	}
	for (size_t k = 0; k < N; k++) {
		struct scalar c = logs_commitment(&logs, &ring.openings[k]), again;

		candidate.r = logs_r(&logs, c, candidate.s);
		again = logs_commitment(&logs, &candidate);
		assert_true(scalar_is_equal(&again, &c));
	}
	expected = logs_tag(&scopes[TAG_DIMENSION], &candidate);
	assert_false(scalar_is_equal(&expected, &tags[TAG_DIMENSION]));
	test_ring_free(&ring);
	logs_end();
}

/* H = h G_1 with h known: one entry has as many openings, and tags, as its owner likes. */
static void test_m12_known_relation(void **state)
{
	struct generators real = generators;
	struct scalar h = support_scalar(), inverse;
	struct test_ring ring;
	struct scope scope;
	struct opening other;
	struct point g1 = test_from_affine(&generators.g[0]);
	struct bytes proofs[2];
	uint8_t out[PROOF_LEN_MAX];
	size_t len = proof_sign_scratch_len(N);
	void *scratch = support_memory(len);

	(void)state;
	scope_new_letter(&scope, bytes_from_text("a letter\n"));
	generators.h = test_affine(test_mul(&h, &g1));
	test_ring_new(&ring, N, "org");
	other = ring.openings[1];
	scalar_invert(&inverse, &h);
	other.s[0] = test_sum(other.s[0], scalar_one);
	other.r = test_difference(other.r, inverse);
	proofs[0] = test_sign(&ring.ring, &scope, message, &ring.openings[1]);
	proofs[1] = test_sign(&ring.ring, &scope, message, &other);
	assert_true(test_is_valid(&ring.ring, &scope, message, proofs[0]));
	assert_true(test_is_valid(&ring.ring, &scope, message, proofs[1]));
	assert_memory_not_equal(proofs[0].data, proofs[1].data, POINT_BYTES);
	test_ring_free(&ring);
	free((void *)proofs[0].data);
	free((void *)proofs[1].data);
	/* With the generators of the protocol it opens nothing. */
	generators = real;
	test_ring_new(&ring, N, "org");
	other = ring.openings[1];
	other.s[0] = test_sum(other.s[0], scalar_one);
	other.r = test_difference(other.r, inverse);
	assert_int_equal(proof_sign(out, proof_len(N), &generators, &ring.ring, &scope, message,
				    &other, &support_random, NULL, scratch, len),
			 UNDERSIGN_E_MISSING);
	test_ring_free(&ring);
	free(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_m8_every_member_could_have),
		cmocka_unit_test(test_m9_deterministic_nonces),
		cmocka_unit_test(test_m19_deterministic_withdrawal),
		cmocka_unit_test(test_m10_seed_is_searched),
		cmocka_unit_test(test_m10_scalars_are_independent),
		cmocka_unit_test(test_m11_more_than_k_scopes),
		cmocka_unit_test(test_m12_known_relation),
	};

	support_begin("attacks-known-logs");
	message = bytes_from_text("message");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
