#include "json.h"

#include "encoding.h"

/* What stands before a value. */
static void begin(struct json *json, const char *key)
{
	if (json->needs_comma)
		writer_u8(&json->writer, ',');
	json->needs_comma = true;
	if (!key)
		return;
	writer_u8(&json->writer, '"');
	writer_text(&json->writer, key);
	writer_text(&json->writer, "\":");
}

static void open(struct json *json, const char *key, char bracket)
{
	begin(json, key);
	writer_u8(&json->writer, (uint8_t)bracket);
	json->needs_comma = false;
}

static void close(struct json *json, char bracket)
{
	writer_u8(&json->writer, (uint8_t)bracket);
	json->needs_comma = true;
}

void json_begin_object(struct json *json, const char *key)
{
	open(json, key, '{');
}

void json_end_object(struct json *json)
{
	close(json, '}');
}

void json_begin_array(struct json *json, const char *key)
{
	open(json, key, '[');
}

void json_end_array(struct json *json)
{
	close(json, ']');
}

static void write_escaped(struct writer *writer, uint8_t byte)
{
	static const char shorts[] = "btn\vfr"; /* of \b = 8 to \r = 13 */
	static const char digits[] = "0123456789ABCDEF";

	if (byte == '"' || byte == '\\') {
		writer_u8(writer, '\\');
		writer_u8(writer, byte);
	} else if (byte >= '\b' && byte <= '\r' && byte != '\v') {
		writer_u8(writer, '\\');
		writer_u8(writer, (uint8_t)shorts[byte - '\b']);
	} else if (byte < 0x20) {
		writer_text(writer, "\\u00");
		writer_u8(writer, (uint8_t)digits[byte >> 4]);
		writer_u8(writer, (uint8_t)digits[byte & 15]);
	} else {
		writer_u8(writer, byte);
	}
}

void json_text(struct json *json, const char *key, struct undersign_bytes text)
{
	const bool is_valid = utf8_is_valid(bytes_from(text.data, text.len));

	begin(json, key);
	writer_u8(&json->writer, '"');
	for (size_t i = 0; i < text.len; i++) {
		const uint8_t byte = text.data[i];
		const bool is_visible = byte >= 0x20 && byte < 0x7f;
		write_escaped(&json->writer, is_valid || is_visible ? byte : '?');
	}
	writer_u8(&json->writer, '"');
}

void json_c_text(struct json *json, const char *key, const char *text)
{
	const struct bytes bytes = bytes_from_text(text);
	json_text(json, key, (struct undersign_bytes){bytes.data, bytes.len});
}

void json_hex(struct json *json, const char *key, const uint8_t *data, size_t len)
{
	begin(json, key);
	writer_u8(&json->writer, '"');
	writer_hex(&json->writer, bytes_from(data, len));
	writer_u8(&json->writer, '"');
}

void json_base64(struct json *json, const char *key, const uint8_t *data, size_t len)
{
	begin(json, key);
	writer_u8(&json->writer, '"');
	writer_base64(&json->writer, bytes_from(data, len));
	writer_u8(&json->writer, '"');
}

void json_date(struct json *json, const char *key, uint64_t seconds, bool has_time)
{
	uint8_t text[DATE_TIME_LEN];

	if (has_time)
		date_time_encode(text, seconds);
	else
		date_encode(text, seconds);
	json_text(json, key, (struct undersign_bytes){text, has_time ? DATE_TIME_LEN : DATE_LEN});
}

void json_number(struct json *json, const char *key, uint64_t value)
{
	begin(json, key);
	writer_decimal(&json->writer, value);
}

void json_bool(struct json *json, const char *key, bool value)
{
	begin(json, key);
	writer_text(&json->writer, value ? "true" : "false");
}

void json_null(struct json *json, const char *key)
{
	begin(json, key);
	writer_text(&json->writer, "null");
}

void json_written(struct json *json, const char *key, struct undersign_bytes value)
{
	begin(json, key);
	writer_bytes(&json->writer, bytes_from(value.data, value.len));
}
