#include "sorting.h"

#include "status.h"

static void sorting_sift(uint32_t *indexes, size_t start, size_t n, sorting_compare compare,
			 const void *items)
{
	size_t at = start;

	for (;;) {
		size_t child = 2 * at + 1;
		uint32_t moved;

		if (child >= n)
			return;
		if (child + 1 < n && compare(items, indexes[child], indexes[child + 1]) < 0)
			child++;
		if (compare(items, indexes[at], indexes[child]) >= 0)
			return;
		moved = indexes[at];
		indexes[at] = indexes[child];
		indexes[child] = moved;
		at = child;
	}
}

void sorting_indexes(uint32_t *indexes, size_t n, sorting_compare compare, const void *items)
{
	CHECK(n < ((size_t)1 << 31));
	for (size_t start = n / 2; start > 0; start--)
		sorting_sift(indexes, start - 1, n, compare, items);
	for (size_t end = n; end > 1; end--) {
		uint32_t first = indexes[0];

		indexes[0] = indexes[end - 1];
		indexes[end - 1] = first;
		sorting_sift(indexes, 0, end - 1, compare, items);
	}
}
