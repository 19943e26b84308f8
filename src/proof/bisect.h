/* Finds the bad items of a batch whose sum is not the identity. For proof and poll alone. */
#ifndef UNDERSIGNED_BISECT_H
#define UNDERSIGNED_BISECT_H

#include "point.h"

#include <stdbool.h>
#include <stddef.h>

/* total writes the weighted sum of items begin..end-1, those excluded before left out; it may
 * exclude more. is_bad is called once for each item whose own sum is not the identity. */
struct bisect {
	void (*total)(void *cookie, struct point *out, size_t begin, size_t end);
	void (*is_bad)(void *cookie, size_t item);
	void *cookie;
};

/* Requires: n < 2^32. */
void bisect_vartime(const struct bisect *bisect, size_t n);

#endif
