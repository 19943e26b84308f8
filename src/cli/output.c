#include "output.h"

#include "cli.h"
#include "encoding.h"
#include "printable.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static bool has_failed;

void output_say(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vprintf(catalogue_text(format), list);
	va_end(list);
}

void output_text(struct bytes text)
{
	printable_write(stdout, text, SIZE_MAX);
}

void output_padded(struct bytes text, size_t width)
{
	size_t columns = printable_columns(text);
	if (columns > width) {
		printable_write(stdout, text, width - 1);
		fputs("…", stdout);
		return;
	}
	printable_write(stdout, text, SIZE_MAX);
	printf("%*s", (int)(width - columns), "");
}

void output_label(const char *english, size_t width)
{
	const struct bytes label = bytes_from_text(catalogue_text(english));
	const size_t columns = printable_columns(label);

	printable_write(stdout, label, SIZE_MAX);
	printf("%*s", columns < width ? (int)(width - columns) : 1, "");
}

static void *take_or_end(size_t len)
{
	void *block = malloc(len);

	if (block)
		return block;
	fputs(_("There is not enough memory.\n"), stderr);
	exit(CLI_MACHINE);
}

void output_json_whole(void)
{
	json_set_alloc_funcs(take_or_end, free);
}

void output_json(json_t *take_object)
{
	if (!take_object ||
	    json_dumpf(take_object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6)) != 0)
		has_failed = true;
	putchar('\n');
	json_decref(take_object);
}

json_t *output_json_text(struct bytes text)
{
	json_t *string = json_stringn(text.data ? (const char *)text.data : "", text.len);
	if (string)
		return string;
	/* Not UTF-8, or no memory. */
	char *copy = take_or_end(text.len + 1);
	for (size_t i = 0; i < text.len; i++)
		copy[i] = text.data[i] >= 0x20 && text.data[i] < 0x7f ? (char)text.data[i] : '?';
	string = json_stringn(copy, text.len);
	free(copy);
	return string;
}

json_t *output_json_hex(struct bytes bytes)
{
	char *text = take_or_end(2 * bytes.len + 1);
	struct writer writer = writer_new(text, 2 * bytes.len);
	writer_hex(&writer, bytes);
	json_t *string = json_stringn(text, writer.len);
	free(text);
	return string;
}

json_t *output_json_date(uint64_t seconds)
{
	uint8_t date[DATE_LEN];
	date_encode(date, seconds);
	return json_stringn((const char *)date, DATE_LEN);
}

json_t *output_json_problem(const char *where, const char *rule, const char *what)
{
	return json_pack("{s:o, s:o, s:o}", "where", output_json_text(bytes_from_text(where)),
			 "rule", output_json_text(bytes_from_text(rule)), "what",
			 output_json_text(bytes_from_text(what)));
}

int output_end(int code)
{
	errno = 0;
	if (fflush(stdout) != 0 || ferror(stdout))
		has_failed = true;
	if (!has_failed)
		return code;
	return talk_fault(UNDERSIGN_E_SYSTEM, "The output could not be written.", "standard output",
			  NULL, errno ? strerror(errno) : "write failed",
			  "do not use what was written");
}
