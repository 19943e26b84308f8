/* What third/md4c and third/qrcodegen ask of <stdlib.h>; libc.c has it. */
#ifndef UNDERSIGNED_WASM_STDLIB_H
#define UNDERSIGNED_WASM_STDLIB_H

#include <stddef.h>

void *malloc(size_t len);
void *realloc(void *old, size_t len);
void free(void *memory);
void qsort(void *items, size_t n, size_t len, int (*compare)(const void *a, const void *b));
void *bsearch(const void *key, const void *items, size_t n, size_t len,
	      int (*compare)(const void *a, const void *b));
int abs(int value);
long labs(long value);

#endif
