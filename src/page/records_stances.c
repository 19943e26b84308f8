#include "records_parts.h"

static void write_change(struct page *page, const struct story_change *change)
{
	page_html(page, "<tr><td>");
	page_time(page, records_text(page, change->record)->date);
	page_html(page, "</td><td>");
	html_name(page->out, page->story->standings[change->standing].name);
	page_html(page, "</td><td>");
	records_write_grade(page, change->grade);
	page_html(page, "</td></tr>\n");
}

static void write_changes(struct page *page)
{
	static const enum word heads[] = {WORD_DATE_HEAD, WORD_INSTITUTION, WORD_NEW_GRADE};
	const size_t most = records_caps(page)->changes;
	const size_t n = page->story->n_changes;
	const size_t first = n > most ? n - most : 0;

	if (most == 0) {
		records_write_left_out(page, n);
		return;
	}
	page_wrap(page, "<details><summary>", WORD_CHANGES_TABLE, "</summary>\n");
	records_write_left_out(page, first);
	page_wrap(page, "<table><caption>", WORD_CHANGES_CAPTION, "</caption>");
	records_write_heads(page, heads, NULL, 3);
	for (size_t i = first; i < n; i++)
		write_change(page, &page->story->changes[i]);
	page_html(page, "</tbody></table></details>\n");
}

static void write_standing(struct page *page, const struct story_standing *standing)
{
	const struct bytes quote = story_value(records_text(page, standing->record), "quote");

	page_html(page, "<tr><th scope=\"row\">");
	html_name(page->out, standing->name);
	page_html(page, "</th><td class=\"f\">");
	records_write_grade(page, standing->grade);
	page_html(page, "</td><td class=\"s\">");
	page_time(page, standing->since);
	page_html(page, "</td><td class=\"wide\">");
	if (quote.len > 0) {
		records_write_quote(page, quote);
		page_html(page, " ");
	}
	page_html(page, "<span class=\"n\">");
	page_word(page, page->story->records[standing->record].is_signed ? WORD_SIGNED_SHORT
									 : WORD_CITED_SHORT);
	page_html(page, ", ");
	records_write_source(page, standing->record);
	page_html(page, "</span></td></tr>\n");
}

static void write_standings(struct page *page)
{
	static const enum word heads[] = {WORD_INSTITUTION, WORD_GRADE, WORD_SINCE, WORD_OWN_WORDS};
	static const char *const classes[] = {NULL, "f", "s", "wide"};
	const size_t n = page->story->n_standings;
	const size_t shown = n > records_caps(page)->standings ? records_caps(page)->standings : n;

	page_html(page, "<table class=\"w\"><caption><b>");
	page_say(page, WORD_STANDINGS_CAPTION, FILL_DATE(page_epoch_date(page, page->epoch)));
	page_html(page, "</b></caption>");
	records_write_heads(page, heads, classes, 4);
	for (size_t i = 0; i < shown; i++)
		write_standing(page, &page->story->standings[i]);
	page_html(page, "</tbody></table>\n");
	records_write_left_out(page, n - shown);
}

static void write_scale(struct page *page)
{
	page_html(page, "<p class=\"n\">");
	page_word(page, WORD_SCALE);
	for (size_t i = 0; i < page->story->n_grades; i++) {
		page_html(page, i > 0 ? ", <b>" : " <b>");
		html_name(page->out, page->story->grades[i]);
		page_html(page, "</b>");
	}
	page_html(page, ".</p>\n<p class=\"n\">");
	page_word(page, WORD_STANCES_NOTE);
	page_html(page, "</p></div>\n<div class=\"r\">\n");
}

void records_write_stances(struct page *page)
{
	page_begin_section(page, "stances", NULL, WORD_STANCES, WORDS_N);
	write_scale(page);
	records_write_charts(page);
	write_changes(page);
	write_standings(page);
	page_end_section(page);
}
