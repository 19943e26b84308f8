/* The store in PostgreSQL: the schema `undersigned` of a database. When the connection breaks it is
 * made again. A batch that is held may be repeated, for it is the same twice; whether an epoch was
 * closed is told by the checkpoint that is found then. Only for src/store. */
#ifndef UNDERSIGNED_POSTGRESQL_STORE_H
#define UNDERSIGNED_POSTGRESQL_STORE_H

#include "engine.h"
#include "postgresql.h"

struct postgresql_store {
	struct postgresql *server;
	char *url;
	struct store_options options;
	uint32_t wait_ms;
	uint8_t beat[16]; /* the name of this handle's row */
	/* False from a loss until everything is as it was: a sealer without its lock is none. */
	bool is_ready;
};

/* Functions of the engine (engine.h); the others are those of postgresql_open.c itself. */
enum undersign_status postgresql_store_hold(void *self, uint64_t epoch,
					    const struct store_item *const *items, size_t n,
					    struct problem *problem);
enum undersign_status postgresql_store_read_held(void *self, enum store_kind kind,
						 store_visit visit, void *cookie,
						 struct problem *problem);
enum undersign_status postgresql_store_count(uint64_t *out, void *self, enum store_kind kind,
					     struct problem *problem);
enum undersign_status postgresql_store_read_state(struct store_state *out, void *self,
						  struct arena *arena, struct problem *problem);
enum undersign_status postgresql_store_erase(void *self, const struct store_key *keys, size_t n,
					     struct problem *problem);
enum undersign_status postgresql_store_turn(void *self, uint64_t epoch, struct problem *problem);
enum undersign_status postgresql_store_close_epoch(void *self, const struct store_closing *closing,
						   struct problem *problem);
/* visit may be NULL: the numbers alone are checked. */
enum undersign_status postgresql_store_read_log(void *self, uint64_t from, store_visit_entry visit,
						void *cookie, struct problem *problem);
enum undersign_status postgresql_store_write_value(void *self, const char *name, struct bytes value,
						   struct problem *problem);
enum undersign_status postgresql_store_read_value(struct bytes *out, void *self, const char *name,
						  struct arena *arena, struct problem *problem);

/* --- Among themselves ---------------------------------------------------------------------------
 */

/* A statement without parameters. */
enum undersign_status postgresql_store_do(struct postgresql_store *self, enum postgresql_sql sql,
					  struct problem *problem);
/* Ends the transaction if status is a failure; the status to be returned. A connection that is lost
 * takes its transaction along. */
enum undersign_status postgresql_store_undo(struct postgresql_store *self,
					    enum undersign_status status);
/* The state; the checkpoint is a view into the answer. */
enum undersign_status postgresql_store_answer(struct store_state *out,
					      struct postgresql_store *self,
					      struct problem *problem);
/* After a loss: the connection again, the same store, and the sealer's lock again. */
enum undersign_status postgresql_store_again(struct postgresql_store *self,
					     struct problem *problem);
/* Before anything else: what was lost earlier is made again. E_CONFLICT: another sealer works. */
enum undersign_status postgresql_store_be_there(struct postgresql_store *self,
						struct problem *problem);

#endif
