#include "x509_evidence.h"

#include "memory.h"

/* cms.h declares its PEM functions only after pem.h. */
#include <openssl/pem.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#define RSA_BITS_MIN 2048
/* OpenSSL's measure of strength: RSA of 2048 bits, SHA-224 and above. */
#define AUTH_LEVEL      2
#define CHAIN_DEPTH_MAX 8

/* Whatever OpenSSL holds while one question is answered. */
struct work {
	const struct evidence_question *question;
	struct arena *arena;
	struct problem *problem;
	CMS_ContentInfo *cms;
	X509_STORE *roots;
	STACK_OF(X509) * others; /* certificates that are no roots */
	size_t n_roots, n_lists;
	X509 *signer; /* of cms */
};

static enum undersign_status refuse(struct problem *problem, enum undersign_status status,
				    const char *rule, const char *what)
{
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return status;
}

static enum undersign_status no_memory(struct problem *problem)
{
	return refuse(problem, UNDERSIGN_E_MEMORY, "evidence must fit into memory",
		      "there is none left");
}

static BIO *reader_of(struct bytes bytes)
{
	return bytes.len <= INT32_MAX ? BIO_new_mem_buf(bytes.data, (int)bytes.len) : NULL;
}

static bool begins_with_dashes(struct bytes bytes)
{
	return bytes_begin_with(bytes, bytes_from_text("-----BEGIN "));
}

/* --- what it is checked against ----------------------------------------------------------------
 */

static bool is_self_signed(X509 *certificate)
{
	return X509_self_signed(certificate, 1) == 1;
}

static bool add_certificate(struct work *work, X509 *certificate)
{
	if (is_self_signed(certificate)) {
		work->n_roots++;
		return X509_STORE_add_cert(work->roots, certificate) == 1;
	}
	return X509_add_cert(work->others, certificate, X509_ADD_FLAG_UP_REF) == 1;
}

static bool add_pem(struct work *work, struct bytes content, size_t *out_n)
{
	BIO *bio = reader_of(content);
	STACK_OF(X509_INFO) *infos = bio ? PEM_X509_INFO_read_bio(bio, NULL, NULL, NULL) : NULL;
	bool is_good = infos != NULL;

	for (int i = 0; i < sk_X509_INFO_num(infos) && is_good; i++) {
		const X509_INFO *info = sk_X509_INFO_value(infos, i);

		if (info->x509) {
			is_good = add_certificate(work, info->x509);
			(*out_n)++;
		}
		if (info->crl) {
			is_good = is_good && X509_STORE_add_crl(work->roots, info->crl) == 1;
			work->n_lists++;
			(*out_n)++;
		}
	}
	sk_X509_INFO_pop_free(infos, X509_INFO_free);
	BIO_free(bio);
	return is_good;
}

static bool add_der(struct work *work, struct bytes content)
{
	const uint8_t *at = content.data, *end = content.data + content.len;
	X509 *certificate = d2i_X509(NULL, &at, (long)content.len);
	bool is_good = false;

	if (certificate) {
		is_good = at == end && add_certificate(work, certificate);
		X509_free(certificate);
		return is_good;
	}
	at = content.data;
	X509_CRL *list = d2i_X509_CRL(NULL, &at, (long)content.len);
	if (list) {
		is_good = at == end && X509_STORE_add_crl(work->roots, list) == 1;
		work->n_lists++;
	}
	X509_CRL_free(list);
	return is_good;
}

/* PEM may have words before its first line, as openssl writes them with -text. */
static bool has_pem(struct bytes content)
{
	const struct bytes begin = bytes_from_text("-----BEGIN ");

	for (size_t i = 0; i + begin.len <= content.len; i++) {
		if ((i == 0 || content.data[i - 1] == '\n') &&
		    bytes_are_equal(bytes_part(content, i, begin.len), begin))
			return true;
	}
	return false;
}

static enum undersign_status read_sources(struct work *work)
{
	const struct evidence_question *question = work->question;

	work->roots = X509_STORE_new();
	work->others = sk_X509_new_null();
	if (!work->roots || !work->others)
		return no_memory(work->problem);
	for (size_t i = 0; i < question->n_against; i++) {
		struct bytes content = question->against[i].content;
		size_t n = 1;
		bool is_good = false;

		if (has_pem(content)) {
			n = 0;
			is_good = add_pem(work, content, &n);
		} else if (content.len > 0) {
			is_good = add_der(work, content);
		}
		if (is_good && n > 0)
			continue;
		problem_where(work->problem, "file", question->against[i].name);
		return refuse(work->problem, UNDERSIGN_E_FORMAT,
			      "certificates are checked against certificates and revocation lists, "
			      "in PEM or DER",
			      "this file has none, or a broken one");
	}
	if (work->n_roots == 0)
		return refuse(work->problem, UNDERSIGN_E_FORMAT,
			      "a chain of certificates ends at a root, a self-signed certificate",
			      "no file has one");
	return UNDERSIGN_OK;
}

/* --- the signature -----------------------------------------------------------------------------
 */

static enum undersign_status read_cms(struct work *work)
{
	static const char rule[] =
		"evidence by a certificate is one detached CMS signature, DER or "
		"PEM, and nothing else (openssl cms -sign -binary)";
	struct bytes evidence = work->question->evidence;

	if (begins_with_dashes(evidence)) {
		BIO *bio = reader_of(evidence);

		work->cms = bio ? PEM_read_bio_CMS(bio, NULL, NULL, NULL) : NULL;
		BIO_free(bio);
	} else if (evidence.len > 0) {
		const uint8_t *at = evidence.data;

		work->cms = d2i_CMS_ContentInfo(NULL, &at, (long)evidence.len);
		if (work->cms && at != evidence.data + evidence.len)
			return refuse(work->problem, UNDERSIGN_E_FORMAT, rule,
				      "bytes are left over after it");
	}
	if (!work->cms || OBJ_obj2nid(CMS_get0_type(work->cms)) != NID_pkcs7_signed)
		return refuse(work->problem, UNDERSIGN_E_FORMAT, rule,
			      "this is another thing, or is broken");
	ASN1_OCTET_STRING **content = CMS_get0_content(work->cms);
	if (!content || *content)
		return refuse(work->problem, UNDERSIGN_E_FORMAT, rule,
			      "it has its content in itself: sign without -nodetach");
	STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(work->cms);
	if (sk_CMS_SignerInfo_num(infos) != 1)
		return refuse(work->problem, UNDERSIGN_E_FORMAT, rule,
			      "it has no signer, or several");
	return UNDERSIGN_OK;
}

static bool is_good_algorithm(int nid)
{
	static const int good[] = {
		NID_rsaEncryption,           NID_sha256WithRSAEncryption,
		NID_sha384WithRSAEncryption, NID_sha512WithRSAEncryption,
		NID_ecdsa_with_SHA256,       NID_ecdsa_with_SHA384,
		NID_ecdsa_with_SHA512,
	};

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		if (good[i] == nid)
			return true;
	}
	return false;
}

static bool is_good_key(EVP_PKEY *key)
{
	char group[32] = "";

	if (!key)
		return false;
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
		return EVP_PKEY_get_bits(key) >= RSA_BITS_MIN;
	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
	    EVP_PKEY_get_group_name(key, group, sizeof group, NULL) != 1)
		return false;
	int nid = OBJ_txt2nid(group);
	return nid == NID_X9_62_prime256v1 || nid == NID_secp384r1 || nid == NID_secp521r1;
}

static enum undersign_status check_algorithms(struct work *work)
{
	CMS_SignerInfo *info = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(work->cms), 0);
	EVP_PKEY *key = NULL;
	X509 *signer = NULL;
	X509_ALGOR *digest = NULL, *signature = NULL;

	CMS_SignerInfo_get0_algs(info, &key, &signer, &digest, &signature);
	if (CMS_signed_get_attr_count(info) <= 0)
		return refuse(work->problem, UNDERSIGN_E_INVALID,
			      "a CMS signature covers attributes, which say what was signed",
			      "it has none: sign without -noattr");
	int hash = digest ? OBJ_obj2nid(digest->algorithm) : NID_undef;
	if (hash != NID_sha256 && hash != NID_sha384 && hash != NID_sha512)
		return refuse(work->problem, UNDERSIGN_E_INVALID,
			      "a CMS signature is over SHA-256, SHA-384 or SHA-512",
			      "it uses another hash; others can be forged");
	if (!signature || !is_good_algorithm(OBJ_obj2nid(signature->algorithm)))
		return refuse(work->problem, UNDERSIGN_E_INVALID,
			      "a CMS signature is RSA (PKCS #1 v1.5) or ECDSA, with SHA-2",
			      "it is of another kind");
	if (!is_good_key(key))
		return refuse(
			work->problem, UNDERSIGN_E_INVALID,
			"a certificate's key is RSA of at least 2048 bits, or on P-256, P-384 "
			"or P-521",
			"the signer's is another or shorter");
	return UNDERSIGN_OK;
}

static enum undersign_status find_signer(struct work *work)
{
	/* Their certificate may stand in the signature or among the files. */
	(void)CMS_set1_signers_certs(work->cms, work->others, 0);
	STACK_OF(X509) *signers = CMS_get0_signers(work->cms);
	if (sk_X509_num(signers) == 1)
		work->signer = sk_X509_value(signers, 0);
	sk_X509_free(signers);
	if (!work->signer)
		return refuse(work->problem, UNDERSIGN_E_INVALID,
			      "the signer's certificate stands in the signature or in a file",
			      "it is missing");
	return check_algorithms(work);
}

static enum undersign_status check_signature(struct work *work)
{
	/* Behind a filter: of a plain memory BIO OpenSSL 3.0 makes a copy that it may lose. */
	BIO *memory = reader_of(work->question->request);
	BIO *filter = memory ? BIO_new(BIO_f_null()) : NULL;
	BIO *chain = filter ? BIO_push(filter, memory) : memory;
	int is_good = filter ? CMS_verify(work->cms, work->others, NULL, chain, NULL,
					  CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY)
			     : 0;

	BIO_free_all(chain);
	if (is_good == 1)
		return UNDERSIGN_OK;
	return refuse(work->problem, UNDERSIGN_E_INVALID, "the signature is over this very request",
		      "it does not hold: another request was signed, or one byte differs, or "
		      "-binary was left out");
}

/* --- the certificates --------------------------------------------------------------------------
 */

/* Lists are asked for wherever there are some; only the signer's issuer must have one. */
static int decide(int is_good, X509_STORE_CTX *context)
{
	if (!is_good && X509_STORE_CTX_get_error(context) == X509_V_ERR_UNABLE_TO_GET_CRL &&
	    X509_STORE_CTX_get_error_depth(context) > 0)
		return 1;
	return is_good;
}

static bool are_good_keys(STACK_OF(X509) * chain)
{
	for (int i = 0; i < sk_X509_num(chain); i++) {
		if (!is_good_key(X509_get0_pubkey(sk_X509_value(chain, i))))
			return false;
	}
	return true;
}

static enum undersign_status check_chain(struct work *work)
{
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	STACK_OF(X509) *others = CMS_get1_certs(work->cms);
	enum undersign_status status = UNDERSIGN_OK;

	if (!others)
		others = sk_X509_new_null();
	if (!context || !others ||
	    X509_add_certs(others, work->others, X509_ADD_FLAG_UP_REF) != 1 ||
	    X509_STORE_CTX_init(context, work->roots, work->signer, others) != 1) {
		status = no_memory(work->problem);
		goto out;
	}
	X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(context);
	unsigned long flags = X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE;
	if (work->n_lists > 0)
		flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
	X509_VERIFY_PARAM_set_flags(rules, flags);
	X509_VERIFY_PARAM_set_auth_level(rules, AUTH_LEVEL);
	X509_VERIFY_PARAM_set_depth(rules, CHAIN_DEPTH_MAX);
	X509_VERIFY_PARAM_set_time(rules, (time_t)work->question->seconds);
	X509_STORE_CTX_set_verify_cb(context, decide);
	if (X509_verify_cert(context) != 1) {
		int error = X509_STORE_CTX_get_error(context);

		problem_where_number(work->problem, "certificate",
				     (uint64_t)X509_STORE_CTX_get_error_depth(context));
		problem_rule(work->problem,
			     "certificates lead from the signer (0) to a root of the files, each "
			     "valid on that day, strong, and on no revocation list");
		problem_what(work->problem,
			     "they do not:", bytes_from_text(X509_verify_cert_error_string(error)));
		status = UNDERSIGN_E_INVALID;
	} else if (!are_good_keys(X509_STORE_CTX_get0_chain(context))) {
		status = refuse(work->problem, UNDERSIGN_E_INVALID,
				"every key of the chain is RSA of at least 2048 bits, or on P-256, "
				"P-384 or P-521",
				"one is another or shorter");
	}
out:
	X509_STORE_CTX_free(context);
	sk_X509_pop_free(others, X509_free);
	return status;
}

static enum undersign_status check_usage(struct work *work)
{
	static const char rule[] = "the signer's certificate is for signatures: keyUsage with "
				   "digitalSignature or nonRepudiation, an extendedKeyUsage, if "
				   "any, with emailProtection or clientAuth, and no authority's";
	uint32_t flags = X509_get_extension_flags(work->signer);

	if (flags & EXFLAG_INVALID)
		return refuse(work->problem, UNDERSIGN_E_INVALID, rule,
			      "its extensions are broken");
	if (flags & EXFLAG_CA)
		return refuse(work->problem, UNDERSIGN_E_INVALID, rule, "it is an authority's");
	if (!(flags & EXFLAG_KUSAGE) ||
	    !(X509_get_key_usage(work->signer) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)))
		return refuse(work->problem, UNDERSIGN_E_INVALID, rule,
			      "its keyUsage is missing, or is for something else");
	if ((flags & EXFLAG_XKUSAGE) && !(X509_get_extended_key_usage(work->signer) &
					  (XKU_SMIME | XKU_SSL_CLIENT | XKU_ANYEKU)))
		return refuse(work->problem, UNDERSIGN_E_INVALID, rule,
			      "its extendedKeyUsage is for something else");
	return UNDERSIGN_OK;
}

/* --- who it is ---------------------------------------------------------------------------------
 */

/* In the arena; data NULL if there is no memory. */
static struct bytes text_of(const ASN1_STRING *string, struct arena *arena)
{
	uint8_t *utf8 = NULL;
	int len = ASN1_STRING_to_UTF8(&utf8, string);
	struct bytes text = bytes_from(NULL, 0);

	if (len > 0)
		text = arena_copy(arena, bytes_from(utf8, (size_t)len));
	OPENSSL_free(utf8);
	return text;
}

static struct bytes mail_address(X509 *certificate, struct arena *arena)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	struct bytes address = bytes_from(NULL, 0);

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && address.len == 0; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_EMAIL)
			address = text_of(name->d.rfc822Name, arena);
	}
	GENERAL_NAMES_free(names);
	return address;
}

/* O and OU in the subject's order. Longer ones than the memory are cut. */
static struct bytes organisation_of(X509 *certificate, struct arena *arena)
{
	const size_t capacity = 512;
	X509_NAME *subject = X509_get_subject_name(certificate);
	uint8_t *memory = ARENA_TAKE(arena, uint8_t, capacity);
	struct writer writer = writer_new(memory, capacity);

	if (!memory)
		return bytes_from(NULL, 0);
	for (int i = 0; i < X509_NAME_entry_count(subject); i++) {
		X509_NAME_ENTRY *entry = X509_NAME_get_entry(subject, i);
		int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));

		if (nid != NID_organizationName && nid != NID_organizationalUnitName)
			continue;
		struct bytes value = text_of(X509_NAME_ENTRY_get_data(entry), arena);
		if (writer.len + value.len + 2 > capacity)
			break;
		if (writer.len > 0)
			writer_text(&writer, ", ");
		writer_bytes(&writer, value);
	}
	return writer_view(&writer);
}

/* The whole subject as a line (RFC 2253). */
static struct bytes subject_of(X509 *certificate, struct arena *arena)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct bytes subject = bytes_from(NULL, 0);
	char *data = NULL;

	if (bio &&
	    X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) >= 0) {
		long len = BIO_get_mem_data(bio, &data);

		if (len > 0)
			subject = arena_copy(arena, bytes_from(data, (size_t)len));
	}
	BIO_free(bio);
	return subject;
}

static const char *strength_of(X509 *certificate, struct arena *arena)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	bool is_rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
	uint8_t *text = ARENA_TAKE(arena, uint8_t, 48);
	struct writer writer = writer_new(text, 47);

	if (!text)
		return NULL;
	writer_text(&writer, is_rsa ? "RSA, " : "ECDSA, P-");
	writer_decimal(&writer, (uint64_t)EVP_PKEY_get_bits(key));
	writer_text(&writer, is_rsa ? " bits, by certificate" : ", by certificate");
	return (const char *)text;
}

static enum undersign_status answer(struct evidence_answer *out, struct work *work)
{
	struct arena *arena = work->arena;
	uint8_t *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(work->signer), &der);
	struct bytes subject = subject_of(work->signer, arena);
	struct bytes mail = mail_address(work->signer, arena);

	out->kind = EVIDENCE_X509;
	if (len > 0)
		out->identity = arena_copy(arena, bytes_from(der, (size_t)len));
	OPENSSL_free(der);
	out->person = evidence_lower(arena, mail.len > 0 ? mail : subject);
	out->holder = subject;
	out->organisation = organisation_of(work->signer, arena);
	out->strength = strength_of(work->signer, arena);
	if (out->identity.len > 0 && out->person.data && out->strength)
		return UNDERSIGN_OK;
	memset(out, 0, sizeof *out);
	return no_memory(work->problem);
}

enum undersign_status x509_evidence_check(struct evidence_answer *out,
					  const struct evidence_question *question,
					  struct arena *arena, struct problem *problem)
{
	struct work work = {.question = question, .arena = arena, .problem = problem};

	memset(out, 0, sizeof *out);
	enum undersign_status status = read_sources(&work);
	if (status == UNDERSIGN_OK)
		status = read_cms(&work);
	if (status == UNDERSIGN_OK)
		status = find_signer(&work);
	if (status == UNDERSIGN_OK)
		status = check_signature(&work);
	if (status == UNDERSIGN_OK)
		status = check_chain(&work);
	if (status == UNDERSIGN_OK)
		status = check_usage(&work);
	if (status == UNDERSIGN_OK)
		status = answer(out, &work);
	CMS_ContentInfo_free(work.cms);
	X509_STORE_free(work.roots);
	sk_X509_pop_free(work.others, X509_free);
	/* What OpenSSL has to say has been said. */
	ERR_clear_error();
	return status;
}
