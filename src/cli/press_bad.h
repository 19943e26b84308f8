/* Bundles that are not as they should be, made of one that is: what a journalist gives to
 * `undersign verify` to see it refuse. Whoever makes them has no key, as a forger would. */
#ifndef UNDERSIGNED_PRESS_BAD_H
#define UNDERSIGNED_PRESS_BAD_H

#include "arena.h"
#include "bytes.h"
#include "folder.h"
#include "sha2.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

/* Files in ascending order of their names. */
struct press_bundle {
	struct folder_file *files;
	size_t n;
};

/* Each: the bundle `good` with one fault. Names and contents are from the arena, or good's.
 * E_MISSING if it has nothing to be changed, E_MEMORY, E_LIMIT; E_FORMAT if good is no bundle. */

/* A sentence more in a text of the letter. */
UNDERSIGN_MUST_CHECK enum undersign_status
press_bad_text(struct press_bundle *out, const struct press_bundle *good, struct arena *arena);
/* The letter's last published statement is gone: log, tiles and checkpoint are those of the shorter
 * log, but for the signatures, which nobody but the log and its witnesses can make. letter: its id.
 */
UNDERSIGN_MUST_CHECK enum undersign_status press_bad_statement(struct press_bundle *out,
							       const struct press_bundle *good,
							       const uint8_t letter[static 32],
							       struct arena *arena);
/* The first roster has a member more. */
UNDERSIGN_MUST_CHECK enum undersign_status
press_bad_roster(struct press_bundle *out, const struct press_bundle *good, struct arena *arena);

#endif
