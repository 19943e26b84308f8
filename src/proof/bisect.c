#include "bisect.h"

#include "status.h"

struct range {
	size_t begin, end;
	struct point total;
};

void bisect_vartime(const struct bisect *bisect, size_t n)
{
	/* One range of each size waits: no deeper than the bits of n. */
	struct range stack[34];
	size_t depth = 0;

	if (n == 0)
		return;
	bisect->total(bisect->cookie, &stack[0].total, 0, n);
	stack[0].begin = 0;
	stack[0].end = n;
	depth = 1;
	while (depth > 0) {
		struct range range = stack[--depth];
		struct range *left = &stack[depth], *right = &stack[depth + 1];
		size_t middle = range.begin + ((range.end - range.begin) >> 1);

		if (point_is_identity(&range.total))
			continue;
		if (range.end - range.begin == 1) {
			bisect->is_bad(bisect->cookie, range.begin);
			continue;
		}
		CHECK(depth + 2 <= sizeof stack / sizeof *stack);
		left->begin = range.begin;
		left->end = right->begin = middle;
		right->end = range.end;
		bisect->total(bisect->cookie, &left->total, range.begin, middle);
		point_sub(&right->total, &range.total, &left->total);
		depth += 2;
	}
}
