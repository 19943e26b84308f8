#include "archive.h"

#include "note.h"
#include "roster.h"

struct archive_reader archive_read(struct bytes archive, struct problem *problem)
{
	return (struct archive_reader){.cursor = cursor_new(archive), .problem = problem};
}

static bool fail(struct archive_reader *reader, const char *rule, const char *what)
{
	reader->has_failed = true;
	problem_where_number(reader->problem, "entry", reader->n);
	problem_rule(reader->problem, rule);
	problem_what(reader->problem, what, bytes_from(NULL, 0));
	return false;
}

bool archive_next(struct archive_reader *reader, struct archive_entry *out)
{
	struct cursor *cursor = &reader->cursor;

	if (reader->has_failed || cursor_is_at_end(cursor))
		return false;
	uint32_t request_len = cursor_u32le(cursor);
	struct bytes request = cursor_take(cursor, request_len);
	uint32_t admission_len = cursor_u32le(cursor);
	struct bytes admission = cursor_take(cursor, admission_len);
	if (cursor->has_failed)
		return fail(reader,
			    "an entry of the archive is a request and an admission note, a length "
			    "before each",
			    "the archive ends before that");
	if (request_len == 0 || request_len > ROSTER_TEXT_MAX)
		return fail(reader, "a request has 1 to 65000 bytes", "the length is another");
	if (admission_len > NOTE_LEN_MAX)
		return fail(reader, "a note has at most 128 KiB", "the length is larger");
	bool is_repeated = admission_len == 0;
	if (is_repeated && reader->admission.len == 0)
		return fail(reader, "length 0 stands for the note of the entry before",
			    "there is no entry before");
	if (!is_repeated)
		reader->admission = admission;
	out->request = request;
	out->admission = reader->admission;
	out->is_admission_repeated = is_repeated;
	reader->n++;
	return true;
}

enum undersign_status archive_prefix_len(size_t *out, struct bytes archive, uint32_t n,
					 struct problem *problem)
{
	struct archive_reader reader = archive_read(archive, problem);
	struct archive_entry entry;

	*out = 0;
	for (uint32_t i = 0; i < n; i++) {
		if (archive_next(&reader, &entry))
			continue;
		if (!reader.has_failed)
			(void)fail(&reader, "the archive has one entry for each member",
				   "it ends before this one");
		return UNDERSIGN_E_FORMAT;
	}
	*out = reader.cursor.offset;
	return UNDERSIGN_OK;
}

void archive_write_entry(struct writer *writer, struct bytes request, struct bytes admission)
{
	CHECK(request.len <= ROSTER_TEXT_MAX && admission.len <= NOTE_LEN_MAX);
	writer_u32le(writer, (uint32_t)request.len);
	writer_bytes(writer, request);
	writer_u32le(writer, (uint32_t)admission.len);
	writer_bytes(writer, admission);
}
