/* A bundle whose files change while they are read: whoever can write to them gets no verdict but
 * that of the files as they were, or a refusal. */
#include "desk.h"

static struct desk desk;
static struct desk_bundle files;

static void begin(void)
{
	struct bytes given[6];

	desk_begin(&desk, 25);
	desk_add(&desk, "Alder, enrolled", "Alder", ROSTER_ENROLLED, 16, 0);
	desk_add(&desk, "Alder, keys", "Alder", ROSTER_RAW_KEY, 16, 0);
	desk_publish(&desk);
	for (uint32_t i = 0; i < 3; i++) {
		given[i] = desk_sign(&desk, DESK_ALDER, i, 1, false);
		given[3 + i] = desk_sign(&desk, 1, i, 1, false);
	}
	desk_run(&desk, NULL, 0, given, 6);
	given[0] = desk_withdraw(&desk, DESK_ALDER, 1, 2);
	desk_run(&desk, NULL, 0, given, 1);
	desk_bundle_make(&desk, &files);
}

struct verdict {
	enum undersign_status status;
	uint64_t total, enrolled, raw_key, withdrawn;
	struct problem problem;
};

static struct verdict open_once(void)
{
	struct sample_memory *memory = calloc(1, sizeof *memory);
	struct verdict out = {0};
	struct bundle *bundle;

	assert_non_null(memory);
	sample_memory_begin(memory);
	files.n_open = 0;
	memset(files.n_reads, 0, sizeof files.n_reads);
	out.status = desk_bundle_open(&bundle, &files, NULL, memory, &out.problem);
	if (bundle) {
		out.total = bundle->tally.total;
		out.enrolled = bundle->tally.enrolled;
		out.raw_key = bundle->tally.raw_key;
		out.withdrawn = bundle->tally.withdrawn;
	}
	sample_memory_end(memory);
	free(memory);
	return out;
}

static bool starts_with(struct bytes name, const char *text)
{
	return name.len >= strlen(text) && memcmp(name.data, text, strlen(text)) == 0;
}

static size_t find_entries(void)
{
	for (size_t i = 0; i < files.files.n; i++)
		if (starts_with(files.names[i], "tile/entries/"))
			return i;
	fail_msg("no entries");
	return 0;
}

/* Each file, from its second read on, a byte at a time. Control: the same change from the first
 * read on is refused, and without a change the bundle is whole. */
static void test_one_byte(void **state)
{
	size_t n_later = 0, entries;
	struct verdict honest;

	(void)state;
	begin();
	honest = open_once();
	assert_int_equal(honest.status, UNDERSIGN_OK);
	assert_int_equal(honest.total, 5);
	entries = find_entries();
	assert_true(files.n_reads[entries] >= 2);
	for (size_t i = 0; i < files.files.n; i++) {
		const struct bytes whole = files.contents[i];
		const size_t step = test_is_full() ? 1 : 1 + whole.len / 40;
		uint8_t *copy = malloc(whole.len);
		size_t n_reads;

		assert_non_null(copy);
		memcpy(copy, whole.data, whole.len);
		(void)open_once();
		n_reads = files.n_reads[i];
		files.changed = bytes_from(copy, whole.len);
		files.changing = i;
		for (size_t at = 0; at < whole.len; at += step) {
			const uint8_t change = (uint8_t)(1U << test_random_below(&desk.random, 8));

			copy[at] ^= change;
			for (files.from_read = 1; files.from_read <= n_reads; files.from_read++) {
				const struct verdict verdict = open_once();

				n_later += files.from_read > 1;
				if (files.from_read == 1 || i == entries) {
					assert_int_not_equal(verdict.status, UNDERSIGN_OK);
					assert_int_not_equal(verdict.problem.rule[0], 0);
				} else if (verdict.status == UNDERSIGN_OK) {
					assert_int_equal(verdict.total, honest.total);
					assert_int_equal(verdict.enrolled, honest.enrolled);
					assert_int_equal(verdict.raw_key, honest.raw_key);
					assert_int_equal(verdict.withdrawn, honest.withdrawn);
				}
			}
			copy[at] ^= change;
		}
		files.changed = bytes_from(NULL, 0);
		free(copy);
	}
	print_message("%zu changes after a first read\n", n_later);
	assert_true(n_later >= 20);
	desk_end(&desk);
}

/* An entry in whose place a copy of the one before or after it stands, after the hashes were
 * checked: the entries still parse, and every proof among them holds. */
static void test_whole_entries(void **state)
{
	uint8_t *text;
	size_t entries;

	(void)state;
	begin();
	entries = find_entries();
	text = malloc(files.contents[entries].len * 2);
	assert_non_null(text);
	for (size_t after = 0; after < 2; after++)
		for (size_t which = 0; which < desk.n_log; which++) {
			/* The width stays: the last one is another entry's copy, or the place is.
			 */
			struct writer writer = writer_new(text, files.contents[entries].len * 2);

			for (size_t k = 0; k < desk.n_log; k++) {
				const size_t from = k != which ? k
						    : after    ? (which + 1) % desk.n_log
							    : (which + desk.n_log - 1) % desk.n_log;

				assert_int_equal(tile_entry_write(&writer, desk.log[from]),
						 UNDERSIGN_OK);
			}
			files.changed = writer_view(&writer);
			files.changing = entries;
			for (files.from_read = 1; files.from_read <= 2; files.from_read++)
				assert_int_not_equal(open_once().status, UNDERSIGN_OK);
		}
	files.changed = bytes_from(NULL, 0);
	assert_int_equal(open_once().status, UNDERSIGN_OK);
	free(text);
	desk_end(&desk);
}

/* A log with a proof that does not hold, whose file shows a good one from some read on. While the
 * proof is looked for that the batch refused, it is gone: still no number. */
static void test_bad_proof_is_put_right(void **state)
{
	struct bytes good_tile, kept;
	size_t entries, bad, n_reads;
	struct statement statement;
	struct verdict verdict;

	(void)state;
	begin();
	entries = find_entries();
	good_tile = files.contents[entries];
	for (bad = 0; bad < desk.n_log; bad++)
		if (statement_parse(&statement, desk.log[bad], NULL) == UNDERSIGN_OK &&
		    statement.action == MESSAGE_SIGN)
			break;
	assert_true(bad < desk.n_log);
	kept = desk.log[bad];
	desk.log[bad] = arena_copy(desk.arena, kept);
	((uint8_t *)(uintptr_t)desk.log[bad].data)[300] ^= 1;
	desk_bundle_make(&desk, &files);
	assert_int_equal(find_entries(), entries);
	verdict = open_once();
	assert_int_equal(verdict.status, UNDERSIGN_E_INVALID);
	assert_string_equal(verdict.problem.what, "the proof does not hold");
	n_reads = files.n_reads[entries];
	assert_true(n_reads >= 3);
	files.changed = good_tile;
	files.changing = entries;
	for (files.from_read = 1; files.from_read <= n_reads; files.from_read++) {
		verdict = open_once();
		assert_int_equal(verdict.status, UNDERSIGN_E_INVALID);
		if (files.from_read == n_reads) {
			assert_string_equal(verdict.problem.rule,
					    "the log stays as it is while it is verified");
			assert_string_equal(verdict.problem.what,
					    "this entry or one after it was changed meanwhile");
		}
	}
	desk.log[bad] = kept;
	desk_end(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_byte),
		cmocka_unit_test(test_whole_entries),
		cmocka_unit_test(test_bad_proof_is_put_right),
	};

	desk_begin_program();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
