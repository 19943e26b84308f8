#include "sealer.h"

#include "desk_state.h"
#include "held.h"
#include "log_files.h"
#include "published.h"
#include "witnesses.h"

#include "arena_heap.h"
#include "file.h"
#include "promise.h"
#include "sequencer.h"
#include "signer.h"
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASK_SECONDS 30 /* between two rounds of witnesses, at most */

struct sealer {
	struct sealer_options options;
	struct desk_state state;
	struct store *store;
	struct signer *signer;
	struct witnesses *witnesses; /* NULL: none are asked */
	struct generators generators;
	uint64_t published; /* entries that the published checkpoint covers */
	uint64_t before;    /* the same, one epoch earlier */
	uint64_t written;   /* entries whose files are written */
	uint64_t ask_after; /* when witnesses are asked again, in seconds since 1970 */
	bool must_take_back;
	/* Hashes of what is held and whose proofs were looked at; ascending. */
	uint8_t (*verified)[SHA512_BYTES];
	size_t n_verified;
};

static void warn(const struct sealer *sealer, const struct problem *problem)
{
	if (sealer->options.warn)
		sealer->options.warn(sealer->options.warn_cookie, problem);
}

static enum undersign_status refresh(struct sealer *sealer, struct problem *problem)
{
	struct problem warning = {0};

	enum undersign_status status =
		desk_state_refresh(&sealer->state, sealer->store, NULL, &warning, problem);
	if (problem_is_set(&warning))
		warn(sealer, &warning);
	return status;
}

/* --- Starting ---------------------------------------------------------------------------------
 */

static enum undersign_status open_store(struct sealer *sealer, struct problem *problem)
{
	struct store_options options = {
		.url = sealer->options.config->store, .role = STORE_SEALER, .may_create = true};

	memcpy(options.log, sealer->state.log_id, sizeof options.log);
	return store_open(&sealer->store, &options, problem);
}

/* What was signed last is kept outside the store, so that an old copy of the store is known as one.
 */
static enum undersign_status check_signed(struct sealer *sealer, struct problem *problem)
{
	const char *path = sealer->options.config->checkpoint_copy;
	bool is_there;
	uint64_t size;

	enum undersign_status status =
		published_check(&size, &is_there, &sealer->state, path, problem);
	if (status == UNDERSIGN_OK)
		status = published_size(&sealer->published, &sealer->state, problem);
	if (status != UNDERSIGN_OK || is_there || sealer->published > 0 ||
	    sealer->state.view->size == 0)
		return status;
	problem_where(problem, "file", bytes_from_text(path));
	problem_rule(problem, "the checkpoint that was signed last is kept outside the store");
	problem_what(problem,
		     "it is missing, and nothing is published: whether the store is an old copy "
		     "cannot be told. Put the newest checkpoint there that a witness or a mirror "
		     "has",
		     bytes_from(NULL, 0));
	return UNDERSIGN_E_MISSING;
}

static enum undersign_status keep_signed(const struct sealer *sealer, struct problem *problem)
{
	if (sealer->state.checkpoint.len == 0)
		return UNDERSIGN_OK;
	return file_write(sealer->options.config->checkpoint_copy, sealer->state.checkpoint,
			  FILE_PUBLIC, FILE_REPLACE, problem);
}

enum undersign_status sealer_open(struct sealer **out, const struct sealer_options *options,
				  struct problem *problem)
{
	struct sealer *sealer = calloc(1, sizeof *sealer);

	*out = NULL;
	if (!sealer)
		return UNDERSIGN_E_MEMORY;
	sealer->options = *options;
	generators_new(&sealer->generators);
	enum undersign_status status =
		desk_state_open(&sealer->state, options->config, true, options->parallel, problem);
	if (status == UNDERSIGN_OK)
		status = signer_open(&sealer->signer, options->config->log_key, problem);
	if (status == UNDERSIGN_OK)
		status = witnesses_open(&sealer->witnesses, options->config, &sealer->state,
					options->warn, options->warn_cookie, problem);
	if (status == UNDERSIGN_OK)
		status = open_store(sealer, problem);
	if (status == UNDERSIGN_OK)
		status = refresh(sealer, problem);
	if (status == UNDERSIGN_OK)
		status = check_signed(sealer, problem);
	if (status == UNDERSIGN_OK)
		status = keep_signed(sealer, problem);
	if (status != UNDERSIGN_OK) {
		sealer_close(sealer);
		return status;
	}
	sealer->before = sealer->published;
	sealer->must_take_back = true;
	*out = sealer;
	return UNDERSIGN_OK;
}

void sealer_close(struct sealer *sealer)
{
	if (!sealer)
		return;
	store_close(sealer->store);
	signer_close(sealer->signer);
	witnesses_close(sealer->witnesses);
	desk_state_close(&sealer->state);
	free(sealer->verified);
	free(sealer);
}

/* --- The key of promises ----------------------------------------------------------------------
 */

/* The log's word for the key that acceptors sign promises with, once they have said which. */
static enum undersign_status appoint(struct sealer *sealer, struct problem *problem)
{
	const struct note_signer log = signer_note_signer(sealer->signer);
	struct arena_heap heap;
	struct bytes text, there;
	uint8_t note[PROMISE_APPOINTMENT_MAX];
	struct writer writer = writer_new(note, sizeof note);
	struct promise_appointment appointment;
	struct note_key key;

	arena_heap_open(&heap, SIZE_MAX, false);
	enum undersign_status status = store_read_value(
		&text, sealer->store, SEALER_VALUE_PROMISE_KEY, &heap.arena, problem);
	if (status == UNDERSIGN_OK)
		status = note_key_parse(&key, text, problem);
	if (status == UNDERSIGN_OK)
		status = store_read_value(&there, sealer->store, SEALER_VALUE_APPOINTMENT,
					  &heap.arena, problem);
	else if (status == UNDERSIGN_E_MISSING) /* no acceptor has run yet */
		goto end;
	if (status == UNDERSIGN_OK &&
	    promise_appointment_open(&appointment, there, NULL) == UNDERSIGN_OK &&
	    note_key_is_equal(&appointment.key, &key) &&
	    note_key_is_equal(&appointment.log, &sealer->state.log.log))
		goto end;
	if (status == UNDERSIGN_OK || status == UNDERSIGN_E_MISSING)
		status = promise_appoint(&writer, &key, &log);
	if (status == UNDERSIGN_OK)
		status = store_write_value(sealer->store, SEALER_VALUE_APPOINTMENT,
					   writer_view(&writer), problem);
end:
	if (status == UNDERSIGN_E_MISSING) {
		status = UNDERSIGN_OK;
		if (problem)
			*problem = (struct problem){0};
	}
	arena_heap_close(&heap);
	return status;
}

/* --- An epoch ---------------------------------------------------------------------------------
 */

static int compare_hashes(const void *a, const void *b)
{
	return memcmp(a, b, SHA512_BYTES);
}

static bool is_verified(const struct sealer *sealer, const uint8_t hash[static SHA512_BYTES])
{
	return sealer->n_verified > 0 && bsearch(hash, sealer->verified, sealer->n_verified,
						 SHA512_BYTES, compare_hashes) != NULL;
}

/* Of `all` that is held n is not as it should be. */
static void warn_of(const struct sealer *sealer, size_t n, size_t all, const char *rule,
		    const char *what)
{
	struct problem warning = {0};

	if (n == 0)
		return;
	problem_where(&warning, "store", bytes_from(NULL, 0));
	problem_rule(&warning, rule);
	problem_what_numbers(&warning, what, n, all);
	warn(sealer, &warning);
}

/* Looks at the proofs that were not looked at yet. What does not hold goes from `held` to `over`.
 * Whether its letter is open is the sequencer's to ask: among it is what was promised for the next
 * epoch, in which another letter may open. Of letters that the configuration does not name any more
 * nothing is dropped: it stays in the store. */
static enum undersign_status verify_held(struct sealer *sealer, struct held *held,
					 struct held *over)
{
	const struct epochs *epochs = &sealer->state.view->epochs;
	struct bytes *files = ARENA_TAKE(held->arena, struct bytes, held->n + 1);
	size_t *places = ARENA_TAKE(held->arena, size_t, held->n + 1);
	enum undersign_status *statuses =
		ARENA_TAKE(held->arena, enum undersign_status, held->n + 1);
	struct arena_heap scratch;
	uint8_t fresh[32];
	size_t n = 0, kept = 0, n_bad = 0, n_unknown = 0;

	if (!files || !places || !statuses)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < held->n; i++) {
		if (is_verified(sealer, held->keys[i].hash))
			continue;
		places[n] = i;
		files[n++] = held->files[i];
	}
	const struct random_source *random = sealer->options.random;
	enum undersign_status status = random->fill(random->cookie, fresh, sizeof fresh);
	if (status != UNDERSIGN_OK)
		return status;
	arena_heap_open(&scratch, SIZE_MAX, false);
	status = sequencer_judge_files(statuses, NULL, epochs->replay, &sealer->generators, files,
				       n, SEQUENCER_ANY_EPOCH, fresh, &scratch.arena);
	arena_heap_close(&scratch);
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0, j = 0; i < held->n; i++) {
		const bool is_new = j < n && places[j] == i;
		const enum undersign_status is = is_new ? statuses[j++] : UNDERSIGN_OK;
		if (is == UNDERSIGN_E_MISSING) {
			n_unknown++;
			continue;
		}
		if (is != UNDERSIGN_OK) {
			status = held_add(over, &held->keys[i], held->files[i]);
			if (status != UNDERSIGN_OK)
				return status;
			n_bad++;
			continue;
		}
		held->files[kept] = held->files[i];
		held->keys[kept++] = held->keys[i];
	}
	held->n = kept;
	warn_of(sealer, n_bad, n_bad + n_unknown + kept, "what is held was checked when it came",
		"{1} of {2} statements do not hold and were dropped: an acceptor should not have "
		"taken them");
	warn_of(sealer, n_unknown, n_bad + n_unknown + kept,
		"the configuration names each letter that was promised for",
		"{1} of {2} statements wait for a letter that it does not name. Name it again, "
		"until that "
		"letter is closed");
	return UNDERSIGN_OK;
}

/* Remembers which of what stays held need not be looked at again. */
static void remember(struct sealer *sealer, const struct held *held, const struct epochs_made *made)
{
	free(sealer->verified);
	sealer->n_verified = 0;
	sealer->verified = calloc(held->n + 1, SHA512_BYTES);
	for (size_t i = 0; sealer->verified && i < held->n; i++)
		if (!made->is_over[i])
			memcpy(sealer->verified[sealer->n_verified++], held->keys[i].hash,
			       SHA512_BYTES);
}

/* The tree with the entries that were made; the replay has them already. */
static enum undersign_status grow_tree(struct desk_state *state, const struct epochs_made *made)
{
	struct desk_view *view = state->view;
	const size_t n = (size_t)view->size + made->n_entries;

	if (n > state->leaves_capacity) {
		struct merkle_hash *grown = realloc(state->leaves, 2 * n * sizeof *grown);
		if (!grown)
			return UNDERSIGN_E_MEMORY;
		state->leaves = grown;
		state->leaves_capacity = 2 * n;
	}
	for (size_t i = 0; i < made->n_entries; i++) {
		const struct merkle_hash leaf = merkle_leaf(made->entries[i]);
		state->leaves[view->size++] = leaf;
		merkle_frontier_add(&view->frontier, &leaf);
	}
	return UNDERSIGN_OK;
}

/* Signs, and closes in one transaction. over: what is erased beside the files that are. */
static enum undersign_status seal(struct sealer *sealer, const struct held *held,
				  const struct epochs_made *made, const struct held *over,
				  struct arena *arena, struct problem *problem)
{
	struct desk_state *state = &sealer->state;
	struct store_closing closing = {.size_before = state->view->size,
					.checkpoint_before = state->checkpoint,
					.entries = made->entries,
					.n_entries = made->n_entries};
	struct store_key *erased = ARENA_TAKE(arena, struct store_key, held->n + over->n + 1);

	if (!erased)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < held->n; i++)
		if (made->is_over[i])
			erased[closing.n_erased++] = held->keys[i];
	if (over->n > 0)
		memcpy(erased + closing.n_erased, over->keys, over->n * sizeof *over->keys);
	closing.n_erased += over->n;
	closing.erased = erased;
	enum undersign_status status = grow_tree(state, made);
	if (status != UNDERSIGN_OK)
		return status;
	const struct merkle_hash root = merkle_frontier_root(&state->view->frontier);
	status = log_files_sign(&closing.checkpoint, &state->log.log, state->view->size, &root,
				sealer->signer, arena, problem);
	if (status == UNDERSIGN_OK)
		status = store_close_epoch(sealer->store, &closing, problem);
	return status;
}

static enum undersign_status turn(struct sealer *sealer, uint64_t due, struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_OK;

	for (; sealer->state.takes <= due && status == UNDERSIGN_OK; sealer->state.takes++)
		status = store_turn(sealer->store, sealer->state.takes, problem);
	return status;
}

static enum undersign_status make_and_seal(struct sealer *sealer, uint64_t due,
					   const struct held *held, const struct held *over,
					   const struct epochs_records *records,
					   struct arena *arena, struct problem *problem)
{
	struct epochs_made made;

	enum undersign_status status = epochs_make(&sealer->state.view->epochs, &made, due, records,
						   held->files, held->n, arena, problem);
	if (status == UNDERSIGN_OK)
		status = seal(sealer, held, &made, over, arena, problem);
	if (status == UNDERSIGN_OK)
		remember(sealer, held, &made);
	else /* the replay is ahead of the store */
		desk_state_forget(&sealer->state);
	return status;
}

static enum undersign_status close_epochs(struct sealer *sealer, uint64_t due,
					  struct problem *problem)
{
	struct epochs_records records;
	struct arena_heap heap;

	arena_heap_open(&heap, SIZE_MAX, false);
	struct held held = {.arena = &heap.arena};
	/* Records that came by themselves: logged now, or not at all. */
	struct held over = {.arena = &heap.arena};
	enum undersign_status status = turn(sealer, due, problem);
	if (status == UNDERSIGN_OK)
		status = store_read_held(sealer->store, STORE_STATEMENT, held_take, &held, problem);
	if (status == UNDERSIGN_OK)
		status = store_read_held(sealer->store, STORE_RECORD, held_take, &over, problem);
	if (status == UNDERSIGN_OK)
		status = epochs_collect(&sealer->state.view->epochs, &records, due, over.files,
					over.n, true, &heap.arena, problem);
	for (size_t i = 0; status == UNDERSIGN_OK && i < records.n_left_out; i++)
		warn(sealer, &records.left_out[i]);
	if (status == UNDERSIGN_OK)
		status = verify_held(sealer, &held, &over);
	if (status == UNDERSIGN_OK)
		status = make_and_seal(sealer, due, &held, &over, &records, &heap.arena, problem);
	arena_heap_close(&heap);
	return status;
}

/* --- Publishing -------------------------------------------------------------------------------
 */

/* What a witness proves is kept beside the checkpoint that is kept outside the store. */
static void keep_evidence(const struct sealer *sealer, struct bytes evidence)
{
	char path[4096];
	struct problem problem = {0};

	snprintf(path, sizeof path, "%s.conflict", sealer->options.config->checkpoint_copy);
	if (file_write(path, evidence, FILE_PUBLIC, FILE_REPLACE, &problem) == UNDERSIGN_OK) {
		problem_where(&problem, "file", bytes_from_text(path));
		problem_rule(&problem,
			     "what a witness has shown is kept there: a checkpoint of this "
			     "log's key that is not of this log");
	}
	warn(sealer, &problem);
}

static enum undersign_status cosign(struct sealer *sealer, struct bytes *out, uint64_t now,
				    struct arena *arena, struct problem *problem)
{
	struct bytes evidence;

	*out = sealer->state.checkpoint;
	if (!sealer->witnesses)
		return UNDERSIGN_OK;
	enum undersign_status status =
		witnesses_ask(out, &evidence, sealer->witnesses, &sealer->state, sealer->published,
			      now, arena, problem);
	if (status == UNDERSIGN_E_CONFLICT && evidence.len > 0)
		keep_evidence(sealer, evidence);
	return status;
}

static enum undersign_status publish_files(struct sealer *sealer, struct problem *problem)
{
	const uint64_t size = sealer->state.view->size;

	if (sealer->written == size)
		return UNDERSIGN_OK;
	enum undersign_status status = keep_signed(sealer, problem);
	if (status == UNDERSIGN_OK)
		status = published_write(&sealer->state, sealer->store, sealer->published, problem);
	if (status == UNDERSIGN_OK) {
		sealer->written = size;
		sealer->ask_after = 0;
	}
	return status;
}

static enum undersign_status publish_checkpoint(struct sealer *sealer, struct bytes checkpoint,
						struct problem *problem)
{
	const struct published_witnesses witnesses = witnesses_keys(sealer->witnesses);

	enum undersign_status status =
		published_write_checkpoint(&sealer->state, checkpoint, &witnesses, problem);
	if (status != UNDERSIGN_OK)
		return status;
	sealer->before = sealer->published;
	sealer->published = sealer->state.view->size;
	return published_clean(&sealer->state, sealer->before, problem);
}

/* A file that could not be written for want of room is written later. */
static enum undersign_status wait_for_room(const struct sealer *sealer,
					   enum undersign_status status)
{
	const struct config *config = sealer->options.config;

	return status == UNDERSIGN_E_SYSTEM && (!file_has_room(config->published) ||
						!file_has_room(config->checkpoint_copy))
		       ? UNDERSIGN_E_LIMIT
		       : status;
}

/* The files, then the checkpoint; *out_waits: it needs witnesses that did not answer. */
static enum undersign_status publish(struct sealer *sealer, bool *out_waits, uint64_t now,
				     struct problem *problem)
{
	const uint64_t patience = sealer->state.log.epoch_seconds;
	struct bytes checkpoint;
	struct arena_heap heap;

	*out_waits = false;
	if (sealer->state.checkpoint.len == 0)
		return UNDERSIGN_OK;
	enum undersign_status status = wait_for_room(sealer, publish_files(sealer, problem));
	if (status != UNDERSIGN_OK)
		return status;
	if (now < sealer->ask_after) {
		*out_waits = true;
		return UNDERSIGN_OK;
	}
	arena_heap_open(&heap, SIZE_MAX, false);
	status = cosign(sealer, &checkpoint, now, &heap.arena, problem);
	if (status == UNDERSIGN_E_LIMIT) {
		*out_waits = true;
		sealer->ask_after = now + (patience < ASK_SECONDS ? patience : ASK_SECONDS);
		warn(sealer, problem);
		status = UNDERSIGN_OK;
	} else if (status == UNDERSIGN_OK) {
		status = wait_for_room(sealer, publish_checkpoint(sealer, checkpoint, problem));
	}
	arena_heap_close(&heap);
	return status;
}

/* --- Steps ------------------------------------------------------------------------------------
 */

static enum undersign_status next_instant(uint64_t *out, const struct sealer *sealer,
					  uint64_t seconds)
{
	const struct record_log *log = &sealer->state.log;
	uint64_t due;

	if (!epochs_due(&due, log, seconds)) {
		*out = log->begins;
		return UNDERSIGN_OK;
	}
	return record_log_instant(out, log, due + 1);
}

/* A clock that is years ahead would close every letter for good. */
static enum undersign_status check_clock(const struct sealer *sealer, uint64_t due,
					 struct problem *problem)
{
	const struct epochs *epochs = &sealer->state.view->epochs;
	const uint64_t next = epochs_next(epochs);

	if (sealer->options.may_catch_up || due < next || due - next < SEALER_JUMP_EPOCHS ||
	    due - next < SEALER_JUMP_SECONDS / sealer->state.log.epoch_seconds)
		return UNDERSIGN_OK;
	problem_where(problem, "the clock", bytes_from(NULL, 0));
	problem_rule(problem, "an epoch that is closed stays closed");
	problem_what_numbers(problem,
			     "by the clock {1} epochs have begun, of which the log has {2}. If it "
			     "is wrong, set it. If it is right, start the sealer with --catch-up",
			     due + 1, next);
	return UNDERSIGN_E_INVALID;
}

enum undersign_status sealer_run(struct sealer *sealer, struct sealer_step *out, uint64_t seconds,
				 struct problem *problem)
{
	uint64_t due;

	*out = (struct sealer_step){0};
	enum undersign_status status = appoint(sealer, problem);
	if (status == UNDERSIGN_OK)
		status = refresh(sealer, problem);
	const bool is_due = status == UNDERSIGN_OK &&
			    epochs_due(&due, &sealer->state.log, seconds) &&
			    due >= epochs_next(&sealer->state.view->epochs);
	if (is_due)
		status = check_clock(sealer, due, problem);
	if (is_due && status == UNDERSIGN_OK)
		status = close_epochs(sealer, due, problem);
	if (is_due && status == UNDERSIGN_OK) {
		status = refresh(sealer, problem);
		sealer->must_take_back = true;
		out->has_closed = true;
		out->epoch = due;
	}
	if (status == UNDERSIGN_OK && sealer->published < sealer->state.view->size)
		status = publish(sealer, &out->waits, seconds, problem);
	if (status == UNDERSIGN_OK && sealer->must_take_back) {
		status = store_take_back(sealer->store, problem);
		sealer->must_take_back = status != UNDERSIGN_OK;
	}
	if (status == UNDERSIGN_OK)
		status = next_instant(&out->next, sealer, seconds);
	if (status == UNDERSIGN_OK)
		out->size = sealer->state.view->size;
	return status;
}
