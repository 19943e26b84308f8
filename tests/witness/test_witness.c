/* What a witness decides: every status, each beside the honest submission (L-6), and the bytes of
 * its cosignature. */
#include "trees.h"

static struct tree tree, fork_;
static struct note_key log_key, witness_vkey;

static int set_up(void **state)
{
	(void)state;
	tree_make(&tree, TREES_SIZE);
	tree_make(&fork_, 100);
	assert_int_equal(note_key_parse(&log_key, BYTES(KNOWN_LOG_VKEY), NULL), UNDERSIGN_OK);
	assert_int_equal(note_key_parse(&witness_vkey, BYTES(KNOWN_WITNESS_VKEY), NULL),
			 UNDERSIGN_OK);
	return 0;
}

static struct witness_seen seen_at(const struct tree *of, uint64_t size)
{
	return size ? (struct witness_seen){size, tree_root(of, size), KNOWN_TIME}
		    : witness_seen_none();
}

/* All steps of a witness that has seen this and knows one log. */
static enum witness_status judge(struct bytes body, const struct witness_seen *seen)
{
	static struct witness_submission submission;
	struct problem problem = {0};
	enum witness_status status = witness_read(&submission, body, &problem);

	if (status == WITNESS_FINE &&
	    !bytes_are_equal(submission.checkpoint.origin, BYTES(TREES_ORIGIN)))
		status = WITNESS_UNKNOWN;
	if (status == WITNESS_FINE)
		status = witness_check(&submission, &log_key, &problem);
	if (status == WITNESS_FINE)
		status = witness_step(&submission, seen, &problem);
	assert_int_equal(problem_is_set(&problem),
			 status != WITNESS_FINE && status != WITNESS_UNKNOWN);
	return status;
}

static void takes_what_follows(void **state)
{
	static const uint64_t sizes[] = {0, 1, 2, 3, 7, 8, 255, 256, 257, 300, 511, 512, 600};

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		for (size_t j = i; j < sizeof sizes / sizeof sizes[0]; j++) {
			const struct witness_seen seen = seen_at(&tree, sizes[i]);
			const struct text body = tree_submission(&tree, sizes[i], sizes[j]);
			assert_int_equal(judge(text_view(&body), &seen), WITNESS_FINE);
		}
}

static void refuses_another_old_size(void **state)
{
	const struct text body = tree_submission(&tree, 100, 300);

	(void)state;
	for (uint64_t size = 0; size < 600; size += 37) {
		const struct witness_seen seen = seen_at(&tree, size);
		assert_int_equal(judge(text_view(&body), &seen), WITNESS_STALE);
	}
	/* A size above the new one comes first. */
	const struct witness_seen seen = seen_at(&tree, 300);
	const struct text checkpoint = tree_checkpoint(&tree, 200);
	const struct merkle_proof none = {.n = 0};
	const struct text back = submission_of(300, &none, &checkpoint);
	assert_int_equal(judge(text_view(&back), &seen), WITNESS_MALFORMED);
}

static void refuses_inconsistent_logs(void **state)
{
	const struct merkle_proof none = {.n = 0};
	const struct witness_seen at_200 = seen_at(&tree, 200), new = seen_at(&tree, 0);
	const struct text honest = tree_submission(&tree, 200, 300);

	(void)state;
	assert_int_equal(judge(text_view(&honest), &at_200), WITNESS_FINE);
	/* The fork's own proof, from a common prefix on; and one that has none. */
	const struct text forked = tree_submission(&fork_, 200, 300);
	assert_int_equal(judge(text_view(&forked), &at_200), WITNESS_INCONSISTENT);
	const struct witness_seen common = seen_at(&tree, 100);
	const struct text still_common = tree_submission(&fork_, 100, 300);
	assert_int_equal(judge(text_view(&still_common), &common), WITNESS_FINE);
	/* The same size with another root. */
	const struct text other = tree_checkpoint(&fork_, 200);
	const struct text same_size = submission_of(200, &none, &other);
	assert_int_equal(judge(text_view(&same_size), &at_200), WITNESS_INCONSISTENT);
	/* No proof, one hash too few, too many, changed, and a proof from nothing. */
	const struct text checkpoint = tree_checkpoint(&tree, 300);
	struct merkle_proof proof = tree_proof(&tree, 200, 300);
	struct text body = submission_of(200, &none, &checkpoint);
	assert_int_equal(judge(text_view(&body), &at_200), WITNESS_INCONSISTENT);
	proof.n--;
	body = submission_of(200, &proof, &checkpoint);
	assert_int_equal(judge(text_view(&body), &at_200), WITNESS_INCONSISTENT);
	proof.n += 2;
	body = submission_of(200, &proof, &checkpoint);
	assert_int_equal(judge(text_view(&body), &at_200), WITNESS_INCONSISTENT);
	proof.n--;
	proof.hashes[1].bytes[31] ^= 1;
	body = submission_of(200, &proof, &checkpoint);
	assert_int_equal(judge(text_view(&body), &at_200), WITNESS_INCONSISTENT);
	proof.n = 1;
	body = submission_of(0, &proof, &checkpoint);
	assert_int_equal(judge(text_view(&body), &new), WITNESS_INCONSISTENT);
	/* An empty log with a root. */
	struct test_key key = test_key_new(0);
	const struct text empty =
		checkpoint_of(TREES_ORIGIN, 0, tree_root(&tree, 1), TREES_ORIGIN, &key);
	body = submission_of(0, &none, &empty);
	assert_int_equal(judge(text_view(&body), &new), WITNESS_INCONSISTENT);
}

static void refuses_other_signers(void **state)
{
	const struct witness_seen new = seen_at(&tree, 0);
	const struct merkle_proof none = {.n = 0};
	struct test_key log = test_key_new(0), other = test_key_new(0x40);
	const struct merkle_hash root = tree_root(&tree, 300);

	(void)state;
	struct text note = checkpoint_of(TREES_ORIGIN, 300, root, TREES_ORIGIN, &other);
	struct text body = submission_of(0, &none, &note);
	assert_int_equal(judge(text_view(&body), &new), WITNESS_UNTRUSTED);
	note = checkpoint_of(TREES_ORIGIN, 300, root, "log.example/other", &log);
	body = submission_of(0, &none, &note);
	assert_int_equal(judge(text_view(&body), &new), WITNESS_UNTRUSTED);
	note = checkpoint_of("log.example/other", 300, root, "log.example/other", &log);
	body = submission_of(0, &none, &note);
	assert_int_equal(judge(text_view(&body), &new), WITNESS_UNKNOWN);
	/* A signature of the log that does not hold spoils one that does; foreign ones do not. */
	note = tree_checkpoint(&tree, 300);
	body = submission_of(0, &none, &note);
	const size_t len = body.len;
	strcpy(body.at + len, KNOWN_WITNESS_LINE);
	body.len = strlen(body.at);
	assert_int_equal(judge(text_view(&body), &new), WITNESS_FINE);
	strcpy(body.at + len, KNOWN_LOG_LINE);
	body.len = strlen(body.at);
	assert_int_equal(judge(text_view(&body), &new), WITNESS_FINE);
	body.at[len + 50] = body.at[len + 50] == 'A' ? 'B' : 'A';
	assert_int_equal(judge(text_view(&body), &new), WITNESS_UNTRUSTED);
}

static void refuses_malformed_submissions(void **state)
{
	static const char *const bad[] = {
		"",
		"\n",
		"old\n\n",
		"old \n\n",
		"old 0\n",
		"old 0",
		"old 0\n\n",
		"old 0\n\n\n",
		"old -1\n\n" KNOWN_NOTE,
		"old 00\n\n" KNOWN_NOTE,
		"old +0\n\n" KNOWN_NOTE,
		"old  0\n\n" KNOWN_NOTE,
		"old 0 \n\n" KNOWN_NOTE,
		"old 0\r\n\r\n" KNOWN_NOTE,
		"old 0x0\n\n" KNOWN_NOTE,
		"OLD 0\n\n" KNOWN_NOTE,
		"old 9223372036854775808\n\n" KNOWN_NOTE,
		"\nold 0\n\n" KNOWN_NOTE,
		KNOWN_NOTE,
		"old 0\n" KNOWN_NOTE,
		"old 0\nAAAA\n\n" KNOWN_NOTE,
		"old 0\n" KNOWN_ROOT " \n\n" KNOWN_NOTE,
		"old 0\n \n\n" KNOWN_NOTE,
		"old 0\n\n\n" KNOWN_NOTE,
		"old 0\n\n" KNOWN_BODY,
		"old 0\n\n" KNOWN_BODY "\n",
		"old 0\n\n" KNOWN_NOTE "\n",
		"old 0\n\n" KNOWN_NOTE "x",
		"old 0\n\n" KNOWN_BODY "\nnothing\n",
		"old 0\n\nlog.example/letters\n300\n\n" KNOWN_LOG_LINE,
	};
	const struct witness_seen new = seen_at(&tree, 0);
	char many[64 * 46 + sizeof KNOWN_NOTE] = "old 0\n";

	(void)state;
	assert_int_equal(judge(BYTES("old 0\n\n" KNOWN_NOTE), &new), WITNESS_FINE);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (judge(BYTES(bad[i]), &new) != WITNESS_MALFORMED)
			fail_msg("case %zu", i);
	for (size_t i = 0; i < 63; i++)
		strcat(many, KNOWN_ROOT "\n");
	const size_t len = strlen(many);
	strcat(many, "\n" KNOWN_NOTE);
	assert_int_equal(judge(BYTES(many), &new), WITNESS_INCONSISTENT);
	many[len] = '\0';
	strcat(many, KNOWN_ROOT "\n\n" KNOWN_NOTE);
	assert_int_equal(judge(BYTES(many), &new), WITNESS_MALFORMED);
}

/* Every single bit of an honest submission but those of what is not looked at. */
static void refuses_changed_bits(void **state)
{
	struct text body = tree_submission(&tree, 200, 300);
	const struct witness_seen seen = seen_at(&tree, 200);
	size_t n_fine = 0;

	(void)state;
	for (size_t i = 0; i < body.len * 8; i += test_is_full() ? 1 : 3) {
		body.at[i / 8] = (char)(body.at[i / 8] ^ (1 << i % 8));
		n_fine += judge(text_view(&body), &seen) == WITNESS_FINE;
		body.at[i / 8] = (char)(body.at[i / 8] ^ (1 << i % 8));
	}
	assert_int_equal(n_fine, 0);
	assert_int_equal(judge(text_view(&body), &seen), WITNESS_FINE);
}

static void cosigns_and_remembers(void **state)
{
	static struct witness_submission submission;
	struct test_key key = test_key_new(0x20);
	const struct note_signer signer = test_signer("witness.example/w1", &key);
	uint8_t line_buffer[NOTE_SIGNATURE_LINE_MAX], buffer[WITNESS_RECORD_LEN_MAX];
	struct writer line = writer_new(line_buffer, sizeof line_buffer);
	struct writer record = writer_new(buffer, sizeof buffer);
	struct witness_seen seen;
	struct problem problem = {0};
	uint8_t hex[WITNESS_ORIGIN_HEX_LEN];

	(void)state;
	assert_int_equal(witness_read(&submission, BYTES("old 0\n\n" KNOWN_NOTE), NULL),
			 WITNESS_FINE);
	assert_int_equal(witness_check(&submission, &log_key, NULL), WITNESS_FINE);
	assert_int_equal(witness_cosign(&line, &submission, &signer, KNOWN_TIME), UNDERSIGN_OK);
	assert_bytes_equal(writer_view(&line), BYTES(KNOWN_WITNESS_LINE));
	witness_record_write(&record, &submission, writer_view(&line));
	assert_bytes_equal(writer_view(&record), BYTES(KNOWN_NOTE));
	const struct note_key own = witness_key(&signer);
	assert_true(note_key_is_equal(&own, &witness_vkey));
	assert_int_equal(witness_record_read(&seen, writer_view(&record), &log_key, &own, NULL),
			 UNDERSIGN_OK);
	assert_true(seen.size == 300 && seen.seconds == KNOWN_TIME);
	assert_hash_equal(seen.root, hash_of(KNOWN_ROOT));
	/* A record that lacks either, or is of another witness. */
	assert_int_not_equal(witness_record_read(&seen, BYTES(KNOWN_BODY "\n" KNOWN_LOG_LINE),
						 &log_key, &own, &problem),
			     UNDERSIGN_OK);
	assert_int_not_equal(witness_record_read(&seen, BYTES(KNOWN_BODY "\n" KNOWN_WITNESS_LINE),
						 &log_key, &own, &problem),
			     UNDERSIGN_OK);
	struct test_key other = test_key_new(0x60);
	const struct note_signer other_signer = test_signer("witness.example/w1", &other);
	const struct note_key other_key = witness_key(&other_signer);
	assert_int_not_equal(
		witness_record_read(&seen, BYTES(KNOWN_NOTE), &log_key, &other_key, &problem),
		UNDERSIGN_OK);
	witness_origin_hex(hex, BYTES(TREES_ORIGIN));
	assert_bytes_equal(
		bytes_from(hex, sizeof hex),
		BYTES("df56b89bcfad40f21258e0869e19a07c8fc9be4f2241d7fb44299e4eae82119c"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_follows),
		cmocka_unit_test(refuses_another_old_size),
		cmocka_unit_test(refuses_inconsistent_logs),
		cmocka_unit_test(refuses_other_signers),
		cmocka_unit_test(refuses_malformed_submissions),
		cmocka_unit_test(refuses_changed_bits),
		cmocka_unit_test(cosigns_and_remembers),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
