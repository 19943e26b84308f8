/* A store of its own for each test, of the engine that UNDERSIGN_STORE_URL names (unset: SQLite in
 * a folder of its own), and what tests do behind its back. */
#ifndef UNDERSIGNED_STORE_SUPPORT_H
#define UNDERSIGNED_STORE_SUPPORT_H

#include "arena.h"
#include "store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SUPPORT_URL_MAX 640

/* cmocka's setup and teardown: an empty engine; *state is the URL. */
int support_enter(void **state);
int support_leave(void **state);
bool support_is_postgresql(void);
/* The URL of the test that runs. */
const char *support_url(void);

struct store_options support_options(enum store_role role);
/* Opens, and makes it if a sealer asks; aborts if that fails. */
struct store *support_open(enum store_role role);
/* Statements without rows, behind the store's back; for PostgreSQL in its schema. */
void support_sql(const char *text);

/* An item whose content follows from kind, number and len. The content is malloc'd. */
struct store_item support_item(enum store_kind kind, uint64_t number, size_t len);
void support_item_free(struct store_item *item);
/* Holds the items first .. first + n - 1 of kind and length in one batch. */
enum undersign_status support_hold(struct store *store, uint64_t epoch, enum store_kind kind,
				   uint64_t first, size_t n, size_t len);
struct store_key support_key(const struct store_item *item);

/* An arena that lives until the test's end. */
struct arena *support_arena(void);
/* The state; aborts on failure. */
struct store_state support_state(struct store *store);
/* How many are held; checks count against reading, and that hashes ascend. */
size_t support_held(struct store *store, enum store_kind kind);
bool support_is_held(struct store *store, const struct store_item *item);

/* Closes with n entries; entries and checkpoint are texts of their number and size. */
enum undersign_status support_close(struct store *store, uint64_t size_before, size_t n,
				    const struct store_key *erased, size_t n_erased);
/* A cookie of support_read_entry, a store_visit_entry that checks numbers and texts. */
struct support_reading {
	uint64_t next;
	size_t n;
	size_t stop_after; /* with E_LIMIT; 0: not at all */
};
enum undersign_status support_read_entry(void *cookie, uint64_t number, struct bytes entry,
					 struct problem *problem);
/* How many entries there are from a number on. */
size_t support_read(struct store *store, uint64_t from);

#endif
