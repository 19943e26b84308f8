/* `roster audit`: whatever is changed in an edition's files is found, and named. */
#include "members.h"

#define N_MEMBERS 70 /* more than one batch of proofs */
#define N_COLUMNS 2

static struct test_memory memory;
static struct arena arena;
static struct test_key steward, other_steward;
static struct test_files files;
static struct bytes snapshots[3]; /* after 1, 40 and all members */
static struct edition_rules rules;
static struct edition whole;

/* An edition of N_MEMBERS, admitted in batches of ten. */
static void make_edition(void)
{
	static const uint32_t sizes[3] = {1, 40, N_MEMBERS};
	struct bytes requests[N_MEMBERS];
	size_t next = 0;

	rules = (struct edition_rules){BYTES("Hydrology"), 1, ROSTER_ENROLLED, N_COLUMNS,
				       steward.key};
	test_empty(&whole, &rules, &arena);
	for (uint32_t i = 0; i < N_MEMBERS; i++)
		requests[i] = test_request(&arena, "Hydrology", 1, N_COLUMNS);
	for (uint32_t i = 0; i < N_MEMBERS; i++) {
		uint32_t first = i / 10 * 10;

		struct bytes note =
			test_admission(&arena, "Hydrology", 1, &requests[first], 10, &steward);
		assert_int_equal(edition_add_request(&whole, requests[i], note, NULL),
				 UNDERSIGN_OK);
		if (next < 3 && whole.n == sizes[next])
			snapshots[next++] = test_snapshot(&arena, &whole, &steward);
	}
	test_files_of(&files, &arena, &whole);
}

static struct audit_report *audit(const struct test_files *given, const struct bytes *notes,
				  size_t n_notes)
{
	struct audit_report *report = ARENA_TAKE(&arena, struct audit_report, 1);
	struct audit_input input = {
		.points = given->points,
		.n_points = given->n_points,
		.archive = given->archive,
		.snapshots = notes,
		.n_snapshots = n_notes,
		.key = &steward.key,
	};
	enum undersign_status status =
		audit_edition(report, &input, &generators, NULL, NULL, &arena);

	assert_int_equal(status, report->n_problems == 0 ? UNDERSIGN_OK : UNDERSIGN_E_INVALID);
	for (size_t i = 0; i < report->n_problems && i < AUDIT_PROBLEMS_MAX; i++) {
		assert_true(report->problems[i].where[0] != '\0');
		assert_true(report->problems[i].rule[0] != '\0');
	}
	return report;
}

static void expect_problem(const struct audit_report *report, const char *where, const char *rule)
{
	for (size_t i = 0; i < report->n_problems && i < AUDIT_PROBLEMS_MAX; i++) {
		if (strcmp(report->problems[i].where, where) == 0 &&
		    strstr(report->problems[i].rule, rule))
			return;
	}
	for (size_t i = 0; i < report->n_problems && i < AUDIT_PROBLEMS_MAX; i++)
		print_message("  %s: %s (%s)\n", report->problems[i].where,
			      report->problems[i].rule, report->problems[i].what);
	fail_msg("no problem in \"%s\" about \"%s\"", where, rule);
}

static void good_edition_passes(void **state)
{
	struct audit_report *report = audit(&files, snapshots, 3);

	(void)state;
	assert_int_equal(report->n_problems, 0);
	assert_int_equal(report->n_entries, N_MEMBERS);
	assert_int_equal(report->n_listed, N_MEMBERS);
	assert_int_equal(report->n_columns, N_COLUMNS);
	assert_int_equal(report->n_proofs, N_MEMBERS * N_COLUMNS);
	assert_int_equal(report->n_admissions, 7);
	assert_int_equal(report->n_snapshots, 3);
	/* In whichever order, and with entries that no snapshot has yet. */
	struct bytes turned[2] = {snapshots[1], snapshots[0]};
	report = audit(&files, turned, 2);
	assert_int_equal(report->n_problems, 0);
	assert_int_equal(report->n_listed, 40);
}

static uint8_t *copy_of(struct bytes bytes)
{
	return (uint8_t *)arena_copy(&arena, bytes).data;
}

static void changed_points_are_found(void **state)
{
	struct test_files bad = files;
	uint8_t *points = copy_of(files.points[1]);

	(void)state;
	/* Two entries exchanged in one column. */
	memcpy(points + POINTS_HEADER_LEN + 33 * 50,
	       files.points[1].data + POINTS_HEADER_LEN + 33 * 51, 33);
	memcpy(points + POINTS_HEADER_LEN + 33 * 51,
	       files.points[1].data + POINTS_HEADER_LEN + 33 * 50, 33);
	bad.points[1] = bytes_from(points, files.points[1].len);
	struct audit_report *report = audit(&bad, snapshots, 3);
	expect_problem(report, "column 2, entry 50", "commitment of its request");
	expect_problem(report, "column 2, entry 51", "commitment of its request");
	expect_problem(report, "snapshot 3, root 2", "first entries of the points file");
	assert_int_equal(report->n_problems, 3); /* the snapshots before are not touched */
	/* Any other byte. */
	for (int i = 0; i < (test_is_full() ? 300 : 12); i++) {
		uint8_t *changed = copy_of(files.points[0]);

		changed[test_random_below(&random_state, files.points[0].len)] ^=
			(uint8_t)(1u << test_random_below(&random_state, 8));
		bad = files;
		bad.points[0] = bytes_from(changed, files.points[0].len);
		assert_true(audit(&bad, snapshots, 3)->n_problems > 0);
	}
	/* Too few members for a snapshot. */
	struct points parsed;
	assert_int_equal(points_parse(&parsed, files.points[0], NULL), UNDERSIGN_OK);
	for (size_t c = 0; c < 2; c++) {
		uint8_t *shorter = copy_of(files.points[c]);

		shorter[23] = 69;
		bad.points[c] = bytes_from(shorter, files.points[c].len - 33);
	}
	report = audit(&bad, snapshots, 3);
	expect_problem(report, "snapshot 3", "hold all members");
	expect_problem(report, "archive", "one entry for each member");
	bad = files;
	bad.n_points = 1;
	expect_problem(audit(&bad, snapshots, 3), "points files", "one points file");
	bad = files;
	bad.points[1].len--;
	expect_problem(audit(&bad, snapshots, 3), "points file 2, entry 69", "an entry is");
}

static void changed_archives_are_found(void **state)
{
	struct test_files bad = files;

	(void)state;
	for (int i = 0; i < (test_is_full() ? 500 : 25); i++) {
		uint8_t *changed = copy_of(files.archive);

		changed[test_random_below(&random_state, files.archive.len)] ^=
			(uint8_t)(1u << test_random_below(&random_state, 8));
		bad.archive = bytes_from(changed, files.archive.len);
		assert_true(audit(&bad, snapshots, 3)->n_problems > 0);
	}
	bad.archive = bytes_part(files.archive, 0, files.archive.len - 1);
	expect_problem(audit(&bad, snapshots, 3), "archive, entry 69", "length before each");
	bad.archive.len = 0;
	struct audit_report *report = audit(&bad, snapshots, 3);
	expect_problem(report, "archive, entry 0", "one entry for each member");
	assert_int_equal(report->n_problems, 1);
	uint8_t *longer = arena_take(&arena, files.archive.len + 1, 1);
	memcpy(longer, files.archive.data, files.archive.len);
	bad.archive = bytes_from(longer, files.archive.len + 1);
	expect_problem(audit(&bad, snapshots, 3), "archive", "one entry for each member");
}

/* What a steward could do who signs whatever he likes: the proofs stand against him. */
static void invented_members_are_found(void **state)
{
	struct edition edition;
	struct test_files bad;
	struct enrolment enrolment;
	struct audit_report *report;

	(void)state;
	/* A commitment without a proof that holds, put into the files past the check. */
	test_empty(&edition, &rules, &arena);
	test_enrolment(&enrolment, "Hydrology", 1, N_COLUMNS);
	struct bytes good = test_request_text(&arena, &enrolment);
	enrolment.columns[1].proof[100] ^= 1;
	struct bytes forged = test_request_text(&arena, &enrolment);
	struct bytes note = test_admission(&arena, "Hydrology", 1, &good, 1, &steward);
	assert_int_equal(edition_add_request(&edition, good, note, NULL), UNDERSIGN_OK);
	test_files_of(&bad, &arena, &edition);
	struct bytes snapshot = test_snapshot(&arena, &edition, &steward);
	assert_int_equal(audit(&bad, &snapshot, 1)->n_problems, 0); /* the control */
	struct bytes forged_note = test_admission(&arena, "Hydrology", 1, &forged, 1, &steward);
	struct writer writer = writer_new(arena_take(&arena, 65536, 1), 65536);
	writer_u32le(&writer, (uint32_t)forged.len);
	writer_bytes(&writer, forged);
	writer_u32le(&writer, (uint32_t)forged_note.len);
	writer_bytes(&writer, forged_note);
	bad.archive = writer_view(&writer);
	report = audit(&bad, &snapshot, 1);
	expect_problem(report, "entry 0, column 2", "proof of possession");
	expect_problem(report, "snapshot 1, archive", "length and hash");
	/* An admission by somebody else, and one that names another request. */
	const struct bytes notes[2] = {
		test_admission(&arena, "Hydrology", 1, &good, 1, &other_steward),
		forged_note,
	};
	const char *const where[2] = {"entry 0, admission", "entry 0"};
	for (size_t i = 0; i < 2; i++) {
		writer = writer_new(arena_take(&arena, 65536, 1), 65536);
		writer_u32le(&writer, (uint32_t)good.len);
		writer_bytes(&writer, good);
		writer_u32le(&writer, (uint32_t)notes[i].len);
		writer_bytes(&writer, notes[i]);
		bad.archive = writer_view(&writer);
		report = audit(&bad, &snapshot, 1);
		expect_problem(report, where[i], "admission");
	}
}

static void contradicting_snapshots_are_found(void **state)
{
	struct edition fork;
	struct bytes notes[4] = {snapshots[0], snapshots[1], snapshots[2]};
	struct edition_rules second = rules;

	(void)state;
	/* A fork: 40 other members under the same name. */
	test_empty(&fork, &rules, &arena);
	struct bytes request = test_request(&arena, "Hydrology", 1, N_COLUMNS);
	struct bytes note = test_admission(&arena, "Hydrology", 1, &request, 1, &steward);
	assert_int_equal(edition_add_request(&fork, request, note, NULL), UNDERSIGN_OK);
	notes[3] = test_snapshot(&arena, &fork, &steward);
	expect_problem(audit(&files, notes, 4), "snapshot 4, root 1", "points file");
	/* Of another edition, by another key, changed, none. */
	second.edition = 2;
	test_empty(&fork, &second, &arena);
	request = test_request(&arena, "Hydrology", 2, N_COLUMNS);
	note = test_admission(&arena, "Hydrology", 2, &request, 1, &steward);
	assert_int_equal(edition_add_request(&fork, request, note, NULL), UNDERSIGN_OK);
	notes[3] = test_snapshot(&arena, &fork, &steward);
	expect_problem(audit(&files, notes, 4), "snapshot 4", "one edition");
	second = rules;
	second.key = other_steward.key;
	test_empty(&fork, &second, &arena);
	request = test_request(&arena, "Hydrology", 1, N_COLUMNS);
	note = test_admission(&arena, "Hydrology", 1, &request, 1, &other_steward);
	assert_int_equal(edition_add_request(&fork, request, note, NULL), UNDERSIGN_OK);
	notes[3] = test_snapshot(&arena, &fork, &other_steward);
	expect_problem(audit(&files, notes, 4), "snapshot 4", "steward's key");
	uint8_t *changed = copy_of(snapshots[2]);
	changed[30] ^= 1;
	notes[3] = bytes_from(changed, snapshots[2].len);
	assert_true(audit(&files, notes, 4)->n_problems > 0);
	expect_problem(audit(&files, notes, 0), "edition", "signed snapshots");
}

/* Without the archive: hashes, points and duplicates, and nothing of proofs. */
static void lists_are_audited_alone(void **state)
{
	struct test_files list = files;
	struct audit_report *report = ARENA_TAKE(&arena, struct audit_report, 1);
	struct audit_input input = {.points = list.points,
				    .n_points = list.n_points,
				    .snapshots = snapshots,
				    .n_snapshots = 3,
				    .is_list_only = true};

	(void)state;
	assert_int_equal(audit_edition(report, &input, &generators, NULL, NULL, &arena),
			 UNDERSIGN_OK);
	assert_int_equal(report->n_entries, N_MEMBERS);
	assert_int_equal(report->n_proofs, 0);
	assert_int_equal(report->n_admissions, 0);
	/* The same without is_list_only: the archive is missing. */
	input.is_list_only = false;
	assert_int_equal(audit_edition(report, &input, &generators, NULL, NULL, &arena),
			 UNDERSIGN_E_INVALID);
	input.is_list_only = true;
	/* What is no point, the identity, what stands twice in and across columns; each spoils
	 * roots too. */
	static const struct {
		size_t column, entry, from_column, from_entry;
		int how; /* 0: a copy; 1: zeros; 2: ones */
		const char *where, *rule;
	} cases[] = {
		{0, 30, 0, 5, 0, "column 1, entry 30", "once"},
		{1, 69, 0, 0, 0, "column 2, entry 69", "once"},
		{0, 64, 0, 0, 1, "column 1, entry 64", "identity"},
		{1, 0, 0, 0, 2, "column 2, entry 0", "canonical point"},
		{1, 63, 0, 0, 2, "column 2, entry 63", "canonical point"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t *changed = copy_of(files.points[cases[i].column]);
		uint8_t *at = changed + POINTS_HEADER_LEN + 33 * cases[i].entry;

		if (cases[i].how == 0)
			memcpy(at,
			       files.points[cases[i].from_column].data + POINTS_HEADER_LEN +
				       33 * cases[i].from_entry,
			       POINT_BYTES);
		else
			memset(at, cases[i].how == 1 ? 0 : 0xff, POINT_BYTES);
		memcpy(list.points, files.points, sizeof list.points);
		list.points[cases[i].column] =
			bytes_from(changed, files.points[cases[i].column].len);
		assert_int_equal(audit_edition(report, &input, &generators, NULL, NULL, &arena),
				 UNDERSIGN_E_INVALID);
		expect_problem(report, cases[i].where, cases[i].rule);
		expect_problem(report,
			       cases[i].column == 0 ? "snapshot 3, root 1" : "snapshot 3, root 2",
			       "points file");
	}
}

static void raw_keys_are_audited(void **state)
{
	struct edition_rules raw = {BYTES("Hydrology"), 1, ROSTER_RAW_KEY, 0, steward.key};
	struct edition edition;
	struct test_files good, bad;

	(void)state;
	test_empty(&edition, &raw, &arena);
	for (int i = 0; i < 20; i++) {
		struct test_key member;

		test_key_new(&member, "member");
		assert_int_equal(
			edition_add_key(&edition, member.key.public_key, bytes_from(NULL, 0), NULL),
			UNDERSIGN_OK);
	}
	test_files_of(&good, &arena, &edition);
	struct bytes snapshot = test_snapshot(&arena, &edition, &steward);
	struct audit_report *report = audit(&good, &snapshot, 1);
	assert_int_equal(report->n_problems, 0);
	assert_int_equal(report->n_entries, 20);
	assert_int_equal(report->n_proofs, 0);
	/* A key twice; a key of small order. */
	bad = good;
	uint8_t *changed = copy_of(good.points[0]);
	bad.points[0] = bytes_from(changed, good.points[0].len);
	memcpy(changed + POINTS_HEADER_LEN + 33 * 7, changed + POINTS_HEADER_LEN, POINT_BYTES);
	expect_problem(audit(&bad, &snapshot, 1), "entry 7", "once");
	memset(changed + POINTS_HEADER_LEN + 33 * 7, 0, POINT_BYTES);
	expect_problem(audit(&bad, &snapshot, 1), "entry 7", "prime order");
	bad = good;
	bad.archive = BYTES("x");
	expect_problem(audit(&bad, &snapshot, 1), "archive", "one entry for each member");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_edition_passes),
		cmocka_unit_test(changed_points_are_found),
		cmocka_unit_test(changed_archives_are_found),
		cmocka_unit_test(invented_members_are_found),
		cmocka_unit_test(contradicting_snapshots_are_found),
		cmocka_unit_test(lists_are_audited_alone),
		cmocka_unit_test(raw_keys_are_audited),
	};
	int n_failed;

	test_members_begin();
	arena = test_arena(&memory);
	test_key_new(&steward, "steward.example/cadwen");
	test_key_new(&other_steward, "steward.example/else");
	make_edition();
	n_failed = cmocka_run_group_tests(tests, NULL, NULL);
	test_memory_free(&memory);
	return n_failed;
}
