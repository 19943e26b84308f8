#include "sample.h"

#include "encoding.h"
#include "memory.h"

#define HEADER        "undersigned sample v1\n"
#define RECORD_HEADER "undersigned sample v1"

void sample_seed(uint8_t out[static SHA256_BYTES], const uint8_t snapshot_id[static SHA256_BYTES],
		 struct bytes checkpoint_text)
{
	uint8_t text[SHA256_BYTES];
	struct sha256 hash;

	sha256(text, checkpoint_text);
	sha256_begin(&hash);
	sha256_add(&hash, HEADER, sizeof HEADER - 1);
	sha256_add(&hash, snapshot_id, SHA256_BYTES);
	sha256_add(&hash, text, sizeof text);
	sha256_end(&hash, out);
}

/* The first 8 bytes, little-endian, of SHA-256(seed ‖ u64le counter). */
static uint64_t block(const uint8_t seed[static SHA256_BYTES], uint64_t counter)
{
	uint8_t bytes[SHA256_BYTES + 8], hash[SHA256_BYTES];
	struct writer writer = writer_new(bytes, sizeof bytes);

	writer_put(&writer, seed, SHA256_BYTES);
	writer_u64le(&writer, counter);
	sha256(hash, writer_view(&writer));
	struct cursor cursor = cursor_new(bytes_from(hash, sizeof hash));
	return cursor_u64le(&cursor);
}

static int is_drawn(const uint32_t *out, uint32_t k, uint32_t number)
{
	for (uint32_t i = 0; i < k; i++) {
		if (out[i] == number)
			return 1;
	}
	return 0;
}

void sample_draw(uint32_t *out, uint32_t k, uint32_t n, const uint8_t seed[static SHA256_BYTES])
{
	uint32_t drawn = 0;

	CHECK(k >= 1 && k <= SAMPLE_MAX && k <= n);
	/* Blocks at and above the largest multiple of n would prefer small numbers. */
	const uint64_t limit = UINT64_MAX - UINT64_MAX % n;
	for (uint64_t counter = 0; drawn < k; counter++) {
		uint64_t value = block(seed, counter);
		uint32_t number = (uint32_t)(value % n);

		if (value < limit && !is_drawn(out, drawn, number))
			out[drawn++] = number;
	}
}

enum undersign_status sample_record_parse(struct sample_record *out, struct bytes text,
					  struct problem *problem)
{
	struct line_reader reader = roster_text_read(text, problem);

	memset(out, 0, sizeof *out);
	line_header(&reader, RECORD_HEADER);
	out->roster = roster_name_read(&reader, "roster");
	out->edition = roster_edition_read(&reader);
	out->date = roster_date_read(&reader, "date");
	line_base64(&reader, "snapshot", out->snapshot, sizeof out->snapshot);
	line_hex(&reader, "checkpoint", out->checkpoint, sizeof out->checkpoint);
	out->n_drawn = (uint32_t)line_decimal(&reader, "drawn", SAMPLE_MAX);
	if (!reader.has_failed && out->n_drawn == 0)
		line_fail(&reader, "a sample has at least one entry", bytes_from(NULL, 0));
	out->n_opened = (uint32_t)line_decimal(&reader, "opened", SAMPLE_MAX);
	if (!reader.has_failed && out->n_opened > out->n_drawn)
		line_fail(&reader, "no more are opened than were drawn", bytes_from(NULL, 0));
	out->key = roster_key_read(&reader, "key");
	const enum undersign_status status = line_end(&reader);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

enum undersign_status sample_record_open(struct sample_record *out, struct bytes note_bytes,
					 struct problem *problem)
{
	struct note note;
	struct note_verdict verdict;
	enum undersign_status status = note_parse(&note, note_bytes, problem);

	memset(out, 0, sizeof *out);
	if (status == UNDERSIGN_OK)
		status = sample_record_parse(out, note.text, problem);
	if (status == UNDERSIGN_OK)
		status = note_verify(&verdict, &note, &out->key, 1, NOTE_UNKNOWN_REFUSED, problem);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

void sample_record_write(struct writer *writer, const struct sample_record *record)
{
	uint8_t date[DATE_LEN];

	date_encode(date, record->date);
	writer_text(writer, RECORD_HEADER "\n");
	line_write(writer, "roster", record->roster);
	roster_edition_write(writer, record->edition);
	line_write(writer, "date", bytes_from(date, sizeof date));
	writer_text(writer, "snapshot ");
	writer_base64(writer, bytes_from(record->snapshot, SHA256_BYTES));
	writer_text(writer, "\ncheckpoint ");
	writer_hex(writer, bytes_from(record->checkpoint, SHA256_BYTES));
	writer_text(writer, "\ndrawn ");
	writer_decimal(writer, record->n_drawn);
	writer_text(writer, "\nopened ");
	writer_decimal(writer, record->n_opened);
	writer_text(writer, "\nkey ");
	note_key_write(writer, &record->key);
	writer_text(writer, "\n");
}
