#include "page_parts.h"

#include "records_parts.h"

/* What the letter's story tells of that day or later, and was not told yet, comes before it. */
static void begin_event(struct page *page, uint64_t epoch)
{
	records_write_events(page, page_epoch_date(page, epoch));
	page_html(page, "<tr><td>");
	page_date(page, page_epoch_date(page, epoch));
	page_html(page, "</td><td>");
}

static void end_event(struct page *page)
{
	page_html(page, "</td></tr>\n");
}

static void write_event(struct page *page, uint64_t epoch, enum word word)
{
	begin_event(page, epoch);
	page_say(page, word, FILL_NUMBER(epoch));
	end_event(page);
}

/* What an epoch of statements brought, if it is worth a line. */
static void write_growth(struct page *page, size_t i, size_t largest)
{
	const struct tally_growth *growth = &page->tally->growth[i];

	if (growth->removed > 0) {
		begin_event(page, growth->epoch);
		page_say(page, WORD_EVENT_WITHDREW, FILL_NUMBER(growth->removed));
		end_event(page);
	}
	if (i > 0 && i == largest) {
		begin_event(page, growth->epoch);
		page_say(page, WORD_EVENT_LARGEST, FILL_NUMBER(growth->added));
		end_event(page);
	}
	if (i == 0 && growth->added > 0 && growth->epoch != page->epoch) {
		begin_event(page, growth->epoch);
		page_say(page, WORD_EVENT_FIRST, FILL_NUMBER(growth->added),
			 FILL_NUMBER(growth->epoch));
		end_event(page);
	}
}

/* The latest first. */
static void write_table(struct page *page, uint64_t logged, uint64_t opening, bool is_opened)
{
	const struct tally *tally = page->tally;
	size_t largest = 0;

	page->next_event = 0;
	page_wrap(page, "<table class=\"ev\"><caption class=\"skip\">", WORD_EVENTS,
		  "</caption><thead><tr>");
	page_wrap(page, "<th scope=\"col\">", WORD_DATE_HEAD, "</th>");
	page_wrap(page, "<th scope=\"col\">", WORD_EVENT, "</th></tr></thead><tbody>\n");
	if (!page_is_closed(page))
		write_event(page, page->closing, WORD_EVENT_WILL_CLOSE);
	if (!page_is_closed(page) && (!is_opened || opening > page->epoch))
		write_event(page, opening, WORD_EVENT_WILL_OPEN);
	begin_event(page, page->epoch);
	page_say(page, WORD_EVENT_NOW, FILL_NUMBER(tally->total), FILL_NUMBER(page->epoch));
	end_event(page);
	if (page_is_closed(page))
		write_event(page, page->closing, WORD_EVENT_CLOSED);
	for (size_t i = 1; i < tally->n_growth; i++)
		if (tally->growth[i].added > tally->growth[largest].added)
			largest = i;
	for (size_t i = tally->n_growth; i > 0; i--)
		write_growth(page, i - 1, largest);
	if (is_opened && opening <= page->epoch)
		write_event(page, opening, WORD_EVENT_OPENED);
	write_event(page, logged, WORD_EVENT_LOGGED);
	records_write_events(page, 0);
	page_html(page, "</tbody></table>\n");
}

struct mark {
	uint64_t epoch;
	enum word word;
};

/* Marks on a line from the first to the last of them, words above and below in turns. */
static void write_line(struct page *page, const struct mark *marks, size_t n)
{
	const uint64_t first = marks[0].epoch;
	const uint64_t span = marks[n - 1].epoch - first;
	const struct page_fill fills[] = {FILL_DATE(page_epoch_date(page, first)),
					  FILL_DATE(page_epoch_date(page, page->closing)),
					  FILL_DATE(page_epoch_date(page, page->epoch))};

	page_html(page, "<figure>\n<svg width=\"100%\" height=\"84\" role=\"img\" "
			"aria-labelledby=\"et\"><title id=\"et\">");
	page_say_plain(page, WORD_EVENTS_TITLE, fills, 3);
	page_html(page, "</title>\n<line class=\"ds\" x1=\"0\" x2=\"100%\" y1=\"42\" y2=\"42\"/>"
			"<line class=\"ax\" stroke-width=\"3\" x1=\"0\" x2=\"");
	page_percent(page, page->epoch > first ? page->epoch - first : 0, span);
	page_html(page, "\" y1=\"42\" y2=\"42\"/>\n<g font-size=\"12.5\">\n");
	for (size_t i = 0; i < n; i++) {
		const uint64_t at = marks[i].epoch - first;
		/* Before two fifths of the way a text goes on to the right, after three fifths to
		 * the left. */
		const char *anchor = 5 * at <= 2 * span   ? "start"
				     : 5 * at >= 3 * span ? "end"
							  : "middle";

		page_html(page, "<circle class=\"dot\" r=\"6\" cy=\"42\" cx=\"");
		page_percent(page, at, span);
		page_html(page, i % 2 == 0 ? "\"/><text y=\"20\" text-anchor=\""
					   : "\"/><text y=\"70\" text-anchor=\"");
		page_html(page, anchor);
		page_html(page, "\" x=\"");
		page_percent(page, at, span);
		page_wrap(page, "\">", marks[i].word, "</text>\n");
	}
	page_html(page, "</g></svg>\n</figure>\n");
}

void page_write_events(struct page *page)
{
	const bool is_opened = page->letter->opened_at != REPLAY_NONE;
	const uint64_t logged = replay_epoch_of(page->source->replay, page->letter->logged_at);
	const uint64_t opening = is_opened ? page->letter->opening : page->manifest->opens;
	struct mark marks[4];
	size_t n = 0;

	marks[n++] = (struct mark){logged, WORD_MARK_LOGGED};
	if (opening > logged && opening < page->closing)
		marks[n++] = (struct mark){opening, WORD_MARK_OPENED};
	if (page->epoch > marks[n - 1].epoch && page->epoch < page->closing)
		marks[n++] = (struct mark){page->epoch, WORD_MARK_NOW};
	if (page->closing > marks[n - 1].epoch)
		marks[n++] = (struct mark){page->closing, WORD_MARK_CLOSES};
	page_begin_section(page, "events", NULL, WORD_EVENTS, WORD_EVENTS_NOTE);
	page_html(page, "</div>\n<div class=\"r\">\n");
	if (n > 1)
		write_line(page, marks, n);
	write_table(page, logged, opening, is_opened);
	page_end_section(page);
}
