/* The sequencer: makes an epoch's entries from what is held and what has come in (design decisions
 * 5 to 8). Pure, and independent of the order of its input. It works for all letters of a log at
 * once. What it makes, replay.h accepts.
 *
 * Of one tag in one letter only the statements with the highest seq are kept, all distinct ones.
 * New tags of a ring are released hold-min or more at a time; a withdrawal, and more statements of
 * a tag that the ring shows already, at once. At the closing a ring that was released before
 * releases its remainder; where one never was, second proofs stand in for the first; a ring of all
 * releases everything. Public; variable time. */
#ifndef UNDERSIGNED_SEQUENCER_H
#define UNDERSIGNED_SEQUENCER_H

#include "arena.h"
#include "bytes.h"
#include "problem.h"
#include "protocol.h"
#include "replay.h"
#include "statement.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What becomes of a statement file. */
enum sequencer_fate {
	SEQUENCER_RELEASED,        /* its first entry is in this epoch */
	SEQUENCER_RELEASED_SECOND, /* its second entry is, in place of the first */
	SEQUENCER_HELD,            /* keep it and give it again for the next epoch */
	/* Dropped: it will never be published. Delete it. */
	SEQUENCER_DROPPED_REPEATED,   /* its entry stands in the log already, or came twice */
	SEQUENCER_DROPPED_SUPERSEDED, /* another of its tag has a higher seq */
	SEQUENCER_DROPPED_WITHDRAWN,  /* withdrawn while it was held, or as it is logged */
	SEQUENCER_DROPPED_UNRELEASED, /* closed: too few of its ring, and no second proof */
	SEQUENCER_DROPPED_CLOSED,     /* came after the closing */
	SEQUENCER_DROPPED_UNKNOWN,    /* not of a letter of this log, or of no ring of it */
};
/* A sentence for people. Never NULL. */
const char *sequencer_fate_text(enum sequencer_fate fate);
static inline bool sequencer_is_dropped(enum sequencer_fate fate)
{
	return fate >= SEQUENCER_DROPPED_REPEATED;
}

struct sequencer_input {
	/* All of the log so far, ended (or empty). */
	const struct replay *replay;
	/* The epoch to be made: number is one more than the last. */
	struct order_epoch epoch;
	/* Records that sequencer_check_record accepted, in whatever order. */
	const struct bytes *records;
	size_t n_records;
	/* Files that sequencer_check_file accepted, held and new, in whatever order. */
	const struct bytes *files;
	size_t n_files;
};

struct sequencer_output {
	struct bytes *entries; /* the epoch's, header first, in canonical order; from the arena */
	size_t n_entries;
	enum sequencer_fate *fates; /* of each file */
	bool *record_is_repeated; /* of each record: it stands in the log already, or came twice */
};

/* Makes the epoch. E_USAGE if the epoch is not the next one, E_FORMAT if a file or record cannot be
 * parsed (*problem names it, from 0), E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status sequencer_run(struct sequencer_output *out,
							 const struct sequencer_input *input,
							 struct arena *arena,
							 struct problem *problem);

/* Checks a statement file before it is held, for the epoch in which it could stand first: form,
 * letter, ring of a version that holds, the letter is open then, every proof. *out_letter: whose it
 * is. scratch as for proof_verify_scratch_len, from the arena. *problem has the words.
 * E_FORMAT, E_INVALID, E_MISSING (no such letter), E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status
sequencer_check_file(struct replay_letter **out_letter, const struct replay *replay,
		     const struct generators *generators, struct bytes file, uint64_t epoch,
		     struct arena *arena, struct problem *problem);

/* As sequencer_check_file for many, whose proofs are verified together. *out_bad is the first file
 * that is refused, which the problem is about; n if there is none. fresh: 32 random bytes for the
 * weights, or NULL. */
UNDERSIGN_MUST_CHECK enum undersign_status
sequencer_check_files(size_t *out_bad, const struct replay *replay,
		      const struct generators *generators, const struct bytes *files, size_t n,
		      uint64_t epoch, const uint8_t *fresh, struct arena *arena,
		      struct problem *problem);

/* As sequencer_check_files, with a verdict for each file: statuses[i], and problems[i] where it is
 * not OK. problems may be NULL; else n of them, zeroed. epoch: SEQUENCER_ANY_EPOCH looks at
 * everything but whether the letter is open. Returns E_MEMORY or OK. */
#define SEQUENCER_ANY_EPOCH UINT64_MAX
UNDERSIGN_MUST_CHECK enum undersign_status
sequencer_judge_files(enum undersign_status *statuses, struct problem *problems,
		      const struct replay *replay, const struct generators *generators,
		      const struct bytes *files, size_t n, uint64_t epoch, const uint8_t *fresh,
		      struct arena *arena);

/* Checks a record before it is logged in an epoch: its text, its author, that it will not be void
 * and that what it names is in the log or among pending, the records for the same epoch. A letter
 * and its rings must have been added to the replay before its manifest or anything about it is
 * checked; for an `extend`, rings whose points hold the new entries, which are not changed: the
 * caller opens them anew. Other keys than the author's must be in keys.
 * E_FORMAT, E_INVALID, E_MISSING, E_CONFLICT, E_MEMORY; *problem has the words. */
UNDERSIGN_MUST_CHECK enum undersign_status
sequencer_check_record(const struct replay *replay, struct bytes record, uint64_t epoch,
		       const struct bytes *pending, size_t n_pending, struct replay_keys *keys,
		       struct arena *arena, struct problem *problem);

#endif
