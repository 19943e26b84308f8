/* From vG back to v (protocol 14.7): baby steps, giant steps. Public; variable time. */
#ifndef UNDERSIGNED_COUNT_H
#define UNDERSIGNED_COUNT_H

#include "point.h"

#include "status.h"

#include <stddef.h>
#include <stdint.h>

/* More answers than a class can have members (2^24). */
#define COUNT_MAX ((uint64_t)1 << 24)

struct count_table {
	uint64_t max;
	size_t n_baby;     /* multiples 0 .. n_baby - 1 are in the table */
	size_t n_slots;    /* a power of two, at least twice as many */
	uint8_t *encoded;  /* of each multiple */
	uint32_t *slots;   /* number + 1; 0 */
	struct point step; /* n_baby G */
};

/* For counts up to max, which is at most COUNT_MAX. memory: count_table_len(max) bytes, aligned to
 * 4. */
size_t count_table_len(uint64_t max);
void count_table_new(struct count_table *out, uint64_t max, void *memory, size_t memory_len);
/* The v in 0 .. max with v G = point; E_MISSING, and zero, if there is none. */
UNDERSIGN_MUST_CHECK enum undersign_status
count_find_vartime(uint64_t *out, const struct count_table *table, const struct point *point);

#endif
