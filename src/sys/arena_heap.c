#include "arena_heap.h"

#include "ct.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define LARGE_PAGE ((size_t)2 << 20)

/* Stands before each block's memory. */
struct arena_heap_block {
	struct arena_heap_block *next;
	size_t len; /* with this header */
	uint8_t padding[48];
};

_Static_assert(sizeof(struct arena_heap_block) == 64, "blocks stay aligned to 64 after it");

static void *take(void *cookie, size_t len)
{
	struct arena_heap *heap = cookie;
	size_t whole;

	if (len > heap->left ||
	    __builtin_add_overflow(len, sizeof(struct arena_heap_block), &whole) ||
	    __builtin_add_overflow(whole, (size_t)63, &whole))
		return NULL;
	whole &= ~(size_t)63;
	const bool is_large = whole >= 2 * LARGE_PAGE;
	void *start;

	/* aligned_alloc would have the length a multiple of the large page. */
	if (posix_memalign(&start, is_large ? LARGE_PAGE : 64, whole))
		return NULL;
	struct arena_heap_block *block = start;

	if (heap->left != SIZE_MAX)
		heap->left -= len;
	/* Large tables are read in no order: large pages, where the system has them, save most of
	 * the faults at first and of the misses later. A request; whatever the answer, it works. */
	if (is_large)
		(void)madvise(block, whole & ~(LARGE_PAGE - 1), MADV_HUGEPAGE);
	block->next = heap->blocks;
	block->len = whole;
	heap->blocks = block;
	return block + 1;
}

void arena_heap_open(struct arena_heap *heap, size_t limit, bool is_secret)
{
	*heap = (struct arena_heap){.left = limit, .is_secret = is_secret};
	heap->arena = (struct arena){.grow = take, .cookie = heap, .limit = limit};
}

struct undersign_memory arena_heap_memory(struct arena_heap *heap)
{
	return (struct undersign_memory){take, heap, heap->left};
}

void arena_heap_close(struct arena_heap *heap)
{
	while (heap->blocks) {
		struct arena_heap_block *block = heap->blocks;

		heap->blocks = block->next;
		if (heap->is_secret)
			wipe(block, block->len);
		free(block);
	}
	*heap = (struct arena_heap){0};
}
