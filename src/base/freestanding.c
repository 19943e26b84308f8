/* What a libc would give; compiled only where there is none (wasm32). */
#include "memory.h"
#include "status.h"

#include <stdint.h>

/* Without this the compiler would turn the loop of memcpy into a call of memcpy. */
#if defined(__clang__)
#define NO_BUILTIN __attribute__((no_builtin))
#else
#define NO_BUILTIN __attribute__((optimize("no-tree-loop-distribute-patterns")))
#endif

NO_BUILTIN void *memcpy(void *restrict out, const void *restrict in, size_t len)
{
	uint8_t *to = out;
	const uint8_t *from = in;
	size_t i = 0;

	/* A copy of constant size is one load and one store, not a call. */
	for (; len - i >= 8; i += 8)
		__builtin_memcpy(to + i, from + i, 8);
	for (; i < len; i++)
		to[i] = from[i];
	return out;
}

NO_BUILTIN void *memmove(void *out, const void *in, size_t len)
{
	uint8_t *to = out;
	const uint8_t *from = in;

	if ((uintptr_t)to <= (uintptr_t)from) {
		for (size_t i = 0; i < len; i++)
			to[i] = from[i];
		return out;
	}
	for (size_t i = len; i > 0; i--)
		to[i - 1] = from[i - 1];
	return out;
}

NO_BUILTIN void *memset(void *out, int byte, size_t len)
{
	uint8_t *to = out;
	uint64_t word = 0x0101010101010101 * (uint64_t)(uint8_t)byte;
	size_t i = 0;

	for (; len - i >= 8; i += 8)
		__builtin_memcpy(to + i, &word, 8);
	for (; i < len; i++)
		to[i] = (uint8_t)byte;
	return out;
}

NO_BUILTIN int memcmp(const void *a, const void *b, size_t len)
{
	const uint8_t *left = a;
	const uint8_t *right = b;

	for (size_t i = 0; i < len; i++)
		if (left[i] != right[i])
			return left[i] < right[i] ? -1 : 1;
	return 0;
}

void undersign_abort(const char *condition, const char *file, int line)
{
	(void)condition;
	(void)file;
	(void)line;
	__builtin_trap();
}
