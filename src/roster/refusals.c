#include "refusals.h"

#include "encoding.h"
#include "memory.h"

#define HEADER "undersigned refusals v1"

static const char *const reason_texts[REFUSAL_N_REASONS] = {
	[REFUSAL_NO_EVIDENCE] = "no-evidence",
	[REFUSAL_BAD_EVIDENCE] = "bad-evidence",
	[REFUSAL_NOT_MEMBER] = "not-member",
	[REFUSAL_TWICE] = "twice",
	[REFUSAL_LATE] = "late",
	[REFUSAL_WITHDRAWN] = "withdrawn",
};

const char *refusals_reason_text(enum refusal_reason reason)
{
	CHECK(reason < REFUSAL_N_REASONS);
	return reason_texts[reason];
}

bool refusals_reason_parse(enum refusal_reason *out, struct bytes word)
{
	for (int reason = 0; reason < REFUSAL_N_REASONS; reason++) {
		if (bytes_are_equal(word, bytes_from_text(reason_texts[reason]))) {
			*out = (enum refusal_reason)reason;
			return true;
		}
	}
	return false;
}

/* `refused reason number`: in the order of the reasons, each once. */
static void read_reasons(struct line_reader *reader, struct refusals *out)
{
	int last = -1;

	while (line_is_next(reader, "refused")) {
		struct bytes value = line_value(reader, "refused");
		struct bytes word = field_take(reader, &value);
		enum refusal_reason reason = REFUSAL_NO_EVIDENCE;

		if (!reader->has_failed &&
		    (!refusals_reason_parse(&reason, word) || (int)reason <= last))
			line_fail(reader,
				  "reasons are no-evidence, bad-evidence, not-member, "
				  "twice, late, withdrawn, in this order, each once",
				  word);
		uint32_t n = (uint32_t)field_decimal(reader, &value, UINT32_MAX);
		field_end(reader, value);
		if (!reader->has_failed && n == 0)
			line_fail(reader, "a reason that was never given is left out", word);
		if (reader->has_failed)
			return;
		out->n_of[reason] = n;
		last = (int)reason;
	}
}

enum undersign_status refusals_parse(struct refusals *out, struct bytes text,
				     struct problem *problem)
{
	struct line_reader reader = roster_text_read(text, problem);

	memset(out, 0, sizeof *out);
	line_header(&reader, HEADER);
	out->roster = roster_name_read(&reader, "roster");
	out->edition = roster_edition_read(&reader);
	out->date = roster_date_read(&reader, "date");
	read_reasons(&reader, out);
	out->key = roster_key_read(&reader, "key");
	enum undersign_status status = line_end(&reader);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

enum undersign_status refusals_open(struct refusals *out, struct bytes note_bytes,
				    struct problem *problem)
{
	struct note note;
	struct note_verdict verdict;
	enum undersign_status status = note_parse(&note, note_bytes, problem);

	memset(out, 0, sizeof *out);
	if (status == UNDERSIGN_OK)
		status = refusals_parse(out, note.text, problem);
	if (status == UNDERSIGN_OK)
		status = note_verify(&verdict, &note, &out->key, 1, NOTE_UNKNOWN_REFUSED, problem);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

void refusals_write(struct writer *writer, const struct refusals *refusals)
{
	uint8_t date[DATE_LEN];

	date_encode(date, refusals->date);
	writer_text(writer, HEADER "\n");
	line_write(writer, "roster", refusals->roster);
	roster_edition_write(writer, refusals->edition);
	line_write(writer, "date", bytes_from(date, sizeof date));
	for (int reason = 0; reason < REFUSAL_N_REASONS; reason++) {
		if (refusals->n_of[reason] == 0)
			continue;
		writer_text(writer, "refused ");
		writer_text(writer, reason_texts[reason]);
		writer_text(writer, " ");
		writer_decimal(writer, refusals->n_of[reason]);
		writer_text(writer, "\n");
	}
	writer_text(writer, "key ");
	note_key_write(writer, &refusals->key);
	writer_text(writer, "\n");
}
