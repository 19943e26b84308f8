/* Split views (L-3): a log that lies to whom it likes, four witnesses of which some cosign
 * anything, and readers who ask for k of them. Two logs that contradict each other are both
 * accepted if and only if k1 + k2 <= n + f, whatever the log tries; the honest witnesses are the
 * real ones. */
#include "trees.h"

#include "policy.h"

#define WITNESSES 4
#define COMMON    50 /* entries that both logs share */
#define SIZE      80

static struct tree trees[2];
static struct test_key keys[WITNESSES];
static struct policy policies[WITNESSES + 1]; /* k of all */
static char policy_texts[WITNESSES + 1][1024];
static const char *const names[] = {"w.example/1", "w.example/2", "w.example/3", "w.example/4"};

static int set_up(void **state)
{
	(void)state;
	tree_make(&trees[0], TREES_SIZE);
	tree_make(&trees[1], COMMON);
	for (size_t i = 0; i < WITNESSES; i++)
		keys[i] = test_key_new((uint8_t)(0x20 * (i + 1)));
	for (size_t k = 1; k <= WITNESSES; k++) {
		struct writer writer = writer_new(policy_texts[k], sizeof policy_texts[k]);
		writer_text(&writer, "log " KNOWN_LOG_VKEY "\n");
		for (size_t i = 0; i < WITNESSES; i++) {
			const struct note_signer signer = test_signer(names[i], &keys[i]);
			const struct note_key key = witness_key(&signer);
			writer_text(&writer, "witness ");
			writer_text(&writer, names[i]);
			writer_u8(&writer, ' ');
			note_key_write(&writer, &key);
			writer_u8(&writer, '\n');
		}
		writer_text(&writer, "group all ");
		writer_decimal(&writer, k);
		for (size_t i = 0; i < WITNESSES; i++) {
			writer_u8(&writer, ' ');
			writer_text(&writer, names[i]);
		}
		writer_text(&writer, "\nquorum all\n");
		assert_int_equal(policy_parse(&policies[k], writer_view(&writer), NULL),
				 UNDERSIGN_OK);
	}
	return 0;
}

/* What a witness cosigned of both logs. */
struct cosigned {
	size_t len[2];
	uint8_t lines[2][NOTE_SIGNATURE_LINE_MAX];
};

static void offer(struct cosigned *out, size_t witness, size_t of, struct witness_seen *seen)
{
	static struct witness_submission submission;
	const struct note_signer signer = test_signer(names[witness], &keys[witness]);
	const struct text body = tree_submission(&trees[of], seen->size, SIZE);
	struct note_key log;

	assert_int_equal(note_key_parse(&log, BYTES(KNOWN_LOG_VKEY), NULL), UNDERSIGN_OK);
	assert_int_equal(witness_read(&submission, text_view(&body), NULL), WITNESS_FINE);
	assert_int_equal(witness_check(&submission, &log, NULL), WITNESS_FINE);
	if (witness_step(&submission, seen, NULL) != WITNESS_FINE)
		return;
	struct writer writer = writer_new(out->lines[of], sizeof out->lines[of]);
	assert_int_equal(witness_cosign(&writer, &submission, &signer, KNOWN_TIME), UNDERSIGN_OK);
	out->len[of] = writer_view(&writer).len;
	seen->size = submission.checkpoint.size;
	seen->root = submission.checkpoint.root;
}

/* The log shows one first, then tries the other. A faulty witness forgets in between. */
static struct cosigned ask(size_t witness, size_t first, bool is_faulty)
{
	struct cosigned out = {.len = {0}};
	struct witness_seen seen = {COMMON, tree_root(&trees[0], COMMON), KNOWN_TIME};
	const struct witness_seen before = seen;

	offer(&out, witness, first, &seen);
	if (is_faulty)
		seen = before;
	offer(&out, witness, 1 - first, &seen);
	/* With the size that it has now, too. */
	if (!is_faulty)
		offer(&out, witness, 1 - first, &seen);
	return out;
}

static bool is_accepted(size_t of, const struct cosigned cosigned[static WITNESSES], size_t k)
{
	static struct note note;
	static struct note_verdict verdict;
	struct text text = tree_checkpoint(&trees[of], SIZE);
	struct checkpoint checkpoint;
	size_t log;

	for (size_t i = 0; i < WITNESSES; i++) {
		memcpy(text.at + text.len, cosigned[i].lines[of], cosigned[i].len[of]);
		text.len += cosigned[i].len[of];
	}
	return policy_open_checkpoint(&checkpoint, &note, &verdict, &log, &policies[k],
				      text_view(&text), NULL) == UNDERSIGN_OK;
}

static void two_views_need_enough_faults(void **state)
{
	size_t n_split = 0;

	(void)state;
	for (size_t f = 0; f < WITNESSES; f++) {
		bool splits[WITNESSES + 1][WITNESSES + 1] = {{false}};
		/* Every way to show the logs: bit i says which one witness i sees first. */
		for (size_t way = 0; way < 1 << WITNESSES; way++) {
			struct cosigned cosigned[WITNESSES];
			for (size_t i = 0; i < WITNESSES; i++) {
				cosigned[i] = ask(i, way >> i & 1, i < f);
				const bool has_both = cosigned[i].len[0] && cosigned[i].len[1];
				assert_int_equal(has_both, i < f);
				assert_true(cosigned[i].len[way >> i & 1] > 0);
			}
			for (size_t k1 = 1; k1 <= WITNESSES; k1++)
				for (size_t k2 = 1; k2 <= WITNESSES; k2++)
					splits[k1][k2] |= is_accepted(0, cosigned, k1) &&
							  is_accepted(1, cosigned, k2);
		}
		for (size_t k1 = 1; k1 <= WITNESSES; k1++)
			for (size_t k2 = 1; k2 <= WITNESSES; k2++) {
				assert_int_equal(splits[k1][k2], k1 + k2 <= WITNESSES + f);
				n_split += splits[k1][k2];
			}
	}
	print_message("%zu of 64 pairs of policies and faults split\n", n_split);
}

/* The linter's bound: a policy with k > 2n/3 is silent, others are named, with their numbers. */
static void warns_of_weak_policies(void **state)
{
	(void)state;
	for (size_t k = 1; k <= WITNESSES; k++) {
		struct problem warnings[POLICY_WARNINGS_MAX];
		const size_t n = policy_lint(&policies[k], warnings);
		assert_int_equal(n, 3 * k <= 2 * WITNESSES);
		if (n > 0)
			print_message("%zu of 4: %s: %s\n", k, warnings[0].rule, warnings[0].what);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_views_need_enough_faults),
		cmocka_unit_test(warns_of_weak_policies),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
