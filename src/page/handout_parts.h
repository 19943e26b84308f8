/* The parts of what others show of a count, for handout*.c alone. */
#ifndef UNDERSIGNED_HANDOUT_PARTS_H
#define UNDERSIGNED_HANDOUT_PARTS_H

#include "page_parts.h"

#define HANDOUT_INK      "#1b1b19"
#define HANDOUT_SOFT     "#57554d"
#define HANDOUT_TEXT_MAX 512

/* A line of a picture, which is as wide as its characters are many, more or less. */
struct handout_line {
	uint8_t text[HANDOUT_TEXT_MAX];
	size_t len, n_characters;
};
/* What is written in between is the line: empty if it is longer than HANDOUT_TEXT_MAX. */
void handout_begin_line(struct page *page, struct writer *kept, struct handout_line *line);
void handout_end_line(struct page *page, const struct writer *kept, struct handout_line *line);
/* A text that begins `at` units from where its language begins to be read. */
void handout_write_text(struct page *page, const struct handout_line *line, uint64_t at, uint64_t y,
			uint64_t width, const char *attributes);
/* In quotation marks, an apostrophe before what a spreadsheet would take for a formula. */
void handout_csv_text(struct writer *writer, struct bytes text);

/* --- handout_poll.c: what a poll has in place of a letter's; requires page->poll --- */

/* Makes a badge large enough for its rows: how it stands, or the answers to its first question. */
void handout_poll_room(struct page *page, uint64_t *width, uint64_t *height);
void handout_poll_rows(struct page *page, uint64_t begin, uint64_t width);
/* How it stands, at the foot of a card. */
void handout_poll_card(struct page *page, uint64_t begin, uint64_t width);
/* All questions with their answers, in one line of text. Requires: it is opened. */
void handout_say_result(struct page *page);
/* polls.csv */
void handout_write_polls(struct page *page);

#endif
