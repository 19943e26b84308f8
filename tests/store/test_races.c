/* Several at once: parallel duplicates, the close race, two sealers. */
#include "testing.h"

#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define THREADS_MAX 64

static pthread_barrier_t barrier;

/* --- parallel duplicates ------------------------------------------------------------------
 */

static unsigned n_rounds;

/* The planted fault: deliverers whose items are not quite the same. */
static bool is_salted;
static atomic_uint salt;

static void *hold_the_same(void *cookie)
{
	struct store *store = cookie;
	const size_t len = 3000 + (is_salted ? atomic_fetch_add(&salt, 1) : 0);
	size_t n_held = 0;

	for (unsigned round = 0; round < n_rounds; round++) {
		(void)pthread_barrier_wait(&barrier);
		if (support_hold(store, 5, STORE_STATEMENT, round, 1, len) == UNDERSIGN_OK)
			n_held++;
	}
	return (void *)(uintptr_t)n_held;
}

/* How many rows there are when all threads have held an item in each round. */
static size_t hold_in_parallel(unsigned n)
{
	struct store *sealer = support_open(STORE_SEALER);
	struct store *stores[THREADS_MAX];
	pthread_t threads[THREADS_MAX];

	assert_int_equal(pthread_barrier_init(&barrier, NULL, n), 0);
	for (unsigned i = 0; i < n; i++)
		stores[i] = support_open(STORE_ACCEPTOR);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hold_the_same, stores[i]), 0);
	for (unsigned i = 0; i < n; i++) {
		void *n_held;

		assert_int_equal(pthread_join(threads[i], &n_held), 0);
		assert_int_equal((uintptr_t)n_held, n_rounds);
		store_close(stores[i]);
	}
	assert_int_equal(pthread_barrier_destroy(&barrier), 0);
	const size_t n_rows = support_held(sealer, STORE_STATEMENT);
	store_close(sealer);
	return n_rows;
}

/* A cluster takes 40 connections. */
static unsigned n_parallel(void)
{
	return !test_is_full() ? 8 : support_is_postgresql() ? 32 : 64;
}

static void parallel_duplicates(void **state)
{
	(void)state;
	is_salted = false;
	n_rounds = test_is_full() ? 1000 : 10;
	assert_int_equal(hold_in_parallel(n_parallel()), n_rounds);
	print_message("A-11: %u parallel, %u rounds: one row each\n", n_parallel(), n_rounds);
}

/* Its control. */
static void parallel_strangers(void **state)
{
	(void)state;
	is_salted = true;
	n_rounds = 3;
	assert_int_equal(hold_in_parallel(n_parallel()), n_rounds * n_parallel());
	print_message("A-11, control: %u that differ are as many rows\n", n_parallel());
}

/* --- the close race -----------------------------------------------------------------------
 *
 * Acceptors hold for the epoch that they believe in; a sealer turns. Whatever was acknowledged for
 * an epoch must be there when it is read after that epoch's turn. */

#define EPOCHS_MAX 512
#define IDS_MAX    65536

static _Atomic uint16_t acknowledged[IDS_MAX]; /* epoch; 0: not */
static uint16_t seen[IDS_MAX];                 /* first epoch whose reading had it; 0: none */
static atomic_uint next_id;
static atomic_bool has_ended;
/* The planted fault: an acceptor that asks for the epoch when it writes, not when it checked. */
static bool is_careless;

static uint64_t takes_now(struct store *store)
{
	uint8_t block[4096] __attribute__((aligned(64)));
	struct arena arena = {.block = block, .capacity = sizeof block};
	struct store_state state;

	assert_int_equal(store_read_state(&state, store, &arena, NULL), UNDERSIGN_OK);
	return state.takes;
}

static enum undersign_status hold_id(struct store *store, uint64_t epoch, unsigned id)
{
	uint8_t content[64] = {(uint8_t)id, (uint8_t)(id >> 8)};
	struct store_item item = {.kind = STORE_STATEMENT,
				  .content = bytes_from(content, sizeof content)};

	sha512(item.hash, item.content);
	return store_hold(store, epoch, &item, 1, NULL);
}

static void *accept_for_ever(void *cookie)
{
	struct store *store = cookie;

	while (!atomic_load(&has_ended)) {
		unsigned id = atomic_fetch_add(&next_id, 1);
		uint64_t epoch = takes_now(store);
		enum undersign_status status;

		if (id >= IDS_MAX)
			break;
		if (is_careless)
			(void)usleep(1000);
		status = hold_id(store, is_careless ? takes_now(store) : epoch, id);
		if (status == UNDERSIGN_OK)
			atomic_store(&acknowledged[id], (uint16_t)epoch);
		else
			assert_int_equal(status, UNDERSIGN_E_CONFLICT);
	}
	return NULL;
}

static enum undersign_status see(void *cookie, const struct store_item *item,
				 struct problem *problem)
{
	size_t id = item->content.data[0] | (size_t)item->content.data[1] << 8;

	(void)problem;
	if (seen[id] == 0)
		seen[id] = *(const uint16_t *)cookie;
	return UNDERSIGN_OK;
}

/* How many were acknowledged for an epoch and not there when it was sealed. */
static size_t race_to_close(size_t *out_n, uint16_t n_epochs)
{
	struct store *sealer = support_open(STORE_SEALER);
	struct store *stores[4];
	pthread_t threads[4];
	size_t n_missing = 0;
	uint16_t epoch = 5;

	*out_n = 0;
	memset(seen, 0, sizeof seen);
	for (size_t i = 0; i < IDS_MAX; i++)
		atomic_store(&acknowledged[i], 0);
	atomic_store(&next_id, 0);
	atomic_store(&has_ended, false);
	for (int i = 0; i < 4; i++) {
		stores[i] = support_open(STORE_ACCEPTOR);
		assert_int_equal(pthread_create(&threads[i], NULL, accept_for_ever, stores[i]), 0);
	}
	for (; epoch < 5 + n_epochs; epoch++) {
		(void)usleep(2000);
		assert_int_equal(store_turn(sealer, epoch, NULL), UNDERSIGN_OK);
		assert_int_equal(store_read_held(sealer, STORE_STATEMENT, see, &epoch, NULL),
				 UNDERSIGN_OK);
	}
	atomic_store(&has_ended, true);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		store_close(stores[i]);
	}
	store_close(sealer);
	for (size_t i = 0; i < IDS_MAX; i++) {
		uint16_t promised = atomic_load(&acknowledged[i]);

		if (promised == 0 || promised >= epoch)
			continue;
		++*out_n;
		if (seen[i] == 0 || seen[i] > promised)
			n_missing++;
	}
	return n_missing;
}

static void the_close_race(void **state)
{
	size_t n;
	uint16_t n_epochs = test_is_full() ? 500 : 25;

	(void)state;
	is_careless = false;
	assert_int_equal(race_to_close(&n, n_epochs), 0);
	assert_true(n > 0);
	print_message("A-12: %u turns, %zu acknowledged, 0 missing\n", n_epochs, n);
}

static void a_careless_acceptor_is_caught(void **state)
{
	size_t n, n_missing = 0;

	(void)state;
	is_careless = true;
	/* Until it has happened: how often it does depends on the machine. */
	for (int i = 0; i < 20 && n_missing == 0; i++) {
		assert_int_equal(support_leave(NULL), 0);
		assert_int_equal(support_enter(state), 0);
		n_missing = race_to_close(&n, 40);
	}
	assert_true(n_missing > 0);
	print_message("A-12, control: %zu of %zu are missing\n", n_missing, n);
}

/* --- two sealers --------------------------------------------------------------------------
 */

static void *open_as_sealer(void *cookie)
{
	struct store_options options = support_options(STORE_SEALER);
	struct store *store = NULL;

	(void)cookie;
	(void)pthread_barrier_wait(&barrier);
	if (store_open(&store, &options, NULL) != UNDERSIGN_OK)
		assert_null(store);
	return store;
}

static void two_sealers(void **state)
{
	/* On PostgreSQL the loser waits for some seconds, in case the winner was killed. */
	unsigned n_races = test_is_full() ? 100 : (support_is_postgresql() ? 5 : 30);
	uint64_t size = 0;

	(void)state;
	assert_int_equal(pthread_barrier_init(&barrier, NULL, 2), 0);
	for (unsigned race = 0; race < n_races; race++) {
		struct bytes entry = BYTES("entry");
		char before[32], after[32];
		pthread_t threads[2];
		void *stores[2];
		struct store_closing closing = {
			.size_before = size, .entries = &entry, .n_entries = 1};

		for (int i = 0; i < 2; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, open_as_sealer, NULL),
					 0);
		for (int i = 0; i < 2; i++)
			assert_int_equal(pthread_join(threads[i], &stores[i]), 0);
		assert_true((stores[0] == NULL) != (stores[1] == NULL));
		(void)snprintf(before, sizeof before, "%llu", (unsigned long long)size);
		(void)snprintf(after, sizeof after, "%llu", (unsigned long long)++size);
		if (size > 1)
			closing.checkpoint_before = bytes_from_text(before);
		closing.checkpoint = bytes_from_text(after);
		for (int i = 0; i < 2; i++) {
			if (stores[i])
				assert_int_equal(store_close_epoch(stores[i], &closing, NULL),
						 UNDERSIGN_OK);
			store_close(stores[i]);
		}
	}
	assert_int_equal(pthread_barrier_destroy(&barrier), 0);
	print_message("R-12: %u races, one winner each\n", n_races);
}

static struct store *rivals[2];
static _Atomic uint64_t rivals_size;

/* Closes with a checkpoint of its own, once for each size. */
static void *close_as_rival(void *cookie)
{
	size_t me = (size_t)(uintptr_t)cookie;
	size_t n_won = 0;

	for (unsigned race = 0; race < 100; race++) {
		uint8_t block[4096] __attribute__((aligned(64)));
		struct arena arena = {.block = block, .capacity = sizeof block};
		struct bytes entry = BYTES("entry");
		struct store_state now;
		char after[32];
		struct store_closing closing = {.entries = &entry, .n_entries = 1};
		enum undersign_status status;

		(void)pthread_barrier_wait(&barrier);
		assert_int_equal(store_read_state(&now, rivals[me], &arena, NULL), UNDERSIGN_OK);
		assert_int_equal(now.size, race);
		closing.size_before = now.size;
		closing.checkpoint_before = now.checkpoint;
		(void)snprintf(after, sizeof after, "%u by %zu", race + 1, me);
		closing.checkpoint = bytes_from_text(after);
		(void)pthread_barrier_wait(&barrier);
		status = store_close_epoch(rivals[me], &closing, NULL);
		if (status == UNDERSIGN_OK)
			n_won++;
		else
			assert_int_equal(status, UNDERSIGN_E_CONFLICT);
		(void)pthread_barrier_wait(&barrier);
	}
	atomic_fetch_add(&rivals_size, n_won);
	return NULL;
}

/* What if the lock did not hold? Two handles behind its back: by another name of the same files,
 * and by taking the lock away. Then the comparison alone decides. */
static void rival_sealers(bool is_reading_first)
{
	struct store_state now;
	struct store_options options = support_options(STORE_SEALER);
	char other[SUPPORT_URL_MAX];
	pthread_t threads[2];

	options.wait_ms = 500;
	assert_int_equal(store_open(&rivals[0], &options, NULL), UNDERSIGN_OK);
	if (support_is_postgresql()) {
		support_sql("SELECT pg_terminate_backend(pid) FROM pg_locks "
			    "WHERE locktype = 'advisory'");
		assert_int_equal(store_open(&rivals[1], &options, NULL), UNDERSIGN_OK);
		/* The first one finds that it is the sealer no longer, however often it tries. */
		if (is_reading_first)
			assert_int_not_equal(
				store_read_state(&now, rivals[0], support_arena(), NULL),
				UNDERSIGN_OK);
		assert_int_not_equal(store_turn(rivals[0], 5, NULL), UNDERSIGN_OK);
		assert_int_not_equal(store_turn(rivals[0], 5, NULL), UNDERSIGN_OK);
		assert_int_equal(store_turn(rivals[1], 5, NULL), UNDERSIGN_OK);
	} else {
		char from[SUPPORT_URL_MAX + 8], to[SUPPORT_URL_MAX + 8];

		(void)snprintf(other, sizeof other, "%.*s-other", (int)sizeof other - 8,
			       support_url());
		assert_int_equal(symlink(support_url(), other), 0);
		(void)snprintf(from, sizeof from, "%s-log", support_url());
		(void)snprintf(to, sizeof to, "%s-log", other);
		assert_int_equal(symlink(from, to), 0);
		options.url = other;
		assert_int_equal(store_open(&rivals[1], &options, NULL), UNDERSIGN_OK);
		atomic_store(&rivals_size, 0);
		assert_int_equal(pthread_barrier_init(&barrier, NULL, 2), 0);
		for (size_t i = 0; i < 2; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, close_as_rival,
							(void *)(uintptr_t)i),
					 0);
		for (size_t i = 0; i < 2; i++)
			assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(pthread_barrier_destroy(&barrier), 0);
		assert_int_equal(atomic_load(&rivals_size), 100);
		assert_int_equal(support_state(rivals[0]).size, 100);
		assert_int_equal(store_check(rivals[0], NULL), UNDERSIGN_OK);
	}
	for (size_t i = 0; i < 2; i++)
		store_close(rivals[i]);
}

static void two_sealers_without_the_lock(void **state)
{
	(void)state;
	rival_sealers(false);
}

static void two_sealers_of_which_one_reads(void **state)
{
	(void)state;
	rival_sealers(true);
}

#define EACH(name) cmocka_unit_test_setup_teardown(name, support_enter, support_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(parallel_duplicates),
		EACH(parallel_strangers),
		EACH(the_close_race),
		EACH(a_careless_acceptor_is_caught),
		EACH(two_sealers),
		EACH(two_sealers_without_the_lock),
		EACH(two_sealers_of_which_one_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
