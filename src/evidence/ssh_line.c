#include "ssh_line.h"

#include "ssh_options.h"

struct known_type {
	const char *name;
	enum ssh_keys_reason reason;
};

static const struct known_type known_types[] = {
	{"ssh-ed25519", SSH_KEYS_USABLE},
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

static void fail(struct ssh_line *line, enum ssh_keys_reason reason, struct bytes detail)
{
	line->reason = reason;
	line->detail = detail;
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

/* The list of principals, in double quotes or up to a space or tabulator. */
static bool take_principals(struct ssh_line *line, struct bytes *rest)
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

/* [options] type base64 [comment]; options not in bare files. */
static void parse_key(struct ssh_line *line, struct bytes rest, enum ssh_keys_form form)
{
	struct bytes all = rest;

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
		if (!ssh_options_take(&line->options, &rest)) {
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
	line->base64 = take_word(&rest);
	skip_blanks(&rest);
	line->comment = rest;
	if (line->base64.len == 0)
		fail(line, SSH_KEYS_BAD_LINE, line->type);
}

void ssh_line_parse(struct ssh_line *out, struct bytes text, enum ssh_keys_form form)
{
	*out = (struct ssh_line){.reason = SSH_KEYS_USABLE};
	if (text.len > SSH_KEYS_LINE_MAX || has_control(text)) {
		fail(out, SSH_KEYS_BAD_LINE, bytes_from(NULL, 0));
		return;
	}
	if (form == SSH_KEYS_ALLOWED_SIGNERS && !take_principals(out, &text)) {
		fail(out, SSH_KEYS_BAD_LINE, text);
		return;
	}
	parse_key(out, text, form);
}

struct bytes ssh_line_take(struct bytes *content)
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

bool ssh_line_is_content(struct bytes line)
{
	return line.len > 0 && line.data[0] != '#';
}
