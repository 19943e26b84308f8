/* The parts of making a page, for page*.c alone. */
#ifndef UNDERSIGNED_PAGE_PARTS_H
#define UNDERSIGNED_PAGE_PARTS_H

#include "page.h"

#include "html.h"
#include "words.h"

#include "arena.h"
#include "bytes.h"
#include "manifest.h"
#include "poll_count.h"
#include "record.h"
#include "status.h"
#include "story.h"
#include "tally.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A page in the making. */
struct page {
	struct writer *out;
	const struct page_source *source;
	const struct replay_letter *letter;
	const struct manifest *manifest;
	const struct record_log *log;
	const struct tally *tally;
	const struct words *words;
	uint64_t epoch, closing;
	uint64_t members[3]; /* of a class, without repeats; indexed by enum roster_class */
	uint32_t *order;     /* of the manifest's rings: as rows of the tables */
	struct arena *arena;
	const struct story *story;
	uint32_t *events; /* records of the story that are events, the latest first */
	size_t n_events, next_event;
	const struct poll_count *poll; /* NULL: it is a letter */
	unsigned brevity;              /* how much of a story is left out: records_parts.h */
	enum undersign_status status;  /* of the first that failed */
};

/* Counts, in the letter's language; all but out is set. Errors as page_make. page.c */
UNDERSIGN_MUST_CHECK enum undersign_status
page_prepare(struct page *out, const struct page_source *source, struct arena *arena);
/* Makes a file of a source, by whatever writes it: called twice, to measure and to write. Errors as
 * page_make. page.c */
UNDERSIGN_MUST_CHECK enum undersign_status page_render(struct bytes *out,
						       void (*write)(struct page *page),
						       const struct page_source *source,
						       struct arena *arena);

static inline bool page_is_closed(const struct page *page)
{
	return page->epoch >= page->closing;
}

/* Of both classes. */
static inline uint64_t page_members(const struct page *page)
{
	return page->members[ROSTER_ENROLLED] + page->members[ROSTER_RAW_KEY];
}

/* --- page_text.c --- */

/* What is filled into a text. */
enum page_filling {
	PAGE_NUMBER,
	PAGE_NAME,
	PAGE_DATE,
	PAGE_DAY,
	PAGE_SHARE,
	PAGE_TENTHS,
	PAGE_PLAIN
};
struct page_fill {
	enum page_filling kind;
	uint64_t number; /* of PAGE_DATE and PAGE_DAY: seconds; of PAGE_SHARE: per mille */
	struct bytes text;
};
#define FILL_NUMBER(n) ((struct page_fill){PAGE_NUMBER, (n), {NULL, 0}})
#define FILL_NAME(t)   ((struct page_fill){PAGE_NAME, 0, (t)})
#define FILL_PLAIN(t)  ((struct page_fill){PAGE_PLAIN, 0, (t)})
#define FILL_DATE(s)   ((struct page_fill){PAGE_DATE, (s), {NULL, 0}})
#define FILL_DAY(s)    ((struct page_fill){PAGE_DAY, (s), {NULL, 0}})
#define FILL_SHARE(m)  ((struct page_fill){PAGE_SHARE, (m), {NULL, 0}})
#define FILL_TENTHS(t) ((struct page_fill){PAGE_TENTHS, (t), {NULL, 0}})

/* Markup, as it is. */
void page_html(struct page *page, const char *html);
/* A text of the catalogue; the first filling's number chooses its plural. */
void page_say_filled(struct page *page, enum word word, const struct page_fill *fills, size_t n);
#define page_say(page, word, ...)                                                                  \
	page_say_filled((page), (word), (const struct page_fill[]){__VA_ARGS__},                   \
			sizeof((const struct page_fill[]){__VA_ARGS__}) /                          \
				sizeof(struct page_fill))
/* Likewise without anything to fill in. */
void page_word(struct page *page, enum word word);
/* The same as what an attribute holds: without markup. */
void page_say_plain(struct page *page, enum word word, const struct page_fill *fills, size_t n);
/* html before, a text, html after. */
void page_wrap(struct page *page, const char *before, enum word word, const char *after);

void page_number(struct page *page, uint64_t number);
/* 8.4 % of 84 per mille. */
void page_share(struct page *page, uint64_t per_mille);
/* A number of per cent with two decimals, for drawing: part / whole, at most 100. */
void page_percent(struct page *page, uint64_t part, uint64_t whole);
void page_decimal(struct page *page, uint64_t number);
/* An instant of the log, with <time>. */
void page_date(struct page *page, uint64_t seconds);
/* A day: 8 July 2031; and with <time>. */
void page_day(struct page *page, uint64_t seconds);
void page_time(struct page *page, uint64_t seconds);
/* The instant of an epoch, in seconds. */
uint64_t page_epoch_date(struct page *page, uint64_t epoch);
/* Rounded; 0 of 0. */
uint64_t page_per_mille(uint64_t part, uint64_t whole);

/* Up to the attributes of `<html>`, with the version. page.c */
void page_write_start(struct page *page);
/* The `<meta>` that names the one style and the one script; and the page's end, from `</main>` on,
 * with that script. page.c */
void page_write_policy(struct page *page);
void page_write_end(struct page *page);

/* --- the sections --- */

void page_write_poll(struct page *page); /* page_poll.c: the whole page of a poll */

void page_write_count(struct page *page);   /* page_count.c */
void page_write_letter(struct page *page);  /* page.c */
void page_write_growth(struct page *page);  /* page_growth.c */
void page_write_tables(struct page *page);  /* page_tables.c */
void page_write_rosters(struct page *page); /* page_tables.c */
void page_write_events(struct page *page);  /* page_events.c */
void page_write_sign(struct page *page);    /* page_guide.c */
void page_write_verify(struct page *page);  /* page_guide.c */
void page_write_recount(
	struct page *page);             /* page_guide.c: of a poll, in place of page_write_verify */
void page_write_not(struct page *page); /* page_guide.c */
/* What a desk serves beside the bundle; and the link to the page as it is now. page_guide.c */
void page_write_handouts(struct page *page);
void page_write_address(struct page *page);

/* `<section id>` with its heading and notes in the margin, up to where its matter begins; and its
 * end. note: WORDS_N for none. */
void page_begin_section(struct page *page, const char *id, const char *classes, enum word head,
			enum word note);
void page_end_section(struct page *page);

#endif
