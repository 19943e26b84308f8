#include "evidence_rules.h"

#include "memory.h"

#define HEADER           "undersigned evidence-rules v1"
#define HEADER_ADDITIONS "undersigned evidence-rules v2"

uint32_t evidence_rules_additions(const struct evidence_rules *rules)
{
	return rules && rules->additions > 0 ? rules->additions : EVIDENCE_ADDITIONS_DEFAULT;
}

static bool is_listed(const struct evidence_rules *rules, const struct note_key *key)
{
	for (uint32_t i = 0; i < rules->n_stewards; i++) {
		if (memcmp(rules->stewards[i].public_key, key->public_key,
			   sizeof key->public_key) == 0)
			return true;
	}
	return false;
}

static void read_stewards(struct line_reader *reader, struct evidence_rules *out)
{
	out->n_words = (uint32_t)line_decimal(reader, "stewards", EVIDENCE_STEWARDS_MAX);
	do {
		struct note_key key = roster_key_read(reader, "steward");

		if (reader->has_failed)
			return;
		if (out->n_stewards == EVIDENCE_STEWARDS_MAX || is_listed(out, &key))
			line_fail(reader, "stewards are at most 16, each with a key of his own",
				  key.name);
		else
			out->stewards[out->n_stewards++] = key;
	} while (line_is_next(reader, "steward"));
	if (!reader->has_failed && (out->n_words == 0 || out->n_words > out->n_stewards))
		line_fail(reader, "of the stewards at least one, and at most all, give their word",
			  bytes_from(NULL, 0));
}

static void read_vouchers(struct line_reader *reader, struct evidence_rules *out)
{
	struct bytes value = line_value(reader, "vouchers");

	out->n_vouchers = (uint32_t)field_decimal(reader, &value, EVIDENCE_VOUCHERS_MAX);
	out->vouches_max = (uint32_t)field_decimal(reader, &value, EVIDENCE_CAP_MAX);
	field_end(reader, value);
	if (!reader->has_failed && (out->n_vouchers == 0 || out->vouches_max == 0))
		line_fail(reader, "at least one member vouches, and may do so at least once",
			  bytes_from(NULL, 0));
}

enum undersign_status evidence_rules_parse(struct evidence_rules *out, struct bytes text,
					   struct problem *problem)
{
	const bool has_additions = bytes_begin_with(text, bytes_from_text(HEADER_ADDITIONS "\n"));
	struct line_reader reader = roster_text_read(text, problem);

	memset(out, 0, sizeof *out);
	line_header(&reader, has_additions ? HEADER_ADDITIONS : HEADER);
	out->roster = roster_name_read(&reader, "roster");
	out->edition = roster_edition_read(&reader);
	if (line_is_next(&reader, "stewards"))
		read_stewards(&reader, out);
	if (line_is_next(&reader, "vouchers"))
		read_vouchers(&reader, out);
	if (has_additions)
		out->additions =
			(uint32_t)line_decimal(&reader, "additions", EVIDENCE_ADDITIONS_MAX);
	if (!reader.has_failed && has_additions && out->additions == 0)
		line_fail(&reader, "at least one entry is added", bytes_from(NULL, 0));
	out->key = roster_key_read(&reader, "key");
	enum undersign_status status = line_end(&reader);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

enum undersign_status evidence_rules_open(struct evidence_rules *out, struct bytes note_bytes,
					  struct problem *problem)
{
	struct note note;
	struct note_verdict verdict;
	enum undersign_status status = note_parse(&note, note_bytes, problem);

	memset(out, 0, sizeof *out);
	if (status == UNDERSIGN_OK)
		status = evidence_rules_parse(out, note.text, problem);
	if (status == UNDERSIGN_OK)
		status = note_verify(&verdict, &note, &out->key, 1, NOTE_UNKNOWN_REFUSED, problem);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

static void write_number(struct writer *writer, const char *before, uint32_t number)
{
	writer_text(writer, before);
	writer_decimal(writer, number);
}

static void write_key(struct writer *writer, const char *name, const struct note_key *key)
{
	writer_text(writer, name);
	writer_text(writer, " ");
	note_key_write(writer, key);
	writer_text(writer, "\n");
}

enum undersign_status evidence_rules_write(struct writer *writer,
					   const struct evidence_rules *rules,
					   struct problem *problem)
{
	struct evidence_rules again;

	writer_text(writer, rules->additions > 0 ? HEADER_ADDITIONS "\n" : HEADER "\n");
	line_write(writer, "roster", rules->roster);
	write_number(writer, "edition ", rules->edition);
	writer_text(writer, "\n");
	if (rules->n_words > 0) {
		write_number(writer, "stewards ", rules->n_words);
		writer_text(writer, "\n");
		for (uint32_t i = 0; i < rules->n_stewards; i++)
			write_key(writer, "steward", &rules->stewards[i]);
	}
	if (rules->n_vouchers > 0) {
		write_number(writer, "vouchers ", rules->n_vouchers);
		write_number(writer, " ", rules->vouches_max);
		writer_text(writer, "\n");
	}
	if (rules->additions > 0) {
		write_number(writer, "additions ", rules->additions);
		writer_text(writer, "\n");
	}
	write_key(writer, "key", &rules->key);
	if (writer->has_overflowed)
		return UNDERSIGN_E_FORMAT;
	return evidence_rules_parse(&again, writer_view(writer), problem);
}
