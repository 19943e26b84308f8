#include "held.h"

#include <string.h>

enum undersign_status held_add(struct held *held, const struct store_key *key, struct bytes content)
{
	if (held->n == held->capacity) {
		const size_t capacity = held->capacity ? 2 * held->capacity : 256;
		struct bytes *files = ARENA_TAKE(held->arena, struct bytes, capacity);
		struct store_key *keys = ARENA_TAKE(held->arena, struct store_key, capacity);
		if (!files || !keys)
			return UNDERSIGN_E_MEMORY;
		if (held->n > 0) {
			memcpy(files, held->files, held->n * sizeof *files);
			memcpy(keys, held->keys, held->n * sizeof *keys);
		}
		held->files = files;
		held->keys = keys;
		held->capacity = capacity;
	}
	held->files[held->n] = content;
	held->keys[held->n++] = *key;
	return UNDERSIGN_OK;
}

enum undersign_status held_take(void *cookie, const struct store_item *item,
				struct problem *problem)
{
	struct held *held = cookie;
	const struct bytes content = arena_copy(held->arena, item->content);
	struct store_key key = {.kind = item->kind};

	(void)problem;
	if (!content.data)
		return UNDERSIGN_E_MEMORY;
	memcpy(key.hash, item->hash, SHA512_BYTES);
	return held_add(held, &key, content);
}
