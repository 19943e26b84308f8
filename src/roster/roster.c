#include "roster.h"

#include "encoding.h"
#include "status.h"

const char *roster_class_text(enum roster_class class_of_members)
{
	return class_of_members == ROSTER_ENROLLED ? "enrolled" : "raw-key";
}

struct bytes roster_name_read(struct line_reader *reader, const char *key)
{
	struct bytes name = line_value(reader, key);

	if (name.len <= ROSTER_NAME_MAX)
		return name;
	line_fail(reader, "a name has at most 128 bytes", name);
	return bytes_from(NULL, 0);
}

uint32_t roster_edition_read(struct line_reader *reader)
{
	const uint32_t edition = (uint32_t)line_decimal(reader, "edition", ROSTER_EDITION_MAX);

	if (!reader->has_failed && edition == 0)
		line_fail(reader, "editions are counted from 1", bytes_from(NULL, 0));
	return edition;
}

void roster_edition_write(struct writer *writer, uint32_t edition)
{
	writer_text(writer, "edition ");
	writer_decimal(writer, edition);
	writer_text(writer, "\n");
}

uint64_t roster_date_read(struct line_reader *reader, const char *key)
{
	struct bytes value = line_value(reader, key);
	uint64_t seconds = 0;

	if (!reader->has_failed && date_decode(&seconds, value) != UNDERSIGN_OK)
		line_fail(reader, "a date is YYYY-MM-DD, from 1970 to 9999", value);
	return seconds;
}

struct note_key roster_key_read(struct line_reader *reader, const char *key)
{
	struct bytes value = line_value(reader, key);
	struct problem problem = {0};
	struct note_key parsed = {0};
	struct note_key none = {0};

	if (reader->has_failed)
		return none;
	if (note_key_parse(&parsed, value, &problem) != UNDERSIGN_OK) {
		line_fail(reader, problem.rule, value);
		return none;
	}
	if (parsed.type != NOTE_KEY_NOTE) {
		line_fail(reader, "the key must be one that signs notes (type 1)", value);
		return none;
	}
	return parsed;
}

struct line_reader roster_text_read(struct bytes text, struct problem *problem)
{
	struct line_reader reader = {.problem = problem, .has_failed = true};

	if (text.len <= ROSTER_TEXT_MAX)
		return line_reader_new(text, problem);
	problem_where(problem, "the text", bytes_from(NULL, 0));
	problem_rule_number(problem, "a text has at most {1} bytes", ROSTER_TEXT_MAX);
	problem_what_numbers(problem, "it has {1} of {2}", text.len, ROSTER_TEXT_MAX);
	return reader;
}
