/* `roster audit`: rechecks everything of an edition from its files. Pure; public data. */
#ifndef UNDERSIGNED_AUDIT_H
#define UNDERSIGNED_AUDIT_H

#include "evidence_kind.h"
#include "evidence_rules.h"
#include "roster.h"

#include "arena.h"
#include "bytes.h"
#include "note.h"
#include "parallel.h"
#include "problem.h"
#include "progress.h"
#include "protocol.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AUDIT_PROBLEMS_MAX 32

struct audit_input {
	const struct bytes
		*points; /* points[c - 1] is the file of column c; one in class raw-key */
	uint32_t n_points;
	struct bytes archive;          /* empty in class raw-key */
	const struct bytes *snapshots; /* signed notes of the edition, in whichever order */
	size_t n_snapshots;
	const struct note_key *key;         /* the steward's, known from elsewhere; or NULL */
	const struct evidence_rules *rules; /* of evidence, if the roster has some; or NULL */
	uint64_t since; /* seconds since 1970: admissions from that day on are counted; 0: none */
	const struct parallel *parallel; /* whose threads check proofs; or NULL */
	/* Without the archive, which may be missing: nothing is said of requests, proofs and
	 * admissions; every commitment is decoded in their place. */
	bool is_list_only;
};

struct audit_report {
	uint32_t n_entries; /* in the files */
	uint32_t n_listed;  /* of these, in the largest snapshot */
	uint32_t n_columns;
	uint64_t n_proofs; /* of possession, checked */
	uint32_t n_admissions;
	/* Entries by kind of evidence; at 0 those on the steward's word alone. */
	uint32_t n_of_kind[EVIDENCE_N_KINDS];
	uint32_t n_snapshots;
	/* What is no fault, and worth a question. */
	uint64_t busiest_date; /* the day with the most admissions in a row, and how many */
	uint32_t busiest_n;
	uint32_t n_since;    /* admitted on or after input->since */
	uint32_t n_back;     /* admissions dated before the one that stands before them */
	uint32_t n_vouchers; /* members who vouched for somebody */
	uint32_t n_at_cap;   /* of these, as often as they may */
	/* Snapshots that add fewer entries than go together to one that is not of an earlier day.
	 */
	uint32_t n_small;
	size_t n_problems; /* all; the first AUDIT_PROBLEMS_MAX are told */
	struct problem problems[AUDIT_PROBLEMS_MAX];
};

/* Checks: each snapshot's form and signature; that all are of one edition, and none contradicts
 * another; the form of points files and archive; that every element is good and none stands twice
 * in whichever column; that every entry's commitments are those of its request, every proof of
 * possession holds (in batches) and every admission is the steward's and names the request; that no
 * hashed identity of evidence stands twice, and nobody vouches more often than the rules allow;
 * roots and archive prefix of every snapshot. fresh: 32 random bytes for the batches' weights, or
 * NULL. Returns OK if nothing was found, E_INVALID if problems were, E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status
audit_edition(struct audit_report *out, const struct audit_input *input,
	      const struct generators *generators, const uint8_t *fresh,
	      const struct progress *progress, struct arena *arena);

#endif
