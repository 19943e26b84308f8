/* In place of the letter's page, in a module that shows what the core weighs without it. */
#include "page.h"

enum undersign_status page_check(enum page_verdict *out, struct bytes page,
				 const struct page_source *source, struct arena *arena,
				 struct problem *problem)
{
	(void)page;
	(void)source;
	(void)arena;
	(void)problem;
	*out = PAGE_OTHER_VERSION;
	return UNDERSIGN_OK;
}
