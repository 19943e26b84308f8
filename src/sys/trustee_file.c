#include "trustee_file.h"

#include "ct.h"
#include "encoding.h"
#include "file.h"
#include "memory.h"
#include "secret.h"
#include "system_problem.h"

#define HEADER "undersigned trustee-secret v1"

static enum undersign_status fail_memory(struct problem *problem)
{
	return system_refuse(problem, "the secret", "", "a secret is kept in memory for secrets",
			     "there is none left: close other programs", UNDERSIGN_E_MEMORY);
}

struct trustee_file *trustee_file_new(const struct scalar *secret)
{
	struct trustee_file *file = secret_take(sizeof *file);

	if (file)
		scalar_encode(file->secret, secret);
	return file;
}

void trustee_file_free(struct trustee_file *file)
{
	secret_free(file);
}

static size_t secret_len(const struct trustee_file *file)
{
	return file->seal.is_sealed ? TRUSTEE_FILE_SEALED : SCALAR_BYTES;
}

enum undersign_status trustee_file_parse(struct trustee_file *out, struct bytes text,
					 struct problem *problem)
{
	wipe(out, sizeof *out);
	struct line_reader reader = line_reader_new(text, problem);
	line_header(&reader, HEADER);
	/* Files of before there were seals have no such line. */
	if (line_is_next(&reader, "seal"))
		secret_seal_parse(&out->seal, &reader);
	struct bytes field = line_value(&reader, "secret");
	/* It is never quoted. */
	if (!reader.has_failed &&
	    base64_decode_exactly(out->secret, secret_len(out), field) != UNDERSIGN_OK)
		line_fail(&reader,
			  out->seal.is_sealed ? "a sealed secret is 72 bytes in base64"
					      : "a secret is 32 bytes in base64",
			  bytes_from(NULL, 0));
	enum undersign_status status = line_end(&reader);
	if (status != UNDERSIGN_OK)
		wipe(out, sizeof *out);
	return status;
}

void trustee_file_write(struct writer *writer, const struct trustee_file *file)
{
	writer_text(writer, HEADER "\n");
	if (file->seal.is_sealed)
		secret_seal_write(writer, &file->seal);
	writer_text(writer, "secret ");
	writer_base64(writer, bytes_from(file->secret, secret_len(file)));
	writer_u8(writer, '\n');
}

enum undersign_status trustee_file_seal(struct trustee_file *file, struct bytes passphrase,
					uint32_t operations, uint32_t memory_kib,
					const struct random_source *random, struct problem *problem)
{
	struct secret_seal seal;
	uint8_t *key = NULL;

	CHECK(!file->seal.is_sealed);
	enum undersign_status status =
		secret_seal_new(&seal, operations, memory_kib, random, problem);
	if (status == UNDERSIGN_OK)
		status = secret_seal_key(&key, &seal, passphrase, problem);
	if (status == UNDERSIGN_OK)
		status = secret_seal_close(file->secret, file->secret, SCALAR_BYTES, key, random,
					   problem);
	if (status == UNDERSIGN_OK)
		file->seal = seal;
	secret_free(key);
	return status;
}

static enum undersign_status open_sealed(uint8_t *encoded, const struct trustee_file *file,
					 struct bytes passphrase, struct problem *problem)
{
	uint8_t *key;
	enum undersign_status status = secret_seal_key(&key, &file->seal, passphrase, problem);

	if (status == UNDERSIGN_OK)
		status = secret_seal_open(encoded, SCALAR_BYTES, file->secret, key, problem);
	secret_free(key);
	return status;
}

enum undersign_status trustee_file_open(struct scalar *secret, const struct trustee_file *file,
					struct bytes passphrase, struct problem *problem)
{
	uint8_t *encoded = secret_take(SCALAR_BYTES);
	enum undersign_status status = UNDERSIGN_OK;

	wipe(secret, sizeof *secret);
	if (!encoded)
		return fail_memory(problem);
	if (file->seal.is_sealed)
		status = open_sealed(encoded, file, passphrase, problem);
	else
		memcpy(encoded, file->secret, SCALAR_BYTES);
	if (status == UNDERSIGN_OK && scalar_decode(secret, encoded) != UNDERSIGN_OK) {
		wipe(secret, sizeof *secret);
		status = system_refuse(problem, "the secret", "",
				       "a trustee's secret, as undersign poll key made it",
				       "it holds something else (not shown)", UNDERSIGN_E_INVALID);
	}
	secret_free(encoded);
	return status;
}

enum undersign_status trustee_file_create(const char *path, const struct trustee_file *file,
					  struct problem *problem)
{
	uint8_t *text = secret_take(TRUSTEE_FILE_MAX);

	if (!text)
		return fail_memory(problem);
	struct writer writer = writer_new(text, TRUSTEE_FILE_MAX);
	trustee_file_write(&writer, file);
	enum undersign_status status =
		file_write(path, writer_view(&writer), FILE_PRIVATE, FILE_NEW, problem);
	secret_free(text);
	return status;
}

enum undersign_status trustee_file_read(struct trustee_file **out, const char *path,
					struct problem *problem)
{
	struct file_content content;

	*out = NULL;
	enum undersign_status status =
		file_read(&content, path, TRUSTEE_FILE_MAX, FILE_PRIVATE, problem);
	if (status != UNDERSIGN_OK)
		return status;
	struct trustee_file *file = secret_take(sizeof *file);
	status = file ? trustee_file_parse(file, file_content_view(&content), problem)
		      : fail_memory(problem);
	file_content_free(&content);
	if (status != UNDERSIGN_OK) {
		problem_inside(problem, "file", bytes_from_text(path));
		trustee_file_free(file);
		return status;
	}
	*out = file;
	return UNDERSIGN_OK;
}
