#include "ssh_keys.h"

#include "encoding.h"
#include "memory.h"
#include "ssh_options.h"
#include "ssh_persons.h"

/* The bytes of an ssh-ed25519 key: a string "ssh-ed25519" and a string of 32 bytes (RFC 8709). */
#define TYPE_ED25519 "ssh-ed25519"
#define BLOB_LEN     (4 + 11 + 4 + ED25519_PUBLIC_BYTES)

struct known_type {
	const char *name;
	enum ssh_keys_reason reason;
};

static const struct known_type known_types[] = {
	{TYPE_ED25519, SSH_KEYS_USABLE},
	{"ssh-rsa", SSH_KEYS_RSA},
	{"rsa-sha2-256", SSH_KEYS_RSA},
	{"rsa-sha2-512", SSH_KEYS_RSA},
	{"ssh-dss", SSH_KEYS_DSA},
	{"ecdsa-sha2-nistp256", SSH_KEYS_ECDSA},
	{"ecdsa-sha2-nistp384", SSH_KEYS_ECDSA},
	{"ecdsa-sha2-nistp521", SSH_KEYS_ECDSA},
	{"sk-ssh-ed25519@openssh.com", SSH_KEYS_SK_ED25519},
	{"sk-ecdsa-sha2-nistp256@openssh.com", SSH_KEYS_SK_ECDSA},
	{"webauthn-sk-ecdsa-sha2-nistp256@openssh.com", SSH_KEYS_SK_ECDSA},
};
#define N_KNOWN_TYPES (sizeof known_types / sizeof known_types[0])

static struct bytes rest_from(struct bytes bytes, size_t offset)
{
	return bytes_part(bytes, offset, bytes.len - offset);
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static void skip_blanks(struct bytes *line)
{
	size_t n = 0;

	while (n < line->len && is_blank(line->data[n]))
		n++;
	*line = rest_from(*line, n);
}

/* The part up to a space or tabulator. */
static struct bytes take_word(struct bytes *line)
{
	size_t n = 0;

	while (n < line->len && !is_blank(line->data[n]))
		n++;
	struct bytes word = bytes_part(*line, 0, n);
	*line = rest_from(*line, n);
	return word;
}

static bool ends_with(struct bytes bytes, const char *end)
{
	struct bytes expected = bytes_from_text(end);

	return bytes.len >= expected.len &&
	       bytes_are_equal(rest_from(bytes, bytes.len - expected.len), expected);
}

/* True if the word is a key's type; *out is then what a key of it is good for. */
static bool is_type(enum ssh_keys_reason *out, struct bytes word)
{
	for (size_t i = 0; i < N_KNOWN_TYPES; i++) {
		if (bytes_are_equal(word, bytes_from_text(known_types[i].name))) {
			*out = known_types[i].reason;
			return true;
		}
	}
	if (ends_with(word, "-cert-v01@openssh.com") || ends_with(word, "-cert-v00@openssh.com")) {
		*out = SSH_KEYS_CERTIFICATE;
		return true;
	}
	return false;
}

/* A word that stands where a type should, and looks like one that nobody knows. */
static bool looks_like_type(struct bytes word)
{
	return bytes_begin_with(word, bytes_from_text("ssh-")) ||
	       bytes_begin_with(word, bytes_from_text("sk-")) ||
	       bytes_begin_with(word, bytes_from_text("ecdsa-")) || ends_with(word, "@openssh.com");
}

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

/* [options] type base64 [comment]; options not in bare files. */
static void parse_key(struct ssh_keys_line *line, struct bytes rest, enum ssh_keys_form form,
		      uint64_t now)
{
	struct bytes all = rest;
	struct bytes options = bytes_from(NULL, 0);

	line->type = take_word(&rest);
	if (!is_type(&line->reason, line->type)) {
		struct bytes first = line->type;

		rest = all;
		line->type = bytes_from(NULL, 0);
		if (form == SSH_KEYS_BARE || looks_like_type(first)) {
			fail(line,
			     looks_like_type(first) ? SSH_KEYS_UNKNOWN_TYPE : SSH_KEYS_BAD_LINE,
			     first);
			return;
		}
		if (!ssh_options_take(&options, &rest)) {
			fail(line, SSH_KEYS_BAD_OPTIONS, all);
			return;
		}
		skip_blanks(&rest);
		line->type = take_word(&rest);
		if (!is_type(&line->reason, line->type)) {
			fail(line,
			     looks_like_type(line->type) ? SSH_KEYS_UNKNOWN_TYPE
							 : SSH_KEYS_BAD_LINE,
			     line->type.len > 0 ? line->type : first);
			return;
		}
	}
	skip_blanks(&rest);
	struct bytes base64 = take_word(&rest);
	skip_blanks(&rest);
	line->comment = rest;
	if (base64.len == 0) {
		fail(line, SSH_KEYS_BAD_LINE, line->type);
		return;
	}
	if (line->reason == SSH_KEYS_USABLE && options.len > 0)
		check_options(line, options, form, now);
	if (line->reason == SSH_KEYS_USABLE)
		parse_blob(line, base64);
}

/* The list of principals, in double quotes or up to a space or tabulator. */
static bool take_principals(struct ssh_keys_line *line, struct bytes *rest)
{
	size_t n = 0;
	bool is_quoted = rest->len > 0 && rest->data[0] == '"';

	if (!is_quoted) {
		line->principals = take_word(rest);
	} else {
		*rest = rest_from(*rest, 1);
		while (n < rest->len && rest->data[n] != '"')
			n++;
		if (n == rest->len || (n + 1 < rest->len && !is_blank(rest->data[n + 1])))
			return false;
		line->principals = bytes_part(*rest, 0, n);
		*rest = rest_from(*rest, n + 1);
	}
	uint8_t before = ',';
	for (size_t i = 0; i < line->principals.len; i++) {
		uint8_t c = line->principals.data[i];

		if (c == '"' || (c == ',' && before == ','))
			return false;
		before = c;
	}
	skip_blanks(rest);
	return before != ',';
}

static bool has_control(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return true;
	}
	return false;
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
	if (text.len > SSH_KEYS_LINE_MAX || has_control(text)) {
		fail(line, SSH_KEYS_BAD_LINE, bytes_from(NULL, 0));
		return;
	}
	if (form == SSH_KEYS_ALLOWED_SIGNERS && !take_principals(line, &text)) {
		fail(line, SSH_KEYS_BAD_LINE, text);
		return;
	}
	parse_key(line, text, form, now);
	check_person(line, persons);
}

/* Takes the next line of a file, without its end and the blanks around it. */
static struct bytes take_line(struct bytes *content)
{
	size_t n = 0;

	while (n < content->len && content->data[n] != '\n')
		n++;
	struct bytes line = bytes_part(*content, 0, n);
	size_t taken = n < content->len ? n + 1 : n;
	*content = rest_from(*content, taken);
	if (line.len > 0 && line.data[line.len - 1] == '\r')
		line.len--;
	skip_blanks(&line);
	while (line.len > 0 && is_blank(line.data[line.len - 1]))
		line.len--;
	return line;
}

static bool is_content(struct bytes line)
{
	return line.len > 0 && line.data[0] != '#';
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
			n += is_content(take_line(&content));
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
			struct bytes text = take_line(&content);
			struct ssh_keys_line *line = &out->lines[out->n];

			if (!is_content(text))
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
