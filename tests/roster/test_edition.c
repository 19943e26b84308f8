/* Points files, archives, and editions that grow: who is admitted, and who is refused. */
#include "members.h"

#include "archive.h"

static struct test_memory memory;
static struct arena arena;
static struct test_key steward, other_steward;
static struct edition_rules rules;

static int set_up(void **state)
{
	(void)state;
	memset(&memory, 0, sizeof memory);
	arena = test_arena(&memory);
	rules = (struct edition_rules){
		.roster = BYTES("Hydrology"),
		.edition = 1,
		.class_of_members = ROSTER_ENROLLED,
		.n_columns = 3,
		.key = steward.key,
	};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	test_memory_free(&memory);
	return 0;
}

static void expect_ok(enum undersign_status status, const struct problem *problem)
{
	if (status != UNDERSIGN_OK)
		fail_msg("%s: %s (%s)", problem->where, problem->rule, problem->what);
}

/* Adds a new member with an admission of his own. */
static struct bytes add_member(struct edition *edition)
{
	struct bytes request = test_request(&arena, "Hydrology", 1, edition->rules.n_columns);
	struct bytes note = test_admission(&arena, "Hydrology", 1, &request, 1, &steward);
	struct problem problem = {0};

	expect_ok(edition_add_request(edition, request, note, &problem), &problem);
	return request;
}

/* --- points ------------------------------------------------------------------------------------
 */

static struct bytes points_file(uint32_t n, size_t meta_step)
{
	size_t capacity = POINTS_HEADER_LEN + n * POINTS_ENTRY_LEN_MAX;
	struct writer writer = writer_new(arena_take(&arena, capacity, 1), capacity);

	points_write_header(&writer, ROSTER_ENROLLED, n);
	for (uint32_t i = 0; i < n; i++) {
		uint8_t source[POINT_BYTES], meta[ENTRY_META_MAX];

		test_random_fill(&random_state, source, sizeof source);
		test_random_fill(&random_state, meta, sizeof meta);
		struct entry entry = {.source = source,
				      .meta = bytes_from(meta, i * meta_step % 33)};
		points_write_entry(&writer, &entry);
	}
	return writer_view(&writer);
}

static void points_are_bounded_to_the_byte(void **state)
{
	struct bytes file = points_file(20, 7);
	struct points points;
	struct problem problem = {0};
	uint8_t *copy = (uint8_t *)arena_copy(&arena, file).data;

	(void)state;
	expect_ok(points_parse(&points, file, &problem), &problem);
	assert_int_equal(points.n, 20);
	for (size_t len = 0; len < file.len; len++)
		assert_int_equal(points_parse(&points, bytes_part(file, 0, len), NULL),
				 UNDERSIGN_E_FORMAT);
	copy[0] ^= 1;
	assert_int_equal(points_parse(&points, bytes_from(copy, file.len), &problem),
			 UNDERSIGN_E_FORMAT);
	assert_string_equal(problem.where, "byte 0");
	copy[0] ^= 1;
	copy[22] = 3;
	assert_int_equal(points_parse(&points, bytes_from(copy, file.len), &problem),
			 UNDERSIGN_E_FORMAT);
	assert_string_equal(problem.where, "byte 22");
	copy[22] = 1;
	copy[POINTS_HEADER_LEN + POINT_BYTES] = 33;
	assert_int_equal(points_parse(&points, bytes_from(copy, file.len), &problem),
			 UNDERSIGN_E_FORMAT);
	assert_string_equal(problem.where, "entry 0");
	copy[POINTS_HEADER_LEN + POINT_BYTES] = 0;
	copy[23] = 21;
	assert_int_equal(points_parse(&points, bytes_from(copy, file.len), &problem),
			 UNDERSIGN_E_FORMAT);
	assert_string_equal(problem.where, "entry 20");
	copy[23] = 19;
	assert_int_equal(points_parse(&points, bytes_from(copy, file.len), NULL),
			 UNDERSIGN_E_FORMAT);
	memcpy(copy + 23, (uint8_t[]){1, 0, 0x40, 0}, 4); /* 2^22 + 1 */
	assert_int_equal(points_parse(&points, bytes_from(copy, file.len), &problem),
			 UNDERSIGN_E_LIMIT);
}

/* RFC 6962 by its definition, against the tree that grows. */
static void naive_root(uint8_t *out, const struct entry *entries, uint32_t n)
{
	uint8_t input[1 + 2 * HASH_BYTES] = {1};
	uint8_t digest[SHA512_BYTES];
	uint32_t left = 1;

	if (n == 1) {
		entry_leaf(out, entries);
		return;
	}
	while (left * 2 < n)
		left *= 2;
	naive_root(input + 1, entries, left);
	naive_root(input + 1 + HASH_BYTES, entries + left, n - left);
	sha512(digest, bytes_from(input, sizeof input));
	memcpy(out, digest, HASH_BYTES);
}

static void roots_of_prefixes(void **state)
{
	enum { N = 70 };
	struct points points, part;
	struct entry entries[N];

	(void)state;
	assert_int_equal(points_parse(&points, points_file(N, 5), NULL), UNDERSIGN_OK);
	struct points_reader reader = points_read(&points);
	for (size_t i = 0; i < N; i++)
		assert_true(points_next(&reader, &entries[i]));
	assert_false(points_next(&reader, &entries[0]));
	reader = points_read(&points);
	for (size_t i = 0; i < N; i++)
		assert_true(points_next(&reader, &entries[i]));
	for (uint32_t n = 1; n <= N; n++) {
		uint8_t root[HASH_BYTES], expected[HASH_BYTES];

		points_root(root, &points, n);
		naive_root(expected, entries, n);
		assert_memory_equal(root, expected, sizeof root);
		part = points;
		part.n = n;
		part.body = bytes_part(points.body, 0, points_prefix_len(&points, n));
		assert_true(points_is_prefix(&part, &points));
		assert_int_equal(points_is_prefix(&points, &part), n == N);
	}
	part.class_of_members = ROSTER_RAW_KEY;
	assert_false(points_is_prefix(&part, &points));
}

/* --- the set of elements -----------------------------------------------------------------------
 */

static void set_finds_what_was_added(void **state)
{
	enum { N = 3000 };
	struct element_set set;
	static uint8_t elements[N][POINT_BYTES];

	(void)state;
	element_set_begin(&set, &arena);
	for (uint32_t i = 0; i < N; i++) {
		test_random_fill(&random_state, elements[i], POINT_BYTES);
		/* Long common beginnings: somebody tries to make it slow. */
		memset(elements[i], 0, i % POINT_BYTES);
		if (i % POINT_BYTES > 28) {
			assert_true(element_set_find(&set, elements[i]) ||
				    element_set_add(&set, elements[i],
						    (struct element_place){i, 1}) == UNDERSIGN_OK);
			continue;
		}
		assert_null(element_set_find(&set, elements[i]));
		assert_int_equal(element_set_add(&set, elements[i], (struct element_place){i, 2}),
				 UNDERSIGN_OK);
	}
	for (uint32_t i = 0; i < N; i++) {
		const struct element_place *place = element_set_find(&set, elements[i]);

		assert_non_null(place);
		if (place->column == 2)
			assert_int_equal(place->entry, i);
		assert_int_equal(element_set_add(&set, elements[i], *place), UNDERSIGN_E_CONFLICT);
	}
}

/* --- admission ---------------------------------------------------------------------------------
 */

static void members_are_admitted(void **state)
{
	struct edition edition, again;
	struct test_files files, more;
	struct problem problem = {0};
	struct snapshot_record before = {0}, after = {0};

	(void)state;
	test_empty(&edition, &rules, &arena);
	assert_int_equal(edition_describe(&before, &edition, NULL), UNDERSIGN_E_MISSING);
	for (int i = 0; i < 5; i++)
		add_member(&edition);
	test_files_of(&files, &arena, &edition);
	assert_int_equal(edition_describe(&before, &edition, NULL), UNDERSIGN_OK);
	expect_ok(test_reopen(&again, &rules, &files, &arena, &problem), &problem);
	assert_int_equal(edition_describe(&after, &again, NULL), UNDERSIGN_OK);
	assert_memory_equal(before.roots, after.roots, sizeof before.roots);
	assert_memory_equal(before.archive_hash, after.archive_hash, SHA256_BYTES);
	assert_int_equal(before.archive_len, files.archive.len);
	/* It grows from files just as in memory, byte for byte, and the old files are prefixes. */
	struct bytes request = test_request(&arena, "Hydrology", 1, 3);
	struct bytes note = test_admission(&arena, "Hydrology", 1, &request, 1, &steward);
	expect_ok(edition_add_request(&edition, request, note, &problem), &problem);
	expect_ok(edition_add_request(&again, request, note, &problem), &problem);
	test_files_of(&more, &arena, &again);
	for (uint32_t c = 0; c < 3; c++) {
		struct points shorter, longer;

		assert_bytes_equal(more.points[c], test_written(&arena, &edition, c + 1));
		assert_int_equal(points_parse(&shorter, files.points[c], NULL), UNDERSIGN_OK);
		assert_int_equal(points_parse(&longer, more.points[c], NULL), UNDERSIGN_OK);
		assert_true(points_is_prefix(&shorter, &longer));
		assert_int_equal(longer.n, 6);
	}
	assert_bytes_equal(more.archive, test_written(&arena, &edition, 0));
	assert_true(bytes_begin_with(more.archive, files.archive));
	size_t len;
	assert_int_equal(archive_prefix_len(&len, more.archive, 5, NULL), UNDERSIGN_OK);
	assert_int_equal(len, files.archive.len);
	assert_int_equal(archive_prefix_len(&len, more.archive, 6, NULL), UNDERSIGN_OK);
	assert_int_equal(len, more.archive.len);
	assert_int_equal(archive_prefix_len(&len, more.archive, 7, NULL), UNDERSIGN_E_FORMAT);
}

static void one_admission_serves_many(void **state)
{
	struct edition edition;
	struct bytes requests[4];
	struct problem problem = {0};
	struct archive_entry entry;
	uint32_t n_repeated = 0;

	(void)state;
	test_empty(&edition, &rules, &arena);
	for (size_t i = 0; i < 4; i++)
		requests[i] = test_request(&arena, "Hydrology", 1, 3);
	struct bytes note = test_admission(&arena, "Hydrology", 1, requests, 4, &steward);
	for (size_t i = 0; i < 4; i++)
		expect_ok(edition_add_request(&edition, requests[i], arena_copy(&arena, note),
					      &problem),
			  &problem);
	struct bytes archive = test_written(&arena, &edition, 0);
	struct archive_reader reader = archive_read(archive, NULL);
	for (size_t i = 0; archive_next(&reader, &entry); i++) {
		assert_bytes_equal(entry.request, requests[i]);
		assert_bytes_equal(entry.admission, note);
		n_repeated += entry.is_admission_repeated;
	}
	assert_false(reader.has_failed);
	assert_int_equal(reader.n, 4);
	assert_int_equal(n_repeated, 3);
}

/* A refusal: the status, a problem that says where, and nothing has changed. */
static void expect_refused(struct edition *edition, struct bytes request, struct bytes note,
			   enum undersign_status expected, const char *where)
{
	struct problem problem = {0};
	struct snapshot_record before = {0}, after = {0};
	enum undersign_status status;

	assert_int_equal(edition_describe(&before, edition, NULL), UNDERSIGN_OK);
	status = edition_add_request(edition, request, note, &problem);
	if (status != expected)
		fail_msg("status %d instead of %d: %s: %s (%s)", (int)status, (int)expected,
			 problem.where, problem.rule, problem.what);
	if (strncmp(problem.where, where, strlen(where)) != 0)
		fail_msg("said \"%s\" instead of \"%s\"", problem.where, where);
	assert_true(problem.rule[0] != '\0');
	assert_int_equal(edition_describe(&after, edition, NULL), UNDERSIGN_OK);
	assert_int_equal(before.members, after.members);
	assert_memory_equal(before.roots, after.roots, sizeof before.roots);
	assert_memory_equal(before.archive_hash, after.archive_hash, SHA256_BYTES);
}

static struct bytes admit(struct bytes request)
{
	return test_admission(&arena, "Hydrology", 1, &request, 1, &steward);
}

static void bad_requests_are_refused(void **state)
{
	struct edition edition;
	struct enrolment good, bad;
	struct bytes request;
	struct opening openings[3];

	(void)state;
	test_empty(&edition, &rules, &arena);
	struct bytes standing = add_member(&edition);
	test_enrolment(&good, "Hydrology", 1, 3);

	/* Not for this roster, edition, calendar. */
	request = test_request(&arena, "Geology", 1, 3);
	expect_refused(&edition, request, admit(request), UNDERSIGN_E_INVALID, "request");
	request = test_request(&arena, "Hydrology", 2, 3);
	expect_refused(&edition, request, admit(request), UNDERSIGN_E_INVALID, "request");
	for (uint32_t n = 1; n <= 4; n++) {
		request = test_request(&arena, "Hydrology", 1, n);
		if (n != 3)
			expect_refused(&edition, request, admit(request), UNDERSIGN_E_INVALID,
				       "request");
	}
	/* Replayed from another roster: renamed, the proofs do not hold. */
	test_enrolment(&bad, "Geology", 1, 3);
	bad.roster = BYTES("Hydrology");
	request = test_request_text(&arena, &bad);
	expect_refused(&edition, request, admit(request), UNDERSIGN_E_INVALID, "request, column 1");
	/* The same request again; a commitment that stands in another column. */
	expect_refused(&edition, standing, admit(standing), UNDERSIGN_E_CONFLICT,
		       "request, column 1");
	struct enrolment old;
	assert_int_equal(enrolment_parse(&old, standing, NULL), UNDERSIGN_OK);
	for (uint32_t from = 0; from < 3; from++) {
		for (uint32_t to = 0; to < 3; to++) {
			bad = good;
			bad.columns[to] = old.columns[from];
			request = test_request_text(&arena, &bad);
			expect_refused(&edition, request, admit(request), UNDERSIGN_E_CONFLICT,
				       "request, column");
		}
	}
	/* One commitment in two columns, each with a good proof. */
	memset(&bad, 0, sizeof bad);
	bad.roster = BYTES("Hydrology");
	bad.edition = 1;
	bad.n_columns = 3;
	for (size_t c = 0; c < 3; c++)
		assert_int_equal(opening_new(&openings[c], &test_source), UNDERSIGN_OK);
	openings[2] = openings[0];
	test_prove(&bad, openings);
	request = test_request_text(&arena, &bad);
	expect_refused(&edition, request, admit(request), UNDERSIGN_E_CONFLICT,
		       "request, column 3");
	/* Proofs: changed, of another column, none. */
	for (uint32_t c = 0; c < 3; c++) {
		char where[32];

		snprintf(where, sizeof where, "request, column %u", (unsigned)c + 1);
		bad = good;
		bad.columns[c].proof[test_random_below(&random_state, 192)] ^= 4;
		request = test_request_text(&arena, &bad);
		expect_refused(&edition, request, admit(request), UNDERSIGN_E_INVALID, where);
		bad = good;
		memset(bad.columns[c].proof, 0, sizeof bad.columns[c].proof);
		request = test_request_text(&arena, &bad);
		expect_refused(&edition, request, admit(request), UNDERSIGN_E_INVALID, where);
		/* The identity: with no opening at all, and a proof of zeros. */
		memset(bad.columns[c].commitment, 0, POINT_BYTES);
		request = test_request_text(&arena, &bad);
		expect_refused(&edition, request, admit(request), UNDERSIGN_E_ENCODING, where);
		/* Not a point. */
		memset(bad.columns[c].commitment, 0xff, POINT_BYTES);
		request = test_request_text(&arena, &bad);
		expect_refused(&edition, request, admit(request), UNDERSIGN_E_ENCODING, where);
	}
	bad = good;
	bad.columns[0] = good.columns[1];
	bad.columns[1] = good.columns[0];
	request = test_request_text(&arena, &bad);
	expect_refused(&edition, request, admit(request), UNDERSIGN_E_INVALID, "request, column 1");
	/* Somebody else's commitments plus a known point (A-6, M-5): no proof for that. */
	struct point point, base;
	bad = good;
	assert_int_equal(point_decode_vartime(&point, old.columns[0].commitment), UNDERSIGN_OK);
	point_base(&base);
	point_add(&point, &point, &base);
	point_encode(bad.columns[0].commitment, &point);
	memcpy(bad.columns[0].proof, old.columns[0].proof, sizeof bad.columns[0].proof);
	request = test_request_text(&arena, &bad);
	expect_refused(&edition, request, admit(request), UNDERSIGN_E_INVALID, "request, column 1");
	/* Not a request at all. */
	expect_refused(&edition, BYTES("undersigned enrolment v1\n"), admit(request),
		       UNDERSIGN_E_FORMAT, "request, line 2");
	expect_refused(&edition, bytes_from(NULL, 0), admit(request), UNDERSIGN_E_FORMAT,
		       "request");
	/* The control. */
	request = test_request_text(&arena, &good);
	assert_int_equal(edition_add_request(&edition, request, admit(request), NULL),
			 UNDERSIGN_OK);
}

static void bad_admissions_are_refused(void **state)
{
	struct edition edition;
	struct bytes request = test_request(&arena, "Hydrology", 1, 3);
	struct bytes another = test_request(&arena, "Hydrology", 1, 3);
	struct note note;

	(void)state;
	test_empty(&edition, &rules, &arena);
	add_member(&edition);
	/* No evidence. */
	expect_refused(&edition, request, bytes_from(NULL, 0), UNDERSIGN_E_MISSING, "admission");
	/* Of another request, by another key, for another roster or edition. */
	expect_refused(&edition, request, admit(another), UNDERSIGN_E_MISSING, "admission");
	expect_refused(&edition, request,
		       test_admission(&arena, "Hydrology", 1, &request, 1, &other_steward),
		       UNDERSIGN_E_INVALID, "admission");
	expect_refused(&edition, request,
		       test_admission(&arena, "Geology", 1, &request, 1, &steward),
		       UNDERSIGN_E_INVALID, "admission");
	expect_refused(&edition, request,
		       test_admission(&arena, "Hydrology", 2, &request, 1, &steward),
		       UNDERSIGN_E_INVALID, "admission");
	/* Names the steward's key, signed with another; the text without its signature. */
	assert_int_equal(note_parse(&note, admit(request), NULL), UNDERSIGN_OK);
	expect_refused(&edition, request, test_note(&arena, note.text, &other_steward),
		       UNDERSIGN_E_INVALID, "admission");
	expect_refused(&edition, request, note.text, UNDERSIGN_E_FORMAT, "admission");
	/* A changed date. */
	struct bytes signed_note = admit(request);
	uint8_t *changed = (uint8_t *)arena_copy(&arena, signed_note).data;
	char *date = strstr((char *)changed, "date 2030");
	assert_non_null(date);
	date[8] = '1';
	expect_refused(&edition, request, bytes_from(changed, signed_note.len), UNDERSIGN_E_INVALID,
		       "admission");
	/* A request that is admitted is what its bytes say: one more line end is another. */
	struct bytes longer = bytes_from(arena_take(&arena, request.len + 1, 1), request.len + 1);
	memcpy((uint8_t *)longer.data, request.data, request.len);
	((uint8_t *)longer.data)[request.len] = '\n';
	expect_refused(&edition, longer, admit(longer), UNDERSIGN_E_FORMAT, "request");
	/* The control, and after it the same admission for a request that it does not name. */
	assert_int_equal(edition_add_request(&edition, request, signed_note, NULL), UNDERSIGN_OK);
	expect_refused(&edition, another, signed_note, UNDERSIGN_E_MISSING, "admission");
	/* Keys have no place here. */
	assert_int_equal(
		edition_add_key(&edition, steward.key.public_key, bytes_from(NULL, 0), NULL),
		UNDERSIGN_E_USAGE);
}

/* --- raw keys ----------------------------------------------------------------------------------
 */

/* Small order and not canonical, both signs (doc/testing.md, C-5). */
static const char *const bad_keys[] = {
	"0100000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000080",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0000000000000000000000000000000000000000000000000000000000000080",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
};

static void raw_keys_are_strict(void **state)
{
	struct edition edition, again;
	struct test_files files;
	struct problem problem = {0};
	uint8_t key[32];

	(void)state;
	rules.class_of_members = ROSTER_RAW_KEY;
	rules.n_columns = 0;
	test_empty(&edition, &rules, &arena);
	for (size_t i = 0; i < sizeof bad_keys / sizeof bad_keys[0]; i++) {
		size_t len;

		assert_int_equal(sodium_hex2bin(key, sizeof key, bad_keys[i], 64, NULL, &len, NULL),
				 0);
		assert_int_equal(edition_add_key(&edition, key, bytes_from(NULL, 0), &problem),
				 UNDERSIGN_E_ENCODING);
		assert_true(problem_is_set(&problem));
	}
	for (int i = 0; i < 8; i++) {
		struct test_key member;
		uint8_t torsion[32], mixed[32];

		test_key_new(&member, "member");
		memcpy(key, member.key.public_key, sizeof key);
		expect_ok(edition_add_key(&edition, key, BYTES("7"), &problem), &problem);
		assert_int_equal(edition_add_key(&edition, key, bytes_from(NULL, 0), &problem),
				 UNDERSIGN_E_CONFLICT);
		/* The key plus a point of small order: another key, or even the same element. */
		for (size_t t = 0; t < sizeof bad_keys / sizeof bad_keys[0]; t++) {
			sodium_hex2bin(torsion, sizeof torsion, bad_keys[t], 64, NULL, NULL, NULL);
			if (crypto_core_ed25519_add(mixed, key, torsion) != 0 ||
			    memcmp(mixed, key, sizeof key) == 0)
				continue;
			assert_int_equal(
				edition_add_key(&edition, mixed, bytes_from(NULL, 0), NULL),
				UNDERSIGN_E_ENCODING);
		}
	}
	assert_int_equal(edition.n, 8);
	test_files_of(&files, &arena, &edition);
	assert_int_equal(files.archive.len, 0);
	expect_ok(test_reopen(&again, &rules, &files, &arena, &problem), &problem);
	assert_int_equal(edition_add_key(&again, key, bytes_from(NULL, 0), NULL),
			 UNDERSIGN_E_CONFLICT);
	struct bytes request = test_request(&arena, "Hydrology", 1, 1);
	assert_int_equal(edition_add_request(&edition, request, admit(request), NULL),
			 UNDERSIGN_E_USAGE);
	uint8_t meta[33] = {0};
	struct test_key member;
	test_key_new(&member, "member");
	assert_int_equal(edition_add_key(&edition, member.key.public_key,
					 bytes_from(meta, sizeof meta), NULL),
			 UNDERSIGN_E_LIMIT);
	assert_int_equal(
		edition_add_key(&edition, member.key.public_key, bytes_from(meta, 32), NULL),
		UNDERSIGN_OK);
}

/* --- files that do not fit ---------------------------------------------------------------------
 */

static void files_must_fit_each_other(void **state)
{
	struct edition edition, again;
	struct test_files files, bad;
	struct problem problem = {0};

	(void)state;
	test_empty(&edition, &rules, &arena);
	for (int i = 0; i < 3; i++)
		add_member(&edition);
	test_files_of(&files, &arena, &edition);
	expect_ok(test_reopen(&again, &rules, &files, &arena, &problem), &problem);

	bad = files;
	bad.n_points = 2;
	assert_int_equal(test_reopen(&again, &rules, &bad, &arena, &problem), UNDERSIGN_E_CONFLICT);
	/* Column 2 twice: every commitment stands already. */
	bad = files;
	bad.points[2] = files.points[1];
	assert_int_equal(test_reopen(&again, &rules, &bad, &arena, &problem), UNDERSIGN_E_CONFLICT);
	assert_string_equal(problem.where, "column 3, entry 0");
	/* An archive that is cut, or of another number of entries. */
	bad = files;
	bad.archive.len--;
	assert_int_equal(test_reopen(&again, &rules, &bad, &arena, &problem), UNDERSIGN_E_FORMAT);
	assert_string_equal(problem.where, "archive, entry 2");
	bad.archive.len = 0;
	assert_int_equal(test_reopen(&again, &rules, &bad, &arena, &problem), UNDERSIGN_E_CONFLICT);
	/* One column is longer. */
	add_member(&edition);
	bad = files;
	bad.points[1] = test_written(&arena, &edition, 2);
	assert_int_equal(test_reopen(&again, &rules, &bad, &arena, &problem), UNDERSIGN_E_CONFLICT);
	assert_string_equal(problem.where, "column 2");
	/* Points that are none, in the middle of a chunk. */
	bad = files;
	uint8_t *changed = (uint8_t *)arena_copy(&arena, files.points[1]).data;
	memset(changed + POINTS_HEADER_LEN + 33, 0xff, POINT_BYTES);
	bad.points[1] = bytes_from(changed, files.points[1].len);
	assert_int_equal(test_reopen(&again, &rules, &bad, &arena, &problem), UNDERSIGN_E_ENCODING);
	assert_string_equal(problem.where, "column 2, entry 1");
	memset(changed + POINTS_HEADER_LEN + 33, 0, POINT_BYTES);
	assert_int_equal(test_reopen(&again, &rules, &bad, &arena, &problem), UNDERSIGN_E_ENCODING);
	/* Another class. */
	changed[22] = 2;
	assert_int_equal(test_reopen(&again, &rules, &bad, &arena, &problem), UNDERSIGN_E_CONFLICT);
	assert_string_equal(problem.where, "points file 2");
}

static void archives_are_bounded_to_the_byte(void **state)
{
	struct edition edition;
	struct archive_entry entry;

	(void)state;
	test_empty(&edition, &rules, &arena);
	add_member(&edition);
	add_member(&edition);
	struct bytes archive = test_written(&arena, &edition, 0);
	size_t n_whole = 0;
	for (size_t len = 0; len <= archive.len; len++) {
		struct archive_reader reader = archive_read(bytes_part(archive, 0, len), NULL);

		while (archive_next(&reader, &entry))
			;
		n_whole += !reader.has_failed;
	}
	assert_int_equal(n_whole, 3); /* none, one, both */
	/* Nothing to repeat; an empty request; a length past the end. */
	static const char *const bad[] = {"\1\0\0\0x\0\0\0\0", "\0\0\0\0\1\0\0\0n",
					  "\xff\xff\xff\xffx"};
	static const size_t lens[] = {9, 9, 5};
	for (size_t i = 0; i < 3; i++) {
		struct problem problem = {0};
		struct archive_reader reader = archive_read(bytes_from(bad[i], lens[i]), &problem);

		assert_false(archive_next(&reader, &entry));
		assert_true(reader.has_failed);
		assert_string_equal(problem.where, "entry 0");
	}
}

static void memory_that_ends_is_an_error(void **state)
{
	struct edition edition;
	struct test_files files;
	uint8_t *block = aligned_alloc(64, 65536);

	(void)state;
	assert_non_null(block);
	test_empty(&edition, &rules, &arena);
	for (int i = 0; i < 3; i++)
		add_member(&edition);
	test_files_of(&files, &arena, &edition);
	bool has_worked = false;
	for (size_t capacity = 0; capacity <= 4096; capacity += 64) {
		struct arena small = {.block = block, .capacity = capacity};
		enum undersign_status status = test_reopen(&edition, &rules, &files, &small, NULL);

		assert_true(status == UNDERSIGN_OK || status == UNDERSIGN_E_MEMORY);
		assert_true(!has_worked || status == UNDERSIGN_OK);
		has_worked = status == UNDERSIGN_OK;
	}
	assert_true(has_worked);
	free(block);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(points_are_bounded_to_the_byte, set_up, tear_down),
		cmocka_unit_test_setup_teardown(roots_of_prefixes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(set_finds_what_was_added, set_up, tear_down),
		cmocka_unit_test_setup_teardown(members_are_admitted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_admission_serves_many, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bad_requests_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bad_admissions_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(raw_keys_are_strict, set_up, tear_down),
		cmocka_unit_test_setup_teardown(files_must_fit_each_other, set_up, tear_down),
		cmocka_unit_test_setup_teardown(archives_are_bounded_to_the_byte, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(memory_that_ends_is_an_error, set_up, tear_down),
	};

	test_members_begin();
	test_key_new(&steward, "steward.example/cadwen");
	test_key_new(&other_steward, "steward.example/else");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
