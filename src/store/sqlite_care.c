#include "sqlite_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- Taking back --------------------------------------------------------------------------------
 */

/* The entries of the last epochs: first written there, then deleted here. */
static enum undersign_status move_entries(struct sqlite_store *self, struct problem *problem)
{
	struct store_state state;
	int64_t n = 0;
	enum undersign_status status = sqlite_store_numbers(&state, self, problem);

	if (status == UNDERSIGN_OK)
		status = sqlite_ask(&n, self->sqlite, "SELECT count(*) FROM main.entries", problem);
	if (status != UNDERSIGN_OK || n == 0)
		return status;
	status = sqlite_store_do(self, SQLITE_SQL_BEGIN, problem);
	if (status == UNDERSIGN_OK)
		status = sqlite_store_change(NULL, self, SQLITE_SQL_ARCHIVE_CUT, state.size,
					     problem);
	if (status == UNDERSIGN_OK)
		status = sqlite_store_do(self, SQLITE_SQL_ARCHIVE_FILL, problem);
	if (status == UNDERSIGN_OK)
		status = sqlite_store_do(self, SQLITE_SQL_COMMIT, problem);
	if (status == UNDERSIGN_OK)
		status = sqlite_store_do(self, SQLITE_SQL_ENTRIES_CLEAR, problem);
	return sqlite_store_undo(self, status);
}

/* Everything in the write-ahead logs goes into the files, and the logs are cut to nothing. */
static enum undersign_status empty_logs(struct sqlite_store *self, const char *text,
					struct problem *problem)
{
	int64_t is_busy;
	enum undersign_status status = sqlite_ask(&is_busy, self->sqlite, text, problem);

	if (status != UNDERSIGN_OK || !is_busy)
		return status;
	return engine_refuse(problem, UNDERSIGN_E_LIMIT, "the write-ahead log is cut to nothing",
			     "somebody is reading: do it again");
}

enum undersign_status sqlite_store_take_back(void *opaque, struct problem *problem)
{
	struct sqlite_store *self = opaque;
	enum undersign_status status = move_entries(self, problem);

	/* Pages in the order of the hashes; the pages before, and those of the log of writes, are
	 * gone. */
	if (status == UNDERSIGN_OK)
		status = sqlite_run(self->sqlite, "VACUUM main", problem);
	status = sqlite_store_undo(self, status);
	if (status == UNDERSIGN_OK)
		status = empty_logs(self, "PRAGMA main.wal_checkpoint(TRUNCATE)", problem);
	if (status == UNDERSIGN_OK)
		status = empty_logs(self, "PRAGMA archive.wal_checkpoint(TRUNCATE)", problem);
	return status;
}

/* --- Checking -----------------------------------------------------------------------------------
 */

static enum undersign_status check_file(struct sqlite_store *self, const char *text,
					const char *what, struct problem *problem)
{
	int64_t n_faults;
	enum undersign_status status = sqlite_ask(&n_faults, self->sqlite, text, problem);

	if (status != UNDERSIGN_OK || n_faults == 0)
		return status;
	return engine_refuse(problem, UNDERSIGN_E_FORMAT, "SQLite's integrity_check finds nothing",
			     what);
}

enum undersign_status sqlite_store_check(void *opaque, struct problem *problem)
{
	struct sqlite_store *self = opaque;
	enum undersign_status status = check_file(
		self,
		"SELECT count(*) FROM pragma_integrity_check(1, 'main') WHERE integrity_check != "
		"'ok'",
		"the file of what is held is damaged: restore the store from a copy", problem);

	if (status == UNDERSIGN_OK)
		status = check_file(self,
				    "SELECT count(*) FROM pragma_integrity_check(1, 'archive')"
				    " WHERE integrity_check != 'ok'",
				    "PATH-log is damaged: restore the store from a copy", problem);
	if (status == UNDERSIGN_OK)
		status = sqlite_store_read_log(self, 0, NULL, NULL, problem);
	return status;
}

/* --- Copying ------------------------------------------------------------------------------------
 */

static enum undersign_status fail_file(struct problem *problem, const char *what)
{
	problem_rule(problem, "the copy is written");
	problem_what(problem, what, bytes_from_text(strerrordesc_np(errno)));
	return errno == ENOSPC || errno == EDQUOT ? UNDERSIGN_E_LIMIT : UNDERSIGN_E_SYSTEM;
}

/* What VACUUM INTO has written may not be on the disk yet. */
static enum undersign_status sync_path(const char *path, int flags, struct problem *problem)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
	enum undersign_status status = UNDERSIGN_OK;

	if (fd < 0 || fsync(fd) != 0)
		status = fail_file(problem, "the disk failed:");
	if (fd >= 0)
		(void)close(fd);
	return status;
}

static enum undersign_status sync_folder(const char *path, struct problem *problem)
{
	const char *slash = strrchr(path, '/');
	char *folder;
	enum undersign_status status;

	if (!slash)
		return sync_path(".", O_DIRECTORY, problem);
	folder = strndup(path, (size_t)(slash - path) + 1);
	if (!folder)
		return UNDERSIGN_E_MEMORY;
	status = sync_path(folder, O_DIRECTORY, problem);
	free(folder);
	return status;
}

static enum undersign_status copy_file(struct sqlite_store *self, enum sqlite_sql sql,
				       const char *temporary, const char *path,
				       struct problem *problem)
{
	enum undersign_status status = sqlite_begin(self->sqlite, sql, problem);

	(void)unlink(temporary);
	/* Empty, and for its owner alone: VACUUM INTO takes it as it is. */
	const int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		(void)close(fd);
	if (status == UNDERSIGN_OK) {
		sqlite_bind_text(self->sqlite, sql, 1, temporary);
		status = sqlite_step(NULL, self->sqlite, sql, problem);
	}
	if (status == UNDERSIGN_OK)
		status = sync_path(temporary, 0, problem);
	if (status == UNDERSIGN_OK && rename(temporary, path) != 0)
		status = fail_file(problem, "it cannot be given its name:");
	if (status != UNDERSIGN_OK)
		(void)unlink(temporary);
	return status;
}

/* The state goes first: what the other file has beyond it does not count. It is given its name
 * last, so that a copy is whole or is none. */
static enum undersign_status copy_both(struct sqlite_store *self, char *const names[static 4],
				       struct problem *problem)
{
	enum undersign_status status;

	for (int i = 0; i < 4; i++) {
		if (!names[i])
			return UNDERSIGN_E_MEMORY;
	}
	if (access(names[0], F_OK) == 0 || access(names[2], F_OK) == 0)
		return engine_refuse(problem, UNDERSIGN_E_CONFLICT, "a copy is a new file",
				     "there is a file of that name: give another one");
	/* names: PATH, PATH.new, PATH-log, PATH-log.new */
	status = copy_file(self, SQLITE_SQL_COPY, names[1], names[1], problem);
	if (status == UNDERSIGN_OK)
		status = copy_file(self, SQLITE_SQL_COPY_ARCHIVE, names[3], names[2], problem);
	if (status == UNDERSIGN_OK && rename(names[1], names[0]) != 0)
		status = fail_file(problem, "it cannot be given its name:");
	if (status == UNDERSIGN_OK)
		status = sync_folder(names[0], problem);
	if (status != UNDERSIGN_OK)
		(void)unlink(names[1]);
	return status;
}

enum undersign_status sqlite_store_copy(void *opaque, const char *path, struct problem *problem)
{
	char *names[4] = {
		sqlite_store_path(path, ""),
		sqlite_store_path(path, ".new"),
		sqlite_store_path(path, "-log"),
		sqlite_store_path(path, "-log.new"),
	};
	enum undersign_status status = copy_both(opaque, names, problem);

	if (status != UNDERSIGN_OK)
		problem_where(problem, "the copy", bytes_from_text(path));
	for (int i = 0; i < 4; i++)
		free(names[i]);
	return status;
}

static bool has_failed(const void *opaque)
{
	const struct sqlite_store *self = opaque;

	return sqlite_has_failed(self->sqlite);
}

const struct engine engine_sqlite = {
	.open = sqlite_store_open,
	.close = sqlite_store_close,
	.has_failed = has_failed,
	.hold = sqlite_store_hold,
	.read_held = sqlite_store_read_held,
	.count = sqlite_store_count,
	.read_state = sqlite_store_read_state,
	.turn = sqlite_store_turn,
	.erase = sqlite_store_erase,
	.close_epoch = sqlite_store_close_epoch,
	.read_log = sqlite_store_read_log,
	.write_value = sqlite_store_write_value,
	.read_value = sqlite_store_read_value,
	.take_back = sqlite_store_take_back,
	.check = sqlite_store_check,
	.copy = sqlite_store_copy,
};
