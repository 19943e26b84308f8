/* Records of the log and of a letter (doc/formats.md 3): what a note is by its first line, and the
 * texts of `log`, `open`, `extend` and `close`. A snapshot's record is roster's, a letter's is
 * manifest.h's. Public; variable time. Texts here are those of notes, without the signatures. */
#ifndef UNDERSIGNED_RECORD_H
#define UNDERSIGNED_RECORD_H

#include "arena.h"
#include "bytes.h"
#include "manifest.h"
#include "note.h"
#include "problem.h"
#include "sha2.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order in which an epoch has them (6.1). */
enum record_kind {
	RECORD_LOG = 0,
	RECORD_ROSTER = 1,
	RECORD_LETTER = 2,
	RECORD_OPEN = 3,
	RECORD_EXTEND = 4,
	RECORD_CLOSE = 5,
	RECORD_OTHER = 6,
};

#define RECORD_EPOCH_SECONDS_MAX UINT64_C(31622400)
#define RECORD_EPOCH_MAX         UINT64_C(253402300799) /* no epoch is named by a later second */
#define RECORD_VERSION_MAX       UINT32_MAX

/* The kind, which is also the rank, of a note or of its text, by the first line alone. */
enum record_kind record_kind_of(struct bytes note);

/* ID of a note: SHA-256 of its text. */
void record_id(uint8_t out[static SHA256_BYTES], struct bytes text);

/* The log's record. */
struct record_log {
	struct note_key log;
	uint64_t epoch_seconds;
	uint64_t begins; /* seconds since 1970 */
};
UNDERSIGN_MUST_CHECK enum undersign_status
record_log_parse(struct record_log *out, struct bytes text, struct problem *problem);
/* Requires: epoch_seconds and begins as 3.1 says. */
void record_log_write(struct writer *writer, const struct record_log *record);
/* The instant that names an epoch. E_LIMIT if it is after the year 9999. */
UNDERSIGN_MUST_CHECK enum undersign_status
record_log_instant(uint64_t *out_seconds, const struct record_log *record, uint64_t epoch);
/* Writes an instant as a DATE where epochs are whole days, else as a TIME. */
void record_log_date_write(struct writer *writer, const struct record_log *record,
			   uint64_t seconds);

struct record_open {
	uint8_t letter[HASH_BYTES];
};
UNDERSIGN_MUST_CHECK enum undersign_status
record_open_parse(struct record_open *out, struct bytes text, struct problem *problem);
void record_open_write(struct writer *writer, const struct record_open *record);

struct record_extend_roster {
	uint8_t record[SHA256_BYTES];
	uint64_t members;
	struct bytes name;
};
struct record_extend {
	uint8_t letter[HASH_BYTES];
	uint32_t version;
	const struct record_extend_roster *rosters; /* from the arena */
	size_t n_rosters;
};
UNDERSIGN_MUST_CHECK enum undersign_status record_extend_parse(struct record_extend *out,
							       struct bytes text,
							       struct arena *arena,
							       struct problem *problem);
void record_extend_write(struct writer *writer, const struct record_extend *record);
/* That its rosters are those of the manifest, in its order. E_INVALID. */
UNDERSIGN_MUST_CHECK enum undersign_status record_extend_check(const struct record_extend *record,
							       const struct manifest *manifest,
							       struct problem *problem);

struct record_close {
	uint8_t letter[HASH_BYTES];
	uint64_t epoch;
};
UNDERSIGN_MUST_CHECK enum undersign_status
record_close_parse(struct record_close *out, struct bytes text, struct problem *problem);
void record_close_write(struct writer *writer, const struct record_close *record);

#endif
