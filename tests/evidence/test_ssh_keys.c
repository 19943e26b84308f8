/* Lists of SSH keys, by themselves: options, principals, key bytes, persons. */
#include "keys.h"

#include "ssh_keys.h"

#define NOW UINT64_C(1893456000) /* 2030-01-01 */

static uint8_t block[1 << 24] __attribute__((aligned(64)));
static struct arena arena;

static void read_as(struct ssh_keys *out, const char *text, enum ssh_keys_form form,
		    enum ssh_keys_persons persons)
{
	struct ssh_keys_file file = {BYTES("list"), form, BYTES(text)};
	struct problem problem = {0};

	arena = (struct arena){.block = block, .capacity = sizeof block};
	if (ssh_keys_read(out, &file, 1, persons, NOW, &arena, &problem) != UNDERSIGN_OK)
		fail_msg("%s: %s (%s)", problem.where, problem.rule, problem.what);
	for (uint32_t i = 0; i < out->n; i++) {
		struct problem words = {0};

		ssh_keys_explain(&words, &out->lines[i], &file);
		assert_true((out->lines[i].reason != SSH_KEYS_USABLE) == (words.rule[0] != '\0'));
	}
}

/* Reads one line, in which %s stands for a fresh key's base64. */
static enum ssh_keys_reason reason_of(const char *line, enum ssh_keys_form form)
{
	char key[BLOB_TEXT_LEN], text[4096];
	struct ssh_keys keys;

	new_key_text(key);
	snprintf(text, sizeof text, line, key);
	read_as(&keys, text, form, SSH_KEYS_DECLARED);
	assert_int_equal(keys.n, 1);
	return keys.lines[0].reason;
}

struct line_case {
	const char *line;
	enum ssh_keys_reason reason;
};

static void expect_lines(const struct line_case *cases, size_t n, enum ssh_keys_form form)
{
	for (size_t i = 0; i < n; i++) {
		enum ssh_keys_reason reason = reason_of(cases[i].line, form);

		if (reason != cases[i].reason)
			fail_msg("%s: %s instead of %s", cases[i].line,
				 ssh_keys_reason_text(reason),
				 ssh_keys_reason_text(cases[i].reason));
	}
}

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))
#define ED          "ssh-ed25519 %s"

static void authorized_keys_in_every_form(void **state)
{
	static const struct line_case cases[] = {
		{ED, SSH_KEYS_USABLE},
		{ED " alice@example.org", SSH_KEYS_USABLE},
		{ED " a comment, \"quoted\" # and more\n", SSH_KEYS_USABLE},
		{ED " alice\r\n", SSH_KEYS_USABLE},
		{"  \t" ED "\t \tcomment \t\n", SSH_KEYS_USABLE},
		{"ssh-ed25519\t\t%s\tcomment", SSH_KEYS_USABLE},
		{"restrict " ED, SSH_KEYS_USABLE},
		{"no-pty,no-port-forwarding,no-X11-forwarding,no-agent-forwarding,no-user-rc " ED,
		 SSH_KEYS_USABLE},
		{"restrict,pty,X11-forwarding,agent-forwarding,port-forwarding,user-rc " ED,
		 SSH_KEYS_USABLE},
		{"RESTRICT,No-Touch-Required,verify-required\t" ED, SSH_KEYS_USABLE},
		{"from=\"*.example.org,!bad.example.org,192.0.2.0/24,2001:db8::/32\" " ED,
		 SSH_KEYS_USABLE},
		{"command=\"/bin/sh -c \\\"echo a, b\\\" #x\" " ED " c", SSH_KEYS_USABLE},
		{"command=\"ssh-ed25519 AAAA\",restrict " ED, SSH_KEYS_USABLE},
		{"command=\"\" " ED, SSH_KEYS_USABLE},
		{"environment=\"LANG=C\",environment=\"A_1=x=y z\" " ED, SSH_KEYS_USABLE},
		{"permitopen=\"192.0.2.1:80\",permitopen=\"[2001:db8::1]:22\",permitopen=\"h:*"
		 "\" " ED,
		 SSH_KEYS_USABLE},
		{"permitlisten=\"8080\",permitlisten=\"localhost:8080\" " ED, SSH_KEYS_USABLE},
		{"tunnel=\"0\",restrict " ED, SSH_KEYS_USABLE},
		{"principals=\"a,b\",tunnel=\"any\" " ED, SSH_KEYS_USABLE},
		{"expiry-time=\"20300102\" " ED, SSH_KEYS_USABLE},
		{"expiry-time=\"203001011200Z\",expiry-time=\"20310101000000\" " ED,
		 SSH_KEYS_USABLE},
		{"expiry-time=\"20291231\" " ED, SSH_KEYS_EXPIRED},
		{"expiry-time=\"20310101\",expiry-time=\"20200101\" " ED, SSH_KEYS_EXPIRED},
		{"expiry-time=\"202912312359utc\" " ED, SSH_KEYS_EXPIRED},
		{"cert-authority " ED, SSH_KEYS_CERT_AUTHORITY},
		{"cert-authority,principals=\"alice\" " ED, SSH_KEYS_CERT_AUTHORITY},
		{"no-such-option " ED, SSH_KEYS_BAD_OPTIONS},
		{"no-restrict " ED, SSH_KEYS_BAD_OPTIONS},
		{"no-cert-authority " ED, SSH_KEYS_BAD_OPTIONS},
		{"restrict,,pty " ED, SSH_KEYS_BAD_OPTIONS},
		{"restrict, " ED, SSH_KEYS_BAD_OPTIONS},
		{"restrict=\"yes\" " ED, SSH_KEYS_BAD_OPTIONS},
		{"command " ED, SSH_KEYS_BAD_OPTIONS},
		{"command=ls " ED, SSH_KEYS_BAD_OPTIONS},
		{"command=\"ls\"x " ED, SSH_KEYS_BAD_OPTIONS},
		{"command=\"a\",command=\"b\" " ED, SSH_KEYS_BAD_OPTIONS},
		{"from=\"a\",From=\"b\" " ED, SSH_KEYS_BAD_OPTIONS},
		{"command=\"never ends " ED, SSH_KEYS_BAD_OPTIONS},
		{"expiry-time=\"2030\" " ED, SSH_KEYS_BAD_OPTIONS},
		{"expiry-time=\"20300231\" " ED, SSH_KEYS_BAD_OPTIONS},
		{"expiry-time=\"2030010112\" " ED, SSH_KEYS_BAD_OPTIONS},
		{"expiry-time=\"20300101250000\" " ED, SSH_KEYS_BAD_OPTIONS},
		{"expiry-time=\"Z\" " ED, SSH_KEYS_BAD_OPTIONS},
		{"environment=\"LANG\" " ED, SSH_KEYS_BAD_OPTIONS},
		{"environment=\"L-A=x\" " ED, SSH_KEYS_BAD_OPTIONS},
		{"permitopen=\"host\" " ED, SSH_KEYS_BAD_OPTIONS},
		{"permitopen=\"host:0\" " ED, SSH_KEYS_BAD_OPTIONS},
		{"permitopen=\"host:65536\" " ED, SSH_KEYS_BAD_OPTIONS},
		{"permitlisten=\"host:x\" " ED, SSH_KEYS_BAD_OPTIONS},
		{"tunnel=\"x\" " ED, SSH_KEYS_BAD_OPTIONS},
		{"namespaces=\"git\" " ED, SSH_KEYS_BAD_OPTIONS}, /* of the other file */
		{"ssh-rsa %s", SSH_KEYS_RSA},
		{"restrict ssh-rsa %s c", SSH_KEYS_RSA},
		{"rsa-sha2-512 %s c", SSH_KEYS_RSA},
		{"ssh-dss %s", SSH_KEYS_DSA},
		{"ecdsa-sha2-nistp256 %s", SSH_KEYS_ECDSA},
		{"ecdsa-sha2-nistp384 %s", SSH_KEYS_ECDSA},
		{"ecdsa-sha2-nistp521 %s", SSH_KEYS_ECDSA},
		{"sk-ssh-ed25519@openssh.com %s", SSH_KEYS_SK_ED25519},
		{"no-touch-required sk-ssh-ed25519@openssh.com %s", SSH_KEYS_SK_ED25519},
		{"sk-ecdsa-sha2-nistp256@openssh.com %s", SSH_KEYS_SK_ECDSA},
		{"ssh-ed25519-cert-v01@openssh.com %s", SSH_KEYS_CERTIFICATE},
		{"ssh-rsa-cert-v01@openssh.com %s", SSH_KEYS_CERTIFICATE},
		{"sk-ssh-ed25519-cert-v01@openssh.com %s", SSH_KEYS_CERTIFICATE},
		{"ssh-xmss@openssh.com %s", SSH_KEYS_UNKNOWN_TYPE},
		{"ssh-ed448 %s", SSH_KEYS_UNKNOWN_TYPE},
		{"restrict ssh-ed448 %s", SSH_KEYS_UNKNOWN_TYPE},
		{"SSH-ED25519 %s", SSH_KEYS_BAD_LINE},
		{"%s", SSH_KEYS_BAD_LINE},
		{"hello %s", SSH_KEYS_BAD_LINE},
		{"ssh-ed25519\n", SSH_KEYS_BAD_LINE},
		{"restrict ssh-ed25519 \n", SSH_KEYS_BAD_LINE},
		{"restrict\n", SSH_KEYS_BAD_LINE},
		{"\xef\xbb\xbf" ED, SSH_KEYS_BAD_LINE},
		{ED " colour \x1b[31m", SSH_KEYS_BAD_LINE},
		{ED "\rssh-ed25519", SSH_KEYS_BAD_LINE},
		{"ssh-ed25519 A%s", SSH_KEYS_BAD_BASE64},
		{ED "=", SSH_KEYS_BAD_BASE64},
		{"ssh-ed25519 %.67s", SSH_KEYS_BAD_BASE64},
		{"ssh-ed25519 %.60s====", SSH_KEYS_BAD_BASE64},
		{"ssh-ed25519 %.20s-_%.0s", SSH_KEYS_BAD_BASE64},
		{"ssh-ed25519 %.64s", SSH_KEYS_BAD_LENGTH},
		{ED "AAAA", SSH_KEYS_BAD_LENGTH},
		{ED "AA==", SSH_KEYS_BAD_LENGTH},
		{"ssh-ed25519 AAAAB3NzaC1yc2EAAAADAQABAAAAAQ==", SSH_KEYS_TYPE_DIFFERS},
		{"ssh-ed25519 AAAA", SSH_KEYS_BAD_LENGTH},
		{"ssh-ed25519 //////////8=", SSH_KEYS_BAD_LENGTH},
	};

	(void)state;
	expect_lines(cases, N_OF(cases), SSH_KEYS_AUTHORIZED);
}

static void allowed_signers_in_every_form(void **state)
{
	static const struct line_case cases[] = {
		{"alice@example.org " ED, SSH_KEYS_USABLE},
		{"alice,bob\t\t" ED " comment", SSH_KEYS_USABLE},
		{"\"alice of cadwen,bob\" " ED, SSH_KEYS_USABLE},
		{"*@example.org " ED, SSH_KEYS_USABLE}, /* declared: the pattern says nothing */
		{"alice namespaces=\"git,file\" " ED, SSH_KEYS_USABLE},
		{"alice Namespaces=\"git\",valid-after=\"20200101\",valid-before=\"20400101Z\" " ED,
		 SSH_KEYS_USABLE},
		{"alice valid-before=\"20290101\" " ED, SSH_KEYS_EXPIRED},
		{"alice valid-after=\"20310101\" " ED, SSH_KEYS_NOT_YET_VALID},
		{"*@example.org cert-authority " ED, SSH_KEYS_CERT_AUTHORITY},
		{"alice cert-authority,namespaces=\"x\" " ED, SSH_KEYS_CERT_AUTHORITY},
		{"alice valid-after=\"20310101\",valid-before=\"20300101\" " ED,
		 SSH_KEYS_BAD_OPTIONS},
		{"alice valid-after=\"20200101\",valid-after=\"20210101\" " ED,
		 SSH_KEYS_BAD_OPTIONS},
		{"alice namespaces=\"a\",namespaces=\"b\" " ED, SSH_KEYS_BAD_OPTIONS},
		{"alice restrict " ED, SSH_KEYS_BAD_OPTIONS},
		{"alice namespaces=git " ED, SSH_KEYS_BAD_OPTIONS},
		{"alice namespaces=\"git " ED, SSH_KEYS_BAD_OPTIONS},
		{"alice ssh-rsa %s", SSH_KEYS_RSA},
		{"alice ssh-ed25519-cert-v01@openssh.com %s", SSH_KEYS_CERTIFICATE},
		{ED, SSH_KEYS_BAD_LINE}, /* the type stands in the principals' place */
		{"alice\n", SSH_KEYS_BAD_LINE},
		{"alice,,bob " ED, SSH_KEYS_BAD_LINE},
		{"alice, " ED, SSH_KEYS_BAD_LINE},
		{",alice " ED, SSH_KEYS_BAD_LINE},
		{"\"\" " ED, SSH_KEYS_BAD_LINE},
		{"\"alice " ED, SSH_KEYS_BAD_LINE},
		{"\"alice\"bob " ED, SSH_KEYS_BAD_LINE},
		{"ali\"ce " ED, SSH_KEYS_BAD_LINE},
	};

	(void)state;
	expect_lines(cases, N_OF(cases), SSH_KEYS_ALLOWED_SIGNERS);
}

static void bare_files_hold_keys_only(void **state)
{
	static const struct line_case cases[] = {
		{ED, SSH_KEYS_USABLE},
		{ED " comment\r\n", SSH_KEYS_USABLE},
		{"restrict " ED, SSH_KEYS_BAD_LINE},
		{"alice " ED, SSH_KEYS_BAD_LINE},
		{"ssh-rsa %s", SSH_KEYS_RSA},
		{"ssh-foo %s", SSH_KEYS_UNKNOWN_TYPE},
	};

	(void)state;
	expect_lines(cases, N_OF(cases), SSH_KEYS_BARE);
}

static void the_key_is_taken_as_it_is(void **state)
{
	uint8_t key[32], blob[BLOB_LEN];
	char base64[BLOB_TEXT_LEN], text[512];
	struct ssh_keys keys;

	(void)state;
	new_key(key);
	key_blob(blob, key);
	to_base64(base64, sizeof base64, blob, sizeof blob);
	snprintf(text, sizeof text, "# a comment\n\n \t \r\nfrom=\"x\" ssh-ed25519 %s  Alice A. \n",
		 base64);
	read_as(&keys, text, SSH_KEYS_AUTHORIZED, SSH_KEYS_BY_COMMENT);
	assert_int_equal(keys.n, 1);
	assert_int_equal(keys.lines[0].number, 4);
	assert_int_equal(keys.n_of[SSH_KEYS_USABLE], 1);
	assert_memory_equal(keys.lines[0].key, key, sizeof key);
	assert_bytes_equal(keys.lines[0].comment, BYTES("Alice A."));
	assert_bytes_equal(keys.lines[0].type, BYTES("ssh-ed25519"));
	snprintf(text, sizeof text, "\"Alice A.,a@b\" ssh-ed25519 %s", base64);
	read_as(&keys, text, SSH_KEYS_ALLOWED_SIGNERS, SSH_KEYS_BY_PRINCIPAL);
	assert_bytes_equal(keys.lines[0].principals, BYTES("Alice A.,a@b"));
	assert_int_equal(keys.lines[0].reason, SSH_KEYS_USABLE);
}

/* Every wire form but the one is refused: each bit of the 19 bytes before the point. */
static void wire_format_is_exact(void **state)
{
	uint8_t key[32], blob[BLOB_LEN + 3];
	char base64[96], text[256];
	struct ssh_keys keys;

	(void)state;
	new_key(key);
	for (size_t bit = 0; bit < 8 * 19; bit++) {
		key_blob(blob, key);
		blob[bit / 8] ^= (uint8_t)(1u << bit % 8);
		to_base64(base64, sizeof base64, blob, BLOB_LEN);
		snprintf(text, sizeof text, "ssh-ed25519 %s", base64);
		read_as(&keys, text, SSH_KEYS_BARE, SSH_KEYS_DECLARED);
		assert_true(keys.lines[0].reason == SSH_KEYS_BAD_LENGTH ||
			    keys.lines[0].reason == SSH_KEYS_TYPE_DIFFERS);
	}
	for (size_t len = 0; len < sizeof blob; len++) {
		memset(blob, 0, sizeof blob);
		key_blob(blob, key);
		to_base64(base64, sizeof base64, blob, len);
		snprintf(text, sizeof text, "ssh-ed25519 %s", base64);
		read_as(&keys, text, SSH_KEYS_BARE, SSH_KEYS_DECLARED);
		assert_int_equal(keys.lines[0].reason == SSH_KEYS_USABLE, len == BLOB_LEN);
	}
}

/* Small order, not canonical (doc/testing.md, C-5), and mixed order. */
static void points_that_cannot_be_members(void **state)
{
	static const char *const bad[] = {
		"0100000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000080",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"0200000000000000000000000000000000000000000000000000000000000000",
	};
	uint8_t good[32], point[32], key[32], blob[BLOB_LEN];
	char base64[BLOB_TEXT_LEN], text[256];
	struct ssh_keys keys;

	(void)state;
	new_key(good);
	for (size_t i = 0; i < 2 * N_OF(bad); i++) {
		assert_int_equal(
			sodium_hex2bin(point, sizeof point, bad[i / 2], 64, NULL, NULL, NULL), 0);
		memcpy(key, point, sizeof key);
		if (i % 2 == 1 && (crypto_core_ed25519_add(key, good, point) != 0 ||
				   memcmp(key, good, sizeof key) == 0))
			continue; /* not a point, or the identity: nothing is added */
		key_blob(blob, key);
		to_base64(base64, sizeof base64, blob, sizeof blob);
		snprintf(text, sizeof text, "ssh-ed25519 %s", base64);
		read_as(&keys, text, SSH_KEYS_BARE, SSH_KEYS_DECLARED);
		assert_int_equal(keys.lines[0].reason, SSH_KEYS_BAD_POINT);
	}
}

/* --- persons -----------------------------------------------------------------------------------
 */

/* In templates: 0 to 9 after '@' is the key of that number. The expected string has a letter for
 * each line: u usable, d duplicate, s second key, n nobody, x anything else. */
static void expect_persons(const char *template, enum ssh_keys_form form,
			   enum ssh_keys_persons persons, const char *expected)
{
	static char texts[10][BLOB_TEXT_LEN];
	char text[8192], got[64] = "";
	size_t len = 0;
	struct ssh_keys keys;

	if (texts[0][0] == '\0') {
		for (size_t i = 0; i < 10; i++)
			new_key_text(texts[i]);
	}
	for (const char *at = template; *at != '\0'; at++) {
		if (*at == '@' && at[1] >= '0' && at[1] <= '9')
			len += (size_t)snprintf(text + len, sizeof text - len, "ssh-ed25519 %s",
						texts[*++at - '0']);
		else
			text[len++] = *at;
	}
	text[len] = '\0';
	read_as(&keys, text, form, persons);
	for (uint32_t i = 0; i < keys.n; i++) {
		enum ssh_keys_reason reason = keys.lines[i].reason;

		got[i] = reason == SSH_KEYS_USABLE       ? 'u'
			 : reason == SSH_KEYS_DUPLICATE  ? 'd'
			 : reason == SSH_KEYS_SECOND_KEY ? 's'
			 : reason == SSH_KEYS_NO_PERSON  ? 'n'
							 : 'x';
		assert_int_equal(keys.lines[i].other != NULL, got[i] == 'd' || got[i] == 's');
	}
	assert_string_equal(got, expected);
}

static void one_person_has_one_key(void **state)
{
	(void)state;
	/* By principal: any name in common, over any number of lines, in any order. */
	expect_persons("a @0\nb @1\nc @2\n", SSH_KEYS_ALLOWED_SIGNERS, SSH_KEYS_BY_PRINCIPAL,
		       "uuu");
	expect_persons("a @0\na @1\n", SSH_KEYS_ALLOWED_SIGNERS, SSH_KEYS_BY_PRINCIPAL, "us");
	expect_persons("a,b @0\nb,c @1\nc @2\nd @3\n", SSH_KEYS_ALLOWED_SIGNERS,
		       SSH_KEYS_BY_PRINCIPAL, "ussu");
	expect_persons("a @0\nc @1\na,c @2\n", SSH_KEYS_ALLOWED_SIGNERS, SSH_KEYS_BY_PRINCIPAL,
		       "uss");
	expect_persons("Alice@x @0\nalice@X @1\n", SSH_KEYS_ALLOWED_SIGNERS, SSH_KEYS_BY_PRINCIPAL,
		       "us");
	/* A key in common makes one person of two names. */
	expect_persons("a @0\nb @0\nb @1\n", SSH_KEYS_ALLOWED_SIGNERS, SSH_KEYS_BY_PRINCIPAL,
		       "uds");
	/* An RSA line that names both makes one person of them; a certificate authority does not.
	 */
	expect_persons("a @0\nb @1\na,b ssh-rsa AAAA\n", SSH_KEYS_ALLOWED_SIGNERS,
		       SSH_KEYS_BY_PRINCIPAL, "usx");
	expect_persons("a @0\nb @1\na,b cert-authority @2\n", SSH_KEYS_ALLOWED_SIGNERS,
		       SSH_KEYS_BY_PRINCIPAL, "uux");
	/* An expired key does not take the place of a good one. */
	expect_persons("a valid-before=\"20200101\" @0\na @1\n", SSH_KEYS_ALLOWED_SIGNERS,
		       SSH_KEYS_BY_PRINCIPAL, "xu");
	/* Patterns name nobody. */
	expect_persons("*@x @0\na?c @1\n!a,b @2\na!b @3\n", SSH_KEYS_ALLOWED_SIGNERS,
		       SSH_KEYS_BY_PRINCIPAL, "nnnu");
	/* By comment. */
	expect_persons("@0 alice\n@1 bob\n@2 Alice\n@3\n@1 bob\n", SSH_KEYS_AUTHORIZED,
		       SSH_KEYS_BY_COMMENT, "uusnd");
	expect_persons("@0 alice\n@0 alice at work\n@1 alice at work\n", SSH_KEYS_AUTHORIZED,
		       SSH_KEYS_BY_COMMENT, "uds");
	/* By file: one of all. */
	expect_persons("ssh-rsa AAAA\n@0\n@1\n@2\n", SSH_KEYS_BARE, SSH_KEYS_BY_FILE, "xuss");
	/* Declared: only keys themselves are compared. */
	expect_persons("@0 alice\n@1 alice\n@2\n@0 bob\n", SSH_KEYS_AUTHORIZED, SSH_KEYS_DECLARED,
		       "uuud");
	expect_persons("*@x @0\n*@x @1\n", SSH_KEYS_ALLOWED_SIGNERS, SSH_KEYS_DECLARED, "uu");
}

static void a_file_is_a_member(void **state)
{
	char one[BLOB_TEXT_LEN], two[BLOB_TEXT_LEN], three[BLOB_TEXT_LEN];
	char first[256], second[256], third[256];
	struct ssh_keys keys;
	struct problem problem = {0};

	(void)state;
	new_key_text(one);
	new_key_text(two);
	new_key_text(three);
	snprintf(first, sizeof first, "ssh-ed25519 %s\nssh-ed25519 %s\n", one, two);
	snprintf(second, sizeof second, "ssh-ed25519 %s\r\n", three);
	snprintf(third, sizeof third, "ssh-ed25519 %s", two);
	const struct ssh_keys_file files[] = {
		{BYTES("alice.keys"), SSH_KEYS_BARE, BYTES(first)},
		{BYTES("bob.keys"), SSH_KEYS_BARE, BYTES(second)},
		{BYTES("carol.keys"), SSH_KEYS_BARE, BYTES(third)},
		{BYTES("dan.keys"), SSH_KEYS_BARE, BYTES("")},
	};
	arena = (struct arena){.block = block, .capacity = sizeof block};
	assert_int_equal(ssh_keys_read(&keys, files, 4, SSH_KEYS_BY_FILE, NOW, &arena, NULL),
			 UNDERSIGN_OK);
	assert_int_equal(keys.n, 4);
	assert_int_equal(keys.lines[0].reason, SSH_KEYS_USABLE);
	assert_int_equal(keys.lines[1].reason, SSH_KEYS_SECOND_KEY);
	assert_int_equal(keys.lines[2].reason, SSH_KEYS_USABLE);
	assert_int_equal(keys.lines[3].reason, SSH_KEYS_DUPLICATE);
	assert_int_equal(keys.lines[3].file, 2);
	ssh_keys_explain(&problem, &keys.lines[3], files);
	assert_string_equal(problem.where, "file carol.keys, line 1");
	assert_string_equal(problem.what, "This key stands in line 2 of file alice.keys");
	ssh_keys_explain(&problem, &keys.lines[1], files);
	assert_string_equal(problem.what, "The same person's key stands in line 1");
}

static void what_makes_no_sense_is_refused(void **state)
{
	struct ssh_keys keys;
	struct problem problem = {0};
	struct ssh_keys_file file = {BYTES("x"), SSH_KEYS_AUTHORIZED, BYTES("ssh-rsa AAAA c\n")};
	struct arena none = {0};

	(void)state;
	arena = (struct arena){.block = block, .capacity = sizeof block};
	assert_int_equal(
		ssh_keys_read(&keys, &file, 1, SSH_KEYS_BY_PRINCIPAL, NOW, &arena, &problem),
		UNDERSIGN_E_USAGE);
	assert_string_equal(problem.where, "file x");
	assert_int_equal(ssh_keys_read(&keys, &file, 1, SSH_KEYS_DECLARED, NOW, &none, &problem),
			 UNDERSIGN_E_MEMORY);
	file.content = bytes_from(block, SSH_KEYS_FILE_MAX + 1);
	assert_int_equal(ssh_keys_read(&keys, &file, 1, SSH_KEYS_DECLARED, NOW, &arena, &problem),
			 UNDERSIGN_E_LIMIT);
	/* A line that is too long, and the one after it. */
	static char text[SSH_KEYS_LINE_MAX + 400];
	char key[BLOB_TEXT_LEN];
	new_key_text(key);
	memset(text, 'x', SSH_KEYS_LINE_MAX + 1);
	snprintf(text + SSH_KEYS_LINE_MAX + 1, 300, "\nssh-ed25519 %s c", key);
	read_as(&keys, text, SSH_KEYS_AUTHORIZED, SSH_KEYS_DECLARED);
	assert_int_equal(keys.n, 2);
	assert_int_equal(keys.lines[0].reason, SSH_KEYS_BAD_LINE);
	assert_int_equal(keys.lines[1].reason, SSH_KEYS_USABLE);
	/* A zero byte. */
	file.content = bytes_from("ssh-ed25519 AAAA\0x", 18);
	assert_int_equal(ssh_keys_read(&keys, &file, 1, SSH_KEYS_DECLARED, NOW, &arena, &problem),
			 UNDERSIGN_OK);
	assert_int_equal(keys.lines[0].reason, SSH_KEYS_BAD_LINE);
}

static void a_long_list_takes_no_long_time(void **state)
{
	enum { N = 2000 };
	char *text = malloc(N * 120);
	size_t len = 0;
	struct ssh_keys keys;
	struct ssh_keys_file file = {BYTES("list"), SSH_KEYS_ALLOWED_SIGNERS, {0}};

	(void)state;
	assert_non_null(text);
	for (unsigned i = 0; i < N; i++) {
		char key[BLOB_TEXT_LEN];

		new_key_text(key);
		len += (size_t)snprintf(text + len, N * 120 - len, "p%u,q%u ssh-ed25519 %s\n",
					i % 1000, i, key);
	}
	file.content = bytes_from(text, len);
	arena = (struct arena){.block = block, .capacity = sizeof block};
	assert_int_equal(ssh_keys_read(&keys, &file, 1, SSH_KEYS_BY_PRINCIPAL, NOW, &arena, NULL),
			 UNDERSIGN_OK);
	assert_int_equal(keys.n, N);
	assert_int_equal(keys.n_of[SSH_KEYS_USABLE], 1000);
	assert_int_equal(keys.n_of[SSH_KEYS_SECOND_KEY], 1000);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(authorized_keys_in_every_form),
		cmocka_unit_test(allowed_signers_in_every_form),
		cmocka_unit_test(bare_files_hold_keys_only),
		cmocka_unit_test(the_key_is_taken_as_it_is),
		cmocka_unit_test(wire_format_is_exact),
		cmocka_unit_test(points_that_cannot_be_members),
		cmocka_unit_test(one_person_has_one_key),
		cmocka_unit_test(a_file_is_a_member),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(a_long_list_takes_no_long_time),
	};

	random_state = test_random_new();
	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
