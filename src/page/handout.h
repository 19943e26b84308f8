/* What others show of a letter's count: beside the bundle, not in it (doc/formats.md 7.6). Made of
 * the same source as the page, without scripts and requests; what people wrote is text. Public;
 * variable time. */
#ifndef UNDERSIGNED_HANDOUT_H
#define UNDERSIGNED_HANDOUT_H

#include "page.h"

#include "arena.h"
#include "bytes.h"
#include "manifest.h"
#include "status.h"

#include <stdbool.h>

enum handout {
	HANDOUT_BADGE,   /* an SVG picture of the count, to be embedded by <img> */
	HANDOUT_COUNTER, /* the same as HTML with a link to the page, to be embedded by <iframe> */
	HANDOUT_CARD,    /* an SVG picture for previews of links, 1200 by 630, to be made a PNG */
	HANDOUT_FEED,    /* news of the letter: Atom (RFC 4287) */
	HANDOUT_TABLE,   /* the rings as comma-separated rows (RFC 4180) */
	HANDOUT_STORY,   /* the records likewise; a letter without records has the heads alone */
	HANDOUT_POLLS,   /* of a poll: its answers, likewise */
	HANDOUT_N
};

/* "badge.svg", "counter.html", "card.svg", "feed.atom", "tally.csv", "story.csv", "polls.csv". */
const char *handout_name(enum handout what);
/* Whether a letter has it: all but HANDOUT_POLLS, which polls alone have. */
bool handout_is_of(enum handout what, const struct manifest *manifest);
const char *handout_type(enum handout what);
/* Requires: handout_is_of. Errors as page_make. */
UNDERSIGN_MUST_CHECK enum undersign_status handout_make(struct bytes *out, enum handout what,
							const struct page_source *source,
							struct arena *arena);

#endif
