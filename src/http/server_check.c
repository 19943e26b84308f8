#include "server_check.h"

#include <string.h>

const struct server_refusal server_refusals[SERVER_REFUSALS] = {
	{400, "The request has not the form that this server asks for.\n"},
	{405, "This server knows GET, HEAD and POST.\n"},
	{411, "The request does not tell its length.\n"},
	{413, "The request is longer than it may be.\n"},
	{414, "The address is longer than it may be.\n"},
	{415, "The request is encoded in a way that this server does not read.\n"},
	{417, "This server meets no such expectation.\n"},
	{431, "The request's head is longer than it may be.\n"},
	{503, "The server is busy. Try again later.\n"},
	{505, "This server speaks HTTP/1.0 and HTTP/1.1.\n"},
};

static bool is_alphanumeric(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Listed, as text: a zero byte is none of them. */
static bool is_one_of(uint8_t c, const char *listed)
{
	return c != '\0' && strchr(listed, c);
}

static bool segment_is_allowed(struct bytes segment, bool is_last)
{
	if (segment.len == 0)
		return is_last;
	return !bytes_are_equal(segment, bytes_from_text(".")) &&
	       !bytes_are_equal(segment, bytes_from_text(".."));
}

static bool path_is_allowed(struct bytes path)
{
	size_t begin = 1;

	if (path.len == 0 || path.data[0] != '/')
		return false;
	for (size_t i = 1; i <= path.len; i++) {
		if (i < path.len && path.data[i] != '/') {
			if (!is_alphanumeric(path.data[i]) && !is_one_of(path.data[i], "-._~+=@:"))
				return false;
			continue;
		}
		if (!segment_is_allowed(bytes_part(path, begin, i - begin), i == path.len))
			return false;
		begin = i + 1;
	}
	return true;
}

static bool query_is_allowed(struct bytes query)
{
	for (size_t i = 0; i < query.len; i++)
		if (query.data[i] <= ' ' || query.data[i] > '~' ||
		    is_one_of(query.data[i], "\"<>\\^`{|}#"))
			return false;
	return true;
}

int server_target_check(size_t *out_path_len, struct bytes target)
{
	const uint8_t *mark = target.len ? memchr(target.data, '?', target.len) : NULL;
	const size_t path_len = mark ? (size_t)(mark - target.data) : target.len;

	*out_path_len = path_len;
	if (target.len > SERVER_TARGET_MAX)
		return 414;
	if (!path_is_allowed(bytes_part(target, 0, path_len)))
		return 400;
	if (mark && !query_is_allowed(bytes_part(target, path_len + 1, target.len - path_len - 1)))
		return 400;
	return 0;
}

bool server_name_is(struct bytes name, const char *expected)
{
	if (name.len != strlen(expected))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		const uint8_t c = name.data[i], wanted = (uint8_t)expected[i];
		const bool is_letter = (wanted | 0x20) >= 'a' && (wanted | 0x20) <= 'z';
		if (c != wanted && !(is_letter && (c ^ wanted) == 0x20))
			return false;
	}
	return true;
}

/* RFC 9110 5.6.2: a token. */
static bool name_is_token(struct bytes name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!is_alphanumeric(name.data[i]) && !is_one_of(name.data[i], "!#$%&'*+-.^_`|~"))
			return false;
	return name.len > 0;
}

/* Visible characters, spaces and tabulators between them, and what is beyond ASCII. */
static bool value_is_plain(struct bytes value)
{
	if (value.len > 0 && is_one_of(value.data[value.len - 1], " \t"))
		return false;
	for (size_t i = 0; i < value.len; i++)
		if ((value.data[i] < ' ' && value.data[i] != '\t') || value.data[i] == 0x7f)
			return false;
	return true;
}

/* Digits alone: no sign, no space, no list, no leading zero that somebody might read as octal. */
static bool read_length(uint64_t *out, struct bytes value)
{
	uint64_t length = 0;

	if (value.len == 0 || (value.len > 1 && value.data[0] == '0'))
		return false;
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] < '0' || value.data[i] > '9')
			return false;
		const uint64_t digit = (uint64_t)(value.data[i] - '0');
		length = length > (UINT64_MAX - digit) / 10 ? UINT64_MAX : length * 10 + digit;
	}
	*out = length;
	return true;
}

void server_fields_add(struct server_fields *fields, struct bytes name, struct bytes value)
{
	fields->n++;
	if (!name_is_token(name) || !value_is_plain(value))
		fields->is_malformed = true;
	if (server_name_is(name, "host")) {
		fields->n_host++;
	} else if (server_name_is(name, "content-length")) {
		fields->n_length++;
		if (!read_length(&fields->length, value))
			fields->is_malformed = true;
	} else if (server_name_is(name, "transfer-encoding")) {
		fields->n_transfer++;
		fields->is_chunked = server_name_is(value, "chunked");
	} else if (server_name_is(name, "content-encoding")) {
		fields->is_encoded = fields->is_encoded || !server_name_is(value, "identity");
	} else if (server_name_is(name, "expect")) {
		fields->expects_else =
			fields->expects_else || !server_name_is(value, "100-continue");
	}
}

int server_fields_check(const struct server_fields *fields, bool is_post)
{
	if (fields->n > SERVER_FIELDS_MAX)
		return 431;
	if (fields->is_malformed || fields->n_host != 1 || fields->n_length > 1 ||
	    fields->n_transfer > 1)
		return 400;
	if (fields->n_transfer == 1 && (!is_post || !fields->is_chunked || fields->n_length == 1))
		return 400;
	if (!is_post && fields->n_length == 1 && fields->length != 0)
		return 400;
	if (fields->expects_else)
		return 417;
	if (fields->n_transfer == 1 || (is_post && fields->n_length == 0))
		return 411;
	if (fields->is_encoded)
		return 415;
	return 0;
}
