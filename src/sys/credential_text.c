#include "credential_file.h"

#include "ct.h"
#include "encoding.h"
#include "line.h"
#include "secret.h"

#include <string.h>

struct credential *credential_new(void)
{
	return secret_take(sizeof(struct credential));
}

void credential_free(struct credential *credential)
{
	secret_free(credential);
}

static bool parse_date(uint64_t *out, struct line_reader *reader, struct bytes *value)
{
	struct bytes field = field_take(reader, value);

	*out = 0;
	if (reader->has_failed)
		return false;
	if (date_decode(out, field) == UNDERSIGN_OK)
		return true;
	line_fail(reader, "a date is written YYYY-MM-DD", field);
	return false;
}

static void parse_meta(struct credential *out, struct line_reader *reader)
{
	if (!line_is_next(reader, "meta"))
		return;
	struct bytes hex = line_value(reader, "meta");
	if (reader->has_failed)
		return;
	out->meta_len = hex.len / 2;
	if (hex.len > 2 * sizeof out->meta || hex.len % 2 != 0 ||
	    hex_decode(out->meta, out->meta_len, hex) != UNDERSIGN_OK)
		line_fail(reader, "meta is 1 to 32 bytes in lower-case hexadecimal", hex);
}

/* The texts of problems would show part of a secret: fields that hold one are never quoted. */
static void parse_secret(struct credential_column *column, struct line_reader *reader,
			 struct bytes field, bool is_sealed)
{
	size_t len = is_sealed ? CREDENTIAL_SEALED_BYTES : UNDERSIGN_SECRET_BYTES;

	if (reader->has_failed)
		return;
	if (bytes_are_equal(field, bytes_from_text("burnt"))) {
		column->state = CREDENTIAL_BURNT;
		return;
	}
	column->state = is_sealed ? CREDENTIAL_SEALED : CREDENTIAL_OPEN;
	if (base64_decode_exactly(column->secret, len, field) != UNDERSIGN_OK)
		line_fail(reader,
			  is_sealed ? "a sealed secret is 200 bytes in base64, or `burnt`"
				    : "a secret is 160 bytes in base64, or `burnt`",
			  bytes_from(NULL, 0));
}

static void parse_column(struct credential *out, struct line_reader *reader)
{
	struct bytes value = line_value(reader, "column");
	uint32_t index = out->n_columns;

	if (reader->has_failed)
		return;
	if (index == UNDERSIGN_COLUMNS_MAX) {
		line_fail(reader, "a credential has at most 16 columns", bytes_from(NULL, 0));
		return;
	}
	struct credential_column *column = &out->columns[index];
	uint64_t number = field_decimal(reader, &value, UNDERSIGN_COLUMNS_MAX);
	if (parse_date(&column->from, reader, &value) &&
	    parse_date(&column->until, reader, &value) && parse_date(&column->burn, reader, &value))
		parse_secret(column, reader, field_take(reader, &value), out->seal.is_sealed);
	field_end(reader, value.len > 0 ? bytes_from("more", 4) : value);
	if (reader->has_failed)
		return;
	uint64_t earliest = index > 0 ? out->columns[index - 1].until + 1 : 0;
	if (number != (uint64_t)index + 1)
		line_fail(reader, "columns are numbered from 1 without gaps", bytes_from(NULL, 0));
	else if (column->from < earliest || column->until < column->from ||
		 column->burn <= column->until)
		line_fail(
			reader,
			"columns are in order of time: a period begins after the one before, ends "
			"after it began, and is burnt after it ended",
			bytes_from(NULL, 0));
	out->n_columns++;
}

enum undersign_status credential_parse(struct credential *out, struct bytes text,
				       struct problem *problem)
{
	wipe(out, sizeof *out);
	if (text.len > CREDENTIAL_TEXT_MAX) {
		problem_where(problem, "the text", bytes_from(NULL, 0));
		problem_rule_number(problem, "a credential has at most {1} bytes",
				    CREDENTIAL_TEXT_MAX);
		problem_what(problem, "it is longer", bytes_from(NULL, 0));
		return UNDERSIGN_E_FORMAT;
	}
	struct line_reader reader = line_reader_new(text, problem);
	line_header(&reader, "undersigned credential v1");
	struct bytes name = line_value(&reader, "roster");
	if (name.len > sizeof out->name)
		line_fail(&reader, "a name has at most 128 bytes", bytes_from(NULL, 0));
	else if (name.len > 0)
		memcpy(out->name, name.data, name.len);
	out->name_len = name.len;
	out->edition = (uint32_t)line_decimal(&reader, "edition", UINT32_MAX);
	if (!reader.has_failed && out->edition == 0)
		line_fail(&reader, "editions are numbered from 1", bytes_from(NULL, 0));
	parse_meta(out, &reader);
	secret_seal_parse(&out->seal, &reader);
	do
		parse_column(out, &reader);
	while (line_is_next(&reader, "column"));
	enum undersign_status status = line_end(&reader);
	if (status != UNDERSIGN_OK)
		wipe(out, sizeof *out);
	return status;
}

static void write_date(struct writer *writer, uint64_t seconds)
{
	uint8_t date[DATE_LEN];

	date_encode(date, seconds);
	writer_put(writer, date, sizeof date);
	writer_u8(writer, ' ');
}

static void write_column(struct writer *writer, uint32_t number,
			 const struct credential_column *column)
{
	writer_text(writer, "column ");
	writer_decimal(writer, number);
	writer_u8(writer, ' ');
	write_date(writer, column->from);
	write_date(writer, column->until);
	write_date(writer, column->burn);
	if (column->state == CREDENTIAL_BURNT)
		writer_text(writer, "burnt");
	else
		writer_base64(writer, bytes_from(column->secret, column->state == CREDENTIAL_SEALED
									 ? CREDENTIAL_SEALED_BYTES
									 : UNDERSIGN_SECRET_BYTES));
	writer_u8(writer, '\n');
}

void credential_write(struct writer *writer, const struct credential *credential)
{
	writer_text(writer, "undersigned credential v1\n");
	line_write(writer, "roster", credential_name(credential));
	writer_text(writer, "edition ");
	writer_decimal(writer, credential->edition);
	writer_u8(writer, '\n');
	if (credential->meta_len > 0) {
		writer_text(writer, "meta ");
		writer_hex(writer, bytes_from(credential->meta, credential->meta_len));
		writer_u8(writer, '\n');
	}
	secret_seal_write(writer, &credential->seal);
	for (uint32_t i = 0; i < credential->n_columns; i++)
		write_column(writer, i + 1, &credential->columns[i]);
}

uint32_t credential_due(const struct credential *credential, uint64_t now_seconds)
{
	uint32_t due = 0;

	for (uint32_t i = 0; i < credential->n_columns; i++) {
		const struct credential_column *column = &credential->columns[i];

		if (column->state != CREDENTIAL_BURNT && now_seconds >= column->burn)
			due |= UINT32_C(1) << i;
	}
	return due;
}

bool credential_is_burnt(const struct credential *credential)
{
	for (uint32_t i = 0; i < credential->n_columns; i++) {
		if (credential->columns[i].state != CREDENTIAL_BURNT)
			return false;
	}
	return true;
}
