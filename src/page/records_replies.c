#include "records_parts.h"

#include "difference.h"

/* The paragraphs of a reply, each ended by a newline. */
static struct bytes paragraphs(struct page *page, uint32_t record)
{
	const struct story_text *text = records_text(page, record);
	uint8_t *data = ARENA_TAKE(page->arena, uint8_t, text->text.len + 1);
	struct writer writer = writer_new(data, data ? text->text.len + 1 : 0);
	struct bytes rest = text->lines;
	struct bytes value;

	if (!data) {
		page->status = UNDERSIGN_E_MEMORY;
		return bytes_from(NULL, 0);
	}
	while (story_next_value(&rest, "text", &value)) {
		writer_bytes(&writer, value);
		writer_u8(&writer, '\n');
	}
	return writer_view(&writer);
}

static void write_difference(struct page *page, struct bytes before, struct bytes after)
{
	const enum undersign_status status =
		difference_write(page->out, before, after, page->arena);

	if (status != UNDERSIGN_OK)
		page->status = status;
}

/* The version before, if it may be shown. */
static uint32_t version_before(const struct page *page, uint32_t record)
{
	uint32_t at = page->story->records[record].previous;

	while (at != STORY_NO && page->story->records[at].state == STORY_REMOVED)
		at = page->story->records[at].previous;
	return at;
}

static void write_versions(struct page *page, uint32_t record)
{
	for (uint32_t at = version_before(page, record); at != STORY_NO;
	     at = version_before(page, at)) {
		const struct bytes text = paragraphs(page, at);

		page_html(page, "<details><summary>");
		page_say(page, WORD_VERSION_OF, FILL_DAY(records_text(page, at)->date));
		page_html(page, "</summary>\n<blockquote>");
		write_difference(page, text, text);
		page_html(page, "</blockquote><p class=\"n\">");
		records_write_source(page, at);
		page_html(page, "</p></details>\n");
	}
}

static void write_reply(struct page *page, uint32_t record)
{
	const struct story_text *text = records_text(page, record);
	const uint32_t first = story_first(page->story, record);
	const uint32_t before = version_before(page, record);
	const struct bytes after = paragraphs(page, record);

	page_html(page, "<h3>");
	page_say(page, WORD_REPLY_OF, FILL_NAME(story_actor_name(text)),
		 FILL_DAY(records_text(page, first)->date));
	if (text->is_revision) {
		page_html(page, ", <span class=\"s\">");
		page_say(page, WORD_REPLY_REVISED, FILL_DAY(text->date));
		page_html(page, "</span>");
	}
	page_html(page, "</h3>\n<blockquote>");
	write_difference(page, before == STORY_NO ? after : paragraphs(page, before), after);
	page_html(page, "</blockquote>\n<p class=\"n\">");
	if (before != STORY_NO) {
		page_say(page, WORD_DIFFERENCE, FILL_DAY(records_text(page, before)->date),
			 FILL_DAY(text->date));
		page_html(page, " ");
	}
	records_write_author(page, record);
	page_html(page, " ");
	records_write_source(page, record);
	page_html(page, "</p>\n");
	write_versions(page, record);
}

static void write_delivery(struct page *page, uint32_t record)
{
	const struct story_text *text = records_text(page, record);

	page_html(page, "<p>");
	page_say(page, WORD_DELIVERED, FILL_NAME(story_actor_name(text)), FILL_DAY(text->date));
	page_html(page, " ");
	html_name(page->out, story_value(text, "words"));
	page_html(page, " <span class=\"n\">");
	records_write_source(page, record);
	page_html(page, "</span></p>\n");
}

/* Signed by somebody whom the letter addresses: nobody leaves that out. */
static bool is_by_addressed(const struct page *page, uint32_t record)
{
	const struct story_record *one = &page->story->records[record];

	return one->is_signed &&
	       bytes_are_equal(page->story->actors[one->actor].role, bytes_from_text("addressed"));
}

void records_write_replies(struct page *page)
{
	size_t others = 0, left_out = 0, deliveries = 0;

	page_begin_section(page, "replies", NULL, WORD_REPLIES, WORD_REPLIES_NOTE);
	page_html(page, "</div>\n<div class=\"r\">\n");
	for (uint32_t i = 0; i < page->story->n; i++)
		if (records_is_shown(page, i, STORY_DELIVERY) &&
		    deliveries++ < records_caps(page)->replies)
			write_delivery(page, i);
	for (uint32_t i = 0; i < page->story->n; i++) {
		if (!records_is_shown(page, i, STORY_REPLY))
			continue;
		if (is_by_addressed(page, i) || others++ < records_caps(page)->replies)
			write_reply(page, i);
		else
			left_out++;
	}
	records_write_left_out(page, left_out);
	page_end_section(page);
}
