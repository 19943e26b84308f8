/* An edition of a roster as it grows: its points in all columns and its archive, in memory. Pure:
 * files come in as views and go out through writers. Public data. */
#ifndef UNDERSIGNED_EDITION_H
#define UNDERSIGNED_EDITION_H

#include "admission.h"
#include "element_set.h"
#include "identity_set.h"
#include "points.h"
#include "roster.h"
#include "snapshot.h"

#include "arena.h"
#include "bytes.h"
#include "entry.h"
#include "note.h"
#include "parallel.h"
#include "problem.h"
#include "protocol.h"
#include "sha2.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

/* What an edition is; the same in all of its snapshots. */
struct edition_rules {
	struct bytes roster;
	uint32_t edition;
	enum roster_class class_of_members;
	uint32_t n_columns;  /* E; 0 in class raw-key */
	struct note_key key; /* the steward's */
};
/* Views of the record's. */
struct edition_rules edition_rules_of(const struct snapshot_record *record);

struct edition_addition;

/* Made by edition_new; its members are edition.c's. Views that it was given must outlive it. */
struct edition {
	struct edition_rules rules;
	const struct generators *generators;
	struct arena *arena;
	uint32_t n;       /* entries in all */
	uint32_t n_lists; /* E, or 1 in class raw-key */
	struct bytes old_bodies[ROSTER_COLUMNS_MAX];
	struct bytes old_archive;
	struct element_set elements;
	struct identity_set identities;
	struct entry_tree trees[ROSTER_COLUMNS_MAX];
	struct sha256 archive_hash;
	uint64_t archive_len;
	struct bytes last_note;    /* admission of the last entry */
	struct bytes checked_note; /* the one whose signature was checked last, and what it says */
	struct admission checked;
	struct edition_addition *first, *last; /* what was added since */
};

/* Begins an edition from its files: points[c - 1] of column c (one in class raw-key), and the
 * archive (empty in class raw-key). For a new one, points of 0 entries and an empty archive.
 * Checks that the files fit each other, that every element is in the group, not the identity and
 * none twice, in whichever column; not the proofs in the archive (audit.h). generators may be NULL
 * in class raw-key. E_FORMAT, E_ENCODING, E_CONFLICT, E_LIMIT, E_MEMORY; *problem has the place. */
UNDERSIGN_MUST_CHECK enum undersign_status
edition_new(struct edition *out, const struct edition_rules *rules, const struct points *points,
	    uint32_t n_points, struct bytes archive, const struct generators *generators,
	    struct arena *arena, struct problem *problem);

/* Adds an admitted request. Refuses, and changes nothing: another roster or edition or number of
 * columns, a bad proof, the identity, a commitment that stands already in whichever column,
 * evidence of a key or person that has an entry (by its hashes, E_CONFLICT), an admission that does
 * not name the request, is by another key or for another roster or edition. request and admission
 * (a signed note) must outlive the edition. */
UNDERSIGN_MUST_CHECK enum undersign_status edition_add_request(struct edition *edition,
							       struct bytes request,
							       struct bytes admission,
							       struct problem *problem);
/* Adds n requests as edition_add_request does, each with the admission beside it, but for the
 * proofs: they are checked in batches, by the threads of parallel if there are some (or NULL).
 * Stops at the first request that is refused; *out_n says how many were added, so that it is
 * requests[*out_n]. fresh: 32 random bytes for the batches' weights, or NULL. */
UNDERSIGN_MUST_CHECK enum undersign_status
edition_add_requests(struct edition *edition, size_t *out_n, const struct bytes *requests,
		     const struct bytes *admissions, size_t n, const uint8_t *fresh,
		     const struct parallel *parallel, struct problem *problem);
/* Adds an Ed25519 public key (protocol 4.2, strict), which is copied. E_ENCODING for a key of small
 * or mixed order or not canonical; E_CONFLICT for one whose element stands already; E_LIMIT. */
UNDERSIGN_MUST_CHECK enum undersign_status edition_add_key(struct edition *edition,
							   const uint8_t key[static POINT_BYTES],
							   struct bytes meta,
							   struct problem *problem);

/* The whole points file of column c (1 in class raw-key), and the whole archive. */
void edition_write_points(struct writer *writer, const struct edition *edition, uint32_t c);
void edition_write_archive(struct writer *writer, const struct edition *edition);

/* Fills in what a snapshot of all entries says of them: class, edition, members, roots, archive,
 * key. E_MISSING if there is no entry. */
UNDERSIGN_MUST_CHECK enum undersign_status edition_describe(struct snapshot_record *out,
							    const struct edition *edition,
							    struct problem *problem);

#endif
