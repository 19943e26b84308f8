/* Polls in the log: sealed until they close, then sums of hold-min answers or more (protocol 14.5,
 * doc/formats.md 11), and what must be refused. Real proofs throughout. */
#include "desk_poll.h"

#include "sequencer_poll.h"

static struct desk desk;
static struct desk_poll poll;

static void begin(uint64_t quorum)
{
	desk_begin(&desk, 1);
	desk_add_usual(&desk);
	desk_poll_begin(&poll, &desk, quorum);
	desk_poll_publish(&poll, &desk);
}

/* Until an epoch after the closing stands in the log. */
static void pass_closing(void)
{
	while (desk.epoch <= desk.closes + 1)
		desk_run(&desk, NULL, 0, NULL, 0);
}

static void close_and_open(unsigned first, unsigned second)
{
	struct bytes shares[2];

	pass_closing();
	shares[0] = desk_share_record(&desk, &poll, first, false);
	shares[1] = desk_share_record(&desk, &poll, second, false);
	desk_run(&desk, shares, 2, NULL, 0);
}

static const struct poll_group *group_of(const struct poll_count *count, const char *ring)
{
	for (size_t g = 0; g < count->n_groups; g++)
		if (count->groups[g].ring == desk_ring(&desk, ring))
			return &count->groups[g];
	return NULL;
}

/* Six answers of Alder, four of Birch, one changed; trustees 1 and 3. */
static void test_whole(void **state)
{
	struct bytes files[10], again;
	struct poll_count count;
	struct bundle *bundle;
	const struct poll_group *alder, *birch;

	(void)state;
	begin(8);
	for (uint32_t i = 0; i < 6; i++)
		files[i] = desk_answer(&desk, DESK_ALDER, i, 1, i % 2, false);
	for (uint32_t i = 0; i < 4; i++)
		files[6 + i] = desk_answer(&desk, DESK_BIRCH, i, 1, 3, false);
	desk_run(&desk, NULL, 0, files, 10);
	count = desk_poll_count(&desk);
	assert_int_equal(count.state, POLL_SEALED);
	assert_int_equal(count.answers, 10);
	assert_int_equal(count.n_groups, 0);
	/* The last answer before the close counts. */
	again = desk_answer(&desk, DESK_ALDER, 0, 2, 2, false);
	desk_run(&desk, NULL, 0, &again, 1);
	pass_closing();
	count = desk_poll_count(&desk);
	assert_int_equal(count.state, POLL_CLOSED);
	assert_int_equal(count.n_groups, 2);
	assert_int_equal(count.n_given, 0);
	close_and_open(3, 1);
	count = desk_poll_count(&desk);
	assert_int_equal(count.state, POLL_OPENED);
	assert_int_equal(count.n_given, 2);
	assert_true(count.has_quorum);
	assert_int_equal(count.withheld, 0);
	alder = group_of(&count, "Alder, enrolled");
	birch = group_of(&count, "Birch, enrolled");
	assert_int_equal(alder->answers, 6);
	assert_int_equal(birch->answers, 4);
	const uint64_t of_alder[7] = {2, 3, 1, 0, 3, 2, 0};
	const uint64_t of_birch[7] = {0, 0, 0, 4, 2, 2, 0};
	for (size_t o = 0; o < 7; o++) {
		assert_int_equal(alder->counts[o], of_alder[o]);
		assert_int_equal(birch->counts[o], of_birch[o]);
		assert_int_equal(count.totals[o], of_alder[o] + of_birch[o]);
	}
	bundle = desk_open(&desk);
	assert_int_equal(bundle->tally.total, 10);
	assert_int_equal(bundle->poll.state, POLL_OPENED);
	assert_int_equal(bundle->poll.totals[3], 4);
	desk_end(&desk);
}

/* a ring that had three and lost one has no sum of its own; its two go to the ring of all,
 * and as these are fewer than three, the ring with the fewest answers goes with them. */
static void test_small_groups(void **state)
{
	struct bytes files[7], withdrawal;
	struct poll_count count;

	(void)state;
	begin(0);
	for (uint32_t i = 0; i < 3; i++)
		files[i] = desk_answer(&desk, DESK_ALDER, i, 1, 0, false);
	for (uint32_t i = 0; i < 4; i++)
		files[3 + i] = desk_answer(&desk, DESK_BIRCH, i, 1, 1, false);
	desk_run(&desk, NULL, 0, files, 7);
	withdrawal = desk_withdraw(&desk, DESK_ALDER, 1, 2);
	desk_run(&desk, NULL, 0, &withdrawal, 1);
	close_and_open(1, 2);
	count = desk_poll_count(&desk);
	assert_int_equal(count.state, POLL_OPENED);
	assert_int_equal(count.answers, 6);
	assert_int_equal(count.n_groups, 1);
	assert_null(group_of(&count, "Alder, enrolled"));
	assert_null(group_of(&count, "Birch, enrolled"));
	assert_int_equal(group_of(&count, DESK_ALL_ENROLLED)->answers, 6);
	assert_int_equal(group_of(&count, DESK_ALL_ENROLLED)->n_rings, 2);
	assert_int_equal(count.totals[0], 2);
	assert_int_equal(count.totals[1], 4);
	desk_end(&desk);
}

/* A class that has fewer than hold-min in all is not opened: a withdrawal left two. */
static void test_withheld(void **state)
{
	struct bytes files[3], withdrawal;
	struct poll_count count;

	(void)state;
	begin(0);
	for (uint32_t i = 0; i < 3; i++)
		files[i] = desk_answer(&desk, DESK_KEYS, i, 1, 0, false);
	desk_run(&desk, NULL, 0, files, 3);
	withdrawal = desk_withdraw(&desk, DESK_KEYS, 2, 2);
	desk_run(&desk, NULL, 0, &withdrawal, 1);
	pass_closing();
	count = desk_poll_count(&desk);
	assert_int_equal(count.state, POLL_CLOSED);
	assert_int_equal(count.answers, 2);
	assert_int_equal(count.withheld, 2);
	assert_int_equal(count.n_groups, 0);
	desk_end(&desk);
}

/* one member in two rings with one tag is in one sum, so that no difference tells. */
static void test_two_rings(void **state)
{
	struct bytes files[7];
	struct poll_count count;

	(void)state;
	desk_begin(&desk, 1);
	desk_add_usual(&desk);
	desk_share(&desk, DESK_BIRCH, 0, DESK_ALDER, 0);
	desk_poll_begin(&poll, &desk, 0);
	desk_poll_publish(&poll, &desk);
	for (uint32_t i = 1; i < 4; i++) {
		files[i - 1] = desk_answer(&desk, DESK_ALDER, i, 1, 0, false);
		files[i + 2] = desk_answer(&desk, DESK_BIRCH, i, 1, 0, false);
	}
	/* The same answer, over the other ring too. */
	desk_choose(&desk, 2, 0);
	files[6] = desk_sign(&desk, DESK_ALDER, 0, 1, false);
	desk_run(&desk, NULL, 0, files, 7);
	files[0] = desk_sign(&desk, DESK_BIRCH, 0, 1, false);
	desk_run(&desk, NULL, 0, files, 1);
	close_and_open(2, 3);
	count = desk_poll_count(&desk);
	assert_int_equal(count.answers, 7);
	assert_int_equal(group_of(&count, "Alder, enrolled")->answers, 4);
	assert_int_equal(group_of(&count, "Birch, enrolled")->answers, 3);
	assert_int_equal(count.totals[2], 1);
	desk_end(&desk);
}

/* a malicious desk lets a checkpoint end within the closing's epoch, has the sums of what
 * stands there opened, and goes on with one answer more: one log, every checkpoint consistent with
 * the one before, so that no witness sees anything. There are no sums before the next epoch's
 * header, after which nothing can be added. */
static void test_half_epoch(void **state)
{
	struct bytes entries[7];
	struct problem problem = {0};
	struct poll_count before, after;
	size_t first;

	(void)state;
	begin(0);
	while (desk.epoch < desk.closes)
		desk_run(&desk, NULL, 0, NULL, 0);
	desk_append(&desk, desk_header(&desk, desk.epoch));
	first = desk.n_log;
	for (uint32_t i = 0; i < 7; i++) {
		desk_choose(&desk, i % 4, 0);
		entries[i] = desk_entry(&desk, DESK_ALDER, i, 1,
					desk_ring(&desk, "Alder, enrolled"), UINT32_MAX);
		desk_append(&desk, entries[i]);
	}
	desk_order(&desk, first, desk.epoch);
	desk.n_log--; /* the last one is kept back */
	before = desk_poll_count(&desk);
	assert_int_equal(before.answers, 6);
	desk.n_log++;
	after = desk_poll_count(&desk);
	assert_int_equal(after.answers, 7);
	/* Two sums that differ by one answer: none may be opened. */
	assert_int_equal(before.state, POLL_SEALED);
	assert_int_equal(before.n_groups, 0);
	assert_int_equal(after.state, POLL_SEALED);
	assert_int_equal(after.n_groups, 0);
	/* The control: with the next header they are there, and no answer fits behind it. */
	desk_append(&desk, desk_header(&desk, ++desk.epoch));
	after = desk_poll_count(&desk);
	assert_int_equal(after.state, POLL_CLOSED);
	assert_int_equal(after.groups[0].answers, 7);
	desk_append(&desk, desk_entry(&desk, DESK_ALDER, 8, 1, desk_ring(&desk, "Alder, enrolled"),
				      UINT32_MAX));
	assert_int_equal(desk_replay(&desk, true, &problem), UNDERSIGN_E_INVALID);
	desk_end(&desk);
}

/* The share must be refused by the desk, and named where it stands in the log all the same. */
static void test_false_share(void **state)
{
	struct replay_keys no_keys = {0};
	struct problem problem = {0};
	struct bytes files[3], share;
	struct poll_count count;

	(void)state;
	begin(0);
	for (uint32_t i = 0; i < 3; i++)
		files[i] = desk_answer(&desk, DESK_ALDER, i, 1, 0, false);
	desk_run(&desk, NULL, 0, files, 3);
	pass_closing();
	share = desk_share_record(&desk, &poll, 2, true);
	assert_int_equal(sequencer_check_record(desk.replay, share, desk.epoch, NULL, 0, &no_keys,
						desk.arena, &problem),
			 UNDERSIGN_E_INVALID);
	assert_string_equal(problem.where, "trustee 2");
	desk_append(&desk, desk_header(&desk, desk.epoch++));
	desk_append(&desk, share);
	count = desk_poll_count(&desk);
	assert_true(count.has_lied[1]);
	assert_int_equal(count.n_given, 0);
	assert_int_equal(count.state, POLL_CLOSED);
	close_and_open(1, 3);
	count = desk_poll_count(&desk);
	assert_int_equal(count.state, POLL_OPENED);
	assert_int_equal(count.totals[0], 3);
	assert_true(count.has_lied[1]);
	desk_end(&desk);
}

/* Q-11, and answers that are none. */
static void test_refused(void **state)
{
	struct bytes files[4], late, mixed;
	struct problem problem = {0};
	struct replay_letter *letter;
	struct statement statement;
	uint8_t *bent;

	(void)state;
	begin(0);
	for (uint32_t i = 0; i < 4; i++)
		files[i] = desk_answer(&desk, DESK_ALDER, i, 1, 0, false);
	late = files[3];
	assert_int_equal(sequencer_check_file(&letter, desk.replay, &desk_generators, files[3],
					      desk.epoch, desk.arena, &problem),
			 UNDERSIGN_OK);
	/* A proof of the answer changed; the membership proof, which covers C alone, still holds.
	 */
	bent = arena_take(desk.arena, 1, late.len);
	memcpy(bent, late.data, late.len);
	bent[late.len - 1] ^= 1;
	assert_int_equal(sequencer_check_file(&letter, desk.replay, &desk_generators,
					      bytes_from(bent, late.len), desk.epoch, desk.arena,
					      &problem),
			 UNDERSIGN_E_INVALID);
	/* Two proofs of different answers in one file. */
	desk_choose(&desk, 1, 0);
	mixed = desk_entry(&desk, DESK_ALDER, 3, 1, desk_ring(&desk, DESK_ALL_ENROLLED),
			   UINT32_MAX);
	assert_int_equal(statement_parse(&statement, mixed, NULL), UNDERSIGN_OK);
	desk_choose(&desk, 2, 0);
	mixed = desk_file(&desk,
			  desk_entry(&desk, DESK_ALDER, 3, 1, desk_ring(&desk, "Alder, enrolled"),
				     UINT32_MAX),
			  mixed);
	assert_int_equal(sequencer_check_file(&letter, desk.replay, &desk_generators, mixed,
					      desk.epoch, desk.arena, &problem),
			 UNDERSIGN_E_INVALID);
	assert_string_equal(problem.rule, "the second proof is of the same answer");
	/* Two answers with one seq cancel each other. */
	desk_run(&desk, NULL, 0, files, 3);
	assert_int_equal(desk_poll_count(&desk).answers, 3);
	files[0] = desk_answer(&desk, DESK_ALDER, 0, 1, 3, false);
	desk_run(&desk, NULL, 0, files, 1);
	assert_int_equal(desk_poll_count(&desk).answers, 2);
	/* After the closing. */
	while (desk.epoch <= desk.closes)
		desk_run(&desk, NULL, 0, NULL, 0);
	assert_int_equal(sequencer_check_file(&letter, desk.replay, &desk_generators, late,
					      desk.epoch, desk.arena, &problem),
			 UNDERSIGN_E_INVALID);
	assert_int_equal(desk_replay(&desk, true, &problem), UNDERSIGN_OK);
	desk_append(&desk, desk_header(&desk, desk.epoch));
	desk_append(&desk, desk_entry(&desk, DESK_ALDER, 3, 1, desk_ring(&desk, "Alder, enrolled"),
				      UINT32_MAX));
	assert_int_equal(desk_replay(&desk, true, &problem), UNDERSIGN_E_INVALID);
	desk_end(&desk);
}

/* A file with one bit of its last byte, which is the answer's own, or of its first proof changed.
 */
static struct bytes bend(struct bytes file, bool is_answer)
{
	uint8_t *bent = arena_take(desk.arena, 1, file.len);

	memcpy(bent, file.data, file.len);
	bent[is_answer ? file.len - 1 : 300] ^= 1;
	return bytes_from(bent, file.len);
}

/* Many files at once: each has its own verdict, wherever the bad ones stand; the control is the
 * same files, whole. */
static void test_judged_together(void **state)
{
	static const uint8_t fresh[32] = {7};
	enum { N = 14, withdrawal = 12 };
	struct bytes files[N];
	enum undersign_status statuses[N];

	(void)state;
	begin(0);
	for (uint32_t i = 0; i < 6; i++) {
		files[i] = desk_answer(&desk, DESK_ALDER, i, 1, i % 4, i % 2 == 0);
		files[6 + i] = desk_answer(&desk, DESK_BIRCH, i, 1, 1, false);
	}
	files[withdrawal] = desk_withdraw(&desk, DESK_ALDER, 5, 2);
	files[13] = desk_answer(&desk, DESK_KEYS, 3, 1, 2, false);
	for (unsigned round = 0; round < 6; round++) {
		struct problem problems[N] = {0};
		struct bytes given[N];
		bool is_bad[N] = {false};

		memcpy(given, files, sizeof given);
		for (size_t i = 0; i < N && round > 0; i++) {
			is_bad[i] = i != withdrawal && test_random_below(&desk.random, 6) < round;
			if (is_bad[i])
				given[i] = bend(given[i], test_random_below(&desk.random, 2) == 0);
		}
		assert_int_equal(sequencer_judge_files(statuses, problems, desk.replay,
						       &desk_generators, given, N, desk.epoch,
						       round % 2 ? fresh : NULL, desk.arena),
				 UNDERSIGN_OK);
		for (size_t i = 0; i < N; i++) {
			assert_int_equal(statuses[i],
					 is_bad[i] ? UNDERSIGN_E_INVALID : UNDERSIGN_OK);
			if (is_bad[i])
				assert_string_equal(problems[i].what, "the proof does not hold");
		}
	}
	desk_end(&desk);
}

/* Answers of two polls among each other: each is checked as one of its own. */
static void test_judged_by_poll(void **state)
{
	enum { N = 6 };
	struct sequencer_answer answers[N];
	struct statement statements[N];
	struct replay_letter other;
	struct replay_poll other_poll;
	uint8_t other_scope[SCOPE_BYTES];
	bool verdicts[N];
	void *scratch = NULL;
	size_t scratch_len = 0;

	(void)state;
	begin(0);
	other = *desk.letter;
	other_poll = *other.poll;
	other.poll = &other_poll;
	memcpy(other_scope, other_poll.about.scope, sizeof other_scope);
	other_scope[0] ^= 1;
	for (unsigned round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < N; i++) {
			const struct bytes entry =
				desk_answer(&desk, DESK_ALDER, i, 1, i % 4, false);
			struct statement_file file;

			assert_int_equal(statement_file_parse(&file, entry, NULL), UNDERSIGN_OK);
			statements[i] = file.statements[0];
			verdicts[i] = i != 4; /* what was false stays so */
			answers[i] = (struct sequencer_answer){i % 2 ? &other : desk.letter,
							       {statements[i].ring_id,
								statement_tag(&statements[i]),
								statements[i].body},
							       i};
		}
		/* In another scope they are no answers. */
		other_poll.about.scope = round ? other_scope : desk.letter->poll->about.scope;
		assert_int_equal(sequencer_poll_judge(verdicts, answers, N, NULL, &scratch,
						      &scratch_len, desk.arena),
				 UNDERSIGN_OK);
		for (size_t i = 0; i < N; i++)
			assert_int_equal(verdicts[i], i != 4 && (round == 0 || i % 2 == 0));
	}
	desk_end(&desk);
}

/* A malicious desk logs an answer whose proofs do not hold: the verifier names the entry, the first
 * of several. */
static void test_bad_answer_in_log(void **state)
{
	struct problem problem = {0};
	struct bytes entries[3];
	size_t first;

	(void)state;
	begin(0);
	desk_append(&desk, desk_header(&desk, desk.epoch));
	first = desk.n_log;
	for (uint32_t i = 0; i < 3; i++) {
		desk_choose(&desk, i, 0);
		entries[i] = desk_entry(&desk, DESK_ALDER, i, 1,
					desk_ring(&desk, "Alder, enrolled"), UINT32_MAX);
		desk_append(&desk, entries[i]);
	}
	desk_order(&desk, first, desk.epoch);
	assert_int_equal(desk_replay(&desk, true, &problem), UNDERSIGN_OK);
	for (size_t at = first + 1; at < first + 3; at++) {
		uint8_t *bent = arena_take(desk.arena, 1, desk.log[at].len);

		memcpy(bent, desk.log[at].data, desk.log[at].len);
		bent[desk.log[at].len - 1] ^= 1;
		desk.log[at].data = bent;
	}
	assert_int_equal(desk_replay(&desk, true, &problem), UNDERSIGN_E_INVALID);
	char where[64];
	snprintf(where, sizeof where, "entry %zu, answer", first + 1);
	assert_string_equal(problem.where, where);
	desk_end(&desk);
}

/* Whatever the order in which files come in, and however they are spread over the epochs as far as
 * hold-min lets them, the counts are the same. */
static void test_order(void **state)
{
	uint64_t totals[7] = {0};

	(void)state;
	for (unsigned round = 0; round < 4; round++) {
		struct bytes files[9];
		struct poll_count count;

		begin(0);
		for (uint32_t i = 0; i < 4; i++) {
			files[i] = desk_answer(&desk, DESK_ALDER, i, 1, i, false);
			files[4 + i] = desk_answer(&desk, DESK_BIRCH, i, 1, 1, i == 0);
		}
		files[8] = desk_answer(&desk, DESK_ALDER, 2, 2, 0, false);
		for (size_t i = 9; i-- > 1 && round > 0;) {
			const size_t j = test_random_below(&desk.random, i + 1);
			const struct bytes swapped = files[i];

			files[i] = files[j];
			files[j] = swapped;
		}
		/* All at once, or one by one over three epochs. */
		desk_run(&desk, NULL, 0, files, round & 1 ? 9 : 3);
		if (!(round & 1)) {
			desk_run(&desk, NULL, 0, files + 3, 3);
			desk_run(&desk, NULL, 0, files + 6, 3);
		}
		close_and_open(1 + round % 3, 1 + (round + 1) % 3);
		count = desk_poll_count(&desk);
		assert_int_equal(count.state, POLL_OPENED);
		assert_int_equal(count.answers, 8);
		for (size_t o = 0; o < 7; o++) {
			if (round == 0)
				totals[o] = count.totals[o];
			assert_int_equal(count.totals[o], totals[o]);
		}
		desk_end(&desk);
	}
	assert_int_equal(totals[0], 2);
	assert_int_equal(totals[1], 5);
	assert_int_equal(totals[2], 0);
	assert_int_equal(totals[3], 1);
}

/* A story of a poll: what members of a ring do, and what it comes to. */
struct tale {
	struct bytes files[64];
	size_t n;
	uint64_t totals[7];
	uint64_t answers;
};

static void add_answer(struct tale *tale, size_t roster, uint32_t member, uint32_t seq,
		       unsigned first)
{
	tale->files[tale->n++] = desk_answer(&desk, roster, member, seq, first, false);
}

/* A member answers up to three times, and perhaps withdraws or answers twice with one number. Some
 * stay, so that each ring is released however its files are spread. */
static void add_member(struct tale *tale, size_t roster, uint32_t member, bool stays)
{
	const uint32_t last = 1 + (uint32_t)test_random_below(&desk.random, 3);
	const unsigned first = (unsigned)test_random_below(&desk.random, 4);
	const size_t end = stays ? 0 : test_random_below(&desk.random, 4);

	for (uint32_t seq = 1; seq < last; seq++)
		add_answer(tale, roster, member, seq, (unsigned)test_random_below(&desk.random, 4));
	add_answer(tale, roster, member, last, first);
	if (end == 1)
		tale->files[tale->n++] = desk_withdraw(&desk, roster, member, last + 1);
	if (end == 2)
		add_answer(tale, roster, member, last, (first + 1) % 4);
	if (end == 1 || end == 2)
		return;
	tale->answers++;
	tale->totals[first]++;
	for (unsigned o = 0; o < 3; o++)
		tale->totals[4 + o] += (member & 3) >> o & 1;
}

/* Answers, further answers, withdrawals and answers that cancel each other at random: in whatever
 * order and over whatever epochs the files come in, the counts are those of the story. Proofs of
 * membership are left out; ciphertexts, sums and shares are real. */
static void test_any_order(void **state)
{
	const unsigned n_stories = test_is_full() ? 1000 : 12, n_orders = 5;
	struct test_random seeds = test_random_new();
	uint64_t n_files = 0;

	(void)state;
	for (unsigned s = 0; s < n_stories; s++) {
		struct tale tale = {.n = 0};
		size_t log_begin;
		uint64_t epoch_begin;

		desk_begin(&desk, test_random_u64(&seeds) >> 32);
		desk.has_fake_proofs = true;
		desk_add_usual(&desk);
		desk_poll_begin(&poll, &desk, 0);
		desk_poll_publish(&poll, &desk);
		log_begin = desk.n_log;
		epoch_begin = desk.epoch;
		for (uint32_t i = 0; i < 6; i++) {
			add_member(&tale, DESK_ALDER, i, i < 3);
			add_member(&tale, DESK_BIRCH, i, i < 3);
		}
		n_files += tale.n;
		for (unsigned order = 0; order < n_orders; order++) {
			struct poll_count count;
			size_t given = 0;

			desk.n_log = log_begin;
			desk.epoch = epoch_begin;
			desk.n_held = 0;
			for (size_t i = tale.n; i-- > 1;) {
				const size_t j = test_random_below(&desk.random, i + 1);
				const struct bytes swapped = tale.files[i];

				tale.files[i] = tale.files[j];
				tale.files[j] = swapped;
			}
			while (desk.epoch <= desk.closes) {
				const size_t n = desk.epoch == desk.closes
							 ? tale.n - given
							 : test_random_below(&desk.random,
									     tale.n - given + 1);

				desk_run(&desk, NULL, 0, tale.files + given, n);
				given += n;
			}
			close_and_open(1 + order % 3, 1 + (order + 1) % 3);
			count = desk_poll_count(&desk);
			assert_int_equal(count.state, POLL_OPENED);
			assert_int_equal(count.answers, tale.answers);
			assert_int_equal(count.withheld, 0);
			for (size_t o = 0; o < 7; o++)
				assert_int_equal(count.totals[o], tale.totals[o]);
		}
		desk_end(&desk);
	}
	print_message("%u stories of %llu files, each in %u orders\n", n_stories,
		      (unsigned long long)n_files, n_orders);
}

/* Shares before the close, of nobody, by a stranger; answers before the trustees' key. */
static void test_records(void **state)
{
	struct replay_keys no_keys = {0};
	struct problem problem = {0};
	struct bytes files[3], share, record;
	struct replay_letter *letter;
	struct note note;

	(void)state;
	desk_begin(&desk, 1);
	desk_add_usual(&desk);
	desk_poll_begin(&poll, &desk, 0);
	desk_publish(&desk); /* without the trustees' record */
	for (uint32_t i = 0; i < 3; i++)
		files[i] = desk_answer(&desk, DESK_ALDER, i, 1, 0, false);
	assert_int_equal(sequencer_check_file(&letter, desk.replay, &desk_generators, files[0],
					      desk.epoch, desk.arena, &problem),
			 UNDERSIGN_E_MISSING);
	/* Signed by somebody else than it says. */
	assert_int_equal(note_parse(&note, poll.trustees_note, NULL), UNDERSIGN_OK);
	record = desk_note(&desk, DESK_STRANGER, note.text);
	assert_int_not_equal(sequencer_check_record(desk.replay, record, desk.epoch, NULL, 0,
						    &no_keys, desk.arena, &problem),
			     UNDERSIGN_OK);
	desk_run(&desk, &poll.trustees_note, 1, NULL, 0);
	desk_run(&desk, NULL, 0, files, 3);
	pass_closing();
	share = desk_share_record(&desk, &poll, 1, false);
	assert_int_equal(sequencer_check_record(desk.replay, share, desk.closes, NULL, 0, &no_keys,
						desk.arena, &problem),
			 UNDERSIGN_E_INVALID);
	assert_int_equal(note_parse(&note, share, NULL), UNDERSIGN_OK);
	record = desk_note(&desk, DESK_TRUSTEE + 1, note.text);
	assert_int_not_equal(sequencer_check_record(desk.replay, record, desk.epoch, NULL, 0,
						    &no_keys, desk.arena, &problem),
			     UNDERSIGN_OK);
	desk_run(&desk, &share, 1, NULL, 0);
	assert_int_equal(desk_poll_count(&desk).n_given, 1);
	desk_end(&desk);
}

/* The poll's lines in a manifest: what is written is read, and what breaks a rule is refused. */
static void test_manifest(void **state)
{
	static const struct {
		const char *from, *to;
	} changes[] = {
		{"question 1 1 How soon?", "question 2 1 How soon?"},
		{"question 1 1 How soon?", "question 0 0 How soon?"},
		{"question 1 1 How soon?", "question 1 5 How soon?"},
		{"question 1 1 How soon?", "question 1 How soon?"},
		{"option a week", "option a day"},
		{"quorum 8", "quorum -1"},
		{"quorum 8\n", ""},
	};
	struct manifest again;
	const uint8_t *text;
	size_t len;

	(void)state;
	begin(8);
	text = desk.manifest.text.data;
	len = desk.manifest.text.len;
	assert_int_equal(desk.manifest.poll.shape.n_questions, 2);
	assert_int_equal(desk.manifest.poll.quorum, 8);
	assert_true(bytes_are_equal(desk.manifest.poll.questions[1].options[2],
				    bytes_from_text("by post")));
	for (size_t c = 0; c < sizeof changes / sizeof *changes; c++) {
		const size_t from = strlen(changes[c].from), to = strlen(changes[c].to);
		uint8_t *copy = arena_take(desk.arena, 1, len + to);
		size_t at = 0;

		while (at + from <= len && memcmp(text + at, changes[c].from, from) != 0)
			at++;
		assert_true(at + from <= len);
		memcpy(copy, text, at);
		memcpy(copy + at, changes[c].to, to);
		memcpy(copy + at + to, text + at + from, len - at - from);
		assert_int_equal(
			manifest_parse(&again, bytes_from(copy, len - from + to), desk.arena, NULL),
			UNDERSIGN_E_FORMAT);
	}
	desk_end(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),          cmocka_unit_test(test_small_groups),
		cmocka_unit_test(test_withheld),       cmocka_unit_test(test_two_rings),
		cmocka_unit_test(test_false_share),    cmocka_unit_test(test_half_epoch),
		cmocka_unit_test(test_refused),        cmocka_unit_test(test_judged_together),
		cmocka_unit_test(test_judged_by_poll), cmocka_unit_test(test_bad_answer_in_log),
		cmocka_unit_test(test_order),          cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_records),        cmocka_unit_test(test_manifest),
	};

	desk_begin_program();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
