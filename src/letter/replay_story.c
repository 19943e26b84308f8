#include "replay_parts.h"

#include "memory.h"

static enum undersign_status check_signature(const struct note *note, const struct story_text *text,
					     struct problem *problem)
{
	struct note_verdict verdict;

	/* The text names its author: no list of keys is needed. */
	return note_verify(&verdict, note, &text->author, 1, NOTE_UNKNOWN_REFUSED, problem);
}

enum undersign_status replay_story_open(struct story_item *out, const struct note *note,
					struct problem *problem)
{
	enum undersign_status status = story_text_parse(&out->text, note->text, problem);

	if (status == UNDERSIGN_OK)
		status = check_signature(note, &out->text, problem);
	record_id(out->id, note->text);
	return status;
}

static enum undersign_status add(struct replay *replay, struct replay_letter *letter,
				 const struct note *note, struct problem *problem)
{
	struct note copy = *note;
	void *items = letter->story;
	struct story_item item;
	enum undersign_status status;

	copy.text = arena_copy(replay->arena, note->text);
	if (!copy.text.data)
		return UNDERSIGN_E_MEMORY;
	status = replay_story_open(&item, &copy, problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (letter->n_story == STORY_RECORDS_MAX) {
		problem_rule(problem, "a letter's story has at most 10,000 records");
		problem_what(problem, "this is one more", (struct bytes){0});
		return UNDERSIGN_E_LIMIT;
	}
	item.entry = replay->seen.n - 1;
	item.epoch = replay->epoch;
	status = record_log_instant(&item.seconds, &replay->log, replay->epoch);
	if (status != UNDERSIGN_OK)
		return status;
	if (!replay_tables_grow(&items, &letter->story_capacity, letter->n_story,
				sizeof letter->story[0], replay->arena))
		return UNDERSIGN_E_MEMORY;
	letter->story = items;
	letter->story[letter->n_story++] = item;
	return UNDERSIGN_OK;
}

enum undersign_status replay_story_take(struct replay *replay, const struct note *note,
					struct problem *problem)
{
	uint8_t context[HASH_BYTES];
	struct replay_letter *letter = NULL;

	if (story_text_letter(context, note->text))
		letter = replay_letter_of(replay, context);
	if (!letter)
		return UNDERSIGN_OK;
	if (letter->logged_at == REPLAY_NONE) {
		problem_rule(problem, "a letter's records stand after its manifest");
		problem_what(problem, "the manifest does not stand before it", (struct bytes){0});
		return UNDERSIGN_E_INVALID;
	}
	return add(replay, letter, note, problem);
}

enum undersign_status replay_story(struct story *out, const struct replay_letter *letter,
				   struct arena *arena)
{
	return story_tell(out, letter->story, letter->n_story, &letter->manifest->organiser, arena);
}
