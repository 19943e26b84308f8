/* The four functions of <string.h> that a freestanding C compiler itself may call. */
#ifndef UNDERSIGNED_MEMORY_H
#define UNDERSIGNED_MEMORY_H

#include <stddef.h>

void *memcpy(void *restrict out, const void *restrict in, size_t len);
void *memmove(void *out, const void *in, size_t len);
void *memset(void *out, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);

#endif
