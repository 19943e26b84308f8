/* on what is not hashed. Linked with a copy of the library in which a transcript
 * can leave an item out: there each attack goes through; with nothing left out it does not. */
#include "poll_support.h"

#include "transcript.h"

#include "memory.h"

/* Numbers of items, the protocol's name being 0. */
enum { ANSWER_KEY = 2, ANSWER_SCOPE = 5, ANSWER_RING = 6, ANSWER_T = 7, ANSWER_C = 8 };
enum { SHARE_SCOPE = 3, SHARE_SUMS = 6, SHARE_D = 7 };

static struct test_trustees trustees;
static struct test_poll poll;
static const struct shape one_of_two = {1, {{2, 1, 1}}};

/* Made with the item left out: falls if the verifier leaves it out too, and stands if it does not.
 */
static void expect_answer(const struct answer_poll *about, const struct answer_item *item, int left)
{
	transcript_test_omitted = left;
	assert_true(test_answer_both(about, item));
	transcript_test_omitted = -1;
	assert_false(test_answer_both(about, item));
}

/* the answer of one, given by another, elsewhere. */
static void test_copies(void **state)
{
	struct poll_key renamed = trustees.trustees.key;
	struct answer_poll about = poll.poll;
	struct test_answer answer, other;
	struct test_poll elsewhere;
	struct answer_item item;

	(void)state;
	test_answer_new(&other, &poll);
	transcript_test_omitted = ANSWER_T;
	test_answer_new(&answer, &poll);
	item = answer.item;
	item.tag = other.tag;
	expect_answer(&about, &item, ANSWER_T);

	transcript_test_omitted = ANSWER_RING;
	test_answer_new(&answer, &poll);
	item = answer.item;
	item.ring_id = other.ring_id;
	expect_answer(&about, &item, ANSWER_RING);

	transcript_test_omitted = ANSWER_SCOPE;
	test_answer_new(&answer, &poll);
	test_poll_new(&elsewhere, &trustees, &one_of_two, "another poll");
	expect_answer(&elsewhere.poll, &answer.item, ANSWER_SCOPE);

	transcript_test_omitted = ANSWER_KEY;
	test_answer_new(&answer, &poll);
	renamed.id[0] ^= 1;
	about.key = &renamed;
	expect_answer(&about, &answer.item, ANSWER_KEY);
}

static void encode_sum(uint8_t *out, const struct scalar *of_y, const struct scalar *of_g)
{
	struct point y = test_from_affine(&trustees.trustees.key.y);

	y = test_mul(of_y, &y);
	y = test_point_sum(y, test_base_mul(of_g));
	test_encode(out, &y);
}

/* Q-2 (Bernhard, Pereira, Warinschi 2012): with C left out of the hash, an option worth beta / x,
 * and a sum of as much and 1. Every proof has c = x for one value and 0 for the others. */
static void test_weak_answer(void **state)
{
	const struct scalar beta = support_scalar();
	struct scalar a[5], r[2], v[2], x, zero = scalar_zero, minus_beta, value;
	struct test_answer answer;
	uint8_t *commitments, *responses;
	struct point point;

	(void)state;
	transcript_test_omitted = -1;
	test_answer_new(&answer, &poll); /* for its tag and ring */
	commitments = answer.data + shape_ciphertexts_len(&one_of_two);
	responses = commitments + shape_commitments_len(&one_of_two);
	scalar_neg(&minus_beta, &beta);
	/* Values: 0 and 1 of the first option, 0 and 1 of the second, 1 of the sum. */
	for (size_t k = 0; k < 5; k++) {
		a[k] = support_scalar();
		point = test_base_mul(&a[k]);
		test_encode(commitments + 2 * POINT_BYTES * k, &point);
		encode_sum(commitments + 2 * POINT_BYTES * k + POINT_BYTES, &a[k],
			   k == 0 || k == 4 ? &minus_beta : &zero);
	}
	transcript_test_omitted = ANSWER_C;
	answer_challenge(&x, &poll.poll, answer.ring_id, answer.tag, answer.data);
	/* Only now what is encrypted. */
	scalar_invert(&value, &x);
	v[0] = test_product(value, beta);
	v[1] = scalar_one;
	for (size_t o = 0; o < 2; o++) {
		r[o] = support_scalar();
		point = test_base_mul(&r[o]);
		test_encode(answer.data + CIPHERTEXT_BYTES * o, &point);
		encode_sum(answer.data + CIPHERTEXT_BYTES * o + POINT_BYTES, &r[o], &v[o]);
	}
	/* First option: c_1 = 0; second: c_1 = x; then the sum. */
	value = test_sum(a[0], test_product(x, r[0]));
	scalar_encode(responses, &zero);
	scalar_encode(responses + 32, &value);
	scalar_encode(responses + 64, &a[1]);
	value = test_sum(a[3], test_product(x, r[1]));
	scalar_encode(responses + 96, &x);
	scalar_encode(responses + 128, &a[2]);
	scalar_encode(responses + 160, &value);
	value = test_sum(a[4], test_product(x, test_sum(r[0], r[1])));
	scalar_encode(responses + 192, &value);
	expect_answer(&poll.poll, &answer.item, ANSWER_C);
}

/* with D left out of the hash, a share that is off by delta / x G, chosen after x. */
static void test_weak_share(void **state)
{
	uint8_t sums[2 * CIPHERTEXT_BYTES], share[4 * POINT_BYTES], scratch[2 * POINT_BYTES];
	uint8_t commitments[3 * POINT_BYTES], verifier[POINT_BYTES];
	const struct share_poll about = {&trustees.trustees, poll.scope.bytes, sums, 2};
	const struct bytes whole = bytes_from(share, sizeof share);
	const struct scalar delta = support_scalar(), kappa = support_scalar();
	const struct scalar *secret = &trustees.shares[1];
	struct transcript transcript;
	struct test_answer answer;
	struct scalar x, z, off;
	struct point point, part;

	(void)state;
	transcript_test_omitted = -1;
	test_answer_new(&answer, &poll);
	memcpy(sums, answer.data, sizeof sums);
	point = test_base_mul(&kappa);
	test_encode(commitments, &point);
	for (size_t k = 0; k < 2; k++) {
		point = test_decode(sums + CIPHERTEXT_BYTES * k);
		point = test_mul(&kappa, &point);
		part = test_base_mul(&delta);
		point_sub(&point, &point, &part);
		test_encode(commitments + POINT_BYTES * (k + 1), &point);
	}
	point = test_from_affine(&trustees.trustees.verifiers[1]);
	test_encode(verifier, &point);
	memset(share, 0, sizeof share);
	transcript_test_omitted = SHARE_D;
	transcript_begin(&transcript);
	transcript_text(&transcript, "type", "share");
	transcript_item(&transcript, "key", bytes_from(trustees.trustees.key.id, HASH_BYTES));
	transcript_item(&transcript, "scope", bytes_from(poll.scope.bytes, SCOPE_BYTES));
	transcript_u8(&transcript, "j", 2);
	transcript_point(&transcript, "P", verifier);
	transcript_item(&transcript, "sums", bytes_from(sums, sizeof sums));
	transcript_item(&transcript, "D", bytes_from(share, 2 * POINT_BYTES));
	transcript_point(&transcript, "A", commitments);
	transcript_item(&transcript, "B", bytes_from(commitments + POINT_BYTES, 2 * POINT_BYTES));
	transcript_challenge(&x, &transcript);
	z = test_sum(kappa, test_product(x, *secret));
	scalar_invert(&off, &x);
	off = test_product(off, delta);
	for (size_t k = 0; k < 2; k++) {
		point = test_decode(sums + CIPHERTEXT_BYTES * k);
		point = test_mul(secret, &point);
		point = test_point_sum(point, test_base_mul(&off));
		test_encode(share + POINT_BYTES * k, &point);
	}
	scalar_encode(share + 2 * POINT_BYTES, &x);
	scalar_encode(share + 3 * POINT_BYTES, &z);
	assert_true(share_is_valid_vartime(&about, 2, whole, scratch));
	transcript_test_omitted = -1;
	assert_false(share_is_valid_vartime(&about, 2, whole, scratch));
}

/* Q-6 on the hash: a share for one poll, or for other sums of the same R. */
static void test_share_bound(void **state)
{
	static const int items[] = {SHARE_SCOPE, SHARE_SUMS};
	uint8_t sums[2][2 * CIPHERTEXT_BYTES], share[4 * POINT_BYTES], scratch[2 * POINT_BYTES];
	const struct bytes whole = bytes_from(share, sizeof share);
	struct share_poll about = {&trustees.trustees, poll.scope.bytes, sums[0], 2};
	struct share_poll other = about;
	struct test_poll elsewhere;
	struct test_answer answer;

	(void)state;
	transcript_test_omitted = -1;
	test_answer_new(&answer, &poll);
	memcpy(sums[0], answer.data, sizeof sums[0]);
	memcpy(sums[1], sums[0], sizeof sums[0]);
	memcpy(sums[1] + POINT_BYTES, sums[0], POINT_BYTES); /* another S for the first R */
	test_poll_new(&elsewhere, &trustees, &one_of_two, "another poll");
	for (size_t k = 0; k < 2; k++) {
		transcript_test_omitted = items[k];
		assert_int_equal(
			share_make(share, &about, 1, &trustees.shares[0], &support_random, scratch),
			UNDERSIGN_OK);
		other = about;
		if (items[k] == SHARE_SCOPE)
			other.scope = elsewhere.scope.bytes;
		else
			other.sums = sums[1];
		assert_true(share_is_valid_vartime(&other, 1, whole, scratch));
		transcript_test_omitted = -1;
		assert_false(share_is_valid_vartime(&other, 1, whole, scratch));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_weak_answer),
		cmocka_unit_test(test_weak_share),
		cmocka_unit_test(test_share_bound),
	};

	poll_support_begin("test-poll-attacks-hash");
	test_trustees_new(&trustees, 2, 3);
	test_poll_new(&poll, &trustees, &one_of_two, "a poll");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
