#include "sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct sqlite {
	sqlite3 *db;
	sqlite3_stmt *statements[SQLITE_SQL_N];
	/* errno after the last call: sqlite3_system_errno does not know that of a failed COMMIT. */
	int error;
	bool is_open;    /* both databases are */
	bool has_failed; /* a sync, where no caller was told */
	uint32_t wait_ms;
	struct timespec waits_since;
};

/* As SQLite has it: 4 MiB. */
#define CHECKPOINT_PAGES 1000

static const char *const texts[SQLITE_SQL_N] = {
#define SQLITE_SQL_TEXT(name, text) text,
	SQLITE_SQL_EACH(SQLITE_SQL_TEXT)
#undef SQLITE_SQL_TEXT
};

/* journal_mode is kept in the file, these are the connection's. */
static const char durable[] = "PRAGMA synchronous = FULL;"
			      "PRAGMA secure_delete = ON;"
			      "PRAGMA trusted_schema = OFF;"
			      "PRAGMA cell_size_check = ON;"
			      "PRAGMA mmap_size = 0;";

/* --- Results as statuses ------------------------------------------------------------------------
 */

static bool is_of_room(int error)
{
	return error == ENOSPC || error == EDQUOT || error == EMFILE || error == ENFILE;
}

static bool is_full(const struct sqlite *sqlite, int code)
{
	if (code == SQLITE_FULL)
		return true;
	/* After a failed sync it is not known what is on the disk, whatever the reason. */
	if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC)
		return false;
	/* Once the database is open: a temporary file, that is tried once more with another errno.
	 */
	if ((code & 0xff) == SQLITE_CANTOPEN && sqlite->is_open)
		return true;
	return ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN) &&
	       is_of_room(sqlite->error);
}

static enum undersign_status explain(struct problem *problem, const struct sqlite *sqlite, int code)
{
	static const char rule[] = N_("the database reads and writes");
	const char *what = NULL;
	enum undersign_status status = UNDERSIGN_E_SYSTEM;

	problem_rule(problem, rule);
	if (is_full(sqlite, code)) {
		what = N_("no room on the disk, or too many open files: make room; it goes on by "
			  "itself");
		status = UNDERSIGN_E_LIMIT;
	} else {
		switch (code & 0xff) {
		case SQLITE_BUSY:
		case SQLITE_LOCKED:
			what = N_("others kept it busy for too long: do it again");
			status = UNDERSIGN_E_LIMIT;
			break;
		case SQLITE_NOMEM:
			what = N_("not enough memory: close other programs");
			status = UNDERSIGN_E_MEMORY;
			break;
		case SQLITE_CORRUPT:
		case SQLITE_NOTADB:
			what = N_("the file is damaged: restore it from a copy");
			status = UNDERSIGN_E_FORMAT;
			break;
		case SQLITE_CONSTRAINT:
			what = N_("it is there already");
			status = UNDERSIGN_E_CONFLICT;
			break;
		case SQLITE_TOOBIG:
			what = N_("it is too large");
			break;
		case SQLITE_READONLY:
		case SQLITE_PERM:
		case SQLITE_AUTH:
			what = N_("not allowed: the file and its folder must be the desk's own");
			break;
		default:
			break;
		}
	}
	if (what)
		problem_what(problem, what, bytes_from(NULL, 0));
	else
		problem_what(problem, "check the disk; the database says:",
			     bytes_from_text(sqlite3_errstr(code)));
	return status;
}

static enum undersign_status fail(struct problem *problem, struct sqlite *sqlite)
{
	sqlite->error = errno;
	return explain(problem, sqlite, sqlite3_extended_errcode(sqlite->db));
}

static int step(struct sqlite *sqlite, sqlite3_stmt *statement)
{
	int code;

	errno = 0;
	code = sqlite3_step(statement);
	sqlite->error = errno;
	return code;
}

/* Tries about once a millisecond. SQLite's own way of waiting, ever longer up to a tenth of a
 * second, lets a sealer starve beside an acceptor that takes the lock again as soon as it has let
 * it go. */
static int wait_for_lock(void *cookie, int n_tries)
{
	struct sqlite *sqlite = cookie;
	struct timespec now;
	struct timespec pause = {.tv_nsec = 500000 + n_tries % 8 * 125000};
	int64_t waited_ms;

	CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	if (n_tries == 0)
		sqlite->waits_since = now;
	waited_ms = (now.tv_sec - sqlite->waits_since.tv_sec) * 1000 +
		    (now.tv_nsec - sqlite->waits_since.tv_nsec) / 1000000;
	if (waited_ms >= sqlite->wait_ms)
		return 0;
	(void)nanosleep(&pause, NULL);
	return 1;
}

/* After a commit: now and then what the log of writes has goes into the database. The commit holds
 * whatever comes of that, as its own sync has succeeded. But SQLite's own hook would not tell
 * anybody that a sync has failed, and a disk on which one has is not to be promised upon. */
static int after_commit(void *cookie, sqlite3 *db, const char *name, int n_pages)
{
	struct sqlite *sqlite = cookie;
	int code;

	if (n_pages < CHECKPOINT_PAGES)
		return SQLITE_OK;
	code = sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC ||
	    code == SQLITE_IOERR_READ || code == SQLITE_IOERR_WRITE)
		sqlite->has_failed = true;
	return SQLITE_OK;
}

bool sqlite_has_failed(const struct sqlite *sqlite)
{
	return sqlite->has_failed;
}

/* --- A connection -------------------------------------------------------------------------------
 */

/* text asks for a journal's mode, or sets it: it must be the write-ahead log then. */
static enum undersign_status check_mode(struct sqlite *sqlite, const char *text,
					struct problem *problem)
{
	sqlite3_stmt *statement;
	const unsigned char *mode = NULL;
	bool is_wal;
	int code;

	errno = 0;
	if (sqlite3_prepare_v2(sqlite->db, text, -1, &statement, NULL) != SQLITE_OK)
		return fail(problem, sqlite);
	code = step(sqlite, statement);
	if (code == SQLITE_ROW)
		mode = sqlite3_column_text(statement, 0);
	is_wal = mode && strcmp((const char *)mode, "wal") == 0;
	(void)sqlite3_finalize(statement);
	if (code != SQLITE_ROW)
		return explain(problem, sqlite, code);
	if (is_wal)
		return UNDERSIGN_OK;
	problem_rule(problem, "the database keeps a write-ahead log");
	problem_what(problem, "it does not: put it on a local file system whose disk works",
		     bytes_from(NULL, 0));
	return UNDERSIGN_E_SYSTEM;
}

static enum undersign_status make_durable(struct sqlite *sqlite, const char *text,
					  struct problem *problem)
{
	enum undersign_status status = check_mode(sqlite, text, problem);

	return status == UNDERSIGN_OK ? sqlite_run(sqlite, durable, problem) : status;
}

enum undersign_status sqlite_check_modes(struct sqlite *sqlite, struct problem *problem)
{
	enum undersign_status status = check_mode(sqlite, "PRAGMA main.journal_mode", problem);

	return status == UNDERSIGN_OK ? check_mode(sqlite, "PRAGMA archive.journal_mode", problem)
				      : status;
}

static enum undersign_status open_at(struct sqlite *sqlite, const char *path, bool may_create,
				     uint32_t wait_ms, struct problem *problem)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
		    SQLITE_OPEN_EXRESCODE;
	int code;

	if (may_create) {
		/* Whatever the umask: the files that SQLite puts beside it have its mode. */
		const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd >= 0)
			(void)close(fd);
		flags |= SQLITE_OPEN_CREATE;
	}
	errno = 0;
	code = sqlite3_open_v2(path, &sqlite->db, flags, NULL);
	sqlite->error = errno;
	if (!sqlite->db)
		return UNDERSIGN_E_MEMORY;
	if ((code & 0xff) == SQLITE_CANTOPEN && sqlite3_system_errno(sqlite->db) == ENOENT) {
		problem_rule(problem, "the store is there");
		problem_what(problem, "it is not: check the path, or start the sealer first",
			     bytes_from(NULL, 0));
		return UNDERSIGN_E_MISSING;
	}
	if (code != SQLITE_OK)
		return explain(problem, sqlite, code);
	sqlite->wait_ms = wait_ms;
	(void)sqlite3_busy_handler(sqlite->db, wait_for_lock, sqlite);
	(void)sqlite3_wal_hook(sqlite->db, after_commit, sqlite);
	(void)sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	(void)sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	return make_durable(sqlite, "PRAGMA main.journal_mode = WAL", problem);
}

enum undersign_status sqlite_open(struct sqlite **out, const char *path, bool may_create,
				  uint32_t wait_ms, struct problem *problem)
{
	struct sqlite *sqlite = calloc(1, sizeof *sqlite);
	enum undersign_status status;

	*out = NULL;
	if (!sqlite)
		return UNDERSIGN_E_MEMORY;
	status = open_at(sqlite, path, may_create, wait_ms, problem);
	/* Ready before it is needed: what lacks memory is rolled back. */
	if (status == UNDERSIGN_OK)
		status = sqlite_begin(sqlite, SQLITE_SQL_ROLLBACK, problem);
	if (status != UNDERSIGN_OK)
		sqlite_close(sqlite);
	else
		*out = sqlite;
	return status;
}

enum undersign_status sqlite_attach(struct sqlite *sqlite, const char *path,
				    struct problem *problem)
{
	sqlite3_stmt *statement;
	int code;

	errno = 0;
	if (sqlite3_prepare_v2(sqlite->db, "ATTACH ?1 AS archive", -1, &statement, NULL) !=
	    SQLITE_OK)
		return fail(problem, sqlite);
	(void)sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
	code = step(sqlite, statement);
	(void)sqlite3_finalize(statement);
	if (code != SQLITE_DONE)
		return explain(problem, sqlite, code);
	sqlite->is_open = true;
	return make_durable(sqlite, "PRAGMA archive.journal_mode = WAL", problem);
}

void sqlite_close(struct sqlite *sqlite)
{
	if (!sqlite)
		return;
	for (int i = 0; i < SQLITE_SQL_N; i++)
		(void)sqlite3_finalize(sqlite->statements[i]);
	CHECK(sqlite3_close(sqlite->db) == SQLITE_OK);
	free(sqlite);
}

enum undersign_status sqlite_run(struct sqlite *sqlite, const char *text, struct problem *problem)
{
	errno = 0;
	if (sqlite3_exec(sqlite->db, text, NULL, NULL, NULL) != SQLITE_OK)
		return fail(problem, sqlite);
	return UNDERSIGN_OK;
}

enum undersign_status sqlite_ask(int64_t *out, struct sqlite *sqlite, const char *text,
				 struct problem *problem)
{
	sqlite3_stmt *statement;
	int code;

	*out = 0;
	errno = 0;
	if (sqlite3_prepare_v2(sqlite->db, text, -1, &statement, NULL) != SQLITE_OK)
		return fail(problem, sqlite);
	code = step(sqlite, statement);
	if (code == SQLITE_ROW)
		*out = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return explain(problem, sqlite, code);
	return UNDERSIGN_OK;
}

enum undersign_status sqlite_roll_back(struct sqlite *sqlite, struct problem *problem)
{
	for (int i = 0; i < SQLITE_SQL_N; i++)
		sqlite_end(sqlite, (enum sqlite_sql)i);
	if (sqlite3_get_autocommit(sqlite->db))
		return UNDERSIGN_OK;
	enum undersign_status status = sqlite_begin(sqlite, SQLITE_SQL_ROLLBACK, problem);
	return status == UNDERSIGN_OK ? sqlite_step(NULL, sqlite, SQLITE_SQL_ROLLBACK, problem)
				      : status;
}

/* --- Statements ---------------------------------------------------------------------------------
 */

enum undersign_status sqlite_begin(struct sqlite *sqlite, enum sqlite_sql sql,
				   struct problem *problem)
{
	if (sqlite->statements[sql]) {
		sqlite_end(sqlite, sql);
		return UNDERSIGN_OK;
	}
	errno = 0;
	if (sqlite3_prepare_v3(sqlite->db, texts[sql], -1, SQLITE_PREPARE_PERSISTENT,
			       &sqlite->statements[sql], NULL) != SQLITE_OK)
		return fail(problem, sqlite);
	return UNDERSIGN_OK;
}

void sqlite_bind_number(struct sqlite *sqlite, enum sqlite_sql sql, int at, int64_t number)
{
	CHECK(sqlite3_bind_int64(sqlite->statements[sql], at, number) == SQLITE_OK);
}

void sqlite_bind_blob(struct sqlite *sqlite, enum sqlite_sql sql, int at, struct bytes bytes)
{
	/* NULL would be SQL's NULL. */
	CHECK(sqlite3_bind_blob64(sqlite->statements[sql], at, bytes.len ? bytes.data : (void *)"",
				  bytes.len, SQLITE_STATIC) == SQLITE_OK);
}

void sqlite_bind_text(struct sqlite *sqlite, enum sqlite_sql sql, int at, const char *text)
{
	CHECK(sqlite3_bind_text(sqlite->statements[sql], at, text, -1, SQLITE_STATIC) == SQLITE_OK);
}

enum undersign_status sqlite_step(bool *out_has_row, struct sqlite *sqlite, enum sqlite_sql sql,
				  struct problem *problem)
{
	int code = step(sqlite, sqlite->statements[sql]);
	enum undersign_status status = UNDERSIGN_OK;

	if (out_has_row)
		*out_has_row = code == SQLITE_ROW;
	if (code == SQLITE_ROW) {
		CHECK(out_has_row != NULL);
		return UNDERSIGN_OK;
	}
	if (code != SQLITE_DONE)
		status = explain(problem, sqlite, code);
	sqlite_end(sqlite, sql);
	return status;
}

int64_t sqlite_number(struct sqlite *sqlite, enum sqlite_sql sql, int column)
{
	return sqlite3_column_int64(sqlite->statements[sql], column);
}

struct bytes sqlite_blob(struct sqlite *sqlite, enum sqlite_sql sql, int column)
{
	const void *data = sqlite3_column_blob(sqlite->statements[sql], column);
	int len = sqlite3_column_bytes(sqlite->statements[sql], column);

	return bytes_from(data, data ? (size_t)len : 0);
}

void sqlite_end(struct sqlite *sqlite, enum sqlite_sql sql)
{
	if (!sqlite->statements[sql])
		return;
	(void)sqlite3_reset(sqlite->statements[sql]);
	(void)sqlite3_clear_bindings(sqlite->statements[sql]);
}

int64_t sqlite_changes(struct sqlite *sqlite)
{
	return sqlite3_changes64(sqlite->db);
}
