/* Lines that several texts of this folder have in common (doc/formats.md 1 to 3). */
#ifndef UNDERSIGNED_LETTER_LINE_H
#define UNDERSIGNED_LETTER_LINE_H

#include "bytes.h"
#include "line.h"
#include "note.h"
#include "protocol.h"

#include <stdint.h>

/* Takes a line `key vkey`, the key of a signer of notes. Zeros once the reader has failed. */
void letter_line_vkey(struct line_reader *reader, const char *key, struct note_key *out);
/* Takes the rest of a value as a name: 1 to 128 bytes. */
struct bytes letter_line_name(struct line_reader *reader, struct bytes *value);
/* Number of lines with this key from here on, if the rest is well-formed. Does not advance. */
size_t letter_line_count(const struct line_reader *reader, const char *key);

/* Write `key vkey`, `key decimal`, `key hex`, `key base64`, each as a line. */
void letter_line_write_vkey(struct writer *writer, const char *key, const struct note_key *vkey);
void letter_line_write_decimal(struct writer *writer, const char *key, uint64_t value);
void letter_line_write_hex(struct writer *writer, const char *key, struct bytes bytes);
void letter_line_write_base64(struct writer *writer, const char *key, struct bytes bytes);

#endif
