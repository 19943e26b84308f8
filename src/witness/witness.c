#include "witness.h"

#include "encoding.h"
#include "sha2.h"

#include <string.h>

static void say(struct problem *problem, const char *noun, const char *rule, const char *what)
{
	problem_where(problem, noun, bytes_from(NULL, 0));
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
}

struct witness_seen witness_seen_none(void)
{
	return (struct witness_seen){.root = merkle_empty()};
}

/* Takes a line without its newline. False if there is none. */
static bool take_line(struct bytes *out, struct bytes *rest)
{
	const uint8_t *end = rest->len ? memchr(rest->data, '\n', rest->len) : NULL;

	if (!end)
		return false;
	const size_t len = (size_t)(end - rest->data);
	*out = bytes_part(*rest, 0, len);
	*rest = bytes_part(*rest, len + 1, rest->len - len - 1);
	return true;
}

static enum witness_status malformed(struct problem *problem, uint64_t line, const char *rule)
{
	problem_where_number(problem, "line", line);
	problem_rule(problem, rule);
	problem_what(problem, "it is another", bytes_from(NULL, 0));
	return WITNESS_MALFORMED;
}

/* What stands before the checkpoint. */
static enum witness_status read_head(struct witness_submission *out, struct bytes *rest,
				     struct problem *problem)
{
	static const char start[] = "old ";
	struct bytes line;
	uint64_t number = 2;

	if (!take_line(&line, rest) || !bytes_begin_with(line, bytes_from_text(start)) ||
	    decimal_decode(&out->old_size, bytes_part(line, 4, line.len - 4), MERKLE_SIZE_MAX) !=
		    UNDERSIGN_OK)
		return malformed(problem, 1, "the first line is `old` and a decimal size");
	for (; take_line(&line, rest); number++) {
		if (line.len == 0)
			return WITNESS_FINE;
		if (out->proof.n == WITNESS_PROOF_MAX)
			return malformed(problem, number, "a proof has at most 63 hashes");
		if (base64_decode_exactly(out->proof.hashes[out->proof.n++].bytes, MERKLE_BYTES,
					  line) != UNDERSIGN_OK)
			return malformed(problem, number,
					 "a line of the proof is base64 of 32 bytes");
	}
	return malformed(problem, number, "an empty line stands before the checkpoint");
}

enum witness_status witness_read(struct witness_submission *out, struct bytes body,
				 struct problem *problem)
{
	struct bytes rest = body;

	memset(out, 0, sizeof *out);
	const enum witness_status status = read_head(out, &rest, problem);
	if (status != WITNESS_FINE)
		return status;
	if (note_parse(&out->note, rest, problem) != UNDERSIGN_OK)
		return WITNESS_MALFORMED;
	if (out->note.text.len > NOTE_COSIGNED_LEN_MAX)
		return malformed(problem, 1, "a checkpoint has at most 4096 bytes");
	switch (checkpoint_parse(&out->checkpoint, out->note.text, problem)) {
	case UNDERSIGN_OK:
		return WITNESS_FINE;
	case UNDERSIGN_E_INVALID:
		return WITNESS_INCONSISTENT;
	default:
		return WITNESS_MALFORMED;
	}
}

void witness_write(struct writer *writer, uint64_t old_size, const struct merkle_proof *proof,
		   struct bytes checkpoint)
{
	writer_text(writer, "old ");
	writer_decimal(writer, old_size);
	writer_u8(writer, '\n');
	for (size_t i = 0; i < proof->n; i++) {
		writer_base64(writer, bytes_from(proof->hashes[i].bytes, MERKLE_BYTES));
		writer_u8(writer, '\n');
	}
	writer_u8(writer, '\n');
	writer_bytes(writer, checkpoint);
}

enum witness_status witness_check(struct witness_submission *submission, const struct note_key *log,
				  struct problem *problem)
{
	struct note_verdict verdict;

	if (!bytes_are_equal(submission->checkpoint.origin, log->name)) {
		say(problem, "line 1", "the origin is the name of the log's key", "it is another");
		return WITNESS_UNTRUSTED;
	}
	if (note_verify(&verdict, &submission->note, log, 1, NOTE_UNKNOWN_IGNORED, problem) !=
	    UNDERSIGN_OK)
		return WITNESS_UNTRUSTED;
	while (verdict.key_of[submission->signature] != 0)
		submission->signature++;
	return WITNESS_FINE;
}

enum witness_status witness_step(const struct witness_submission *submission,
				 const struct witness_seen *seen, struct problem *problem)
{
	const struct checkpoint *checkpoint = &submission->checkpoint;

	if (submission->old_size > checkpoint->size) {
		say(problem, "line 1", "the old size is at most that of the checkpoint",
		    "it is larger");
		return WITNESS_MALFORMED;
	}
	if (submission->old_size != seen->size) {
		say(problem, "line 1", "the old size is that of the latest checkpoint cosigned",
		    "it is another");
		return WITNESS_STALE;
	}
	if (!merkle_consistency_is_valid(&submission->proof, seen->size, &seen->root,
					 checkpoint->size, &checkpoint->root)) {
		say(problem, "the proof",
		    "it shows that the log begins with the one that was cosigned", "it does not");
		return WITNESS_INCONSISTENT;
	}
	return WITNESS_FINE;
}

enum undersign_status witness_cosign(struct writer *writer,
				     const struct witness_submission *submission,
				     const struct note_signer *signer, uint64_t seconds)
{
	return note_cosign_line(writer, submission->note.text, signer, seconds);
}

void witness_record_write(struct writer *writer, const struct witness_submission *submission,
			  struct bytes cosignature)
{
	writer_bytes(writer, submission->note.text);
	writer_u8(writer, '\n');
	writer_bytes(writer, submission->note.signatures[submission->signature].line);
	writer_bytes(writer, cosignature);
}

enum undersign_status witness_record_read(struct witness_seen *out, struct bytes record,
					  const struct note_key *log,
					  const struct note_key *witness, struct problem *problem)
{
	const struct note_key keys[] = {*log, *witness};
	struct note note;
	struct note_verdict verdict;
	struct checkpoint checkpoint;

	*out = witness_seen_none();
	enum undersign_status status = note_parse(&note, record, problem);
	if (status == UNDERSIGN_OK)
		status = checkpoint_parse(&checkpoint, note.text, problem);
	if (status == UNDERSIGN_OK)
		status = note_verify(&verdict, &note, keys, 2, NOTE_UNKNOWN_REFUSED, problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (!note_verdict_has(&verdict, 0) || !note_verdict_has(&verdict, 1) ||
	    !bytes_are_equal(checkpoint.origin, log->name)) {
		say(problem, "signatures",
		    "the log and this witness have signed a checkpoint of the log",
		    "one of them has not");
		return UNDERSIGN_E_MISSING;
	}
	out->size = checkpoint.size;
	out->root = checkpoint.root;
	out->seconds = note_verdict_seconds(&verdict, 1);
	return UNDERSIGN_OK;
}

void witness_origin_hex(uint8_t out[static WITNESS_ORIGIN_HEX_LEN], struct bytes origin)
{
	uint8_t hash[SHA256_BYTES];
	struct writer writer = writer_new(out, WITNESS_ORIGIN_HEX_LEN);

	sha256(hash, origin);
	writer_hex(&writer, bytes_from(hash, sizeof hash));
}

struct note_key witness_key(const struct note_signer *signer)
{
	struct note_key key;

	CHECK(note_key_new(&key, signer->name, NOTE_KEY_COSIGNATURE, signer->public_key) ==
	      UNDERSIGN_OK);
	return key;
}
