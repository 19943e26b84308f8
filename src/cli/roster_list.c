#include "archive.h"
#include "cli.h"
#include "encoding.h"
#include "enrolment.h"
#include "points.h"
#include "roster_folder.h"
#include "roster_verbs.h"

/* What is known of an entry beside its point. */
struct listed {
	uint32_t number;
	struct entry entry;
	bool is_admitted; /* class enrolled */
	uint8_t fingerprint[SHA256_BYTES];
	uint64_t date; /* of its admission; 0 unknown */
};

static json_t *listed_json(const struct listed *listed)
{
	uint8_t source[44];
	struct writer writer = writer_new(source, sizeof(source));
	writer_base64(&writer, bytes_from(listed->entry.source, POINT_BYTES));
	json_t *row = json_pack("{s:I, s:o, s:o}", "entry", (json_int_t)listed->number, "source",
				output_json_text(writer_view(&writer)), "meta",
				output_json_hex(listed->entry.meta));
	if (row && listed->is_admitted) {
		json_object_set_new(row, "request",
				    output_json_hex(bytes_from(listed->fingerprint, SHA256_BYTES)));
		json_object_set_new(row, "admitted", output_json_date(listed->date));
	}
	return row;
}

static void print_listed(const struct listed *listed)
{
	uint8_t text[2 * SHA256_BYTES + DATE_LEN + 128];
	struct writer writer = writer_new(text, sizeof(text));
	writer_decimal(&writer, listed->number);
	writer_u8(&writer, ' ');
	writer_base64(&writer, bytes_from(listed->entry.source, POINT_BYTES));
	writer_u8(&writer, ' ');
	if (listed->entry.meta.len > 0)
		writer_hex(&writer, listed->entry.meta);
	else
		writer_u8(&writer, '-');
	if (listed->is_admitted) {
		uint8_t date[DATE_LEN];
		date_encode(date, listed->date);
		writer_u8(&writer, ' ');
		writer_bytes(&writer, bytes_from(date, sizeof(date)));
		writer_u8(&writer, ' ');
		writer_hex(&writer, bytes_from(listed->fingerprint, SHA256_BYTES));
	}
	output_text(writer_view(&writer));
	putchar('\n');
}

/* Rows is NULL for text. */
static enum undersign_status list_entries(struct roster_folder *folder, json_t *rows,
					  struct problem *problem)
{
	struct points points;
	enum undersign_status status =
		points_parse(&points, file_content_view(&folder->points[0]), problem);
	if (status != UNDERSIGN_OK)
		return status;
	struct points_reader reader = points_read(&points);
	struct archive_reader archive = archive_read(file_content_view(&folder->archive), problem);
	struct archive_entry archived = {0};
	struct listed listed = {0};
	for (uint32_t i = 0; i < folder->edition.n && points_next(&reader, &listed.entry); i++) {
		listed.number = i;
		listed.is_admitted = archive_next(&archive, &archived);
		if (listed.is_admitted)
			enrolment_fingerprint(listed.fingerprint, archived.request);
		if (listed.is_admitted && !archived.is_admission_repeated) {
			struct admission admission;
			status = admission_open(&admission, archived.admission, problem);
			if (status != UNDERSIGN_OK)
				return status;
			listed.date = admission.date;
		}
		if (rows)
			json_array_append_new(rows, listed_json(&listed));
		else
			print_listed(&listed);
	}
	return UNDERSIGN_OK;
}

static json_t *fixed_json(const struct roster_folder *folder, json_t *rows)
{
	const struct snapshot_record *fixed = &folder->fixed;
	json_t *columns = json_array();
	for (uint32_t c = 0; c < fixed->calendar.n; c++) {
		const struct calendar_column *column = &fixed->calendar.columns[c];
		json_array_append_new(columns,
				      json_pack("{s:I, s:o, s:o, s:o}", "column", (json_int_t)c + 1,
						"from", output_json_date(column->from), "until",
						output_json_date(column->until), "burn",
						output_json_date(column->burn)));
	}
	return json_pack("{s:o, s:o, s:s, s:I, s:o, s:o, s:o, s:o}", "roster",
			 output_json_text(fixed->roster), "organisation",
			 output_json_text(fixed->organisation), "class",
			 roster_class_text(fixed->class_of_members), "edition",
			 (json_int_t)fixed->edition, "source", output_json_text(fixed->source),
			 "steward", output_json_text(fixed->steward), "columns", columns, "entries",
			 rows);
}

int roster_list(int argc, char **argv)
{
	bool is_json = false;
	const struct option options[] = {
		{.name = "--json", .about = "everything as JSON", .flag = &is_json},
	};
	const struct options_form form = {
		.usage = "undersign roster list FOLDER [--json]",
		.about = "Shows the entries, one a line: number (from 0), commitment of the first "
			 "column or public key, meta in hexadecimal or \"-\"; for enrolled members "
			 "also the date of admission and the request's fingerprint.",
		.options = options,
		.n_options = 1,
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	struct problem problem = {0};
	struct roster_folder folder;
	json_t *rows = NULL;
	enum undersign_status status = roster_folder_open(&folder, operands.at[0], false, &problem);
	if (status == UNDERSIGN_OK)
		status = roster_folder_load(&folder, &problem);
	if (status == UNDERSIGN_OK && is_json) {
		rows = json_array();
		if (!rows)
			status = UNDERSIGN_E_MEMORY;
	}
	if (status == UNDERSIGN_OK)
		status = list_entries(&folder, rows, &problem);
	code = CLI_YES;
	if (status != UNDERSIGN_OK) {
		json_decref(rows);
		code = talk_refuse(status, "This roster cannot be listed.", &problem,
				   "see undersign roster audit");
	} else if (is_json) {
		output_json(fixed_json(&folder, rows));
	} else {
		const struct snapshot_record *fixed = &folder.fixed;
		talk_paragraph("%.*s, edition %u: %u entries, class %s.", (int)fixed->roster.len,
			       (const char *)fixed->roster.data, (unsigned)fixed->edition,
			       (unsigned)folder.edition.n,
			       roster_class_text(fixed->class_of_members));
	}
	roster_folder_close(&folder);
	return code;
}
