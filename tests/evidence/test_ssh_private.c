/* OpenSSH private keys made by ssh-keygen: what comes out, what is refused and why, and that no
 * copy of a secret is left on disk or in memory. */
#include "keys.h"

#include "ssh_private.h"

#include <fcntl.h>
#include <limits.h>

struct asked {
	const char *passphrase;
	int n;
	enum undersign_status status;
};

static enum undersign_status ask(void *cookie, char *out, size_t len)
{
	struct asked *asked = cookie;

	asked->n++;
	snprintf(out, len, "%s", asked->passphrase);
	return asked->status;
}

struct outcome {
	enum undersign_status status;
	enum ssh_private_refusal why;
	struct problem problem;
	uint8_t seed[32], public_key[32];
	int n_asked;
};

static struct outcome read_bytes(struct bytes file, const char *passphrase)
{
	struct asked asked = {.passphrase = passphrase};
	struct ssh_private_passphrase callback = {ask, &asked};
	struct outcome outcome = {0};
	static const uint8_t zeros[32];

	memset(outcome.seed, 0xaa, 32);
	outcome.status = ssh_private_read(outcome.seed, outcome.public_key, &outcome.why, file,
					  passphrase ? &callback : NULL, &outcome.problem);
	outcome.n_asked = asked.n;
	assert_int_equal(outcome.status == UNDERSIGN_OK, outcome.why == SSH_PRIVATE_NONE);
	if (outcome.status != UNDERSIGN_OK) {
		assert_memory_equal(outcome.seed, zeros, 32);
		assert_memory_equal(outcome.public_key, zeros, 32);
		assert_true(problem_is_set(&outcome.problem));
	}
	return outcome;
}

static struct outcome read_key(const char *name, const char *passphrase)
{
	size_t len;
	char *file = read_file(name, &len);
	struct outcome outcome = read_bytes(bytes_from(file, len), passphrase);

	free(file);
	return outcome;
}

/* The key is the one of the .pub file, and signs for it. */
static void expect_key(const char *name, const char *passphrase)
{
	struct outcome outcome = read_key(name, passphrase);
	char pub[64], expected[48], command[128];
	uint8_t public_key[32], secret[64];
	size_t len;

	if (outcome.status != UNDERSIGN_OK)
		fail_msg("%s: %s (%s)", name, outcome.problem.rule, outcome.problem.what);
	crypto_sign_seed_keypair(public_key, secret, outcome.seed);
	assert_memory_equal(public_key, outcome.public_key, 32);
	fingerprint_of(expected, public_key);
	snprintf(pub, sizeof pub, "%s.pub", name);
	snprintf(command, sizeof command, "ssh-keygen -l -f %s > shown", pub);
	assert_int_equal(run(command), 0);
	char *shown = read_file("shown", &len);
	assert_non_null(strstr(shown, expected));
	free(shown);
}

static void keys_are_read(void **state)
{
	(void)state;
	assert_int_equal(run("ssh-keygen -q -t ed25519 -N '' -C 'a comment' -f plain"), 0);
	assert_int_equal(run("ssh-keygen -q -t ed25519 -N '' -C '' -f bare"), 0);
	assert_int_equal(run("ssh-keygen -q -t ed25519 -a 2 -N 'six words that one remembers' "
			     "-C c -f sealed"),
			 0);
	expect_key("plain", NULL);
	expect_key("plain", "not asked");
	assert_int_equal(read_key("plain", "x").n_asked, 0);
	expect_key("bare", NULL);
	expect_key("sealed", "six words that one remembers");
	assert_int_equal(read_key("sealed", "six words that one remembers").n_asked, 1);
	/* Windows line ends. */
	assert_int_equal(run("sed 's/$/\\r/' plain > crlf && cp plain.pub crlf.pub"), 0);
	expect_key("crlf", NULL);
	/* Long and strange passphrases. */
	assert_int_equal(run("ssh-keygen -q -t ed25519 -a 1 -N \"$(printf 'x%.0s' $(seq 500))\" "
			     "-f long"),
			 0);
	char passphrase[501];
	memset(passphrase, 'x', 500);
	passphrase[500] = '\0';
	expect_key("long", passphrase);
	assert_int_equal(run("ssh-keygen -q -t ed25519 -a 1 -N 'n\xc3\xa4sse \"$\\' -f strange"),
			 0);
	expect_key("strange", "n\xc3\xa4sse \"$\\");
}

/* Every cipher of ssh-keygen -Z: read, or refused without blaming the passphrase. */
static void every_cipher_is_read_or_named(void **state)
{
	static const char *const ciphers[] = {"aes128-ctr",
					      "aes192-ctr",
					      "aes256-ctr",
					      "aes128-cbc",
					      "aes256-cbc",
					      "3des-cbc",
					      "aes256-gcm@openssh.com",
					      "chacha20-poly1305@openssh.com"};

	(void)state;
	for (size_t i = 0; i < sizeof ciphers / sizeof ciphers[0]; i++) {
		char command[256];

		snprintf(command, sizeof command,
			 "rm -f z z.pub; ssh-keygen -q -t ed25519 -a 1 -N secret -Z %s -f z",
			 ciphers[i]);
		if (run(command) != 0)
			continue;
		struct outcome outcome = read_key("z", "secret");
		if (outcome.status == UNDERSIGN_OK) {
			expect_key("z", "secret");
			assert_int_equal(read_key("z", "wrong").why, SSH_PRIVATE_WRONG_PASSPHRASE);
			continue;
		}
		assert_int_equal(outcome.why, SSH_PRIVATE_CIPHER);
		assert_non_null(strstr(outcome.problem.what, ciphers[i]));
		print_message("not read: %s\n", ciphers[i]);
		assert_true(i >= 6); /* the others can be read */
	}
}

static void refusals_say_why(void **state)
{
	struct asked stopped = {.passphrase = "x", .status = UNDERSIGN_E_SYSTEM};
	struct ssh_private_passphrase callback = {ask, &stopped};
	struct outcome outcome = read_key("sealed", "other words");
	uint8_t seed[32], public_key[32];
	size_t len;

	(void)state;
	assert_int_equal(outcome.status, UNDERSIGN_E_INVALID);
	assert_int_equal(outcome.why, SSH_PRIVATE_WRONG_PASSPHRASE);
	assert_string_equal(outcome.problem.what, "The passphrase does not open this file.");
	assert_int_equal(read_key("sealed", "").why, SSH_PRIVATE_WRONG_PASSPHRASE);
	assert_int_equal(read_key("sealed", NULL).why, SSH_PRIVATE_NEEDS_PASSPHRASE);
	char *file = read_file("sealed", &len);
	assert_int_equal(ssh_private_read(seed, public_key, &outcome.why, bytes_from(file, len),
					  &callback, NULL),
			 UNDERSIGN_E_SYSTEM);
	assert_int_equal(outcome.why, SSH_PRIVATE_STOPPED);
	free(file);

	static const char *const others[][3] = {
		{"ssh-keygen -q -t rsa -b 2048 -N '' -f rsa", "rsa", "ssh-rsa"},
		{"cp rsa rsa2; ssh-keygen -q -p -a 1 -P '' -N words -f rsa2", "rsa2", "ssh-rsa"},
		{"ssh-keygen -q -t ecdsa -N '' -f ec", "ec", "ecdsa-sha2-nistp256"},
		{"ssh-keygen -q -t ecdsa -m PEM -N '' -f ecpem", "ecpem", "ECDSA"},
		{"cp rsa rsapem; ssh-keygen -q -p -m PEM -P '' -N '' -f rsapem", "rsapem", "RSA"},
		{"cp rsa rsa8; ssh-keygen -q -p -m PKCS8 -P '' -N '' -f rsa8", "rsa8", "PKCS #8"},
		{"printf 'PuTTY-User-Key-File-3: ssh-ed25519\\n' > putty", "putty", "PuTTY"},
	};
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		assert_int_equal(run(others[i][0]), 0);
		outcome = read_key(others[i][1], "words");
		assert_int_equal(outcome.status, UNDERSIGN_E_USAGE);
		assert_int_equal(outcome.why, SSH_PRIVATE_OTHER_TYPE);
		assert_int_equal(outcome.n_asked, 0);
		assert_non_null(strstr(outcome.problem.what, others[i][2]));
		assert_non_null(strstr(outcome.problem.rule, "ssh-ed25519"));
	}
	assert_int_equal(read_key("plain.pub", NULL).why, SSH_PRIVATE_PUBLIC_HALF);
	assert_int_equal(read_key("rsa.pub", NULL).why, SSH_PRIVATE_PUBLIC_HALF);
	assert_int_equal(read_bytes(BYTES(""), NULL).why, SSH_PRIVATE_NOT_A_KEY);
	assert_int_equal(read_bytes(BYTES("hello\n"), NULL).why, SSH_PRIVATE_NOT_A_KEY);
	char *large = calloc(1, SSH_PRIVATE_FILE_MAX + 1);
	assert_non_null(large);
	assert_int_equal(read_bytes(bytes_from(large, SSH_PRIVATE_FILE_MAX + 1), NULL).why,
			 SSH_PRIVATE_NOT_A_KEY);
	free(large);
}

/* A hardware key's file holds no secret: only its outline can be made here. */
static void hardware_keys_are_named(void **state)
{
	uint8_t blob[512], public_blob[128];
	char base64[1024], file[2048];
	struct writer inner = writer_new(public_blob, sizeof public_blob);
	struct writer writer = writer_new(blob, sizeof blob);

	(void)state;
	writer_u32be(&inner, 26);
	writer_text(&inner, "sk-ssh-ed25519@openssh.com");
	writer_u32be(&inner, 32);
	for (int i = 0; i < 32; i++)
		writer_u8(&inner, 7);
	writer_put(&writer, "openssh-key-v1", 15);
	writer_u32be(&writer, 4);
	writer_text(&writer, "none");
	writer_u32be(&writer, 4);
	writer_text(&writer, "none");
	writer_u32be(&writer, 0);
	writer_u32be(&writer, 1);
	writer_u32be(&writer, (uint32_t)inner.len);
	writer_bytes(&writer, writer_view(&inner));
	writer_u32be(&writer, 8);
	writer_u64be(&writer, 0);
	to_base64(base64, sizeof base64, blob, writer.len);
	snprintf(file, sizeof file,
		 "-----BEGIN OPENSSH PRIVATE KEY-----\n%s\n-----END OPENSSH PRIVATE KEY-----\n",
		 base64);
	struct outcome outcome = read_bytes(BYTES(file), "words");
	assert_int_equal(outcome.why, SSH_PRIVATE_OTHER_TYPE);
	assert_non_null(strstr(outcome.problem.what, "sk-ssh-ed25519@openssh.com"));
	assert_int_equal(outcome.n_asked, 0);
}

/* A changed or cut file never gives another key. */
static void damaged_files_give_nothing_else(void **state)
{
	size_t len;
	char *file = read_file("plain", &len);
	struct outcome good = read_bytes(bytes_from(file, len), NULL);
	size_t step = test_is_full() ? 1 : 3;

	(void)state;
	assert_int_equal(good.status, UNDERSIGN_OK);
	for (size_t i = 0; i < len; i += step) {
		char *changed = malloc(len);
		assert_non_null(changed);
		memcpy(changed, file, len);
		changed[i] ^= (char)(1u << test_random_below(&random_state, 7));
		struct outcome outcome = read_bytes(bytes_from(changed, len), NULL);
		if (outcome.status == UNDERSIGN_OK)
			assert_memory_equal(outcome.seed, good.seed, 32);
		outcome = read_bytes(bytes_from(changed, i), NULL);
		assert_true(outcome.status != UNDERSIGN_OK);
		free(changed);
	}
	free(file);
}

/* The open part of a file names another key than the sealed one. */
static void exchanged_public_half_is_found(void **state)
{
	size_t len, other_len, packed_len;
	char *file = read_file("sealed", &len);
	char *other = read_file("plain.pub", &other_len);
	uint8_t content[1024], blob[64];
	char base64[2048], text[4096];
	static const char begin[] = "-----BEGIN OPENSSH PRIVATE KEY-----\n";

	(void)state;
	char *end = strstr(file, "\n-----END");
	assert_non_null(end);
	*end = '\0';
	assert_int_equal(sodium_base642bin(content, sizeof content, file + sizeof begin - 1,
					   strlen(file + sizeof begin - 1), "\n", &packed_len, NULL,
					   sodium_base64_VARIANT_ORIGINAL),
			 0);
	assert_int_equal(sodium_base642bin(blob, sizeof blob, strchr(other, ' ') + 1, 68, NULL,
					   NULL, NULL, sodium_base64_VARIANT_ORIGINAL),
			 0);
	/* magic, cipher, kdf, options (16-byte salt, rounds), number, length: then the blob. */
	size_t place = 15 + 4 + 10 + 4 + 6 + 4 + 24 + 4 + 4;
	assert_memory_equal(content + place, blob, 19);
	memcpy(content + place, blob, BLOB_LEN);
	to_base64(base64, sizeof base64, content, packed_len);
	snprintf(text, sizeof text, "%s%s\n-----END OPENSSH PRIVATE KEY-----\n", begin, base64);
	struct outcome outcome = read_bytes(BYTES(text), "six words that one remembers");
	assert_int_equal(outcome.why, SSH_PRIVATE_MISMATCH);
	assert_int_equal(outcome.status, UNDERSIGN_E_CONFLICT);
	free(file);
	free(other);
}

/* --- what is left behind -----------------------------------------------------------------------
 */

/* Under sanitizers the shadow memory would be searched too: terabytes. */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_SANITIZER true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define HAS_SANITIZER true
#endif
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER false
#endif

/* Counts places in writable memory that hold the 32 bytes which are masked with 0x5a here. */
static size_t count_in_memory(const uint8_t masked[32])
{
	FILE *maps = fopen("/proc/self/maps", "r");
	int memory = open("/proc/self/mem", O_RDONLY);
	static uint8_t chunk[1 << 16];
	char line[512];
	size_t n = 0;

	assert_non_null(maps);
	assert_true(memory >= 0);
	while (fgets(line, sizeof line, maps)) {
		unsigned long from, to;
		char access[8];

		if (sscanf(line, "%lx-%lx %7s", &from, &to, access) != 3 || access[1] != 'w' ||
		    strstr(line, "[v"))
			continue;
		for (unsigned long at = from; at < to; at += sizeof chunk - 32) {
			/* The chunk itself holds copies of what was read before. */
			if (at + sizeof chunk > (unsigned long)(uintptr_t)chunk &&
			    at < (unsigned long)(uintptr_t)(chunk + sizeof chunk))
				continue;
			size_t want = to - at < sizeof chunk ? to - at : sizeof chunk;
			ssize_t got = pread(memory, chunk, want, (off_t)at);

			for (ssize_t i = 0; i + 32 <= got; i++) {
				size_t same = 0;

				while (same < 32 &&
				       (chunk[i + (ssize_t)same] ^ 0x5a) == masked[same])
					same++;
				n += same == 32;
			}
		}
	}
	close(memory);
	fclose(maps);
	return n;
}

static void no_secret_stays_in_memory(void **state)
{
	uint8_t seed[32], public_key[32], masked[32];
	size_t len;
	struct asked asked = {.passphrase = "six words that one remembers"};
	struct ssh_private_passphrase callback = {ask, &asked};

	(void)state;
	if (HAS_SANITIZER)
		skip();
	char *file = read_file("sealed", &len);
	assert_int_equal(
		ssh_private_read(seed, public_key, NULL, bytes_from(file, len), &callback, NULL),
		UNDERSIGN_OK);
	for (size_t i = 0; i < 32; i++)
		masked[i] = seed[i] ^ 0x5a;
	/* The control: it is found where it is. */
	assert_true(count_in_memory(masked) >= 1);
	sodium_memzero(seed, sizeof seed);
	assert_int_equal(count_in_memory(masked), 0);
	free(file);
}

/* Run under strace, as a program of its own: opens nothing for writing, makes no file. */
static int child(const char *path)
{
	static char file[8192];
	uint8_t seed[32], public_key[32];
	struct asked asked = {.passphrase = "six words that one remembers"};
	struct ssh_private_passphrase callback = {ask, &asked};
	FILE *from = fopen(path, "rb");
	size_t len = from ? fread(file, 1, sizeof file, from) : 0;
	enum undersign_status status =
		ssh_private_read(seed, public_key, NULL, bytes_from(file, len), &callback, NULL);

	if (from)
		fclose(from);
	return status == UNDERSIGN_OK ? 0 : 1;
}

static char program[PATH_MAX];

static void no_copy_on_disk(void **state)
{
	char command[PATH_MAX + 512];
	size_t len;

	(void)state;
	assert_int_equal(run("mkdir -p home tmp"), 0);
	snprintf(command, sizeof command, "HOME=$PWD/home TMPDIR=$PWD/tmp %s child $PWD/sealed",
		 program);
	assert_int_equal(run(command), 0);
	assert_int_equal(run("test -z \"$(find home tmp -mindepth 1)\""), 0);
	if (run("strace -o /dev/null true") != 0) {
		print_message("strace does not run here: only the folders were looked at\n");
		return;
	}
	snprintf(
		command, sizeof command,
		"ASAN_OPTIONS=detect_leaks=0 strace -f -o trace -e trace=open,openat,openat2,creat,"
		"mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,mknod,"
		"mknodat,memfd_create,socket %s child $PWD/sealed",
		program);
	assert_int_equal(run(command), 0);
	char *trace = read_file("trace", &len);
	assert_non_null(strstr(trace, "/sealed")); /* the control: it was followed */
	for (char *line = strtok(trace, "\n"); line; line = strtok(NULL, "\n")) {
		bool is_read_only = strstr(line, "open") && strstr(line, "O_RDONLY") &&
				    !strstr(line, "O_CREAT");

		if (!is_read_only && strstr(line, "(") && !strstr(line, "+++") &&
		    !strstr(line, "---") && !strstr(line, "/dev/null"))
			fail_msg("%s", line);
	}
	free(trace);
}

int main(int n_arguments, char **arguments)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_read),
		cmocka_unit_test(every_cipher_is_read_or_named),
		cmocka_unit_test(refusals_say_why),
		cmocka_unit_test(hardware_keys_are_named),
		cmocka_unit_test(damaged_files_give_nothing_else),
		cmocka_unit_test(exchanged_public_half_is_found),
		cmocka_unit_test(no_secret_stays_in_memory),
		cmocka_unit_test(no_copy_on_disk),
	};

	if (n_arguments == 3 && strcmp(arguments[1], "child") == 0)
		return child(arguments[2]);
	if (!realpath("/proc/self/exe", program) || sodium_init() < 0)
		return 1;
	random_state = test_random_new();
	make_folder();
	int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
	remove_folder();
	return n_failed;
}
