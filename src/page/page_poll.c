/* The page of a poll: its questions with their answers once they are opened, the turnout, each sum
 * apart, the text, the lists, and how to verify it. */
#include "markdown.h"
#include "page_css.h"
#include "page_parts.h"

#include "poll_count.h"

static const struct manifest_text *authoritative(const struct page *page)
{
	return &page->manifest->texts[page->manifest->authoritative];
}

static void write_head(struct page *page)
{
	const struct bytes title = authoritative(page)->title;

	page_write_start(page);
	page_html(page, ">\n<head>\n<meta charset=\"utf-8\">\n<title>");
	html_text(page->out, title);
	page_html(page, "</title>\n<meta name=\"viewport\" content=\"width=device-width, "
			"initial-scale=1\">\n");
	page_write_policy(page);
	page_html(page, "<meta name=\"referrer\" "
			"content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light "
			"dark\">\n<link rel=\"alternate\" type=\"application/atom+xml\" "
			"href=\"feed.atom\" title=\"");
	page_word(page, WORD_NEWS);
	page_html(page, "\">\n<style>");
	writer_bytes(page->out, bytes_from(page_css, sizeof page_css));
	page_html(page, "</style>\n</head>\n<body>\n<header>\n<div class=\"mast\">\n<p><b>"
			"Undersigned</b></p>\n</div>\n</header>\n<main>\n<p class=\"k\">");
	page_say(page, page_is_closed(page) ? WORD_POLL_CLOSED : WORD_POLL_OPEN,
		 FILL_DATE(page_epoch_date(page, page->closing)));
	page_html(page, "</p>\n<h1>");
	html_name(page->out, title);
	page_html(page, "</h1>\n<p class=\"n by\">");
	page_say(page, WORD_AS_OF, FILL_NUMBER(page->epoch),
		 FILL_DATE(page_epoch_date(page, page->epoch)));
	page_html(page, "</p>\n");
}

static void write_fingerprint(struct page *page)
{
	uint8_t id[MANIFEST_ID_LEN];

	manifest_id(id, page->manifest);
	page_wrap(page, "<p class=\"n\">", WORD_RIGHT_LETTER_HOW, "</p>\n<p class=\"fp\">");
	for (size_t i = 0; i < sizeof id; i += 4) {
		page_html(page, i > 0 ? " <span>" : "<span>");
		writer_bytes(page->out, bytes_from(id + i, 4));
		page_html(page, "</span>");
	}
	page_html(page, "</p>\n");
}

static void write_paragraph(struct page *page, enum word word, const struct page_fill *fills,
			    size_t n)
{
	page_html(page, "<p class=\"n\">");
	page_say_filled(page, word, fills, n);
	page_html(page, "</p>\n");
}

/* Once the closing's epoch stands, the next one is waited for. */
static void write_sealed(struct page *page, const struct ceremony *trustees)
{
	const uint64_t until = page_is_closed(page) ? page->epoch + 1 : page->closing;
	const struct page_fill sealed[] = {FILL_DATE(page_epoch_date(page, until)),
					   FILL_NUMBER(trustees->threshold),
					   FILL_NUMBER(trustees->n)};

	write_paragraph(page, WORD_POLL_SEALED, sealed, 3);
}

static void write_state(struct page *page)
{
	const struct poll_count *poll = page->poll;
	const struct poll_trustees *record = page->letter->poll->trustees;
	/* Their key stands in the log before any answer; until it does, nothing is said of it. */
	const unsigned threshold = record ? record->roll.ceremony.threshold : 0;
	const unsigned n_trustees = record ? record->roll.ceremony.n : 0;
	const uint64_t members = page_members(page);
	const struct page_fill turnout[] = {FILL_NUMBER(poll->answers), FILL_NUMBER(members),
					    FILL_SHARE(page_per_mille(poll->answers, members))};
	const struct page_fill quorum[] = {FILL_NUMBER(page->manifest->poll.quorum)};
	const struct page_fill withheld[] = {FILL_NUMBER(poll->withheld)};

	write_paragraph(page, WORD_POLL_TURNOUT, turnout, 3);
	if (page->manifest->poll.quorum > 0)
		write_paragraph(page, poll->has_quorum ? WORD_POLL_QUORUM : WORD_POLL_NO_QUORUM,
				quorum, 1);
	if (poll->state == POLL_SEALED && record)
		write_sealed(page, &record->roll.ceremony);
	if (poll->withheld > 0)
		write_paragraph(page, WORD_POLL_WITHHELD, withheld, 1);
	if (poll->state == POLL_SEALED || poll->n_groups == 0)
		return;
	const struct page_fill trustees[] = {
		FILL_NUMBER(poll->n_given),
		FILL_NUMBER(poll->state == POLL_OPENED ? n_trustees : threshold)};
	write_paragraph(page, poll->state == POLL_OPENED ? WORD_POLL_OPENED : WORD_POLL_WAITING,
			trustees, 2);
	for (unsigned j = 0; record && j < n_trustees; j++) {
		const struct page_fill who[] = {FILL_NAME(record->roll.trustees[j].signer.name)};

		if (poll->has_lied[j])
			write_paragraph(page, WORD_POLL_FALSE, who, 1);
	}
}

static void write_option(struct page *page, struct bytes option, const uint64_t *count,
			 uint64_t answers)
{
	page_html(page, "<tr><th scope=\"row\">");
	html_name(page->out, option);
	page_html(page, "</th><td>");
	if (count)
		page_number(page, *count);
	page_html(page, "</td><td>");
	if (count)
		page_share(page, page_per_mille(*count, answers));
	page_html(page, "</td><td class=\"bar\">");
	if (count && *count > 0) {
		page_html(page, "<svg width=\"100%\" height=\"14\" aria-hidden=\"true\"><rect "
				"width=\"");
		page_percent(page, *count, answers);
		page_html(page, "\" height=\"14\"/></svg>");
	}
	page_html(page, "</td></tr>\n");
}

/* All questions of one sum; counts may be NULL: not opened. */
static void write_questions(struct page *page, const uint64_t *counts, uint64_t answers)
{
	const struct manifest_poll *poll = &page->manifest->poll;
	static const enum word heads[] = {WORD_POLL_ANSWER, WORD_POLL_ANSWERS, WORD_SHARE_HEAD};

	for (size_t q = 0; q < poll->shape.n_questions; q++) {
		page_html(page, "<table class=\"o\"><caption><b>");
		html_name(page->out, poll->questions[q].text);
		page_html(page, "</b></caption><thead><tr>");
		for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
			page_wrap(page, "<th scope=\"col\">", heads[i], "</th>");
		page_html(page, "<td class=\"bar\"></td></tr></thead><tbody>\n");
		for (size_t o = 0; o < poll->shape.questions[q].n_options; o++) {
			write_option(page, poll->questions[q].options[o], counts, answers);
			counts = counts ? counts + 1 : NULL;
		}
		page_html(page, "</tbody></table>\n");
	}
}

static void write_answers(struct page *page)
{
	const struct poll_count *poll = page->poll;

	page_begin_section(page, "polls", NULL, WORD_POLL, WORD_POLL_NOTE);
	page_html(page, "</div>\n<div class=\"r\">\n");
	write_questions(page, poll->totals, poll->answers - poll->withheld);
	write_state(page);
	if (poll->state == POLL_OPENED)
		write_paragraph(page, WORD_POLL_MARGIN, NULL, 0);
	write_fingerprint(page);
	page_end_section(page);
}

/* Each sum that was opened; with the rings whose answers are in it, where they are several. */
static void write_groups(struct page *page)
{
	const struct poll_count *poll = page->poll;

	if (poll->state != POLL_OPENED)
		return;
	page_begin_section(page, "tables", NULL, WORD_COUNTED, WORD_POLL_GROUPS);
	page_html(page, "</div>\n<div class=\"r\">\n");
	for (size_t g = 0; g < poll->n_groups; g++) {
		const struct poll_group *group = &poll->groups[g];

		page_html(page, "<h3>");
		html_name(page->out, page->manifest->rings[group->ring].name);
		page_html(page, ": ");
		page_number(page, group->answers);
		page_html(page, "</h3>\n");
		if (group->n_rings > 1) {
			page_html(page, "<p class=\"n\">");
			for (size_t k = 0; k < group->n_rings; k++) {
				page_html(page, k > 0 ? ", " : "");
				html_name(page->out, page->manifest->rings[group->rings[k]].name);
			}
			page_html(page, "</p>\n");
		}
		write_questions(page, group->counts, group->answers);
	}
	page_end_section(page);
}

static void write_text(struct page *page, size_t i)
{
	const struct manifest_text *text = &page->manifest->texts[i];

	page_html(page, "\n<section>\n<div class=\"l\"><h2>");
	if (i == page->manifest->authoritative)
		page_word(page, WORD_POLL_TEXT);
	else
		html_text(page->out, words_language_name(text->language));
	page_html(page, "</h2></div>\n<div class=\"r text\" lang=\"");
	html_text(page->out, text->language);
	page_html(page, words_is_right_to_left(text->language) ? "\" dir=\"rtl\">\n"
							       : "\" dir=\"ltr\">\n");
	const enum undersign_status status = markdown_write(page->out, page->source->texts[i]);
	if (status != UNDERSIGN_OK && page->status == UNDERSIGN_OK)
		page->status = status;
	page_end_section(page);
}

/* What holds of any list, and what of a poll. */
static void write_not(struct page *page)
{
	const struct poll_trustees *record = page->letter->poll->trustees;

	page_begin_section(page, "not", NULL, WORD_NOT_MEAN, WORD_NOT_MEAN_NOTE);
	page_html(page, "</div>\n<div class=\"r\">\n<ol class=\"plain\">\n");
	for (unsigned word = WORD_POLL_NOT_1; word < WORD_POLL_NOT_TRUSTEES; word++) {
		page_html(page, "<li>");
		page_say(page, (enum word)word, FILL_NUMBER(page->manifest->hold_min));
		page_html(page, "</li>\n");
	}
	if (record) {
		page_html(page, "<li>");
		page_say(page, WORD_POLL_NOT_TRUSTEES, FILL_NUMBER(record->roll.ceremony.threshold),
			 FILL_NUMBER(record->roll.ceremony.n));
		page_html(page, "</li>\n");
	}
	if (page->members[ROSTER_RAW_KEY] > 0)
		page_wrap(page, "<li>", WORD_POLL_NOT_RAW, "</li>\n");
	page_wrap(page, "<li>", WORD_NOT_1, "</li>\n");
	page_wrap(page, "<li>", WORD_NOT_2, "</li>\n");
	page_wrap(page, "<li>", WORD_NOT_5, "</li>\n");
	page_html(page, "</ol>\n");
	page_end_section(page);
}

static void write_address(struct page *page)
{
	page_begin_section(page, "cite", "np", WORD_CITE, WORD_CITE_ADDRESS);
	page_html(page, "</div>\n<div class=\"r\">\n<p>");
	page_write_address(page);
	page_html(page, "</p>\n");
	page_end_section(page);
}

void page_write_poll(struct page *page)
{
	write_head(page);
	write_answers(page);
	write_groups(page);
	for (size_t i = 0; i < page->manifest->n_texts; i++)
		write_text(page, i);
	page_write_rosters(page);
	write_not(page);
	page_write_recount(page);
	write_address(page);
	page_write_handouts(page);
	page_write_end(page);
}
