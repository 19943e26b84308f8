/* PostgreSQL: one connection, its statements, and its answers as statuses. The body is the one file
 * that includes libpq-fe.h. Only for src/store. */
#ifndef UNDERSIGNED_POSTGRESQL_H
#define UNDERSIGNED_POSTGRESQL_H

#include "bytes.h"
#include "postgresql_sql.h"
#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct postgresql;

/* Connects; what the URL does not say has sensible values. wait_ms: for locks of others, and three
 * times that for any answer. url must stay. E_LIMIT: there is no server, or it does not let anybody
 * in just now. E_INVALID: it does not write durably. *out is NULL on failure. */
UNDERSIGN_MUST_CHECK enum undersign_status postgresql_open(struct postgresql **out, const char *url,
							   uint32_t wait_ms,
							   struct problem *problem);
/* NULL: nothing is done. */
void postgresql_close(struct postgresql *postgresql);
/* True if the last failure was that of the connection: what became of a commit is not known. */
bool postgresql_is_lost(const struct postgresql *postgresql);
/* Connects anew, after a loss. */
UNDERSIGN_MUST_CHECK enum undersign_status postgresql_again(struct postgresql *postgresql,
							    struct problem *problem);

enum postgresql_type { POSTGRESQL_NUMBER = 'n', POSTGRESQL_BLOB = 'b', POSTGRESQL_TEXT = 't' };
struct postgresql_value {
	enum postgresql_type type;
	int64_t number;
	struct bytes bytes; /* a text's without its terminator */
};
static inline struct postgresql_value postgresql_of_number(uint64_t number)
{
	return (struct postgresql_value){.type = POSTGRESQL_NUMBER, .number = (int64_t)number};
}
static inline struct postgresql_value postgresql_of_blob(struct bytes bytes)
{
	return (struct postgresql_value){.type = POSTGRESQL_BLOB, .bytes = bytes};
}
static inline struct postgresql_value postgresql_of_text(const char *text)
{
	return (struct postgresql_value){.type = POSTGRESQL_TEXT, .bytes = bytes_from_text(text)};
}
#define POSTGRESQL_VALUES_MAX 4

/* Runs texts without parameters; no limit to how long the answer takes. */
UNDERSIGN_MUST_CHECK enum undersign_status
postgresql_run(struct postgresql *postgresql, const char *text, struct problem *problem);
/* Prepares a statement, if it is not yet. */
UNDERSIGN_MUST_CHECK enum undersign_status
postgresql_prepare(struct postgresql *postgresql, enum postgresql_sql sql, struct problem *problem);
/* Runs a statement; its answer stays until the next call. */
UNDERSIGN_MUST_CHECK enum undersign_status postgresql_do(struct postgresql *postgresql,
							 enum postgresql_sql sql,
							 const struct postgresql_value *values,
							 size_t n, struct problem *problem);
/* Rows of the answer, or rows that were changed. */
size_t postgresql_rows(const struct postgresql *postgresql);
size_t postgresql_changed(const struct postgresql *postgresql);
/* A column of a row of the answer, from 0. */
int64_t postgresql_number(const struct postgresql *postgresql, size_t row, int column);
struct bytes postgresql_blob(const struct postgresql *postgresql, size_t row, int column);

/* A statement whose rows come one at a time: begin, then next until there is none; each is row 0 of
 * the answer. end takes what is left; no limit to how long. */
UNDERSIGN_MUST_CHECK enum undersign_status
postgresql_stream_begin(struct postgresql *postgresql, enum postgresql_sql sql,
			const struct postgresql_value *values, size_t n, struct problem *problem);
UNDERSIGN_MUST_CHECK enum undersign_status
postgresql_stream_next(bool *out_has_row, struct postgresql *postgresql, struct problem *problem);
void postgresql_stream_end(struct postgresql *postgresql);

/* Many statements, prepared before, without waiting for each answer: begin, any number of puts,
 * end. end must be called, and has the first failure of all; after it the others were not run. */
UNDERSIGN_MUST_CHECK enum undersign_status postgresql_pipe_begin(struct postgresql *postgresql,
								 struct problem *problem);
void postgresql_pipe_put(struct postgresql *postgresql, enum postgresql_sql sql,
			 const struct postgresql_value *values, size_t n);
UNDERSIGN_MUST_CHECK enum undersign_status postgresql_pipe_end(struct postgresql *postgresql,
							       struct problem *problem);

#endif
