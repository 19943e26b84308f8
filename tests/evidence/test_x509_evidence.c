/* Evidence by certificates, made by the real openssl and by a smart card's PKCS #11 (SoftHSM, with
 * a profile like PIV's): what they sign is taken, everything that is out of order is refused by
 * name, and nothing is taken that openssl refuses (doc/testing.md, A-6, C-14). */
#include "asking.h"

#include "evidence_child.h"
#include "x509_evidence.h"

#define DER_MAX 16384

static struct bytes roots, all_files; /* root alone; root, intermediate */

/* Certificates: a root, an authority below it, and members of it with different profiles. */
static const char config[] =
	"[req]\ndistinguished_name=dn\n[dn]\n"
	"[root]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
	"subjectKeyIdentifier=hash\n"
	"[ca]\nbasicConstraints=critical,CA:TRUE,pathlen:0\n"
	"keyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
	"authorityKeyIdentifier=keyid\n"
	/* The digital signature key of a PIV card (FIPS 201): both usages, mail, a policy. */
	"[piv]\nkeyUsage=critical,digitalSignature,nonRepudiation\n"
	"extendedKeyUsage=emailProtection,1.3.6.1.5.5.7.3.4\n"
	"certificatePolicies=2.16.840.1.101.3.2.1.3.7\nsubjectKeyIdentifier=hash\n"
	"authorityKeyIdentifier=keyid\nsubjectAltName=@names\n"
	"[names]\nemail.1=B.Quill@Cadwen.example\n"
	"otherName.1=2.16.840.1.101.3.6.6;FORMAT:HEX,OCTETSTRING:D13810D828AB6C10C339E5\n"
	"[plain]\nkeyUsage=critical,digitalSignature\nsubjectKeyIdentifier=hash\n"
	"authorityKeyIdentifier=keyid\n"
	"[agree]\nkeyUsage=critical,keyAgreement\nsubjectKeyIdentifier=hash\n"
	"authorityKeyIdentifier=keyid\n"
	"[none]\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
	"[server]\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n"
	"subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
	"[code]\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\n"
	"subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
	"[authority]\nbasicConstraints=critical,CA:TRUE\n"
	"keyUsage=critical,keyCertSign,cRLSign,digitalSignature\nsubjectKeyIdentifier=hash\n"
	"authorityKeyIdentifier=keyid\n"
	"[critical]\nkeyUsage=critical,digitalSignature\n1.2.3.4.5=critical,DER:0500\n"
	"subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
	/* For `openssl ca -gencrl`. */
	"[lists]\ndatabase=index\ncrlnumber=crlnumber\ndefault_md=sha256\n";

#define SUBJECT "/C=XX/O=Waterways Authority/OU=Institute for Hydrology, Cadwen/CN=B. Quill"
#define DAYS    "3000"

/* A key, a certificate of this profile by the authority, and its signature over the request. */
static void new_member(const char *name, const char *key, const char *profile, const char *days,
		       const char *more)
{
	char command[2048];

	snprintf(command, sizeof command,
		 "openssl genpkey -out %s.key %s && "
		 "openssl req -new -config config -key %s.key -subj '" SUBJECT "' -out %s.csr && "
		 "openssl x509 -req -in %s.csr -CA ca.pem -CAkey ca.key -days %s -extfile config "
		 "-extensions %s -out %s.pem %s && "
		 "openssl cms -sign -binary -in request -signer %s.pem -inkey %s.key -outform DER "
		 "-out %s.p7s",
		 name, key, name, name, name, days, profile, name, more, name, name, name);
	must_run(command);
}

#define RSA2048 "-algorithm RSA -pkeyopt rsa_keygen_bits:2048"
#define EC(x)   "-algorithm EC -pkeyopt ec_paramgen_curve:" x

static void make_authorities(void)
{
	write_file("config", BYTES(config));
	write_file("request", BYTES(REQUEST));
	write_file("other", BYTES("undersigned enrolment v1\nroster Other\n"));
	must_run("openssl req -x509 -config config -newkey rsa:2048 -nodes -keyout root.key -days "
		 "4000 -subj '/O=Root/CN=Root' -extensions root -out root.pem && "
		 "openssl req -new -config config -newkey rsa:2048 -nodes -keyout ca.key -subj "
		 "'/O=Waterways Authority/CN=Staff Cards' -out ca.csr && "
		 "openssl x509 -req -in ca.csr -CA root.pem -CAkey root.key -days 3900 -extfile "
		 "config -extensions ca -out ca.pem && cat root.pem ca.pem > both.pem && "
		 "openssl x509 -in root.pem -outform DER -out root.der && "
		 "openssl req -x509 -config config -newkey rsa:2048 -nodes -keyout strange.key "
		 "-days 4000 -subj '/O=Root/CN=Root' -extensions root -out strange.pem");
	roots = file_of("root.pem");
	all_files = file_of("both.pem");
}

static enum undersign_status check_file(const char *name, struct bytes files)
{
	return ask(x509_evidence_check, file_of(name), BYTES(REQUEST), "files", files);
}

static void what_openssl_signs_is_taken(void **state)
{
	static const struct {
		const char *name, *key, *profile, *strength;
	} members[] = {
		{"quill", RSA2048, "piv", "RSA, 2048 bits, by certificate"},
		{"p256", EC("P-256"), "plain", "ECDSA, P-256, by certificate"},
		{"p384", EC("P-384"), "plain", "ECDSA, P-384, by certificate"},
		{"p521", EC("P-521"), "plain", "ECDSA, P-521, by certificate"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		char name[32];

		new_member(members[i].name, members[i].key, members[i].profile, DAYS, "");
		snprintf(name, sizeof name, "%s.p7s", members[i].name);
		assert_int_equal(check_file(name, all_files), UNDERSIGN_OK);
		assert_int_equal(answer.kind, EVIDENCE_X509);
		assert_string_equal(answer.strength, members[i].strength);
		assert_bytes_equal(answer.organisation,
				   BYTES("Waterways Authority, Institute for Hydrology, Cadwen"));
		assert_non_null(strstr((const char *)answer.holder.data, "CN=B. Quill"));
	}
	assert_int_equal(check_file("quill.p7s", all_files), UNDERSIGN_OK);
	assert_bytes_equal(answer.person, BYTES("b.quill@cadwen.example"));
	assert_int_equal(check_file("p256.p7s", all_files), UNDERSIGN_OK);
	assert_non_null(strstr((const char *)answer.person.data, "cn=b. quill"));
	/* As PEM; a root in DER, whose authority stands in the signature. */
	must_run("openssl cms -sign -binary -in request -signer quill.pem -inkey quill.key "
		 "-certfile ca.pem -outform PEM -out quill.asc; "
		 "openssl cms -sign -binary -in request -signer quill.pem -inkey quill.key "
		 "-certfile ca.pem -outform DER -out chain.p7s");
	assert_int_equal(check_file("quill.asc", roots), UNDERSIGN_OK);
	assert_int_equal(check_file("chain.p7s", file_of("root.der")), UNDERSIGN_OK);
	/* By another hash. */
	must_run("openssl cms -sign -binary -md sha512 -in request -signer p384.pem -inkey "
		 "p384.key -outform DER -out sha512.p7s");
	assert_int_equal(check_file("sha512.p7s", all_files), UNDERSIGN_OK);
}

static void certificates_out_of_order_are_refused(void **state)
{
	static const struct {
		const char *name, *key, *profile, *days, *words;
	} cases[] = {
		{"expired", RSA2048, "plain", "30", "expired"},
		{"agree", EC("P-256"), "agree", DAYS, "keyUsage"},
		{"none", RSA2048, "none", DAYS, "keyUsage is missing"},
		{"server", RSA2048, "server", DAYS, "extendedKeyUsage"},
		{"code", RSA2048, "code", DAYS, "extendedKeyUsage"},
		{"authority", RSA2048, "authority", DAYS, "authority's"},
		{"critical", RSA2048, "critical", DAYS, "unhandled critical extension"},
		{"short", "-algorithm RSA -pkeyopt rsa_keygen_bits:1024", "plain", DAYS,
		 "at least 2048 bits"},
		{"koblitz", EC("secp256k1"), "plain", DAYS, "P-256"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char name[32];

		new_member(cases[i].name, cases[i].key, cases[i].profile, cases[i].days, "");
		snprintf(name, sizeof name, "%s.p7s", cases[i].name);
		assert_refused(check_file(name, all_files), UNDERSIGN_E_INVALID, cases[i].words);
	}
	/* SHA-1 in the certificate; a root of the same name; no way to the root; no root. */
	new_member("sha1", RSA2048, "plain", DAYS, "-sha1");
	assert_refused(check_file("sha1.p7s", all_files), UNDERSIGN_E_INVALID, "lead from");
	must_run("cat strange.pem ca.pem > strange-both.pem");
	assert_refused(check_file("quill.p7s", file_of("strange-both.pem")), UNDERSIGN_E_INVALID,
		       "lead from");
	assert_refused(check_file("quill.p7s", roots), UNDERSIGN_E_INVALID, "local issuer");
	assert_refused(check_file("quill.p7s", file_of("ca.pem")), UNDERSIGN_E_FORMAT, "a root");
	assert_refused(check_file("quill.p7s", BYTES("")), UNDERSIGN_E_FORMAT, "PEM or DER");
	assert_refused(check_file("quill.p7s", BYTES("hello\n")), UNDERSIGN_E_FORMAT, "PEM or DER");
	/* Before it was valid: 2020. */
	struct arena arena = {.block = block, .capacity = sizeof block};
	struct evidence_source source = {BYTES("files"), all_files};
	struct evidence_question question = {.request = BYTES(REQUEST),
					     .evidence = file_of("quill.p7s"),
					     .against = &source,
					     .n_against = 1,
					     .seconds = UINT64_C(1577836800)};
	problem = (struct problem){0};
	assert_refused(x509_evidence_check(&answer, &question, &arena, &problem),
		       UNDERSIGN_E_INVALID, "not yet valid");
}

static void signatures_out_of_order_are_refused(void **state)
{
	(void)state;
	/* Another request, and the control. */
	assert_refused(
		ask(x509_evidence_check, file_of("quill.p7s"), file_of("other"), "f", all_files),
		UNDERSIGN_E_INVALID, "does not hold");
	assert_int_equal(check_file("quill.p7s", all_files), UNDERSIGN_OK);
#define SIGN_WITH(options)                                                                         \
	"openssl cms -sign -binary -in request -signer quill.pem -inkey quill.key -outform DER "   \
	"-out bad.p7s " options
	must_run(SIGN_WITH("-nodetach"));
	assert_refused(check_file("bad.p7s", all_files), UNDERSIGN_E_FORMAT, "content in itself");
	must_run(SIGN_WITH("-noattr"));
	assert_refused(check_file("bad.p7s", all_files), UNDERSIGN_E_INVALID, "-noattr");
	must_run(SIGN_WITH("-md sha1"));
	assert_refused(check_file("bad.p7s", all_files), UNDERSIGN_E_INVALID, "SHA-256");
	must_run(SIGN_WITH("-keyopt rsa_padding_mode:pss"));
	assert_refused(check_file("bad.p7s", all_files), UNDERSIGN_E_INVALID, "PKCS #1");
	must_run(SIGN_WITH("-nocerts"));
	assert_refused(check_file("bad.p7s", all_files), UNDERSIGN_E_INVALID, "missing");
	must_run("cat both.pem quill.pem > with-quill.pem");
	assert_int_equal(check_file("bad.p7s", file_of("with-quill.pem")), UNDERSIGN_OK);
	must_run(SIGN_WITH("-signer p256.pem -inkey p256.key"));
	assert_refused(check_file("bad.p7s", all_files), UNDERSIGN_E_FORMAT, "several");
	/* Somebody else's certificate to one's own signature. */
	must_run("openssl cms -encrypt -binary -in request -outform DER -out bad.p7s quill.pem");
	assert_refused(check_file("bad.p7s", all_files), UNDERSIGN_E_FORMAT, "another thing");
	must_run("cat quill.p7s root.der > bad.p7s");
	assert_refused(check_file("bad.p7s", all_files), UNDERSIGN_E_FORMAT, "left over");
	assert_refused(check_file("request", all_files), UNDERSIGN_E_FORMAT, "another thing");
	/* Signed without -binary: other bytes. */
	must_run("openssl cms -sign -in request -signer quill.pem -inkey quill.key -outform DER "
		 "-out bad.p7s");
	assert_refused(check_file("bad.p7s", all_files), UNDERSIGN_E_INVALID, "-binary");
}

static void revoked_ones_are_refused(void **state)
{
	(void)state;
	/* p256 is revoked by the authority; lists that are current in 2030, or not. */
	must_run(
		": > index; echo 01 > crlnumber; "
		"openssl ca -config config -name lists -cert ca.pem -keyfile ca.key -revoke "
		"p256.pem && "
		"openssl ca -config config -name lists -cert ca.pem -keyfile ca.key -gencrl "
		"-crldays 2000 -out ca.crl && "
		"openssl ca -config config -name lists -cert ca.pem -keyfile ca.key -gencrl "
		"-crldays 10 -out old.crl && "
		": > index; openssl ca -config config -name lists -cert root.pem -keyfile root.key "
		"-gencrl -crldays 2000 -out root.crl && "
		"openssl ca -config config -name lists -cert strange.pem -keyfile strange.key "
		"-gencrl -crldays 2000 -out strange.crl && "
		"cat both.pem ca.crl > with-list.pem; cat both.pem ca.crl root.crl > lists.pem; "
		"cat both.pem old.crl > with-old.pem; cat both.pem root.crl > with-root.pem; "
		"cat both.pem ca.crl strange.crl > with-strange.pem; "
		"openssl crl -in ca.crl -outform DER -out ca.crl.der");
	assert_int_equal(check_file("p256.p7s", all_files), UNDERSIGN_OK); /* nobody knows */
	assert_refused(check_file("p256.p7s", file_of("with-list.pem")), UNDERSIGN_E_INVALID,
		       "revoked");
	assert_refused(check_file("p256.p7s", file_of("lists.pem")), UNDERSIGN_E_INVALID,
		       "revoked");
	assert_int_equal(check_file("quill.p7s", file_of("with-list.pem")), UNDERSIGN_OK);
	assert_int_equal(check_file("quill.p7s", file_of("lists.pem")), UNDERSIGN_OK);
	/* An old list, or one of others, says nothing: refused. */
	assert_refused(check_file("quill.p7s", file_of("with-old.pem")), UNDERSIGN_E_INVALID,
		       "CRL has expired");
	assert_refused(check_file("quill.p7s", file_of("with-root.pem")), UNDERSIGN_E_INVALID,
		       "unable to get certificate CRL");
	/* One by the wrong root of the right name. */
	assert_refused(check_file("quill.p7s", file_of("with-strange.pem")), UNDERSIGN_E_INVALID,
		       "CRL");
	/* The authority itself revoked. */
	must_run(": > index; openssl ca -config config -name lists -cert root.pem -keyfile "
		 "root.key -revoke ca.pem && openssl ca -config config -name lists -cert root.pem "
		 "-keyfile root.key -gencrl -crldays 2000 -out gone.crl && "
		 "cat both.pem ca.crl gone.crl > with-gone.pem");
	assert_refused(check_file("quill.p7s", file_of("with-gone.pem")), UNDERSIGN_E_INVALID,
		       "revoked");
	/* Lists in DER, a file of their own. */
	struct arena arena = {.block = block, .capacity = sizeof block};
	struct evidence_source sources[2] = {{BYTES("files"), all_files},
					     {BYTES("list"), file_of("ca.crl.der")}};
	struct evidence_question question = {.request = BYTES(REQUEST),
					     .evidence = file_of("p256.p7s"),
					     .against = sources,
					     .n_against = 2,
					     .seconds = NOW};
	problem = (struct problem){0};
	assert_refused(x509_evidence_check(&answer, &question, &arena, &problem),
		       UNDERSIGN_E_INVALID, "revoked");
}

/* A staff card: the key never leaves the token, which signs through PKCS #11. */
static void a_card_signs(void **state)
{
	static const char pkcs11[] = "export SOFTHSM2_CONF=$PWD/softhsm.conf "
				     "PKCS11_MODULE_PATH=/usr/lib/softhsm/libsofthsm2.so; ";
	char command[2048];

	(void)state;
	must_run("mkdir -p tokens; echo \"directories.tokendir = $PWD/tokens\" > softhsm.conf");
	snprintf(command, sizeof command,
		 "%s softhsm2-util --init-token --free --label card --pin 1234 --so-pin 5678 > "
		 "shown && pkcs11-tool --module $PKCS11_MODULE_PATH --token-label card --login "
		 "--pin "
		 "1234 --keypairgen --key-type rsa:2048 --id 02 --label 'SIGN key' > shown",
		 pkcs11);
	must_run(command);
	snprintf(command, sizeof command,
		 "%s openssl req -new -config config -engine pkcs11 -keyform engine -key "
		 "'pkcs11:token=card;id=%%02;type=private;pin-value=1234' -subj '" SUBJECT
		 "' -out card.csr && openssl x509 -req -in card.csr -CA ca.pem -CAkey ca.key "
		 "-days " DAYS " -extfile config -extensions piv -out card.pem && "
		 "openssl cms -sign -binary -engine pkcs11 -keyform engine -in request -signer "
		 "card.pem -inkey 'pkcs11:token=card;id=%%02;type=private;pin-value=1234' -outform "
		 "DER -out card.p7s",
		 pkcs11);
	must_run(command);
	assert_int_equal(check_file("card.p7s", all_files), UNDERSIGN_OK);
	assert_bytes_equal(answer.person, BYTES("b.quill@cadwen.example"));
	assert_refused(
		ask(x509_evidence_check, file_of("card.p7s"), file_of("other"), "f", all_files),
		UNDERSIGN_E_INVALID, "does not hold");
}

/* --- C-14: against openssl cms -verify ----------------------------------------------------------
 */

/* As the programs ask. */
static enum undersign_status check_in_child(struct evidence_answer *out,
					    const struct evidence_question *question,
					    struct arena *arena, struct problem *said)
{
	return evidence_child_run(x509_evidence_check, out, question, arena, said);
}

static void nothing_is_taken_that_openssl_refuses(void **state)
{
	static const char *const names[] = {"quill", "p256", "p384", "p521"};
	size_t n = test_is_full() ? 10000 : 1000;
	size_t n_taken = 0;
	uint8_t *is_taken = calloc(n, 1);
	struct bytes evidence[4];

	(void)state;
	assert_non_null(is_taken);
	assert_int_equal(run("mkdir cases"), 0);
	for (size_t i = 0; i < 4; i++) {
		char name[32];

		snprintf(name, sizeof name, "%s.p7s", names[i]);
		evidence[i] = file_of(name);
	}
	for (size_t i = 0; i < n; i++) {
		static uint8_t der[DER_MAX], request[4096];
		struct bytes one = evidence[i % 4];
		size_t len = one.len, request_len = strlen(REQUEST);
		char name[64];

		memcpy(der, one.data, len);
		memcpy(request, REQUEST, request_len);
		switch (test_random_below(&random_state, 8)) {
		case 0:
			break; /* the control */
		case 1:
			request_len = change(request, request_len, sizeof request);
			break;
		case 2: /* two changes */
			len = change(der, len, sizeof der);
			len = change(der, len, sizeof der);
			break;
		case 3: /* the end: signature and attributes */
			der[len - 1 - test_random_below(&random_state, 300)] ^= 1;
			break;
		default:
			len = change(der, len, sizeof der);
			break;
		}
		is_taken[i] =
			ask(check_in_child, bytes_from(der, len), bytes_from(request, request_len),
			    "files", all_files) == UNDERSIGN_OK;
		n_taken += is_taken[i];
		if (!is_taken[i])
			continue;
		snprintf(name, sizeof name, "cases/%zu.p7s", i);
		write_file(name, bytes_from(der, len));
		snprintf(name, sizeof name, "cases/%zu.request", i);
		write_file(name, bytes_from(request, request_len));
	}
	/* openssl is asked about all that were taken. */
	assert_int_equal(
		run("cd cases; for f in *.p7s; do i=${f%.p7s}; "
		    "openssl cms -verify -binary -inform DER -in $f -content $i.request -CAfile "
		    "../both.pem -certfile ../ca.pem -purpose any -attime 1893456000 -auth_level 2 "
		    "-x509_strict -out out 2>>errors && cmp -s out $i.request || echo $i; done > "
		    "../refused"),
		0);
	struct bytes refused = file_of("refused");
	if (refused.len > 0)
		fail_msg("taken, and openssl refuses: %s", (const char *)refused.data);
	/* The control: what is whole is taken. */
	assert_true(n_taken > n / 16);
	print_message("%zu cases, %zu taken\n", n, n_taken);
	free(is_taken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_openssl_signs_is_taken),
		cmocka_unit_test(certificates_out_of_order_are_refused),
		cmocka_unit_test(signatures_out_of_order_are_refused),
		cmocka_unit_test(revoked_ones_are_refused),
		cmocka_unit_test(a_card_signs),
		cmocka_unit_test(nothing_is_taken_that_openssl_refuses),
	};

	random_state = test_random_new();
	if (sodium_init() < 0)
		return 1;
	make_folder();
	make_authorities();
	int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
	remove_folder();
	free_kept();
	return n_failed;
}
