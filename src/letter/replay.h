/* Replays a log entry by entry (doc/formats.md 6) and collects what a letter's tally needs. It
 * enforces the order of epochs, records and statements, that nothing stands twice, when and with
 * which rings statements may stand, that no release of a ring is smaller than hold-min, and, all in
 * one sum, every proof. Several letters of one log may be replayed at once; what belongs to none of
 * them is checked for its form and order alone. Public; variable time.
 *
 * A replay that has ended cleanly is also the state from which the sequencer goes on. Memory from
 * the arena: about 40 bytes an entry of the log, 230 a statement of the letters; the entries
 * themselves are not kept. */
#ifndef UNDERSIGNED_REPLAY_H
#define UNDERSIGNED_REPLAY_H

#include "arena.h"
#include "bytes.h"
#include "kit_record.h"
#include "manifest.h"
#include "note.h"
#include "order.h"
#include "problem.h"
#include "progress.h"
#include "protocol.h"
#include "record.h"
#include "rings.h"
#include "sha2.h"
#include "snapshot.h"
#include "statement.h"
#include "status.h"
#include "story.h"
#include "tally.h"
#include "verify.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLAY_NONE UINT64_MAX

/* The keys whose signatures may stand on the records of the letters beside their authors', and
 * which of them did. */
struct replay_keys {
	const struct note_key *keys;
	size_t n;
	bool *is_used; /* n of them, or NULL if nobody asks; only ever set to true */
};

struct replay_options {
	const struct note_key *log; /* the log's key */
	struct replay_keys keys;
	/* Proofs are verified if this is given; NULL for a log whose entries have been verified
	 * before they were written. */
	const struct generators *generators;
	/* Gives an entry once more; it stays until the next call. Needed with generators alone:
	 * there is one verdict over all proofs, and only if they do not hold together are the
	 * entries read again to name the first that does not. */
	enum undersign_status (*read)(void *cookie, struct bytes *out, uint64_t entry);
	void *read_cookie;
	const uint8_t *fresh; /* 32 random bytes for the weights of batches, or NULL */
	uint32_t batch;       /* proofs in a batch; 0 for REPLAY_BATCH */
	const struct progress *progress;
	uint64_t n_entries; /* of the log, for progress alone */
};
#define REPLAY_BATCH 1024

struct replay;

/* What is logged of one letter. Its members may be read; replay.c alone writes them. */
struct replay_letter {
	const struct manifest *manifest;
	struct bytes note; /* the manifest's signed note */
	struct letter_rings *rings;
	struct scope scope;
	uint64_t logged_at; /* entry of the manifest; REPLAY_NONE */
	uint64_t opened_at; /* entry of the record `open`; REPLAY_NONE */
	uint64_t opening;   /* first epoch that takes statements; meaningful once opened */
	uint64_t closing;   /* last epoch that takes statements */
	bool has_close;     /* a record `close` stands in the log, void or not */

	struct tally_statement *statements; /* in the order of the log */
	size_t n_statements, statements_capacity;
	/* Void records; not errors, and yet to be shown. */
	struct problem *notices;
	size_t n_notices, notices_capacity;

	/* The records of its story, in the order of the log. */
	struct story_item *story;
	size_t n_story, story_capacity;

	struct replay_tag *tags;
	size_t n_tags, tags_capacity;
	uint32_t *tag_slots; /* open hash of index + 1 */
	size_t n_tag_slots;
	struct replay_place *places; /* tag and ring: who has a signature where */
	size_t n_places, places_capacity;
	struct replay_count *counts; /* of each ring of the manifest */
	struct replay_poll *poll;    /* replay_poll.h; NULL if the letter is no poll */
};

/* One tag of a letter. */
struct replay_tag {
	uint8_t tag[POINT_BYTES];
	uint32_t highest_seq;
	uint32_t highest_withdrawal; /* 0: none */
	uint32_t first_place;        /* index + 1 into places; 0: no signature */
};
struct replay_place {
	uint32_t ring;
	uint32_t next;  /* of the same tag: index + 1; 0 */
	uint64_t epoch; /* first one in which the tag signed in this ring */
};
struct replay_count {
	uint64_t first_epoch; /* first one with a signature in this ring; REPLAY_NONE */
	uint64_t n_new;       /* new tags in the epoch that is open */
	uint64_t first_new;   /* entry of the first of these */
};

/* Begins. options and what it points to must outlive the replay. E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status
replay_new(struct replay **out, const struct replay_options *options, struct arena *arena);

/* Adds a letter before the first entry is given. note is the manifest's signed note, rings are as
 * rings_open left them; all must outlive the replay. The letter need not be in the log yet.
 * E_INVALID (and *problem) if the letter is for another log, E_CONFLICT if it was added before,
 * E_MEMORY. Where proofs are verified, there is one letter. */
UNDERSIGN_MUST_CHECK enum undersign_status
replay_add_letter(struct replay *replay, struct replay_letter **out,
		  const struct manifest *manifest, struct bytes note, struct letter_rings *rings,
		  struct problem *problem);

/* The next entry of the log; it need not stay. *problem names the first fault by entry, place and
 * rule: it may be that of an earlier entry whose proof was still to be verified. After a failure
 * the replay is of no use. E_INVALID, E_FORMAT, E_LIMIT, E_MISSING, E_CONFLICT, E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status replay_entry(struct replay *replay, struct bytes entry,
							struct problem *problem);
/* The end of an epoch: of what a checkpoint covers. Verifies all proofs and the releases of the
 * last epoch. More entries may follow, beginning with the next epoch's header. An empty log may
 * end too. */
UNDERSIGN_MUST_CHECK enum undersign_status replay_end(struct replay *replay,
						      struct problem *problem);

uint64_t replay_size(const struct replay *replay);
/* The log's record; NULL before entry 1. */
const struct record_log *replay_log(const struct replay *replay);
/* The last epoch of the log; REPLAY_NONE if there is none. */
uint64_t replay_epoch(const struct replay *replay);
/* The last kit's record in the log, and its entry in *out_entry; NULL if there is none. */
const struct kit_record *replay_kit(const struct replay *replay, uint64_t *out_entry);
/* The epoch in which an entry stands. Requires: entry < size. */
uint64_t replay_epoch_of(const struct replay *replay, uint64_t entry);
/* The number of the entry with this SHA-256; REPLAY_NONE. */
uint64_t replay_find(const struct replay *replay, const uint8_t sha256[static SHA256_BYTES]);
/* The signed note of a roster's record in the log by its ID; empty if there is none. */
struct bytes replay_roster_record(const struct replay *replay,
				  const uint8_t id[static SHA256_BYTES]);
/* The letters, in the order in which they were added. Requires: i < n. */
size_t replay_n_letters(const struct replay *replay);
struct replay_letter *replay_letter_at(const struct replay *replay, size_t i);
/* The log's key, as it was given. */
const struct note_key *replay_log_key(const struct replay *replay);
/* The letter of this context; NULL. */
struct replay_letter *replay_letter_of(const struct replay *replay,
				       const uint8_t context[static HASH_BYTES]);

/* The letter's story as far as the log goes. It must not outlive the replay. E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status
replay_story(struct story *out, const struct replay_letter *letter, struct arena *arena);

/* What is logged of a tag; NULL if nothing is. */
const struct replay_tag *replay_tag(const struct replay_letter *letter,
				    const uint8_t tag[static POINT_BYTES]);
/* True if a signature with this tag stands in the ring, of whichever version. tag may be NULL. */
bool replay_tag_is_in_ring(const struct replay_letter *letter, const struct replay_tag *tag,
			   uint32_t ring);
/* True if any signature stands in the ring. */
bool replay_ring_is_released(const struct replay_letter *letter, uint32_t ring);

/* Checks the signature of a record's author and of the listed keys; no other may stand there. For
 * the records of a letter, before and in the log. Marks keys as used. */
UNDERSIGN_MUST_CHECK enum undersign_status replay_check_signatures(const struct note *note,
								   const struct note_key *author,
								   struct replay_keys *keys,
								   struct problem *problem);

#endif
