/* The operations of the IFMA backend. Internal to this folder; each requires a processor with
 * AVX-512 F, DQ, VL and IFMA. The contracts are those of batch.h. */
#ifndef UNDERSIGNED_BACKEND_IFMA_H
#define UNDERSIGNED_BACKEND_IFMA_H

#include "batch.h"

size_t msm_ifma_scratch_len(size_t n);
void msm_ifma_vartime(struct point *out, const struct scalar *scalars, const struct affine *points,
		      size_t n, void *scratch, size_t scratch_len);
size_t ristretto_ifma_decode_vartime(struct affine *out, const uint8_t *in, size_t n);
size_t ristretto_ifma_recall_vartime(struct affine *out, const uint8_t *in, const uint8_t *decoded,
				     size_t n);
void ristretto_ifma_encode(uint8_t *out, const struct affine *in, size_t n);
void combine_ifma(struct point *out, const struct scalar *scalars, const struct point *points,
		  size_t n);
size_t contract_ifma_scratch_len(void);
void contract_ifma_each(struct point *out, const struct point *in, size_t n_units,
			const struct contraction *by, void *scratch, size_t scratch_len);
void scalars_ifma_multiply(struct scalar *out, size_t out_step, const struct scalar *a,
			   size_t a_step, const struct scalar *b, size_t b_step, size_t n);
void b32_ifma_each(uint8_t *out, const uint8_t *in, size_t n, size_t len);

#endif
