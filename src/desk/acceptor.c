#include "acceptor.h"

#include "desk_state.h"
#include "sealer.h"

#include "arena_heap.h"
#include "enrolment.h"
#include "envelope.h"
#include "promise.h"
#include "sequencer.h"
#include "signer.h"
#include "stamp.h"
#include "statement.h"
#include "store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH       1024
#define TRIES       8 /* of a batch that an epoch's end came between */
#define LETTERS_MAX CONFIG_LETTERS_MAX

/* What waits. */
struct waiting {
	struct waiting *next;
	enum store_kind kind;
	uint8_t letter[HASH_BYTES];
	uint8_t hash[SHA512_BYTES];
	void (*answer)(void *cookie, const struct acceptor_answer *answer);
	void *cookie;
	size_t len;
	uint8_t content[];
};

/* A letter as the cheap checks see it. */
struct window {
	uint8_t id[HASH_BYTES];
	bool is_open;
	uint64_t opening, closing;
};

struct acceptor {
	struct acceptor_options options;
	struct desk_state state;
	struct store *store;
	struct signer *signer;
	struct generators generators;
	struct bytes appointment; /* from its heap; empty: none yet */
	struct arena_heap appointment_heap;
	uint64_t n_held;

	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t has_work;
	bool is_running, is_stopped;
	struct waiting *first, **last;
	size_t n_waiting;
	bool is_ready;
	uint64_t epoch;
	struct window windows[LETTERS_MAX];
	size_t n_windows;
};

static void warn(const struct acceptor *acceptor, const struct problem *problem)
{
	if (acceptor->options.warn)
		acceptor->options.warn(acceptor->options.warn_cookie, problem);
}

/* --- Answers ----------------------------------------------------------------------------------
 */

static void refuse(void (*answer)(void *cookie, const struct acceptor_answer *answer), void *cookie,
		   enum acceptor_verdict verdict, const struct problem *problem)
{
	const struct acceptor_answer is = {.verdict = verdict, .problem = problem};
	answer(cookie, &is);
}

static void refuse_busy(void (*answer)(void *cookie, const struct acceptor_answer *answer),
			void *cookie)
{
	static const struct problem busy = {
		.where = "the desk",
		.rule = "everything is checked before it is taken",
		.what = "it is busy. Nothing was lost and nothing was taken: come back later"};
	refuse(answer, cookie, ACCEPTOR_BUSY, &busy);
}

/* Of what the sequencer or a parser said. */
static enum acceptor_verdict verdict_of(enum undersign_status status, bool is_in_window)
{
	if (status == UNDERSIGN_E_MISSING)
		return ACCEPTOR_UNKNOWN;
	if (status == UNDERSIGN_E_FORMAT || status == UNDERSIGN_E_LIMIT)
		return ACCEPTOR_MALFORMED;
	return is_in_window ? ACCEPTOR_INVALID : ACCEPTOR_CLOSED;
}

/* --- Opening ----------------------------------------------------------------------------------
 */

static enum undersign_status leave_key(struct acceptor *acceptor, struct problem *problem)
{
	uint8_t text[NOTE_KEY_TEXT_MAX];
	struct writer writer = writer_new(text, sizeof text);
	struct arena_heap heap;
	struct bytes there;

	note_key_write(&writer, signer_key(acceptor->signer));
	arena_heap_open(&heap, SIZE_MAX, false);
	enum undersign_status status = store_read_value(
		&there, acceptor->store, SEALER_VALUE_PROMISE_KEY, &heap.arena, problem);
	if (status == UNDERSIGN_E_MISSING ||
	    (status == UNDERSIGN_OK && !bytes_are_equal(there, writer_view(&writer))))
		status = store_write_value(acceptor->store, SEALER_VALUE_PROMISE_KEY,
					   writer_view(&writer), problem);
	arena_heap_close(&heap);
	return status;
}

/* The log's word for our key, once the sealer has given it. */
static enum undersign_status read_appointment(struct acceptor *acceptor, struct problem *problem)
{
	struct promise_appointment appointment;

	arena_heap_close(&acceptor->appointment_heap);
	arena_heap_open(&acceptor->appointment_heap, SIZE_MAX, false);
	acceptor->appointment = bytes_from(NULL, 0);
	struct bytes note;
	enum undersign_status status =
		store_read_value(&note, acceptor->store, SEALER_VALUE_APPOINTMENT,
				 &acceptor->appointment_heap.arena, problem);
	if (status == UNDERSIGN_E_MISSING)
		return UNDERSIGN_OK;
	if (status == UNDERSIGN_OK &&
	    promise_appointment_open(&appointment, note, NULL) == UNDERSIGN_OK &&
	    note_key_is_equal(&appointment.key, signer_key(acceptor->signer)) &&
	    note_key_is_equal(&appointment.log, &acceptor->state.log.log))
		acceptor->appointment = note;
	return status;
}

/* The epoch for which what comes now is checked: the store's, or a later one by the clock. It never
 * goes back. */
static uint64_t present_epoch(const struct acceptor *acceptor, uint64_t before)
{
	const struct clock_source *clock = &acceptor->options.clock;
	uint64_t epoch = acceptor->state.takes, seconds, due;

	if (clock_now(&seconds, clock, NULL) == UNDERSIGN_OK &&
	    epochs_due(&due, &acceptor->state.log, seconds) && due + 1 > epoch)
		epoch = due + 1;
	return epoch > before ? epoch : before;
}

/* Tells the threads that take deliveries what has become of letters and epoch. */
static void show(struct acceptor *acceptor)
{
	const struct epochs *epochs = &acceptor->state.view->epochs;

	pthread_mutex_lock(&acceptor->lock);
	acceptor->epoch = present_epoch(acceptor, acceptor->epoch);
	acceptor->is_ready = acceptor->appointment.len > 0;
	acceptor->n_windows = epochs->n_letters;
	for (size_t i = 0; i < epochs->n_letters; i++) {
		const struct replay_letter *letter = epochs->letters[i];
		struct window *window = &acceptor->windows[i];
		memcpy(window->id, letter->manifest->context, HASH_BYTES);
		window->is_open = letter->opened_at != REPLAY_NONE;
		window->opening = letter->opening;
		window->closing = letter->closing;
	}
	pthread_mutex_unlock(&acceptor->lock);
}

static enum undersign_status refresh(struct acceptor *acceptor, struct problem *problem)
{
	struct problem warning = {0};
	bool has_changed;

	enum undersign_status status = desk_state_refresh(&acceptor->state, acceptor->store,
							  &has_changed, &warning, problem);
	if (problem_is_set(&warning))
		warn(acceptor, &warning);
	if (status == UNDERSIGN_OK && has_changed)
		status = store_count(&acceptor->n_held, acceptor->store, STORE_STATEMENT, problem);
	if (status == UNDERSIGN_OK && (has_changed || acceptor->appointment.len == 0))
		status = read_appointment(acceptor, problem);
	if (status == UNDERSIGN_OK)
		show(acceptor);
	return status;
}

enum undersign_status acceptor_open(struct acceptor **out, const struct acceptor_options *options,
				    struct problem *problem)
{
	struct acceptor *acceptor = calloc(1, sizeof *acceptor);
	struct store_options store = {.url = options->config->store, .role = STORE_ACCEPTOR};

	*out = NULL;
	if (!acceptor)
		return UNDERSIGN_E_MEMORY;
	acceptor->options = *options;
	acceptor->last = &acceptor->first;
	pthread_mutex_init(&acceptor->lock, NULL);
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&acceptor->has_work, &monotonic);
	pthread_condattr_destroy(&monotonic);
	generators_new(&acceptor->generators);
	enum undersign_status status = desk_state_open(&acceptor->state, options->config, false,
						       options->parallel, problem);
	if (status == UNDERSIGN_OK)
		status = signer_open(&acceptor->signer, options->config->promise_key, problem);
	if (status == UNDERSIGN_OK) {
		memcpy(store.log, acceptor->state.log_id, sizeof store.log);
		status = store_open(&acceptor->store, &store, problem);
	}
	if (status == UNDERSIGN_OK)
		status = leave_key(acceptor, problem);
	if (status == UNDERSIGN_OK)
		status = refresh(acceptor, problem);
	if (status != UNDERSIGN_OK) {
		acceptor_close(acceptor);
		return status;
	}
	acceptor->is_running = true;
	*out = acceptor;
	return UNDERSIGN_OK;
}

static struct waiting *take_all(struct acceptor *acceptor)
{
	struct waiting *first = acceptor->first;

	acceptor->first = NULL;
	acceptor->last = &acceptor->first;
	acceptor->n_waiting = 0;
	return first;
}

static void answer_busy(struct waiting *first)
{
	while (first) {
		struct waiting *next = first->next;
		refuse_busy(first->answer, first->cookie);
		free(first);
		first = next;
	}
}

void acceptor_close(struct acceptor *acceptor)
{
	if (!acceptor)
		return;
	answer_busy(take_all(acceptor));
	store_close(acceptor->store);
	signer_close(acceptor->signer);
	desk_state_close(&acceptor->state);
	arena_heap_close(&acceptor->appointment_heap);
	pthread_cond_destroy(&acceptor->has_work);
	pthread_mutex_destroy(&acceptor->lock);
	free(acceptor);
}

/* --- Taking -----------------------------------------------------------------------------------
 */

/* Puts it into the queue; false if that is full, or nobody works on it. */
static bool enqueue(struct acceptor *acceptor, struct waiting *waiting)
{
	pthread_mutex_lock(&acceptor->lock);
	const bool is_taken = acceptor->is_running && !acceptor->is_stopped &&
			      acceptor->n_waiting < acceptor->options.config->queue_max;
	if (is_taken) {
		waiting->next = NULL;
		*acceptor->last = waiting;
		acceptor->last = &waiting->next;
		acceptor->n_waiting++;
		pthread_cond_signal(&acceptor->has_work);
	}
	pthread_mutex_unlock(&acceptor->lock);
	return is_taken;
}

static void enqueue_or_refuse(struct acceptor *acceptor, enum store_kind kind,
			      const uint8_t letter[static HASH_BYTES],
			      const uint8_t hash[static SHA512_BYTES], struct bytes content,
			      void (*answer)(void *cookie, const struct acceptor_answer *answer),
			      void *cookie)
{
	struct waiting *waiting = malloc(sizeof *waiting + content.len);

	if (waiting) {
		*waiting = (struct waiting){
			.kind = kind, .answer = answer, .cookie = cookie, .len = content.len};
		memcpy(waiting->letter, letter, HASH_BYTES);
		memcpy(waiting->hash, hash, SHA512_BYTES);
		memcpy(waiting->content, content.data, content.len);
		if (enqueue(acceptor, waiting))
			return;
	}
	free(waiting);
	refuse_busy(answer, cookie);
}

/* The letter is here and takes statements now. */
static enum acceptor_verdict check_window(struct acceptor *acceptor,
					  const uint8_t letter[static HASH_BYTES],
					  uint64_t *out_epoch, struct problem *problem)
{
	enum acceptor_verdict verdict = ACCEPTOR_UNKNOWN;

	problem_where(problem, "the letter", bytes_from(NULL, 0));
	problem_rule(problem, "a statement is of a letter that is published here");
	problem_what(problem, "this letter is not", bytes_from(NULL, 0));
	pthread_mutex_lock(&acceptor->lock);
	*out_epoch = acceptor->epoch;
	for (size_t i = 0; i < acceptor->n_windows; i++) {
		const struct window *window = &acceptor->windows[i];
		if (memcmp(window->id, letter, HASH_BYTES) != 0)
			continue;
		verdict = ACCEPTOR_CLOSED;
		problem_rule(problem, "a letter takes signatures once it is open, until it closes");
		if (acceptor->epoch > window->closing)
			problem_what(problem, "it is closed: nothing more is accepted",
				     bytes_from(NULL, 0));
		else if (!window->is_open)
			problem_what(problem, "its organiser has not opened it yet",
				     bytes_from(NULL, 0));
		else if (acceptor->epoch < window->opening)
			problem_what(problem, "it is not open yet", bytes_from(NULL, 0));
		else
			verdict = ACCEPTOR_HELD;
	}
	pthread_mutex_unlock(&acceptor->lock);
	return verdict;
}

static enum acceptor_verdict check_stamp(const struct acceptor *acceptor,
					 const struct acceptor_delivery *delivery, uint64_t epoch,
					 const uint8_t hash[static SHA512_BYTES],
					 struct problem *problem)
{
	const unsigned bits = acceptor->options.config->stamp_bits;
	struct stamp_purpose purpose;
	struct stamp stamp;

	if (bits == 0 || delivery->may_be_bare)
		return ACCEPTOR_HELD;
	if (!delivery->stamp) {
		problem_where(problem, "the stamp", bytes_from(NULL, 0));
		problem_rule(problem, "a delivery bears a stamp (header Undersigned-Stamp)");
		problem_what(problem, "there is none", bytes_from(NULL, 0));
		return ACCEPTOR_STAMP;
	}
	memcpy(purpose.letter, delivery->letter, HASH_BYTES);
	memcpy(purpose.log, acceptor->state.log.log.public_key, ED25519_PUBLIC_BYTES);
	memcpy(purpose.statement, hash, SHA512_BYTES);
	if (stamp_parse(&stamp, bytes_from_text(delivery->stamp), problem) == UNDERSIGN_OK &&
	    stamp_check(&stamp, &purpose, epoch > 0 ? epoch - 1 : 0, epoch + 1, bits, problem) ==
		    UNDERSIGN_OK)
		return ACCEPTOR_HELD;
	return ACCEPTOR_STAMP;
}

/* Everything that costs next to nothing. */
static enum acceptor_verdict check_cheaply(struct acceptor *acceptor,
					   const struct acceptor_delivery *delivery,
					   struct bytes *file, uint8_t hash[static SHA512_BYTES],
					   struct problem *problem)
{
	struct statement_file parsed;
	uint64_t epoch;

	*file = delivery->body;
	if ((!delivery->may_be_bare || delivery->body.len == ENVELOPE_BYTES) &&
	    envelope_open(file, delivery->body, problem) != UNDERSIGN_OK)
		return ACCEPTOR_MALFORMED;
	if (file->len > STATEMENT_FILE_MAX ||
	    statement_file_parse(&parsed, *file, problem) != UNDERSIGN_OK)
		return ACCEPTOR_MALFORMED;
	const enum acceptor_verdict verdict =
		check_window(acceptor, delivery->letter, &epoch, problem);
	if (verdict != ACCEPTOR_HELD)
		return verdict;
	if (!statement_is_of_letter(&parsed.statements[0], delivery->letter)) {
		problem_where(problem, "the statement", bytes_from(NULL, 0));
		problem_rule(problem, "a statement is delivered to its letter");
		problem_what(problem, "it is of another letter", bytes_from(NULL, 0));
		return ACCEPTOR_UNKNOWN;
	}
	sha512(hash, *file);
	return check_stamp(acceptor, delivery, epoch, hash, problem);
}

void acceptor_take(struct acceptor *acceptor, const struct acceptor_delivery *delivery)
{
	uint8_t hash[SHA512_BYTES] = {0};
	struct problem problem = {0};
	struct bytes file;

	const enum acceptor_verdict verdict =
		check_cheaply(acceptor, delivery, &file, hash, &problem);
	if (verdict != ACCEPTOR_HELD)
		refuse(delivery->answer, delivery->cookie, verdict, &problem);
	else
		enqueue_or_refuse(acceptor, STORE_STATEMENT, delivery->letter, hash, file,
				  delivery->answer, delivery->cookie);
}

void acceptor_take_request(struct acceptor *acceptor, struct bytes request,
			   void (*answer)(void *cookie, const struct acceptor_answer *answer),
			   void *cookie)
{
	struct enrolment enrolment;
	struct problem problem = {0};
	uint8_t hash[SHA512_BYTES], place[HASH_BYTES];

	if (enrolment_parse(&enrolment, request, &problem) != UNDERSIGN_OK) {
		refuse(answer, cookie, ACCEPTOR_MALFORMED, &problem);
		return;
	}
	sha512(hash, request);
	sha256(place, enrolment.roster);
	enqueue_or_refuse(acceptor, STORE_ENROLMENT, place, hash, request, answer, cookie);
}

/* --- Working ----------------------------------------------------------------------------------
 */

struct batch {
	struct arena_heap heap;
	struct waiting **items;
	enum acceptor_verdict *verdicts;
	struct problem *problems;
	size_t n;
};

/* Waits for up to a second for something to do. False: stopped, and nothing waits. */
static bool take_batch(struct acceptor *acceptor, struct waiting **out, size_t *out_n)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	pthread_mutex_lock(&acceptor->lock);
	while (!acceptor->first && !acceptor->is_stopped)
		if (pthread_cond_timedwait(&acceptor->has_work, &acceptor->lock, &until) != 0)
			break;
	const bool is_over = acceptor->is_stopped && !acceptor->first;
	*out = acceptor->first;
	*out_n = 0;
	struct waiting **cut = &acceptor->first;
	while (*cut && *out_n < BATCH) {
		cut = &(*cut)->next;
		++*out_n;
	}
	struct waiting *rest = *cut;
	*cut = NULL;
	acceptor->first = rest;
	if (!rest)
		acceptor->last = &acceptor->first;
	acceptor->n_waiting -= *out_n;
	pthread_mutex_unlock(&acceptor->lock);
	return !is_over;
}

static enum undersign_status batch_make(struct batch *batch, struct waiting *first, size_t n)
{
	struct arena *arena = &batch->heap.arena;

	arena_heap_open(&batch->heap, SIZE_MAX, false);
	batch->n = n;
	batch->items = ARENA_TAKE(arena, struct waiting *, n + 1);
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
		const struct waiting *item = batch->items[i];
		const struct bytes content = bytes_from(item->content, item->len);
		struct enrolment enrolment;
		batch->verdicts[i] = ACCEPTOR_HELD;
		if (item->kind == STORE_STATEMENT) {
			problems[n] = (struct problem){0};
			places[n] = i;
			files[n++] = content;
		} else if (enrolment_parse(&enrolment, content, &batch->problems[i]) !=
				   UNDERSIGN_OK ||
			   enrolment_check(&enrolment, &acceptor->generators,
					   &batch->problems[i]) != UNDERSIGN_OK) {
			batch->verdicts[i] = ACCEPTOR_INVALID;
		}
	}
	enum undersign_status status = random->fill(random->cookie, fresh, sizeof fresh);
	if (status == UNDERSIGN_OK)
		status = sequencer_judge_files(statuses, problems, replay, &acceptor->generators,
					       files, n, epoch, fresh, arena);
	for (size_t i = 0; i < n && status == UNDERSIGN_OK; i++) {
		const struct replay_letter *letter =
			replay_letter_of(replay, batch->items[places[i]]->letter);
		if (statuses[i] == UNDERSIGN_OK)
			continue;
		batch->verdicts[places[i]] = verdict_of(
			statuses[i], letter && letter->opened_at != REPLAY_NONE &&
					     epoch >= letter->opening && epoch <= letter->closing);
		batch->problems[places[i]] = problems[i];
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
	for (size_t i = 0; i < batch->n; i++) {
		const struct waiting *item = batch->items[i];
		if (batch->verdicts[i] != ACCEPTOR_HELD)
			continue;
		items[n].kind = item->kind;
		memcpy(items[n].place, item->letter, STORE_PLACE_BYTES);
		memcpy(items[n].hash, item->hash, SHA512_BYTES);
		items[n++].content = bytes_from(item->content, item->len);
	}
	if (n == 0)
		return UNDERSIGN_OK;
	if (acceptor->n_held + n > acceptor->options.config->held_max) {
		problem_rule(problem, "held-max of the configuration");
		return UNDERSIGN_E_LIMIT;
	}
	enum undersign_status status =
		store_hold(acceptor->store, acceptor->state.takes, items, n, problem);
	if (status == UNDERSIGN_OK)
		acceptor->n_held += n; /* at most: some may have been there */
	return status;
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
		struct waiting *item = batch->items[i];
		uint8_t note[PROMISE_MAX];
		struct writer writer = writer_new(note, sizeof note);
		struct acceptor_answer answer = {.verdict = ACCEPTOR_HELD};

		if (batch->verdicts[i] != ACCEPTOR_HELD) {
			refuse(item->answer, item->cookie, batch->verdicts[i], &batch->problems[i]);
		} else if (is_held && item->kind != STORE_STATEMENT) {
			item->answer(item->cookie, &answer);
		} else if (can_promise) {
			memcpy(promise.letter, item->letter, HASH_BYTES);
			memcpy(promise.statement, item->hash, SHA512_BYTES);
			if (promise_write(&writer, &promise, &signer) == UNDERSIGN_OK) {
				answer.promise = writer_view(&writer);
				item->answer(item->cookie, &answer);
			} else {
				refuse_busy(item->answer, item->cookie);
			}
		} else {
			refuse_busy(item->answer, item->cookie);
		}
		free(item);
	}
}

/* OK and *out_is_held; E_LIMIT is no failure. */
static enum undersign_status work(struct acceptor *acceptor, struct batch *batch, bool *out_is_held,
				  struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_E_CONFLICT;

	*out_is_held = false;
	for (size_t i = 0; i < TRIES && status == UNDERSIGN_E_CONFLICT; i++) {
		status = i > 0 ? refresh(acceptor, problem) : UNDERSIGN_OK;
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
		warn(acceptor, problem);
	return status == UNDERSIGN_E_LIMIT || status == UNDERSIGN_E_CONFLICT ? UNDERSIGN_OK
									     : status;
}

static enum undersign_status step(struct acceptor *acceptor, struct waiting *first, size_t n,
				  struct problem *problem)
{
	struct batch batch = {0};
	bool is_held = false;

	enum undersign_status status = refresh(acceptor, problem);
	if (status == UNDERSIGN_E_LIMIT) { /* the store is busy */
		warn(acceptor, problem);
		answer_busy(first);
		return UNDERSIGN_OK;
	}
	if (status == UNDERSIGN_OK && n > 0)
		status = batch_make(&batch, first, n);
	if (status == UNDERSIGN_OK && n > 0)
		status = work(acceptor, &batch, &is_held, problem);
	if (status == UNDERSIGN_OK)
		answer_batch(acceptor, &batch, is_held);
	else
		answer_busy(first);
	arena_heap_close(&batch.heap);
	return status;
}

enum undersign_status acceptor_run(struct acceptor *acceptor, struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_OK;
	struct waiting *first;
	size_t n;

	while (status == UNDERSIGN_OK && take_batch(acceptor, &first, &n))
		status = step(acceptor, first, n, problem);
	pthread_mutex_lock(&acceptor->lock);
	acceptor->is_running = false;
	acceptor->is_ready = false;
	struct waiting *rest = take_all(acceptor);
	pthread_mutex_unlock(&acceptor->lock);
	answer_busy(rest);
	return status;
}

void acceptor_stop(struct acceptor *acceptor)
{
	pthread_mutex_lock(&acceptor->lock);
	acceptor->is_stopped = true;
	pthread_cond_signal(&acceptor->has_work);
	pthread_mutex_unlock(&acceptor->lock);
}

void acceptor_look(struct acceptor *acceptor, struct acceptor_facts *out)
{
	const struct record_log *log = &acceptor->state.log;

	*out = (struct acceptor_facts){.promise = *signer_key(acceptor->signer), .log = log};
	pthread_mutex_lock(&acceptor->lock);
	out->is_ready = acceptor->is_ready;
	out->epoch = acceptor->epoch;
	pthread_mutex_unlock(&acceptor->lock);
	if (record_log_instant(&out->ends, log, out->epoch) != UNDERSIGN_OK)
		out->ends = 0;
}
