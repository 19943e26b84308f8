#include "postgresql_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum undersign_status postgresql_store_do(struct postgresql_store *self, enum postgresql_sql sql,
					  struct problem *problem)
{
	return postgresql_do(self->server, sql, NULL, 0, problem);
}

enum undersign_status postgresql_store_undo(struct postgresql_store *self,
					    enum undersign_status status)
{
	if (status == UNDERSIGN_OK || postgresql_is_lost(self->server))
		return status;
	if (postgresql_store_do(self, POSTGRESQL_SQL_ROLLBACK, NULL) != UNDERSIGN_OK &&
	    !postgresql_is_lost(self->server))
		return UNDERSIGN_E_SYSTEM;
	return status;
}

/* --- Opening ------------------------------------------------------------------------------------
 */

enum undersign_status postgresql_store_answer(struct store_state *out,
					      struct postgresql_store *self,
					      struct problem *problem)
{
	struct postgresql *server = self->server;
	enum undersign_status status =
		postgresql_store_do(self, POSTGRESQL_SQL_STATE_READ, problem);

	*out = (struct store_state){0};
	if (status != UNDERSIGN_OK)
		return status;
	if (postgresql_rows(server) != 1)
		return engine_refuse(problem, UNDERSIGN_E_FORMAT, "the store has a state",
				     "it has none: restore it from a copy");
	out->takes = (uint64_t)postgresql_number(server, 0, 0);
	out->size = (uint64_t)postgresql_number(server, 0, 1);
	out->checkpoint = postgresql_blob(server, 0, 2);
	return UNDERSIGN_OK;
}

static enum undersign_status check_identity(struct postgresql_store *self, struct problem *problem)
{
	struct store_state state;
	int64_t version;
	enum undersign_status status = postgresql_store_answer(&state, self, problem);

	if (status != UNDERSIGN_OK)
		return status;
	version = postgresql_number(self->server, 0, 4);
	if (version != STORE_SCHEMA)
		return engine_refuse(problem, UNDERSIGN_E_FORMAT, ENGINE_RULE_VERSION,
				     version > STORE_SCHEMA
					     ? "it is a later one's: use the newer program"
					     : "it is not a version at all");
	if (!bytes_are_equal(postgresql_blob(self->server, 0, 3),
			     bytes_from(self->options.log, SHA256_BYTES)))
		return engine_refuse(problem, UNDERSIGN_E_CONFLICT, ENGINE_RULE_LOG,
				     "it belongs to another log: check `store` and `log-record` in "
				     "the configuration");
	return UNDERSIGN_OK;
}

/* A server that has not noticed yet that the connection broke still holds the lock: with patience.
 */
#define SEALER_PATIENCE_MS 3000 /* for the server to notice that a sealer was killed */
static enum undersign_status lock_sealer(struct postgresql_store *self, uint32_t patience_ms,
					 struct problem *problem)
{
	const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};

	for (uint32_t waited_ms = 0;; waited_ms += 100) {
		enum undersign_status status =
			postgresql_store_do(self, POSTGRESQL_SQL_SEALER, problem);

		if (status != UNDERSIGN_OK)
			return status;
		if (postgresql_number(self->server, 0, 0) == 1)
			return UNDERSIGN_OK;
		if (waited_ms >= patience_ms)
			return engine_refuse(problem, UNDERSIGN_E_CONFLICT, ENGINE_RULE_SEALER,
					     "another one is running: stop it first");
		(void)nanosleep(&pause, NULL);
	}
}

static enum undersign_status make(struct postgresql_store *self, struct problem *problem)
{
	const struct postgresql_value values[] = {
		postgresql_of_number(STORE_SCHEMA),
		postgresql_of_blob(bytes_from(self->options.log, SHA256_BYTES)),
		postgresql_of_number(self->options.first_epoch),
	};
	enum undersign_status status = postgresql_run(self->server, POSTGRESQL_SQL_SCHEMA, problem);

	if (status == UNDERSIGN_OK)
		status = postgresql_do(self->server, POSTGRESQL_SQL_STATE_MAKE, values, 3, problem);
	if (status == UNDERSIGN_OK)
		status = postgresql_store_do(self, POSTGRESQL_SQL_COMMIT, problem);
	return postgresql_store_undo(self, status);
}

static enum undersign_status prepare(struct postgresql_store *self, struct problem *problem)
{
	enum undersign_status status;

	if (getrandom(self->beat, sizeof self->beat, 0) != sizeof self->beat)
		return UNDERSIGN_E_RANDOM;
	status = postgresql_open(&self->server, self->url, self->wait_ms, problem);
	if (status == UNDERSIGN_OK && self->options.role == STORE_SEALER)
		status = lock_sealer(self, SEALER_PATIENCE_MS, problem);
	if (status != UNDERSIGN_OK)
		return status;
	status = check_identity(self, problem);
	if (status != UNDERSIGN_E_MISSING || !self->options.may_create)
		return status;
	status = make(self, problem);
	return status == UNDERSIGN_OK ? check_identity(self, problem) : status;
}

static void close_store(void *opaque)
{
	struct postgresql_store *self = opaque;

	/* The server would let the lock go when it notices the end, which may be later. */
	if (self->server && self->options.role == STORE_SEALER &&
	    !postgresql_is_lost(self->server)) {
		enum undersign_status status =
			postgresql_store_do(self, POSTGRESQL_SQL_SEALER_ENDS, NULL);

		(void)status;
	}
	postgresql_close(self->server);
	/* It may hold a password. */
	if (self->url)
		explicit_bzero(self->url, strlen(self->url));
	free(self->url);
	free(self);
}

static enum undersign_status open_store(void **out, const struct store_options *options,
					const char *address, struct problem *problem)
{
	struct postgresql_store *self = calloc(1, sizeof *self);
	enum undersign_status status = UNDERSIGN_E_MEMORY;

	*out = NULL;
	if (!self)
		return UNDERSIGN_E_MEMORY;
	self->options = *options;
	self->wait_ms = options->wait_ms ? options->wait_ms : STORE_WAIT_MS;
	self->url = strdup(address);
	self->options.url = self->url;
	if (self->url)
		status = prepare(self, problem);
	self->is_ready = status == UNDERSIGN_OK;
	if (status != UNDERSIGN_OK) {
		problem_where(problem, "the store in PostgreSQL", bytes_from(NULL, 0));
		close_store(self);
		return status;
	}
	*out = self;
	return UNDERSIGN_OK;
}

enum undersign_status postgresql_store_again(struct postgresql_store *self, struct problem *problem)
{
	enum undersign_status status;

	if (problem)
		*problem = (struct problem){0};
	self->is_ready = false;
	status = postgresql_again(self->server, problem);
	if (status == UNDERSIGN_OK && self->options.role == STORE_SEALER)
		status = lock_sealer(self, self->wait_ms, problem);
	if (status == UNDERSIGN_OK)
		status = check_identity(self, problem);
	self->is_ready = status == UNDERSIGN_OK;
	return status;
}

enum undersign_status postgresql_store_be_there(struct postgresql_store *self,
						struct problem *problem)
{
	if (self->is_ready && !postgresql_is_lost(self->server))
		return UNDERSIGN_OK;
	return postgresql_store_again(self, problem);
}

/* --- Care ---------------------------------------------------------------------------------------
 */

/* What the server's own log of writes still has goes as far as the user may see to it: a new
 * segment, and a checkpoint after which the older ones are not needed. Without the rights the
 * server does it in its own time. */
static enum undersign_status take_back(void *opaque, struct problem *problem)
{
	struct postgresql_store *self = opaque;
	enum undersign_status status = postgresql_store_be_there(self, problem);

	if (status == UNDERSIGN_OK)
		status = postgresql_run(self->server, POSTGRESQL_SQL_REWRITE, problem);
	status = postgresql_store_undo(self, status);
	if (status == UNDERSIGN_OK &&
	    (postgresql_run(self->server, "SELECT pg_switch_wal()", NULL) != UNDERSIGN_OK ||
	     postgresql_run(self->server, "CHECKPOINT", NULL) != UNDERSIGN_OK))
		return UNDERSIGN_OK;
	return status;
}

static enum undersign_status check(void *opaque, struct problem *problem)
{
	return postgresql_store_read_log(opaque, 0, NULL, NULL, problem);
}

static enum undersign_status copy(void *opaque, const char *path, struct problem *problem)
{
	(void)opaque;
	(void)path;
	return engine_refuse(problem, UNDERSIGN_E_USAGE, "the program copies a store in SQLite",
			     "this one is in PostgreSQL: use pg_dump --schema=undersigned");
}

const struct engine engine_postgresql = {
	.open = open_store,
	.close = close_store,
	.hold = postgresql_store_hold,
	.read_held = postgresql_store_read_held,
	.count = postgresql_store_count,
	.read_state = postgresql_store_read_state,
	.turn = postgresql_store_turn,
	.erase = postgresql_store_erase,
	.close_epoch = postgresql_store_close_epoch,
	.read_log = postgresql_store_read_log,
	.write_value = postgresql_store_write_value,
	.read_value = postgresql_store_read_value,
	.take_back = take_back,
	.check = check,
	.copy = copy,
};
