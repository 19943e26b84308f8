/* The ring rules of a manifest (doc/formats.md 3.3), for manifest.c. */
#ifndef UNDERSIGNED_MANIFEST_RINGS_H
#define UNDERSIGNED_MANIFEST_RINGS_H

#include "manifest.h"

/* The numbers of rosters, from 0, in ascending order: of all, and of each class. */
struct manifest_rings_numbers {
	const uint32_t *all;
	const uint32_t *of_class[ROSTER_RAW_KEY + 1];
	size_t n_of_class[ROSTER_RAW_KEY + 1];
};
/* E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status manifest_rings_number(struct manifest_rings_numbers *out,
								 const struct manifest *manifest,
								 struct arena *arena);
/* Fills in the rosters of a ring of all. */
void manifest_rings_all(struct manifest_ring *ring, const struct manifest_rings_numbers *numbers);

/* Checks the rings one by one in their order; rosters and ring_min of the manifest stand already.
 */
struct manifest_rings_check {
	const struct manifest *manifest;
	size_t n_of_class[ROSTER_RAW_KEY + 1];
	bool has_all[ROSTER_RAW_KEY + 1];
	bool *has_own;  /* of each roster */
	bool *is_taken; /* in a group already */
	const struct manifest_ring *previous;
};
/* E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status
manifest_rings_check_begin(struct manifest_rings_check *out, const struct manifest *manifest,
			   struct arena *arena);
/* NULL, or the rule that the ring breaks, and *culprit what breaks it. The rings before it are
 * manifest->rings[0 .. n_rings - 1]. */
const char *manifest_rings_check_next(struct manifest_rings_check *check,
				      const struct manifest_ring *ring, struct bytes *culprit);
/* The same for what is missing after the last ring. */
const char *manifest_rings_check_end(const struct manifest_rings_check *check,
				     struct bytes *culprit);

#endif
