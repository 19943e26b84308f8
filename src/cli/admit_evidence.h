/* The evidence of requests that are to be admitted: found, checked, kept, and hashed. */
#ifndef UNDERSIGNED_ADMIT_EVIDENCE_H
#define UNDERSIGNED_ADMIT_EVIDENCE_H

#include "admission.h"
#include "evidence_folder.h"
#include "options.h"

#include "arena.h"
#include "bytes.h"
#include "problem.h"
#include "status.h"

#include <stdint.h>

struct admit_orders {
	const struct option_list *evidence; /* of the one request; empty: beside each request */
	const struct option_list *against;
	const char *keep;         /* the private folder */
	const char *organisation; /* that certificates must name; NULL: any */
	uint64_t date;            /* the admission's */
	uint64_t n_threads;       /* 0: as many as there are processors */
	/* Filled in from the roster's folder. */
	const struct evidence_rules *rules; /* NULL: it has none */
	const struct edition *edition;
};

/* One request and what came of its evidence; filled in by admit_evidence_check. */
struct admit_evidence {
	const char *path; /* of the request */
	struct bytes request;
	const uint8_t *fingerprint;
	struct bytes holder;       /* shown to the steward */
	struct bytes organisation; /* the same */
	const char *strength;
	struct bytes disclosure;
	struct admission_grounds grounds;
};

/* Checks the evidence of all n requests, whose first three members are set. The first that does not
 * hold ends it, and *problem names its file. */
UNDERSIGN_MUST_CHECK enum undersign_status
admit_evidence_check(struct admit_evidence *requests, size_t n,
		     const struct evidence_folder *folder, const struct snapshot_record *fixed,
		     const struct admit_orders *orders, struct arena *arena,
		     struct problem *problem);
/* Writes the disclosures. */
UNDERSIGN_MUST_CHECK enum undersign_status
admit_evidence_keep(const struct admit_evidence *requests, size_t n, struct evidence_folder *folder,
		    struct problem *problem);
/* Says of each on what evidence it was admitted. */
void admit_evidence_tell(const struct admit_evidence *requests, size_t n,
			 const struct evidence_folder *folder, uint64_t now);

#endif
