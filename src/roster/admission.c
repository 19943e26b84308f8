#include "admission.h"

#include "encoding.h"
#include "memory.h"

#define HEADER         "undersigned admission v1"
#define HEADER_GROUNDS "undersigned admission v2"
#define REQUEST_KEY    "request"
#define HEX_LEN        ((size_t)2 * SHA256_BYTES)
#define IDENTITY_RULE                                                                              \
	"a request is `request hash kind evidence-hash identity-hash,...`, with 1 to 8 "           \
	"identities, "                                                                             \
	"none twice"

static bool has_identity(const struct admission_grounds *grounds,
			 const uint8_t identity[static SHA256_BYTES])
{
	for (uint32_t i = 0; i < grounds->n_identities; i++) {
		if (memcmp(grounds->identities[i], identity, SHA256_BYTES) == 0)
			return true;
	}
	return false;
}

/* What follows the request's hash in a line of version 2. */
static void read_grounds(struct line_reader *reader, struct admission_grounds *out,
			 struct bytes *value)
{
	struct bytes kind = field_take(reader, value);

	if (!reader->has_failed && !evidence_kind_parse(&out->kind, kind))
		line_fail(reader, "evidence is `steward`, `vouch`, `ssh`, `openpgp` or `x509`",
			  kind);
	field_hex(reader, value, out->evidence, sizeof out->evidence);
	struct bytes list = field_take(reader, value);
	if (!reader->has_failed && (list.len + 1) % (HEX_LEN + 1) != 0)
		line_fail(reader, IDENTITY_RULE, list);
	for (size_t at = 0; !reader->has_failed && at < list.len; at += HEX_LEN + 1) {
		uint8_t identity[SHA256_BYTES];

		if (out->n_identities == ADMISSION_IDENTITIES_MAX ||
		    hex_decode(identity, sizeof identity, bytes_part(list, at, HEX_LEN)) !=
			    UNDERSIGN_OK ||
		    has_identity(out, identity) ||
		    (at + HEX_LEN < list.len && list.data[at + HEX_LEN] != ','))
			line_fail(reader, IDENTITY_RULE, list);
		else
			memcpy(out->identities[out->n_identities++], identity, sizeof identity);
	}
	field_end(reader, *value);
}

static void read_request(struct line_reader *reader, bool has_grounds)
{
	uint8_t fingerprint[SHA256_BYTES];
	struct admission_grounds grounds = {0};

	if (!has_grounds) {
		line_hex(reader, REQUEST_KEY, fingerprint, sizeof fingerprint);
		return;
	}
	struct bytes value = line_value(reader, REQUEST_KEY);
	field_hex(reader, &value, fingerprint, sizeof fingerprint);
	read_grounds(reader, &grounds, &value);
}

enum undersign_status admission_parse(struct admission *out, struct bytes text,
				      struct problem *problem)
{
	struct line_reader reader = roster_text_read(text, problem);
	enum undersign_status status;

	memset(out, 0, sizeof *out);
	out->has_grounds = bytes_begin_with(text, bytes_from_text(HEADER_GROUNDS "\n"));
	line_header(&reader, out->has_grounds ? HEADER_GROUNDS : HEADER);
	out->roster = roster_name_read(&reader, "roster");
	out->edition = roster_edition_read(&reader);
	out->date = roster_date_read(&reader, "date");
	struct bytes before = reader.rest;
	do {
		read_request(&reader, out->has_grounds);
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

static void write_head(struct writer *writer, const struct admission *admission, const char *header)
{
	uint8_t date[DATE_LEN];

	date_encode(date, admission->date);
	writer_text(writer, header);
	writer_text(writer, "\n");
	line_write(writer, "roster", admission->roster);
	roster_edition_write(writer, admission->edition);
	line_write(writer, "date", bytes_from(date, sizeof date));
}

static void write_key(struct writer *writer, const struct admission *admission)
{
	writer_text(writer, "key ");
	note_key_write(writer, &admission->key);
	writer_u8(writer, '\n');
}

enum undersign_status admission_write(struct writer *writer, const struct admission *admission,
				      const uint8_t (*fingerprints)[SHA256_BYTES], uint32_t n)
{
	if (n == 0 || n > ADMISSION_REQUESTS_MAX)
		return UNDERSIGN_E_LIMIT;
	write_head(writer, admission, HEADER);
	for (uint32_t i = 0; i < n; i++) {
		writer_text(writer, REQUEST_KEY " ");
		writer_hex(writer, bytes_from(fingerprints[i], SHA256_BYTES));
		writer_u8(writer, '\n');
	}
	write_key(writer, admission);
	return UNDERSIGN_OK;
}

enum undersign_status admission_write_grounds(struct writer *writer,
					      const struct admission *admission,
					      const uint8_t (*fingerprints)[SHA256_BYTES],
					      const struct admission_grounds *grounds, uint32_t n)
{
	if (n == 0)
		return UNDERSIGN_E_LIMIT;
	write_head(writer, admission, HEADER_GROUNDS);
	for (uint32_t i = 0; i < n; i++) {
		writer_text(writer, REQUEST_KEY " ");
		writer_hex(writer, bytes_from(fingerprints[i], SHA256_BYTES));
		writer_text(writer, " ");
		writer_text(writer, evidence_kind_text(grounds[i].kind));
		writer_text(writer, " ");
		writer_hex(writer, bytes_from(grounds[i].evidence, SHA256_BYTES));
		for (uint32_t k = 0; k < grounds[i].n_identities; k++) {
			writer_text(writer, k == 0 ? " " : ",");
			writer_hex(writer, bytes_from(grounds[i].identities[k], SHA256_BYTES));
		}
		writer_u8(writer, '\n');
	}
	write_key(writer, admission);
	return writer->has_overflowed || writer->len > ROSTER_TEXT_MAX ? UNDERSIGN_E_LIMIT
								       : UNDERSIGN_OK;
}

bool admission_next(uint8_t fingerprint[static SHA256_BYTES], struct admission_grounds *out,
		    const struct admission *admission, struct bytes *rest)
{
	size_t len = 0;

	memset(out, 0, sizeof *out);
	while (len < rest->len && rest->data[len] != '\n')
		len++;
	if (len == rest->len)
		return false;
	/* The form was checked when the note was read. */
	struct line_reader reader = line_reader_new(bytes_part(*rest, 0, len + 1), NULL);
	struct bytes value = line_value(&reader, REQUEST_KEY);
	field_hex(&reader, &value, fingerprint, SHA256_BYTES);
	if (admission->has_grounds)
		read_grounds(&reader, out, &value);
	*rest = bytes_part(*rest, len + 1, rest->len - len - 1);
	return !reader.has_failed;
}

bool admission_find(struct admission_grounds *out, const struct admission *admission,
		    const uint8_t fingerprint[static SHA256_BYTES])
{
	uint8_t hex[HEX_LEN], found[SHA256_BYTES];
	struct writer writer = writer_new(hex, sizeof hex);
	struct bytes rest = admission->requests;

	memset(out, 0, sizeof *out);
	writer_hex(&writer, bytes_from(fingerprint, SHA256_BYTES));
	while (rest.len > sizeof REQUEST_KEY + HEX_LEN) {
		struct bytes text = bytes_part(rest, sizeof REQUEST_KEY, HEX_LEN);
		size_t len = sizeof REQUEST_KEY + HEX_LEN;

		if (bytes_are_equal(text, writer_view(&writer)))
			return admission_next(found, out, admission, &rest);
		while (rest.data[len] != '\n')
			len++;
		rest = bytes_part(rest, len + 1, rest.len - len - 1);
	}
	return false;
}

bool admission_has(const struct admission *admission,
		   const uint8_t fingerprint[static SHA256_BYTES])
{
	struct admission_grounds grounds;

	return admission_find(&grounds, admission, fingerprint);
}
