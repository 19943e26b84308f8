/* Digit-wise contraction (protocol 6.2). Internal to this folder. */
#ifndef UNDERSIGNED_CONTRACT_H
#define UNDERSIGNED_CONTRACT_H

#include "protocol.h"
#include "ring.h"

#include "progress.h"

#include <stddef.h>
#include <stdint.h>

/* 11 bytes a member, and what each of up to 8 tasks works in: 2.7 MB in all. */
size_t contract_scratch_len(uint64_t n);

/* out[0..m-1] = D_0..D_{m-1} and out[m] = C_i, where
 * sum over k of prod_d (sigma_{d,k_d} x + a_{d,k_d}) C_k = x^m C_i + sum over d of x^d D_d.
 * Constant time in i, a and the results. Requires: a[d][0] = - sum of the other a[d][c]; i < N.
 * Costs, of every 64 cells, 63 products of a scalar as three sums (batch.h), shared among the
 * ring's threads. */
void contract(struct point *out, const struct ring *ring, uint64_t i,
	      const struct scalar (*a)[PROOF_RADIX], const struct progress *progress, void *scratch,
	      size_t scratch_len);

#endif
