#include "known.h"

#include "tlog_proof.h"

#define POLICY_TEXT "log " KNOWN_LOG_VKEY "\nwitness w " KNOWN_WITNESS_VKEY "\nquorum w\n"

static struct merkle_hash leaves[KNOWN_SIZE];
static struct policy policy;

static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < KNOWN_SIZE; i++)
		leaves[i] = known_leaf(i);
	return policy_parse(&policy, BYTES(POLICY_TEXT), NULL) == UNDERSIGN_OK ? 0 : 1;
}

/* The proof of an entry of the known log. */
static struct bytes make(uint8_t buffer[static 4096], uint64_t index, const char *extra)
{
	struct merkle_hash above[1];
	struct merkle_levels levels;
	struct tlog_proof proof = {.index = index, .checkpoint = BYTES(KNOWN_NOTE)};
	struct writer writer = writer_new(buffer, 4096);

	merkle_levels_make(&levels, leaves, KNOWN_SIZE, above);
	struct merkle_reader reader = merkle_levels_reader(&levels);
	assert_int_equal(merkle_prove_inclusion(&proof.path, index, KNOWN_SIZE, &reader),
			 UNDERSIGN_OK);
	proof.has_extra = extra != NULL;
	if (extra)
		proof.extra = BYTES(extra);
	tlog_proof_write(&writer, &proof);
	return writer_view(&writer);
}

static enum undersign_status check(struct bytes text, const struct merkle_hash *leaf)
{
	struct tlog_proof proof;
	struct checkpoint checkpoint;
	struct problem problem = {{0}, {0}, {0}};
	enum undersign_status status = tlog_proof_parse(&proof, text, &problem);

	if (status == UNDERSIGN_OK) {
		status = tlog_proof_verify(&checkpoint, &proof, leaf, &policy, &problem);
		assert_int_equal(checkpoint.origin.len == 0, status != UNDERSIGN_OK);
	}
	assert_int_equal(problem_is_set(&problem), status != UNDERSIGN_OK);
	return status;
}

static void proofs_hold(void **state)
{
	uint8_t buffer[4096];
	uint8_t again[4096];

	(void)state;
	for (uint64_t index = 0; index < KNOWN_SIZE; index += 13) {
		struct bytes text = make(buffer, index, index % 2 == 0 ? NULL : "ZXh0cmE=");
		struct writer writer = writer_new(again, sizeof again);
		struct tlog_proof proof;

		assert_int_equal(check(text, &leaves[index]), UNDERSIGN_OK);
		assert_int_equal(check(text, &leaves[(index + 1) % KNOWN_SIZE]),
				 UNDERSIGN_E_INVALID);
		assert_int_equal(tlog_proof_parse(&proof, text, NULL), UNDERSIGN_OK);
		assert_true(proof.index == index);
		tlog_proof_write(&writer, &proof);
		assert_bytes_equal(writer_view(&writer), text);
	}
	struct bytes text = make(buffer, 299, NULL);
	assert_true(bytes_begin_with(text, BYTES("c2sp.org/tlog-proof@v1\nindex 299\n")));
}

static void every_changed_bit_is_refused(void **state)
{
	uint8_t buffer[4096];
	struct bytes text = make(buffer, 299, NULL);

	(void)state;
	assert_int_equal(check(text, &leaves[299]), UNDERSIGN_OK);
	for (size_t bit = 0; bit < 8 * text.len; bit++) {
		buffer[bit / 8] ^= (uint8_t)(1 << (bit % 8));
		assert_int_not_equal(check(text, &leaves[299]), UNDERSIGN_OK);
		buffer[bit / 8] ^= (uint8_t)(1 << (bit % 8));
	}
}

#define HEAD "c2sp.org/tlog-proof@v1\n"
#define HASH KNOWN_ROOT "\n"
#define NOTE "\n" KNOWN_NOTE

static void parses_strictly(void **state)
{
	const char *good[] = {
		HEAD "index 0\n" NOTE,
		HEAD "index 7\n" HASH HASH NOTE,
		HEAD "extra QQ==\nindex 7\n" HASH NOTE,
		HEAD "index 9223372036854775806\n" NOTE,
		HEAD "index 0\n\nanything", /* a checkpoint's form is its own affair */
	};
	const char *bad[] = {
		"",
		"\n",
		HEAD,
		HEAD "index 0\n",
		HEAD "index 0\n\n",
		HEAD "index 0\n" HASH,
		HEAD "index 0\n" KNOWN_NOTE, /* no empty line before it */
		"c2sp.org/tlog-proof@v2\nindex 0\n" NOTE,
		"c2sp.org/tlog-proof@v1\r\nindex 0\n" NOTE,
		" " HEAD "index 0\n" NOTE,
		HEAD NOTE,
		HEAD HASH NOTE,
		HEAD "index\n" NOTE,
		HEAD "index \n" NOTE,
		HEAD "index 00\n" NOTE,
		HEAD "index 01\n" NOTE,
		HEAD "index +1\n" NOTE,
		HEAD "index -1\n" NOTE,
		HEAD "index  1\n" NOTE,
		HEAD "index 1 \n" NOTE,
		HEAD "Index 1\n" NOTE,
		HEAD "index 9223372036854775807\n" NOTE,
		HEAD "index 18446744073709551616\n" NOTE,
		HEAD "index 1\nindex 1\n" NOTE,
		HEAD "index 1\nextra QQ==\n" NOTE,
		HEAD "extra QQ==\nextra QQ==\nindex 1\n" NOTE,
		HEAD "extra\nindex 1\n" NOTE,
		HEAD "extra \nindex 1\n" NOTE,
		HEAD "extra QQ\nindex 1\n" NOTE,
		HEAD "extra QR==\nindex 1\n" NOTE,
		HEAD "extra QQ== \nindex 1\n" NOTE,
		HEAD "extra QQ==\n" NOTE,
		HEAD "index 1\n" KNOWN_ROOT " \n" NOTE,
		HEAD "index 1\nrrsCfVw90Ihx7lJXemH8gxItDRQ1J5GUNjm9TBLTaUN=\n" NOTE,
		HEAD "index 1\nrrsCfVw90Ihx7lJXemH8gxItDRQ1J5GUNjm9TBLTaQ==\n" NOTE,
		HEAD "index 1\nhash\n" NOTE,
	};
	struct tlog_proof proof;
	uint8_t buffer[4096];

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct writer writer = writer_new(buffer, sizeof buffer);

		assert_int_equal(tlog_proof_parse(&proof, BYTES(good[i]), NULL), UNDERSIGN_OK);
		tlog_proof_write(&writer, &proof);
		assert_bytes_equal(writer_view(&writer), BYTES(good[i]));
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct problem problem = {{0}, {0}, {0}};

		if (tlog_proof_parse(&proof, BYTES(bad[i]), &problem) != UNDERSIGN_E_FORMAT)
			fail_msg("case %zu", i);
		assert_int_equal(strncmp(problem.where, "line ", 5), 0);
		assert_int_equal(proof.checkpoint.len, 0);
	}
}

static void bounds_its_input(void **state)
{
	static char text[TLOG_PROOF_LEN_MAX + 1];
	struct tlog_proof proof;

	(void)state;
	for (size_t n = 63; n <= 65; n++) {
		struct writer writer = writer_new(text, sizeof text);

		writer_text(&writer, HEAD "index 1\n");
		for (size_t i = 0; i < n; i++)
			writer_text(&writer, HASH);
		writer_text(&writer, NOTE);
		assert_int_equal(tlog_proof_parse(&proof, writer_view(&writer), NULL),
				 n <= 64 ? UNDERSIGN_OK : UNDERSIGN_E_LIMIT);
	}
	memset(text, '\n', sizeof text);
	memcpy(text, HEAD "index 1\n\n", sizeof(HEAD "index 1\n\n") - 1);
	assert_int_equal(tlog_proof_parse(&proof, bytes_from(text, sizeof text - 1), NULL),
			 UNDERSIGN_OK);
	assert_int_equal(tlog_proof_parse(&proof, bytes_from(text, sizeof text), NULL),
			 UNDERSIGN_E_LIMIT);
	/* Padding inside a long extra. */
	struct writer writer = writer_new(text, sizeof text);
	writer_text(&writer, HEAD "extra ");
	size_t start = writer.len;
	for (size_t i = 0; i < 200; i++)
		writer_text(&writer, "QUJD");
	writer_text(&writer, "\nindex 1\n" NOTE);
	assert_int_equal(tlog_proof_parse(&proof, writer_view(&writer), NULL), UNDERSIGN_OK);
	memcpy(text + start + 252, "QQ==", 4);
	assert_int_equal(tlog_proof_parse(&proof, writer_view(&writer), NULL), UNDERSIGN_E_FORMAT);
}

static void says_what_does_not_hold(void **state)
{
	uint8_t buffer[4096];
	struct bytes text = make(buffer, 5, NULL);
	struct tlog_proof proof;
	struct checkpoint checkpoint;
	struct problem problem = {{0}, {0}, {0}};
	static struct policy other;

	(void)state;
	assert_int_equal(tlog_proof_parse(&proof, text, NULL), UNDERSIGN_OK);
	assert_int_equal(tlog_proof_verify(&checkpoint, &proof, &leaves[6], &policy, &problem),
			 UNDERSIGN_E_INVALID);
	assert_string_equal(problem.where, "index");
	assert_string_equal(problem.what, "it does not, for index 5 of 300 entries");
	assert_int_equal(policy_parse(&other, BYTES("quorum none\n"), NULL), UNDERSIGN_OK);
	assert_int_equal(tlog_proof_verify(&checkpoint, &proof, &leaves[5], &other, &problem),
			 UNDERSIGN_E_MISSING);
	assert_string_equal(problem.where, "checkpoint, line 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proofs_hold),
		cmocka_unit_test(every_changed_bit_is_refused),
		cmocka_unit_test(parses_strictly),
		cmocka_unit_test(bounds_its_input),
		cmocka_unit_test(says_what_does_not_hold),
	};

	return cmocka_run_group_tests_name("tlog_proof", tests, set_up, NULL);
}
