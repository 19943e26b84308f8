/* The attacks of protocol 14.9 but those on hashes (attacks_hash.c) and on the log (letter). Each
 * is tried on the real thing, and beside it something that must go through, or a variant without
 * the defence that falls. */
#include "poll_support.h"

#include "memory.h"

#include <stdlib.h>

static struct test_trustees trustees, others;
static struct test_poll poll;

/* what somebody else answered, as it is, under another tag, ring, scope, key or shape. */
static void test_copied(void **state)
{
	struct test_answer answer, thief;
	struct answer_item item;
	struct test_poll elsewhere;

	(void)state;
	test_answer_new(&answer, &poll);
	test_answer_new(&thief, &poll);
	assert_true(test_answer_is_valid(&answer, &poll));
	item = answer.item;
	item.tag = thief.tag;
	assert_false(test_answer_both(&poll.poll, &item));
	item = answer.item;
	item.ring_id = thief.ring_id;
	assert_false(test_answer_both(&poll.poll, &item));
	test_poll_new(&elsewhere, &trustees, &test_one_of_four, "another poll");
	assert_false(test_answer_both(&elsewhere.poll, &answer.item));
	test_poll_new(&elsewhere, &others, &test_one_of_four, "a poll");
	assert_false(test_answer_both(&elsewhere.poll, &answer.item));
	elsewhere = poll;
	elsewhere.poll.shape = &elsewhere.shape;
	elsewhere.shape.questions[0].min = 0; /* of other lengths: not even looked at */
	assert_false(test_answer_both(&elsewhere.poll, &answer.item));
	/* The same proofs for two options that change places. */
	memcpy(thief.data, answer.data, answer.item.answer.len);
	memcpy(thief.data, answer.data + CIPHERTEXT_BYTES, CIPHERTEXT_BYTES);
	memcpy(thief.data + CIPHERTEXT_BYTES, answer.data, CIPHERTEXT_BYTES);
	item = answer.item;
	item.answer.data = thief.data;
	assert_false(test_answer_both(&poll.poll, &item));
}

/* Q-1, malleability: the same plaintext, randomised anew, needs a proof of its own: r is not known
 * to the thief, so the best that he has are the old proofs. */
static void test_randomised(void **state)
{
	const struct scalar extra = support_scalar();
	struct point r, s, more, y = test_from_affine(&trustees.trustees.key.y);
	struct test_answer answer;

	(void)state;
	test_answer_new(&answer, &poll);
	r = test_decode(answer.data);
	s = test_decode(answer.data + POINT_BYTES);
	more = test_base_mul(&extra);
	r = test_point_sum(r, more);
	more = test_mul(&extra, &y);
	s = test_point_sum(s, more);
	test_encode(answer.data, &r);
	test_encode(answer.data + POINT_BYTES, &s);
	assert_false(test_answer_is_valid(&answer, &poll));
}

/* An answer by somebody who encrypts whatever values he likes and proves as honestly as one can:
 * the prover's own code, with secrets that it would refuse. */
static bool holds_for(const uint64_t *values)
{
	struct answer_secret secret = {0};
	struct test_answer answer;
	struct point y = test_from_affine(&trustees.trustees.key.y);

	test_answer_new(&answer, &poll);
	for (size_t o = 0; o < 4; o++) {
		struct scalar v = test_u64(values[o]);
		struct point r, s, part;

		/* UINT64_MAX stands for -1. */
		if (values[o] == UINT64_MAX)
			scalar_neg(&v, &scalar_one);
		secret.choices[o] = values[o];
		secret.r[o] = support_scalar();
		r = test_base_mul(&secret.r[o]);
		s = test_mul(&secret.r[o], &y);
		part = test_base_mul(&v);
		s = test_point_sum(s, part);
		test_encode(answer.data + CIPHERTEXT_BYTES * o, &r);
		test_encode(answer.data + CIPHERTEXT_BYTES * o + POINT_BYTES, &s);
	}
	assert_int_equal(answer_prove_with(answer.data, &poll.poll, answer.data, &secret,
					   answer.ring_id, answer.tag, &support_nonces),
			 UNDERSIGN_OK);
	return test_answer_is_valid(&answer, &poll);
}

/* */
static void test_outside(void **state)
{
	static const uint64_t bad[][4] = {
		{2, 0, 0, 0},          {0, 0, 0, 1000000},    {1, 1, 0, 0}, {0, 0, 0, 0},
		{2, UINT64_MAX, 0, 0}, {1, 1, UINT64_MAX, 0}, {1, 1, 1, 1}};
	static const uint64_t good[4] = {0, 0, 1, 0};

	(void)state;
	assert_true(holds_for(good));
	for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
		assert_false(holds_for(bad[k]));
}

/* what is no element, or the identity where a key must stand. */
static void test_encodings(void **state)
{
	/* No square, negative, p + 2 (not canonical), all ones. */
	static const uint8_t bad[][POINT_BYTES] = {
		{0x3e},
		{0x01},
		{0xef, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
		{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
	const size_t commitments = shape_ciphertexts_len(&test_one_of_four);
	const size_t responses = commitments + shape_commitments_len(&test_one_of_four);
	struct test_answer answer, changed;
	struct point point;

	(void)state;
	test_answer_new(&answer, &poll);
	for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
		assert_int_not_equal(point_decode_vartime(&point, bad[k]), UNDERSIGN_OK);
		changed = answer;
		changed.item.answer.data = changed.data;
		memcpy(changed.data + POINT_BYTES, bad[k], POINT_BYTES);
		assert_false(test_answer_is_valid(&changed, &poll));
		changed = answer;
		changed.item.answer.data = changed.data;
		memcpy(changed.data + commitments, bad[k], POINT_BYTES);
		assert_false(test_answer_is_valid(&changed, &poll));
	}
	/* Every response with l added. */
	for (size_t at = responses; at < answer.item.answer.len; at += SCALAR_BYTES) {
		static const uint8_t order[SCALAR_BYTES] = {
			0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
			0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
			0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
		unsigned carry = 0;

		changed = answer;
		changed.item.answer.data = changed.data;
		for (size_t b = 0; b < SCALAR_BYTES; b++) {
			carry += changed.data[at + b] + order[b];
			changed.data[at + b] = (uint8_t)carry;
			carry >>= 8;
		}
		assert_false(test_answer_is_valid(&changed, &poll));
	}
}

/* identities as keys. Each proof holds for the equation, with secret 0. */
static void test_identities(void **state)
{
	static uint8_t key[TRUSTEE_KEY_BYTES], deal[TRUSTEE_DEAL_MAX], zeros[TRUSTEE_ACCEPT_BYTES];
	const struct ceremony *ceremony = &trustees.ceremony;
	const struct bytes whole = bytes_from(deal, trustee_deal_len(ceremony));
	struct scalar f[3] = {scalar_zero, support_scalar(), support_scalar()};
	const struct scalar tau = support_scalar();

	(void)state;
	/* E = 0, R = 0, z = 0. */
	assert_false(trustee_key_is_valid_vartime(bytes_from_text("a"), key));
	/* F_0 = 0, T = 0: a deal whose pads everybody knows. */
	test_deal_with(deal, ceremony, 1, f, &tau, 0);
	assert_false(trustee_deal_is_valid_vartime(ceremony, 1, whole));
	f[0] = support_scalar();
	test_deal_with(deal, ceremony, 1, f, &scalar_zero, 0);
	assert_false(trustee_deal_is_valid_vartime(ceremony, 1, whole));
	test_deal_with(deal, ceremony, 1, f, &tau, 0);
	assert_true(trustee_deal_is_valid_vartime(ceremony, 1, whole));
	/* Keys that cancel: Y = 0. Two trustees who know both polynomials. */
	static struct test_trustees two;
	struct problem problem = {0};
	struct trustees out;

	test_trustees_new(&two, 1, 2);
	test_deal_with(two.dealt[0], &two.ceremony, 1, f, &tau, 0);
	scalar_neg(&f[0], &f[0]);
	test_deal_with(two.dealt[1], &two.ceremony, 2, f, &tau, 0);
	two.accept_at[0] = two.accept_at[1] = zeros;
	assert_int_equal(trustees_new(&out, &two.ceremony, two.deals, two.accept_at, &problem),
			 UNDERSIGN_E_INVALID);
	assert_string_equal(problem.rule, "the trustees' key is not zero");
}

/* z G - c R - A of an answer's first value: 0 if E4 holds. */
static struct point fault_of(const struct test_answer *answer)
{
	const uint8_t *commitment = answer->data + shape_ciphertexts_len(&test_one_of_four);
	const uint8_t *response = commitment + shape_commitments_len(&test_one_of_four);
	struct scalar c, z = test_scalar_decode(response + SCALAR_BYTES);
	struct point out = test_base_mul(&z), r = test_decode(answer->data), a;

	answer_challenge(&c, &poll.poll, answer->ring_id, answer->tag, answer->data);
	c = test_difference(c, test_scalar_decode(response));
	r = test_mul(&c, &r);
	point_sub(&out, &out, &r);
	a = test_decode(commitment);
	point_sub(&out, &out, &a);
	return out;
}

/* two bad answers whose faults cancel where all weights are 1. */
static void test_cancelling(void **state)
{
	struct test_answer pair[2];
	struct answer_item items[2];
	bool verdicts[2];
	const size_t len = answer_batch_scratch_len(&test_one_of_four, 2);
	const size_t at = shape_ciphertexts_len(&test_one_of_four) +
			  shape_commitments_len(&test_one_of_four) + SCALAR_BYTES;
	void *scratch = support_memory(len);
	struct point faults[2], sum;

	(void)state;
	/* z + 1 in the one, z - 1 in the other. */
	for (size_t k = 0; k < 2; k++) {
		struct scalar z;

		test_answer_new(&pair[k], &poll);
		sum = fault_of(&pair[k]);
		assert_true(point_is_identity(&sum));
		z = test_scalar_decode(pair[k].data + at);
		z = k == 0 ? test_sum(z, scalar_one) : test_difference(z, scalar_one);
		scalar_encode(pair[k].data + at, &z);
		items[k] = pair[k].item;
		faults[k] = fault_of(&pair[k]);
		assert_false(point_is_identity(&faults[k]));
	}
	/* The control: with equal weights the sum is what it would be of two good ones. */
	sum = test_point_sum(faults[0], faults[1]);
	assert_true(point_is_identity(&sum));
	assert_false(
		answer_batch_is_valid_vartime(verdicts, &poll.poll, items, 2, NULL, scratch, len));
	assert_false(verdicts[0]);
	assert_false(verdicts[1]);
	free(scratch);
}

/* shares for another poll, other sums, another key; D off by a point. */
static void test_other_shares(void **state)
{
	uint8_t sums[2][CIPHERTEXT_BYTES * 4], scratch[POINT_BYTES * 4], share[POINT_BYTES * 6];
	struct share_poll about[2] = {{&trustees.trustees, poll.scope.bytes, sums[0], 4},
				      {&trustees.trustees, poll.scope.bytes, sums[1], 4}};
	const struct bytes whole = bytes_from(share, sizeof share);
	struct share_poll changed = about[0];
	struct test_poll elsewhere;
	struct test_answer answer;
	struct point point, base;

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		test_answer_new(&answer, &poll);
		memcpy(sums[k], answer.data, sizeof sums[k]);
	}
	assert_int_equal(
		share_make(share, &about[0], 2, &trustees.shares[1], &support_random, scratch),
		UNDERSIGN_OK);
	assert_true(share_is_valid_vartime(&about[0], 2, whole, scratch));
	assert_false(share_is_valid_vartime(&about[1], 2, whole, scratch));
	assert_false(share_is_valid_vartime(&about[0], 1, whole, scratch));
	assert_false(share_is_valid_vartime(&about[0], 0, whole, scratch));
	assert_false(share_is_valid_vartime(&about[0], 4, whole, scratch));
	test_poll_new(&elsewhere, &trustees, &test_one_of_four, "another poll");
	changed.scope = elsewhere.scope.bytes;
	assert_false(share_is_valid_vartime(&changed, 2, whole, scratch));
	changed = about[0];
	changed.trustees = &others.trustees;
	assert_false(share_is_valid_vartime(&changed, 2, whole, scratch));
	changed = about[0];
	changed.n_sums = 3;
	assert_false(share_is_valid_vartime(&changed, 2, whole, scratch));
	/* One answer more for the last option: D_4 less G. */
	point = test_decode(share + 3 * POINT_BYTES);
	point_base(&base);
	point_sub(&point, &point, &base);
	test_encode(share + 3 * POINT_BYTES, &point);
	assert_false(share_is_valid_vartime(&about[0], 2, whole, scratch));
}

/* a deal with F_0 = z G - (those of the others), so that Y = z G would be the attacker's own.
 * He knows no f_0 for it, and so copies or simulates. */
static void test_rogue_key(void **state)
{
	const struct ceremony *ceremony = &trustees.ceremony;
	struct scalar f[3] = {support_scalar(), support_scalar(), support_scalar()};
	const struct scalar z = support_scalar(), tau = support_scalar();
	static uint8_t rogue[TRUSTEE_DEAL_MAX];
	struct bytes deals[3] = {trustees.deals[0], trustees.deals[1],
				 bytes_from(rogue, trustee_deal_len(ceremony))};
	struct problem problem = {0};
	struct trustees out;
	struct point own, part;

	(void)state;
	test_deal_with(rogue, ceremony, 3, f, &tau, 0);
	assert_true(trustee_deal_is_valid_vartime(ceremony, 3, deals[2]));
	own = test_base_mul(&z);
	for (size_t k = 0; k < 2; k++) {
		part = test_decode(deals[k].data);
		point_sub(&own, &own, &part);
	}
	test_encode(rogue, &own);
	/* The control: with it the key would be z G, which he can use alone. */
	for (size_t k = 0; k < 2; k++) {
		part = test_decode(deals[k].data);
		own = test_point_sum(own, part);
	}
	part = test_base_mul(&z);
	assert_true(point_is_equal(&own, &part));
	assert_int_equal(trustees_new(&out, ceremony, deals, trustees.accept_at, &problem),
			 UNDERSIGN_E_INVALID);
	assert_string_equal(problem.where, "trustee 3");
	/* Nor another's deal as one's own. */
	deals[2] = trustees.deals[0];
	assert_int_equal(trustees_new(&out, ceremony, deals, trustees.accept_at, &problem),
			 UNDERSIGN_E_INVALID);
	assert_string_equal(problem.where, "trustee 3");
}

/* T copied from an honest dealer, so that a complaint shows what takes his pads off. */
static void test_copied_t(void **state)
{
	const struct ceremony *ceremony = &trustees.ceremony;
	const size_t at = POINT_BYTES * ceremony->threshold;
	struct scalar f[3] = {support_scalar(), support_scalar(), support_scalar()};
	const struct scalar tau = support_scalar();
	static uint8_t copy[TRUSTEE_DEAL_MAX];

	(void)state;
	test_deal_with(copy, ceremony, 3, f, &tau, 0);
	memcpy(copy + at, trustees.dealt[0] + at, POINT_BYTES);
	assert_false(trustee_deal_is_valid_vartime(ceremony, 3,
						   bytes_from(copy, trustee_deal_len(ceremony))));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copied),       cmocka_unit_test(test_randomised),
		cmocka_unit_test(test_outside),      cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_identities),   cmocka_unit_test(test_cancelling),
		cmocka_unit_test(test_other_shares), cmocka_unit_test(test_rogue_key),
		cmocka_unit_test(test_copied_t),
	};

	poll_support_begin("test-poll-attacks");
	test_trustees_new(&trustees, 2, 3);
	test_trustees_new(&others, 2, 3);
	test_poll_new(&poll, &trustees, &test_one_of_four, "a poll");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
