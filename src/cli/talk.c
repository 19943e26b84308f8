#include "talk.h"

#include "cli.h"
#include "printable.h"
#include "qr.h"
#include "terminal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Longest talk in one call. */
#define TALK_LEN_MAX 16384

/* Lines as they are, each made harmless. */
static void write_lines(FILE *stream, struct bytes text)
{
	while (text.len > 0) {
		const uint8_t *newline = memchr(text.data, '\n', text.len);
		size_t len = newline ? (size_t)(newline - text.data) : text.len;
		printable_write(stream, bytes_part(text, 0, len), SIZE_MAX);
		if (newline)
			putc('\n', stream);
		size_t taken = newline ? len + 1 : len;
		text = bytes_part(text, taken, text.len - taken);
	}
}

void talk_say(const char *format, ...)
{
	char text[TALK_LEN_MAX];
	va_list list;
	va_start(list, format);
	vsnprintf(text, sizeof(text), catalogue_text(format), list);
	va_end(list);
	write_lines(stderr, bytes_from_text(text));
}

void talk_paragraph(const char *format, ...)
{
	char text[TALK_LEN_MAX];
	va_list list;
	va_start(list, format);
	vsnprintf(text, sizeof(text), catalogue_text(format), list);
	va_end(list);
	talk_row(stderr, "", 0, bytes_from_text(text));
}

/* Takes the next word, without the spaces before it. */
static struct bytes next_word(struct bytes *rest)
{
	size_t start = 0;
	while (start < rest->len && rest->data[start] == ' ')
		start++;
	size_t end = start;
	while (end < rest->len && rest->data[end] != ' ')
		end++;
	struct bytes word = bytes_part(*rest, start, end - start);
	*rest = bytes_part(*rest, end, rest->len - end);
	return word;
}

void talk_row(FILE *stream, const char *label, size_t width, struct bytes text)
{
	size_t column = printable_columns(bytes_from_text(label));
	write_lines(stream, bytes_from_text(label));
	if (width > 0 && column + 1 > width) {
		putc('\n', stream);
		column = 0;
	}
	fprintf(stream, "%*s", (int)(width - column), "");
	column = width;
	bool is_first = true;
	for (;;) {
		struct bytes word = next_word(&text);
		if (word.len == 0)
			break;
		size_t columns = printable_columns(word);
		if (!is_first && column + 1 + columns > TALK_COLUMNS) {
			fprintf(stream, "\n%*s", (int)width, "");
			column = width;
		} else if (!is_first) {
			putc(' ', stream);
			column++;
		}
		is_first = false;
		/* A word longer than the line (a path, a key) is left whole: it may be copied. */
		printable_write(stream, word, SIZE_MAX);
		column += columns;
	}
	putc('\n', stream);
}

void talk_fingerprint(FILE *stream, const char *label, size_t width, const uint8_t hash[static 32])
{
	const size_t columns = printable_columns(bytes_from_text(label));

	fprintf(stream, "%s%*s", label, columns < width ? (int)(width - columns) : 1, "");
	for (size_t i = 0; i < 32; i++) {
		if (i == 16)
			fprintf(stream, "\n%*s", (int)width, "");
		else if (i > 0 && i % 2 == 0)
			putc(' ', stream);
		fprintf(stream, "%02x", hash[i]);
	}
	putc('\n', stream);
}

/* Of the largest square, with colours: three bytes for two modules. */
#define QR_LINES_MAX ((size_t)1 << 16)

void talk_qr(struct bytes text)
{
	uint8_t *lines = malloc(QR_LINES_MAX);
	struct writer writer = writer_new(lines, lines ? QR_LINES_MAX : 0);
	struct qr qr;

	if (!lines || qr_encode(&qr, text) != UNDERSIGN_OK) {
		talk_paragraph("There is no QR code of it.");
		free(lines);
		return;
	}
	qr_write_lines(&writer, &qr, terminal_has_color());
	const struct bytes drawn = writer_view(&writer);
	fwrite(drawn.data, 1, drawn.len, stderr);
	free(lines);
}

#define FAULT_WIDTH 9 /* at least */

/* The labels of a refusal, of which the longest makes the width. */
static const char *const fault_labels[] = {[TALK_WHERE] = N_("where"),
					   [TALK_RULE] = N_("rule"),
					   [TALK_WHAT] = N_("what"),
					   [TALK_DO] = N_("do")};

static size_t fault_width(void)
{
	size_t width = FAULT_WIDTH;

	for (size_t i = 0; i < sizeof fault_labels / sizeof fault_labels[0]; i++) {
		const size_t columns =
			printable_columns(bytes_from_text(catalogue_text(fault_labels[i])));
		width = columns + 4 > width ? columns + 4 : width;
	}
	return width;
}

void talk_fault_row(FILE *stream, enum talk_label label, const char *english)
{
	char shown[TALK_LEN_MAX], labelled[64];

	if (!english || !english[0])
		return;
	(void)snprintf(labelled, sizeof labelled, "  %s", catalogue_text(fault_labels[label]));
	const char *said = label == TALK_WHERE ? catalogue_place(shown, sizeof shown, english)
					       : catalogue_composed(shown, sizeof shown, english);
	talk_row(stream, labelled, fault_width(), bytes_from_text(said));
}

int talk_fault(enum undersign_status status, const char *headline, const char *where,
	       const char *rule, const char *what, const char *remedy)
{
	const char *const rows[] = {where, rule, what, remedy};

	talk_row(stderr, "", 0, bytes_from_text(catalogue_text(headline)));
	for (size_t i = 0; i < 4; i++)
		talk_fault_row(stderr, (enum talk_label)i, rows[i]);
	return cli_exit_of(status);
}

int talk_refuse(enum undersign_status status, const char *headline, const struct problem *problem,
		const char *remedy)
{
	if (!problem || !problem_is_set(problem))
		return talk_fault(status, headline, NULL, NULL, undersign_status_text(status),
				  remedy);
	return talk_fault(status, headline, problem->where, problem->rule, problem->what, remedy);
}

int talk_refuse_api(enum undersign_status status, const char *headline,
		    const struct undersign_problem *problem, const char *remedy)
{
	if (!problem || !(problem->where[0] || problem->rule[0] || problem->what[0]))
		return talk_refuse(status, headline, NULL, remedy);
	return talk_fault(status, headline, problem->where, problem->rule, problem->what, remedy);
}
