#include "claim_file.h"

#include "ct.h"
#include "encoding.h"
#include "letter_line.h"
#include "record.h"

static const char claim_header[] = "undersigned claim v1";
static const char designated_header[] = "undersigned designated-claim v1";
static const char key_header[] = "undersigned verifier-key v1";
static const char secret_header[] = "undersigned verifier-secret v1";

/* A reader of a text whose size is that of claims and keys. */
static struct line_reader begin(struct bytes text, struct problem *problem)
{
	struct line_reader reader = line_reader_new(text, problem);

	if (text.len > CLAIM_FILE_MAX)
		line_fail(&reader, "a claim or a verifier's key has at most 8192 bytes",
			  bytes_from(NULL, 0));
	return reader;
}

static struct bytes line_name(struct line_reader *reader, const char *key)
{
	struct bytes value = line_value(reader, key);

	return letter_line_name(reader, &value);
}

enum undersign_status claim_file_parse(struct claim_file *out, struct bytes text,
				       struct problem *problem)
{
	struct line_reader reader = begin(text, problem);

	*out = (struct claim_file){0};
	out->is_designated = bytes_begin_with(text, bytes_from_text(designated_header));
	line_header(&reader, out->is_designated ? designated_header : claim_header);
	line_hex(&reader, "letter", out->letter, sizeof out->letter);
	out->ring = line_name(&reader, "ring");
	out->version = (uint32_t)line_decimal(&reader, "version", RECORD_VERSION_MAX);
	out->index = line_decimal(&reader, "index", RING_MAX - 1);
	out->text = line_value(&reader, "text");
	if (out->is_designated) {
		struct bytes value = line_value(&reader, "verifier");

		field_base64(&reader, &value, out->vk, sizeof out->vk);
		field_base64(&reader, &value, out->vk_proof, sizeof out->vk_proof);
		out->verifier = letter_line_name(&reader, &value);
		line_base64(&reader, "tag", out->tag, sizeof out->tag);
	}
	line_base64(&reader, "proof", out->proof, claim_file_proof(out).len);
	enum undersign_status status = line_end(&reader);
	if (status != UNDERSIGN_OK)
		*out = (struct claim_file){0};
	return status;
}

void claim_file_write(struct writer *writer, const struct claim_file *claim)
{
	writer_text(writer, claim->is_designated ? designated_header : claim_header);
	writer_u8(writer, '\n');
	letter_line_write_hex(writer, "letter", bytes_from(claim->letter, sizeof claim->letter));
	line_write(writer, "ring", claim->ring);
	letter_line_write_decimal(writer, "version", claim->version);
	letter_line_write_decimal(writer, "index", claim->index);
	line_write(writer, "text", claim->text);
	if (claim->is_designated) {
		writer_text(writer, "verifier ");
		writer_base64(writer, bytes_from(claim->vk, sizeof claim->vk));
		writer_u8(writer, ' ');
		writer_base64(writer, bytes_from(claim->vk_proof, sizeof claim->vk_proof));
		writer_u8(writer, ' ');
		writer_bytes(writer, claim->verifier);
		writer_u8(writer, '\n');
		letter_line_write_base64(writer, "tag", bytes_from(claim->tag, sizeof claim->tag));
	}
	letter_line_write_base64(writer, "proof", claim_file_proof(claim));
}

enum undersign_status claim_file_key_parse(struct claim_file_key *out, struct bytes text,
					   struct problem *problem)
{
	struct line_reader reader = begin(text, problem);

	*out = (struct claim_file_key){0};
	line_header(&reader, key_header);
	out->name = line_name(&reader, "name");
	line_base64(&reader, "key", out->vk, sizeof out->vk);
	line_base64(&reader, "proof", out->proof, sizeof out->proof);
	enum undersign_status status = line_end(&reader);
	if (status != UNDERSIGN_OK)
		*out = (struct claim_file_key){0};
	return status;
}

void claim_file_key_write(struct writer *writer, const struct claim_file_key *key)
{
	writer_text(writer, key_header);
	writer_u8(writer, '\n');
	line_write(writer, "name", key->name);
	letter_line_write_base64(writer, "key", bytes_from(key->vk, sizeof key->vk));
	letter_line_write_base64(writer, "proof", bytes_from(key->proof, sizeof key->proof));
}

/* A secret never reaches *problem, not even from a damaged line: what was found is left out. */
enum undersign_status claim_file_secret_parse(struct claim_file_secret *out, struct bytes text,
					      struct problem *problem)
{
	struct line_reader reader = begin(text, problem);
	uint8_t encoded[SCALAR_BYTES];

	*out = (struct claim_file_secret){0};
	line_header(&reader, secret_header);
	out->name = line_name(&reader, "name");
	struct bytes value = line_value(&reader, "secret");
	enum undersign_status status = base64_decode_exactly(encoded, sizeof encoded, value);
	if (status != UNDERSIGN_OK)
		line_fail(&reader, "here must be 32 bytes in base64", bytes_from(NULL, 0));
	status = line_end(&reader);
	if (status != UNDERSIGN_OK) {
		problem_what(problem, "not shown, because this text is secret",
			     bytes_from(NULL, 0));
	} else {
		status = scalar_decode(&out->v, encoded);
		if (status == UNDERSIGN_OK && scalar_is_zero(&out->v))
			status = UNDERSIGN_E_ENCODING;
		if (status != UNDERSIGN_OK) {
			problem_where(problem, "secret", bytes_from(NULL, 0));
			problem_rule(problem, "a secret is a canonical scalar and not zero (the "
					      "file is damaged: use its copy)");
			problem_what(problem, "it is not", bytes_from(NULL, 0));
		}
	}
	if (status != UNDERSIGN_OK) {
		wipe(out, sizeof *out);
		*out = (struct claim_file_secret){0};
	}
	wipe(encoded, sizeof encoded);
	return status;
}

void claim_file_secret_write(struct writer *writer, const struct claim_file_secret *secret)
{
	uint8_t encoded[SCALAR_BYTES];

	scalar_encode(encoded, &secret->v);
	writer_text(writer, secret_header);
	writer_u8(writer, '\n');
	line_write(writer, "name", secret->name);
	letter_line_write_base64(writer, "secret", bytes_from(encoded, sizeof encoded));
	wipe(encoded, sizeof encoded);
}
