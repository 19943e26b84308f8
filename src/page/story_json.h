/* The story around a letter for programs (doc/formats.md 9): JSON and CSV of the same records and
 * sums as its page has. What people wrote is text there too; of a removed record nothing is shown
 * but that it was removed. Public; variable time. */
#ifndef UNDERSIGNED_STORY_JSON_H
#define UNDERSIGNED_STORY_JSON_H

#include "bytes.h"
#include "story.h"

/* The authoritative text, for what the letter says and its polls do not; empty if it is not at
 * hand. language: its tag. */
struct story_letter {
	struct bytes text, language;
};
/* The object that is `story` of the tally. */
void story_json_write(struct writer *writer, const struct story *story,
		      const struct story_letter *letter);
/* One record a line, after a line of heads (RFC 4180). What a spreadsheet would take for a formula
 * stands after an apostrophe. */
void story_csv_write(struct writer *writer, const struct story *story);

#endif
