/* A random sample of a snapshot's entries that nobody could choose (formats 4.7): seeded by a
 * checkpoint that was witnessed after the snapshot was signed. Public. */
#ifndef UNDERSIGNED_SAMPLE_H
#define UNDERSIGNED_SAMPLE_H

#include "roster.h"

#include "bytes.h"
#include "note.h"
#include "problem.h"
#include "sha2.h"
#include "status.h"

#include <stdint.h>

#define SAMPLE_MAX 1000

/* SHA-256("undersigned sample v1\n" ‖ ID of the snapshot ‖ SHA-256 of the checkpoint's text). */
void sample_seed(uint8_t out[static SHA256_BYTES], const uint8_t snapshot_id[static SHA256_BYTES],
		 struct bytes checkpoint_text);
/* Draws k different numbers below n, in the order in which they are drawn, into out.
 * Requires: 1 <= k <= SAMPLE_MAX, k <= n. */
void sample_draw(uint32_t *out, uint32_t k, uint32_t n, const uint8_t seed[static SHA256_BYTES]);

/* The steward's word that a sample was opened, for the log (formats 4.7): which entries were drawn
 * everybody computes, of their evidence it says numbers alone. */
struct sample_record {
	struct bytes roster;
	uint32_t edition;
	uint64_t date;                    /* seconds since 1970 */
	uint8_t snapshot[SHA256_BYTES];   /* ID of its record */
	uint8_t checkpoint[SHA256_BYTES]; /* of its text */
	uint32_t n_drawn;                 /* 1 to SAMPLE_MAX */
	uint32_t n_opened;                /* of these: their evidence was opened, and held */
	struct note_key key;              /* the roster's */
};
/* The text, without signatures. E_FORMAT, *problem has line and rule. */
UNDERSIGN_MUST_CHECK enum undersign_status
sample_record_parse(struct sample_record *out, struct bytes text, struct problem *problem);
/* Parses a signed note that its key, and nobody else, must have signed. */
UNDERSIGN_MUST_CHECK enum undersign_status
sample_record_open(struct sample_record *out, struct bytes note, struct problem *problem);
void sample_record_write(struct writer *writer, const struct sample_record *record);

#endif
