#include "records_parts.h"

static void write_fact(struct page *page, enum word word, struct bytes text)
{
	page_wrap(page, "<dt>", word, "</dt><dd>");
	html_name(page->out, text);
	page_html(page, "</dd>\n");
}

static void write_answers(struct page *page, const struct story_text *text, struct bytes merged,
			  bool has_all)
{
	struct bytes rest = text->lines;
	struct bytes answer;
	uint64_t number = 0;
	bool is_next = false;

	while (story_next_value(&rest, "answer", &answer)) {
		const uint64_t share = story_answer(answer, &answer);

		if (!has_all && !story_list_has(merged, number + 1)) {
			number++;
			continue;
		}
		number++;
		page_html(page, is_next ? "; " : "");
		html_name(page->out, answer);
		page_html(page, " ");
		page_share(page, share);
		is_next = true;
	}
}

/* One bar of all answers, the joined ones in colour, and the interval above it. */
static void write_bar(struct page *page, const struct story_text *text,
		      const struct story_poll *poll)
{
	const struct bytes merged = story_value(text, "merged");
	struct bytes rest = text->lines;
	struct bytes answer;
	uint64_t number = 0, at = 0, n_joined = 0, joined = 0;

	page_html(page, "<figure><svg width=\"100%\" height=\"58\" role=\"img\" aria-label=\"");
	page_say_plain(page, WORD_POLL_BAR, (const struct page_fill[]){FILL_SHARE(poll->joined)},
		       1);
	page_html(page, "\">\n");
	while (story_next_value(&rest, "answer", &answer)) {
		const uint64_t share = story_answer(answer, &answer);
		const bool is_joined = story_list_has(merged, ++number);

		page_html(page, "<rect class=\"");
		page_html(page, !is_joined ? "T" : n_joined++ % 2 == 0 ? "A" : "A3");
		page_html(page, "\" x=\"");
		page_percent(page, at, 1000);
		page_html(page, "\" y=\"24\" height=\"32\" width=\"");
		page_percent(page, share > 3 ? share - 3 : share, 1000);
		page_html(page, "\"/>\n");
		at += share;
		/* The interval stands where the joined answers end, if they come first. */
		if (is_joined && joined + share == at)
			joined = at;
	}
	if (poll->is_sample && joined == poll->joined && poll->error > 0 && joined >= poll->error &&
	    joined + poll->error <= 1000) {
		page_html(page,
			  "<g class=\"ax\" stroke-width=\"2\"><line y1=\"13\" y2=\"13\" x1=\"");
		page_percent(page, joined - poll->error, 1000);
		page_html(page, "\" x2=\"");
		page_percent(page, joined + poll->error, 1000);
		page_html(page, "\"/></g><circle cy=\"13\" r=\"4\" cx=\"");
		page_percent(page, joined, 1000);
		page_html(page, "\"/>");
	}
	page_html(page, "</svg></figure>\n");
}

static void write_error(struct page *page, const struct story_text *text,
			const struct story_poll *poll)
{
	page_wrap(page, "<dt>", WORD_SAMPLING_ERROR, "</dt><dd>");
	if (poll->is_sample) {
		page_say(page, WORD_ERROR_IS, FILL_TENTHS(poll->error), FILL_SHARE(poll->joined),
			 FILL_TENTHS(poll->error_most));
		page_html(page, " ");
		if (!story_value_is(text, "weighting", "none"))
			page_word(page, WORD_ERROR_WEIGHTED);
	} else {
		page_word(page, story_value_is(text, "sampling", "all") ? WORD_ERROR_ALL
									: WORD_ERROR_NONE);
	}
	page_html(page, "</dd>\n");
}

/* What pollsters disclose. */
static void write_poll(struct page *page, const struct story_text *text,
		       const struct story_poll *poll)
{
	page_html(page, "<p class=\"head\">");
	page_share(page, poll->joined);
	if (poll->is_sample) {
		page_html(page, " <span class=\"s\">");
		page_say(page, WORD_PLUS_MINUS, FILL_TENTHS(poll->error));
		page_html(page, "</span>");
	}
	page_html(page, "</p>\n");
	write_bar(page, text, poll);
	page_html(page, "<dl class=\"fact\">\n");
	write_fact(page, WORD_ASKED_BY, story_value(text, "asked-by"));
	write_fact(page, WORD_PAID_BY, story_value(text, "paid-by"));
	page_wrap(page, "<dt>", WORD_QUESTION, "</dt><dd>");
	records_write_quote(page, story_value(text, "question"));
	page_wrap(page, "</dd>\n<dt>", WORD_ANSWERS, "</dt><dd>");
	write_answers(page, text, bytes_from(NULL, 0), true);
	page_wrap(page, "</dd>\n<dt>", WORD_ASKED_WERE, "</dt><dd>");
	page_number(page, poll->asked);
	page_html(page, " ");
	html_name(page->out, story_value(text, "population"));
	page_wrap(page, "</dd>\n<dt>", WORD_HOW_WHEN, "</dt><dd>");
	page_say(page, WORD_HOW_WHEN_IS, FILL_NAME(story_value(text, "mode")),
		 FILL_DAY(story_date(text, "from")), FILL_DAY(story_date(text, "until")),
		 FILL_NAME(story_value(text, "weighting")));
	page_html(page, "</dd>\n");
	write_error(page, text, poll);
	page_html(page, "</dl>\n");
}

static void write_lints(struct page *page, const struct story_text *text)
{
	const size_t authoritative = page->manifest->authoritative;
	struct story_poll poll;
	struct bytes called;
	const unsigned lints = story_lints(&called, text, page->source->texts[authoritative],
					   page->manifest->texts[authoritative].language);
	const bool is_poll = story_poll(&poll, text);

	if (lints == 0)
		return;
	page_wrap(page, "<div class=\"panel warn\"><p><strong>",
		  is_poll ? WORD_SAYS_MORE : WORD_SAYS_OTHER, "</strong>\n");
	if (lints & STORY_LINT_CALLED)
		page_say(page, WORD_LINT_CALLED, FILL_NAME(called),
			 FILL_NAME(story_value(text, "population")));
	if (lints & STORY_LINT_JOINED) {
		page_html(page, "\n");
		page_say(page, WORD_LINT_JOINED, FILL_NUMBER(poll.n_joined),
			 FILL_SHARE(poll.joined));
		page_html(page, " ");
		write_answers(page, text, story_value(text, "merged"), false);
		page_html(page, ".");
	}
	if (lints & STORY_LINT_SHARE) {
		page_html(page, "\n");
		page_say(page, WORD_LINT_SHARE, FILL_SHARE(poll.joined));
	}
	if (lints & STORY_LINT_HALF)
		page_wrap(page, "\n", WORD_LINT_HALF, "");
	if (lints & STORY_LINT_NO_SAMPLE)
		page_wrap(page, "\n", WORD_LINT_NO_SAMPLE, "");
	if (lints & STORY_LINT_NOT_SAID)
		page_wrap(page, "\n", WORD_LINT_NOT_SAID, "");
	page_html(page, "</p></div>\n");
}

static void write_citation(struct page *page, uint32_t record)
{
	const struct story_text *text = records_text(page, record);
	const struct bytes quote = story_value(text, "quote");
	struct story_poll poll;

	page_html(page, "<h3>");
	records_write_quote(page, story_value(text, "claim"));
	page_html(page, "</h3>\n");
	if (story_poll(&poll, text))
		write_poll(page, text, &poll);
	if (quote.len > 0) {
		page_html(page, "<blockquote><p>");
		html_name(page->out, quote);
		page_html(page, "</p></blockquote>\n");
	}
	page_html(page, "<p class=\"n\">");
	records_write_source(page, record);
	page_html(page, "</p>\n");
	write_lints(page, text);
}

void records_write_cited(struct page *page)
{
	size_t n = 0;

	page_begin_section(page, "cited", NULL, WORD_CITED, WORD_CITED_NOTE);
	page_html(page, "</div>\n<div class=\"r\">\n");
	for (uint32_t i = 0; i < page->story->n; i++)
		if (records_is_shown(page, i, STORY_CITATION) &&
		    n++ < records_caps(page)->citations)
			write_citation(page, i);
	records_write_left_out(
		page, n > records_caps(page)->citations ? n - records_caps(page)->citations : 0);
	page_end_section(page);
}
