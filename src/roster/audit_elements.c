#include "audit_parts.h"
#include "batch.h"
#include "ed25519.h"
#include "memory.h"

/* Commitments that are decoded together. */
#define DECODE_CHUNK 64

enum undersign_status audit_elements_begin(struct audit *audit, struct arena *arena)
{
	const size_t n = audit->points[0].n;

	if (audit_newest(audit)->class_of_members == ROSTER_RAW_KEY) {
		audit->encodings = arena_take(arena, n, POINT_BYTES);
		if (n > 0 && !audit->encodings)
			return UNDERSIGN_E_MEMORY;
	}
	return element_list_begin(&audit->elements, n * audit->input->n_points, arena);
}

void audit_elements_add(struct audit *audit, const struct entry *entry, uint32_t number,
			uint32_t column)
{
	const struct element_place place = {.entry = number, .column = column};
	struct point point;

	if (entry->kind == ENTRY_COMMITMENT) {
		element_list_add(&audit->elements, entry->source, place);
		return;
	}
	if (ed25519_key_to_point_vartime(&point, entry->source) != UNDERSIGN_OK) {
		audit_tell_entry(audit, number, column,
				 "a key is a canonical point of prime order (protocol 4.2)",
				 "it is not");
		return;
	}
	point_encode(audit->encodings[number], &point);
	element_list_add(&audit->elements, audit->encodings[number], place);
}

static void check_repeated(struct audit *audit)
{
	const struct element_item *item, *first = NULL;
	size_t at = 0;

	element_list_sort(&audit->elements);
	while (element_list_next_repeated(&item, &first, &audit->elements, &at)) {
		struct problem problem = {0};

		problem_where_number(&problem, "entry", item->place.entry);
		if (item->place.column > 0)
			problem_inside_number(&problem, "column", item->place.column);
		problem_rule(&problem, "an element stands in an edition once, in whichever column");
		if (item->place.column > 0)
			problem_what_numbers(&problem,
					     "it stands already, in entry {1}, column {2}",
					     first->place.entry, first->place.column);
		else
			problem_what_numbers(&problem, "it stands already, in entry {1} of {2}",
					     first->place.entry, audit->points[0].n);
		audit_tell(audit, &problem);
	}
}

/* Of n commitments whose first entry is `first`: which are no points, or the identity. */
static void check_commitments(struct audit *audit, const uint8_t (*sources)[POINT_BYTES],
			      uint32_t first, size_t n, uint32_t column)
{
	struct affine points[DECODE_CHUNK];
	size_t at = 0;

	while (at < n) {
		const size_t n_good = points_decode_vartime(points, sources[at], n - at);

		for (size_t i = 0; i < n_good; i++) {
			if (affine_is_identity_vartime(&points[i]))
				audit_tell_entry(audit, first + (uint32_t)(at + i), column,
						 "a commitment is not the identity", "it is");
		}
		at += n_good;
		if (at == n)
			return;
		audit_tell_entry(audit, first + (uint32_t)at, column,
				 "a commitment is a canonical point of the group (RFC 9496)",
				 "it is not");
		at++;
	}
}

/* Every commitment of one column, where no proof says that it is a point. */
static void check_column(struct audit *audit, uint32_t list)
{
	struct points_reader reader = points_read(&audit->points[list]);
	uint8_t sources[DECODE_CHUNK][POINT_BYTES];
	struct entry entry;
	uint32_t first = 0;
	size_t n = 0;

	while (points_next(&reader, &entry)) {
		memcpy(sources[n++], entry.source, POINT_BYTES);
		if (n < DECODE_CHUNK && reader.left > 0)
			continue;
		check_commitments(audit, (const uint8_t(*)[POINT_BYTES])sources, first, n,
				  list + 1);
		first += (uint32_t)n;
		n = 0;
	}
}

void audit_elements_check(struct audit *audit)
{
	for (uint32_t c = 0; audit->input->is_list_only && c < audit_newest(audit)->calendar.n; c++)
		check_column(audit, c);
	check_repeated(audit);
}
