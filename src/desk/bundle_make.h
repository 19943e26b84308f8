/* Makes a letter's bundle (doc/formats.md 7) from a desk's log and the letter's folder. */
#ifndef UNDERSIGNED_BUNDLE_MAKE_H
#define UNDERSIGNED_BUNDLE_MAKE_H

#include "letter_folder.h"

#include "arena.h"
#include "folder.h"
#include "merkle.h"
#include "note.h"
#include "page.h"
#include "problem.h"
#include "replay.h"
#include "status.h"

#include "undersign.h"

/* A letter's own files: keys, manifest, texts, rosters. */
size_t bundle_make_letter_count(const struct manifest *manifest);
/* Writes bundle_make_letter_count files, of which the first is `keys`. folder and replayed: the
 * letter, as its folder and as the log have it; log: the log's key; cosigners: those whose
 * signatures stand on the checkpoint. From the arena, and views of the folder. E_MEMORY and as
 * points_parse. */
UNDERSIGN_MUST_CHECK enum undersign_status
bundle_make_letter(struct folder_file *files, const struct letter_folder *folder,
		   const struct replay_letter *replayed, const struct note_key *log,
		   const struct note_key *cosigners, size_t n_cosigners, struct arena *arena,
		   struct problem *problem);

/* What the page is made of: the letter as of the end of the replay, whose root is given. E_MEMORY.
 */
UNDERSIGN_MUST_CHECK enum undersign_status
bundle_make_source(struct page_source *out, const struct letter_folder *folder,
		   const struct replay *replay, const struct replay_letter *replayed,
		   const struct merkle_hash *root, struct arena *arena);

/* Files of a bundle beside those of the log. */
size_t bundle_make_count(const struct manifest *manifest);
/* Fills that many files in front of a log's files (desk_folder_log with that spare), so that
 * files[0..n-1] are the bundle; and verifies it as anybody will: a bundle that does not hold is an
 * error of this program, and is not written. */
UNDERSIGN_MUST_CHECK enum undersign_status
bundle_make(struct folder_file *files, size_t n, const struct letter_folder *folder,
	    const struct replay *replay, const struct replay_letter *replayed, struct arena *arena,
	    const struct undersign_parallel *parallel, struct problem *problem);

/* What a desk serves beside that bundle (doc/formats.md 7.6), but for pages of earlier checkpoints:
 * for whoever publishes without one. *out from the arena. E_MEMORY, E_LIMIT. */
UNDERSIGN_MUST_CHECK enum undersign_status
bundle_make_beside(struct folder_file **out, size_t *out_n, const struct folder_file *bundle,
		   size_t n, const struct letter_folder *folder, const struct replay *replay,
		   const struct replay_letter *replayed, struct arena *arena,
		   struct problem *problem);

#endif
