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
 * table, and a rest that is bounded (by 21 MB, for threads). */
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

/* One verdict over any number of proofs whose rings share one table: coefficients add up for each
 * of its points while proofs come in chunks, and one multiscalar multiplication over the table
 * comes at the end (protocol 6.4). The weights of a chunk come from all of it and of those before.
 * A chunk need not stay. */
struct proof_gather;

/* Bytes of memory for a table of n_points and chunks of up to n_chunk proofs: 32 a point, and a
 * rest that is bounded for n_chunk <= 1024 (by 21 MB, for threads). */
size_t proof_gather_memory_len(size_t n_points, size_t n_chunk);
/* Begins with nothing gathered. fresh: 32 random bytes mixed into the weights, or NULL.
 * Requires: memory aligned to 64, memory_len >= proof_gather_memory_len(n_points, n_chunk); it, the
 * generators and the points must outlive the gathering. */
struct proof_gather *proof_gather_new(const struct generators *generators,
				      const struct affine *points, size_t n_points, size_t n_chunk,
				      const uint8_t *fresh, void *memory, size_t memory_len);
/* Requires: n <= n_chunk; the items' rings have this table. False if one of them is malformed
 * (length, encodings, T = 0): then not all are valid, whatever follows. */
bool proof_gather_add_vartime(struct proof_gather *gather, const struct proof_item *items, size_t n,
			      const struct progress *progress);
/* Whether all that were added since the last time are valid, but with probability 2^-127. Then
 * nothing is gathered. */
bool proof_gather_end_vartime(struct proof_gather *gather);

#endif
