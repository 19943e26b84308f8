#include "promise.h"

#include "encoding.h"
#include "letter_line.h"
#include "line.h"
#include "memory.h"
#include "scope.h"

#define APPOINTMENT_HEADER "undersigned promise-key v1"
#define PROMISE_HEADER     "undersigned promise v1"

static enum undersign_status fail(struct problem *problem, enum undersign_status status,
				  const char *rule, const char *what)
{
	problem_where(problem, "promise", bytes_from(NULL, 0));
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return status;
}

static void write_appointment(struct writer *writer, const struct note_key *log,
			      const struct note_key *key)
{
	writer_text(writer, APPOINTMENT_HEADER "\n");
	letter_line_write_vkey(writer, "log", log);
	letter_line_write_vkey(writer, "key", key);
}

enum undersign_status promise_appoint(struct writer *writer, const struct note_key *key,
				      const struct note_signer *log)
{
	uint8_t buffer[PROMISE_APPOINTMENT_MAX];
	struct writer text = writer_new(buffer, sizeof buffer);
	struct note_key log_key;
	enum undersign_status status =
		note_key_new(&log_key, log->name, NOTE_KEY_NOTE, log->public_key);

	if (status != UNDERSIGN_OK)
		return status;
	write_appointment(&text, &log_key, key);
	return note_sign(writer, writer_view(&text), log, 1);
}

/* The one signature of a note that note_verify has taken. */
static void take_signature(uint8_t out[static ED25519_SIGNATURE_BYTES], const struct note *note)
{
	uint8_t raw[4 + ED25519_SIGNATURE_BYTES];

	CHECK(base64_decode_exactly(raw, sizeof raw, note->signatures[0].base64) == UNDERSIGN_OK);
	memcpy(out, raw + 4, ED25519_SIGNATURE_BYTES);
}

static enum undersign_status open_appointment(struct promise_appointment *out, struct bytes bytes,
					      struct problem *problem)
{
	struct note note;
	struct note_verdict verdict;
	enum undersign_status status = note_parse(&note, bytes, problem);

	if (status != UNDERSIGN_OK)
		return status;
	struct line_reader reader = line_reader_new(note.text, problem);
	line_header(&reader, APPOINTMENT_HEADER);
	letter_line_vkey(&reader, "log", &out->log);
	letter_line_vkey(&reader, "key", &out->key);
	status = line_end(&reader);
	if (status == UNDERSIGN_OK)
		status = note_verify(&verdict, &note, &out->log, 1, NOTE_UNKNOWN_REFUSED, problem);
	if (status == UNDERSIGN_OK)
		take_signature(out->signature, &note);
	return status;
}

enum undersign_status promise_appointment_open(struct promise_appointment *out, struct bytes note,
					       struct problem *problem)
{
	memset(out, 0, sizeof *out);
	enum undersign_status status = open_appointment(out, note, problem);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

enum undersign_status promise_write(struct writer *writer, const struct promise *promise,
				    const struct note_signer *signer)
{
	const struct promise_appointment *appointment = &promise->appointment;
	uint8_t buffer[PROMISE_MAX];
	struct writer text = writer_new(buffer, sizeof buffer);

	if (!bytes_are_equal(signer->name, appointment->key.name) ||
	    memcmp(signer->public_key, appointment->key.public_key, ED25519_PUBLIC_BYTES) != 0)
		return UNDERSIGN_E_USAGE;
	writer_text(&text, PROMISE_HEADER "\n");
	letter_line_write_vkey(&text, "log", &appointment->log);
	letter_line_write_hex(&text, "letter", bytes_from(promise->letter, HASH_BYTES));
	letter_line_write_hex(&text, "statement", bytes_from(promise->statement, SHA512_BYTES));
	letter_line_write_vkey(&text, "key", &appointment->key);
	letter_line_write_base64(&text, "appointed",
				 bytes_from(appointment->signature, sizeof appointment->signature));
	return note_sign(writer, writer_view(&text), signer, 1);
}

static enum undersign_status open_promise(struct promise *out, struct bytes bytes,
					  const struct note_key *log, struct problem *problem)
{
	struct promise_appointment *appointment = &out->appointment;
	uint8_t buffer[PROMISE_APPOINTMENT_MAX];
	struct writer appointed = writer_new(buffer, sizeof buffer);
	struct note note;
	struct note_verdict verdict;
	enum undersign_status status = note_parse(&note, bytes, problem);

	if (status != UNDERSIGN_OK)
		return status;
	struct line_reader reader = line_reader_new(note.text, problem);
	line_header(&reader, PROMISE_HEADER);
	letter_line_vkey(&reader, "log", &appointment->log);
	line_hex(&reader, "letter", out->letter, sizeof out->letter);
	line_hex(&reader, "statement", out->statement, sizeof out->statement);
	letter_line_vkey(&reader, "key", &appointment->key);
	line_base64(&reader, "appointed", appointment->signature, sizeof appointment->signature);
	status = line_end(&reader);
	if (status != UNDERSIGN_OK)
		return status;
	if (log && !note_key_is_equal(log, &appointment->log))
		return fail(problem, UNDERSIGN_E_INVALID, "a promise is of the log that is meant",
			    "it is of another log");
	write_appointment(&appointed, &appointment->log, &appointment->key);
	if (!ed25519_signature_is_valid_vartime(appointment->log.public_key,
						writer_view(&appointed), appointment->signature))
		return fail(problem, UNDERSIGN_E_INVALID,
			    "the log's key has appointed the key that signs its promises",
			    "the signature of the appointment does not hold");
	return note_verify(&verdict, &note, &appointment->key, 1, NOTE_UNKNOWN_REFUSED, problem);
}

enum undersign_status promise_open(struct promise *out, struct bytes note,
				   const struct note_key *log, struct problem *problem)
{
	memset(out, 0, sizeof *out);
	enum undersign_status status = open_promise(out, note, log, problem);
	if (status != UNDERSIGN_OK)
		memset(out, 0, sizeof *out);
	return status;
}

bool promise_is_for(const struct promise *promise, struct bytes statement_file,
		    const uint8_t letter[static HASH_BYTES])
{
	uint8_t digest[SHA512_BYTES];

	sha512(digest, statement_file);
	return memcmp(digest, promise->statement, sizeof digest) == 0 &&
	       memcmp(letter, promise->letter, HASH_BYTES) == 0;
}

/* The letter's id, from its note. */
static void letter_id(uint8_t out[static HASH_BYTES], const struct replay_letter *letter)
{
	struct note note;

	CHECK(note_parse(&note, letter->note, NULL) == UNDERSIGN_OK);
	scope_context(out, note.text);
}

static bool is_in_log(const struct replay *replay, const struct replay_letter *letter,
		      const struct statement_file *file)
{
	const struct statement *first = &file->statements[0];

	for (size_t i = 0; i < file->n; i++) {
		uint8_t digest[SHA256_BYTES];

		sha256(digest, file->statements[i].entry);
		if (replay_find(replay, digest) != REPLAY_NONE)
			return true;
	}
	const struct replay_tag *tag = replay_tag(letter, statement_tag(first));
	return tag && tag->highest_seq > first->seq;
}

/* A lone signature over a ring that is not its class's ring of all and never was released. */
static bool is_void(const struct replay_letter *letter, const struct statement_file *file)
{
	const struct statement *first = &file->statements[0];

	if (file->n != 1 || first->action != MESSAGE_SIGN)
		return false;
	const struct rings_ring *ring = rings_find(letter->rings, first->ring_id);
	CHECK(ring != NULL);
	const struct manifest_ring *form = &letter->manifest->rings[ring->number];
	return manifest_ring_of_all(letter->manifest, form->class_of_members) != ring->number &&
	       !replay_ring_is_released(letter, ring->number);
}

enum undersign_status promise_is_kept(enum promise_fate *out, const struct promise *promise,
				      struct bytes statement_file, const struct replay *replay,
				      const struct replay_letter *letter, struct problem *problem)
{
	struct statement_file file;
	uint8_t id[HASH_BYTES];
	enum undersign_status status;

	*out = PROMISE_OPEN;
	letter_id(id, letter);
	if (!note_key_is_equal(&promise->appointment.log, replay_log_key(replay)) ||
	    !promise_is_for(promise, statement_file, id))
		return fail(problem, UNDERSIGN_E_INVALID,
			    "a promise is of this log, this letter and this statement file",
			    "it is about another");
	status = statement_file_parse(&file, statement_file, problem);
	for (size_t i = 0; i < file.n && status == UNDERSIGN_OK; i++)
		status = statement_check(&file.statements[i], letter->manifest, problem);
	if (status == UNDERSIGN_OK)
		status = rings_check_file(letter->rings, &file, problem);
	if (status != UNDERSIGN_OK)
		return status;
	const uint64_t epoch = replay_epoch(replay);
	if (is_in_log(replay, letter, &file))
		*out = PROMISE_KEPT;
	else if (epoch == REPLAY_NONE || epoch < letter->closing)
		*out = PROMISE_OPEN;
	else
		*out = is_void(letter, &file) ? PROMISE_VOID : PROMISE_BROKEN;
	return UNDERSIGN_OK;
}
