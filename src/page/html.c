#include "html.h"

#include "encoding.h"

#define REPLACEMENT 0xfffd

static bool is_shown(uint32_t code)
{
	if (code == '\t' || code == '\n')
		return true;
	if (utf8_is_control(code) || code == 0xfeff)
		return false;
	if (code >= 0x2028 && code <= 0x202e)
		return false;
	if (code >= 0xfff9 && code <= 0xfffb)
		return false;
	return !(code >= 0x2066 && code <= 0x206f);
}

/* Requires: code is a scalar value of Unicode. */
static void write_utf8(struct writer *writer, uint32_t code)
{
	if (code < 0x80) {
		writer_u8(writer, (uint8_t)code);
	} else if (code < 0x800) {
		writer_u8(writer, (uint8_t)(0xc0 | code >> 6));
		writer_u8(writer, (uint8_t)(0x80 | (code & 0x3f)));
	} else if (code < 0x10000) {
		writer_u8(writer, (uint8_t)(0xe0 | code >> 12));
		writer_u8(writer, (uint8_t)(0x80 | (code >> 6 & 0x3f)));
		writer_u8(writer, (uint8_t)(0x80 | (code & 0x3f)));
	} else {
		writer_u8(writer, (uint8_t)(0xf0 | code >> 18));
		writer_u8(writer, (uint8_t)(0x80 | (code >> 12 & 0x3f)));
		writer_u8(writer, (uint8_t)(0x80 | (code >> 6 & 0x3f)));
		writer_u8(writer, (uint8_t)(0x80 | (code & 0x3f)));
	}
}

void html_character(struct writer *writer, uint32_t code)
{
	if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000) || !is_shown(code))
		code = REPLACEMENT;
	switch (code) {
	case '&':
		writer_text(writer, "&amp;");
		break;
	case '<':
		writer_text(writer, "&lt;");
		break;
	case '>':
		writer_text(writer, "&gt;");
		break;
	case '"':
		writer_text(writer, "&quot;");
		break;
	default:
		write_utf8(writer, code);
	}
}

void html_text(struct writer *writer, struct bytes text)
{
	while (text.len > 0) {
		uint32_t code = REPLACEMENT;
		size_t len = utf8_first(&code, text);

		html_character(writer, len > 0 ? code : REPLACEMENT);
		len = len > 0 ? len : 1;
		text = bytes_part(text, len, text.len - len);
	}
}

void html_name(struct writer *writer, struct bytes text)
{
	writer_text(writer, "<bdi>");
	html_text(writer, text);
	writer_text(writer, "</bdi>");
}

/* ASCII letters in either case. */
static bool begins_with(struct bytes text, const char *start)
{
	const struct bytes wanted = bytes_from_text(start);

	if (text.len < wanted.len)
		return false;
	for (size_t i = 0; i < wanted.len; i++) {
		uint8_t byte = text.data[i];

		if (byte >= 'A' && byte <= 'Z')
			byte = (uint8_t)(byte + ('a' - 'A'));
		if (byte != wanted.data[i])
			return false;
	}
	return true;
}

bool html_address(struct writer *writer, struct bytes address)
{
	static const char hex[] = "0123456789ABCDEF";

	if (!begins_with(address, "http://") && !begins_with(address, "https://") &&
	    !begins_with(address, "mailto:"))
		return false;
	for (size_t i = 0; i < address.len; i++) {
		const uint8_t byte = address.data[i];

		if (byte == '&') {
			writer_text(writer, "&amp;");
		} else if (byte <= ' ' || byte >= 0x7f || byte == '"' || byte == '<' ||
			   byte == '>' || byte == '\\' || byte == '`' || byte == '\'') {
			writer_u8(writer, '%');
			writer_u8(writer, (uint8_t)hex[byte >> 4]);
			writer_u8(writer, (uint8_t)hex[byte & 15]);
		} else {
			writer_u8(writer, byte);
		}
	}
	return true;
}
