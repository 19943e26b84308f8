/* The linear proofs of protocol 7: they hold, they hold for nothing else, and the designated one
 * could have been made by its verifier. */
#include "lab.h"

#include "sigma.h"

#include "memory.h"

#include <stdlib.h>

static struct test_ring ring, other;
static struct scope scope, another;
static struct bytes message, text;
static struct scalar v;
static uint8_t vk[POINT_BYTES], tag[POINT_BYTES];

/* Every byte changed, every length but the right one. */
static void expect_only_these_bytes(struct bytes proof, bool (*is_valid)(struct bytes))
{
	uint8_t *bent = support_memory(proof.len + 1);

	memcpy(bent, proof.data, proof.len);
	bent[proof.len] = 0;
	assert_true(is_valid(bytes_from(bent, proof.len)));
	for (size_t at = 0; at < proof.len; at++) {
		bent[at] ^= (uint8_t)(1u << (at & 7));
		assert_false(is_valid(bytes_from(bent, proof.len)));
		bent[at] ^= (uint8_t)(1u << (at & 7));
		assert_false(is_valid(bytes_from(bent, at)));
	}
	assert_false(is_valid(bytes_from(bent, proof.len + 1)));
	/* l added to each scalar: the last ones are scalars in each of the proofs. */
	for (size_t at = proof.len - 32; at < proof.len; at++)
		bent[at] = 0xff;
	assert_false(is_valid(bytes_from(bent, proof.len)));
	free(bent);
}

static bool register_holds(struct bytes proof)
{
	struct sigma_registration registration = {text, message, 2, ring.sources[1]};

	return sigma_register_is_valid_vartime(&generators, &registration, proof);
}

static void test_register(void **state)
{
	static const uint8_t identity[POINT_BYTES];
	struct sigma_registration registration = {text, message, 2, ring.sources[1]};
	uint8_t out[SIGMA_REGISTER_BYTES];
	struct bytes proof = bytes_from(out, sizeof out);

	(void)state;
	assert_int_equal(sigma_register_make(out, &generators, &registration, &ring.openings[1],
					     &support_random),
			 UNDERSIGN_OK);
	expect_only_these_bytes(proof, register_holds);
	registration.org = message;
	assert_false(sigma_register_is_valid_vartime(&generators, &registration, proof));
	registration.org = text;
	registration.meta = text;
	assert_false(sigma_register_is_valid_vartime(&generators, &registration, proof));
	registration.meta = message;
	registration.commitment = ring.sources[2];
	assert_false(sigma_register_is_valid_vartime(&generators, &registration, proof));
	/* Not for a commitment that is somebody else's, nor for none. */
	assert_int_equal(sigma_register_make(out, &generators, &registration, &ring.openings[1],
					     &support_random),
			 UNDERSIGN_E_INVALID);
	registration.commitment = identity;
	memset(out, 0, sizeof out);
	assert_false(sigma_register_is_valid_vartime(&generators, &registration, proof));
}

/* 700 of them in one audit, bad ones found by name. */
static void test_register_batch(void **state)
{
	enum { MANY = 700 };
	static const uint8_t identity[POINT_BYTES];
	struct sigma_registration *all = support_memory(MANY * sizeof *all);
	const uint8_t **proofs = support_memory(MANY * sizeof *proofs);
	uint8_t made[5][SIGMA_REGISTER_BYTES], bent[SIGMA_REGISTER_BYTES];
	uint8_t noise[SIGMA_REGISTER_BYTES];
	bool *verdicts = support_memory(MANY);
	size_t len = sigma_register_batch_scratch_len(MANY);
	void *scratch = support_memory(len);

	(void)state;
	for (size_t k = 0; k < MANY; k++) {
		all[k] = (struct sigma_registration){text, message, (uint32_t)(k % 5),
						     ring.sources[k % 5]};
		if (k < 5)
			assert_int_equal(sigma_register_make(made[k], &generators, &all[k],
							     &ring.openings[k], &support_random),
					 UNDERSIGN_OK);
		proofs[k] = made[k % 5];
	}
	assert_true(sigma_register_batch_vartime(verdicts, &generators, all, proofs, MANY, NULL,
						 scratch, len));
	memcpy(bent, made[3], sizeof bent);
	bent[POINT_BYTES] ^= 1;
	memset(noise, 0xff, sizeof noise);
	proofs[3] = bent;
	proofs[511] = made[2];
	proofs[512] = noise;
	all[513].column = 9;
	all[699].commitment = identity;
	assert_false(sigma_register_batch_vartime(verdicts, &generators, all, proofs, MANY, noise,
						  scratch, len));
	for (size_t k = 0; k < MANY; k++) {
		assert_int_equal(verdicts[k], sigma_register_is_valid_vartime(
						      &generators, &all[k],
						      bytes_from(proofs[k], SIGMA_REGISTER_BYTES)));
		assert_int_equal(verdicts[k],
				 k != 3 && k != 511 && k != 512 && k != 513 && k != 699);
	}
	assert_true(sigma_register_batch_vartime(verdicts, &generators, all, proofs, 0, NULL,
						 scratch, len));
	free(scratch);
	free(verdicts);
	free(proofs);
	free(all);
}

static bool withdraw_holds(struct bytes proof)
{
	return sigma_withdraw_is_valid_vartime(&scope, message, proof);
}

static void test_withdraw(void **state)
{
	uint8_t out[SIGMA_WITHDRAW_BYTES];
	struct bytes proof = bytes_from(out, sizeof out);
	struct opening zero = {.r = scalar_one};

	(void)state;
	assert_int_equal(
		sigma_withdraw_make(out, &scope, message, &ring.openings[1], &support_random),
		UNDERSIGN_OK);
	assert_memory_equal(out, tag, POINT_BYTES);
	expect_only_these_bytes(proof, withdraw_holds);
	assert_false(sigma_withdraw_is_valid_vartime(&another, message, proof));
	assert_false(sigma_withdraw_is_valid_vartime(&scope, text, proof));
	memset(zero.s, 0, sizeof zero.s);
	assert_int_equal(sigma_withdraw_make(out, &scope, message, &zero, &support_random),
			 UNDERSIGN_E_INVALID);
	/* T = 0, R = 0, z = 0 satisfies the equation. */
	memset(out, 0, sizeof out);
	assert_false(withdraw_holds(proof));
}

static bool claim_holds(struct bytes proof)
{
	struct sigma_claim claim = {&ring.ring, 1, &scope, message};

	return sigma_claim_is_valid_vartime(&generators, &claim, proof);
}

static void test_claim(void **state)
{
	struct sigma_claim claim = {&ring.ring, 0, &scope, message};
	uint8_t out[SIGMA_CLAIM_BYTES];
	struct bytes proof = bytes_from(out, sizeof out);

	(void)state;
	assert_int_equal(sigma_claim_find(&claim.i, &generators, &ring.ring, &other.openings[0]),
			 UNDERSIGN_E_MISSING);
	assert_int_equal(sigma_claim_find(&claim.i, &generators, &ring.ring, &ring.openings[1]),
			 UNDERSIGN_OK);
	assert_int_equal(claim.i, 1);
	assert_int_equal(
		sigma_claim_make(out, &generators, &claim, &ring.openings[1], &support_random),
		UNDERSIGN_OK);
	assert_memory_equal(out, tag, POINT_BYTES);
	expect_only_these_bytes(proof, claim_holds);
	for (claim.i = 0; claim.i < ring.n + 2; claim.i++)
		assert_int_equal(sigma_claim_is_valid_vartime(&generators, &claim, proof),
				 claim.i == 1);
	claim.i = 1;
	claim.scope = &another;
	assert_false(sigma_claim_is_valid_vartime(&generators, &claim, proof));
	claim.scope = &scope;
	claim.payload = text;
	assert_false(sigma_claim_is_valid_vartime(&generators, &claim, proof));
	claim.payload = message;
	claim.ring = &other.ring;
	assert_false(sigma_claim_is_valid_vartime(&generators, &claim, proof));
	/* For another's place, or beyond the ring: no. */
	assert_int_equal(
		sigma_claim_make(out, &generators, &claim, &ring.openings[1], &support_random),
		UNDERSIGN_E_INVALID);
	claim.ring = &ring.ring;
	claim.i = ring.n;
	assert_int_equal(
		sigma_claim_make(out, &generators, &claim, &ring.openings[1], &support_random),
		UNDERSIGN_E_INVALID);
}

static bool dv_claim_holds(struct bytes proof)
{
	struct sigma_claim claim = {&ring.ring, 1, &scope, message};

	return sigma_dv_claim_is_valid_vartime(&generators, &claim, tag, vk, proof);
}

static void test_dv_claim(void **state)
{
	struct sigma_claim claim = {&ring.ring, 1, &scope, message};
	uint8_t out[SIGMA_DV_CLAIM_BYTES], wrong[POINT_BYTES];
	struct bytes proof = bytes_from(out, sizeof out);
	struct scalar w = support_scalar();

	(void)state;
	assert_int_equal(sigma_dv_claim_make(out, &generators, &claim, vk, &ring.openings[1],
					     &support_random),
			 UNDERSIGN_OK);
	expect_only_these_bytes(proof, dv_claim_holds);
	sigma_vk_public(wrong, &generators, &w);
	assert_false(sigma_dv_claim_is_valid_vartime(&generators, &claim, tag, wrong, proof));
	memset(wrong, 0, sizeof wrong);
	assert_false(sigma_dv_claim_is_valid_vartime(&generators, &claim, tag, wrong, proof));
	assert_false(sigma_dv_claim_is_valid_vartime(&generators, &claim, wrong, vk, proof));
	assert_int_equal(opening_tag(wrong, &scope, &ring.openings[2]), UNDERSIGN_OK);
	assert_false(sigma_dv_claim_is_valid_vartime(&generators, &claim, wrong, vk, proof));
	claim.i = 2;
	assert_false(sigma_dv_claim_is_valid_vartime(&generators, &claim, tag, vk, proof));
	assert_int_equal(sigma_dv_claim_make(out, &generators, &claim, vk, &ring.openings[1],
					     &support_random),
			 UNDERSIGN_E_INVALID);
	/* Neither secret: neither branch. */
	assert_int_equal(
		sigma_dv_claim_simulate(out, &generators, &claim, tag, &w, &support_random),
		UNDERSIGN_OK);
	assert_false(sigma_dv_claim_is_valid_vartime(&generators, &claim, tag, vk, proof));
}

/* The verifier makes, about anybody and any tag, what convinces just as much: so it convinces
 * nobody else. */
static void test_dv_claim_is_deniable(void **state)
{
	uint8_t out[SIGMA_DV_CLAIM_BYTES];

	(void)state;
	for (uint64_t i = 0; i < ring.n; i++)
		for (size_t t = 0; t < 2; t++) {
			struct sigma_claim claim = {&ring.ring, i, &scope, message};
			uint8_t any[POINT_BYTES];

			assert_int_equal(opening_tag(any, &scope,
						     t ? &ring.openings[i] : &other.openings[0]),
					 UNDERSIGN_OK);
			assert_int_equal(sigma_dv_claim_simulate(out, &generators, &claim, any, &v,
								 &support_random),
					 UNDERSIGN_OK);
			assert_true(sigma_dv_claim_is_valid_vartime(&generators, &claim, any, vk,
								    bytes_from(out, sizeof out)));
		}
}

static bool vk_holds(struct bytes proof)
{
	return sigma_vk_is_valid_vartime(&generators, message, vk, proof);
}

static void test_vk(void **state)
{
	uint8_t out[SIGMA_VK_BYTES];

	(void)state;
	assert_int_equal(sigma_vk_make(out, &generators, message, &v, &support_random),
			 UNDERSIGN_OK);
	expect_only_these_bytes(bytes_from(out, sizeof out), vk_holds);
	assert_false(sigma_vk_is_valid_vartime(&generators, text, vk, bytes_from(out, sizeof out)));
	assert_false(
		sigma_vk_is_valid_vartime(&generators, message, tag, bytes_from(out, sizeof out)));
}

static enum undersign_status broken(void *cookie, uint8_t *out, size_t len)
{
	(void)cookie;
	memset(out, 0xaa, len);
	return UNDERSIGN_E_SYSTEM;
}

/* No randomness: an error, and zeros. */
static void test_failing_randomness(void **state)
{
	const struct random_source random = {broken, NULL};
	struct sigma_claim claim = {&ring.ring, 1, &scope, message};
	struct sigma_registration registration = {text, message, 2, ring.sources[1]};
	uint8_t out[SIGMA_DV_CLAIM_BYTES];
	const struct opening *opening = &ring.openings[1];
	struct opening made;
	size_t lens[] = {SIGMA_REGISTER_BYTES, SIGMA_WITHDRAW_BYTES, SIGMA_CLAIM_BYTES,
			 SIGMA_DV_CLAIM_BYTES, SIGMA_VK_BYTES,       SIGMA_DV_CLAIM_BYTES};

	(void)state;
	for (unsigned k = 0; k < 6; k++) {
		enum undersign_status status[6] = {0};

		memset(out, 0xbb, sizeof out);
		switch (k) {
		case 0:
			status[k] = sigma_register_make(out, &generators, &registration, opening,
							&random);
			break;
		case 1:
			status[k] = sigma_withdraw_make(out, &scope, message, opening, &random);
			break;
		case 2:
			status[k] = sigma_claim_make(out, &generators, &claim, opening, &random);
			break;
		case 3:
			status[k] =
				sigma_dv_claim_make(out, &generators, &claim, vk, opening, &random);
			break;
		case 4:
			status[k] = sigma_vk_make(out, &generators, message, &v, &random);
			break;
		default:
			status[k] =
				sigma_dv_claim_simulate(out, &generators, &claim, tag, &v, &random);
		}
		assert_int_equal(status[k], UNDERSIGN_E_RANDOM);
		for (size_t at = 0; at < lens[k]; at++)
			assert_int_equal(out[at], 0);
	}
	assert_int_equal(opening_new(&made, &random), UNDERSIGN_E_RANDOM);
	for (unsigned j = 0; j < TAG_DIMENSION; j++)
		assert_true(scalar_is_zero(&made.s[j]));
	assert_true(scalar_is_zero(&made.r));
}

/* An opening's bytes, back and forth, and every scalar canonical. */
static void test_openings(void **state)
{
	uint8_t encoded[OPENING_BYTES], again[OPENING_BYTES];
	struct opening opening;

	(void)state;
	opening_encode(encoded, &ring.openings[0]);
	assert_int_equal(opening_decode(&opening, encoded), UNDERSIGN_OK);
	opening_encode(again, &opening);
	assert_memory_equal(encoded, again, sizeof encoded);
	for (unsigned j = 0; j <= TAG_DIMENSION; j++) {
		uint8_t was = encoded[32 * j + 31];

		encoded[32 * j + 31] = 0xff;
		assert_int_equal(opening_decode(&opening, encoded), UNDERSIGN_E_ENCODING);
		assert_true(scalar_is_zero(&opening.s[0]) && scalar_is_zero(&opening.r));
		encoded[32 * j + 31] = was;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_register), cmocka_unit_test(test_register_batch),
		cmocka_unit_test(test_withdraw), cmocka_unit_test(test_claim),
		cmocka_unit_test(test_dv_claim), cmocka_unit_test(test_dv_claim_is_deniable),
		cmocka_unit_test(test_vk),       cmocka_unit_test(test_failing_randomness),
		cmocka_unit_test(test_openings),
	};
	int failed;

	support_begin("test-proof-sigma");
	message = bytes_from_text("message");
	text = bytes_from_text("another");
	scope_new_letter(&scope, bytes_from_text("a letter\n"));
	scope_new_letter(&another, bytes_from_text("another letter\n"));
	test_ring_new(&ring, 5, "org");
	test_ring_new(&other, 5, "other");
	v = support_scalar();
	sigma_vk_public(vk, &generators, &v);
	if (opening_tag(tag, &scope, &ring.openings[1]) != UNDERSIGN_OK)
		return 2;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	test_ring_free(&ring);
	test_ring_free(&other);
	return failed;
}
