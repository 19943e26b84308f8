/* The table of elements that all rings of a letter share. */
#include "ring.h"

#include "scratch.h"
#include "universe.h"

#include "memory.h"

#define UNIVERSE_MAX ((size_t)1 << 24)

/* At most half of the slots are used. */
static size_t slots_for(size_t capacity)
{
	size_t n_slots = 16;

	while (n_slots < 2 * capacity)
		n_slots *= 2;
	return n_slots;
}

size_t universe_memory_len(size_t capacity)
{
	if (capacity > UNIVERSE_MAX)
		return 0;
	return scratch_need(capacity, sizeof(struct affine)) + scratch_need(capacity, POINT_BYTES) +
	       scratch_need(capacity, 1) + scratch_need(capacity, sizeof(uint32_t)) +
	       scratch_need(slots_for(capacity), sizeof(uint32_t));
}

void universe_new(struct universe *out, size_t capacity, void *memory, size_t memory_len)
{
	struct scratch scratch = scratch_new(memory, memory_len);

	CHECK(capacity <= UNIVERSE_MAX);
	*out = (struct universe){.capacity = capacity, .n_slots = slots_for(capacity)};
	out->points = scratch_take(&scratch, capacity, sizeof(struct affine));
	out->encodings = scratch_take(&scratch, capacity, POINT_BYTES);
	out->kinds = scratch_take(&scratch, capacity, 1);
	out->marks = scratch_take(&scratch, capacity, sizeof(uint32_t));
	out->slots = scratch_take(&scratch, out->n_slots, sizeof(uint32_t));
	memset(out->slots, 0, out->n_slots * sizeof(uint32_t));
}

/* An encoding is uniform but for whoever chose it; the multiplication spreads low bits. */
static size_t first_slot(const struct universe *universe, const uint8_t *encoding)
{
	struct cursor cursor = cursor_new(bytes_from(encoding, 8));
	uint64_t hash = cursor_u64le(&cursor) * 0x9e3779b97f4a7c15u;

	return (size_t)(hash >> 32) & (universe->n_slots - 1);
}

/* The slot that holds the encoding, or the empty one where it belongs. */
static size_t slot_of(const struct universe *universe, const uint8_t *encoding)
{
	size_t slot = first_slot(universe, encoding);

	for (;;) {
		uint32_t held = universe->slots[slot];

		if (held == 0 || memcmp(universe->encodings + POINT_BYTES * (size_t)(held - 1),
					encoding, POINT_BYTES) == 0)
			return slot;
		slot = (slot + 1) & (universe->n_slots - 1);
	}
}

void universe_prefetch(const struct universe *universe, const uint8_t encoding[static POINT_BYTES])
{
	__builtin_prefetch(&universe->slots[first_slot(universe, encoding)], 1);
}

size_t universe_find(const struct universe *universe, const uint8_t encoding[static POINT_BYTES])
{
	uint32_t held = universe->slots[slot_of(universe, encoding)];

	return held == 0 ? SIZE_MAX : (size_t)held - 1;
}

size_t universe_intern(struct universe *universe, const uint8_t encoding[static POINT_BYTES],
		       const struct affine *point)
{
	size_t slot = slot_of(universe, encoding), index;

	if (universe->slots[slot] != 0)
		return universe->slots[slot] - 1;
	if (universe->n == universe->capacity)
		return SIZE_MAX;
	index = universe->n++;
	memmove(&universe->points[index], point, sizeof *point);
	memmove(universe->encodings + POINT_BYTES * index, encoding, POINT_BYTES);
	universe->kinds[index] = 0;
	universe->marks[index] = 0;
	universe->slots[slot] = (uint32_t)(index + 1);
	return index;
}

void universe_new_generation(struct universe *universe)
{
	CHECK(universe->generation < UINT32_MAX);
	universe->generation++;
}

bool universe_mark(struct universe *universe, size_t index)
{
	bool is_repeat = universe->marks[index] == universe->generation;

	universe->marks[index] = universe->generation;
	return is_repeat;
}
