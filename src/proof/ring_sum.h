/* Multiscalar multiplications over rings and tables, in blocks so that the scratch is bounded.
 * Public, variable time. For proof and poll alone. */
#ifndef UNDERSIGNED_RING_SUM_H
#define UNDERSIGNED_RING_SUM_H

#include "ring.h"

#include <stddef.h>

/* Scratch of msm_vartime for any number of terms up to n: one with few terms may need more than one
 * with many, as it goes another way. */
size_t ring_sum_terms_scratch_len(size_t n);

/* Sum of scalars[k] C_k. */
size_t ring_sum_scratch_len(uint64_t n);
void ring_sum_vartime(struct point *out, const struct scalar *scalars, const struct ring *ring,
		      void *scratch, size_t scratch_len);

/* Sum of scalars[k] points[k]. parallel may be NULL; the scratch is enough for any. */
size_t ring_sum_table_scratch_len(size_t n);
void ring_sum_table_vartime(struct point *out, const struct scalar *scalars,
			    const struct affine *points, size_t n, const struct parallel *parallel,
			    void *scratch, size_t scratch_len);

#endif
