#include "tlog_proof.h"

#include "encoding.h"
#include "memory.h"

#define HEADER "c2sp.org/tlog-proof@v1"

struct proof_reader {
	struct bytes rest;
	struct bytes line; /* the last one taken, without its newline */
	uint64_t number;
	struct problem *problem;
};

static enum undersign_status fail(const struct proof_reader *reader, enum undersign_status status,
				  const char *rule)
{
	problem_where_number(reader->problem, "line", reader->number);
	problem_rule(reader->problem, rule);
	problem_what(reader->problem, "found", reader->line);
	return status;
}

/* Takes the next line. False, and an empty one, if there is none. */
static bool next_line(struct proof_reader *reader)
{
	size_t len = 0;

	reader->number++;
	while (len < reader->rest.len && reader->rest.data[len] != '\n')
		len++;
	if (len == reader->rest.len) {
		reader->line = bytes_from(NULL, 0);
		return false;
	}
	reader->line = bytes_part(reader->rest, 0, len);
	reader->rest = bytes_part(reader->rest, len + 1, reader->rest.len - len - 1);
	return true;
}

/* If the line begins with `key `, leaves its value as the line. */
static bool take_key(struct proof_reader *reader, const char *key)
{
	struct bytes prefix = bytes_from_text(key);

	if (!bytes_begin_with(reader->line, prefix))
		return false;
	reader->line = bytes_part(reader->line, prefix.len, reader->line.len - prefix.len);
	return true;
}

/* Valid base64 of at least one byte, of any length. */
static bool base64_is_valid(struct bytes text)
{
	uint8_t decoded[192];
	size_t len = 0;

	for (size_t i = 0; i < text.len; i += 256) {
		size_t left = text.len - i;

		if (base64_decode(decoded, &len, sizeof decoded,
				  bytes_part(text, i, left < 256 ? left : 256)) != UNDERSIGN_OK ||
		    (left > 256 && len != sizeof decoded))
			return false;
	}
	return len > 0;
}

static enum undersign_status parse(struct tlog_proof *out, struct proof_reader *reader)
{
	if (!next_line(reader) || !bytes_are_equal(reader->line, bytes_from_text(HEADER)))
		return fail(reader, UNDERSIGN_E_FORMAT, "the first line is " HEADER);
	bool is_there = next_line(reader);
	if (is_there && take_key(reader, "extra ")) {
		out->has_extra = true;
		out->extra = reader->line;
		if (!base64_is_valid(out->extra))
			return fail(reader, UNDERSIGN_E_FORMAT,
				    "the line is `extra BASE64`, or left out");
		is_there = next_line(reader);
	}
	if (!is_there || !take_key(reader, "index ") ||
	    decimal_decode(&out->index, reader->line, MERKLE_SIZE_MAX - 1) != UNDERSIGN_OK)
		return fail(reader, UNDERSIGN_E_FORMAT,
			    "the line is `index DECIMAL`, without leading zeros");
	while ((is_there = next_line(reader)) && reader->line.len > 0) {
		if (out->path.n == MERKLE_PROOF_MAX)
			return fail(reader, UNDERSIGN_E_LIMIT, "a path has at most 64 hashes");
		if (base64_decode_exactly(out->path.hashes[out->path.n++].bytes, MERKLE_BYTES,
					  reader->line) != UNDERSIGN_OK)
			return fail(reader, UNDERSIGN_E_FORMAT,
				    "a line of the path is the base64 of 32 bytes");
	}
	if (!is_there)
		return fail(reader, UNDERSIGN_E_FORMAT,
			    "an empty line stands between path and checkpoint");
	out->checkpoint = reader->rest;
	if (out->checkpoint.len == 0)
		return fail(reader, UNDERSIGN_E_FORMAT, "a checkpoint follows the empty line");
	return UNDERSIGN_OK;
}

enum undersign_status tlog_proof_parse(struct tlog_proof *out, struct bytes text,
				       struct problem *problem)
{
	struct proof_reader reader = {.rest = text, .problem = problem};
	enum undersign_status status;

	memset(out, 0, sizeof *out);
	if (text.len > TLOG_PROOF_LEN_MAX)
		status = fail(&reader, UNDERSIGN_E_LIMIT, "a proof has at most 262144 bytes");
	else
		status = parse(out, &reader);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

void tlog_proof_write(struct writer *writer, const struct tlog_proof *proof)
{
	writer_text(writer, HEADER "\n");
	if (proof->has_extra) {
		writer_text(writer, "extra ");
		writer_bytes(writer, proof->extra);
		writer_u8(writer, '\n');
	}
	writer_text(writer, "index ");
	writer_decimal(writer, proof->index);
	writer_u8(writer, '\n');
	for (size_t i = 0; i < proof->path.n; i++) {
		writer_base64(writer, bytes_from(proof->path.hashes[i].bytes, MERKLE_BYTES));
		writer_u8(writer, '\n');
	}
	writer_u8(writer, '\n');
	writer_bytes(writer, proof->checkpoint);
}

enum undersign_status tlog_proof_verify(struct checkpoint *out, const struct tlog_proof *proof,
					const struct merkle_hash *leaf, const struct policy *policy,
					struct problem *problem)
{
	struct note note;
	struct note_verdict verdict;
	size_t log;

	enum undersign_status status = policy_open_checkpoint(out, &note, &verdict, &log, policy,
							      proof->checkpoint, problem);
	if (status != UNDERSIGN_OK) {
		problem_inside(problem, "checkpoint", bytes_from(NULL, 0));
		return status;
	}
	if (merkle_inclusion_is_valid(&proof->path, leaf, proof->index, out->size, &out->root))
		return UNDERSIGN_OK;
	problem_where(problem, "index", bytes_from(NULL, 0));
	problem_rule(problem, "the path must lead from the entry at this index to the "
			      "checkpoint's root");
	problem_what_numbers(problem, "it does not, for index {1} of {2} entries", proof->index,
			     out->size);
	memset(out, 0, sizeof *out);
	return UNDERSIGN_E_INVALID;
}
