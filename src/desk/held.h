/* What the store holds, as it was read for one closing; in the order of its hashes. */
#ifndef UNDERSIGNED_HELD_H
#define UNDERSIGNED_HELD_H

#include "arena.h"
#include "bytes.h"
#include "problem.h"
#include "status.h"
#include "store.h"

#include <stddef.h>

struct held {
	struct arena *arena;
	struct bytes *files;
	struct store_key *keys;
	size_t n, capacity;
};

/* Appends; content must stay. E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status held_add(struct held *held, const struct store_key *key,
						    struct bytes content);
/* A store_visit with a struct held as its cookie: appends a copy. E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status held_take(void *cookie, const struct store_item *item,
						     struct problem *problem);

#endif
