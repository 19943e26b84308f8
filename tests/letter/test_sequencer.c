/* The sequencer, from files to what the log then holds: holds, releases, closings (design decisions
 * 5 to 8). Proofs are real where they are checked, and of the right length elsewhere. */
#include "desk.h"

static struct desk desk;

static void begin(void)
{
	desk_begin(&desk, 1);
	desk_add_usual(&desk);
	desk_publish(&desk);
}

static uint32_t ring_count(const char *name)
{
	struct tally tally;

	desk_count(&desk, &tally);
	return (uint32_t)tally.rings[desk_ring(&desk, name)];
}

static struct tally count(void)
{
	struct tally tally;

	desk_count(&desk, &tally);
	return tally;
}

/* Below hold-min nothing is published; with it, all at once; after that the next three. */
static void test_hold(void **state)
{
	struct bytes files[6];

	(void)state;
	begin();
	for (uint32_t i = 0; i < 6; i++)
		files[i] = desk_sign(&desk, DESK_ALDER, i, 1, false);
	desk_run(&desk, NULL, 0, files, 2);
	assert_int_equal(count().total, 0);
	assert_int_equal(desk.n_held, 2);
	desk_run(&desk, NULL, 0, files + 2, 2);
	assert_int_equal(count().total, 4);
	assert_int_equal(desk.n_held, 0);
	desk_run(&desk, NULL, 0, files + 4, 2);
	assert_int_equal(count().total, 4);
	assert_int_equal(desk.n_held, 2);
	/* The closing: the ring was released before, so its remainder follows. */
	desk_run(&desk, NULL, 0, NULL, 0);
	assert_int_equal(count().total, 6);
	assert_int_equal(ring_count("Alder, enrolled"), 6);
	assert_int_equal(desk_open(&desk)->tally.total, 6);
	desk_end(&desk);
}

/* A ring that was never released: second proofs stand in for the first, and who has none is not
 * published. Nothing tells which ring they were held for. */
static void test_second_proofs(void **state)
{
	struct bytes files[3];
	struct bundle *bundle;

	(void)state;
	begin();
	files[0] = desk_sign(&desk, DESK_ALDER, 0, 1, true);
	files[1] = desk_sign(&desk, DESK_ALDER, 1, 1, false);
	files[2] = desk_sign(&desk, DESK_CEDAR, 2, 1, true);
	desk_run(&desk, NULL, 0, files, 3);
	desk_run(&desk, NULL, 0, NULL, 0);
	desk_run(&desk, NULL, 0, NULL, 0);
	assert_int_equal(desk.n_held, 3);
	desk_run(&desk, NULL, 0, NULL, 0);
	assert_int_equal(desk_fate(&desk, files[0]), SEQUENCER_RELEASED_SECOND);
	assert_int_equal(desk_fate(&desk, files[1]), SEQUENCER_DROPPED_UNRELEASED);
	assert_int_equal(desk_fate(&desk, files[2]), SEQUENCER_RELEASED_SECOND);
	bundle = desk_open(&desk);
	assert_int_equal(bundle->tally.total, 2);
	assert_int_equal(bundle->tally.represented, 0);
	assert_int_equal(ring_count("Alder, enrolled"), 0);
	assert_int_equal(ring_count("The small ones"), 0);
	assert_int_equal(ring_count(DESK_ALL_ENROLLED), 2);
	desk_end(&desk);
}

/* Second proofs are erased where the ring was released. */
static void test_second_proof_unused(void **state)
{
	struct bytes files[4];

	(void)state;
	begin();
	for (uint32_t i = 0; i < 4; i++)
		files[i] = desk_sign(&desk, DESK_ALDER, i, 1, true);
	desk_run(&desk, NULL, 0, files, 3);
	desk_run(&desk, NULL, 0, files + 3, 1);
	desk_run(&desk, NULL, 0, NULL, 0);
	desk_run(&desk, NULL, 0, NULL, 0);
	assert_int_equal(desk_fate(&desk, files[3]), SEQUENCER_RELEASED);
	assert_int_equal(count().total, 4);
	assert_int_equal(ring_count(DESK_ALL_ENROLLED), 0);
	desk_end(&desk);
}

/* A class with one roster: its ring is that of all, which releases everything at the closing, but
 * not before. */
static void test_ring_of_all(void **state)
{
	struct bytes files[2];

	(void)state;
	begin();
	files[0] = desk_sign(&desk, DESK_KEYS, 0, 1, false);
	files[1] = desk_sign_all(&desk, DESK_CEDAR, 1, 1);
	desk_run(&desk, NULL, 0, files, 2);
	desk_run(&desk, NULL, 0, NULL, 0);
	desk_run(&desk, NULL, 0, NULL, 0);
	assert_int_equal(count().total, 0);
	desk_run(&desk, NULL, 0, NULL, 0);
	assert_int_equal(count().total, 2);
	assert_int_equal(count().raw_key, 1);
	assert_int_equal(count().represented, 1);
	assert_int_equal(desk_open(&desk)->tally.total, 2);
	desk_end(&desk);
}

/* Colluders fill a release: the rule holds by tags, not by statements, so one member cannot fill
 * it alone; hold-min less one of them can (that is said in the threat model). */
static void test_flood(void **state)
{
	struct bytes files[8];

	(void)state;
	begin();
	for (uint32_t i = 0; i < 6; i++)
		files[i] = desk_sign(&desk, DESK_ALDER, 0, 1, false);
	files[6] = desk_sign(&desk, DESK_ALDER, 0, 2, false);
	files[7] = desk_sign(&desk, DESK_ALDER, 1, 1, false);
	desk_run(&desk, NULL, 0, files, 8);
	assert_int_equal(count().total, 0);
	assert_int_equal(desk.n_held, 2);
	for (uint32_t i = 0; i < 6; i++)
		assert_int_equal(desk_fate(&desk, files[i]), SEQUENCER_DROPPED_SUPERSEDED);
	files[0] = desk_sign(&desk, DESK_ALDER, 2, 1, false);
	desk_run(&desk, NULL, 0, files, 1);
	assert_int_equal(count().total, 3);
	desk_end(&desk);
}

/* All distinct statements with the highest seq are kept; lower ones, and repetitions, are not. */
static void test_seq(void **state)
{
	struct bytes files[6];
	struct bytes same[2];

	(void)state;
	begin();
	for (uint32_t i = 0; i < 3; i++)
		files[i] = desk_sign(&desk, DESK_ALDER, i, 2, false);
	files[3] = desk_sign(&desk, DESK_ALDER, 0, 1, false);
	files[4] = desk_sign(&desk, DESK_ALDER, 0, 2, false); /* another proof */
	files[5] = files[1];
	desk_run(&desk, NULL, 0, files, 6);
	assert_int_equal(count().total, 3);
	assert_int_equal(desk.letter->n_statements, 4);
	assert_int_equal(desk.fates[3], SEQUENCER_DROPPED_SUPERSEDED);
	assert_int_equal(
		(desk.fates[1] == SEQUENCER_RELEASED) + (desk.fates[5] == SEQUENCER_RELEASED), 1);
	assert_int_equal((desk.fates[1] == SEQUENCER_DROPPED_REPEATED) +
				 (desk.fates[5] == SEQUENCER_DROPPED_REPEATED),
			 1);
	/* Of a logged tag: the same again, and a lower one. */
	same[0] = files[0];
	same[1] = files[3];
	desk_run(&desk, NULL, 0, same, 2);
	assert_int_equal(desk.fates[0], SEQUENCER_DROPPED_REPEATED);
	assert_int_equal(desk.fates[1], SEQUENCER_DROPPED_SUPERSEDED);
	/* A higher one is exempt from the hold. */
	same[0] = desk_sign(&desk, DESK_ALDER, 0, 3, false);
	desk_run(&desk, NULL, 0, same, 1);
	assert_int_equal(desk.fates[0], SEQUENCER_RELEASED);
	assert_int_equal(count().total, 3);
	/* But not in another ring, where the tag is new: there the closing releases it. */
	same[0] = desk_sign_all(&desk, DESK_ALDER, 0, 4);
	desk_run(&desk, NULL, 0, same, 1);
	assert_int_equal(desk.fates[0], SEQUENCER_RELEASED);
	assert_int_equal(ring_count("Alder, enrolled"), 2);
	assert_int_equal(ring_count(DESK_ALL_ENROLLED), 1);
	assert_int_equal(count().total, 3);
	desk_end(&desk);
}

/* A second ring is another ring: its hold is its own. */
static void test_two_rings(void **state)
{
	struct bytes files[4];

	(void)state;
	begin();
	for (uint32_t i = 0; i < 3; i++)
		files[i] = desk_sign(&desk, DESK_ALDER, i, 1, false);
	desk_run(&desk, NULL, 0, files, 3);
	files[0] = desk_sign_all(&desk, DESK_ALDER, 0, 1);
	desk_run(&desk, NULL, 0, files, 1);
	assert_int_equal(desk.fates[0], SEQUENCER_HELD);
	files[0] = desk_sign_all(&desk, DESK_CEDAR, 0, 1);
	files[1] = desk_sign_all(&desk, DESK_DOGWOOD, 0, 1);
	desk_run(&desk, NULL, 0, files, 2);
	assert_int_equal(desk.n_held, 0);
	/* One tag in two rings: once in the total, once in each row. */
	assert_int_equal(count().total, 5);
	assert_int_equal(ring_count("Alder, enrolled"), 3);
	assert_int_equal(ring_count(DESK_ALL_ENROLLED), 3);
	assert_int_equal(desk_open(&desk)->tally.total, 5);
	desk_end(&desk);
}

/* A withdrawal is released at once. What is still held goes with it, and stays unpublished. */
static void test_withdrawals(void **state)
{
	struct bytes files[4];
	struct bundle *bundle;

	(void)state;
	begin();
	for (uint32_t i = 0; i < 3; i++)
		files[i] = desk_sign(&desk, DESK_ALDER, i, 1, true);
	files[3] = desk_sign(&desk, DESK_BIRCH, 0, 1, true);
	desk_run(&desk, NULL, 0, files, 4);
	assert_int_equal(count().total, 3);
	files[0] = desk_withdraw(&desk, DESK_ALDER, 0, 2); /* of a published one */
	files[1] = desk_withdraw(&desk, DESK_BIRCH, 0, 1); /* of a held one, with its seq */
	files[2] = desk_withdraw_stranger(&desk, 1);
	desk_run(&desk, NULL, 0, files, 3);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(desk.fates[i],
				 i == 0 ? SEQUENCER_DROPPED_WITHDRAWN : SEQUENCER_RELEASED);
	assert_int_equal(count().total, 2);
	assert_int_equal(count().withdrawn, 1);
	/* Signing with the seq of a logged withdrawal is no use; with a higher one it is. */
	files[0] = desk_sign(&desk, DESK_ALDER, 0, 2, false);
	files[1] = desk_sign(&desk, DESK_ALDER, 1, 1, false);
	desk_run(&desk, NULL, 0, files, 1);
	assert_int_equal(desk.fates[0], SEQUENCER_DROPPED_WITHDRAWN);
	files[0] = desk_sign(&desk, DESK_ALDER, 0, 3, false);
	desk_run(&desk, NULL, 0, files, 1);
	bundle = desk_open(&desk);
	assert_int_equal(bundle->tally.total, 3);
	assert_int_equal(bundle->tally.withdrawn, 0);
	assert_int_equal(bundle->tally.n_growth, 3);
	assert_int_equal(bundle->tally.growth[0].total, 3);
	assert_int_equal(bundle->tally.growth[1].total, 2);
	assert_int_equal(bundle->tally.growth[2].total, 3);
	desk_end(&desk);
}

/* Before the opening files wait; after the closing nothing is taken. */
static void test_times(void **state)
{
	struct bytes files[3];
	struct bytes late;

	(void)state;
	desk_begin(&desk, 2);
	desk.opens = 2;
	desk.closes = 3;
	desk_add_usual(&desk);
	desk_publish(&desk);
	for (uint32_t i = 0; i < 3; i++)
		files[i] = desk_sign(&desk, DESK_ALDER, i, 1, false);
	late = desk_sign(&desk, DESK_ALDER, 3, 1, false);
	desk_run(&desk, NULL, 0, files, 3);
	assert_int_equal(desk.n_held, 3);
	assert_int_equal(count().total, 0);
	desk_run(&desk, NULL, 0, NULL, 0);
	assert_int_equal(count().total, 3);
	desk_run(&desk, NULL, 0, NULL, 0);
	desk_run(&desk, NULL, 0, &late, 1);
	assert_int_equal(desk.fates[0], SEQUENCER_DROPPED_CLOSED);
	assert_int_equal(desk_open(&desk)->tally.total, 3);
	desk_end(&desk);
}

/* An early closing takes effect in its epoch, remainder and all. */
static void test_early_close(void **state)
{
	struct bytes files[5];
	struct bytes close;

	(void)state;
	begin();
	for (uint32_t i = 0; i < 4; i++)
		files[i] = desk_sign(&desk, DESK_ALDER, i, 1, false);
	files[4] = desk_sign(&desk, DESK_BIRCH, 0, 1, true);
	desk_run(&desk, NULL, 0, files, 3);
	close = desk_record_close(&desk, 2);
	desk_run(&desk, &close, 1, files + 3, 2);
	assert_int_equal(count().total, 5);
	assert_int_equal(desk_fate(&desk, files[4]), SEQUENCER_RELEASED_SECOND);
	assert_int_equal(desk.letter->closing, 2);
	assert_int_equal(desk_open(&desk)->tally.total, 5);
	desk_end(&desk);
}

/* The rosters grow: who comes later signs in the next version; earlier rings stay valid. */
static void test_extension(void **state)
{
	struct bytes files[3];
	struct bytes records[3];
	struct bytes old;
	struct bundle *bundle;

	(void)state;
	begin();
	files[0] = desk_sign(&desk, DESK_ALDER, 0, 1, false);
	old = desk_sign(&desk, DESK_ALDER, 1, 1, false);
	desk_run(&desk, NULL, 0, files, 1);
	records[0] = desk_snapshot(&desk, DESK_ALDER, 20);
	records[1] = desk_snapshot(&desk, DESK_CEDAR, 11);
	records[2] = desk_record_extend(&desk, 1);
	desk_run(&desk, records, 3, NULL, 0);
	assert_int_equal(desk.rings->n_versions, 2);
	files[0] = desk_sign(&desk, DESK_ALDER, 18, 1, true);
	files[1] = old;
	desk_run(&desk, NULL, 0, files, 2);
	/* One in the new version's ring, two in the old one's: one ring for the hold. */
	bundle = desk_open(&desk);
	assert_int_equal(bundle->tally.total, 3);
	assert_int_equal(bundle->tally.rings[desk_ring(&desk, "Alder, enrolled")], 3);
	assert_int_equal(bundle->letter->n_notices, 0);
	assert_int_equal(bundle->rings->n_versions, 2);
	desk_end(&desk);
}

/* What comes out does not depend on the order of what comes in. */
static void test_order_of_input(void **state)
{
	struct bytes files[24];
	struct bytes first[40];
	size_t n_first = 0;
	size_t n = 0;

	(void)state;
	begin();
	desk.has_fake_proofs = true;
	for (uint32_t i = 0; i < 4; i++) {
		files[n++] = desk_sign(&desk, DESK_ALDER, i, 1 + i % 2, true);
		files[n++] = desk_sign(&desk, DESK_ALDER, i, 2, false);
		files[n++] = desk_sign_all(&desk, DESK_BIRCH, i, 1);
		files[n++] = desk_sign(&desk, DESK_CEDAR, i, 1, true);
	}
	files[n++] = desk_withdraw(&desk, DESK_CEDAR, 0, 1);
	files[n++] = desk_withdraw_stranger(&desk, 9);
	files[n++] = files[0];
	for (int round = 0; round < 30; round++) {
		size_t n_log = desk.n_log;
		uint64_t epoch = desk.epoch;

		desk_run(&desk, NULL, 0, files, n);
		if (round == 0) {
			n_first = desk.n_log - n_log;
			assert_true(n_first > 8 && n_first <= 40);
			memcpy(first, desk.log + n_log, n_first * sizeof first[0]);
		}
		assert_int_equal(desk.n_log - n_log, n_first);
		for (size_t i = 0; i < n_first; i++)
			assert_bytes_equal(desk.log[n_log + i], first[i]);
		/* Back again, and in another order. */
		desk.n_log = n_log;
		desk.epoch = epoch;
		desk.n_held = 0;
		for (size_t i = n - 1; i > 0; i--) {
			size_t j = test_random_below(&desk.random, i + 1);
			struct bytes swapped = files[i];

			files[i] = files[j];
			files[j] = swapped;
		}
	}
	desk_end(&desk);
}

static void assert_file_refused(struct bytes file, uint64_t epoch, const char *what)
{
	struct replay_letter *letter;
	struct problem problem = {0};

	assert_int_not_equal(sequencer_check_file(&letter, desk.replay, &desk_generators, file,
						  epoch, desk.arena, &problem),
			     UNDERSIGN_OK);
	assert_null(letter);
	if (!strstr(problem.what, what) && !strstr(problem.rule, what))
		fail_msg("not \"%s\", but %s: %s: %s", what, problem.where, problem.rule,
			 problem.what);
}

/* Files are checked before they are held. */
static void test_check_file(void **state)
{
	struct replay_letter *letter;
	struct problem problem = {0};
	struct bytes good, broken, second;
	struct desk *other = calloc(1, sizeof *other);
	struct bytes foreign;

	(void)state;
	assert_non_null(other);
	begin();
	good = desk_sign(&desk, DESK_ALDER, 0, 1, true);
	assert_int_equal(sequencer_check_file(&letter, desk.replay, &desk_generators, good, 1,
					      desk.arena, &problem),
			 UNDERSIGN_OK);
	assert_ptr_equal(letter, desk.letter);
	assert_int_equal(sequencer_check_file(&letter, desk.replay, &desk_generators,
					      desk_withdraw_stranger(&desk, 5), 4, desk.arena,
					      &problem),
			 UNDERSIGN_OK);
	assert_file_refused(good, 0, "Not open yet. Signing starts with epoch 1, 2031-01-02.");
	assert_file_refused(good, 5, "Closed since epoch 4, 2031-01-05.");
	/* Either proof. */
	for (int i = 0; i < 2; i++) {
		broken = arena_copy(desk.arena, good);
		((uint8_t *)(uintptr_t)broken.data)[i == 0 ? 400 : broken.len - 40] ^= 1;
		assert_file_refused(broken, 1, "the proof does not hold");
	}
	/* A second proof of another ring than that of all. */
	second = desk_file(
		&desk, desk_entry(&desk, DESK_ALDER, 0, 1, desk_ring(&desk, DESK_ALL_ENROLLED), 0),
		desk_entry(&desk, DESK_ALDER, 0, 1, desk_ring(&desk, "Alder, enrolled"), 0));
	assert_file_refused(second, 1, "ring of all");
	assert_file_refused(BYTES("undersigned statement v1\n"), 1, "");
	assert_file_refused((struct bytes){0}, 1, "");
	/* Another letter. */
	desk_begin(other, 77);
	desk_add_usual(other);
	desk_publish(other);
	foreign = desk_sign(other, DESK_ALDER, 0, 1, false);
	assert_file_refused(foreign, 1, "another letter");
	desk_end(other);
	free(other);
	desk_end(&desk);
}

/* Many at once: the first that does not hold is named, whether by its form or by its proof. */
static void test_check_files(void **state)
{
	struct problem problem = {0};
	struct bytes files[12];
	size_t bad;

	(void)state;
	begin();
	for (uint32_t i = 0; i < 12; i++)
		files[i] = i % 4 == 3 ? desk_withdraw(&desk, DESK_ALDER, i, 1)
				      : desk_sign(&desk, DESK_ALDER, i, 1, i % 2);
	assert_int_equal(sequencer_check_files(&bad, desk.replay, &desk_generators, files, 12, 1,
					       NULL, desk.arena, &problem),
			 UNDERSIGN_OK);
	assert_int_equal(bad, 12);
	assert_int_equal(sequencer_check_files(&bad, desk.replay, &desk_generators, NULL, 0, 1,
					       NULL, desk.arena, &problem),
			 UNDERSIGN_OK);
	for (size_t i = 0; i < 12; i++) {
		struct bytes good = files[i];
		struct bytes last = files[11];

		files[i] = arena_copy(desk.arena, good);
		((uint8_t *)(uintptr_t)files[i].data)[good.len - 40] ^= 1;
		if (i < 11)
			files[11] = BYTES("no statement");
		memset(&problem, 0, sizeof problem);
		assert_int_equal(sequencer_check_files(&bad, desk.replay, &desk_generators, files,
						       12, 1, NULL, desk.arena, &problem),
				 UNDERSIGN_E_INVALID);
		assert_int_equal(bad, i);
		assert_string_equal(problem.what, "the proof does not hold");
		files[i] = good;
		files[11] = last;
	}
	files[7] = BYTES("no statement");
	assert_int_not_equal(sequencer_check_files(&bad, desk.replay, &desk_generators, files, 12,
						   1, NULL, desk.arena, &problem),
			     UNDERSIGN_OK);
	assert_int_equal(bad, 7);
	desk_end(&desk);
}

/* Many at once: each has its verdict, and those that hold are not touched by the others. */
static void test_judge_files(void **state)
{
	enum { N = 300 };
	static struct problem problems[N];
	enum undersign_status statuses[N];
	struct bytes files[N], good[3];

	(void)state;
	begin();
	for (uint32_t i = 0; i < 3; i++)
		good[i] = i == 2 ? desk_withdraw(&desk, DESK_ALDER, i, 1)
				 : desk_sign(&desk, DESK_ALDER, i, 1, i);
	for (size_t i = 0; i < N; i++) {
		files[i] = good[i % 3];
		if (i % 7 == 0) {
			files[i] = arena_copy(desk.arena, good[i % 3]);
			((uint8_t *)(uintptr_t)files[i].data)[files[i].len - 40] ^= 1;
		} else if (i % 7 == 1) {
			files[i] = BYTES("no statement");
		}
	}
	assert_int_equal(sequencer_judge_files(statuses, problems, desk.replay, &desk_generators,
					       files, N, 1, NULL, desk.arena),
			 UNDERSIGN_OK);
	for (size_t i = 0; i < N; i++) {
		assert_int_equal(statuses[i], i % 7 == 0   ? UNDERSIGN_E_INVALID
					      : i % 7 == 1 ? UNDERSIGN_E_FORMAT
							   : UNDERSIGN_OK);
		assert_int_equal(problem_is_set(&problems[i]), i % 7 < 2);
		if (i % 7 == 0)
			assert_string_equal(problems[i].what, "the proof does not hold");
	}
	/* Without a place for the words. */
	assert_int_equal(sequencer_judge_files(statuses, NULL, desk.replay, &desk_generators, files,
					       8, 1, NULL, desk.arena),
			 UNDERSIGN_OK);
	assert_int_equal(statuses[0], UNDERSIGN_E_INVALID);
	assert_int_equal(statuses[2], UNDERSIGN_OK);
	desk_end(&desk);
}

static void assert_record_refused(struct bytes record, uint64_t epoch, const struct bytes *pending,
				  size_t n_pending, const char *text)
{
	struct replay_keys no_keys = {0};
	struct problem problem = {0};

	assert_int_not_equal(sequencer_check_record(desk.replay, record, epoch, pending, n_pending,
						    &no_keys, desk.arena, &problem),
			     UNDERSIGN_OK);
	if (!strstr(problem.what, text) && !strstr(problem.rule, text))
		fail_msg("not \"%s\", but %s: %s: %s", text, problem.where, problem.rule,
			 problem.what);
}

/* Records are checked before they are logged; those that pass are in desk_run. */
static void test_check_record(void **state)
{
	struct bytes close, extend, snapshot, record;
	struct note note;

	(void)state;
	begin();
	assert_record_refused(desk_record_open(&desk), 1, NULL, 0, "stands there already");
	record = desk_note(&desk, DESK_ORGANISER, BYTES("something else\n"));
	assert_record_refused(record, 1, NULL, 0, "a kind that is known");
	assert_record_refused(BYTES("no note\n"), 1, NULL, 0, "");
	assert_record_refused(desk_header(&desk, 1), 1, NULL, 0, "a signed note");
	assert_record_refused(desk_record_log(&desk), 1, NULL, 0, "stands there already");
	/* Not the organiser's. */
	close = desk_record_close(&desk, 3);
	assert_int_equal(note_parse(&note, close, NULL), UNDERSIGN_OK);
	record = desk_note(&desk, DESK_STRANGER, note.text);
	assert_record_refused(record, 1, NULL, 0, "");
	assert_record_refused(desk_record_close(&desk, 9), 1, NULL, 0, "closes with epoch 9");
	assert_record_refused(desk_record_close(&desk, 1), 2, NULL, 0, "closes with epoch 1");
	assert_record_refused(desk_record_close(&desk, 4), 1, &close, 1, "closed early once");
	assert_record_refused(close, 1, &close, 1, "waits for this epoch");
	/* An extension needs its records, and the points behind them. */
	snapshot = desk_snapshot(&desk, DESK_ALDER, 18);
	extend = desk_record_extend(&desk, 1);
	assert_record_refused(extend, 1, NULL, 0, "record stands in the log before");
	assert_record_refused(extend, 1, &snapshot, 1, "points file");
	assert_record_refused(desk_record_extend(&desk, 2), 1, &snapshot, 1, "consecutive");
	desk_run(&desk, &snapshot, 1, NULL, 0);
	desk_run(&desk, &extend, 1, NULL, 0);
	assert_int_equal(desk.rings->n_versions, 2);
	assert_record_refused(extend, 2, NULL, 0, "stands there already");
	desk_end(&desk);
}

/* Two letters in one log, over the same rosters: each is sequenced by its own rules. */
static void test_two_letters(void **state)
{
	struct desk *other = calloc(1, sizeof *other);
	struct bytes records[DESK_ROSTERS_MAX + 2];
	struct bytes given[9];
	struct sequencer_output out;
	struct problem problem = {0};
	size_t n_records = 0;

	(void)state;
	assert_non_null(other);
	begin();
	desk_begin(other, 1);
	other->text = "We ask for another thing.\n";
	other->hold_min = 5;
	other->closes = 2;
	desk_add_usual(other);
	desk_make_letter(other);
	records[n_records++] = desk_record_open(other);
	records[n_records++] = other->manifest_note;
	for (size_t i = 0; i < other->n_rosters; i++)
		records[n_records++] = other->rosters[i].notes[0];
	for (uint32_t i = 0; i < 4; i++) {
		given[i] = desk_sign(&desk, DESK_ALDER, i, 1, false);
		given[4 + i] = desk_sign(other, DESK_ALDER, i, 1, i > 0);
	}
	given[8] = desk_sign_all(other, DESK_BIRCH, 0, 1);
	for (uint64_t epoch = 1; epoch <= 2; epoch++) {
		struct note_key key = desk_key(DESK_LOG);
		struct replay_options options = {.log = &key};
		struct replay_letter *letters[2];
		struct replay *replay;
		struct sequencer_input input = {
			.epoch = {epoch, UINT64_C(1924992000) + 86400 * epoch},
			.records = records,
			.n_records = epoch == 1 ? n_records : 0,
			.files = given,
			.n_files = 9};

		assert_int_equal(replay_new(&replay, &options, desk.arena), UNDERSIGN_OK);
		assert_int_equal(replay_add_letter(replay, &letters[0], &desk.manifest,
						   desk.manifest_note, desk.rings, &problem),
				 UNDERSIGN_OK);
		assert_int_equal(replay_add_letter(replay, &letters[1], &other->manifest,
						   other->manifest_note, other->rings, &problem),
				 UNDERSIGN_OK);
		for (size_t i = 0; i < desk.n_log; i++)
			assert_int_equal(replay_entry(replay, desk.log[i], &problem), UNDERSIGN_OK);
		assert_int_equal(replay_end(replay, &problem), UNDERSIGN_OK);
		input.replay = replay;
		assert_int_equal(sequencer_run(&out, &input, desk.arena, &problem), UNDERSIGN_OK);
		for (size_t i = 0; i < out.n_entries; i++) {
			desk_append(&desk, out.entries[i]);
			assert_int_equal(replay_entry(replay, out.entries[i], &problem),
					 UNDERSIGN_OK);
		}
		assert_int_equal(replay_end(replay, &problem), UNDERSIGN_OK);
		/* The same records of rosters are not logged again. */
		for (size_t i = 0; i < input.n_records; i++)
			assert_int_equal(out.record_is_repeated[i], i >= 2);
		for (size_t i = 0; i < 4; i++) {
			assert_int_equal(out.fates[i], epoch == 1 ? SEQUENCER_RELEASED
								  : SEQUENCER_DROPPED_REPEATED);
			assert_int_equal(out.fates[4 + i], epoch == 1 ? SEQUENCER_HELD
							   : i > 0    ? SEQUENCER_RELEASED_SECOND
								   : SEQUENCER_DROPPED_UNRELEASED);
		}
		assert_int_equal(out.fates[8], epoch == 1 ? SEQUENCER_HELD : SEQUENCER_RELEASED);
	}
	/* One log, two bundles. */
	assert_int_equal(desk_open(&desk)->tally.total, 4);
	memcpy(other->log, desk.log, desk.n_log * sizeof desk.log[0]);
	other->n_log = desk.n_log;
	assert_int_equal(desk_open(other)->tally.total, 4);
	assert_int_equal(desk_open(other)->tally.represented, 0);
	desk_end(other);
	free(other);
	desk_end(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_second_proofs),
		cmocka_unit_test(test_second_proof_unused),
		cmocka_unit_test(test_ring_of_all),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_seq),
		cmocka_unit_test(test_two_rings),
		cmocka_unit_test(test_withdrawals),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_early_close),
		cmocka_unit_test(test_extension),
		cmocka_unit_test(test_order_of_input),
		cmocka_unit_test(test_two_letters),
		cmocka_unit_test(test_check_file),
		cmocka_unit_test(test_check_files),
		cmocka_unit_test(test_judge_files),
		cmocka_unit_test(test_check_record),
	};

	desk_begin_program();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
