/* Checkpoints (tlog-checkpoint v1.0.0): a signed note that states the size and root of a log, with
 * its own signature and those of witnesses (tlog-cosignature v1.0.1, Ed25519). Public data. */
#ifndef UNDERSIGNED_CHECKPOINT_H
#define UNDERSIGNED_CHECKPOINT_H

#include "bytes.h"
#include "merkle.h"
#include "note.h"
#include "problem.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

/* Longest body of ours: origin, size, root. */
#define CHECKPOINT_BODY_LEN_MAX (NOTE_NAME_LEN_MAX + 1 + 19 + 1 + 44 + 1)

struct checkpoint {
	struct bytes origin; /* a view */
	uint64_t size;
	struct merkle_hash root;
	struct bytes extensions; /* further lines with their newlines: foreign logs only */
};

/* The text of a checkpoint's note. E_FORMAT; E_INVALID for an empty log with another root than that
 * of an empty tree; *problem has line and rule. */
UNDERSIGN_MUST_CHECK enum undersign_status
checkpoint_parse(struct checkpoint *out, struct bytes text, struct problem *problem);
/* The text; extensions as they are. */
void checkpoint_write(struct writer *writer, const struct checkpoint *checkpoint);

/* Parses a checkpoint and checks its note's signatures. keys[0] is the log's, whose name must be
 * the origin and whose signature must be there; the others are those of witnesses. Errors as
 * note_parse, checkpoint_parse and note_verify; E_INVALID for another origin and for extension
 * lines, which our logs do not have. Requires: n_keys >= 1. note and verdict may be read
 * afterwards. */
UNDERSIGN_MUST_CHECK enum undersign_status
checkpoint_open(struct checkpoint *out, struct note *note, struct note_verdict *verdict,
		struct bytes input, const struct note_key *keys, size_t n_keys,
		enum note_strictness strictness, struct problem *problem);

#endif
