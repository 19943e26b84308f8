/* The desk's store: what it holds for a later epoch, and the log. One interface, two engines:
 * SQLite in one file for one machine, PostgreSQL for several acceptors.
 *
 * What is held has no time, number or order: it is kept by the hash of its content and read in
 * the order of the hashes. What an engine's own files keep of the order of arrival is gone after
 * store_take_back; doc/operations.md says what it cannot reach.
 *
 * Letters, rosters and texts are not in here: acceptor and sealer read the folders that the
 * configuration names. Records about them come in as items, and are in the log once published.
 *
 * A handle is for one thread at a time; any number may be open, in one process or in several.
 *
 * Statuses, all with *problem (may be NULL): E_LIMIT: no room, or somebody else kept the store busy
 * for too long; E_MEMORY: no memory; nothing was done, and the same call may succeed later.
 * E_CONFLICT: somebody else was first, see each function; nothing was done. E_SYSTEM, E_FORMAT,
 * from a function that writes: whether it was done is not known; the handle has failed and every
 * further write on it is refused with E_SYSTEM, so that nothing is acknowledged on a disk that has
 * lost something. (Nothing was done: but for a crash of the machine right after it, which may leave
 * the whole of it done. Never a part.) Close it, open another, and read what is there. E_FORMAT:
 * what the engine reads is not what was written. A problem never names content, hash or password.
 */
#ifndef UNDERSIGNED_STORE_H
#define UNDERSIGNED_STORE_H

#include "arena.h"
#include "bytes.h"
#include "problem.h"
#include "sha2.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_PLACE_BYTES 32
#define STORE_CONTENT_MAX ((size_t)1 << 20) /* of an item, an entry, a note or a value */
#define STORE_BATCH_MAX   4096              /* items of one store_hold */
#define STORE_NAME_MAX    64                /* of a value, in bytes */
#define STORE_SCHEMA      1

struct store;

enum store_role {
	STORE_READER,   /* reads alone */
	STORE_ACCEPTOR, /* reads, holds items, writes values; any number at a time */
	STORE_SEALER,   /* everything; one at a time */
};

struct store_options {
	/* `sqlite:PATH`, a plain path, or `postgresql://...` as libpq reads it. */
	const char *url;
	enum store_role role;
	/* What tells this log from any other: the hash of its record's text. */
	uint8_t log[SHA256_BYTES];
	/* The sealer alone: make the store if there is none, and take for first_epoch. */
	bool may_create;
	uint64_t first_epoch;
	/* How long to wait for others; 0 for STORE_WAIT_MS. */
	uint32_t wait_ms;
};
#define STORE_WAIT_MS 10000

/* Opens. E_MISSING: there is none. E_CONFLICT: another sealer is at work, or the store is of
 * another log. E_FORMAT: it is no store, or of another version. E_INVALID: the server does not
 * write durably (fsync off). E_USAGE: the URL. *out is NULL on failure. */
UNDERSIGN_MUST_CHECK enum undersign_status
store_open(struct store **out, const struct store_options *options, struct problem *problem);
/* Lets the next sealer in. NULL: nothing is done. */
void store_close(struct store *store);
/* True once a write has failed in such a way that the handle must not be used for another. */
bool store_has_failed(const struct store *store);

/* --- What is held ------------------------------------------------------------------------------
 */

enum store_kind {
	STORE_STATEMENT = 1, /* a statement file */
	STORE_RECORD = 2,    /* a record's signed note, for the log */
	STORE_ENROLMENT = 3, /* a request to enter a roster, for its steward */
};
#define STORE_KINDS 3

struct store_item {
	enum store_kind kind;
	uint8_t place[STORE_PLACE_BYTES]; /* letter, roster, or zeros */
	uint8_t hash[SHA512_BYTES];       /* of content; the caller's to compute */
	struct bytes content;             /* 1 to STORE_CONTENT_MAX bytes */
};

/* Holds n items in one durable transaction: all or none. An item that is held already is the same
 * success: the result does not tell it from a new one, and it is written again, so that its
 * transaction writes and syncs as any other (SQLite: a page or two fewer of five). epoch: the
 * one for which the caller has checked them. E_CONFLICT if the store takes for another one by now
 * (read it again, check again), so that nothing is acknowledged for an epoch that is being sealed.
 * E_USAGE if n is 0 or above STORE_BATCH_MAX, or a reader asks. A connection that breaks is made
 * again and the batch repeated; if there is no server any more, E_LIMIT, and all of it or nothing
 * is held: hold it again. */
UNDERSIGN_MUST_CHECK enum undersign_status store_hold(struct store *store, uint64_t epoch,
						      const struct store_item *items, size_t n,
						      struct problem *problem);

/* Takes an item that was read; content stays until it returns. Anything but OK ends the reading and
 * is returned. It must not call the store. */
typedef enum undersign_status (*store_visit)(void *cookie, const struct store_item *item,
					     struct problem *problem);
/* All items of a kind, as they stood at one moment, in ascending order of their hashes. */
UNDERSIGN_MUST_CHECK enum undersign_status store_read_held(struct store *store,
							   enum store_kind kind, store_visit visit,
							   void *cookie, struct problem *problem);
/* How many items of a kind are held: for the limit of the desk, and never for the public. */
UNDERSIGN_MUST_CHECK enum undersign_status
store_count(uint64_t *out, struct store *store, enum store_kind kind, struct problem *problem);

struct store_key {
	enum store_kind kind;
	uint8_t hash[SHA512_BYTES];
};
/* Holds enrolment requests no longer, whose steward has got them: all of them, in one durable
 * transaction; one that is not there: nothing is done. E_USAGE for another kind, which goes with
 * the closing of its epoch alone, or if a reader asks. A connection that breaks is made again, and
 * all of it repeated. */
UNDERSIGN_MUST_CHECK enum undersign_status
store_erase(struct store *store, const struct store_key *keys, size_t n, struct problem *problem);

/* --- Epochs and the log ------------------------------------------------------------------------
 *
 * How an epoch is closed: store_turn (what comes from now on is for the next one), store_read_held,
 * the sequencer, signing, store_close_epoch, the static files, store_take_back. What is read after
 * the turn holds all that was acknowledged for the epoch, and perhaps some for the next one. After
 * a crash between the turn and the close the store takes for an epoch that is two ahead of the
 * log's last: close the one between, without turning. */

struct store_state {
	uint64_t takes;          /* the epoch in which what is held now can stand first */
	uint64_t size;           /* entries of the log */
	struct bytes checkpoint; /* the last one that was signed; empty before the first */
};
/* checkpoint is from the arena. */
UNDERSIGN_MUST_CHECK enum undersign_status store_read_state(struct store_state *out,
							    struct store *store,
							    struct arena *arena,
							    struct problem *problem);

/* From now on the store takes for epoch + 1; every hold for `epoch` has ended, done or refused.
 * E_CONFLICT if it does not take for `epoch`. The sealer alone. */
UNDERSIGN_MUST_CHECK enum undersign_status store_turn(struct store *store, uint64_t epoch,
						      struct problem *problem);

struct store_closing {
	uint64_t size_before; /* what store_read_state gave, both */
	struct bytes checkpoint_before;
	struct bytes checkpoint;     /* the new one, not empty, different from the one before */
	const struct bytes *entries; /* they follow the log's; new size: size_before + n_entries */
	size_t n_entries;
	const struct store_key *erased; /* held no longer; one that is not there: nothing is done */
	size_t n_erased;
};
/* All of it in one durable transaction, if size and checkpoint are as they were before. E_CONFLICT
 * if they are not: somebody else has signed; read the state, and sign nothing. If the answer is
 * lost, this is found out by the state as it is then. The sealer alone. */
UNDERSIGN_MUST_CHECK enum undersign_status store_close_epoch(struct store *store,
							     const struct store_closing *closing,
							     struct problem *problem);

typedef enum undersign_status (*store_visit_entry)(void *cookie, uint64_t number,
						   struct bytes entry, struct problem *problem);
/* The log's entries from a number on, in order, as they stood at one moment; none if from is the
 * size or more. As for store_visit. */
UNDERSIGN_MUST_CHECK enum undersign_status store_read_log(struct store *store, uint64_t from,
							  store_visit_entry visit, void *cookie,
							  struct problem *problem);

/* --- Values ------------------------------------------------------------------------------------
 *
 * Few and small, by name (1 to STORE_NAME_MAX bytes): what one process of the desk leaves for the
 * others, as the promise key's appointment or the cosigned checkpoint. */

/* Durable. The sealer or an acceptor. An empty value: the name is removed. */
UNDERSIGN_MUST_CHECK enum undersign_status store_write_value(struct store *store, const char *name,
							     struct bytes value,
							     struct problem *problem);
/* From the arena. E_MISSING if there is none. */
UNDERSIGN_MUST_CHECK enum undersign_status store_read_value(struct bytes *out, struct store *store,
							    const char *name, struct arena *arena,
							    struct problem *problem);

/* --- Care --------------------------------------------------------------------------------------
 */

/* After an epoch: writes what is still held anew, in the order of its hashes, and gives back what
 * was freed, so that no file of the store keeps an order of arrival. E_LIMIT: others were reading,
 * or there is no room; nothing is lost, do it again soon. The sealer alone. */
UNDERSIGN_MUST_CHECK enum undersign_status store_take_back(struct store *store,
							   struct problem *problem);
/* Reads everything: the engine's own check, each held item's hash, that the log is complete up to
 * the state's size. E_INVALID or E_FORMAT, and the first fault. Whether the entries are those of
 * the checkpoint is the caller's to ask. */
UNDERSIGN_MUST_CHECK enum undersign_status store_check(struct store *store,
						       struct problem *problem);
/* SQLite: a whole and durable copy, as it stands at one moment, under a path that must not be there
 * yet (E_CONFLICT); what it holds is in the order of its hashes. PostgreSQL: E_USAGE, with the
 * words which tool to use. A copy that is put back is an old store: the sealer refuses it by the
 * checkpoint that is kept elsewhere. */
UNDERSIGN_MUST_CHECK enum undersign_status store_copy(struct store *store, const char *path,
						      struct problem *problem);

#endif
