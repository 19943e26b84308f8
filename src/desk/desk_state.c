#include "desk_state.h"

#include "folder.h"
#include "log_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum undersign_status desk_state_open(struct desk_state *out, const struct config *config,
				      bool keeps_leaves, const struct parallel *parallel,
				      struct problem *problem)
{
	struct note note;

	*out = (struct desk_state){
		.config = config, .parallel = parallel, .keeps_leaves = keeps_leaves};
	arena_heap_open(&out->log_heap, SIZE_MAX, false);
	enum undersign_status status = log_files_record(
		&out->log, &out->log_note, config->log_record, &out->log_heap.arena, problem);
	if (status == UNDERSIGN_OK)
		status = note_parse(&note, out->log_note, problem);
	if (status == UNDERSIGN_OK)
		sha256(out->log_id, note.text);
	return status;
}

static void close_view(struct desk_view *view)
{
	if (view)
		arena_heap_close(&view->heap);
	free(view);
}

void desk_state_forget(struct desk_state *state)
{
	close_view(state->view);
	state->view = NULL;
}

void desk_state_close(struct desk_state *state)
{
	desk_state_forget(state);
	arena_heap_close(&state->checkpoint_heap);
	arena_heap_close(&state->log_heap);
	free(state->leaves);
	*state = (struct desk_state){0};
}

/* --- The letters' folders ---------------------------------------------------------------------
 */

/* Tells a folder that was changed from one that was not, without reading it. */
static enum undersign_status look_at(struct sha256 *hash, const char *path, struct problem *problem)
{
	struct folder_list list;

	enum undersign_status status = folder_list(&list, path, problem);
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < list.n; i++) {
		char name[4096];
		struct stat facts;
		snprintf(name, sizeof name, "%s/%s", path, list.entries[i].name);
		if (stat(name, &facts) != 0)
			memset(&facts, 0, sizeof facts);
		const uint64_t seen[] = {(uint64_t)facts.st_dev, (uint64_t)facts.st_ino,
					 (uint64_t)facts.st_size, (uint64_t)facts.st_mtim.tv_sec,
					 (uint64_t)facts.st_mtim.tv_nsec};
		sha256_add(hash, list.entries[i].name, strlen(list.entries[i].name) + 1);
		sha256_add(hash, seen, sizeof seen);
	}
	folder_list_free(&list);
	return UNDERSIGN_OK;
}

static enum undersign_status look_at_folders(uint8_t out[static SHA256_BYTES],
					     const struct config *config, struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_OK;
	struct sha256 hash;

	sha256_begin(&hash);
	for (size_t i = 0; i < config->n_letters && status == UNDERSIGN_OK; i++)
		status = look_at(&hash, config->letters[i], problem);
	sha256_end(&hash, out);
	return status;
}

static enum undersign_status open_view(struct desk_view **out, const struct desk_state *state,
				       struct problem *problem)
{
	const struct config *config = state->config;
	struct desk_view *view = calloc(1, sizeof *view);
	enum undersign_status status = UNDERSIGN_OK;

	*out = view;
	if (!view)
		return UNDERSIGN_E_MEMORY;
	arena_heap_open(&view->heap, SIZE_MAX, false);
	struct arena *arena = &view->heap.arena;
	view->folders = ARENA_TAKE(arena, struct letter_folder, config->n_letters + 1);
	view->pointers = ARENA_TAKE(arena, const struct letter_folder *, config->n_letters + 1);
	if (!view->folders || !view->pointers)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < config->n_letters && status == UNDERSIGN_OK; i++) {
		status = letter_folder_open(&view->folders[i], config->letters[i], arena, problem);
		view->pointers[i] = &view->folders[i];
		if (status != UNDERSIGN_OK)
			problem_inside(problem, "letter", bytes_from_text(config->letters[i]));
	}
	if (status == UNDERSIGN_OK)
		status = epochs_open(&view->epochs, &state->log, state->log_note, view->pointers,
				     config->n_letters, state->parallel, arena, problem);
	return status;
}

/* --- The log ----------------------------------------------------------------------------------
 */

struct reading {
	struct desk_state *state;
	struct desk_view *view;
};

static enum undersign_status take_entry(void *cookie, uint64_t number, struct bytes entry,
					struct problem *problem)
{
	const struct reading *reading = cookie;
	struct desk_state *state = reading->state;
	struct desk_view *view = reading->view;
	const struct merkle_hash leaf = merkle_leaf(entry);

	if (number != view->size) {
		problem_where_number(problem, "store, entry", number);
		problem_rule(problem, "the store has every entry of the log");
		return UNDERSIGN_E_INVALID;
	}
	if (state->keeps_leaves && view->size == state->leaves_capacity) {
		const size_t capacity = state->leaves_capacity ? 2 * state->leaves_capacity : 1024;
		struct merkle_hash *grown = realloc(state->leaves, capacity * sizeof *grown);
		if (!grown)
			return UNDERSIGN_E_MEMORY;
		state->leaves = grown;
		state->leaves_capacity = capacity;
	}
	if (state->keeps_leaves)
		state->leaves[view->size] = leaf;
	merkle_frontier_add(&view->frontier, &leaf);
	view->size++;
	return replay_entry(view->epochs.replay, entry, problem);
}

static enum undersign_status check_checkpoint(const struct desk_state *state,
					      const struct desk_view *view, struct problem *problem)
{
	const struct merkle_hash root = merkle_frontier_root(&view->frontier);
	struct checkpoint checkpoint = {0};
	struct note_verdict verdict;
	struct note note;

	if (state->checkpoint.len == 0 && view->size == 0)
		return UNDERSIGN_OK;
	enum undersign_status status =
		checkpoint_open(&checkpoint, &note, &verdict, state->checkpoint, &state->log.log, 1,
				NOTE_UNKNOWN_IGNORED, problem);
	if (status == UNDERSIGN_OK && checkpoint.size == view->size &&
	    merkle_hash_is_equal(&checkpoint.root, &root))
		return UNDERSIGN_OK;
	problem_where(problem, "store", bytes_from(NULL, 0));
	problem_rule(problem, "the entries of the log are those of its checkpoint");
	problem_what(problem,
		     "they lead to another root. Stop the desk, and restore the newest copy of the "
		     "store",
		     bytes_from(NULL, 0));
	return UNDERSIGN_E_INVALID;
}

/* The store's state, whose checkpoint stays until the next time. */
static enum undersign_status read_state(struct desk_state *state, struct store *store,
					uint64_t *out_size, struct problem *problem)
{
	struct store_state now = {0};

	arena_heap_close(&state->checkpoint_heap);
	arena_heap_open(&state->checkpoint_heap, SIZE_MAX, false);
	state->checkpoint = bytes_from(NULL, 0);
	enum undersign_status status =
		store_read_state(&now, store, &state->checkpoint_heap.arena, problem);
	if (status == UNDERSIGN_OK) {
		state->takes = now.takes;
		state->checkpoint = now.checkpoint;
		*out_size = now.size;
	}
	return status;
}

/* Brings the view up to the store. */
static enum undersign_status read_log(struct desk_state *state, struct desk_view *view,
				      struct store *store, struct problem *problem)
{
	struct reading reading = {state, view};
	uint64_t size = 0;

	enum undersign_status status = read_state(state, store, &size, problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (size < view->size) {
		problem_where(problem, "store", bytes_from(NULL, 0));
		problem_rule(problem, "a log never becomes shorter");
		problem_what_numbers(
			problem,
			"it has {1} entries, and had {2}: another copy was put in its place", size,
			view->size);
		return UNDERSIGN_E_CONFLICT;
	}
	/* More may have come since: until what was read is what the checkpoint is of. */
	while (status == UNDERSIGN_OK && size > view->size) {
		status = store_read_log(store, view->size, take_entry, &reading, problem);
		if (status == UNDERSIGN_OK)
			status = replay_end(view->epochs.replay, problem);
		if (status == UNDERSIGN_OK)
			status = read_state(state, store, &size, problem);
	}
	if (status == UNDERSIGN_OK)
		status = check_checkpoint(state, view, problem);
	return status;
}

/* Seconds since the machine has run. */
static uint64_t running_seconds(void)
{
	struct timespec now;

	return clock_gettime(CLOCK_MONOTONIC, &now) == 0 ? (uint64_t)now.tv_sec : 0;
}

/* Letters and log from nothing, into the place of the view, if they can be read. */
static enum undersign_status read_anew(struct desk_state *state, struct store *store,
				       struct problem *problem)
{
	struct desk_view *view = NULL;

	enum undersign_status status = open_view(&view, state, problem);
	if (status == UNDERSIGN_OK)
		status = read_log(state, view, store, problem);
	if (status != UNDERSIGN_OK) {
		close_view(view);
		state->again_at = running_seconds() + DESK_STATE_AGAIN_SECONDS;
		return status;
	}
	close_view(state->view);
	state->view = view;
	state->again_at = 0;
	return UNDERSIGN_OK;
}

enum undersign_status desk_state_refresh(struct desk_state *state, struct store *store,
					 bool *out_changed, struct problem *warning,
					 struct problem *problem)
{
	const uint64_t takes = state->takes;
	const uint64_t size = state->view ? state->view->size : 0;
	uint8_t seen[SHA256_BYTES];
	struct problem fault = {0};
	bool is_new = false;

	if (out_changed)
		*out_changed = false;
	enum undersign_status status = look_at_folders(seen, state->config, &fault);
	if (status == UNDERSIGN_OK &&
	    (!state->view || memcmp(seen, state->folders_seen, sizeof seen) != 0 ||
	     (state->again_at > 0 && running_seconds() >= state->again_at))) {
		status = read_anew(state, store, &fault);
		is_new = status == UNDERSIGN_OK;
		memcpy(state->folders_seen, seen, sizeof seen);
	}
	if (status != UNDERSIGN_OK && state->view) {
		if (warning)
			*warning = fault;
		status = UNDERSIGN_OK;
	} else if (status != UNDERSIGN_OK && problem) {
		*problem = fault;
	}
	if (status == UNDERSIGN_OK)
		status = read_log(state, state->view, store, problem);
	if (status != UNDERSIGN_OK)
		desk_state_forget(state);
	else if (out_changed)
		*out_changed = is_new || takes != state->takes || size != state->view->size;
	return status;
}

struct replay_letter *desk_state_letter(const struct desk_state *state,
					const uint8_t id[static HASH_BYTES])
{
	return state->view ? replay_letter_of(state->view->epochs.replay, id) : NULL;
}
