#include "page_parts.h"

#include "markdown.h"
#include "memory.h"
#include "page_css.h"
#include "page_js.h"
#include "records_parts.h"
#include "sorting.h"

/* The first lines tell the version, whatever follows. */
#define START     "<!doctype html>\n<!-- undersigned page "
#define START_END " -->\n"

static void write_source(struct writer *writer, struct bytes content)
{
	uint8_t hash[SHA256_BYTES];

	sha256(hash, content);
	writer_text(writer, "'sha256-");
	writer_base64(writer, bytes_from(hash, sizeof hash));
	writer_text(writer, "'");
}

void page_policy_write(struct writer *writer)
{
	writer_text(writer, "default-src 'none'; style-src ");
	write_source(writer, bytes_from(page_css, sizeof page_css));
	writer_text(writer, "; script-src ");
	write_source(writer, bytes_from(page_js, sizeof page_js));
	writer_text(writer, " 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'");
}

static void write_attributes(struct page *page, struct bytes language)
{
	page_html(page, " lang=\"");
	html_text(page->out, language);
	page_html(page, words_is_right_to_left(language) ? "\" dir=\"rtl\"" : "\" dir=\"ltr\"");
}

static const struct manifest_text *authoritative(const struct page *page)
{
	return &page->manifest->texts[page->manifest->authoritative];
}

void page_write_policy(struct page *page)
{
	page_html(page, "<meta http-equiv=\"Content-Security-Policy\" content=\"");
	page_policy_write(page->out);
	page_html(page, "; base-uri 'none'; form-action 'none'\">\n");
}

static void write_summary(struct page *page)
{
	const struct page_fill fills[] = {
		FILL_NUMBER(page->tally->total), FILL_NUMBER(page->tally->represented),
		FILL_NUMBER(page->tally->n_organisations), FILL_NUMBER(page->epoch),
		FILL_DATE(page_epoch_date(page, page->epoch))};

	page_say_plain(page, WORD_DESCRIPTION, fills, 5);
}

void page_write_start(struct page *page)
{
	page_html(page, START PAGE_VERSION START_END "<html");
	/* The interface's language, not always the letter's. */
	write_attributes(page, bytes_from_text(page->words->language));
}

void page_write_end(struct page *page)
{
	page_html(page, "</main>\n<footer>\n<p>");
	page_say(page, WORD_FOOTER, FILL_PLAIN(bytes_from_text(PAGE_VERSION)));
	page_html(page, "</p>\n</footer>\n<script>");
	writer_bytes(page->out, bytes_from(page_js, sizeof page_js));
	page_html(page, "</script>\n</body>\n</html>\n");
}

static void write_head(struct page *page)
{
	const struct bytes title = authoritative(page)->title;
	const struct page_fill fills[] = {FILL_NUMBER(page->tally->total), FILL_NAME(title),
					  FILL_DATE(page_epoch_date(page, page->epoch))};

	page_write_start(page);
	page_html(page, ">\n<head>\n<meta charset=\"utf-8\">\n<title>");
	page_say_plain(page, WORD_TITLE, fills, 3);
	page_html(page, "</title>\n<meta name=\"viewport\" content=\"width=device-width, "
			"initial-scale=1\">\n");
	page_write_policy(page);
	page_html(page, "<meta name=\"referrer\" content=\"no-referrer\">\n"
			"<meta name=\"color-scheme\" content=\"light dark\">\n"
			"<meta name=\"description\" content=\"");
	write_summary(page);
	page_html(page, "\">\n<meta property=\"og:title\" content=\"");
	html_text(page->out, title);
	page_html(page, "\">\n<meta property=\"og:description\" content=\"");
	write_summary(page);
	page_html(page, "\">\n<meta property=\"og:type\" content=\"website\">\n"
			"<meta property=\"og:locale\" content=\"");
	page_html(page, page->words->language);
	page_html(page, "\">\n<meta property=\"og:image\" content=\"card.png\">\n"
			"<meta property=\"og:image:width\" content=\"1200\">\n"
			"<meta property=\"og:image:height\" content=\"630\">\n"
			"<meta property=\"og:image:alt\" content=\"");
	write_summary(page);
	page_html(page, "\">\n<link rel=\"alternate\" type=\"application/atom+xml\" "
			"href=\"feed.atom\" title=\"");
	page_word(page, WORD_NEWS);
	page_html(page, "\">\n<style>");
	writer_bytes(page->out, bytes_from(page_css, sizeof page_css));
	page_html(page, "</style>\n</head>\n");
}

static void write_text_id(struct page *page, size_t i)
{
	page_html(page, i == page->manifest->authoritative ? "letter" : "letter-");
	if (i != page->manifest->authoritative)
		html_text(page->out, page->manifest->texts[i].language);
}

static void write_languages(struct page *page)
{
	page_html(page, "<p class=\"langs\">");
	for (size_t i = 0; i < page->manifest->n_texts; i++) {
		const struct bytes language = page->manifest->texts[i].language;

		page_html(page, i > 0 ? "\n<a href=\"#" : "<a href=\"#");
		write_text_id(page, i);
		page_html(page, "\"");
		if (i != page->manifest->authoritative)
			write_attributes(page, language);
		page_html(page, ">");
		if (i == page->manifest->authoritative)
			page_say(page, WORD_AUTHORITATIVE,
				 FILL_NAME(words_language_name(language)));
		else
			html_text(page->out, words_language_name(language));
		page_html(page, "</a>");
	}
	page_html(page, "</p>\n");
}

static void write_kind(struct page *page)
{
	const bool is_opened = page->letter->opened_at != REPLAY_NONE;
	const uint64_t opening = is_opened ? page->letter->opening : page->manifest->opens;
	const uint64_t closes = page_epoch_date(page, page->closing);

	page_html(page, "<p class=\"k\">");
	if (page_is_closed(page))
		page_say(page, WORD_KIND_CLOSED, FILL_DATE(closes));
	else if (!is_opened || page->epoch + 1 < opening)
		page_say(page, WORD_KIND_EARLY, FILL_DATE(page_epoch_date(page, opening)));
	else
		page_say(page, WORD_KIND_OPEN, FILL_DATE(closes));
	page_html(page, "</p>\n");
}

static void write_begin(struct page *page)
{
	const struct manifest_text *text = authoritative(page);
	const uint64_t logged = replay_epoch_of(page->source->replay, page->letter->logged_at);

	page_wrap(page, "<body>\n<a class=\"skip\" href=\"#count\">", WORD_SKIP,
		  "</a>\n<header>\n<div class=\"mast\">\n<p><b>Undersigned</b></p>\n");
	write_languages(page);
	page_html(page, "</div>\n</header>\n<main>\n");
	write_kind(page);
	page_html(page, "<h1");
	write_attributes(page, text->language);
	page_html(page, ">");
	html_text(page->out, text->title);
	page_html(page, "</h1>\n");
	if (page->manifest->to.len > 0) {
		page_html(page, "<p class=\"stand\">");
		page_say(page, WORD_TO, FILL_NAME(page->manifest->to));
		page_html(page, "</p>\n");
	}
	page_html(page, "<p class=\"n by\">");
	page_say(page, WORD_ORGANISED, FILL_NAME(page->manifest->organiser.name),
		 FILL_DATE(page_epoch_date(page, logged)));
	page_html(page, "</p>\n");
}

static void write_navigation(struct page *page)
{
	static const struct {
		const char *id;
		enum word word;
	} parts[] = {{"letter", WORD_LETTER},   {"tables", WORD_COUNTED}, {"not", WORD_NOT_MEAN},
		     {"rosters", WORD_ROSTERS}, {"events", WORD_EVENTS},  {"sign", WORD_SIGN},
		     {"verify", WORD_VERIFY}};

	page_wrap(page, "<nav aria-label=\"", WORD_ON_THIS_PAGE, "\"><ul>\n");
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (parts[i].word == WORD_EVENTS)
			records_write_links(page);
		page_html(page, "<li><a href=\"#");
		page_html(page, parts[i].id);
		page_wrap(page, "\">", parts[i].word, "</a></li>\n");
	}
	page_html(page, "</ul></nav>\n");
}

/* One language; its heading is the page's own only for the authoritative one. */
static void write_text(struct page *page, size_t i)
{
	const struct manifest_text *text = &page->manifest->texts[i];
	const bool is_translation = i != page->manifest->authoritative;
	const uint64_t logged = replay_epoch_of(page->source->replay, page->letter->logged_at);

	page_html(page, "\n<section id=\"");
	write_text_id(page, i);
	page_html(page, "\">\n<div class=\"l\"><h2>");
	if (is_translation)
		page_say(page, WORD_IN_LANGUAGE, FILL_NAME(words_language_name(text->language)));
	else
		page_word(page, WORD_LETTER);
	page_html(page, "</h2>\n<p class=\"n\">");
	if (is_translation)
		page_word(page, WORD_TRANSLATION);
	else
		page_say(page, WORD_LETTER_NOTE, FILL_DATE(page_epoch_date(page, logged)));
	page_html(page, "</p></div>\n<div class=\"r text\"");
	write_attributes(page, text->language);
	page_html(page, ">\n");
	if (is_translation) {
		page_html(page, "<p class=\"head\">");
		html_text(page->out, text->title);
		page_html(page, "</p>\n");
	}
	const enum undersign_status status = markdown_write(page->out, page->source->texts[i]);
	if (status != UNDERSIGN_OK && page->status == UNDERSIGN_OK)
		page->status = status;
	page_end_section(page);
}

void page_write_letter(struct page *page)
{
	write_text(page, page->manifest->authoritative);
	for (size_t i = 0; i < page->manifest->n_texts; i++)
		if (i != page->manifest->authoritative)
			write_text(page, i);
}

static void write_page(struct page *page)
{
	write_head(page);
	write_begin(page);
	page_write_count(page);
	write_navigation(page);
	page_write_letter(page);
	page_write_growth(page);
	page_write_tables(page);
	page_write_not(page);
	page_write_rosters(page);
	records_write_before_events(page);
	page_write_events(page);
	records_write_after_events(page);
	page_write_sign(page);
	page_write_verify(page);
	page_write_end(page);
}

/* Rows of a table: by class; the ring of all last; those that are published first, by signatures.
 */
static int compare_rings(const void *items, uint32_t a, uint32_t b)
{
	const struct page *page = items;
	const struct manifest_ring *left = &page->manifest->rings[a];
	const struct manifest_ring *right = &page->manifest->rings[b];
	const bool left_is_all = left->type == MANIFEST_RING_ALL;
	const bool right_is_all = right->type == MANIFEST_RING_ALL;

	if (left->class_of_members != right->class_of_members)
		return left->class_of_members < right->class_of_members ? -1 : 1;
	if (left_is_all != right_is_all)
		return left_is_all ? 1 : -1;
	if (page->tally->rings[a] != page->tally->rings[b])
		return page->tally->rings[a] > page->tally->rings[b] ? -1 : 1;
	return a < b ? -1 : 1;
}

static enum undersign_status prepare(struct page *page, struct tally *tally, struct story *story,
				     struct arena *arena)
{
	const struct letter_rings *rings = page->letter->rings;
	struct bytes *organisations = ARENA_TAKE(arena, struct bytes, page->manifest->n_rosters);

	page->order = ARENA_TAKE(arena, uint32_t, page->manifest->n_rings);
	if (!organisations || !page->order)
		return UNDERSIGN_E_MEMORY;
	for (size_t r = 0; r < page->manifest->n_rosters; r++)
		organisations[r] = rings->rosters[r].record->organisation;
	const enum undersign_status status =
		tally_count(tally, page->manifest, organisations, page->letter->statements,
			    page->letter->n_statements, arena);
	if (status != UNDERSIGN_OK)
		return status;
	page->tally = tally;
	if (page->letter->poll) {
		struct poll_count *poll = ARENA_TAKE(arena, struct poll_count, 1);

		if (!poll)
			return UNDERSIGN_E_MEMORY;
		page->poll = poll;
		const enum undersign_status counted =
			poll_count_make(poll, page->letter, page->epoch, arena, NULL);
		if (counted != UNDERSIGN_OK)
			return counted;
	}
	if (replay_story(story, page->letter, arena) != UNDERSIGN_OK)
		return UNDERSIGN_E_MEMORY;
	page->story = story;
	page->arena = arena;
	if (records_find_events(page) != UNDERSIGN_OK)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < page->manifest->n_rings; i++)
		page->order[i] = (uint32_t)i;
	sorting_indexes(page->order, page->manifest->n_rings, compare_rings, page);
	for (unsigned c = ROSTER_ENROLLED; c <= ROSTER_RAW_KEY; c++) {
		const size_t all = manifest_ring_of_all(page->manifest, (enum roster_class)c);
		if (all < page->manifest->n_rings)
			page->members[c] = rings_last(rings, all)->ring.n;
	}
	return UNDERSIGN_OK;
}

enum undersign_status page_prepare(struct page *out, const struct page_source *source,
				   struct arena *arena)
{
	const struct manifest *manifest = source->letter->manifest;
	struct tally *tally = ARENA_TAKE(arena, struct tally, 1);
	struct story *story = ARENA_TAKE(arena, struct story, 1);

	if (!tally || !story)
		return UNDERSIGN_E_MEMORY;
	*out = (struct page){
		.source = source,
		.letter = source->letter,
		.manifest = manifest,
		.log = replay_log(source->replay),
		.words = words_for(manifest->texts[manifest->authoritative].language),
		.epoch = replay_epoch(source->replay),
		.closing = source->letter->closing,
		.status = UNDERSIGN_OK,
	};
	return prepare(out, tally, story, arena);
}

enum undersign_status page_render(struct bytes *out, void (*write)(struct page *page),
				  const struct page_source *source, struct arena *arena)
{
	struct writer writer = writer_new(NULL, 0);
	struct page page;

	*out = (struct bytes){0};
	const enum undersign_status status = page_prepare(&page, source, arena);
	if (status != UNDERSIGN_OK)
		return status;
	/* Once to measure, once to write. */
	page.out = &writer;
	write(&page);
	while (page.status == UNDERSIGN_OK && writer.len > PAGE_LEN_MEANT && page.story->n > 0 &&
	       page.brevity < RECORDS_BREVITY_MAX) {
		page.brevity++;
		writer = writer_new(NULL, 0);
		write(&page);
	}
	if (page.status == UNDERSIGN_OK && writer.len > PAGE_LEN_MAX)
		return UNDERSIGN_E_LIMIT;
	if (page.status != UNDERSIGN_OK)
		return page.status;
	const size_t len = writer.len;
	uint8_t *data = ARENA_TAKE(arena, uint8_t, len);
	if (!data)
		return UNDERSIGN_E_MEMORY;
	writer = writer_new(data, len);
	write(&page);
	if (page.status == UNDERSIGN_OK)
		*out = writer_view(&writer);
	return page.status;
}

enum undersign_status page_make(struct bytes *out, const struct page_source *source,
				struct arena *arena)
{
	return page_render(out, source->letter->poll ? page_write_poll : write_page, source, arena);
}

/* Whatever the version is called: without spaces, and closed on its line. */
static bool names_a_version(struct bytes page)
{
	const struct bytes start = bytes_from_text(START);
	const struct bytes end = bytes_from_text(START_END);
	size_t at = start.len;

	if (!bytes_begin_with(page, start))
		return false;
	while (at < page.len && page.data[at] > ' ' && page.data[at] < 0x7f && page.data[at] != '>')
		at++;
	return at > start.len && bytes_begin_with(bytes_part(page, at, page.len - at), end);
}

bool page_is_of_another_version(struct bytes page)
{
	return names_a_version(page) &&
	       !bytes_begin_with(page, bytes_from_text(START PAGE_VERSION START_END));
}

static enum undersign_status refuse(struct problem *problem, const char *what)
{
	problem_where(problem, "file", bytes_from_text(PAGE_FILE));
	problem_rule(problem, "the page is what the rest of the bundle gives");
	problem_what(problem, what, bytes_from(NULL, 0));
	return UNDERSIGN_E_INVALID;
}

enum undersign_status page_check(enum page_verdict *out, struct bytes page,
				 const struct page_source *source, struct arena *arena,
				 struct problem *problem)
{
	struct bytes made;

	*out = PAGE_OTHER_VERSION;
	if (!names_a_version(page))
		return refuse(problem, "it does not begin as a page does");
	if (page_is_of_another_version(page))
		return UNDERSIGN_OK;
	const enum undersign_status status = page_make(&made, source, arena);
	if (status != UNDERSIGN_OK)
		return status;
	if (!bytes_are_equal(page, made))
		return refuse(problem,
			      "it says something else. Get the bundle again, from another place");
	*out = PAGE_SAME;
	return UNDERSIGN_OK;
}
