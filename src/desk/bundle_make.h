/* Makes a letter's bundle (doc/formats.md 7) from a desk's log and the letter's folder. */
#ifndef UNDERSIGNED_BUNDLE_MAKE_H
#define UNDERSIGNED_BUNDLE_MAKE_H

#include "desk_folder.h"

#include "problem.h"
#include "replay.h"
#include "status.h"

#include "undersign.h"

/* Files before which a log's have room: keys, manifest, texts, rosters. */
size_t bundle_make_spare(const struct desk_letter *letter);
/* Fills the `spare` files in front of a log's files (desk_folder_log with that spare), so that
 * files[0..n-1] are the bundle; and verifies it as anybody will: a bundle that does not hold is an
 * error of this program, and is not written. replayed: the letter as the log has it. */
UNDERSIGN_MUST_CHECK enum undersign_status
bundle_make(struct folder_file *files, size_t n, const struct desk_folder *desk,
	    const struct desk_letter *letter, const struct replay_letter *replayed,
	    const struct undersign_parallel *parallel, struct problem *problem);

#endif
