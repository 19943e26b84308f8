/* Sorting by index, in place and without recursion: the order of entries, tags and names. Public
 * data; variable time. */
#ifndef UNDERSIGNED_SORTING_H
#define UNDERSIGNED_SORTING_H

#include <stddef.h>
#include <stdint.h>

/* Negative, 0 or positive as item a stands before, with or after item b. */
typedef int (*sorting_compare)(const void *items, uint32_t a, uint32_t b);

/* Orders n indexes; items is handed to compare. Heap sort: n log n in every case. Equal items come
 * in no particular order. Requires: n < 2^31. */
void sorting_indexes(uint32_t *indexes, size_t n, sorting_compare compare, const void *items);

#endif
