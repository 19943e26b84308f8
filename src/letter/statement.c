#include "statement.h"

#include "memory.h"

static enum undersign_status fail(struct problem *problem, enum undersign_status status,
				  const char *rule, const char *what)
{
	problem_where(problem, "statement", bytes_from(NULL, 0));
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return status;
}

static enum undersign_status parse(struct statement *out, struct bytes entry,
				   struct problem *problem)
{
	struct cursor cursor = cursor_new(entry);

	*out = (struct statement){.entry = entry};
	if (entry.len > STATEMENT_ENTRY_MAX)
		return fail(problem, UNDERSIGN_E_LIMIT, "an entry has at most 65,535 bytes",
			    "it is longer");
	if (cursor_u8(&cursor) != STATEMENT_ENTRY_BYTE)
		return fail(problem, UNDERSIGN_E_FORMAT, "a statement begins with the byte 1",
			    "another stands there");
	uint8_t action = cursor_u8(&cursor);
	if (action != MESSAGE_SIGN && action != MESSAGE_WITHDRAW)
		return fail(problem, UNDERSIGN_E_FORMAT,
			    "the action (byte 1) is 1, a signature, or 2, a withdrawal",
			    "another stands there");
	out->action = (enum message_action)action;
	cursor_copy(&cursor, out->scope, sizeof out->scope);
	if (out->action == MESSAGE_SIGN)
		cursor_copy(&cursor, out->ring_id, sizeof out->ring_id);
	out->seq = cursor_u32le(&cursor);
	out->proof = cursor_take(&cursor, cursor_u16le(&cursor));
	out->body = cursor_take(&cursor, cursor_u16le(&cursor));
	if (!cursor_is_at_end(&cursor))
		return fail(problem, UNDERSIGN_E_FORMAT,
			    "a statement is header, proof and body, of just the lengths that it "
			    "states",
			    cursor.has_failed ? "it ends too early" : "bytes follow the body");
	if (out->proof.len < POINT_BYTES)
		return fail(problem, UNDERSIGN_E_FORMAT, "a proof begins with a tag of 32 bytes",
			    "it is shorter");
	return UNDERSIGN_OK;
}

enum undersign_status statement_parse(struct statement *out, struct bytes entry,
				      struct problem *problem)
{
	enum undersign_status status = parse(out, entry, problem);

	if (status != UNDERSIGN_OK)
		*out = (struct statement){0};
	return status;
}

void statement_write(struct writer *writer, const struct statement *statement)
{
	CHECK(statement->proof.len >= POINT_BYTES && statement->proof.len <= UINT16_MAX &&
	      statement->body.len <= UINT16_MAX);
	writer_u8(writer, STATEMENT_ENTRY_BYTE);
	writer_u8(writer, (uint8_t)statement->action);
	writer_put(writer, statement->scope, sizeof statement->scope);
	if (statement->action == MESSAGE_SIGN)
		writer_put(writer, statement->ring_id, sizeof statement->ring_id);
	writer_u32le(writer, statement->seq);
	writer_u16le(writer, (uint16_t)statement->proof.len);
	writer_bytes(writer, statement->proof);
	writer_u16le(writer, (uint16_t)statement->body.len);
	writer_bytes(writer, statement->body);
}

/* A scope is u8 kind || context || u32 index (protocol 10.2). */
bool statement_is_of_letter(const struct statement *statement,
			    const uint8_t context[static HASH_BYTES])
{
	return bytes_are_equal(bytes_from(statement->scope + 1, HASH_BYTES),
			       bytes_from(context, HASH_BYTES));
}

/* True if some ring has proofs of this length. All lengths are told apart by digits and top radix
 * (protocol 5), so one ring of each is tried. */
static bool is_proof_len(size_t len)
{
	uint64_t below = 1; /* rings of more members than this have the digit */

	for (unsigned digit = 0; digit < PROOF_DIGITS; digit++, below *= PROOF_RADIX)
		for (uint64_t radix = 2; radix <= PROOF_RADIX; radix++)
			if (below * radix <= RING_MAX && proof_len(below * radix) == len)
				return true;
	return false;
}

/* What letters and polls have in common. */
static enum undersign_status check_common(const struct statement *statement,
					  const uint8_t context[static HASH_BYTES],
					  enum scope_kind kind, struct problem *problem)
{
	static const uint8_t index_0[4];

	if (!statement_is_of_letter(statement, context))
		return fail(problem, UNDERSIGN_E_INVALID,
			    "a statement of this letter has its context as scope",
			    "it is of another letter");
	if (statement->scope[0] != kind)
		return fail(problem, UNDERSIGN_E_INVALID,
			    kind == SCOPE_LETTER ? "a statement of a letter has a scope of kind 1"
						 : "a statement of a poll has a scope of kind 2",
			    "another kind");
	if (memcmp(statement->scope + 1 + HASH_BYTES, index_0, sizeof index_0) != 0)
		return fail(problem, UNDERSIGN_E_INVALID,
			    "a statement of a letter has a scope of index 0: every other would "
			    "give a member another tag",
			    "another index");
	if (statement->seq == 0)
		return fail(problem, UNDERSIGN_E_INVALID, "seq is 1 or more", "0");
	bool is_len = statement->action == MESSAGE_SIGN
			      ? is_proof_len(statement->proof.len)
			      : statement->proof.len == SIGMA_WITHDRAW_BYTES;
	if (!is_len)
		return fail(problem, UNDERSIGN_E_INVALID,
			    "a proof has the length that the protocol gives it",
			    "no proof has this length");
	return UNDERSIGN_OK;
}

enum undersign_status statement_check_letter(const struct statement *statement,
					     const uint8_t context[static HASH_BYTES],
					     struct problem *problem)
{
	enum undersign_status status = check_common(statement, context, SCOPE_LETTER, problem);

	if (status == UNDERSIGN_OK && statement->body.len > 0)
		status = fail(problem, UNDERSIGN_E_INVALID, "a statement of a letter has no body",
			      "bytes stand there");
	return status;
}

enum undersign_status statement_check_poll(const struct statement *statement,
					   const uint8_t context[static HASH_BYTES],
					   const struct shape *shape, struct problem *problem)
{
	enum undersign_status status = check_common(statement, context, SCOPE_POLL, problem);
	const size_t len = statement->action == MESSAGE_SIGN ? shape_answer_len(shape) : 0;

	if (status == UNDERSIGN_OK && statement->body.len != len)
		status = fail(problem, UNDERSIGN_E_INVALID,
			      "an answer has the length that its poll's questions give it",
			      "it has another");
	return status;
}

enum undersign_status statement_check(const struct statement *statement,
				      const struct manifest *manifest, struct problem *problem)
{
	if (manifest_is_poll(manifest))
		return statement_check_poll(statement, manifest->context, &manifest->poll.shape,
					    problem);
	return statement_check_letter(statement, manifest->context, problem);
}

void statement_message(struct writer *writer, const struct statement *statement,
		       const struct manifest *manifest)
{
	uint8_t payload[MESSAGE_WITHDRAW_BYTES], answer[ANSWER_PAYLOAD_BYTES];

	if (statement->action == MESSAGE_SIGN && manifest_is_poll(manifest)) {
		answer_payload(answer, &manifest->poll.shape, statement->body.data);
		message_write_sign(writer, statement->seq, manifest->sha512,
				   bytes_from(answer, sizeof answer));
		return;
	}
	if (statement->action == MESSAGE_SIGN) {
		message_write_sign(writer, statement->seq, manifest->sha512, bytes_from(NULL, 0));
		return;
	}
	message_write_withdraw(payload, statement->seq);
	writer_put(writer, payload, sizeof payload);
}

static enum undersign_status fail_file(struct problem *problem, enum undersign_status status,
				       const char *rule, const char *what)
{
	problem_where(problem, "statement file", bytes_from(NULL, 0));
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return status;
}

/* What the second entry has in common with the first. */
static enum undersign_status check_second(const struct statement_file *file,
					  struct problem *problem)
{
	const struct statement *first = &file->statements[0];
	const struct statement *second = &file->statements[1];

	if (first->action != MESSAGE_SIGN || second->action != MESSAGE_SIGN)
		return fail_file(problem, UNDERSIGN_E_INVALID,
				 "only a signature has a second proof", "a withdrawal");
	if (memcmp(first->scope, second->scope, SCOPE_BYTES) != 0)
		return fail_file(problem, UNDERSIGN_E_INVALID,
				 "the second proof has the scope of the first", "another scope");
	if (first->seq != second->seq)
		return fail_file(problem, UNDERSIGN_E_INVALID,
				 "the second proof has the seq of the first", "another seq");
	if (memcmp(statement_tag(first), statement_tag(second), POINT_BYTES) != 0)
		return fail_file(problem, UNDERSIGN_E_INVALID,
				 "the second proof has the tag of the first", "another tag");
	if (memcmp(first->ring_id, second->ring_id, HASH_BYTES) == 0)
		return fail_file(problem, UNDERSIGN_E_INVALID,
				 "the second proof has another ring than the first",
				 "the same ring");
	return UNDERSIGN_OK;
}

static enum undersign_status parse_file(struct statement_file *out, struct bytes file,
					struct problem *problem)
{
	struct bytes header = bytes_from_text(STATEMENT_FILE_HEADER);
	struct cursor cursor = cursor_new(file);
	struct bytes entries[2];

	if (!bytes_are_equal(cursor_take(&cursor, header.len), header))
		return fail_file(problem, UNDERSIGN_E_FORMAT,
				 "a statement file begins with the line `undersigned statement "
				 "v1`",
				 "it does not");
	out->n = cursor_u8(&cursor);
	if (out->n < 1 || out->n > 2)
		return fail_file(problem, UNDERSIGN_E_FORMAT,
				 "a statement file has one entry, or two", "another number");
	for (size_t i = 0; i < out->n; i++)
		entries[i] = cursor_take(&cursor, cursor_u16le(&cursor));
	if (!cursor_is_at_end(&cursor))
		return fail_file(problem, UNDERSIGN_E_FORMAT,
				 "a statement file has its entries, of just the lengths that it "
				 "states",
				 cursor.has_failed ? "it ends too early" : "bytes follow them");
	for (size_t i = 0; i < out->n; i++) {
		enum undersign_status status =
			statement_parse(&out->statements[i], entries[i], problem);

		if (status == UNDERSIGN_OK)
			continue;
		problem_inside_number(problem, "entry", (uint64_t)i + 1);
		problem_inside(problem, "statement file", bytes_from(NULL, 0));
		return status;
	}
	return out->n == 2 ? check_second(out, problem) : UNDERSIGN_OK;
}

enum undersign_status statement_file_parse(struct statement_file *out, struct bytes file,
					   struct problem *problem)
{
	*out = (struct statement_file){0};
	enum undersign_status status = parse_file(out, file, problem);
	if (status != UNDERSIGN_OK)
		*out = (struct statement_file){0};
	return status;
}

void statement_file_write(struct writer *writer, const struct bytes *entries, size_t n)
{
	CHECK(n >= 1 && n <= 2);
	writer_text(writer, STATEMENT_FILE_HEADER);
	writer_u8(writer, (uint8_t)n);
	for (size_t i = 0; i < n; i++) {
		CHECK(entries[i].len <= STATEMENT_ENTRY_MAX);
		writer_u16le(writer, (uint16_t)entries[i].len);
		writer_bytes(writer, entries[i]);
	}
}
