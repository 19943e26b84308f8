#include "arena.h"

#include "memory.h"

/* Small requests share a block of at least this size. */
#define BLOCK_LEN ((size_t)256 * 1024)

/* Bytes from used to the next address that is a multiple of alignment. */
static size_t padding(const struct arena *arena, size_t alignment)
{
	uintptr_t next = (uintptr_t)arena->block + arena->used;

	return (size_t)((alignment - (next & (alignment - 1))) & (alignment - 1));
}

static bool has_room(const struct arena *arena, size_t alignment, size_t len)
{
	size_t free_len = arena->capacity - arena->used;
	size_t skip = padding(arena, alignment);

	return arena->block && skip <= free_len && len <= free_len - skip;
}

static bool grow(struct arena *arena, size_t len)
{
	size_t asked = len < BLOCK_LEN ? BLOCK_LEN : len;

	if (!arena->grow)
		return false;
	if (asked > arena->limit)
		asked = arena->limit;
	if (asked < len)
		return false;
	uint8_t *block = arena->grow(arena->cookie, asked);
	if (!block)
		return false;
	if (arena->limit != SIZE_MAX)
		arena->limit -= asked;
	arena->block = block;
	arena->capacity = asked;
	arena->used = 0;
	return true;
}

void *arena_take(struct arena *arena, size_t n, size_t size)
{
	size_t alignment = size >= 64 ? 64 : 16;
	size_t len;

	if (__builtin_mul_overflow(n, size, &len))
		return NULL;
	/* Nothing is something too: NULL is for "no memory" alone. */
	if (len == 0)
		len = 1;
	if (!has_room(arena, alignment, len) && !grow(arena, len))
		return NULL;
	if (!has_room(arena, alignment, len))
		return NULL;
	arena->used += padding(arena, alignment);
	uint8_t *out = arena->block + arena->used;
	arena->used += len;
	memset(out, 0, len);
	return out;
}

struct bytes arena_copy(struct arena *arena, struct bytes bytes)
{
	uint8_t *out = arena_take(arena, bytes.len, 1);

	if (!out)
		return bytes_from(NULL, 0);
	if (bytes.len > 0)
		memcpy(out, bytes.data, bytes.len);
	return bytes_from(out, bytes.len);
}

bool arena_grow_scratch(void **memory, size_t *len, size_t wanted, struct arena *arena)
{
	if (wanted <= *len)
		return true;
	*memory = arena_take(arena, wanted / 64 + 1, 64);
	*len = *memory ? wanted : 0;
	return *memory;
}
