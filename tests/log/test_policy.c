/* L-9 in short form: what a policy file may say; quorums against the plain definition. */
#include "known.h"

#include "policy.h"

#define N_KEYS 70

static char log_vkeys[N_KEYS][NOTE_KEY_TEXT_MAX + 1];
static char witness_vkeys[N_KEYS][NOTE_KEY_TEXT_MAX + 1];
static struct test_key keys[N_KEYS];

static void write_vkey(char *out, const char *name, enum note_key_type type,
		       const struct test_key *key)
{
	struct note_key note_key = test_note_key(name, type, key);
	struct writer writer = writer_new(out, NOTE_KEY_TEXT_MAX);

	note_key_write(&writer, &note_key);
	out[writer.len] = '\0';
}

static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_KEYS; i++) {
		char name[32];

		keys[i] = test_key_new((uint8_t)(3 * i));
		(void)snprintf(name, sizeof name, "log%zu.example", i);
		write_vkey(log_vkeys[i], name, NOTE_KEY_NOTE, &keys[i]);
		(void)snprintf(name, sizeof name, "witness%zu.example", i);
		write_vkey(witness_vkeys[i], name, NOTE_KEY_COSIGNATURE, &keys[i]);
	}
	return 0;
}

/* The text with L0 to L9 replaced by the log keys, W0 to W9 by the witnesses'. */
static struct bytes expand(char buffer[static 8192], const char *template)
{
	struct writer writer = writer_new(buffer, 8192);

	for (const char *at = template; *at != '\0'; at++) {
		if ((*at == '@' || *at == '%') && at[1] >= '0' && at[1] <= '9') {
			writer_text(&writer, *at == '@' ? log_vkeys[at[1] - '0']
							: witness_vkeys[at[1] - '0']);
			at++;
		} else {
			writer_put(&writer, at, 1);
		}
	}
	return writer_view(&writer);
}

#define THREE "witness a %0\nwitness b %1\nwitness c %2\n"

static void parses(void **state)
{
	const char *good[] = {
		"quorum none\n",
		"log @0\nquorum none\n",
		"log @0 https://log.example/\nquorum none\n",
		"\n  \t\n# comment\n\t # comment \xff\xc3\n \tlog\t@0  \t\nquorum none  \n",
		"quorum none\nlog @0\n",
		"witness a %0\nquorum a\n",
		"witness a %0 https://w.example/\nquorum a\n",
		THREE "group g all a b c\nquorum g\n",
		THREE "group g any a b c\nquorum g\n",
		THREE "group g 2 a b c\nquorum g\n",
		THREE "group g 3 c b a\nquorum g\n",
		THREE "group g 1 a b\ngroup h all g c\nquorum h\n",
		THREE "group g 1 a b\nquorum c\ngroup h all g c\n",
		THREE "group all all a b\ngroup any any all c\nquorum any\n",
		THREE "group quorum all a b\nquorum quorum\n",
		"witness \xe2\x84\xaa %0\nwitness K %1\nquorum K\n",
		"log @0\nwitness a %0\nquorum a\n", /* a log that witnesses others */
	};
	static char buffer[8192];
	static struct policy policy;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct problem problem = {{0}, {0}, {0}};

		if (policy_parse(&policy, expand(buffer, good[i]), &problem) != UNDERSIGN_OK)
			fail_msg("%s: %s: %s", good[i], problem.where, problem.rule);
		assert_false(problem_is_set(&problem));
	}
	assert_int_equal(
		policy_parse(&policy,
			     expand(buffer, "log @0 u\n" THREE "group g 2 a b c\nquorum g\n"),
			     NULL),
		UNDERSIGN_OK);
	assert_int_equal(policy.n_logs, 1);
	assert_bytes_equal(policy.logs[0].url, BYTES("u"));
	assert_memory_equal(policy.logs[0].key.public_key, keys[0].public_key, 32);
	assert_int_equal(policy.n_witnesses, 3);
	assert_bytes_equal(policy.witnesses[2].name, BYTES("c"));
	assert_int_equal(policy.witnesses[2].group, 0);
	assert_int_equal(policy.groups[0].n_members, 3);
	assert_int_equal(policy.groups[0].threshold, 2);
	assert_int_equal(policy.groups[0].group, POLICY_NONE);
	assert_int_equal(policy.quorum_group, 0);
	assert_int_equal(policy.quorum_witness, POLICY_NONE);
}

static void refuses(void **state)
{
	const struct {
		const char *text;
		const char *where;
		enum undersign_status status;
	} bad[] = {
		{"", "line 1", UNDERSIGN_E_FORMAT},
		{"log @0\n", "line 2", UNDERSIGN_E_FORMAT},
		{"quorum none", "line 1", UNDERSIGN_E_FORMAT},
		{"quorum none\r\n", "line 1", UNDERSIGN_E_FORMAT},
		{"# \r\nquorum none\n", "line 1", UNDERSIGN_E_FORMAT},
		{"quorum\v none\n", "line 1", UNDERSIGN_E_FORMAT},
		{"quorum\x7f none\n", "line 1", UNDERSIGN_E_FORMAT},
		{"quorum none\nquorum none\n", "line 2", UNDERSIGN_E_CONFLICT},
		{"witness a %0\nquorum a\nquorum none\n", "line 3", UNDERSIGN_E_CONFLICT},
		{"quorum\n", "line 1", UNDERSIGN_E_FORMAT},
		{"quorum none none\n", "line 1", UNDERSIGN_E_FORMAT},
		{"quorum a\n", "line 1", UNDERSIGN_E_MISSING},
		{"quorum a\nwitness a %0\n", "line 1", UNDERSIGN_E_MISSING}, /* forward */
		{"Quorum none\n", "line 1", UNDERSIGN_E_FORMAT},
		{"quorum None\n", "line 1", UNDERSIGN_E_MISSING},
		{"policy v1\nquorum none\n", "line 1", UNDERSIGN_E_FORMAT},
		{"log\nquorum none\n", "line 1", UNDERSIGN_E_FORMAT},
		{"log @0 u u\nquorum none\n", "line 1", UNDERSIGN_E_FORMAT},
		{"log name @0\nquorum none\n", "line 1", UNDERSIGN_E_FORMAT},
		{"log %0\nquorum none\n", "line 1", UNDERSIGN_E_FORMAT}, /* a witness's key */
		{"log @0x\nquorum none\n", "line 1", UNDERSIGN_E_FORMAT},
		{"log @0\nlog @0\nquorum none\n", "line 2", UNDERSIGN_E_CONFLICT},
		{"witness a\nquorum none\n", "line 1", UNDERSIGN_E_FORMAT},
		{"witness %0\nquorum none\n", "line 1", UNDERSIGN_E_FORMAT},
		{"witness a @0\nquorum none\n", "line 1", UNDERSIGN_E_FORMAT}, /* a log's key */
		{"witness a %0 u u\nquorum none\n", "line 1", UNDERSIGN_E_FORMAT},
		{"witness none %0\nquorum none\n", "line 1", UNDERSIGN_E_FORMAT},
		{"witness a %0\nwitness a %1\nquorum none\n", "line 2", UNDERSIGN_E_CONFLICT},
		/* One key under two names: it would count twice. */
		{"witness a %0\nwitness b %0\nquorum none\n", "line 2", UNDERSIGN_E_CONFLICT},
		{"witness a %0\ngroup a all a\nquorum none\n", "line 2", UNDERSIGN_E_CONFLICT},
		{THREE "group\nquorum none\n", "line 4", UNDERSIGN_E_FORMAT},
		{THREE "group g\nquorum none\n", "line 4", UNDERSIGN_E_FORMAT},
		{THREE "group g all\nquorum none\n", "line 4", UNDERSIGN_E_FORMAT},
		{THREE "group g 0 a b c\nquorum none\n", "line 4", UNDERSIGN_E_FORMAT},
		{THREE "group g 4 a b c\nquorum none\n", "line 4", UNDERSIGN_E_FORMAT},
		{THREE "group g 02 a b c\nquorum none\n", "line 4", UNDERSIGN_E_FORMAT},
		{THREE "group g -1 a b c\nquorum none\n", "line 4", UNDERSIGN_E_FORMAT},
		{THREE "group g some a b c\nquorum none\n", "line 4", UNDERSIGN_E_FORMAT},
		{THREE "group g 18446744073709551617 a b c\nquorum none\n", "line 4",
		 UNDERSIGN_E_FORMAT},
		{THREE "group none all a b\nquorum none\n", "line 4", UNDERSIGN_E_FORMAT},
		{THREE "group g all a none\nquorum g\n", "line 4", UNDERSIGN_E_MISSING},
		{THREE "group g all a d\nquorum g\n", "line 4", UNDERSIGN_E_MISSING},
		{THREE "group g all a a\nquorum g\n", "line 4", UNDERSIGN_E_CONFLICT},
		{THREE "group g all a b\ngroup h all b c\nquorum g\n", "line 5",
		 UNDERSIGN_E_CONFLICT},
		{THREE "group g all a g\nquorum g\n", "line 4", UNDERSIGN_E_MISSING}, /* itself */
		{THREE "group g all a h\ngroup h all b g\nquorum g\n", "line 4",
		 UNDERSIGN_E_MISSING}, /* a cycle */
		{THREE "group g all a\ngroup h all b g g\nquorum g\n", "line 5",
		 UNDERSIGN_E_CONFLICT},
	};
	static char buffer[8192];
	static struct policy policy;
	const bool nobody[POLICY_WITNESSES_MAX] = {false};

	(void)state;
	assert_true(sizeof bad / sizeof bad[0] >= 40);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct problem problem = {{0}, {0}, {0}};
		enum undersign_status status =
			policy_parse(&policy, expand(buffer, bad[i].text), &problem);

		if (status != bad[i].status)
			fail_msg("%s: %d, %s", bad[i].text, (int)status, problem.rule);
		assert_string_equal(problem.where, bad[i].where);
		assert_true(problem.rule[0] != '\0');
		/* What is left accepts no log. */
		assert_int_equal(policy.n_logs, 0);
		(void)policy_quorum_is_met(&policy, nobody);
		assert_int_equal(policy_parse(&policy, expand(buffer, bad[i].text), NULL), status);
	}
	struct bytes zero = LITERAL("quorum none\0\n");
	assert_int_equal(policy_parse(&policy, zero, NULL), UNDERSIGN_E_FORMAT);
}

/* 64 of each are supported, 65 are not. */
static void bounds_its_input(void **state)
{
	static char text[200000];
	static struct policy policy;

	(void)state;
	for (size_t n = 64; n <= 65; n++) {
		struct writer logs = writer_new(text, sizeof text);

		for (size_t i = 0; i < n; i++) {
			writer_text(&logs, "log ");
			writer_text(&logs, log_vkeys[i]);
			writer_text(&logs, "\n");
		}
		writer_text(&logs, "quorum none\n");
		assert_int_equal(policy_parse(&policy, writer_view(&logs), NULL),
				 n == 64 ? UNDERSIGN_OK : UNDERSIGN_E_LIMIT);
		struct writer others = writer_new(text, sizeof text);
		for (size_t i = 0; i < n; i++) {
			writer_text(&others, "witness w");
			writer_decimal(&others, i);
			writer_text(&others, " ");
			writer_text(&others, witness_vkeys[i]);
			writer_text(&others, "\n");
		}
		if (n == 64) {
			writer_text(&others, "group all-of-them 43");
			for (size_t i = 0; i < n; i++) {
				writer_text(&others, " w");
				writer_decimal(&others, i);
			}
			writer_text(&others, "\n");
		}
		writer_text(&others, "quorum none\n");
		assert_int_equal(policy_parse(&policy, writer_view(&others), NULL),
				 n == 64 ? UNDERSIGN_OK : UNDERSIGN_E_LIMIT);
		struct writer groups = writer_new(text, sizeof text);
		writer_text(&groups, "witness w ");
		writer_text(&groups, witness_vkeys[0]);
		writer_text(&groups, "\ngroup g0 all w\n");
		for (size_t i = 1; i < n; i++) {
			writer_text(&groups, "group g");
			writer_decimal(&groups, i);
			writer_text(&groups, " all g");
			writer_decimal(&groups, i - 1);
			writer_text(&groups, "\n");
		}
		writer_text(&groups, "quorum g63\n");
		assert_int_equal(policy_parse(&policy, writer_view(&groups), NULL),
				 n == 64 ? UNDERSIGN_OK : UNDERSIGN_E_LIMIT);
		if (n == 64) {
			bool has_cosigned[POLICY_WITNESSES_MAX] = {true};
			assert_true(policy_quorum_is_met(&policy, has_cosigned));
			has_cosigned[0] = false;
			assert_false(policy_quorum_is_met(&policy, has_cosigned));
		}
	}
	/* A line of many fields is refused, unless it is a comment. */
	struct writer writer = writer_new(text, sizeof text);
	for (size_t i = 0; i < 500; i++)
		writer_text(&writer, "# ");
	writer_text(&writer, "\nquorum none\n");
	assert_int_equal(policy_parse(&policy, writer_view(&writer), NULL), UNDERSIGN_OK);
	text[0] = 'g';
	assert_int_equal(policy_parse(&policy, writer_view(&writer), NULL), UNDERSIGN_E_LIMIT);
	memset(text, '\n', sizeof text);
	assert_int_equal(policy_parse(&policy, bytes_from(text, sizeof text), NULL),
			 UNDERSIGN_E_LIMIT);
}

/* All 64 sets of six witnesses, against the same rule written by hand. */
static void quorums_are_what_they_say(void **state)
{
	static char buffer[8192];
	static struct policy policy;

	(void)state;
	assert_int_equal(policy_parse(&policy,
				      expand(buffer, "log @9\n"
						     "witness a %0\nwitness b %1\nwitness c %2\n"
						     "witness d %3\nwitness e %4\nwitness f %5\n"
						     "group x 2 a b c\ngroup y any d e\n"
						     "group z all x y\nquorum z\n"),
				      NULL),
			 UNDERSIGN_OK);
	for (unsigned set = 0; set < 64; set++) {
		bool has_cosigned[POLICY_WITNESSES_MAX] = {false};
		unsigned x = (set & 1) + (set >> 1 & 1) + (set >> 2 & 1);

		for (unsigned i = 0; i < 6; i++)
			has_cosigned[i] = (set >> i & 1) != 0;
		assert_int_equal(policy_quorum_is_met(&policy, has_cosigned),
				 x >= 2 && (set & 0x18) != 0);
		/* A single witness as the quorum, and none. */
		struct policy other = policy;
		other.quorum_group = POLICY_NONE;
		assert_true(policy_quorum_is_met(&other, has_cosigned));
		other.quorum_witness = 5;
		assert_int_equal(policy_quorum_is_met(&other, has_cosigned), (set & 0x20) != 0);
	}
}

static void lint_warns(void **state)
{
	const struct {
		const char *text;
		size_t n;
		const char *rule_part; /* of the first one */
	} cases[] = {
		{"log @0\nwitness a %0\nquorum a\n", 0, NULL},
		{"log @9\n" THREE "group g all a b c\nquorum g\n", 0, NULL},
		{"log @9\n" THREE "group g 2 a b c\nquorum g\n", 1, "two thirds"},
		{"log @9\n" THREE "group g any a b c\nquorum g\n", 1, "two thirds"},
		{"log @9\n" THREE "witness d %3\ngroup g 3 a b c d\nquorum g\n", 0, NULL},
		{"log @9\n" THREE "witness d %3\ngroup g 2 a b c d\nquorum g\n", 1, "two thirds"},
		{"log @9\nquorum none\n", 1, "ask for witnesses"},
		{"quorum none\n", 2, "name the log"},
		{"log @9\n" THREE "group g all a b\nquorum g\n", 1, "each witness"},
		{"log @9\n" THREE "group g any a b\nquorum c\n", 1, "each witness"},
		{"log @9\n" THREE "group g any a b\ngroup h all g c\nquorum h\n", 1, "two thirds"},
	};
	static char buffer[8192];
	static struct policy policy;
	static struct problem warnings[POLICY_WARNINGS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(policy_parse(&policy, expand(buffer, cases[i].text), NULL),
				 UNDERSIGN_OK);
		size_t n = policy_lint(&policy, warnings);
		if (n != cases[i].n)
			fail_msg("%s: %zu warnings", cases[i].text, n);
		for (size_t j = 0; j < n; j++)
			assert_true(problem_is_set(&warnings[j]));
		if (n > 0)
			assert_non_null(strstr(warnings[0].rule, cases[i].rule_part));
	}
}

/* The bound of the lint is sharp: of n witnesses, f of which cosign anything, two views that share
 * no honest witness can both reach k exactly if 2k <= n + f. */
static void lint_draws_the_right_line(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 12; n++) {
		for (size_t k = 1; k <= n; k++) {
			static struct policy policy;
			static struct problem warnings[POLICY_WARNINGS_MAX];
			bool can_split = false;

			memset(&policy, 0, sizeof policy);
			policy.n_logs = 1;
			policy.n_groups = 1;
			policy.groups[0] = (struct policy_group){BYTES("g"), n, k, POLICY_NONE};
			policy.quorum_witness = POLICY_NONE;
			for (size_t f = 0; 3 * f < n; f++)
				can_split = can_split || 2 * k <= n + f;
			/* Never silent where a split with less than a third faulty is possible. */
			if (can_split)
				assert_int_equal(policy_lint(&policy, warnings), 1);
		}
	}
}

static void opens_checkpoints(void **state)
{
	const char *texts[2] = {"log " KNOWN_LOG_VKEY "\nlog @1\nwitness w " KNOWN_WITNESS_VKEY
				"\nwitness v %2\ngroup g any w v\nquorum g\n",
				"log " KNOWN_LOG_VKEY "\nlog @1\nwitness w " KNOWN_WITNESS_VKEY
				"\nwitness v %2\ngroup g all w v\nquorum g\n"};
	static char buffer[8192];
	static struct policy policy;
	struct checkpoint checkpoint;
	struct note note;
	struct note_verdict verdict;
	struct problem problem = {{0}, {0}, {0}};
	size_t log;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(policy_parse(&policy, expand(buffer, texts[i]), NULL),
				 UNDERSIGN_OK);
		enum undersign_status status = policy_open_checkpoint(
			&checkpoint, &note, &verdict, &log, &policy, BYTES(KNOWN_NOTE), &problem);
		assert_int_equal(status, i == 0 ? UNDERSIGN_OK : UNDERSIGN_E_INVALID);
		assert_int_equal(problem_is_set(&problem), i == 1);
		assert_int_equal(log, 0);
		assert_true(checkpoint.size == (i == 0 ? 300 : 0));
		if (i == 0) {
			assert_true(note_verdict_has(&verdict, 0));
			assert_true(note_verdict_has(&verdict, 1));
			assert_false(note_verdict_has(&verdict, 2));
		}
	}
	/* Another log's checkpoint; one without the witness; a broken one. */
	assert_int_equal(policy_parse(&policy, expand(buffer, "log @1\nquorum none\n"), NULL),
			 UNDERSIGN_OK);
	assert_int_equal(policy_open_checkpoint(&checkpoint, &note, &verdict, &log, &policy,
						BYTES(KNOWN_NOTE), &problem),
			 UNDERSIGN_E_MISSING);
	assert_int_equal(
		policy_parse(&policy,
			     expand(buffer, "log " KNOWN_LOG_VKEY "\nwitness w " KNOWN_WITNESS_VKEY
					    "\nquorum w\n"),
			     NULL),
		UNDERSIGN_OK);
	assert_int_equal(policy_open_checkpoint(&checkpoint, &note, &verdict, &log, &policy,
						BYTES(KNOWN_NOTE), NULL),
			 UNDERSIGN_OK);
	assert_int_equal(policy_open_checkpoint(&checkpoint, &note, &verdict, &log, &policy,
						BYTES(KNOWN_BODY "\n" KNOWN_LOG_LINE), &problem),
			 UNDERSIGN_E_INVALID);
	assert_non_null(strstr(problem.rule, "quorum"));
	assert_int_equal(policy_open_checkpoint(&checkpoint, &note, &verdict, &log, &policy,
						BYTES(KNOWN_BODY), &problem),
			 UNDERSIGN_E_FORMAT);
	assert_int_equal(policy_open_checkpoint(&checkpoint, &note, &verdict, &log, &policy,
						bytes_from(NULL, 0), NULL),
			 UNDERSIGN_E_MISSING);
}

/* Two logs of one name with different keys: either may have signed. */
static void logs_may_share_a_name(void **state)
{
	char other[NOTE_KEY_TEXT_MAX + 1];
	char text[2048];
	static struct policy policy;
	struct checkpoint checkpoint;
	struct note note;
	struct note_verdict verdict;
	size_t log;

	(void)state;
	write_vkey(other, "log.example/letters", NOTE_KEY_NOTE, &keys[5]);
	(void)snprintf(text, sizeof text, "log %s\nlog " KNOWN_LOG_VKEY "\nquorum none\n", other);
	assert_int_equal(policy_parse(&policy, BYTES(text), NULL), UNDERSIGN_OK);
	assert_int_equal(policy_open_checkpoint(&checkpoint, &note, &verdict, &log, &policy,
						BYTES(KNOWN_NOTE), NULL),
			 UNDERSIGN_OK);
	assert_int_equal(log, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses),
		cmocka_unit_test(refuses),
		cmocka_unit_test(bounds_its_input),
		cmocka_unit_test(quorums_are_what_they_say),
		cmocka_unit_test(lint_warns),
		cmocka_unit_test(lint_draws_the_right_line),
		cmocka_unit_test(opens_checkpoints),
		cmocka_unit_test(logs_may_share_a_name),
	};

	return cmocka_run_group_tests_name("policy", tests, set_up, NULL);
}
