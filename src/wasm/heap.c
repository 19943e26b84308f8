#include "heap.h"

#include "ct.h"

#include <stdint.h>

#define PAGE_LEN  65536
#define ALIGNMENT 64
/* Pages are asked for so many at a time. */
#define STEP_PAGES 16

/* The linker's: the first byte after stack and constants. */
extern uint8_t __heap_base;

/* The first byte that is not taken; 0 before the first call. 64 bits, since the end of the largest
 * memory is 2^32. What is from there on is zero: fresh pages are, and what is freed is wiped. */
static uint64_t top;

static uint64_t bottom(void)
{
	return ((uint64_t)(uintptr_t)&__heap_base + ALIGNMENT - 1) & ~(uint64_t)(ALIGNMENT - 1);
}

void *heap_take(size_t len)
{
	const uint64_t start = top == 0 ? bottom() : top;
	const uint64_t end = (start + len + ALIGNMENT - 1) & ~(uint64_t)(ALIGNMENT - 1);
	const uint64_t has = (uint64_t)__builtin_wasm_memory_size(0) * PAGE_LEN;

	if (end > has) {
		const uint64_t pages = (end - has + PAGE_LEN - 1) / PAGE_LEN;
		const uint64_t asked = (pages + STEP_PAGES - 1) / STEP_PAGES * STEP_PAGES;
		if (asked > SIZE_MAX / PAGE_LEN ||
		    __builtin_wasm_memory_grow(0, (size_t)asked) == SIZE_MAX)
			return NULL;
	}
	top = end;
	return (void *)(uintptr_t)start;
}

void heap_reset(void)
{
	const uint64_t start = bottom();

	if (top > start)
		wipe((void *)(uintptr_t)start, (size_t)(top - start));
	top = start;
}
