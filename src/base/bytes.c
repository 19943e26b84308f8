#include "bytes.h"

#include "memory.h"
#include "status.h"

struct bytes bytes_from_text(const char *text)
{
	size_t len = 0;

	while (text[len] != '\0')
		len++;
	return bytes_from(text, len);
}

bool bytes_are_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool bytes_begin_with(struct bytes whole, struct bytes start)
{
	return whole.len >= start.len &&
	       (start.len == 0 || memcmp(whole.data, start.data, start.len) == 0);
}

int bytes_compare(struct bytes a, struct bytes b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common == 0 ? 0 : memcmp(a.data, b.data, common);

	if (order != 0)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

struct bytes bytes_part(struct bytes whole, size_t offset, size_t len)
{
	CHECK(offset <= whole.len && len <= whole.len - offset);
	return bytes_from(whole.data ? whole.data + offset : NULL, len);
}

struct cursor cursor_new(struct bytes input)
{
	return (struct cursor){.rest = input};
}

struct bytes cursor_take(struct cursor *cursor, size_t len)
{
	if (cursor->has_failed || len > cursor->rest.len) {
		cursor->has_failed = true;
		return bytes_from(NULL, 0);
	}
	struct bytes taken = bytes_part(cursor->rest, 0, len);
	cursor->rest = bytes_part(cursor->rest, len, cursor->rest.len - len);
	cursor->offset += len;
	return taken;
}

static uint64_t take_little(struct cursor *cursor, size_t len)
{
	struct bytes taken = cursor_take(cursor, len);
	uint64_t value = 0;

	for (size_t i = taken.len; i > 0; i--)
		value = value << 8 | taken.data[i - 1];
	return value;
}

static uint64_t take_big(struct cursor *cursor, size_t len)
{
	struct bytes taken = cursor_take(cursor, len);
	uint64_t value = 0;

	for (size_t i = 0; i < taken.len; i++)
		value = value << 8 | taken.data[i];
	return value;
}

uint8_t cursor_u8(struct cursor *cursor)
{
	return (uint8_t)take_little(cursor, 1);
}

uint16_t cursor_u16le(struct cursor *cursor)
{
	return (uint16_t)take_little(cursor, 2);
}

uint32_t cursor_u32le(struct cursor *cursor)
{
	return (uint32_t)take_little(cursor, 4);
}

uint64_t cursor_u64le(struct cursor *cursor)
{
	return take_little(cursor, 8);
}

uint16_t cursor_u16be(struct cursor *cursor)
{
	return (uint16_t)take_big(cursor, 2);
}

uint32_t cursor_u32be(struct cursor *cursor)
{
	return (uint32_t)take_big(cursor, 4);
}

uint64_t cursor_u64be(struct cursor *cursor)
{
	return take_big(cursor, 8);
}

void cursor_copy(struct cursor *cursor, void *out, size_t len)
{
	struct bytes taken = cursor_take(cursor, len);

	if (len == 0)
		return;
	if (taken.len == len)
		memcpy(out, taken.data, len);
	else
		memset(out, 0, len);
}

bool cursor_is_at_end(const struct cursor *cursor)
{
	return !cursor->has_failed && cursor->rest.len == 0;
}

struct writer writer_new(void *data, size_t capacity)
{
	return (struct writer){.data = data, .capacity = capacity};
}

void writer_put(struct writer *writer, const void *data, size_t len)
{
	CHECK(len <= SIZE_MAX - writer->len);
	if (writer->has_overflowed || len > writer->capacity - writer->len) {
		writer->has_overflowed = writer->has_overflowed || len > 0;
		writer->len += len;
		return;
	}
	if (len > 0)
		memcpy(writer->data + writer->len, data, len);
	writer->len += len;
}

void writer_bytes(struct writer *writer, struct bytes bytes)
{
	writer_put(writer, bytes.data, bytes.len);
}

static void put_little(struct writer *writer, uint64_t value, size_t len)
{
	uint8_t out[8];

	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(value >> (8 * i));
	writer_put(writer, out, len);
}

static void put_big(struct writer *writer, uint64_t value, size_t len)
{
	uint8_t out[8];

	for (size_t i = 0; i < len; i++)
		out[len - 1 - i] = (uint8_t)(value >> (8 * i));
	writer_put(writer, out, len);
}

void writer_u8(struct writer *writer, uint8_t value)
{
	put_little(writer, value, 1);
}

void writer_u16le(struct writer *writer, uint16_t value)
{
	put_little(writer, value, 2);
}

void writer_u32le(struct writer *writer, uint32_t value)
{
	put_little(writer, value, 4);
}

void writer_u64le(struct writer *writer, uint64_t value)
{
	put_little(writer, value, 8);
}

void writer_u16be(struct writer *writer, uint16_t value)
{
	put_big(writer, value, 2);
}

void writer_u32be(struct writer *writer, uint32_t value)
{
	put_big(writer, value, 4);
}

void writer_u64be(struct writer *writer, uint64_t value)
{
	put_big(writer, value, 8);
}

void writer_text(struct writer *writer, const char *text)
{
	writer_bytes(writer, bytes_from_text(text));
}

void writer_decimal(struct writer *writer, uint64_t value)
{
	uint8_t out[20];
	size_t start = sizeof out;

	do {
		out[--start] = (uint8_t)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	writer_put(writer, out + start, sizeof out - start);
}

/* The two encodings below also write secrets (seeds, credentials): digits are computed, not looked
 * up, without branches on the content. */

static uint8_t hex_digit(uint32_t value)
{
	/* '0' + value, and 39 more from 10 on. */
	return (uint8_t)(value + 48 + (((9 - value) >> 8) & 39));
}

void writer_hex(struct writer *writer, struct bytes bytes)
{
	for (size_t i = 0; i < bytes.len; i++) {
		uint8_t out[2] = {hex_digit(bytes.data[i] >> 4), hex_digit(bytes.data[i] & 15)};

		writer_put(writer, out, 2);
	}
}

static uint8_t base64_digit(uint32_t value)
{
	/* A-Z, a-z, 0-9, +, /: each step adds the gap in ASCII once value is past its limit. */
	uint32_t digit = value + 65;

	digit += ((25 - value) >> 8) & 6;
	digit -= ((51 - value) >> 8) & 75;
	digit -= ((61 - value) >> 8) & 15;
	digit += ((62 - value) >> 8) & 3;
	return (uint8_t)digit;
}

void writer_base64(struct writer *writer, struct bytes bytes)
{
	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t left = bytes.len - i;
		uint32_t group = (uint32_t)bytes.data[i] << 16;

		if (left > 1)
			group |= (uint32_t)bytes.data[i + 1] << 8;
		if (left > 2)
			group |= bytes.data[i + 2];
		uint8_t out[4] = {base64_digit(group >> 18), base64_digit(group >> 12 & 63),
				  base64_digit(group >> 6 & 63), base64_digit(group & 63)};
		if (left < 3)
			out[3] = '=';
		if (left < 2)
			out[2] = '=';
		writer_put(writer, out, 4);
	}
}

struct bytes writer_view(const struct writer *writer)
{
	CHECK(!writer->has_overflowed);
	return bytes_from(writer->data, writer->len);
}
