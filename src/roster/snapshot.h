/* The record of a roster's snapshot (formats 3.2). The struct `snapshot` of ring.h is the bare name
 * of one column; this is the text that the steward signs. Public data. */
#ifndef UNDERSIGNED_SNAPSHOT_H
#define UNDERSIGNED_SNAPSHOT_H

#include "calendar.h"
#include "roster.h"

#include "note.h"
#include "problem.h"
#include "protocol.h"
#include "sha2.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

/* How an importer of raw keys knew that one person has one key. */
enum snapshot_persons {
	SNAPSHOT_PERSONS_NONE = 0, /* class enrolled */
	SNAPSHOT_PERSONS_PRINCIPAL,
	SNAPSHOT_PERSONS_COMMENT,
	SNAPSHOT_PERSONS_FILE,
	SNAPSHOT_PERSONS_DECLARED
};

/* Views into the text, or of whoever filled it in to be written. */
struct snapshot_record {
	struct bytes roster;
	struct bytes organisation;
	enum roster_class class_of_members;
	uint32_t edition;
	uint64_t date; /* seconds since 1970 */
	struct bytes source;
	struct bytes steward;
	enum snapshot_persons persons;
	struct calendar calendar; /* n = 0 in class raw-key */
	uint32_t members;
	uint32_t n_roots; /* calendar.n, or 1 in class raw-key */
	uint8_t roots[ROSTER_COLUMNS_MAX][HASH_BYTES];
	uint64_t archive_len;
	uint8_t archive_hash[SHA256_BYTES];
	struct note_key key;
};

/* The text of the record, without signatures. E_FORMAT, *problem has the line and the rule. */
UNDERSIGN_MUST_CHECK enum undersign_status
snapshot_parse(struct snapshot_record *out, struct bytes text, struct problem *problem);
/* Writes the text, whose views the record's are.
 * E_FORMAT (and *problem) if it would not be parsed again: a name too long, a newline in it. The
 * writer's content is then of no use. */
UNDERSIGN_MUST_CHECK enum undersign_status snapshot_write(struct writer *writer,
							  const struct snapshot_record *record,
							  struct problem *problem);
/* Parses a signed note, checks that the record's key has signed it, and parses the record. Of the
 * other signatures nothing is said. *note is for the caller (note.h); its text is the record's.
 * Errors as note_parse, snapshot_parse, note_verify. */
UNDERSIGN_MUST_CHECK enum undersign_status snapshot_open(struct snapshot_record *out,
							 struct note *note, struct bytes input,
							 struct problem *problem);
/* SHA-256 of the text. */
void snapshot_id(uint8_t out[static SHA256_BYTES], struct bytes text);

/* Formats 3.2: roster, organisation, class, edition, columns and key are equal. */
bool snapshot_is_same_edition(const struct snapshot_record *a, const struct snapshot_record *b);
/* As snapshot_is_same_edition, saying what differs. E_CONFLICT. */
UNDERSIGN_MUST_CHECK enum undersign_status
snapshot_check_same_edition(const struct snapshot_record *a, const struct snapshot_record *b,
			    struct problem *problem);

/* The root of a letter's column: c from 1 in class enrolled, 0 in class raw-key.
 * NULL if the roster has no such column. */
const uint8_t *snapshot_root(const struct snapshot_record *record, uint32_t column);

#endif
