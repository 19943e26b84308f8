#include "kit_record.h"

#include "encoding.h"
#include "letter_line.h"
#include "line.h"
#include "memory.h"

#define HEADER "undersigned kit v1"

bool kit_record_is(struct bytes note)
{
	return bytes_begin_with(note, bytes_from_text(HEADER "\n"));
}

static enum undersign_status parse(struct kit_record *out, struct bytes text,
				   struct problem *problem)
{
	struct line_reader reader = line_reader_new(text, problem);

	line_header(&reader, HEADER);
	letter_line_vkey(&reader, "log", &out->log);
	out->version = line_value(&reader, "version");
	if (!reader.has_failed && out->version.len > KIT_RECORD_VERSION)
		line_fail(&reader, "a version has at most 128 bytes", bytes_from(NULL, 0));
	struct bytes file = line_value(&reader, "file");
	out->length = field_decimal(&reader, &file, KIT_FILE_MAX);
	field_hex(&reader, &file, out->sha256, sizeof out->sha256);
	field_end(&reader, file);
	return line_end(&reader);
}

enum undersign_status kit_record_open(struct kit_record *out, const struct note *note,
				      const struct note_key *log, struct problem *problem)
{
	struct note_verdict verdict;

	memset(out, 0, sizeof *out);
	enum undersign_status status = parse(out, note->text, problem);
	if (status == UNDERSIGN_OK && !note_key_is_equal(&out->log, log)) {
		problem_where(problem, "the kit's record", bytes_from(NULL, 0));
		problem_rule(problem, "a kit's record names the log in which it stands");
		problem_what(problem, "it names another log:", out->log.name);
		status = UNDERSIGN_E_INVALID;
	}
	if (status == UNDERSIGN_OK)
		status = note_verify(&verdict, note, log, 1, NOTE_UNKNOWN_REFUSED, problem);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

void kit_record_write(struct writer *writer, const struct kit_record *record)
{
	writer_text(writer, HEADER "\n");
	letter_line_write_vkey(writer, "log", &record->log);
	line_write(writer, "version", record->version);
	writer_text(writer, "file ");
	writer_decimal(writer, record->length);
	writer_text(writer, " ");
	writer_hex(writer, bytes_from(record->sha256, sizeof record->sha256));
	writer_text(writer, "\n");
}
