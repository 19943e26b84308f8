/* The line grammar of notes (doc/formats.md, "Lines"): UTF-8 text of lines, each ended by one
 * newline, each `key value`, read in a fixed order. One reader for manifests, records, requests,
 * credentials and claims. Values are views into the text. */
#ifndef UNDERSIGNED_LINE_H
#define UNDERSIGNED_LINE_H

#include "bytes.h"
#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

/* Reads lines one by one; a failure is sticky and stands in *problem (line number, rule). */
struct line_reader {
	struct bytes rest;
	struct problem *problem;
	uint64_t line; /* number of the line read last, from 1 */
	bool has_failed;
};

/* Requires: problem outlives the reader; it may be NULL. The text must be UTF-8 without control
 * characters (U+0000 to U+001F, U+007F) but newline, end in a newline and have no empty
 * line; else the reader has failed at once. */
struct line_reader line_reader_new(struct bytes text, struct problem *problem);

/* The first line must be exactly header. */
void line_header(struct line_reader *reader, const char *header);
/* True if the next line has this key. Does not advance. False once failed or at the end. */
bool line_is_next(const struct line_reader *reader, const char *key);
/* Takes the next line, which must have this key, and returns its value: one to 4096 bytes, no
 * space at either end. Empty view once failed. */
struct bytes line_value(struct line_reader *reader, const char *key);
/* As line_value for a value that must be just this form. Zero or zeros once failed. */
uint64_t line_decimal(struct line_reader *reader, const char *key, uint64_t limit);
void line_hex(struct line_reader *reader, const char *key, uint8_t *out, size_t out_len);
void line_base64(struct line_reader *reader, const char *key, uint8_t *out, size_t out_len);

/* Splits a value into fields at single spaces: takes the first field of *value and leaves the rest
 * in it. Fails the reader ("a field is missing") if nothing is left or there are two spaces. */
struct bytes field_take(struct line_reader *reader, struct bytes *value);
uint64_t field_decimal(struct line_reader *reader, struct bytes *value, uint64_t limit);
void field_hex(struct line_reader *reader, struct bytes *value, uint8_t *out, size_t out_len);
void field_base64(struct line_reader *reader, struct bytes *value, uint8_t *out, size_t out_len);
/* The rest of the value as the last field, free text: at least one byte. */
struct bytes field_rest(struct line_reader *reader, struct bytes *value);
/* Fails the reader if the value has anything left. */
void field_end(struct line_reader *reader, struct bytes value);

/* Fails the reader at its current line. rule is a constant text; what may be empty. */
void line_fail(struct line_reader *reader, const char *rule, struct bytes what);
/* OK if nothing failed and no line is left; else E_FORMAT, and *problem tells. */
UNDERSIGN_MUST_CHECK enum undersign_status line_end(struct line_reader *reader);

/* Writes `key value\n`. */
void line_write(struct writer *writer, const char *key, struct bytes value);

#endif
