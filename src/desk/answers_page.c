#include "answers_page.h"

#include "answers_css.h"

#include "encoding.h"
#include "html.h"
#include "sha2.h"
#include "words.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum answers_word answers_title(enum acceptor_verdict verdict, enum answers_reader reader)
{
	const bool is_request = reader == ANSWERS_MEMBER;

	switch (verdict) {
	case ACCEPTOR_HELD:
		return is_request ? ANSWERS_WORD_RECEIVED : ANSWERS_WORD_HELD;
	case ACCEPTOR_MALFORMED:
		return is_request ? ANSWERS_WORD_NO_REQUEST : ANSWERS_WORD_MALFORMED;
	case ACCEPTOR_UNKNOWN:
		return ANSWERS_WORD_UNKNOWN;
	case ACCEPTOR_ELSEWHERE:
		return ANSWERS_WORD_ELSEWHERE;
	case ACCEPTOR_STAMP:
		return ANSWERS_WORD_STAMP;
	case ACCEPTOR_CLOSED:
		return ANSWERS_WORD_CLOSED;
	case ACCEPTOR_INVALID:
		return is_request ? ANSWERS_WORD_NO_REQUEST : ANSWERS_WORD_INVALID;
	case ACCEPTOR_BUSY:
		break;
	}
	return ANSWERS_WORD_BUSY;
}

void answers_write_policy(char out[static ANSWERS_POLICY_BYTES])
{
	struct writer writer = writer_new(out, ANSWERS_POLICY_BYTES - 1);
	uint8_t hash[SHA256_BYTES];

	sha256(hash, bytes_from(answers_css, sizeof answers_css));
	writer_text(&writer, "default-src 'none'; style-src 'sha256-");
	writer_base64(&writer, bytes_from(hash, sizeof hash));
	writer_text(&writer, "'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
	out[writer_view(&writer).len] = '\0';
}

/* A page in the making. */
struct sheet {
	struct writer writer;
	size_t language;
};

static void put(struct sheet *sheet, const char *html)
{
	writer_text(&sheet->writer, html);
}

static void say(struct sheet *sheet, enum answers_word word)
{
	html_text(&sheet->writer, bytes_from_text(answers_text(sheet->language, word)));
}

/* html before, a text, html after. */
static void wrap(struct sheet *sheet, const char *before, enum answers_word word, const char *after)
{
	put(sheet, before);
	say(sheet, word);
	put(sheet, after);
}

/* Of this page in every language: a page that is got, not one that answers. */
static void write_languages(struct sheet *sheet)
{
	wrap(sheet, "<nav aria-label=\"", ANSWERS_WORD_LANGUAGES, "\"><ul>\n");
	for (size_t i = 0; i < ANSWERS_LANGUAGES; i++) {
		const char *tag = answers_language(i);

		put(sheet, "<li><a href=\"?lang=");
		put(sheet, tag);
		put(sheet, "\" lang=\"");
		put(sheet, tag);
		put(sheet, i == sheet->language ? "\" aria-current=\"true\">" : "\">");
		html_text(&sheet->writer, words_language_name(bytes_from_text(tag)));
		put(sheet, "</a></li>\n");
	}
	put(sheet, "</ul></nav>\n");
}

static void begin(struct sheet *sheet, enum answers_word heading, bool has_languages)
{
	const char *tag = answers_language(sheet->language);

	put(sheet, "<!doctype html>\n<html lang=\"");
	put(sheet, tag);
	put(sheet, words_is_right_to_left(bytes_from_text(tag)) ? "\" dir=\"rtl\">\n"
								: "\" dir=\"ltr\">\n");
	wrap(sheet, "<head>\n<meta charset=\"utf-8\">\n<title>", heading,
	     "</title>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	     "<meta name=\"color-scheme\" content=\"light dark\">\n<style>");
	writer_bytes(&sheet->writer, bytes_from(answers_css, sizeof answers_css));
	put(sheet, "</style>\n</head>\n<body>\n<header>\n<p><b>Undersigned</b></p>\n");
	if (has_languages)
		write_languages(sheet);
	wrap(sheet, "</header>\n<main>\n<h1>", heading, "</h1>\n");
}

static enum undersign_status end(struct bytes *out, struct sheet *sheet)
{
	put(sheet, "</main>\n</body>\n</html>\n");
	if (sheet->writer.has_overflowed)
		return UNDERSIGN_E_LIMIT;
	*out = writer_view(&sheet->writer);
	return UNDERSIGN_OK;
}

static enum undersign_status open_sheet(struct sheet *out, size_t language, struct arena *arena)
{
	uint8_t *data = ARENA_TAKE(arena, uint8_t, ANSWERS_PAGE_BYTES);

	if (!data)
		return UNDERSIGN_E_MEMORY;
	*out = (struct sheet){writer_new(data, ANSWERS_PAGE_BYTES), language};
	return UNDERSIGN_OK;
}

/* --- Answers ----------------------------------------------------------------------------------
 */

/* A link that keeps the language. */
static void write_link(struct sheet *sheet, const char *to, enum answers_word word)
{
	put(sheet, "<p><a href=\"");
	put(sheet, to);
	put(sheet, "?lang=");
	put(sheet, answers_language(sheet->language));
	wrap(sheet, "\">", word, "</a></p>\n");
}

static void write_promise(struct sheet *sheet, struct bytes promise)
{
	wrap(sheet, "<p>", ANSWERS_WORD_HELD_NEXT, "</p>\n");
	wrap(sheet, "<h2>", ANSWERS_WORD_PROMISE, "</h2>\n<pre>");
	html_text(&sheet->writer, promise);
	wrap(sheet, "</pre>\n<p>", ANSWERS_WORD_HELD_AGAIN, "</p>\n");
}

static void write_reason(struct sheet *sheet, const struct problem *problem)
{
	char detail[ANSWERS_DETAIL_BYTES];

	answers_say_problem(detail, sizeof detail, problem);
	wrap(sheet, "<p class=\"n\">", ANSWERS_WORD_WHY,
	     "</p>\n<p class=\"n\" lang=\"en\" dir=\"ltr\">");
	html_text(&sheet->writer, bytes_from_text(detail));
	put(sheet, ".</p>\n");
}

enum undersign_status answers_write_page(struct bytes *out, const struct acceptor_answer *answer,
					 enum answers_reader reader, size_t language,
					 struct arena *arena)
{
	const bool is_request = reader == ANSWERS_MEMBER;
	struct sheet sheet;

	const enum undersign_status status = open_sheet(&sheet, language, arena);
	if (status != UNDERSIGN_OK)
		return status;
	begin(&sheet, answers_title(answer->verdict, reader), false);
	if (answer->verdict != ACCEPTOR_HELD)
		write_reason(&sheet, answer->problem);
	else if (is_request)
		wrap(&sheet, "<p>", ANSWERS_WORD_RECEIVED_NEXT, "</p>\n");
	else
		write_promise(&sheet, answer->promise);
	write_link(&sheet, is_request ? "/enrol" : "deliver", ANSWERS_WORD_ANOTHER);
	if (!is_request && answer->verdict != ACCEPTOR_UNKNOWN)
		wrap(&sheet, "<p><a href=\"./\">", ANSWERS_WORD_TO_LETTER, "</a></p>\n");
	return end(out, &sheet);
}

/* --- Forms ------------------------------------------------------------------------------------
 */

/* One that sends one file to an address. */
struct form {
	enum answers_word heading, about, file;
	const char *address;
	bool is_of_letter;
};

static enum undersign_status write_form(struct bytes *out, const struct form *form, size_t language,
					struct arena *arena)
{
	struct sheet sheet;

	const enum undersign_status status = open_sheet(&sheet, language, arena);
	if (status != UNDERSIGN_OK)
		return status;
	begin(&sheet, form->heading, true);
	wrap(&sheet, "<p>", form->about, " ");
	wrap(&sheet, "", ANSWERS_WORD_HOW,
	     "</p>\n<form method=\"post\" enctype=\"multipart/form-data\" action=\"");
	put(&sheet, form->address);
	put(&sheet, "?lang=");
	put(&sheet, answers_language(language));
	wrap(&sheet, "\">\n<p><label>", form->file,
	     " <input type=\"file\" name=\"file\" required></label></p>\n");
	wrap(&sheet, "<p><button>", ANSWERS_WORD_BUTTON, "</button></p>\n</form>\n");
	wrap(&sheet, "<p class=\"n\">", ANSWERS_WORD_NOT_KEPT, "</p>\n");
	if (form->is_of_letter) {
		write_link(&sheet, "/enrol", ANSWERS_WORD_ENROL);
		wrap(&sheet, "<p><a href=\"./\">", ANSWERS_WORD_TO_LETTER, "</a></p>\n");
	}
	return end(out, &sheet);
}

enum undersign_status answers_write_form(struct bytes *out, const char *id, size_t language,
					 struct arena *arena)
{
	char address[128];
	const struct form form = {.heading = ANSWERS_WORD_DELIVER,
				  .about = ANSWERS_WORD_DELIVER_ABOUT,
				  .file = ANSWERS_WORD_DELIVER_FILE,
				  .address = address,
				  .is_of_letter = true};

	(void)snprintf(address, sizeof address, "/letters/%s/statements", id);
	return write_form(out, &form, language, arena);
}

enum undersign_status answers_write_enrol_form(struct bytes *out, size_t language,
					       struct arena *arena)
{
	const struct form form = {.heading = ANSWERS_WORD_ENROL,
				  .about = ANSWERS_WORD_ENROL_ABOUT,
				  .file = ANSWERS_WORD_ENROL_FILE,
				  .address = "/entries"};

	return write_form(out, &form, language, arena);
}
