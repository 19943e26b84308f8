#include "postgresql_store.h"

#include <string.h>
#include <sys/random.h>

/* --- What is held -------------------------------------------------------------------------------
 */

static enum undersign_status check_epoch(struct postgresql_store *self, uint64_t epoch,
					 struct problem *problem)
{
	struct store_state state = {0};
	enum undersign_status status = postgresql_store_answer(&state, self, problem);

	if (status == UNDERSIGN_OK && state.takes != epoch)
		return engine_refuse_epoch(problem, epoch, state.takes);
	return status;
}

static enum undersign_status put_items(struct postgresql_store *self,
				       const struct store_item *const *items, size_t n,
				       struct problem *problem)
{
	uint8_t fresh[8];
	struct postgresql_value beat[2];
	enum undersign_status status;

	if (getrandom(fresh, sizeof fresh, 0) != sizeof fresh)
		return UNDERSIGN_E_RANDOM;
	beat[0] = postgresql_of_blob(bytes_from(self->beat, sizeof self->beat));
	beat[1] = postgresql_of_blob(bytes_from(fresh, sizeof fresh));
	status = postgresql_pipe_begin(self->server, problem);
	if (status != UNDERSIGN_OK)
		return status;
	postgresql_pipe_put(self->server, POSTGRESQL_SQL_BEAT, beat, 2);
	for (size_t i = 0; i < n; i++) {
		const struct postgresql_value values[] = {
			postgresql_of_number((uint64_t)items[i]->kind),
			postgresql_of_blob(bytes_from(items[i]->hash, SHA512_BYTES)),
			postgresql_of_blob(bytes_from(items[i]->place, STORE_PLACE_BYTES)),
			postgresql_of_blob(items[i]->content),
		};

		postgresql_pipe_put(self->server, POSTGRESQL_SQL_HOLD, values, 4);
	}
	postgresql_pipe_put(self->server, POSTGRESQL_SQL_COMMIT, NULL, 0);
	return postgresql_pipe_end(self->server, problem);
}

static enum undersign_status hold_once(struct postgresql_store *self, uint64_t epoch,
				       const struct store_item *const *items, size_t n,
				       struct problem *problem)
{
	static const enum postgresql_sql piped[] = {POSTGRESQL_SQL_BEAT, POSTGRESQL_SQL_HOLD,
						    POSTGRESQL_SQL_COMMIT};
	enum undersign_status status = UNDERSIGN_OK;

	for (size_t i = 0; status == UNDERSIGN_OK && i < 3; i++)
		status = postgresql_prepare(self->server, piped[i], problem);
	if (status == UNDERSIGN_OK)
		status = postgresql_store_do(self, POSTGRESQL_SQL_BEGIN, problem);
	if (status == UNDERSIGN_OK)
		status = postgresql_store_do(self, POSTGRESQL_SQL_GATE_SHARE, problem);
	if (status == UNDERSIGN_OK)
		status = check_epoch(self, epoch, problem);
	if (status == UNDERSIGN_OK)
		status = put_items(self, items, n, problem);
	return postgresql_store_undo(self, status);
}

enum undersign_status postgresql_store_hold(void *opaque, uint64_t epoch,
					    const struct store_item *const *items, size_t n,
					    struct problem *problem)
{
	struct postgresql_store *self = opaque;
	enum undersign_status status = postgresql_store_be_there(self, problem);

	if (status == UNDERSIGN_OK)
		status = hold_once(self, epoch, items, n, problem);
	if (status == UNDERSIGN_OK || !postgresql_is_lost(self->server))
		return status;
	status = postgresql_store_again(self, problem);
	return status == UNDERSIGN_OK ? hold_once(self, epoch, items, n, problem) : status;
}

static enum undersign_status read_item(struct store_item *out, const struct postgresql *server,
				       struct problem *problem)
{
	struct bytes hash = postgresql_blob(server, 0, 0);
	struct bytes place = postgresql_blob(server, 0, 1);

	out->content = postgresql_blob(server, 0, 2);
	if (hash.len != SHA512_BYTES || place.len != STORE_PLACE_BYTES || out->content.len == 0)
		return engine_refuse(problem, UNDERSIGN_E_FORMAT, "an item is as it was held",
				     "it is not: restore the store from a copy");
	memcpy(out->hash, hash.data, SHA512_BYTES);
	memcpy(out->place, place.data, STORE_PLACE_BYTES);
	return UNDERSIGN_OK;
}

enum undersign_status postgresql_store_read_held(void *opaque, enum store_kind kind,
						 store_visit visit, void *cookie,
						 struct problem *problem)
{
	struct postgresql_store *self = opaque;
	const struct postgresql_value value = postgresql_of_number((uint64_t)kind);
	struct store_item item = {.kind = kind};
	bool has_row = false;
	enum undersign_status status = postgresql_store_be_there(self, problem);

	if (status == UNDERSIGN_OK)
		status = postgresql_stream_begin(self->server, POSTGRESQL_SQL_HELD, &value, 1,
						 problem);
	if (status != UNDERSIGN_OK)
		return status;
	while ((status = postgresql_stream_next(&has_row, self->server, problem)) == UNDERSIGN_OK &&
	       has_row) {
		status = read_item(&item, self->server, problem);
		if (status == UNDERSIGN_OK)
			status = visit(cookie, &item, problem);
		if (status != UNDERSIGN_OK)
			break;
	}
	postgresql_stream_end(self->server);
	return status;
}

/* Asks for something small; once more if the connection breaks. */
static enum undersign_status ask(struct postgresql_store *self, enum postgresql_sql sql,
				 const struct postgresql_value *values, size_t n,
				 struct problem *problem)
{
	enum undersign_status status = postgresql_store_be_there(self, problem);

	if (status == UNDERSIGN_OK)
		status = postgresql_do(self->server, sql, values, n, problem);
	if (status == UNDERSIGN_OK || !postgresql_is_lost(self->server))
		return status;
	status = postgresql_store_again(self, problem);
	return status == UNDERSIGN_OK ? postgresql_do(self->server, sql, values, n, problem)
				      : status;
}

enum undersign_status postgresql_store_count(uint64_t *out, void *opaque, enum store_kind kind,
					     struct problem *problem)
{
	struct postgresql_store *self = opaque;
	const struct postgresql_value value = postgresql_of_number((uint64_t)kind);
	enum undersign_status status = ask(self, POSTGRESQL_SQL_COUNT, &value, 1, problem);

	if (status == UNDERSIGN_OK)
		*out = (uint64_t)postgresql_number(self->server, 0, 0);
	return status;
}

static void pipe_erasing(struct postgresql_store *self, const struct store_key *keys, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct postgresql_value values[] = {
			postgresql_of_number((uint64_t)keys[i].kind),
			postgresql_of_blob(bytes_from(keys[i].hash, SHA512_BYTES)),
		};

		postgresql_pipe_put(self->server, POSTGRESQL_SQL_ERASE, values, 2);
	}
}

static enum undersign_status erase_once(struct postgresql_store *self, const struct store_key *keys,
					size_t n, struct problem *problem)
{
	enum undersign_status status =
		postgresql_prepare(self->server, POSTGRESQL_SQL_ERASE, problem);

	if (status == UNDERSIGN_OK)
		status = postgresql_prepare(self->server, POSTGRESQL_SQL_COMMIT, problem);
	if (status == UNDERSIGN_OK)
		status = postgresql_store_do(self, POSTGRESQL_SQL_BEGIN, problem);
	if (status == UNDERSIGN_OK)
		status = postgresql_pipe_begin(self->server, problem);
	if (status == UNDERSIGN_OK) {
		pipe_erasing(self, keys, n);
		postgresql_pipe_put(self->server, POSTGRESQL_SQL_COMMIT, NULL, 0);
		status = postgresql_pipe_end(self->server, problem);
	}
	return postgresql_store_undo(self, status);
}

enum undersign_status postgresql_store_erase(void *opaque, const struct store_key *keys, size_t n,
					     struct problem *problem)
{
	struct postgresql_store *self = opaque;
	enum undersign_status status = postgresql_store_be_there(self, problem);

	if (status == UNDERSIGN_OK)
		status = erase_once(self, keys, n, problem);
	if (status == UNDERSIGN_OK || !postgresql_is_lost(self->server))
		return status;
	status = postgresql_store_again(self, problem);
	return status == UNDERSIGN_OK ? erase_once(self, keys, n, problem) : status;
}

/* --- Epochs and the log -------------------------------------------------------------------------
 */

enum undersign_status postgresql_store_read_state(struct store_state *out, void *opaque,
						  struct arena *arena, struct problem *problem)
{
	struct postgresql_store *self = opaque;
	enum undersign_status status = postgresql_store_be_there(self, problem);

	if (status == UNDERSIGN_OK)
		status = postgresql_store_answer(out, self, problem);
	if (status != UNDERSIGN_OK && postgresql_is_lost(self->server)) {
		status = postgresql_store_again(self, problem);
		if (status == UNDERSIGN_OK)
			status = postgresql_store_answer(out, self, problem);
	}
	if (status != UNDERSIGN_OK || out->checkpoint.len == 0)
		return status;
	out->checkpoint = arena_copy(arena, out->checkpoint);
	return out->checkpoint.data ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
}

/* A write that cannot be told from one that was not done, once the connection is lost. */
static enum undersign_status in_doubt(const struct postgresql_store *self,
				      enum undersign_status status)
{
	return status != UNDERSIGN_OK && postgresql_is_lost(self->server) ? UNDERSIGN_E_SYSTEM
									  : status;
}

static enum undersign_status turn_once(struct postgresql_store *self, uint64_t epoch,
				       struct problem *problem)
{
	const struct postgresql_value value = postgresql_of_number(epoch);
	enum undersign_status status = postgresql_store_do(self, POSTGRESQL_SQL_BEGIN, problem);

	if (status == UNDERSIGN_OK)
		status = postgresql_store_do(self, POSTGRESQL_SQL_GATE_SHUT, problem);
	if (status == UNDERSIGN_OK)
		status = postgresql_do(self->server, POSTGRESQL_SQL_TURN, &value, 1, problem);
	if (status == UNDERSIGN_OK && postgresql_changed(self->server) == 0)
		status = check_epoch(self, epoch, problem);
	if (status == UNDERSIGN_OK)
		status = postgresql_store_do(self, POSTGRESQL_SQL_COMMIT, problem);
	return postgresql_store_undo(self, status);
}

enum undersign_status postgresql_store_turn(void *opaque, uint64_t epoch, struct problem *problem)
{
	struct postgresql_store *self = opaque;
	struct store_state state;
	enum undersign_status status = postgresql_store_be_there(self, problem);

	if (status == UNDERSIGN_OK)
		status = turn_once(self, epoch, problem);
	if (status == UNDERSIGN_OK || !postgresql_is_lost(self->server))
		return status;
	if (postgresql_store_again(self, problem) != UNDERSIGN_OK)
		return UNDERSIGN_E_SYSTEM;
	status = postgresql_store_answer(&state, self, problem);
	if (status == UNDERSIGN_OK && state.takes == epoch)
		status = turn_once(self, epoch, problem);
	else if (status == UNDERSIGN_OK && state.takes != epoch + 1)
		status = engine_refuse_epoch(problem, epoch, state.takes);
	return in_doubt(self, status);
}

static enum undersign_status swap(struct postgresql_store *self,
				  const struct store_closing *closing, struct problem *problem)
{
	const struct postgresql_value values[] = {
		postgresql_of_number(closing->size_before + closing->n_entries),
		postgresql_of_blob(closing->checkpoint),
		postgresql_of_number(closing->size_before),
		postgresql_of_blob(closing->checkpoint_before),
	};
	enum undersign_status status =
		postgresql_do(self->server, POSTGRESQL_SQL_SWAP, values, 4, problem);

	if (status == UNDERSIGN_OK && postgresql_changed(self->server) != 1)
		return engine_refuse(problem, UNDERSIGN_E_CONFLICT, ENGINE_RULE_BEFORE,
				     "another checkpoint is there: sign nothing, and look whether "
				     "a second sealer is at work");
	return status;
}

static enum undersign_status put_epoch(struct postgresql_store *self,
				       const struct store_closing *closing, struct problem *problem)
{
	enum undersign_status status = postgresql_pipe_begin(self->server, problem);

	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < closing->n_entries; i++) {
		const struct postgresql_value values[] = {
			postgresql_of_number(closing->size_before + i),
			postgresql_of_blob(closing->entries[i]),
		};

		postgresql_pipe_put(self->server, POSTGRESQL_SQL_ENTRY_ADD, values, 2);
	}
	pipe_erasing(self, closing->erased, closing->n_erased);
	postgresql_pipe_put(self->server, POSTGRESQL_SQL_COMMIT, NULL, 0);
	status = postgresql_pipe_end(self->server, problem);
	/* An entry beyond the size is there already: not what was written. */
	return status == UNDERSIGN_E_CONFLICT ? UNDERSIGN_E_FORMAT : status;
}

static enum undersign_status close_once(struct postgresql_store *self,
					const struct store_closing *closing,
					struct problem *problem)
{
	static const enum postgresql_sql piped[] = {POSTGRESQL_SQL_ENTRY_ADD, POSTGRESQL_SQL_ERASE,
						    POSTGRESQL_SQL_COMMIT};
	enum undersign_status status = UNDERSIGN_OK;

	for (size_t i = 0; status == UNDERSIGN_OK && i < 3; i++)
		status = postgresql_prepare(self->server, piped[i], problem);
	if (status == UNDERSIGN_OK)
		status = postgresql_store_do(self, POSTGRESQL_SQL_BEGIN, problem);
	if (status == UNDERSIGN_OK)
		status = swap(self, closing, problem);
	if (status == UNDERSIGN_OK)
		status = put_epoch(self, closing, problem);
	return postgresql_store_undo(self, status);
}

static enum undersign_status was_closed(bool *out, struct postgresql_store *self,
					const struct store_closing *closing,
					struct problem *problem)
{
	struct store_state state;
	enum undersign_status status = postgresql_store_answer(&state, self, problem);

	*out = status == UNDERSIGN_OK && state.size == closing->size_before + closing->n_entries &&
	       bytes_are_equal(state.checkpoint, closing->checkpoint);
	return status;
}

enum undersign_status postgresql_store_close_epoch(void *opaque,
						   const struct store_closing *closing,
						   struct problem *problem)
{
	struct postgresql_store *self = opaque;
	bool is_done = false;
	enum undersign_status status = postgresql_store_be_there(self, problem);

	if (status == UNDERSIGN_OK)
		status = close_once(self, closing, problem);
	if (status == UNDERSIGN_OK || !postgresql_is_lost(self->server))
		return status;
	if (postgresql_store_again(self, problem) != UNDERSIGN_OK)
		return UNDERSIGN_E_SYSTEM;
	status = was_closed(&is_done, self, closing, problem);
	if (status == UNDERSIGN_OK && !is_done)
		status = close_once(self, closing, problem);
	/* The lost commit may have come through while this one waited for it. */
	if (status == UNDERSIGN_E_CONFLICT) {
		if (was_closed(&is_done, self, closing, NULL) == UNDERSIGN_OK && is_done)
			return UNDERSIGN_OK;
	}
	return in_doubt(self, status);
}

static enum undersign_status stream_entries(struct postgresql_store *self, uint64_t from,
					    uint64_t end, store_visit_entry visit, void *cookie,
					    struct problem *problem)
{
	const struct postgresql_value values[] = {postgresql_of_number(from),
						  postgresql_of_number(end)};
	uint64_t at = from;
	bool has_row = false;
	enum undersign_status status =
		postgresql_stream_begin(self->server, POSTGRESQL_SQL_ENTRIES, values, 2, problem);

	if (status != UNDERSIGN_OK)
		return status;
	while ((status = postgresql_stream_next(&has_row, self->server, problem)) == UNDERSIGN_OK &&
	       has_row) {
		uint64_t number = (uint64_t)postgresql_number(self->server, 0, 0);
		struct bytes content = postgresql_blob(self->server, 0, 1);

		if (number != at || content.len == 0)
			status = engine_refuse_number(problem, at, number);
		else if (visit)
			status = visit(cookie, number, content, problem);
		if (status != UNDERSIGN_OK)
			break;
		at++;
	}
	postgresql_stream_end(self->server);
	if (status == UNDERSIGN_OK && at != end)
		return engine_refuse_number(problem, at, end);
	return status;
}

enum undersign_status postgresql_store_read_log(void *opaque, uint64_t from,
						store_visit_entry visit, void *cookie,
						struct problem *problem)
{
	struct postgresql_store *self = opaque;
	struct store_state state = {0};
	enum undersign_status status = postgresql_store_be_there(self, problem);

	if (status == UNDERSIGN_OK)
		status = postgresql_store_do(self, POSTGRESQL_SQL_BEGIN_READING, problem);
	if (status == UNDERSIGN_OK)
		status = postgresql_store_answer(&state, self, problem);
	if (status == UNDERSIGN_OK && from < state.size)
		status = stream_entries(self, from, state.size, visit, cookie, problem);
	if (status == UNDERSIGN_OK)
		status = postgresql_store_do(self, POSTGRESQL_SQL_COMMIT, problem);
	return postgresql_store_undo(self, status);
}

/* --- Values -------------------------------------------------------------------------------------
 */

static enum undersign_status write_once(struct postgresql_store *self, const char *name,
					struct bytes value, struct problem *problem)
{
	const struct postgresql_value values[] = {postgresql_of_text(name),
						  postgresql_of_blob(value)};

	if (value.len == 0)
		return postgresql_do(self->server, POSTGRESQL_SQL_VALUE_REMOVE, values, 1, problem);
	return postgresql_do(self->server, POSTGRESQL_SQL_VALUE_WRITE, values, 2, problem);
}

enum undersign_status postgresql_store_write_value(void *opaque, const char *name,
						   struct bytes value, struct problem *problem)
{
	struct postgresql_store *self = opaque;
	enum undersign_status status = postgresql_store_be_there(self, problem);

	if (status == UNDERSIGN_OK)
		status = write_once(self, name, value, problem);
	if (status == UNDERSIGN_OK || !postgresql_is_lost(self->server))
		return status;
	status = postgresql_store_again(self, problem);
	return status == UNDERSIGN_OK ? write_once(self, name, value, problem) : status;
}

enum undersign_status postgresql_store_read_value(struct bytes *out, void *opaque, const char *name,
						  struct arena *arena, struct problem *problem)
{
	struct postgresql_store *self = opaque;
	const struct postgresql_value value = postgresql_of_text(name);
	enum undersign_status status = ask(self, POSTGRESQL_SQL_VALUE_READ, &value, 1, problem);

	if (status != UNDERSIGN_OK)
		return status;
	if (postgresql_rows(self->server) == 0) {
		problem_rule(problem, "the value is there");
		problem_what(problem, "nobody has written it:", bytes_from_text(name));
		return UNDERSIGN_E_MISSING;
	}
	*out = arena_copy(arena, postgresql_blob(self->server, 0, 0));
	return out->data ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
}
