#include "sequencer.h"

#include "memory.h"
#include "order.h"
#include "record.h"
#include "sequencer_poll.h"

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
		status = statement_check(&parsed->statements[i], letter->manifest, problem);
	if (status == UNDERSIGN_OK)
		status = rings_check_file(letter->rings, parsed, problem);
	if (status == UNDERSIGN_OK)
		status = check_window(replay, letter, epoch, problem);
	if (status == UNDERSIGN_OK && letter->poll)
		status = sequencer_poll_check_file(letter, parsed, problem);
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
	struct sequencer_answer *answers; /* of polls, whose place is that of their item */
	size_t n_answers;
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
	batch->answers = ARENA_TAKE(batch->arena, struct sequencer_answer, capacity);
	batch->first = n_files;
	if (!batch->items || !batch->files || !batch->numbers || !batch->verdicts ||
	    !batch->messages || !batch->answers)
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

/* Refuses the files of the first n items whose verdict is false. */
static void batch_refuse_items(struct batch *batch, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct problem problem = {0};

		if (!batch->verdicts[i])
			batch_refuse(batch, batch->files[i], say_proof(&problem, batch->numbers[i]),
				     &problem);
	}
}

/* The answers that wait. The proofs of a file that is refused need not be looked at any more. */
static enum undersign_status batch_judge_answers(struct batch *batch)
{
	const size_t n = batch->n;
	enum undersign_status status;

	if (batch->n_answers == 0)
		return UNDERSIGN_OK;
	for (size_t i = 0; i < n; i++)
		batch->verdicts[i] = true;
	status = sequencer_poll_judge(batch->verdicts, batch->answers, batch->n_answers,
				      batch->fresh, &batch->scratch, &batch->scratch_len,
				      batch->arena);
	batch->n_answers = 0;
	if (status != UNDERSIGN_OK)
		return status;
	batch_refuse_items(batch, n);
	batch->n = 0;
	for (size_t i = 0; i < n; i++) {
		if (batch->statuses[batch->files[i]] != UNDERSIGN_OK)
			continue;
		batch->items[batch->n] = batch->items[i];
		batch->files[batch->n] = batch->files[i];
		batch->numbers[batch->n++] = batch->numbers[i];
	}
	return UNDERSIGN_OK;
}

static enum undersign_status batch_verify(struct batch *batch)
{
	enum undersign_status status = batch_judge_answers(batch);
	const size_t n = batch->n;

	batch->n = 0;
	if (status != UNDERSIGN_OK || n == 0)
		return status;
	if (!arena_grow_scratch(&batch->scratch, &batch->scratch_len,
				proof_verify_scratch_len(batch->items, n), batch->arena))
		return UNDERSIGN_E_MEMORY;
	if (!proof_verify_batch_vartime(batch->verdicts, batch->generators, batch->items, n,
					batch->fresh, NULL, batch->scratch, batch->scratch_len))
		batch_refuse_items(batch, n);
	return UNDERSIGN_OK;
}

/* One statement of a file: a signature waits, a withdrawal is verified. False if it is refused. */
static bool batch_add(struct batch *batch, const struct replay_letter *letter,
		      const struct statement *statement, size_t file, size_t number)
{
	const struct rings_ring *ring;
	struct writer message =
		writer_new(batch->messages[batch->n], sizeof(batch->messages[batch->n]));

	statement_message(&message, statement, letter->manifest);
	if (statement->action == MESSAGE_WITHDRAW)
		return sigma_withdraw_is_valid_vartime(&letter->scope, writer_view(&message),
						       statement->proof);
	ring = rings_find(letter->rings, statement->ring_id);
	if (statement->proof.len != proof_len(ring->ring.n))
		return false;
	if (letter->poll)
		batch->answers[batch->n_answers++] = (struct sequencer_answer){
			letter,
			{ring->ring.id, statement_tag(statement), statement->body},
			batch->n};
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
