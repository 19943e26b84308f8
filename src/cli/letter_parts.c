#include "letter_verbs.h"

#include "cli.h"
#include "encoding.h"
#include "points.h"

#include <stdio.h>
#include <string.h>

#define LOG_NOTE_MAX ((size_t)128 * 1024)

enum undersign_status letter_roster_open(struct letter_roster *out, const char *path,
					 struct problem *problem)
{
	struct roster_folder_note *notes = NULL;
	struct note note;
	size_t n = 0;

	memset(out, 0, sizeof *out);
	enum undersign_status status = roster_folder_open(&out->folder, path, false, problem);
	if (status == UNDERSIGN_OK)
		status = roster_folder_notes(&notes, &n, &out->folder, problem);
	for (size_t i = 0; i < n && status == UNDERSIGN_OK; i++) {
		struct snapshot_record record;
		status = snapshot_open(&record, &note, notes[i].note, problem);
		if (status == UNDERSIGN_OK && record.members > out->record.members) {
			out->record = record;
			out->note = notes[i].note;
			snapshot_id(out->id, note.text);
		}
	}
	if (status == UNDERSIGN_OK && out->record.members == 0) {
		problem_rule(problem, "a letter names a signed snapshot of a roster");
		problem_what(problem, "there is none yet: undersign roster snapshot makes one",
			     bytes_from(NULL, 0));
		status = UNDERSIGN_E_MISSING;
	}
	if (status != UNDERSIGN_OK)
		problem_inside(problem, "folder", bytes_from_text(path));
	return status;
}

enum undersign_status letter_roster_take(struct letter_roster *roster, uint32_t column,
					 struct arena *arena, struct problem *problem)
{
	const bool is_raw = roster->record.class_of_members == ROSTER_RAW_KEY;
	const uint32_t list = is_raw ? 0 : column - 1;
	struct points points;
	struct points_reader reader;
	struct entry entry;

	if (list >= roster->folder.n_points)
		return UNDERSIGN_E_MISSING;
	enum undersign_status status =
		points_parse(&points, file_content_view(&roster->folder.points[list]), problem);
	if (status != UNDERSIGN_OK)
		return status;
	const uint32_t n = roster->record.members;
	if (points.n < n) {
		problem_rule(problem, "a roster's folder has the entries that its steward signed");
		problem_what_numbers(problem, "it has {1} of {2}", points.n, n);
		return UNDERSIGN_E_INVALID;
	}
	const size_t len = POINTS_HEADER_LEN + points_prefix_len(&points, n);
	uint8_t *data = ARENA_TAKE(arena, uint8_t, len);
	if (!data)
		return UNDERSIGN_E_MEMORY;
	struct writer writer = writer_new(data, len);
	points_write_header(&writer, points.class_of_members, n);
	reader = points_read(&points);
	for (uint32_t i = 0; i < n && points_next(&reader, &entry); i++)
		points_write_entry(&writer, &entry);
	roster->points = writer_view(&writer);
	roster->column = column;
	return UNDERSIGN_OK;
}

void letter_roster_close(struct letter_roster *roster)
{
	roster_folder_close(&roster->folder);
}

enum undersign_status letter_sign(struct bytes *out, struct bytes text, struct signer *signer,
				  struct arena *arena, struct problem *problem)
{
	const size_t capacity = text.len + 1 + NOTE_SIGNATURE_LINE_MAX;
	const struct note_signer note_signer = signer_note_signer(signer);
	uint8_t *data = ARENA_TAKE(arena, uint8_t, capacity);

	if (!data)
		return UNDERSIGN_E_MEMORY;
	struct writer writer = writer_new(data, capacity);
	enum undersign_status status = note_sign(&writer, text, &note_signer, 1);
	if (status == UNDERSIGN_OK && writer.len > ROSTER_TEXT_MAX) {
		problem_rule(problem, "a record has at most 65,000 bytes");
		problem_what_numbers(problem, "it has {1} of {2}", writer.len, ROSTER_TEXT_MAX);
		status = UNDERSIGN_E_LIMIT;
	}
	if (status == UNDERSIGN_OK)
		*out = writer_view(&writer);
	return status;
}

enum undersign_status letter_read_log(struct record_log *out, const char *desk, struct arena *arena,
				      struct problem *problem)
{
	struct file_content content;
	struct note note;
	struct note_verdict verdict;
	char path[4096];

	snprintf(path, sizeof path, "%s/log.note", desk);
	enum undersign_status status = cli_read(&content, path, LOG_NOTE_MAX, FILE_PUBLIC, problem);
	if (status != UNDERSIGN_OK)
		return status;
	const struct bytes copy = arena_copy(arena, file_content_view(&content));
	file_content_free(&content);
	if (!copy.data)
		return UNDERSIGN_E_MEMORY;
	status = note_parse(&note, copy, problem);
	if (status == UNDERSIGN_OK)
		status = record_log_parse(out, note.text, problem);
	if (status == UNDERSIGN_OK)
		status = note_verify(&verdict, &note, &out->log, 1, NOTE_UNKNOWN_REFUSED, problem);
	if (status != UNDERSIGN_OK)
		problem_inside(problem, "file", bytes_from_text(path));
	return status;
}

enum undersign_status letter_read_epoch(uint64_t *out, const char *option, const char *text,
					const struct record_log *log, struct problem *problem)
{
	const struct bytes typed = bytes_from_text(text);
	uint64_t seconds;

	if (decimal_decode(out, typed, RECORD_EPOCH_MAX) == UNDERSIGN_OK)
		return UNDERSIGN_OK;
	if (date_decode(&seconds, typed) == UNDERSIGN_OK && seconds >= log->begins) {
		*out = (seconds - log->begins + log->epoch_seconds - 1) / log->epoch_seconds;
		return UNDERSIGN_OK;
	}
	problem_where(problem, "option", bytes_from_text(option));
	problem_rule(problem, "an epoch's number, or a day (YYYY-MM-DD) since the log begins");
	problem_what(problem, "", typed);
	return UNDERSIGN_E_USAGE;
}
