#include "postgresql.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Types of PostgreSQL's catalogue, which never change. */
#define OID_BYTEA 17
#define OID_INT8  20
#define OID_TEXT  25

/* Answers that may wait in a pipe: the server must never find its own way out full. */
#define PIPE_MAX 128

struct postgresql {
	const char *url;
	uint32_t wait_ms;
	PGconn *connection;
	PGresult *answer;
	bool is_prepared[POSTGRESQL_SQL_N];
	bool is_lost;
	/* The pipe that is open. */
	size_t n_waiting;
	enum undersign_status pipe_status;
	struct problem pipe_problem;
};

static const struct {
	const char *name, *types, *text;
} statements[POSTGRESQL_SQL_N] = {
#define STATEMENT(name, types, text) {#name, types, text},
	POSTGRESQL_SQL_EACH(STATEMENT)
#undef STATEMENT
};

/* --- Answers as statuses ------------------------------------------------------------------------
 */

struct reason {
	const char *state; /* the code, or its class (two characters) */
	enum undersign_status status;
	const char *what;
};

static const struct reason reasons[] = {
	{"23505", UNDERSIGN_E_CONFLICT, N_("it is there already")},
	{"25006", UNDERSIGN_E_SYSTEM,
	 N_("the server is a standby that only reads: name the other one")},
	{"3F000", UNDERSIGN_E_MISSING, N_("it is not there: start the sealer first")},
	{"40", UNDERSIGN_E_LIMIT, N_("others were in the way: do it again")},
	{"42501", UNDERSIGN_E_SYSTEM,
	 N_("not allowed: the user needs CREATE on the database once, and "
	    "owns the schema `undersigned`")},
	{"42P01", UNDERSIGN_E_MISSING, N_("it is not there: start the sealer first")},
	{"53", UNDERSIGN_E_LIMIT,
	 N_("the server has no room, memory or connection left: make room; it "
	    "goes on by itself")},
	{"55P03", UNDERSIGN_E_LIMIT, N_("others kept it busy for too long: do it again")},
	{"57014", UNDERSIGN_E_LIMIT, N_("it took too long: do it again")},
	{"XX", UNDERSIGN_E_FORMAT, N_("the server's files are damaged: restore them")},
};

static enum undersign_status lose(struct postgresql *postgresql, struct problem *problem,
				  const char *what)
{
	const char *said = PQerrorMessage(postgresql->connection);

	postgresql->is_lost = true;
	problem_rule(problem, "the server answers");
	/* Names host, user and database; never a password. */
	problem_what(problem, what, bytes_from(said, strcspn(said, "\n")));
	return UNDERSIGN_E_LIMIT;
}

static enum undersign_status explain(struct postgresql *postgresql, struct problem *problem,
				     const PGresult *answer)
{
	const char *state = PQresultErrorField(answer, PG_DIAG_SQLSTATE);

	if (PQstatus(postgresql->connection) == CONNECTION_BAD || !state ||
	    strncmp(state, "08", 2) == 0 || strncmp(state, "57P", 3) == 0)
		return lose(postgresql, problem, "the connection broke:");
	problem_rule(problem, "the database reads and writes");
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
		if (strncmp(state, reasons[i].state, strlen(reasons[i].state)) != 0)
			continue;
		problem_what(problem, reasons[i].what, bytes_from(NULL, 0));
		return reasons[i].status;
	}
	/* The server's sentence might quote what was written. */
	problem_what(problem, "see the server's log; it says SQLSTATE", bytes_from_text(state));
	return UNDERSIGN_E_SYSTEM;
}

/* --- Waiting ------------------------------------------------------------------------------------
 */

static int64_t now_ms(void)
{
	struct timespec now;

	CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until something can be read or, if is_writing, written. deadline 0: none. False if it passed. */
static bool wait_for(const struct postgresql *postgresql, bool is_writing, int64_t deadline)
{
	struct pollfd waited = {.fd = PQsocket(postgresql->connection), .events = POLLIN};

	if (is_writing)
		waited.events |= POLLOUT;
	for (;;) {
		int64_t left = deadline ? deadline - now_ms() : -1;
		int n;

		if (deadline && left <= 0)
			return false;
		n = poll(&waited, 1, left > 1000000 ? 1000000 : (int)left);
		/* What is wrong with the socket, reading it will tell. */
		if (n > 0 || (n < 0 && errno != EINTR))
			return true;
	}
}

static enum undersign_status flush(struct postgresql *postgresql, int64_t deadline,
				   struct problem *problem)
{
	int left;

	while ((left = PQflush(postgresql->connection)) == 1) {
		if (!wait_for(postgresql, true, deadline))
			return lose(postgresql, problem, "it does not read what is sent");
		if (!PQconsumeInput(postgresql->connection))
			break;
	}
	return left == 0 ? UNDERSIGN_OK : lose(postgresql, problem, "the connection broke:");
}

static int64_t deadline_of(const struct postgresql *postgresql)
{
	return now_ms() + 3 * (int64_t)postgresql->wait_ms;
}

/* The next answer; NULL in *out at the end of a statement's. */
static enum undersign_status take_answer(PGresult **out, struct postgresql *postgresql,
					 int64_t deadline, struct problem *problem)
{
	enum undersign_status status = flush(postgresql, deadline, problem);

	*out = NULL;
	while (status == UNDERSIGN_OK && PQisBusy(postgresql->connection)) {
		if (!wait_for(postgresql, false, deadline))
			return lose(postgresql, problem, "it is too slow");
		if (!PQconsumeInput(postgresql->connection))
			return lose(postgresql, problem, "the connection broke:");
	}
	if (status == UNDERSIGN_OK)
		*out = PQgetResult(postgresql->connection);
	return status;
}

static enum undersign_status judge(struct postgresql *postgresql, const PGresult *answer,
				   struct problem *problem)
{
	switch (PQresultStatus(answer)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_SINGLE_TUPLE:
	case PGRES_PIPELINE_SYNC:
		return UNDERSIGN_OK;
	default:
		return explain(postgresql, problem, answer);
	}
}

/* Takes all answers of what was sent, keeps the last, and has the first failure. */
static enum undersign_status finish(struct postgresql *postgresql, int64_t deadline,
				    struct problem *problem)
{
	enum undersign_status first = UNDERSIGN_OK;

	for (;;) {
		PGresult *answer;
		enum undersign_status status = take_answer(&answer, postgresql, deadline, problem);

		if (status != UNDERSIGN_OK)
			return first == UNDERSIGN_OK ? status : first;
		if (!answer)
			return first;
		PQclear(postgresql->answer);
		postgresql->answer = answer;
		if (first == UNDERSIGN_OK)
			first = judge(postgresql, answer, problem);
	}
}

/* --- A connection -------------------------------------------------------------------------------
 */

static enum undersign_status connect_once(struct postgresql *postgresql, struct problem *problem)
{
	char connect_timeout[16], user_timeout[16];
	/* What the URL says comes after these and counts. */
	const char *keys[] = {"connect_timeout",           "tcp_user_timeout", "keepalives_idle",
			      "fallback_application_name", "dbname",           NULL};
	const char *values[] = {connect_timeout, user_timeout,    "10",
				"undersigned",   postgresql->url, NULL};

	(void)snprintf(connect_timeout, sizeof connect_timeout, "%u",
		       postgresql->wait_ms / 1000 < 2 ? 2 : postgresql->wait_ms / 1000);
	(void)snprintf(user_timeout, sizeof user_timeout, "%u", 3 * postgresql->wait_ms);
	PQfinish(postgresql->connection);
	memset(postgresql->is_prepared, 0, sizeof postgresql->is_prepared);
	postgresql->connection = PQconnectdbParams(keys, values, 1);
	if (!postgresql->connection)
		return UNDERSIGN_E_MEMORY;
	if (PQstatus(postgresql->connection) != CONNECTION_OK)
		return lose(postgresql, problem, "check it, and `store` in the configuration:");
	/* Notices quote names of tables, and belong into nobody's log. */
	(void)PQsetErrorVerbosity(postgresql->connection, PQERRORS_TERSE);
	(void)PQsetnonblocking(postgresql->connection, 1);
	postgresql->is_lost = false;
	return UNDERSIGN_OK;
}

/* An engine that does not know a setting answers NULL. */
static enum undersign_status setting_is(bool *out, struct postgresql *postgresql, const char *name,
					const char *value, struct problem *problem)
{
	char text[96];
	enum undersign_status status;

	*out = false;
	(void)snprintf(text, sizeof text, "SELECT current_setting('%s', true)", name);
	status = postgresql_run(postgresql, text, problem);
	if (status == UNDERSIGN_OK)
		*out = postgresql_rows(postgresql) == 1 &&
		       bytes_are_equal(postgresql_blob(postgresql, 0, 0), bytes_from_text(value));
	return status;
}

static enum undersign_status make_durable(struct postgresql *postgresql, struct problem *problem)
{
	char text[64];
	bool is_off = false, is_local = false;
	enum undersign_status status = setting_is(&is_off, postgresql, "fsync", "off", problem);

	if (status == UNDERSIGN_OK && is_off) {
		problem_rule(problem, "what is committed is on the disk");
		problem_what(problem, "the server runs with fsync off: set it to on",
			     bytes_from(NULL, 0));
		return UNDERSIGN_E_INVALID;
	}
	if (status == UNDERSIGN_OK)
		status = setting_is(&is_off, postgresql, "synchronous_commit", "off", problem);
	if (status == UNDERSIGN_OK)
		status = setting_is(&is_local, postgresql, "synchronous_commit", "local", problem);
	if (status == UNDERSIGN_OK && (is_off || is_local))
		status = postgresql_run(postgresql, "SET synchronous_commit = on", problem);
	(void)snprintf(text, sizeof text, "SET lock_timeout = %u", postgresql->wait_ms);
	if (status == UNDERSIGN_OK)
		status = postgresql_run(postgresql, text, problem);
	if (status == UNDERSIGN_OK)
		status = postgresql_run(postgresql, "SET client_min_messages = error", problem);
	return status;
}

enum undersign_status postgresql_again(struct postgresql *postgresql, struct problem *problem)
{
	enum undersign_status status = connect_once(postgresql, problem);

	return status == UNDERSIGN_OK ? make_durable(postgresql, problem) : status;
}

enum undersign_status postgresql_open(struct postgresql **out, const char *url, uint32_t wait_ms,
				      struct problem *problem)
{
	struct postgresql *postgresql = calloc(1, sizeof *postgresql);
	enum undersign_status status;

	*out = NULL;
	if (!postgresql)
		return UNDERSIGN_E_MEMORY;
	postgresql->url = url;
	postgresql->wait_ms = wait_ms;
	status = postgresql_again(postgresql, problem);
	if (status != UNDERSIGN_OK)
		postgresql_close(postgresql);
	else
		*out = postgresql;
	return status;
}

void postgresql_close(struct postgresql *postgresql)
{
	if (!postgresql)
		return;
	PQclear(postgresql->answer);
	PQfinish(postgresql->connection);
	free(postgresql);
}

bool postgresql_is_lost(const struct postgresql *postgresql)
{
	return postgresql->is_lost;
}

/* --- Statements ---------------------------------------------------------------------------------
 */

/* Values as libpq wants them, in its binary form. */
struct arguments {
	uint8_t numbers[POSTGRESQL_VALUES_MAX][8];
	const char *data[POSTGRESQL_VALUES_MAX];
	int lens[POSTGRESQL_VALUES_MAX];
	int formats[POSTGRESQL_VALUES_MAX];
};

static void fill_arguments(struct arguments *out, enum postgresql_sql sql,
			   const struct postgresql_value *values, size_t n)
{
	CHECK(n <= POSTGRESQL_VALUES_MAX && n == strlen(statements[sql].types));
	for (size_t i = 0; i < n; i++) {
		const struct postgresql_value *value = &values[i];

		CHECK(statements[sql].types[i] == (char)value->type);
		out->formats[i] = 1;
		if (value->type == POSTGRESQL_NUMBER) {
			struct writer writer = writer_new(out->numbers[i], 8);

			writer_u64be(&writer, (uint64_t)value->number);
			out->data[i] = (const char *)out->numbers[i];
			out->lens[i] = 8;
			continue;
		}
		CHECK(value->bytes.len <= INT32_MAX / 2);
		/* NULL would be SQL's NULL. */
		out->data[i] = value->bytes.len ? (const char *)value->bytes.data : "";
		out->lens[i] = (int)value->bytes.len;
	}
}

enum undersign_status postgresql_run(struct postgresql *postgresql, const char *text,
				     struct problem *problem)
{
	if (!PQsendQuery(postgresql->connection, text))
		return lose(postgresql, problem, "the connection broke:");
	return finish(postgresql, 0, problem);
}

static bool send_statement(struct postgresql *postgresql, enum postgresql_sql sql,
			   const struct postgresql_value *values, size_t n)
{
	struct arguments arguments;

	fill_arguments(&arguments, sql, values, n);
	return PQsendQueryPrepared(postgresql->connection, statements[sql].name, (int)n,
				   arguments.data, arguments.lens, arguments.formats, 1) == 1;
}

enum undersign_status postgresql_prepare(struct postgresql *postgresql, enum postgresql_sql sql,
					 struct problem *problem)
{
	Oid types[POSTGRESQL_VALUES_MAX];
	size_t n = strlen(statements[sql].types);
	enum undersign_status status;

	if (postgresql->is_prepared[sql])
		return UNDERSIGN_OK;
	for (size_t i = 0; i < n; i++) {
		char type = statements[sql].types[i];

		types[i] = type == POSTGRESQL_NUMBER ? OID_INT8
			   : type == POSTGRESQL_BLOB ? OID_BYTEA
						     : OID_TEXT;
	}
	if (!PQsendPrepare(postgresql->connection, statements[sql].name, statements[sql].text,
			   (int)n, types))
		return lose(postgresql, problem, "the connection broke:");
	status = finish(postgresql, deadline_of(postgresql), problem);
	postgresql->is_prepared[sql] = status == UNDERSIGN_OK;
	return status;
}

static enum undersign_status begin(struct postgresql *postgresql, enum postgresql_sql sql,
				   const struct postgresql_value *values, size_t n,
				   struct problem *problem)
{
	enum undersign_status status = postgresql_prepare(postgresql, sql, problem);

	if (status == UNDERSIGN_OK && !send_statement(postgresql, sql, values, n))
		return lose(postgresql, problem, "the connection broke:");
	return status;
}

enum undersign_status postgresql_do(struct postgresql *postgresql, enum postgresql_sql sql,
				    const struct postgresql_value *values, size_t n,
				    struct problem *problem)
{
	enum undersign_status status = begin(postgresql, sql, values, n, problem);

	if (status != UNDERSIGN_OK)
		return status;
	return finish(postgresql, deadline_of(postgresql), problem);
}

size_t postgresql_rows(const struct postgresql *postgresql)
{
	return (size_t)PQntuples(postgresql->answer);
}

size_t postgresql_changed(const struct postgresql *postgresql)
{
	return strtoul(PQcmdTuples(postgresql->answer), NULL, 10);
}

int64_t postgresql_number(const struct postgresql *postgresql, size_t row, int column)
{
	struct cursor cursor = cursor_new(postgresql_blob(postgresql, row, column));

	if (cursor.rest.len == 4)
		return (int32_t)cursor_u32be(&cursor);
	return (int64_t)cursor_u64be(&cursor);
}

struct bytes postgresql_blob(const struct postgresql *postgresql, size_t row, int column)
{
	return bytes_from(PQgetvalue(postgresql->answer, (int)row, column),
			  (size_t)PQgetlength(postgresql->answer, (int)row, column));
}

/* --- Streams ------------------------------------------------------------------------------------
 */

enum undersign_status postgresql_stream_begin(struct postgresql *postgresql,
					      enum postgresql_sql sql,
					      const struct postgresql_value *values, size_t n,
					      struct problem *problem)
{
	enum undersign_status status = begin(postgresql, sql, values, n, problem);

	if (status == UNDERSIGN_OK && !PQsetSingleRowMode(postgresql->connection))
		return lose(postgresql, problem, "the connection broke:");
	return status;
}

enum undersign_status postgresql_stream_next(bool *out_has_row, struct postgresql *postgresql,
					     struct problem *problem)
{
	PGresult *answer;
	enum undersign_status status =
		take_answer(&answer, postgresql, deadline_of(postgresql), problem);

	*out_has_row = false;
	if (status != UNDERSIGN_OK)
		return status;
	/* The end always comes as an answer without rows, so that a stream that broke is not taken
	 * for one that has ended. */
	if (!answer)
		return lose(postgresql, problem, "the answer broke off:");
	PQclear(postgresql->answer);
	postgresql->answer = answer;
	status = judge(postgresql, answer, problem);
	*out_has_row = status == UNDERSIGN_OK && PQntuples(answer) > 0;
	return status;
}

void postgresql_stream_end(struct postgresql *postgresql)
{
	if (!postgresql->is_lost)
		(void)finish(postgresql, 0, NULL);
}

/* --- Pipes --------------------------------------------------------------------------------------
 */

enum undersign_status postgresql_pipe_begin(struct postgresql *postgresql, struct problem *problem)
{
	postgresql->n_waiting = 0;
	postgresql->pipe_status = UNDERSIGN_OK;
	postgresql->pipe_problem = (struct problem){0};
	if (!PQenterPipelineMode(postgresql->connection))
		return lose(postgresql, problem, "the connection broke:");
	return UNDERSIGN_OK;
}

static void pipe_fail(struct postgresql *postgresql, enum undersign_status status)
{
	if (postgresql->pipe_status == UNDERSIGN_OK)
		postgresql->pipe_status = status;
}

/* Takes the answers that are waited for: of each, the answer and then a NULL. */
static void pipe_drain(struct postgresql *postgresql)
{
	struct problem *problem = &postgresql->pipe_problem;

	while (postgresql->n_waiting > 0 && !postgresql->is_lost) {
		PGresult *answer;
		enum undersign_status status =
			take_answer(&answer, postgresql, deadline_of(postgresql), problem);

		if (status != UNDERSIGN_OK) {
			pipe_fail(postgresql, status);
			return;
		}
		if (!answer) {
			postgresql->n_waiting--;
			if (PQstatus(postgresql->connection) == CONNECTION_BAD)
				pipe_fail(postgresql,
					  lose(postgresql, problem, "the connection broke:"));
			continue;
		}
		/* After a failure the others say only that they were not run. */
		if (postgresql->pipe_status == UNDERSIGN_OK)
			pipe_fail(postgresql, judge(postgresql, answer, problem));
		PQclear(answer);
	}
}

void postgresql_pipe_put(struct postgresql *postgresql, enum postgresql_sql sql,
			 const struct postgresql_value *values, size_t n)
{
	CHECK(postgresql->is_prepared[sql]);
	if (postgresql->pipe_status != UNDERSIGN_OK)
		return;
	if (!send_statement(postgresql, sql, values, n)) {
		pipe_fail(postgresql,
			  lose(postgresql, &postgresql->pipe_problem, "the connection broke:"));
		return;
	}
	postgresql->n_waiting++;
	if (postgresql->n_waiting < PIPE_MAX)
		return;
	if (!PQsendFlushRequest(postgresql->connection))
		pipe_fail(postgresql,
			  lose(postgresql, &postgresql->pipe_problem, "the connection broke:"));
	else
		pipe_drain(postgresql);
}

enum undersign_status postgresql_pipe_end(struct postgresql *postgresql, struct problem *problem)
{
	if (!postgresql->is_lost && !PQpipelineSync(postgresql->connection))
		pipe_fail(postgresql,
			  lose(postgresql, &postgresql->pipe_problem, "the connection broke:"));
	pipe_drain(postgresql);
	if (!postgresql->is_lost) {
		PGresult *answer;
		enum undersign_status status = take_answer(
			&answer, postgresql, deadline_of(postgresql), &postgresql->pipe_problem);

		if (status != UNDERSIGN_OK)
			pipe_fail(postgresql, status);
		else if (PQresultStatus(answer) != PGRES_PIPELINE_SYNC ||
			 !PQexitPipelineMode(postgresql->connection))
			pipe_fail(postgresql, lose(postgresql, &postgresql->pipe_problem,
						   "its answers are out of step:"));
		PQclear(answer);
	}
	if (postgresql->pipe_status != UNDERSIGN_OK && problem)
		*problem = postgresql->pipe_problem;
	return postgresql->pipe_status;
}
