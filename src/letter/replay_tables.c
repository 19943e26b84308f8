#include "replay_parts.h"

#include "memory.h"

#define FIRST_CAPACITY 64
#define COUNT_MAX      ((size_t)1 << 31)

bool replay_tables_grow(void **items, size_t *capacity, size_t n, size_t size, struct arena *arena)
{
	size_t wanted = *capacity ? 2 * *capacity : FIRST_CAPACITY;
	void *grown;

	if (n < *capacity)
		return true;
	grown = arena_take(arena, wanted, size);
	if (!grown)
		return false;
	if (n > 0)
		memcpy(grown, *items, n * size);
	*items = grown;
	*capacity = wanted;
	return true;
}

/* Points and hashes are spread evenly as they are. */
static size_t slot_of(const uint8_t *key, size_t n_slots)
{
	uint64_t value;

	memcpy(&value, key, sizeof(value));
	value ^= value >> 32;
	return (size_t)(value * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (n_slots - 1);
}

/* An open hash of index + 1 over n keys that stand stride bytes apart. */
static bool rehash(uint32_t **slots, size_t *n_slots, const uint8_t *keys, size_t stride, size_t n,
		   struct arena *arena)
{
	size_t wanted = *n_slots ? 2 * *n_slots : 2 * FIRST_CAPACITY;
	uint32_t *grown;

	if (2 * (n + 1) <= *n_slots)
		return true;
	grown = ARENA_TAKE(arena, uint32_t, wanted);
	if (!grown)
		return false;
	for (size_t i = 0; i < n; i++) {
		size_t slot = slot_of(keys + i * stride, wanted);

		while (grown[slot] != 0)
			slot = (slot + 1) & (wanted - 1);
		grown[slot] = (uint32_t)i + 1;
	}
	*slots = grown;
	*n_slots = wanted;
	return true;
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t probe(const uint32_t *slots, size_t n_slots, const uint8_t *keys, size_t stride,
		    const uint8_t *key, size_t key_len)
{
	size_t slot = slot_of(key, n_slots);

	while (slots[slot] != 0 && memcmp(keys + (slots[slot] - 1) * stride, key, key_len) != 0)
		slot = (slot + 1) & (n_slots - 1);
	return slot;
}

enum undersign_status replay_tables_see(struct replay_seen *seen,
					const uint8_t sha256[static SHA256_BYTES],
					struct arena *arena)
{
	void *hashes = seen->hashes;
	size_t slot;

	if (seen->n >= COUNT_MAX)
		return UNDERSIGN_E_LIMIT;
	if (!replay_tables_grow(&hashes, &seen->capacity, seen->n, REPLAY_HASH_BYTES, arena))
		return UNDERSIGN_E_MEMORY;
	seen->hashes = hashes;
	if (!rehash(&seen->slots, &seen->n_slots, seen->hashes[0], REPLAY_HASH_BYTES, seen->n,
		    arena))
		return UNDERSIGN_E_MEMORY;
	slot = probe(seen->slots, seen->n_slots, seen->hashes[0], REPLAY_HASH_BYTES, sha256,
		     REPLAY_HASH_BYTES);
	if (seen->slots[slot] != 0)
		return UNDERSIGN_E_CONFLICT;
	memcpy(seen->hashes[seen->n], sha256, REPLAY_HASH_BYTES);
	seen->n++;
	seen->slots[slot] = (uint32_t)seen->n;
	return UNDERSIGN_OK;
}

uint64_t replay_tables_seen(const struct replay_seen *seen,
			    const uint8_t sha256[static SHA256_BYTES])
{
	size_t slot;

	if (seen->n == 0)
		return REPLAY_NONE;
	slot = probe(seen->slots, seen->n_slots, seen->hashes[0], REPLAY_HASH_BYTES, sha256,
		     REPLAY_HASH_BYTES);
	return seen->slots[slot] == 0 ? REPLAY_NONE : seen->slots[slot] - 1;
}

enum undersign_status replay_tables_add_roster(struct replay_rosters *rosters,
					       const uint8_t id[static SHA256_BYTES],
					       struct bytes note, struct arena *arena)
{
	void *items = rosters->items;
	struct replay_roster *fresh;
	size_t slot;

	if (rosters->n >= COUNT_MAX)
		return UNDERSIGN_E_LIMIT;
	if (!replay_tables_grow(&items, &rosters->capacity, rosters->n, sizeof(rosters->items[0]),
				arena))
		return UNDERSIGN_E_MEMORY;
	rosters->items = items;
	if (!rehash(&rosters->slots, &rosters->n_slots, rosters->items[0].id,
		    sizeof(rosters->items[0]), rosters->n, arena))
		return UNDERSIGN_E_MEMORY;
	slot = probe(rosters->slots, rosters->n_slots, rosters->items[0].id,
		     sizeof(rosters->items[0]), id, SHA256_BYTES);
	/* Of two notes with one text the first one is meant. */
	if (rosters->slots[slot] != 0)
		return UNDERSIGN_OK;
	fresh = &rosters->items[rosters->n];
	memcpy(fresh->id, id, SHA256_BYTES);
	fresh->note = arena_copy(arena, note);
	if (!fresh->note.data)
		return UNDERSIGN_E_MEMORY;
	rosters->n++;
	rosters->slots[slot] = (uint32_t)rosters->n;
	return UNDERSIGN_OK;
}

struct bytes replay_roster_record(const struct replay *replay,
				  const uint8_t id[static SHA256_BYTES])
{
	const struct replay_rosters *rosters = &replay->rosters;
	size_t slot;

	if (rosters->n == 0)
		return (struct bytes){0};
	slot = probe(rosters->slots, rosters->n_slots, rosters->items[0].id,
		     sizeof(rosters->items[0]), id, SHA256_BYTES);
	if (rosters->slots[slot] == 0)
		return (struct bytes){0};
	return rosters->items[rosters->slots[slot] - 1].note;
}

const struct replay_tag *replay_tag(const struct replay_letter *letter,
				    const uint8_t tag[static POINT_BYTES])
{
	size_t slot;

	if (letter->n_tags == 0)
		return NULL;
	slot = probe(letter->tag_slots, letter->n_tag_slots, letter->tags[0].tag,
		     sizeof(letter->tags[0]), tag, POINT_BYTES);
	return letter->tag_slots[slot] == 0 ? NULL : &letter->tags[letter->tag_slots[slot] - 1];
}

static const struct replay_place *find_place(const struct replay_letter *letter,
					     const struct replay_tag *tag, uint32_t ring)
{
	for (uint32_t place = tag->first_place; place != 0;) {
		const struct replay_place *at = &letter->places[place - 1];

		if (at->ring == ring)
			return at;
		place = at->next;
	}
	return NULL;
}

bool replay_tag_is_in_ring(const struct replay_letter *letter, const struct replay_tag *tag,
			   uint32_t ring)
{
	return tag && find_place(letter, tag, ring);
}

bool replay_ring_is_released(const struct replay_letter *letter, uint32_t ring)
{
	return letter->counts[ring].first_epoch != REPLAY_NONE;
}

static struct replay_tag *take_tag(struct replay_letter *letter,
				   const uint8_t tag[static POINT_BYTES], struct arena *arena)
{
	void *tags = letter->tags;
	size_t slot;

	if (letter->n_tags >= COUNT_MAX ||
	    !replay_tables_grow(&tags, &letter->tags_capacity, letter->n_tags,
				sizeof(letter->tags[0]), arena))
		return NULL;
	letter->tags = tags;
	if (!rehash(&letter->tag_slots, &letter->n_tag_slots, letter->tags[0].tag,
		    sizeof(letter->tags[0]), letter->n_tags, arena))
		return NULL;
	slot = probe(letter->tag_slots, letter->n_tag_slots, letter->tags[0].tag,
		     sizeof(letter->tags[0]), tag, POINT_BYTES);
	if (letter->tag_slots[slot] == 0) {
		struct replay_tag *fresh = &letter->tags[letter->n_tags];

		memset(fresh, 0, sizeof(*fresh));
		memcpy(fresh->tag, tag, POINT_BYTES);
		letter->n_tags++;
		letter->tag_slots[slot] = (uint32_t)letter->n_tags;
	}
	return &letter->tags[letter->tag_slots[slot] - 1];
}

static enum undersign_status note_place(struct replay_letter *letter, struct replay_tag *tag,
					const struct tally_statement *statement,
					struct arena *arena)
{
	struct replay_count *count = &letter->counts[statement->ring];
	void *places = letter->places;
	struct replay_place *fresh;

	if (find_place(letter, tag, statement->ring))
		return UNDERSIGN_OK;
	if (letter->n_places >= COUNT_MAX ||
	    !replay_tables_grow(&places, &letter->places_capacity, letter->n_places,
				sizeof(letter->places[0]), arena))
		return UNDERSIGN_E_MEMORY;
	letter->places = places;
	fresh = &letter->places[letter->n_places];
	*fresh = (struct replay_place){
		.ring = statement->ring, .next = tag->first_place, .epoch = statement->epoch};
	letter->n_places++;
	tag->first_place = (uint32_t)letter->n_places;
	if (count->n_new == 0)
		count->first_new = statement->entry;
	count->n_new++;
	if (count->first_epoch == REPLAY_NONE)
		count->first_epoch = statement->epoch;
	return UNDERSIGN_OK;
}

enum undersign_status replay_tables_note(struct replay_letter *letter,
					 const struct tally_statement *statement,
					 struct arena *arena)
{
	void *statements = letter->statements;
	struct replay_tag *tag = take_tag(letter, statement->tag, arena);

	if (!tag || letter->n_statements >= COUNT_MAX ||
	    !replay_tables_grow(&statements, &letter->statements_capacity, letter->n_statements,
				sizeof(letter->statements[0]), arena))
		return UNDERSIGN_E_MEMORY;
	letter->statements = statements;
	letter->statements[letter->n_statements++] = *statement;
	if (statement->seq > tag->highest_seq)
		tag->highest_seq = statement->seq;
	if (statement->action == MESSAGE_SIGN)
		return note_place(letter, tag, statement, arena);
	if (statement->seq > tag->highest_withdrawal)
		tag->highest_withdrawal = statement->seq;
	return UNDERSIGN_OK;
}
