#include "page_parts.h"

#define CHART_HEIGHT 210 /* of the largest total, with the room for its number */
#define CHART_TOP    40
#define DRAWN_MAX    100 /* epochs that are drawn; of more, the last of every few */
#define TABLE_MAX    120 /* rows */

/* Epochs that are drawn, evenly, the last one always. */
struct drawing {
	size_t n, step;
	uint64_t most, first, span;
};

static struct drawing plan(const struct page *page)
{
	const struct tally *tally = page->tally;
	struct drawing drawing = {.step = (tally->n_growth + DRAWN_MAX - 1) / DRAWN_MAX};

	drawing.n = (tally->n_growth + drawing.step - 1) / drawing.step;
	for (size_t i = 0; i < tally->n_growth; i++)
		if (tally->growth[i].total > drawing.most)
			drawing.most = tally->growth[i].total;
	drawing.first = tally->growth[0].epoch;
	drawing.span = page->epoch - drawing.first + 1;
	return drawing;
}

/* The i-th that is drawn. */
static size_t drawn_at(const struct drawing *drawing, const struct page *page, size_t i)
{
	return page->tally->n_growth - 1 - (drawing->n - 1 - i) * drawing->step;
}

static uint64_t height_of(const struct drawing *drawing, uint64_t total)
{
	return drawing->most == 0 ? 0 : (CHART_HEIGHT - CHART_TOP) * total / drawing->most;
}

static void write_rect(struct page *page, const char *class, const struct drawing *drawing,
		       uint64_t from, uint64_t until, uint64_t low, uint64_t high)
{
	if (high <= low)
		return;
	page_html(page, "<rect class=\"");
	page_html(page, class);
	page_html(page, "\" x=\"");
	page_percent(page, from - drawing->first, drawing->span);
	page_html(page, "\" y=\"");
	page_decimal(page, CHART_HEIGHT - high);
	page_html(page, "\" width=\"");
	page_percent(page, until - from, drawing->span);
	page_html(page, "\" height=\"");
	page_decimal(page, high - low);
	page_html(page, "\"/>\n");
}

/* A total holds until the next one: steps, whose new part is strong. */
static void write_steps(struct page *page, const struct drawing *drawing)
{
	uint64_t before = 0;

	for (size_t i = 0; i < drawing->n; i++) {
		const struct tally_growth *growth =
			&page->tally->growth[drawn_at(drawing, page, i)];
		const uint64_t until =
			i + 1 < drawing->n
				? page->tally->growth[drawn_at(drawing, page, i + 1)].epoch
				: page->epoch + 1;
		const uint64_t high = height_of(drawing, growth->total);
		const uint64_t low = before < high ? before : high;

		write_rect(page, "A2", drawing, growth->epoch, until, 0, low);
		write_rect(page, "A", drawing, growth->epoch, until, low, high);
		before = high;
	}
}

/* Numbers over up to ten of the steps. */
static void write_labels(struct page *page, const struct drawing *drawing)
{
	const size_t step = (drawing->n + 9) / 10;

	page_html(page, "<g font-size=\"12.5\" font-weight=\"600\">\n");
	for (size_t k = drawing->n; k > 0; k = k > step ? k - step : 0) {
		const struct tally_growth *growth =
			&page->tally->growth[drawn_at(drawing, page, k - 1)];

		/* The last one stands at the right end, and on narrow screens alone. */
		if (k == drawing->n) {
			page_html(page, "<text text-anchor=\"end\" x=\"100%");
		} else {
			page_html(page, "<text class=\"wide\" x=\"");
			page_percent(page, growth->epoch - drawing->first, drawing->span);
		}
		page_html(page, "\" y=\"");
		page_decimal(page, CHART_HEIGHT - height_of(drawing, growth->total) - 7);
		page_html(page, "\">");
		page_number(page, growth->total);
		page_html(page, "</text>\n");
	}
	page_html(page, "</g>\n");
}

static void write_chart(struct page *page)
{
	const struct tally *tally = page->tally;
	const struct tally_growth *first = &tally->growth[0];
	const struct tally_growth *last = &tally->growth[tally->n_growth - 1];
	const struct drawing drawing = plan(page);
	const struct page_fill fills[] = {
		FILL_NUMBER(first->total), FILL_DATE(page_epoch_date(page, first->epoch)),
		FILL_NUMBER(last->total), FILL_DATE(page_epoch_date(page, page->epoch))};

	page_html(page, "<figure>\n<figcaption><b>");
	if (tally->n_growth > 1)
		page_say(page, WORD_GROWTH_HEAD, FILL_NUMBER(first->total),
			 FILL_NUMBER(last->total));
	else
		page_say(page, WORD_GROWTH_ONE, FILL_NUMBER(last->total), fills[1]);
	page_wrap(page, "</b><br>", WORD_GROWTH_HOW, "</figcaption>\n");
	page_html(page, "<svg width=\"100%\" height=\"236\" role=\"img\" "
			"aria-labelledby=\"gt\"><title id=\"gt\">");
	page_say_plain(page, WORD_GROWTH_TITLE, fills, 4);
	page_html(page, "</title>\n");
	write_steps(page, &drawing);
	write_labels(page, &drawing);
	page_html(page, "<line class=\"ax\" x1=\"0\" x2=\"100%\" y1=\"210\" y2=\"210\"/>\n"
			"<g font-size=\"12.5\" class=\"soft\"><text y=\"228\">");
	page_say_plain(page, WORD_DATE_ALONE, &fills[1], 1);
	page_html(page, "</text><text x=\"100%\" y=\"228\" text-anchor=\"end\">");
	page_say_plain(page, WORD_DATE_ALONE, &fills[3], 1);
	page_html(page, "</text></g></svg>\n</figure>\n");
}

static void write_row(struct page *page, const struct tally_growth *growth)
{
	page_html(page, "<tr><th scope=\"row\">");
	page_number(page, growth->epoch);
	page_html(page, "</th><td>");
	page_date(page, page_epoch_date(page, growth->epoch));
	page_html(page, "</td><td>");
	page_number(page, growth->added);
	page_html(page, "</td><td>");
	page_number(page, growth->removed);
	page_html(page, "</td><td>");
	page_number(page, growth->total);
	page_html(page, "</td></tr>\n");
}

static void write_figures(struct page *page)
{
	static const enum word heads[] = {WORD_CLOSED_ON, WORD_NEW, WORD_GONE, WORD_TOTAL};
	const size_t n = page->tally->n_growth;
	const size_t left_out = n > TABLE_MAX ? n - TABLE_MAX : 0;

	page_wrap(page, "<details><summary>", WORD_GROWTH_TABLE, "</summary>\n");
	if (left_out > 0) {
		page_html(page, "<p class=\"n\">");
		page_say(page, WORD_EARLIER, FILL_NUMBER(left_out));
		page_html(page, "</p>\n");
	}
	page_wrap(page, "<table class=\"o\"><caption>", WORD_GROWTH_CAPTION,
		  "</caption><thead><tr>");
	page_wrap(page, "<th scope=\"col\">", WORD_EPOCH, "</th>");
	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
		page_wrap(page, "<th scope=\"col\">", heads[i], "</th>");
	page_html(page, "</tr></thead><tbody>\n");
	for (size_t i = left_out; i < n; i++)
		write_row(page, &page->tally->growth[i]);
	page_html(page, "</tbody></table></details>\n");
}

void page_write_growth(struct page *page)
{
	if (page->tally->n_growth == 0)
		return;
	page_begin_section(page, "growth", NULL, WORD_GROWTH, WORDS_N);
	page_html(page, "<p class=\"n\">");
	page_say(page, WORD_GROWTH_NOTE, FILL_NUMBER(page->manifest->hold_min));
	page_html(page, "</p></div>\n<div class=\"r\">\n");
	write_chart(page);
	write_figures(page);
	page_end_section(page);
}
