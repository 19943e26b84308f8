/* Disclosures of drawn entries, checked against what the roster published (formats 4.5, 4.7). */
#ifndef UNDERSIGNED_SAMPLE_EVIDENCE_H
#define UNDERSIGNED_SAMPLE_EVIDENCE_H

#include "admission.h"
#include "evidence.h"
#include "options.h"
#include "roster_folder.h"

#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

/* A drawn entry. */
struct sampled {
	uint32_t entry;
	bool has_grounds; /* else it is there on the steward's word alone */
	uint8_t fingerprint[SHA256_BYTES];
	struct bytes request;
	struct admission_grounds grounds;
	/* After sample_evidence_check. */
	bool is_opened;
	struct bytes holder, person;
};

/* Fills in everything of the entries that stand in the archive. */
UNDERSIGN_MUST_CHECK enum undersign_status sample_evidence_find(struct sampled *entries, uint32_t k,
								struct roster_folder *folder,
								struct problem *problem);
/* Checks the disclosures in the folder `opened`, one for each entry with grounds: that it is the
 * published one, and that the evidence in it holds, against the files. The first that is missing or
 * wrong ends it, and *problem names the entry; so do two of one person under different hashes. */
UNDERSIGN_MUST_CHECK enum undersign_status
sample_evidence_check(struct sampled *entries, uint32_t k, struct roster_folder *folder,
		      const char *opened, const struct option_list *against,
		      struct problem *problem);

#endif
