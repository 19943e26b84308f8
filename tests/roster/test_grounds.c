/* Admissions with grounds (formats 4.2, version 2): their text, and that one person has one entry,
 * in an edition that grows, in one that is opened again, and in an audit (doc/testing.md, A-6). */
#include "members.h"

#include "archive.h"
#include "audit.h"

static struct test_memory memory;
static struct arena arena;
static struct test_key steward;

/* Grounds with identities 1 to n counted from `first`. */
static struct admission_grounds grounds_of(enum evidence_kind kind, uint8_t first, uint32_t n)
{
	struct admission_grounds grounds = {.kind = kind, .n_identities = n};

	memset(grounds.evidence, 0xe0 + first, SHA256_BYTES);
	for (uint32_t i = 0; i < n; i++)
		memset(grounds.identities[i], (int)(first + i), SHA256_BYTES);
	return grounds;
}

static struct bytes admit(const struct bytes *requests, const struct admission_grounds *grounds,
			  uint32_t n)
{
	uint8_t fingerprints[ADMISSION_GROUNDS_MAX][SHA256_BYTES];
	struct admission admission = {
		.roster = BYTES("Hydrology"), .edition = 1, .date = 1900000000, .key = steward.key};
	struct writer writer = writer_new(arena_take(&arena, ROSTER_TEXT_MAX, 1), ROSTER_TEXT_MAX);

	for (uint32_t i = 0; i < n; i++)
		enrolment_fingerprint(fingerprints[i], requests[i]);
	assert_int_equal(admission_write_grounds(&writer, &admission,
						 (const uint8_t(*)[SHA256_BYTES])fingerprints,
						 grounds, n),
			 UNDERSIGN_OK);
	return test_note(&arena, writer_view(&writer), &steward);
}

static void grounds_go_to_text_and_back(void **state)
{
	struct bytes requests[3];
	struct admission_grounds grounds[3] = {
		grounds_of(EVIDENCE_SSH, 1, 2),
		grounds_of(EVIDENCE_X509, 10, 1),
		grounds_of(EVIDENCE_VOUCH, 20, ADMISSION_IDENTITIES_MAX),
	};
	struct admission_grounds found;
	struct admission admission;
	uint8_t fingerprint[SHA256_BYTES];

	(void)state;
	for (size_t i = 0; i < 3; i++)
		requests[i] = test_request(&arena, "Hydrology", 1, 1);
	struct bytes note = admit(requests, grounds, 3);
	assert_int_equal(admission_open(&admission, note, NULL), UNDERSIGN_OK);
	assert_true(admission.has_grounds);
	assert_int_equal(admission.n_requests, 3);
	struct bytes rest = admission.requests;
	for (size_t i = 0; i < 3; i++) {
		uint8_t next[SHA256_BYTES];

		enrolment_fingerprint(fingerprint, requests[i]);
		assert_true(admission_find(&found, &admission, fingerprint));
		assert_memory_equal(&found, &grounds[i], sizeof found);
		assert_true(admission_next(next, &found, &admission, &rest));
		assert_memory_equal(next, fingerprint, sizeof next);
		assert_memory_equal(&found, &grounds[i], sizeof found);
	}
	assert_false(admission_next(fingerprint, &found, &admission, &rest));
	/* One of version 1 has none. */
	note = test_admission(&arena, "Hydrology", 1, requests, 2, &steward);
	assert_int_equal(admission_open(&admission, note, NULL), UNDERSIGN_OK);
	assert_false(admission.has_grounds);
	enrolment_fingerprint(fingerprint, requests[1]);
	assert_true(admission_find(&found, &admission, fingerprint));
	assert_int_equal(found.n_identities, 0);
	enrolment_fingerprint(fingerprint, requests[2]);
	assert_false(admission_find(&found, &admission, fingerprint));
}

#define H1 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define H2 "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void bad_grounds_are_refused(void **state)
{
	static const struct {
		const char *version, *line;
		bool is_good;
	} cases[] = {
		{"v2", "request " H1 " ssh " H1 " " H2, true},
		{"v2", "request " H1 " vouch " H1 " " H1 "," H2, true},
		{"v1", "request " H1, true},
		{"v1", "request " H1 " ssh " H1 " " H2, false},
		{"v2", "request " H1, false},
		{"v2", "request " H1 " ssh " H1, false},
		{"v2", "request " H1 " ssh " H1 " ", false},
		{"v2", "request " H1 " dns " H1 " " H2, false},
		{"v2", "request " H1 " SSH " H1 " " H2, false},
		{"v2", "request " H1 " ssh " H1 " " H2 " " H1, false},
		{"v2", "request " H1 " ssh " H1 " " H2 ",", false},
		{"v2", "request " H1 " ssh " H1 " " H2 "," H2, false},
		{"v2", "request " H1 " ssh " H1 " " H2 ";" H1, false},
		{"v2", "request " H1 " ssh " H1 " ," H2, false},
		{"v2", "request " H1 " ssh " H1 " A" H2, false},
		{"v3", "request " H1 " ssh " H1 " " H2, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[2048];
		uint8_t key[NOTE_KEY_TEXT_MAX];
		struct writer writer = writer_new(key, sizeof key);
		struct admission admission;
		struct problem problem = {0};

		note_key_write(&writer, &steward.key);
		snprintf(text, sizeof text,
			 "undersigned admission %s\nroster Hydrology\nedition 1\n"
			 "date 2030-01-01\n%s\nkey %.*s\n",
			 cases[i].version, cases[i].line, (int)writer.len, (const char *)key);
		bool is_taken = admission_parse(&admission, BYTES(text), &problem) == UNDERSIGN_OK;
		if (is_taken != cases[i].is_good)
			fail_msg("case %zu: %s %s", i, problem.rule, problem.what);
	}
}

static void one_person_has_one_entry(void **state)
{
	const struct edition_rules rules = {BYTES("Hydrology"), 1, ROSTER_ENROLLED, 1, steward.key};
	struct edition edition, again;
	struct test_files files;
	struct problem problem = {0};
	struct bytes requests[6], note;
	/* Key 1 of person 2; key 2 of person 2?; the same key; another key of the same person. */
	struct admission_grounds first = grounds_of(EVIDENCE_SSH, 1, 2);
	struct admission_grounds same_key = grounds_of(EVIDENCE_SSH, 1, 1);
	struct admission_grounds same_person = grounds_of(EVIDENCE_OPENPGP, 2, 2);
	struct admission_grounds other = grounds_of(EVIDENCE_X509, 50, 2);
	struct admission_grounds vouched = grounds_of(EVIDENCE_VOUCH, 1, 2);

	(void)state;
	for (size_t i = 0; i < 6; i++)
		requests[i] = test_request(&arena, "Hydrology", 1, 1);
	test_empty(&edition, &rules, &arena);
	note = admit(&requests[0], &first, 1);
	assert_int_equal(edition_add_request(&edition, requests[0], note, NULL), UNDERSIGN_OK);
	note = admit(&requests[1], &same_key, 1);
	assert_int_equal(edition_add_request(&edition, requests[1], note, &problem),
			 UNDERSIGN_E_CONFLICT);
	assert_non_null(strstr(problem.rule, "one person has one entry"));
	assert_non_null(strstr(problem.what, "entry 0"));
	/* A kind of evidence more does not make a person more. */
	note = admit(&requests[1], &same_person, 1);
	assert_int_equal(edition_add_request(&edition, requests[1], note, NULL),
			 UNDERSIGN_E_CONFLICT);
	assert_int_equal(edition.n, 1);
	/* The controls: another person; the steward's word; who vouches is not who enters. */
	note = admit(&requests[2], &other, 1);
	assert_int_equal(edition_add_request(&edition, requests[2], note, NULL), UNDERSIGN_OK);
	note = test_admission(&arena, "Hydrology", 1, &requests[3], 1, &steward);
	assert_int_equal(edition_add_request(&edition, requests[3], note, NULL), UNDERSIGN_OK);
	note = admit(&requests[4], &vouched, 1);
	assert_int_equal(edition_add_request(&edition, requests[4], note, NULL), UNDERSIGN_OK);
	/* Opened again, it still knows. */
	test_files_of(&files, &arena, &edition);
	assert_int_equal(test_reopen(&again, &rules, &files, &arena, NULL), UNDERSIGN_OK);
	for (int i = 0; i < 2; i++) {
		note = admit(&requests[5], i == 0 ? &same_person : &other, 1);
		assert_int_equal(edition_add_request(&again, requests[5], note, NULL),
				 UNDERSIGN_E_CONFLICT);
	}
	/* Two in one note. */
	struct admission_grounds both[2] = {grounds_of(EVIDENCE_SSH, 90, 2),
					    grounds_of(EVIDENCE_SSH, 91, 2)};
	struct bytes two[2] = {requests[1], requests[5]};
	note = admit(two, both, 2);
	assert_int_equal(edition_add_request(&again, two[0], note, NULL), UNDERSIGN_OK);
	assert_int_equal(edition_add_request(&again, two[1], note, NULL), UNDERSIGN_E_CONFLICT);
}

/* A steward who enters somebody twice all the same writes the files himself. */
static void an_audit_finds_whoever_stands_twice(void **state)
{
	const struct edition_rules rules = {BYTES("Hydrology"), 1, ROSTER_ENROLLED, 1, steward.key};
	struct bytes requests[4];
	struct test_files files;
	struct audit_report *report = ARENA_TAKE(&arena, struct audit_report, 1);

	(void)state;
	for (size_t i = 0; i < 4; i++)
		requests[i] = test_request(&arena, "Hydrology", 1, 1);
	for (int is_bad = 0; is_bad < 2; is_bad++) {
		struct admission_grounds grounds[4] = {
			grounds_of(EVIDENCE_SSH, 1, 2), grounds_of(EVIDENCE_OPENPGP, 3, 2),
			grounds_of(EVIDENCE_SSH, 5, 2), grounds_of(EVIDENCE_X509, 7, 1)};
		struct edition edition;

		test_empty(&edition, &rules, &arena);
		for (size_t i = 0; i < 4; i++)
			assert_int_equal(edition_add_request(&edition, requests[i],
							     admit(&requests[i], &grounds[i], 1),
							     NULL),
					 UNDERSIGN_OK);
		test_files_of(&files, &arena, &edition);
		if (is_bad) {
			/* The last entry's admission, with the second one's person. */
			size_t len = 0;
			struct writer writer;

			grounds[3].identities[0][0] = 4;
			memset(grounds[3].identities[0], 4, SHA256_BYTES);
			assert_int_equal(archive_prefix_len(&len, files.archive, 3, NULL),
					 UNDERSIGN_OK);
			writer = writer_new(arena_take(&arena, 65536, 1), 65536);
			writer_bytes(&writer, bytes_part(files.archive, 0, len));
			archive_write_entry(&writer, requests[3],
					    admit(&requests[3], &grounds[3], 1));
			files.archive = writer_view(&writer);
			edition.archive_len = files.archive.len;
			sha256_begin(&edition.archive_hash);
			sha256_add(&edition.archive_hash, files.archive.data, files.archive.len);
		}
		struct bytes snapshot = test_snapshot(&arena, &edition, &steward);
		struct audit_input input = {
			.points = files.points,
			.n_points = files.n_points,
			.archive = files.archive,
			.snapshots = &snapshot,
			.n_snapshots = 1,
		};
		enum undersign_status status =
			audit_edition(report, &input, &generators, NULL, NULL, &arena);
		assert_int_equal(status, is_bad ? UNDERSIGN_E_INVALID : UNDERSIGN_OK);
		assert_int_equal(report->n_of_kind[EVIDENCE_SSH], 2);
		assert_int_equal(report->n_of_kind[EVIDENCE_OPENPGP], 1);
		assert_int_equal(report->n_of_kind[EVIDENCE_X509], 1);
		assert_int_equal(report->n_of_kind[0], 0);
		if (!is_bad)
			continue;
		assert_int_equal(report->n_problems, 1);
		assert_string_equal(report->problems[0].where, "entry 3");
		assert_non_null(strstr(report->problems[0].rule, "one person has one entry"));
		assert_non_null(strstr(report->problems[0].what, "entry 1"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grounds_go_to_text_and_back),
		cmocka_unit_test(bad_grounds_are_refused),
		cmocka_unit_test(one_person_has_one_entry),
		cmocka_unit_test(an_audit_finds_whoever_stands_twice),
	};

	test_members_begin();
	arena = test_arena(&memory);
	test_key_new(&steward, "steward.example/cadwen");
	int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
	test_memory_free(&memory);
	return n_failed;
}
