/* What is behind struct undersign_bundle. */
#ifndef UNDERSIGNED_BUNDLE_HANDLE_H
#define UNDERSIGNED_BUNDLE_HANDLE_H

#include "undersign.h"

#include "arena.h"
#include "bundle.h"
#include "opening.h"
#include "parallel.h"
#include "problem.h"
#include "rings.h"
#include "status.h"

struct undersign_bundle {
	struct arena arena;
	struct undersign_files public_files;
	struct bundle_files files;
	struct generators generators;
	struct parallel parallel;
	struct bundle *inner;
	struct undersign_bundle_info info;
	struct undersign_tally tally;
	struct undersign_poll poll;
};

/* Fills in poll from what has been verified. Requires: the letter is a poll. E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status bundle_handle_fill_poll(struct undersign_bundle *bundle);

/* The member's ring element in the letter: the roster that has it, from 0, and his place in the
 * roster. Every entry of every roster is compared in constant time. E_MISSING. secret. */
UNDERSIGN_MUST_CHECK enum undersign_status bundle_handle_find(uint32_t *out_roster,
							      const struct undersign_bundle *bundle,
							      const struct opening *opening);

/* Compares the bundle's page, if it has one, with the one that is made of the rest, and fills in
 * info.page. Errors as page_check, file->read, manifest_check_text. */
UNDERSIGN_MUST_CHECK enum undersign_status bundle_handle_check_page(struct undersign_bundle *bundle,
								    struct problem *problem);

#endif
