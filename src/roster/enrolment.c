#include "enrolment.h"

#include "encoding.h"
#include "memory.h"

#define HEADER "undersigned enrolment v1"

static void read_meta(struct line_reader *reader, struct enrolment *out)
{
	struct bytes hex = line_value(reader, "meta");

	if (reader->has_failed)
		return;
	out->meta_len = hex.len >> 1;
	if (out->meta_len == 0 || out->meta_len > ENTRY_META_MAX ||
	    hex_decode(out->meta, out->meta_len, hex) != UNDERSIGN_OK)
		line_fail(reader, "meta is 1 to 32 bytes in lower-case hexadecimal", hex);
}

static void read_columns(struct line_reader *reader, struct enrolment *out)
{
	do {
		struct bytes value = line_value(reader, "column");
		uint64_t number = field_decimal(reader, &value, UINT32_MAX);

		if (!reader->has_failed && number != out->n_columns + 1)
			line_fail(reader, "columns are numbered 1, 2, 3 and so on", value);
		if (!reader->has_failed && out->n_columns == ROSTER_COLUMNS_MAX)
			line_fail(reader, "a roster has at most 16 columns", value);
		if (reader->has_failed)
			return;
		struct enrolment_column *column = &out->columns[out->n_columns++];
		field_base64(reader, &value, column->commitment, sizeof column->commitment);
		field_base64(reader, &value, column->proof, sizeof column->proof);
		field_end(reader, value);
	} while (line_is_next(reader, "column"));
}

enum undersign_status enrolment_parse(struct enrolment *out, struct bytes text,
				      struct problem *problem)
{
	struct line_reader reader = roster_text_read(text, problem);
	enum undersign_status status;

	memset(out, 0, sizeof *out);
	line_header(&reader, HEADER);
	out->roster = roster_name_read(&reader, "roster");
	out->edition = roster_edition_read(&reader);
	if (line_is_next(&reader, "meta"))
		read_meta(&reader, out);
	read_columns(&reader, out);
	status = line_end(&reader);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

void enrolment_write(struct writer *writer, const struct enrolment *enrolment)
{
	writer_text(writer, HEADER "\n");
	line_write(writer, "roster", enrolment->roster);
	roster_edition_write(writer, enrolment->edition);
	if (enrolment->meta_len > 0) {
		writer_text(writer, "meta ");
		writer_hex(writer, enrolment_meta(enrolment));
		writer_u8(writer, '\n');
	}
	for (uint32_t i = 0; i < enrolment->n_columns; i++) {
		const struct enrolment_column *column = &enrolment->columns[i];

		writer_text(writer, "column ");
		writer_decimal(writer, i + 1);
		writer_u8(writer, ' ');
		writer_base64(writer, bytes_from(column->commitment, sizeof column->commitment));
		writer_u8(writer, ' ');
		writer_base64(writer, bytes_from(column->proof, sizeof column->proof));
		writer_u8(writer, '\n');
	}
}

void enrolment_fingerprint(uint8_t out[static SHA256_BYTES], struct bytes text)
{
	sha256(out, text);
}

struct sigma_registration enrolment_registration(const struct enrolment *enrolment, uint32_t c)
{
	CHECK(c >= 1 && c <= enrolment->n_columns);
	return (struct sigma_registration){
		.org = enrolment->roster,
		.meta = enrolment_meta(enrolment),
		.column = enrolment->n_columns >= 2 ? c : 0,
		.commitment = enrolment->columns[c - 1].commitment,
	};
}

static enum undersign_status refuse(struct problem *problem, enum undersign_status status,
				    uint32_t c, const char *rule, const char *what)
{
	problem_where_number(problem, "column", c);
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return status;
}

static enum undersign_status check_column(const struct enrolment *enrolment, uint32_t c,
					  const struct generators *generators,
					  struct problem *problem)
{
	const struct enrolment_column *column = &enrolment->columns[c - 1];
	struct sigma_registration registration = enrolment_registration(enrolment, c);
	struct point point;

	if (point_decode_vartime(&point, column->commitment) != UNDERSIGN_OK)
		return refuse(problem, UNDERSIGN_E_ENCODING, c,
			      "a commitment is a canonical point of the group (RFC 9496)",
			      "it is not");
	if (point_is_identity(&point))
		return refuse(problem, UNDERSIGN_E_ENCODING, c, "a commitment is not the identity",
			      "it is");
	for (uint32_t other = 1; other < c; other++) {
		if (memcmp(enrolment->columns[other - 1].commitment, column->commitment,
			   POINT_BYTES) == 0)
			return refuse(problem, UNDERSIGN_E_CONFLICT, c,
				      "each column has a commitment of its own",
				      "it stands in an earlier column too");
	}
	if (!sigma_register_is_valid_vartime(generators, &registration,
					     bytes_from(column->proof, sizeof column->proof)))
		return refuse(problem, UNDERSIGN_E_INVALID, c,
			      "a proof of possession holds for its commitment, roster, meta and "
			      "column",
			      "the proof does not hold");
	return UNDERSIGN_OK;
}

enum undersign_status enrolment_check(const struct enrolment *enrolment,
				      const struct generators *generators, struct problem *problem)
{
	for (uint32_t c = 1; c <= enrolment->n_columns; c++) {
		enum undersign_status status = check_column(enrolment, c, generators, problem);

		if (status != UNDERSIGN_OK)
			return status;
	}
	return UNDERSIGN_OK;
}

/* Rounds up to a multiple of 64. */
static size_t aligned(size_t len)
{
	return (len + 63) & ~(size_t)63;
}

size_t enrolment_batch_scratch_len(size_t n_columns)
{
	return aligned(n_columns * sizeof(struct sigma_registration)) +
	       aligned(n_columns * sizeof(uint8_t *)) + aligned(n_columns * sizeof(bool)) +
	       sigma_register_batch_scratch_len(n_columns);
}

/* True if no two columns have the same commitment. */
static bool is_distinct(const struct enrolment *enrolment)
{
	for (uint32_t a = 0; a < enrolment->n_columns; a++) {
		for (uint32_t b = 0; b < a; b++) {
			if (memcmp(enrolment->columns[a].commitment,
				   enrolment->columns[b].commitment, POINT_BYTES) == 0)
				return false;
		}
	}
	return true;
}

bool enrolment_batch_is_valid_vartime(bool *verdicts, const struct enrolment *enrolments, size_t n,
				      const struct generators *generators, const uint8_t *fresh,
				      void *scratch, size_t scratch_len)
{
	size_t n_columns = 0;
	size_t place = 0;
	bool are_all_valid = true;

	for (size_t i = 0; i < n; i++)
		n_columns += enrolments[i].n_columns;
	CHECK(scratch_len >= enrolment_batch_scratch_len(n_columns));
	uint8_t *memory = scratch;
	struct sigma_registration *registrations = (struct sigma_registration *)scratch;
	memory += aligned(n_columns * sizeof *registrations);
	const uint8_t **proofs = (const uint8_t **)(void *)memory;
	memory += aligned(n_columns * sizeof *proofs);
	bool *good = (bool *)memory;
	memory += aligned(n_columns * sizeof *good);
	for (size_t i = 0; i < n; i++) {
		for (uint32_t c = 1; c <= enrolments[i].n_columns; c++) {
			registrations[place] = enrolment_registration(&enrolments[i], c);
			proofs[place++] = enrolments[i].columns[c - 1].proof;
		}
	}
	(void)sigma_register_batch_vartime(good, generators, registrations, proofs, n_columns,
					   fresh, memory,
					   sigma_register_batch_scratch_len(n_columns));
	place = 0;
	for (size_t i = 0; i < n; i++) {
		verdicts[i] = is_distinct(&enrolments[i]);
		for (uint32_t c = 0; c < enrolments[i].n_columns; c++)
			verdicts[i] = good[place++] && verdicts[i];
		are_all_valid = verdicts[i] && are_all_valid;
	}
	return are_all_valid;
}
