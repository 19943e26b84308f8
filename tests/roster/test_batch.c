/* Many requests admitted at once, and many elements compared at once: the same outcome as one by
 * one. */
#include "members.h"

#include "element_list.h"

#define N_COLUMNS 2
#define N_SHORT   140 /* more than one batch of proofs */

static struct test_memory memory;
static struct arena arena;
static struct test_key steward;
static struct edition_rules rules;

struct batch {
	struct bytes *requests, *admissions;
	size_t n;
};

static void make_batch(struct batch *out, size_t n)
{
	out->n = n;
	out->requests = ARENA_TAKE(&arena, struct bytes, n);
	out->admissions = ARENA_TAKE(&arena, struct bytes, n);
	for (size_t i = 0; i < n; i++)
		out->requests[i] = test_request(&arena, "Hydrology", 1, N_COLUMNS);
	for (size_t i = 0; i < n; i += 50) {
		const size_t left = n - i;
		const struct bytes note = test_admission(&arena, "Hydrology", 1, &out->requests[i],
							 left < 50 ? (uint32_t)left : 50, &steward);

		for (size_t k = i; k < n && k < i + 50; k++)
			out->admissions[k] = note;
	}
}

/* One by one: how many, and why not more. */
static size_t add_singly(struct edition *edition, enum undersign_status *status,
			 struct problem *problem, const struct batch *batch)
{
	size_t n = 0;

	*status = UNDERSIGN_OK;
	while (n < batch->n) {
		*status = edition_add_request(edition, batch->requests[n], batch->admissions[n],
					      problem);
		if (*status != UNDERSIGN_OK)
			break;
		n++;
	}
	return n;
}

static void expect_same(const struct batch *batch, size_t expected)
{
	struct edition one, many;
	struct test_files files[2];
	struct problem problems[2] = {{{0}, {0}, {0}}, {{0}, {0}, {0}}};
	enum undersign_status single;
	size_t n;

	test_empty(&one, &rules, &arena);
	test_empty(&many, &rules, &arena);
	assert_int_equal(add_singly(&one, &single, &problems[0], batch), expected);
	assert_int_equal(edition_add_requests(&many, &n, batch->requests, batch->admissions,
					      batch->n, NULL, NULL, &problems[1]),
			 single);
	assert_int_equal(n, expected);
	assert_string_equal(problems[0].where, problems[1].where);
	assert_string_equal(problems[0].rule, problems[1].rule);
	assert_string_equal(problems[0].what, problems[1].what);
	test_files_of(&files[0], &arena, &one);
	test_files_of(&files[1], &arena, &many);
	assert_true(bytes_are_equal(files[0].archive, files[1].archive));
	for (size_t c = 0; c < N_COLUMNS; c++)
		assert_true(bytes_are_equal(files[0].points[c], files[1].points[c]));
}

/* A request in which one thing is wrong, under an admission that names it. */
static void spoil(struct batch *batch, size_t at, int how)
{
	struct enrolment enrolment;
	uint8_t *text;

	switch (how) {
	case 0: /* a proof */
		test_enrolment(&enrolment, "Hydrology", 1, N_COLUMNS);
		enrolment.columns[1].proof[60] ^= 1;
		batch->requests[at] = test_request_text(&arena, &enrolment);
		break;
	case 1: /* the form */
		text = (uint8_t *)arena_copy(&arena, batch->requests[at]).data;
		text[0] ^= 1;
		batch->requests[at] = bytes_from(text, batch->requests[at].len);
		break;
	case 2: /* a column too few */
		batch->requests[at] = test_request(&arena, "Hydrology", 1, N_COLUMNS - 1);
		break;
	case 3: /* another roster */
		batch->requests[at] = test_request(&arena, "Hydrography", 1, N_COLUMNS);
		break;
	case 4: /* one that stands already */
		batch->requests[at] = batch->requests[at / 2];
		break;
	case 5: /* the identity */
		test_enrolment(&enrolment, "Hydrology", 1, N_COLUMNS);
		memset(enrolment.columns[0].commitment, 0, POINT_BYTES);
		batch->requests[at] = test_request_text(&arena, &enrolment);
		break;
	default: /* both columns the same */
		test_enrolment(&enrolment, "Hydrology", 1, N_COLUMNS);
		enrolment.columns[1] = enrolment.columns[0];
		batch->requests[at] = test_request_text(&arena, &enrolment);
	}
	batch->admissions[at] =
		test_admission(&arena, "Hydrology", 1, &batch->requests[at], 1, &steward);
}

static void batches_are_as_single_ones(void **state)
{
	const size_t n = test_is_full() ? 1100 : N_SHORT;
	struct batch good, bad;

	(void)state;
	make_batch(&good, n);
	expect_same(&good, n);
	for (int how = 0; how < 7; how++) {
		const size_t places[] = {1, 127, 128, n - 1};

		for (size_t i = 0; i < (test_is_full() ? 4 : 2); i++) {
			const size_t at = places[(i + (size_t)how) % 4];

			bad = good;
			bad.requests = ARENA_TAKE(&arena, struct bytes, n);
			bad.admissions = ARENA_TAKE(&arena, struct bytes, n);
			memcpy(bad.requests, good.requests, n * sizeof *good.requests);
			memcpy(bad.admissions, good.admissions, n * sizeof *good.admissions);
			spoil(&bad, at, how);
			expect_same(&bad, at);
		}
	}
	/* An admission that does not name the request. */
	bad = good;
	bad.admissions = ARENA_TAKE(&arena, struct bytes, n);
	memcpy(bad.admissions, good.admissions, n * sizeof *good.admissions);
	bad.admissions[70] = good.admissions[0];
	expect_same(&bad, 70);
	bad.n = 0;
	expect_same(&bad, 0);
}

static void requests_are_not_for_raw_keys(void **state)
{
	struct edition_rules raw = {BYTES("Hydrology"), 1, ROSTER_RAW_KEY, 0, steward.key};
	struct edition edition;
	struct batch batch;
	size_t n;

	(void)state;
	make_batch(&batch, 2);
	test_empty(&edition, &raw, &arena);
	assert_int_equal(edition_add_requests(&edition, &n, batch.requests, batch.admissions, 2,
					      NULL, NULL, NULL),
			 UNDERSIGN_E_USAGE);
	assert_int_equal(n, 0);
}

/* Whatever stands twice is found, in whichever order it was added, and nothing else. */
static void lists_find_what_stands_twice(void **state)
{
	const size_t rounds = test_is_full() ? 400 : 60;

	(void)state;
	for (size_t round = 0; round < rounds; round++) {
		const size_t n = test_random_below(&random_state, round % 2 ? 40 : 2000);
		/* Few different ones, or many that begin alike: ties of the first bytes. */
		const size_t n_kinds = 1 + test_random_below(&random_state, 2 * n + 2);
		uint8_t(*elements)[POINT_BYTES] = arena_take(&arena, n + 1, POINT_BYTES);
		size_t *kinds = ARENA_TAKE(&arena, size_t, n + 1);
		uint32_t *first_of = ARENA_TAKE(&arena, uint32_t, n_kinds);
		const struct element_item *item, *first = NULL;
		struct element_list list;
		size_t expected = 0, found = 0, at = 0;

		assert_int_equal(element_list_begin(&list, n, &arena), UNDERSIGN_OK);
		for (size_t i = 0; i < n; i++) {
			kinds[i] = test_random_below(&random_state, n_kinds);
			elements[i][round % POINT_BYTES] = (uint8_t)kinds[i];
			elements[i][(round + 1) % POINT_BYTES] = (uint8_t)(kinds[i] >> 8);
			element_list_add(&list, elements[i],
					 (struct element_place){(uint32_t)i, 1});
			if (first_of[kinds[i]] == 0)
				first_of[kinds[i]] = (uint32_t)i + 1;
			else
				expected++;
		}
		element_list_sort(&list);
		while (element_list_next_repeated(&item, &first, &list, &at)) {
			assert_int_equal(first->place.entry + 1,
					 first_of[kinds[item->place.entry]]);
			assert_true(item->place.entry > first->place.entry);
			found++;
		}
		assert_int_equal(found, expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(batches_are_as_single_ones),
		cmocka_unit_test(requests_are_not_for_raw_keys),
		cmocka_unit_test(lists_find_what_stands_twice),
	};

	random_state = test_random_new();
	if (sodium_init() < 0)
		return 1;
	arena = test_arena(&memory);
	generators_new(&generators);
	test_key_new(&steward, "steward.example/one");
	rules = (struct edition_rules){BYTES("Hydrology"), 1, ROSTER_ENROLLED, N_COLUMNS,
				       steward.key};
	int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
	test_memory_free(&memory);
	return n_failed;
}
