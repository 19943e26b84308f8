#include "roster_fixed.h"

#include "line.h"
#include "note.h"
#include "roster.h"

#include <string.h>

static const char *const persons_texts[] = {
	[SNAPSHOT_PERSONS_NONE] = "",
	[SNAPSHOT_PERSONS_PRINCIPAL] = "principal",
	[SNAPSHOT_PERSONS_COMMENT] = "comment",
	[SNAPSHOT_PERSONS_FILE] = "file",
	[SNAPSHOT_PERSONS_DECLARED] = "declared",
};
#define N_PERSONS (sizeof(persons_texts) / sizeof(persons_texts[0]))

static void read_class(struct line_reader *reader, struct snapshot_record *out)
{
	struct bytes value = line_value(reader, "class");
	out->class_of_members = ROSTER_ENROLLED;
	if (bytes_are_equal(value, bytes_from_text("raw-key")))
		out->class_of_members = ROSTER_RAW_KEY;
	else if (!bytes_are_equal(value, bytes_from_text("enrolled")))
		line_fail(reader, "the class is `enrolled` or `raw-key`", value);
}

static void read_persons(struct line_reader *reader, struct snapshot_record *out)
{
	if (!line_is_next(reader, "persons"))
		return;
	struct bytes value = line_value(reader, "persons");
	for (size_t i = 1; i < N_PERSONS; i++) {
		if (bytes_are_equal(value, bytes_from_text(persons_texts[i])))
			out->persons = (enum snapshot_persons)i;
	}
	if (out->persons == SNAPSHOT_PERSONS_NONE)
		line_fail(reader, "persons are `principal`, `comment`, `file` or `declared`",
			  value);
}

enum undersign_status roster_fixed_parse(struct snapshot_record *out, struct bytes text,
					 struct problem *problem)
{
	struct line_reader reader = roster_text_read(text, problem);
	memset(out, 0, sizeof(*out));
	line_header(&reader, ROSTER_FIXED_HEADER);
	out->roster = roster_name_read(&reader, "roster");
	out->organisation = roster_name_read(&reader, "organisation");
	read_class(&reader, out);
	out->edition = roster_edition_read(&reader);
	out->source = line_value(&reader, "source");
	out->steward = line_value(&reader, "steward");
	if (out->class_of_members == ROSTER_RAW_KEY)
		read_persons(&reader, out);
	else
		calendar_read(&reader, &out->calendar);
	out->key = roster_key_read(&reader, "key");
	enum undersign_status status = line_end(&reader);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof(*out));
	return status;
}

enum undersign_status roster_fixed_write(struct writer *writer, const struct snapshot_record *fixed,
					 struct problem *problem)
{
	writer_text(writer, ROSTER_FIXED_HEADER "\n");
	line_write(writer, "roster", fixed->roster);
	line_write(writer, "organisation", fixed->organisation);
	line_write(writer, "class", bytes_from_text(roster_class_text(fixed->class_of_members)));
	roster_edition_write(writer, fixed->edition);
	line_write(writer, "source", fixed->source);
	line_write(writer, "steward", fixed->steward);
	if (fixed->class_of_members == ROSTER_ENROLLED)
		calendar_write(writer, &fixed->calendar);
	else if (fixed->persons != SNAPSHOT_PERSONS_NONE)
		line_write(writer, "persons", bytes_from_text(persons_texts[fixed->persons]));
	writer_text(writer, "key ");
	note_key_write(writer, &fixed->key);
	writer_text(writer, "\n");
	struct snapshot_record again;
	if (writer->has_overflowed) {
		problem_rule(problem, "a roster's texts have at most 65,000 bytes");
		return UNDERSIGN_E_LIMIT;
	}
	return roster_fixed_parse(&again, writer_view(writer), problem);
}
