#include "beside.h"

#include "handout.h"
#include "manifest.h"
#include "served.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HANDOUTS   "handouts/"
#define TALLIES    "tallies/"
#define CITED      "cited/"
#define AS_OF      "/as-of-"
#define CARD_PNG   "card.png" /* made of card.svg by whoever runs the desk */
#define DIGITS_MAX 19
#define NAME_LEN   128

static bool begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* The digits of "/as-of-731.html"; 0 if it is none. */
static size_t as_of_digits(const char *rest)
{
	const char *digits = rest + strlen(AS_OF);
	size_t n = 0;

	if (!begins_with(rest, AS_OF))
		return 0;
	while (digits[n] >= '0' && digits[n] <= '9')
		n++;
	return n <= DIGITS_MAX && digits[0] != '0' && strcmp(digits + n, ".html") == 0 ? n : 0;
}

/* The published file for /letters/{id}{rest}. */
static bool find(char out[static NAME_LEN], const char *id, const char *rest)
{
	const size_t n_digits = as_of_digits(rest);

	if (n_digits > 0) {
		(void)snprintf(out, NAME_LEN, CITED "%.*s/%.*s.html", (int)MANIFEST_ID_LEN, id,
			       (int)n_digits, rest + strlen(AS_OF));
		return true;
	}
	if (strcmp(rest, "/tally.json") == 0) {
		(void)snprintf(out, NAME_LEN, TALLIES "%.*s.json", (int)MANIFEST_ID_LEN, id);
		return true;
	}
	for (unsigned i = 0; i <= HANDOUT_N; i++) {
		const char *name = i < HANDOUT_N ? handout_name((enum handout)i) : CARD_PNG;

		if (rest[0] != '/' || strcmp(rest + 1, name) != 0)
			continue;
		(void)snprintf(out, NAME_LEN, HANDOUTS "%.*s/%s", (int)MANIFEST_ID_LEN, id, name);
		return true;
	}
	return false;
}

static const char *last_part(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

static const char *type_of(const char *name)
{
	if (begins_with(name, TALLIES))
		return "application/json";
	if (begins_with(name, CITED))
		return "text/html; charset=utf-8";
	for (unsigned i = 0; i < HANDOUT_N; i++)
		if (strcmp(last_part(name), handout_name((enum handout)i)) == 0)
			return handout_type((enum handout)i);
	return "image/png";
}

/* What other sites show: the count as a picture, or in a frame. */
static bool may_be_embedded(const char *name)
{
	static const char *const names[] = {"badge.svg", "card.svg", CARD_PNG, "counter.html"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(last_part(name), names[i]) == 0)
			return true;
	return false;
}

bool beside_answer(struct http_call *call, int published, const char *id, const char *rest)
{
	char name[NAME_LEN];
	struct stat facts;

	if (!find(name, id, rest))
		return false;
	const int fd = served_open(published, name);
	if (fd < 0 || fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
		if (fd >= 0)
			close(fd);
		http_call_answer_bytes(call, 404, "text/plain; charset=utf-8",
				       bytes_from_text("There is no such file.\n"));
		return true;
	}
	struct http_answer answer = {
		.status = 200,
		.content_type = type_of(name),
		.kind = HTTP_BODY_FILE,
		.file = fd,
		.file_len = (uint64_t)facts.st_size,
	};
	if (may_be_embedded(name))
		answer.fields[answer.n_fields++] =
			(struct http_field){"Cross-Origin-Resource-Policy", "cross-origin"};
	/* In a frame, too; it holds nothing but a picture and a link. */
	if (strcmp(last_part(name), handout_name(HANDOUT_COUNTER)) == 0)
		answer.fields[answer.n_fields++] = (struct http_field){
			"Content-Security-Policy",
			"default-src 'none'; base-uri 'none'; form-action 'none'"};
	http_call_answer(call, &answer);
	return true;
}
