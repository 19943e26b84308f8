/* What store.h promises, of either engine: what is held, epochs, the log, values. */
#include "testing.h"

#include "support.h"

/* --- Opening ------------------------------------------------------------------------------------
 */

static enum undersign_status open_with(struct store_options options, struct problem *problem)
{
	struct store *store;
	enum undersign_status status = store_open(&store, &options, problem);

	if (status == UNDERSIGN_OK)
		store_close(store);
	else
		assert_null(store);
	return status;
}

static void opening(void **state)
{
	static const enum store_role roles[] = {STORE_READER, STORE_ACCEPTOR, STORE_SEALER};
	struct problem problem = {0};
	struct store_options options;

	(void)state;
	for (int i = 0; i < 3; i++) {
		options = support_options(roles[i]);
		options.may_create = false;
		problem = (struct problem){0};
		assert_int_equal(open_with(options, &problem), UNDERSIGN_E_MISSING);
		assert_true(problem.where[0] && problem.rule[0] && problem.what[0]);
	}
	options.role = STORE_ACCEPTOR;
	options.may_create = true;
	assert_int_equal(open_with(options, NULL), UNDERSIGN_E_USAGE);
	options.role = STORE_SEALER;
	options.url = "mysql://somewhere";
	assert_int_equal(open_with(options, NULL), UNDERSIGN_E_USAGE);
	options.url = "sqlite:";
	assert_int_equal(open_with(options, NULL), UNDERSIGN_E_USAGE);

	store_close(support_open(STORE_SEALER));
	for (int i = 0; i < 3; i++) {
		options = support_options(roles[i]);
		assert_int_equal(open_with(options, NULL), UNDERSIGN_OK);
		options.log[31] ^= 1;
		problem = (struct problem){0};
		assert_int_equal(open_with(options, &problem), UNDERSIGN_E_CONFLICT);
		assert_non_null(strstr(problem.what, "another log"));
	}
}

static void one_sealer_at_a_time(void **state)
{
	struct store *sealer = support_open(STORE_SEALER);
	struct store *acceptors[3];
	struct problem problem = {0};

	(void)state;
	assert_int_equal(open_with(support_options(STORE_SEALER), &problem), UNDERSIGN_E_CONFLICT);
	assert_non_null(strstr(problem.rule, "sealer"));
	for (int i = 0; i < 3; i++)
		acceptors[i] = support_open(STORE_ACCEPTOR);
	for (int i = 0; i < 3; i++)
		store_close(acceptors[i]);
	store_close(sealer);
	assert_int_equal(open_with(support_options(STORE_SEALER), NULL), UNDERSIGN_OK);
}

static void roles(void **state)
{
	struct store *sealer = support_open(STORE_SEALER);
	struct store *acceptor = support_open(STORE_ACCEPTOR);
	struct store *reader = support_open(STORE_READER);
	struct store_closing closing = {.checkpoint = BYTES("note")};

	(void)state;
	assert_int_equal(support_hold(reader, 5, STORE_STATEMENT, 0, 1, 10), UNDERSIGN_E_USAGE);
	assert_int_equal(store_write_value(reader, "a", BYTES("b"), NULL), UNDERSIGN_E_USAGE);
	assert_int_equal(store_turn(acceptor, 5, NULL), UNDERSIGN_E_USAGE);
	assert_int_equal(store_close_epoch(acceptor, &closing, NULL), UNDERSIGN_E_USAGE);
	assert_int_equal(store_take_back(acceptor, NULL), UNDERSIGN_E_USAGE);
	assert_int_equal(support_hold(acceptor, 5, STORE_STATEMENT, 0, 1, 10), UNDERSIGN_OK);
	assert_int_equal(support_hold(sealer, 5, STORE_STATEMENT, 1, 1, 10), UNDERSIGN_OK);
	assert_int_equal(support_held(reader, STORE_STATEMENT), 2);
	store_close(reader);
	store_close(acceptor);
	store_close(sealer);
	store_close(NULL);
}

static void other_versions(void **state)
{
	struct problem problem = {0};

	(void)state;
	store_close(support_open(STORE_SEALER));
	support_sql(support_is_postgresql() ? "UPDATE state SET version = 2"
					    : "PRAGMA user_version = 2");
	assert_int_equal(open_with(support_options(STORE_SEALER), &problem), UNDERSIGN_E_FORMAT);
	assert_non_null(strstr(problem.what, "newer program"));
	assert_int_equal(open_with(support_options(STORE_ACCEPTOR), NULL), UNDERSIGN_E_FORMAT);
}

/* --- What is held -------------------------------------------------------------------------------
 */

static void holding(void **state)
{
	static const size_t lens[] = {1, 2, 1500, 4096, 16384, 100000, STORE_CONTENT_MAX};
	struct store *store = support_open(STORE_SEALER);

	(void)state;
	for (int kind = STORE_STATEMENT; kind <= STORE_ENROLMENT; kind++) {
		assert_int_equal(support_held(store, (enum store_kind)kind), 0);
		for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
			struct store_item item = support_item((enum store_kind)kind, i, lens[i]);

			assert_false(support_is_held(store, &item));
			assert_int_equal(store_hold(store, 5, &item, 1, NULL), UNDERSIGN_OK);
			assert_true(support_is_held(store, &item));
			/* Again: the same answer, and once. */
			assert_int_equal(store_hold(store, 5, &item, 1, NULL), UNDERSIGN_OK);
			assert_int_equal(support_held(store, (enum store_kind)kind), i + 1);
			support_item_free(&item);
		}
	}
	store_close(store);
	store = support_open(STORE_READER);
	assert_int_equal(support_held(store, STORE_RECORD), 7);
	store_close(store);
}

static void batches(void **state)
{
	struct store *store = support_open(STORE_SEALER);
	struct store_item items[4];

	(void)state;
	assert_int_equal(support_hold(store, 5, STORE_STATEMENT, 0, 1000, 300), UNDERSIGN_OK);
	/* Half of them known. */
	assert_int_equal(support_hold(store, 5, STORE_STATEMENT, 500, 1000, 300), UNDERSIGN_OK);
	assert_int_equal(support_held(store, STORE_STATEMENT), 1500);
	/* The same thing twice in one. */
	for (int i = 0; i < 4; i++)
		items[i] = support_item(STORE_RECORD, (uint64_t)i / 2, 50);
	assert_int_equal(store_hold(store, 5, items, 4, NULL), UNDERSIGN_OK);
	assert_int_equal(support_held(store, STORE_RECORD), 2);
	/* None of a batch whose epoch is another. */
	assert_int_equal(support_hold(store, 4, STORE_STATEMENT, 5000, 10, 300),
			 UNDERSIGN_E_CONFLICT);
	assert_int_equal(support_hold(store, 6, STORE_STATEMENT, 5000, 10, 300),
			 UNDERSIGN_E_CONFLICT);
	assert_int_equal(support_held(store, STORE_STATEMENT), 1500);
	assert_false(store_has_failed(store));
	assert_int_equal(support_hold(store, 5, STORE_STATEMENT, 5000, STORE_BATCH_MAX, 20),
			 UNDERSIGN_OK);
	assert_int_equal(support_held(store, STORE_STATEMENT), 1500 + STORE_BATCH_MAX);

	assert_int_equal(store_hold(store, 5, items, 0, NULL), UNDERSIGN_E_USAGE);
	assert_int_equal(store_hold(store, 5, items, STORE_BATCH_MAX + 1, NULL), UNDERSIGN_E_USAGE);
	items[0].content.len = 0;
	assert_int_equal(store_hold(store, 5, items, 4, NULL), UNDERSIGN_E_USAGE);
	items[0].content.len = STORE_CONTENT_MAX + 1;
	assert_int_equal(store_hold(store, 5, items, 4, NULL), UNDERSIGN_E_USAGE);
	items[0].content.len = 50;
	items[0].kind = (enum store_kind)4;
	assert_int_equal(store_hold(store, 5, items, 4, NULL), UNDERSIGN_E_USAGE);
	for (int i = 0; i < 4; i++)
		support_item_free(&items[i]);
	store_close(store);
}

static enum undersign_status stop_at_third(void *cookie, const struct store_item *item,
					   struct problem *problem)
{
	int *n = cookie;

	(void)item;
	(void)problem;
	return ++*n == 3 ? UNDERSIGN_E_INVALID : UNDERSIGN_OK;
}

/* Requests that their steward has got. */
static void erasing(void **state)
{
	struct store *store = support_open(STORE_SEALER);
	struct store *reader = support_open(STORE_READER), *acceptor = support_open(STORE_ACCEPTOR);
	struct store_item other = support_item(STORE_STATEMENT, 1, 300);
	struct store_item items[4];
	struct store_key keys[4];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		items[i] = support_item(STORE_ENROLMENT, i, 300);
		keys[i] = support_key(&items[i]);
	}
	assert_int_equal(store_hold(store, 5, items, 3, NULL), UNDERSIGN_OK);
	assert_int_equal(store_hold(store, 5, &other, 1, NULL), UNDERSIGN_OK);
	assert_int_equal(store_erase(reader, keys, 1, NULL), UNDERSIGN_E_USAGE);
	/* Two that are there, and one that is not. */
	assert_int_equal(store_erase(acceptor, keys + 1, 3, NULL), UNDERSIGN_OK);
	assert_true(support_is_held(store, &items[0]));
	assert_int_equal(support_held(store, STORE_ENROLMENT), 1);
	assert_int_equal(store_erase(acceptor, keys + 1, 3, NULL), UNDERSIGN_OK);
	assert_int_equal(store_erase(acceptor, keys, 0, NULL), UNDERSIGN_OK);
	/* Statements and records go with their epoch; of a batch with one nothing goes. */
	keys[1] = support_key(&other);
	assert_int_equal(store_erase(store, keys, 2, NULL), UNDERSIGN_E_USAGE);
	assert_true(support_is_held(store, &other));
	assert_int_equal(support_held(store, STORE_ENROLMENT), 1);
	for (size_t i = 0; i < 4; i++)
		support_item_free(&items[i]);
	support_item_free(&other);
	store_close(reader);
	store_close(acceptor);
	store_close(store);
}

static void a_visit_may_stop(void **state)
{
	struct store *store = support_open(STORE_SEALER);
	int n = 0;

	(void)state;
	assert_int_equal(support_hold(store, 5, STORE_STATEMENT, 0, 50, 3000), UNDERSIGN_OK);
	assert_int_equal(store_read_held(store, STORE_STATEMENT, stop_at_third, &n, NULL),
			 UNDERSIGN_E_INVALID);
	assert_int_equal(n, 3);
	assert_int_equal(support_held(store, STORE_STATEMENT), 50);
	assert_int_equal(support_hold(store, 5, STORE_STATEMENT, 50, 1, 3000), UNDERSIGN_OK);
	assert_int_equal(store_take_back(store, NULL), UNDERSIGN_OK);
	store_close(store);
}

/* --- Epochs and the log -------------------------------------------------------------------------
 */

static void turning(void **state)
{
	struct store *sealer = support_open(STORE_SEALER);
	struct store *acceptor = support_open(STORE_ACCEPTOR);
	struct problem problem = {0};

	(void)state;
	assert_int_equal(support_state(acceptor).takes, 5);
	assert_int_equal(store_turn(sealer, 4, NULL), UNDERSIGN_E_CONFLICT);
	assert_int_equal(store_turn(sealer, 5, NULL), UNDERSIGN_OK);
	assert_int_equal(support_state(acceptor).takes, 6);
	assert_int_equal(store_turn(sealer, 5, &problem), UNDERSIGN_E_CONFLICT);
	assert_non_null(strstr(problem.what, "6"));
	assert_int_equal(support_hold(acceptor, 5, STORE_STATEMENT, 0, 1, 100),
			 UNDERSIGN_E_CONFLICT);
	assert_int_equal(support_hold(acceptor, 6, STORE_STATEMENT, 0, 1, 100), UNDERSIGN_OK);
	store_close(acceptor);
	store_close(sealer);
}

static void closing(void **state)
{
	struct store *store = support_open(STORE_SEALER);
	struct store *reader = support_open(STORE_READER);
	struct store_item items[20];
	struct store_key keys[20];
	struct store_state now;

	(void)state;
	now = support_state(reader);
	assert_int_equal(now.size, 0);
	assert_int_equal(now.checkpoint.len, 0);
	assert_int_equal(support_read(reader, 0), 0);
	for (size_t i = 0; i < 20; i++) {
		items[i] = support_item(i % 2 ? STORE_STATEMENT : STORE_RECORD, i, 2000 + 100 * i);
		keys[i] = support_key(&items[i]);
	}
	assert_int_equal(store_hold(store, 5, items, 20, NULL), UNDERSIGN_OK);
	assert_int_equal(support_close(store, 0, 7, keys, 8), UNDERSIGN_OK);
	now = support_state(reader);
	assert_int_equal(now.size, 7);
	assert_bytes_equal(now.checkpoint, BYTES("log\n7\n"));
	assert_int_equal(now.takes, 5);
	assert_int_equal(support_read(reader, 0), 7);
	for (size_t i = 0; i < 20; i++)
		assert_int_equal(support_is_held(reader, &items[i]), i >= 8);

	/* Somebody who believes in an older log, or in another checkpoint, changes nothing. */
	assert_int_equal(support_close(store, 0, 3, keys, 20), UNDERSIGN_E_CONFLICT);
	assert_int_equal(support_close(store, 6, 3, keys, 20), UNDERSIGN_E_CONFLICT);
	assert_int_equal(support_close(store, 8, 3, keys, 20), UNDERSIGN_E_CONFLICT);
	assert_false(store_has_failed(store));
	assert_int_equal(support_held(reader, STORE_STATEMENT), 6);
	assert_int_equal(support_state(reader).size, 7);

	/* What is not held any more, erased again; an epoch without entries is none, but a
	 * checkpoint may be signed anew. */
	assert_int_equal(support_close(store, 7, 300, keys, 10), UNDERSIGN_OK);
	assert_int_equal(store_take_back(store, NULL), UNDERSIGN_OK);
	assert_int_equal(support_close(store, 307, 2, NULL, 0), UNDERSIGN_OK);
	for (uint64_t from = 0; from < 309; from += 17)
		assert_int_equal(support_read(reader, from), 309 - from);
	assert_int_equal(support_read(reader, 309), 0);
	assert_int_equal(support_read(reader, UINT64_MAX), 0);
	store_close(reader);
	assert_int_equal(store_take_back(store, NULL), UNDERSIGN_OK);
	assert_int_equal(store_take_back(store, NULL), UNDERSIGN_OK);
	store_close(store);

	reader = support_open(STORE_READER);
	assert_int_equal(support_state(reader).size, 309);
	assert_int_equal(support_read(reader, 300), 9);
	for (size_t i = 0; i < 20; i++) {
		assert_int_equal(support_is_held(reader, &items[i]), i >= 10);
		support_item_free(&items[i]);
	}
	assert_int_equal(store_check(reader, NULL), UNDERSIGN_OK);
	store_close(reader);
}

static void closing_asks_for_sense(void **state)
{
	struct store *store = support_open(STORE_SEALER);
	struct bytes entries[] = {BYTES("one"), {NULL, 0}};
	struct store_closing closing = {.entries = entries, .n_entries = 1};

	(void)state;
	assert_int_equal(store_close_epoch(store, &closing, NULL), UNDERSIGN_E_USAGE);
	closing.checkpoint = closing.checkpoint_before = BYTES("same");
	assert_int_equal(store_close_epoch(store, &closing, NULL), UNDERSIGN_E_USAGE);
	closing.checkpoint_before = BYTES("");
	closing.n_entries = 2;
	assert_int_equal(store_close_epoch(store, &closing, NULL), UNDERSIGN_E_USAGE);
	closing.n_entries = 1;
	assert_int_equal(store_close_epoch(store, &closing, NULL), UNDERSIGN_OK);
	store_close(store);
}

static void reading_the_log_may_stop(void **state)
{
	struct store *store = support_open(STORE_SEALER);
	struct support_reading reading = {.stop_after = 30};

	(void)state;
	assert_int_equal(support_close(store, 0, 25, NULL, 0), UNDERSIGN_OK);
	assert_int_equal(store_take_back(store, NULL), UNDERSIGN_OK);
	assert_int_equal(support_close(store, 25, 25, NULL, 0), UNDERSIGN_OK);
	assert_int_equal(store_read_log(store, 0, support_read_entry, &reading, NULL),
			 UNDERSIGN_E_LIMIT);
	assert_int_equal(reading.n, 30);
	reading = (struct support_reading){.stop_after = 3};
	assert_int_equal(store_read_log(store, 0, support_read_entry, &reading, NULL),
			 UNDERSIGN_E_LIMIT);
	assert_int_equal(support_read(store, 0), 50);
	assert_int_equal(support_close(store, 50, 1, NULL, 0), UNDERSIGN_OK);
	store_close(store);
}

/* --- Values -------------------------------------------------------------------------------------
 */

static void values(void **state)
{
	struct store *sealer = support_open(STORE_SEALER);
	struct store *acceptor = support_open(STORE_ACCEPTOR);
	char name[STORE_NAME_MAX + 2];
	struct bytes value;
	struct problem problem = {0};

	(void)state;
	assert_int_equal(
		store_read_value(&value, acceptor, "appointment", support_arena(), &problem),
		UNDERSIGN_E_MISSING);
	assert_non_null(strstr(problem.what, "appointment"));
	assert_int_equal(store_write_value(sealer, "appointment", BYTES("first"), NULL),
			 UNDERSIGN_OK);
	assert_int_equal(store_write_value(sealer, "appointment", LITERAL("se\0cond"), NULL),
			 UNDERSIGN_OK);
	assert_int_equal(store_write_value(acceptor, "other", BYTES("x"), NULL), UNDERSIGN_OK);
	assert_int_equal(store_read_value(&value, acceptor, "appointment", support_arena(), NULL),
			 UNDERSIGN_OK);
	assert_bytes_equal(value, LITERAL("se\0cond"));
	assert_int_equal(store_take_back(sealer, NULL), UNDERSIGN_OK);
	assert_int_equal(store_read_value(&value, sealer, "other", support_arena(), NULL),
			 UNDERSIGN_OK);
	assert_bytes_equal(value, BYTES("x"));
	assert_int_equal(store_write_value(sealer, "other", BYTES(""), NULL), UNDERSIGN_OK);
	assert_int_equal(store_write_value(sealer, "never", BYTES(""), NULL), UNDERSIGN_OK);
	assert_int_equal(store_read_value(&value, sealer, "other", support_arena(), NULL),
			 UNDERSIGN_E_MISSING);
	memset(name, 'n', sizeof name);
	name[STORE_NAME_MAX + 1] = '\0';
	assert_int_equal(store_write_value(sealer, name, BYTES("x"), NULL), UNDERSIGN_E_USAGE);
	name[STORE_NAME_MAX] = '\0';
	assert_int_equal(store_write_value(sealer, name, BYTES("x"), NULL), UNDERSIGN_OK);
	assert_int_equal(store_write_value(sealer, "", BYTES("x"), NULL), UNDERSIGN_E_USAGE);
	store_close(acceptor);
	store_close(sealer);
}

#define EACH(name) cmocka_unit_test_setup_teardown(name, support_enter, support_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(opening),
		EACH(one_sealer_at_a_time),
		EACH(roles),
		EACH(other_versions),
		EACH(holding),
		EACH(batches),
		EACH(erasing),
		EACH(a_visit_may_stop),
		EACH(turning),
		EACH(closing),
		EACH(closing_asks_for_sense),
		EACH(reading_the_log_may_stop),
		EACH(values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
