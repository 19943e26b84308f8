/* C-1, C-7 and what signing must refuse: completeness over ring sizes and members, sizes, tags,
 * nonces. */
#include "lab.h"

#include "message.h"
#include "sign.h"

#include "memory.h"

#include <stdlib.h>

static struct scope scope;
static struct bytes message;

/* Protocol 5: the sizes, with n_d and m worked out by hand. */
static void test_sizes(void **state)
{
	static const struct {
		uint64_t n;
		size_t len;
	} known[] = {{40, 672},         {500, 896},      {4096, 1088},  {20000, 1280},
		     {1 << 17, 1408},   {1000000, 1600}, {2, 32 * 12},  {3, 32 * 13},
		     {4, 32 * 14},      {5, 32 * 16},    {16, 32 * 18}, {17, 32 * 20},
		     {1 << 22, 32 * 54}};

	(void)state;
	for (size_t k = 0; k < sizeof known / sizeof *known; k++)
		assert_int_equal(proof_len(known[k].n), known[k].len);
	assert_int_equal(proof_len(RING_MAX), PROOF_LEN_MAX);
	assert_int_equal(proof_len(0), 0);
	assert_int_equal(proof_len(1), 0);
	assert_int_equal(proof_len(RING_MAX + 1), 0);
	assert_int_equal(proof_sign_scratch_len(1), 0);
}

static void test_digits(void **state)
{
	(void)state;
	for (uint64_t n = RING_MIN; n < 5000; n++) {
		struct digits digits = digits_of_ring(n);
		uint64_t below = (uint64_t)1 << (2 * (digits.n_digits - 1)), padded;

		padded = below * digits.top_radix;
		assert_true(padded >= n && padded < n + below);
		assert_in_range(digits.top_radix, 2, 4);
		assert_true(below * 4 >= n && (below < n || n <= 4));
	}
}

static void check_member(const struct test_ring *ring, size_t i)
{
	struct bytes proof = test_sign(&ring->ring, &scope, message, &ring->openings[i]);
	uint8_t tag[POINT_BYTES];

	assert_int_equal(opening_tag(tag, &scope, &ring->openings[i]), UNDERSIGN_OK);
	assert_memory_equal(proof_tag(proof), tag, POINT_BYTES);
	assert_true(test_is_valid(&ring->ring, &scope, message, proof));
	assert_false(test_is_valid(&ring->ring, &scope, bytes_from("x", 1), proof));
	free((void *)proof.data);
}

/* Full: N = 2..64 with every member, N <= 256 in steps, powers to 4096. Short: one member, or
 * three. */
static void test_completeness(void **state)
{
	(void)state;
	for (size_t n = 2; n <= 64; n++) {
		struct test_ring ring;

		test_ring_new(&ring, n, "org");
		if (support_is_full()) {
			for (size_t i = 0; i < n; i++)
				check_member(&ring, i);
		} else {
			check_member(&ring, (size_t)support_below(n));
			if (n % 8 <= 1) {
				check_member(&ring, 0);
				check_member(&ring, n - 1);
			}
		}
		test_ring_free(&ring);
	}
	for (size_t n = 65; n <= 256 && support_is_full(); n += 13) {
		struct test_ring ring;

		test_ring_new(&ring, n, "org");
		for (size_t i = 0; i < n; i++)
			check_member(&ring, i);
		test_ring_free(&ring);
	}
	for (size_t n = 256; n <= (support_is_full() ? 4096 : 256); n *= 2)
		for (size_t k = 0; k < 3; k++) {
			struct test_ring ring;
			size_t i = k == 0 ? 0 : k == 1 ? n - 1 : (size_t)support_below(n);

			test_ring_new_large(&ring, n, i, "org");
			check_member(&ring, i);
			test_ring_free(&ring);
		}
}

/* The literal verifier accepts what the real signer makes, and the other way round. */
static void test_literal_prover_and_verifier(void **state)
{
	(void)state;
	for (size_t n = 2; n <= 34; n += 8) {
		struct test_ring ring;
		struct bytes proof;
		struct lab lab;
		size_t i = (size_t)support_below(n);

		test_ring_new(&ring, n, "org");
		proof = test_sign(&ring.ring, &scope, message, &ring.openings[i]);
		assert_true(lab_verify(LAB_SOUND, &generators, &ring.ring, &scope, message, proof));
		free((void *)proof.data);
		lab_begin(&lab, &ring.ring, &scope, message, &ring.openings[i]);
		lab_select(&lab, i);
		proof = lab_prove(&lab);
		assert_true(test_is_valid(&ring.ring, &scope, message, proof));
		free((void *)proof.data);
		test_ring_free(&ring);
	}
}

/* C-7: one tag a member and scope, whatever the ring, the message, the sibling entry. */
static void test_tags(void **state)
{
	struct test_ring rings[2];
	struct opening sibling;
	struct scope other;
	uint8_t tag[POINT_BYTES], again[POINT_BYTES], source[POINT_BYTES];

	(void)state;
	test_ring_new(&rings[0], 5, "org");
	test_ring_new(&rings[1], 5, "other");
	assert_int_equal(opening_new_sibling(&sibling, &rings[0].openings[2], &support_random),
			 UNDERSIGN_OK);
	assert_int_equal(opening_tag(tag, &scope, &rings[0].openings[2]), UNDERSIGN_OK);
	assert_int_equal(opening_tag(again, &scope, &sibling), UNDERSIGN_OK);
	assert_memory_equal(tag, again, POINT_BYTES);
	opening_commit_encoded(source, &generators, &sibling);
	assert_memory_not_equal(source, rings[0].sources[2], POINT_BYTES);
	scope_new_letter(&other, bytes_from_text("another letter\n"));
	assert_int_equal(opening_tag(again, &other, &rings[0].openings[2]), UNDERSIGN_OK);
	assert_memory_not_equal(tag, again, POINT_BYTES);
	for (size_t k = 0; k < 5; k++) {
		assert_int_equal(opening_tag(again, &scope, &rings[1].openings[k]), UNDERSIGN_OK);
		assert_memory_not_equal(tag, again, POINT_BYTES);
	}
	test_ring_free(&rings[0]);
	test_ring_free(&rings[1]);
}

struct stuck {
	size_t good; /* bytes until it fails */
	uint8_t byte;
};

static enum undersign_status stuck_fill(void *cookie, uint8_t *out, size_t len)
{
	struct stuck *stuck = cookie;

	if (stuck->good < len)
		return UNDERSIGN_E_RANDOM;
	stuck->good -= len;
	memset(out, stuck->byte, len);
	return UNDERSIGN_OK;
}

static enum undersign_status sign_stuck(const struct test_ring *ring, struct bytes text,
					const struct scope *used, struct stuck stuck, uint8_t *out)
{
	struct random_source random = {stuck_fill, &stuck};
	size_t len = proof_sign_scratch_len(ring->n);
	void *scratch = support_memory(len);
	enum undersign_status status =
		proof_sign(out, proof_len(ring->n), &generators, &ring->ring, used, text,
			   &ring->openings[0], &random, NULL, scratch, len);

	free(scratch);
	return status;
}

/* A generator that fails, at whatever call: an error, and nothing left in the output. */
static void test_failing_randomness(void **state)
{
	struct test_ring ring;
	uint8_t out[PROOF_LEN_MAX];
	size_t n_scalars = 0;

	(void)state;
	test_ring_new(&ring, 6, "org");
	for (;; n_scalars++) {
		struct stuck stuck = {64 * n_scalars, 1};
		enum undersign_status status;

		memset(out, 0xaa, sizeof out);
		status = sign_stuck(&ring, message, &scope, stuck, out);
		if (status == UNDERSIGN_OK)
			break;
		assert_int_equal(status, UNDERSIGN_E_RANDOM);
		for (size_t at = 0; at < proof_len(6); at++)
			assert_int_equal(out[at], 0);
	}
	/* a: 3 + 1, r_A, r_B, rho: 2, kappa: 4. */
	assert_int_equal(n_scalars, 3 + 1 + 2 + 2 + 4);
	test_ring_free(&ring);
}

/* C-10: a generator that is stuck repeats no commitment across statements, thanks to the hedge; one
 * that works gives two proofs of one statement nothing in common but the tag. */
static void test_hedge(void **state)
{
	struct test_ring ring;
	struct scope other;
	struct stuck stuck = {SIZE_MAX, 7};
	uint8_t proofs[4][PROOF_LEN_MAX];
	struct bytes fresh;

	(void)state;
	test_ring_new(&ring, 6, "org");
	scope_new_letter(&other, bytes_from_text("another letter\n"));
	assert_int_equal(sign_stuck(&ring, message, &scope, stuck, proofs[0]), UNDERSIGN_OK);
	assert_int_equal(sign_stuck(&ring, bytes_from("x", 1), &scope, stuck, proofs[1]),
			 UNDERSIGN_OK);
	assert_int_equal(sign_stuck(&ring, message, &other, stuck, proofs[2]), UNDERSIGN_OK);
	fresh = test_sign(&ring.ring, &scope, message, &ring.openings[0]);
	memcpy(proofs[3], fresh.data, fresh.len);
	for (unsigned a = 0; a < 4; a++)
		for (unsigned b = 0; b < a; b++)
			for (unsigned part = 1; part < proof_len(6) / 32; part++)
				assert_memory_not_equal(proofs[a] + 32 * part,
							proofs[b] + 32 * part, 32);
	free((void *)fresh.data);
	test_ring_free(&ring);
}

static void test_refusals(void **state)
{
	struct test_ring ring;
	struct opening outsider;
	uint8_t out[PROOF_LEN_MAX];
	size_t len = proof_sign_scratch_len(6);
	void *scratch = support_memory(len);

	(void)state;
	test_ring_new(&ring, 6, "org");
	memset(out, 0xaa, sizeof out);
	assert_int_equal(opening_new(&outsider, &support_random), UNDERSIGN_OK);
	assert_int_equal(proof_sign(out, proof_len(6), &generators, &ring.ring, &scope, message,
				    &outsider, &support_random, NULL, scratch, len),
			 UNDERSIGN_E_MISSING);
	for (size_t at = 0; at < proof_len(6); at++)
		assert_int_equal(out[at], 0);
	free(scratch);
	test_ring_free(&ring);
}

static void watch(void *cookie, uint64_t done, uint64_t total)
{
	uint64_t *last = cookie;

	assert_true(done > *last && done <= total);
	*last = done;
	if (done == total)
		*last = UINT64_MAX;
}

static void test_progress_and_wiping(void **state)
{
	struct test_ring ring;
	uint8_t out[PROOF_LEN_MAX];
	size_t len = proof_sign_scratch_len(300);
	uint8_t *scratch = support_memory(len), secret[OPENING_BYTES];
	uint64_t last = 0;
	struct progress progress = {watch, &last};

	(void)state;
	test_ring_new_large(&ring, 300, 17, "org");
	memset(scratch, 0, len);
	assert_int_equal(proof_sign(out, proof_len(300), &generators, &ring.ring, &scope, message,
				    &ring.openings[17], &support_random, &progress, scratch, len),
			 UNDERSIGN_OK);
	assert_int_equal(last, UINT64_MAX);
	/* No secret scalar stays in the scratch, in the form in which it is stored or computed. */
	opening_encode(secret, &ring.openings[17]);
	for (size_t at = 0; at + 32 <= len; at += 8)
		for (unsigned j = 0; j <= TAG_DIMENSION; j++)
			assert_memory_not_equal(scratch + at, secret + 32 * j, 32);
	free(scratch);
	test_ring_free(&ring);
}

static void test_messages(void **state)
{
	static const uint8_t hash[SHA512_BYTES] = {1, 2, 3};
	uint8_t out[128];
	struct writer writer = writer_new(out, sizeof out);
	struct message parsed;

	(void)state;
	message_write_sign(&writer, 5, hash, bytes_from("ab", 2));
	for (size_t len = 0; len <= writer.len + 1; len++)
		assert_int_equal(message_parse(&parsed, bytes_from(out, len)),
				 len == writer.len ? UNDERSIGN_OK : UNDERSIGN_E_FORMAT);
	assert_int_equal(message_parse(&parsed, writer_view(&writer)), UNDERSIGN_OK);
	assert_int_equal(parsed.action, MESSAGE_SIGN);
	assert_int_equal(parsed.seq, 5);
	assert_true(bytes_are_equal(parsed.payload, bytes_from("ab", 2)));
	memset(out + 1, 0, 4); /* seq 0 */
	assert_int_equal(message_parse(&parsed, writer_view(&writer)), UNDERSIGN_E_FORMAT);
	message_write_withdraw(out, 0x01020304);
	for (size_t len = 0; len <= 6; len++)
		assert_int_equal(message_parse(&parsed, bytes_from(out, len)),
				 len == MESSAGE_WITHDRAW_BYTES ? UNDERSIGN_OK : UNDERSIGN_E_FORMAT);
	assert_int_equal(message_parse(&parsed, bytes_from(out, MESSAGE_WITHDRAW_BYTES)),
			 UNDERSIGN_OK);
	assert_int_equal(parsed.seq, 0x01020304);
	message_write_claim(out, bytes_from("text", 4));
	assert_int_equal(message_parse(&parsed, bytes_from(out, MESSAGE_CLAIM_BYTES)),
			 UNDERSIGN_OK);
	assert_memory_equal(parsed.text_hash, out + 1, HASH_BYTES);
	for (unsigned action = 0; action < 256; action++) {
		out[0] = (uint8_t)action;
		assert_int_equal(message_parse(&parsed, bytes_from(out, MESSAGE_CLAIM_BYTES)),
				 action == MESSAGE_CLAIM ? UNDERSIGN_OK : UNDERSIGN_E_FORMAT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_digits),
		cmocka_unit_test(test_completeness),
		cmocka_unit_test(test_literal_prover_and_verifier),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_failing_randomness),
		cmocka_unit_test(test_hedge),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_progress_and_wiping),
		cmocka_unit_test(test_messages),
	};

	support_begin("test-proof-sign");
	message = bytes_from_text("message");
	scope_new_letter(&scope, bytes_from_text("a letter\n"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
