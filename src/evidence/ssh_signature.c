#include "ssh_signature.h"

#include "ed25519.h"
#include "encoding.h"
#include "memory.h"
#include "sha2.h"

#include <stddef.h>

#define BEGIN_LINE    "-----BEGIN SSH SIGNATURE-----\n"
#define END_LINE      "-----END SSH SIGNATURE-----"
#define TEXT_LEN_MAX  65536
#define MAGIC         "SSHSIG"
#define FLAG_TOUCHED  0x01 /* the user was there */
#define FLAG_VERIFIED 0x04 /* and gave a PIN, or a finger */

struct key_form {
	const char *name;
	enum ssh_public_type type;
	enum public_key_curve curve;
	const char *curve_name;
	size_t coordinate_len;
};

static const struct key_form key_forms[] = {
	{"ssh-ed25519", SSH_PUBLIC_ED25519, PUBLIC_KEY_P256, NULL, 0},
	{"ssh-rsa", SSH_PUBLIC_RSA, PUBLIC_KEY_P256, NULL, 0},
	{"ecdsa-sha2-nistp256", SSH_PUBLIC_ECDSA, PUBLIC_KEY_P256, "nistp256", 32},
	{"ecdsa-sha2-nistp384", SSH_PUBLIC_ECDSA, PUBLIC_KEY_P384, "nistp384", 48},
	{"ecdsa-sha2-nistp521", SSH_PUBLIC_ECDSA, PUBLIC_KEY_P521, "nistp521", 66},
	{"sk-ssh-ed25519@openssh.com", SSH_PUBLIC_SK_ED25519, PUBLIC_KEY_P256, NULL, 0},
	{"sk-ecdsa-sha2-nistp256@openssh.com", SSH_PUBLIC_SK_ECDSA, PUBLIC_KEY_P256, "nistp256",
	 32},
};
#define N_KEY_FORMS (sizeof key_forms / sizeof key_forms[0])

static enum undersign_status refuse(struct problem *problem, enum undersign_status status,
				    const char *rule, const char *what, struct bytes detail)
{
	problem_rule(problem, rule);
	problem_what(problem, what, detail);
	return status;
}

static struct bytes take_string(struct cursor *cursor)
{
	return cursor_take(cursor, cursor_u32be(cursor));
}

static bool is_text(struct bytes bytes, const char *text)
{
	return bytes_are_equal(bytes, bytes_from_text(text));
}

/* A positive number (RFC 4251 section 5) in its one form, without the zero byte of its sign. */
static struct bytes take_number(struct cursor *cursor)
{
	struct bytes number = take_string(cursor);

	if (number.len > 0 && number.data[0] == 0) {
		/* Only before a byte that would else be a sign. */
		if (number.len < 2 || (number.data[1] & 0x80) == 0)
			cursor->has_failed = true;
		number = bytes_part(number, 1, number.len - 1);
	} else if (number.len == 0 || (number.data[0] & 0x80)) {
		cursor->has_failed = true;
	}
	return number;
}

static enum undersign_status check_rsa(const struct ssh_public *key, struct problem *problem)
{
	if (key->modulus.len < PUBLIC_KEY_RSA_BITS_MIN / 8 ||
	    (key->modulus.len == PUBLIC_KEY_RSA_BITS_MIN / 8 && !(key->modulus.data[0] & 0x80)))
		return refuse(problem, UNDERSIGN_E_INVALID,
			      "an RSA key has at least 2048 bits; shorter ones can be forged",
			      "this one is shorter", bytes_from(NULL, 0));
	return UNDERSIGN_OK;
}

enum undersign_status ssh_public_parse(struct ssh_public *out, struct bytes blob,
				       struct problem *problem)
{
	struct cursor cursor = cursor_new(blob);
	const struct key_form *form = key_forms;

	memset(out, 0, sizeof *out);
	struct bytes name = take_string(&cursor);
	while (form < key_forms + N_KEY_FORMS && !is_text(name, form->name))
		form++;
	if (form == key_forms + N_KEY_FORMS)
		return refuse(
			problem, UNDERSIGN_E_USAGE,
			"evidence is signed with a key of type Ed25519, ECDSA or RSA, or one "
			"of the first two in a hardware token; certificates and DSA serve not",
			"its type is", name);
	struct ssh_public key = {.type = form->type, .name = name, .curve = form->curve};
	if (form->type == SSH_PUBLIC_RSA) {
		key.exponent = take_number(&cursor);
		key.modulus = take_number(&cursor);
	} else if (form->curve_name) {
		if (!is_text(take_string(&cursor), form->curve_name))
			cursor.has_failed = true;
		key.point = take_string(&cursor);
		if (key.point.len != 1 + 2 * form->coordinate_len || key.point.data[0] != 0x04)
			cursor.has_failed = true;
	} else {
		key.point = take_string(&cursor);
		if (key.point.len != ED25519_PUBLIC_BYTES)
			cursor.has_failed = true;
	}
	if (form->type == SSH_PUBLIC_SK_ED25519 || form->type == SSH_PUBLIC_SK_ECDSA)
		key.application = take_string(&cursor);
	if (!cursor_is_at_end(&cursor))
		return refuse(problem, UNDERSIGN_E_FORMAT,
			      "a public key has the form of its type, and no byte more",
			      "it has not; its type is", name);
	*out = key;
	enum undersign_status status =
		key.type == SSH_PUBLIC_RSA ? check_rsa(&key, problem) : UNDERSIGN_OK;
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

const char *ssh_public_strength(const struct ssh_public *key, struct arena *arena)
{
	static const char *const curve_names[] = {"P-256", "P-384", "P-521"};
	uint8_t *text = ARENA_TAKE(arena, uint8_t, 64);
	struct writer writer = writer_new(text, 63);

	if (!text)
		return NULL;
	switch (key->type) {
	case SSH_PUBLIC_ED25519:
	case SSH_PUBLIC_SK_ED25519:
		writer_text(&writer, "Ed25519");
		break;
	case SSH_PUBLIC_ECDSA:
	case SSH_PUBLIC_SK_ECDSA:
		writer_text(&writer, "ECDSA, ");
		writer_text(&writer, curve_names[key->curve]);
		break;
	case SSH_PUBLIC_RSA: {
		uint64_t n_bits = 8 * key->modulus.len;

		for (unsigned mask = 0x80; mask > 0 && !(key->modulus.data[0] & mask); mask >>= 1)
			n_bits--;
		writer_text(&writer, "RSA, ");
		writer_decimal(&writer, n_bits);
		writer_text(&writer, " bits");
		break;
	}
	}
	if (key->application.len > 0 || key->type == SSH_PUBLIC_SK_ED25519 ||
	    key->type == SSH_PUBLIC_SK_ECDSA)
		writer_text(&writer, ", in a hardware token");
	text[writer.len] = '\0';
	return (const char *)text;
}

/* The bytes between the lines of the armour. */
static enum undersign_status dearmour(struct bytes *out, struct bytes text, struct arena *arena,
				      struct problem *problem)
{
	static const char rule[] = "an SSH signature is base64 between the lines -----BEGIN SSH "
				   "SIGNATURE----- and -----END SSH SIGNATURE-----, and nothing "
				   "else";
	struct bytes begin = bytes_from_text(BEGIN_LINE), end = bytes_from_text("\n" END_LINE);
	size_t base64_len = 0, len = 0;

	if (text.len > TEXT_LEN_MAX)
		return refuse(problem, UNDERSIGN_E_FORMAT, rule, "this is longer than 64 KiB",
			      bytes_from(NULL, 0));
	if (text.len > 0 && text.data[text.len - 1] == '\n')
		text.len--;
	if (!bytes_begin_with(text, begin))
		return refuse(problem, UNDERSIGN_E_FORMAT, rule, "it begins otherwise",
			      bytes_from(NULL, 0));
	if (text.len < begin.len + end.len ||
	    !bytes_are_equal(bytes_part(text, text.len - end.len, end.len), end))
		return refuse(problem, UNDERSIGN_E_FORMAT, rule, "it ends otherwise",
			      bytes_from(NULL, 0));
	text = bytes_part(text, begin.len, text.len - begin.len - end.len);
	uint8_t *base64 = ARENA_TAKE(arena, uint8_t, text.len + 1);
	uint8_t *blob = ARENA_TAKE(arena, uint8_t, text.len + 1);
	if (!base64 || !blob)
		return refuse(problem, UNDERSIGN_E_MEMORY, "evidence must fit into memory",
			      "there is none left", bytes_from(NULL, 0));
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] != '\n')
			base64[base64_len++] = text.data[i];
	}
	if (base64_decode(blob, &len, text.len, bytes_from(base64, base64_len)) != UNDERSIGN_OK)
		return refuse(problem, UNDERSIGN_E_FORMAT, rule, "the base64 is broken",
			      bytes_from(NULL, 0));
	*out = bytes_from(blob, len);
	return UNDERSIGN_OK;
}

/* The signature proper, of which the key's type tells the form. */
static bool take_signature(struct ssh_signature *out, struct bytes bytes)
{
	struct cursor cursor = cursor_new(bytes);
	enum ssh_public_type type = out->key.type;

	out->signature_name = take_string(&cursor);
	struct bytes number = take_string(&cursor);
	if (type == SSH_PUBLIC_RSA) {
		if (!is_text(out->signature_name, "rsa-sha2-256") &&
		    !is_text(out->signature_name, "rsa-sha2-512"))
			return false;
	} else if (!bytes_are_equal(out->signature_name, out->key.name)) {
		return false;
	}
	if (type == SSH_PUBLIC_ECDSA || type == SSH_PUBLIC_SK_ECDSA) {
		struct cursor inner = cursor_new(number);

		out->r = take_number(&inner);
		out->s = take_number(&inner);
		if (!cursor_is_at_end(&inner))
			return false;
	} else {
		out->number = number;
		if (type != SSH_PUBLIC_RSA && number.len != ED25519_SIGNATURE_BYTES)
			return false;
	}
	if (type == SSH_PUBLIC_SK_ED25519 || type == SSH_PUBLIC_SK_ECDSA) {
		out->flags = cursor_u8(&cursor);
		out->counter = cursor_u32be(&cursor);
	}
	return cursor_is_at_end(&cursor);
}

enum undersign_status ssh_signature_parse(struct ssh_signature *out, struct bytes text,
					  struct arena *arena, struct problem *problem)
{
	struct bytes blob, signature = bytes_from(NULL, 0), reserved;

	memset(out, 0, sizeof *out);
	enum undersign_status status = dearmour(&blob, text, arena, problem);
	if (status != UNDERSIGN_OK)
		return status;
	struct ssh_signature parsed = {0};
	struct cursor cursor = cursor_new(blob);
	struct bytes magic = cursor_take(&cursor, sizeof MAGIC - 1);
	uint32_t version = cursor_u32be(&cursor);
	parsed.key_blob = take_string(&cursor);
	parsed.name_space = take_string(&cursor);
	reserved = take_string(&cursor);
	parsed.hash_name = take_string(&cursor);
	signature = take_string(&cursor);
	if (!cursor_is_at_end(&cursor) || !is_text(magic, MAGIC) || version != 1 ||
	    reserved.len > 0 ||
	    (!is_text(parsed.hash_name, "sha256") && !is_text(parsed.hash_name, "sha512")))
		return refuse(problem, UNDERSIGN_E_FORMAT,
			      "an SSH signature is SSHSIG, version 1, with SHA-256 or SHA-512",
			      "this is another thing, or is broken", bytes_from(NULL, 0));
	status = ssh_public_parse(&parsed.key, parsed.key_blob, problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (!take_signature(&parsed, signature))
		return refuse(problem, UNDERSIGN_E_FORMAT,
			      "the signature is of its key's type, in its one form; of RSA it is "
			      "rsa-sha2-256 or rsa-sha2-512",
			      "it is not; the key is of type", parsed.key.name);
	*out = parsed;
	return UNDERSIGN_OK;
}

static void write_string(struct writer *writer, struct bytes bytes)
{
	writer_u32be(writer, (uint32_t)bytes.len);
	writer_bytes(writer, bytes);
}

static void write_hash(struct writer *writer, bool is_512, struct bytes message)
{
	uint8_t hash[SHA512_BYTES];

	if (is_512)
		sha512(hash, message);
	else
		sha256(hash, message);
	write_string(writer, bytes_from(hash, is_512 ? SHA512_BYTES : SHA256_BYTES));
}

static bool is_signed_by_key(const struct ssh_signature *signature, struct bytes message)
{
	static const enum public_key_hash hash_of_curve[] = {PUBLIC_KEY_SHA256, PUBLIC_KEY_SHA384,
							     PUBLIC_KEY_SHA512};
	const struct ssh_public *key = &signature->key;
	enum public_key_hash hash;

	switch (key->type) {
	case SSH_PUBLIC_ED25519:
	case SSH_PUBLIC_SK_ED25519:
		return ed25519_signature_is_valid_vartime(key->point.data, message,
							  signature->number.data);
	case SSH_PUBLIC_ECDSA:
	case SSH_PUBLIC_SK_ECDSA:
		return public_key_ecdsa_is_valid(key->curve, key->point, hash_of_curve[key->curve],
						 message, signature->r, signature->s);
	case SSH_PUBLIC_RSA:
		break;
	}
	hash = is_text(signature->signature_name, "rsa-sha2-256") ? PUBLIC_KEY_SHA256
								  : PUBLIC_KEY_SHA512;
	return public_key_rsa_is_valid(key->modulus, key->exponent, hash, message,
				       signature->number);
}

bool ssh_signature_is_valid_vartime(const struct ssh_signature *signature, struct bytes name_space,
				    struct bytes message)
{
	uint8_t memory[512], in_token[2 * SHA256_BYTES + 5];
	struct writer writer = writer_new(memory, sizeof memory);

	if (!bytes_are_equal(signature->name_space, name_space))
		return false;
	writer_text(&writer, MAGIC);
	write_string(&writer, name_space);
	write_string(&writer, bytes_from(NULL, 0));
	write_string(&writer, signature->hash_name);
	write_hash(&writer, is_text(signature->hash_name, "sha512"), message);
	if (writer.has_overflowed)
		return false;
	struct bytes signed_bytes = writer_view(&writer);
	if (signature->key.type != SSH_PUBLIC_SK_ED25519 &&
	    signature->key.type != SSH_PUBLIC_SK_ECDSA)
		return is_signed_by_key(signature, signed_bytes);
	/* PROTOCOL.u2f: the token signs hashes, its flags and its counter. */
	if ((signature->flags & FLAG_TOUCHED) == 0 ||
	    (signature->flags & ~(FLAG_TOUCHED | FLAG_VERIFIED)) != 0)
		return false;
	writer = writer_new(in_token, sizeof in_token);
	uint8_t hash[SHA256_BYTES];
	sha256(hash, signature->key.application);
	writer_put(&writer, hash, sizeof hash);
	writer_u8(&writer, signature->flags);
	writer_u32be(&writer, signature->counter);
	sha256(hash, signed_bytes);
	writer_put(&writer, hash, sizeof hash);
	return is_signed_by_key(signature, writer_view(&writer));
}
