/* What a desk knows: its letters, from the folders that the configuration names, and its log, from
 * the store. Both processes have one of their own, and keep it up with the store. For one thread.
 */
#ifndef UNDERSIGNED_DESK_STATE_H
#define UNDERSIGNED_DESK_STATE_H

#include "config.h"
#include "epochs.h"

#include "arena_heap.h"
#include "checkpoint.h"
#include "merkle.h"
#include "parallel.h"
#include "problem.h"
#include "record.h"
#include "sha2.h"
#include "status.h"
#include "store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DESK_STATE_AGAIN_SECONDS 5

/* Letters and log as they were read together. */
struct desk_view {
	struct arena_heap heap;
	struct letter_folder *folders;
	const struct letter_folder **pointers;
	struct epochs epochs;
	uint64_t size; /* entries of the log, all of them in the replay */
	struct merkle_frontier frontier;
};

struct desk_state {
	const struct config *config;
	const struct parallel *parallel;
	/* Stay from desk_state_open on. */
	struct arena_heap log_heap;
	struct bytes log_note;
	struct record_log log;
	uint8_t log_id[SHA256_BYTES]; /* of the log's record: what a store is opened with */

	struct desk_view *view; /* NULL before the first refresh; good until the next */
	uint8_t folders_seen[SHA256_BYTES];
	uint64_t again_at; /* if they could not be read then: when they are tried again; else 0 */

	/* The store as of the last refresh. */
	uint64_t takes; /* the epoch for which it takes */
	struct bytes checkpoint;
	struct arena_heap checkpoint_heap;
	bool keeps_leaves;
	struct merkle_hash *leaves; /* of the view's entries, if keeps_leaves */
	size_t leaves_capacity;
};

/* Reads the log's record. keeps_leaves: the hashes of all entries are kept too. config and parallel
 * must stay; *out must not be moved. desk_state_close in any case. */
UNDERSIGN_MUST_CHECK enum undersign_status
desk_state_open(struct desk_state *out, const struct config *config, bool keeps_leaves,
		const struct parallel *parallel, struct problem *problem);
void desk_state_close(struct desk_state *state);

/* Reads what is new in the store; reads the letters, and with them everything, if that is the first
 * time or a folder has changed. *out_changed (may be NULL): there are new entries, letters, or
 * another epoch. Checks that the store's entries are those of its checkpoint, which the log's key
 * signed: E_INVALID, and nothing may be signed or accepted on top of it. A folder that has become
 * unreadable is no error: *warning (may be NULL) tells, and the letters stay as they were; it is
 * tried again when it changes, and DESK_STATE_AGAIN_SECONDS later, as the fault may have passed.
 * After a failure there is no view, and the next call reads everything. Errors also as
 * letter_folder_open, rings_open, replay_entry and store_read_log. */
UNDERSIGN_MUST_CHECK enum undersign_status
desk_state_refresh(struct desk_state *state, struct store *store, bool *out_changed,
		   struct problem *warning, struct problem *problem);
/* Drops the view, so that the next refresh reads everything: when epochs were made that the store
 * does not have. */
void desk_state_forget(struct desk_state *state);

/* The letter of this id; NULL. */
struct replay_letter *desk_state_letter(const struct desk_state *state,
					const uint8_t id[static HASH_BYTES]);

#endif
