#include "acceptor_inside.h"

#include "enrolment.h"
#include "promise.h"
#include "record.h"
#include "sequencer.h"
#include "snapshot.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH       1024
#define RECORDS_MAX 256 /* that are held: the sealer weighs each against all */
#define TRIES       8   /* of a batch that an epoch's end came between */

/* Of what the sequencer or a parser said. */
static enum acceptor_verdict verdict_of(enum undersign_status status, bool is_in_window)
{
	if (status == UNDERSIGN_E_MISSING)
		return ACCEPTOR_UNKNOWN;
	if (status == UNDERSIGN_E_FORMAT || status == UNDERSIGN_E_LIMIT)
		return ACCEPTOR_MALFORMED;
	return is_in_window ? ACCEPTOR_INVALID : ACCEPTOR_CLOSED;
}

struct batch {
	struct arena_heap heap;
	struct acceptor_waiting **items;
	enum acceptor_verdict *verdicts;
	struct problem *problems;
	size_t n;
};

/* Waits for up to a second for something to do. False: stopped, and nothing waits. */
static bool take_batch(struct acceptor *acceptor, struct acceptor_waiting **out, size_t *out_n)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	pthread_mutex_lock(&acceptor->lock);
	while (!acceptor->first && !acceptor->is_stopped)
		if (pthread_cond_timedwait(&acceptor->has_work, &acceptor->lock, &until) != 0)
			break;
	const bool is_over = acceptor->is_stopped && !acceptor->first;
	*out = acceptor_dequeue(acceptor, BATCH, out_n);
	pthread_mutex_unlock(&acceptor->lock);
	return !is_over;
}

static enum undersign_status batch_make(struct batch *batch, struct acceptor_waiting *first,
					size_t n)
{
	struct arena *arena = &batch->heap.arena;

	arena_heap_open(&batch->heap, SIZE_MAX, false);
	batch->n = n;
	batch->items = ARENA_TAKE(arena, struct acceptor_waiting *, n + 1);
	batch->verdicts = ARENA_TAKE(arena, enum acceptor_verdict, n + 1);
	batch->problems = ARENA_TAKE(arena, struct problem, n + 1);
	if (!batch->items || !batch->verdicts || !batch->problems)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < n; i++, first = first->next) {
		batch->items[i] = first;
		batch->verdicts[i] = ACCEPTOR_HELD;
		batch->problems[i] = (struct problem){0};
	}
	return UNDERSIGN_OK;
}

/* A roster's record is of a letter's roster here: else anybody could fill the log with them. */
static enum undersign_status check_roster(const struct acceptor *acceptor, struct bytes record,
					  struct problem *problem)
{
	const struct epochs *epochs = &acceptor->state.view->epochs;
	struct snapshot_record snapshot;
	struct note note;

	enum undersign_status status = snapshot_open(&snapshot, &note, record, problem);
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < epochs->n_letters; i++)
		for (size_t j = 0; j < epochs->letters[i]->manifest->n_rosters; j++)
			if (note_key_is_equal(&epochs->folders[i]->bases[j].key, &snapshot.key))
				return UNDERSIGN_OK;
	problem_where(problem, "record", bytes_from(NULL, 0));
	problem_rule(problem, "a roster's record is of the steward of a letter's roster here");
	problem_what(problem, "this steward has none", bytes_from(NULL, 0));
	return UNDERSIGN_E_INVALID;
}

/* A record or a request, by itself. Both kinds of fault are the deliverer's. */
static enum undersign_status check_entry(struct acceptor *acceptor,
					 const struct acceptor_waiting *item, uint64_t epoch,
					 struct arena *arena, struct problem *problem)
{
	const struct bytes content = bytes_from(item->content, item->len);
	struct replay_keys keys = {NULL, 0, NULL};
	struct enrolment enrolment;

	if (item->kind == STORE_RECORD) {
		enum undersign_status is = UNDERSIGN_OK;
		if (record_kind_of(content) == RECORD_ROSTER)
			is = check_roster(acceptor, content, problem);
		if (is == UNDERSIGN_OK)
			is = sequencer_check_record(acceptor->state.view->epochs.replay, content,
						    epoch, NULL, 0, &keys, arena, problem);
		return is;
	}
	enum undersign_status status = enrolment_parse(&enrolment, content, problem);
	if (status == UNDERSIGN_OK)
		status = enrolment_check(&enrolment, &acceptor->generators, problem);
	return status;
}

/* A record waits by which it is closed in this epoch. */
static bool is_closing_before(const struct acceptor *acceptor, const struct replay_letter *letter,
			      uint64_t epoch)
{
	const struct epochs *epochs = &acceptor->state.view->epochs;

	for (size_t i = 0; i < epochs->n_letters; i++)
		if (epochs->letters[i] == letter)
			return epoch > acceptor->pending_closing[i];
	return false;
}

/* Looks at everything, for an epoch. */
static enum undersign_status judge(struct acceptor *acceptor, struct batch *batch, uint64_t epoch)
{
	const struct replay *replay = acceptor->state.view->epochs.replay;
	const struct random_source *random = acceptor->options.random;
	struct arena *arena = &batch->heap.arena;
	struct bytes *files = ARENA_TAKE(arena, struct bytes, batch->n + 1);
	size_t *places = ARENA_TAKE(arena, size_t, batch->n + 1);
	struct problem *problems = ARENA_TAKE(arena, struct problem, batch->n + 1);
	enum undersign_status *statuses = ARENA_TAKE(arena, enum undersign_status, batch->n + 1);
	uint8_t fresh[32];
	size_t n = 0;

	if (!files || !places || !problems || !statuses)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < batch->n; i++) {
		const struct acceptor_waiting *item = batch->items[i];
		batch->verdicts[i] = ACCEPTOR_HELD;
		if (item->kind == STORE_STATEMENT && item->is_early) {
			uint64_t now;
			bool is_early;
			batch->verdicts[i] = acceptor_check_window(acceptor, item->letter, &now,
								   &is_early, &batch->problems[i]);
			if (batch->verdicts[i] != ACCEPTOR_HELD)
				continue;
		}
		if (item->kind == STORE_STATEMENT) {
			problems[n] = (struct problem){0};
			places[n] = i;
			files[n++] = bytes_from(item->content, item->len);
			continue;
		}
		enum undersign_status status =
			check_entry(acceptor, item, epoch, arena, &batch->problems[i]);
		if (status == UNDERSIGN_E_MEMORY)
			return status;
		if (status != UNDERSIGN_OK)
			batch->verdicts[i] = ACCEPTOR_INVALID;
	}
	enum undersign_status status = random->fill(random->cookie, fresh, sizeof fresh);
	if (status == UNDERSIGN_OK)
		status = sequencer_judge_files(statuses, problems, replay, &acceptor->generators,
					       files, n, epoch, fresh, arena);
	for (size_t i = 0; i < n && status == UNDERSIGN_OK; i++) {
		const struct replay_letter *letter =
			replay_letter_of(replay, batch->items[places[i]]->letter);
		if (statuses[i] == UNDERSIGN_OK && !is_closing_before(acceptor, letter, epoch))
			continue;
		if (statuses[i] == UNDERSIGN_OK) {
			problem_where(&problems[i], "the letter", bytes_from(NULL, 0));
			problem_rule(&problems[i], "a letter takes signatures until it closes");
			problem_what(&problems[i], "it is closed: nothing more is accepted",
				     bytes_from(NULL, 0));
			batch->verdicts[places[i]] = ACCEPTOR_CLOSED;
			batch->problems[places[i]] = problems[i];
			continue;
		}
		batch->verdicts[places[i]] = verdict_of(
			statuses[i], letter && letter->opened_at != REPLAY_NONE &&
					     epoch >= letter->opening && epoch <= letter->closing);
		batch->problems[places[i]] = problems[i];
	}
	return status;
}

static uint64_t held_max(const struct acceptor *acceptor, enum store_kind kind)
{
	const uint64_t most = acceptor->options.config->held_max;

	return kind == STORE_RECORD && most > RECORDS_MAX ? RECORDS_MAX : most;
}

/* What there is no room for is to come back: of each kind, so that none keeps out another. */
static enum undersign_status make_room(struct acceptor *acceptor, struct batch *batch,
				       struct problem *problem)
{
	uint64_t n[STORE_KINDS + 1] = {0};
	enum undersign_status status = UNDERSIGN_OK;
	bool is_over = false;

	for (size_t i = 0; i < batch->n; i++)
		if (batch->verdicts[i] == ACCEPTOR_HELD)
			n[batch->items[i]->kind]++;
	for (size_t kind = 1; kind <= STORE_KINDS; kind++)
		is_over = is_over || acceptor->n_held[kind] + n[kind] >
					     held_max(acceptor, (enum store_kind)kind);
	if (!is_over)
		return UNDERSIGN_OK;
	status = acceptor_count_held(acceptor, problem);
	memcpy(n, acceptor->n_held, sizeof n);
	for (size_t i = 0; i < batch->n && status == UNDERSIGN_OK; i++) {
		const enum store_kind kind = batch->items[i]->kind;
		if (batch->verdicts[i] == ACCEPTOR_HELD && ++n[kind] > held_max(acceptor, kind)) {
			struct problem warning = {0};
			batch->verdicts[i] = ACCEPTOR_BUSY;
			problem_where(&warning, "the store", bytes_from(NULL, 0));
			problem_rule(&warning, "held-max of the configuration");
			problem_what(&warning, "as much is held: deliveries are told to come back",
				     bytes_from(NULL, 0));
			acceptor_warn(acceptor, &warning);
		}
	}
	return status;
}

/* Holds what is good, for the epoch that the store takes for. */
static enum undersign_status hold(struct acceptor *acceptor, struct batch *batch,
				  struct problem *problem)
{
	struct store_item *items = ARENA_TAKE(&batch->heap.arena, struct store_item, batch->n + 1);
	size_t n = 0;

	if (!items)
		return UNDERSIGN_E_MEMORY;
	enum undersign_status status = make_room(acceptor, batch, problem);
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < batch->n; i++) {
		const struct acceptor_waiting *item = batch->items[i];
		if (batch->verdicts[i] != ACCEPTOR_HELD)
			continue;
		acceptor->n_held[item->kind]++;
		items[n].kind = item->kind;
		memcpy(items[n].place, item->letter, STORE_PLACE_BYTES);
		memcpy(items[n].hash, item->hash, SHA512_BYTES);
		items[n++].content = bytes_from(item->content, item->len);
	}
	if (n == 0)
		return UNDERSIGN_OK;
	return store_hold(acceptor->store, acceptor->state.takes, items, n, problem);
}

/* Answers all; `is_held`: what is good was committed. */
static void answer_batch(struct acceptor *acceptor, struct batch *batch, bool is_held)
{
	const struct note_signer signer = signer_note_signer(acceptor->signer);
	struct promise promise = {0};
	const bool can_promise =
		is_held && acceptor->appointment.len > 0 &&
		promise_appointment_open(&promise.appointment, acceptor->appointment, NULL) ==
			UNDERSIGN_OK;

	for (size_t i = 0; i < batch->n; i++) {
		struct acceptor_waiting *item = batch->items[i];
		uint8_t note[PROMISE_MAX];
		struct writer writer = writer_new(note, sizeof note);
		struct acceptor_answer answer = {.verdict = batch->verdicts[i],
						 .problem = &batch->problems[i]};

		item->next = NULL;
		if (answer.verdict == ACCEPTOR_HELD && is_held && item->kind == STORE_STATEMENT) {
			memcpy(promise.letter, item->letter, HASH_BYTES);
			memcpy(promise.statement, item->hash, SHA512_BYTES);
			if (can_promise &&
			    promise_write(&writer, &promise, &signer) == UNDERSIGN_OK)
				answer.promise = writer_view(&writer);
			else
				answer.verdict = ACCEPTOR_BUSY;
		} else if (answer.verdict == ACCEPTOR_HELD && !is_held) {
			answer.verdict = ACCEPTOR_BUSY;
		}
		if (answer.verdict == ACCEPTOR_BUSY)
			acceptor_answer_busy(item);
		else
			acceptor_answer(item, &answer);
	}
}

/* What may succeed later: what waits is told to come back. */
static bool may_pass(enum undersign_status status)
{
	return status == UNDERSIGN_E_LIMIT || status == UNDERSIGN_E_MEMORY ||
	       status == UNDERSIGN_E_CONFLICT;
}

/* OK and *out_is_held; what may pass is no failure. */
static enum undersign_status work(struct acceptor *acceptor, struct batch *batch, bool *out_is_held,
				  struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_E_CONFLICT;

	*out_is_held = false;
	for (size_t i = 0; i < TRIES && status == UNDERSIGN_E_CONFLICT; i++) {
		status = i > 0 ? acceptor_refresh(acceptor, problem) : UNDERSIGN_OK;
		/* Without the sealer's word for the key nothing can be promised: nothing is held.
		 */
		if (status == UNDERSIGN_OK && acceptor->appointment.len == 0)
			return UNDERSIGN_OK;
		if (status == UNDERSIGN_OK)
			status = judge(acceptor, batch, acceptor->epoch);
		if (status == UNDERSIGN_OK)
			status = hold(acceptor, batch, problem);
	}
	*out_is_held = status == UNDERSIGN_OK;
	if (status == UNDERSIGN_E_LIMIT)
		acceptor_warn(acceptor, problem);
	return may_pass(status) ? UNDERSIGN_OK : status;
}

static enum undersign_status step(struct acceptor *acceptor, struct acceptor_waiting *first,
				  size_t n, struct problem *problem)
{
	struct batch batch = {0};
	bool is_held = false;

	enum undersign_status status = acceptor_refresh(acceptor, problem);
	if (status == UNDERSIGN_OK && n > 0)
		status = batch_make(&batch, first, n);
	if (status == UNDERSIGN_E_LIMIT || status == UNDERSIGN_E_MEMORY) {
		if (status == UNDERSIGN_E_LIMIT) /* the store is busy */
			acceptor_warn(acceptor, problem);
		acceptor_answer_busy(first);
		arena_heap_close(&batch.heap);
		return UNDERSIGN_OK;
	}
	if (status == UNDERSIGN_OK && n > 0)
		status = work(acceptor, &batch, &is_held, problem);
	if (status == UNDERSIGN_OK)
		answer_batch(acceptor, &batch, is_held);
	else
		acceptor_answer_busy(first);
	arena_heap_close(&batch.heap);
	return status;
}

enum undersign_status acceptor_run(struct acceptor *acceptor, struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_OK;
	struct acceptor_waiting *first;
	size_t n;

	while (status == UNDERSIGN_OK && take_batch(acceptor, &first, &n))
		status = step(acceptor, first, n, problem);
	pthread_mutex_lock(&acceptor->lock);
	acceptor->is_running = false;
	acceptor->is_ready = false;
	struct acceptor_waiting *rest = acceptor_dequeue(acceptor, SIZE_MAX, &n);
	pthread_mutex_unlock(&acceptor->lock);
	acceptor_answer_busy(rest);
	return status;
}
