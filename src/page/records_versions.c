/* The earlier versions of a letter: what its organiser says of them, with what changed in the text
 * since the last. A signature of one is none of the other; who signed both, nobody can see. */
#include "records_parts.h"

#include "difference.h"

#define ID_SHOWN 8 /* bytes: the rest is in the record, and in the earlier bundle */

static void begin_row(struct page *page, size_t number)
{
	page_html(page, "<tr><th scope=\"row\">");
	page_number(page, number);
	page_html(page, "</th><td>");
}

static void write_letter(struct page *page, struct bytes title,
			 const uint8_t id[static SHA256_BYTES])
{
	html_name(page->out, title);
	page_html(page, "<br><code>");
	writer_hex(page->out, bytes_from(id, ID_SHOWN));
	page_html(page, "…</code></td><td class=\"s\">");
}

static void write_row(struct page *page, uint32_t record, size_t number)
{
	const struct story_text *text = records_text(page, record);
	uint8_t id[SHA256_BYTES] = {0};

	(void)story_id(id, text, "earlier");
	begin_row(page, number);
	write_letter(page, story_value(text, "title"), id);
	page_time(page, story_date(text, "opened"));
	page_html(page, "</td><td><b>");
	page_number(page, story_number(text, "signed"));
	page_html(page, "</b></td><td>");
	page_time(page, story_date(text, "as-of"));
	page_html(page, "</td></tr>\n");
}

/* This letter, which is the last version: its count is the page's own. */
static void write_own_row(struct page *page, size_t number)
{
	const bool is_opened = page->letter->opened_at != REPLAY_NONE;
	const uint64_t opening = is_opened ? page->letter->opening : page->manifest->opens;

	begin_row(page, number);
	write_letter(page, page->manifest->texts[page->manifest->authoritative].title,
		     page->manifest->context);
	page_date(page, page_epoch_date(page, opening));
	page_html(page, "</td><td><b>");
	page_number(page, page->tally->total);
	page_html(page, "</b></td><td>");
	page_date(page, page_epoch_date(page, page->epoch));
	if (page_is_closed(page))
		page_wrap(page, "<br>", WORD_VERSION_FINAL, "");
	page_html(page, "</td></tr>\n");
}

/* Those that hold, by the day on which they opened. Returns how many. */
static size_t find_versions(const struct page *page, uint32_t out[static STORY_EARLIER_MAX])
{
	size_t n = 0;

	for (uint32_t i = 0; i < page->story->n && n < STORY_EARLIER_MAX; i++) {
		if (!records_is_shown(page, i, STORY_EARLIER))
			continue;
		const uint64_t opened = story_date(records_text(page, i), "opened");
		size_t at = n++;
		while (at > 0 && story_date(records_text(page, out[at - 1]), "opened") > opened) {
			out[at] = out[at - 1];
			at--;
		}
		out[at] = i;
	}
	return n;
}

static struct bytes paragraphs_of(struct page *page, const struct story_text *text)
{
	uint8_t *data = ARENA_TAKE(page->arena, uint8_t, text->lines.len + 1);
	struct writer writer = writer_new(data, text->lines.len + 1);
	struct bytes rest = text->lines;
	struct bytes paragraph;

	if (!data)
		return bytes_from(NULL, 0);
	while (story_next_value(&rest, "text", &paragraph)) {
		writer_bytes(&writer, paragraph);
		writer_u8(&writer, '\n');
	}
	return writer_view(&writer);
}

static struct bytes own_paragraphs(struct page *page)
{
	const struct bytes text = page->source->texts[page->manifest->authoritative];
	uint8_t *data = ARENA_TAKE(page->arena, uint8_t, 2 * text.len + 2);
	struct writer writer = writer_new(data, 2 * text.len + 2);

	if (!data)
		return bytes_from(NULL, 0);
	difference_paragraphs(&writer, text);
	return writer_view(&writer);
}

/* A difference that would make the page longer than it is meant to be is not shown. */
static void write_difference(struct page *page, const struct story_text *text, size_t number)
{
	const struct bytes language = page->manifest->texts[page->manifest->authoritative].language;
	const struct bytes before = paragraphs_of(page, text);
	const struct bytes after = own_paragraphs(page);

	if (before.len == 0)
		return;
	page_html(page, "<h3>");
	page_say(page, WORD_VERSION_CHANGED, FILL_NUMBER(number), FILL_NUMBER(number + 1));
	page_html(page, "</h3>\n<p class=\"n\">");
	if (before.len + after.len > records_caps(page)->difference) {
		page_word(page, WORD_VERSION_LONG);
		page_html(page, "</p>\n");
		return;
	}
	page_say(page, WORD_VERSION_MARKS, FILL_NUMBER(number), FILL_NUMBER(number + 1));
	page_html(page, "</p>\n<div class=\"text\" lang=\"");
	html_text(page->out, language);
	page_html(page,
		  words_is_right_to_left(language) ? "\" dir=\"rtl\">\n" : "\" dir=\"ltr\">\n");
	const enum undersign_status status =
		difference_write(page->out, before, after, page->arena);
	if (status != UNDERSIGN_OK && page->status == UNDERSIGN_OK)
		page->status = status;
	page_html(page, "</div>\n");
}

void records_write_versions(struct page *page)
{
	static const enum word heads[] = {WORD_VERSION_HEAD, WORD_LETTER, WORD_VERSION_OPENED,
					  WORD_SIGNED, WORD_VERSION_AS_OF};
	static const char *const classes[] = {NULL, NULL, "s", NULL, NULL};
	uint32_t versions[STORY_EARLIER_MAX];
	const size_t n = find_versions(page, versions);

	page_begin_section(page, "versions", NULL, WORD_VERSIONS, WORD_VERSIONS_NOTE);
	page_html(page, "</div>\n<div class=\"r\">\n<table><caption class=\"skip\">");
	page_word(page, WORD_VERSIONS);
	page_html(page, "</caption>");
	records_write_heads(page, heads, classes, sizeof heads / sizeof heads[0]);
	for (size_t i = 0; i < n; i++)
		write_row(page, versions[i], i + 1);
	write_own_row(page, n + 1);
	page_html(page, "</tbody></table>\n<p class=\"n\">");
	page_word(page, WORD_VERSIONS_SAID);
	page_html(page, "</p>\n<pre><code>undersign letter versions earlier-bundle "
			"bundle</code></pre>\n");
	write_difference(page, records_text(page, versions[n - 1]), n);
	page_end_section(page);
}
