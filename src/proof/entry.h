/* Entries of rosters and the hashes over them (protocol 4.1, 4.4, 4.4b, 10.3). Public. */
#ifndef UNDERSIGNED_ENTRY_H
#define UNDERSIGNED_ENTRY_H

#include "protocol.h"

#include "bytes.h"

#include <stddef.h>
#include <stdint.h>

enum entry_kind { ENTRY_COMMITMENT = 1, ENTRY_RAW_KEY = 2 }; /* (a) and (b) */

/* A view of one entry in one column (protocol 4.4c: an enrolment of kind (a) has one commitment a
 * column, a raw key the same source in all). */
struct entry {
	uint8_t kind;          /* enum entry_kind, if it is good */
	const uint8_t *source; /* POINT_BYTES: the commitment, or the Ed25519 public key */
	struct bytes meta;     /* at most ENTRY_META_MAX bytes */
};

/* leaf = b32(0x00 || kind || source || b32(meta)). */
void entry_leaf(uint8_t out[static HASH_BYTES], const struct entry *entry);
/* The leaf of an organisation in a ring of several: b32(0x02 || item("org") || N || root). */
void entry_leaf_organisation(uint8_t out[static HASH_BYTES], struct bytes org, uint64_t n,
			     const uint8_t root[static HASH_BYTES]);

/* A Merkle tree of RFC 6962 shape over leaves given one by one; the root can be taken after each.
 */
#define ENTRY_TREE_DEPTH 40
struct entry_tree {
	uint64_t n;
	uint8_t peaks[ENTRY_TREE_DEPTH][HASH_BYTES]; /* complete subtrees, largest first */
};
void entry_tree_begin(struct entry_tree *tree);
/* Requires: fewer than 2^40 leaves. */
void entry_tree_add(struct entry_tree *tree, const uint8_t leaf[static HASH_BYTES]);
/* Adds the leaves of n entries, hashed many at a time. */
void entry_tree_add_entries(struct entry_tree *tree, const struct entry *entries, size_t n);
/* Adds 2^level leaves at once, by the root of their tree. Requires: n is a multiple of 2^level. */
void entry_tree_add_subtree(struct entry_tree *tree, const uint8_t root[static HASH_BYTES],
			    unsigned level);
/* Requires: at least one leaf. */
void entry_tree_root(uint8_t out[static HASH_BYTES], const struct entry_tree *tree);

/* ring_id = b32(PROTO || item("ring","") || item("org",org) || item("N",N) || item("root",root)).
 */
void entry_ring_id(uint8_t out[static HASH_BYTES], struct bytes org, uint64_t n,
		   const uint8_t root[static HASH_BYTES]);

#endif
