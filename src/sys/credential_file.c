#include "credential_file.h"

#include "ct.h"
#include "secret.h"
#include "system_problem.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

_Static_assert(CREDENTIAL_SALT_BYTES == crypto_pwhash_argon2id_SALTBYTES, "one salt");
_Static_assert(CREDENTIAL_SEALED_BYTES == crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES +
						  UNDERSIGN_SECRET_BYTES,
	       "nonce, tag, secret");

static enum undersign_status refuse(struct problem *problem, const char *rule, const char *what,
				    enum undersign_status status)
{
	return system_refuse(problem, "the credential", "", rule, what, status);
}

static enum undersign_status fail_memory(struct problem *problem)
{
	return refuse(problem, "a sealed credential needs up to 64 MiB of memory",
		      "there is not enough: close other programs", UNDERSIGN_E_MEMORY);
}

/* The key in memory for secrets, *out NULL on failure; sodium has been initialised by
 * secret_take. */
static enum undersign_status derive_key(uint8_t **out, const struct credential *credential,
					struct bytes passphrase, struct problem *problem)
{
	*out = secret_take(crypto_secretbox_KEYBYTES);
	if (!*out)
		return fail_memory(problem);
	if (crypto_pwhash_argon2id(*out, crypto_secretbox_KEYBYTES, (const char *)passphrase.data,
				   passphrase.len, credential->salt, credential->operations,
				   (size_t)credential->memory_kib * 1024,
				   crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0)
		return UNDERSIGN_OK;
	secret_free(*out);
	*out = NULL;
	return fail_memory(problem);
}

static enum undersign_status check_passphrase(struct bytes passphrase, struct problem *problem)
{
	if (passphrase.len >= 1 && passphrase.len <= CREDENTIAL_PASS_MAX)
		return UNDERSIGN_OK;
	return refuse(problem, "a passphrase has 1 to 1024 bytes",
		      "this one is empty or longer: six words are enough", UNDERSIGN_E_USAGE);
}

/* Seals the open columns of a copy. */
static enum undersign_status seal_copy(struct credential *copy, struct bytes passphrase,
				       const struct random_source *random, struct problem *problem)
{
	static const char rule[] = "a credential needs good random numbers";
	uint8_t sealed[CREDENTIAL_SEALED_BYTES];
	uint8_t *key = NULL;

	enum undersign_status status = random->fill(random->cookie, copy->salt, sizeof copy->salt);
	if (status != UNDERSIGN_OK)
		return refuse(problem, rule, "this computer gives none: nothing was sealed",
			      status);
	status = derive_key(&key, copy, passphrase, problem);
	for (uint32_t i = 0; i < copy->n_columns && status == UNDERSIGN_OK; i++) {
		struct credential_column *column = &copy->columns[i];

		if (column->state != CREDENTIAL_OPEN)
			continue;
		status = random->fill(random->cookie, sealed, crypto_secretbox_NONCEBYTES);
		if (status != UNDERSIGN_OK) {
			(void)refuse(problem, rule, "this computer gives none: nothing was sealed",
				     status);
			break;
		}
		CHECK(crypto_secretbox_easy(sealed + crypto_secretbox_NONCEBYTES, column->secret,
					    UNDERSIGN_SECRET_BYTES, sealed, key) == 0);
		memcpy(column->secret, sealed, sizeof sealed);
		column->state = CREDENTIAL_SEALED;
	}
	secret_free(key);
	return status;
}

enum undersign_status credential_seal(struct credential *credential, struct bytes passphrase,
				      uint32_t operations, uint32_t memory_kib,
				      const struct random_source *random, struct problem *problem)
{
	CHECK(!credential->is_sealed);
	enum undersign_status status = check_passphrase(passphrase, problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (operations < 1 || operations > CREDENTIAL_OPERATIONS_MAX ||
	    memory_kib < CREDENTIAL_MEMORY_MIN || memory_kib > CREDENTIAL_MEMORY_MAX)
		return refuse(problem,
			      "argon2id has 1 to 10 operations and 8192 to 65536 KiB of memory",
			      "other numbers were asked for", UNDERSIGN_E_USAGE);
	struct credential *copy = credential_new();
	if (!copy)
		return fail_memory(problem);
	*copy = *credential;
	copy->is_sealed = true;
	copy->operations = operations;
	copy->memory_kib = memory_kib;
	status = seal_copy(copy, passphrase, random, problem);
	if (status == UNDERSIGN_OK)
		*credential = *copy;
	credential_free(copy);
	return status;
}

static enum undersign_status open_sealed(uint8_t secret[static UNDERSIGN_SECRET_BYTES],
					 const struct credential *credential,
					 const struct credential_column *column,
					 struct bytes passphrase, struct problem *problem)
{
	static const size_t nonce_len = crypto_secretbox_NONCEBYTES;
	uint8_t *key;

	enum undersign_status status = check_passphrase(passphrase, problem);
	if (status != UNDERSIGN_OK)
		return UNDERSIGN_E_INVALID;
	status = derive_key(&key, credential, passphrase, problem);
	if (status != UNDERSIGN_OK)
		return status;
	int is_wrong =
		crypto_secretbox_open_easy(secret, column->secret + nonce_len,
					   sizeof column->secret - nonce_len, column->secret, key);
	secret_free(key);
	if (is_wrong == 0)
		return UNDERSIGN_OK;
	wipe(secret, UNDERSIGN_SECRET_BYTES);
	return refuse(problem, "a sealed credential opens with its passphrase",
		      "The passphrase does not open this file.", UNDERSIGN_E_INVALID);
}

enum undersign_status credential_secret(uint8_t secret[static UNDERSIGN_SECRET_BYTES],
					const struct credential *credential, uint32_t column,
					struct bytes passphrase, struct problem *problem)
{
	wipe(secret, UNDERSIGN_SECRET_BYTES);
	if (column < 1 || column > credential->n_columns)
		return refuse(problem, "the credential must have the letter's column",
			      "it does not: it is of another edition of the roster",
			      UNDERSIGN_E_MISSING);
	const struct credential_column *found = &credential->columns[column - 1];
	if (found->state == CREDENTIAL_BURNT)
		return refuse(problem, "the column's secret must still be there",
			      "It is burnt: you can no longer sign or withdraw here.",
			      UNDERSIGN_E_MISSING);
	if (found->state == CREDENTIAL_SEALED)
		return open_sealed(secret, credential, found, passphrase, problem);
	memcpy(secret, found->secret, UNDERSIGN_SECRET_BYTES);
	return UNDERSIGN_OK;
}

/* The text in memory for secrets; *out NULL without memory. */
static struct bytes make_text(uint8_t **out, const struct credential *credential)
{
	*out = secret_take(CREDENTIAL_TEXT_MAX);
	if (!*out)
		return bytes_from(NULL, 0);
	struct writer writer = writer_new(*out, CREDENTIAL_TEXT_MAX);
	credential_write(&writer, credential);
	return writer_view(&writer);
}

enum undersign_status credential_file_create(const char *path, const struct credential *credential,
					     struct problem *problem)
{
	uint8_t *text;
	struct bytes view = make_text(&text, credential);
	enum undersign_status status =
		text ? file_write(path, view, FILE_PRIVATE, FILE_NEW, problem)
		     : fail_memory(problem);

	secret_free(text);
	return status;
}

enum undersign_status credential_file_read(struct credential **out, uint32_t *out_due,
					   const char *path, uint64_t now_seconds,
					   struct problem *problem)
{
	struct file_content content;

	*out = NULL;
	if (out_due)
		*out_due = 0;
	enum undersign_status status =
		file_read(&content, path, CREDENTIAL_TEXT_MAX, FILE_PRIVATE, problem);
	if (status != UNDERSIGN_OK)
		return status;
	struct credential *credential = credential_new();
	status = credential ? credential_parse(credential, file_content_view(&content), problem)
			    : fail_memory(problem);
	file_content_free(&content);
	if (status != UNDERSIGN_OK) {
		problem_inside(problem, "file", bytes_from_text(path));
		credential_free(credential);
		return status;
	}
	if (out_due)
		*out_due = credential_due(credential, now_seconds);
	*out = credential;
	return UNDERSIGN_OK;
}

/* Whoever else changed the file meanwhile must not lose what he wrote. */
static enum undersign_status check_unchanged(const char *path, const struct credential *credential,
					     struct problem *problem)
{
	struct file_content content;
	uint8_t *text;

	enum undersign_status status =
		file_read(&content, path, CREDENTIAL_TEXT_MAX, FILE_PRIVATE, problem);
	if (status != UNDERSIGN_OK)
		return status;
	struct bytes wanted = make_text(&text, credential);
	bool is_same = text && wanted.len == content.len &&
		       ct_bytes_are_equal(wanted.data, content.data, wanted.len);
	if (!text)
		status = fail_memory(problem);
	else if (!is_same)
		status = system_refuse(
			problem, "file", path, "a credential must stay as it is while it is used",
			"another program has changed it: do it again", UNDERSIGN_E_CONFLICT);
	secret_free(text);
	file_content_free(&content);
	return status;
}

/* Returns true if anything was burnt. */
static bool burn_columns(struct credential *credential, uint32_t columns)
{
	bool is_changed = false;

	for (uint32_t i = 0; i < credential->n_columns; i++) {
		struct credential_column *column = &credential->columns[i];

		if ((columns >> i & 1) == 0 || column->state == CREDENTIAL_BURNT)
			continue;
		wipe(column->secret, sizeof column->secret);
		column->state = CREDENTIAL_BURNT;
		is_changed = true;
	}
	return is_changed;
}

enum undersign_status credential_file_burn(const char *path, struct credential *credential,
					   uint32_t columns, struct problem *problem)
{
	enum undersign_status status;
	uint8_t *text = NULL;
	struct credential *copy = credential_new();

	if (!copy)
		return fail_memory(problem);
	*copy = *credential;
	if (!burn_columns(copy, columns)) {
		status = UNDERSIGN_OK;
		goto out;
	}
	status = check_unchanged(path, credential, problem);
	if (status != UNDERSIGN_OK)
		goto out;
	struct bytes view = make_text(&text, copy);
	status = text ? file_replace_and_burn(path, view, problem) : fail_memory(problem);
	if (status == UNDERSIGN_OK)
		*credential = *copy;
out:
	secret_free(text);
	credential_free(copy);
	return status;
}
