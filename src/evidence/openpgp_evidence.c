#include "openpgp_evidence.h"

#include "encoding.h"
#include "memory.h"
#include "openpgp_keyring.h"

#include <rnp/rnp.h>
#include <rnp/rnp_err.h>

#define FINGERPRINT_BYTES 20

static const char key_rule[] =
	"the signer's key and its primary key are RSA of at least 2048 bits, Ed25519 or ECDSA on "
	"P-256, P-384 or P-521; bound without SHA-1; valid on that day; and for signatures";

struct work {
	const struct evidence_question *question;
	struct arena *arena;
	struct problem *problem;
	rnp_ffi_t ffi;
	uint8_t id[OPENPGP_KEY_ID_BYTES];
	uint32_t n_found; /* keys of that id */
	/* The signature, after read_signature. */
	rnp_op_verify_t op;
	rnp_input_t request, evidence;
	rnp_signature_handle_t signature;
	rnp_result_t status;
	rnp_key_handle_t key, primary;
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

/* Weak hashes bind nothing, whenever they were used. */
static bool set_rules(rnp_ffi_t ffi, uint64_t seconds)
{
	static const char *const weak[] = {"MD5", "SHA1", "RIPEMD160"};

	for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++) {
		if (rnp_add_security_rule(ffi, RNP_FEATURE_HASH_ALG, weak[i], RNP_SECURITY_OVERRIDE,
					  0, RNP_SECURITY_INSECURE) != RNP_SUCCESS)
			return false;
	}
	return rnp_set_timestamp(ffi, seconds) == RNP_SUCCESS;
}

/* --- the signature -----------------------------------------------------------------------------
 */

static void close_signature(struct work *work)
{
	rnp_signature_handle_destroy(work->signature);
	rnp_op_verify_destroy(work->op);
	rnp_input_destroy(work->request);
	rnp_input_destroy(work->evidence);
	work->signature = NULL;
	work->op = NULL;
	work->request = NULL;
	work->evidence = NULL;
}

/* Reads the evidence and checks it with the keys that are there by now. */
static enum undersign_status read_signature(struct work *work)
{
	static const char rule[] = "evidence by OpenPGP is one detached signature, as gpg "
				   "--detach-sign makes it";
	const struct evidence_question *question = work->question;
	rnp_op_verify_signature_t found = NULL;
	size_t n = 0;

	if (rnp_input_from_memory(&work->request, question->request.data, question->request.len,
				  false) != RNP_SUCCESS ||
	    rnp_input_from_memory(&work->evidence, question->evidence.data, question->evidence.len,
				  false) != RNP_SUCCESS ||
	    rnp_op_verify_detached_create(&work->op, work->ffi, work->request, work->evidence) !=
		    RNP_SUCCESS)
		return no_memory(work->problem);
	/* Its outcome is that of the signature, below. */
	(void)rnp_op_verify_execute(work->op);
	if (rnp_op_verify_get_signature_count(work->op, &n) != RNP_SUCCESS || n != 1 ||
	    rnp_op_verify_get_signature_at(work->op, 0, &found) != RNP_SUCCESS ||
	    rnp_op_verify_signature_get_handle(found, &work->signature) != RNP_SUCCESS)
		return refuse(work->problem, UNDERSIGN_E_FORMAT, rule,
			      n > 1 ? "it has several" : "this is another thing, or is broken");
	work->status = rnp_op_verify_signature_get_status(found);
	return UNDERSIGN_OK;
}

/* True if a text that rnp gives, which is then freed, is one of these. */
static bool is_one_of(char *take_text, const char *const *good, size_t n)
{
	bool is_good = false;

	for (size_t i = 0; i < n && take_text; i++)
		is_good = is_good ||
			  bytes_are_equal(bytes_from_text(take_text), bytes_from_text(good[i]));
	rnp_buffer_destroy(take_text);
	return is_good;
}

static enum undersign_status check_form(struct work *work)
{
	static const char *const types[] = {"binary"};
	static const char *const hashes[] = {"SHA256", "SHA384", "SHA512"};
	char *type = NULL, *hash = NULL, *id = NULL;
	enum undersign_status status = UNDERSIGN_OK;

	(void)rnp_signature_get_type(work->signature, &type);
	if (!is_one_of(type, types, 1))
		return refuse(work->problem, UNDERSIGN_E_INVALID,
			      "the signature covers the request to the byte",
			      "it is one of a text: sign without --textmode");
	(void)rnp_signature_get_hash_alg(work->signature, &hash);
	if (!is_one_of(hash, hashes, 3))
		return refuse(work->problem, UNDERSIGN_E_INVALID,
			      "an OpenPGP signature is over SHA-256, SHA-384 or SHA-512",
			      "it uses another hash; others can be forged");
	if (rnp_signature_get_keyid(work->signature, &id) == RNP_SUCCESS && id) {
		uint8_t lower[2 * OPENPGP_KEY_ID_BYTES];
		struct bytes text = bytes_from_text(id);

		status = UNDERSIGN_E_FORMAT;
		for (size_t i = 0; i < sizeof lower && i < text.len; i++)
			lower[i] = text.data[i] >= 'A' && text.data[i] <= 'F'
					   ? (uint8_t)(text.data[i] - 'A' + 'a')
					   : text.data[i];
		if (text.len == sizeof lower)
			status = hex_decode(work->id, sizeof work->id,
					    bytes_from(lower, sizeof lower));
	} else {
		status = UNDERSIGN_E_FORMAT;
	}
	rnp_buffer_destroy(id);
	if (status != UNDERSIGN_OK)
		return refuse(work->problem, UNDERSIGN_E_FORMAT,
			      "a signature names the key that made it", "this one does not");
	return UNDERSIGN_OK;
}

/* --- the keyrings ------------------------------------------------------------------------------
 */

static bool is_armoured(struct bytes content)
{
	return bytes_begin_with(content, bytes_from_text("-----BEGIN PGP PUBLIC KEY BLOCK-----"));
}

static enum undersign_status dearmour(struct bytes *out, struct work *work, struct bytes content)
{
	rnp_input_t input = NULL;
	rnp_output_t output = NULL;
	uint8_t *data = NULL;
	size_t len = 0;
	enum undersign_status status = UNDERSIGN_E_FORMAT;

	if (rnp_input_from_memory(&input, content.data, content.len, false) == RNP_SUCCESS &&
	    rnp_output_to_memory(&output, EVIDENCE_SOURCE_MAX) == RNP_SUCCESS &&
	    rnp_dearmor(input, output) == RNP_SUCCESS &&
	    rnp_output_memory_get_buf(output, &data, &len, false) == RNP_SUCCESS && len > 0) {
		*out = arena_copy(work->arena, bytes_from(data, len));
		status = out->data ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
	}
	rnp_output_destroy(output);
	rnp_input_destroy(input);
	if (status == UNDERSIGN_E_MEMORY)
		return no_memory(work->problem);
	if (status != UNDERSIGN_OK)
		return refuse(work->problem, status, "a keyring is that of gpg --export",
			      "its armour is broken");
	return status;
}

static enum undersign_status import(struct work *work, struct bytes key)
{
	rnp_input_t input = NULL;
	enum undersign_status status = UNDERSIGN_OK;

	if (rnp_input_from_memory(&input, key.data, key.len, false) != RNP_SUCCESS)
		return no_memory(work->problem);
	if (rnp_import_keys(work->ffi, input, RNP_LOAD_SAVE_PUBLIC_KEYS | RNP_LOAD_SAVE_SINGLE,
			    NULL) != RNP_SUCCESS)
		status = refuse(work->problem, UNDERSIGN_E_FORMAT,
				"the signer's key stands in the keyring whole",
				"it is there, but broken");
	rnp_input_destroy(input);
	work->n_found++;
	return status;
}

static enum undersign_status find_keys(struct work *work)
{
	const struct evidence_question *question = work->question;

	for (size_t i = 0; i < question->n_against; i++) {
		struct bytes content = question->against[i].content;
		enum undersign_status status = UNDERSIGN_OK;

		if (is_armoured(content))
			status = dearmour(&content, work, content);
		struct openpgp_keyring keyring = openpgp_keyring_read(content, work->problem);
		while (status == UNDERSIGN_OK && openpgp_keyring_next(&keyring)) {
			if (openpgp_keyring_key_has_id(keyring.key, work->id))
				status = import(work, keyring.key);
		}
		if (status == UNDERSIGN_OK && keyring.has_failed)
			status = UNDERSIGN_E_FORMAT;
		if (status != UNDERSIGN_OK) {
			problem_inside(work->problem, "file", question->against[i].name);
			return status;
		}
	}
	if (work->n_found > 0)
		return UNDERSIGN_OK;
	uint8_t id[2 * OPENPGP_KEY_ID_BYTES];
	struct writer writer = writer_new(id, sizeof id);
	writer_hex(&writer, bytes_from(work->id, sizeof work->id));
	problem_rule(work->problem,
		     "evidence is signed with a key of the keyrings that it is checked against");
	problem_what(work->problem, "no keyring has the key", writer_view(&writer));
	return UNDERSIGN_E_INVALID;
}

/* --- the key -----------------------------------------------------------------------------------
 */

static bool is_strong(rnp_key_handle_t key)
{
	static const char *const curves[] = {"NIST P-256", "NIST P-384", "NIST P-521"};
	char *alg = NULL, *curve = NULL;
	uint32_t n_bits = 0;

	if (rnp_key_get_alg(key, &alg) != RNP_SUCCESS)
		return false;
	struct bytes name = bytes_from_text(alg);
	bool is_rsa = bytes_are_equal(name, bytes_from_text("RSA"));
	bool is_ed25519 = bytes_are_equal(name, bytes_from_text("EDDSA"));
	bool is_ecdsa = bytes_are_equal(name, bytes_from_text("ECDSA"));
	rnp_buffer_destroy(alg);
	if (is_rsa)
		return rnp_key_get_bits(key, &n_bits) == RNP_SUCCESS && n_bits >= 2048;
	return is_ed25519 || (is_ecdsa && rnp_key_get_curve(key, &curve) == RNP_SUCCESS &&
			      is_one_of(curve, curves, 3));
}

/* Why a key cannot serve; NULL if it can. */
static const char *why_not(rnp_key_handle_t key)
{
	bool is_revoked = true, is_expired = true, is_valid = false;

	if (!is_strong(key))
		return "it is weak, or of another kind";
	if (rnp_key_is_revoked(key, &is_revoked) != RNP_SUCCESS || is_revoked)
		return "it is revoked";
	if (rnp_key_is_valid(key, &is_valid) == RNP_SUCCESS && is_valid)
		return NULL;
	if (rnp_key_is_expired(key, &is_expired) == RNP_SUCCESS && is_expired)
		return "it has expired";
	return "no good signature binds it, or one by SHA-1 only";
}

static enum undersign_status refuse_key(struct work *work, const char *which, const char *why)
{
	problem_where(work->problem, which, bytes_from(NULL, 0));
	return refuse(work->problem, UNDERSIGN_E_INVALID, key_rule, why);
}

static enum undersign_status find_primary(struct work *work)
{
	char *fingerprint = NULL;
	bool is_primary = false;

	if (rnp_signature_get_signer(work->signature, &work->key) != RNP_SUCCESS || !work->key ||
	    rnp_key_is_primary(work->key, &is_primary) != RNP_SUCCESS)
		return refuse_key(work, "key", "it cannot be read");
	rnp_result_t result = is_primary ? rnp_key_get_fprint(work->key, &fingerprint)
					 : rnp_key_get_primary_fprint(work->key, &fingerprint);
	if (result == RNP_SUCCESS)
		(void)rnp_locate_key(work->ffi, "fingerprint", fingerprint, &work->primary);
	rnp_buffer_destroy(fingerprint);
	return work->primary ? UNDERSIGN_OK : refuse_key(work, "key", "its primary key is missing");
}

static enum undersign_status check_keys(struct work *work)
{
	enum undersign_status status = find_primary(work);
	bool can_sign = false;

	if (status != UNDERSIGN_OK)
		return status;
	const char *why = why_not(work->primary);
	if (why)
		return refuse_key(work, "primary key", why);
	why = why_not(work->key);
	if (why)
		return refuse_key(work, "signing key", why);
	if (rnp_key_allows_usage(work->key, "sign", &can_sign) != RNP_SUCCESS || !can_sign)
		return refuse_key(work, "signing key", "it is not for signatures");
	return UNDERSIGN_OK;
}

static enum undersign_status check_outcome(struct work *work)
{
	uint32_t made = 0;

	if (work->status == RNP_ERROR_SIGNATURE_EXPIRED)
		return refuse(work->problem, UNDERSIGN_E_INVALID,
			      "the signature itself has not expired", "it has");
	if (rnp_signature_get_creation(work->signature, &made) != RNP_SUCCESS ||
	    made > work->question->seconds)
		return refuse(work->problem, UNDERSIGN_E_INVALID,
			      "the signature was made before it is checked", "it is of the future");
	if (work->status == RNP_SUCCESS)
		return UNDERSIGN_OK;
	return refuse(work->problem, UNDERSIGN_E_INVALID, "the signature is over this very request",
		      "it does not hold: another request was signed, or one byte differs");
}

/* --- who it is ---------------------------------------------------------------------------------
 */

/* "a@b" of "A B <a@b>", or the whole. */
static struct bytes address_of(struct bytes user_id)
{
	size_t start = user_id.len;

	if (user_id.len == 0 || user_id.data[user_id.len - 1] != '>')
		return user_id;
	while (start > 0 && user_id.data[start - 1] != '<')
		start--;
	return start > 0 && start + 1 < user_id.len
		       ? bytes_part(user_id, start, user_id.len - 1 - start)
		       : user_id;
}

static const char *strength_of(rnp_key_handle_t key, struct arena *arena)
{
	char *alg = NULL, *curve = NULL;
	uint32_t n_bits = 0;
	uint8_t *text = ARENA_TAKE(arena, uint8_t, 64);
	struct writer writer = writer_new(text, 63);

	if (!text || rnp_key_get_alg(key, &alg) != RNP_SUCCESS)
		return NULL;
	if (bytes_are_equal(bytes_from_text(alg), bytes_from_text("RSA"))) {
		(void)rnp_key_get_bits(key, &n_bits);
		writer_text(&writer, "RSA, ");
		writer_decimal(&writer, n_bits);
		writer_text(&writer, " bits, by OpenPGP");
	} else if (bytes_are_equal(bytes_from_text(alg), bytes_from_text("EDDSA"))) {
		writer_text(&writer, "Ed25519, by OpenPGP");
	} else {
		(void)rnp_key_get_curve(key, &curve);
		writer_text(&writer, "ECDSA, ");
		writer_text(&writer, curve ? curve : "?");
		writer_text(&writer, ", by OpenPGP");
	}
	rnp_buffer_destroy(curve);
	rnp_buffer_destroy(alg);
	return (const char *)text;
}

static enum undersign_status answer(struct evidence_answer *out, struct work *work)
{
	char *fingerprint = NULL, *user_id = NULL;
	struct arena *arena = work->arena;

	out->kind = EVIDENCE_OPENPGP;
	if (rnp_key_get_fprint(work->primary, &fingerprint) == RNP_SUCCESS)
		out->identity = arena_copy(arena, bytes_from_text(fingerprint));
	if (rnp_key_get_primary_uid(work->primary, &user_id) == RNP_SUCCESS && user_id)
		out->holder = arena_copy(arena, bytes_from_text(user_id));
	rnp_buffer_destroy(fingerprint);
	rnp_buffer_destroy(user_id);
	out->person = evidence_lower(arena, address_of(out->holder));
	out->strength = strength_of(work->key, arena);
	if (out->holder.len == 0) {
		memset(out, 0, sizeof *out);
		return refuse_key(work, "primary key", "no user id of it is signed");
	}
	if (out->identity.len > 0 && out->person.data && out->strength)
		return UNDERSIGN_OK;
	memset(out, 0, sizeof *out);
	return no_memory(work->problem);
}

enum undersign_status openpgp_evidence_check(struct evidence_answer *out,
					     const struct evidence_question *question,
					     struct arena *arena, struct problem *problem)
{
	struct work work = {.question = question, .arena = arena, .problem = problem};
	enum undersign_status status = UNDERSIGN_OK;

	memset(out, 0, sizeof *out);
	if (rnp_ffi_create(&work.ffi, "GPG", "GPG") != RNP_SUCCESS ||
	    !set_rules(work.ffi, question->seconds))
		status = no_memory(problem);
	/* Once to learn which key it needs, then with that key. */
	if (status == UNDERSIGN_OK)
		status = read_signature(&work);
	if (status == UNDERSIGN_OK)
		status = check_form(&work);
	close_signature(&work);
	if (status == UNDERSIGN_OK)
		status = find_keys(&work);
	if (status == UNDERSIGN_OK)
		status = read_signature(&work);
	if (status == UNDERSIGN_OK)
		status = check_keys(&work);
	if (status == UNDERSIGN_OK)
		status = check_outcome(&work);
	if (status == UNDERSIGN_OK)
		status = answer(out, &work);
	rnp_key_handle_destroy(work.key);
	rnp_key_handle_destroy(work.primary);
	close_signature(&work);
	rnp_ffi_destroy(work.ffi);
	return status;
}
