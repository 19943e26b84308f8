/* Snapshots, admissions, requests, calendars: text to struct and back, and what is refused. */
#include "members.h"

#include "encoding.h"

static const char snapshot_text[] =
	"undersigned roster v1\n"
	"roster Hydrology\n"
	"organisation Institute for Hydrology, Cadwen\n"
	"class enrolled\n"
	"edition 3\n"
	"date 2031-04-01\n"
	"source staff list of 31 March\n"
	"steward L. Marsh and the Staff Council\n"
	"column 1 2031-04-01 2031-06-30 2031-07-08\n"
	"column 2 2031-07-01 2031-09-30 2031-10-08\n"
	"members 254\n"
	"root AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
	"root ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\n"
	"archive 70000 "
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
	"key log.example/letters+79625d09+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4\n";

static const char raw_text[] =
	"undersigned roster v1\n"
	"roster Forecasting\n"
	"organisation Forecasting Centre\n"
	"class raw-key\n"
	"edition 1\n"
	"date 2031-04-01\n"
	"source a public page\n"
	"steward nobody\n"
	"persons file\n"
	"members 1\n"
	"root AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
	"archive 0 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
	"key log.example/letters+79625d09+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4\n";

/* text with the first `old` replaced by `new`, malloc'ed. */
static char *replaced(const char *text, const char *old, const char *new)
{
	const char *at = strstr(text, old);
	size_t len = strlen(text) + strlen(new) + 1;
	char *out = malloc(len);

	assert_non_null(at);
	assert_non_null(out);
	snprintf(out, len, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
	return out;
}

static void expect_round_trip(const char *text)
{
	struct snapshot_record record;
	struct problem problem = {0};
	uint8_t out[4096];
	struct writer writer = writer_new(out, sizeof out);

	if (snapshot_parse(&record, BYTES(text), &problem) != UNDERSIGN_OK)
		fail_msg("%s: %s (%s)", problem.where, problem.rule, problem.what);
	assert_int_equal(snapshot_write(&writer, &record, NULL), UNDERSIGN_OK);
	assert_bytes_equal(writer_view(&writer), BYTES(text));
}

static void snapshot_goes_to_text_and_back(void **state)
{
	struct snapshot_record record;

	(void)state;
	expect_round_trip(snapshot_text);
	expect_round_trip(raw_text);
	assert_int_equal(snapshot_parse(&record, BYTES(snapshot_text), NULL), UNDERSIGN_OK);
	assert_int_equal(record.edition, 3);
	assert_int_equal(record.members, 254);
	assert_int_equal(record.calendar.n, 2);
	assert_int_equal(record.date, 1932768000);
	assert_null(snapshot_root(&record, 0));
	assert_null(snapshot_root(&record, 3));
	assert_int_equal(snapshot_root(&record, 2)[0], 0x20);
	assert_int_equal(snapshot_parse(&record, BYTES(raw_text), NULL), UNDERSIGN_OK);
	assert_int_equal(record.persons, SNAPSHOT_PERSONS_FILE);
	assert_int_equal(snapshot_root(&record, 0)[31], 0x1f);
	assert_null(snapshot_root(&record, 1));
}

struct change {
	const char *text, *old, *new;
	unsigned line; /* that the problem must name */
};

static void bad_snapshots_are_refused_by_line(void **state)
{
	static const struct change changes[] = {
		{snapshot_text, "roster v1", "roster v2", 1},
		{snapshot_text, "roster Hydrology", "roster  Hydrology", 2},
		{snapshot_text, "roster Hydrology", "roster Hydro\tlogy", 2},
		{snapshot_text, "organisation Institute", "organization Institute", 3},
		{snapshot_text, "class enrolled", "class Enrolled", 4},
		{snapshot_text, "edition 3", "edition 0", 5},
		{snapshot_text, "edition 3", "edition 03", 5},
		{snapshot_text, "edition 3", "edition 4294967296", 5},
		{snapshot_text, "date 2031-04-01", "date 2031-04-31", 6},
		{snapshot_text, "date 2031-04-01", "date 2031-4-1", 6},
		{snapshot_text, "source staff list of 31 March\n", "", 7},
		{snapshot_text, "column 1 ", "column 2 ", 9},
		{snapshot_text, "column 1 2031-04-01", "column 1 2031-07-01", 9},
		{snapshot_text, "2031-07-08\n", "2031-06-30\n", 9},
		{snapshot_text, "2031-07-08\n", "2031-07-08 x\n", 9},
		{snapshot_text, "column 2 2031-07-01", "column 2 2031-06-30", 10},
		{snapshot_text, "column 2 ", "column 3 ", 10},
		{snapshot_text, "members 254", "members 0", 11},
		{snapshot_text, "members 254", "members 4194305", 11},
		{snapshot_text, "root AAEC", "root AAE", 12},
		{snapshot_text, "Hh8=\n", "Hh9=\n", 12},
		{snapshot_text, "root ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\n", "", 13},
		{snapshot_text, "archive 70000 e3b0", "archive 70000 E3b0", 14},
		{snapshot_text, "letters+79625d09", "letters+79625d0a", 15},
		{snapshot_text, "\nkey log", "\nkey log", 0},
		{raw_text, "persons file", "persons folder", 9},
		{raw_text, "persons file\n", "", 9},
		{raw_text, "archive 0", "archive 1", 12},
		{raw_text, "e3b0", "e3b1", 12},
		{raw_text, "persons file\n",
		 "persons file\ncolumn 1 2031-04-01 2031-06-30 "
		 "2031-07-08\n",
		 10},
	};

	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		char *text = replaced(changes[i].text, changes[i].old, changes[i].new);
		struct snapshot_record record;
		struct problem problem = {0};
		char where[32];
		enum undersign_status status = snapshot_parse(&record, BYTES(text), &problem);

		snprintf(where, sizeof where, "line %u", changes[i].line);
		if (changes[i].line == 0) {
			assert_int_equal(status, UNDERSIGN_OK); /* the control */
		} else {
			assert_int_equal(status, UNDERSIGN_E_FORMAT);
			assert_string_equal(problem.where, where);
			assert_true(problem.rule[0] != '\0');
			assert_int_equal(record.members, 0);
		}
		free(text);
	}
}

static void seventeen_columns_are_too_many(void **state)
{
	char text[4096];
	struct line_reader reader;
	struct calendar calendar;

	(void)state;
	for (unsigned n = 16; n <= 17; n++) {
		size_t len = 0;

		for (unsigned c = 1; c <= n; c++)
			len += (size_t)snprintf(
				text + len, sizeof text - len,
				"column %u 20%02u-01-01 20%02u-12-31 20%02u-01-08\n", c, 30 + c,
				30 + c, 31 + c);
		reader = line_reader_new(bytes_from(text, len), NULL);
		calendar_read(&reader, &calendar);
		assert_int_equal(line_end(&reader), n == 16 ? UNDERSIGN_OK : UNDERSIGN_E_FORMAT);
	}
}

/* No changed, cut or doubled byte gives a text that reads as the same record. */
static void every_byte_of_a_snapshot_counts(void **state)
{
	size_t len = sizeof snapshot_text - 1;
	uint8_t text[sizeof snapshot_text];
	struct snapshot_record record;

	(void)state;
	for (size_t i = 0; i < len; i++) {
		uint8_t out[4096];
		struct writer writer = writer_new(out, sizeof out);

		memcpy(text, snapshot_text, len);
		text[i] ^= (uint8_t)(1u << test_random_below(&random_state, 8));
		if (snapshot_parse(&record, bytes_from(text, len), NULL) != UNDERSIGN_OK)
			continue;
		/* What still reads is another text, and writes as that. */
		assert_int_equal(snapshot_write(&writer, &record, NULL), UNDERSIGN_OK);
		assert_bytes_equal(writer_view(&writer), bytes_from(text, len));
	}
	for (size_t i = 0; i < len; i++)
		assert_int_not_equal(snapshot_parse(&record, bytes_from(snapshot_text, i), NULL),
				     UNDERSIGN_OK);
}

static void snapshot_that_cannot_be_read_again_is_not_written(void **state)
{
	struct snapshot_record record;
	uint8_t out[4096];
	char name[ROSTER_NAME_MAX + 2];
	const char *const bad[] = {"two\nlines", " space", "", "tab\there", name};

	(void)state;
	memset(name, 'x', sizeof name);
	name[sizeof name - 1] = '\0';
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct writer writer = writer_new(out, sizeof out);
		struct problem problem = {0};

		assert_int_equal(snapshot_parse(&record, BYTES(snapshot_text), NULL), UNDERSIGN_OK);
		record.organisation = BYTES(bad[i]);
		assert_int_equal(snapshot_write(&writer, &record, &problem), UNDERSIGN_E_FORMAT);
		assert_true(problem_is_set(&problem));
	}
	name[ROSTER_NAME_MAX] = '\0';
	record.organisation = BYTES(name);
	struct writer writer = writer_new(out, sizeof out);
	assert_int_equal(snapshot_write(&writer, &record, NULL), UNDERSIGN_OK);
}

static void snapshot_must_be_signed_by_its_key(void **state)
{
	struct test_memory memory = {0};
	struct arena arena = test_arena(&memory);
	struct test_key steward, other;
	struct snapshot_record record;
	struct note note;
	uint8_t text[4096];
	struct writer writer = writer_new(text, sizeof text);

	(void)state;
	test_key_new(&steward, "steward.example/cadwen");
	test_key_new(&other, "steward.example/cadwen2");
	assert_int_equal(snapshot_parse(&record, BYTES(snapshot_text), NULL), UNDERSIGN_OK);
	record.key = steward.key;
	assert_int_equal(snapshot_write(&writer, &record, NULL), UNDERSIGN_OK);
	struct bytes good = test_note(&arena, writer_view(&writer), &steward);
	assert_int_equal(snapshot_open(&record, &note, good, NULL), UNDERSIGN_OK);
	struct bytes forged = test_note(&arena, writer_view(&writer), &other);
	assert_int_equal(snapshot_open(&record, &note, forged, NULL), UNDERSIGN_E_MISSING);
	uint8_t *changed = (uint8_t *)arena_copy(&arena, good).data;
	memcpy(strstr((char *)changed, "254"), "255", 3);
	assert_int_equal(snapshot_open(&record, &note, bytes_from(changed, good.len), NULL),
			 UNDERSIGN_E_INVALID);
	test_memory_free(&memory);
}

static void editions_are_told_apart(void **state)
{
	static const struct change changes[] = {
		{snapshot_text, "roster Hydrology", "roster Hydrologie", 0},
		{snapshot_text, "Cadwen", "Cadven", 0},
		{snapshot_text, "edition 3", "edition 4", 0},
		{snapshot_text, "2031-10-08", "2031-10-09", 0},
		{snapshot_text, "2031-04-01 2031", "2031-04-02 2031", 0},
		{snapshot_text, "column 2 2031-07-01 2031-09-30 2031-10-08\n", "", 1},
	};
	struct snapshot_record first, other;

	(void)state;
	assert_int_equal(snapshot_parse(&first, BYTES(snapshot_text), NULL), UNDERSIGN_OK);
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		char *text = replaced(changes[i].text, changes[i].old, changes[i].new);
		struct problem problem = {0};

		if (changes[i].line == 1) {
			char *shorter = replaced(
				text, "root ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\n", "");
			free(text);
			text = shorter;
		}
		assert_int_equal(snapshot_parse(&other, BYTES(text), NULL), UNDERSIGN_OK);
		assert_int_equal(snapshot_check_same_edition(&first, &other, &problem),
				 UNDERSIGN_E_CONFLICT);
		assert_true(problem_is_set(&problem));
		free(text);
	}
	/* What may differ: date, source, steward's words, members, roots, archive. */
	char *text = replaced(snapshot_text, "members 254", "members 255");
	char *more = replaced(text, "date 2031-04-01", "date 2031-05-01");
	assert_int_equal(snapshot_parse(&other, BYTES(more), NULL), UNDERSIGN_OK);
	assert_true(snapshot_is_same_edition(&first, &other));
	free(text);
	free(more);
}

static uint64_t at(const char *time)
{
	uint64_t seconds;

	assert_int_equal(date_time_decode(&seconds, BYTES(time)), UNDERSIGN_OK);
	return seconds;
}

static void calendar_says_what_serves_and_what_is_due(void **state)
{
	struct snapshot_record record;
	const struct calendar *calendar = &record.calendar;

	(void)state;
	assert_int_equal(snapshot_parse(&record, BYTES(snapshot_text), NULL), UNDERSIGN_OK);
	assert_int_equal(calendar_column_at(calendar, at("2031-03-31T23:59:59Z")), 0);
	assert_int_equal(calendar_column_at(calendar, at("2031-04-01T00:00:00Z")), 1);
	assert_int_equal(calendar_column_at(calendar, at("2031-06-30T23:59:59Z")), 1);
	assert_int_equal(calendar_column_at(calendar, at("2031-07-01T00:00:00Z")), 2);
	assert_int_equal(calendar_column_at(calendar, at("2031-10-01T00:00:00Z")), 0);
	assert_false(calendar_is_due(&calendar->columns[0], at("2031-07-07T23:59:59Z")));
	assert_true(calendar_is_due(&calendar->columns[0], at("2031-07-08T00:00:00Z")));
	assert_true(calendar_covers(&calendar->columns[0], at("2031-04-01T00:00:00Z"),
				    at("2031-06-30T23:59:59Z")));
	assert_false(calendar_covers(&calendar->columns[0], at("2031-06-30T00:00:00Z"),
				     at("2031-07-01T00:00:00Z")));
}

static void calendars_are_made_of_months(void **state)
{
	struct calendar calendar;
	uint8_t text[1024];
	struct writer writer = writer_new(text, sizeof text);

	(void)state;
	assert_int_equal(calendar_make(&calendar, at("2031-11-23T10:00:00Z"), 3, 3, 8),
			 UNDERSIGN_OK);
	calendar_write(&writer, &calendar);
	assert_bytes_equal(writer_view(&writer),
			   BYTES("column 1 2031-11-01 2032-01-31 2032-02-08\n"
				 "column 2 2032-02-01 2032-04-30 2032-05-08\n"
				 "column 3 2032-05-01 2032-07-31 2032-08-08\n"));
	struct line_reader reader = line_reader_new(writer_view(&writer), NULL);
	struct calendar again;
	calendar_read(&reader, &again);
	assert_int_equal(line_end(&reader), UNDERSIGN_OK);
	assert_true(calendar_is_equal(&calendar, &again));
	assert_int_equal(calendar_make(&calendar, 0, 1, 12, 1), UNDERSIGN_OK);
	assert_int_equal(calendar.columns[0].from, 0);
	assert_int_equal(calendar_make(&calendar, 0, 17, 3, 8), UNDERSIGN_E_LIMIT);
	assert_int_equal(calendar_make(&calendar, 0, 1, 13, 8), UNDERSIGN_E_LIMIT);
	assert_int_equal(calendar_make(&calendar, 0, 1, 3, 0), UNDERSIGN_E_LIMIT);
	assert_int_equal(calendar_make(&calendar, at("9999-11-01T00:00:00Z"), 1, 3, 8),
			 UNDERSIGN_E_LIMIT);
	assert_int_equal(calendar_make(&calendar, UINT64_MAX, 1, 3, 8), UNDERSIGN_E_LIMIT);
}

static void requests_go_to_text_and_back(void **state)
{
	(void)state;
	for (uint32_t n = 1; n <= ROSTER_COLUMNS_MAX; n += 5) {
		struct test_memory memory = {0};
		struct arena arena = test_arena(&memory);
		struct enrolment made, read;
		struct problem problem = {0};

		test_enrolment(&made, "Hydrology", 2, n);
		struct bytes text = test_request_text(&arena, &made);
		assert_int_equal(enrolment_parse(&read, text, NULL), UNDERSIGN_OK);
		assert_int_equal(read.n_columns, n);
		assert_memory_equal(read.columns, made.columns, sizeof made.columns);
		assert_bytes_equal(test_request_text(&arena, &read), text);
		if (enrolment_check(&read, &generators, &problem) != UNDERSIGN_OK)
			fail_msg("%s: %s", problem.where, problem.rule);
		/* Every line is needed, in its order. */
		for (size_t cut = 0; cut < text.len; cut++)
			assert_int_not_equal(enrolment_parse(&read, bytes_part(text, 0, cut),
							     NULL) == UNDERSIGN_OK &&
						     read.n_columns == n,
					     1);
		test_memory_free(&memory);
	}
}

static void meta_is_one_to_32_bytes(void **state)
{
	struct test_memory memory = {0};
	struct arena arena = test_arena(&memory);
	struct enrolment enrolment, read;
	struct opening opening;

	(void)state;
	memset(&enrolment, 0, sizeof enrolment);
	enrolment.roster = BYTES("Hydrology");
	enrolment.edition = 1;
	enrolment.n_columns = 1;
	enrolment.meta_len = 32;
	memset(enrolment.meta, 0xa5, 32);
	assert_int_equal(opening_new(&opening, &test_source), UNDERSIGN_OK);
	test_prove(&enrolment, &opening);
	struct bytes text = test_request_text(&arena, &enrolment);
	assert_int_equal(enrolment_parse(&read, text, NULL), UNDERSIGN_OK);
	assert_bytes_equal(enrolment_meta(&read), enrolment_meta(&enrolment));
	assert_int_equal(enrolment_check(&read, &generators, NULL), UNDERSIGN_OK);
	/* The proof covers it. */
	read.meta[3] ^= 1;
	assert_int_equal(enrolment_check(&read, &generators, NULL), UNDERSIGN_E_INVALID);
	char *whole = malloc(text.len + 1);
	assert_non_null(whole);
	memcpy(whole, text.data, text.len);
	whole[text.len] = '\0';
	const char *const bad[] = {"meta a\n", "meta A5\n", "meta a5a\n", "meta g5\n", "meta \n"};
	char *meta = strstr(whole, "meta ");
	char *end = strchr(meta, '\n') + 1;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		char changed[ENROLMENT_LEN_MAX];
		struct problem problem = {0};

		snprintf(changed, sizeof changed, "%.*s%s%s", (int)(meta - whole), whole, bad[i],
			 end);
		assert_int_equal(enrolment_parse(&read, BYTES(changed), &problem),
				 UNDERSIGN_E_FORMAT);
		assert_string_equal(problem.where, "line 4");
	}
	char longer[ENROLMENT_LEN_MAX];
	snprintf(longer, sizeof longer, "%.*smeta %066d\n%s", (int)(meta - whole), whole, 0, end);
	assert_int_equal(enrolment_parse(&read, BYTES(longer), NULL), UNDERSIGN_E_FORMAT);
	free(whole);
	test_memory_free(&memory);
}

/* Positive and negative verdicts of the batch are those of the single check. */
static void batches_agree_with_single_checks(void **state)
{
	enum { N = 12 };
	struct test_memory memory = {0};
	struct arena arena = test_arena(&memory);
	struct enrolment *enrolments = ARENA_TAKE(&arena, struct enrolment, N);
	size_t scratch_len = enrolment_batch_scratch_len(3 * N);
	void *scratch = arena_take(&arena, scratch_len / 64 + 1, 64);
	bool verdicts[N];

	(void)state;
	for (size_t i = 0; i < N; i++)
		test_enrolment(&enrolments[i], "Hydrology", 1, 1 + (uint32_t)(i % 3));
	assert_true(enrolment_batch_is_valid_vartime(verdicts, enrolments, N, &generators, NULL,
						     scratch, scratch_len));
	enrolments[1].columns[1].proof[40] ^= 1; /* z */
	enrolments[4].columns[0].commitment[0] ^= 2;
	memset(enrolments[5].columns[2].commitment, 0, POINT_BYTES); /* the identity */
	enrolments[7].edition = 9;                                   /* not covered by the proof */
	enrolments[8].roster = BYTES("Hydrologie");
	enrolments[10].columns[1] = enrolments[10].columns[0]; /* moved to another column */
	assert_false(enrolment_batch_is_valid_vartime(verdicts, enrolments, N, &generators, NULL,
						      scratch, scratch_len));
	for (size_t i = 0; i < N; i++) {
		bool is_bad = i == 1 || i == 4 || i == 5 || i == 8 || i == 10;

		assert_int_equal(verdicts[i], !is_bad);
		assert_int_equal(enrolment_check(&enrolments[i], &generators, NULL) == UNDERSIGN_OK,
				 !is_bad);
	}
	/* Two proofs that cancel each other in a sum of equal weights (M-6). */
	test_enrolment(&enrolments[0], "Hydrology", 1, 1);
	test_enrolment(&enrolments[1], "Hydrology", 1, 1);
	enrolments[0].columns[0].proof[32] += 1;
	enrolments[1].columns[0].proof[32] -= 1;
	assert_false(enrolment_batch_is_valid_vartime(verdicts, enrolments, 2, &generators, NULL,
						      scratch, scratch_len));
	assert_false(verdicts[0]);
	assert_false(verdicts[1]);
	test_memory_free(&memory);
}

static void admissions_name_requests(void **state)
{
	struct test_memory memory = {0};
	struct arena arena = test_arena(&memory);
	struct test_key steward, other;
	struct bytes requests[5];
	uint8_t fingerprint[SHA256_BYTES];
	struct admission admission;

	(void)state;
	test_key_new(&steward, "steward.example/cadwen");
	test_key_new(&other, "steward.example/else");
	for (size_t i = 0; i < 5; i++)
		requests[i] = test_request(&arena, "Hydrology", 1, 1);
	struct bytes note = test_admission(&arena, "Hydrology", 1, requests, 4, &steward);
	assert_int_equal(admission_open(&admission, note, NULL), UNDERSIGN_OK);
	assert_int_equal(admission.n_requests, 4);
	for (size_t i = 0; i < 5; i++) {
		enrolment_fingerprint(fingerprint, requests[i]);
		assert_int_equal(admission_has(&admission, fingerprint), i < 4);
	}
	/* Any changed bit is refused. */
	for (size_t i = 0; i < note.len; i += test_is_full() ? 1 : 7) {
		uint8_t *changed = (uint8_t *)arena_copy(&arena, note).data;

		changed[i] ^= 1;
		assert_int_not_equal(
			admission_open(&admission, bytes_from(changed, note.len), NULL),
			UNDERSIGN_OK);
	}
	/* Signed by another key than it names. */
	struct note parsed;
	assert_int_equal(note_parse(&parsed, note, NULL), UNDERSIGN_OK);
	struct bytes forged = test_note(&arena, parsed.text, &other);
	assert_int_not_equal(admission_open(&admission, forged, NULL), UNDERSIGN_OK);
	assert_int_equal(admission_parse(&admission, parsed.text, NULL), UNDERSIGN_OK);
	test_memory_free(&memory);
}

static void admissions_are_bounded(void **state)
{
	static uint8_t fingerprints[ADMISSION_REQUESTS_MAX + 1][SHA256_BYTES];
	static uint8_t text[2 * ROSTER_TEXT_MAX];
	char name[ROSTER_NAME_MAX + 1];
	char key_name[NOTE_NAME_LEN_MAX + 1];
	struct test_key key;
	struct admission admission = {.edition = UINT32_MAX, .date = 0};
	struct admission read;
	struct writer writer = writer_new(text, sizeof text);

	(void)state;
	memset(name, 'n', ROSTER_NAME_MAX);
	name[ROSTER_NAME_MAX] = '\0';
	memset(key_name, 'k', NOTE_NAME_LEN_MAX);
	key_name[NOTE_NAME_LEN_MAX] = '\0';
	test_key_new(&key, key_name);
	admission.roster = BYTES(name);
	admission.key = key.key;
	assert_int_equal(admission_write(&writer, &admission,
					 (const uint8_t(*)[SHA256_BYTES])fingerprints,
					 ADMISSION_REQUESTS_MAX + 1),
			 UNDERSIGN_E_LIMIT);
	assert_int_equal(admission_write(&writer, &admission,
					 (const uint8_t(*)[SHA256_BYTES])fingerprints, 0),
			 UNDERSIGN_E_LIMIT);
	assert_int_equal(admission_write(&writer, &admission,
					 (const uint8_t(*)[SHA256_BYTES])fingerprints,
					 ADMISSION_REQUESTS_MAX),
			 UNDERSIGN_OK);
	assert_int_equal(admission_parse(&read, writer_view(&writer), NULL), UNDERSIGN_OK);
	assert_int_equal(read.n_requests, ADMISSION_REQUESTS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(snapshot_goes_to_text_and_back),
		cmocka_unit_test(bad_snapshots_are_refused_by_line),
		cmocka_unit_test(seventeen_columns_are_too_many),
		cmocka_unit_test(every_byte_of_a_snapshot_counts),
		cmocka_unit_test(snapshot_that_cannot_be_read_again_is_not_written),
		cmocka_unit_test(snapshot_must_be_signed_by_its_key),
		cmocka_unit_test(editions_are_told_apart),
		cmocka_unit_test(calendar_says_what_serves_and_what_is_due),
		cmocka_unit_test(calendars_are_made_of_months),
		cmocka_unit_test(requests_go_to_text_and_back),
		cmocka_unit_test(meta_is_one_to_32_bytes),
		cmocka_unit_test(batches_agree_with_single_checks),
		cmocka_unit_test(admissions_name_requests),
		cmocka_unit_test(admissions_are_bounded),
	};

	test_members_begin();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
