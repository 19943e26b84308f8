#include "envelope.h"

#include "memory.h"

enum undersign_status envelope_write(uint8_t out[static ENVELOPE_BYTES], struct bytes content)
{
	struct writer writer = writer_new(out, ENVELOPE_BYTES);

	memset(out, 0, ENVELOPE_BYTES);
	if (content.len == 0 || content.len > ENVELOPE_CONTENT_MAX)
		return UNDERSIGN_E_LIMIT;
	writer_u16le(&writer, (uint16_t)content.len);
	writer_bytes(&writer, content);
	return UNDERSIGN_OK;
}

static enum undersign_status fail(struct problem *problem, enum undersign_status status,
				  const char *rule, const char *what)
{
	problem_where(problem, "envelope", bytes_from(NULL, 0));
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return status;
}

enum undersign_status envelope_open(struct bytes *out, struct bytes input, struct problem *problem)
{
	struct cursor cursor = cursor_new(input);
	uint8_t any = 0;

	*out = bytes_from(NULL, 0);
	if (input.len != ENVELOPE_BYTES)
		return fail(problem, UNDERSIGN_E_LIMIT, "an envelope has 16,384 bytes",
			    "it has another length");
	const size_t len = cursor_u16le(&cursor);
	const struct bytes content = cursor_take(&cursor, len);
	if (len == 0 || cursor.has_failed)
		return fail(problem, UNDERSIGN_E_FORMAT, "an envelope's length is from 1 to 16,382",
			    "it is not");
	const struct bytes rest = cursor.rest;
	for (size_t i = 0; i < rest.len; i++)
		any |= rest.data[i];
	if (any != 0)
		return fail(problem, UNDERSIGN_E_FORMAT, "an envelope is filled up with zeros",
			    "other bytes stand there");
	*out = content;
	return UNDERSIGN_OK;
}
