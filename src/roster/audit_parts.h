/* The parts of an audit, for audit*.c alone. */
#ifndef UNDERSIGNED_AUDIT_PARTS_H
#define UNDERSIGNED_AUDIT_PARTS_H

#include "admission.h"
#include "archive.h"
#include "audit.h"
#include "element_list.h"
#include "enrolment.h"
#include "identity_set.h"
#include "points.h"
#include "snapshot.h"

/* Requests whose proofs are checked together, and batches that threads check at a time. */
#define AUDIT_BATCH   64
#define AUDIT_BATCHES 4
#define AUDIT_WAITING (AUDIT_BATCH * AUDIT_BATCHES)

/* A snapshot that holds by itself. */
struct checked_snapshot {
	size_t number; /* in the input */
	struct snapshot_record record;
};

struct audit {
	struct audit_report *report;
	const struct audit_input *input;
	const struct generators *generators;
	const uint8_t *fresh;
	struct points points[ROSTER_COLUMNS_MAX];
	struct checked_snapshot *snapshots; /* good ones, by number of members */
	size_t n_snapshots;
	struct element_list elements;
	uint8_t (*encodings)[POINT_BYTES]; /* class raw-key: of each entry's element */
	struct identity_set identities;
	struct entry_tree trees[ROSTER_COLUMNS_MAX];
	struct archive_reader archive;
	bool has_archive;          /* there is one, and it is to be checked */
	struct bytes checked_note; /* the admission looked at last, and what it says */
	bool is_note_good;
	struct admission admission;
	uint64_t run_date; /* admissions of one day in a row */
	uint32_t run_n;
	/* Requests that wait for the check of their proofs. */
	struct enrolment *waiting;
	uint32_t *waiting_entry;
	size_t n_waiting;
	bool verdicts[AUDIT_WAITING];
	uint8_t *scratch; /* scratch_len for each batch */
	size_t scratch_len;
};

/* Adds a problem to the report. */
void audit_tell(struct audit *audit, struct problem *problem);
void audit_tell_entry(struct audit *audit, uint32_t entry, uint32_t column, const char *rule,
		      const char *what);
/* The snapshot with the most members. Requires: there is one. */
const struct snapshot_record *audit_newest(const struct audit *audit);

/* --- audit_elements.c: what is no point, and what stands twice --- */

/* Memory, once the points files are read. */
UNDERSIGN_MUST_CHECK enum undersign_status audit_elements_begin(struct audit *audit,
								struct arena *arena);
/* Takes a source's element into the list, if it has one. */
void audit_elements_add(struct audit *audit, const struct entry *entry, uint32_t number,
			uint32_t column);
/* When all were added: tells of each that stands twice and, where there are no proofs that say so,
 * of each commitment that is no point. */
void audit_elements_check(struct audit *audit);

#endif
