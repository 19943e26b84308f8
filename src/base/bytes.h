/* Views of bytes, a cursor that reads them, and a writer into a caller's buffer.
 *
 * Parsers use no pointer arithmetic: they take from a cursor, whose failure is sticky, and check at
 * the end that nothing is left. */
#ifndef UNDERSIGNED_BYTES_H
#define UNDERSIGNED_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A view; owns nothing. data may be NULL if len is 0. */
struct bytes {
	const uint8_t *data;
	size_t len;
};

/* The view of a C string without its terminator. */
struct bytes bytes_from_text(const char *text);

static inline struct bytes bytes_from(const void *data, size_t len)
{
	return (struct bytes){(const uint8_t *)data, len};
}

/* Public data only: time depends on the content. */
bool bytes_are_equal(struct bytes a, struct bytes b);
bool bytes_begin_with(struct bytes whole, struct bytes start);
/* Negative, 0 or positive as a sorts before, with or after b (bytewise, a prefix first). */
int bytes_compare(struct bytes a, struct bytes b);
/* The part from offset, len bytes. Aborts if it is not inside. */
struct bytes bytes_part(struct bytes whole, size_t offset, size_t len);

/* Reads from a view. Once a read fails (too short) the cursor is failed: later reads return zeros
 * and empty views, so a parser may check once, at the end. */
struct cursor {
	struct bytes rest;
	size_t offset; /* bytes taken so far, for error messages */
	bool has_failed;
};

struct cursor cursor_new(struct bytes input);
uint8_t cursor_u8(struct cursor *cursor);
uint16_t cursor_u16le(struct cursor *cursor);
uint32_t cursor_u32le(struct cursor *cursor);
uint64_t cursor_u64le(struct cursor *cursor);
uint16_t cursor_u16be(struct cursor *cursor);
uint32_t cursor_u32be(struct cursor *cursor);
uint64_t cursor_u64be(struct cursor *cursor);
/* The next len bytes, pointing into the input. */
struct bytes cursor_take(struct cursor *cursor, size_t len);
/* Copies the next len bytes to out; zeros on failure. */
void cursor_copy(struct cursor *cursor, void *out, size_t len);
/* True if nothing failed and nothing is left. */
bool cursor_is_at_end(const struct cursor *cursor);

/* Writes into a caller's buffer. What does not fit is counted, not written, and has_overflowed
 * becomes true; len is then what would have been needed. Pass data NULL and capacity 0 to measure.
 */
struct writer {
	uint8_t *data;
	size_t capacity;
	size_t len;
	bool has_overflowed;
};

struct writer writer_new(void *data, size_t capacity);
void writer_put(struct writer *writer, const void *data, size_t len);
void writer_bytes(struct writer *writer, struct bytes bytes);
void writer_u8(struct writer *writer, uint8_t value);
void writer_u16le(struct writer *writer, uint16_t value);
void writer_u32le(struct writer *writer, uint32_t value);
void writer_u64le(struct writer *writer, uint64_t value);
void writer_u16be(struct writer *writer, uint16_t value);
void writer_u32be(struct writer *writer, uint32_t value);
void writer_u64be(struct writer *writer, uint64_t value);
/* Text without its terminator; decimal without leading zeros; lower-case hexadecimal; base64 with
 * padding (RFC 4648 section 4). */
void writer_text(struct writer *writer, const char *text);
void writer_decimal(struct writer *writer, uint64_t value);
void writer_hex(struct writer *writer, struct bytes bytes);
void writer_base64(struct writer *writer, struct bytes bytes);
/* The view of what was written. Aborts if it has overflowed. */
struct bytes writer_view(const struct writer *writer);

#endif
