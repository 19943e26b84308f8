/* The module's memory: a bump allocator over what memory.grow gives, freed as a whole. */
#ifndef UNDERSIGNED_WASM_HEAP_H
#define UNDERSIGNED_WASM_HEAP_H

#include <stddef.h>

/* len bytes aligned to 64, zeroed; NULL if the machine has no more. */
void *heap_take(size_t len);
/* Wipes and frees all that was taken: arguments and scratch may have held secrets. The pages stay
 * the module's, for the next time. */
void heap_reset(void);

#endif
