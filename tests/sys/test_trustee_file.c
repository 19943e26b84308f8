/* A trustee's secret in its file: sealed and not, as it was before there were seals, cut, changed.
 */
#include "testing.h"

#include "scratch.h"

#include "entropy.h"
#include "memory.h"
#include "trustee_file.h"

#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHwA="
/* Of before there were seals: what is written without one is still this text. */
static const char plain[] = "undersigned trustee-secret v1\nsecret " SECRET "\n";

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

static enum undersign_status fail_to_fill(void *cookie, uint8_t *out, size_t len)
{
	(void)cookie;
	(void)out;
	(void)len;
	return UNDERSIGN_E_RANDOM;
}

static struct scalar secret_of_text(void)
{
	uint8_t encoded[SCALAR_BYTES];
	struct scalar secret;

	for (size_t i = 0; i < sizeof encoded; i++)
		encoded[i] = (uint8_t)(i + 1);
	encoded[31] = 0;
	assert_int_equal(scalar_decode(&secret, encoded), UNDERSIGN_OK);
	return secret;
}

static struct bytes text_of(uint8_t out[static TRUSTEE_FILE_MAX], const struct trustee_file *file)
{
	struct writer writer = writer_new(out, TRUSTEE_FILE_MAX);

	trustee_file_write(&writer, file);
	return writer_view(&writer);
}

static void assert_is_zero(const struct scalar *scalar)
{
	static const struct scalar zeros;

	assert_memory_equal(scalar, &zeros, sizeof zeros);
}

static struct trustee_file *make_sealed(const char *passphrase)
{
	const struct scalar secret = secret_of_text();
	struct trustee_file *file = trustee_file_new(&secret);
	struct problem problem = {0};

	assert_non_null(file);
	assert_int_equal(trustee_file_seal(file, bytes_from_text(passphrase), 1,
					   SECRET_SEAL_MEMORY_MIN, &fresh, &problem),
			 UNDERSIGN_OK);
	return file;
}

static void reads_what_was_never_sealed(void **state)
{
	static const char with_line[] =
		"undersigned trustee-secret v1\nseal none\nsecret " SECRET "\n";
	const struct scalar wanted = secret_of_text();
	const char *const texts[] = {plain, with_line};
	uint8_t again[TRUSTEE_FILE_MAX];
	struct problem problem = {0};
	struct trustee_file file;
	struct scalar secret;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(trustee_file_parse(&file, bytes_from_text(texts[i]), &problem),
				 UNDERSIGN_OK);
		assert_int_equal(trustee_file_open(&secret, &file, bytes_from(NULL, 0), &problem),
				 UNDERSIGN_OK);
		assert_memory_equal(&secret, &wanted, sizeof secret);
		assert_true(bytes_are_equal(text_of(again, &file), bytes_from_text(plain)));
	}
}

static void seals_and_opens(void **state)
{
	struct trustee_file *file = make_sealed("correct horse");
	const struct scalar wanted = secret_of_text();
	uint8_t text[TRUSTEE_FILE_MAX], encoded[SCALAR_BYTES], key[32], opened[SCALAR_BYTES];
	struct problem problem = {0};
	struct trustee_file read;
	struct scalar secret;

	(void)state;
	const struct bytes view = text_of(text, file);
	scalar_encode(encoded, &wanted);
	assert_null(memmem(file, sizeof *file, encoded, 8));
	assert_null(memmem(view.data, view.len, SECRET, 12));
	assert_int_equal(trustee_file_parse(&read, view, &problem), UNDERSIGN_OK);
	assert_memory_equal(&read, file, sizeof read);
	assert_int_equal(
		trustee_file_open(&secret, &read, bytes_from_text("correct horse"), &problem),
		UNDERSIGN_OK);
	assert_memory_equal(&secret, &wanted, sizeof secret);
	/* The seal is the one that formats.md says: opened here by hand. */
	assert_int_equal(crypto_pwhash(key, 32, "correct horse", 13, file->seal.salt, 1,
				       8192 * 1024, crypto_pwhash_ALG_ARGON2ID13),
			 0);
	assert_int_equal(
		crypto_secretbox_open_easy(opened, file->secret + 24, 48, file->secret, key), 0);
	assert_memory_equal(opened, encoded, sizeof opened);

	static const char *const wrong[] = {"wrong", "", "correct horsf"};
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(
			trustee_file_open(&secret, &read, bytes_from_text(wrong[i]), &problem),
			UNDERSIGN_E_INVALID);
		assert_is_zero(&secret);
	}
	assert_string_equal(problem.what, "The passphrase does not open this file.");
	/* Any bit of what is sealed, or of the salt. */
	for (size_t i = 0; i < TRUSTEE_FILE_SEALED; i += 23) {
		read.secret[i] ^= 4;
		assert_int_equal(trustee_file_open(&secret, &read, bytes_from_text("correct horse"),
						   &problem),
				 UNDERSIGN_E_INVALID);
		assert_is_zero(&secret);
		read.secret[i] ^= 4;
	}
	read.seal.salt[5] ^= 1;
	assert_int_equal(
		trustee_file_open(&secret, &read, bytes_from_text("correct horse"), &problem),
		UNDERSIGN_E_INVALID);
	trustee_file_free(file);
	trustee_file_free(NULL);
}

/* Cut at each byte, and what is not a secret: refused, shown in no problem, and nothing is left. */
static void refuses_what_is_cut(void **state)
{
	struct trustee_file *sealed = make_sealed("x");
	static const struct trustee_file zeros;
	uint8_t text[TRUSTEE_FILE_MAX];
	const struct bytes whole[] = {bytes_from_text(plain), text_of(text, sealed)};
	struct problem problem = {0};
	struct trustee_file file;
	struct scalar secret;

	(void)state;
	for (size_t t = 0; t < 2; t++)
		for (size_t len = 0; len < whole[t].len; len++) {
			assert_int_equal(
				trustee_file_parse(&file, bytes_from(whole[t].data, len), &problem),
				UNDERSIGN_E_FORMAT);
			assert_memory_equal(&file, &zeros, sizeof file);
			assert_null(strstr(problem.what, "AQID"));
		}
	/* 32 bytes, and no scalar. */
	memset(&file, 0xff, sizeof file);
	file.seal = (struct secret_seal){0};
	assert_int_equal(trustee_file_open(&secret, &file, bytes_from(NULL, 0), &problem),
			 UNDERSIGN_E_INVALID);
	assert_is_zero(&secret);
	trustee_file_free(sealed);
}

/* Field by field: what lies between them is nobody's. */
static void assert_same(const struct trustee_file *a, const struct trustee_file *b)
{
	assert_int_equal(a->seal.is_sealed, b->seal.is_sealed);
	assert_int_equal(a->seal.operations, b->seal.operations);
	assert_int_equal(a->seal.memory_kib, b->seal.memory_kib);
	assert_memory_equal(a->seal.salt, b->seal.salt, sizeof a->seal.salt);
	assert_memory_equal(a->secret, b->secret, sizeof a->secret);
}

static void is_unchanged_if_it_cannot_be_sealed(void **state)
{
	const struct random_source bad = {fail_to_fill, NULL};
	const struct scalar secret = secret_of_text();
	struct trustee_file *file = trustee_file_new(&secret);
	const struct trustee_file before = *file;
	struct problem problem = {0};

	(void)state;
	assert_int_equal(trustee_file_seal(file, bytes_from_text("x"), 0, 8192, &fresh, &problem),
			 UNDERSIGN_E_USAGE);
	assert_int_equal(trustee_file_seal(file, bytes_from_text("x"), 1, 8191, &fresh, &problem),
			 UNDERSIGN_E_USAGE);
	assert_int_equal(trustee_file_seal(file, bytes_from_text(""), 1, 8192, &fresh, &problem),
			 UNDERSIGN_E_INVALID);
	assert_int_equal(trustee_file_seal(file, bytes_from_text("x"), 1, 8192, &bad, &problem),
			 UNDERSIGN_E_RANDOM);
	assert_same(file, &before);
	trustee_file_free(file);
}

static void is_for_its_owner_alone(void **state)
{
	struct trustee_file *file = make_sealed("x"), *read;
	struct problem problem = {0};
	struct stat about;
	const char *path = "secret";

	(void)state;
	assert_int_equal(trustee_file_create(path, file, &problem), UNDERSIGN_OK);
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 0777, 0600);
	assert_int_equal(trustee_file_create(path, file, &problem), UNDERSIGN_E_CONFLICT);
	assert_int_equal(trustee_file_read(&read, path, &problem), UNDERSIGN_OK);
	assert_same(read, file);
	trustee_file_free(read);
	assert_int_equal(truncate(path, 100), 0);
	assert_int_equal(trustee_file_read(&read, path, &problem), UNDERSIGN_E_FORMAT);
	assert_null(read);
	trustee_file_free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_was_never_sealed),
		cmocka_unit_test_setup_teardown(seals_and_opens, enter, leave),
		cmocka_unit_test_setup_teardown(refuses_what_is_cut, enter, leave),
		cmocka_unit_test_setup_teardown(is_unchanged_if_it_cannot_be_sealed, enter, leave),
		cmocka_unit_test_setup_teardown(is_for_its_owner_alone, enter, leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
