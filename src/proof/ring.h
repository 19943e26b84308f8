/* Rings: the public lists that statements hide among (protocol 4).
 *
 * One universe holds the elements of all rings of a letter, each once, so that a batch of proofs
 * over many rings is one multiscalar multiplication over it. A list is an organisation's roster in
 * the letter's column, as members of the universe; a ring is a prefix of one list, or of several
 * without the repeats. All public; variable time. Memory: 173 bytes a member of the universe and 4
 * a member of each list and of each merged ring. */
#ifndef UNDERSIGNED_RING_H
#define UNDERSIGNED_RING_H

#include "entry.h"
#include "protocol.h"

#include "bytes.h"
#include "parallel.h"
#include "problem.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

struct universe {
	struct affine *points; /* n elements, in order of first appearance */
	uint8_t *encodings;    /* their canonical encodings, POINT_BYTES each */
	uint8_t *kinds;        /* bit k set: some list holds it as kind k */
	uint32_t *marks;       /* the generation that saw it last, to find repeats */
	uint32_t *slots;       /* open hash of index + 1 by encoding; a power of two of them */
	size_t n_slots;
	size_t n;
	size_t capacity;
	uint32_t generation;
	/* Whose threads load lists and compute over its rings; NULL: none. The caller may set it at
	 * any time; it must outlive them. */
	const struct parallel *parallel;
};

/* Bytes of memory for capacity elements; 0 if capacity exceeds 2^24. */
size_t universe_memory_len(size_t capacity);
/* Requires: memory is aligned to 64 and memory_len >= universe_memory_len(capacity); it stays the
 * caller's and must outlive the universe and its rings. */
void universe_new(struct universe *out, size_t capacity, void *memory, size_t memory_len);
/* The index of an element by its canonical encoding, or SIZE_MAX. */
size_t universe_find(const struct universe *universe, const uint8_t encoding[static POINT_BYTES]);

/* A snapshot's name in one column: how many entries, and their Merkle root. */
struct snapshot {
	uint64_t n;
	uint8_t root[HASH_BYTES];
};

struct list {
	struct universe *universe;
	uint32_t *members; /* indexes into the universe, in append order */
	size_t capacity;
	size_t n;
	uint32_t generation;
	struct entry_tree tree;
	/* Decoded forms that were kept of its first entries (batch.h), POINT_DECODED_BYTES each,
	 * set by the caller before the first list_append; each is checked before it is used. */
	struct bytes decoded;
	bool has_false; /* some form was not that of its entry, which was then decoded */
};

/* Begins a list with the caller's array of capacity members. Lists of one universe are loaded one
 * after the other: after the next list_begin, this one takes no more entries. */
void list_begin(struct list *out, struct universe *universe, uint32_t *members, size_t capacity);
/* Appends entries, refusing what protocol 4.1 and 4.2 say: E_FORMAT for an unknown kind or a long
 * meta, E_ENCODING for a source that is not canonical or not in the group, the identity, a key of
 * small or mixed order, E_CONFLICT for an element that the list has already, E_LIMIT when the list
 * or the universe is full. *problem then names the entry (from 0) and the rule; the entries before
 * it have been appended. */
UNDERSIGN_MUST_CHECK enum undersign_status
list_append(struct list *list, const struct entry *entries, size_t n, struct problem *problem);
/* Writes the decoded forms of n commitments from entry first on, POINT_DECODED_BYTES each.
 * Requires: first + n <= list->n; none is a raw key. */
void list_write_decoded(uint8_t *out, const struct list *list, size_t first, size_t n);
/* The snapshot of the entries appended so far. Requires: at least one. */
void list_snapshot(struct snapshot *out, const struct list *list);

/* Protocol 4.5, one chain: whether a version of the scope's snapshots, one for each organisation
 * in the manifest's order, continues the last one accepted. prefix[o] must be the snapshot of the
 * first last[o].n entries (all of them, if there are fewer) of the very list whose snapshot is
 * next[o]. */
bool version_continues(const struct snapshot *last, const struct snapshot *next,
		       const struct snapshot *prefix, size_t n_organisations);

struct ring {
	uint8_t id[HASH_BYTES];
	uint64_t n;                  /* N, after removal of repeats */
	uint64_t n_raw;              /* of these, how many some list holds as a raw key (9.4 ii) */
	const struct affine *points; /* the universe's table, shared by all rings of a letter */
	size_t n_points;
	const uint32_t *members; /* place in the table of each; NULL: contiguous from first */
	size_t first;
	const struct parallel *parallel; /* the universe's */
};

static inline size_t ring_member(const struct ring *ring, uint64_t k)
{
	return ring->members ? ring->members[k] : ring->first + (size_t)k;
}
static inline const struct affine *ring_point(const struct ring *ring, uint64_t k)
{
	return &ring->points[ring_member(ring, k)];
}

/* The ring of one organisation at a snapshot of its list; it bears the roster's name.
 * Requires: 1 <= at->n <= list->n and at->root is that of the list's first at->n entries (taken by
 * list_snapshot). The ring points into list->members.
 * E_LIMIT unless RING_MIN <= at->n <= RING_MAX. */
UNDERSIGN_MUST_CHECK enum undersign_status ring_of_list(struct ring *out, const struct list *list,
							const struct snapshot *at, struct bytes org,
							struct problem *problem);

struct ring_part {
	struct bytes org;
	const struct list *list;
	struct snapshot at;
};
/* A ring of several organisations (protocol 4.4b), in the order in which the manifest lists those
 * of this ring. members takes up to the sum of the parts' at.n and must outlive the ring.
 * E_USAGE if there are fewer than two, one stands twice, or the ring bears the name of one;
 * E_LIMIT unless RING_MIN <= N <= RING_MAX. Ends the loading of the universe's last list. */
UNDERSIGN_MUST_CHECK enum undersign_status
ring_of_several(struct ring *out, struct universe *universe, uint32_t *members,
		const struct ring_part *parts, size_t n_parts, struct bytes name,
		struct problem *problem);

#endif
