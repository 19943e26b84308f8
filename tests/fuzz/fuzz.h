/* A fuzz target is one file with this function. What it asserts with CHECK (base/status.h) is that
 * whatever a parser accepts is written back as the very bytes, and whatever is written is accepted.
 * Seeds stand in corpus/<target>/. */
#ifndef UNDERSIGNED_FUZZ_H
#define UNDERSIGNED_FUZZ_H

#include "bytes.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

/* Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#endif
