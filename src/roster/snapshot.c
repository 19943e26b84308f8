#include "snapshot.h"

#include "encoding.h"
#include "memory.h"

#define HEADER "undersigned roster v1"

static const char *const persons_texts[] = {
	[SNAPSHOT_PERSONS_NONE] = "",
	[SNAPSHOT_PERSONS_PRINCIPAL] = "principal",
	[SNAPSHOT_PERSONS_COMMENT] = "comment",
	[SNAPSHOT_PERSONS_FILE] = "file",
	[SNAPSHOT_PERSONS_DECLARED] = "declared",
};
#define N_PERSONS (sizeof persons_texts / sizeof persons_texts[0])

static enum roster_class read_class(struct line_reader *reader)
{
	struct bytes value = line_value(reader, "class");

	if (bytes_are_equal(value, bytes_from_text("raw-key")))
		return ROSTER_RAW_KEY;
	if (!bytes_are_equal(value, bytes_from_text("enrolled")))
		line_fail(reader, "the class is `enrolled` or `raw-key`", value);
	return ROSTER_ENROLLED;
}

static enum snapshot_persons read_persons(struct line_reader *reader)
{
	struct bytes value = line_value(reader, "persons");

	for (size_t i = 1; i < N_PERSONS; i++) {
		if (bytes_are_equal(value, bytes_from_text(persons_texts[i])))
			return (enum snapshot_persons)i;
	}
	line_fail(reader,
		  "persons are told apart by `principal`, `comment` or `file`, or `declared`",
		  value);
	return SNAPSHOT_PERSONS_NONE;
}

static void read_archive(struct line_reader *reader, struct snapshot_record *out)
{
	struct bytes value = line_value(reader, "archive");
	uint8_t empty[SHA256_BYTES];

	out->archive_len = field_decimal(reader, &value, INT64_MAX);
	field_hex(reader, &value, out->archive_hash, sizeof out->archive_hash);
	field_end(reader, value);
	if (reader->has_failed || out->class_of_members != ROSTER_RAW_KEY)
		return;
	sha256(empty, bytes_from(NULL, 0));
	if (out->archive_len != 0 || memcmp(empty, out->archive_hash, sizeof empty) != 0)
		line_fail(reader, "a roster of raw keys has an empty archive", bytes_from(NULL, 0));
}

enum undersign_status snapshot_parse(struct snapshot_record *out, struct bytes text,
				     struct problem *problem)
{
	struct line_reader reader = roster_text_read(text, problem);
	enum undersign_status status;

	memset(out, 0, sizeof *out);
	line_header(&reader, HEADER);
	out->roster = roster_name_read(&reader, "roster");
	out->organisation = roster_name_read(&reader, "organisation");
	out->class_of_members = read_class(&reader);
	out->edition = roster_edition_read(&reader);
	out->date = roster_date_read(&reader, "date");
	out->source = line_value(&reader, "source");
	out->steward = line_value(&reader, "steward");
	if (out->class_of_members == ROSTER_RAW_KEY)
		out->persons = read_persons(&reader);
	else
		calendar_read(&reader, &out->calendar);
	out->members = (uint32_t)line_decimal(&reader, "members", ROSTER_MEMBERS_MAX);
	if (!reader.has_failed && out->members == 0)
		line_fail(&reader, "a snapshot has at least one member", bytes_from(NULL, 0));
	out->n_roots = out->class_of_members == ROSTER_RAW_KEY ? 1 : out->calendar.n;
	for (uint32_t i = 0; i < out->n_roots; i++)
		line_base64(&reader, "root", out->roots[i], sizeof out->roots[i]);
	read_archive(&reader, out);
	out->key = roster_key_read(&reader, "key");
	status = line_end(&reader);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

static void write_number_line(struct writer *writer, const char *key, uint64_t value)
{
	writer_text(writer, key);
	writer_u8(writer, ' ');
	writer_decimal(writer, value);
	writer_u8(writer, '\n');
}

static void write_record(struct writer *writer, const struct snapshot_record *record)
{
	uint8_t date[DATE_LEN];

	writer_text(writer, HEADER "\n");
	line_write(writer, "roster", record->roster);
	line_write(writer, "organisation", record->organisation);
	line_write(writer, "class", bytes_from_text(roster_class_text(record->class_of_members)));
	write_number_line(writer, "edition", record->edition);
	date_encode(date, record->date);
	line_write(writer, "date", bytes_from(date, sizeof date));
	line_write(writer, "source", record->source);
	line_write(writer, "steward", record->steward);
	if (record->class_of_members == ROSTER_RAW_KEY)
		line_write(writer, "persons", bytes_from_text(persons_texts[record->persons]));
	else
		calendar_write(writer, &record->calendar);
	write_number_line(writer, "members", record->members);
	for (uint32_t i = 0; i < record->n_roots; i++) {
		writer_text(writer, "root ");
		writer_base64(writer, bytes_from(record->roots[i], sizeof record->roots[i]));
		writer_u8(writer, '\n');
	}
	writer_text(writer, "archive ");
	writer_decimal(writer, record->archive_len);
	writer_u8(writer, ' ');
	writer_hex(writer, bytes_from(record->archive_hash, sizeof record->archive_hash));
	writer_text(writer, "\nkey ");
	note_key_write(writer, &record->key);
	writer_u8(writer, '\n');
}

enum undersign_status snapshot_write(struct writer *writer, const struct snapshot_record *record,
				     struct problem *problem)
{
	size_t start = writer->len;
	struct snapshot_record again;

	CHECK(record->persons < N_PERSONS && record->n_roots <= ROSTER_COLUMNS_MAX);
	write_record(writer, record);
	if (writer->has_overflowed)
		return UNDERSIGN_OK; /* it was only measured */
	return snapshot_parse(&again, bytes_part(writer_view(writer), start, writer->len - start),
			      problem);
}

enum undersign_status snapshot_open(struct snapshot_record *out, struct note *note,
				    struct bytes input, struct problem *problem)
{
	struct note_verdict verdict;
	enum undersign_status status = note_parse(note, input, problem);

	if (status == UNDERSIGN_OK)
		status = snapshot_parse(out, note->text, problem);
	if (status == UNDERSIGN_OK)
		status = note_verify(&verdict, note, &out->key, 1, NOTE_UNKNOWN_IGNORED, problem);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

void snapshot_id(uint8_t out[static SHA256_BYTES], struct bytes text)
{
	sha256(out, text);
}

enum undersign_status snapshot_check_same_edition(const struct snapshot_record *a,
						  const struct snapshot_record *b,
						  struct problem *problem)
{
	const char *different = NULL;
	struct bytes found = bytes_from(NULL, 0);

	if (!bytes_are_equal(a->roster, b->roster)) {
		different = "the roster's name differs:";
		found = b->roster;
	} else if (!bytes_are_equal(a->organisation, b->organisation)) {
		different = "the organisation differs:";
		found = b->organisation;
	} else if (a->class_of_members != b->class_of_members) {
		different = "the class differs:";
		found = bytes_from_text(roster_class_text(b->class_of_members));
	} else if (a->edition != b->edition) {
		different = "the edition's number differs";
	} else if (!calendar_is_equal(&a->calendar, &b->calendar)) {
		different = "the columns differ";
	} else if (!note_key_is_equal(&a->key, &b->key)) {
		different = "the steward's key differs:";
		found = b->key.name;
	}
	if (!different)
		return UNDERSIGN_OK;
	problem_rule(problem, "snapshots of one edition have the same roster, organisation, class, "
			      "edition, columns and key");
	problem_what(problem, different, found);
	return UNDERSIGN_E_CONFLICT;
}

bool snapshot_is_same_edition(const struct snapshot_record *a, const struct snapshot_record *b)
{
	return snapshot_check_same_edition(a, b, NULL) == UNDERSIGN_OK;
}

const uint8_t *snapshot_root(const struct snapshot_record *record, uint32_t column)
{
	if (record->class_of_members == ROSTER_RAW_KEY)
		return column == 0 ? record->roots[0] : NULL;
	return column >= 1 && column <= record->n_roots ? record->roots[column - 1] : NULL;
}
