#include "known.h"

#include "checkpoint.h"

static struct note_key known_keys[2];

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(note_key_parse(&known_keys[0], BYTES(KNOWN_LOG_VKEY), NULL), UNDERSIGN_OK);
	assert_int_equal(note_key_parse(&known_keys[1], BYTES(KNOWN_WITNESS_VKEY), NULL),
			 UNDERSIGN_OK);
	return 0;
}

static enum undersign_status open_with(struct bytes input, const struct note_key *keys,
				       size_t n_keys, enum note_strictness strictness)
{
	struct checkpoint checkpoint;
	struct note note;
	struct note_verdict verdict;
	struct problem problem = {{0}, {0}, {0}};
	enum undersign_status status = checkpoint_open(&checkpoint, &note, &verdict, input, keys,
						       n_keys, strictness, &problem);

	assert_int_equal(problem_is_set(&problem), status != UNDERSIGN_OK);
	assert_int_equal(checkpoint.origin.len == 0, status != UNDERSIGN_OK);
	assert_int_equal(note_verdict_has(&verdict, 0), status == UNDERSIGN_OK);
	return status;
}

static void opens_the_known_one(void **state)
{
	struct checkpoint checkpoint;
	struct note note;
	struct note_verdict verdict;

	(void)state;
	assert_int_equal(checkpoint_open(&checkpoint, &note, &verdict, BYTES(KNOWN_NOTE),
					 known_keys, 2, NOTE_UNKNOWN_REFUSED, NULL),
			 UNDERSIGN_OK);
	assert_bytes_equal(checkpoint.origin, BYTES("log.example/letters"));
	assert_true(checkpoint.size == 300);
	assert_hash_equal(checkpoint.root, hash_of(KNOWN_ROOT));
	assert_true(note_verdict_has(&verdict, 0));
	assert_true(note_verdict_has(&verdict, 1));
	assert_true(note_verdict_seconds(&verdict, 0) == 0);
	assert_true(note_verdict_seconds(&verdict, 1) == KNOWN_TIME);
	assert_true(note_verdict_seconds(&verdict, NOTE_KEY_UNKNOWN) == 0);
}

/* Ed25519 is deterministic: our signing gives the very bytes. */
static void makes_the_known_one(void **state)
{
	struct test_key log = test_key_new(0);
	struct test_key witness = test_key_new(0x20);
	struct note_signer log_signer = test_signer("log.example/letters", &log);
	struct note_signer witness_signer = test_signer("witness.example/w1", &witness);
	struct checkpoint checkpoint = {.origin = BYTES("log.example/letters"), .size = 300};
	uint8_t text_buffer[CHECKPOINT_BODY_LEN_MAX];
	uint8_t buffer[1024];
	struct writer text = writer_new(text_buffer, sizeof text_buffer);
	struct writer writer = writer_new(buffer, sizeof buffer);

	(void)state;
	checkpoint.root = hash_of(KNOWN_ROOT);
	checkpoint_write(&text, &checkpoint);
	assert_bytes_equal(writer_view(&text), BYTES(KNOWN_BODY));
	assert_int_equal(note_sign(&writer, writer_view(&text), &log_signer, 1), UNDERSIGN_OK);
	assert_int_equal(note_cosign_line(&writer, writer_view(&text), &witness_signer, KNOWN_TIME),
			 UNDERSIGN_OK);
	assert_bytes_equal(writer_view(&writer), BYTES(KNOWN_NOTE));
}

#define ROOT KNOWN_ROOT "\n"

static void parses_strictly(void **state)
{
	const char *good[] = {"o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", "o\n1\n" ROOT,
			      "o o\n9223372036854775807\n" ROOT, "o\n1\n" ROOT "extension\n",
			      "o\n1\n" ROOT "a\nb c\n"};
	const char *bad[] = {
		"",
		"\n",
		"o",
		"o\n",
		"o\n1",
		"o\n1\n",
		"o\n1\n" KNOWN_ROOT, /* no last newline */
		"\n1\n" ROOT,
		"o\n\n" ROOT,
		"o\n+1\n" ROOT,
		"o\n-1\n" ROOT,
		"o\n-0\n" ROOT,
		"o\n01\n" ROOT,
		"o\n00\n" ROOT,
		"o\n 1\n" ROOT,
		"o\n1 \n" ROOT,
		"o\n1.0\n" ROOT,
		"o\n0x1\n" ROOT,
		"o\n9223372036854775808\n" ROOT,
		"o\n18446744073709551616\n" ROOT,
		"o\n1\r\n" ROOT,
		"o\r\n1\n" ROOT,
		"o\n1\nrrsCfVw90Ihx7lJXemH8gxItDRQ1J5GUNjm9TBLTaUM\n",
		"o\n1\nrrsCfVw90Ihx7lJXemH8gxItDRQ1J5GUNjm9TBLTaUN=\n", /* unused bits */
		"o\n1\nrrsCfVw90Ihx7lJXemH8gxItDRQ1J5GUNjm9TBLTaQ==\n", /* 31 bytes */
		"o\n1\nrrsCfVw90Ihx7lJXemH8gxItDRQ1J5GUNjm9TBLTaUNB\n", /* 33 bytes */
		"o\n1\nrrsCfVw90Ihx7lJXemH8gxItDRQ1J5GUNjm9TBLTaUM= \n",
		"o\n1\n rrsCfVw90Ihx7lJXemH8gxItDRQ1J5GUNjm9TBLTaUM=\n",
		"o\n1\nrrsCfVw90Ihx7lJXemH8gxItDRQ1J5GUNjm9TBLTaUM=\r\n",
		"o\n1\n\n",
		"o\n1\n" ROOT "\n",
		"o\n1\n" ROOT "a\n\n",
		"o\n1\n" ROOT "a\n\nb\n",
		"o\n1\n" ROOT "a",
		"\xff\n1\n" ROOT,
	};
	struct checkpoint checkpoint;
	struct problem problem;
	uint8_t buffer[256];

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct writer writer = writer_new(buffer, sizeof buffer);

		assert_int_equal(checkpoint_parse(&checkpoint, BYTES(good[i]), NULL), UNDERSIGN_OK);
		checkpoint_write(&writer, &checkpoint);
		assert_bytes_equal(writer_view(&writer), BYTES(good[i]));
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		memset(&problem, 0, sizeof problem);
		if (checkpoint_parse(&checkpoint, BYTES(bad[i]), &problem) != UNDERSIGN_E_FORMAT)
			fail_msg("case %zu", i);
		assert_true(problem_is_set(&problem));
		assert_int_equal(checkpoint.origin.len, 0);
	}
	/* An empty log with a root. */
	assert_int_equal(checkpoint_parse(&checkpoint, BYTES("o\n0\n" ROOT), NULL),
			 UNDERSIGN_E_INVALID);
	assert_int_equal(checkpoint.origin.len, 0);
	memset(&problem, 0, sizeof problem);
	assert_int_equal(checkpoint_parse(&checkpoint, BYTES("o\n01\n" ROOT), &problem),
			 UNDERSIGN_E_FORMAT);
	assert_string_equal(problem.where, "line 2");
	assert_string_equal(problem.what, "found 01");
}

static void every_changed_bit_is_refused(void **state)
{
	char note[sizeof KNOWN_NOTE];
	size_t len = sizeof KNOWN_NOTE - 1;

	(void)state;
	memcpy(note, KNOWN_NOTE, sizeof note);
	assert_int_equal(open_with(bytes_from(note, len), known_keys, 2, NOTE_UNKNOWN_REFUSED),
			 UNDERSIGN_OK);
	for (size_t bit = 0; bit < 8 * len; bit++) {
		note[bit / 8] = (char)(note[bit / 8] ^ 1 << (bit % 8));
		assert_int_not_equal(
			open_with(bytes_from(note, len), known_keys, 2, NOTE_UNKNOWN_REFUSED),
			UNDERSIGN_OK);
		note[bit / 8] = (char)(note[bit / 8] ^ 1 << (bit % 8));
	}
}

static void needs_the_log_and_its_name(void **state)
{
	struct note_key swapped[2] = {known_keys[1], known_keys[0]};
	struct note_key other = known_keys[0];

	(void)state;
	assert_int_equal(open_with(BYTES(KNOWN_NOTE), known_keys, 2, NOTE_UNKNOWN_REFUSED),
			 UNDERSIGN_OK);
	assert_int_equal(open_with(BYTES(KNOWN_NOTE), known_keys, 1, NOTE_UNKNOWN_IGNORED),
			 UNDERSIGN_OK);
	assert_int_equal(open_with(BYTES(KNOWN_NOTE), known_keys, 1, NOTE_UNKNOWN_REFUSED),
			 UNDERSIGN_E_INVALID);
	assert_int_equal(open_with(BYTES(KNOWN_NOTE), swapped, 2, NOTE_UNKNOWN_IGNORED),
			 UNDERSIGN_E_INVALID);
	assert_int_equal(open_with(BYTES(KNOWN_BODY "\n" KNOWN_LOG_LINE), known_keys, 2,
				   NOTE_UNKNOWN_REFUSED),
			 UNDERSIGN_OK);
	/* Cosigned only. */
	assert_int_equal(open_with(BYTES(KNOWN_BODY "\n" KNOWN_WITNESS_LINE), known_keys, 2,
				   NOTE_UNKNOWN_IGNORED),
			 UNDERSIGN_E_MISSING);
	other.name = BYTES("log.example/other");
	assert_int_equal(open_with(BYTES(KNOWN_NOTE), &other, 1, NOTE_UNKNOWN_IGNORED),
			 UNDERSIGN_E_INVALID);
	assert_int_equal(
		open_with(BYTES("t\n\n" KNOWN_LOG_LINE), known_keys, 2, NOTE_UNKNOWN_IGNORED),
		UNDERSIGN_E_FORMAT);
}

/* Extension lines, signed by log and witness alike: parsed, and refused for our logs. */
static void refuses_extension_lines(void **state)
{
	const char *texts[] = {KNOWN_BODY, KNOWN_BODY "extension\n"};
	struct test_key log = test_key_new(0);
	struct note_signer signer = test_signer("log.example/letters", &log);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint8_t buffer[512];
		struct writer writer = writer_new(buffer, sizeof buffer);

		assert_int_equal(note_sign(&writer, BYTES(texts[i]), &signer, 1), UNDERSIGN_OK);
		assert_int_equal(
			open_with(writer_view(&writer), known_keys, 2, NOTE_UNKNOWN_REFUSED),
			i == 0 ? UNDERSIGN_OK : UNDERSIGN_E_INVALID);
	}
}

/* Writes the log's note and a line of the witness's key with this payload after the key id. */
static enum undersign_status open_with_payload(struct bytes payload)
{
	uint8_t raw[128];
	uint8_t buffer[1024];
	struct writer inner = writer_new(raw, sizeof raw);
	struct writer writer = writer_new(buffer, sizeof buffer);

	writer_u32be(&inner, known_keys[1].id);
	writer_bytes(&inner, payload);
	writer_text(&writer, KNOWN_BODY "\n" KNOWN_LOG_LINE "\xe2\x80\x94 witness.example/w1 ");
	writer_base64(&writer, writer_view(&inner));
	writer_text(&writer, "\n");
	return open_with(writer_view(&writer), known_keys, 2, NOTE_UNKNOWN_IGNORED);
}

static void cosignatures_state_their_time(void **state)
{
	const uint64_t times[] = {1, KNOWN_TIME,        (UINT64_C(1) << 63) - 1,
				  0, UINT64_C(1) << 63, UINT64_MAX};
	struct test_key witness = test_key_new(0x20);

	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		char message[512];
		uint8_t payload[73];
		uint8_t signature[64];
		struct writer writer = writer_new(payload, sizeof payload);
		(void)snprintf(message, sizeof message, "cosignature/v1\ntime %llu\n" KNOWN_BODY,
			       (unsigned long long)times[i]);

		crypto_sign_detached(signature, NULL, (uint8_t *)message, strlen(message),
				     witness.secret);
		writer_u64be(&writer, times[i]);
		writer_put(&writer, signature, 64);
		assert_int_equal(open_with_payload(writer_view(&writer)),
				 i < 3 ? UNDERSIGN_OK : UNDERSIGN_E_INVALID);
		/* Another time, a byte less or more, the bare signature. */
		payload[7] ^= 1;
		assert_int_equal(open_with_payload(bytes_from(payload, 72)), UNDERSIGN_E_INVALID);
		payload[7] ^= 1;
		payload[72] = 0;
		assert_int_equal(open_with_payload(bytes_from(payload, 71)), UNDERSIGN_E_INVALID);
		assert_int_equal(open_with_payload(bytes_from(payload, 73)), UNDERSIGN_E_INVALID);
		assert_int_equal(open_with_payload(bytes_from(signature, 64)), UNDERSIGN_E_INVALID);
	}
	/* A signature of the note's text itself is no cosignature. */
	uint8_t payload[72] = {0, 0, 0, 0, 0, 0, 0, 1};
	crypto_sign_detached(payload + 8, NULL, (const uint8_t *)KNOWN_BODY, sizeof KNOWN_BODY - 1,
			     witness.secret);
	assert_int_equal(open_with_payload(bytes_from(payload, 72)), UNDERSIGN_E_INVALID);
}

/* The latest of a witness's several cosignatures counts. */
static void latest_time_counts(void **state)
{
	struct test_key witness = test_key_new(0x20);
	struct note_signer signer = test_signer("witness.example/w1", &witness);
	struct checkpoint checkpoint;
	struct note note;
	struct note_verdict verdict;
	uint8_t buffer[1024];
	struct writer writer = writer_new(buffer, sizeof buffer);

	(void)state;
	writer_text(&writer, KNOWN_BODY "\n" KNOWN_LOG_LINE);
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(
			note_cosign_line(&writer, BYTES(KNOWN_BODY), &signer, 100 + i * 5 % 7),
			UNDERSIGN_OK);
	assert_int_equal(checkpoint_open(&checkpoint, &note, &verdict, writer_view(&writer),
					 known_keys, 2, NOTE_UNKNOWN_IGNORED, NULL),
			 UNDERSIGN_OK);
	assert_true(note_verdict_seconds(&verdict, 1) == 105);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_the_known_one),
		cmocka_unit_test(makes_the_known_one),
		cmocka_unit_test(parses_strictly),
		cmocka_unit_test(every_changed_bit_is_refused),
		cmocka_unit_test(needs_the_log_and_its_name),
		cmocka_unit_test(refuses_extension_lines),
		cmocka_unit_test(cosignatures_state_their_time),
		cmocka_unit_test(latest_time_counts),
	};

	return cmocka_run_group_tests_name("checkpoint", tests, set_up, NULL);
}
