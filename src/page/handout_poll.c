#include "handout_parts.h"

#include "shape.h"

#define ROWS_MAX   8   /* of a badge: options that are shown */
#define OPTION_MAX 160 /* bytes of an option's name in a picture */

static const char *const states[] = {
	[POLL_SEALED] = "sealed", [POLL_CLOSED] = "closed", [POLL_OPENED] = "opened"};

static uint64_t answers_opened(const struct page *page)
{
	return page->poll->answers - page->poll->withheld;
}

/* "a week: 12 (40.0 %)" */
static void say_option(struct page *page, struct bytes option, uint64_t count)
{
	html_text(page->out, option);
	page_html(page, ": ");
	page_number(page, count);
	page_html(page, " (");
	page_share(page, page_per_mille(count, answers_opened(page)));
	page_html(page, ")");
}

void handout_say_result(struct page *page)
{
	const struct manifest_poll *poll = &page->manifest->poll;
	const uint64_t *count = page->poll->totals;

	for (size_t q = 0; q < poll->shape.n_questions; q++) {
		page_html(page, q > 0 ? " " : "");
		html_text(page->out, poll->questions[q].text);
		for (size_t o = 0; o < poll->shape.questions[q].n_options; o++) {
			page_html(page, o > 0 ? "; " : " ");
			say_option(page, poll->questions[q].options[o], *count++);
		}
		page_html(page, ".");
	}
}

/* --- Pictures ---------------------------------------------------------------------------------
 */

static void say_state(struct page *page)
{
	const struct page_fill until[] = {FILL_DATE(page_epoch_date(page, page->closing))};

	if (page->poll->state == POLL_SEALED)
		page_say_plain(page, WORD_POLL_UNTIL, until, 1);
	else
		page_say_plain(page, WORD_POLL_NOT_OPENED, NULL, 0);
}

/* Rows of a badge; the last says by dots that the page has more. */
static size_t n_rows(const struct page *page)
{
	const struct shape *shape = &page->manifest->poll.shape;
	const size_t n = shape->questions[0].n_options;

	if (!page->poll->totals)
		return 1;
	if (n > ROWS_MAX)
		return ROWS_MAX + 2;
	return 1 + n + (shape->n_questions > 1);
}

/* Names of options may be long: a picture has their beginning, and dots. */
static void say_short(struct page *page, struct bytes text)
{
	size_t len = text.len;

	if (len > OPTION_MAX) {
		len = OPTION_MAX;
		while (len > 0 && (text.data[len] & 0xc0) == 0x80)
			len--;
	}
	html_text(page->out, bytes_part(text, 0, len));
	if (len < text.len)
		page_html(page, " …");
}

static void make_row(struct page *page, size_t row, struct handout_line *line)
{
	const struct manifest_question *question = &page->manifest->poll.questions[0];
	const size_t n = page->manifest->poll.shape.questions[0].n_options;
	const size_t n_shown = n < ROWS_MAX ? n : ROWS_MAX;
	struct writer kept;

	handout_begin_line(page, &kept, line);
	if (!page->poll->totals)
		say_state(page);
	else if (row == 0)
		say_short(page, question->text);
	else if (row <= n_shown) {
		page_number(page, page->poll->totals[row - 1]);
		page_html(page, " (");
		page_share(page, page_per_mille(page->poll->totals[row - 1], answers_opened(page)));
		page_html(page, ") ");
		say_short(page, question->options[row - 1]);
	} else
		page_html(page, "…");
	handout_end_line(page, &kept, line);
}

#define ROW_HEIGHT 19
#define ROWS_TOP   74

void handout_poll_room(struct page *page, uint64_t *width, uint64_t *height)
{
	struct handout_line line;

	*height = ROWS_TOP - 2 + ROW_HEIGHT * n_rows(page);
	for (size_t i = 0; i < n_rows(page); i++) {
		make_row(page, i, &line);
		const uint64_t wanted = 16 + 15 * line.n_characters / 2 + 12;
		*width = wanted > *width ? wanted : *width;
	}
}

void handout_poll_rows(struct page *page, uint64_t begin, uint64_t width)
{
	struct handout_line line;

	for (size_t i = 0; i < n_rows(page); i++) {
		make_row(page, i, &line);
		handout_write_text(page, &line, begin, ROWS_TOP + ROW_HEIGHT * i, width,
				   i == 0 ? "font-size=\"13\" fill=\"" HANDOUT_SOFT "\""
					  : "font-size=\"13\" fill=\"" HANDOUT_INK "\"");
	}
}

void handout_poll_card(struct page *page, uint64_t begin, uint64_t width)
{
	struct handout_line line;
	struct writer kept;

	handout_begin_line(page, &kept, &line);
	if (page->poll->totals)
		page_say_plain(page, WORD_EVENT_POLL_OPENED, NULL, 0);
	else
		say_state(page);
	handout_end_line(page, &kept, &line);
	handout_write_text(page, &line, begin, 556, width,
			   "font-size=\"36\" fill=\"" HANDOUT_INK "\"");
}

/* --- The table --------------------------------------------------------------------------------
 */

/* All options of one sum. ring: empty for the sum of all. */
static void write_sum(struct page *page, struct bytes ring, const uint64_t *counts,
		      uint64_t answers)
{
	const struct manifest_poll *poll = &page->manifest->poll;

	for (size_t q = 0; q < poll->shape.n_questions; q++)
		for (size_t o = 0; o < poll->shape.questions[q].n_options; o++) {
			page_decimal(page, q + 1);
			page_html(page, ",");
			handout_csv_text(page->out, poll->questions[q].text);
			page_html(page, ",");
			page_decimal(page, o + 1);
			page_html(page, ",");
			handout_csv_text(page->out, poll->questions[q].options[o]);
			page_html(page, ",");
			handout_csv_text(page->out, ring);
			page_html(page, ",");
			page_decimal(page, answers);
			page_html(page, ",");
			if (counts)
				page_decimal(page, *counts++);
			page_html(page, ",");
			page_html(page, states[page->poll->state]);
			page_html(page, "\r\n");
		}
}

void handout_write_polls(struct page *page)
{
	const struct poll_count *poll = page->poll;

	page_html(page, "question,question_text,option,option_text,ring,answers,count,state\r\n");
	write_sum(page, bytes_from(NULL, 0), poll->totals, answers_opened(page));
	for (size_t g = 0; poll->state == POLL_OPENED && g < poll->n_groups; g++)
		write_sum(page, page->manifest->rings[poll->groups[g].ring].name,
			  poll->groups[g].counts, poll->groups[g].answers);
}
