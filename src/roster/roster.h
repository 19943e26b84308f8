/* What everything about a roster shares (formats 3.2, 4): classes, names, limits. */
#ifndef UNDERSIGNED_ROSTER_H
#define UNDERSIGNED_ROSTER_H

#include "bytes.h"
#include "line.h"
#include "note.h"
#include "problem.h"

#include <stdint.h>

#define ROSTER_NAME_MAX    128
#define ROSTER_TEXT_MAX    65000 /* bytes of any text, formats 0 */
#define ROSTER_COLUMNS_MAX 16
#define ROSTER_MEMBERS_MAX (UINT32_C(1) << 22)
#define ROSTER_EDITION_MAX UINT32_MAX

/* Never mixed in a roster; the values are those of an entry's kind (entry.h). */
enum roster_class { ROSTER_ENROLLED = 1, ROSTER_RAW_KEY = 2 };

/* "enrolled", "raw-key". */
const char *roster_class_text(enum roster_class class_of_members);

/* Takes a line `key name`, a name of 1 to 128 bytes (formats 1). */
struct bytes roster_name_read(struct line_reader *reader, const char *key);
/* The line `edition N`, counted from 1. */
uint32_t roster_edition_read(struct line_reader *reader);
void roster_edition_write(struct writer *writer, uint32_t edition);
/* Takes a line `key date`: seconds since 1970 of that day's begin. */
uint64_t roster_date_read(struct line_reader *reader, const char *key);
/* Takes a line `key vkey`: a key that signs notes. */
struct note_key roster_key_read(struct line_reader *reader, const char *key);
/* Begins to read a text of at most ROSTER_TEXT_MAX bytes (else the reader has failed). */
struct line_reader roster_text_read(struct bytes text, struct problem *problem);

#endif
