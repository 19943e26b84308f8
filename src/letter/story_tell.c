#include "story_parts.h"

#include "memory.h"
#include "sorting.h"

/* --- Which record is which ----------------------------------------------------------------------
 */

static int compare_ids(const void *items, uint32_t a, uint32_t b)
{
	const struct story_record *records = items;
	const int order = memcmp(records[a].item->id, records[b].item->id, SHA256_BYTES);

	return order != 0 ? order : (a > b) - (a < b);
}

static uint32_t find(const struct telling *telling, const uint8_t id[static SHA256_BYTES])
{
	size_t low = 0;
	size_t high = telling->n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (memcmp(telling->records[telling->by_id[middle]].item->id, id, SHA256_BYTES) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < telling->n && memcmp(telling->records[telling->by_id[low]].item->id, id,
					  SHA256_BYTES) == 0
		       ? telling->by_id[low]
		       : STORY_NO;
}

/* What a record must be judged after: the one that it revises or is about. */
static uint32_t parent_of(const struct story_record *record)
{
	return record->item->text.is_revision ? record->previous : record->of;
}

/* Numbers each record by how many it rests on. An ID covers the ID that it names, so that there are
 * no circles. Each is visited twice at most. */
static void number_depths(const struct telling *telling)
{
	for (uint32_t i = 0; i < telling->n; i++) {
		uint32_t steps = 0;
		uint32_t at = i;

		while (at != STORY_NO && telling->depths[at] == STORY_NO && steps < telling->n) {
			steps++;
			at = parent_of(&telling->records[at]);
		}
		uint32_t depth = steps + (at != STORY_NO ? telling->depths[at] + 1 : 0);
		for (at = i; steps > 0; steps--) {
			telling->depths[at] = --depth;
			at = parent_of(&telling->records[at]);
		}
	}
}

/* Actors before revocations before the scale and demands before all others: what these rest on. */
static int phase_of(const struct story_text *text)
{
	switch (text->kind) {
	case STORY_ACTOR:
		return 0;
	case STORY_NOTICE:
		return story_value_is(text, "about", "revocation") ? 1 : 4;
	case STORY_SCALE:
		return 2;
	case STORY_DEMAND:
		return 3;
	default:
		return 4;
	}
}

static int compare_turns(const void *items, uint32_t a, uint32_t b)
{
	const struct telling *telling = items;
	const int left = phase_of(&telling->records[a].item->text);
	const int right = phase_of(&telling->records[b].item->text);

	if (left != right)
		return left < right ? -1 : 1;
	if (telling->depths[a] != telling->depths[b])
		return telling->depths[a] < telling->depths[b] ? -1 : 1;
	return (a > b) - (a < b);
}

static int compare_entries(const void *items, uint32_t a, uint32_t b)
{
	const struct story_item *left = (const struct story_item *)items + a;
	const struct story_item *right = (const struct story_item *)items + b;

	return (left->entry > right->entry) - (left->entry < right->entry);
}

static void link_records(struct telling *telling)
{
	for (uint32_t i = 0; i < telling->n; i++) {
		struct story_record *record = &telling->records[i];
		const struct story_text *text = &record->item->text;
		uint8_t id[SHA256_BYTES];

		if (text->is_revision)
			record->previous = find(telling, text->revises);
		else if (text->kind == STORY_NOTICE && story_id(id, text, "of"))
			record->of = find(telling, id);
		if (text->kind == STORY_ACTOR)
			telling->n_keys += KEYS_OF_ACTOR;
	}
}

/* --- What is shown ------------------------------------------------------------------------------
 */

/* Of a chain the last one that was not removed is in its place. */
static void settle_chain(struct telling *telling, uint32_t first)
{
	uint32_t shown = STORY_NO;

	for (uint32_t at = first; at != STORY_NO; at = telling->records[at].next)
		if (telling->records[at].state != STORY_REMOVED)
			shown = at;
	for (uint32_t at = first; at != STORY_NO; at = telling->records[at].next)
		if (at != shown && telling->records[at].state == STORY_HOLDS)
			telling->records[at].state = STORY_REVISED;
}

static void settle(struct telling *telling)
{
	for (uint32_t i = 0; i < telling->n; i++) {
		struct story_record *record = &telling->records[i];

		if (record->removal != STORY_NO && record->state == STORY_HOLDS)
			record->state = STORY_REMOVED;
	}
	for (uint32_t i = 0; i < telling->n; i++)
		if (telling->records[i].state != STORY_VOID &&
		    telling->records[i].previous == STORY_NO)
			settle_chain(telling, i);
}

static enum undersign_status begin(struct telling *telling, const struct story_item *items,
				   size_t n, const struct note_key *organiser, struct arena *arena)
{
	uint32_t *order = ARENA_TAKE(arena, uint32_t, n);

	*telling = (struct telling){.organiser = organiser, .n = n, .scale = STORY_NO};
	telling->records = ARENA_TAKE(arena, struct story_record, n);
	telling->by_id = ARENA_TAKE(arena, uint32_t, n);
	telling->depths = ARENA_TAKE(arena, uint32_t, n);
	telling->actors = ARENA_TAKE(arena, struct story_actor, n);
	if (!order || !telling->records || !telling->by_id || !telling->depths || !telling->actors)
		return UNDERSIGN_E_MEMORY;
	for (uint32_t i = 0; i < DEMAND_NUMBERS; i++)
		telling->demands[i] = STORY_NO;
	for (uint32_t i = 0; i < n; i++)
		order[i] = i;
	sorting_indexes(order, n, compare_entries, items);
	for (uint32_t i = 0; i < n; i++) {
		telling->records[i] = (struct story_record){.item = &items[order[i]],
							    .previous = STORY_NO,
							    .next = STORY_NO,
							    .of = STORY_NO,
							    .removal = STORY_NO,
							    .decision = STORY_NO,
							    .actor = STORY_NO};
		telling->by_id[i] = i;
		telling->depths[i] = STORY_NO;
	}
	sorting_indexes(telling->by_id, n, compare_ids, telling->records);
	link_records(telling);
	number_depths(telling);
	telling->keys = ARENA_TAKE(arena, struct telling_key, telling->n_keys);
	telling->n_keys = 0;
	return telling->keys ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
}

static void judge(struct telling *telling, uint32_t *turns)
{
	for (uint32_t i = 0; i < telling->n; i++)
		turns[i] = i;
	sorting_indexes(turns, telling->n, compare_turns, telling);
	for (uint32_t i = 0; i < telling->n; i++) {
		struct story_record *record = &telling->records[turns[i]];

		record->rule = find(telling, record->item->id) == turns[i]
				       ? story_judge(telling, turns[i])
				       : N_("no record stands in the log twice");
		if (!record->rule)
			continue;
		record->state = STORY_VOID;
		record->previous = STORY_NO;
	}
}

enum undersign_status story_tell(struct story *out, const struct story_item *items, size_t n,
				 const struct note_key *organiser, struct arena *arena)
{
	struct telling telling;

	*out = (struct story){0};
	if (n > STORY_RECORDS_MAX)
		return UNDERSIGN_E_LIMIT;
	enum undersign_status status = begin(&telling, items, n, organiser, arena);
	if (status != UNDERSIGN_OK)
		return status;
	uint32_t *turns = ARENA_TAKE(arena, uint32_t, n);
	if (!turns)
		return UNDERSIGN_E_MEMORY;
	judge(&telling, turns);
	settle(&telling);
	out->records = telling.records;
	out->n = n;
	out->actors = telling.actors;
	out->n_actors = telling.n_actors;
	return story_sum(out, &telling, arena);
}

uint32_t story_find(const struct story *story, const uint8_t id[static SHA256_BYTES])
{
	for (uint32_t i = 0; i < story->n; i++)
		if (memcmp(story->records[i].item->id, id, SHA256_BYTES) == 0)
			return i;
	return STORY_NO;
}

struct bytes story_actor_name(const struct story_text *text)
{
	return story_value(text, text->kind == STORY_ACTOR ? "name" : "actor");
}

uint32_t story_first(const struct story *story, uint32_t record)
{
	while (story->records[record].previous != STORY_NO)
		record = story->records[record].previous;
	return record;
}
