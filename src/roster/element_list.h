/* Elements of an edition in a row, to find all that stand twice at once: by sorting, so that the
 * time is bounded whatever somebody chose to enrol. 48 bytes each. Public data. */
#ifndef UNDERSIGNED_ELEMENT_LIST_H
#define UNDERSIGNED_ELEMENT_LIST_H

#include "element_set.h"

#include <stdbool.h>

struct element_item {
	uint64_t head; /* the element's first bytes, big-endian */
	const uint8_t *element;
	struct element_place place;
};

struct element_list {
	struct element_item *items, *spare;
	size_t n, capacity;
};

/* E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status element_list_begin(struct element_list *out,
							      size_t capacity, struct arena *arena);
/* element must stay. Requires: n < capacity. */
void element_list_add(struct element_list *list, const uint8_t element[static POINT_BYTES],
		      struct element_place place);
/* By element, and what is equal in the order in which it was added. */
void element_list_sort(struct element_list *list);
/* Of a sorted list: the next item that has its element in common with one before it, and the first
 * of those. False if there is none left. Begin with *at 0 and *first NULL. */
bool element_list_next_repeated(const struct element_item **out, const struct element_item **first,
				const struct element_list *list, size_t *at);

#endif
