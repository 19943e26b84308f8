/* A witness's state: every reply whole, what survives a kill, racing submissions, the clock (L-6,
 * */
#include "trees.h"

#include "scratch.h"
#include "witness_state.h"

#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[SCRATCH_PATH_MAX];
static struct tree tree, fork_, early; /* fork_ from entry 100 on, early from 3 */
static struct note_key log_key;
static struct test_key witness_test_key;
static uint64_t now = KNOWN_TIME;

#define RECORD "state/df56b89bcfad40f21258e0869e19a07c8fc9be4f2241d7fb44299e4eae82119c.checkpoint"

static int set_up(void **state)
{
	(void)state;
	scratch_enter(folder);
	tree_make(&tree, TREES_SIZE);
	tree_make(&fork_, 100);
	tree_make(&early, 3);
	witness_test_key = test_key_new(0x20);
	assert_int_equal(note_key_parse(&log_key, BYTES(KNOWN_LOG_VKEY), NULL), UNDERSIGN_OK);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scratch_leave(folder);
	return 0;
}

static enum undersign_status try_open(struct witness_state **out, const char *path,
				      const struct note_key *logs, size_t n_logs,
				      struct problem *problem)
{
	const struct witness_state_options options = {
		.folder = path,
		.logs = logs,
		.n_logs = n_logs,
		.signer = test_signer("witness.example/w1", &witness_test_key),
		.clock = clock_fixed(&now),
	};

	*problem = (struct problem){0};
	return witness_state_open(out, &options, problem);
}

static struct witness_state *open_state(const char *path)
{
	struct witness_state *state;
	struct problem problem;

	if (try_open(&state, path, &log_key, 1, &problem) != UNDERSIGN_OK)
		fail_msg("%s: %s: %s", problem.where, problem.rule, problem.what);
	return state;
}

static int submit(struct witness_state *state, const struct tree *of, uint64_t old_size,
		  uint64_t size)
{
	const struct text body = tree_submission(of, old_size, size);
	struct witness_reply reply;

	witness_state_submit(state, &reply, text_view(&body));
	return reply.status;
}

static void answers_and_remembers(void **test_state)
{
	struct witness_state *state = open_state("state");
	struct witness_reply reply;
	uint8_t buffer[WITNESS_RECORD_LEN_MAX];
	struct writer writer = writer_new(buffer, sizeof buffer);
	const struct bytes hex =
		BYTES("df56b89bcfad40f21258e0869e19a07c8fc9be4f2241d7fb44299e4eae82119c");

	(void)test_state;
	now = KNOWN_TIME;
	assert_false(witness_state_latest(state, &writer, hex));
	assert_false(witness_state_latest(state, &writer, BYTES("")));
	/* The known answer. */
	witness_state_submit(state, &reply, BYTES("old 0\n\n" KNOWN_BODY "\n" KNOWN_LOG_LINE));
	assert_int_equal(reply.status, 200);
	assert_bytes_equal(reply.body, BYTES(KNOWN_WITNESS_LINE));
	assert_true(scratch_holds(RECORD, BYTES(KNOWN_NOTE)));
	assert_true(witness_state_latest(state, &writer, hex));
	assert_bytes_equal(writer_view(&writer), BYTES(KNOWN_NOTE));
	/* Again: stale, then with the right size a second cosignature of the same. */
	witness_state_submit(state, &reply, BYTES("old 0\n\n" KNOWN_NOTE));
	assert_int_equal(reply.status, 409);
	assert_bytes_equal(reply.body, BYTES("300\n"));
	now += 5;
	witness_state_submit(state, &reply, BYTES("old 300\n\n" KNOWN_NOTE));
	assert_int_equal(reply.status, 200);
	assert_true(witness_state_seen(state, 0).seconds == KNOWN_TIME + 5);
	/* The others, through all of it. */
	witness_state_submit(state, &reply, BYTES("old 301\n\n" KNOWN_NOTE));
	assert_int_equal(reply.status, 400);
	assert_int_equal(reply.body.len, 0);
	assert_int_equal(submit(state, &fork_, 300, 300), 422);
	assert_int_equal(submit(state, &fork_, 300, 301), 422);
	assert_int_equal(submit(state, &tree, 0, 0), 409);
	struct test_key other = test_key_new(0x40);
	const struct merkle_proof none = {.n = 0};
	struct text note = checkpoint_of("log.example/other", 1, tree_root(&tree, 1),
					 "log.example/other", &other);
	struct text body = submission_of(0, &none, &note);
	witness_state_submit(state, &reply, text_view(&body));
	assert_int_equal(reply.status, 404);
	assert_string_equal(reply.problem.where, "origin log.example/other");
	note = checkpoint_of(TREES_ORIGIN, 1, tree_root(&tree, 1), TREES_ORIGIN, &other);
	body = submission_of(0, &none, &note);
	witness_state_submit(state, &reply, text_view(&body));
	assert_int_equal(reply.status, 403);
	/* And none of that changed anything. */
	assert_true(witness_state_seen(state, 0).size == 300);
	witness_state_close(state);
	state = open_state("state");
	const struct witness_seen seen = witness_state_seen(state, 0);
	assert_true(seen.size == 300 && seen.seconds == KNOWN_TIME + 5);
	assert_hash_equal(seen.root, hash_of(KNOWN_ROOT));
	assert_int_equal(submit(state, &tree, 300, 600), 200);
	witness_state_close(state);
}

static void keeps_logs_apart(void **test_state)
{
	struct test_key other = test_key_new(0x40);
	const struct note_key logs[] = {log_key,
					test_note_key("log.example/other", NOTE_KEY_NOTE, &other)};
	const struct note_key twice[] = {log_key,
					 test_note_key(TREES_ORIGIN, NOTE_KEY_NOTE, &other)};
	const struct merkle_proof none = {.n = 0};
	struct witness_state *state;
	struct witness_reply reply;
	struct problem problem;

	(void)test_state;
	assert_int_equal(try_open(&state, "two", logs, 2, &problem), UNDERSIGN_OK);
	const struct text note = checkpoint_of("log.example/other", 7, tree_root(&fork_, 7),
					       "log.example/other", &other);
	const struct text body = submission_of(0, &none, &note);
	witness_state_submit(state, &reply, text_view(&body));
	assert_int_equal(reply.status, 200);
	assert_int_equal(submit(state, &tree, 0, 9), 200);
	assert_true(witness_state_seen(state, 0).size == 9);
	assert_true(witness_state_seen(state, 1).size == 7);
	/* One process at a time. */
	struct witness_state *second;
	assert_int_equal(try_open(&second, "two", logs, 2, &problem), UNDERSIGN_E_CONFLICT);
	assert_null(second);
	witness_state_close(state);
	assert_int_equal(try_open(&state, "two", twice, 2, &problem), UNDERSIGN_E_USAGE);
	assert_int_equal(try_open(&state, "two", logs, 2, &problem), UNDERSIGN_OK);
	assert_true(witness_state_seen(state, 1).size == 7);
	witness_state_close(state);
}

/* A state that cannot be believed is not begun with. */
static void refuses_spoilt_records(void **test_state)
{
	struct witness_state *state = open_state("spoilt");
	char path[128];
	struct problem problem;
	uint8_t record[WITNESS_RECORD_LEN_MAX];
	struct writer writer = writer_new(record, sizeof record);

	(void)test_state;
	assert_int_equal(submit(state, &tree, 0, 300), 200);
	assert_true(witness_state_latest(
		state, &writer,
		BYTES("df56b89bcfad40f21258e0869e19a07c8fc9be4f2241d7fb44299e4eae82119c")));
	witness_state_close(state);
	snprintf(path, sizeof path, "spoilt/%s", strchr(RECORD, '/') + 1);
	for (size_t i = 0; i < writer.len; i += test_is_full() ? 1 : 7) {
		record[i] ^= 1;
		scratch_put(path, writer_view(&writer));
		assert_int_not_equal(try_open(&state, "spoilt", &log_key, 1, &problem),
				     UNDERSIGN_OK);
		assert_non_null(strstr(problem.where, "spoilt/"));
		record[i] ^= 1;
	}
	scratch_put(path, BYTES(""));
	assert_int_not_equal(try_open(&state, "spoilt", &log_key, 1, &problem), UNDERSIGN_OK);
	scratch_put(path, writer_view(&writer));
	witness_state_close(open_state("spoilt"));
}

static void refuses_a_full_disk(void **test_state)
{
	struct witness_state *state = open_state("full");
	char path[128];

	(void)test_state;
	assert_int_equal(submit(state, &tree, 0, 5), 200);
	snprintf(path, sizeof path, "full/%s", strchr(RECORD, '/') + 1);
	/* A folder in the record's place cannot be replaced. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(submit(state, &tree, 5, 6), WITNESS_BROKEN);
	assert_true(witness_state_seen(state, 0).size == 5);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(submit(state, &tree, 5, 6), 200);
	witness_state_close(state);
}

static void keeps_the_time(void **test_state)
{
	static const uint64_t broken[] = {0, 1, UINT32_MAX, UINT64_MAX, UINT64_C(1) << 33};
	struct witness_state *state;
	struct problem problem;

	(void)test_state;
	now = KNOWN_TIME;
	state = open_state("clock");
	assert_int_equal(submit(state, &tree, 0, 1), 200);
	now -= 1800; /* half an hour back: the time stands */
	assert_int_equal(submit(state, &tree, 1, 2), 200);
	assert_true(witness_state_seen(state, 0).seconds == KNOWN_TIME);
	now = KNOWN_TIME - 7200;
	assert_int_equal(submit(state, &tree, 2, 3), WITNESS_BROKEN);
	now = KNOWN_TIME - 90000;
	assert_int_equal(submit(state, &tree, 2, 3), WITNESS_BROKEN);
	now = KNOWN_TIME + UINT64_C(315360000); /* ten years ahead */
	assert_int_equal(submit(state, &tree, 2, 3), WITNESS_BROKEN);
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
		now = broken[i];
		assert_int_equal(submit(state, &tree, 2, 3), WITNESS_BROKEN);
	}
	now = KNOWN_TIME + 60;
	assert_int_equal(submit(state, &tree, 2, 3), 200);
	assert_true(witness_state_seen(state, 0).seconds == KNOWN_TIME + 60);
	witness_state_close(state);
	now = 0;
	assert_int_equal(try_open(&state, "clock", &log_key, 1, &problem), UNDERSIGN_E_SYSTEM);
	/* Over the end of 31 bits. */
	now = UINT64_C(2147483647);
	state = open_state("clock");
	assert_int_equal(submit(state, &tree, 3, 4), 200);
	now++;
	assert_int_equal(submit(state, &tree, 4, 5), 200);
	assert_true(witness_state_seen(state, 0).seconds == UINT64_C(2147483648));
	witness_state_close(state);
	/* Started with a clock that is a day behind. */
	now -= 86400;
	state = open_state("clock");
	assert_int_equal(submit(state, &tree, 5, 6), WITNESS_BROKEN);
	witness_state_close(state);
	now = KNOWN_TIME;
}

/* Racing: all threads submit different checkpoints that follow the same one. */
struct racer {
	struct witness_state *state; /* NULL: the planted fault */
	struct witness_seen *unlocked;
	pthread_barrier_t *barrier;
	struct text body;
	int status;
};

static void *race(void *cookie)
{
	struct racer *racer = cookie;
	struct witness_reply reply;

	pthread_barrier_wait(racer->barrier);
	if (racer->state) {
		witness_state_submit(racer->state, &reply, text_view(&racer->body));
		racer->status = reply.status;
		return NULL;
	}
	/* A witness that looks first and stores later. */
	struct witness_submission submission;
	assert_int_equal(witness_read(&submission, text_view(&racer->body), NULL), WITNESS_FINE);
	racer->status = (int)witness_step(&submission, racer->unlocked, NULL);
	pthread_barrier_wait(racer->barrier);
	return NULL;
}

#define RACERS 16

/* How many of them won. */
static size_t run_race(struct witness_state *state, struct witness_seen *unlocked,
		       uint64_t old_size)
{
	static struct racer racers[RACERS];
	pthread_t threads[RACERS];
	pthread_barrier_t barrier;
	size_t n_won = 0;

	assert_int_equal(pthread_barrier_init(&barrier, NULL, RACERS), 0);
	for (size_t i = 0; i < RACERS; i++) {
		racers[i] =
			(struct racer){.state = state, .unlocked = unlocked, .barrier = &barrier};
		racers[i].body =
			tree_submission(i % 2 ? &tree : &fork_, old_size, old_size + 1 + i / 2);
		assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
	}
	for (size_t i = 0; i < RACERS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		n_won += racers[i].status == 200;
	}
	pthread_barrier_destroy(&barrier);
	return n_won;
}

static void lets_one_racer_win(void **test_state)
{
	const size_t rounds = test_is_full() ? 1000 : 40;
	uint64_t last = 0;

	(void)test_state;
	for (size_t i = 0; i < rounds; i++) {
		char path[32];
		snprintf(path, sizeof path, "race-%zu", i / 8);
		struct witness_state *state = open_state(path);
		last = i % 8 == 0 ? 0 : last;
		/* Below 100 both branches are the same log: a round each up to there. */
		const uint64_t size = witness_state_seen(state, 0).size;
		assert_true(size >= last);
		assert_int_equal(run_race(state, NULL, size), 1);
		last = witness_state_seen(state, 0).size;
		assert_true(last > size);
		witness_state_close(state);
	}
	/* The control. */
	struct witness_seen unlocked = witness_seen_none();
	assert_true(run_race(NULL, &unlocked, 0) > 1);
}

/* What a child tells of each cosignature, once it has it. */
struct told {
	uint64_t size;
	struct merkle_hash root;
};

/* Goes on from wherever the state is, on either branch, until it is killed. */
static void run_until_killed(int out, uint64_t seed)
{
	struct test_random random = {seed};
	struct witness_state *state = open_state("killed");

	for (;;) {
		const struct tree *of = test_random_below(&random, 2) ? &tree : &early;
		const uint64_t old_size = witness_state_seen(state, 0).size;
		const uint64_t size = old_size + test_random_below(&random, 4);
		if (size > TREES_SIZE)
			_exit(0);
		const struct told told = {size, tree_root(of, size)};
		if (submit(state, of, old_size, size) == 200 &&
		    write(out, &told, sizeof told) != (ssize_t)sizeof told)
			_exit(1);
	}
}

struct history {
	bool is_seen[TREES_SIZE + 1];
	struct merkle_hash roots[TREES_SIZE + 1];
	uint64_t last;
	size_t n, n_forks;
};

static void take_told(struct history *history, const struct told *told)
{
	if (history->is_seen[told->size] &&
	    !merkle_hash_is_equal(&history->roots[told->size], &told->root))
		history->n_forks++;
	history->is_seen[told->size] = true;
	history->roots[told->size] = told->root;
	if (told->size > history->last)
		history->last = told->size;
	history->n++;
}

/* A run that is killed after some time; false if it came to its end. */
static bool run_killed(struct history *history, uint64_t seed, unsigned after_us)
{
	int ends[2];
	struct told told;
	int status;

	assert_int_equal(pipe(ends), 0);
	const pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(ends[0]);
		run_until_killed(ends[1], seed);
	}
	close(ends[1]);
	usleep(after_us);
	kill(child, SIGKILL);
	while (read(ends[0], &told, sizeof told) == (ssize_t)sizeof told)
		take_told(history, &told);
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status);
}

static void forgets_nothing_when_killed(void **test_state)
{
	struct test_random random = test_random_new();
	const size_t rounds = test_is_full() ? 1000 : 60;
	static struct history history;
	size_t n_killed = 0;

	(void)test_state;
	for (size_t i = 0; i < rounds; i++) {
		n_killed += run_killed(&history, test_random_u64(&random),
				       500 + (unsigned)test_random_below(&random, 30000));
		struct witness_state *state = open_state("killed");
		const struct witness_seen seen = witness_state_seen(state, 0);
		/* Never behind what was cosigned, and of the same log. */
		assert_true(seen.size >= history.last);
		if (history.is_seen[seen.size])
			assert_hash_equal(seen.root, history.roots[seen.size]);
		witness_state_close(state);
		if (history.last > TREES_SIZE - 60) {
			/* From the start, as another log would. */
			assert_int_equal(history.n_forks, 0);
			unlink("killed/"
			       "df56b89bcfad40f21258e0869e19a07c8fc9be4f2241d7fb44299e4eae82119c"
			       ".checkpoint");
			history = (struct history){.n = history.n};
		}
	}
	assert_int_equal(history.n_forks, 0);
	print_message("%zu runs killed, %zu cosignatures\n", n_killed, history.n);
	assert_true(n_killed > 0 && history.n > 0);
	/* The control: a state that is lost brings two roots of one size sooner or later. */
	for (size_t i = 0; i < 200 && history.n_forks == 0; i++) {
		run_killed(&history, test_random_u64(&random), 60000);
		unlink("killed/"
		       "df56b89bcfad40f21258e0869e19a07c8fc9be4f2241d7fb44299e4eae82119c"
		       ".checkpoint");
	}
	assert_true(history.n_forks > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_and_remembers),
		cmocka_unit_test(keeps_logs_apart),
		cmocka_unit_test(refuses_spoilt_records),
		cmocka_unit_test(refuses_a_full_disk),
		cmocka_unit_test(keeps_the_time),
		cmocka_unit_test(lets_one_racer_win),
		cmocka_unit_test(forgets_nothing_when_killed),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
