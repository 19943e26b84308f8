#include "forms.h"

#include "answers_page.h"
#include "answers_words.h"
#include "arena_heap.h"
#include "file.h"
#include "manifest.h"
#include "served.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME_LEN      128
#define LANGUAGES_MAX 32
#define MANIFEST_MAX  ((size_t)1 << 20)

size_t forms_language(const struct http_call *call)
{
	return answers_language_choose(call->query, http_call_header(call, "Accept-Language"), NULL,
				       0);
}

void forms_add_fields(struct http_answer *answer, const char *policy)
{
	answer->fields[answer->n_fields++] = (struct http_field){"Content-Security-Policy", policy};
	answer->fields[answer->n_fields++] = (struct http_field){"Vary", "Accept-Language"};
}

static void answer_page(struct http_call *call, const char *policy, enum undersign_status status,
			struct bytes page)
{
	struct http_answer answer = {.status = 200,
				     .content_type = "text/html; charset=utf-8",
				     .kind = HTTP_BODY_COPIED,
				     .body = page};

	if (status != UNDERSIGN_OK) {
		http_call_answer_bytes(call, 503, "text/plain; charset=utf-8",
				       bytes_from_text("busy\n"));
		return;
	}
	forms_add_fields(&answer, policy);
	http_call_answer(call, &answer);
}

/* The first language on a line that begins so, from *at on; *at moves behind it. Empty: there is
 * none. start: with the newline before it. */
static struct bytes next_language(struct bytes *at, const char *start)
{
	const size_t start_len = strlen(start);
	const uint8_t *line =
		at->len > start_len ? memmem(at->data, at->len, start, start_len) : NULL;
	size_t len = 0;

	if (!line)
		return bytes_from(NULL, 0);
	const size_t skip = (size_t)(line - at->data) + start_len;
	*at = bytes_part(*at, skip, at->len - skip);
	while (len < at->len && at->data[len] > ' ')
		len++;
	return bytes_part(*at, 0, len);
}

/* The languages of a letter, the authoritative one first, from its manifest's lines. */
static size_t letter_languages(struct bytes out[static LANGUAGES_MAX], struct bytes manifest)
{
	struct bytes at = manifest, language = next_language(&at, "\nauthoritative ");
	size_t n = 0;

	at = manifest;
	while (n < LANGUAGES_MAX && language.len > 0) {
		out[n++] = language;
		language = next_language(&at, "\ntext ");
	}
	return n;
}

void forms_answer_letter(struct http_call *call, int published, const char *policy, const char *id)
{
	char name[NAME_LEN];
	struct bytes offered[LANGUAGES_MAX], page = {0};
	struct file_content content;
	struct arena_heap heap;

	(void)snprintf(name, sizeof name, "letters/%.*s/manifest", (int)MANIFEST_ID_LEN, id);
	const int fd = served_open(published, name);
	if (fd < 0) {
		served_nothing(call, "There is no such letter.\n");
		return;
	}
	enum undersign_status status =
		file_read_fd(&content, fd, name, MANIFEST_MAX, FILE_PUBLIC, NULL);
	close(fd);
	if (status != UNDERSIGN_OK) {
		answer_page(call, policy, status, page);
		return;
	}
	const size_t n = letter_languages(offered, file_content_view(&content));
	const size_t language = answers_language_choose(
		call->query, http_call_header(call, "Accept-Language"), offered, n);
	file_content_free(&content);
	char letter[MANIFEST_ID_LEN + 1] = {0};
	memcpy(letter, id, MANIFEST_ID_LEN);
	arena_heap_open(&heap, SIZE_MAX, false);
	status = answers_write_form(&page, letter, language, &heap.arena);
	answer_page(call, policy, status, page);
	arena_heap_close(&heap);
}

void forms_answer_enrol(struct http_call *call, const char *policy)
{
	struct bytes page = {0};
	struct arena_heap heap;

	arena_heap_open(&heap, SIZE_MAX, false);
	const enum undersign_status status =
		answers_write_enrol_form(&page, forms_language(call), &heap.arena);
	answer_page(call, policy, status, page);
	arena_heap_close(&heap);
}
