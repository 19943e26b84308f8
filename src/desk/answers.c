#include "answers.h"

#include "answers_page.h"
#include "answers_words.h"

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

/* What went wrong, for a program's user. */
static const char *title(enum acceptor_verdict verdict)
{
	return answers_text(0, answers_title(verdict, ANSWERS_PROGRAM));
}

void answers_say_problem(char *out, size_t len, const struct problem *problem)
{
	snprintf(out, len, "%s%s%s%s%s", problem->where, problem->where[0] ? ": " : "",
		 problem->rule, problem->what[0] ? "; " : "", problem->what);
}

static enum undersign_status write_json(struct bytes *out, const struct acceptor_answer *answer,
					struct arena *arena)
{
	char detail[ANSWERS_DETAIL_BYTES];

	answers_say_problem(detail, sizeof detail, answer->problem);
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
				    enum answers_reader reader, size_t language,
				    struct arena *arena)
{
	const bool is_page = reader != ANSWERS_PROGRAM;
	enum undersign_status status = UNDERSIGN_OK;

	*out = (struct answers_form){.status = answers_status(answer->verdict),
				     .content_type = "text/plain; charset=utf-8",
				     .has_retry = answer->verdict == ACCEPTOR_BUSY};
	if (is_page) {
		out->content_type = "text/html; charset=utf-8";
		status = answers_write_page(&out->body, answer, reader, language, arena);
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
