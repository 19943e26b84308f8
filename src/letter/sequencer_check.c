#include "sequencer.h"

#include "memory.h"
#include "order.h"
#include "record.h"
#include "snapshot.h"

/* --- Statement files ----------------------------------------------------------------------------
 */

/* Says when something begins or ended, as a date where the log has one. */
static void say_date(const struct replay *replay, const char *before, uint64_t epoch,
		     const char *after, struct problem *problem)
{
	uint8_t text[PROBLEM_TEXT_LEN];
	struct writer writer = writer_new(text, sizeof(text));
	const struct record_log *log = replay_log(replay);
	uint64_t seconds;

	writer_text(&writer, before);
	writer_text(&writer, " epoch ");
	writer_decimal(&writer, epoch);
	if (log && record_log_instant(&seconds, log, epoch) == UNDERSIGN_OK) {
		writer_text(&writer, ", ");
		record_log_date_write(&writer, log, seconds);
	}
	writer_text(&writer, after);
	problem_what(problem, "", writer_view(&writer));
}

static enum undersign_status check_window(const struct replay *replay,
					  const struct replay_letter *letter, uint64_t epoch,
					  struct problem *problem)
{
	if (epoch == SEQUENCER_ANY_EPOCH)
		return UNDERSIGN_OK;
	problem_where(problem, "statement file", (struct bytes){0});
	if (epoch > letter->closing) {
		problem_rule(problem, "a letter takes signatures until it closes");
		say_date(replay, "Closed since", letter->closing, ". Nothing more is accepted.",
			 problem);
		return UNDERSIGN_E_INVALID;
	}
	problem_rule(problem, "a letter takes signatures once it is open");
	if (letter->opened_at == REPLAY_NONE) {
		problem_what(problem, "Not open yet. Its organiser has not opened it.",
			     (struct bytes){0});
		return UNDERSIGN_E_INVALID;
	}
	if (epoch < letter->opening) {
		say_date(replay, "Not open yet. Signing starts with", letter->opening, ".",
			 problem);
		return UNDERSIGN_E_INVALID;
	}
	return UNDERSIGN_OK;
}

static enum undersign_status say_proof(struct problem *problem, size_t number)
{
	problem_where_number(problem, "statement file, statement", number);
	problem_rule(problem, "a proof holds for its ring, its letter and its text");
	problem_what(problem, "the proof does not hold", (struct bytes){0});
	return UNDERSIGN_E_INVALID;
}

/* Everything about a file but the proofs of its signatures. */
static enum undersign_status check_form(struct statement_file *parsed, struct replay_letter **out,
					const struct replay *replay, struct bytes file,
					uint64_t epoch, struct problem *problem)
{
	struct replay_letter *letter = NULL;
	enum undersign_status status = statement_file_parse(parsed, file, problem);

	*out = NULL;
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < replay_n_letters(replay) && !letter; i++) {
		letter = replay_letter_at(replay, i);
		if (!statement_is_of_letter(&parsed->statements[0], letter->manifest->context))
			letter = NULL;
	}
	if (!letter) {
		problem_where(problem, "statement file", (struct bytes){0});
		problem_rule(problem, "a statement is of a letter that is published here");
		problem_what(problem, "This is another letter.", (struct bytes){0});
		return UNDERSIGN_E_MISSING;
	}
	for (size_t i = 0; i < parsed->n && status == UNDERSIGN_OK; i++)
		status = statement_check_letter(&parsed->statements[i], letter->manifest->context,
						problem);
	if (status == UNDERSIGN_OK)
		status = rings_check_file(letter->rings, parsed, problem);
	if (status == UNDERSIGN_OK)
		status = check_window(replay, letter, epoch, problem);
	if (status == UNDERSIGN_OK)
		*out = letter;
	return status;
}

/* Proofs that wait to be verified together. */
#define BATCH_FILES 256
#define BATCH       (2 * BATCH_FILES)

struct batch {
	const struct generators *generators;
	const uint8_t *fresh;
	struct arena *arena;
	struct proof_item *items;
	size_t *files; /* of each item */
	size_t *numbers;
	bool *verdicts;
	uint8_t (*messages)[STATEMENT_MESSAGE_MAX];
	size_t n;
	void *scratch;
	size_t scratch_len;
	/* What has been found out of each file, and of the first that does not hold. */
	enum undersign_status *statuses;
	struct problem *problems; /* or NULL */
	size_t first;
	struct problem first_problem;
};

static enum undersign_status batch_begin(struct batch *batch, size_t n_files)
{
	size_t capacity = n_files < BATCH_FILES ? 2 * n_files : BATCH;

	batch->items = ARENA_TAKE(batch->arena, struct proof_item, capacity);
	batch->files = ARENA_TAKE(batch->arena, size_t, capacity);
	batch->numbers = ARENA_TAKE(batch->arena, size_t, capacity);
	batch->verdicts = ARENA_TAKE(batch->arena, bool, capacity);
	batch->messages = arena_take(batch->arena, capacity, STATEMENT_MESSAGE_MAX);
	batch->first = n_files;
	if (!batch->items || !batch->files || !batch->numbers || !batch->verdicts ||
	    !batch->messages)
		return UNDERSIGN_E_MEMORY;
	return UNDERSIGN_OK;
}

/* A file does not hold. Of one with several faults the first that is told stands. */
static void batch_refuse(struct batch *batch, size_t file, enum undersign_status status,
			 const struct problem *problem)
{
	if (batch->statuses[file] != UNDERSIGN_OK)
		return;
	batch->statuses[file] = status;
	if (batch->problems)
		batch->problems[file] = *problem;
	if (file < batch->first) {
		batch->first = file;
		batch->first_problem = *problem;
	}
}

static enum undersign_status batch_verify(struct batch *batch)
{
	size_t n = batch->n;
	size_t scratch_len;

	batch->n = 0;
	if (n == 0)
		return UNDERSIGN_OK;
	scratch_len = proof_verify_scratch_len(batch->items, n);
	if (scratch_len > batch->scratch_len) {
		batch->scratch = arena_take(batch->arena, scratch_len / 64 + 1, 64);
		if (!batch->scratch)
			return UNDERSIGN_E_MEMORY;
		batch->scratch_len = scratch_len;
	}
	if (proof_verify_batch_vartime(batch->verdicts, batch->generators, batch->items, n,
				       batch->fresh, NULL, batch->scratch, batch->scratch_len))
		return UNDERSIGN_OK;
	for (size_t i = 0; i < n; i++) {
		struct problem problem = {0};

		if (batch->verdicts[i])
			continue;
		batch_refuse(batch, batch->files[i], say_proof(&problem, batch->numbers[i]),
			     &problem);
	}
	return UNDERSIGN_OK;
}

/* One statement of a file: a signature waits, a withdrawal is verified. False if it is refused. */
static bool batch_add(struct batch *batch, const struct replay_letter *letter,
		      const struct statement *statement, size_t file, size_t number)
{
	const struct rings_ring *ring;
	struct writer message =
		writer_new(batch->messages[batch->n], sizeof(batch->messages[batch->n]));

	statement_message(&message, statement, letter->manifest->sha512);
	if (statement->action == MESSAGE_WITHDRAW)
		return sigma_withdraw_is_valid_vartime(&letter->scope, writer_view(&message),
						       statement->proof);
	ring = rings_find(letter->rings, statement->ring_id);
	if (statement->proof.len != proof_len(ring->ring.n))
		return false;
	batch->items[batch->n] = (struct proof_item){&ring->ring, &letter->scope,
						     writer_view(&message), statement->proof};
	batch->files[batch->n] = file;
	batch->numbers[batch->n] = number;
	batch->n++;
	return true;
}

/* *out: the letter of the last file, if that holds. Only E_MEMORY fails. */
static enum undersign_status judge(struct batch *batch, struct replay_letter **out,
				   const struct replay *replay, const struct bytes *files, size_t n,
				   uint64_t epoch)
{
	enum undersign_status status = batch_begin(batch, n);

	*out = NULL;
	for (size_t i = 0; i < n && status == UNDERSIGN_OK; i++) {
		struct problem problem = {0};
		struct statement_file parsed;
		enum undersign_status form =
			check_form(&parsed, out, replay, files[i], epoch, &problem);

		batch->statuses[i] = UNDERSIGN_OK;
		for (size_t j = 0; form == UNDERSIGN_OK && j < parsed.n; j++)
			if (!batch_add(batch, *out, &parsed.statements[j], i, j + 1))
				form = say_proof(&problem, j + 1);
		if (form != UNDERSIGN_OK)
			batch_refuse(batch, i, form, &problem);
		if ((i + 1) % BATCH_FILES == 0)
			status = batch_verify(batch);
	}
	if (status == UNDERSIGN_OK)
		status = batch_verify(batch);
	return status;
}

enum undersign_status sequencer_judge_files(enum undersign_status *statuses,
					    struct problem *problems, const struct replay *replay,
					    const struct generators *generators,
					    const struct bytes *files, size_t n, uint64_t epoch,
					    const uint8_t *fresh, struct arena *arena)
{
	struct batch batch = {.generators = generators,
			      .fresh = fresh,
			      .arena = arena,
			      .statuses = statuses,
			      .problems = problems};
	struct replay_letter *letter;

	return judge(&batch, &letter, replay, files, n, epoch);
}

/* For all or nothing: the first file that does not hold. */
static enum undersign_status check_all(size_t *out_bad, struct replay_letter **out_letter,
				       struct batch *batch, const struct replay *replay,
				       const struct bytes *files, size_t n, uint64_t epoch,
				       struct problem *problem)
{
	enum undersign_status status;

	*out_bad = n;
	*out_letter = NULL;
	batch->statuses = ARENA_TAKE(batch->arena, enum undersign_status, n + 1);
	if (!batch->statuses)
		return UNDERSIGN_E_MEMORY;
	status = judge(batch, out_letter, replay, files, n, epoch);
	if (status != UNDERSIGN_OK)
		return status;
	*out_bad = batch->first;
	if (problem)
		*problem = batch->first_problem;
	return batch->first < n ? batch->statuses[batch->first] : UNDERSIGN_OK;
}

enum undersign_status sequencer_check_files(size_t *out_bad, const struct replay *replay,
					    const struct generators *generators,
					    const struct bytes *files, size_t n, uint64_t epoch,
					    const uint8_t *fresh, struct arena *arena,
					    struct problem *problem)
{
	struct batch batch = {.generators = generators, .fresh = fresh, .arena = arena};
	struct replay_letter *letter;

	return check_all(out_bad, &letter, &batch, replay, files, n, epoch, problem);
}

enum undersign_status sequencer_check_file(struct replay_letter **out_letter,
					   const struct replay *replay,
					   const struct generators *generators, struct bytes file,
					   uint64_t epoch, struct arena *arena,
					   struct problem *problem)
{
	struct batch batch = {.generators = generators, .arena = arena};
	struct replay_letter *letter;
	size_t bad;
	enum undersign_status status =
		check_all(&bad, &letter, &batch, replay, &file, 1, epoch, problem);

	*out_letter = status == UNDERSIGN_OK ? letter : NULL;
	return status;
}

/* --- Records ------------------------------------------------------------------------------------
 */

/* A record that is being checked, and those for the same epoch. */
struct check {
	const struct replay *replay;
	const struct bytes *pending;
	size_t n_pending;
	uint64_t epoch;
	struct replay_keys *keys;
	struct arena *arena;
	struct problem *problem;
	struct bytes record;
	struct note note;
};

static enum undersign_status refuse(const struct check *check, enum undersign_status status,
				    const char *rule, const char *what)
{
	problem_where(check->problem, "record", (struct bytes){0});
	problem_rule(check->problem, rule);
	problem_what(check->problem, what, (struct bytes){0});
	return status;
}

static enum undersign_status check_repeat(const struct check *check)
{
	uint8_t hash[SHA256_BYTES];

	sha256(hash, check->record);
	if (replay_find(check->replay, hash) != REPLAY_NONE)
		return refuse(check, UNDERSIGN_E_CONFLICT, "no record stands in the log twice",
			      "it stands there already");
	for (size_t i = 0; i < check->n_pending; i++) {
		if (bytes_are_equal(check->pending[i], check->record))
			return refuse(check, UNDERSIGN_E_CONFLICT,
				      "no record stands in the log twice",
				      "it waits for this epoch already");
	}
	return UNDERSIGN_OK;
}

/* A roster's record by its ID, logged or pending, which must be its steward's; NULL. */
static enum undersign_status find_roster(const struct check *check,
					 const struct snapshot_record **out,
					 const uint8_t id[static SHA256_BYTES])
{
	struct bytes found = replay_roster_record(check->replay, id);
	struct snapshot_record *record = ARENA_TAKE(check->arena, struct snapshot_record, 1);
	struct note note;

	*out = NULL;
	if (!record)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < check->n_pending && found.len == 0; i++) {
		uint8_t pending_id[SHA256_BYTES];

		if (record_kind_of(check->pending[i]) != RECORD_ROSTER ||
		    note_parse(&note, check->pending[i], NULL) != UNDERSIGN_OK)
			continue;
		record_id(pending_id, note.text);
		if (memcmp(pending_id, id, SHA256_BYTES) == 0)
			found = check->pending[i];
	}
	if (found.len > 0 && snapshot_open(record, &note, found, NULL) == UNDERSIGN_OK)
		*out = record;
	return UNDERSIGN_OK;
}

/* The letter that a record is about, whose manifest is logged or pending. */
static enum undersign_status find_letter(const struct check *check, struct replay_letter **out,
					 const uint8_t context[static HASH_BYTES])
{
	struct replay_letter *letter = replay_letter_of(check->replay, context);
	bool is_there;

	if (!letter)
		return refuse(check, UNDERSIGN_E_MISSING, "a record is about a letter of this log",
			      "this is another letter");
	is_there = letter->logged_at != REPLAY_NONE;
	for (size_t i = 0; i < check->n_pending && !is_there; i++)
		is_there = bytes_are_equal(check->pending[i], letter->note);
	if (!is_there)
		return refuse(check, UNDERSIGN_E_MISSING,
			      "a letter's manifest stands in the log before its other records",
			      "it does not stand there");
	*out = letter;
	return replay_check_signatures(&check->note, &letter->manifest->organiser, check->keys,
				       check->problem);
}

/* True if a record of this kind, about this letter, waits for the same epoch. */
static bool is_pending(const struct check *check, enum record_kind kind,
		       const uint8_t context[static HASH_BYTES])
{
	for (size_t i = 0; i < check->n_pending; i++) {
		struct record_extend extend;
		struct record_close close;
		struct record_open open;
		struct note note;

		if (record_kind_of(check->pending[i]) != kind ||
		    note_parse(&note, check->pending[i], NULL) != UNDERSIGN_OK)
			continue;
		if (kind == RECORD_OPEN &&
		    record_open_parse(&open, note.text, NULL) == UNDERSIGN_OK &&
		    memcmp(open.letter, context, HASH_BYTES) == 0)
			return true;
		if (kind == RECORD_CLOSE &&
		    record_close_parse(&close, note.text, NULL) == UNDERSIGN_OK &&
		    memcmp(close.letter, context, HASH_BYTES) == 0)
			return true;
		if (kind == RECORD_EXTEND &&
		    record_extend_parse(&extend, note.text, check->arena, NULL) == UNDERSIGN_OK &&
		    memcmp(extend.letter, context, HASH_BYTES) == 0)
			return true;
	}
	return false;
}

static enum undersign_status check_log(const struct check *check)
{
	struct record_log log;
	enum undersign_status status = record_log_parse(&log, check->note.text, check->problem);

	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < check->n_pending; i++) {
		if (record_kind_of(check->pending[i]) == RECORD_LOG)
			return refuse(check, UNDERSIGN_E_CONFLICT,
				      "there is only one record of the log", "one waits already");
	}
	if (replay_size(check->replay) > 0)
		return refuse(check, UNDERSIGN_E_CONFLICT, "there is only one record of the log",
			      "the log has its record");
	if (!note_key_is_equal(&log.log, replay_log_key(check->replay)))
		return refuse(check, UNDERSIGN_E_INVALID, "the log's record names the log's key",
			      "it names another key");
	return replay_check_signatures(&check->note, &log.log, check->keys, check->problem);
}

static enum undersign_status check_roster(const struct check *check)
{
	struct snapshot_record record;
	enum undersign_status status = snapshot_parse(&record, check->note.text, check->problem);

	if (status != UNDERSIGN_OK)
		return status;
	return replay_check_signatures(&check->note, &record.key, check->keys, check->problem);
}

static enum undersign_status check_letter(const struct check *check)
{
	const struct record_log *log = replay_log(check->replay);
	uint8_t context[HASH_BYTES];
	struct replay_letter *letter;
	uint64_t seconds;

	scope_context(context, check->note.text);
	letter = replay_letter_of(check->replay, context);
	if (!letter)
		return refuse(check, UNDERSIGN_E_MISSING,
			      "a letter is checked with its rosters before it is logged",
			      "its rosters were not given");
	if (letter->logged_at != REPLAY_NONE)
		return refuse(check, UNDERSIGN_E_CONFLICT,
			      "a letter's manifest stands in the log once",
			      "it stands there already");
	if (!bytes_are_equal(check->record, letter->note))
		return refuse(check, UNDERSIGN_E_CONFLICT,
			      "a letter's manifest stands in the log once",
			      "this one has other signatures");
	if (log && record_log_instant(&seconds, log, letter->manifest->closes) != UNDERSIGN_OK)
		return refuse(check, UNDERSIGN_E_LIMIT, "a letter closes before the year 10000",
			      "its last epoch is later");
	if (check->epoch > letter->manifest->closes)
		return refuse(check, UNDERSIGN_E_INVALID, "a letter closes after it is published",
			      "its closing is over");
	for (size_t r = 0; r < letter->manifest->n_rosters; r++) {
		const struct snapshot_record *record;
		enum undersign_status status =
			find_roster(check, &record, letter->manifest->rosters[r].record);

		if (status != UNDERSIGN_OK)
			return status;
		if (record)
			continue;
		(void)refuse(check, UNDERSIGN_E_MISSING,
			     "the records of a letter's rosters stand before its manifest", "");
		problem_what(check->problem, "there is no record of roster",
			     letter->manifest->rosters[r].name);
		return UNDERSIGN_E_MISSING;
	}
	return replay_check_signatures(&check->note, &letter->manifest->organiser, check->keys,
				       check->problem);
}

static enum undersign_status check_open(const struct check *check)
{
	struct record_open record;
	struct replay_letter *letter;
	enum undersign_status status = record_open_parse(&record, check->note.text, check->problem);

	if (status == UNDERSIGN_OK)
		status = find_letter(check, &letter, record.letter);
	if (status != UNDERSIGN_OK)
		return status;
	if (letter->opened_at != REPLAY_NONE || is_pending(check, RECORD_OPEN, record.letter))
		return refuse(check, UNDERSIGN_E_CONFLICT, "a letter is opened once",
			      "it is open, or an opening waits already");
	if (check->epoch > letter->closing)
		return refuse(check, UNDERSIGN_E_INVALID, "a letter is opened before it closes",
			      "its closing is over");
	return UNDERSIGN_OK;
}

static enum undersign_status check_extend(const struct check *check)
{
	const struct snapshot_record **records;
	struct record_extend record;
	struct replay_letter *letter;
	enum undersign_status status =
		record_extend_parse(&record, check->note.text, check->arena, check->problem);

	if (status == UNDERSIGN_OK)
		status = find_letter(check, &letter, record.letter);
	if (status != UNDERSIGN_OK)
		return status;
	if (is_pending(check, RECORD_EXTEND, record.letter))
		return refuse(check, UNDERSIGN_E_CONFLICT, "a letter has one extension in an epoch",
			      "one waits already");
	records = ARENA_TAKE(check->arena, const struct snapshot_record *, record.n_rosters);
	if (!records)
		return UNDERSIGN_E_MEMORY;
	for (size_t r = 0; r < record.n_rosters && status == UNDERSIGN_OK; r++)
		status = find_roster(check, &records[r], record.rosters[r].record);
	if (status != UNDERSIGN_OK)
		return status;
	if (!rings_can_extend(letter->rings, &record, records, check->epoch, letter->closing,
			      check->problem))
		return UNDERSIGN_E_INVALID;
	return UNDERSIGN_OK;
}

static enum undersign_status check_close(const struct check *check)
{
	struct record_close record;
	struct replay_letter *letter;
	enum undersign_status status =
		record_close_parse(&record, check->note.text, check->problem);

	if (status == UNDERSIGN_OK)
		status = find_letter(check, &letter, record.letter);
	if (status != UNDERSIGN_OK)
		return status;
	if (letter->has_close || is_pending(check, RECORD_CLOSE, record.letter))
		return refuse(check, UNDERSIGN_E_CONFLICT, "a letter is closed early once",
			      "a closing stands in the log, or waits already");
	if (record.epoch < check->epoch || record.epoch > letter->manifest->closes) {
		(void)refuse(check, UNDERSIGN_E_INVALID,
			     "a closing is not before the epoch in which it is logged, and not "
			     "after the one that the manifest names",
			     "");
		problem_what_numbers(check->problem, "it closes with epoch ", record.epoch,
				     ", and would stand in ", check->epoch, "");
		return UNDERSIGN_E_INVALID;
	}
	return UNDERSIGN_OK;
}

enum undersign_status sequencer_check_record(const struct replay *replay, struct bytes record,
					     uint64_t epoch, const struct bytes *pending,
					     size_t n_pending, struct replay_keys *keys,
					     struct arena *arena, struct problem *problem)
{
	struct check check = {.replay = replay,
			      .pending = pending,
			      .n_pending = n_pending,
			      .epoch = epoch,
			      .keys = keys,
			      .arena = arena,
			      .problem = problem,
			      .record = record};
	enum undersign_status status;

	if (order_kind_of(record) != ORDER_RECORD)
		return refuse(&check, UNDERSIGN_E_FORMAT, "a record is a signed note",
			      "it is none");
	if (record.len > STATEMENT_ENTRY_MAX)
		return refuse(&check, UNDERSIGN_E_LIMIT, "an entry has at most 65,535 bytes",
			      "it is longer");
	status = note_parse(&check.note, record, problem);
	if (status == UNDERSIGN_OK)
		status = check_repeat(&check);
	if (status != UNDERSIGN_OK)
		return status;
	switch (record_kind_of(record)) {
	case RECORD_LOG:
		return check_log(&check);
	case RECORD_ROSTER:
		return check_roster(&check);
	case RECORD_LETTER:
		return check_letter(&check);
	case RECORD_OPEN:
		return check_open(&check);
	case RECORD_EXTEND:
		return check_extend(&check);
	case RECORD_CLOSE:
		return check_close(&check);
	case RECORD_OTHER:
		break;
	}
	return refuse(&check, UNDERSIGN_E_FORMAT, "a record is of a kind that is known",
		      "its first line is another");
}
