/* Rings proposed for a new letter, their sizes, and what would come of them. */
#ifndef UNDERSIGNED_LETTER_RINGS_H
#define UNDERSIGNED_LETTER_RINGS_H

#include "manifest.h"

#include "arena.h"
#include "problem.h"
#include "status.h"

#include <stddef.h>

/* Rosters too small for a ring of their own and in none of the n_groups, in groups of ring-min
 * members or more, in the letter's order, a class at a time: `<name> 1`, `<name> 2`. What is left
 * over joins the last group; where all together are too few there is none. Groups follow those at
 * `groups`, which has room for one more for each roster. Returns how many there are then; SIZE_MAX:
 * no memory. */
size_t letter_rings_group(struct manifest_group *groups, size_t n_groups,
			  const struct manifest *manifest, const char *name, struct arena *arena);
/* Chance that of a list of n members at least `least` sign, if each does with probability share.
 * Requires: 0 <= share < 1. */
double letter_rings_chance(uint64_t n, double share, uint64_t least);
/* Says on stderr how large each ring is, and how many lists with a ring of their own would have a
 * number of their own at given numbers of signatures. */
void letter_rings_say(const struct manifest *manifest);

#endif
