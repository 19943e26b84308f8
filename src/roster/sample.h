/* A random sample of a snapshot's entries that nobody could choose (formats 4.7): seeded by a
 * checkpoint that was witnessed after the snapshot was signed. Public. */
#ifndef UNDERSIGNED_SAMPLE_H
#define UNDERSIGNED_SAMPLE_H

#include "bytes.h"
#include "sha2.h"

#include <stdint.h>

#define SAMPLE_MAX 1000

/* SHA-256("undersigned sample v1\n" ‖ ID of the snapshot ‖ SHA-256 of the checkpoint's text). */
void sample_seed(uint8_t out[static SHA256_BYTES], const uint8_t snapshot_id[static SHA256_BYTES],
		 struct bytes checkpoint_text);
/* Draws k different numbers below n, in the order in which they are drawn, into out.
 * Requires: 1 <= k <= SAMPLE_MAX, k <= n. */
void sample_draw(uint32_t *out, uint32_t k, uint32_t n, const uint8_t seed[static SHA256_BYTES]);

#endif
