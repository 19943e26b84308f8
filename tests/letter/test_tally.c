/* The tally (protocol 7, formats 6.3; attack M-15): by itself, against a count that follows the
 * text word by word, and over real logs. */
#include "desk.h"

enum { N_MAX = 60 };

static struct desk desk;
static struct test_random random_state;

static void begin(void)
{
	desk_begin(&desk, 11);
	desk_add_usual(&desk);
	desk_make_letter(&desk);
}

static struct tally_statement statement(uint8_t tag, uint32_t seq, uint32_t ring, uint8_t message,
					uint64_t epoch)
{
	struct tally_statement out = {
		.seq = seq, .ring = ring, .epoch = epoch, .action = MESSAGE_SIGN};

	memset(out.tag, tag, sizeof out.tag);
	memset(out.message, message, sizeof out.message);
	return out;
}

static struct tally_statement withdrawal(uint8_t tag, uint32_t seq, uint64_t epoch)
{
	struct tally_statement out = statement(tag, seq, TALLY_NO_RING, 0, epoch);

	out.action = MESSAGE_WITHDRAW;
	return out;
}

static struct tally count(const struct tally_statement *statements, size_t n)
{
	static const char *const names[] = {"Alder", "Birch", "Cedar", "Dogwood", "Alder"};
	struct bytes *organisations = ARENA_TAKE(desk.arena, struct bytes, 5);
	struct tally out;

	for (size_t i = 0; i < 5; i++)
		organisations[i] = BYTES(names[i]);
	assert_int_equal(
		tally_count(&out, &desk.manifest, organisations, statements, n, desk.arena),
		UNDERSIGN_OK);
	return out;
}

static void test_nothing(void **state)
{
	struct tally tally;

	(void)state;
	begin();
	tally = count(NULL, 0);
	assert_int_equal(tally.total + tally.withdrawn + tally.represented, 0);
	assert_int_equal(tally.n_growth, 0);
	/* Alder has two rosters. */
	assert_int_equal(tally.n_organisations, 4);
	assert_int_equal(tally.organisations[0].n_rosters, 2);
	assert_int_equal(tally.organisations[0].rosters[1], DESK_KEYS);
	desk_end(&desk);
}

static void test_cases(void **state)
{
	uint32_t alder, birch, group, all, keys;
	struct tally tally;

	(void)state;
	begin();
	alder = desk_ring(&desk, "Alder, enrolled");
	birch = desk_ring(&desk, "Birch, enrolled");
	group = desk_ring(&desk, "The small ones");
	all = desk_ring(&desk, DESK_ALL_ENROLLED);
	keys = desk_ring(&desk, "Alder, keys");
	const struct tally_statement statements[] = {
		/* 1: once, though it stands in two rings, twice in one of them */
		statement(1, 1, alder, 5, 1),
		statement(1, 1, all, 5, 2),
		statement(1, 1, alder, 5, 2),
		/* 2: an outsider's withdrawal is void */
		withdrawal(2, 9, 1),
		/* 3: withdrawn */
		statement(3, 1, birch, 5, 1),
		withdrawal(3, 2, 2),
		/* 4: a tie: the withdrawal wins */
		statement(4, 3, birch, 5, 1),
		withdrawal(4, 3, 1),
		/* 5: conflicting */
		statement(5, 2, group, 5, 1),
		statement(5, 2, all, 6, 1),
		/* 6: the conflict is superseded */
		statement(6, 1, group, 5, 1),
		statement(6, 1, group, 6, 1),
		statement(6, 2, group, 6, 3),
		/* 7: signed again after a withdrawal */
		statement(7, 1, keys, 5, 1),
		withdrawal(7, 2, 2),
		statement(7, 3, keys, 5, 3),
		/* 8: a withdrawal that is older says nothing */
		withdrawal(8, 1, 3),
		statement(8, 2, birch, 5, 1),
		/* 9: withdrawn, with the signature only in the past of a higher seq */
		statement(9, 1, alder, 5, 1),
		withdrawal(9, 7, 1),
		/* 10: two rings of one organisation: one row each, one for the organisation */
		statement(10, 1, alder, 5, 3),
		statement(10, 1, keys, 5, 3),
	};
	tally = count(statements, sizeof statements / sizeof statements[0]);
	assert_int_equal(tally.total, 5);
	assert_int_equal(tally.withdrawn, 4);
	assert_int_equal(tally.conflicting, 1);
	assert_int_equal(tally.rings[alder], 2);
	assert_int_equal(tally.rings[birch], 1);
	assert_int_equal(tally.rings[group], 1);
	assert_int_equal(tally.rings[all], 1);
	assert_int_equal(tally.rings[keys], 2);
	assert_int_equal(tally.enrolled, 4);
	assert_int_equal(tally.raw_key, 2);
	/* Alder: 1, 7 and 10; Birch: 8. */
	assert_int_equal(tally.organisations[0].signatures, 3);
	assert_int_equal(tally.organisations[1].signatures, 1);
	assert_int_equal(tally.represented, 2);
	assert_int_equal(tally.n_growth, 3);
	/* Epoch 1: 1, 3, 7, 8. Epoch 2: 3 and 7 go. Epoch 3: 6, 7 and 10 come. */
	assert_int_equal(tally.growth[0].total, 4);
	assert_int_equal(tally.growth[1].total, 2);
	assert_int_equal(tally.growth[1].removed, 2);
	assert_int_equal(tally.growth[2].total, 5);
	assert_int_equal(tally.growth[2].added, 3);
	for (uint8_t tag = 0; tag < 12; tag++) {
		static const enum tally_fate fates[] = {
			TALLY_UNKNOWN,   TALLY_COUNTS,    TALLY_VOID,   TALLY_WITHDRAWN,
			TALLY_WITHDRAWN, TALLY_WITHDRAWN, TALLY_COUNTS, TALLY_COUNTS,
			TALLY_COUNTS,    TALLY_WITHDRAWN, TALLY_COUNTS, TALLY_UNKNOWN};
		uint8_t bytes[POINT_BYTES];

		memset(bytes, tag, sizeof bytes);
		assert_int_equal(
			tally_of_tag(statements, sizeof statements / sizeof statements[0], bytes)
				.fate,
			fates[tag]);
	}
	desk_end(&desk);
}

/* Protocol 7, read aloud. */
static bool counts(const struct tally_statement *all, size_t n, uint8_t tag, uint64_t until,
		   bool *is_withdrawn)
{
	uint32_t highest = 0;
	bool has_signature = false;
	bool has_withdrawal = false;
	int message = -1;
	bool differs = false;

	for (size_t i = 0; i < n; i++) {
		if (all[i].tag[0] != tag || all[i].epoch > until)
			continue;
		if (all[i].action == MESSAGE_SIGN)
			has_signature = true;
		if (all[i].seq > highest)
			highest = all[i].seq;
	}
	*is_withdrawn = false;
	if (!has_signature)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (all[i].tag[0] != tag || all[i].epoch > until || all[i].seq != highest)
			continue;
		if (all[i].action == MESSAGE_WITHDRAW) {
			has_withdrawal = true;
			continue;
		}
		if (message >= 0 && message != all[i].message[0])
			differs = true;
		message = all[i].message[0];
	}
	*is_withdrawn = has_withdrawal || differs;
	return !*is_withdrawn;
}

static void assert_same(const struct tally *a, const struct tally *b)
{
	assert_int_equal(a->total, b->total);
	assert_int_equal(a->enrolled, b->enrolled);
	assert_int_equal(a->raw_key, b->raw_key);
	assert_int_equal(a->withdrawn, b->withdrawn);
	assert_int_equal(a->conflicting, b->conflicting);
	assert_int_equal(a->represented, b->represented);
	assert_memory_equal(a->rings, b->rings, a->n_rings * sizeof a->rings[0]);
	assert_int_equal(a->n_growth, b->n_growth);
	assert_memory_equal(a->growth, b->growth, a->n_growth * sizeof a->growth[0]);
}

/* Sets of statements at random: the count is the text's, and neither order nor repetition matters.
 */
static void test_random_sets(void **state)
{
	int rounds = test_is_full() ? 20000 : 400;

	(void)state;
	begin();
	for (int round = 0; round < rounds; round++) {
		struct tally_statement set[2 * N_MAX];
		size_t n = 1 + test_random_below(&random_state, N_MAX);
		struct tally tally;
		uint64_t total = 0;
		uint64_t withdrawn = 0;

		for (size_t i = 0; i < n; i++) {
			uint8_t tag = (uint8_t)(1 + test_random_below(&random_state, 8));
			uint32_t seq = (uint32_t)(1 + test_random_below(&random_state, 3));
			uint64_t epoch = 1 + test_random_below(&random_state, 4);
			uint32_t ring =
				(uint32_t)test_random_below(&random_state, desk.manifest.n_rings);

			if (test_random_below(&random_state, 3) == 0)
				set[i] = withdrawal(tag, seq, epoch);
			else
				set[i] =
					statement(tag, seq, ring,
						  (uint8_t)(test_random_below(&random_state, 5) == 0
								    ? seq + 10
								    : seq),
						  epoch);
		}
		tally = count(set, n);
		for (uint8_t tag = 1; tag <= 8; tag++) {
			bool is_withdrawn;

			total += counts(set, n, tag, UINT64_MAX, &is_withdrawn);
			withdrawn += is_withdrawn;
		}
		assert_int_equal(tally.total, total);
		assert_int_equal(tally.withdrawn, withdrawn);
		for (size_t g = 0; g < tally.n_growth; g++) {
			total = 0;
			for (uint8_t tag = 1; tag <= 8; tag++) {
				bool is_withdrawn;

				total += counts(set, n, tag, tally.growth[g].epoch, &is_withdrawn);
			}
			assert_int_equal(tally.growth[g].total, total);
		}
		/* Some twice, and all in another order. */
		size_t n_more = n;
		for (size_t i = 0; i < n; i++) {
			if (test_random_below(&random_state, 4) == 0)
				set[n_more++] = set[i];
		}
		for (size_t i = n_more - 1; i > 0; i--) {
			size_t j = test_random_below(&random_state, i + 1);
			struct tally_statement swapped = set[i];

			set[i] = set[j];
			set[j] = swapped;
		}
		struct tally again = count(set, n_more);
		assert_same(&tally, &again);
	}
	desk_end(&desk);
}

/* M-15 over a real log: withdrawals by outsiders change nothing; whoever signs in two rosters with
 * one secret counts once. */
static void test_log(void **state)
{
	struct bytes files[8];
	struct bundle *bundle;

	(void)state;
	desk_begin(&desk, 12);
	desk_add_usual(&desk);
	desk_share(&desk, DESK_BIRCH, 0, DESK_ALDER, 0);
	desk_publish(&desk);
	for (uint32_t i = 0; i < 3; i++) {
		files[i] = desk_sign(&desk, DESK_ALDER, i, 1, false);
		files[3 + i] = desk_sign(&desk, DESK_BIRCH, i, 1, false);
	}
	files[6] = desk_withdraw_stranger(&desk, 1);
	files[7] = desk_withdraw_stranger(&desk, 1);
	desk_run(&desk, NULL, 0, files, 8);
	bundle = desk_open(&desk);
	assert_int_equal(bundle->tally.total, 5);
	assert_int_equal(bundle->tally.withdrawn, 0);
	assert_int_equal(bundle->tally.rings[desk_ring(&desk, "Alder, enrolled")], 3);
	assert_int_equal(bundle->tally.rings[desk_ring(&desk, "Birch, enrolled")], 3);
	assert_int_equal(bundle->tally.represented, 2);
	assert_int_equal(bundle->letter->n_statements, 8);
	/* He withdraws, and is out of both. */
	files[0] = desk_withdraw(&desk, DESK_BIRCH, 0, 2);
	desk_run(&desk, NULL, 0, files, 1);
	bundle = desk_open(&desk);
	assert_int_equal(bundle->tally.total, 4);
	assert_int_equal(bundle->tally.withdrawn, 1);
	assert_int_equal(bundle->tally.rings[desk_ring(&desk, "Alder, enrolled")], 2);
	assert_int_equal(bundle->tally.rings[desk_ring(&desk, "Birch, enrolled")], 2);
	assert_int_equal(bundle->as_of.epoch, 2);
	assert_int_equal(bundle->as_of.log_size, desk.n_log);
	desk_end(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_random_sets),
		cmocka_unit_test(test_log),
	};

	desk_begin_program();
	random_state = test_random_new();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
