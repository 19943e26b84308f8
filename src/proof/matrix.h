/* The coefficients of ring elements in a weighted sum of many equations E2 (protocol 6.4). Public,
 * variable time. Internal to this folder. */
#ifndef UNDERSIGNED_MATRIX_H
#define UNDERSIGNED_MATRIX_H

#include "layout.h"
#include "protocol.h"
#include "ring.h"

#include <stddef.h>
#include <stdint.h>

/* Proofs taken at once. */
#define MATRIX_ITEMS 256

/* For rings of up to n members and up to n_items proofs at once. */
size_t matrix_scratch_len(uint64_t n, size_t n_items);

/* For n_items <= MATRIX_ITEMS proofs over one ring adds sum over t of weights[t] phi^t_k to the sum
 * of each element C_k; what is beyond the end falls to the last. sums[0] belongs to the table's
 * element number first; where is_by_place, sums[k] belongs to C_k.
 *
 * With k = lo + 4^h hi: phi_k = LO[lo] HI[hi], so a matrix product with the proofs as the inner
 * dimension. Costs N n_items products accumulated, N reductions. */
void matrix_add_vartime(struct scalar *sums, bool is_by_place, size_t first,
			const struct ring *ring, const struct layout_scalars *items,
			const struct scalar *weights, size_t n_items, void *scratch,
			size_t scratch_len);

#endif
