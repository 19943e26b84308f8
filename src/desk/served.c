#include "served.h"

#include "answers.h"
#include "page.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART_MAX 256 /* of a path */

static void not_found(struct http_call *call, const char *text)
{
	http_call_answer_bytes(call, 404, "text/plain; charset=utf-8", bytes_from_text(text));
}

int served_open(int folder, const char *name)
{
	char part[PART_MAX];
	int at = fcntl(folder, F_DUPFD_CLOEXEC, 0);

	while (at >= 0) {
		const size_t len = strcspn(name, "/");
		const bool is_last = name[len] == '\0';
		if (len == 0 || len >= sizeof part) {
			close(at);
			errno = ENOENT;
			return -1;
		}
		memcpy(part, name, len);
		part[len] = '\0';
		const int next = openat(at, part,
					is_last ? O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
						: O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_DIRECTORY);
		const int fault = errno;
		close(at);
		errno = fault;
		if (is_last)
			return next;
		at = next;
		name += len + 1;
	}
	return -1;
}

void served_nothing(struct http_call *call, const char *text)
{
	const struct http_answer later = {.status = 503,
					  .content_type = "text/plain; charset=utf-8",
					  .fields = {{"Retry-After", ANSWERS_RETRY}},
					  .n_fields = 1,
					  .kind = HTTP_BODY_COPIED,
					  .body = bytes_from_text("busy\n")};

	if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == EIO)
		http_call_answer(call, &later);
	else
		not_found(call, text);
}

static bool begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* Files whose names never get another content, and that programs alone ask for: whatever stands
 * between may keep them. */
static bool is_for_ever(const char *name)
{
	return begins_with(name, "tile/");
}

static bool is_text(const char *name)
{
	const char *last = strrchr(name, '/');

	last = last ? last + 1 : name;
	return strcmp(last, "checkpoint") == 0 || strcmp(last, "keys") == 0 ||
	       strcmp(last, "manifest") == 0 || strstr(name, "/texts/");
}

static const char *type_of(const char *name)
{
	const char *last = strrchr(name, '/');

	if (last && strcmp(last + 1, PAGE_FILE) == 0)
		return "text/html; charset=utf-8";
	return is_text(name) ? "text/plain; charset=utf-8" : "application/octet-stream";
}

/* A file of a folder; fields: of the answer, at most one. */
static void answer_file(struct http_call *call, int folder, const char *name, const char *type,
			const struct http_field *fields, size_t n_fields)
{
	const int fd = served_open(folder, name);
	struct stat facts;

	if (fd < 0) {
		served_nothing(call, "There is no such file.\n");
		return;
	}
	if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
		close(fd);
		not_found(call, "There is no such file.\n");
		return;
	}
	struct http_answer answer = {
		.status = 200,
		.content_type = type,
		.n_fields = n_fields,
		.kind = HTTP_BODY_FILE,
		.file = fd,
		.file_len = (uint64_t)facts.st_size,
	};
	for (size_t i = 0; i < n_fields; i++)
		answer.fields[i] = fields[i];
	http_call_answer(call, &answer);
}

void served_file(struct http_call *call, int folder, const char *name)
{
	const struct http_field cached = {"Cache-Control", "public, max-age=31536000, immutable"};

	answer_file(call, folder, name, type_of(name), &cached, is_for_ever(name) ? 1 : 0);
}

/* What browsers load from beside a letter's page. The kit is for download alone: whoever signs does
 * not do it in a page that a server gave him. */
static const struct program {
	const char *name, *type, *disposition;
} programs[] = {
	{"recount.js", "text/javascript; charset=utf-8", NULL},
	{"undersign.wasm", "application/wasm", NULL},
	{"kit.html", "application/octet-stream", "attachment; filename=\"undersigned-kit.html\""},
};
#define N_PROGRAMS (sizeof(programs) / sizeof(programs[0]))

bool served_program(struct http_call *call, int folder, const char *name)
{
	for (size_t i = 0; i < N_PROGRAMS; i++) {
		const struct http_field shown = {"Content-Disposition", programs[i].disposition};

		if (strcmp(name, programs[i].name) != 0)
			continue;
		if (folder < 0)
			not_found(call, "This desk has no programs for browsers.\n");
		else
			answer_file(call, folder, name, programs[i].type, &shown,
				    programs[i].disposition ? 1 : 0);
		return true;
	}
	return false;
}
