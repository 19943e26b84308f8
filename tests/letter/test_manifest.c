/* Manifests: round trips, and every rule of formats 3.3 broken once. */
#include "sample.h"

#include "entry.h"

static struct sample_memory memory;
static struct sample_roster rosters[6];
static struct manifest letter;

static const uint32_t group_numbers[] = {3, 2};
static const struct manifest_group groups[] = {
	{{(const uint8_t *)"Two offices", 11}, group_numbers, 2}};

static int begin(void **state)
{
	(void)state;
	sample_memory_begin(&memory);
	struct arena *arena = &memory.arena;
	sample_roster(&rosters[0], arena, "Alder Institute", "Alder", ROSTER_ENROLLED, 0, 20);
	sample_roster(&rosters[1], arena, "Birch Office", "Birch", ROSTER_ENROLLED, 20, 16);
	sample_roster(&rosters[2], arena, "Cedar Office", "Cedar", ROSTER_ENROLLED, 40, 9);
	sample_roster(&rosters[3], arena, "Dogwood Office", "Dogwood", ROSTER_ENROLLED, 60, 10);
	sample_roster(&rosters[4], arena, "Alder keys", "Alder", ROSTER_RAW_KEY, 0, 17);
	sample_roster(&rosters[5], arena, "Elm Office", "Elm", ROSTER_ENROLLED, 80, 2);
	sample_letter(&letter, arena, rosters, 6);
	sample_finish(&letter, arena, groups, 1);
	return 0;
}

static int end(void **state)
{
	(void)state;
	sample_memory_end(&memory);
	return 0;
}

static void assert_ring(size_t number, enum roster_class class_of_members,
			enum manifest_ring_type type, const char *name, size_t n_rosters,
			const uint32_t *numbers)
{
	const struct manifest_ring *ring = &letter.rings[number];

	assert_int_equal(ring->class_of_members, class_of_members);
	assert_int_equal(ring->type, type);
	assert_bytes_equal(ring->name, BYTES(name));
	assert_int_equal(ring->n_rosters, n_rosters);
	assert_memory_equal(ring->rosters, numbers, n_rosters * sizeof *numbers);
}

static void reads_what_it_writes(void **state)
{
	const uint32_t numbers[] = {0, 1, 2, 3, 5}, keys[] = {4};
	uint8_t context[HASH_BYTES], id[MANIFEST_ID_LEN], hex[MANIFEST_ID_LEN];
	struct writer writer = writer_new(hex, sizeof hex);

	(void)state;
	assert_bytes_equal(sample_text(&letter, &memory.arena), letter.text);
	assert_int_equal(letter.n_texts, 2);
	assert_int_equal(letter.authoritative, 0);
	assert_bytes_equal(letter.texts[1].language, BYTES("de-CH"));
	assert_bytes_equal(letter.texts[1].title, BYTES("Ein erfundener Brief"));
	assert_bytes_equal(letter.to, BYTES("the Council"));
	assert_true(note_key_is_equal(&letter.organiser, &(struct note_key){0}) == false);
	assert_bytes_equal(letter.log.name, BYTES("log.example/letters"));
	assert_true(letter.opens == 2 && letter.closes == 9 && letter.ring_min == 16 &&
		    letter.hold_min == 3);
	assert_int_equal(letter.n_rosters, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_memory_equal(letter.rosters[i].record, rosters[i].id, SHA256_BYTES);
		assert_true(letter.rosters[i].members == rosters[i].record.members);
		assert_bytes_equal(letter.rosters[i].name, rosters[i].record.roster);
		assert_int_equal(letter.rosters[i].column, i == 4 ? 0 : 1);
	}
	assert_int_equal(letter.n_rings, 5);
	assert_ring(0, ROSTER_ENROLLED, MANIFEST_RING_OWN, "Alder Institute", 1, numbers);
	assert_ring(1, ROSTER_ENROLLED, MANIFEST_RING_OWN, "Birch Office", 1, numbers + 1);
	assert_ring(2, ROSTER_ENROLLED, MANIFEST_RING_GROUP, "Two offices", 2, numbers + 2);
	assert_ring(3, ROSTER_ENROLLED, MANIFEST_RING_ALL, "All enrolled members", 5, numbers);
	assert_ring(4, ROSTER_RAW_KEY, MANIFEST_RING_OWN, "Alder keys", 1, keys);
	scope_context(context, letter.text);
	assert_memory_equal(letter.context, context, sizeof context);
	manifest_id(id, &letter);
	writer_hex(&writer, bytes_from(context, sizeof context));
	assert_memory_equal(id, hex, sizeof id);
}

static void finds_rings_and_texts(void **state)
{
	(void)state;
	assert_int_equal(manifest_find_text(&letter, BYTES("de-CH")), 1);
	assert_int_equal(manifest_find_text(&letter, BYTES("de")), 2);
	assert_int_equal(manifest_find_ring(&letter, BYTES("Two offices")), 2);
	assert_int_equal(manifest_find_ring(&letter, BYTES("Cedar Office")), 5);
	assert_int_equal(manifest_ring_of_all(&letter, ROSTER_ENROLLED), 3);
	assert_int_equal(manifest_ring_of_all(&letter, ROSTER_RAW_KEY), 4);
	for (size_t i = 0; i < 7; i++)
		assert_int_equal(manifest_ring_is_of_all(&letter, i), i == 3 || i == 4);
	assert_int_equal(manifest_ring_of_roster(&letter, 0), 0);
	assert_int_equal(manifest_ring_of_roster(&letter, 3), 2);
	assert_int_equal(manifest_ring_of_roster(&letter, 4), 4);
	assert_int_equal(manifest_ring_of_roster(&letter, 5), 5);
}

static void checks_texts(void **state)
{
	struct problem problem = {0};

	(void)state;
	assert_int_equal(manifest_check_text(&letter, 0, BYTES("A text\n"), NULL), UNDERSIGN_OK);
	assert_int_equal(manifest_check_text(&letter, 1, BYTES("Ein T\n"), NULL), UNDERSIGN_OK);
	assert_int_equal(manifest_check_text(&letter, 1, BYTES("A text\n"), NULL),
			 UNDERSIGN_E_INVALID);
	assert_int_equal(manifest_check_text(&letter, 0, BYTES("A Text\n"), &problem),
			 UNDERSIGN_E_INVALID);
	assert_string_equal(problem.where, "text en");
	assert_int_equal(manifest_check_text(&letter, 0, BYTES("A text"), NULL),
			 UNDERSIGN_E_INVALID);
	struct manifest_text text = {BYTES("en"), BYTES("T"), 2, {0}};
	struct manifest other = letter;
	other.texts = &text;
	other.n_texts = 1;
	sha256(text.sha256, LITERAL("\xc3("));
	assert_int_equal(manifest_check_text(&other, 0, LITERAL("\xc3("), NULL),
			 UNDERSIGN_E_FORMAT);
}

/* A text with one part replaced. */
static struct bytes replaced(struct bytes text, const char *from, const char *to)
{
	size_t from_len = strlen(from), to_len = strlen(to), at = 0;

	while (at + from_len <= text.len && memcmp(text.data + at, from, from_len) != 0)
		at++;
	if (at + from_len > text.len)
		fail_msg("the sample has no %s", from);
	uint8_t *out = arena_take(&memory.arena, 1, text.len + to_len);
	memcpy(out, text.data, at);
	memcpy(out + at, to, to_len);
	memcpy(out + at + to_len, text.data + at + from_len, text.len - at - from_len);
	return bytes_from(out, text.len - from_len + to_len);
}

static void assert_refused(struct bytes text, const char *rule_part)
{
	struct problem problem = {0};
	struct manifest parsed;

	if (manifest_parse(&parsed, text, &memory.arena, &problem) == UNDERSIGN_OK)
		fail_msg("taken, against the rule: %s", rule_part);
	if (!strstr(problem.rule, rule_part))
		fail_msg("%s: refused by `%s`, not by `%s`", problem.where, problem.rule,
			 rule_part);
	assert_int_equal(strncmp(problem.where, "line ", 5), 0);
	assert_null(parsed.rosters);
}

static void refuses_each_broken_rule(void **state)
{
	static const struct {
		const char *from, *to, *rule_part;
	} cases[] = {
		{"letter v1\n", "letter v2\n", "undersigned letter v1"},
		{"title en An invented letter\n", "", "same order"},
		{"title en An invented letter\ntitle de-CH Ein erfundener Brief\n", "",
		 "title VALUE"},
		{"title en ", "title e ", "2 to 35 bytes"},
		{"title en ", "title abcdefghijklmnopqrstuvwxyz-abcdefghij ", "2 to 35 bytes"},
		{"title en ", "title e_n ", "2 to 35 bytes"},
		{"title en An invented letter", "title en", "field is missing"},
		{"title de-CH ", "title en ", "one title"},
		{"text de-CH ", "text de ", "same order"},
		{"text en 7 ", "text en 1048577 ", "decimal"},
		{"text en 7 ", "text en 07 ", "decimal"},
		{"text en 7 ", "text en 7 0", "32 bytes in lower-case"},
		{"authoritative en", "authoritative fr", "one of the titles"},
		{"to the Council\n", "to the Council\nto the Council\n", "organiser VALUE"},
		{"organiser organiser.example+", "organiser organiser.exampla+", "verifier key"},
		{"log log.example/letters+", "log ", "verifier key"},
		{"opens 2\ncloses 9", "opens 9\ncloses 9", "later epoch"},
		{"closes 9", "closes 253402300800", "decimal"},
		{"opens 2\n", "", "opens VALUE"},
		{"ring-min 16", "ring-min 15", "16 or more"},
		{"ring-min 16", "ring-min 4194305", "decimal"},
		{"hold-min 3", "hold-min 2", "3 or more"},
		{" 1 20 Alder Institute", " 17 20 Alder Institute", "decimal"},
		{" 1 20 Alder Institute", " 1 0 Alder Institute", "at least one member"},
		{" 1 20 Alder Institute", " 1 4194305 Alder Institute", "decimal"},
		{" 1 20 Alder Institute", " 1 20", "field is missing"},
		{" 1 16 Birch Office", " 1 16 Alder Institute", "names of rosters"},
		{" 1 2 Elm Office\n", " 1 2 Elm Office\nnote x\n", "ring VALUE"},
		{"ring enrolled own 1", "ring named own 1", "class is"},
		{"ring enrolled own 1", "ring enrolled sole 1", "`own`, `group` or `all`"},
		{"ring enrolled own 1", "ring enrolled own 0", "numbered from 1"},
		{"ring enrolled own 1", "ring enrolled own 7", "decimal"},
		{"ring enrolled own 1", "ring enrolled own 1 x", "more fields"},
		{"ring enrolled own 1\n", "", "has an own ring"},
		{"ring enrolled own 2\n", "ring enrolled own 2\nring enrolled own 2\n",
		 "this order"},
		{"ring enrolled own 1\nring enrolled own 2\n",
		 "ring enrolled own 2\nring enrolled own 1\n", "this order"},
		{"ring enrolled own 2\n", "ring enrolled own 2\nring enrolled own 3\n",
		 "only a roster of ring-min"},
		{"ring enrolled own 1", "ring enrolled own 5", "of its class"},
		{"group 3,4 ", "group 4,3 ", "ascending"},
		{"group 3,4 ", "group 3,3 ", "ascending"},
		{"group 3,4 ", "group 3,,4 ", "ascending"},
		{"group 3,4 ", "group 3,4, ", "ascending"},
		{"group 3,4 ", "group 0,4 ", "ascending"},
		{"group 3,4 ", "group 3,7 ", "ascending"},
		{"group 3,4 ", "group 3 ", "two rosters or more"},
		{"group 3,4 ", "group 2,3 ", "in no group"},
		{"group 3,4 ", "group 3,5 ", "of its class"},
		{"group 3,4 Two offices\n",
		 "group 3,4 Two offices\nring enrolled group 4,6 Two more\n", "one group at most"},
		{"group 3,4 Two offices", "group 3,4 Birch Office", "name of a roster"},
		{"group 3,4 Two offices", "group 3,4 All enrolled members", "rings are distinct"},
		{"group 3,4 Two offices", "group 3,4", "field is missing"},
		{"ring enrolled all All enrolled members\n", "", "ring `all`"},
		{"all All enrolled members\n",
		 "all All enrolled members\nring enrolled all Once more\n", "this order"},
		{"all All enrolled members", "all Alder keys", "name of a roster"},
		{"ring raw-key own 5\n", "", "only roster of a class"},
		{"ring raw-key own 5\n", "ring raw-key own 5\nring raw-key all Keys\n", "one ring"},
		{"ring raw-key own 5\n", "ring raw-key own 5\nring enrolled own 1\n", "this order"},
		{"ring raw-key own 5\n", "ring raw-key own 5\nmore text\n", "end here"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_refused(replaced(letter.text, cases[i].from, cases[i].to),
			       cases[i].rule_part);
	/* A cut anywhere, and a text that is too long. */
	for (size_t len = 0; len < letter.text.len; len++) {
		struct manifest parsed;

		assert_int_not_equal(manifest_parse(&parsed, bytes_from(letter.text.data, len),
						    &memory.arena, NULL),
				     UNDERSIGN_OK);
	}
	char name[130];
	memset(name, 'n', 129);
	name[129] = '\0';
	assert_refused(replaced(letter.text, "Elm Office", name), "at most 128 bytes");
	assert_refused(replaced(letter.text, "Two offices", name), "at most 128 bytes");
	name[128] = '\0';
	struct manifest parsed;
	assert_int_equal(manifest_parse(&parsed, replaced(letter.text, "Two offices", name),
					&memory.arena, NULL),
			 UNDERSIGN_OK);
}

/* `to` may be left out, a group too: its rosters then hide in the ring of all alone. */
static void takes_what_may_be_left_out(void **state)
{
	struct manifest parsed;
	struct bytes text = replaced(letter.text, "to the Council\n", "");

	(void)state;
	text = replaced(text, "ring enrolled group 3,4 Two offices\n", "");
	assert_int_equal(manifest_parse(&parsed, text, &memory.arena, NULL), UNDERSIGN_OK);
	assert_int_equal(parsed.to.len, 0);
	assert_int_equal(parsed.n_rings, 4);
	assert_int_equal(manifest_ring_of_roster(&parsed, 2), 4);
	assert_bytes_equal(sample_text(&parsed, &memory.arena), text);
}

static void says_when_memory_ends(void **state)
{
	struct problem problem = {0};
	struct manifest parsed;
	bool has_succeeded = false;

	(void)state;
	for (size_t capacity = 0; !has_succeeded; capacity += 64) {
		static uint8_t block[1 << 16] __attribute__((aligned(64)));
		struct arena small = {.block = block, .capacity = capacity};
		enum undersign_status status =
			manifest_parse(&parsed, letter.text, &small, &problem);

		assert_true(capacity < sizeof block);
		assert_true(status == UNDERSIGN_OK || status == UNDERSIGN_E_MEMORY);
		has_succeeded = status == UNDERSIGN_OK;
	}
	assert_false(problem_is_set(&problem));
}

static void checks_against_the_rosters(void **state)
{
	const struct snapshot_record *bases[6];
	const uint64_t good[] = {20, 16, 19, 57, 17}, small[] = {20, 16, 15, 57, 17};
	struct snapshot_record changed;
	struct problem problem = {0};

	(void)state;
	for (size_t i = 0; i < 6; i++)
		bases[i] = &rosters[i].record;
	assert_int_equal(manifest_check_rings(&letter, bases, NULL, &problem), UNDERSIGN_OK);
	assert_int_equal(manifest_check_rings(&letter, bases, good, &problem), UNDERSIGN_OK);
	assert_false(problem_is_set(&problem));
	assert_int_equal(manifest_check_rings(&letter, bases, small, &problem),
			 UNDERSIGN_E_INVALID);
	assert_non_null(strstr(problem.rule, "removal of repeats"));
	assert_string_equal(problem.where, "manifest, ring 3");

	for (int kind = 0; kind < 6; kind++) {
		static const char *const rules[] = {
			"repeats the name",    "class is raw-key",        "roster's calendar",
			"repeats the members", "name of an organisation", "class is raw-key"};
		size_t place = kind == 5 ? 4 : 1;

		changed = rosters[place].record;
		bases[place] = &changed;
		if (kind == 0)
			changed.roster = BYTES("Birch");
		if (kind == 1)
			changed.class_of_members = ROSTER_RAW_KEY;
		if (kind == 2)
			changed.calendar.n = changed.n_roots = 0;
		if (kind == 3)
			changed.members++;
		if (kind == 4)
			changed.organisation = BYTES("Two offices");
		if (kind == 5)
			changed.class_of_members = ROSTER_ENROLLED;
		assert_int_equal(manifest_check_rings(&letter, bases, good, &problem),
				 UNDERSIGN_E_INVALID);
		assert_non_null(strstr(problem.rule, rules[kind]));
		bases[place] = &rosters[place].record;
	}
	/* An own ring may have its organisation's name. */
	changed = rosters[1].record;
	changed.organisation = BYTES("Birch Office");
	bases[1] = &changed;
	assert_int_equal(manifest_check_rings(&letter, bases, good, NULL), UNDERSIGN_OK);
}

static enum undersign_status plan(const struct manifest_group *list, size_t n, const char *all,
				  struct problem *problem)
{
	struct manifest draft;

	sample_letter(&draft, &memory.arena, rosters, 6);
	return manifest_plan_rings(&draft, list, n, BYTES(all), BYTES("Keys"), &memory.arena,
				   problem);
}

static void plans_and_refuses_groups(void **state)
{
	static const uint32_t numbers[] = {2, 3, 2, 5, 4, 0, 6}, others[] = {5, 3};
	const struct {
		struct manifest_group group[2];
		size_t n;
		const char *rule_part;
	} cases[] = {
		{{{BYTES("G"), numbers, 0}}, 1, "two rosters or more"},
		{{{BYTES("G"), numbers, 1}}, 1, "two rosters or more"},
		{{{BYTES("G"), numbers, 3}}, 1, "a roster once"},
		{{{BYTES("G"), numbers + 6, 1}}, 1, "rosters of the letter"},
		{{{BYTES("G"), numbers + 3, 2}}, 1, "a class with one roster"},
		{{{BYTES("G"), numbers + 5, 1}}, 1, "two rosters or more"},
		{{{BYTES("G"), numbers, 2}, {BYTES("F"), others, 2}}, 2, "one group at most"},
		{{{BYTES("Alder keys"), numbers, 2}}, 1, "name of a roster"},
		{{{BYTES("All"), numbers, 2}}, 1, "rings are distinct"},
		{{{BYTES(""), numbers, 2}}, 1, "name of 1 to 128"},
	};
	const uint32_t large[] = {0, 2}, mixed[] = {4, 2};
	const struct manifest_group of_two_classes = {BYTES("G"), mixed, 2};
	const struct manifest_group with_large = {BYTES("G"), large, 2};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct problem problem = {0};

		assert_int_equal(plan(cases[i].group, cases[i].n, "All", &problem),
				 UNDERSIGN_E_USAGE);
		if (!strstr(problem.rule, cases[i].rule_part))
			fail_msg("case %zu: %s", i, problem.rule);
	}
	struct problem problem = {0};
	assert_int_equal(plan(&with_large, 1, "All", &problem), UNDERSIGN_E_USAGE);
	assert_non_null(strstr(problem.rule, "in no group"));
	assert_int_equal(plan(&of_two_classes, 1, "All", &problem), UNDERSIGN_E_USAGE);
	assert_non_null(strstr(problem.rule, "of its class"));
	assert_int_equal(plan(NULL, 0, "", &problem), UNDERSIGN_E_USAGE);
	assert_int_equal(plan(NULL, 0, "All", &problem), UNDERSIGN_OK);
	assert_int_equal(plan(cases[6].group, 1, "All", &problem), UNDERSIGN_OK);
}

/* Whatever sizes rosters have, what is planned is what the rules ask: the parser, which checks them
 * one by one, takes it, and takes nothing with a ring less. */
static void plans_for_random_rosters(void **state)
{
	struct test_random random = test_random_new();

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct sample_memory local;
		struct manifest_roster lines[12];
		char names[12][8];
		size_t n = 1 + test_random_below(&random, 12);
		struct manifest draft, again;
		uint32_t numbers[12];
		size_t n_grouped = 0;

		sample_memory_begin(&local);
		sample_letter(&draft, &local.arena, rosters, 1);
		for (size_t i = 0; i < n; i++) {
			snprintf(names[i], sizeof names[i], "R%zu", i);
			lines[i] = (struct manifest_roster){
				.column = test_random_below(&random, 3) == 0 ? 0 : 1,
				.members = 8 + test_random_below(&random, 16),
				.name = BYTES(names[i])};
			if (lines[i].column > 0 && lines[i].members < 16)
				numbers[n_grouped++] = (uint32_t)i;
		}
		draft.rosters = lines;
		draft.n_rosters = n;
		struct manifest_group group = {BYTES("Group"), numbers, n_grouped};
		sample_finish(&draft, &local.arena, &group, n_grouped > 1);
		for (size_t i = 0; i < draft.n_rings; i++) {
			struct manifest less = draft;
			struct manifest_ring rings[16];

			memcpy(rings, draft.rings, draft.n_rings * sizeof *rings);
			memmove(rings + i, rings + i + 1, (draft.n_rings - i - 1) * sizeof *rings);
			less.rings = rings;
			less.n_rings--;
			enum undersign_status status = manifest_parse(
				&again, sample_text(&less, &local.arena), &local.arena, NULL);
			/* A group alone may be left out. */
			assert_int_equal(status == UNDERSIGN_OK,
					 draft.rings[i].type == MANIFEST_RING_GROUP);
		}
		sample_memory_end(&local);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(finds_rings_and_texts),
		cmocka_unit_test(checks_texts),
		cmocka_unit_test(refuses_each_broken_rule),
		cmocka_unit_test(takes_what_may_be_left_out),
		cmocka_unit_test(says_when_memory_ends),
		cmocka_unit_test(checks_against_the_rosters),
		cmocka_unit_test(plans_and_refuses_groups),
		cmocka_unit_test(plans_for_random_rosters),
	};

	return cmocka_run_group_tests_name("letter manifest", tests, begin, end);
}
