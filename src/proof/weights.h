/* Random weights of batches (protocol 6.4): 128 bits each, from a seed that has absorbed everything
 * that is checked. Weights of 1 are broken (M-6). For proof and poll alone. */
#ifndef UNDERSIGNED_WEIGHTS_H
#define UNDERSIGNED_WEIGHTS_H

#include "scalar.h"
#include "sha2.h"

#include <stddef.h>
#include <stdint.h>

#define WEIGHTS_EACH 3

/* The weights of item number t. */
void weights_of_item(struct scalar out[static WEIGHTS_EACH],
		     const uint8_t seed[static SHA512_BYTES], uint64_t t);

#endif
