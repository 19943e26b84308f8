/* A set of ring elements by canonical encoding, to find duplicates. A crit-bit tree: at most 256
 * steps a look-up whatever somebody chooses to enrol. Public data; memory from an arena. */
#ifndef UNDERSIGNED_ELEMENT_SET_H
#define UNDERSIGNED_ELEMENT_SET_H

#include "arena.h"
#include "point.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

/* Where an element stands in its edition. */
struct element_place {
	uint32_t entry;  /* from 0 */
	uint32_t column; /* from 1; 0 in class raw-key */
};

struct element_node;

struct element_set {
	struct arena *arena;
	struct element_node *root;
	size_t n;
};

void element_set_begin(struct element_set *out, struct arena *arena);
/* NULL if the element is not in the set. */
const struct element_place *element_set_find(const struct element_set *set,
					     const uint8_t element[static POINT_BYTES]);
/* The same, to be changed. */
struct element_place *element_set_at(struct element_set *set,
				     const uint8_t element[static POINT_BYTES]);
/* E_CONFLICT if the element is in the set already, E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status
element_set_add(struct element_set *set, const uint8_t element[static POINT_BYTES],
		struct element_place place);

#endif
