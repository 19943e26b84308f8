/* A desk's log in memory, and the epochs that follow it: what `undersign publish` does by hand and
 * the sealer by its clock. Touches no file, clock or store. Public; variable time. */
#ifndef UNDERSIGNED_EPOCHS_H
#define UNDERSIGNED_EPOCHS_H

#include "letter_folder.h"

#include "arena.h"
#include "bytes.h"
#include "parallel.h"
#include "problem.h"
#include "record.h"
#include "replay.h"
#include "sequencer.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct epochs {
	struct arena *arena;
	const struct record_log *log;
	struct bytes log_note;
	const struct letter_folder *const *folders;
	size_t n_letters;
	struct replay *replay;
	struct replay_letter **letters; /* of each folder */
	struct replay_options options;
};

/* Begins with no entry: give those of the log to epochs_feed. log and its note, the folders and
 * parallel must stay as long as *out, which must not be moved. E_INVALID, E_CONFLICT, E_MEMORY and
 * as rings_open; *problem names the letter by its folder. */
UNDERSIGN_MUST_CHECK enum undersign_status
epochs_open(struct epochs *out, const struct record_log *log, struct bytes log_note,
	    const struct letter_folder *const *folders, size_t n_letters,
	    const struct parallel *parallel, struct arena *arena, struct problem *problem);
/* Entries of the log, whole epochs, whose proofs were verified before they were logged. */
UNDERSIGN_MUST_CHECK enum undersign_status
epochs_feed(struct epochs *epochs, const struct bytes *entries, size_t n, struct problem *problem);

/* The number of the epoch that follows the log's last. */
uint64_t epochs_next(const struct epochs *epochs);
/* The last epoch whose instant has come; false before the log begins. */
bool epochs_due(uint64_t *out, const struct record_log *log, uint64_t seconds);
/* The epoch for which a file is to be checked that comes for `epoch`: that one, or a letter's
 * closing which is still to be made, since what came before a closing belongs to it, however late
 * somebody closes it. */
uint64_t epochs_window(const struct epochs *epochs, uint64_t epoch);

/* Records of the letters' folders, and those that came by themselves, that the log does not have
 * yet; the log's own before its first entry. */
struct epochs_records {
	struct bytes *records;
	size_t n;
	struct problem *left_out; /* of each record that does not hold, if they may be left out */
	size_t n_left_out;
};
/* more: records that came by themselves; they must stay. may_leave_out: records that do not hold
 * are not logged, and told in left_out; else the first one fails it. *out is from the arena.
 * E_INVALID, E_CONFLICT, E_MISSING, E_FORMAT, E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status
epochs_collect(struct epochs *epochs, struct epochs_records *out, uint64_t epoch,
	       const struct bytes *more, size_t n_more, bool may_leave_out, struct arena *arena,
	       struct problem *problem);

struct epochs_made {
	struct bytes *entries; /* of all epochs that were made */
	size_t n_entries, capacity;
	enum sequencer_fate *fates; /* of each file, as of the last epoch that looked at it */
	bool *is_over;              /* published or dropped */
};
/* Makes every epoch from the next to target, and feeds them to the replay. What waits is offered to
 * the target and to a closing before it; the others are written empty. files: accepted, held and
 * new, in whatever order. *out is from the arena. On failure the replay is of no use any more.
 * E_FORMAT, E_USAGE, E_LIMIT, E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status
epochs_make(struct epochs *epochs, struct epochs_made *out, uint64_t target,
	    const struct epochs_records *records, const struct bytes *files, size_t n_files,
	    struct arena *arena, struct problem *problem);

#endif
