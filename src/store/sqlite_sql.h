/* Every statement for SQLite. Parameters are bound, never spliced. Only for src/store. */
#ifndef UNDERSIGNED_SQLITE_SQL_H
#define UNDERSIGNED_SQLITE_SQL_H

/* The version stands in user_version; application_id tells a store from any other database. A new
 * version appends its migration and never changes these texts. */
#define SQLITE_SQL_APPLICATION 0x756e6473 /* "unds" */
#define SQLITE_SQL_IDENTITY    "PRAGMA application_id = 0x756e6473; PRAGMA user_version = 1;"

/* What is held is WITHOUT ROWID: a rowid would number it in the order of its arrival. */
#define SQLITE_SQL_SCHEMA                                                                          \
	"CREATE TABLE state (one INTEGER PRIMARY KEY CHECK (one = 1), log BLOB NOT NULL,"          \
	" takes INTEGER NOT NULL, size INTEGER NOT NULL, checkpoint BLOB NOT NULL,"                \
	" beat BLOB NOT NULL) STRICT;"                                                             \
	"CREATE TABLE held (kind INTEGER NOT NULL, hash BLOB NOT NULL, place BLOB NOT NULL,"       \
	" content BLOB NOT NULL, PRIMARY KEY (kind, hash)) STRICT, WITHOUT ROWID;"                 \
	"CREATE TABLE entries (number INTEGER PRIMARY KEY, content BLOB NOT NULL) STRICT;"         \
	"CREATE TABLE named (name TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT, WITHOUT ROWID;"
/* The log's older entries, in a database of their own: what is held is written anew after each
 * epoch, and the log need not be. */
#define SQLITE_SQL_ARCHIVE_SCHEMA                                                                  \
	"CREATE TABLE archive.identity (one INTEGER PRIMARY KEY CHECK (one = 1),"                  \
	" log BLOB NOT NULL) STRICT;"                                                              \
	"CREATE TABLE archive.entries (number INTEGER PRIMARY KEY, content BLOB NOT NULL) STRICT;"

/* X(name, text) */
#define SQLITE_SQL_EACH(X)                                                                         \
	X(BEGIN, "BEGIN")                                                                          \
	X(COMMIT, "COMMIT")                                                                        \
	X(ROLLBACK, "ROLLBACK")                                                                    \
	X(STATE_MAKE, "INSERT INTO main.state VALUES (1, ?1, ?2, 0, x'', randomblob(8))")          \
	X(STATE_READ, "SELECT takes, size, checkpoint, log FROM main.state")                       \
	/* Locks, asks for the epoch, and makes a batch of known items write as much as any. */    \
	X(BEAT, "UPDATE main.state SET beat = randomblob(8) WHERE takes = ?1")                     \
	X(TURN, "UPDATE main.state SET takes = ?1 + 1 WHERE takes = ?1")                           \
	X(SWAP, "UPDATE main.state SET size = ?1, checkpoint = ?2"                                 \
		" WHERE size = ?3 AND checkpoint = ?4")                                            \
	/* REPLACE, so that an item that is there already is written again. */                     \
	X(HOLD, "INSERT OR REPLACE INTO main.held VALUES (?1, ?2, ?3, ?4)")                        \
	X(HELD, "SELECT hash, place, content FROM main.held WHERE kind = ?1 ORDER BY hash")        \
	X(COUNT, "SELECT count(*) FROM main.held WHERE kind = ?1")                                 \
	X(ERASE, "DELETE FROM main.held WHERE kind = ?1 AND hash = ?2")                            \
	X(ENTRY_ADD, "INSERT INTO main.entries VALUES (?1, ?2)")                                   \
	X(ENTRIES, "SELECT number, content FROM main.entries WHERE number >= ?1 AND number < ?2"   \
		   " ORDER BY number")                                                             \
	X(ARCHIVE_MAKE, "INSERT INTO archive.identity VALUES (1, ?1)")                             \
	X(ARCHIVE_LOG, "SELECT log FROM archive.identity")                                         \
	X(ARCHIVE_ENTRIES, "SELECT number, content FROM archive.entries"                           \
			   " WHERE number >= ?1 AND number < ?2 ORDER BY number")                  \
	/* What a store that was put back from a copy finds beyond its end is replaced. */         \
	X(ARCHIVE_FILL, "INSERT OR REPLACE INTO archive.entries"                                   \
			" SELECT number, content FROM main.entries ORDER BY number")               \
	X(ARCHIVE_CUT, "DELETE FROM archive.entries WHERE number >= ?1")                           \
	X(ENTRIES_CLEAR, "DELETE FROM main.entries")                                               \
	X(VALUE_WRITE, "INSERT OR REPLACE INTO main.named VALUES (?1, ?2)")                        \
	X(VALUE_REMOVE, "DELETE FROM main.named WHERE name = ?1")                                  \
	X(VALUE_READ, "SELECT content FROM main.named WHERE name = ?1")                            \
	X(COPY, "VACUUM main INTO ?1")                                                             \
	X(COPY_ARCHIVE, "VACUUM archive INTO ?1")

enum sqlite_sql {
#define SQLITE_SQL_NAME(name, text) SQLITE_SQL_##name,
	SQLITE_SQL_EACH(SQLITE_SQL_NAME)
#undef SQLITE_SQL_NAME
		SQLITE_SQL_N,
};

#endif
