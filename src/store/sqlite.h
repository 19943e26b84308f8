/* SQLite: one connection, its statements, and its results as statuses. The body is the one file
 * that includes sqlite3.h. Only for src/store. */
#ifndef UNDERSIGNED_SQLITE_H
#define UNDERSIGNED_SQLITE_H

#include "bytes.h"
#include "problem.h"
#include "sqlite_sql.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

struct sqlite;

/* Opens the database at path. may_create: makes an empty one. wait_ms: for locks of others. Every
 * transaction is durable when it is committed. E_MISSING. *out is NULL on failure. */
UNDERSIGN_MUST_CHECK enum undersign_status sqlite_open(struct sqlite **out, const char *path,
						       bool may_create, uint32_t wait_ms,
						       struct problem *problem);
/* Once both are open and made: that they keep a write-ahead log. A sync that fails while the mode
 * is set leaves SQLite saying that it is, and in another one. */
UNDERSIGN_MUST_CHECK enum undersign_status sqlite_check_modes(struct sqlite *sqlite,
							      struct problem *problem);
/* True if a sync has failed after a commit that was reported as done, and is. */
bool sqlite_has_failed(const struct sqlite *sqlite);
/* Opens a second database in the same connection; its tables are `archive.NAME`. */
UNDERSIGN_MUST_CHECK enum undersign_status sqlite_attach(struct sqlite *sqlite, const char *path,
							 struct problem *problem);
/* NULL: nothing is done. */
void sqlite_close(struct sqlite *sqlite);

/* Statements without parameters, as many as stand in text. */
UNDERSIGN_MUST_CHECK enum undersign_status sqlite_run(struct sqlite *sqlite, const char *text,
						      struct problem *problem);
/* The single number that a statement gives; pragmas too. */
UNDERSIGN_MUST_CHECK enum undersign_status sqlite_ask(int64_t *out, struct sqlite *sqlite,
						      const char *text, struct problem *problem);
/* Ends a transaction; none is open: OK. */
UNDERSIGN_MUST_CHECK enum undersign_status sqlite_roll_back(struct sqlite *sqlite,
							    struct problem *problem);

/* A prepared statement: begin, bind its parameters (from 1), step as long as there are rows, end.
 * begin ends a use that went before. What was bound must stay until the end. */
UNDERSIGN_MUST_CHECK enum undersign_status sqlite_begin(struct sqlite *sqlite, enum sqlite_sql sql,
							struct problem *problem);
void sqlite_bind_number(struct sqlite *sqlite, enum sqlite_sql sql, int at, int64_t number);
void sqlite_bind_blob(struct sqlite *sqlite, enum sqlite_sql sql, int at, struct bytes bytes);
void sqlite_bind_text(struct sqlite *sqlite, enum sqlite_sql sql, int at, const char *text);
/* out_has_row may be NULL if there is none. After a failure, and after the last row, it has ended.
 */
UNDERSIGN_MUST_CHECK enum undersign_status
sqlite_step(bool *out_has_row, struct sqlite *sqlite, enum sqlite_sql sql, struct problem *problem);
/* Columns of the row, from 0; a view stays until the next step. */
int64_t sqlite_number(struct sqlite *sqlite, enum sqlite_sql sql, int column);
struct bytes sqlite_blob(struct sqlite *sqlite, enum sqlite_sql sql, int column);
void sqlite_end(struct sqlite *sqlite, enum sqlite_sql sql);
/* Rows that the last statement changed. */
int64_t sqlite_changes(struct sqlite *sqlite);

#endif
