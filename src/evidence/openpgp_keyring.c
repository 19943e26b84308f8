#include "openpgp_keyring.h"

#include "memory.h"

#include <openssl/evp.h>

enum packet_tag {
	TAG_SECRET_KEY = 5,
	TAG_PUBLIC_KEY = 6,
	TAG_SECRET_SUBKEY = 7,
	TAG_PUBLIC_SUBKEY = 14,
};

#define SHA1_BYTES 20

/* Takes a packet (RFC 4880 section 4.2). False for what is none, or has no length of its own. */
static bool take_packet(unsigned *tag, struct bytes *body, struct bytes *rest)
{
	struct cursor cursor = cursor_new(*rest);
	uint8_t first = cursor_u8(&cursor);
	uint32_t len = 0;

	if (first & 0x40) {
		uint8_t octet = cursor_u8(&cursor);

		*tag = first & 0x3fU;
		if (octet < 192)
			len = octet;
		else if (octet < 224)
			len = (octet - 192U) * 256U + cursor_u8(&cursor) + 192U;
		else if (octet == 255)
			len = cursor_u32be(&cursor);
		else
			return false; /* in parts: not for keys */
	} else {
		*tag = first >> 2 & 0x0fU;
		switch (first & 3U) {
		case 0:
			len = cursor_u8(&cursor);
			break;
		case 1:
			len = cursor_u16be(&cursor);
			break;
		case 2:
			len = cursor_u32be(&cursor);
			break;
		default:
			return false;
		}
	}
	*body = cursor_take(&cursor, len);
	if (cursor.has_failed || (first & 0x80) == 0 || *tag == 0)
		return false;
	*rest = cursor.rest;
	return true;
}

struct openpgp_keyring openpgp_keyring_read(struct bytes content, struct problem *problem)
{
	return (struct openpgp_keyring){.rest = content, .problem = problem};
}

static bool fail(struct openpgp_keyring *keyring, const char *what)
{
	keyring->has_failed = true;
	problem_where_number(keyring->problem, "key", keyring->n + UINT64_C(1));
	problem_rule(keyring->problem,
		     "a keyring is public keys, one after the other, as gpg --export writes them");
	problem_what(keyring->problem, what, bytes_from(NULL, 0));
	return false;
}

bool openpgp_keyring_next(struct openpgp_keyring *keyring)
{
	struct bytes whole = keyring->rest;
	bool has_begun = false;

	if (keyring->has_failed || whole.len == 0)
		return false;
	while (keyring->rest.len > 0) {
		struct bytes before = keyring->rest, body;
		unsigned tag;

		if (!take_packet(&tag, &body, &keyring->rest))
			return fail(keyring, "a packet is broken");
		if (tag == TAG_SECRET_KEY || tag == TAG_SECRET_SUBKEY)
			return fail(keyring, "there is a secret key: export the public ones only");
		if (tag == TAG_PUBLIC_KEY && has_begun) {
			keyring->rest = before;
			break;
		}
		if (tag != TAG_PUBLIC_KEY && !has_begun)
			return fail(keyring, "it does not begin with a public key");
		has_begun = true;
	}
	keyring->key = bytes_part(whole, 0, whole.len - keyring->rest.len);
	keyring->n++;
	return true;
}

/* The last bytes of SHA-1(0x99 ‖ u16be length ‖ body): RFC 4880 section 12.2. */
static bool has_id(struct bytes body, const uint8_t id[static OPENPGP_KEY_ID_BYTES])
{
	uint8_t head[3] = {0x99, (uint8_t)(body.len >> 8), (uint8_t)body.len};
	uint8_t hash[SHA1_BYTES];
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool is_same =
		body.len > 0 && body.len <= UINT16_MAX && body.data[0] == 4 && context &&
		EVP_DigestInit_ex(context, EVP_sha1(), NULL) == 1 &&
		EVP_DigestUpdate(context, head, sizeof head) == 1 &&
		EVP_DigestUpdate(context, body.data, body.len) == 1 &&
		EVP_DigestFinal_ex(context, hash, NULL) == 1 &&
		memcmp(hash + SHA1_BYTES - OPENPGP_KEY_ID_BYTES, id, OPENPGP_KEY_ID_BYTES) == 0;

	EVP_MD_CTX_free(context);
	return is_same;
}

bool openpgp_keyring_key_has_id(struct bytes key, const uint8_t id[static OPENPGP_KEY_ID_BYTES])
{
	struct bytes body;
	unsigned tag;

	while (key.len > 0 && take_packet(&tag, &body, &key)) {
		if ((tag == TAG_PUBLIC_KEY || tag == TAG_PUBLIC_SUBKEY) && has_id(body, id))
			return true;
	}
	return false;
}
