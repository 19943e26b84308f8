/* Answers: what is allowed verifies, one by one and in a batch, and nothing else does. */
#include "poll_support.h"

#include "memory.h"

#include <stdlib.h>

static struct test_trustees trustees;

static void test_shapes(void **state)
{
	struct shape shape = {1, {{4, 1, 1}}};

	(void)state;
	assert_true(shape_is_valid(&shape));
	assert_int_equal(shape_answer_len(&shape), 1248);
	shape.questions[0] = (struct shape_question){21, 1, 1};
	assert_true(shape_is_valid(&shape));
	shape.questions[0] = (struct shape_question){22, 1, 1};
	assert_false(shape_is_valid(&shape)); /* longer than an envelope has room for */
	shape.questions[0] = (struct shape_question){1, 1, 1};
	assert_false(shape_is_valid(&shape));
	shape.questions[0] = (struct shape_question){4, 2, 1};
	assert_false(shape_is_valid(&shape));
	shape.questions[0] = (struct shape_question){4, 0, 0};
	assert_false(shape_is_valid(&shape));
	shape.questions[0] = (struct shape_question){4, 0, 5};
	assert_false(shape_is_valid(&shape));
	shape.n_questions = 0;
	assert_false(shape_is_valid(&shape));
	shape.n_questions = 17;
	assert_false(shape_is_valid(&shape));
}

static struct shape random_shape(void)
{
	struct shape shape;

	do {
		memset(&shape, 0, sizeof shape);
		shape.n_questions = (uint8_t)(1 + support_below(4));
		for (size_t q = 0; q < shape.n_questions; q++) {
			struct shape_question *question = &shape.questions[q];

			question->n_options = (uint8_t)(2 + support_below(5));
			question->max = (uint8_t)(1 + support_below(question->n_options));
			question->min = (uint8_t)support_below(question->max + 1u);
		}
	} while (!shape_is_valid(&shape));
	return shape;
}

static void test_random(void **state)
{
	const int n = support_is_full() ? 300 : 12;

	(void)state;
	for (int k = 0; k < n; k++) {
		struct test_answer answer;
		struct test_poll poll;
		const struct shape shape = random_shape();

		test_poll_new(&poll, &trustees, &shape, "a poll");
		test_answer_new(&answer, &poll);
		assert_true(test_answer_is_valid(&answer, &poll));
	}
}

/* Two answers of one member, for two rings: the same ciphertexts, so one message. */
static void test_two_rings(void **state)
{
	uint8_t second[ANSWER_LEN_MAX], payloads[2][ANSWER_PAYLOAD_BYTES], ring[HASH_BYTES] = {1};
	struct answer_item item;
	struct test_answer answer;
	struct test_poll poll;

	(void)state;
	test_poll_new(&poll, &trustees, &test_one_of_four, "a poll");
	test_answer_new(&answer, &poll);
	assert_int_equal(answer_prove(second, &poll.poll, answer.data, &answer.secret, ring,
				      answer.tag, &support_random),
			 UNDERSIGN_OK);
	item = (struct answer_item){ring, answer.tag, bytes_from(second, answer.item.answer.len)};
	assert_true(test_answer_both(&poll.poll, &item));
	answer_payload(payloads[0], &poll.shape, answer.data);
	answer_payload(payloads[1], &poll.shape, second);
	assert_memory_equal(payloads[0], payloads[1], ANSWER_PAYLOAD_BYTES);
	/* Each for its ring only. */
	item.ring_id = answer.ring_id;
	assert_false(test_answer_both(&poll.poll, &item));
}

static void test_refused_choices(void **state)
{
	static const uint8_t bad[][4] = {{0, 0, 0, 0}, {1, 1, 0, 0},   {2, 0, 0, 0},
					 {1, 0, 0, 2}, {255, 1, 1, 0}, {1, 1, 1, 1}};
	uint8_t ciphertexts[4 * CIPHERTEXT_BYTES];
	struct answer_secret secret;
	struct test_poll poll;

	(void)state;
	test_poll_new(&poll, &trustees, &test_one_of_four, "a poll");
	for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
		assert_int_equal(answer_encrypt(&secret, ciphertexts, &poll.poll, bad[k],
						&test_opening, &support_random),
				 UNDERSIGN_E_INVALID);
}

/* A byte changed anywhere, any other length: refused by the definition and by the batch. */
static void test_every_byte(void **state)
{
	const size_t step = support_is_full() ? 1 : 13;
	struct test_answer answer;
	struct test_poll poll;
	size_t len;

	(void)state;
	test_poll_new(&poll, &trustees, &test_one_of_four, "a poll");
	test_answer_new(&answer, &poll);
	len = answer.item.answer.len;
	for (size_t at = support_below(step); at < len; at += step) {
		const uint8_t bit = (uint8_t)(1u << support_below(8));

		answer.data[at] ^= bit;
		assert_false(test_answer_is_valid(&answer, &poll));
		answer.data[at] ^= bit;
	}
	assert_true(test_answer_is_valid(&answer, &poll));
	answer.item.answer.len = len - 1;
	assert_false(test_answer_is_valid(&answer, &poll));
	answer.item.answer.len = len + 1;
	assert_false(test_answer_is_valid(&answer, &poll));
	answer.item.answer.len = 0;
	assert_false(test_answer_is_valid(&answer, &poll));
}

/* Many, with bad ones at random places: the batch names just those. */
static void test_batch(void **state)
{
	const size_t n = support_is_full() ? 500 : 60;
	struct test_answer *answers = support_memory(n * sizeof *answers);
	struct answer_item *items = support_memory(n * sizeof *items);
	bool *verdicts = support_memory(n), *is_bad = support_memory(n);
	const size_t len = answer_batch_scratch_len(&test_one_of_four, n);
	void *scratch = support_memory(len);
	const uint8_t fresh[HASH_BYTES] = {7};
	struct test_poll poll;

	(void)state;
	test_poll_new(&poll, &trustees, &test_one_of_four, "a poll");
	memset(is_bad, 0, n);
	for (size_t k = 0; k < n; k++) {
		test_answer_new(&answers[k], &poll);
		items[k] = answers[k].item;
	}
	assert_true(
		answer_batch_is_valid_vartime(verdicts, &poll.poll, items, n, fresh, scratch, len));
	for (size_t k = 0; k < 5; k++) {
		const size_t t = support_below(n), at = support_below(1248);

		if (is_bad[t])
			continue;
		answers[t].data[at] ^= 4;
		is_bad[t] = true;
	}
	items[n - 1].answer.len--;
	is_bad[n - 1] = true;
	assert_false(
		answer_batch_is_valid_vartime(verdicts, &poll.poll, items, n, fresh, scratch, len));
	for (size_t k = 0; k < n; k++)
		assert_int_equal(verdicts[k], !is_bad[k]);
	assert_true(
		answer_batch_is_valid_vartime(verdicts, &poll.poll, items, 0, NULL, scratch, len));
	free(scratch);
	free(is_bad);
	free(verdicts);
	free(items);
	free(answers);
}

static enum undersign_status fail_after(void *cookie, uint8_t *out, size_t len)
{
	int *left = cookie;

	if ((*left)-- <= 0)
		return UNDERSIGN_E_RANDOM;
	return support_random.fill(NULL, out, len);
}

/* Whenever the generator fails, nothing of a secret is left in the outputs. */
static void test_no_randomness(void **state)
{
	static const uint8_t zeros[ANSWER_LEN_MAX];
	uint8_t ciphertexts[4 * CIPHERTEXT_BYTES], out[ANSWER_LEN_MAX];
	const uint8_t choices[4] = {0, 0, 1, 0};
	struct answer_secret secret;
	struct test_answer answer;
	struct test_poll poll;

	(void)state;
	test_poll_new(&poll, &trustees, &test_one_of_four, "a poll");
	test_answer_new(&answer, &poll);
	for (int after = 0; after < 4; after++) {
		int left = after;
		const struct random_source random = {fail_after, &left};

		assert_int_equal(answer_encrypt(&secret, ciphertexts, &poll.poll, choices,
						&test_opening, &random),
				 UNDERSIGN_E_RANDOM);
		assert_memory_equal(ciphertexts, zeros, sizeof ciphertexts);
		assert_memory_equal(&secret, zeros, sizeof secret.r);
		left = 4 * after;
		assert_int_equal(answer_prove(out, &poll.poll, answer.data, &answer.secret,
					      answer.ring_id, answer.tag, &random),
				 UNDERSIGN_E_RANDOM);
		assert_memory_equal(out, zeros, answer.item.answer.len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),        cmocka_unit_test(test_random),
		cmocka_unit_test(test_two_rings),     cmocka_unit_test(test_refused_choices),
		cmocka_unit_test(test_every_byte),    cmocka_unit_test(test_batch),
		cmocka_unit_test(test_no_randomness),
	};

	poll_support_begin("test-poll-answer");
	test_trustees_new(&trustees, 2, 3);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
