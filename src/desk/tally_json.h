/* A letter's tally as JSON for programs (doc/formats.md 9), from a replay that has ended cleanly.
 * Every number is the replay's. */
#ifndef UNDERSIGNED_TALLY_JSON_H
#define UNDERSIGNED_TALLY_JSON_H

#include "arena.h"
#include "bytes.h"
#include "merkle.h"
#include "replay.h"
#include "status.h"

/* The object of `undersign tally --json` without `valid`, `anchored` and `problems`, which only who
 * has verified can say; with growth. root: of the log that was replayed. text: the letter's, in the
 * authoritative language. From the arena. E_MEMORY and as snapshot_write. */
UNDERSIGN_MUST_CHECK enum undersign_status
tally_json(struct bytes *out, const struct replay *replay, const struct replay_letter *letter,
	   const struct merkle_hash *root, struct bytes text, struct arena *arena);

#endif
