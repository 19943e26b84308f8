#include "sqlite_store.h"

#include <string.h>

enum undersign_status sqlite_store_undo(struct sqlite_store *self, enum undersign_status status)
{
	if (status != UNDERSIGN_OK && sqlite_roll_back(self->sqlite, NULL) != UNDERSIGN_OK)
		return UNDERSIGN_E_SYSTEM;
	return status;
}

/* A statement that gives no row. */
static enum undersign_status finish(struct sqlite_store *self, enum sqlite_sql sql,
				    struct problem *problem)
{
	return sqlite_step(NULL, self->sqlite, sql, problem);
}

enum undersign_status sqlite_store_do(struct sqlite_store *self, enum sqlite_sql sql,
				      struct problem *problem)
{
	enum undersign_status status = sqlite_begin(self->sqlite, sql, problem);

	return status == UNDERSIGN_OK ? finish(self, sql, problem) : status;
}

/* --- What is held -------------------------------------------------------------------------------
 */

static enum undersign_status put_item(struct sqlite_store *self, const struct store_item *item,
				      struct problem *problem)
{
	enum undersign_status status = sqlite_begin(self->sqlite, SQLITE_SQL_HOLD, problem);

	if (status != UNDERSIGN_OK)
		return status;
	sqlite_bind_number(self->sqlite, SQLITE_SQL_HOLD, 1, item->kind);
	sqlite_bind_blob(self->sqlite, SQLITE_SQL_HOLD, 2, bytes_from(item->hash, SHA512_BYTES));
	sqlite_bind_blob(self->sqlite, SQLITE_SQL_HOLD, 3,
			 bytes_from(item->place, STORE_PLACE_BYTES));
	sqlite_bind_blob(self->sqlite, SQLITE_SQL_HOLD, 4, item->content);
	return finish(self, SQLITE_SQL_HOLD, problem);
}

enum undersign_status sqlite_store_change(int64_t *out, struct sqlite_store *self,
					  enum sqlite_sql sql, uint64_t number,
					  struct problem *problem)
{
	enum undersign_status status = sqlite_begin(self->sqlite, sql, problem);

	if (out)
		*out = 0;
	if (status != UNDERSIGN_OK)
		return status;
	sqlite_bind_number(self->sqlite, sql, 1, (int64_t)number);
	status = finish(self, sql, problem);
	if (status == UNDERSIGN_OK && out)
		*out = sqlite_changes(self->sqlite);
	return status;
}

/* In a transaction whose UPDATE for `epoch` changed nothing. */
static enum undersign_status refuse_epoch(struct sqlite_store *self, uint64_t epoch,
					  struct problem *problem)
{
	struct store_state state;
	enum undersign_status status = sqlite_store_numbers(&state, self, problem);

	if (status != UNDERSIGN_OK)
		return status;
	return engine_refuse_epoch(problem, epoch, state.takes);
}

enum undersign_status sqlite_store_hold(void *opaque, uint64_t epoch,
					const struct store_item *const *items, size_t n,
					struct problem *problem)
{
	struct sqlite_store *self = opaque;
	int64_t n_changed = 0;
	enum undersign_status status = sqlite_store_do(self, SQLITE_SQL_BEGIN, problem);

	/* The first statement writes: it takes the lock before anything is read. */
	if (status == UNDERSIGN_OK)
		status = sqlite_store_change(&n_changed, self, SQLITE_SQL_BEAT, epoch, problem);
	if (status == UNDERSIGN_OK && n_changed == 0)
		status = refuse_epoch(self, epoch, problem);
	for (size_t i = 0; status == UNDERSIGN_OK && i < n; i++)
		status = put_item(self, items[i], problem);
	if (status == UNDERSIGN_OK)
		status = sqlite_store_do(self, SQLITE_SQL_COMMIT, problem);
	return sqlite_store_undo(self, status);
}

static enum undersign_status read_item(struct store_item *out, struct sqlite_store *self,
				       struct problem *problem)
{
	struct bytes hash = sqlite_blob(self->sqlite, SQLITE_SQL_HELD, 0);
	struct bytes place = sqlite_blob(self->sqlite, SQLITE_SQL_HELD, 1);

	out->content = sqlite_blob(self->sqlite, SQLITE_SQL_HELD, 2);
	if (hash.len != SHA512_BYTES || place.len != STORE_PLACE_BYTES || out->content.len == 0)
		return engine_refuse(problem, UNDERSIGN_E_FORMAT, "an item is as it was held",
				     "it is not: restore the store from a copy");
	memcpy(out->hash, hash.data, SHA512_BYTES);
	memcpy(out->place, place.data, STORE_PLACE_BYTES);
	return UNDERSIGN_OK;
}

enum undersign_status sqlite_store_read_held(void *opaque, enum store_kind kind, store_visit visit,
					     void *cookie, struct problem *problem)
{
	struct sqlite_store *self = opaque;
	struct store_item item = {.kind = kind};
	bool has_row = false;
	enum undersign_status status = sqlite_begin(self->sqlite, SQLITE_SQL_HELD, problem);

	if (status != UNDERSIGN_OK)
		return status;
	sqlite_bind_number(self->sqlite, SQLITE_SQL_HELD, 1, kind);
	while ((status = sqlite_step(&has_row, self->sqlite, SQLITE_SQL_HELD, problem)) ==
		       UNDERSIGN_OK &&
	       has_row) {
		status = read_item(&item, self, problem);
		if (status == UNDERSIGN_OK)
			status = visit(cookie, &item, problem);
		if (status != UNDERSIGN_OK)
			break;
	}
	sqlite_end(self->sqlite, SQLITE_SQL_HELD);
	return status;
}

enum undersign_status sqlite_store_count(uint64_t *out, void *opaque, enum store_kind kind,
					 struct problem *problem)
{
	struct sqlite_store *self = opaque;
	bool has_row = false;
	enum undersign_status status = sqlite_begin(self->sqlite, SQLITE_SQL_COUNT, problem);

	if (status != UNDERSIGN_OK)
		return status;
	sqlite_bind_number(self->sqlite, SQLITE_SQL_COUNT, 1, kind);
	status = sqlite_step(&has_row, self->sqlite, SQLITE_SQL_COUNT, problem);
	if (status == UNDERSIGN_OK && has_row)
		*out = (uint64_t)sqlite_number(self->sqlite, SQLITE_SQL_COUNT, 0);
	sqlite_end(self->sqlite, SQLITE_SQL_COUNT);
	return status;
}

static enum undersign_status erase(struct sqlite_store *self, const struct store_key *key,
				   struct problem *problem)
{
	enum undersign_status status = sqlite_begin(self->sqlite, SQLITE_SQL_ERASE, problem);

	if (status != UNDERSIGN_OK)
		return status;
	sqlite_bind_number(self->sqlite, SQLITE_SQL_ERASE, 1, key->kind);
	sqlite_bind_blob(self->sqlite, SQLITE_SQL_ERASE, 2, bytes_from(key->hash, SHA512_BYTES));
	return finish(self, SQLITE_SQL_ERASE, problem);
}

enum undersign_status sqlite_store_erase(void *opaque, const struct store_key *keys, size_t n,
					 struct problem *problem)
{
	struct sqlite_store *self = opaque;
	enum undersign_status status = sqlite_store_do(self, SQLITE_SQL_BEGIN, problem);

	for (size_t i = 0; status == UNDERSIGN_OK && i < n; i++)
		status = erase(self, &keys[i], problem);
	if (status == UNDERSIGN_OK)
		status = sqlite_store_do(self, SQLITE_SQL_COMMIT, problem);
	return sqlite_store_undo(self, status);
}

/* --- Epochs and the log -------------------------------------------------------------------------
 */

/* The statement is left open for its checkpoint; the caller ends it. */
static enum undersign_status begin_state(struct store_state *out, struct sqlite_store *self,
					 struct problem *problem)
{
	bool has_row = false;
	enum undersign_status status = sqlite_begin(self->sqlite, SQLITE_SQL_STATE_READ, problem);

	*out = (struct store_state){0};
	if (status == UNDERSIGN_OK)
		status = sqlite_step(&has_row, self->sqlite, SQLITE_SQL_STATE_READ, problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (!has_row)
		return engine_refuse(problem, UNDERSIGN_E_FORMAT, "the store has a state",
				     "it has none: restore it from a copy");
	out->takes = (uint64_t)sqlite_number(self->sqlite, SQLITE_SQL_STATE_READ, 0);
	out->size = (uint64_t)sqlite_number(self->sqlite, SQLITE_SQL_STATE_READ, 1);
	out->checkpoint = sqlite_blob(self->sqlite, SQLITE_SQL_STATE_READ, 2);
	return UNDERSIGN_OK;
}

enum undersign_status sqlite_store_numbers(struct store_state *out, struct sqlite_store *self,
					   struct problem *problem)
{
	enum undersign_status status = begin_state(out, self, problem);

	out->checkpoint = bytes_from(NULL, 0);
	sqlite_end(self->sqlite, SQLITE_SQL_STATE_READ);
	return status;
}

enum undersign_status sqlite_store_read_state(struct store_state *out, void *opaque,
					      struct arena *arena, struct problem *problem)
{
	struct sqlite_store *self = opaque;
	enum undersign_status status = begin_state(out, self, problem);

	if (status == UNDERSIGN_OK && out->checkpoint.len > 0) {
		out->checkpoint = arena_copy(arena, out->checkpoint);
		if (!out->checkpoint.data)
			status = UNDERSIGN_E_MEMORY;
	}
	sqlite_end(self->sqlite, SQLITE_SQL_STATE_READ);
	return status;
}

enum undersign_status sqlite_store_turn(void *opaque, uint64_t epoch, struct problem *problem)
{
	struct sqlite_store *self = opaque;
	int64_t n_changed = 0;
	enum undersign_status status = sqlite_store_do(self, SQLITE_SQL_BEGIN, problem);

	if (status == UNDERSIGN_OK)
		status = sqlite_store_change(&n_changed, self, SQLITE_SQL_TURN, epoch, problem);
	if (status == UNDERSIGN_OK && n_changed == 0)
		status = refuse_epoch(self, epoch, problem);
	if (status == UNDERSIGN_OK)
		status = sqlite_store_do(self, SQLITE_SQL_COMMIT, problem);
	return sqlite_store_undo(self, status);
}

static enum undersign_status swap(struct sqlite_store *self, const struct store_closing *closing,
				  struct problem *problem)
{
	uint64_t size = closing->size_before + closing->n_entries;
	enum undersign_status status = sqlite_begin(self->sqlite, SQLITE_SQL_SWAP, problem);

	if (status != UNDERSIGN_OK)
		return status;
	sqlite_bind_number(self->sqlite, SQLITE_SQL_SWAP, 1, (int64_t)size);
	sqlite_bind_blob(self->sqlite, SQLITE_SQL_SWAP, 2, closing->checkpoint);
	sqlite_bind_number(self->sqlite, SQLITE_SQL_SWAP, 3, (int64_t)closing->size_before);
	sqlite_bind_blob(self->sqlite, SQLITE_SQL_SWAP, 4, closing->checkpoint_before);
	status = finish(self, SQLITE_SQL_SWAP, problem);
	if (status == UNDERSIGN_OK && sqlite_changes(self->sqlite) != 1)
		return engine_refuse(problem, UNDERSIGN_E_CONFLICT, ENGINE_RULE_BEFORE,
				     "another checkpoint is there: sign nothing, and look whether "
				     "a second sealer is at work");
	return status;
}

static enum undersign_status add_entry(struct sqlite_store *self, uint64_t number,
				       struct bytes content, struct problem *problem)
{
	enum undersign_status status = sqlite_begin(self->sqlite, SQLITE_SQL_ENTRY_ADD, problem);

	if (status != UNDERSIGN_OK)
		return status;
	sqlite_bind_number(self->sqlite, SQLITE_SQL_ENTRY_ADD, 1, (int64_t)number);
	sqlite_bind_blob(self->sqlite, SQLITE_SQL_ENTRY_ADD, 2, content);
	status = finish(self, SQLITE_SQL_ENTRY_ADD, problem);
	/* There is an entry beyond the size: the file is not what was written. */
	return status == UNDERSIGN_E_CONFLICT ? UNDERSIGN_E_FORMAT : status;
}

enum undersign_status sqlite_store_close_epoch(void *opaque, const struct store_closing *closing,
					       struct problem *problem)
{
	struct sqlite_store *self = opaque;
	enum undersign_status status = sqlite_store_do(self, SQLITE_SQL_BEGIN, problem);

	if (status == UNDERSIGN_OK)
		status = swap(self, closing, problem);
	for (size_t i = 0; status == UNDERSIGN_OK && i < closing->n_entries; i++)
		status = add_entry(self, closing->size_before + i, closing->entries[i], problem);
	for (size_t i = 0; status == UNDERSIGN_OK && i < closing->n_erased; i++)
		status = erase(self, &closing->erased[i], problem);
	if (status == UNDERSIGN_OK)
		status = sqlite_store_do(self, SQLITE_SQL_COMMIT, problem);
	return sqlite_store_undo(self, status);
}

/* Visits the entries from *at up to before `end` that a statement gives, and moves *at. */
static enum undersign_status visit_part(struct sqlite_store *self, enum sqlite_sql sql,
					uint64_t *at, uint64_t end, store_visit_entry visit,
					void *cookie, struct problem *problem)
{
	bool has_row = false;
	enum undersign_status status;

	if (*at >= end)
		return UNDERSIGN_OK;
	status = sqlite_begin(self->sqlite, sql, problem);
	if (status != UNDERSIGN_OK)
		return status;
	sqlite_bind_number(self->sqlite, sql, 1, (int64_t)*at);
	sqlite_bind_number(self->sqlite, sql, 2, (int64_t)end);
	while ((status = sqlite_step(&has_row, self->sqlite, sql, problem)) == UNDERSIGN_OK &&
	       has_row) {
		uint64_t number = (uint64_t)sqlite_number(self->sqlite, sql, 0);
		struct bytes content = sqlite_blob(self->sqlite, sql, 1);

		if (number != *at || content.len == 0)
			status = engine_refuse_number(problem, *at, number);
		else if (visit)
			status = visit(cookie, number, content, problem);
		if (status != UNDERSIGN_OK)
			break;
		(*at)++;
	}
	sqlite_end(self->sqlite, sql);
	if (status == UNDERSIGN_OK && *at != end)
		return engine_refuse_number(problem, *at, end);
	return status;
}

/* The first entry that is here and not yet in the archive; the size if there is none. */
static enum undersign_status find_first(uint64_t *out, struct sqlite_store *self, uint64_t size,
					struct problem *problem)
{
	int64_t n;
	enum undersign_status status =
		sqlite_ask(&n, self->sqlite, "SELECT count(*) FROM main.entries", problem);

	*out = size;
	if (status == UNDERSIGN_OK && n > 0) {
		status = sqlite_ask(&n, self->sqlite, "SELECT min(number) FROM main.entries",
				    problem);
		*out = (uint64_t)n;
	}
	return status;
}

enum undersign_status sqlite_store_read_log(void *opaque, uint64_t from, store_visit_entry visit,
					    void *cookie, struct problem *problem)
{
	struct sqlite_store *self = opaque;
	struct store_state state = {0};
	uint64_t first = 0, at = from;
	enum undersign_status status = sqlite_store_do(self, SQLITE_SQL_BEGIN, problem);

	if (status == UNDERSIGN_OK)
		status = sqlite_store_numbers(&state, self, problem);
	if (status == UNDERSIGN_OK)
		status = find_first(&first, self, state.size, problem);
	if (status == UNDERSIGN_OK)
		status = visit_part(self, SQLITE_SQL_ARCHIVE_ENTRIES, &at, first, visit, cookie,
				    problem);
	if (status == UNDERSIGN_OK)
		status = visit_part(self, SQLITE_SQL_ENTRIES, &at, state.size, visit, cookie,
				    problem);
	if (status == UNDERSIGN_OK)
		status = sqlite_store_do(self, SQLITE_SQL_COMMIT, problem);
	return sqlite_store_undo(self, status);
}

/* --- Values -------------------------------------------------------------------------------------
 */

enum undersign_status sqlite_store_write_value(void *opaque, const char *name, struct bytes value,
					       struct problem *problem)
{
	struct sqlite_store *self = opaque;
	enum sqlite_sql sql = value.len ? SQLITE_SQL_VALUE_WRITE : SQLITE_SQL_VALUE_REMOVE;
	enum undersign_status status = sqlite_begin(self->sqlite, sql, problem);

	if (status != UNDERSIGN_OK)
		return status;
	sqlite_bind_text(self->sqlite, sql, 1, name);
	if (value.len > 0)
		sqlite_bind_blob(self->sqlite, sql, 2, value);
	return sqlite_store_undo(self, finish(self, sql, problem));
}

enum undersign_status sqlite_store_read_value(struct bytes *out, void *opaque, const char *name,
					      struct arena *arena, struct problem *problem)
{
	struct sqlite_store *self = opaque;
	bool has_row = false;
	enum undersign_status status = sqlite_begin(self->sqlite, SQLITE_SQL_VALUE_READ, problem);

	if (status != UNDERSIGN_OK)
		return status;
	sqlite_bind_text(self->sqlite, SQLITE_SQL_VALUE_READ, 1, name);
	status = sqlite_step(&has_row, self->sqlite, SQLITE_SQL_VALUE_READ, problem);
	if (status == UNDERSIGN_OK && !has_row) {
		problem_rule(problem, "the value is there");
		problem_what(problem, "nobody has written it:", bytes_from_text(name));
		status = UNDERSIGN_E_MISSING;
	} else if (status == UNDERSIGN_OK) {
		*out = arena_copy(arena, sqlite_blob(self->sqlite, SQLITE_SQL_VALUE_READ, 0));
		if (!out->data)
			status = UNDERSIGN_E_MEMORY;
	}
	sqlite_end(self->sqlite, SQLITE_SQL_VALUE_READ);
	return status;
}
