#include "desk_page.h"

#include "page_parts.h"

#include "encoding.h"
#include "memory.h"
#include "page_css.h"
#include "rings.h"

#define EPOCHS_MAX 12 /* rows */

/* What is not published nobody else knows. */
static bool is_ahead(const struct desk_page_source *source)
{
	return source->published != replay_size(source->replay);
}

static void begin_fact(struct page *page, enum word word)
{
	page_wrap(page, "<dt>", word, "</dt><dd>");
}

static void end_fact(struct page *page)
{
	page_html(page, "</dd>\n");
}

static void write_head(struct page *page, const struct desk_page_source *source)
{
	uint8_t hash[SHA256_BYTES];

	sha256(hash, bytes_from(page_css, sizeof page_css));
	page_html(page, "<!doctype html>\n<html lang=\"");
	page_html(page, page->words->language);
	page_html(page, words_is_right_to_left(bytes_from_text(page->words->language))
				? "\" dir=\"rtl\""
				: "\" dir=\"ltr\"");
	page_html(page, ">\n<head>\n<meta charset=\"utf-8\">\n<title>");
	page_word(page, WORD_DESK);
	page_html(page, " ");
	html_text(page->out, source->title.len > 0 ? source->title : page->log->log.name);
	page_html(page, "</title>\n<meta name=\"viewport\" content=\"width=device-width, "
			"initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" "
			"content=\"default-src 'none'; style-src 'sha256-");
	writer_base64(page->out, bytes_from(hash, sizeof hash));
	page_html(page, "'; base-uri 'none'; form-action 'none'\">\n<meta name=\"referrer\" "
			"content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light "
			"dark\">\n<style>");
	writer_bytes(page->out, bytes_from(page_css, sizeof page_css));
	page_html(page, "</style>\n</head>\n<body>\n<header>\n<div class=\"mast\">\n<p><b>"
			"Undersigned</b></p>\n</div>\n</header>\n<main>\n<p class=\"k\">");
	page_word(page, WORD_DESK);
	page_html(page, "</p>\n<h1>");
	html_name(page->out, source->title.len > 0 ? source->title : page->log->log.name);
	page_html(page, "</h1>\n");
}

static void write_witnesses(struct page *page, const struct desk_page_source *source)
{
	begin_fact(page, WORD_DESK_WITNESSES);
	if (source->n_witnesses == 0)
		page_word(page, WORD_DESK_NO_WITNESSES);
	for (size_t i = 0; i < source->n_witnesses; i++) {
		page_html(page, i > 0 ? "<br>" : "");
		html_name(page->out, source->witnesses[i].name);
		page_html(page, ": ");
		page_word(page, source->witnesses[i].has_cosigned ? WORD_DESK_COSIGNED
								  : WORD_DESK_NOT_COSIGNED);
	}
	end_fact(page);
}

static void write_desk(struct page *page, const struct desk_page_source *source)
{
	page_begin_section(page, "desk", NULL, WORD_DESK, WORD_DESK_NOTE);
	page_html(page, "</div>\n<div class=\"r\">\n<dl class=\"fact\">\n");
	begin_fact(page, WORD_DESK_LOG);
	html_name(page->out, page->log->log.name);
	end_fact(page);
	begin_fact(page, WORD_DESK_LAST);
	page_number(page, page->epoch);
	page_html(page, ", ");
	page_date(page, page_epoch_date(page, page->epoch));
	end_fact(page);
	begin_fact(page, WORD_DESK_NEXT);
	page_date(page, page_epoch_date(page, page->epoch + 1));
	end_fact(page);
	begin_fact(page, WORD_DESK_CHECKPOINT);
	page_say(page, WORD_LOG_ENTRIES, FILL_NUMBER(source->published));
	page_html(page, " <code>");
	writer_base64(page->out, bytes_from(source->root.bytes, sizeof source->root.bytes));
	page_html(page, "</code>");
	end_fact(page);
	write_witnesses(page, source);
	begin_fact(page, WORD_DESK_FILES);
	page_number(page, (source->files_len + 999999) / 1000000);
	page_html(page, " MB");
	end_fact(page);
	begin_fact(page, WORD_DESK_DISK);
	page_say(page, source->has_room ? WORD_DESK_ROOM : WORD_DESK_NO_ROOM,
		 FILL_NUMBER(DESK_PAGE_ROOM_GB));
	end_fact(page);
	page_html(page, "</dl>\n");
	if (is_ahead(source))
		page_wrap(page, "<p>", WORD_DESK_AHEAD, "</p>\n");
	if (source->n_unlogged > 0) {
		page_html(page, "<p class=\"n\">");
		page_say(page, WORD_DESK_UNLOGGED, FILL_NUMBER(source->n_unlogged));
		page_html(page, "</p>\n");
	}
	page_end_section(page);
}

/* --- A letter ---------------------------------------------------------------------------------
 */

static void write_ring(struct page *page, size_t ring)
{
	const struct manifest_ring *about = &page->manifest->rings[ring];
	const uint64_t count = page->tally->rings[ring];

	page_html(page, "<tr><th scope=\"row\">");
	html_name(page->out, about->name);
	page_wrap(page, "<br><small>",
		  about->class_of_members == ROSTER_RAW_KEY ? WORD_RAW : WORD_ENROLLED,
		  "</small></th><td>");
	if (count == 0 && about->type != MANIFEST_RING_ALL)
		page_say(page, WORD_BELOW, FILL_NUMBER(page->manifest->hold_min));
	else
		page_number(page, count);
	page_html(page, "</td><td>");
	page_number(page, rings_last(page->letter->rings, ring)->ring.n);
	page_html(page, "</td></tr>\n");
}

static void write_rings(struct page *page)
{
	page_wrap(page, "<table class=\"o\"><caption><b>", WORD_DESK_RINGS,
		  "</b></caption><thead><tr>");
	page_wrap(page, "<th scope=\"col\">", WORD_ORGANISATION, "</th>");
	page_wrap(page, "<th scope=\"col\">", WORD_SIGNED, "</th>");
	page_wrap(page, "<th scope=\"col\">", WORD_MEMBERS, "</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < page->manifest->n_rings; i++)
		write_ring(page, page->order[i]);
	page_html(page, "</tbody></table>\n");
}

static void write_epochs(struct page *page)
{
	const struct tally *tally = page->tally;

	if (tally->n_growth == 0)
		return;
	page_wrap(page, "<table class=\"o\"><caption><b>", WORD_GROWTH_CAPTION,
		  "</b></caption><thead><tr>");
	page_wrap(page, "<th scope=\"col\">", WORD_CLOSED_ON, "</th>");
	page_wrap(page, "<th scope=\"col\">", WORD_EPOCH, "</th>");
	page_wrap(page, "<th scope=\"col\">", WORD_NEW, "</th>");
	page_wrap(page, "<th scope=\"col\">", WORD_GONE, "</th>");
	page_wrap(page, "<th scope=\"col\">", WORD_TOTAL, "</th></tr></thead><tbody>\n");
	for (size_t i = tally->n_growth; i > 0 && i + EPOCHS_MAX > tally->n_growth; i--) {
		const struct tally_growth *growth = &tally->growth[i - 1];
		const uint64_t numbers[] = {growth->epoch, growth->added, growth->removed,
					    growth->total};

		page_html(page, "<tr><th scope=\"row\">");
		page_date(page, page_epoch_date(page, growth->epoch));
		page_html(page, "</th>");
		for (size_t k = 0; k < 4; k++) {
			page_html(page, "<td>");
			page_number(page, numbers[k]);
			page_html(page, "</td>");
		}
		page_html(page, "</tr>\n");
	}
	page_html(page, "</tbody></table>\n");
}

static void write_state(struct page *page)
{
	const bool is_opened = page->letter->opened_at != REPLAY_NONE;
	const uint64_t opening = is_opened ? page->letter->opening : page->manifest->opens;

	if (page_is_closed(page))
		page_say(page, WORD_KIND_CLOSED, FILL_DATE(page_epoch_date(page, page->closing)));
	else if (!is_opened || page->epoch + 1 < opening)
		page_say(page, WORD_KIND_EARLY, FILL_DATE(page_epoch_date(page, opening)));
	else
		page_say(page, WORD_KIND_OPEN, FILL_DATE(page_epoch_date(page, page->closing)));
}

static void write_letter(struct page *page)
{
	const struct manifest_text *text = &page->manifest->texts[page->manifest->authoritative];
	const struct tally *tally = page->tally;
	uint8_t id[MANIFEST_ID_LEN];

	manifest_id(id, page->manifest);
	page_html(page, "\n<section>\n<div class=\"l\"><h2>");
	html_name(page->out, text->title);
	page_html(page, "</h2>\n<p class=\"n\">");
	write_state(page);
	page_html(page, "</p>\n</div>\n<div class=\"r\">\n<p><b>");
	page_number(page, tally->total);
	page_html(page, " ");
	page_say(page, WORD_CAPTION, FILL_NUMBER(tally->total), FILL_NUMBER(tally->represented),
		 FILL_NUMBER(tally->n_organisations));
	page_html(page, "</b></p>\n<p><code>");
	writer_bytes(page->out, bytes_from(id, sizeof id));
	page_html(page, "</code></p>\n");
	write_rings(page);
	write_epochs(page);
	page_end_section(page);
}

/* --- The whole --------------------------------------------------------------------------------
 */

static void write_all(struct page *page, const struct desk_page_source *source,
		      struct page *counted)
{
	write_head(page, source);
	write_desk(page, source);
	for (size_t i = 0; i < source->n_letters && !is_ahead(source); i++)
		write_letter(&counted[i]);
	page_html(page, "</main>\n</body>\n</html>\n");
}

enum undersign_status desk_page_make(struct bytes *out, const struct desk_page_source *source,
				     struct arena *arena)
{
	struct page *counted = ARENA_TAKE(arena, struct page, source->n_letters + 1);
	struct writer writer = writer_new(NULL, 0);
	struct page page = {
		.out = &writer,
		.log = replay_log(source->replay),
		.words = words_for(source->language),
		.epoch = replay_epoch(source->replay),
	};
	enum undersign_status status = counted ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;

	*out = (struct bytes){0};
	for (size_t i = 0; i < source->n_letters && status == UNDERSIGN_OK; i++) {
		status = page_prepare(&counted[i], &source->letters[i], arena);
		counted[i].words = page.words;
		counted[i].out = &writer;
	}
	if (status != UNDERSIGN_OK)
		return status;
	/* Once to measure, once to write. */
	write_all(&page, source, counted);
	if (writer.len > PAGE_LEN_MAX)
		return UNDERSIGN_E_LIMIT;
	const size_t len = writer.len;
	uint8_t *data = ARENA_TAKE(arena, uint8_t, len);
	if (!data)
		return UNDERSIGN_E_MEMORY;
	writer = writer_new(data, len);
	write_all(&page, source, counted);
	*out = writer_view(&writer);
	return UNDERSIGN_OK;
}
