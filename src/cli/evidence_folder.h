/* A steward's private folder of one edition's evidence (doc/operations.md, "Evidence"): it says who
 * enrolled, so it is private and is burnt when its day has come.
 *
 *     salt                        formats 4.5; under it identities are hashed
 *     <hex of request>.evidence   disclosures, formats 4.5 */
#ifndef UNDERSIGNED_EVIDENCE_FOLDER_H
#define UNDERSIGNED_EVIDENCE_FOLDER_H

#include "bytes.h"
#include "disclosure.h"
#include "problem.h"
#include "snapshot.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

struct evidence_folder {
	const char *path;
	uint8_t salt[DISCLOSURE_SALT_BYTES];
	uint64_t burn; /* seconds since 1970 */
	struct bytes roster;
	uint32_t edition;
	bool is_new; /* not on disk yet */
};

/* Opens the folder of this edition; if nothing is there, begins one with a fresh salt and the burn
 * date of the roster's last column, which the first disclosure writes. E_CONFLICT if it is another
 * edition's. *fixed must outlive it. Wiped with evidence_folder_close, whatever the outcome. */
UNDERSIGN_MUST_CHECK enum undersign_status evidence_folder_open(struct evidence_folder *out,
								const char *path,
								const struct snapshot_record *fixed,
								struct problem *problem);
/* Writes a disclosure, mode 0600; one for the same request is replaced. */
UNDERSIGN_MUST_CHECK enum undersign_status
evidence_folder_keep(struct evidence_folder *folder, const uint8_t request[static SHA256_BYTES],
		     struct bytes disclosure, struct problem *problem);
/* Burns the folder if it is due at `date` or is_all: salt first, then the disclosures, then the
 * folder itself; *out_burnt says whether. E_MISSING if it holds no salt; E_INVALID, and nothing is
 * burnt, if it holds anything that is not of it. */
UNDERSIGN_MUST_CHECK enum undersign_status evidence_folder_burn(bool *out_burnt, const char *path,
								uint64_t date, bool is_all,
								struct problem *problem);
void evidence_folder_close(struct evidence_folder *folder);

#endif
