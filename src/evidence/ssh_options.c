#include "ssh_options.h"

#include "encoding.h"

#include "memory.h"

#include <stddef.h>

bool ssh_options_take(struct bytes *out, struct bytes *line)
{
	bool is_quoted = false;
	size_t len = 0;

	while (len < line->len) {
		uint8_t c = line->data[len];

		if (!is_quoted && (c == ' ' || c == '\t'))
			break;
		if (c == '\\' && len + 1 < line->len && line->data[len + 1] == '"')
			len++;
		else if (c == '"')
			is_quoted = !is_quoted;
		len++;
	}
	if (is_quoted)
		return false;
	*out = bytes_part(*line, 0, len);
	*line = bytes_part(*line, len, line->len - len);
	return true;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static bool is_word(struct bytes bytes, const char *word)
{
	struct bytes expected = bytes_from_text(word);

	if (bytes.len != expected.len)
		return false;
	for (size_t i = 0; i < bytes.len; i++) {
		if (lower(bytes.data[i]) != expected.data[i])
			return false;
	}
	return true;
}

static struct bytes without_start(struct bytes bytes, size_t len)
{
	return bytes_part(bytes, len, bytes.len - len);
}

/* One option: a name, and a value without its quotes if there is one. */
struct option {
	struct bytes name;
	bool has_value;
	struct bytes value;
};

/* Takes an option and the comma after it. False for a value without quotes or an empty name. */
static bool take_option(struct option *out, struct bytes *rest)
{
	size_t len = 0;

	*out = (struct option){0};
	while (len < rest->len && rest->data[len] != ',' && rest->data[len] != '=')
		len++;
	out->name = bytes_part(*rest, 0, len);
	*rest = without_start(*rest, len);
	if (rest->len > 0 && rest->data[0] == '=') {
		if (rest->len < 2 || rest->data[1] != '"')
			return false;
		*rest = without_start(*rest, 2);
		for (len = 0; len < rest->len && rest->data[len] != '"'; len++) {
			if (rest->data[len] == '\\' && len + 1 < rest->len &&
			    rest->data[len + 1] == '"')
				len++;
		}
		if (len >= rest->len)
			return false;
		out->has_value = true;
		out->value = bytes_part(*rest, 0, len);
		*rest = without_start(*rest, len + 1);
	}
	if (rest->len == 0)
		return out->name.len > 0;
	/* A comma must have an option after it. */
	if (rest->data[0] != ',' || rest->len < 2)
		return false;
	*rest = without_start(*rest, 1);
	return out->name.len > 0;
}

static bool are_digits(struct bytes bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		if (bytes.data[i] < '0' || bytes.data[i] > '9')
			return false;
	}
	return bytes.len > 0;
}

/* YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, with or without `Z` or `UTC`. 0 if it is none. */
static uint64_t parse_time(struct bytes text)
{
	uint8_t full[DATE_TIME_LEN + 1] = "0000-00-00T00:00:00Z";
	static const uint8_t place_of[14] = {0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18};
	uint64_t seconds = 0;
	size_t len = text.len;

	if (len > 1 && lower(text.data[len - 1]) == 'z')
		len -= 1;
	else if (len > 3 && is_word(without_start(text, len - 3), "utc"))
		len -= 3;
	text = bytes_part(text, 0, len);
	if (!are_digits(text) || (len != 8 && len != 12 && len != 14))
		return 0;
	for (size_t i = 0; i < len; i++)
		full[place_of[i]] = text.data[i];
	if (date_time_decode(&seconds, bytes_from(full, DATE_TIME_LEN)) != UNDERSIGN_OK)
		return 0;
	return seconds;
}

/* Splits at the last colon; false if there is none. */
static bool split_port(struct bytes *host, struct bytes *port, struct bytes text)
{
	size_t at = text.len;

	while (at > 0 && text.data[at - 1] != ':')
		at--;
	if (at == 0)
		return false;
	*host = bytes_part(text, 0, at - 1);
	*port = without_start(text, at);
	return true;
}

static bool is_port(struct bytes text)
{
	uint64_t port;

	return bytes_are_equal(text, bytes_from_text("*")) ||
	       (decimal_decode(&port, text, 65535) == UNDERSIGN_OK && port > 0);
}

static bool is_permission(struct bytes value, bool host_is_optional)
{
	struct bytes host, port;

	if (!split_port(&host, &port, value))
		return host_is_optional && is_port(value);
	return host.len > 0 && is_port(port);
}

/* NAME=value, the name of letters, digits and underscores. */
static bool is_environment(struct bytes value)
{
	size_t len = 0;

	while (len < value.len && value.data[len] != '=') {
		uint8_t c = lower(value.data[len]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_')
			return false;
		len++;
	}
	return len > 0 && len < value.len;
}

static bool is_tunnel_unit(struct bytes text)
{
	uint64_t unit;

	return is_word(text, "any") || decimal_decode(&unit, text, INT32_MAX - 3) == UNDERSIGN_OK;
}

static bool is_tunnel(struct bytes value)
{
	struct bytes local, remote;

	if (!split_port(&local, &remote, value))
		return is_tunnel_unit(value);
	return is_tunnel_unit(local) && is_tunnel_unit(remote);
}

enum option_id {
	OPTION_RESTRICT,
	OPTION_CERT_AUTHORITY,
	OPTION_FLAG,
	OPTION_COMMAND,
	OPTION_PRINCIPALS,
	OPTION_FROM,
	OPTION_EXPIRY,
	OPTION_ENVIRONMENT,
	OPTION_PERMITOPEN,
	OPTION_PERMITLISTEN,
	OPTION_TUNNEL,
	OPTION_NAMESPACES,
	OPTION_VALID_AFTER,
	OPTION_VALID_BEFORE
};

struct known_option {
	const char *name;
	enum option_id id;
	bool has_value;
	bool is_once;
};

static const struct known_option authorized_options[] = {
	{"restrict", OPTION_RESTRICT, false, false},
	{"cert-authority", OPTION_CERT_AUTHORITY, false, false},
	{"port-forwarding", OPTION_FLAG, false, false},
	{"no-port-forwarding", OPTION_FLAG, false, false},
	{"agent-forwarding", OPTION_FLAG, false, false},
	{"no-agent-forwarding", OPTION_FLAG, false, false},
	{"x11-forwarding", OPTION_FLAG, false, false},
	{"no-x11-forwarding", OPTION_FLAG, false, false},
	{"touch-required", OPTION_FLAG, false, false},
	{"no-touch-required", OPTION_FLAG, false, false},
	{"verify-required", OPTION_FLAG, false, false},
	{"no-verify-required", OPTION_FLAG, false, false},
	{"pty", OPTION_FLAG, false, false},
	{"no-pty", OPTION_FLAG, false, false},
	{"user-rc", OPTION_FLAG, false, false},
	{"no-user-rc", OPTION_FLAG, false, false},
	{"command", OPTION_COMMAND, true, true},
	{"principals", OPTION_PRINCIPALS, true, true},
	{"from", OPTION_FROM, true, true},
	{"expiry-time", OPTION_EXPIRY, true, false},
	{"environment", OPTION_ENVIRONMENT, true, false},
	{"permitopen", OPTION_PERMITOPEN, true, false},
	{"permitlisten", OPTION_PERMITLISTEN, true, false},
	{"tunnel", OPTION_TUNNEL, true, false},
};

static const struct known_option signers_options[] = {
	{"cert-authority", OPTION_CERT_AUTHORITY, false, false},
	{"namespaces", OPTION_NAMESPACES, true, true},
	{"valid-after", OPTION_VALID_AFTER, true, true},
	{"valid-before", OPTION_VALID_BEFORE, true, true},
};

/* Takes what the option says; false if its value is not of the option's form. */
static bool apply(struct ssh_options *out, enum option_id id, struct bytes value)
{
	uint64_t seconds;

	switch (id) {
	case OPTION_CERT_AUTHORITY:
		out->is_cert_authority = true;
		return true;
	case OPTION_EXPIRY:
	case OPTION_VALID_BEFORE:
		/* Of several expiry times the earliest holds. */
		seconds = parse_time(value);
		if (out->valid_before == 0 || seconds < out->valid_before)
			out->valid_before = seconds;
		return seconds > 0;
	case OPTION_VALID_AFTER:
		out->valid_after = parse_time(value);
		return out->valid_after > 0;
	case OPTION_ENVIRONMENT:
		return is_environment(value);
	case OPTION_PERMITOPEN:
		return is_permission(value, false);
	case OPTION_PERMITLISTEN:
		return is_permission(value, true);
	case OPTION_TUNNEL:
		return is_tunnel(value);
	case OPTION_RESTRICT:
	case OPTION_FLAG:
	case OPTION_COMMAND:
	case OPTION_PRINCIPALS:
	case OPTION_FROM:
		break;
	case OPTION_NAMESPACES:
		out->has_namespaces = true;
		out->namespaces = value;
		break;
	}
	return true;
}

static bool parse(struct ssh_options *out, struct bytes *bad, struct bytes options,
		  const struct known_option *known, size_t n_known)
{
	uint32_t seen = 0; /* bit i: known[i] has stood */

	*out = (struct ssh_options){0};
	while (options.len > 0) {
		struct option option;
		size_t i = 0;

		*bad = options;
		if (!take_option(&option, &options))
			return false;
		while (i < n_known && !is_word(option.name, known[i].name))
			i++;
		if (i == n_known || known[i].has_value != option.has_value ||
		    (known[i].is_once && (seen >> i & 1)) || !apply(out, known[i].id, option.value))
			return false;
		seen |= UINT32_C(1) << i;
	}
	if (out->valid_after > 0 && out->valid_before > 0 && out->valid_before <= out->valid_after)
		return false;
	*bad = bytes_from(NULL, 0);
	return true;
}

bool ssh_options_parse_authorized(struct ssh_options *out, struct bytes *bad, struct bytes options)
{
	return parse(out, bad, options, authorized_options,
		     sizeof authorized_options / sizeof authorized_options[0]);
}

bool ssh_options_parse_signers(struct ssh_options *out, struct bytes *bad, struct bytes options)
{
	return parse(out, bad, options, signers_options,
		     sizeof signers_options / sizeof signers_options[0]);
}

/* One pattern. Cost: at most the product of the lengths. */
static bool matches(struct bytes text, struct bytes pattern)
{
	size_t i = 0, j = 0;
	size_t star = SIZE_MAX, taken = 0; /* the last `*`, and how far the text was then */

	while (i < text.len) {
		if (j < pattern.len && pattern.data[j] == '*') {
			star = j++;
			taken = i;
		} else if (j < pattern.len &&
			   (pattern.data[j] == '?' || pattern.data[j] == text.data[i])) {
			i++;
			j++;
		} else if (star != SIZE_MAX) {
			j = star + 1;
			i = ++taken;
		} else {
			return false;
		}
	}
	while (j < pattern.len && pattern.data[j] == '*')
		j++;
	return j == pattern.len;
}

bool ssh_options_match(struct bytes text, struct bytes patterns)
{
	bool is_matched = false;

	for (size_t start = 0; start <= patterns.len;) {
		size_t end = start;

		while (end < patterns.len && patterns.data[end] != ',')
			end++;
		struct bytes pattern = bytes_part(patterns, start, end - start);
		bool is_negated = pattern.len > 0 && pattern.data[0] == '!';
		if (is_negated)
			pattern = without_start(pattern, 1);
		if (matches(text, pattern)) {
			if (is_negated)
				return false;
			is_matched = true;
		}
		start = end + 1;
	}
	return is_matched;
}
