#include "disclosure.h"

#include "encoding.h"
#include "memory.h"

#define HEADER      "undersigned evidence v1"
#define SALT_HEADER "undersigned evidence-salt v1"
#define IDENTITY    "undersigned identity v1\n"

static void write_date(struct writer *writer, const char *key, uint64_t seconds)
{
	uint8_t date[DATE_LEN];

	date_encode(date, seconds);
	line_write(writer, key, bytes_from(date, sizeof date));
}

static void write_salt(struct writer *writer, const uint8_t salt[static DISCLOSURE_SALT_BYTES])
{
	writer_text(writer, "salt ");
	writer_base64(writer, bytes_from(salt, DISCLOSURE_SALT_BYTES));
	writer_text(writer, "\n");
}

/* Where the empty line stands that ends the text. */
static bool split(struct bytes *out_text, struct bytes *out_rest, struct bytes input)
{
	for (size_t i = 0; i + 1 < input.len; i++) {
		if (input.data[i] != '\n' || input.data[i + 1] != '\n')
			continue;
		*out_text = bytes_part(input, 0, i + 1);
		*out_rest = bytes_part(input, i + 2, input.len - i - 2);
		return true;
	}
	return false;
}

static void read_sources(struct line_reader *reader, struct disclosure *out)
{
	struct bytes before = reader->rest;

	while (line_is_next(reader, "against")) {
		struct bytes value = line_value(reader, "against");
		uint8_t hash[SHA256_BYTES];

		field_hex(reader, &value, hash, sizeof hash);
		(void)field_rest(reader, &value);
		if (reader->has_failed)
			return;
		out->n_sources++;
	}
	if (!reader->has_failed)
		out->sources = bytes_part(before, 0, before.len - reader->rest.len);
}

enum undersign_status disclosure_parse(struct disclosure *out, struct bytes input,
				       struct problem *problem)
{
	struct bytes text, evidence;

	memset(out, 0, sizeof *out);
	if (!split(&text, &evidence, input)) {
		problem_rule(problem, "a disclosure is lines, an empty line, and the evidence");
		problem_what(problem, "there is no empty line", bytes_from(NULL, 0));
		return UNDERSIGN_E_FORMAT;
	}
	struct line_reader reader = roster_text_read(text, problem);
	line_header(&reader, HEADER);
	line_base64(&reader, "salt", out->salt, sizeof out->salt);
	out->roster = roster_name_read(&reader, "roster");
	out->edition = roster_edition_read(&reader);
	line_hex(&reader, "request", out->request, sizeof out->request);
	struct bytes kind = line_value(&reader, "kind");
	if (!reader.has_failed && !evidence_kind_parse(&out->kind, kind))
		line_fail(&reader, "evidence is `steward`, `vouch`, `ssh`, `openpgp` or `x509`",
			  kind);
	out->date = roster_date_read(&reader, "date");
	read_sources(&reader, out);
	uint64_t len = line_decimal(&reader, "length", EVIDENCE_LEN_MAX);
	if (!reader.has_failed && (len == 0 || len != evidence.len))
		line_fail(&reader,
			  "the evidence has as many bytes as the disclosure says, at least 1",
			  bytes_from(NULL, 0));
	out->evidence = evidence;
	enum undersign_status status = line_end(&reader);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

static struct bytes without_folders(struct bytes path)
{
	size_t start = path.len;

	while (start > 0 && path.data[start - 1] != '/')
		start--;
	return bytes_part(path, start, path.len - start);
}

void disclosure_write(struct writer *writer, const struct disclosure *disclosure,
		      const struct evidence_source *against, size_t n_against)
{
	writer_text(writer, HEADER "\n");
	write_salt(writer, disclosure->salt);
	line_write(writer, "roster", disclosure->roster);
	roster_edition_write(writer, disclosure->edition);
	writer_text(writer, "request ");
	writer_hex(writer, bytes_from(disclosure->request, sizeof disclosure->request));
	writer_text(writer, "\n");
	line_write(writer, "kind", bytes_from_text(evidence_kind_text(disclosure->kind)));
	write_date(writer, "date", disclosure->date);
	for (size_t i = 0; i < n_against; i++) {
		uint8_t hash[SHA256_BYTES];

		sha256(hash, against[i].content);
		writer_text(writer, "against ");
		writer_hex(writer, bytes_from(hash, sizeof hash));
		writer_text(writer, " ");
		writer_bytes(writer, without_folders(against[i].name));
		writer_text(writer, "\n");
	}
	writer_text(writer, "length ");
	writer_decimal(writer, disclosure->evidence.len);
	writer_text(writer, "\n\n");
	writer_bytes(writer, disclosure->evidence);
}

bool disclosure_next_source(uint8_t hash[static SHA256_BYTES], struct bytes *name,
			    struct bytes *rest)
{
	size_t len = 0;

	while (len < rest->len && rest->data[len] != '\n')
		len++;
	if (len == rest->len)
		return false;
	struct line_reader reader = line_reader_new(bytes_part(*rest, 0, len + 1), NULL);
	struct bytes value = line_value(&reader, "against");
	field_hex(&reader, &value, hash, SHA256_BYTES);
	*name = field_rest(&reader, &value);
	*rest = bytes_part(*rest, len + 1, rest->len - len - 1);
	return !reader.has_failed;
}

void disclosure_hash(uint8_t out[static SHA256_BYTES], struct bytes disclosure)
{
	sha256(out, disclosure);
}

void disclosure_identity(uint8_t out[static SHA256_BYTES],
			 const uint8_t salt[static DISCLOSURE_SALT_BYTES], const char *label,
			 struct bytes value)
{
	struct sha256 hash;
	uint8_t memory[64];
	struct writer writer = writer_new(memory, sizeof memory);

	sha256_begin(&hash);
	sha256_add(&hash, IDENTITY, sizeof IDENTITY - 1);
	sha256_add(&hash, salt, DISCLOSURE_SALT_BYTES);
	writer_u8(&writer, (uint8_t)bytes_from_text(label).len);
	writer_text(&writer, label);
	writer_u64le(&writer, value.len);
	sha256_add(&hash, memory, writer_view(&writer).len);
	sha256_add(&hash, value.data, value.len);
	sha256_end(&hash, out);
}

void disclosure_grounds(struct admission_grounds *out, const struct evidence_answer *answer,
			const uint8_t salt[static DISCLOSURE_SALT_BYTES], struct bytes disclosure)
{
	memset(out, 0, sizeof *out);
	out->kind = answer->kind;
	disclosure_hash(out->evidence, disclosure);
	for (uint32_t i = 0; i < answer->n_vouchers; i++) {
		uint8_t number[4];
		struct writer writer = writer_new(number, sizeof number);

		writer_u32le(&writer, answer->vouchers[i]);
		disclosure_identity(out->identities[out->n_identities++], salt, "voucher",
				    writer_view(&writer));
	}
	if (out->n_identities > 0)
		return;
	disclosure_identity(out->identities[out->n_identities++], salt, "key", answer->identity);
	if (answer->person.len > 0)
		disclosure_identity(out->identities[out->n_identities++], salt, "person",
				    answer->person);
}

enum undersign_status disclosure_salt_parse(struct disclosure_salt *out, struct bytes text,
					    struct problem *problem)
{
	struct line_reader reader = roster_text_read(text, problem);

	memset(out, 0, sizeof *out);
	line_header(&reader, SALT_HEADER);
	out->roster = roster_name_read(&reader, "roster");
	out->edition = roster_edition_read(&reader);
	line_base64(&reader, "salt", out->salt, sizeof out->salt);
	out->burn = roster_date_read(&reader, "burn");
	enum undersign_status status = line_end(&reader);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

void disclosure_salt_write(struct writer *writer, const struct disclosure_salt *salt)
{
	writer_text(writer, SALT_HEADER "\n");
	line_write(writer, "roster", salt->roster);
	roster_edition_write(writer, salt->edition);
	write_salt(writer, salt->salt);
	write_date(writer, "burn", salt->burn);
}
