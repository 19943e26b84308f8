#include "sequencer_parts.h"

#include "encoding.h"
#include "memory.h"
#include "replay_parts.h"
#include "sorting.h"

/* A record that is to be told of, and those that wait with it. */
struct candidate {
	uint8_t hash[SHA256_BYTES]; /* of the note: its place in the epoch */
	struct story_item item;
	bool is_asked;
};

static int compare_candidates(const void *items, uint32_t a, uint32_t b)
{
	const struct candidate *left = (const struct candidate *)items + a;
	const struct candidate *right = (const struct candidate *)items + b;

	return memcmp(left->hash, right->hash, SHA256_BYTES);
}

static enum undersign_status refuse(struct problem *problem, enum undersign_status status,
				    const char *rule, const char *what)
{
	problem_where(problem, "record", (struct bytes){0});
	problem_rule(problem, rule);
	problem_what(problem, what, (struct bytes){0});
	return status;
}

/* Those of the same letter that wait. What is wrong with one of them is its own matter. */
static size_t take_pending(struct candidate *out, const struct sequencer_story *check)
{
	size_t n = 0;

	for (size_t i = 0; i < check->n_pending; i++) {
		struct note note;

		if (story_kind_of(check->pending[i]) == STORY_KINDS ||
		    note_parse(&note, check->pending[i], NULL) != UNDERSIGN_OK ||
		    story_text_parse(&out[n].item.text, note.text, NULL) != UNDERSIGN_OK ||
		    memcmp(out[n].item.text.letter, check->letter->manifest->context, HASH_BYTES) !=
			    0)
			continue;
		record_id(out[n].item.id, note.text);
		out[n].is_asked = false;
		sha256(out[n].hash, check->pending[i]);
		n++;
	}
	return n;
}

/* Tells the story as it would stand in the epoch, and looks at the record in it. */
static enum undersign_status tell(const struct sequencer_story *check, struct candidate *candidates,
				  size_t n, struct arena *arena, struct problem *problem)
{
	const struct replay_letter *letter = check->letter;
	const size_t n_items = letter->n_story + n;
	struct story_item *items = ARENA_TAKE(arena, struct story_item, n_items);
	uint32_t *order = ARENA_TAKE(arena, uint32_t, n);
	uint64_t seconds = DATE_MAX_SECONDS;
	struct story story;
	uint64_t asked = 0;

	if (!items || !order)
		return UNDERSIGN_E_MEMORY;
	if (replay_log(check->replay) &&
	    record_log_instant(&seconds, replay_log(check->replay), check->epoch) != UNDERSIGN_OK)
		seconds = DATE_MAX_SECONDS;
	if (letter->n_story > 0)
		memcpy(items, letter->story, letter->n_story * sizeof items[0]);
	for (uint32_t i = 0; i < n; i++)
		order[i] = i;
	sorting_indexes(order, n, compare_candidates, candidates);
	for (size_t i = 0; i < n; i++) {
		struct story_item *item = &items[letter->n_story + i];

		*item = candidates[order[i]].item;
		item->entry = replay_size(check->replay) + i;
		item->epoch = check->epoch;
		item->seconds = seconds;
		if (candidates[order[i]].is_asked)
			asked = item->entry;
	}
	enum undersign_status status =
		story_tell(&story, items, n_items, &letter->manifest->organiser, arena);
	if (status == UNDERSIGN_E_LIMIT)
		return refuse(problem, status, "a letter's story has at most 10,000 records",
			      "this is one more");
	for (size_t i = 0; i < story.n && status == UNDERSIGN_OK; i++)
		if (story.records[i].item->entry == asked && story.records[i].state == STORY_VOID)
			return refuse(problem, UNDERSIGN_E_INVALID, story.records[i].rule,
				      "in the log it would be void");
	return status;
}

enum undersign_status sequencer_story_check(const struct sequencer_story *check,
					    const struct note *note, struct bytes record,
					    struct arena *arena, struct problem *problem)
{
	/* Hundreds may be checked for one epoch: what this takes is given back. */
	const struct arena before = *arena;
	struct candidate *candidates = ARENA_TAKE(arena, struct candidate, check->n_pending + 1);

	if (!candidates)
		return UNDERSIGN_E_MEMORY;
	size_t n = take_pending(candidates, check);
	struct candidate *own = &candidates[n++];
	enum undersign_status status = replay_story_open(&own->item, note, problem);
	if (status == UNDERSIGN_OK) {
		sha256(own->hash, record);
		own->is_asked = true;
		status = tell(check, candidates, n, arena, problem);
	}
	if (arena->block == before.block)
		*arena = before;
	return status;
}
