/* The parts of a replay, for replay*.c alone: tables that grow in the arena, proofs that wait for
 * their batch, the records of letters. */
#ifndef UNDERSIGNED_REPLAY_PARTS_H
#define UNDERSIGNED_REPLAY_PARTS_H

#include "replay.h"

/* --- replay_tables.c --- */

/* Entries are told apart by 128 bits of their SHA-256: two that collide, which takes 2^64 work,
 * would but refuse their own log. */
#define REPLAY_HASH_BYTES 16

struct replay_seen {
	uint8_t (*hashes)[REPLAY_HASH_BYTES]; /* by number of the entry */
	size_t n, capacity;
	uint32_t *slots; /* open hash of index + 1 */
	size_t n_slots;
};

/* The roster records of the log, by their ID. */
struct replay_roster {
	uint8_t id[SHA256_BYTES];
	struct bytes note;
};
struct replay_rosters {
	struct replay_roster *items;
	size_t n, capacity;
	uint32_t *slots;
	size_t n_slots;
};
struct replay_act {
	uint64_t entry;
	struct bytes note;
};
/* Copies the note, unless one of this ID is there already. E_LIMIT, E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status
replay_tables_add_roster(struct replay_rosters *rosters, const uint8_t id[static SHA256_BYTES],
			 struct bytes note, struct arena *arena);

/* Makes room for one more of n items of size bytes in *items. False: no memory. */
bool replay_tables_grow(void **items, size_t *capacity, size_t n, size_t size, struct arena *arena);

/* E_CONFLICT if it is there already, E_LIMIT at 2^31 entries, E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status
replay_tables_see(struct replay_seen *seen, const uint8_t sha256[static SHA256_BYTES],
		  struct arena *arena);
/* REPLAY_NONE if it is not there. */
uint64_t replay_tables_seen(const struct replay_seen *seen,
			    const uint8_t sha256[static SHA256_BYTES]);

/* Notes a statement of a letter that has been checked; counts new tags. E_LIMIT, E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status
replay_tables_note(struct replay_letter *letter, const struct tally_statement *statement,
		   struct arena *arena);

/* --- replay_proofs.c --- */

struct replay_proof {
	struct replay_letter *letter;
	const struct rings_ring *ring;
	uint64_t entry;
};

/* A batch fills up; full batches are gathered for the one verdict, by place alone. */
struct replay_proofs {
	struct proof_gather *gather; /* NULL before the first batch */
	struct replay_proof *gathered;
	size_t n_gathered, gathered_capacity;
	struct proof_item *items;
	struct replay_proof *places;
	bool *verdicts;
	uint8_t *store; /* messages and proofs of the items */
	size_t store_used, store_len;
	size_t n, capacity;
	void *scratch;
	size_t scratch_len;
	uint64_t done; /* units of progress so far */
	uint64_t bad;  /* entry that a failed verification named */
};
/* Units of progress: an entry has this many, of which its proof has all but one. */
#define REPLAY_UNITS 10

/* Verifies all since the last time. E_INVALID: the first entry whose proof does not hold stands in
 * *problem. */
UNDERSIGN_MUST_CHECK enum undersign_status replay_proofs_flush(struct replay_proofs *proofs,
							       const struct replay_options *options,
							       struct arena *arena,
							       struct problem *problem);
/* Takes a statement; a signature waits, a withdrawal is verified at once. ring: NULL in a
 * withdrawal. */
UNDERSIGN_MUST_CHECK enum undersign_status
replay_proofs_add(struct replay_proofs *proofs, const struct replay_options *options,
		  const struct replay_proof *place, const struct statement *statement,
		  struct bytes message, struct arena *arena, struct problem *problem);
/* "entry 1207, signature, ring "X"" */
void replay_proofs_where(struct problem *problem, uint64_t entry, const char *kind,
			 const struct manifest_ring *ring);

/* --- replay.c --- */

struct replay {
	struct replay_options options;
	struct arena *arena;
	uint64_t epoch;         /* REPLAY_NONE */
	uint64_t first_seconds; /* date of epoch 0's header */
	bool is_between;        /* the epoch has ended: a header must follow */
	bool has_log;
	struct record_log log;
	struct order_key last;  /* of the entry before */
	uint64_t *epoch_starts; /* first entry of each epoch */
	size_t n_epochs, epochs_capacity;
	struct replay_seen seen;
	struct replay_rosters rosters;
	struct replay_act *acts; /* of stewards (act.h), as they stand: nothing is checked */
	size_t n_acts, acts_capacity;
	struct replay_letter **letters;
	size_t n_letters, letters_capacity;
	struct replay_proofs proofs;
	struct kit_record kit; /* the last; its version in the arena */
	uint64_t kit_entry;    /* 0: none, for entry 0 is no record */
};

/* --- replay_records.c --- */

/* A record in its place: order and repeats have been checked. */
UNDERSIGN_MUST_CHECK enum undersign_status
replay_records_take(struct replay *replay, struct bytes entry, struct problem *problem);

/* --- replay_story.c --- */

/* A record of another first line: collected if it is of the story of one of our letters. */
UNDERSIGN_MUST_CHECK enum undersign_status
replay_story_take(struct replay *replay, const struct note *note, struct problem *problem);
/* Parses a record of a story and checks that its author, and nobody else, has signed it. Views of
 * the note; the place in the log is the caller's. */
UNDERSIGN_MUST_CHECK enum undersign_status
replay_story_open(struct story_item *out, const struct note *note, struct problem *problem);

#endif
