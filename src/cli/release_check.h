/* Before an epoch is released: what its numbers would tell of single members. */
#ifndef UNDERSIGNED_RELEASE_CHECK_H
#define UNDERSIGNED_RELEASE_CHECK_H

#include "arena.h"
#include "replay.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

/* Says of each list of the letter with a new signature since that epoch (the first of those that
 * are made now) whether more than half of it has signed, or all of it. *out_names_all: all of a
 * list, so that everybody on it would be known to have signed. E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status release_check(bool *out_names_all,
							 const struct replay_letter *letter,
							 uint64_t since, struct arena *arena);

#endif
