#include "count.h"

#include "bytes.h"
#include "memory.h"

static size_t baby_steps(uint64_t max)
{
	size_t n = 1;

	while ((uint64_t)n * n < max + 1)
		n++;
	return n;
}

static size_t slots_for(size_t n)
{
	size_t slots = 2;

	while (slots < 2 * n)
		slots *= 2;
	return slots;
}

size_t count_table_len(uint64_t max)
{
	const size_t n = baby_steps(max);

	return slots_for(n) * sizeof(uint32_t) + n * POINT_BYTES;
}

/* The first bytes of an encoding, but for its lowest bit, are as good as random. */
static size_t slot_of(const struct count_table *table, const uint8_t *encoded)
{
	struct cursor cursor = cursor_new(bytes_from(encoded, POINT_BYTES));

	return (size_t)(cursor_u32le(&cursor) >> 1) & (table->n_slots - 1);
}

void count_table_new(struct count_table *out, uint64_t max, void *memory, size_t memory_len)
{
	struct point base, at;

	CHECK(max <= COUNT_MAX && memory_len >= count_table_len(max));
	out->max = max;
	out->n_baby = baby_steps(max);
	out->n_slots = slots_for(out->n_baby);
	out->slots = memory;
	out->encoded = (uint8_t *)memory + out->n_slots * sizeof(uint32_t);
	memset(out->slots, 0, out->n_slots * sizeof(uint32_t));
	point_base(&base);
	point_identity(&at);
	for (size_t k = 0; k < out->n_baby; k++) {
		uint8_t *encoded = out->encoded + POINT_BYTES * k;
		size_t slot;

		point_encode(encoded, &at);
		slot = slot_of(out, encoded);
		while (out->slots[slot] != 0)
			slot = (slot + 1) & (out->n_slots - 1);
		out->slots[slot] = (uint32_t)k + 1;
		point_add(&at, &at, &base);
	}
	out->step = at;
}

/* The number of a baby step; n_baby if it is none. */
static size_t find(const struct count_table *table, const uint8_t *encoded)
{
	size_t slot = slot_of(table, encoded);

	for (; table->slots[slot] != 0; slot = (slot + 1) & (table->n_slots - 1)) {
		const size_t k = table->slots[slot] - 1;

		if (memcmp(table->encoded + POINT_BYTES * k, encoded, POINT_BYTES) == 0)
			return k;
	}
	return table->n_baby;
}

enum undersign_status count_find_vartime(uint64_t *out, const struct count_table *table,
					 const struct point *point)
{
	struct point at = *point;

	*out = 0;
	for (uint64_t giant = 0; giant * table->n_baby <= table->max; giant++) {
		uint8_t encoded[POINT_BYTES];
		size_t baby;

		point_encode(encoded, &at);
		baby = find(table, encoded);
		if (baby < table->n_baby && giant * table->n_baby + baby <= table->max) {
			*out = giant * table->n_baby + baby;
			return UNDERSIGN_OK;
		}
		point_sub(&at, &at, &table->step);
	}
	return UNDERSIGN_E_MISSING;
}
