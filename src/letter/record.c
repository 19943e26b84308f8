#include "record.h"

#include "encoding.h"
#include "letter_line.h"

#define DAY 86400

static const char *const headers[] = {
	[RECORD_LOG] = "undersigned log v1",       [RECORD_ROSTER] = "undersigned roster v1",
	[RECORD_LETTER] = "undersigned letter v1", [RECORD_OPEN] = "undersigned open v1",
	[RECORD_EXTEND] = "undersigned extend v1", [RECORD_CLOSE] = "undersigned close v1",
};

enum record_kind record_kind_of(struct bytes note)
{
	size_t len = 0;

	while (len < note.len && note.data[len] != '\n')
		len++;
	struct bytes line = bytes_part(note, 0, len);
	for (int kind = RECORD_LOG; kind < RECORD_OTHER; kind++)
		if (bytes_are_equal(line, bytes_from_text(headers[kind])))
			return (enum record_kind)kind;
	return RECORD_OTHER;
}

void record_id(uint8_t out[static SHA256_BYTES], struct bytes text)
{
	sha256(out, text);
}

static void write_header(struct writer *writer, enum record_kind kind)
{
	writer_text(writer, headers[kind]);
	writer_u8(writer, '\n');
}

static bool has_whole_days(const struct record_log *record)
{
	return record->epoch_seconds % DAY == 0;
}

enum undersign_status record_log_parse(struct record_log *out, struct bytes text,
				       struct problem *problem)
{
	struct line_reader reader = roster_text_read(text, problem);

	*out = (struct record_log){0};
	line_header(&reader, headers[RECORD_LOG]);
	letter_line_vkey(&reader, "log", &out->log);
	out->epoch_seconds = line_decimal(&reader, "epoch-seconds", RECORD_EPOCH_SECONDS_MAX);
	if (out->epoch_seconds == 0)
		line_fail(&reader, "an epoch has at least one second", bytes_from(NULL, 0));
	struct bytes begins = line_value(&reader, "begins");
	if (has_whole_days(out)) {
		if (date_decode(&out->begins, begins) != UNDERSIGN_OK)
			line_fail(&reader,
				  "where epochs are whole days, the log begins on a date: "
				  "YYYY-MM-DD",
				  begins);
	} else if (date_time_decode(&out->begins, begins) != UNDERSIGN_OK) {
		line_fail(&reader,
			  "where epochs are not whole days, the log begins at a time: "
			  "YYYY-MM-DDThh:mm:ssZ",
			  begins);
	}
	if (!reader.has_failed && out->begins % out->epoch_seconds != 0)
		line_fail(&reader, "the log begins a whole number of epochs after 1970", begins);
	enum undersign_status status = line_end(&reader);
	if (status != UNDERSIGN_OK)
		*out = (struct record_log){0};
	return status;
}

void record_log_write(struct writer *writer, const struct record_log *record)
{
	CHECK(record->epoch_seconds > 0 && record->epoch_seconds <= RECORD_EPOCH_SECONDS_MAX &&
	      record->begins % record->epoch_seconds == 0);
	write_header(writer, RECORD_LOG);
	letter_line_write_vkey(writer, "log", &record->log);
	letter_line_write_decimal(writer, "epoch-seconds", record->epoch_seconds);
	writer_text(writer, "begins ");
	record_log_date_write(writer, record, record->begins);
	writer_u8(writer, '\n');
}

enum undersign_status record_log_instant(uint64_t *out_seconds, const struct record_log *record,
					 uint64_t epoch)
{
	*out_seconds = 0;
	if (epoch > (DATE_MAX_SECONDS - record->begins) / record->epoch_seconds)
		return UNDERSIGN_E_LIMIT;
	*out_seconds = record->begins + epoch * record->epoch_seconds;
	return UNDERSIGN_OK;
}

void record_log_date_write(struct writer *writer, const struct record_log *record, uint64_t seconds)
{
	uint8_t text[DATE_TIME_LEN];

	if (has_whole_days(record))
		date_encode(text, seconds);
	else
		date_time_encode(text, seconds);
	writer_put(writer, text, has_whole_days(record) ? DATE_LEN : DATE_TIME_LEN);
}

/* What open, extend and close begin with. */
static struct line_reader begin(enum record_kind kind, struct bytes text,
				uint8_t letter[static HASH_BYTES], struct problem *problem)
{
	struct line_reader reader = roster_text_read(text, problem);

	line_header(&reader, headers[kind]);
	line_hex(&reader, "letter", letter, HASH_BYTES);
	return reader;
}

static void write_begin(struct writer *writer, enum record_kind kind,
			const uint8_t letter[static HASH_BYTES])
{
	write_header(writer, kind);
	letter_line_write_hex(writer, "letter", bytes_from(letter, HASH_BYTES));
}

enum undersign_status record_open_parse(struct record_open *out, struct bytes text,
					struct problem *problem)
{
	struct line_reader reader = begin(RECORD_OPEN, text, out->letter, problem);
	enum undersign_status status = line_end(&reader);

	if (status != UNDERSIGN_OK)
		*out = (struct record_open){0};
	return status;
}

void record_open_write(struct writer *writer, const struct record_open *record)
{
	write_begin(writer, RECORD_OPEN, record->letter);
}

static void parse_extend_roster(struct line_reader *reader, struct record_extend_roster *out)
{
	struct bytes value = line_value(reader, "roster");

	field_base64(reader, &value, out->record, sizeof out->record);
	out->members = field_decimal(reader, &value, ROSTER_MEMBERS_MAX);
	if (out->members == 0)
		line_fail(reader, "a roster has at least one member", value);
	out->name = letter_line_name(reader, &value);
}

enum undersign_status record_extend_parse(struct record_extend *out, struct bytes text,
					  struct arena *arena, struct problem *problem)
{
	struct line_reader reader = begin(RECORD_EXTEND, text, out->letter, problem);

	out->version = (uint32_t)line_decimal(&reader, "version", RECORD_VERSION_MAX);
	if (out->version == 0)
		line_fail(&reader, "extensions are numbered from 1", bytes_from(NULL, 0));
	out->n_rosters = letter_line_count(&reader, "roster");
	if (out->n_rosters == 0)
		(void)line_value(&reader, "roster");
	if (out->n_rosters > MANIFEST_ROSTERS_MAX)
		line_fail(&reader, "a letter has at most 1000 rosters", bytes_from(NULL, 0));
	struct record_extend_roster *rosters =
		reader.has_failed ? NULL
				  : ARENA_TAKE(arena, struct record_extend_roster, out->n_rosters);
	out->rosters = rosters;
	if (!reader.has_failed && !rosters) {
		*out = (struct record_extend){0};
		return UNDERSIGN_E_MEMORY;
	}
	for (size_t i = 0; i < out->n_rosters && !reader.has_failed; i++)
		parse_extend_roster(&reader, &rosters[i]);
	enum undersign_status status = line_end(&reader);
	if (status != UNDERSIGN_OK)
		*out = (struct record_extend){0};
	return status;
}

void record_extend_write(struct writer *writer, const struct record_extend *record)
{
	write_begin(writer, RECORD_EXTEND, record->letter);
	letter_line_write_decimal(writer, "version", record->version);
	for (size_t i = 0; i < record->n_rosters; i++) {
		const struct record_extend_roster *roster = &record->rosters[i];

		writer_text(writer, "roster ");
		writer_base64(writer, bytes_from(roster->record, sizeof roster->record));
		writer_u8(writer, ' ');
		writer_decimal(writer, roster->members);
		writer_u8(writer, ' ');
		writer_bytes(writer, roster->name);
		writer_u8(writer, '\n');
	}
}

enum undersign_status record_extend_check(const struct record_extend *record,
					  const struct manifest *manifest, struct problem *problem)
{
	size_t i = 0;

	while (i < record->n_rosters && i < manifest->n_rosters &&
	       bytes_are_equal(record->rosters[i].name, manifest->rosters[i].name))
		i++;
	if (i == manifest->n_rosters && i == record->n_rosters)
		return UNDERSIGN_OK;
	problem_where_number(problem, "roster", (uint64_t)i + 1);
	problem_inside(problem, "extension", bytes_from(NULL, 0));
	problem_rule(problem,
		     "an extension names all rosters of the letter's manifest, in its order");
	if (i == record->n_rosters)
		problem_what(problem, "missing:", manifest->rosters[i].name);
	else
		problem_what(problem, "found", record->rosters[i].name);
	return UNDERSIGN_E_INVALID;
}

enum undersign_status record_close_parse(struct record_close *out, struct bytes text,
					 struct problem *problem)
{
	struct line_reader reader = begin(RECORD_CLOSE, text, out->letter, problem);

	out->epoch = line_decimal(&reader, "epoch", RECORD_EPOCH_MAX);
	enum undersign_status status = line_end(&reader);
	if (status != UNDERSIGN_OK)
		*out = (struct record_close){0};
	return status;
}

void record_close_write(struct writer *writer, const struct record_close *record)
{
	write_begin(writer, RECORD_CLOSE, record->letter);
	letter_line_write_decimal(writer, "epoch", record->epoch);
}
