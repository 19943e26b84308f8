/* Evidence by an SSH key, made by the real ssh-keygen: what it signs is taken, every forgery that
 * we could think of is refused by name, and nothing is taken that it refuses (doc/testing.md, A-6,
 * C-13, C-14). */
#include "asking.h"

#include "encoding.h"
#include "ssh_evidence.h"
#include "ssh_signature.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#define BLOB_MAX  8192
#define LIST_MAX  8192
#define N_TYPES   6
#define SIGN(key) "ssh-keygen -q -Y sign -n undersigned-enrolment -f " key " "

static const char *const type_names[N_TYPES] = {"ed", "rsa", "ec256", "ec384", "ec521", "rsa4"};
static char *signatures[N_TYPES], *public_keys[N_TYPES];

static void make_keys(void)
{
	assert_int_equal(run("ssh-keygen -q -t ed25519 -N '' -f ed; "
			     "ssh-keygen -q -t rsa -b 2048 -N '' -f rsa; "
			     "ssh-keygen -q -t rsa -b 4096 -N '' -f rsa4; "
			     "ssh-keygen -q -t ecdsa -b 256 -N '' -f ec256; "
			     "ssh-keygen -q -t ecdsa -b 384 -N '' -f ec384; "
			     "ssh-keygen -q -t ecdsa -b 521 -N '' -f ec521"),
			 0);
	write_file("request", BYTES(REQUEST));
	for (size_t i = 0; i < N_TYPES; i++) {
		char command[256], name[32];
		size_t len;

		snprintf(command, sizeof command, SIGN("%s") "< request > %s.sig", type_names[i],
			 type_names[i]);
		assert_int_equal(run(command), 0);
		snprintf(name, sizeof name, "%s.sig", type_names[i]);
		signatures[i] = read_file(name, &len);
		snprintf(name, sizeof name, "%s.pub", type_names[i]);
		public_keys[i] = read_file(name, &len);
		*strrchr(public_keys[i], ' ') = '\0'; /* the comment names a machine */
	}
}

/* "<before> <type> <base64>\n" */
static struct bytes list_of(const char *before, size_t type)
{
	static char text[LIST_MAX];

	snprintf(text, sizeof text, "%s %s\n", before, public_keys[type]);
	return BYTES(text);
}

static enum undersign_status check_one(size_t type, const char *before)
{
	return ask(ssh_evidence_check, BYTES(signatures[type]), BYTES(REQUEST), "signers",
		   list_of(before, type));
}

static size_t decode(uint8_t out[static BLOB_MAX], const char *armoured)
{
	struct ssh_signature parsed;
	struct arena arena = {.block = block, .capacity = sizeof block};

	assert_int_equal(ssh_signature_parse(&parsed, BYTES(armoured), &arena, NULL), UNDERSIGN_OK);
	/* The blob begins six bytes and a version and a length before the key's. */
	const uint8_t *start = parsed.key_blob.data - 14;
	struct bytes last = parsed.number.len > 0 ? parsed.number : parsed.s;
	size_t len = (size_t)(last.data + last.len - start);
	memcpy(out, start, len);
	return len;
}

static struct bytes armour(const uint8_t *blob, size_t len)
{
	static char text[2 * BLOB_MAX];
	struct writer writer = writer_new(text, sizeof text);
	char base64[2 * BLOB_MAX - 512];

	to_base64(base64, sizeof base64, blob, len);
	writer_text(&writer, "-----BEGIN SSH SIGNATURE-----\n");
	for (size_t i = 0; i < strlen(base64); i += 70) {
		size_t rest = strlen(base64) - i;

		writer_put(&writer, base64 + i, rest < 70 ? rest : 70);
		writer_u8(&writer, '\n');
	}
	writer_text(&writer, "-----END SSH SIGNATURE-----\n");
	return writer_view(&writer);
}

static void what_ssh_keygen_signs_is_taken(void **state)
{
	static const char *const strengths[N_TYPES] = {"Ed25519",      "RSA, 2048 bits",
						       "ECDSA, P-256", "ECDSA, P-384",
						       "ECDSA, P-521", "RSA, 4096 bits"};

	(void)state;
	for (size_t i = 0; i < N_TYPES; i++) {
		assert_int_equal(check_one(i, "Alice@Cadwen"), UNDERSIGN_OK);
		assert_int_equal(answer.kind, EVIDENCE_SSH);
		assert_string_equal(answer.strength, strengths[i]);
		assert_bytes_equal(answer.person, BYTES("alice@cadwen"));
		assert_bytes_equal(answer.holder, BYTES("Alice@Cadwen"));
		char base64[2048];
		to_base64(base64, sizeof base64, answer.identity.data, answer.identity.len);
		assert_non_null(strstr(public_keys[i], base64));
	}
	/* The other hash. */
	assert_int_equal(run(SIGN("rsa") "-O hashalg=sha256 < request > sha256.sig"), 0);
	size_t len;
	char *signature = read_file("sha256.sig", &len);
	assert_int_equal(ask(ssh_evidence_check, BYTES(signature), BYTES(REQUEST), "signers",
			     list_of("alice", 1)),
			 UNDERSIGN_OK);
	free(signature);
}

static void files_name_persons(void **state)
{
	struct bytes evidence = BYTES(signatures[0]), bare = BYTES(public_keys[0]);

	(void)state;
	assert_int_equal(
		ask(ssh_evidence_check, evidence, BYTES(REQUEST), "keys/B.Quill.keys", bare),
		UNDERSIGN_OK);
	assert_bytes_equal(answer.person, BYTES("b.quill"));
	assert_int_equal(ask(ssh_evidence_check, evidence, BYTES(REQUEST), "quill.pub", bare),
			 UNDERSIGN_OK);
	assert_bytes_equal(answer.person, BYTES("quill"));
	/* The same bytes under another name are a list of signers, whose principal is the type. */
	assert_refused(ask(ssh_evidence_check, evidence, BYTES(REQUEST), "quill.txt", bare),
		       UNDERSIGN_E_INVALID, "in none of them");
	/* A pattern is nobody in particular. */
	assert_int_equal(check_one(0, "*@cadwen"), UNDERSIGN_OK);
	assert_int_equal(answer.person.len, 0);
}

static void lists_decide_who_serves(void **state)
{
	static const struct {
		const char *before, *words; /* words NULL: it serves */
	} cases[] = {
		{"alice", NULL},
		{"alice namespaces=\"undersigned-enrolment\"", NULL},
		{"alice namespaces=\"git,undersigned-*\"", NULL},
		{"alice namespaces=\"undersigned-enrolmen?\"", NULL},
		{"alice namespaces=\"git\"", "not for this namespace"},
		{"alice namespaces=\"*,!undersigned-enrolment\"", "not for this namespace"},
		{"alice namespaces=\"\"", "not for this namespace"},
		{"alice valid-after=\"20200101Z\",valid-before=\"20310101Z\"", NULL},
		{"alice valid-before=\"20291231Z\"", "expired"},
		{"alice valid-after=\"20300102Z\"", "not valid yet"},
		{"alice cert-authority", "certificate authority"},
		{"alice no-touch-required", "not good"},
		{"alice unheard-of=\"x\"", "not good"},
		{"# alice", "in none of them"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		enum undersign_status status = check_one(0, cases[i].before);

		if (cases[i].words)
			assert_refused(status, UNDERSIGN_E_INVALID, cases[i].words);
		else
			assert_int_equal(status, UNDERSIGN_OK);
	}
	/* Somebody else's key; and a later line that serves where the first does not. */
	assert_refused(ask(ssh_evidence_check, BYTES(signatures[0]), BYTES(REQUEST), "signers",
			   list_of("alice", 2)),
		       UNDERSIGN_E_INVALID, "in none of them");
	char both[LIST_MAX];
	snprintf(both, sizeof both, "alice valid-before=\"20200101Z\" %s\nalice %s\n",
		 public_keys[0], public_keys[0]);
	assert_int_equal(
		ask(ssh_evidence_check, BYTES(signatures[0]), BYTES(REQUEST), "s", BYTES(both)),
		UNDERSIGN_OK);
}

static void forgeries_are_refused_by_name(void **state)
{
	size_t len;

	(void)state;
	/* Another request: one byte, another roster, nothing. */
	for (size_t type = 0; type < N_TYPES; type++) {
		struct bytes list = list_of("alice", type);

		assert_refused(ask(ssh_evidence_check, BYTES(signatures[type]),
				   BYTES("undersigned enrolment v1\nroster Other\n"), "s", list),
			       UNDERSIGN_E_INVALID, "does not hold");
		assert_refused(ask(ssh_evidence_check, BYTES(signatures[type]),
				   bytes_part(BYTES(REQUEST), 0, sizeof REQUEST - 2), "s", list),
			       UNDERSIGN_E_INVALID, "does not hold");
	}
	/* Another namespace: what somebody was made to sign as a file or a commit. */
	assert_int_equal(run("ssh-keygen -q -Y sign -n file -f ed < request > file.sig"), 0);
	char *other = read_file("file.sig", &len);
	assert_refused(
		ask(ssh_evidence_check, BYTES(other), BYTES(REQUEST), "s", list_of("alice", 0)),
		UNDERSIGN_E_INVALID, "namespace");
	free(other);
	/* A short RSA key. */
	if (run("ssh-keygen -q -t rsa -b 1024 -N '' -f short && " SIGN(
		    "short") "< request > short.sig") == 0) {
		other = read_file("short.sig", &len);
		assert_refused(ask(ssh_evidence_check, BYTES(other), BYTES(REQUEST), "s",
				   list_of("alice", 0)),
			       UNDERSIGN_E_INVALID, "at least 2048 bits");
		free(other);
	}
	/* A certificate in the place of a key: OpenSSH would ask who certified it. */
	uint8_t blob[BLOB_MAX], own[BLOB_MAX], certificate[BLOB_MAX];
	size_t certificate_len, own_len = decode(own, signatures[0]);
	assert_int_equal(run("ssh-keygen -q -s rsa -I id -n alice ed.pub"), 0);
	other = read_file("ed-cert.pub", &len);
	char *base64 = strchr(other, ' ') + 1;
	*strchr(base64, ' ') = '\0';
	assert_int_equal(
		base64_decode(certificate, &certificate_len, sizeof certificate, BYTES(base64)),
		UNDERSIGN_OK);
	struct writer writer = writer_new(blob, sizeof blob);
	writer_put(&writer, own, 10);
	writer_u32be(&writer, (uint32_t)certificate_len);
	writer_put(&writer, certificate, certificate_len);
	writer_put(&writer, own + 14 + BLOB_LEN, own_len - 14 - BLOB_LEN);
	assert_refused(ask(ssh_evidence_check, armour(blob, writer_view(&writer).len),
			   BYTES(REQUEST), "s", list_of("alice", 0)),
		       UNDERSIGN_E_USAGE, "certificates");
	free(other);
	/* Not a signature at all. */
	assert_refused(
		ask(ssh_evidence_check, BYTES("hello\n"), BYTES(REQUEST), "s", list_of("alice", 0)),
		UNDERSIGN_E_FORMAT, "begins otherwise");
	/* The key of one, the signature of another. */
	assert_int_equal(
		run("ssh-keygen -q -t ed25519 -N '' -f ed2; " SIGN("ed2") "< request > ed2.sig"),
		0);
	other = read_file("ed2.sig", &len);
	size_t blob_len = decode(blob, other);
	assert_int_equal(blob_len, own_len);
	memcpy(blob, own, 14 + BLOB_LEN);
	assert_refused(ask(ssh_evidence_check, armour(blob, blob_len), BYTES(REQUEST), "s",
			   list_of("alice", 0)),
		       UNDERSIGN_E_INVALID, "does not hold");
	free(other);
}

/* --- tokens, which cannot be had here: their bytes are made by hand, and ssh-keygen is the control
 * -
 */

struct token {
	uint8_t seed[64], point[65];
	size_t point_len;
	EVP_PKEY *ec; /* NULL: Ed25519 */
	const char *type;
};

static void write_string(struct writer *writer, const void *data, size_t len)
{
	writer_u32be(writer, (uint32_t)len);
	writer_put(writer, data, len);
}

static void new_token(struct token *out, bool is_ec)
{
	uint8_t seed[32];

	memset(out, 0, sizeof *out);
	if (is_ec) {
		out->type = "sk-ecdsa-sha2-nistp256@openssh.com";
		out->ec = EVP_EC_gen("P-256");
		assert_non_null(out->ec);
		assert_int_equal(EVP_PKEY_get_octet_string_param(out->ec, "pub", out->point,
								 sizeof out->point,
								 &out->point_len),
				 1);
		return;
	}
	out->type = "sk-ssh-ed25519@openssh.com";
	out->point_len = 32;
	test_random_fill(&random_state, seed, sizeof seed);
	crypto_sign_seed_keypair(out->point, out->seed, seed);
}

static size_t token_key(uint8_t *out, size_t capacity, const struct token *token)
{
	struct writer writer = writer_new(out, capacity);

	write_string(&writer, token->type, strlen(token->type));
	if (token->ec)
		write_string(&writer, "nistp256", 8);
	write_string(&writer, token->point, token->point_len);
	write_string(&writer, "ssh:", 4);
	return writer_view(&writer).len;
}

/* A number of RFC 4251, with zeros too many if asked. */
static void write_number(struct writer *writer, const BIGNUM *number, size_t n_zeros)
{
	uint8_t bytes[80] = {0};
	size_t len = (size_t)BN_num_bytes(number);

	BN_bn2bin(number, bytes + 8);
	size_t before = (len > 0 && (bytes[8] & 0x80) ? 1 : 0) + n_zeros;
	write_string(writer, bytes + 8 - before, len + before);
}

/* What a token would sign for the request, with these flags. */
static struct bytes token_signs(const struct token *token, uint8_t flags)
{
	uint8_t inner[256], message[128], signature[128], key[256], blob[1024];
	struct writer writer = writer_new(inner, sizeof inner);
	uint8_t hash[64];

	sha512(hash, BYTES(REQUEST));
	writer_text(&writer, "SSHSIG");
	write_string(&writer, SSH_EVIDENCE_NAMESPACE, strlen(SSH_EVIDENCE_NAMESPACE));
	write_string(&writer, NULL, 0);
	write_string(&writer, "sha512", 6);
	write_string(&writer, hash, 64);
	struct bytes signed_bytes = writer_view(&writer);
	writer = writer_new(message, sizeof message);
	sha256(hash, BYTES("ssh:"));
	writer_put(&writer, hash, 32);
	writer_u8(&writer, flags);
	writer_u32be(&writer, 7);
	sha256(hash, signed_bytes);
	writer_put(&writer, hash, 32);
	struct bytes in_token = writer_view(&writer);

	struct writer out = writer_new(signature, sizeof signature);
	if (token->ec) {
		uint8_t der[80], numbers[80];
		const uint8_t *at = der;
		size_t der_len = sizeof der;
		EVP_MD_CTX *context = EVP_MD_CTX_new();
		assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, token->ec),
				 1);
		assert_int_equal(
			EVP_DigestSign(context, der, &der_len, in_token.data, in_token.len), 1);
		EVP_MD_CTX_free(context);
		ECDSA_SIG *parts = d2i_ECDSA_SIG(NULL, &at, (long)der_len);
		assert_non_null(parts);
		struct writer pair = writer_new(numbers, sizeof numbers);
		write_number(&pair, ECDSA_SIG_get0_r(parts), 0);
		write_number(&pair, ECDSA_SIG_get0_s(parts), 0);
		ECDSA_SIG_free(parts);
		write_string(&out, token->type, strlen(token->type));
		write_string(&out, numbers, writer_view(&pair).len);
	} else {
		uint8_t sig[64];

		crypto_sign_detached(sig, NULL, in_token.data, in_token.len, token->seed);
		write_string(&out, token->type, strlen(token->type));
		write_string(&out, sig, 64);
	}
	writer_u8(&out, flags);
	writer_u32be(&out, 7);
	size_t key_len = token_key(key, sizeof key, token);
	writer = writer_new(blob, sizeof blob);
	writer_text(&writer, "SSHSIG");
	writer_u32be(&writer, 1);
	write_string(&writer, key, key_len);
	write_string(&writer, SSH_EVIDENCE_NAMESPACE, strlen(SSH_EVIDENCE_NAMESPACE));
	write_string(&writer, NULL, 0);
	write_string(&writer, "sha512", 6);
	write_string(&writer, signature, writer_view(&out).len);
	return armour(blob, writer_view(&writer).len);
}

static void tokens_must_have_been_touched(void **state)
{
	(void)state;
	for (int is_ec = 0; is_ec < 2; is_ec++) {
		struct token token;
		uint8_t key[256];
		char base64[512], list[1024];

		new_token(&token, is_ec);
		size_t key_len = token_key(key, sizeof key, &token);
		to_base64(base64, sizeof base64, key, key_len);
		snprintf(list, sizeof list, "alice %s %s\n", token.type, base64);
		struct bytes evidence = token_signs(&token, 0x01);
		write_file("token.sig", evidence);
		write_file("signers", BYTES(list));
		assert_int_equal(run("ssh-keygen -q -Y verify -f signers -I alice -n "
				     "undersigned-enrolment -s token.sig < request > shown"),
				 0);
		assert_int_equal(
			ask(ssh_evidence_check, evidence, BYTES(REQUEST), "s", BYTES(list)),
			UNDERSIGN_OK);
		assert_string_equal(answer.strength, is_ec ? "ECDSA, P-256, in a hardware token"
							   : "Ed25519, in a hardware token");
		evidence = token_signs(&token, 0x05); /* and a PIN */
		assert_int_equal(
			ask(ssh_evidence_check, evidence, BYTES(REQUEST), "s", BYTES(list)),
			UNDERSIGN_OK);
		static const uint8_t bad_flags[] = {0x00, 0x04, 0x41, 0x81, 0xc1, 0xff};
		for (size_t i = 0; i < sizeof bad_flags; i++) {
			evidence = token_signs(&token, bad_flags[i]);
			assert_refused(
				ask(ssh_evidence_check, evidence, BYTES(REQUEST), "s", BYTES(list)),
				UNDERSIGN_E_INVALID, "touched");
		}
		EVP_PKEY_free(token.ec);
	}
}

/* --- C-13: encodings of signatures, after the descriptions of Wycheproof's cases ----------------
 */

/* The blob of an ECDSA signature with these two numbers instead. */
static struct bytes with_numbers(size_t type, const BIGNUM *r, size_t r_zeros, const BIGNUM *s,
				 size_t s_zeros, size_t n_trailing)
{
	uint8_t blob[BLOB_MAX], numbers[300], signature[400];
	struct ssh_signature parsed;
	struct arena arena = {.block = block, .capacity = sizeof block};

	assert_int_equal(ssh_signature_parse(&parsed, BYTES(signatures[type]), &arena, NULL),
			 UNDERSIGN_OK);
	struct writer pair = writer_new(numbers, sizeof numbers);
	write_number(&pair, r, r_zeros);
	write_number(&pair, s, s_zeros);
	for (size_t i = 0; i < n_trailing; i++)
		writer_u8(&pair, 0);
	struct writer out = writer_new(signature, sizeof signature);
	write_string(&out, parsed.signature_name.data, parsed.signature_name.len);
	write_string(&out, numbers, writer_view(&pair).len);
	struct writer whole = writer_new(blob, sizeof blob);
	writer_text(&whole, "SSHSIG");
	writer_u32be(&whole, 1);
	write_string(&whole, parsed.key_blob.data, parsed.key_blob.len);
	write_string(&whole, parsed.name_space.data, parsed.name_space.len);
	write_string(&whole, NULL, 0);
	write_string(&whole, parsed.hash_name.data, parsed.hash_name.len);
	write_string(&whole, signature, writer_view(&out).len);
	return armour(blob, writer_view(&whole).len);
}

static void ecdsa_numbers_have_one_form(void **state)
{
	static const char *const curves[] = {"P-256", "P-384", "P-521"};

	(void)state;
	for (size_t type = 2; type <= 4; type++) {
		struct ssh_signature parsed;
		struct arena arena = {.block = block, .capacity = sizeof block};
		EC_GROUP *group = EC_GROUP_new_by_curve_name(EC_curve_nist2nid(curves[type - 2]));
		const BIGNUM *n = EC_GROUP_get0_order(group);

		assert_int_equal(
			ssh_signature_parse(&parsed, BYTES(signatures[type]), &arena, NULL),
			UNDERSIGN_OK);
		BIGNUM *r = BN_bin2bn(parsed.r.data, (int)parsed.r.len, NULL);
		BIGNUM *s = BN_bin2bn(parsed.s.data, (int)parsed.s.len, NULL);
		BIGNUM *zero = BN_new(), *one = BN_new(), *more = BN_new(), *other = BN_new();
		BN_zero(zero);
		BN_one(one);
		BN_add(more, r, n); /* the same modulo the order */
		BN_sub(other, n, s);
		BIGNUM *s_more = BN_dup(s);
		BN_add(s_more, s, n);
		const struct {
			const BIGNUM *r, *s;
			size_t r_zeros, s_zeros, n_trailing;
			bool is_good;
		} cases[] = {
			{r, s, 0, 0, 0, true},        {r, other, 0, 0, 0, true},
			{r, s, 1, 0, 0, false},       {r, s, 0, 1, 0, false},
			{r, s, 2, 2, 0, false},       {r, s, 0, 0, 1, false},
			{more, s, 0, 0, 0, false},    {r, s_more, 0, 0, 0, false},
			{zero, s, 0, 0, 0, false},    {r, zero, 0, 0, 0, false},
			{zero, zero, 0, 0, 0, false}, {one, one, 0, 0, 0, false},
			{n, s, 0, 0, 0, false},       {r, n, 0, 0, 0, false},
			{zero, s, 1, 0, 0, false},    {s, r, 0, 0, 0, false},
		};
		for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
			struct bytes evidence =
				with_numbers(type, cases[i].r, cases[i].r_zeros, cases[i].s,
					     cases[i].s_zeros, cases[i].n_trailing);
			bool is_taken = ask(ssh_evidence_check, evidence, BYTES(REQUEST), "s",
					    list_of("alice", type)) == UNDERSIGN_OK;
			if (is_taken != cases[i].is_good)
				fail_msg("%s, case %zu: %s", type_names[type], i,
					 is_taken ? "taken" : "refused");
		}
		BN_free(r);
		BN_free(s);
		BN_free(zero);
		BN_free(one);
		BN_free(more);
		BN_free(other);
		BN_free(s_more);
		EC_GROUP_free(group);
	}
}

static void ed25519_and_rsa_have_one_form(void **state)
{
	static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
					  0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
					  0,    0,    0,    0,    0,    0,    0,    0,
					  0,    0,    0,    0,    0,    0,    0,    0x10};
	uint8_t blob[BLOB_MAX];
	size_t len = decode(blob, signatures[0]);

	(void)state;
	/* The control, then S + l, S = 0, R = 0, all zeros. */
	assert_int_equal(ask(ssh_evidence_check, armour(blob, len), BYTES(REQUEST), "s",
			     list_of("alice", 0)),
			 UNDERSIGN_OK);
	for (int i = 0; i < 4; i++) {
		len = decode(blob, signatures[0]);
		uint8_t *r = blob + len - 64, *s = blob + len - 32;
		unsigned carry = 0;

		if (i == 0) {
			for (int j = 0; j < 32; j++) {
				carry += (unsigned)s[j] + order[j];
				s[j] = (uint8_t)carry;
				carry >>= 8;
			}
			assert_int_equal(carry, 0);
		}
		if (i == 1 || i == 3)
			memset(s, 0, 32);
		if (i == 2 || i == 3)
			memset(r, 0, 32);
		assert_refused(ask(ssh_evidence_check, armour(blob, len), BYTES(REQUEST), "s",
				   list_of("alice", 0)),
			       UNDERSIGN_E_INVALID, "does not hold");
	}
	/* RSA: 0, 1, the modulus less 1, the modulus itself. */
	for (int i = 0; i < 4; i++) {
		struct ssh_signature parsed;
		struct arena arena = {.block = block, .capacity = sizeof block};

		assert_int_equal(ssh_signature_parse(&parsed, BYTES(signatures[1]), &arena, NULL),
				 UNDERSIGN_OK);
		len = decode(blob, signatures[1]);
		uint8_t *number = blob + len - 256;
		memset(number, 0, 256);
		if (i == 1)
			number[255] = 1;
		if (i >= 2)
			memcpy(number, parsed.key.modulus.data, 256);
		if (i == 2)
			number[255]--;
		assert_refused(ask(ssh_evidence_check, armour(blob, len), BYTES(REQUEST), "s",
				   list_of("alice", 1)),
			       UNDERSIGN_E_INVALID, "does not hold");
	}
}

/* --- C-14: against ssh-keygen -Y verify ---------------------------------------------------------
 */

/* Changes the signature's bytes, its text, the list or the request. */
static void one_changed(struct bytes *evidence, struct bytes *list, struct bytes *request,
			size_t type)
{
	static uint8_t blob[BLOB_MAX], text[3 * BLOB_MAX], line[LIST_MAX], other[1024];
	size_t len = decode(blob, signatures[type]);

	*evidence = armour(blob, len);
	*list = list_of("alice namespaces=\"undersigned-*\",valid-before=\"20400101Z\"", type);
	*request = BYTES(REQUEST);
	switch (test_random_below(&random_state, 8)) {
	case 0:
		break; /* the control */
	case 1:
		memcpy(text, evidence->data, evidence->len);
		*evidence = bytes_from(text, change(text, evidence->len, sizeof text));
		break;
	case 2:
		memcpy(line, list->data, list->len);
		*list = bytes_from(line, change(line, list->len, sizeof line));
		break;
	case 3:
		memcpy(other, request->data, request->len);
		*request = bytes_from(other, change(other, request->len, sizeof other));
		break;
	case 4: /* the end, where the signature's numbers are */
		blob[len - 1 - test_random_below(&random_state, 80)] ^= 0x80;
		*evidence = armour(blob, len);
		break;
	default:
		len = change(blob, len, sizeof blob);
		*evidence = armour(blob, len);
		break;
	}
}

static void nothing_is_taken_that_ssh_keygen_refuses(void **state)
{
	size_t n = test_is_full() ? 10000 : 1000;
	size_t n_taken = 0, n_there = 0;
	uint8_t *is_taken = calloc(n, 1);

	(void)state;
	assert_non_null(is_taken);
	assert_int_equal(run("mkdir cases"), 0);
	for (size_t i = 0; i < n; i++) {
		struct bytes evidence, list, request;
		char name[64], principal[128] = "alice";

		one_changed(&evidence, &list, &request, i % N_TYPES);
		is_taken[i] =
			ask(ssh_evidence_check, evidence, request, "signers", list) == UNDERSIGN_OK;
		if (is_taken[i]) {
			n_taken++;
			snprintf(principal, sizeof principal, "%.*s", (int)answer.holder.len,
				 (const char *)answer.holder.data);
		}
		snprintf(name, sizeof name, "cases/%zu.sig", i);
		write_file(name, evidence);
		snprintf(name, sizeof name, "cases/%zu.list", i);
		write_file(name, list);
		snprintf(name, sizeof name, "cases/%zu.request", i);
		write_file(name, request);
		snprintf(name, sizeof name, "cases/%zu.who", i);
		write_file(name, BYTES(principal));
	}
	char command[512];
	snprintf(command, sizeof command,
		 "cd cases; i=0; while [ $i -lt %zu ]; do "
		 "TZ=UTC ssh-keygen -Y verify -Overify-time=20300101000000Z -f $i.list "
		 "-I \"$(cat $i.who)\" -n undersigned-enrolment -s $i.sig < $i.request "
		 ">/dev/null 2>&1 && echo $i; i=$((i + 1)); done > ../accepted; cd ..",
		 n);
	assert_int_equal(run(command), 0);
	size_t len;
	char *accepted = read_file("accepted", &len);
	for (char *at = strtok(accepted, "\n"); at; at = strtok(NULL, "\n")) {
		size_t i = strtoul(at, NULL, 10);

		n_there++;
		if (is_taken[i] == 1)
			is_taken[i] = 2;
	}
	for (size_t i = 0; i < n; i++) {
		if (is_taken[i] == 1)
			fail_msg("case %zu is taken, and ssh-keygen refuses it", i);
	}
	/* The control: what is whole is taken. */
	assert_true(n_taken > n / 16 && n_there >= n_taken);
	print_message("%zu cases, %zu taken, %zu taken by ssh-keygen\n", n, n_taken, n_there);
	free(accepted);
	free(is_taken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_ssh_keygen_signs_is_taken),
		cmocka_unit_test(files_name_persons),
		cmocka_unit_test(lists_decide_who_serves),
		cmocka_unit_test(forgeries_are_refused_by_name),
		cmocka_unit_test(tokens_must_have_been_touched),
		cmocka_unit_test(ecdsa_numbers_have_one_form),
		cmocka_unit_test(ed25519_and_rsa_have_one_form),
		cmocka_unit_test(nothing_is_taken_that_ssh_keygen_refuses),
	};

	random_state = test_random_new();
	if (sodium_init() < 0)
		return 1;
	make_folder();
	make_keys();
	int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
	for (size_t i = 0; i < N_TYPES; i++) {
		free(signatures[i]);
		free(public_keys[i]);
	}
	remove_folder();
	return n_failed;
}
