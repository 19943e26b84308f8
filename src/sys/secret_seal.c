#include "secret_seal.h"

#include "ct.h"
#include "memory.h"
#include "secret.h"
#include "system_problem.h"

#include <sodium.h>

_Static_assert(SECRET_SEAL_SALT_BYTES == crypto_pwhash_argon2id_SALTBYTES, "one salt");
_Static_assert(SECRET_SEAL_BYTES == crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES,
	       "nonce, tag");

static const char bounds[] = N_("argon2id has 1 to 10 operations and 8192 to 65536 KiB of memory");

static enum undersign_status refuse(struct problem *problem, const char *rule, const char *what,
				    enum undersign_status status)
{
	return system_refuse(problem, "the secret", "", rule, what, status);
}

static bool is_within_bounds(uint32_t operations, uint32_t memory_kib)
{
	return operations >= 1 && operations <= SECRET_SEAL_OPERATIONS_MAX &&
	       memory_kib >= SECRET_SEAL_MEMORY_MIN && memory_kib <= SECRET_SEAL_MEMORY_MAX;
}

static enum undersign_status draw(uint8_t *out, size_t len, const struct random_source *random,
				  struct problem *problem)
{
	const enum undersign_status status = random->fill(random->cookie, out, len);

	if (status == UNDERSIGN_OK)
		return UNDERSIGN_OK;
	return refuse(problem, "a seal needs good random numbers",
		      "this computer gives none: nothing was sealed", status);
}

enum undersign_status secret_seal_new(struct secret_seal *out, uint32_t operations,
				      uint32_t memory_kib, const struct random_source *random,
				      struct problem *problem)
{
	struct secret_seal seal = {
		.is_sealed = true, .operations = operations, .memory_kib = memory_kib};

	*out = (struct secret_seal){0};
	if (!is_within_bounds(operations, memory_kib))
		return refuse(problem, bounds, "other numbers were asked for", UNDERSIGN_E_USAGE);
	const enum undersign_status status = draw(seal.salt, sizeof seal.salt, random, problem);
	if (status == UNDERSIGN_OK)
		*out = seal;
	return status;
}

enum undersign_status secret_seal_key(uint8_t **out, const struct secret_seal *seal,
				      struct bytes passphrase, struct problem *problem)
{
	*out = NULL;
	if (passphrase.len < 1 || passphrase.len > SECRET_SEAL_PASS_MAX)
		return refuse(problem, "a passphrase has 1 to 1024 bytes",
			      "this one is empty or longer: six words are enough",
			      UNDERSIGN_E_INVALID);
	/* It initialises sodium too. */
	uint8_t *key = secret_take(crypto_secretbox_KEYBYTES);
	if (key && crypto_pwhash_argon2id(key, crypto_secretbox_KEYBYTES,
					  (const char *)passphrase.data, passphrase.len, seal->salt,
					  seal->operations, (size_t)seal->memory_kib * 1024,
					  crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0) {
		*out = key;
		return UNDERSIGN_OK;
	}
	secret_free(key);
	return refuse(problem, "what is sealed needs up to 64 MiB of memory to be opened",
		      "there is not enough: close other programs", UNDERSIGN_E_MEMORY);
}

enum undersign_status secret_seal_close(uint8_t *out, const uint8_t *secret, size_t len,
					const uint8_t *key, const struct random_source *random,
					struct problem *problem)
{
	uint8_t nonce[crypto_secretbox_NONCEBYTES];
	const enum undersign_status status = draw(nonce, sizeof nonce, random, problem);

	if (status != UNDERSIGN_OK)
		return status;
	/* It allows an overlap. */
	CHECK(crypto_secretbox_easy(out + sizeof nonce, secret, len, nonce, key) == 0);
	memcpy(out, nonce, sizeof nonce);
	return UNDERSIGN_OK;
}

enum undersign_status secret_seal_open(uint8_t *secret, size_t len, const uint8_t *sealed,
				       const uint8_t *key, struct problem *problem)
{
	if (crypto_secretbox_open_easy(secret, sealed + crypto_secretbox_NONCEBYTES,
				       len + crypto_secretbox_MACBYTES, sealed, key) == 0)
		return UNDERSIGN_OK;
	wipe(secret, len);
	return refuse(problem, "what is sealed opens with its passphrase",
		      "The passphrase does not open this file.", UNDERSIGN_E_INVALID);
}

void secret_seal_parse(struct secret_seal *out, struct line_reader *reader)
{
	struct bytes value = line_value(reader, "seal");
	struct bytes kind = field_take(reader, &value);

	*out = (struct secret_seal){0};
	if (reader->has_failed)
		return;
	if (bytes_are_equal(kind, bytes_from_text("none"))) {
		field_end(reader, value);
		return;
	}
	if (!bytes_are_equal(kind, bytes_from_text("argon2id"))) {
		line_fail(reader, "the seal is none or argon2id", kind);
		return;
	}
	out->is_sealed = true;
	out->operations = (uint32_t)field_decimal(reader, &value, SECRET_SEAL_OPERATIONS_MAX);
	out->memory_kib = (uint32_t)field_decimal(reader, &value, SECRET_SEAL_MEMORY_MAX);
	field_base64(reader, &value, out->salt, sizeof out->salt);
	field_end(reader, value);
	if (!reader->has_failed && !is_within_bounds(out->operations, out->memory_kib))
		line_fail(reader, bounds, bytes_from(NULL, 0));
}

void secret_seal_write(struct writer *writer, const struct secret_seal *seal)
{
	if (!seal->is_sealed) {
		writer_text(writer, "seal none\n");
		return;
	}
	writer_text(writer, "seal argon2id ");
	writer_decimal(writer, seal->operations);
	writer_u8(writer, ' ');
	writer_decimal(writer, seal->memory_kib);
	writer_u8(writer, ' ');
	writer_base64(writer, bytes_from(seal->salt, sizeof seal->salt));
	writer_u8(writer, '\n');
}
