/* The kit's record (doc/formats.md 3.6): which file for browsers the holder of a log's key gives
 * out, by its hash. A note signed by that key and by no other; the last one in the log counts.
 * Public; variable time. */
#ifndef UNDERSIGNED_KIT_RECORD_H
#define UNDERSIGNED_KIT_RECORD_H

#include "bytes.h"
#include "note.h"
#include "problem.h"
#include "sha2.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

#define KIT_RECORD_MAX     2048
#define KIT_FILE_MAX       UINT64_C(16777216)
#define KIT_RECORD_VERSION 128 /* bytes of a version, at most */

struct kit_record {
	struct note_key log;
	struct bytes version;
	uint64_t length;
	uint8_t sha256[SHA256_BYTES];
};

/* True if a note, or its text, begins as one. */
bool kit_record_is(struct bytes note);
/* Parses a note and checks that log has signed it, and nobody else. Views are of the note.
 * E_FORMAT, E_LIMIT, E_MISSING, E_INVALID; *out is then zeros. */
UNDERSIGN_MUST_CHECK enum undersign_status kit_record_open(struct kit_record *out,
							   const struct note *note,
							   const struct note_key *log,
							   struct problem *problem);
/* Writes the text. Requires: what kit_record_open would accept. */
void kit_record_write(struct writer *writer, const struct kit_record *record);

#endif
