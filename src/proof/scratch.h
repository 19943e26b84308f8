/* Cuts the caller's scratch into aligned arrays. For proof and poll alone. */
#ifndef UNDERSIGNED_PROOF_SCRATCH_H
#define UNDERSIGNED_PROOF_SCRATCH_H

#include "status.h"

#include <stddef.h>
#include <stdint.h>

#define SCRATCH_ALIGN 64

struct scratch {
	uint8_t *next;
	size_t left;
};

/* What an array of n items of size bytes takes of a scratch. */
static inline size_t scratch_need(size_t n, size_t size)
{
	return (n * size + SCRATCH_ALIGN - 1) & ~(size_t)(SCRATCH_ALIGN - 1);
}

static inline struct scratch scratch_new(void *memory, size_t len)
{
	CHECK(((uintptr_t)memory & (SCRATCH_ALIGN - 1)) == 0);
	return (struct scratch){memory, len};
}

/* Uninitialised; aborts if the caller gave less than the documented length. */
static inline void *scratch_take(struct scratch *scratch, size_t n, size_t size)
{
	size_t need = scratch_need(n, size);
	uint8_t *taken = scratch->next;

	CHECK(need <= scratch->left);
	scratch->next += need;
	scratch->left -= need;
	return taken;
}

#endif
