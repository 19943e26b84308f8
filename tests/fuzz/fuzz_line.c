#include "fuzz.h"

#include "line.h"

#include <stdlib.h>

/* Reads one line of a grammar that uses every kind of value, and writes it again. False if none of
 * its keys is next. */
static bool copy_line(struct line_reader *reader, struct writer *writer)
{
	uint8_t buffer[8];

	if (line_is_next(reader, "text")) {
		line_write(writer, "text", line_value(reader, "text"));
	} else if (line_is_next(reader, "number")) {
		writer_text(writer, "number ");
		writer_decimal(writer, line_decimal(reader, "number", UINT64_MAX));
		writer_text(writer, "\n");
	} else if (line_is_next(reader, "hex")) {
		line_hex(reader, "hex", buffer, 4);
		writer_text(writer, "hex ");
		writer_hex(writer, bytes_from(buffer, 4));
		writer_text(writer, "\n");
	} else if (line_is_next(reader, "base")) {
		line_base64(reader, "base", buffer, 8);
		writer_text(writer, "base ");
		writer_base64(writer, bytes_from(buffer, 8));
		writer_text(writer, "\n");
	} else if (line_is_next(reader, "fields")) {
		struct bytes value = line_value(reader, "fields");

		writer_text(writer, "fields ");
		writer_bytes(writer, field_take(reader, &value));
		writer_text(writer, " ");
		writer_decimal(writer, field_decimal(reader, &value, 1000));
		field_hex(reader, &value, buffer, 2);
		writer_text(writer, " ");
		writer_hex(writer, bytes_from(buffer, 2));
		field_base64(reader, &value, buffer, 2);
		writer_text(writer, " ");
		writer_base64(writer, bytes_from(buffer, 2));
		writer_text(writer, " ");
		writer_bytes(writer, field_rest(reader, &value));
		field_end(reader, value);
		writer_text(writer, "\n");
	} else {
		return false;
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct problem problem = {{0}, {0}, {0}};
	struct line_reader reader = line_reader_new(bytes_from(data, len), &problem);
	/* A line that fails may be written longer than it was read. */
	size_t capacity = 2 * len + 64;
	uint8_t *again = malloc(capacity);
	CHECK(again);
	struct writer writer = writer_new(again, capacity);

	line_header(&reader, "fuzz v1");
	writer_text(&writer, "fuzz v1\n");
	while (copy_line(&reader, &writer))
		;
	enum undersign_status status = line_end(&reader);
	CHECK(problem_is_set(&problem) == (status != UNDERSIGN_OK));
	if (status == UNDERSIGN_OK)
		CHECK(bytes_are_equal(writer_view(&writer), bytes_from(data, len)));
	free(again);
	return 0;
}
