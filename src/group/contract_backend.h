/* The portable backend's contraction. Internal to this folder. */
#ifndef UNDERSIGNED_CONTRACT_BACKEND_H
#define UNDERSIGNED_CONTRACT_BACKEND_H

#include "batch.h"

size_t contract_portable_scratch_len(void);
void contract_portable_each(struct point *out, const struct point *in, size_t n_units,
			    const struct contraction *by, void *scratch, size_t scratch_len);

#endif
