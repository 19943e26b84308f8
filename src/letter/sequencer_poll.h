/* What the sequencer's checks ask of polls. For sequencer_check.c alone. Public; variable time. */
#ifndef UNDERSIGNED_SEQUENCER_POLL_H
#define UNDERSIGNED_SEQUENCER_POLL_H

#include "answer.h"
#include "arena.h"
#include "note.h"
#include "problem.h"
#include "replay.h"
#include "statement.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a file of answers must be beside what any file is: the trustees' key is in the log, and both
 * statements have the same ciphertexts. Requires: letter->poll. */
UNDERSIGN_MUST_CHECK enum undersign_status
sequencer_poll_check_file(const struct replay_letter *letter, const struct statement_file *file,
			  struct problem *problem);
/* An answer that waits to be checked with others. */
struct sequencer_answer {
	const struct replay_letter *letter; /* its poll, whose key is in the log */
	struct answer_item item;
	size_t place; /* in verdicts */
};
/* Checks answers, those of one poll in one sum: verdicts[place] becomes false for each whose proofs
 * do not hold, and stays as it is for the others. fresh: 32 random bytes for the weights, or NULL.
 * answers loses its order. scratch: as for arena_grow_scratch. E_MEMORY: some
 * were not looked at. */
UNDERSIGN_MUST_CHECK enum undersign_status sequencer_poll_judge(bool *verdicts,
								struct sequencer_answer *answers,
								size_t n, const uint8_t *fresh,
								void **scratch, size_t *scratch_len,
								struct arena *arena);
/* The record of a key, or a trustee's share: that it may be logged in this epoch. E_FORMAT for any
 * other. */
UNDERSIGN_MUST_CHECK enum undersign_status
sequencer_poll_check_record(const struct replay *replay, const struct note *note, uint64_t epoch,
			    struct arena *arena, struct problem *problem);

#endif
