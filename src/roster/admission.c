#include "admission.h"

#include "encoding.h"
#include "memory.h"

#define HEADER       "undersigned admission v1"
#define REQUEST_KEY  "request"
#define REQUEST_LINE (sizeof REQUEST_KEY + (size_t)2 * SHA256_BYTES + 1) /* with its newline */

enum undersign_status admission_parse(struct admission *out, struct bytes text,
				      struct problem *problem)
{
	struct line_reader reader = roster_text_read(text, problem);
	enum undersign_status status;

	memset(out, 0, sizeof *out);
	line_header(&reader, HEADER);
	out->roster = roster_name_read(&reader, "roster");
	out->edition = (uint32_t)line_decimal(&reader, "edition", ROSTER_EDITION_MAX);
	if (!reader.has_failed && out->edition == 0)
		line_fail(&reader, "editions are counted from 1", bytes_from(NULL, 0));
	out->date = roster_date_read(&reader, "date");
	struct bytes before = reader.rest;
	do {
		uint8_t fingerprint[SHA256_BYTES];

		line_hex(&reader, REQUEST_KEY, fingerprint, sizeof fingerprint);
		if (!reader.has_failed)
			out->n_requests++;
	} while (line_is_next(&reader, REQUEST_KEY));
	if (!reader.has_failed)
		out->requests = bytes_part(before, 0, before.len - reader.rest.len);
	out->key = roster_key_read(&reader, "key");
	status = line_end(&reader);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

enum undersign_status admission_open(struct admission *out, struct bytes note_bytes,
				     struct problem *problem)
{
	struct note note;
	struct note_verdict verdict;
	enum undersign_status status = note_parse(&note, note_bytes, problem);

	memset(out, 0, sizeof *out);
	if (status == UNDERSIGN_OK)
		status = admission_parse(out, note.text, problem);
	if (status == UNDERSIGN_OK)
		status = note_verify(&verdict, &note, &out->key, 1, NOTE_UNKNOWN_REFUSED, problem);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

enum undersign_status admission_write(struct writer *writer, const struct admission *admission,
				      const uint8_t (*fingerprints)[SHA256_BYTES], uint32_t n)
{
	uint8_t date[DATE_LEN];

	if (n == 0 || n > ADMISSION_REQUESTS_MAX)
		return UNDERSIGN_E_LIMIT;
	date_encode(date, admission->date);
	writer_text(writer, HEADER "\n");
	line_write(writer, "roster", admission->roster);
	writer_text(writer, "edition ");
	writer_decimal(writer, admission->edition);
	writer_u8(writer, '\n');
	line_write(writer, "date", bytes_from(date, sizeof date));
	for (uint32_t i = 0; i < n; i++) {
		writer_text(writer, REQUEST_KEY " ");
		writer_hex(writer, bytes_from(fingerprints[i], SHA256_BYTES));
		writer_u8(writer, '\n');
	}
	writer_text(writer, "key ");
	note_key_write(writer, &admission->key);
	writer_u8(writer, '\n');
	return UNDERSIGN_OK;
}

bool admission_has(const struct admission *admission,
		   const uint8_t fingerprint[static SHA256_BYTES])
{
	uint8_t hex[2 * SHA256_BYTES];
	struct writer writer = writer_new(hex, sizeof hex);

	writer_hex(&writer, bytes_from(fingerprint, SHA256_BYTES));
	for (uint32_t i = 0; i < admission->n_requests; i++) {
		struct bytes found = bytes_part(admission->requests,
						i * REQUEST_LINE + sizeof REQUEST_KEY, sizeof hex);

		if (bytes_are_equal(found, writer_view(&writer)))
			return true;
	}
	return false;
}
