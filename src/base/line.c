#include "line.h"

#include "encoding.h"

#define VALUE_LEN_MAX 4096

/* Marks the reader as failed at a line; false if it had failed before, and nothing is to be said.
 */
static bool fail_at(struct line_reader *reader, uint64_t line)
{
	if (reader->has_failed)
		return false;
	reader->has_failed = true;
	problem_where_number(reader->problem, "line", line);
	return true;
}

void line_fail(struct line_reader *reader, const char *rule, struct bytes what)
{
	if (!fail_at(reader, reader->line))
		return;
	problem_rule(reader->problem, rule);
	problem_what(reader->problem, "", what);
}

/* The next line without its newline; the whole rest if there is none. */
static struct bytes peek(const struct line_reader *reader)
{
	size_t len = 0;

	while (len < reader->rest.len && reader->rest.data[len] != '\n')
		len++;
	return bytes_part(reader->rest, 0, len);
}

static void skip(struct line_reader *reader, struct bytes line)
{
	size_t taken = line.len < reader->rest.len ? line.len + 1 : line.len;

	reader->rest = bytes_part(reader->rest, taken, reader->rest.len - taken);
	reader->line++;
}

static bool has_control(struct bytes line)
{
	for (size_t i = 0; i < line.len;) {
		uint32_t code;
		size_t len = utf8_first(&code, bytes_part(line, i, line.len - i));

		if (code < 0x20 || code == 0x7f)
			return true;
		i += len;
	}
	return false;
}

/* The rules that hold for every line of the text. */
static void check_lines(struct line_reader *reader)
{
	struct line_reader ahead = *reader;

	while (!ahead.has_failed && ahead.rest.len > 0) {
		struct bytes line = peek(&ahead);
		bool is_ended = line.len < ahead.rest.len;

		skip(&ahead, line);
		if (!is_ended)
			line_fail(&ahead, "the text must end in a newline", bytes_from(NULL, 0));
		else if (line.len == 0)
			line_fail(&ahead, "there must be no empty line", bytes_from(NULL, 0));
		else if (!utf8_is_valid(line))
			line_fail(&ahead, "the text must be valid UTF-8", line);
		else if (has_control(line))
			line_fail(&ahead,
				  "there must be no control character (tabulator, carriage return "
				  "and the like); lines end in one newline",
				  line);
	}
	reader->has_failed = ahead.has_failed;
}

struct line_reader line_reader_new(struct bytes text, struct problem *problem)
{
	struct line_reader reader = {.rest = text, .problem = problem};

	if (text.len == 0) {
		(void)fail_at(&reader, 1);
		problem_rule(problem, "the text must have at least one line");
		problem_what(problem, "it is empty", bytes_from(NULL, 0));
	}
	check_lines(&reader);
	return reader;
}

/* Fails because something else than `name` is next. */
static void fail_expected(struct line_reader *reader, const char *name, const char *rule)
{
	struct bytes found = peek(reader);
	bool is_over = reader->rest.len == 0;

	if (!fail_at(reader, reader->line + 1))
		return;
	problem_rule_name(reader->problem, rule, bytes_from_text(name));
	if (is_over)
		problem_what(reader->problem, "the text ends before it", bytes_from(NULL, 0));
	else
		problem_what(reader->problem, "found", found);
}

void line_header(struct line_reader *reader, const char *header)
{
	struct bytes line = peek(reader);

	if (reader->has_failed)
		return;
	if (!bytes_are_equal(line, bytes_from_text(header)))
		fail_expected(reader, header, "this line must be `{1}`");
	else
		skip(reader, line);
}

bool line_is_next(const struct line_reader *reader, const char *key)
{
	struct bytes line = peek(reader);
	struct bytes name = bytes_from_text(key);

	return !reader->has_failed && line.len > name.len && bytes_begin_with(line, name) &&
	       line.data[name.len] == ' ';
}

struct bytes line_value(struct line_reader *reader, const char *key)
{
	struct bytes none = bytes_from(NULL, 0);

	if (reader->has_failed)
		return none;
	if (!line_is_next(reader, key)) {
		fail_expected(reader, key, "this line must be `{1} VALUE`");
		return none;
	}
	struct bytes line = peek(reader);
	size_t start = bytes_from_text(key).len + 1;
	struct bytes value = bytes_part(line, start, line.len - start);
	skip(reader, line);
	if (value.len == 0 || value.data[0] == ' ' || value.data[value.len - 1] == ' ')
		line_fail(reader, "one space stands between key and value, none after the value",
			  line);
	else if (value.len > VALUE_LEN_MAX)
		line_fail(reader, "a value has at most 4096 bytes", bytes_from(NULL, 0));
	return reader->has_failed ? none : value;
}

static uint64_t parse_decimal(struct line_reader *reader, struct bytes text, uint64_t limit)
{
	uint64_t value;

	if (reader->has_failed)
		return 0;
	if (decimal_decode(&value, text, limit) != UNDERSIGN_OK && fail_at(reader, reader->line)) {
		problem_rule_number(
			reader->problem,
			"a number must be decimal, without sign or leading zeros, at most {1}",
			limit);
		problem_what(reader->problem, "found", text);
	}
	return value;
}

static void parse_hex(struct line_reader *reader, struct bytes text, uint8_t *out, size_t out_len)
{
	/* A failed reader has empty views: out becomes zeros. */
	if (hex_decode(out, out_len, reader->has_failed ? bytes_from(NULL, 0) : text) ==
		    UNDERSIGN_OK ||
	    !fail_at(reader, reader->line))
		return;
	problem_rule_number(reader->problem, "here must be {1} bytes in lower-case hexadecimal",
			    out_len);
	problem_what(reader->problem, "found", text);
}

static void parse_base64(struct line_reader *reader, struct bytes text, uint8_t *out,
			 size_t out_len)
{
	if (base64_decode_exactly(out, out_len, reader->has_failed ? bytes_from(NULL, 0) : text) ==
		    UNDERSIGN_OK ||
	    !fail_at(reader, reader->line))
		return;
	problem_rule_number(reader->problem,
			    "here must be {1} bytes in base64 with padding and zero unused bits",
			    out_len);
	problem_what(reader->problem, "found", text);
}

uint64_t line_decimal(struct line_reader *reader, const char *key, uint64_t limit)
{
	return parse_decimal(reader, line_value(reader, key), limit);
}

void line_hex(struct line_reader *reader, const char *key, uint8_t *out, size_t out_len)
{
	parse_hex(reader, line_value(reader, key), out, out_len);
}

void line_base64(struct line_reader *reader, const char *key, uint8_t *out, size_t out_len)
{
	parse_base64(reader, line_value(reader, key), out, out_len);
}

struct bytes field_take(struct line_reader *reader, struct bytes *value)
{
	struct bytes none = bytes_from(NULL, 0);
	size_t len = 0;

	if (reader->has_failed)
		return none;
	while (len < value->len && value->data[len] != ' ')
		len++;
	struct bytes field = bytes_part(*value, 0, len);
	size_t taken = len < value->len ? len + 1 : len;
	struct bytes rest = bytes_part(*value, taken, value->len - taken);
	if (len == 0) {
		line_fail(reader, "a field is missing; fields stand apart by one space", *value);
		return none;
	}
	if (taken > len && rest.len == 0) {
		line_fail(reader, "there must be no space after the last field", none);
		return none;
	}
	*value = rest;
	return field;
}

uint64_t field_decimal(struct line_reader *reader, struct bytes *value, uint64_t limit)
{
	return parse_decimal(reader, field_take(reader, value), limit);
}

void field_hex(struct line_reader *reader, struct bytes *value, uint8_t *out, size_t out_len)
{
	parse_hex(reader, field_take(reader, value), out, out_len);
}

void field_base64(struct line_reader *reader, struct bytes *value, uint8_t *out, size_t out_len)
{
	parse_base64(reader, field_take(reader, value), out, out_len);
}

struct bytes field_rest(struct line_reader *reader, struct bytes *value)
{
	struct bytes rest = *value;

	if (reader->has_failed)
		return bytes_from(NULL, 0);
	if (rest.len == 0 || rest.data[0] == ' ') {
		line_fail(reader, "a field is missing; fields stand apart by one space", rest);
		return bytes_from(NULL, 0);
	}
	*value = bytes_from(NULL, 0);
	return rest;
}

void field_end(struct line_reader *reader, struct bytes value)
{
	if (value.len > 0)
		line_fail(reader, "the line has more fields than its form allows", value);
}

enum undersign_status line_end(struct line_reader *reader)
{
	if (!reader->has_failed && reader->rest.len > 0) {
		struct bytes found = peek(reader);

		(void)fail_at(reader, reader->line + 1);
		problem_rule(reader->problem, "the text must end here; lines stand in the order "
					      "of the format, each at most as often as it says");
		problem_what(reader->problem, "found", found);
	}
	return reader->has_failed ? UNDERSIGN_E_FORMAT : UNDERSIGN_OK;
}

void line_write(struct writer *writer, const char *key, struct bytes value)
{
	writer_text(writer, key);
	writer_u8(writer, ' ');
	writer_bytes(writer, value);
	writer_u8(writer, '\n');
}
