#include "ssh_keys.h"

#include "encoding.h"
#include "memory.h"
#include "ssh_line.h"
#include "ssh_options.h"
#include "ssh_persons.h"

/* The bytes of an ssh-ed25519 key: a string "ssh-ed25519" and a string of 32 bytes (RFC 8709). */
#define TYPE_ED25519 "ssh-ed25519"
#define BLOB_LEN     (4 + 11 + 4 + ED25519_PUBLIC_BYTES)

static void fail(struct ssh_keys_line *line, enum ssh_keys_reason reason, struct bytes detail)
{
	line->reason = reason;
	line->detail = detail;
}

/* The key's bytes: exactly as RFC 8709 says, and a point that can be a ring member. */
static void parse_blob(struct ssh_keys_line *line, struct bytes base64)
{
	uint8_t blob[4 * BLOB_LEN];
	size_t len = 0;
	struct point point;
	enum undersign_status status = base64_decode(blob, &len, sizeof blob, base64);

	if (status != UNDERSIGN_OK) {
		fail(line, status == UNDERSIGN_E_LIMIT ? SSH_KEYS_BAD_LENGTH : SSH_KEYS_BAD_BASE64,
		     base64);
		return;
	}
	struct cursor cursor = cursor_new(bytes_from(blob, len));
	struct bytes type = cursor_take(&cursor, cursor_u32be(&cursor));
	if (!cursor.has_failed && !bytes_are_equal(type, bytes_from_text(TYPE_ED25519))) {
		fail(line, SSH_KEYS_TYPE_DIFFERS, base64);
		return;
	}
	uint32_t key_len = cursor_u32be(&cursor);
	struct bytes key = cursor_take(&cursor, key_len);
	if (!cursor_is_at_end(&cursor) || key_len != ED25519_PUBLIC_BYTES) {
		fail(line, SSH_KEYS_BAD_LENGTH, base64);
		return;
	}
	memcpy(line->key, key.data, sizeof line->key);
	if (ed25519_key_to_point_vartime(&point, line->key) != UNDERSIGN_OK)
		fail(line, SSH_KEYS_BAD_POINT, base64);
}

static void check_options(struct ssh_keys_line *line, struct bytes options, enum ssh_keys_form form,
			  uint64_t now)
{
	struct ssh_options parsed;
	struct bytes bad;
	bool are_good = form == SSH_KEYS_AUTHORIZED
				? ssh_options_parse_authorized(&parsed, &bad, options)
				: ssh_options_parse_signers(&parsed, &bad, options);

	if (!are_good)
		fail(line, SSH_KEYS_BAD_OPTIONS, bad);
	else if (parsed.is_cert_authority)
		fail(line, SSH_KEYS_CERT_AUTHORITY, options);
	else if (parsed.valid_before > 0 && now > parsed.valid_before)
		fail(line, SSH_KEYS_EXPIRED, options);
	else if (parsed.valid_after > 0 && now < parsed.valid_after)
		fail(line, SSH_KEYS_NOT_YET_VALID, options);
}

/* Whether it is known whose key it is. */
static void check_person(struct ssh_keys_line *line, enum ssh_keys_persons persons)
{
	if (line->reason != SSH_KEYS_USABLE)
		return;
	if (persons == SSH_KEYS_BY_COMMENT && line->comment.len == 0)
		fail(line, SSH_KEYS_NO_PERSON, bytes_from(NULL, 0));
	if (persons == SSH_KEYS_BY_PRINCIPAL && !ssh_persons_are_named(line->principals))
		fail(line, SSH_KEYS_NO_PERSON, line->principals);
}

static void parse_line(struct ssh_keys_line *line, struct bytes text, enum ssh_keys_form form,
		       enum ssh_keys_persons persons, uint64_t now)
{
	struct ssh_line parts;

	ssh_line_parse(&parts, text, form);
	line->reason = parts.reason;
	line->detail = parts.detail;
	line->principals = parts.principals;
	line->type = parts.type;
	line->comment = parts.comment;
	if (line->reason == SSH_KEYS_USABLE && parts.options.len > 0)
		check_options(line, parts.options, form, now);
	if (line->reason == SSH_KEYS_USABLE)
		parse_blob(line, parts.base64);
	check_person(line, persons);
}

static enum undersign_status refuse(struct problem *problem, enum undersign_status status,
				    const struct ssh_keys_file *file, const char *rule,
				    const char *what)
{
	if (file)
		problem_where(problem, "file", file->name);
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return status;
}

static enum undersign_status count_lines(uint32_t *out, const struct ssh_keys_file *files,
					 size_t n_files, enum ssh_keys_persons persons,
					 struct problem *problem)
{
	uint32_t n = 0;

	for (size_t f = 0; f < n_files; f++) {
		struct bytes content = files[f].content;

		if (content.len > SSH_KEYS_FILE_MAX)
			return refuse(problem, UNDERSIGN_E_LIMIT, &files[f],
				      "a list of keys has at most 64 MiB", "it is longer");
		if (persons == SSH_KEYS_BY_PRINCIPAL && files[f].form != SSH_KEYS_ALLOWED_SIGNERS)
			return refuse(problem, UNDERSIGN_E_USAGE, &files[f],
				      "only allowed_signers files name the principal of a key",
				      "this is of another form; tell persons apart by comment or "
				      "file, or declare one key a person");
		while (content.len > 0) {
			n += ssh_line_is_content(ssh_line_take(&content));
			if (n > SSH_KEYS_LINES_MAX)
				return refuse(problem, UNDERSIGN_E_LIMIT, &files[f],
					      "lists of keys have at most 4194304 lines in all",
					      "there are more");
		}
	}
	*out = n;
	return UNDERSIGN_OK;
}

enum undersign_status ssh_keys_read(struct ssh_keys *out, const struct ssh_keys_file *files,
				    size_t n_files, enum ssh_keys_persons persons, uint64_t now,
				    struct arena *arena, struct problem *problem)
{
	uint32_t n = 0;
	enum undersign_status status;

	memset(out, 0, sizeof *out);
	if (n_files > SSH_KEYS_LINES_MAX)
		return refuse(problem, UNDERSIGN_E_LIMIT, NULL,
			      "an import has at most 4194304 files", "there are more");
	status = count_lines(&n, files, n_files, persons, problem);
	if (status != UNDERSIGN_OK)
		return status;
	out->lines = ARENA_TAKE(arena, struct ssh_keys_line, n + (size_t)1);
	if (!out->lines)
		return refuse(problem, UNDERSIGN_E_MEMORY, NULL, "the list must fit into memory",
			      "there is none left");
	for (size_t f = 0; f < n_files; f++) {
		struct bytes content = files[f].content;

		for (uint32_t number = 1; content.len > 0; number++) {
			struct bytes text = ssh_line_take(&content);
			struct ssh_keys_line *line = &out->lines[out->n];

			if (!ssh_line_is_content(text))
				continue;
			line->file = (uint32_t)f;
			line->number = number;
			parse_line(line, text, files[f].form, persons, now);
			out->n++;
		}
	}
	status = ssh_persons_join(out, persons, arena);
	if (status != UNDERSIGN_OK) {
		memset(out, 0, sizeof *out);
		return refuse(problem, status, NULL, "the list must fit into memory",
			      "there is none left");
	}
	for (uint32_t i = 0; i < out->n; i++)
		out->n_of[out->lines[i].reason]++;
	return UNDERSIGN_OK;
}
