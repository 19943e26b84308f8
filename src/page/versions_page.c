#include "versions_page.h"

#include "difference.h"
#include "page_css.h"
#include "page_parts.h"

#define ID_SHOWN 8 /* bytes: the rest is in the bundles */

static void write_head(struct page *page, const struct versions_letter *last)
{
	uint8_t hash[SHA256_BYTES];

	sha256(hash, bytes_from(page_css, sizeof page_css));
	page_html(page, "<!doctype html>\n<html lang=\"");
	page_html(page, page->words->language);
	page_html(page, words_is_right_to_left(bytes_from_text(page->words->language))
				? "\" dir=\"rtl\""
				: "\" dir=\"ltr\"");
	page_html(page, ">\n<head>\n<meta charset=\"utf-8\">\n<title>");
	page_word(page, WORD_VERSIONS);
	page_html(page, ": ");
	html_text(page->out, last->title);
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
	page_word(page, WORD_VERSIONS);
	page_html(page, "</p>\n<h1>");
	html_name(page->out, last->title);
	page_html(page, "</h1>\n");
}

static void write_row(struct page *page, const struct versions_letter *letter, size_t number)
{
	page_html(page, "<tr><th scope=\"row\">");
	page_number(page, number);
	page_html(page, "</th><td>");
	html_name(page->out, letter->title);
	page_html(page, "<br><code>");
	writer_hex(page->out, bytes_from(letter->id, ID_SHOWN));
	page_html(page, "…</code></td><td class=\"s\">");
	page_time(page, letter->opens);
	page_html(page, "</td><td><b>");
	page_number(page, letter->total);
	page_html(page, "</b><br>");
	page_say(page, WORD_VERSION_COUNT, FILL_NUMBER(letter->represented),
		 FILL_NUMBER(letter->n_organisations));
	page_html(page, "</td><td>");
	page_time(page, letter->as_of);
	if (letter->is_closed)
		page_wrap(page, "<br>", WORD_VERSION_FINAL, "");
	page_html(page, "</td></tr>\n");
}

static void write_table(struct page *page, const struct versions_letter *letters, size_t n)
{
	static const enum word heads[] = {WORD_VERSION_HEAD, WORD_LETTER, WORD_VERSION_OPENED,
					  WORD_SIGNED, WORD_VERSION_AS_OF};

	page_begin_section(page, "versions", NULL, WORD_VERSIONS, WORD_VERSIONS_NOTE);
	page_html(page, "</div>\n<div class=\"r\">\n<table><caption class=\"skip\">");
	page_word(page, WORD_VERSIONS);
	page_html(page, "</caption><thead><tr>");
	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
		page_wrap(page, "<th scope=\"col\">", heads[i], "</th>");
	page_html(page, "</tr></thead><tbody>\n");
	for (size_t i = 0; i < n; i++)
		write_row(page, &letters[i], i + 1);
	page_html(page, "</tbody></table>\n");
	page_end_section(page);
}

/* A heading that may not say which: the section's is the same for each pair. */
static void write_difference(struct page *page, const struct versions_letter *before,
			     const struct versions_letter *after, size_t number,
			     struct arena *arena)
{
	page_html(page, "\n<section>\n<div class=\"l\"><h2>");
	page_say(page, WORD_VERSION_CHANGED, FILL_NUMBER(number), FILL_NUMBER(number + 1));
	page_html(page, "</h2>\n<p class=\"n\">");
	page_say(page, WORD_VERSION_MARKS, FILL_NUMBER(number), FILL_NUMBER(number + 1));
	page_html(page, "</p></div>\n<div class=\"r text\" lang=\"");
	html_text(page->out, after->language);
	page_html(page, words_is_right_to_left(after->language) ? "\" dir=\"rtl\">\n"
								: "\" dir=\"ltr\">\n");
	const enum undersign_status status =
		difference_write(page->out, before->text, after->text, arena);
	if (status != UNDERSIGN_OK)
		page->status = status;
	page_end_section(page);
}

static void write_page(struct page *page, const struct versions_letter *letters, size_t n,
		       struct arena *arena)
{
	write_head(page, &letters[n - 1]);
	write_table(page, letters, n);
	for (size_t i = 1; i < n; i++)
		write_difference(page, &letters[i - 1], &letters[i], i, arena);
	page_html(page, "</main>\n</body>\n</html>\n");
}

enum undersign_status versions_page_make(struct bytes *out, const struct versions_letter *letters,
					 size_t n, struct arena *arena)
{
	struct writer writer = writer_new(NULL, 0);
	struct page page = {.out = &writer, .status = UNDERSIGN_OK};

	CHECK(n >= 2 && n <= VERSIONS_MAX);
	*out = (struct bytes){0};
	page.words = words_for(letters[n - 1].language);
	write_page(&page, letters, n, arena);
	if (page.status != UNDERSIGN_OK)
		return page.status;
	const size_t len = writer.len;
	uint8_t *data = ARENA_TAKE(arena, uint8_t, len);
	if (!data)
		return UNDERSIGN_E_MEMORY;
	writer = writer_new(data, len);
	write_page(&page, letters, n, arena);
	if (page.status == UNDERSIGN_OK)
		*out = writer_view(&writer);
	return page.status;
}
