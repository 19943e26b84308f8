/* The parts of telling a story, for story_*.c alone. */
#ifndef UNDERSIGNED_STORY_PARTS_H
#define UNDERSIGNED_STORY_PARTS_H

#include "story.h"

#define KEYS_OF_ACTOR  8
#define DEMAND_NUMBERS 100 /* from 1 */

/* A key that signs for an actor. */
struct telling_key {
	struct note_key key;
	uint32_t actor;
	uint64_t epoch;   /* in which it was introduced */
	uint64_t revoked; /* from this epoch on; UINT64_MAX */
};

/* A story that is being told. Records are in the order of the log. */
struct telling {
	const struct note_key *organiser;
	struct story_record *records;
	size_t n;
	uint32_t *by_id;
	uint32_t *depths;
	struct story_actor *actors;
	size_t n_actors;
	struct telling_key *keys;
	size_t n_keys;
	uint32_t scale;                      /* the record of the scale that holds; STORY_NO */
	uint32_t demands[DEMAND_NUMBERS];    /* the first record of each number; STORY_NO */
	uint32_t earlier[STORY_EARLIER_MAX]; /* the first record of each earlier version */
	uint32_t n_earlier;
};

/* Judges one record, after all that it rests on, and takes what follows from it into the telling.
 * Returns the rule by which it is void; NULL if it holds. */
const char *story_judge(struct telling *telling, uint32_t record);

/* Fills in everything but records and actors. E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status
story_sum(struct story *story, const struct telling *telling, struct arena *arena);

/* What a citation's claim calls those asked, if its population is not called that: what `called`
 * says, or a word for everybody of this language. Empty if it is false. */
bool story_find_called(struct bytes *out, const struct story_text *citation, struct bytes language);

#endif
