#include "support.h"

#include "testing.h"

#include "scratch.h"

#include <libpq-fe.h>
#include <sqlite3.h>

static char scratch[SCRATCH_PATH_MAX];
static char url[SUPPORT_URL_MAX];
static uint8_t block[1 << 20] __attribute__((aligned(64)));
static struct arena arena;

bool support_is_postgresql(void)
{
	return getenv("UNDERSIGN_STORE_URL") != NULL;
}

const char *support_url(void)
{
	return url;
}

static void run_postgresql(const char *text)
{
	PGconn *connection = PQconnectdb(url);
	PGresult *result;

	if (PQstatus(connection) != CONNECTION_OK)
		fail_msg("%s", PQerrorMessage(connection));
	PQclear(PQexec(connection, "SET client_min_messages = warning"));
	PQclear(PQexec(connection, "SET search_path = undersigned"));
	result = PQexec(connection, text);
	if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", text, PQerrorMessage(connection));
	PQclear(result);
	PQfinish(connection);
}

static void run_sqlite(const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(url, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

void support_sql(const char *text)
{
	if (support_is_postgresql())
		run_postgresql(text);
	else
		run_sqlite(text);
}

int support_enter(void **state)
{
	scratch_enter(scratch);
	arena = (struct arena){.block = block, .capacity = sizeof block};
	if (support_is_postgresql()) {
		(void)snprintf(url, sizeof url, "%s", getenv("UNDERSIGN_STORE_URL"));
		run_postgresql("DROP SCHEMA IF EXISTS undersigned CASCADE");
	} else {
		(void)snprintf(url, sizeof url, "%s/store", scratch);
	}
	*state = url;
	return 0;
}

int support_leave(void **state)
{
	(void)state;
	scratch_leave(scratch);
	return 0;
}

struct store_options support_options(enum store_role role)
{
	struct store_options options = {
		.url = url, .role = role, .may_create = role == STORE_SEALER, .first_epoch = 5};

	memset(options.log, 0x4c, sizeof options.log);
	return options;
}

struct store *support_open(enum store_role role)
{
	struct store_options options = support_options(role);
	struct problem problem = {0};
	struct store *store;

	if (store_open(&store, &options, &problem) != UNDERSIGN_OK)
		fail_msg("%s: %s: %s", problem.where, problem.rule, problem.what);
	return store;
}

struct store_item support_item(enum store_kind kind, uint64_t number, size_t len)
{
	struct store_item item = {.kind = kind};
	struct test_random random = {number * 8 + (uint64_t)kind};
	uint8_t *content = malloc(len);

	assert_non_null(content);
	memset(item.place, (int)(number % 3), sizeof item.place);
	test_random_fill(&random, content, len);
	item.content = bytes_from(content, len);
	sha512(item.hash, item.content);
	return item;
}

void support_item_free(struct store_item *item)
{
	free((void *)(uintptr_t)item->content.data);
	item->content = bytes_from(NULL, 0);
}

struct store_key support_key(const struct store_item *item)
{
	struct store_key key = {.kind = item->kind};

	memcpy(key.hash, item->hash, sizeof key.hash);
	return key;
}

enum undersign_status support_hold(struct store *store, uint64_t epoch, enum store_kind kind,
				   uint64_t first, size_t n, size_t len)
{
	struct store_item *items = calloc(n, sizeof *items);
	struct problem problem = {0};
	enum undersign_status status;

	assert_non_null(items);
	for (size_t i = 0; i < n; i++)
		items[i] = support_item(kind, first + i, len);
	status = store_hold(store, epoch, items, n, &problem);
	if (status != UNDERSIGN_OK)
		assert_true(problem.where[0] && problem.rule[0] && problem.what[0]);
	for (size_t i = 0; i < n; i++)
		support_item_free(&items[i]);
	free(items);
	return status;
}

struct arena *support_arena(void)
{
	return &arena;
}

struct store_state support_state(struct store *store)
{
	struct problem problem = {0};
	struct store_state state;

	if (store_read_state(&state, store, &arena, &problem) != UNDERSIGN_OK)
		fail_msg("%s: %s", problem.rule, problem.what);
	return state;
}

struct looking {
	uint8_t last[SHA512_BYTES];
	size_t n;
	const struct store_item *wanted;
	bool is_found;
};

static enum undersign_status look(void *cookie, const struct store_item *item,
				  struct problem *problem)
{
	struct looking *looking = cookie;
	uint8_t hash[SHA512_BYTES];

	(void)problem;
	if (looking->n > 0)
		assert_true(memcmp(looking->last, item->hash, SHA512_BYTES) < 0);
	sha512(hash, item->content);
	assert_memory_equal(hash, item->hash, SHA512_BYTES);
	memcpy(looking->last, item->hash, SHA512_BYTES);
	looking->n++;
	if (looking->wanted && memcmp(looking->wanted->hash, hash, sizeof hash) == 0) {
		assert_bytes_equal(looking->wanted->content, item->content);
		assert_memory_equal(looking->wanted->place, item->place, STORE_PLACE_BYTES);
		looking->is_found = true;
	}
	return UNDERSIGN_OK;
}

size_t support_held(struct store *store, enum store_kind kind)
{
	struct looking looking = {.n = 0};
	uint64_t count;

	assert_int_equal(store_read_held(store, kind, look, &looking, NULL), UNDERSIGN_OK);
	assert_int_equal(store_count(&count, store, kind, NULL), UNDERSIGN_OK);
	assert_int_equal(count, looking.n);
	return looking.n;
}

bool support_is_held(struct store *store, const struct store_item *item)
{
	struct looking looking = {.wanted = item};

	assert_int_equal(store_read_held(store, item->kind, look, &looking, NULL), UNDERSIGN_OK);
	return looking.is_found;
}

/* --- The log ------------------------------------------------------------------------------------
 */

static struct bytes entry_text(char out[static 64], uint64_t number)
{
	int len = snprintf(out, 64, "entry %llu of this log", (unsigned long long)number);

	return bytes_from(out, (size_t)len);
}

enum undersign_status support_read_entry(void *cookie, uint64_t number, struct bytes entry,
					 struct problem *problem)
{
	struct support_reading *reading = cookie;
	char text[64];

	(void)problem;
	assert_int_equal(number, reading->next);
	assert_bytes_equal(entry, entry_text(text, number));
	reading->next++;
	reading->n++;
	return reading->n == reading->stop_after ? UNDERSIGN_E_LIMIT : UNDERSIGN_OK;
}

size_t support_read(struct store *store, uint64_t from)
{
	struct support_reading reading = {.next = from};

	assert_int_equal(store_read_log(store, from, support_read_entry, &reading, NULL),
			 UNDERSIGN_OK);
	return reading.n;
}

enum undersign_status support_close(struct store *store, uint64_t size_before, size_t n,
				    const struct store_key *erased, size_t n_erased)
{
	char before[64], after[64];
	char(*texts)[64] = calloc(n + 1, sizeof *texts);
	struct bytes *entries = calloc(n + 1, sizeof *entries);
	struct store_closing closing = {
		.size_before = size_before,
		.entries = entries,
		.n_entries = n,
		.erased = erased,
		.n_erased = n_erased,
	};
	enum undersign_status status;

	assert_true(texts && entries);
	for (size_t i = 0; i < n; i++)
		entries[i] = entry_text(texts[i], size_before + i);
	(void)snprintf(before, sizeof before, "log\n%llu\n", (unsigned long long)size_before);
	(void)snprintf(after, sizeof after, "log\n%llu\n", (unsigned long long)(size_before + n));
	if (size_before > 0)
		closing.checkpoint_before = bytes_from_text(before);
	closing.checkpoint = bytes_from_text(after);
	status = store_close_epoch(store, &closing, NULL);
	free(entries);
	free(texts);
	return status;
}
