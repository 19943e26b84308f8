#include "credential_file.h"

#include "ct.h"
#include "secret.h"
#include "system_problem.h"

#include <errno.h>
#include <string.h>

static enum undersign_status refuse(struct problem *problem, const char *rule, const char *what,
				    enum undersign_status status)
{
	return system_refuse(problem, "the credential", "", rule, what, status);
}

static enum undersign_status fail_memory(struct problem *problem)
{
	return refuse(problem, "a credential is kept in memory for secrets",
		      "there is none left: close other programs", UNDERSIGN_E_MEMORY);
}

/* Seals the open columns of a copy, which has its seal. */
static enum undersign_status seal_copy(struct credential *copy, struct bytes passphrase,
				       const struct random_source *random, struct problem *problem)
{
	uint8_t *key;
	enum undersign_status status = secret_seal_key(&key, &copy->seal, passphrase, problem);

	if (status == UNDERSIGN_E_INVALID)
		status = UNDERSIGN_E_USAGE;
	for (uint32_t i = 0; i < copy->n_columns && status == UNDERSIGN_OK; i++) {
		struct credential_column *column = &copy->columns[i];

		if (column->state != CREDENTIAL_OPEN)
			continue;
		status = secret_seal_close(column->secret, column->secret, UNDERSIGN_SECRET_BYTES,
					   key, random, problem);
		column->state = CREDENTIAL_SEALED;
	}
	secret_free(key);
	return status;
}

enum undersign_status credential_seal(struct credential *credential, struct bytes passphrase,
				      uint32_t operations, uint32_t memory_kib,
				      const struct random_source *random, struct problem *problem)
{
	CHECK(!credential->seal.is_sealed);
	struct credential *copy = credential_new();
	if (!copy)
		return fail_memory(problem);
	*copy = *credential;
	enum undersign_status status =
		secret_seal_new(&copy->seal, operations, memory_kib, random, problem);
	if (status == UNDERSIGN_OK)
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
	uint8_t *key;
	enum undersign_status status =
		secret_seal_key(&key, &credential->seal, passphrase, problem);

	if (status == UNDERSIGN_OK)
		status = secret_seal_open(secret, UNDERSIGN_SECRET_BYTES, column->secret, key,
					  problem);
	if (status != UNDERSIGN_OK)
		problem_where(problem, "the credential", bytes_from(NULL, 0));
	secret_free(key);
	return status;
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
