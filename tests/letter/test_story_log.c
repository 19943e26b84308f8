/* The story around a letter in a log: what the sequencer takes and refuses before it is logged, and
 * what a bundle makes of what a desk logged nevertheless. */
#include "desk.h"

#include "encoding.h"
#include "story.h"

static struct desk desk;

static int begin(void **state)
{
	(void)state;
	desk_begin(&desk, 1);
	desk_add(&desk, "Alder, enrolled", "Alder", ROSTER_ENROLLED, 16, 0);
	desk_publish(&desk);
	return 0;
}

static int end(void **state)
{
	(void)state;
	desk_end(&desk);
	return 0;
}

static struct bytes text_of(const char *kind, enum desk_signer author, const char *date,
			    const uint8_t *revises, const char *lines)
{
	uint8_t *data = arena_take(desk.arena, 1, ROSTER_TEXT_MAX);
	struct writer writer = writer_new(data, ROSTER_TEXT_MAX);
	struct note_key key = desk_key(author);
	uint64_t seconds;

	assert_int_equal(date_decode(&seconds, BYTES(date)), UNDERSIGN_OK);
	story_text_write_head(&writer, story_kind_named(BYTES(kind)), desk.manifest.context, &key,
			      seconds, revises);
	writer_text(&writer, lines);
	return writer_view(&writer);
}

static struct bytes record(const char *kind, enum desk_signer author, const char *lines)
{
	return desk_note(&desk, author, text_of(kind, author, "2031-01-01", NULL, lines));
}

static const char *actor_lines(const char *role, const char *name, enum desk_signer signer)
{
	static char lines[2][400];
	static size_t turn;
	char *out = lines[turn++ % 2];
	struct note_key key = desk_key(signer);
	struct writer writer = writer_new(out, sizeof lines[0] - 1);

	writer_text(&writer, "role ");
	writer_text(&writer, role);
	writer_text(&writer, "\nname ");
	writer_text(&writer, name);
	writer_text(&writer, "\nkey ");
	note_key_write(&writer, &key);
	writer_text(&writer, "\n");
	out[writer.len] = '\0';
	return out;
}

static void assert_refused(struct bytes note, const struct bytes *pending, size_t n,
			   const char *rule)
{
	struct replay_keys keys = {0};
	struct problem problem = {0};

	assert_int_not_equal(sequencer_check_record(desk.replay, note, desk.epoch, pending, n,
						    &keys, desk.arena, &problem),
			     UNDERSIGN_OK);
	if (!strstr(problem.rule, rule))
		fail_msg("refused by `%s`: %s", problem.rule, problem.what);
}

static void assert_taken(struct bytes note, const struct bytes *pending, size_t n)
{
	struct replay_keys keys = {0};
	struct problem problem = {0};

	if (sequencer_check_record(desk.replay, note, desk.epoch, pending, n, &keys, desk.arena,
				   &problem) != UNDERSIGN_OK)
		fail_msg("%s: %s", problem.rule, problem.what);
}

static void takes_what_holds(void **state)
{
	struct bytes records[6];
	struct story story;

	(void)state;
	records[0] =
		record("actor", DESK_ORGANISER, actor_lines("addressed", "Ministry", DESK_STEWARD));
	records[1] = record("scale", DESK_ORGANISER, "grade some\ngrade all\n");
	records[2] = record("demand", DESK_ORGANISER, "number 1\ntext Publish.\n");
	records[3] = record("reply", DESK_STEWARD, "actor Ministry\ntext No.\n");
	records[4] = record("stance", DESK_STEWARD, "actor Ministry\ngrade all\n");
	/* Alone each lacks what it rests on; beside the others, whatever their order, it holds. */
	assert_refused(records[3], NULL, 0, "a key that the organiser introduced");
	assert_refused(records[4], records, 1, "after the letter's scale");
	for (size_t i = 0; i < 5; i++) {
		struct bytes others[5];
		size_t n = 0;

		for (size_t j = 5; j-- > 0;)
			if (j != i)
				others[n++] = records[j];
		assert_taken(records[i], others, n);
	}
	desk_run(&desk, records, 5, NULL, 0);
	assert_int_equal(desk.letter->n_story, 5);
	assert_int_equal(replay_story(&story, desk.letter, desk.arena), UNDERSIGN_OK);
	assert_true(story.voids == 0 && story.n_standings == 1 && story.n_demands == 1);

	/* And what is logged is what the next ones rest on. */
	assert_refused(records[3], NULL, 0, "no record stands in the log twice");
	assert_taken(record("reply", DESK_STEWARD, "actor Ministry\ntext Perhaps.\n"), NULL, 0);
	assert_refused(record("reply", DESK_STRANGER, "actor Ministry\ntext Yes.\n"), NULL, 0,
		       "a key that the organiser introduced");
	assert_refused(record("scale", DESK_ORGANISER, "grade a\ngrade b\n"), NULL, 0,
		       "publishes its scale once");
	assert_refused(record("stance", DESK_STEWARD, "actor Ministry\ngrade most\n"), NULL, 0,
		       "a grade of the letter's scale");
	assert_refused(desk_note(&desk, DESK_STEWARD,
				 text_of("reply", DESK_STEWARD, "2031-07-01", NULL,
					 "actor Ministry\ntext Later.\n")),
		       NULL, 0, "not dated after the epoch");
	/* Two that exclude each other: the one whose hash is higher would be void. */
	struct bytes both[] = {record("demand", DESK_ORGANISER, "number 2\ntext a\n"),
			       record("demand", DESK_ORGANISER, "number 2\ntext b\n")};
	struct replay_keys keys = {0};
	const bool first = sequencer_check_record(desk.replay, both[0], desk.epoch, both + 1, 1,
						  &keys, desk.arena, NULL) == UNDERSIGN_OK;
	const bool second = sequencer_check_record(desk.replay, both[1], desk.epoch, both, 1, &keys,
						   desk.arena, NULL) == UNDERSIGN_OK;
	assert_true(first != second);
}

static void refuses_other_signatures(void **state)
{
	struct bytes text =
		text_of("demand", DESK_ORGANISER, "2031-01-01", NULL, "number 1\ntext Publish.\n");
	uint8_t other[HASH_BYTES] = {1};
	uint8_t data[1000];
	struct writer writer = writer_new(data, sizeof data);
	struct note_key key = desk_key(DESK_ORGANISER);

	(void)state;
	assert_taken(desk_note(&desk, DESK_ORGANISER, text), NULL, 0);
	assert_refused(desk_note(&desk, DESK_STRANGER, text), NULL, 0, "");
	story_text_write_head(&writer, STORY_DEMAND, other, &key, 0, NULL);
	writer_text(&writer, "number 1\ntext x\n");
	assert_refused(desk_note(&desk, DESK_ORGANISER, writer_view(&writer)), NULL, 0,
		       "about a letter of this log");
	assert_refused(record("demand", DESK_ORGANISER, "number 0\ntext x\n"), NULL, 0,
		       "decimal number, from 1");
}

/* Appends an epoch with these records, in their order, as a desk would that checks nothing. */
static void append_epoch(const struct bytes *records, size_t n)
{
	const size_t first = desk.n_log;

	desk_append(&desk, desk_header(&desk, desk.epoch));
	for (size_t i = 0; i < n; i++)
		desk_append(&desk, records[i]);
	desk_order(&desk, first + 1, desk.epoch);
	desk.epoch++;
}

static void shows_what_is_void(void **state)
{
	struct bytes records[] = {
		record("reply", DESK_STRANGER, "actor Ministry\ntext Yes.\n"),
		record("demand", DESK_ORGANISER, "number 1\ntext Publish.\n"),
	};
	struct story story;

	(void)state;
	append_epoch(records, 2);
	struct bundle *bundle = desk_open(&desk);
	assert_int_equal(replay_story(&story, bundle->letter, desk.arena), UNDERSIGN_OK);
	assert_true(story.n == 2 && story.voids == 1 && story.n_demands == 1);
}

static void refuses_a_log_with_a_forged_record(void **state)
{
	struct bytes text =
		text_of("demand", DESK_ORGANISER, "2031-01-01", NULL, "number 1\ntext Conceal.\n");
	struct bytes forged = desk_note(&desk, DESK_STRANGER, text);

	(void)state;
	append_epoch(&forged, 1);
	desk_assert_refused(&desk, "entry", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(takes_what_holds, begin, end),
		cmocka_unit_test_setup_teardown(refuses_other_signatures, begin, end),
		cmocka_unit_test_setup_teardown(shows_what_is_void, begin, end),
		cmocka_unit_test_setup_teardown(refuses_a_log_with_a_forged_record, begin, end),
	};

	desk_begin_program();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
