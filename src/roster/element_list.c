#include "element_list.h"

#include "memory.h"

/* Sorted by insertion before runs are merged. */
#define RUN 16

enum undersign_status element_list_begin(struct element_list *out, size_t capacity,
					 struct arena *arena)
{
	*out = (struct element_list){
		.items = ARENA_TAKE(arena, struct element_item, capacity),
		.spare = ARENA_TAKE(arena, struct element_item, capacity),
		.capacity = capacity,
	};
	return capacity == 0 || (out->items && out->spare) ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
}

void element_list_add(struct element_list *list, const uint8_t element[static POINT_BYTES],
		      struct element_place place)
{
	uint64_t head = 0;

	CHECK(list->n < list->capacity);
	for (unsigned i = 0; i < sizeof head; i++)
		head = head << 8 | element[i];
	list->items[list->n++] = (struct element_item){head, element, place};
}

static bool is_less(const struct element_item *a, const struct element_item *b)
{
	if (a->head != b->head)
		return a->head < b->head;
	return memcmp(a->element, b->element, POINT_BYTES) < 0;
}

static void sort_run(struct element_item *items, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		const struct element_item item = items[i];
		size_t place = i;

		for (; place > 0 && is_less(&item, &items[place - 1]); place--)
			items[place] = items[place - 1];
		items[place] = item;
	}
}

/* Of two sorted runs that stand one after the other; of equal ones those of the first. */
static void merge(struct element_item *out, const struct element_item *items, size_t n_first,
		  size_t n)
{
	size_t a = 0, b = n_first;

	for (size_t i = 0; i < n; i++)
		out[i] = a < n_first && (b == n || !is_less(&items[b], &items[a])) ? items[a++]
										   : items[b++];
}

void element_list_sort(struct element_list *list)
{
	for (size_t at = 0; at < list->n; at += RUN)
		sort_run(list->items + at, list->n - at < RUN ? list->n - at : RUN);
	for (size_t run = RUN; run < list->n; run *= 2) {
		struct element_item *sorted = list->spare;

		for (size_t at = 0; at < list->n; at += 2 * run) {
			const size_t left = list->n - at;
			const size_t n = left < 2 * run ? left : 2 * run;

			merge(sorted + at, list->items + at, n < run ? n : run, n);
		}
		list->spare = list->items;
		list->items = sorted;
	}
}

bool element_list_next_repeated(const struct element_item **out, const struct element_item **first,
				const struct element_list *list, size_t *at)
{
	for (; *at + 1 < list->n; (*at)++) {
		const struct element_item *item = &list->items[*at];

		if (is_less(item, item + 1))
			continue;
		/* A run of equal ones goes on, or begins. */
		if (!*first || is_less(*first, item))
			*first = item;
		*out = item + 1;
		(*at)++;
		return true;
	}
	return false;
}
