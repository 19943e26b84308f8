/* A part of the sequencer, for sequencer*.c alone. */
#ifndef UNDERSIGNED_SEQUENCER_PARTS_H
#define UNDERSIGNED_SEQUENCER_PARTS_H

#include "replay.h"

/* What a record of a letter's story is checked beside. */
struct sequencer_story {
	const struct replay *replay;
	const struct replay_letter *letter; /* which stands in the log or waits for this epoch */
	const struct bytes *pending;
	size_t n_pending;
	uint64_t epoch;
};

/* That its form and its author's signature hold, and that in the epoch it would not be void.
 * E_FORMAT, E_INVALID, E_MISSING, E_LIMIT, E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status
sequencer_story_check(const struct sequencer_story *check, const struct note *note,
		      struct bytes record, struct arena *arena, struct problem *problem);

#endif
