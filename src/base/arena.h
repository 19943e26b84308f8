/* Memory of the pure domain modules: a bump allocator over blocks that the program supplies, freed
 * as a whole by whoever made it. The core (base, group, proof, log) takes buffers instead. */
#ifndef UNDERSIGNED_ARENA_H
#define UNDERSIGNED_ARENA_H

#include "bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena {
	uint8_t *block;
	size_t used;
	size_t capacity;
	/* Gives a new block of at least len bytes aligned to 64, or NULL. The program remembers its
	 * blocks and frees them after the arena's last use. NULL: the first block is all there is.
	 */
	void *(*grow)(void *cookie, size_t len);
	void *cookie;
	size_t limit; /* bytes in all that may be asked of grow; SIZE_MAX for no limit */
};

/* Zeroed memory for n items of size bytes, aligned to 16 (64 for items of 64 bytes or more); NULL
 * if there is none left or n * size overflows. */
void *arena_take(struct arena *arena, size_t n, size_t size);
/* A copy that lives as long as the arena; data NULL if there is no memory. */
struct bytes arena_copy(struct arena *arena, struct bytes bytes);
/* Scratch that is used again and again: makes *memory, aligned to 64, as long as is wanted; what it
 * held is lost if it was shorter. Begin with NULL and 0. False, with both as at the beginning, if
 * there is no memory. */
bool arena_grow_scratch(void **memory, size_t *len, size_t wanted, struct arena *arena);

#define ARENA_TAKE(arena, type, n) ((type *)arena_take((arena), (n), sizeof(type)))

#endif
