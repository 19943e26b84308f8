#include "records_parts.h"

/* --- In their own names -------------------------------------------------------------------------
 */

static void write_endorser(struct page *page, uint32_t record)
{
	const struct story_text *text = records_text(page, record);
	const struct story_actor *actor = &page->story->actors[page->story->records[record].actor];
	const struct bytes about = story_value(records_text(page, actor->record), "about");

	if (story_value_is(text, "state", "withdrawn")) {
		page_html(page, "<s>");
		html_name(page->out, actor->name);
		page_html(page, "</s>, ");
		page_say(page, WORD_ENDORSEMENT_WITHDRAWN, FILL_DAY(text->date));
		return;
	}
	html_name(page->out, actor->name);
	if (about.len > 0) {
		page_html(page, ", ");
		html_name(page->out, about);
	}
	if (story_value(text, "words").len > 0) {
		page_html(page, ": ");
		records_write_quote(page, story_value(text, "words"));
	}
}

static void write_endorsers(struct page *page, const char *role, enum word word)
{
	const struct story *story = page->story;
	size_t n = 0;

	for (uint32_t i = 0; i < story->n; i++) {
		if (!records_is_shown(page, i, STORY_ENDORSEMENT) ||
		    !bytes_are_equal(story->actors[story->records[i].actor].role,
				     bytes_from_text(role)))
			continue;
		if (++n > records_caps(page)->names)
			continue;
		if (n == 1)
			page_wrap(page, "<p><b>", word, "</b> ");
		else
			page_html(page, " · ");
		write_endorser(page, i);
	}
	if (n > 0)
		page_html(page, "</p>\n");
	records_write_left_out(page,
			       n > records_caps(page)->names ? n - records_caps(page)->names : 0);
}

void records_write_named(struct page *page)
{
	page_begin_section(page, "named", NULL, WORD_NAMED, WORDS_N);
	page_html(page, "<p class=\"n\">");
	page_say(page, WORD_NAMED_NOTE, FILL_NUMBER(page->tally->total));
	page_html(page, "</p></div>\n<div class=\"r\">\n");
	write_endorsers(page, "person", WORD_PEOPLE);
	write_endorsers(page, "institution", WORD_INSTITUTIONS);
	page_end_section(page);
}

/* --- Corrections, removals, what does not hold --------------------------------------------------
 */

static enum word reason_word(struct bytes reason)
{
	static const char *const names[] = {"private-person", "unlawful", "false-source",
					    "off-topic", "duplicate"};
	int i = 0;

	while (i < 4 && !bytes_are_equal(reason, bytes_from_text(names[i])))
		i++;
	return (enum word)(WORD_REASON_PRIVATE_PERSON + i);
}

static void write_removal(struct page *page, uint32_t record)
{
	const struct story_text *text = records_text(page, record);

	page_say(page, WORD_REMOVED_ON, FILL_DAY(text->date));
	page_html(page, " ");
	page_say(page, WORD_ENTRY,
		 FILL_NUMBER(page->story->records[page->story->records[record].of].item->entry));
	page_wrap(page, ": ", reason_word(story_value(text, "reason")), ". ");
	html_name(page->out, story_value(text, "words"));
	page_html(page, " ");
	page_say(page, WORD_REMOVAL_BY, FILL_NAME(page->manifest->organiser.name),
		 FILL_DAY(story_date(text, "until")));
}

static void write_notice(struct page *page, uint32_t record)
{
	const struct story_text *text = records_text(page, record);

	page_html(page, "<li>");
	if (story_value_is(text, "about", "removal")) {
		write_removal(page, record);
	} else {
		enum word word = WORD_CORRECTED_ON;

		if (story_value_is(text, "about", "appeal"))
			word = WORD_APPEALED_ON;
		else if (story_value_is(text, "about", "revocation"))
			word = WORD_REVOKED_ON;
		else if (story_value_is(text, "outcome", "upheld"))
			word = WORD_UPHELD_ON;
		else if (story_value_is(text, "outcome", "reversed"))
			word = WORD_REVERSED_ON;
		page_say(page, word, FILL_DAY(text->date));
		page_html(page, " ");
		html_name(page->out, story_value(text, "words"));
	}
	page_html(page, "</li>\n");
}

static void write_voids(struct page *page)
{
	const struct story *story = page->story;
	size_t n = 0;

	if (story->voids == 0)
		return;
	page_wrap(page, "<h3>", WORD_VOID, "</h3>\n<ul class=\"plain\">\n");
	for (uint32_t i = 0; i < story->n; i++) {
		if (story->records[i].state != STORY_VOID || n++ >= records_caps(page)->notices)
			continue;
		page_html(page, "<li>");
		page_say(page, WORD_ENTRY, FILL_NUMBER(story->records[i].item->entry));
		page_html(page, ", <code>");
		page_html(page, story_kind_name(records_text(page, i)->kind));
		page_html(page, "</code>: ");
		html_text(page->out, bytes_from_text(story->records[i].rule));
		page_html(page, "</li>\n");
	}
	page_html(page, "</ul>\n");
	records_write_left_out(
		page, n > records_caps(page)->notices ? n - records_caps(page)->notices : 0);
}

void records_write_notices(struct page *page)
{
	const size_t n = records_count(page, STORY_NOTICE);
	const size_t left_out =
		n > records_caps(page)->notices ? n - records_caps(page)->notices : 0;
	size_t seen = 0;

	page_begin_section(page, "notices", NULL, WORD_NOTICES, WORD_NOTICES_NOTE);
	page_html(page, "</div>\n<div class=\"r\">\n<p>");
	if (page->story->removals == 0)
		page_word(page, WORD_REMOVALS_NONE);
	else
		page_say(page, WORD_REMOVALS, FILL_NUMBER(page->story->removals));
	page_html(page, "</p>\n");
	records_write_left_out(page, left_out);
	if (n > 0)
		page_html(page, "<ul class=\"plain\">\n");
	for (uint32_t i = 0; i < page->story->n; i++)
		if (records_is_shown(page, i, STORY_NOTICE) && seen++ >= left_out)
			write_notice(page, i);
	if (n > 0)
		page_html(page, "</ul>\n");
	write_voids(page);
	page_end_section(page);
}
