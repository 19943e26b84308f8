/* What the tests of SSH keys share: memory, lines made of fresh keys, ssh-keygen in a folder of its
 * own. */
#ifndef UNDERSIGNED_TEST_KEYS_H
#define UNDERSIGNED_TEST_KEYS_H

#include "arena.h"
#include "sha2.h"
#include "testing.h"

#include <sodium.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOB_LEN      51
#define BLOB_TEXT_LEN 69

static struct test_random random_state;
static char folder[64];

/* The bytes of an ssh-ed25519 key (RFC 8709). */
static inline void key_blob(uint8_t out[BLOB_LEN], const uint8_t key[32])
{
	struct writer writer = writer_new(out, BLOB_LEN);

	writer_u32be(&writer, 11);
	writer_text(&writer, "ssh-ed25519");
	writer_u32be(&writer, 32);
	writer_put(&writer, key, 32);
}

static inline void to_base64(char *out, size_t capacity, const uint8_t *data, size_t len)
{
	assert_non_null(
		sodium_bin2base64(out, capacity, data, len, sodium_base64_VARIANT_ORIGINAL));
}

static inline void new_key(uint8_t key[32])
{
	uint8_t seed[32], secret[64];

	test_random_fill(&random_state, seed, sizeof seed);
	crypto_sign_seed_keypair(key, secret, seed);
}

/* The base64 of a fresh key. */
static inline void new_key_text(char out[BLOB_TEXT_LEN])
{
	uint8_t key[32], blob[BLOB_LEN];

	new_key(key);
	key_blob(blob, key);
	to_base64(out, BLOB_TEXT_LEN, blob, sizeof blob);
}

/* As ssh-keygen -l shows it, without "SHA256:". */
static inline void fingerprint_of(char out[48], const uint8_t key[32])
{
	uint8_t blob[BLOB_LEN], hash[SHA256_BYTES];

	key_blob(blob, key);
	sha256(hash, bytes_from(blob, sizeof blob));
	assert_non_null(sodium_bin2base64(out, 48, hash, sizeof hash,
					  sodium_base64_VARIANT_ORIGINAL_NO_PADDING));
}

static inline void make_folder(void)
{
	const char *base = getenv("TMPDIR");

	snprintf(folder, sizeof folder, "%.40s/undersigned-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(folder))
		exit(1);
}

static inline void remove_folder(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf %s", folder);
	if (system(command) != 0)
		print_message("%s is left behind\n", folder);
}

/* Runs a shell command in the folder; its exit code. */
static inline int run(const char *command)
{
	char whole[8192];

	snprintf(whole, sizeof whole, "cd %s && { %s ; } 2>>errors", folder, command);
	int status = system(whole);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline void path_of(char out[128], const char *name)
{
	snprintf(out, 128, "%s/%.60s", folder, name);
}

static inline void write_file(const char *name, struct bytes content)
{
	char path[128];
	path_of(path, name);
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(content.data, 1, content.len, file), content.len);
	assert_int_equal(fclose(file), 0);
}

/* malloc'ed, terminated. */
static inline char *read_file(const char *name, size_t *out_len)
{
	char path[128];
	size_t capacity = 1 << 20;
	char *content = malloc(capacity + 1);
	path_of(path, name);
	FILE *file = fopen(path, "rb");

	assert_non_null(file);
	assert_non_null(content);
	*out_len = fread(content, 1, capacity, file);
	content[*out_len] = '\0';
	fclose(file);
	return content;
}

#endif
