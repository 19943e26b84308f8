/* tests/vectors/poll.json, which the second implementation made: read, checked, made again. */
#include "poll_support.h"

#include "vectors.h"

#include "memory.h"

#include <stdio.h>
#include <stdlib.h>

#define MANY 5

static json_t *root;
static struct ceremony ceremony;
static struct trustees trustees;
static struct bytes deals[MANY];
static struct shape shape;
static struct answer_poll poll;

/* The whole of a value in hexadecimal, of this length. */
static const uint8_t *exactly(const json_t *value, size_t len)
{
	struct bytes bytes = vectors_hex(value);

	assert_int_equal(bytes.len, len);
	return bytes.data;
}

static const uint8_t *nth(const char *key, size_t i, size_t len)
{
	return exactly(vectors_at(vectors_get(root, key), i), len);
}

static const uint8_t *of(const char *key, size_t len)
{
	return exactly(vectors_get(root, key), len);
}

static void open_key(void)
{
	struct bytes names[MANY];
	const uint8_t *keys[MANY], *accepts[MANY];
	struct problem problem = {0};
	const unsigned threshold = (unsigned)vectors_u64(root, "threshold");

	for (size_t i = 0; i < MANY; i++) {
		names[i] = vectors_hex(vectors_at(vectors_get(root, "names"), i));
		keys[i] = nth("keys", i, TRUSTEE_KEY_BYTES);
		accepts[i] = nth("accepts", i, TRUSTEE_ACCEPT_BYTES);
	}
	assert_int_equal(ceremony_new(&ceremony, threshold, names, keys, MANY, &problem),
			 UNDERSIGN_OK);
	for (size_t i = 0; i < MANY; i++)
		deals[i] = bytes_from(nth("deals", i, trustee_deal_len(&ceremony)),
				      trustee_deal_len(&ceremony));
	assert_int_equal(trustees_new(&trustees, &ceremony, deals, accepts, &problem),
			 UNDERSIGN_OK);
	shape.n_questions = (uint8_t)json_array_size(vectors_get(root, "questions"));
	for (size_t q = 0; q < shape.n_questions; q++) {
		const json_t *row = vectors_at(vectors_get(root, "questions"), q);

		shape.questions[q] =
			(struct shape_question){(uint8_t)json_integer_value(vectors_at(row, 0)),
						(uint8_t)json_integer_value(vectors_at(row, 1)),
						(uint8_t)json_integer_value(vectors_at(row, 2))};
	}
	assert_true(shape_is_valid(&shape));
	poll = (struct answer_poll){&trustees.key, &shape, of("scope", SCOPE_BYTES)};
}

static void test_key(void **state)
{
	uint8_t code[SHAPE_BYTES_MAX];
	struct writer writer = writer_new(code, sizeof code);

	(void)state;
	assert_memory_equal(ceremony.id, of("ceremony", HASH_BYTES), HASH_BYTES);
	assert_memory_equal(trustees.key.encoded, of("Y", POINT_BYTES), POINT_BYTES);
	assert_memory_equal(trustees.key.id, of("key_id", HASH_BYTES), HASH_BYTES);
	shape_write(&writer, &shape);
	assert_memory_equal(code, of("shape", writer.len), writer.len);
	for (unsigned j = 1; j <= MANY; j++) {
		struct scalar secret = test_scalar_decode(nth("secrets", j - 1, SCALAR_BYTES));
		struct scalar share, expected;
		struct point verifier;
		uint8_t encoded[POINT_BYTES];
		unsigned liar;

		assert_int_equal(ceremony_find(&ceremony, &secret), j);
		assert_int_equal(trustee_share_open(&share, &liar, &ceremony, deals, j, &secret),
				 UNDERSIGN_OK);
		expected = test_scalar_decode(nth("shares", j - 1, SCALAR_BYTES));
		assert_true(scalar_is_equal(&share, &expected));
		verifier = test_from_affine(&trustees.verifiers[j - 1]);
		test_encode(encoded, &verifier);
		assert_memory_equal(encoded, nth("P", j - 1, POINT_BYTES), POINT_BYTES);
	}
	assert_int_equal(
		trustee_complaint_judge_vartime(&ceremony, deals[1], 2, 4,
						of("complaint_2_4", TRUSTEE_COMPLAINT_BYTES)),
		TRUSTEE_BLAME_COMPLAINER);
}

static void test_answers(void **state)
{
	const json_t *rows = vectors_get(root, "answers");
	const size_t len = shape_answer_len(&shape);
	uint8_t payload[ANSWER_PAYLOAD_BYTES];

	(void)state;
	for (size_t k = 0; k < json_array_size(rows); k++) {
		const json_t *row = vectors_at(rows, k);
		const uint8_t *expected = exactly(vectors_get(row, "answer"), len);
		const uint8_t *ring = exactly(vectors_get(row, "ring"), HASH_BYTES);
		const uint8_t *tag = exactly(vectors_get(row, "T"), POINT_BYTES);
		struct answer_item item = {ring, tag, bytes_from(expected, len)};
		uint8_t choices[SHAPE_ALL_MAX], made[ANSWER_LEN_MAX];
		struct tape tape = {vectors_u64(row, "tape_start")};
		struct nonce_source nonces = tape_nonces(&tape);
		struct answer_secret secret;

		assert_true(test_answer_both(&poll, &item));
		for (size_t o = 0; o < shape_n_options(&shape); o++)
			choices[o] = (uint8_t)json_integer_value(
				vectors_at(vectors_get(row, "choices"), o));
		assert_int_equal(answer_encrypt_with(&secret, made, &poll, choices, &nonces),
				 UNDERSIGN_OK);
		assert_int_equal(answer_prove_with(made, &poll, made, &secret, ring, tag, &nonces),
				 UNDERSIGN_OK);
		assert_memory_equal(made, expected, len);
		if (k > 0)
			continue;
		answer_payload(payload, &shape, made);
		assert_memory_equal(payload, of("payload_0", sizeof payload), sizeof payload);
	}
}

static void test_opening_of_sums(void **state)
{
	const json_t *rows = vectors_get(root, "answers");
	const size_t n = shape_n_options(&shape);
	uint8_t sums[CIPHERTEXT_BYTES * SHAPE_ALL_MAX], scratch[POINT_BYTES * SHAPE_ALL_MAX];
	struct sums_cell cells[SHAPE_ALL_MAX];
	struct point opened[SHAPE_ALL_MAX];
	struct bytes shares[3];
	const unsigned used[3] = {1, 3, 5};
	struct share_poll about = {&trustees, poll.scope, sums, n};
	const size_t table_len = count_table_len(3);
	void *memory = support_memory(table_len);
	struct count_table table;

	(void)state;
	sums_begin(cells, n);
	for (size_t k = 0; k < json_array_size(rows); k++)
		assert_int_equal(
			sums_add_vartime(cells, vectors_hex_of(vectors_at(rows, k), "answer").data,
					 n),
			UNDERSIGN_OK);
	sums_encode(sums, cells, n);
	assert_memory_equal(sums, of("sums", CIPHERTEXT_BYTES * n), CIPHERTEXT_BYTES * n);
	for (unsigned j = 1; j <= MANY; j++)
		assert_true(share_is_valid_vartime(
			&about, j,
			bytes_from(nth("decryptions", j - 1, share_len(n)), share_len(n)),
			scratch));
	for (size_t k = 0; k < 3; k++)
		shares[k] = bytes_from(nth("decryptions", used[k] - 1, share_len(n)), share_len(n));
	assert_int_equal(share_combine_vartime(opened, &about, used, shares), UNDERSIGN_OK);
	count_table_new(&table, 3, memory, table_len);
	for (size_t k = 0; k < n; k++) {
		uint64_t count;

		assert_int_equal(count_find_vartime(&count, &table, &opened[k]), UNDERSIGN_OK);
		assert_int_equal(count,
				 json_integer_value(vectors_at(vectors_get(root, "counts"), k)));
	}
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_opening_of_sums),
	};
	int failed;

	poll_support_begin("test-poll-vectors");
	root = vectors_load_file("poll.json");
	open_key();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	vectors_end(root);
	return failed;
}
