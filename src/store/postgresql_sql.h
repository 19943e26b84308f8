/* Every statement for PostgreSQL 15. Parameters are bound, never spliced. Beyond the advisory locks
 * nothing but what engines with the same protocol know too. Only for src/store. */
#ifndef UNDERSIGNED_POSTGRESQL_SQL_H
#define UNDERSIGNED_POSTGRESQL_SQL_H

/* Advisory locks: the sealer's, for a session; the gate that holds share and a turn shuts, for a
 * transaction. The gate is fair: who waits for it is not overtaken for ever. */
#define POSTGRESQL_LOCK_SEALER "8461809183473893377"
#define POSTGRESQL_LOCK_GATE   "8461809183473893378"

#define POSTGRESQL_SQL_SCHEMA                                                                           \
	"BEGIN;"                                                                                        \
	"CREATE SCHEMA IF NOT EXISTS undersigned;"                                                      \
	"CREATE TABLE undersigned.state (one BIGINT PRIMARY KEY CHECK (one = 1),"                       \
	" version BIGINT NOT NULL, log BYTEA NOT NULL, takes BIGINT NOT NULL,"                          \
	" size BIGINT NOT NULL, checkpoint BYTEA NOT NULL);"                                            \
	"CREATE TABLE undersigned.held (kind BIGINT NOT NULL, hash BYTEA NOT NULL,"                     \
	" place BYTEA NOT NULL, content BYTEA NOT NULL, PRIMARY KEY (kind, hash));"                     \
	"CREATE TABLE undersigned.entries (number BIGINT PRIMARY KEY, content BYTEA NOT NULL);"         \
	"CREATE TABLE undersigned.named (name TEXT PRIMARY KEY, content BYTEA NOT NULL);" /* One        \
											     row        \
											     for        \
											     each       \
											     connection \
											     that       \
											     holds:     \
											     see        \
											     BEAT.      \
											   */           \
	"CREATE TABLE undersigned.beat (name BYTEA PRIMARY KEY, content BYTEA NOT NULL);"

/* What is held goes into new files, in the order of its hashes and as one transaction's: a row
 * keeps the number of the transaction that wrote it, a page the order in which it was filled. */
#define POSTGRESQL_SQL_REWRITE                                                                     \
	"BEGIN;"                                                                                   \
	"SELECT pg_advisory_xact_lock(" POSTGRESQL_LOCK_GATE ");"                                  \
	"CREATE TEMPORARY TABLE kept ON COMMIT DROP AS"                                            \
	" SELECT kind, hash, place, content FROM undersigned.held ORDER BY kind, hash;"            \
	"TRUNCATE undersigned.held, undersigned.beat;"                                             \
	"INSERT INTO undersigned.held"                                                             \
	" SELECT kind, hash, place, content FROM kept ORDER BY kind, hash;"                        \
	"COMMIT;"

/* X(name, types of the parameters: number, blob, text; text) */
#define POSTGRESQL_SQL_EACH(X)                                                                     \
	X(BEGIN, "", "BEGIN")                                                                      \
	X(BEGIN_READING, "", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")                    \
	X(COMMIT, "", "COMMIT")                                                                    \
	X(ROLLBACK, "", "ROLLBACK")                                                                \
	X(SEALER, "", "SELECT CAST(pg_try_advisory_lock(" POSTGRESQL_LOCK_SEALER ") AS INTEGER)")  \
	X(SEALER_ENDS, "",                                                                         \
	  "SELECT CAST(pg_advisory_unlock(" POSTGRESQL_LOCK_SEALER ") AS INTEGER)")                \
	X(GATE_SHARE, "", "SELECT pg_advisory_xact_lock_shared(" POSTGRESQL_LOCK_GATE ")")         \
	X(GATE_SHUT, "", "SELECT pg_advisory_xact_lock(" POSTGRESQL_LOCK_GATE ")")                 \
	X(STATE_MAKE, "nbn", "INSERT INTO undersigned.state VALUES (1, $1, $2, $3, 0, '')")        \
	X(STATE_READ, "", "SELECT takes, size, checkpoint, log, version FROM undersigned.state")   \
	/* So that a batch of known items is a transaction that writes, as any other. */           \
	X(BEAT, "bb",                                                                              \
	  "INSERT INTO undersigned.beat VALUES ($1, $2)"                                           \
	  " ON CONFLICT (name) DO UPDATE SET content = excluded.content")                          \
	X(TURN, "n", "UPDATE undersigned.state SET takes = $1 + 1 WHERE takes = $1")               \
	X(SWAP, "nbnb",                                                                            \
	  "UPDATE undersigned.state SET size = $1, checkpoint = $2"                                \
	  " WHERE size = $3 AND checkpoint = $4")                                                  \
	X(HOLD, "nbbb",                                                                            \
	  "INSERT INTO undersigned.held VALUES ($1, $2, $3, $4)"                                   \
	  " ON CONFLICT (kind, hash) DO UPDATE SET content = excluded.content")                    \
	X(HELD, "n",                                                                               \
	  "SELECT hash, place, content FROM undersigned.held WHERE kind = $1 ORDER BY hash")       \
	X(COUNT, "n", "SELECT count(*) FROM undersigned.held WHERE kind = $1")                     \
	X(ERASE, "nb", "DELETE FROM undersigned.held WHERE kind = $1 AND hash = $2")               \
	X(ENTRY_ADD, "nb", "INSERT INTO undersigned.entries VALUES ($1, $2)")                      \
	X(ENTRIES, "nn",                                                                           \
	  "SELECT number, content FROM undersigned.entries"                                        \
	  " WHERE number >= $1 AND number < $2 ORDER BY number")                                   \
	X(VALUE_WRITE, "tb",                                                                       \
	  "INSERT INTO undersigned.named VALUES ($1, $2)"                                          \
	  " ON CONFLICT (name) DO UPDATE SET content = excluded.content")                          \
	X(VALUE_REMOVE, "t", "DELETE FROM undersigned.named WHERE name = $1")                      \
	X(VALUE_READ, "t", "SELECT content FROM undersigned.named WHERE name = $1")

enum postgresql_sql {
#define POSTGRESQL_SQL_NAME(name, types, text) POSTGRESQL_SQL_##name,
	POSTGRESQL_SQL_EACH(POSTGRESQL_SQL_NAME)
#undef POSTGRESQL_SQL_NAME
		POSTGRESQL_SQL_N,
};

#endif
