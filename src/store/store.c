#include "store.h"

#include "engine.h"

#include <stdlib.h>
#include <string.h>

struct store {
	const struct engine *engine;
	void *self;
	enum store_role role;
	bool has_failed;
};

enum undersign_status engine_refuse(struct problem *problem, enum undersign_status status,
				    const char *rule, const char *what)
{
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return status;
}

enum undersign_status engine_refuse_epoch(struct problem *problem, uint64_t given, uint64_t takes)
{
	problem_rule(problem, ENGINE_RULE_TAKES);
	problem_what_numbers(
		problem, "it was checked for epoch {1}, the store takes for {2}: check it again",
		given, takes);
	return UNDERSIGN_E_CONFLICT;
}

enum undersign_status engine_refuse_number(struct problem *problem, uint64_t expected,
					   uint64_t found)
{
	problem_rule(problem, ENGINE_RULE_WHOLE);
	problem_what_numbers(
		problem, "where entry {1} is expected, there is {2}: restore the store from a copy",
		expected, found);
	return UNDERSIGN_E_FORMAT;
}

static enum undersign_status misuse(struct problem *problem, const char *rule)
{
	return engine_refuse(problem, UNDERSIGN_E_USAGE, rule, "the call makes no sense");
}

/* Where every problem of this file is. */
static enum undersign_status in_store(enum undersign_status status, struct problem *problem)
{
	if (status != UNDERSIGN_OK && problem_is_set(problem) && problem->where[0] == '\0')
		problem_where(problem, "the store", bytes_from(NULL, 0));
	return status;
}

/* --- Opening ------------------------------------------------------------------------------------
 */

static bool begins(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static const struct engine *engine_of(const char *url, const char **out_address)
{
	*out_address = url;
	if (begins(url, "postgresql://") || begins(url, "postgres://"))
		return &engine_postgresql;
	if (begins(url, "sqlite:"))
		*out_address = url + strlen("sqlite:");
	else if (strstr(url, "://"))
		return NULL;
	return **out_address ? &engine_sqlite : NULL;
}

enum undersign_status store_open(struct store **out, const struct store_options *options,
				 struct problem *problem)
{
	const char *address;
	const struct engine *engine = engine_of(options->url, &address);
	struct store *store;
	enum undersign_status status;

	*out = NULL;
	if (!engine)
		return in_store(
			misuse(problem, "a store is sqlite:PATH, a path, or postgresql://..."),
			problem);
	if (options->may_create && options->role != STORE_SEALER)
		return in_store(misuse(problem, "the sealer alone makes a store"), problem);
	if (options->first_epoch > INT64_MAX / 2)
		return in_store(misuse(problem, "an epoch is less than 2^62"), problem);
	store = calloc(1, sizeof *store);
	if (!store)
		return UNDERSIGN_E_MEMORY;
	store->engine = engine;
	store->role = options->role;
	status = engine->open(&store->self, options, address, problem);
	if (status != UNDERSIGN_OK) {
		free(store);
		return in_store(status, problem);
	}
	*out = store;
	return UNDERSIGN_OK;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	store->engine->close(store->self);
	free(store);
}

bool store_has_failed(const struct store *store)
{
	return store->has_failed ||
	       (store->engine->has_failed && store->engine->has_failed(store->self));
}

/* --- Writing ------------------------------------------------------------------------------------
 */

/* Before a write. */
static enum undersign_status may_write(const struct store *store, enum store_role role,
				       struct problem *problem)
{
	if (store->role < role)
		return misuse(problem, role == STORE_SEALER ? "the sealer alone does this"
							    : "a reader does not write");
	if (store_has_failed(store))
		return engine_refuse(problem, UNDERSIGN_E_SYSTEM,
				     "nothing is written after a write has failed",
				     "a write on this handle has failed: check the disk, then "
				     "start the program again");
	return UNDERSIGN_OK;
}

/* After it: what leaves in doubt whether it was done ends the handle. */
static enum undersign_status after_write(struct store *store, enum undersign_status status,
					 struct problem *problem)
{
	switch (status) {
	case UNDERSIGN_OK:
	case UNDERSIGN_E_LIMIT:
	case UNDERSIGN_E_MEMORY:
	case UNDERSIGN_E_CONFLICT:
	case UNDERSIGN_E_USAGE:
		break;
	default:
		store->has_failed = true;
	}
	return in_store(status, problem);
}

static bool kind_is_valid(enum store_kind kind)
{
	return kind >= STORE_STATEMENT && kind < STORE_STATEMENT + STORE_KINDS;
}

static bool content_is_valid(struct bytes content)
{
	return content.len > 0 && content.len <= STORE_CONTENT_MAX;
}

static int compare_items(const void *a, const void *b)
{
	const struct store_item *left = *(const struct store_item *const *)a;
	const struct store_item *right = *(const struct store_item *const *)b;

	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	return memcmp(left->hash, right->hash, SHA512_BYTES);
}

enum undersign_status store_hold(struct store *store, uint64_t epoch,
				 const struct store_item *items, size_t n, struct problem *problem)
{
	const struct store_item **sorted;
	enum undersign_status status = may_write(store, STORE_ACCEPTOR, problem);

	if (status != UNDERSIGN_OK)
		return in_store(status, problem);
	if (n == 0 || n > STORE_BATCH_MAX)
		return in_store(misuse(problem, "a batch has 1 to 4096 items"), problem);
	for (size_t i = 0; i < n; i++) {
		if (!kind_is_valid(items[i].kind) || !content_is_valid(items[i].content))
			return in_store(misuse(problem, "an item has a kind, and 1 to 2^20 bytes"),
					problem);
	}
	sorted = malloc(n * sizeof(*sorted));
	if (!sorted)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < n; i++)
		sorted[i] = &items[i];
	/* Within a batch no order of arrival is written, and two acceptors lock in one order. */
	qsort(sorted, n, sizeof(*sorted), compare_items);
	status = store->engine->hold(store->self, epoch, sorted, n, problem);
	free(sorted);
	return after_write(store, status, problem);
}

enum undersign_status store_erase(struct store *store, const struct store_key *keys, size_t n,
				  struct problem *problem)
{
	enum undersign_status status = may_write(store, STORE_ACCEPTOR, problem);

	if (status != UNDERSIGN_OK)
		return in_store(status, problem);
	for (size_t i = 0; i < n; i++) {
		if (keys[i].kind != STORE_ENROLMENT)
			return in_store(misuse(problem, "requests alone are erased by themselves"),
					problem);
	}
	return after_write(store, store->engine->erase(store->self, keys, n, problem), problem);
}

enum undersign_status store_turn(struct store *store, uint64_t epoch, struct problem *problem)
{
	enum undersign_status status = may_write(store, STORE_SEALER, problem);

	if (status != UNDERSIGN_OK)
		return in_store(status, problem);
	if (epoch > INT64_MAX / 2)
		return in_store(misuse(problem, "an epoch is less than 2^62"), problem);
	return after_write(store, store->engine->turn(store->self, epoch, problem), problem);
}

enum undersign_status store_close_epoch(struct store *store, const struct store_closing *closing,
					struct problem *problem)
{
	enum undersign_status status = may_write(store, STORE_SEALER, problem);
	bool is_good = content_is_valid(closing->checkpoint) &&
		       !bytes_are_equal(closing->checkpoint, closing->checkpoint_before) &&
		       closing->size_before <= INT64_MAX / 2 && closing->n_entries <= INT32_MAX;

	if (status != UNDERSIGN_OK)
		return in_store(status, problem);
	for (size_t i = 0; is_good && i < closing->n_entries; i++)
		is_good = content_is_valid(closing->entries[i]);
	for (size_t i = 0; is_good && i < closing->n_erased; i++)
		is_good = kind_is_valid(closing->erased[i].kind);
	if (!is_good)
		return in_store(misuse(problem, "a closing has a new checkpoint, and entries of 1 "
						"to 2^20 bytes"),
				problem);
	return after_write(store, store->engine->close_epoch(store->self, closing, problem),
			   problem);
}

static bool name_is_valid(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= STORE_NAME_MAX;
}

enum undersign_status store_write_value(struct store *store, const char *name, struct bytes value,
					struct problem *problem)
{
	enum undersign_status status = may_write(store, STORE_ACCEPTOR, problem);

	if (status != UNDERSIGN_OK)
		return in_store(status, problem);
	if (!name_is_valid(name) || value.len > STORE_CONTENT_MAX)
		return in_store(misuse(problem, "a value has a name of 1 to 64 bytes, and at most "
						"2^20 bytes"),
				problem);
	return after_write(store, store->engine->write_value(store->self, name, value, problem),
			   problem);
}

enum undersign_status store_take_back(struct store *store, struct problem *problem)
{
	enum undersign_status status = may_write(store, STORE_SEALER, problem);

	if (status != UNDERSIGN_OK)
		return in_store(status, problem);
	return after_write(store, store->engine->take_back(store->self, problem), problem);
}

/* --- Reading ------------------------------------------------------------------------------------
 */

enum undersign_status store_read_held(struct store *store, enum store_kind kind, store_visit visit,
				      void *cookie, struct problem *problem)
{
	CHECK(kind_is_valid(kind));
	return in_store(store->engine->read_held(store->self, kind, visit, cookie, problem),
			problem);
}

enum undersign_status store_count(uint64_t *out, struct store *store, enum store_kind kind,
				  struct problem *problem)
{
	CHECK(kind_is_valid(kind));
	*out = 0;
	return in_store(store->engine->count(out, store->self, kind, problem), problem);
}

enum undersign_status store_read_state(struct store_state *out, struct store *store,
				       struct arena *arena, struct problem *problem)
{
	enum undersign_status status;

	*out = (struct store_state){0};
	status = store->engine->read_state(out, store->self, arena, problem);
	if (status != UNDERSIGN_OK)
		*out = (struct store_state){0};
	return in_store(status, problem);
}

enum undersign_status store_read_log(struct store *store, uint64_t from, store_visit_entry visit,
				     void *cookie, struct problem *problem)
{
	if (from > INT64_MAX)
		return UNDERSIGN_OK;
	return in_store(store->engine->read_log(store->self, from, visit, cookie, problem),
			problem);
}

enum undersign_status store_read_value(struct bytes *out, struct store *store, const char *name,
				       struct arena *arena, struct problem *problem)
{
	*out = bytes_from(NULL, 0);
	if (!name_is_valid(name))
		return in_store(misuse(problem, "a value has a name of 1 to 64 bytes"), problem);
	return in_store(store->engine->read_value(out, store->self, name, arena, problem), problem);
}

/* --- Care ---------------------------------------------------------------------------------------
 */

static enum undersign_status check_item(void *cookie, const struct store_item *item,
					struct problem *problem)
{
	uint8_t hash[SHA512_BYTES];

	(void)cookie;
	sha512(hash, item->content);
	if (memcmp(hash, item->hash, sizeof hash) == 0)
		return UNDERSIGN_OK;
	return engine_refuse(problem, UNDERSIGN_E_INVALID,
			     "what is held has the hash that it is kept by",
			     "an item is not what was held: restore the store from a copy");
}

enum undersign_status store_check(struct store *store, struct problem *problem)
{
	enum undersign_status status = store->engine->check(store->self, problem);

	for (int kind = STORE_STATEMENT;
	     status == UNDERSIGN_OK && kind < STORE_STATEMENT + STORE_KINDS; kind++)
		status = store->engine->read_held(store->self, (enum store_kind)kind, check_item,
						  NULL, problem);
	return in_store(status, problem);
}

enum undersign_status store_copy(struct store *store, const char *path, struct problem *problem)
{
	return in_store(store->engine->copy(store->self, path, problem), problem);
}
