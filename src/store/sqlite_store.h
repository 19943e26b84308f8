/* The store in SQLite (engine.h). Three files: PATH has what is held, the state, the values, and
 * the entries of the epochs since the last taking back; PATH-log has the entries before;
 * PATH-sealer is empty and locked by the sealer.
 *
 * Each transaction writes to one of the two databases alone: between two, a crash would not be
 * atomic. Entries move to PATH-log in two steps, first written there, then deleted here, so that a
 * reader who looks here first finds each of them. Only for src/store. */
#ifndef UNDERSIGNED_SQLITE_STORE_H
#define UNDERSIGNED_SQLITE_STORE_H

#include "engine.h"
#include "sqlite.h"

struct sqlite_store {
	struct sqlite *sqlite;
	char *path;
	int lock; /* of the sealer; -1 */
};

/* The engine's functions (engine.h). */
enum undersign_status sqlite_store_open(void **out, const struct store_options *options,
					const char *address, struct problem *problem);
void sqlite_store_close(void *self);
enum undersign_status sqlite_store_hold(void *self, uint64_t epoch,
					const struct store_item *const *items, size_t n,
					struct problem *problem);
enum undersign_status sqlite_store_read_held(void *self, enum store_kind kind, store_visit visit,
					     void *cookie, struct problem *problem);
enum undersign_status sqlite_store_count(uint64_t *out, void *self, enum store_kind kind,
					 struct problem *problem);
enum undersign_status sqlite_store_read_state(struct store_state *out, void *self,
					      struct arena *arena, struct problem *problem);
enum undersign_status sqlite_store_erase(void *self, const struct store_key *keys, size_t n,
					 struct problem *problem);
enum undersign_status sqlite_store_turn(void *self, uint64_t epoch, struct problem *problem);
enum undersign_status sqlite_store_close_epoch(void *self, const struct store_closing *closing,
					       struct problem *problem);
/* visit may be NULL: the numbers alone are checked. */
enum undersign_status sqlite_store_read_log(void *self, uint64_t from, store_visit_entry visit,
					    void *cookie, struct problem *problem);
enum undersign_status sqlite_store_write_value(void *self, const char *name, struct bytes value,
					       struct problem *problem);
enum undersign_status sqlite_store_read_value(struct bytes *out, void *self, const char *name,
					      struct arena *arena, struct problem *problem);
enum undersign_status sqlite_store_take_back(void *self, struct problem *problem);
enum undersign_status sqlite_store_check(void *self, struct problem *problem);
enum undersign_status sqlite_store_copy(void *self, const char *path, struct problem *problem);

/* --- Among themselves ---------------------------------------------------------------------------
 */

/* The path and a suffix; malloc'd, NULL if there is no memory. */
char *sqlite_store_path(const char *path, const char *suffix);
/* A statement without parameters and rows. */
enum undersign_status sqlite_store_do(struct sqlite_store *self, enum sqlite_sql sql,
				      struct problem *problem);
/* The same with one number; *out (may be NULL): rows changed. */
enum undersign_status sqlite_store_change(int64_t *out, struct sqlite_store *self,
					  enum sqlite_sql sql, uint64_t number,
					  struct problem *problem);
/* Ends the transaction if status is a failure; the status to be returned. */
enum undersign_status sqlite_store_undo(struct sqlite_store *self, enum undersign_status status);
/* The state without its checkpoint. */
enum undersign_status sqlite_store_numbers(struct store_state *out, struct sqlite_store *self,
					   struct problem *problem);

#endif
