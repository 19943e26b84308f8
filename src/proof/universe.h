/* How lists and rings write into a universe. Internal to this folder. */
#ifndef UNDERSIGNED_UNIVERSE_H
#define UNDERSIGNED_UNIVERSE_H

#include "ring.h"

/* Has the place of an encoding brought near for universe_intern, some calls ahead: the table is
 * larger than any cache, and its places are in no order. */
void universe_prefetch(const struct universe *universe, const uint8_t encoding[static POINT_BYTES]);
/* The index of an element, put in if it was not there; SIZE_MAX if the universe is full. Both may
 * stand in the universe's own arrays, at index n or beyond. */
size_t universe_intern(struct universe *universe, const uint8_t encoding[static POINT_BYTES],
		       const struct affine *point);
/* Begins to look for repeats afresh. */
void universe_new_generation(struct universe *universe);
/* Marks an element as seen; whether it had been, in this generation. */
bool universe_mark(struct universe *universe, size_t index);

#endif
