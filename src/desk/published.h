/* The folder of static files that a desk publishes: all public, all derived from the store and the
 * letters' folders (doc/http-api.md).
 *
 *     checkpoint, tile/...            the log
 *     letters/<id>/                   each letter's own files: keys, manifest, texts, rosters
 *     letters/<id>/index.html         its page, of the checkpoint's state
 *     letters/<id>/checkpoint, tile   links to the log's, so that each is a bundle by HTTP
 *     handouts/<id>/                  what others show of it (handout.h), as served beside its page
 *     cited/<id>/<size>.html          its page as of each checkpoint, for good; served as
 *                                     letters/<id>/as-of-<size>.html
 *     tallies/<id>.json               each letter's tally, as served at letters/<id>/tally.json
 *
 * Files are written whole and synced, the checkpoint last: whoever reads in between finds the log
 * of the checkpoint that is there. */
#ifndef UNDERSIGNED_PUBLISHED_H
#define UNDERSIGNED_PUBLISHED_H

#include "desk_state.h"

#include "bytes.h"
#include "problem.h"
#include "status.h"
#include "store.h"

#include <stdint.h>

/* Those who may have cosigned a checkpoint; NULL and 0: nobody. */
struct published_witnesses {
	const struct note_key *keys;
	size_t n;
};

/* Entries that the published checkpoint covers; 0 if there is none that the log's key signed.
 * E_CONFLICT if it is no checkpoint of this log as the state has it: of more entries, or of others;
 * then nothing may be signed. Errors also as file_read. Requires: the state keeps leaves and has
 * a view. */
UNDERSIGN_MUST_CHECK enum undersign_status
published_size(uint64_t *out, const struct desk_state *state, struct problem *problem);
/* The same question of any file of a checkpoint. *out_is_there: false if there is no such file. */
UNDERSIGN_MUST_CHECK enum undersign_status published_check(uint64_t *out, bool *out_is_there,
							   const struct desk_state *state,
							   const char *path,
							   struct problem *problem);

/* Writes what a log of `since` entries lacks (0: everything) and the letters' files, but neither
 * the checkpoint nor `keys`; errors as file_write, store_read_log. */
UNDERSIGN_MUST_CHECK enum undersign_status published_write(const struct desk_state *state,
							   struct store *store, uint64_t since,
							   struct problem *problem);
/* The checkpoint: the state's, with further signature lines if there are any, and before it the
 * `keys` of each letter, which list whose they are, and the tallies. */
UNDERSIGN_MUST_CHECK enum undersign_status
published_write_checkpoint(const struct desk_state *state, struct bytes checkpoint,
			   const struct published_witnesses *witnesses, struct problem *problem);
/* Removes partial tiles and entry bundles of all sizes but these two: the present one's, and the
 * one before, which somebody may still be reading. */
UNDERSIGN_MUST_CHECK enum undersign_status
published_clean(const struct desk_state *state, uint64_t before, struct problem *problem);
/* Compares every file with what published_write would write: E_INVALID and the first that differs
 * or is missing. */
UNDERSIGN_MUST_CHECK enum undersign_status
published_verify(const struct desk_state *state, struct store *store,
		 const struct published_witnesses *witnesses, struct problem *problem);

#endif
