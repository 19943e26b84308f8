/* Lists made by ssh-keygen at test time, and what OpenSSH itself says of the same lines: nothing is
 * taken that it refuses (doc/testing.md, C-14). */
#include "keys.h"

#include "ssh_keys.h"

#define NOW UINT64_C(1893456000) /* 2030-01-01 */

static uint8_t block[1 << 24] __attribute__((aligned(64)));
static struct arena arena;

static void read_list(struct ssh_keys *out, struct bytes content, enum ssh_keys_form form,
		      enum ssh_keys_persons persons)
{
	struct ssh_keys_file file = {BYTES("list"), form, content};

	arena = (struct arena){.block = block, .capacity = sizeof block};
	assert_int_equal(ssh_keys_read(out, &file, 1, persons, NOW, &arena, NULL), UNDERSIGN_OK);
}

static enum ssh_keys_reason reason_of_file(const char *name)
{
	size_t len;
	char *content = read_file(name, &len);
	struct ssh_keys keys;

	read_list(&keys, bytes_from(content, len), SSH_KEYS_AUTHORIZED, SSH_KEYS_DECLARED);
	assert_int_equal(keys.n, 1);
	enum ssh_keys_reason reason = keys.lines[0].reason;
	free(content);
	return reason;
}

static void every_type_is_named(void **state)
{
	(void)state;
	assert_int_equal(run("ssh-keygen -q -t ed25519 -N '' -C 'alice@cadwen' -f ed"), 0);
	assert_int_equal(run("ssh-keygen -q -t ed25519 -N 'six words' -C '' -f sealed"), 0);
	assert_int_equal(run("ssh-keygen -q -t rsa -b 2048 -N '' -f rsa"), 0);
	assert_int_equal(run("ssh-keygen -q -t ecdsa -b 256 -N '' -f ec256"), 0);
	assert_int_equal(run("ssh-keygen -q -t ecdsa -b 521 -N '' -f ec521"), 0);
	assert_int_equal(run("ssh-keygen -q -s rsa -I id -n alice ed.pub"), 0); /* ed-cert.pub */
	assert_int_equal(run("ssh-keygen -q -s ed -I id -h -n host ec256.pub"), 0);
	assert_int_equal(reason_of_file("ed.pub"), SSH_KEYS_USABLE);
	assert_int_equal(reason_of_file("sealed.pub"), SSH_KEYS_USABLE);
	assert_int_equal(reason_of_file("rsa.pub"), SSH_KEYS_RSA);
	assert_int_equal(reason_of_file("ec256.pub"), SSH_KEYS_ECDSA);
	assert_int_equal(reason_of_file("ec521.pub"), SSH_KEYS_ECDSA);
	assert_int_equal(reason_of_file("ed-cert.pub"), SSH_KEYS_CERTIFICATE);
	assert_int_equal(reason_of_file("ec256-cert.pub"), SSH_KEYS_CERTIFICATE);
	/* DSA may be gone from a newer ssh-keygen. */
	if (run("ssh-keygen -q -t dsa -N '' -f dsa") == 0)
		assert_int_equal(reason_of_file("dsa.pub"), SSH_KEYS_DSA);
}

static void keys_have_the_fingerprint_that_openssh_shows(void **state)
{
	size_t len;
	char *content = read_file("ed.pub", &len);
	char expected[48];
	struct ssh_keys keys;

	(void)state;
	read_list(&keys, bytes_from(content, len), SSH_KEYS_AUTHORIZED, SSH_KEYS_BY_COMMENT);
	assert_int_equal(keys.n_of[SSH_KEYS_USABLE], 1);
	assert_bytes_equal(keys.lines[0].comment, BYTES("alice@cadwen"));
	fingerprint_of(expected, keys.lines[0].key);
	free(content);
	assert_int_equal(run("ssh-keygen -l -f ed.pub > shown"), 0);
	char *shown = read_file("shown", &len);
	assert_non_null(strstr(shown, expected));
	free(shown);
}

/* Hardware keys cannot be made here: lines that ssh-keygen reads, as a control that they are whole,
 * from bytes put together by hand. */
static void hardware_keys_are_named(void **state)
{
	uint8_t blob[256], key[32];
	char base64[512], line[1024];
	struct ssh_keys keys;

	(void)state;
	new_key(key);
	struct writer writer = writer_new(blob, sizeof blob);
	writer_u32be(&writer, 26);
	writer_text(&writer, "sk-ssh-ed25519@openssh.com");
	writer_u32be(&writer, 32);
	writer_put(&writer, key, 32);
	writer_u32be(&writer, 4);
	writer_text(&writer, "ssh:");
	to_base64(base64, sizeof base64, blob, writer.len);
	snprintf(line, sizeof line, "sk-ssh-ed25519@openssh.com %s token\n", base64);
	write_file("sk", BYTES(line));
	assert_int_equal(run("ssh-keygen -l -f sk > shown"), 0);
	assert_int_equal(reason_of_file("sk"), SSH_KEYS_SK_ED25519);
	/* The same bytes under the plain type's name. */
	snprintf(line, sizeof line, "ssh-ed25519 %s token\n", base64);
	read_list(&keys, BYTES(line), SSH_KEYS_AUTHORIZED, SSH_KEYS_DECLARED);
	assert_int_equal(keys.lines[0].reason, SSH_KEYS_TYPE_DIFFERS);

	/* An uncompressed point of P-256: its base point. */
	static const char base_point[] =
		"046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
		"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
	uint8_t point[65];
	assert_int_equal(sodium_hex2bin(point, sizeof point, base_point, 130, NULL, NULL, NULL), 0);
	writer = writer_new(blob, sizeof blob);
	writer_u32be(&writer, 34);
	writer_text(&writer, "sk-ecdsa-sha2-nistp256@openssh.com");
	writer_u32be(&writer, 8);
	writer_text(&writer, "nistp256");
	writer_u32be(&writer, 65);
	writer_put(&writer, point, 65);
	writer_u32be(&writer, 4);
	writer_text(&writer, "ssh:");
	to_base64(base64, sizeof base64, blob, writer.len);
	snprintf(line, sizeof line, "sk-ecdsa-sha2-nistp256@openssh.com %s token\n", base64);
	write_file("sk", BYTES(line));
	assert_int_equal(run("ssh-keygen -l -f sk > shown"), 0);
	assert_int_equal(reason_of_file("sk"), SSH_KEYS_SK_ECDSA);
}

/* --- differential: ssh-keygen -l ---------------------------------------------------------------
 */

/* Changes a line in one of the ways in which lines go wrong. */
static size_t mutate(char *line, size_t len, size_t capacity)
{
	static const char *const pieces[] = {" ",
					     "\t",
					     "\r",
					     "\"",
					     "\\\"",
					     ",",
					     "=",
					     "#",
					     "@",
					     "restrict ",
					     "command=\"x\" ",
					     "cert-authority,",
					     "ssh-ed25519 ",
					     "A",
					     "/",
					     "AAAA",
					     "\x7f",
					     "\v"};
	size_t place = test_random_below(&random_state, len);

	switch (test_random_below(&random_state, 4)) {
	case 0:
		line[place] ^= (char)(1u << test_random_below(&random_state, 7));
		if (line[place] == '\n' || line[place] == '\0')
			line[place] = 'x';
		return len;
	case 1:
		memmove(line + place, line + place + 1, len - place - 1);
		return len - 1;
	case 2:
		return len; /* as it is: the control */
	default: {
		const char *piece =
			pieces[test_random_below(&random_state, sizeof pieces / sizeof pieces[0])];
		size_t added = strlen(piece);

		assert_true(len + added < capacity);
		memmove(line + place + added, line + place, len - place);
		memcpy(line + place, piece, added);
		return len + added;
	}
	}
}

static void nothing_is_taken_that_openssh_refuses(void **state)
{
	size_t n = test_is_full() ? 20000 : 2500;
	size_t capacity = n * 512;
	char *text = malloc(capacity);
	size_t len = 0;
	struct ssh_keys keys;
	size_t n_taken = 0;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < n; i++) {
		static const char *const before[] = {"", "", "restrict,pty ",
						     "command=\"a \\\"b\\\" c\",no-pty ",
						     "from=\"*.x\"\t"};
		char key[BLOB_TEXT_LEN], line[512];

		new_key_text(key);
		int line_len = snprintf(line, sizeof line, "%sssh-ed25519 %s member %zu",
					before[i % 5], key, i);
		line_len = (int)mutate(line, (size_t)line_len, sizeof line);
		memcpy(text + len, line, (size_t)line_len);
		len += (size_t)line_len;
		text[len++] = '\n';
	}
	write_file("many", bytes_from(text, len));
	assert_int_equal(run("ssh-keygen -l -f many > shown"), 0);
	size_t shown_len;
	char path[128];
	path_of(path, "shown");
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	char *shown = malloc(n * 256);
	assert_non_null(shown);
	shown_len = fread(shown, 1, n * 256 - 1, file);
	shown[shown_len] = '\0';
	fclose(file);
	read_list(&keys, bytes_from(text, len), SSH_KEYS_AUTHORIZED, SSH_KEYS_DECLARED);
	for (uint32_t i = 0; i < keys.n; i++) {
		char fingerprint[48];

		if (keys.lines[i].reason != SSH_KEYS_USABLE)
			continue;
		n_taken++;
		fingerprint_of(fingerprint, keys.lines[i].key);
		/* sshd(8) skips any blanks after the options, ssh-keygen -l only one. */
		const char *type = (const char *)keys.lines[i].type.data;
		if (type >= text + 2 && strchr(" \t", type[-1]) && strchr(" \t", type[-2]))
			continue;
		if (!strstr(shown, fingerprint))
			fail_msg("line %u is taken, and ssh-keygen refuses it: %.*s %.*s",
				 keys.lines[i].number, (int)keys.lines[i].type.len,
				 (const char *)keys.lines[i].type.data,
				 (int)keys.lines[i].comment.len,
				 (const char *)keys.lines[i].comment.data);
	}
	/* The control: what is whole is taken. */
	assert_true(n_taken > n / 4);
	print_message("%zu lines, %zu taken\n", n, n_taken);
	free(shown);
	free(text);
}

/* --- differential: ssh-keygen -Y verify --------------------------------------------------------
 */

struct signers_case {
	const char *line; /* %s stands for "ssh-ed25519 KEY" */
	bool is_stricter; /* OpenSSH takes it, we do not */
};

static void allowed_signers_as_openssh_reads_them(void **state)
{
	static const struct signers_case cases[] = {
		{"alice %s", false},
		{"alice %s comment", false},
		{"alice,bob %s", false},
		{"\"alice\" %s", false},
		{"\"alice of cadwen,alice\" %s", false},
		{"  alice\t %s\r", false},
		{"alice namespaces=\"file,test\" %s", false},
		{"alice NAMESPACES=\"test\" %s", false},
		{"alice valid-after=\"20200101\" %s", false},
		{"alice valid-before=\"20400101Z\" %s", false},
		{"alice valid-after=\"20200101\",valid-before=\"20400101000000\" %s", false},
		{"alice valid-before=\"20200101\" %s", false},
		{"alice valid-after=\"20400101\" %s", false},
		{"alice valid-after=\"20400101\",valid-before=\"20200101\" %s", false},
		{"alice valid-after=\"20200101\",valid-after=\"20200102\" %s", false},
		{"alice valid-before=\"2020\" %s", false},
		{"alice valid-before=20400101 %s", false},
		{"alice namespaces=\"test %s", false},
		{"alice restrict %s", false},
		{"alice cert-authority %s", false},
		{"alice namespaces=\"test\", %s", false},
		{"%s", false},
		{"alice", false},
		{"# alice %s", false},
		{"alice\"\" %s", true},
		{"alice,, %s", true},
		{"alice namespaces=\"test\",,cert-authority %s", false},
	};
	size_t len;
	char *key = read_file("ed.pub", &len);

	(void)state;
	*strrchr(key, ' ') = '\0';
	write_file("message", BYTES("text\n"));
	assert_int_equal(run("rm -f message.sig; ssh-keygen -q -Y sign -f ed -n test message"), 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[1024];
		struct ssh_keys keys;

		snprintf(text, sizeof text, cases[i].line, key);
		strcat(text, "\n");
		write_file("signers", BYTES(text));
		bool is_good_there = run("ssh-keygen -Y verify -Overify-time=20300101000000Z -f "
					 "signers -I alice -n test -s message.sig < message "
					 "> shown") == 0;
		read_list(&keys, BYTES(text), SSH_KEYS_ALLOWED_SIGNERS, SSH_KEYS_BY_PRINCIPAL);
		bool is_good_here = keys.n_of[SSH_KEYS_USABLE] == 1;
		if (is_good_here != (is_good_there && !cases[i].is_stricter))
			fail_msg("%s: %s", cases[i].line,
				 is_good_here ? "taken, and OpenSSH refuses it"
					      : "refused, and OpenSSH takes it");
	}
	free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_is_named),
		cmocka_unit_test(keys_have_the_fingerprint_that_openssh_shows),
		cmocka_unit_test(hardware_keys_are_named),
		cmocka_unit_test(nothing_is_taken_that_openssh_refuses),
		cmocka_unit_test(allowed_signers_as_openssh_reads_them),
	};

	random_state = test_random_new();
	if (sodium_init() < 0)
		return 1;
	make_folder();
	int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
	remove_folder();
	return n_failed;
}
