/* Verifying proofs, one (protocol 6.3) or many at once (6.4). Everything is public. */
#ifndef UNDERSIGNED_VERIFY_H
#define UNDERSIGNED_VERIFY_H

#include "protocol.h"
#include "ring.h"
#include "scope.h"

#include "bytes.h"
#include "progress.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A statement and its proof. Ring, scope and message are the verifier's, never the proof's. */
struct proof_item {
	const struct ring *ring;
	const struct scope *scope;
	struct bytes message;
	struct bytes proof;
};

/* The tag, the first POINT_BYTES of any proof.
 * Requires: proof.len >= POINT_BYTES. */
static inline const uint8_t *proof_tag(struct bytes proof)
{
	return proof.data;
}

/* Bytes of scratch to verify any of these items, alone or together: 32 a member of the largest
 * table, and a rest that is bounded (by 10 MB). */
size_t proof_verify_scratch_len(const struct proof_item *items, size_t n);

/* Protocol 6.3 to the letter: three equations, no random weights.
 * Requires: scratch aligned to 64, scratch_len >= proof_verify_scratch_len(item, 1). */
bool proof_is_valid_vartime(const struct generators *generators, const struct proof_item *item,
			    void *scratch, size_t scratch_len);

/* One verdict for each of n items, over any mixture of rings, scopes and tables. An item that is
 * invalid is named even among many; the verdicts are those of proof_is_valid_vartime but with
 * probability 2^-127. fresh: 32 random bytes mixed into the weights, or NULL.
 * Returns whether all are valid.
 * Requires: n < 2^32; scratch aligned to 64, scratch_len >= proof_verify_scratch_len(items, n). */
bool proof_verify_batch_vartime(bool *verdicts, const struct generators *generators,
				const struct proof_item *items, size_t n, const uint8_t *fresh,
				const struct progress *progress, void *scratch, size_t scratch_len);

#endif
