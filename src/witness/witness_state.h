/* What a witness knows: for each of its logs the latest checkpoint that it cosigned, one file each
 * in a folder of its own, written and synced before any cosignature leaves. Decisions of several
 * threads are made one after the other. Public data, but for the signer.
 *
 * The folder is the witness's honesty: one that is lost or restored from a copy lets it cosign a
 * second log of the same size, so it must be neither. A process that holds it excludes others. */
#ifndef UNDERSIGNED_WITNESS_STATE_H
#define UNDERSIGNED_WITNESS_STATE_H

#include "witness.h"

#include "clock.h"

#include <stddef.h>

#define WITNESS_LOGS_MAX 4096

struct witness_state;

struct witness_state_options {
	const char *folder;          /* made if it is not there, mode 0700 */
	const struct note_key *logs; /* of type 0x01, each origin once; copied with their names */
	size_t n_logs;
	struct note_signer signer; /* its name stays */
	struct clock_source clock;
};

/* Reads all records. E_CONFLICT: another process has the folder. E_INVALID and the like for a
 * record that is not of its log by this witness: nothing is cosigned then. E_USAGE for two keys of
 * one origin. *problem names the file. *out is NULL on failure. */
UNDERSIGN_MUST_CHECK enum undersign_status
witness_state_open(struct witness_state **out, const struct witness_state_options *options,
		   struct problem *problem);
/* NULL: nothing is done. */
void witness_state_close(struct witness_state *state);

#define WITNESS_BROKEN 500 /* the disk or the clock fails: *problem says what to do */

struct witness_reply {
	int status;        /* a witness_status, or WITNESS_BROKEN */
	struct bytes body; /* FINE: the cosignature's line; STALE: the size and a newline */
	struct problem problem;
	uint8_t buffer[NOTE_SIGNATURE_LINE_MAX + 20];
};

/* Answers a submission. The time of a log's cosignatures never decreases: it is the clock's, or
 * that of the last one if the clock is up to an hour behind it. A clock that is further behind, or
 * that has moved by more than a day against the machine's count since the state was opened, is
 * WITNESS_BROKEN. By several threads at once. *out must stay where it is. */
void witness_state_submit(struct witness_state *state, struct witness_reply *out,
			  struct bytes body);
/* The latest record of the log with this hexadecimal hash; false if there is none. */
bool witness_state_latest(struct witness_state *state, struct writer *out, struct bytes origin_hex);
/* What was seen of a log. */
struct witness_seen witness_state_seen(struct witness_state *state, size_t log);

#endif
