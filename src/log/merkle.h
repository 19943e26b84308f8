/* The Merkle tree of RFC 6962 section 2.1 with SHA-256: hashes, roots, proofs. Public data. Sizes
 * are at most 2^63 - 1.
 *
 * A *stored hash* (level, index) is the root of the 256^level leaves from index * 256^level on: the
 * hashes that tiles hold (tile.h). Proofs and roots are made from those alone. */
#ifndef UNDERSIGNED_MERKLE_H
#define UNDERSIGNED_MERKLE_H

#include "bytes.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MERKLE_BYTES      32
#define MERKLE_SIZE_MAX   ((UINT64_C(1) << 63) - 1)
#define MERKLE_PROOF_MAX  64 /* hashes in a proof */
#define MERKLE_LEVELS_MAX 8  /* of stored hashes: 256^8 = 2^64 */

struct merkle_hash {
	uint8_t bytes[MERKLE_BYTES];
};

bool merkle_hash_is_equal(const struct merkle_hash *a, const struct merkle_hash *b);
/* SHA-256(""): the root of the empty tree. */
struct merkle_hash merkle_empty(void);
/* SHA-256(0x00 ‖ entry) */
struct merkle_hash merkle_leaf(struct bytes entry);
/* SHA-256(0x01 ‖ left ‖ right) */
struct merkle_hash merkle_node(const struct merkle_hash *left, const struct merkle_hash *right);
/* The root over n leaf hashes; n may be 0. */
struct merkle_hash merkle_root(const struct merkle_hash *leaves, size_t n);

/* A tree that grows leaf by leaf and remembers O(log size). hashes[i] is the root of the perfect
 * subtree of 2^i leaves where bit i of size is 1. Zero-initialise. */
struct merkle_frontier {
	uint64_t size;
	struct merkle_hash hashes[64];
};

/* Requires: size < MERKLE_SIZE_MAX. */
void merkle_frontier_add(struct merkle_frontier *frontier, const struct merkle_hash *leaf);
struct merkle_hash merkle_frontier_root(const struct merkle_frontier *frontier);

/* Gives the stored hashes (level, index) to (level, index + n - 1), 1 <= n <= 256, all in one tile:
 * index / 256 is that of the last one too. */
struct merkle_reader {
	enum undersign_status (*read)(void *cookie, struct merkle_hash *out, uint32_t level,
				      uint64_t index, size_t n);
	void *cookie;
};

/* Stored hashes in memory, a reader of them. levels[0] are the leaf hashes. */
struct merkle_levels {
	uint64_t size;
	const struct merkle_hash *levels[MERKLE_LEVELS_MAX];
};

/* Number of stored hashes above the leaves in a tree of this size. */
size_t merkle_levels_extra(uint64_t size);
/* extra: memory for merkle_levels_extra(size) hashes, or NULL if that is 0. Both outlive *out. */
void merkle_levels_make(struct merkle_levels *out, const struct merkle_hash *leaves, uint64_t size,
			struct merkle_hash *extra);
/* E_MISSING for what is not there. Requires: levels outlives the reader. */
struct merkle_reader merkle_levels_reader(const struct merkle_levels *levels);

struct merkle_proof {
	size_t n;
	struct merkle_hash hashes[MERKLE_PROOF_MAX];
};

/* All three pass on what the reader returns. E_USAGE if index >= size, or if old_size > size. */
UNDERSIGN_MUST_CHECK enum undersign_status merkle_root_at(struct merkle_hash *out, uint64_t size,
							  const struct merkle_reader *reader);
UNDERSIGN_MUST_CHECK enum undersign_status
merkle_prove_inclusion(struct merkle_proof *out, uint64_t index, uint64_t size,
		       const struct merkle_reader *reader);
UNDERSIGN_MUST_CHECK enum undersign_status
merkle_prove_consistency(struct merkle_proof *out, uint64_t old_size, uint64_t size,
			 const struct merkle_reader *reader);

/* The length of a proof must be exactly that of RFC 6962. */
bool merkle_inclusion_is_valid(const struct merkle_proof *proof, const struct merkle_hash *leaf,
			       uint64_t index, uint64_t size, const struct merkle_hash *root);
/* old_size 0 or equal sizes: the proof is empty, and the root of an empty tree is merkle_empty. */
bool merkle_consistency_is_valid(const struct merkle_proof *proof, uint64_t old_size,
				 const struct merkle_hash *old_root, uint64_t size,
				 const struct merkle_hash *root);

#endif
