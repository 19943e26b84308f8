/* What the sequencer's checks ask of polls. For sequencer_check.c alone. Public; variable time. */
#ifndef UNDERSIGNED_SEQUENCER_POLL_H
#define UNDERSIGNED_SEQUENCER_POLL_H

#include "arena.h"
#include "note.h"
#include "problem.h"
#include "replay.h"
#include "statement.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

/* What a file of answers must be beside what any file is: the trustees' key is in the log, and both
 * statements have the same ciphertexts. Requires: letter->poll. */
UNDERSIGN_MUST_CHECK enum undersign_status
sequencer_poll_check_file(const struct replay_letter *letter, const struct statement_file *file,
			  struct problem *problem);
/* Whether an answer's proofs hold; true for a withdrawal. scratch: answer_batch_scratch_len for
 * one. */
bool sequencer_poll_answer_holds(const struct replay_letter *letter,
				 const struct statement *statement, void *scratch,
				 size_t scratch_len);
/* The record of a key, or a trustee's share: that it may be logged in this epoch. E_FORMAT for any
 * other. */
UNDERSIGN_MUST_CHECK enum undersign_status
sequencer_poll_check_record(const struct replay *replay, const struct note *note, uint64_t epoch,
			    struct arena *arena, struct problem *problem);

#endif
