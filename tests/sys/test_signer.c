/* Private keys: made once, never overwritten, read strictly. */
#include "testing.h"

#include "ed25519.h"
#include "entropy.h"
#include "file.h"
#include "scratch.h"
#include "signer.h"

#include <sys/stat.h>

static char scratch[SCRATCH_PATH_MAX];

static int enter(void **state)
{
	(void)state;
	scratch_enter(scratch);
	return 0;
}

static int leave(void **state)
{
	(void)state;
	scratch_leave(scratch);
	return 0;
}

static enum undersign_status no_random(void *cookie, uint8_t *out, size_t len)
{
	(void)cookie;
	memset(out, 0, len);
	return UNDERSIGN_E_RANDOM;
}

static void makes_and_reads(void **state)
{
	struct entropy entropy = {0};
	struct random_source random = entropy_source(&entropy);
	struct problem problem = {0};
	struct signer *signer;
	struct stat info;
	uint8_t text[1024];
	struct writer writer = writer_new(text, sizeof text);

	(void)state;
	assert_int_equal(
		signer_new(&signer, "key", BYTES("example.org/letters"), &random, &problem),
		UNDERSIGN_OK);
	assert_int_equal(stat("key", &info), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
	struct note_key key = *signer_key(signer);
	assert_bytes_equal(key.name, BYTES("example.org/letters"));
	struct note_signer note_signer = signer_note_signer(signer);
	assert_int_equal(note_sign(&writer, BYTES("text\n"), &note_signer, 1), UNDERSIGN_OK);

	/* Read again, it is the same key, and its signature holds. */
	struct signer *again;
	assert_int_equal(signer_open(&again, "key", &problem), UNDERSIGN_OK);
	assert_true(note_key_is_equal(signer_key(again), signer_key(signer)));
	struct note note;
	struct note_verdict verdict;
	assert_int_equal(note_parse(&note, writer_view(&writer), &problem), UNDERSIGN_OK);
	assert_int_equal(
		note_verify(&verdict, &note, signer_key(again), 1, NOTE_UNKNOWN_REFUSED, &problem),
		UNDERSIGN_OK);
	uint8_t twice[1024];
	struct writer second = writer_new(twice, sizeof twice);
	note_signer = signer_note_signer(again);
	assert_int_equal(note_sign(&second, BYTES("text\n"), &note_signer, 1), UNDERSIGN_OK);
	assert_bytes_equal(writer_view(&second), writer_view(&writer));
	signer_close(again);
	signer_close(signer);
	signer_close(NULL);

	/* An existing key is never lost, and a failure leaves none. */
	assert_int_equal(signer_new(&signer, "key", BYTES("a"), &random, &problem),
			 UNDERSIGN_E_CONFLICT);
	assert_null(signer);
	assert_int_equal(signer_new(&signer, "other", BYTES("a b"), &random, &problem),
			 UNDERSIGN_E_USAGE);
	random.fill = no_random;
	assert_int_equal(signer_new(&signer, "other", BYTES("a"), &random, &problem),
			 UNDERSIGN_E_RANDOM);
	assert_int_equal(scratch_count("."), 1);
	assert_int_equal(signer_open(&signer, "key", &problem), UNDERSIGN_OK);
	signer_close(signer);
	entropy_close(&entropy);
}

/* The known key of seed 00..1f (and its form to the byte). */
static void known_key(void **state)
{
	static const char line[] = "PRIVATE+KEY+log.example/letters+79625d09+"
				   "AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n";
	static const char *const bad[] = {
		"",
		"\n",
		"PRIVATE+KEY+log.example/letters+79625d09+"
		"AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
		"PRIVATE+KEY+log.example/letters+79625d08+"
		"AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n",
		"log.example/letters+79625d09+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4\n",
		"PRIVATE+KEY+log.example/letters+79625d09+"
		"AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n\n",
	};
	struct problem problem = {0};
	struct signer *signer;
	uint8_t vkey[NOTE_KEY_TEXT_MAX];
	struct writer writer = writer_new(vkey, sizeof vkey);

	(void)state;
	scratch_put("key", BYTES(line));
	assert_int_equal(signer_open(&signer, "key", &problem), UNDERSIGN_OK);
	note_key_write(&writer, signer_key(signer));
	assert_bytes_equal(
		writer_view(&writer),
		BYTES("log.example/letters+79625d09+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"));
	signer_close(signer);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		problem = (struct problem){0};
		scratch_put("key", BYTES(bad[i]));
		assert_int_equal(signer_open(&signer, "key", &problem), UNDERSIGN_E_FORMAT);
		assert_null(signer);
		assert_non_null(strstr(problem.where, "file key"));
		/* A problem never tells a secret. */
		assert_null(strstr(problem.what, "AQABAgME"));
	}
	assert_int_equal(signer_open(&signer, "none", &problem), UNDERSIGN_E_MISSING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(makes_and_reads, enter, leave),
		cmocka_unit_test_setup_teardown(known_key, enter, leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
