/* Multiscalar multiplications over rings and tables, in blocks so that the scratch is bounded.
 * Public, variable time. Internal to this folder. */
#ifndef UNDERSIGNED_RING_SUM_H
#define UNDERSIGNED_RING_SUM_H

#include "ring.h"

#include <stddef.h>

/* Sum of scalars[k] C_k. */
size_t ring_sum_scratch_len(uint64_t n);
void ring_sum_vartime(struct point *out, const struct scalar *scalars, const struct ring *ring,
		      void *scratch, size_t scratch_len);

/* Sum of scalars[k] points[k]. */
size_t table_sum_scratch_len(size_t n);
void table_sum_vartime(struct point *out, const struct scalar *scalars, const struct affine *points,
		       size_t n, void *scratch, size_t scratch_len);

#endif
