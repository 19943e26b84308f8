/* Evidence by OpenPGP keys, made by the real gpg: what it signs is taken, what is out of order is
 * refused by name, and nothing is taken that gpg refuses. The roster is Debian's own keyring, with
 * fresh keys in it (doc/testing.md, A-6, C-14). */
#include "asking.h"

#include "evidence_child.h"
#include "openpgp_evidence.h"
#include "openpgp_keyring.h"

#define DEBIAN_KEYRING "/usr/share/keyrings/debian-keyring.gpg"
#define SIGNATURE_MAX  4096
#define GPG            "gpg --homedir home --batch --quiet --no-tty --passphrase '' --pinentry-mode loopback "
#define SIGN(key)      GPG "--yes -u " key " --detach-sign -o "

static struct bytes keyring; /* all fresh keys */

/* As the programs ask: in a child, in which the library may say what it likes. */
static enum undersign_status check(struct evidence_answer *out,
				   const struct evidence_question *question, struct arena *arena,
				   struct problem *said)
{
	return evidence_child_run(openpgp_evidence_check, out, question, arena, said);
}

static const char *const names[] = {"ed", "rsa", "p256", "p384", "p521", "sub"};
#define N_NAMES (sizeof names / sizeof names[0])

static void new_member(const char *name, const char *kind, const char *expiry)
{
	char command[512];

	snprintf(command, sizeof command,
		 GPG "--quick-generate-key 'Member %s <%s@Cadwen.example>' %s sign %s", name, name,
		 kind, expiry);
	must_run(command);
	snprintf(command, sizeof command, SIGN("'<%s@Cadwen.example>'") "%s.sig request", name,
		 name);
	must_run(command);
}

static void make_keys(void)
{
	write_file("request", BYTES(REQUEST));
	write_file("other", BYTES("undersigned enrolment v1\nroster Other\n"));
	must_run("mkdir -m 700 home");
	new_member("ed", "ed25519", "never");
	new_member("rsa", "rsa2048", "never");
	new_member("p256", "nistp256", "never");
	new_member("p384", "nistp384", "never");
	new_member("p521", "nistp521", "never");
	/* A primary key that certifies, a subkey that signs. */
	must_run(GPG
		 "--quick-generate-key 'Member sub <sub@Cadwen.example>' rsa3072 cert never && " GPG
		 "--quick-add-key $(" GPG "--with-colons --list-keys '<sub@Cadwen.example>' | "
		 "awk -F: '$1 == \"fpr\" { print $10; exit }') ed25519 sign never && " SIGN(
			 "'<sub@Cadwen.example>'") "sub.sig request");
	must_run(GPG "--export -o keyring.gpg");
	keyring = file_of("keyring.gpg");
}

static enum undersign_status check_file(const char *name, struct bytes files)
{
	return ask(check, file_of(name), BYTES(REQUEST), "ring", files);
}

static void what_gpg_signs_is_taken(void **state)
{
	static const char *const strengths[] = {
		"Ed25519, by OpenPGP",           "RSA, 2048 bits, by OpenPGP",
		"ECDSA, NIST P-256, by OpenPGP", "ECDSA, NIST P-384, by OpenPGP",
		"ECDSA, NIST P-521, by OpenPGP", "Ed25519, by OpenPGP"};

	(void)state;
	for (size_t i = 0; i < N_NAMES; i++) {
		char name[64], person[64];

		snprintf(name, sizeof name, "%s.sig", names[i]);
		snprintf(person, sizeof person, "%s@cadwen.example", names[i]);
		if (check_file(name, keyring) != UNDERSIGN_OK)
			fail_msg("%s: %s: %s", names[i], problem.rule, problem.what);
		assert_int_equal(answer.kind, EVIDENCE_OPENPGP);
		assert_string_equal(answer.strength, strengths[i]);
		assert_bytes_equal(answer.person, BYTES(person));
		assert_int_equal(answer.identity.len, 40);
	}
	/* The identity is that of the primary key. */
	must_run(GPG "--with-colons --list-keys '<sub@Cadwen.example>' | awk -F: '$1 == \"fpr\" { "
		     "printf \"%s\", $10; exit }' > fingerprint");
	assert_bytes_equal(answer.identity, file_of("fingerprint"));
	/* Armoured, both. */
	must_run(SIGN("'<rsa@Cadwen.example>'") "rsa.asc --armor request && " GPG
						"--armor --export -o keyring.asc");
	assert_int_equal(check_file("rsa.asc", file_of("keyring.asc")), UNDERSIGN_OK);
	must_run(SIGN("'<rsa@Cadwen.example>'") "rsa384.sig --digest-algo SHA384 request");
	assert_int_equal(check_file("rsa384.sig", keyring), UNDERSIGN_OK);
}

static void signatures_out_of_order_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_NAMES; i++) {
		char name[64];

		snprintf(name, sizeof name, "%s.sig", names[i]);
		assert_refused(ask(check, file_of(name), file_of("other"), "ring", keyring),
			       UNDERSIGN_E_INVALID, "does not hold");
	}
	must_run(SIGN("'<rsa@Cadwen.example>'") "text.sig --textmode request");
	assert_refused(check_file("text.sig", keyring), UNDERSIGN_E_INVALID, "--textmode");
	must_run(SIGN("'<rsa@Cadwen.example>'") "sha1.sig --digest-algo SHA1 "
						"--allow-weak-digest-algos request");
	assert_refused(check_file("sha1.sig", keyring), UNDERSIGN_E_INVALID, "SHA-256");
	must_run("cat rsa.sig ed.sig > both.sig");
	assert_refused(check_file("both.sig", keyring), UNDERSIGN_E_FORMAT, "several");
	assert_refused(check_file("request", keyring), UNDERSIGN_E_FORMAT, "another thing");
	must_run(GPG "--yes -u '<rsa@Cadwen.example>' --clear-sign -o clear.sig request");
	assert_refused(check_file("clear.sig", keyring), UNDERSIGN_E_FORMAT, "another thing");
	must_run(GPG "--yes -u '<rsa@Cadwen.example>' --sign -o inline.sig request");
	assert_refused(check_file("inline.sig", keyring), UNDERSIGN_E_FORMAT, "another thing");
	/* One that expires by itself, before 2030. */
	must_run(SIGN("'<rsa@Cadwen.example>'") "brief.sig --default-sig-expire 1m request");
	assert_refused(check_file("brief.sig", keyring), UNDERSIGN_E_INVALID, "expired");
	/* A time before it was made. */
	struct arena arena = {.block = block, .capacity = sizeof block};
	struct evidence_source source = {BYTES("ring"), keyring};
	struct evidence_question question = {.request = BYTES(REQUEST),
					     .evidence = file_of("rsa.sig"),
					     .against = &source,
					     .n_against = 1,
					     .seconds = UINT64_C(1577836800)};
	problem = (struct problem){0};
	assert_int_equal(check(&answer, &question, &arena, &problem), UNDERSIGN_E_INVALID);
}

static void keys_out_of_order_are_refused(void **state)
{
	(void)state;
	new_member("brief", "rsa2048", "2y"); /* gone by 2030 */
	new_member("koblitz", "secp256k1", "never");
	new_member("gone", "rsa2048", "never");
	must_run(GPG "--export -o keyring2.gpg");
	assert_int_equal(check_file("gone.sig", file_of("keyring2.gpg")), UNDERSIGN_OK);
	assert_refused(check_file("brief.sig", file_of("keyring2.gpg")), UNDERSIGN_E_INVALID,
		       "expired");
	assert_refused(check_file("koblitz.sig", file_of("keyring2.gpg")), UNDERSIGN_E_INVALID,
		       "weak");
	/* Revoked, by the certificate that gpg made with the key. */
	must_run("f=$(" GPG "--with-colons --list-keys '<gone@Cadwen.example>' | awk -F: '$1 == "
		 "\"fpr\" { print $10; exit }'); sed 's/^:---/---/' home/openpgp-revocs.d/$f.rev "
		 "| " GPG "--import && " GPG "--export -o revoked.gpg '<gone@Cadwen.example>'");
	assert_refused(check_file("gone.sig", file_of("revoked.gpg")), UNDERSIGN_E_INVALID,
		       "revoked");
	/* Short; gpg makes them on demand only. */
	must_run("printf '%%no-protection\\nKey-Type: RSA\\nKey-Length: 1024\\nKey-Usage: "
		 "sign\\nName-Real: Short\\nName-Email: short@Cadwen.example\\nExpire-Date: "
		 "0\\n%%commit\\n' | " GPG
		 "--gen-key && " SIGN("'<short@Cadwen.example>'") "short.sig request && " GPG
								  "--export -o short.gpg "
								  "'<short@Cadwen.example>'");
	assert_refused(check_file("short.sig", file_of("short.gpg")), UNDERSIGN_E_INVALID, "weak");
	/* Bound by SHA-1 alone. */
	must_run(GPG
		 "--cert-digest-algo SHA1 --allow-weak-digest-algos --quick-generate-key 'Old "
		 "<old@Cadwen.example>' rsa2048 sign never && " SIGN(
			 "'<old@Cadwen.example>'") "old.sig request && " GPG
						   "--export -o old.gpg '<old@Cadwen.example>'");
	assert_refused(check_file("old.sig", file_of("old.gpg")), UNDERSIGN_E_INVALID, "SHA-1");
	/* Nobody's; broken rings; a secret key. */
	must_run(GPG "--export -o ed.gpg '<ed@Cadwen.example>'");
	assert_refused(check_file("rsa.sig", file_of("ed.gpg")), UNDERSIGN_E_INVALID,
		       "no keyring has the key");
	assert_refused(check_file("rsa.sig", BYTES("hello\n")), UNDERSIGN_E_FORMAT, "keyring");
	must_run("head -c 3000 keyring.gpg > cut.gpg");
	assert_refused(check_file("sub.sig", file_of("cut.gpg")), UNDERSIGN_E_FORMAT, "broken");
	must_run(GPG "--export-secret-keys -o secret.gpg '<rsa@Cadwen.example>'");
	assert_refused(check_file("rsa.sig", file_of("secret.gpg")), UNDERSIGN_E_FORMAT, "secret");
}

/* A real roster: most of its keys are RSA, many are old. */
static void debian_is_a_roster(void **state)
{
	static uint8_t whole[64 << 20];
	FILE *file = fopen(DEBIAN_KEYRING, "rb");

	(void)state;
	if (!file)
		fail_msg("%s is missing: apt install debian-keyring", DEBIAN_KEYRING);
	size_t len = fread(whole, 1, sizeof whole, file);
	fclose(file);
	struct openpgp_keyring ring = openpgp_keyring_read(bytes_from(whole, len), NULL);
	while (openpgp_keyring_next(&ring))
		;
	assert_false(ring.has_failed);
	run("gpg --homedir home --batch --no-tty --no-default-keyring --keyring " DEBIAN_KEYRING
	    " --no-auto-check-trustdb --fast-list-mode --with-colons --list-keys 2>/dev/null | "
	    "grep -c '^pub' > shown");
	assert_int_equal(ring.n, strtoul((const char *)file_of("shown").data, NULL, 10));
	print_message("%u keys\n", ring.n);
	/* A stranger is not on it; a member is, wherever he stands. */
	assert_refused(check_file("rsa.sig", bytes_from(whole, len)), UNDERSIGN_E_INVALID,
		       "no keyring has the key");
	memcpy(whole + len, keyring.data, keyring.len);
	for (size_t i = 0; i < N_NAMES; i++) {
		char name[64];

		snprintf(name, sizeof name, "%s.sig", names[i]);
		assert_int_equal(check_file(name, bytes_from(whole, len + keyring.len)),
				 UNDERSIGN_OK);
	}
}

/* --- C-14: against gpg --verify -----------------------------------------------------------------
 */

/* In a keyring the issuer's id beside what a self-signature signs is a hint, by which gpg looks for
 * the key and rnp does not. Nobody signs it, and nothing depends on it: it is left as it is. */
static bool is_hint(const uint8_t *ring, size_t len, size_t place)
{
	for (size_t i = 2; i + 10 <= len; i++) {
		if (ring[i] == 9 && ring[i + 1] == 16 && place + 2 >= i && place < i + 10)
			return true;
	}
	return false;
}

static void nothing_is_taken_that_gpg_refuses(void **state)
{
	size_t n = test_is_full() ? 10000 : 1000;
	size_t n_taken = 0;
	struct bytes evidence[N_NAMES], rings[N_NAMES];

	(void)state;
	assert_int_equal(run("mkdir cases"), 0);
	/* Each key in a ring of its own: gpg gives up a ring for any key in it. */
	for (size_t i = 0; i < N_NAMES; i++) {
		char name[64], command[256];

		snprintf(name, sizeof name, "%s.sig", names[i]);
		evidence[i] = file_of(name);
		snprintf(name, sizeof name, "%s.gpg", names[i]);
		snprintf(command, sizeof command, GPG "--yes --export -o %s '<%s@Cadwen.example>'",
			 name, names[i]);
		must_run(command);
		rings[i] = file_of(name);
	}
	for (size_t i = 0; i < n; i++) {
		static uint8_t sig[SIGNATURE_MAX], request[4096], ring[1 << 16];
		struct bytes one = evidence[i % N_NAMES];
		size_t len = one.len, request_len = strlen(REQUEST);
		size_t ring_len = rings[i % N_NAMES].len;
		char name[64];

		memcpy(sig, one.data, len);
		memcpy(request, REQUEST, request_len);
		assert_true(ring_len + 64 < sizeof ring);
		memcpy(ring, rings[i % N_NAMES].data, ring_len);
		switch (test_random_below(&random_state, 8)) {
		case 0:
			break; /* the control */
		case 1:
			request_len = change(request, request_len, sizeof request);
			break;
		case 2: { /* the keyring */
			size_t place = test_random_below(&random_state, ring_len);

			if (!is_hint(ring, ring_len, place))
				ring[place] ^= (uint8_t)(1u << test_random_below(&random_state, 8));
			break;
		}
		case 3:
			len = change(sig, len, sizeof sig);
			len = change(sig, len, sizeof sig);
			break;
		default:
			len = change(sig, len, sizeof sig);
			break;
		}
		if (ask(check, bytes_from(sig, len), bytes_from(request, request_len), "ring",
			bytes_from(ring, ring_len)) != UNDERSIGN_OK)
			continue;
		n_taken++;
		snprintf(name, sizeof name, "cases/%zu.sig", i);
		write_file(name, bytes_from(sig, len));
		snprintf(name, sizeof name, "cases/%zu.request", i);
		write_file(name, bytes_from(request, request_len));
		snprintf(name, sizeof name, "cases/%zu.ring", i);
		write_file(name, bytes_from(ring, ring_len));
	}
	/* gpg is asked about all that were taken. */
	assert_int_equal(
		run("cd cases; mkdir -m 700 home; for f in *.sig; do i=${f%.sig}; "
		    "gpg --homedir home --batch --quiet --no-tty --no-default-keyring --keyring "
		    "$PWD/$i.ring --trust-model always --no-auto-check-trustdb "
		    "--faked-system-time 1893456000 --status-fd 1 --verify $f $i.request "
		    "2>/dev/null | grep -q '^.GNUPG:. GOODSIG' || echo $i; done > ../refused"),
		0);
	struct bytes refused = file_of("refused");
	if (refused.len > 0)
		fail_msg("taken, and gpg refuses: %s", (const char *)refused.data);
	/* The control: what is whole is taken. */
	assert_true(n_taken > n / 16);
	print_message("%zu cases, %zu taken\n", n, n_taken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_gpg_signs_is_taken),
		cmocka_unit_test(signatures_out_of_order_are_refused),
		cmocka_unit_test(keys_out_of_order_are_refused),
		cmocka_unit_test(debian_is_a_roster),
		cmocka_unit_test(nothing_is_taken_that_gpg_refuses),
	};

	random_state = test_random_new();
	if (sodium_init() < 0)
		return 1;
	make_folder();
	make_keys();
	int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
	if (run("gpgconf --homedir home --kill all") != 0)
		print_message("an agent of gpg may be left\n");
	remove_folder();
	free_kept();
	return n_failed;
}
