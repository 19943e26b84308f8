/* What a replay has of a letter that is a poll: its trustees' key, the ciphertexts of its answers,
 * the trustees' shares; and the proofs of answers that wait for their batch. For replay*.c and
 * poll_count.c. Public; variable time. */
#ifndef UNDERSIGNED_REPLAY_POLL_H
#define UNDERSIGNED_REPLAY_POLL_H

#include "answer.h"
#include "poll_text.h"
#include "replay.h"

struct replay_poll {
	const struct poll_trustees *trustees; /* NULL until their record stands in the log */
	struct answer_poll about;             /* once it does */
	/* Of each statement of the letter, by its number there; NULL in a withdrawal. */
	const uint8_t **ciphertexts;
	size_t n_ciphertexts, ciphertexts_capacity;
	struct poll_share *shares; /* in the order of the log; not yet checked */
	size_t n_shares, shares_capacity;

	/* Answers whose proofs wait. */
	struct answer_item *items;
	uint64_t *entries;
	bool *verdicts;
	uint8_t *store; /* ring ids, tags and answers of the items */
	size_t n_items;
	void *scratch;
	size_t scratch_len;
};

/* Begins, for a manifest that is a poll. E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status replay_poll_new(struct replay_letter *letter,
							   struct arena *arena);
/* Takes a statement of the poll before it is noted: keeps its ciphertexts, and has its proofs wait
 * where proofs are verified. E_MISSING if the trustees' record does not stand before it, E_INVALID
 * if a full batch does not hold, E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status replay_poll_take(struct replay_letter *letter,
							    const struct replay_options *options,
							    const struct statement *statement,
							    uint64_t entry, struct arena *arena,
							    struct problem *problem);
/* Verifies what waits. E_INVALID: *out_entry is the first whose proofs do not hold, which *problem
 * names. */
UNDERSIGN_MUST_CHECK enum undersign_status replay_poll_flush(struct replay_letter *letter,
							     const struct replay_options *options,
							     uint64_t *out_entry,
							     struct problem *problem);
/* A record of no kind that record.h knows: the trustees' key of a letter, or a share of one. Others
 * are nobody's here. E_INVALID, E_FORMAT, E_MISSING, E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status
replay_poll_record(struct replay *replay, const struct note *note, struct problem *problem);

#endif
