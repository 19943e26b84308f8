#include "note.h"

#include "ct.h"
#include "encoding.h"
#include "memory.h"
#include "sha2.h"

#define PRIVATE_PREFIX "PRIVATE+KEY+"
#define NAME_RULE                                                                                  \
	N_("a key's name is 1 to 255 bytes of UTF-8 without spaces, control characters and `+`")

/* White space of Unicode, as Go's unicode.IsSpace. */
static bool is_space(uint32_t code)
{
	return (code >= 0x09 && code <= 0x0d) || code == 0x20 || code == 0x85 || code == 0xa0 ||
	       code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 ||
	       code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000;
}

bool note_name_is_valid(struct bytes name)
{
	if (name.len == 0 || name.len > NOTE_NAME_LEN_MAX)
		return false;
	for (size_t i = 0; i < name.len;) {
		uint32_t code;
		size_t len = utf8_first(&code, bytes_part(name, i, name.len - i));

		if (len == 0 || is_space(code) || code < 0x20 || code == 0x7f || code == '+')
			return false;
		i += len;
	}
	return true;
}

uint32_t note_key_id(struct bytes name, enum note_key_type type,
		     const uint8_t public_key[static ED25519_PUBLIC_BYTES])
{
	const uint8_t between[2] = {0x0a, (uint8_t)type};
	uint8_t digest[SHA256_BYTES];
	struct sha256 hash;

	sha256_begin(&hash);
	sha256_add(&hash, name.data, name.len);
	sha256_add(&hash, between, sizeof between);
	sha256_add(&hash, public_key, ED25519_PUBLIC_BYTES);
	sha256_end(&hash, digest);
	struct cursor cursor = cursor_new(bytes_from(digest, sizeof digest));
	return cursor_u32be(&cursor);
}

enum undersign_status note_key_new(struct note_key *out, struct bytes name, enum note_key_type type,
				   const uint8_t public_key[static ED25519_PUBLIC_BYTES])
{
	memset(out, 0, sizeof *out);
	if (!note_name_is_valid(name))
		return UNDERSIGN_E_FORMAT;
	out->name = name;
	out->type = type;
	out->id = note_key_id(name, type, public_key);
	memcpy(out->public_key, public_key, ED25519_PUBLIC_BYTES);
	return UNDERSIGN_OK;
}

static enum undersign_status fail(struct problem *problem, const char *rule, struct bytes what)
{
	problem_rule(problem, rule);
	problem_what(problem, "found", what);
	return UNDERSIGN_E_FORMAT;
}

/* Takes what stands before the next '+', and the '+'. False if there is none. */
static bool take_part(struct bytes *out, struct bytes *rest)
{
	size_t len = 0;

	while (len < rest->len && rest->data[len] != '+')
		len++;
	if (len == rest->len)
		return false;
	*out = bytes_part(*rest, 0, len);
	*rest = bytes_part(*rest, len + 1, rest->len - len - 1);
	return true;
}

/* Splits name+hex8+base64(type ‖ 32 bytes). shown: what an error may show of it. */
static enum undersign_status split_key(struct bytes *out_name, uint32_t *out_id,
				       uint8_t out[static 1 + ED25519_PUBLIC_BYTES],
				       struct bytes text, struct bytes shown,
				       struct problem *problem)
{
	struct bytes rest = text;
	struct bytes hex;
	uint8_t id[4];

	memset(out, 0, 1 + ED25519_PUBLIC_BYTES);
	if (!take_part(out_name, &rest) || !take_part(&hex, &rest))
		return fail(problem, "a key is written name+id+base64", shown);
	if (!note_name_is_valid(*out_name))
		return fail(problem, NAME_RULE, shown);
	if (hex_decode(id, sizeof id, hex) != UNDERSIGN_OK)
		return fail(problem, "a key's id is 8 digits of lower-case hexadecimal", shown);
	if (base64_decode_exactly(out, 1 + ED25519_PUBLIC_BYTES, rest) != UNDERSIGN_OK)
		return fail(problem,
			    "a key is the base64 of 33 bytes, type and Ed25519 key; other kinds "
			    "of keys are not supported",
			    shown);
	struct cursor cursor = cursor_new(bytes_from(id, sizeof id));
	*out_id = cursor_u32be(&cursor);
	return UNDERSIGN_OK;
}

enum undersign_status note_key_parse(struct note_key *out, struct bytes vkey,
				     struct problem *problem)
{
	struct bytes name;
	uint32_t id;
	uint8_t key[1 + ED25519_PUBLIC_BYTES];

	memset(out, 0, sizeof *out);
	enum undersign_status status = split_key(&name, &id, key, vkey, vkey, problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (key[0] != NOTE_KEY_NOTE && key[0] != NOTE_KEY_COSIGNATURE)
		return fail(problem, "a key's type is 1 (Ed25519 note) or 4 (Ed25519 cosignature)",
			    vkey);
	enum note_key_type type = key[0] == NOTE_KEY_NOTE ? NOTE_KEY_NOTE : NOTE_KEY_COSIGNATURE;
	if (id != note_key_id(name, type, key + 1))
		return fail(problem,
			    "a key's id is made of its name, type and key; this one is of another "
			    "key: compare it with its source",
			    vkey);
	return note_key_new(out, name, type, key + 1);
}

static void write_key(struct writer *writer, struct bytes name, uint32_t id,
		      const uint8_t key[static 1 + ED25519_PUBLIC_BYTES])
{
	const uint8_t id_bytes[4] = {(uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8),
				     (uint8_t)id};

	writer_bytes(writer, name);
	writer_u8(writer, '+');
	writer_hex(writer, bytes_from(id_bytes, sizeof id_bytes));
	writer_u8(writer, '+');
	writer_base64(writer, bytes_from(key, 1 + ED25519_PUBLIC_BYTES));
}

void note_key_write(struct writer *writer, const struct note_key *key)
{
	uint8_t typed[1 + ED25519_PUBLIC_BYTES];

	typed[0] = (uint8_t)key->type;
	memcpy(typed + 1, key->public_key, ED25519_PUBLIC_BYTES);
	write_key(writer, key->name, key->id, typed);
}

bool note_key_is_equal(const struct note_key *a, const struct note_key *b)
{
	return a->type == b->type && bytes_are_equal(a->name, b->name) &&
	       memcmp(a->public_key, b->public_key, ED25519_PUBLIC_BYTES) == 0;
}

enum undersign_status note_private_key_parse(struct note_private_key *out, struct bytes text,
					     struct problem *problem)
{
	struct bytes prefix = bytes_from_text(PRIVATE_PREFIX);
	struct bytes hidden = bytes_from_text(N_("something else (not shown: it may be secret)"));
	struct bytes name;
	uint32_t id;
	uint8_t key[1 + ED25519_SEED_BYTES];
	uint8_t public_key[ED25519_PUBLIC_BYTES];
	enum undersign_status status;

	memset(out, 0, sizeof *out);
	if (!bytes_begin_with(text, prefix))
		return fail(problem, "a private key begins with " PRIVATE_PREFIX, hidden);
	text = bytes_part(text, prefix.len, text.len - prefix.len);
	status = split_key(&name, &id, key, text, hidden, problem);
	/* The type is no secret. */
	ct_declassify(key, 1);
	if (status == UNDERSIGN_OK && key[0] != NOTE_KEY_NOTE)
		status = fail(problem, "a private key's type is 1 (Ed25519 note)", hidden);
	if (status == UNDERSIGN_OK) {
		ed25519_seed_to_key(public_key, key + 1);
		/* A public key is public. */
		ct_declassify(public_key, sizeof public_key);
		status = note_key_new(&out->key, name, NOTE_KEY_NOTE, public_key);
	}
	if (status == UNDERSIGN_OK && out->key.id != id)
		status = fail(problem, "a private key's id is made of its name and public key",
			      hidden);
	if (status == UNDERSIGN_OK)
		memcpy(out->seed, key + 1, ED25519_SEED_BYTES);
	else
		memset(out, 0, sizeof *out);
	wipe(key, sizeof key);
	return status;
}

void note_private_key_write(struct writer *writer, struct bytes name,
			    const uint8_t seed[static ED25519_SEED_BYTES])
{
	uint8_t typed[1 + ED25519_SEED_BYTES];
	uint8_t public_key[ED25519_PUBLIC_BYTES];

	CHECK(note_name_is_valid(name));
	ed25519_seed_to_key(public_key, seed);
	/* A public key is public. */
	ct_declassify(public_key, sizeof public_key);
	typed[0] = NOTE_KEY_NOTE;
	memcpy(typed + 1, seed, ED25519_SEED_BYTES);
	writer_text(writer, PRIVATE_PREFIX);
	write_key(writer, name, note_key_id(name, NOTE_KEY_NOTE, public_key), typed);
	wipe(typed, sizeof typed);
}
