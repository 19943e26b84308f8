/* The story around a letter on its page (doc/formats.md 3.5, 6.4), for page.c, page_events.c and
 * records*.c alone. A letter without a story has none of it. */
#ifndef UNDERSIGNED_RECORDS_PARTS_H
#define UNDERSIGNED_RECORDS_PARTS_H

#include "page_parts.h"

/* What is shown of each kind: so much that the page stays within PAGE_LEN_MEANT, as far as leaving
 * out can do that. How many are left out is said there; all are in the log, and in what `record
 * list` prints. Replies that those addressed have signed are never left out. */
#define RECORDS_BREVITY_MAX 3
struct records_caps {
	size_t chart_rows, steps, changes, standings;
	size_t moves; /* of each demand */
	size_t replies, citations, names, notices, events;
	size_t difference; /* bytes of both texts together */
};
const struct records_caps *records_caps(const struct page *page);
/* Of the page's events those that are shown: the latest. */
size_t records_n_events(const struct page *page);

/* Sorts out which records are events. E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status records_find_events(struct page *page);

void records_write_links(struct page *page);
void records_write_before_events(struct page *page);
void records_write_after_events(struct page *page);
/* What happened, in words; plain for what is not HTML. */
void records_say_event(struct page *page, uint32_t record, bool is_plain);
/* Rows of the table of events that were not told yet and are dated `since` or later. */
void records_write_events(struct page *page, uint64_t since);

/* --- records.c, for the others --- */

const struct story_text *records_text(const struct page *page, uint32_t record);
bool records_is_shown(const struct page *page, uint32_t record, enum story_kind kind);
/* How many are shown of a kind. */
size_t records_count(const struct page *page, enum story_kind kind);
/* Where it was said, and that it was copied; and who has signed it, if asked for. */
void records_write_source(struct page *page, uint32_t record);
void records_write_author(struct page *page, uint32_t record);
/* In quotation marks. */
void records_write_quote(struct page *page, struct bytes words);
/* "{n} earlier records are left out", if n is not 0. */
void records_write_left_out(struct page *page, size_t n);
void records_write_heads(struct page *page, const enum word *words, const char *const *classes,
			 size_t n);
enum word records_state_word(enum story_demand_state state);

/* --- the sections --- */

void records_write_demands(struct page *page);
void records_write_replies(struct page *page);
void records_write_stances(struct page *page);
void records_write_charts(struct page *page);
void records_write_cited(struct page *page);
void records_write_named(struct page *page);
void records_write_notices(struct page *page);
void records_write_versions(struct page *page);
/* A grade's name, `withdrawn` for n_grades. */
void records_write_grade(struct page *page, uint32_t grade);

#endif
