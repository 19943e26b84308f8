/* Small cells (P-9): from what is published no count below hold-min follows, the two releases of
 * the closing excepted. Proofs have the right length and nothing else: only their number, rings and
 * epochs are looked at here, as a reader of the log would. */
#include "desk.h"

static struct desk desk;
static struct test_random random_state;

/* What a reader of the log sees: new tags of each ring in each epoch. */
enum { EPOCHS = 6, RINGS = 16 };
struct seen {
	uint32_t new_tags[EPOCHS][RINGS];
};

static void look(struct seen *out)
{
	const struct replay_letter *letter = desk.letter;

	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < letter->n_statements; i++) {
		const struct tally_statement *statement = &letter->statements[i];
		bool is_new = statement->action == MESSAGE_SIGN;

		for (size_t j = 0; j < i && is_new; j++)
			is_new =
				letter->statements[j].ring != statement->ring ||
				memcmp(letter->statements[j].tag, statement->tag, POINT_BYTES) != 0;
		if (is_new)
			out->new_tags[statement->epoch][statement->ring]++;
	}
}

static void assert_releases(const struct seen *seen)
{
	for (uint32_t ring = 0; ring < desk.manifest.n_rings; ring++) {
		uint32_t before = 0;

		for (uint64_t epoch = 0; epoch < EPOCHS; epoch++) {
			uint32_t n = seen->new_tags[epoch][ring];
			bool is_remainder =
				epoch == desk.closes &&
				(before > 0 || manifest_ring_is_of_all(&desk.manifest, ring));

			assert_true(n == 0 || n >= desk.hold_min || is_remainder);
			before += n;
		}
	}
}

/* Letters over rosters of any size, signed by any number, in any order. */
static void test_any_letter(void **state)
{
	int rounds = test_is_full() ? 1000 : 25;

	(void)state;
	for (int round = 0; round < rounds; round++) {
		static const char *const names[] = {"One", "Two", "Three", "Four", "Five"};
		struct bytes given[4][160];
		size_t n_given[4] = {0};
		uint32_t grouped = 0;
		struct seen seen;

		desk_begin(&desk, test_random_u64(&random_state) >> 32);
		desk.has_fake_proofs = true;
		desk.hold_min = 3 + test_random_below(&random_state, 3);
		for (size_t i = 0; i < 5; i++) {
			uint32_t n = (uint32_t)(1 + test_random_below(&random_state, 40));
			struct desk_roster *roster =
				desk_add(&desk, names[i], names[i], ROSTER_ENROLLED, n, 0);

			roster->is_in_group = n < 16;
			grouped += n < 16 ? n : 0;
		}
		for (size_t i = 0; i < 5; i++) {
			if (grouped < 32)
				desk.rosters[i].is_in_group = false;
		}
		desk_publish(&desk);
		for (size_t i = 0; i < 5; i++) {
			const struct desk_roster *roster = &desk.rosters[i];
			size_t own = manifest_ring_of_roster(&desk.manifest, i);
			size_t chance = 1 + test_random_below(&random_state, 12);

			for (uint32_t m = 0; m < roster->n; m++) {
				size_t epoch = test_random_below(&random_state, 4);
				uint32_t seq = (uint32_t)(1 + test_random_below(&random_state, 2));
				bool has_own = own < desk.manifest.n_rings &&
					       test_random_below(&random_state, 5) > 0;

				if (test_random_below(&random_state, 12) > chance)
					continue;
				given[epoch][n_given[epoch]++] =
					has_own ? desk_sign(&desk, i, m, seq,
							    test_random_below(&random_state, 2))
						: desk_sign_all(&desk, i, m, seq);
				if (test_random_below(&random_state, 6) == 0)
					given[epoch][n_given[epoch]++] =
						desk_withdraw(&desk, i, m, 2);
			}
		}
		for (size_t epoch = 0; epoch < 4; epoch++)
			desk_run(&desk, NULL, 0, given[epoch], n_given[epoch]);
		assert_int_equal(desk.n_held, 0);
		look(&seen);
		assert_releases(&seen);
		desk_end(&desk);
	}
}

/* What is held leaves no trace before the closing: the logs with and without are the same, byte for
 * byte. */
static void test_held_is_invisible(void **state)
{
	struct bytes given[8];
	struct bytes log[64];
	size_t begin, n = 0;

	(void)state;
	desk_begin(&desk, 41);
	desk.has_fake_proofs = true;
	desk_add_usual(&desk);
	desk_publish(&desk);
	begin = desk.n_log;
	for (uint32_t i = 0; i < 4; i++)
		given[i] = desk_sign(&desk, DESK_ALDER, i, 1, true);
	given[4] = desk_sign(&desk, DESK_BIRCH, 0, 1, true);
	given[5] = desk_sign(&desk, DESK_CEDAR, 0, 1, true);
	given[6] = desk_sign(&desk, DESK_DOGWOOD, 0, 1, false);
	given[7] = desk_sign(&desk, DESK_KEYS, 0, 1, false);
	for (int with = 0; with < 2; with++) {
		desk_run(&desk, NULL, 0, given, with ? 8 : 4);
		desk_run(&desk, NULL, 0, NULL, 0);
		desk_run(&desk, NULL, 0, NULL, 0);
		if (!with) {
			n = desk.n_log - begin;
			assert_true(n <= 64);
			memcpy(log, desk.log + begin, n * sizeof log[0]);
			desk.n_log = begin;
			desk.epoch = 1;
			desk.n_held = 0;
		}
	}
	assert_int_equal(desk.n_log - begin, n);
	for (size_t i = 0; i < n; i++)
		assert_bytes_equal(desk.log[begin + i], log[i]);
	/* The control: at the closing it comes to light, under no ring of its own. */
	desk_run(&desk, NULL, 0, NULL, 0);
	assert_int_equal(desk.n_log - begin, n + 1 + 3);
	for (const char *const *name =
		     (const char *const[]){"Birch, enrolled", "The small ones", NULL};
	     *name; name++) {
		const struct rings_ring *ring = rings_last(desk.rings, desk_ring(&desk, *name));

		for (size_t i = begin; i < desk.n_log; i++) {
			struct bytes entry = desk.log[i];

			for (size_t at = 0; at + HASH_BYTES <= entry.len; at++)
				assert_memory_not_equal(entry.data + at, ring->ring.id, HASH_BYTES);
		}
	}
	desk_end(&desk);
}

/* Who of a group has signed makes no difference to what is seen. */
static void test_group_hides(void **state)
{
	struct seen first;

	(void)state;
	for (uint32_t from_cedar = 0; from_cedar <= 5; from_cedar++) {
		struct bytes given[5];
		struct seen seen;

		desk_begin(&desk, 42);
		desk.has_fake_proofs = true;
		desk_add_usual(&desk);
		desk_publish(&desk);
		for (uint32_t i = 0; i < 5; i++)
			given[i] = desk_sign(&desk, i < from_cedar ? DESK_CEDAR : DESK_DOGWOOD, i,
					     1, true);
		desk_run(&desk, NULL, 0, given, 4);
		desk_run(&desk, NULL, 0, given + 4, 1);
		desk_run(&desk, NULL, 0, NULL, 0);
		desk_run(&desk, NULL, 0, NULL, 0);
		look(&seen);
		assert_releases(&seen);
		assert_int_equal(seen.new_tags[1][desk_ring(&desk, "The small ones")], 4);
		assert_int_equal(seen.new_tags[4][desk_ring(&desk, "The small ones")], 1);
		if (from_cedar == 0)
			first = seen;
		assert_memory_equal(&first, &seen, sizeof seen);
		desk_end(&desk);
	}
}

/* A solver: of three organisations of 0 to 4 signers each, all 125 cases are run. For all that is
 * seen, it knows which cases lead to it, and so what each organisation may have had. */
enum { MOST = 5, CASES = MOST * MOST * MOST };

/* How many counts of organisation o fit what is seen of case a until an epoch. */
static size_t n_possible(const struct seen *all, uint64_t until, size_t a, size_t o)
{
	static const size_t weights[3] = {1, MOST, MOST * MOST};
	bool possible[MOST] = {false};
	size_t n = 0;

	for (size_t b = 0; b < CASES; b++) {
		if (memcmp(all[a].new_tags, all[b].new_tags,
			   (until + 1) * sizeof all[a].new_tags[0]) == 0)
			possible[b / weights[o] % MOST] = true;
	}
	for (size_t count = 0; count < MOST; count++)
		n += possible[count];
	return n;
}

static void assert_unknown(const struct seen *all, uint64_t until, bool is_closed)
{
	for (size_t a = 0; a < CASES; a++) {
		size_t counts[3] = {a % MOST, a / MOST % MOST, a / MOST / MOST};
		size_t n_unreleased = 0;
		size_t total_unreleased = 0;

		for (size_t o = 0; o < 3; o++) {
			n_unreleased += counts[o] < 3;
			total_unreleased += counts[o] < 3 ? counts[o] : 0;
		}
		for (size_t o = 0; o < 3; o++) {
			size_t n = n_possible(all, until, a, o);

			if (counts[o] >= 3)
				assert_int_equal(n, 1);
			else if (!is_closed)
				assert_int_equal(n, 3);
			else if (n_unreleased > 1 && total_unreleased > 0 &&
				 total_unreleased < 2 * n_unreleased)
				assert_true(n > 1);
		}
	}
}

static void test_solver(void **state)
{
	struct seen *all = calloc(CASES, sizeof *all);
	struct bytes files[3][MOST];
	size_t begin;

	(void)state;
	assert_non_null(all);
	desk_begin(&desk, 43);
	desk.has_fake_proofs = true;
	desk.closes = 2;
	for (size_t o = 0; o < 3; o++) {
		static const char *const names[] = {"One", "Two", "Three"};

		desk_add(&desk, names[o], names[o], ROSTER_ENROLLED, 16, 0);
	}
	desk_publish(&desk);
	begin = desk.n_log;
	for (size_t o = 0; o < 3; o++) {
		for (uint32_t m = 0; m < MOST; m++)
			files[o][m] = desk_sign(&desk, o, m, 1, true);
	}
	for (size_t a = 0; a < CASES; a++) {
		struct bytes given[3 * MOST];
		size_t counts[3] = {a % MOST, a / MOST % MOST, a / MOST / MOST};
		size_t n = 0;

		for (size_t o = 0; o < 3; o++) {
			for (size_t m = 0; m < counts[o]; m++)
				given[n++] = files[o][m];
		}
		desk.n_log = begin;
		desk.epoch = 1;
		desk.n_held = 0;
		desk_run(&desk, NULL, 0, given, n);
		desk_run(&desk, NULL, 0, NULL, 0);
		look(&all[a]);
		assert_releases(&all[a]);
	}
	assert_unknown(all, 1, false);
	assert_unknown(all, 2, true);
	/* The control: without a hold the solver knows everything. */
	memset(all, 0, CASES * sizeof *all);
	for (size_t a = 0; a < CASES; a++) {
		all[a].new_tags[1][0] = (uint32_t)(a % MOST);
		all[a].new_tags[1][1] = (uint32_t)(a / MOST % MOST);
		all[a].new_tags[1][2] = (uint32_t)(a / MOST / MOST);
	}
	for (size_t o = 0; o < 3; o++)
		assert_int_equal(n_possible(all, 1, CASES / 2, o), 1);
	free(all);
	desk_end(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_letter),
		cmocka_unit_test(test_held_is_invisible),
		cmocka_unit_test(test_group_hides),
		cmocka_unit_test(test_solver),
	};

	desk_begin_program();
	random_state = test_random_new();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
