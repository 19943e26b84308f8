#include "checkpoint.h"

#include "encoding.h"
#include "memory.h"

static enum undersign_status fail(struct problem *problem, enum undersign_status status,
				  uint64_t line, const char *rule, struct bytes what)
{
	problem_where_number(problem, "line", line);
	problem_rule(problem, rule);
	problem_what(problem, "found", what);
	return status;
}

/* Takes a line without its newline. False if there is none. */
static bool take_line(struct bytes *out, struct bytes *rest)
{
	size_t len = 0;

	while (len < rest->len && rest->data[len] != '\n')
		len++;
	if (len == rest->len)
		return false;
	*out = bytes_part(*rest, 0, len);
	*rest = bytes_part(*rest, len + 1, rest->len - len - 1);
	return true;
}

static enum undersign_status check_extensions(struct bytes rest, struct problem *problem)
{
	struct bytes line;

	for (uint64_t number = 4; take_line(&line, &rest); number++) {
		if (line.len == 0)
			return fail(problem, UNDERSIGN_E_FORMAT, number,
				    "a checkpoint has no empty line", line);
	}
	return UNDERSIGN_OK;
}

static enum undersign_status parse_body(struct checkpoint *out, struct bytes text,
					struct problem *problem)
{
	struct bytes rest = text;
	struct bytes line = bytes_from(NULL, 0);
	struct merkle_hash empty = merkle_empty();

	if (!take_line(&out->origin, &rest) || out->origin.len == 0)
		return fail(problem, UNDERSIGN_E_FORMAT, 1,
			    "a checkpoint's first line is the log's origin", out->origin);
	if (!take_line(&line, &rest) ||
	    decimal_decode(&out->size, line, MERKLE_SIZE_MAX) != UNDERSIGN_OK)
		return fail(problem, UNDERSIGN_E_FORMAT, 2,
			    "a checkpoint's second line is the log's size, decimal, without sign "
			    "or leading zeros, below 2^63",
			    line);
	line = bytes_from(NULL, 0);
	if (!take_line(&line, &rest) ||
	    base64_decode_exactly(out->root.bytes, MERKLE_BYTES, line) != UNDERSIGN_OK)
		return fail(problem, UNDERSIGN_E_FORMAT, 3,
			    "a checkpoint's third line is the log's root, base64 of 32 bytes",
			    line);
	if (out->size == 0 && !merkle_hash_is_equal(&out->root, &empty))
		return fail(problem, UNDERSIGN_E_INVALID, 3,
			    "the root of an empty log is the SHA-256 of nothing", line);
	out->extensions = rest;
	return check_extensions(rest, problem);
}

enum undersign_status checkpoint_parse(struct checkpoint *out, struct bytes text,
				       struct problem *problem)
{
	memset(out, 0, sizeof *out);
	enum undersign_status status = note_check_text(text, problem);
	if (status == UNDERSIGN_OK)
		status = parse_body(out, text, problem);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

void checkpoint_write(struct writer *writer, const struct checkpoint *checkpoint)
{
	writer_bytes(writer, checkpoint->origin);
	writer_u8(writer, '\n');
	writer_decimal(writer, checkpoint->size);
	writer_u8(writer, '\n');
	writer_base64(writer, bytes_from(checkpoint->root.bytes, MERKLE_BYTES));
	writer_u8(writer, '\n');
	writer_bytes(writer, checkpoint->extensions);
}

static enum undersign_status check(const struct checkpoint *checkpoint, const struct note *note,
				   struct note_verdict *verdict, const struct note_key *keys,
				   size_t n_keys, enum note_strictness strictness,
				   struct problem *problem)
{
	CHECK(n_keys > 0);
	if (!bytes_are_equal(checkpoint->origin, keys[0].name))
		return fail(problem, UNDERSIGN_E_INVALID, 1,
			    "the origin must be the name of the log's key", checkpoint->origin);
	if (checkpoint->extensions.len > 0)
		return fail(problem, UNDERSIGN_E_INVALID, 4,
			    "a checkpoint of this log has three lines", bytes_from(NULL, 0));
	enum undersign_status status =
		note_verify(verdict, note, keys, n_keys, strictness, problem);
	if (status == UNDERSIGN_OK && !note_verdict_has(verdict, 0))
		return fail(problem, UNDERSIGN_E_MISSING, 5,
			    "the log itself must have signed its checkpoint",
			    bytes_from_text(N_("signatures of other keys only")));
	return status;
}

enum undersign_status checkpoint_open(struct checkpoint *out, struct note *note,
				      struct note_verdict *verdict, struct bytes input,
				      const struct note_key *keys, size_t n_keys,
				      enum note_strictness strictness, struct problem *problem)
{
	memset(out, 0, sizeof *out);
	memset(verdict, 0, sizeof *verdict);
	enum undersign_status status = note_parse(note, input, problem);
	if (status == UNDERSIGN_OK)
		status = checkpoint_parse(out, note->text, problem);
	if (status == UNDERSIGN_OK)
		status = check(out, note, verdict, keys, n_keys, strictness, problem);
	if (status != UNDERSIGN_OK) {
		memset(out, 0, sizeof *out);
		memset(note, 0, sizeof *note);
		for (size_t i = 0; i < NOTE_SIGNATURES_MAX; i++)
			verdict->key_of[i] = NOTE_KEY_UNKNOWN;
	}
	return status;
}
