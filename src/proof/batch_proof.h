/* Sizes of the batch verifier's scratch. Internal to this folder. */
#ifndef UNDERSIGNED_BATCH_PROOF_H
#define UNDERSIGNED_BATCH_PROOF_H

#include "verify.h"

#include <stddef.h>
#include <stdint.h>

/* largest: the largest ring of all items. */
size_t batch_proof_scratch_len(const struct proof_item *items, size_t n, uint64_t largest);

#endif
