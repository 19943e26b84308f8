#include "vouches.h"

#include "memory.h"

#define HEADER "undersigned vouches v1"

static bool has_commitment(const struct vouches *vouches, const struct vouch *vouch)
{
	for (uint32_t i = 0; i < vouches->n; i++) {
		if (memcmp(vouches->vouches[i].commitment, vouch->commitment, POINT_BYTES) == 0)
			return true;
	}
	return false;
}

static void read_vouch(struct line_reader *reader, struct vouches *out)
{
	struct vouch vouch = {0};
	struct bytes value = line_value(reader, "vouch");

	vouch.column = (uint32_t)field_decimal(reader, &value, ROSTER_COLUMNS_MAX);
	field_base64(reader, &value, vouch.commitment, sizeof vouch.commitment);
	field_base64(reader, &value, vouch.proof, sizeof vouch.proof);
	field_end(reader, value);
	if (!reader->has_failed && vouch.column == 0)
		line_fail(reader, "columns are counted from 1", bytes_from(NULL, 0));
	if (!reader->has_failed && (out->n == VOUCHES_MAX || has_commitment(out, &vouch)))
		line_fail(reader, "at most 16 members vouch, each once", bytes_from(NULL, 0));
	if (!reader->has_failed)
		out->vouches[out->n++] = vouch;
}

enum undersign_status vouches_parse(struct vouches *out, struct bytes text, struct problem *problem)
{
	struct line_reader reader = roster_text_read(text, problem);

	memset(out, 0, sizeof *out);
	line_header(&reader, HEADER);
	out->roster = roster_name_read(&reader, "roster");
	out->edition = roster_edition_read(&reader);
	line_hex(&reader, "request", out->request, sizeof out->request);
	do {
		read_vouch(&reader, out);
	} while (line_is_next(&reader, "vouch"));
	enum undersign_status status = line_end(&reader);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

void vouches_write(struct writer *writer, const struct vouches *vouches)
{
	writer_text(writer, HEADER "\n");
	line_write(writer, "roster", vouches->roster);
	roster_edition_write(writer, vouches->edition);
	writer_text(writer, "request ");
	writer_hex(writer, bytes_from(vouches->request, sizeof vouches->request));
	writer_text(writer, "\n");
	for (uint32_t i = 0; i < vouches->n; i++) {
		const struct vouch *vouch = &vouches->vouches[i];

		writer_text(writer, "vouch ");
		writer_decimal(writer, vouch->column);
		writer_text(writer, " ");
		writer_base64(writer, bytes_from(vouch->commitment, sizeof vouch->commitment));
		writer_text(writer, " ");
		writer_base64(writer, bytes_from(vouch->proof, sizeof vouch->proof));
		writer_text(writer, "\n");
	}
}

struct sigma_registration vouches_registration(uint8_t org[static VOUCHES_ORG_MAX],
					       const struct vouches *vouches,
					       const struct vouch *vouch)
{
	struct writer writer = writer_new(org, VOUCHES_ORG_MAX);

	writer_bytes(&writer, vouches->roster);
	writer_text(&writer, "\nvouch ");
	writer_decimal(&writer, vouches->edition);
	writer_text(&writer, " ");
	writer_hex(&writer, bytes_from(vouches->request, sizeof vouches->request));
	return (struct sigma_registration){
		.org = writer_view(&writer),
		.column = vouch->column,
		.commitment = vouch->commitment,
	};
}

bool vouches_is_valid_vartime(const struct vouches *vouches, const struct vouch *vouch,
			      const struct generators *generators)
{
	uint8_t org[VOUCHES_ORG_MAX];
	const struct sigma_registration registration = vouches_registration(org, vouches, vouch);

	return sigma_register_is_valid_vartime(generators, &registration,
					       bytes_from(vouch->proof, sizeof vouch->proof));
}
