/* Credentials: text, seal, burning. */
#include "credential_sample.h"
#include "testing.h"

#include "entropy.h"
#include "scratch.h"

#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch[SCRATCH_PATH_MAX];
static struct entropy entropy;
static struct random_source fresh;

static int enter(void **state)
{
	(void)state;
	scratch_enter(scratch);
	fresh = entropy_source(&entropy);
	return 0;
}

static int leave(void **state)
{
	(void)state;
	scratch_leave(scratch);
	return 0;
}

static struct bytes text_of(uint8_t out[static CREDENTIAL_TEXT_MAX],
			    const struct credential *credential)
{
	struct writer writer = writer_new(out, CREDENTIAL_TEXT_MAX);

	credential_write(&writer, credential);
	return writer_view(&writer);
}

static void text_goes_both_ways(void **state)
{
	struct test_random random = test_random_new();
	uint8_t text[CREDENTIAL_TEXT_MAX];
	uint8_t again[CREDENTIAL_TEXT_MAX];

	(void)state;
	for (uint32_t n = 1; n <= UNDERSIGN_COLUMNS_MAX; n++) {
		for (int kind = 0; kind < 4; kind++) {
			struct credential *credential = sample_credential(&random);
			struct credential *read = credential_new();
			struct problem problem = {0};

			credential->n_columns = n;
			for (uint32_t i = n; i < SAMPLE_COLUMNS; i++)
				credential->columns[i] = (struct credential_column){0};
			for (uint32_t i = 0; i < n; i++) {
				credential->columns[i] = credential->columns[i % SAMPLE_COLUMNS];
				credential->columns[i].from = SAMPLE_BEGIN + i * 90 * SAMPLE_DAY;
				credential->columns[i].until =
					credential->columns[i].from + 89 * SAMPLE_DAY;
				credential->columns[i].burn =
					credential->columns[i].until + SAMPLE_DAY;
			}
			credential->meta_len = kind % 2 ? 32 : 0;
			test_random_fill(&random, credential->meta, credential->meta_len);
			if (kind >= 2 && n < 3)
				sample_seal(credential, BYTES("pass"), &fresh);
			struct bytes view = text_of(text, credential);
			assert_int_equal(credential_parse(read, view, &problem), UNDERSIGN_OK);
			assert_bytes_equal(text_of(again, read), view);
			assert_memory_equal(read, credential, sizeof *read);
			credential_free(read);
			credential_free(credential);
		}
	}
}

#define HEAD    "undersigned credential v1\nroster R\nedition 1\n"
#define NONE    "seal none\n"
#define DATES   "2031-01-01 2031-03-31 2031-04-08 "
#define BURNT_1 "column 1 " DATES "burnt\n"

static void bad_texts(void **state)
{
	static const struct {
		const char *text;
		const char *where;
	} cases[] = {
		{"", "line 1"},
		{"undersigned credential v2\n", "line 1"},
		{"undersigned credential v1\r\n", "line 1"},
		{"undersigned credential v1\nroster R\nedition 0\n" NONE BURNT_1, "line 3"},
		{"undersigned credential v1\nroster R\nedition 01\n" NONE BURNT_1, "line 3"},
		{"undersigned credential v1\nroster R\nedition 4294967296\n" NONE BURNT_1,
		 "line 3"},
		{"undersigned credential v1\nedition 1\nroster R\n" NONE BURNT_1, "line 2"},
		{HEAD NONE, "line 5"},
		{HEAD BURNT_1, "line 4"},
		{HEAD "meta \n" NONE BURNT_1, "line 4"},
		{HEAD "meta 0\n" NONE BURNT_1, "line 4"},
		{HEAD "meta AB\n" NONE BURNT_1, "line 4"},
		{HEAD
		 "meta 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20\n" NONE
			 BURNT_1,
		 "line 4"},
		{HEAD "seal none 1\n" BURNT_1, "line 4"},
		{HEAD "seal scrypt 1 8192 AAAAAAAAAAAAAAAAAAAAAA==\n" BURNT_1, "line 4"},
		{HEAD "seal argon2id 0 8192 AAAAAAAAAAAAAAAAAAAAAA==\n" BURNT_1, "line 4"},
		{HEAD "seal argon2id 11 8192 AAAAAAAAAAAAAAAAAAAAAA==\n" BURNT_1, "line 4"},
		{HEAD "seal argon2id 1 8191 AAAAAAAAAAAAAAAAAAAAAA==\n" BURNT_1, "line 4"},
		{HEAD "seal argon2id 1 65537 AAAAAAAAAAAAAAAAAAAAAA==\n" BURNT_1, "line 4"},
		{HEAD "seal argon2id 1 4294967296 AAAAAAAAAAAAAAAAAAAAAA==\n" BURNT_1, "line 4"},
		{HEAD "seal argon2id 1 8192 AAAAAAAAAAAAAAAAAAAAAB==\n" BURNT_1, "line 4"},
		{HEAD "seal argon2id 1 8192\n" BURNT_1, "line 4"},
		{HEAD "seal argon2id 1 8192 AAAAAAAAAAAAAAAAAAAAAA== x\n" BURNT_1, "line 4"},
		{HEAD NONE "column 2 " DATES "burnt\n", "line 5"},
		{HEAD NONE "column 0 " DATES "burnt\n", "line 5"},
		{HEAD NONE BURNT_1 BURNT_1, "line 6"},
		{HEAD NONE "column 1 2031-01-01 2030-12-31 2031-04-08 burnt\n", "line 5"},
		{HEAD NONE "column 1 2031-01-01 2031-03-31 2031-03-31 burnt\n", "line 5"},
		{HEAD NONE "column 1 2031-02-29 2031-03-31 2031-04-08 burnt\n", "line 5"},
		{HEAD NONE BURNT_1 "column 2 2031-03-31 2031-04-30 2031-05-08 burnt\n", "line 6"},
		{HEAD NONE "column 1 " DATES "burned\n", "line 5"},
		{HEAD NONE "column 1 " DATES "burnt burnt\n", "line 5"},
		{HEAD NONE "column 1 " DATES "\n", "line 5"},
		{HEAD NONE "column 1 " DATES "AAAA\n", "line 5"},
		{HEAD NONE BURNT_1 "x y\n", "line 6"},
		{HEAD NONE "column 1 " DATES "burnt", "line 5"},
	};
	struct credential *credential = credential_new();
	struct problem problem = {0};

	(void)state;
	/* The same without a fault. */
	assert_int_equal(
		credential_parse(credential, BYTES(HEAD "meta 00\n" NONE BURNT_1), &problem),
		UNDERSIGN_OK);
	assert_true(credential_is_burnt(credential));
	assert_int_equal(credential_parse(credential,
					  BYTES(HEAD "seal argon2id 10 65536 "
						     "AAAAAAAAAAAAAAAAAAAAAA==\n" BURNT_1),
					  &problem),
			 UNDERSIGN_OK);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		problem = (struct problem){0};
		credential->edition = 7;
		if (credential_parse(credential, BYTES(cases[i].text), &problem) !=
		    UNDERSIGN_E_FORMAT)
			fail_msg("not refused: %s", cases[i].text);
		assert_int_equal(credential->edition, 0);
		assert_string_equal(problem.where, cases[i].where);
		assert_true(problem.rule[0] != '\0');
	}
	credential_free(credential);
}

/* What is wrong with a line that holds a secret is said without showing any of it. */
static void problems_show_no_secret(void **state)
{
	struct test_random random = test_random_new();
	struct credential *credential = sample_credential(&random);
	struct credential *read = credential_new();
	static uint8_t text[CREDENTIAL_TEXT_MAX];
	struct bytes view = text_of(text, credential);

	(void)state;
	const uint8_t *last = memmem(view.data, view.len, "column 4 ", 9);
	assert_non_null(last);
	size_t start = (size_t)(last - view.data) + 42;
	for (size_t at = start; at + 1 < view.len; at += 5) {
		struct problem problem = {0};
		uint8_t before = text[at];
		char shown[9] = {0};

		text[at] = '!';
		memcpy(shown, text + start, 8);
		assert_int_equal(credential_parse(read, view, &problem), UNDERSIGN_E_FORMAT);
		assert_string_equal(problem.where, "line 8");
		assert_null(strstr(problem.what, shown));
		assert_null(strstr(problem.rule, shown));
		text[at] = before;
	}
	credential_free(read);
	credential_free(credential);
}

static void seals_and_opens(void **state)
{
	struct test_random random = test_random_new();
	struct credential *open = sample_credential(&random);
	struct credential *sealed = credential_new();
	uint8_t secret[UNDERSIGN_SECRET_BYTES];
	static const uint8_t zeros[UNDERSIGN_SECRET_BYTES];
	struct problem problem = {0};

	(void)state;
	*sealed = *open;
	sample_seal(sealed, BYTES("correct horse"), &fresh);
	for (uint32_t c = 1; c <= SAMPLE_COLUMNS; c++) {
		assert_int_equal(sealed->columns[c - 1].state, CREDENTIAL_SEALED);
		assert_null(memmem(sealed->columns[c - 1].secret, CREDENTIAL_SEALED_BYTES,
				   open->columns[c - 1].secret, 16));
		assert_int_equal(
			credential_secret(secret, sealed, c, BYTES("correct horse"), &problem),
			UNDERSIGN_OK);
		assert_memory_equal(secret, open->columns[c - 1].secret, sizeof secret);
		assert_int_equal(credential_secret(secret, open, c, BYTES(""), &problem),
				 UNDERSIGN_OK);
		assert_memory_equal(secret, open->columns[c - 1].secret, sizeof secret);
	}
	/* The seal is the one that formats.md says: opened here by hand. */
	uint8_t key[32];
	assert_int_equal(crypto_pwhash(key, 32, "correct horse", 13, sealed->seal.salt, 1,
				       8192 * 1024, crypto_pwhash_ALG_ARGON2ID13),
			 0);
	assert_int_equal(crypto_secretbox_open_easy(secret, sealed->columns[0].secret + 24, 176,
						    sealed->columns[0].secret, key),
			 0);
	assert_memory_equal(secret, open->columns[0].secret, sizeof secret);

	assert_int_equal(credential_secret(secret, sealed, 1, BYTES("wrong"), &problem),
			 UNDERSIGN_E_INVALID);
	assert_string_equal(problem.what, "The passphrase does not open this file.");
	assert_memory_equal(secret, zeros, sizeof secret);
	assert_int_equal(credential_secret(secret, sealed, 1, BYTES(""), &problem),
			 UNDERSIGN_E_INVALID);
	assert_int_equal(credential_secret(secret, sealed, 0, BYTES("correct horse"), &problem),
			 UNDERSIGN_E_MISSING);
	assert_int_equal(credential_secret(secret, sealed, 5, BYTES("correct horse"), &problem),
			 UNDERSIGN_E_MISSING);
	/* Any bit of the sealed secret or of the salt. */
	for (size_t i = 0; i < CREDENTIAL_SEALED_BYTES; i += 37) {
		sealed->columns[0].secret[i] ^= 1;
		assert_int_equal(
			credential_secret(secret, sealed, 1, BYTES("correct horse"), &problem),
			UNDERSIGN_E_INVALID);
		assert_memory_equal(secret, zeros, sizeof secret);
		sealed->columns[0].secret[i] ^= 1;
	}
	sealed->seal.salt[3] ^= 1;
	assert_int_equal(credential_secret(secret, sealed, 1, BYTES("correct horse"), &problem),
			 UNDERSIGN_E_INVALID);
	credential_free(sealed);

	/* Out of bounds: unchanged. */
	static const uint32_t bad[][2] = {{0, 8192}, {11, 8192}, {1, 8191}, {1, 65537}};
	struct credential *before = credential_new();
	*before = *open;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(
			credential_seal(open, BYTES("x"), bad[i][0], bad[i][1], &fresh, &problem),
			UNDERSIGN_E_USAGE);
	assert_int_equal(credential_seal(open, BYTES(""), 1, 8192, &fresh, &problem),
			 UNDERSIGN_E_USAGE);
	assert_memory_equal(open, before, sizeof *open);
	credential_free(before);
	credential_free(open);
	credential_free(NULL);
}

static void knows_what_is_due(void **state)
{
	struct test_random random = test_random_new();
	struct credential *credential = sample_credential(&random);
	uint64_t burn = credential->columns[0].burn;

	(void)state;
	assert_int_equal(credential_due(credential, 0), 0);
	assert_int_equal(credential_due(credential, burn - 1), 0);
	assert_int_equal(credential_due(credential, burn), 1);
	assert_int_equal(credential_due(credential, burn + 90 * SAMPLE_DAY), 3);
	credential->columns[0].state = CREDENTIAL_BURNT;
	assert_int_equal(credential_due(credential, burn + 90 * SAMPLE_DAY), 2);
	assert_int_equal(credential_due(credential, UINT64_MAX), 14);
	assert_false(credential_is_burnt(credential));
	credential_free(credential);
}

/* Burning needs no passphrase, keeps the other columns, and what the file held is overwritten. */
static void burns_columns(void **state)
{
	struct test_random random = test_random_new();

	(void)state;
	for (int is_sealed = 0; is_sealed < 2; is_sealed++) {
		struct credential *credential = sample_credential(&random);
		struct credential *read;
		struct problem problem = {0};
		uint8_t secrets[SAMPLE_COLUMNS][UNDERSIGN_SECRET_BYTES];
		uint8_t secret[UNDERSIGN_SECRET_BYTES];
		uint32_t due;

		for (size_t i = 0; i < SAMPLE_COLUMNS; i++)
			memcpy(secrets[i], credential->columns[i].secret, UNDERSIGN_SECRET_BYTES);
		if (is_sealed)
			sample_seal(credential, BYTES("pass"), &fresh);
		assert_int_equal(credential_file_create("c", credential, &problem), UNDERSIGN_OK);
		assert_int_equal(credential_file_create("c", credential, &problem),
				 UNDERSIGN_E_CONFLICT);
		credential_free(credential);
		assert_int_equal(link("c", "witness"), 0);

		uint64_t now = SAMPLE_BEGIN + 200 * SAMPLE_DAY;
		assert_int_equal(credential_file_read(&read, &due, "c", now, &problem),
				 UNDERSIGN_OK);
		assert_int_equal(due, 3);
		assert_int_equal(credential_file_burn("c", read, due, &problem), UNDERSIGN_OK);
		assert_int_equal(credential_due(read, now), 0);
		credential_free(read);

		/* The old file, seen through its other name, holds nothing but zeros. */
		struct file_content old;
		assert_int_equal(
			file_read(&old, "witness", CREDENTIAL_TEXT_MAX, FILE_PUBLIC, &problem),
			UNDERSIGN_OK);
		assert_true(old.len > 0);
		for (size_t i = 0; i < old.len; i++)
			assert_int_equal(old.data[i], 0);
		file_content_free(&old);

		struct stat info;
		assert_int_equal(stat("c", &info), 0);
		assert_int_equal(info.st_mode & 07777, 0600);
		assert_int_equal(credential_file_read(&read, &due, "c", now, &problem),
				 UNDERSIGN_OK);
		assert_int_equal(due, 0);
		for (uint32_t c = 1; c <= SAMPLE_COLUMNS; c++) {
			enum undersign_status status =
				credential_secret(secret, read, c, BYTES("pass"), &problem);

			assert_int_equal(status, c <= 2 ? UNDERSIGN_E_MISSING : UNDERSIGN_OK);
			if (c > 2)
				assert_memory_equal(secret, secrets[c - 1], sizeof secret);
		}
		/* Again: nothing is written, so the file is the same one. */
		ino_t inode = info.st_ino;
		assert_int_equal(credential_file_burn("c", read, 3, &problem), UNDERSIGN_OK);
		assert_int_equal(credential_file_burn("c", read, 0xffff0, &problem), UNDERSIGN_OK);
		assert_int_equal(stat("c", &info), 0);
		assert_int_equal(info.st_ino, inode);
		/* Somebody else has burnt a column meanwhile. */
		struct credential *other;
		assert_int_equal(credential_file_read(&other, NULL, "c", now, &problem),
				 UNDERSIGN_OK);
		assert_int_equal(credential_file_burn("c", other, 4, &problem), UNDERSIGN_OK);
		assert_int_equal(credential_file_burn("c", read, 8, &problem),
				 UNDERSIGN_E_CONFLICT);
		assert_int_equal(credential_due(read, UINT64_MAX), 12);
		assert_int_equal(credential_file_burn("c", other, CREDENTIAL_ALL_COLUMNS, &problem),
				 UNDERSIGN_OK);
		assert_true(credential_is_burnt(other));
		credential_free(other);
		credential_free(read);
		assert_int_equal(unlink("witness"), 0);
		assert_int_equal(unlink("c"), 0);
	}
}

static void reads_strictly(void **state)
{
	struct credential *read;
	struct problem problem = {0};
	uint32_t due = 7;

	(void)state;
	assert_int_equal(credential_file_read(&read, &due, "none", 0, &problem),
			 UNDERSIGN_E_MISSING);
	assert_null(read);
	assert_int_equal(due, 0);
	scratch_put("bad", BYTES(HEAD NONE "column 1 " DATES "burned\n"));
	assert_int_equal(credential_file_read(&read, &due, "bad", 0, &problem), UNDERSIGN_E_FORMAT);
	assert_string_equal(problem.where, "file bad, line 5");
	static uint8_t large[CREDENTIAL_TEXT_MAX + 1];
	scratch_put("large", bytes_from(large, sizeof large));
	assert_int_equal(credential_file_read(&read, &due, "large", 0, &problem),
			 UNDERSIGN_E_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(text_goes_both_ways, enter, leave),
		cmocka_unit_test(bad_texts),
		cmocka_unit_test(problems_show_no_secret),
		cmocka_unit_test_setup_teardown(seals_and_opens, enter, leave),
		cmocka_unit_test(knows_what_is_due),
		cmocka_unit_test_setup_teardown(burns_columns, enter, leave),
		cmocka_unit_test_setup_teardown(reads_strictly, enter, leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
