#include "answers.h"

#include "encoding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

int answers_status(enum acceptor_verdict verdict)
{
	switch (verdict) {
	case ACCEPTOR_HELD:
		return 202;
	case ACCEPTOR_MALFORMED:
		return 400;
	case ACCEPTOR_UNKNOWN:
		return 404;
	case ACCEPTOR_ELSEWHERE:
	case ACCEPTOR_STAMP:
		return 403;
	case ACCEPTOR_CLOSED:
		return 409;
	case ACCEPTOR_INVALID:
		return 422;
	case ACCEPTOR_BUSY:
		break;
	}
	return 503;
}

const char *answers_phrase(int status)
{
	switch (status) {
	case 202:
		return "Accepted";
	case 400:
		return "Bad Request";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 409:
		return "Conflict";
	case 422:
		return "Unprocessable Content";
	default:
		return "Service Unavailable";
	}
}

/* What a person reads first. */
static const char *title(enum acceptor_verdict verdict)
{
	switch (verdict) {
	case ACCEPTOR_HELD:
		return "Promised. Not published yet.";
	case ACCEPTOR_MALFORMED:
		return "This is not a signature of Undersigned, or it was changed on the way. "
		       "Nothing was kept.";
	case ACCEPTOR_UNKNOWN:
		return "This desk does not have that letter. Nothing was kept.";
	case ACCEPTOR_ELSEWHERE:
		return "This desk takes signatures only through Tor. Nothing was kept.";
	case ACCEPTOR_STAMP:
		return "The stamp does not do. Deliver again. Nothing was kept.";
	case ACCEPTOR_CLOSED:
		return "The letter does not take signatures now. Nothing was kept.";
	case ACCEPTOR_INVALID:
		return "This signature does not hold. Nothing was kept.";
	case ACCEPTOR_BUSY:
		break;
	}
	return "The desk is busy. Your file is fine. Come back later; it makes no difference when.";
}

/* The same for an enrolment request. */
static const char *request_title(enum acceptor_verdict verdict)
{
	switch (verdict) {
	case ACCEPTOR_HELD:
		return "Received. Not admitted yet.";
	case ACCEPTOR_MALFORMED:
	case ACCEPTOR_INVALID:
		return "This is not an enrolment request, or it was changed on the way. Nothing "
		       "was kept.";
	default:
		return title(verdict);
	}
}

/* "where: rule: what" */
static void say(char *out, size_t len, const struct problem *problem)
{
	snprintf(out, len, "%s%s%s%s%s", problem->where, problem->where[0] ? ": " : "",
		 problem->rule, problem->what[0] ? "; " : "", problem->what);
}

static enum undersign_status write_json(struct bytes *out, const struct acceptor_answer *answer,
					struct arena *arena)
{
	char detail[3 * PROBLEM_TEXT_LEN + 8];

	say(detail, sizeof detail, answer->problem);
	json_t *json = json_pack("{s:s, s:i, s:s}", "title", title(answer->verdict), "status",
				 answers_status(answer->verdict), "detail", detail);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	if (!text)
		return UNDERSIGN_E_MEMORY;
	*out = arena_copy(arena, bytes_from_text(text));
	free(text);
	return out->data ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
}

/* --- Pages ------------------------------------------------------------------------------------
 */

static void write_escaped(struct writer *writer, struct bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		const char c = (char)text.data[i];
		const char one[2] = {c, '\0'};
		writer_text(writer, c == '&'    ? "&amp;"
				    : c == '<'  ? "&lt;"
				    : c == '>'  ? "&gt;"
				    : c == '"'  ? "&quot;"
				    : c == '\'' ? "&#39;"
						: one);
	}
}

static void begin_page(struct writer *writer, const char *heading)
{
	writer_text(writer, "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\n"
			    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
	writer_text(writer, heading);
	writer_text(writer, "</title>\n<main>\n<h1>");
	writer_text(writer, heading);
	writer_text(writer, "</h1>\n");
}

static enum undersign_status write_page(struct bytes *out, const struct acceptor_answer *answer,
					enum answers_reader reader, struct arena *arena)
{
	const bool is_request = reader == ANSWERS_MEMBER;
	uint8_t *data = ARENA_TAKE(arena, uint8_t, ANSWERS_PAGE_BYTES);
	char detail[3 * PROBLEM_TEXT_LEN + 8];

	if (!data)
		return UNDERSIGN_E_MEMORY;
	struct writer writer = writer_new(data, ANSWERS_PAGE_BYTES);
	begin_page(&writer, is_request ? request_title(answer->verdict) : title(answer->verdict));
	if (is_request && answer->verdict == ACCEPTOR_HELD) {
		writer_text(&writer,
			    "<p>It waits for the steward of its roster. Compare its fingerprint "
			    "with the steward, face to face or by telephone. To deliver it again "
			    "is harmless.</p>\n");
	} else if (answer->verdict == ACCEPTOR_HELD) {
		writer_text(
			&writer,
			"<p>The desk has the file and has promised to publish it by the "
			"letter\xe2\x80\x99s closing. Keep the promise below, from the first line "
			"to the last: if the desk breaks it, the promise shows that it did, and "
			"does not name anybody.</p>\n<pre>");
		write_escaped(&writer, answer->promise);
		writer_text(
			&writer,
			"</pre>\n<p>To deliver the same file again is harmless and counts once. "
			"Delete the file once it is published, and every copy.</p>\n");
	} else {
		say(detail, sizeof detail, answer->problem);
		writer_text(&writer, "<p>");
		write_escaped(&writer, bytes_from_text(detail));
		writer_text(&writer, ".</p>\n");
	}
	writer_text(&writer, "</main>\n");
	if (writer.has_overflowed)
		return UNDERSIGN_E_LIMIT;
	*out = writer_view(&writer);
	return UNDERSIGN_OK;
}

/* A page whose form sends one file to an address. */
static enum undersign_status write_form(struct bytes *out, const char *heading, const char *about,
					const char *address, const char *what, const char *more,
					struct arena *arena)
{
	uint8_t *data = ARENA_TAKE(arena, uint8_t, ANSWERS_PAGE_BYTES);

	if (!data)
		return UNDERSIGN_E_MEMORY;
	struct writer writer = writer_new(data, ANSWERS_PAGE_BYTES);
	begin_page(&writer, heading);
	writer_text(&writer, "<p>");
	writer_text(&writer, about);
	writer_text(&writer,
		    " Do it through Tor Browser, at its safest level: nothing on this page needs "
		    "scripts. Not at work, and not on a device of work.</p>\n<form method=\"post\" "
		    "enctype=\"multipart/form-data\" action=\"");
	writer_text(&writer, address);
	writer_text(&writer, "\">\n<p><label>");
	writer_text(&writer, what);
	writer_text(&writer,
		    " <input type=\"file\" name=\"file\" required></label></p>\n"
		    "<p><button>Deliver</button></p>\n</form>\n"
		    "<p>The file\xe2\x80\x99s name is not kept. Neither is when it came, or from "
		    "where.</p>\n");
	writer_text(&writer, more);
	writer_text(&writer, "</main>\n");
	*out = writer_view(&writer);
	return UNDERSIGN_OK;
}

enum undersign_status answers_write_form(struct bytes *out, const char *id, struct arena *arena)
{
	char address[128];

	snprintf(address, sizeof address, "/letters/%s/statements", id);
	return write_form(out, "Deliver a signature", "Anybody may deliver it, from any device.",
			  address, "The file that was signed",
			  "<p><a href=\"/enrol\">Deliver an enrolment request</a></p>\n", arena);
}

enum undersign_status answers_write_enrol_form(struct bytes *out, struct arena *arena)
{
	return write_form(out, "Deliver an enrolment request",
			  "The steward of the roster gets it, and learns that somebody enrols.",
			  "/entries", "The request", "", arena);
}

/* --- Padding ----------------------------------------------------------------------------------
 */

static size_t digits(size_t n)
{
	size_t k = 1;

	for (; n >= 10; n /= 10)
		k++;
	return k;
}

static enum undersign_status pad(struct answers_form *form, size_t whole, struct arena *arena)
{
	size_t len = strlen(answers_phrase(form->status)) + strlen(form->content_type) +
		     digits(form->body.len) + form->body.len;

	if (form->has_retry)
		len += strlen("Retry-After: " ANSWERS_RETRY "\r\n");
	const size_t n = len < whole ? whole - len : 0;
	char *zeros = ARENA_TAKE(arena, char, n + 1);
	if (!zeros)
		return UNDERSIGN_E_MEMORY;
	memset(zeros, '0', n);
	zeros[n] = '\0';
	form->padding = zeros;
	return UNDERSIGN_OK;
}

enum undersign_status answers_write(struct answers_form *out, const struct acceptor_answer *answer,
				    enum answers_reader reader, struct arena *arena)
{
	const bool is_page = reader != ANSWERS_PROGRAM;
	enum undersign_status status = UNDERSIGN_OK;

	*out = (struct answers_form){.status = answers_status(answer->verdict),
				     .content_type = "text/plain; charset=utf-8",
				     .has_retry = answer->verdict == ACCEPTOR_BUSY};
	if (is_page) {
		out->content_type = "text/html; charset=utf-8";
		status = write_page(&out->body, answer, reader, arena);
	} else if (answer->verdict == ACCEPTOR_HELD) {
		out->body = answer->promise;
	} else {
		out->content_type = "application/problem+json";
		status = write_json(&out->body, answer, arena);
	}
	if (status == UNDERSIGN_OK)
		status = pad(out, is_page ? ANSWERS_PAGE_BYTES + 1024 : ANSWERS_BYTES, arena);
	return status;
}
