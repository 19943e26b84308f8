/* Records of the log and of a letter: round trips, and every rule of formats 3.1 and 3.4 that a
 * text can break by itself. */
#include "record.h"

#include "sample.h"

#include "encoding.h"

#define LETTER "913cb1767ad892c8e3f11ee2be0033aed0b1a75e90f546e50e4b667dd0fb0b36"
#define HASH_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define HASH_B "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static struct sample_memory memory;

static int begin(void **state)
{
	(void)state;
	sample_memory_begin(&memory);
	return 0;
}

static int end(void **state)
{
	(void)state;
	sample_memory_end(&memory);
	return 0;
}

static void assert_rule(const struct problem *problem, enum undersign_status status,
			const char *rule_part)
{
	assert_int_equal(status, UNDERSIGN_E_FORMAT);
	if (!strstr(problem->rule, rule_part))
		fail_msg("%s: refused by `%s`, not by `%s`", problem->where, problem->rule,
			 rule_part);
}

static void tells_kinds_by_the_first_line(void **state)
{
	static const struct {
		const char *text;
		enum record_kind kind;
	} cases[] = {
		{"undersigned log v1\nlog x\n", RECORD_LOG},
		{"undersigned roster v1\n", RECORD_ROSTER},
		{"undersigned letter v1\n\n", RECORD_LETTER},
		{"undersigned open v1\n", RECORD_OPEN},
		{"undersigned extend v1\n", RECORD_EXTEND},
		{"undersigned close v1\n", RECORD_CLOSE},
		{"undersigned close v1", RECORD_CLOSE},
		{"undersigned close v1 \n", RECORD_OTHER},
		{"undersigned close v2\n", RECORD_OTHER},
		{"undersigned reply v1\n", RECORD_OTHER},
		{"\nundersigned log v1\n", RECORD_OTHER},
		{"", RECORD_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(record_kind_of(BYTES(cases[i].text)), cases[i].kind);
	assert_int_equal(RECORD_OTHER, 6);
}

/* A log's record with these two lines. */
static struct bytes log_text(const char *epoch_seconds, const char *begins)
{
	static uint8_t text[1000];
	struct writer writer = writer_new(text, sizeof text);
	struct note_key key = sample_key("log.example/letters", 2);

	writer_text(&writer, "undersigned log v1\nlog ");
	note_key_write(&writer, &key);
	writer_text(&writer, "\nepoch-seconds ");
	writer_text(&writer, epoch_seconds);
	writer_text(&writer, "\nbegins ");
	writer_text(&writer, begins);
	writer_text(&writer, "\n");
	return writer_view(&writer);
}

static void reads_the_logs_record(void **state)
{
	static const struct {
		const char *epoch_seconds, *begins;
		uint64_t seconds, begins_at;
	} good[] = {
		{"86400", "2031-05-03", 86400, 1935532800},
		{"172800", "2031-05-03", 172800, 1935532800},
		{"1", "2031-05-03T10:00:05Z", 1, 1935568805},
		{"3600", "2031-05-03T10:00:00Z", 3600, 1935568800},
		{"86400", "1970-01-01", 86400, 0},
		{"31622400", "1970-01-01", 31622400, 0},
	};
	static const struct {
		const char *epoch_seconds, *begins, *rule_part;
	} bad[] = {
		{"0", "2031-05-03", "at least one second"},
		{"31622401", "2031-05-03", "decimal"},
		{"086400", "2031-05-03", "decimal"},
		{"86400", "2031-05-03T00:00:00Z", "begins on a date"},
		{"86400", "2031-02-29", "begins on a date"},
		{"86400", "1969-12-31", "begins on a date"},
		{"3600", "2031-05-03", "begins at a time"},
		{"3600", "2031-05-03T10:00:01Z", "whole number of epochs"},
		{"172800", "2031-05-04", "whole number of epochs"},
		{"86400", "2031-05-03\nmore x", "end here"},
	};
	struct record_log record;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		uint8_t again[1000];
		struct writer writer = writer_new(again, sizeof again);
		struct bytes text = log_text(good[i].epoch_seconds, good[i].begins);

		assert_int_equal(record_log_parse(&record, text, NULL), UNDERSIGN_OK);
		assert_true(record.epoch_seconds == good[i].seconds);
		assert_true(record.begins == good[i].begins_at);
		assert_bytes_equal(record.log.name, BYTES("log.example/letters"));
		record_log_write(&writer, &record);
		assert_bytes_equal(writer_view(&writer), text);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct problem problem = {0};
		struct bytes text = log_text(bad[i].epoch_seconds, bad[i].begins);

		assert_rule(&problem, record_log_parse(&record, text, &problem), bad[i].rule_part);
		assert_true(record.epoch_seconds == 0);
	}
}

static void names_epochs_by_instants(void **state)
{
	struct record_log days = {.epoch_seconds = 86400, .begins = 1935532800};
	struct record_log seconds = {.epoch_seconds = 1, .begins = 0};
	uint8_t text[32];
	struct writer writer = writer_new(text, sizeof text);
	uint64_t at;

	(void)state;
	assert_int_equal(record_log_instant(&at, &days, 0), UNDERSIGN_OK);
	assert_true(at == 1935532800);
	assert_int_equal(record_log_instant(&at, &days, 2), UNDERSIGN_OK);
	record_log_date_write(&writer, &days, at);
	assert_bytes_equal(writer_view(&writer), BYTES("2031-05-05"));
	writer = writer_new(text, sizeof text);
	assert_int_equal(record_log_instant(&at, &seconds, RECORD_EPOCH_MAX), UNDERSIGN_OK);
	record_log_date_write(&writer, &seconds, at);
	assert_bytes_equal(writer_view(&writer), BYTES("9999-12-31T23:59:59Z"));
	assert_int_equal(record_log_instant(&at, &seconds, RECORD_EPOCH_MAX + 1),
			 UNDERSIGN_E_LIMIT);
	assert_int_equal(record_log_instant(&at, &days, UINT64_MAX), UNDERSIGN_E_LIMIT);
	assert_true(at == 0);
}

static void reads_open_and_close(void **state)
{
	const char *open_text = "undersigned open v1\nletter " LETTER "\n";
	const char *close_text = "undersigned close v1\nletter " LETTER "\nepoch 12\n";
	uint8_t again[1000], letter[HASH_BYTES];
	struct writer writer = writer_new(again, sizeof again);
	struct problem problem = {0};
	struct record_open opening;
	struct record_close closing;

	(void)state;
	assert_int_equal(hex_decode(letter, sizeof letter, BYTES(LETTER)), UNDERSIGN_OK);
	assert_int_equal(record_open_parse(&opening, BYTES(open_text), NULL), UNDERSIGN_OK);
	assert_memory_equal(opening.letter, letter, sizeof letter);
	record_open_write(&writer, &opening);
	assert_bytes_equal(writer_view(&writer), BYTES(open_text));
	writer = writer_new(again, sizeof again);
	assert_int_equal(record_close_parse(&closing, BYTES(close_text), NULL), UNDERSIGN_OK);
	assert_memory_equal(closing.letter, letter, sizeof letter);
	assert_true(closing.epoch == 12);
	record_close_write(&writer, &closing);
	assert_bytes_equal(writer_view(&writer), BYTES(close_text));

	assert_rule(&problem, record_open_parse(&opening, BYTES(close_text), &problem),
		    "undersigned open v1");
	problem = (struct problem){0};
	assert_rule(
		&problem,
		record_open_parse(&opening, BYTES("undersigned open v1\nletter ab\n"), &problem),
		"lower-case hexadecimal");
	problem = (struct problem){0};
	assert_rule(&problem,
		    record_open_parse(&opening,
				      BYTES("undersigned open v1\nletter " LETTER "\nx y\n"),
				      &problem),
		    "end here");
	problem = (struct problem){0};
	assert_rule(&problem,
		    record_close_parse(&closing, BYTES("undersigned close v1\nletter " LETTER "\n"),
				       &problem),
		    "epoch VALUE");
	problem = (struct problem){0};
	assert_rule(&problem,
		    record_close_parse(
			    &closing,
			    BYTES("undersigned close v1\nletter " LETTER "\nepoch 253402300800\n"),
			    &problem),
		    "decimal");
}

#define EXTEND(version, rosters)                                                                   \
	"undersigned extend v1\nletter " LETTER "\nversion " version "\n" rosters

static void reads_extend(void **state)
{
	const char *text = EXTEND("1", "roster " HASH_A " 17 Alder Institute\n"
				       "roster " HASH_B " 4194304 Birch\n");
	static const struct {
		const char *text, *rule_part;
	} bad[] = {
		{EXTEND("0", "roster " HASH_A " 17 Alder\n"), "from 1"},
		{EXTEND("4294967296", "roster " HASH_A " 17 Alder\n"), "decimal"},
		{EXTEND("1", ""), "roster VALUE"},
		{EXTEND("1", "roster " HASH_A " 0 Alder\n"), "at least one member"},
		{EXTEND("1", "roster " HASH_A " 4194305 Alder\n"), "decimal"},
		{EXTEND("1", "roster " HASH_A " 17\n"), "field is missing"},
		{EXTEND("1", "roster " HASH_A "= 17 Alder\n"), "base64"},
		{EXTEND("1", "roster " HASH_A " 17 Alder\nmore x\n"), "end here"},
	};
	uint8_t again[1000];
	struct writer writer = writer_new(again, sizeof again);
	struct record_extend record;

	(void)state;
	assert_int_equal(record_extend_parse(&record, BYTES(text), &memory.arena, NULL),
			 UNDERSIGN_OK);
	assert_int_equal(record.version, 1);
	assert_int_equal(record.n_rosters, 2);
	assert_true(record.rosters[1].members == 4194304);
	assert_bytes_equal(record.rosters[0].name, BYTES("Alder Institute"));
	assert_int_equal(record.rosters[1].record[0], 1);
	record_extend_write(&writer, &record);
	assert_bytes_equal(writer_view(&writer), BYTES(text));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct problem problem = {0};

		assert_rule(
			&problem,
			record_extend_parse(&record, BYTES(bad[i].text), &memory.arena, &problem),
			bad[i].rule_part);
		assert_null(record.rosters);
	}
	struct arena none = {0};
	assert_int_equal(record_extend_parse(&record, BYTES(text), &none, NULL),
			 UNDERSIGN_E_MEMORY);
}

static void extend_names_the_manifests_rosters(void **state)
{
	struct manifest_roster lines[] = {{.name = BYTES("A")}, {.name = BYTES("B")}};
	struct record_extend_roster rosters[] = {
		{.name = BYTES("A")}, {.name = BYTES("B")}, {.name = BYTES("C")}};
	struct manifest manifest = {.rosters = lines, .n_rosters = 2};
	struct record_extend record = {.rosters = rosters, .n_rosters = 2};
	struct problem problem = {0};

	(void)state;
	assert_int_equal(record_extend_check(&record, &manifest, &problem), UNDERSIGN_OK);
	record.n_rosters = 3;
	assert_int_equal(record_extend_check(&record, &manifest, &problem), UNDERSIGN_E_INVALID);
	assert_string_equal(problem.where, "extension, roster 3");
	assert_string_equal(problem.what, "found C");
	record.n_rosters = 1;
	assert_int_equal(record_extend_check(&record, &manifest, &problem), UNDERSIGN_E_INVALID);
	assert_string_equal(problem.what, "missing: B");
	record.n_rosters = 2;
	rosters[1].name = BYTES("A");
	rosters[0].name = BYTES("B");
	assert_int_equal(record_extend_check(&record, &manifest, &problem), UNDERSIGN_E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_kinds_by_the_first_line),
		cmocka_unit_test(reads_the_logs_record),
		cmocka_unit_test(names_epochs_by_instants),
		cmocka_unit_test(reads_open_and_close),
		cmocka_unit_test(reads_extend),
		cmocka_unit_test(extend_names_the_manifests_rosters),
	};

	return cmocka_run_group_tests_name("letter record", tests, begin, end);
}
