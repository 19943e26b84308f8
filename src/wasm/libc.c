/* What third/md4c and third/qrcodegen ask of a libc. Public data only. Memory is the module's heap,
 * which is freed as a whole: what is given back here is not used again before that. */
#include "heap.h"

#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Before each piece: how long it is. As long as the heap's alignment, which stays that way. */
#define HEADER 64

void *malloc(size_t len)
{
	uint8_t *piece = len <= SIZE_MAX - HEADER ? heap_take(HEADER + len) : NULL;

	if (!piece)
		return NULL;
	memcpy(piece, &len, sizeof len);
	return piece + HEADER;
}

void free(void *memory)
{
	(void)memory;
}

void *realloc(void *old, size_t len)
{
	uint8_t *piece = malloc(len);
	size_t old_len;

	if (!piece || !old)
		return piece;
	memcpy(&old_len, (uint8_t *)old - HEADER, sizeof old_len);
	return memcpy(piece, old, old_len < len ? old_len : len);
}

static void swap(uint8_t *a, uint8_t *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const uint8_t byte = a[i];
		a[i] = b[i];
		b[i] = byte;
	}
}

/* Moves the item at `at` down a heap of n, the largest first. */
static void sift(uint8_t *items, size_t at, size_t n, size_t len,
		 int (*compare)(const void *a, const void *b))
{
	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= n)
			return;
		if (child + 1 < n && compare(items + child * len, items + (child + 1) * len) < 0)
			child++;
		if (compare(items + at * len, items + child * len) >= 0)
			return;
		swap(items + at * len, items + child * len, len);
		at = child;
	}
}

/* Heap sort: n log n in every case. */
void qsort(void *items, size_t n, size_t len, int (*compare)(const void *a, const void *b))
{
	for (size_t i = n / 2; i > 0; i--)
		sift(items, i - 1, n, len, compare);
	for (size_t i = n; i > 1; i--) {
		swap(items, (uint8_t *)items + (i - 1) * len, len);
		sift(items, 0, i - 1, len, compare);
	}
}

void *bsearch(const void *key, const void *items, size_t n, size_t len,
	      int (*compare)(const void *a, const void *b))
{
	size_t low = 0;
	size_t high = n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const uint8_t *item = (const uint8_t *)items + middle * len;
		const int order = compare(key, item);

		if (order == 0)
			return (void *)(uintptr_t)item;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

char *strchr(const char *text, int character)
{
	for (;; text++) {
		if (*text == (char)character)
			return (char *)(uintptr_t)text;
		if (*text == '\0')
			return NULL;
	}
}

size_t strlen(const char *text)
{
	size_t len = 0;

	while (text[len] != '\0')
		len++;
	return len;
}

int abs(int value)
{
	return value < 0 ? -value : value;
}

long labs(long value)
{
	return value < 0 ? -value : value;
}
