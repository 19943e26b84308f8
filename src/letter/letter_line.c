#include "letter_line.h"

#include "roster.h"

void letter_line_vkey(struct line_reader *reader, const char *key, struct note_key *out)
{
	struct bytes value = line_value(reader, key);
	bool is_good = note_key_parse(out, value, NULL) == UNDERSIGN_OK;

	if (reader->has_failed || !is_good || out->type != NOTE_KEY_NOTE) {
		line_fail(reader,
			  "here must be a verifier key of a signer of notes, "
			  "`name+id+key` of type 1, as `key show` prints it",
			  value);
		*out = (struct note_key){0};
	}
}

struct bytes letter_line_name(struct line_reader *reader, struct bytes *value)
{
	struct bytes name = field_rest(reader, value);

	if (name.len > ROSTER_NAME_MAX) {
		line_fail(reader, "a name has at most 128 bytes", name);
		return bytes_from(NULL, 0);
	}
	return name;
}

size_t letter_line_count(const struct line_reader *reader, const char *key)
{
	struct line_reader ahead = *reader;
	size_t n = 0;

	ahead.problem = NULL;
	for (; line_is_next(&ahead, key); n++)
		(void)line_value(&ahead, key);
	return n;
}

void letter_line_write_vkey(struct writer *writer, const char *key, const struct note_key *vkey)
{
	writer_text(writer, key);
	writer_u8(writer, ' ');
	note_key_write(writer, vkey);
	writer_u8(writer, '\n');
}

void letter_line_write_decimal(struct writer *writer, const char *key, uint64_t value)
{
	writer_text(writer, key);
	writer_u8(writer, ' ');
	writer_decimal(writer, value);
	writer_u8(writer, '\n');
}

void letter_line_write_hex(struct writer *writer, const char *key, struct bytes bytes)
{
	writer_text(writer, key);
	writer_u8(writer, ' ');
	writer_hex(writer, bytes);
	writer_u8(writer, '\n');
}

void letter_line_write_base64(struct writer *writer, const char *key, struct bytes bytes)
{
	writer_text(writer, key);
	writer_u8(writer, ' ');
	writer_base64(writer, bytes);
	writer_u8(writer, '\n');
}
