#include "sqlite_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

char *sqlite_store_path(const char *path, const char *suffix)
{
	size_t len = strlen(path) + strlen(suffix) + 1;
	char *out = malloc(len);

	if (out)
		(void)snprintf(out, len, "%s%s", path, suffix);
	return out;
}

static enum undersign_status lock_sealer(struct sqlite_store *self, struct problem *problem)
{
	char *path = sqlite_store_path(self->path, "-sealer");

	if (!path)
		return UNDERSIGN_E_MEMORY;
	self->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	free(path);
	if (self->lock < 0) {
		problem_rule(problem, "the sealer locks PATH-sealer beside the store");
		problem_what(problem,
			     "the folder must be there and the desk's own; the machine says:",
			     bytes_from_text(strerrordesc_np(errno)));
		return errno == ENOENT ? UNDERSIGN_E_MISSING : UNDERSIGN_E_SYSTEM;
	}
	if (flock(self->lock, LOCK_EX | LOCK_NB) == 0)
		return UNDERSIGN_OK;
	if (errno != EWOULDBLOCK)
		return engine_refuse(problem, UNDERSIGN_E_SYSTEM, ENGINE_RULE_SEALER,
				     "the lock cannot be taken: use a local file system");
	return engine_refuse(problem, UNDERSIGN_E_CONFLICT, ENGINE_RULE_SEALER,
			     "another one is running: stop it first");
}

static enum undersign_status make_archive(struct sqlite_store *self,
					  const struct store_options *options,
					  struct problem *problem)
{
	struct bytes log = bytes_from(options->log, sizeof options->log);
	enum undersign_status status =
		sqlite_run(self->sqlite, "BEGIN;" SQLITE_SQL_ARCHIVE_SCHEMA, problem);

	if (status == UNDERSIGN_OK)
		status = sqlite_begin(self->sqlite, SQLITE_SQL_ARCHIVE_MAKE, problem);
	if (status == UNDERSIGN_OK) {
		sqlite_bind_blob(self->sqlite, SQLITE_SQL_ARCHIVE_MAKE, 1, log);
		status = sqlite_step(NULL, self->sqlite, SQLITE_SQL_ARCHIVE_MAKE, problem);
	}
	if (status == UNDERSIGN_OK)
		status = sqlite_run(self->sqlite, "COMMIT", problem);
	return sqlite_store_undo(self, status);
}

static enum undersign_status
make_state(struct sqlite_store *self, const struct store_options *options, struct problem *problem)
{
	struct bytes log = bytes_from(options->log, sizeof options->log);
	enum undersign_status status =
		sqlite_run(self->sqlite, "BEGIN;" SQLITE_SQL_SCHEMA SQLITE_SQL_IDENTITY, problem);

	if (status == UNDERSIGN_OK)
		status = sqlite_begin(self->sqlite, SQLITE_SQL_STATE_MAKE, problem);
	if (status == UNDERSIGN_OK) {
		sqlite_bind_blob(self->sqlite, SQLITE_SQL_STATE_MAKE, 1, log);
		sqlite_bind_number(self->sqlite, SQLITE_SQL_STATE_MAKE, 2,
				   (int64_t)options->first_epoch);
		status = sqlite_step(NULL, self->sqlite, SQLITE_SQL_STATE_MAKE, problem);
	}
	if (status == UNDERSIGN_OK)
		status = sqlite_run(self->sqlite, "COMMIT", problem);
	return sqlite_store_undo(self, status);
}

/* True in *out if the blob that the statement gives in its column is the log's. */
static enum undersign_status check_log(struct sqlite_store *self, enum sqlite_sql sql, int column,
				       const uint8_t log[static SHA256_BYTES],
				       struct problem *problem)
{
	bool has_row = false;
	bool is_same = false;
	enum undersign_status status = sqlite_begin(self->sqlite, sql, problem);

	if (status == UNDERSIGN_OK)
		status = sqlite_step(&has_row, self->sqlite, sql, problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (has_row)
		is_same = bytes_are_equal(sqlite_blob(self->sqlite, sql, column),
					  bytes_from(log, SHA256_BYTES));
	sqlite_end(self->sqlite, sql);
	if (!has_row)
		return engine_refuse(problem, UNDERSIGN_E_FORMAT, ENGINE_RULE_LOG,
				     "it was not made completely: restore it from a copy");
	if (!is_same)
		return engine_refuse(problem, UNDERSIGN_E_CONFLICT, ENGINE_RULE_LOG,
				     "it belongs to another log: check `store` and `log-record` in "
				     "the configuration");
	return UNDERSIGN_OK;
}

/* The archive is made before the rest, so a store that is there has one. */
static enum undersign_status open_archive(struct sqlite_store *self,
					  const struct store_options *options, bool is_new,
					  struct problem *problem)
{
	int64_t n_tables;
	char *path = sqlite_store_path(self->path, "-log");
	enum undersign_status status;

	if (!path)
		return UNDERSIGN_E_MEMORY;
	if (is_new) {
		/* For its owner alone, as PATH is. */
		const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd >= 0)
			(void)close(fd);
	}
	if (!is_new && access(path, F_OK) != 0)
		status = engine_refuse(problem, UNDERSIGN_E_MISSING,
				       "the log's entries are in PATH-log beside the store",
				       "it is not there: move or restore both files together");
	else
		status = sqlite_attach(self->sqlite, path, problem);
	free(path);
	if (status != UNDERSIGN_OK)
		return status;
	status = sqlite_ask(&n_tables, self->sqlite, "SELECT count(*) FROM archive.sqlite_schema",
			    problem);
	if (status == UNDERSIGN_OK && n_tables == 0 && is_new)
		status = make_archive(self, options, problem);
	if (status != UNDERSIGN_OK)
		return status;
	return check_log(self, SQLITE_SQL_ARCHIVE_LOG, 0, options->log, problem);
}

/* Of a database that is there: empty (never made completely), ours, or something else. */
static enum undersign_status look(struct sqlite_store *self, bool *out_is_empty,
				  struct problem *problem)
{
	int64_t application, version, n_tables;
	enum undersign_status status =
		sqlite_ask(&application, self->sqlite, "PRAGMA main.application_id", problem);

	if (status == UNDERSIGN_OK)
		status = sqlite_ask(&version, self->sqlite, "PRAGMA main.user_version", problem);
	if (status == UNDERSIGN_OK)
		status = sqlite_ask(&n_tables, self->sqlite,
				    "SELECT count(*) FROM main.sqlite_schema", problem);
	if (status != UNDERSIGN_OK)
		return status;
	*out_is_empty = application == 0 && version == 0 && n_tables == 0;
	if (*out_is_empty)
		return UNDERSIGN_OK;
	if (application != SQLITE_SQL_APPLICATION)
		return engine_refuse(problem, UNDERSIGN_E_FORMAT, "the database is a desk's store",
				     "it is another program's: give another path");
	if (version != STORE_SCHEMA)
		return engine_refuse(problem, UNDERSIGN_E_FORMAT, ENGINE_RULE_VERSION,
				     version > STORE_SCHEMA
					     ? "it is a later one's: use the newer program"
					     : "it is not a version at all");
	return UNDERSIGN_OK;
}

static enum undersign_status prepare(struct sqlite_store *self, const struct store_options *options,
				     struct problem *problem)
{
	uint32_t wait_ms = options->wait_ms ? options->wait_ms : STORE_WAIT_MS;
	bool is_new = false;
	enum undersign_status status = UNDERSIGN_OK;

	if (options->role == STORE_SEALER) {
		if (!options->may_create && access(self->path, F_OK) != 0)
			return engine_refuse(problem, UNDERSIGN_E_MISSING, "the store is there",
					     "it is not: check the path");
		status = lock_sealer(self, problem);
	}
	if (status == UNDERSIGN_OK)
		status = sqlite_open(&self->sqlite, self->path, options->may_create, wait_ms,
				     problem);
	if (status == UNDERSIGN_OK)
		status = look(self, &is_new, problem);
	if (status == UNDERSIGN_OK && is_new && !options->may_create)
		status = engine_refuse(problem, UNDERSIGN_E_MISSING, "the store is there",
				       "the file is empty: start the sealer first");
	if (status == UNDERSIGN_OK)
		status = open_archive(self, options, is_new, problem);
	if (status == UNDERSIGN_OK && is_new)
		status = make_state(self, options, problem);
	if (status == UNDERSIGN_OK)
		status = check_log(self, SQLITE_SQL_STATE_READ, 3, options->log, problem);
	if (status == UNDERSIGN_OK)
		status = sqlite_check_modes(self->sqlite, problem);
	return status;
}

void sqlite_store_close(void *opaque)
{
	struct sqlite_store *self = opaque;

	sqlite_close(self->sqlite);
	if (self->lock >= 0)
		(void)close(self->lock);
	free(self->path);
	free(self);
}

enum undersign_status sqlite_store_open(void **out, const struct store_options *options,
					const char *address, struct problem *problem)
{
	struct sqlite_store *self = calloc(1, sizeof *self);
	enum undersign_status status = UNDERSIGN_E_MEMORY;

	*out = NULL;
	if (!self)
		return UNDERSIGN_E_MEMORY;
	self->lock = -1;
	self->path = sqlite_store_path(address, "");
	if (self->path)
		status = prepare(self, options, problem);
	if (status != UNDERSIGN_OK) {
		problem_where(problem, "the store", bytes_from_text(address));
		sqlite_store_close(self);
		return status;
	}
	*out = self;
	return UNDERSIGN_OK;
}
