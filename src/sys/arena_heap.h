/* Memory of the machine for arenas (arena.h) and for the public header's functions: blocks with a
 * limit for all of them, given back together. */
#ifndef UNDERSIGNED_ARENA_HEAP_H
#define UNDERSIGNED_ARENA_HEAP_H

#include "arena.h"

#include "undersign.h"

#include <stdbool.h>
#include <stddef.h>

struct arena_heap_block;

/* Must stay where it is while it is open. Not for several threads at once. */
struct arena_heap {
	struct arena arena; /* take from this */
	struct arena_heap_block *blocks;
	size_t left; /* of the limit, in bytes */
	bool is_secret;
};

/* Allocates nothing yet. limit: bytes in all, SIZE_MAX for none. is_secret: blocks are wiped before
 * they are given back. */
void arena_heap_open(struct arena_heap *heap, size_t limit, bool is_secret);
/* The same memory for functions of undersign.h. */
struct undersign_memory arena_heap_memory(struct arena_heap *heap);
/* Gives everything back. A zeroed heap: nothing is done. */
void arena_heap_close(struct arena_heap *heap);

#endif
