/* A letter of five rosters, four enrolled and one of raw keys, and their growth: what the tests of
 * rings share. */
#ifndef UNDERSIGNED_TEST_LETTER_WORLD_H
#define UNDERSIGNED_TEST_LETTER_WORLD_H

#include "sample.h"

enum { ALDER, BIRCH, CEDAR, DOGWOOD, KEYS, N_ROSTERS };

/* Cedar and Dogwood. */
extern const struct manifest_group world_group;

/* A letter with its rosters as of version 0, and their points files as they are published. */
struct world {
	struct sample_memory memory;
	struct sample_roster rosters[N_ROSTERS];
	struct rings_source sources[N_ROSTERS];
	struct manifest letter;
	struct problem problem;
};

/* Alder (20) and Birch (17) share four persons, Cedar (10) and Dogwood (10) two; Dogwood shares one
 * with Alder. Keys has 18. */
void world_begin(struct world *world);
void world_end(struct world *world);
/* Makes the letter again from its rosters as they are now. */
void world_make_letter(struct world *world);
enum undersign_status world_open(struct world *world, struct letter_rings **out);
/* As world_open, which must succeed. */
struct letter_rings *world_rings(struct world *world);
/* world_open must fail in this way; ends the world. */
void world_assert_refused(struct world *world, enum undersign_status status, const char *where,
			  const char *rule_part);
/* Gives a roster's points file these persons; with_record: and its record the root and members. */
void world_replace_points(struct world *world, size_t number, const uint32_t *persons, uint32_t n,
			  bool with_record);

/* A world whose Alder and keys grow: their points files have three and two entries more. */
void world_begin_grown(struct world *world);
/* The record of a roster's snapshot of n entries of its points file. */
const struct snapshot_record *world_record_at(struct world *world, size_t number, uint32_t n);

/* An extension by these records; what `extend` says follows from them. */
struct step {
	struct record_extend extend;
	struct record_extend_roster rosters[N_ROSTERS];
	const struct snapshot_record *records[N_ROSTERS];
	uint64_t epoch, closing;
	struct problem why;
};
void step_new(struct step *out, struct world *world, uint32_t version, uint64_t epoch,
	      uint32_t alder, uint32_t keys);
bool step_holds(struct letter_rings *rings, struct step *step);

#endif
