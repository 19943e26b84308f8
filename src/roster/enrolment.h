/* Enrolment requests (formats 4.1): unsigned text, named by its hash. Public data. */
#ifndef UNDERSIGNED_ENROLMENT_H
#define UNDERSIGNED_ENROLMENT_H

#include "roster.h"

#include "bytes.h"
#include "problem.h"
#include "protocol.h"
#include "sha2.h"
#include "sigma.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the longest request. */
#define ENROLMENT_LEN_MAX 8192

struct enrolment_column {
	uint8_t commitment[POINT_BYTES];
	uint8_t proof[SIGMA_REGISTER_BYTES];
};

struct enrolment {
	struct bytes roster; /* a view */
	uint32_t edition;
	uint8_t meta[ENTRY_META_MAX];
	size_t meta_len;                                     /* 0 if there is none */
	uint32_t n_columns;                                  /* 1 to ROSTER_COLUMNS_MAX */
	struct enrolment_column columns[ROSTER_COLUMNS_MAX]; /* columns[c - 1] is column c */
};

/* Checks the form, no point and no proof. E_FORMAT or E_LIMIT, *problem has line and rule. */
UNDERSIGN_MUST_CHECK enum undersign_status enrolment_parse(struct enrolment *out, struct bytes text,
							   struct problem *problem);
void enrolment_write(struct writer *writer, const struct enrolment *enrolment);
/* SHA-256 of the text. */
void enrolment_fingerprint(uint8_t out[static SHA256_BYTES], struct bytes text);

static inline struct bytes enrolment_meta(const struct enrolment *enrolment)
{
	return bytes_from(enrolment->meta, enrolment->meta_len);
}
/* What the proof of column c (from 1) covers; points into the enrolment.
 * Requires: 1 <= c <= n_columns. */
struct sigma_registration enrolment_registration(const struct enrolment *enrolment, uint32_t c);

/* Every commitment a point of the group, not the identity, none twice, and each proof of possession
 * good. E_INVALID, E_ENCODING or E_CONFLICT; *problem names the column. */
UNDERSIGN_MUST_CHECK enum undersign_status enrolment_check(const struct enrolment *enrolment,
							   const struct generators *generators,
							   struct problem *problem);

/* Proofs of possession of many requests at once; commitments that are no points count as bad.
 * verdicts[i] says of requests[i] whether all of its proofs hold. Returns whether all do.
 * Requires: scratch aligned to 64, scratch_len >= enrolment_batch_scratch_len(n columns in all). */
size_t enrolment_batch_scratch_len(size_t n_columns);
bool enrolment_batch_is_valid_vartime(bool *verdicts, const struct enrolment *enrolments, size_t n,
				      const struct generators *generators, const uint8_t *fresh,
				      void *scratch, size_t scratch_len);

#endif
