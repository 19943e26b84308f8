/* A bundle as a whole: what is in it is what verifies, and a change of any byte of any file, a file
 * more or less, is refused with its place. */
#include "desk.h"
#include "pool.h"

static struct desk desk;
static struct desk_bundle files;

/* Two rosters with a release each, one of raw keys, an extension, a withdrawal, a witness. */
static void begin(void)
{
	struct bytes given[7];
	struct bytes records[2];

	desk_begin(&desk, 21);
	desk.has_witness = true;
	desk_add(&desk, "Alder, enrolled", "Alder", ROSTER_ENROLLED, 16, 2);
	desk_add(&desk, "Birch, enrolled", "Birch", ROSTER_ENROLLED, 16, 0);
	desk_add(&desk, "Alder, keys", "Alder", ROSTER_RAW_KEY, 16, 0);
	desk_publish(&desk);
	for (uint32_t i = 0; i < 3; i++) {
		given[i] = desk_sign(&desk, DESK_ALDER, i, 1, false);
		given[3 + i] = desk_sign(&desk, 2, i, 1, false);
	}
	desk_run(&desk, NULL, 0, given, 6);
	records[0] = desk_snapshot(&desk, DESK_ALDER, 18);
	records[1] = desk_record_extend(&desk, 1);
	given[0] = desk_withdraw(&desk, DESK_ALDER, 1, 2);
	desk_run(&desk, records, 2, given, 1);
	given[0] = desk_sign_all(&desk, DESK_ALDER, 0, 1);
	given[1] = desk_sign_all(&desk, DESK_ALDER, 16, 1);
	given[2] = desk_sign_all(&desk, DESK_ALDER, 17, 1);
	desk_run(&desk, NULL, 0, given, 3);
	desk_bundle_make(&desk, &files);
}

#define N_POOLS 4
static struct pool *pools[N_POOLS];

static int open_pools(void **state)
{
	static const unsigned threads[N_POOLS] = {1, 2, 3, 8};

	(void)state;
	for (size_t i = 0; i < N_POOLS; i++) {
		pools[i] = pool_open(threads[i]);
		assert_non_null(pools[i]);
	}
	return 0;
}

static int close_pools(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_POOLS; i++)
		pool_close(pools[i]);
	return 0;
}

/* Opens in memory of its own, which is freed. */
static enum undersign_status open_once(uint64_t *out_total, const struct bundle_options *options,
				       struct problem *problem)
{
	struct sample_memory *memory = calloc(1, sizeof *memory);
	enum undersign_status status;
	struct bundle *bundle;

	assert_non_null(memory);
	sample_memory_begin(memory);
	files.n_open = 0;
	status = desk_bundle_open(&bundle, &files, options, memory, problem);
	assert_true((status == UNDERSIGN_OK) == (bundle != NULL));
	*out_total = bundle ? bundle->tally.total : 0;
	sample_memory_end(memory);
	free(memory);
	return status;
}

/* With threads and without: verdict, first problem and tally are the same. Takes turns. */
static enum undersign_status try_open(const struct bundle_options *options, struct problem *problem)
{
	static unsigned turn;
	const struct parallel parallel = pool_parallel(pools[turn++ % N_POOLS]);
	struct bundle_options others = {0};
	struct problem other;
	uint64_t total, other_total;
	enum undersign_status status = open_once(&total, options, problem);

	if (options)
		others = *options;
	others.parallel = &parallel;
	assert_int_equal(open_once(&other_total, &others, &other), status);
	assert_int_equal(other_total, total);
	assert_string_equal(other.where, problem->where);
	assert_string_equal(other.rule, problem->rule);
	assert_string_equal(other.what, problem->what);
	return status;
}

static void assert_refused_at(const char *file, const char *what)
{
	uint8_t where[128] = {0};
	struct writer writer = writer_new(where, sizeof where - 1);
	struct problem problem;

	writer_text(&writer, "file ");
	writer_text(&writer, file);
	assert_int_not_equal(try_open(NULL, &problem), UNDERSIGN_OK);
	if (strncmp(problem.where, (const char *)where, strlen((const char *)where)) != 0 ||
	    problem.rule[0] == '\0' || (what && !strstr(problem.what, what)))
		fail_msg("not \"%s\", \"%s\", but %s: %s: %s", (const char *)where,
			 what ? what : "", problem.where, problem.rule, problem.what);
}

static void test_whole(void **state)
{
	struct bundle *bundle;

	(void)state;
	begin();
	bundle = desk_open(&desk);
	assert_int_equal(bundle->tally.total, 7);
	assert_int_equal(bundle->tally.enrolled, 4);
	assert_int_equal(bundle->tally.raw_key, 3);
	assert_int_equal(bundle->tally.withdrawn, 1);
	assert_int_equal(bundle->tally.represented, 1);
	assert_int_equal(bundle->as_of.epoch, 3);
	assert_int_equal(bundle->as_of.date, UINT64_C(1924992000) + 3 * 86400);
	assert_int_equal(bundle->letter->n_notices, 0);
	assert_false(bundle_is_anchored(&bundle->anchor));
	/* One can go on from it. */
	for (uint64_t i = 0; i < desk.n_log; i++) {
		struct bytes entry;
		uint8_t hash[SHA256_BYTES];

		assert_int_equal(bundle_read_entry(&entry, &files.files, desk.n_log, i, desk.arena),
				 UNDERSIGN_OK);
		assert_bytes_equal(entry, desk.log[i]);
		sha256(hash, entry);
		assert_int_equal(replay_find(bundle->replay, hash), i);
	}
	assert_int_equal(replay_epoch_of(bundle->replay, 0), 0);
	assert_int_equal(replay_epoch_of(bundle->replay, desk.n_log - 1), 3);
	desk_end(&desk);
}

/* Every byte of every file, one at a time; a part of them unless UNDERSIGN_FULL=1. */
static void test_every_byte(void **state)
{
	size_t n_tried = 0;

	(void)state;
	begin();
	for (size_t i = 0; i < files.files.n; i++) {
		struct bytes whole = files.contents[i];
		uint8_t *copy = malloc(whole.len);
		char name[128] = {0};
		size_t step = test_is_full() ? 1 : 1 + whole.len / 60;

		assert_non_null(copy);
		memcpy(copy, whole.data, whole.len);
		memcpy(name, files.names[i].data, files.names[i].len);
		files.contents[i] = bytes_from(copy, whole.len);
		for (size_t at = 0; at < whole.len; at += step) {
			uint8_t change = (uint8_t)(1u << test_random_below(&desk.random, 8));

			copy[at] ^= change;
			assert_refused_at(name, NULL);
			copy[at] ^= change;
			n_tried++;
		}
		/* Shorter, longer, and empty. */
		files.contents[i].len = whole.len - 1;
		assert_refused_at(name, NULL);
		files.contents[i].len = 0;
		assert_refused_at(name, NULL);
		free(copy);
		copy = malloc(whole.len + 1);
		assert_non_null(copy);
		memcpy(copy, whole.data, whole.len);
		copy[whole.len] = '\n';
		files.contents[i] = bytes_from(copy, whole.len + 1);
		assert_refused_at(name, NULL);
		free(copy);
		files.contents[i] = whole;
	}
	print_message("%zu changes refused\n", n_tried);
	struct problem problem;
	assert_int_equal(try_open(NULL, &problem), UNDERSIGN_OK);
	desk_end(&desk);
}

static void test_files_missing(void **state)
{
	(void)state;
	begin();
	for (size_t i = 0; i < files.files.n; i++) {
		struct bytes name = files.names[i], content = files.contents[i];
		size_t last = files.files.n - 1;
		char text[128] = {0};

		memcpy(text, name.data, name.len);
		files.names[i] = files.names[last];
		files.contents[i] = files.contents[last];
		files.files.n--;
		assert_refused_at(text, "This bundle is incomplete.");
		files.files.n++;
		files.names[i] = name;
		files.contents[i] = content;
	}
	desk_end(&desk);
}

static void test_files_extra(void **state)
{
	static const char *const names[] = {
		"notes.txt",       "rosters/4.points", "rosters/01.points", "texts/de.md",
		"tile/0/000",      "tile/1/000.p/1",   "checkpoint",        "keys",
		"rosters",         "./manifest",       "tile/entries/000",  "tile/0/000.p/1",
		"texts/../keys",   "index.htm",        "tile/0/001.p/1",    "page.html",
		"texts/index.html"};

	(void)state;
	begin();
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		files.names[files.files.n] = BYTES(names[i]);
		files.contents[files.files.n] = BYTES("x");
		files.files.n++;
		assert_refused_at(names[i], "does not belong to it");
		files.files.n--;
	}
	desk_end(&desk);
}

/* The page is expected, and not looked at: page_check does that. */
static void test_page_is_expected(void **state)
{
	struct bundle *bundle;
	struct problem problem;

	(void)state;
	begin();
	assert_int_equal(desk_bundle_open(&bundle, &files, NULL, &desk.memory, &problem),
			 UNDERSIGN_OK);
	assert_int_equal(bundle->page, files.files.n);
	files.names[files.files.n] = BYTES("index.html");
	files.contents[files.files.n] = BYTES("x");
	files.files.n++;
	assert_int_equal(desk_bundle_open(&bundle, &files, NULL, &desk.memory, &problem),
			 UNDERSIGN_OK);
	assert_int_equal(bundle->page, files.files.n - 1);
	desk_end(&desk);
}

/* Two files that change places. */
static void test_files_swapped(void **state)
{
	size_t a, b;
	struct bytes swapped;

	(void)state;
	begin();
	a = desk_bundle_find(&files, "rosters/1.points");
	b = desk_bundle_find(&files, "rosters/2.points");
	swapped = files.contents[a];
	files.contents[a] = files.contents[b];
	files.contents[b] = swapped;
	assert_refused_at("rosters/", NULL);
	desk_end(&desk);
}

/* Points that end before, or go on after, the last version that holds. */
static void test_points_of_another_version(void **state)
{
	struct problem problem;

	(void)state;
	begin();
	desk.n_points[DESK_ALDER] = 16;
	desk_bundle_make(&desk, &files);
	/* The extension is void then, and who signed in its rings in none. */
	assert_int_not_equal(try_open(NULL, &problem), UNDERSIGN_OK);
	assert_non_null(strstr(problem.rule, "a signature names a ring"));
	desk.n_points[DESK_ALDER] = 17;
	desk_bundle_make(&desk, &files);
	assert_refused_at("rosters/1.points", NULL);
	desk_end(&desk);
}

/* A list of keys that has one too many, or one too few. */
static void test_keys(void **state)
{
	struct note_key keys[] = {desk_key(DESK_LOG), desk_key(DESK_ORGANISER),
				  desk_key(DESK_STEWARD), desk_key(DESK_WITNESS),
				  desk_key(DESK_STRANGER)};
	struct problem problem;
	size_t file;

	(void)state;
	begin();
	file = desk_bundle_find(&files, "keys");
	for (int without = 0; without < 6; without++) {
		bool is_used[5] = {true, true, true, true, without == 5};
		uint8_t *text = arena_take(desk.arena, 1, 4096);
		struct writer writer = writer_new(text, 4096);

		if (without < 4)
			is_used[without] = false;
		bundle_write_keys(&writer, keys, is_used, 5);
		files.contents[file] = writer_view(&writer);
		if (without == 4)
			assert_int_equal(try_open(NULL, &problem), UNDERSIGN_OK);
		else if (without == 5)
			assert_refused_at("keys, line", "there is no signature of");
		else
			assert_int_not_equal(try_open(NULL, &problem), UNDERSIGN_OK);
	}
	/* In another order, and a line twice. */
	files.contents[file] = (struct bytes){0};
	for (int twice = 0; twice < 2; twice++) {
		uint8_t *text = arena_take(desk.arena, 1, 4096);
		struct writer writer = writer_new(text, 4096);

		for (int i = 3; i >= 0; i--) {
			note_key_write(&writer, &keys[twice ? 0 : i]);
			writer_u8(&writer, '\n');
		}
		files.contents[file] = writer_view(&writer);
		assert_refused_at("keys, line", NULL);
	}
	desk_end(&desk);
}

static struct bytes policy_of(struct desk *of, enum desk_signer log, bool needs_witness,
			      enum desk_signer witness)
{
	struct writer writer = writer_new(arena_take(of->arena, 1, 4096), 4096);
	struct note_key log_key = desk_key(log);
	struct note_key witness_key = desk_key(witness);

	writer_text(&writer, "log ");
	note_key_write(&writer, &log_key);
	writer_text(&writer, "\nwitness w1 ");
	note_key_write(&writer, &witness_key);
	writer_text(&writer, needs_witness ? "\nquorum w1\n" : "\nquorum none\n");
	return writer_view(&writer);
}

/* Trust comes from outside: without policy and id a bundle is consistent, no more. */
static void test_anchor(void **state)
{
	struct bundle_options options = {0};
	struct problem problem;
	struct bundle *bundle;
	uint8_t other[HASH_BYTES] = {1};

	(void)state;
	begin();
	options.letter = desk.manifest.context;
	assert_int_equal(desk_bundle_open(&bundle, &files, &options, &desk.memory, &problem),
			 UNDERSIGN_OK);
	assert_true(bundle->anchor.letter_is_anchored && !bundle->anchor.log_is_anchored);
	assert_false(bundle_is_anchored(&bundle->anchor));
	options.letter = NULL;
	options.policy = policy_of(&desk, DESK_LOG, true, DESK_WITNESS);
	assert_int_equal(desk_bundle_open(&bundle, &files, &options, &desk.memory, &problem),
			 UNDERSIGN_OK);
	assert_true(!bundle->anchor.letter_is_anchored && bundle->anchor.log_is_anchored);
	assert_false(bundle_is_anchored(&bundle->anchor));
	options.letter = desk.manifest.context;
	assert_int_equal(desk_bundle_open(&bundle, &files, &options, &desk.memory, &problem),
			 UNDERSIGN_OK);
	assert_true(bundle_is_anchored(&bundle->anchor));
	assert_int_equal(bundle->anchor.n_witnesses, 1);
	assert_int_equal(bundle->anchor.n_cosigned, 1);
	assert_true(bundle->anchor.cosigned_at > 0);
	/* Another letter, another log, a witness who did not sign, and no policy at all. */
	options.letter = other;
	assert_int_equal(try_open(&options, &problem), UNDERSIGN_E_INVALID);
	assert_non_null(strstr(problem.what, "This is another letter. You asked for 01000000"));
	options.letter = desk.manifest.context;
	options.policy = policy_of(&desk, DESK_STRANGER, false, DESK_WITNESS);
	assert_int_not_equal(try_open(&options, &problem), UNDERSIGN_OK);
	assert_non_null(strstr(problem.where, "file checkpoint"));
	options.policy = BYTES("nonsense\n");
	assert_int_not_equal(try_open(&options, &problem), UNDERSIGN_OK);
	assert_non_null(strstr(problem.where, "policy"));
	desk.has_witness = false;
	desk_bundle_make(&desk, &files);
	options.policy = policy_of(&desk, DESK_LOG, true, DESK_WITNESS);
	assert_int_not_equal(try_open(&options, &problem), UNDERSIGN_OK);
	options.policy = policy_of(&desk, DESK_LOG, false, DESK_WITNESS);
	assert_int_equal(try_open(&options, &problem), UNDERSIGN_OK);
	desk_end(&desk);
}

/* Logs of several tiles, made long by empty epochs: a change is named in whichever tile it is. */
static void try_size(size_t size)
{
	desk_begin(&desk, 22);
	desk.closes = 100000;
	desk_add(&desk, "Alder, enrolled", "Alder", ROSTER_ENROLLED, 16, 0);
	desk_publish(&desk);
	for (uint64_t epoch = 1; desk.n_log < size; epoch++)
		desk_append(&desk, desk_header(&desk, epoch));
	desk_bundle_make(&desk, &files);
	assert_int_equal(desk_open(&desk)->as_of.log_size, size);
	for (size_t i = 0; i < files.files.n; i++) {
		struct bytes whole = files.contents[i];
		struct bytes name = files.names[i];
		char text[128] = {0};

		/* Of very many tiles, some. */
		if (files.files.n > 50 && i % 16 != 0 &&
		    !bytes_begin_with(name, BYTES("tile/1/")) &&
		    !bytes_begin_with(name, BYTES("tile/2/")))
			continue;
		memcpy(text, name.data, name.len);
		files.contents[i] = arena_copy(desk.arena, whole);
		((uint8_t *)(uintptr_t)files.contents[i]
			 .data)[test_random_below(&desk.random, whole.len)] ^= 4;
		assert_refused_at(text, NULL);
		files.contents[i] = whole;
	}
	desk_end(&desk);
}

static void test_many_tiles(void **state)
{
	static const size_t sizes[] = {255, 256, 257, 512, 700};

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		try_size(sizes[i]);
	if (!test_is_full())
		return;
	try_size(65536);
	try_size(65537);
	try_size(65536 + 700);
}

/* A proof that does not hold is read again to be named, from another tile than the one at which the
 * log ends or another fault stops the replay; all files but those of points are released. */
static void test_proof_of_another_tile(void **state)
{
	(void)state;
	for (unsigned stops_early = 0; stops_early < 2; stops_early++) {
		struct bytes given[5];
		struct problem problem;
		size_t bad;

		desk_begin(&desk, 23);
		desk.closes = 100000;
		desk_add(&desk, "Alder, enrolled", "Alder", ROSTER_ENROLLED, 16, 0);
		desk_publish(&desk);
		for (uint32_t i = 0; i < 5; i++)
			given[i] = desk_sign(&desk, DESK_ALDER, i, 1, false);
		desk_run(&desk, NULL, 0, given, 5);
		bad = desk.n_log - 2;
		desk.log[bad] = arena_copy(desk.arena, desk.log[bad]);
		((uint8_t *)(uintptr_t)desk.log[bad].data)[300] ^= 1;
		for (uint64_t epoch = 2; desk.n_log < 600; epoch++)
			desk_append(&desk, desk_header(&desk, epoch));
		if (stops_early)
			desk.log[599] = desk_header(&desk, 7);
		desk_bundle_make(&desk, &files);
		assert_int_equal(try_open(NULL, &problem), UNDERSIGN_E_INVALID);
		assert_string_equal(problem.what, "the proof does not hold");
		assert_int_equal(strtoul(problem.where + strlen("entry "), NULL, 10), bad);
		assert_int_equal(files.n_open, desk.n_rosters);
		desk_end(&desk);
	}
}

/* A bundle for which there is not enough memory is no verdict. */
static void test_memory(void **state)
{
	(void)state;
	begin();
	for (size_t limit = 0; limit < (size_t)1 << 20; limit += (size_t)1 << 17) {
		struct sample_memory *memory = calloc(1, sizeof *memory);
		enum undersign_status status;
		struct problem problem;
		struct bundle *bundle;

		assert_non_null(memory);
		sample_memory_begin(memory);
		memory->arena.limit = limit;
		status = desk_bundle_open(&bundle, &files, NULL, memory, &problem);
		assert_true(status == UNDERSIGN_E_MEMORY);
		assert_null(bundle);
		sample_memory_end(memory);
		free(memory);
	}
	desk_end(&desk);
}

/* More entries than a letter can have are refused while points are read: before the next file, and
 * before anything is taken for them. */
static void counts_entries_while_reading(void **state)
{
	enum { EACH = ROSTER_MEMBERS_MAX };
	const size_t len = POINTS_HEADER_LEN + (size_t)EACH * (POINT_BYTES + 1);
	uint8_t *data = calloc(1, len);
	struct writer writer = writer_new(data, len);
	struct sample_memory *memory = calloc(1, sizeof *memory);
	struct problem problem;
	struct bundle *bundle;

	(void)state;
	assert_non_null(data);
	assert_non_null(memory);
	points_write_header(&writer, ROSTER_ENROLLED, EACH);
	desk_begin(&desk, 23);
	desk_add_usual(&desk);
	desk_publish(&desk);
	desk_bundle_make(&desk, &files);
	for (unsigned r = 1; r <= 5; r++) {
		char name[32];

		snprintf(name, sizeof name, "rosters/%u.points", r);
		files.contents[desk_bundle_find(&files, name)] = bytes_from(data, len);
	}
	sample_memory_begin(memory);
	assert_int_equal(desk_bundle_open(&bundle, &files, NULL, memory, &problem),
			 UNDERSIGN_E_LIMIT);
	assert_non_null(strstr(problem.rule, "16,777,216"));
	assert_true(memory->n_bytes < 4 << 20);
	sample_memory_end(memory);
	desk_end(&desk);
	free(memory);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_files_missing),
		cmocka_unit_test(test_files_extra),
		cmocka_unit_test(test_page_is_expected),
		cmocka_unit_test(test_files_swapped),
		cmocka_unit_test(test_points_of_another_version),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_anchor),
		cmocka_unit_test(test_many_tiles),
		cmocka_unit_test(test_proof_of_another_tile),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(counts_entries_while_reading),
	};

	desk_begin_program();
	return cmocka_run_group_tests(tests, open_pools, close_pools);
}
