/* The rings of a letter: one table of decoded points for all its rosters, and over it every ring of
 * the manifest in every version of the rosters (doc/formats.md 3.3, 3.4; protocol 4). Who verifies
 * takes rings from here and from nothing that a statement says (A-3, M-16, M-17). Public; variable
 * time.
 *
 * Memory from the arena: 177 bytes a member, 4 a member of each ring of several, in each version in
 * which that ring grew; beside it the points files, 33 bytes a member and meta, which the caller
 * keeps. */
#ifndef UNDERSIGNED_RINGS_H
#define UNDERSIGNED_RINGS_H

#include "arena.h"
#include "bytes.h"
#include "entry.h"
#include "manifest.h"
#include "parallel.h"
#include "points.h"
#include "problem.h"
#include "progress.h"
#include "protocol.h"
#include "record.h"
#include "ring.h"
#include "snapshot.h"
#include "statement.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One roster of the manifest: its points file in the letter's column, and what the record of its
 * base snapshot says. Both must live as long as the rings. */
struct rings_source {
	struct bytes points;
	const struct snapshot_record *base;
};

/* A ring with its place in the manifest and the first version that has it. */
struct rings_ring {
	struct ring ring;
	uint32_t number; /* in the manifest, from 0 */
	uint32_t version;
};

struct rings_roster {
	struct points points;
	struct list list;                     /* all entries of the points file */
	struct entry_tree tree;               /* of those of the last version */
	struct snapshot last;                 /* of the last version that holds */
	const struct snapshot_record *record; /* of that version */
	struct points_reader ahead;           /* the entries that are not in the tree yet */
};

/* Where decoded points are kept from one run to the next: a file for each enrolled roster, named by
 * its record's ID and its column. Nothing that is read there is believed (batch.h,
 * points_recall_vartime): whoever can write there can waste time and change no outcome. What fails
 * in keeping is the cache's own to tell; opening goes on without. */
struct rings_cache {
	/* What is kept under a name; empty if nothing is. It stays until the next call of
	 * read. */
	struct bytes (*read)(void *cookie, const char *name);
	/* What was read is not right, or not of this roster; it will be replaced. */
	void (*refuse)(void *cookie, const char *name);
	/* Replaces what is kept, in parts: begin, put any number of times, then end, which takes it
	 * as whole. */
	void (*begin)(void *cookie, const char *name);
	void (*put)(void *cookie, struct bytes part);
	void (*end)(void *cookie);
	void *cookie;
};

struct rings_pending;

struct letter_rings {
	const struct manifest *manifest;
	struct arena *arena;
	struct universe universe;
	struct rings_roster *rosters;  /* in the manifest's order */
	struct rings_pending *pending; /* of a version that is being checked */
	/* versions[v][number]: a ring that did not grow is the same object in both versions. */
	const struct rings_ring ***versions;
	uint32_t n_versions; /* the last one that holds is n_versions - 1 */
	uint32_t versions_capacity;
	const struct rings_ring **by_id; /* all rings, in ascending order of id */
	size_t n_by_id, by_id_capacity;
	bool has_extend;
	uint64_t extend_epoch; /* of the last `extend` of this letter, void or not */
};

/* Entries of all rosters of a letter together (doc/formats.md 3.3): what a universe holds. */
#define RINGS_ENTRIES_MAX (UINT64_C(1) << 24)
/* E_LIMIT above that. */
UNDERSIGN_MUST_CHECK enum undersign_status rings_check_total(uint64_t total,
							     struct problem *problem);

/* Loads all points and makes the rings of version 0. sources: one for each roster of the manifest.
 * Refuses what protocol 4.1 and 4.2 refuse, a snapshot whose root is not that of its record, and
 * what manifest_check_rings refuses: E_FORMAT, E_ENCODING, E_CONFLICT, E_LIMIT, E_INVALID;
 * E_MEMORY. *problem then names the file and the entry. Progress is in members. parallel: whose
 * threads load, and compute over the rings from then on; or NULL. cache: or NULL. manifest, arena
 * and parallel must outlive the rings, which must not be moved. */
UNDERSIGN_MUST_CHECK enum undersign_status
rings_open(struct letter_rings **out, const struct manifest *manifest,
	   const struct rings_source *sources, struct arena *arena, const struct parallel *parallel,
	   const struct rings_cache *cache, const struct progress *progress,
	   struct problem *problem);

/* Takes the next `extend` record of this letter (signed by its organiser) in the order of the log:
 * records[i] is the roster's record with the ID of extend->rosters[i] that stands in the log before
 * it, or NULL; it must live as long as the rings. *out_holds: whether it holds, and its rings
 * exist from now on; if it does not, *why tells, and nothing has changed but that its epoch has had
 * its extension. closing: the letter's closing as of now. Returns E_MEMORY or OK. */
UNDERSIGN_MUST_CHECK enum undersign_status
rings_extend(struct letter_rings *rings, bool *out_holds, const struct record_extend *extend,
	     const struct snapshot_record *const *records, uint64_t epoch, uint64_t closing,
	     struct problem *why);

/* Whether rings_extend would take it now; if not, *why tells. Nothing changes: for the desk, before
 * a record is logged. */
bool rings_can_extend(struct letter_rings *rings, const struct record_extend *extend,
		      const struct snapshot_record *const *records, uint64_t epoch,
		      uint64_t closing, struct problem *why);

/* That every points file ends with the last version that holds (formats 7.1). E_INVALID. */
UNDERSIGN_MUST_CHECK enum undersign_status rings_check_complete(const struct letter_rings *rings,
								struct problem *problem);

/* The ring of this id of any version that holds so far; NULL if there is none. */
const struct rings_ring *rings_find(const struct letter_rings *rings,
				    const uint8_t id[static HASH_BYTES]);
/* A ring by its number in the manifest, from 0, in a version; NULL if there is none. */
const struct rings_ring *rings_at(const struct letter_rings *rings, size_t number,
				  uint32_t version);
/* As rings_at, in the last version that holds. Requires: number < manifest->n_rings. */
const struct rings_ring *rings_last(const struct letter_rings *rings, size_t number);

/* What 5.2 says of a file's second proof: both rings are the letter's and of one class, the second
 * is the class's ring of all and the first is another. OK for a file of one statement whose ring is
 * the letter's, or a withdrawal. E_INVALID. */
UNDERSIGN_MUST_CHECK enum undersign_status rings_check_file(const struct letter_rings *rings,
							    const struct statement_file *file,
							    struct problem *problem);

#endif
