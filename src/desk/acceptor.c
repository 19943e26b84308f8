#include "acceptor_inside.h"

#include "sealer.h"

#include "act.h"
#include "enrolment.h"
#include "envelope.h"
#include "kit_record.h"
#include "poll_text.h"
#include "promise.h"
#include "record.h"
#include "stamp.h"
#include "statement.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

void acceptor_warn(const struct acceptor *acceptor, const struct problem *problem)
{
	if (acceptor->options.warn)
		acceptor->options.warn(acceptor->options.warn_cookie, problem);
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

/* The epoch for which what comes now is checked: the store's, or a later one by the clock, unless
 * the sealer would not believe it. It goes back with a clock that was ahead, but never behind the
 * store: what store_hold takes is for the store's epoch whatever this says. */
static uint64_t present_epoch(const struct acceptor *acceptor)
{
	const struct clock_source *clock = &acceptor->options.clock;
	const uint64_t most = SEALER_JUMP_SECONDS / acceptor->state.log.epoch_seconds;
	uint64_t epoch = acceptor->state.takes, seconds, due;

	if (clock_now(&seconds, clock, NULL) == UNDERSIGN_OK &&
	    epochs_due(&due, &acceptor->state.log, seconds) && due + 1 > epoch &&
	    due - epoch <= (most > SEALER_JUMP_EPOCHS ? most : SEALER_JUMP_EPOCHS))
		epoch = due + 1;
	return epoch;
}

enum undersign_status acceptor_count_held(struct acceptor *acceptor, struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_OK;

	for (size_t kind = 1; kind <= STORE_KINDS && status == UNDERSIGN_OK; kind++)
		status = store_count(&acceptor->n_held[kind], acceptor->store,
				     (enum store_kind)kind, problem);
	return status;
}

/* A record that waits: if it closes a letter, nothing more is promised for after that epoch. */
static void expect_closing(struct acceptor *acceptor, struct bytes record)
{
	const struct epochs *epochs = &acceptor->state.view->epochs;
	struct record_close close;
	struct note note;

	if (record_kind_of(record) != RECORD_CLOSE || note_parse(&note, record, NULL) ||
	    record_close_parse(&close, note.text, NULL))
		return;
	for (size_t i = 0; i < epochs->n_letters; i++)
		if (memcmp(epochs->letters[i]->manifest->context, close.letter, HASH_BYTES) == 0 &&
		    !epochs->letters[i]->has_close && close.epoch >= epochs_next(epochs) &&
		    close.epoch < acceptor->pending_closing[i])
			acceptor->pending_closing[i] = close.epoch;
}

static enum undersign_status take_pending(void *cookie, const struct store_item *item,
					  struct problem *problem)
{
	(void)problem;
	expect_closing(cookie, item->content);
	return UNDERSIGN_OK;
}

/* The sealer logs them with the epoch that it closes, while we take for the next one already. */
static enum undersign_status expect_closings(struct acceptor *acceptor, struct problem *problem)
{
	const struct epochs *epochs = &acceptor->state.view->epochs;

	for (size_t i = 0; i < epochs->n_letters; i++)
		acceptor->pending_closing[i] = REPLAY_NONE;
	for (size_t i = 0; i < epochs->n_letters; i++)
		for (size_t j = 0; j < epochs->folders[i]->n_records; j++)
			expect_closing(acceptor, epochs->folders[i]->records[j]);
	return store_read_held(acceptor->store, STORE_RECORD, take_pending, acceptor, problem);
}

/* Tells the threads that take deliveries what has become of letters and epoch. */
static void show(struct acceptor *acceptor)
{
	const struct epochs *epochs = &acceptor->state.view->epochs;

	pthread_mutex_lock(&acceptor->lock);
	acceptor->epoch = present_epoch(acceptor);
	acceptor->is_ready = acceptor->appointment.len > 0;
	acceptor->n_windows = epochs->n_letters;
	for (size_t i = 0; i < epochs->n_letters; i++) {
		const struct replay_letter *letter = epochs->letters[i];
		struct acceptor_window *window = &acceptor->windows[i];
		memcpy(window->id, letter->manifest->context, HASH_BYTES);
		window->is_open = letter->opened_at != REPLAY_NONE;
		window->opening = letter->opening;
		window->closing = letter->closing;
		if (acceptor->pending_closing[i] < window->closing)
			window->closing = acceptor->pending_closing[i];
	}
	pthread_mutex_unlock(&acceptor->lock);
}

enum undersign_status acceptor_refresh(struct acceptor *acceptor, struct problem *problem)
{
	struct problem warning = {0};
	bool has_changed;

	enum undersign_status status = desk_state_refresh(&acceptor->state, acceptor->store,
							  &has_changed, &warning, problem);
	if (problem_is_set(&warning))
		acceptor_warn(acceptor, &warning);
	if (status == UNDERSIGN_OK && has_changed)
		status = acceptor_count_held(acceptor, problem);
	if (status == UNDERSIGN_OK && has_changed)
		status = expect_closings(acceptor, problem);
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
		status = acceptor_refresh(acceptor, problem);
	if (status != UNDERSIGN_OK) {
		acceptor_close(acceptor);
		return status;
	}
	acceptor->is_running = true;
	*out = acceptor;
	return UNDERSIGN_OK;
}

void acceptor_close(struct acceptor *acceptor)
{
	if (!acceptor)
		return;
	size_t n;
	acceptor_answer_busy(acceptor_dequeue(acceptor, SIZE_MAX, &n));
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

static void enqueue_or_refuse(struct acceptor *acceptor, enum store_kind kind,
			      const uint8_t letter[static HASH_BYTES],
			      const uint8_t hash[static SHA512_BYTES], struct bytes content,
			      bool is_early, const struct acceptor_delivery *delivery)
{
	struct acceptor_waiting *waiting = malloc(sizeof *waiting + content.len);

	if (waiting) {
		*waiting = (struct acceptor_waiting){
			.kind = kind,
			.is_unpaid =
				delivery->may_be_bare && acceptor->options.config->stamp_bits > 0,
			.is_early = is_early,
			.answer = delivery->answer,
			.cookie = delivery->cookie,
			.len = content.len};
		memcpy(waiting->letter, letter, HASH_BYTES);
		memcpy(waiting->hash, hash, SHA512_BYTES);
		memcpy(waiting->content, content.data, content.len);
		if (acceptor_enqueue(acceptor, waiting))
			return;
	}
	free(waiting);
	acceptor_refuse_busy(delivery->answer, delivery->cookie);
}

enum acceptor_verdict acceptor_check_window(struct acceptor *acceptor,
					    const uint8_t letter[static HASH_BYTES],
					    uint64_t *out_epoch, bool *out_is_early,
					    struct problem *problem)
{
	enum acceptor_verdict verdict = ACCEPTOR_UNKNOWN;

	*out_is_early = false;
	problem_where(problem, "the letter", bytes_from(NULL, 0));
	problem_rule(problem, "a statement is of a letter that is published here");
	problem_what(problem, "this letter is not", bytes_from(NULL, 0));
	pthread_mutex_lock(&acceptor->lock);
	*out_epoch = acceptor->epoch;
	for (size_t i = 0; i < acceptor->n_windows; i++) {
		const struct acceptor_window *window = &acceptor->windows[i];
		if (memcmp(window->id, letter, HASH_BYTES) != 0)
			continue;
		verdict = ACCEPTOR_CLOSED;
		*out_is_early = acceptor->epoch <= window->closing;
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
		*out_is_early = *out_is_early && verdict != ACCEPTOR_HELD;
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

/* Everything that costs next to nothing. A letter that is not open yet may have been opened in the
 * log a moment ago: whoever works on what waits will know. */
static enum acceptor_verdict check_cheaply(struct acceptor *acceptor,
					   const struct acceptor_delivery *delivery,
					   struct bytes *file, uint8_t hash[static SHA512_BYTES],
					   bool *out_is_early, struct problem *problem)
{
	struct statement_file parsed;
	uint64_t epoch;

	*out_is_early = false;
	*file = delivery->body;
	if ((!delivery->may_be_bare || delivery->body.len == ENVELOPE_BYTES) &&
	    envelope_open(file, delivery->body, problem) != UNDERSIGN_OK)
		return ACCEPTOR_MALFORMED;
	if (file->len > STATEMENT_FILE_MAX ||
	    statement_file_parse(&parsed, *file, problem) != UNDERSIGN_OK)
		return ACCEPTOR_MALFORMED;
	const enum acceptor_verdict verdict =
		acceptor_check_window(acceptor, delivery->letter, &epoch, out_is_early, problem);
	if (verdict != ACCEPTOR_HELD && !*out_is_early)
		return verdict;
	if (!statement_is_of_letter(&parsed.statements[0], delivery->letter)) {
		if (*out_is_early)
			return verdict;
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
	bool is_early;

	const enum acceptor_verdict verdict =
		check_cheaply(acceptor, delivery, &file, hash, &is_early, &problem);
	if (verdict != ACCEPTOR_HELD)
		acceptor_refuse(delivery->answer, delivery->cookie, verdict, &problem);
	else
		enqueue_or_refuse(acceptor, STORE_STATEMENT, delivery->letter, hash, file, is_early,
				  delivery);
}

void acceptor_take_entry(struct acceptor *acceptor, const struct acceptor_delivery *delivery)
{
	enum acceptor_verdict verdict = ACCEPTOR_HELD;
	uint8_t hash[SHA512_BYTES], place[HASH_BYTES] = {0};
	const struct bytes body = delivery->body;
	enum store_kind kind = STORE_RECORD;
	struct problem problem = {0};
	struct enrolment enrolment;

	if (record_kind_of(body) == RECORD_OTHER && story_kind_of(body) == STORY_KINDS &&
	    !kit_record_is(body) && !poll_text_is(body, POLL_SHARE_HEADER) &&
	    act_kind_of(body) == ACT_NONE) {
		kind = STORE_ENROLMENT;
		if (enrolment_parse(&enrolment, body, &problem) != UNDERSIGN_OK)
			verdict = ACCEPTOR_MALFORMED;
		else
			sha256(place, enrolment.roster);
	} else if (delivery->may_be_bare) {
		/* The form is for members; a record's author has a program. */
		problem_where(&problem, "the file", bytes_from(NULL, 0));
		problem_rule(&problem, "this form takes enrolment requests");
		problem_what(&problem, "it is a record: deliver it with undersign deliver",
			     bytes_from(NULL, 0));
		verdict = ACCEPTOR_MALFORMED;
	}
	if (verdict == ACCEPTOR_HELD) {
		uint64_t epoch;
		pthread_mutex_lock(&acceptor->lock);
		epoch = acceptor->epoch;
		pthread_mutex_unlock(&acceptor->lock);
		sha512(hash, body);
		verdict = check_stamp(acceptor, delivery, epoch, hash, &problem);
	}
	if (verdict != ACCEPTOR_HELD)
		acceptor_refuse(delivery->answer, delivery->cookie, verdict, &problem);
	else
		enqueue_or_refuse(acceptor, kind, place, hash, body, false, delivery);
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
