/* A malicious desk and replayed statements: each log is signed and its tiles are right,
 * so that nothing but the replay can object. Beside each, the honest log that passes. */
#include "desk.h"

static struct desk desk;

enum { FIRST = 3 }; /* members who sign in epoch 1 */

/* Epoch 0 is the letter's, epoch 1 has three signatures of Alder, epoch 2 a fourth and a
 * withdrawal of the first. */
static struct bytes entries[FIRST + 2];
static size_t begin_of_1, begin_of_2;

static void begin_closing(uint64_t closes)
{
	struct bytes files[FIRST];

	desk_begin(&desk, 31);
	desk.closes = closes;
	desk_add_usual(&desk);
	desk_publish(&desk);
	begin_of_1 = desk.n_log;
	for (uint32_t i = 0; i < FIRST; i++) {
		entries[i] =
			desk_entry(&desk, DESK_ALDER, i, 1, desk_ring(&desk, "Alder, enrolled"), 0);
		files[i] = desk_file(&desk, entries[i], (struct bytes){0});
	}
	desk_run(&desk, NULL, 0, files, FIRST);
	begin_of_2 = desk.n_log;
	files[0] = desk_withdraw(&desk, DESK_ALDER, 0, 2);
	entries[FIRST] =
		desk_entry(&desk, DESK_ALDER, 1, 2, desk_ring(&desk, "Alder, enrolled"), 0);
	files[1] = desk_file(&desk, entries[FIRST], (struct bytes){0});
	desk_run(&desk, NULL, 0, files, 2);
	assert_int_equal(desk_open(&desk)->tally.total, 2);
}

static void begin(void)
{
	begin_closing(9);
}

static void assert_entry_refused(size_t entry, const char *rule)
{
	char where[64];

	assert_true(snprintf(where, sizeof where, "entry %zu", entry) > 0);
	desk_assert_refused(&desk, where, rule);
	desk_end(&desk);
}

static void insert(size_t at, struct bytes entry)
{
	assert_true(desk.n_log < DESK_ENTRIES_MAX && at <= desk.n_log);
	memmove(&desk.log[at + 1], &desk.log[at], (desk.n_log - at) * sizeof desk.log[0]);
	desk.log[at] = entry;
	desk.n_log++;
}

static void take_out(size_t at)
{
	desk.n_log--;
	memmove(&desk.log[at], &desk.log[at + 1], (desk.n_log - at) * sizeof desk.log[0]);
}

static void swap(size_t a, size_t b)
{
	struct bytes swapped = desk.log[a];

	desk.log[a] = desk.log[b];
	desk.log[b] = swapped;
}

/* What a desk leaves out nobody can see who was not promised it: the log without it is a log like
 * any other. (The promise, or the statement file itself, shows it.) */
static void test_drop(void **state)
{
	struct bytes file;
	uint8_t hash[SHA256_BYTES];
	struct bundle *bundle;

	(void)state;
	begin();
	take_out(desk.n_log - 1);
	take_out(desk.n_log - 1);
	bundle = desk_open(&desk);
	assert_int_equal(bundle->tally.total, 3);
	file = entries[FIRST];
	sha256(hash, file);
	assert_true(replay_find(bundle->replay, hash) == REPLAY_NONE);
	desk_end(&desk);
}

static void test_copies(void **state)
{
	(void)state;
	/* In the same epoch, beside the original. */
	begin();
	insert(begin_of_1 + 2, desk.log[begin_of_1 + 1]);
	assert_entry_refused(begin_of_1 + 2, "no entry stands in the log twice");
	/* In a later one, in its place. */
	begin();
	desk_append(&desk, entries[2]);
	desk_order(&desk, begin_of_2 + 1, 2);
	for (size_t i = begin_of_2; i < desk.n_log; i++) {
		if (bytes_are_equal(desk.log[i], entries[2])) {
			assert_entry_refused(i, "no entry stands in the log twice");
			return;
		}
	}
	fail();
}

static void test_order(void **state)
{
	(void)state;
	begin();
	swap(begin_of_1 + 1, begin_of_1 + 2);
	assert_entry_refused(begin_of_1 + 2, "statements by the hash of epoch and tag");
	/* As they arrived, which for some three members is not the order of the hashes. */
	begin();
	for (size_t i = 0; i < FIRST; i++)
		desk.log[begin_of_1 + 1 + i] = entries[i];
	if (bytes_are_equal(desk.log[begin_of_1 + 1], entries[0])) {
		struct problem problem;

		if (desk_replay(&desk, false, &problem) == UNDERSIGN_OK)
			swap(begin_of_1 + 1, begin_of_1 + 3);
	}
	desk_assert_refused(&desk, "entry ", "statements by the hash of epoch and tag");
	desk_end(&desk);
	/* Records too: the manifest before the rosters. */
	begin();
	swap(2, 3);
	assert_entry_refused(3, "records by rank and hash");
}

static void test_release_below_hold_min(void **state)
{
	(void)state;
	/* One of three is left out. */
	begin();
	desk.n_log = begin_of_2;
	take_out(begin_of_1 + 2);
	assert_entry_refused(begin_of_1 + 1, "at least 3 new tags");
	/* One more, once three are there. */
	begin();
	desk_append(&desk,
		    desk_entry(&desk, DESK_ALDER, 7, 1, desk_ring(&desk, "Alder, enrolled"), 0));
	desk_order(&desk, begin_of_2 + 1, 2);
	desk_assert_refused(&desk, "entry ", "at least 3 new tags");
	desk_end(&desk);
	/* At the closing that is the remainder, and right. */
	begin_closing(2);
	desk_append(&desk,
		    desk_entry(&desk, DESK_ALDER, 7, 1, desk_ring(&desk, "Alder, enrolled"), 0));
	desk_order(&desk, begin_of_2 + 1, 2);
	assert_int_equal(desk_open(&desk)->tally.total, 3);
	/* But not of a ring that was never released. */
	desk_append(&desk,
		    desk_entry(&desk, DESK_BIRCH, 7, 1, desk_ring(&desk, "Birch, enrolled"), 0));
	desk_order(&desk, begin_of_2 + 1, 2);
	desk_assert_refused(&desk, "entry ", "at least 3 new tags");
	desk_end(&desk);
	/* One tag three times is one. */
	begin();
	for (uint32_t seq = 1; seq <= 3; seq++)
		desk_append(&desk, desk_entry(&desk, DESK_BIRCH, 0, seq,
					      desk_ring(&desk, "Birch, enrolled"), 0));
	desk_order(&desk, begin_of_2 + 1, 2);
	desk_assert_refused(&desk, "entry ", "at least 3 new tags");
	desk_end(&desk);
}

static void test_epochs(void **state)
{
	(void)state;
	begin();
	desk.log[begin_of_2] = desk_header_dated(&desk, 2, UINT64_C(1924992000) + 3 * 86400);
	assert_entry_refused(begin_of_2, "an epoch's date");
	begin();
	desk.log[0] = desk_header_dated(&desk, 0, UINT64_C(1924992000) + 86400);
	assert_entry_refused(1, "epoch 0 is dated");
	begin();
	desk.log[begin_of_2] = desk_header(&desk, 3);
	assert_entry_refused(begin_of_2, "numbered one after the other");
	begin();
	desk.log[begin_of_2] = desk_header(&desk, 1);
	assert_entry_refused(begin_of_2, "no entry stands in the log twice");
	begin();
	desk.log[begin_of_2] = desk_header_dated(&desk, 1, UINT64_C(1924992000) + 2 * 86400);
	assert_entry_refused(begin_of_2, "numbered one after the other");
	/* Without a header, all stands in epoch 1, whose order it has not. */
	begin();
	take_out(begin_of_2);
	desk_assert_refused(&desk, "entry ", "");
	desk_end(&desk);
	begin();
	take_out(0);
	assert_entry_refused(0, "an epoch begins with its header");
	begin();
	take_out(1);
	assert_entry_refused(1, "the log's record is entry 1");
	/* Empty epochs are right. */
	begin();
	desk_append(&desk, desk_header(&desk, 3));
	desk_append(&desk, desk_header(&desk, 4));
	assert_int_equal(desk_open(&desk)->as_of.epoch, 4);
	desk_end(&desk);
}

static void test_window(void **state)
{
	(void)state;
	/* Before `opens`. */
	desk_begin(&desk, 32);
	desk.opens = 2;
	desk_add_usual(&desk);
	desk_publish(&desk);
	desk_append(&desk, desk_header(&desk, 1));
	desk_append(&desk, desk_withdraw_stranger(&desk, 1));
	desk.log[desk.n_log - 1] =
		bytes_part(desk.log[desk.n_log - 1], 28, desk.log[desk.n_log - 1].len - 28);
	assert_entry_refused(desk.n_log - 1, "after its letter's opening");
	/* After the closing. */
	begin_closing(2);
	desk_append(&desk, desk_header(&desk, 3));
	desk_append(&desk,
		    desk_entry(&desk, DESK_ALDER, 0, 9, desk_ring(&desk, "Alder, enrolled"), 0));
	assert_entry_refused(desk.n_log - 1, "not after its closing");
	/* After an early one. */
	begin();
	desk_append(&desk, desk_header(&desk, 3));
	desk_append(&desk, desk_record_close(&desk, 3));
	desk_append(&desk, desk_header(&desk, 4));
	desk_append(&desk,
		    desk_entry(&desk, DESK_ALDER, 0, 9, desk_ring(&desk, "Alder, enrolled"), 0));
	assert_entry_refused(desk.n_log - 1, "not after its closing");
	/* Without an opening. */
	begin();
	for (size_t i = 0; i < begin_of_1; i++) {
		if (bytes_begin_with(desk.log[i], BYTES("undersigned open v1\n"))) {
			take_out(i);
			break;
		}
	}
	assert_entry_refused(begin_of_1, "after its letter's opening");
}

static void set_byte(struct bytes *entry, size_t at, uint8_t change)
{
	*entry = arena_copy(desk.arena, *entry);
	((uint8_t *)(uintptr_t)entry->data)[at] ^= change;
}

static void test_records(void **state)
{
	struct bytes record;
	struct note note;
	struct bundle *bundle;

	(void)state;
	/* Opened twice: the second with a signature line more, of the log. */
	begin();
	desk_append(&desk, desk_header(&desk, 3));
	record = desk_record_open(&desk);
	assert_int_equal(note_parse(&note, record, NULL), UNDERSIGN_OK);
	struct note other_note;
	assert_int_equal(note_parse(&other_note, desk_note(&desk, DESK_LOG, note.text), NULL),
			 UNDERSIGN_OK);
	struct writer writer = writer_new(arena_take(desk.arena, 1, 4096), 4096);
	writer_bytes(&writer, record);
	writer_bytes(&writer, other_note.signatures[0].line);
	desk_append(&desk, writer_view(&writer));
	assert_entry_refused(desk.n_log - 1, "opened once");
	/* Closed by the organiser, who signs twice. */
	begin();
	desk_append(&desk, desk_header(&desk, 3));
	record = desk_record_close(&desk, 3);
	assert_int_equal(note_parse(&note, record, NULL), UNDERSIGN_OK);
	writer = writer_new(arena_take(desk.arena, 1, 4096), 4096);
	writer_bytes(&writer, record);
	writer_bytes(&writer, note.signatures[0].line);
	desk_append(&desk, writer_view(&writer));
	assert_entry_refused(desk.n_log - 1, "only once");
	/* Closed by a stranger. */
	begin();
	desk_append(&desk, desk_header(&desk, 3));
	assert_int_equal(note_parse(&note, desk_record_close(&desk, 3), NULL), UNDERSIGN_OK);
	desk_append(&desk, desk_note(&desk, DESK_STRANGER, note.text));
	assert_entry_refused(desk.n_log - 1, "");
	/* By the log, whose key is listed, but who is not its author. */
	begin();
	desk_append(&desk, desk_header(&desk, 3));
	assert_int_equal(note_parse(&note, desk_record_close(&desk, 3), NULL), UNDERSIGN_OK);
	desk_append(&desk, desk_note(&desk, DESK_LOG, note.text));
	assert_entry_refused(desk.n_log - 1, "signed by its author");
	/* By both, it is right. */
	begin();
	desk_append(&desk, desk_header(&desk, 3));
	record = desk_record_close(&desk, 3);
	assert_int_equal(note_parse(&note, record, NULL), UNDERSIGN_OK);
	assert_int_equal(note_parse(&other_note, desk_note(&desk, DESK_LOG, note.text), NULL),
			 UNDERSIGN_OK);
	writer = writer_new(arena_take(desk.arena, 1, 4096), 4096);
	writer_bytes(&writer, record);
	writer_bytes(&writer, other_note.signatures[0].line);
	desk_append(&desk, writer_view(&writer));
	assert_int_equal(desk_open(&desk)->letter->closing, 3);
	/* And with one that does not hold, it is not. */
	set_byte(&desk.log[desk.n_log - 1], desk.log[desk.n_log - 1].len - 20, 1);
	assert_entry_refused(desk.n_log - 1, "");
	/* A closing in the past is void: nothing changes, and it is reported. */
	begin();
	desk_append(&desk, desk_header(&desk, 3));
	desk_append(&desk, desk_record_close(&desk, 2));
	bundle = desk_open(&desk);
	assert_int_equal(bundle->letter->closing, 9);
	assert_int_equal(bundle->letter->n_notices, 1);
	assert_non_null(strstr(bundle->letter->notices[0].where, "entry"));
	assert_non_null(strstr(bundle->letter->notices[0].what, "void"));
	/* And was the first: the next one is void as well. */
	desk_append(&desk, desk_header(&desk, 4));
	desk_append(&desk, desk_record_close(&desk, 5));
	bundle = desk_open(&desk);
	assert_int_equal(bundle->letter->closing, 9);
	assert_int_equal(bundle->letter->n_notices, 2);
	desk_end(&desk);
	/* Another log's record. */
	begin();
	desk.log[1] = desk_note(&desk, DESK_STRANGER, BYTES("undersigned log v1\n"));
	assert_entry_refused(1, "");
	/* Records after statements. */
	begin();
	desk_append(&desk, desk_record_close(&desk, 5));
	assert_entry_refused(desk.n_log - 1, "records by rank and hash");
	/* The manifest with other signatures than in the bundle. */
	begin();
	for (size_t i = 0; i < begin_of_1; i++) {
		if (bytes_are_equal(desk.log[i], desk.manifest_note)) {
			assert_int_equal(note_parse(&note, desk.log[i], NULL), UNDERSIGN_OK);
			desk.log[i] = desk_note(&desk, DESK_STRANGER, note.text);
			desk_assert_refused(&desk, "entry ", "equal to the letter's entry");
			break;
		}
	}
	desk_end(&desk);
}

/* M-16: a snapshot that extends the base, and yet not the version before. */
static void test_fork_of_roster(void **state)
{
	struct bundle *bundle;
	uint8_t moved[POINT_BYTES];
	struct desk_roster *alder = &desk.rosters[DESK_ALDER];

	(void)state;
	begin();
	desk_append(&desk, desk_header(&desk, 3));
	desk_append(&desk, desk_snapshot(&desk, DESK_ALDER, 18));
	desk_append(&desk, desk_record_extend(&desk, 1));
	assert_int_equal(desk_open(&desk)->rings->n_versions, 2);
	/* One more member, and the 17th is somebody else. */
	memcpy(moved, alder->sources[16], POINT_BYTES);
	memcpy(alder->sources[16], alder->sources[19], POINT_BYTES);
	desk_append(&desk, desk_header(&desk, 4));
	desk_append(&desk, desk_snapshot(&desk, DESK_ALDER, 19));
	desk_append(&desk, desk_record_extend(&desk, 2));
	memcpy(alder->sources[16], moved, POINT_BYTES);
	alder->n = 18;
	bundle = desk_open(&desk);
	assert_int_equal(bundle->rings->n_versions, 2);
	assert_int_equal(bundle->letter->n_notices, 1);
	desk_end(&desk);
}

/* Proofs that do not hold are named, wherever they stand in their batch. */
static void test_bad_proofs(void **state)
{
	for (size_t i = 0; i < FIRST; i++) {
		(void)state;
		begin();
		set_byte(&desk.log[begin_of_1 + 1 + i], 300, 1);
		desk_assert_refused(&desk, "entry ", "a proof holds for its ring");
		struct desk_bundle *made = ARENA_TAKE(desk.arena, struct desk_bundle, 1);
		struct problem problem;
		struct bundle *bundle;
		char where[128];

		desk_bundle_make(&desk, made);
		assert_int_equal(desk_bundle_open(&bundle, made, NULL, &desk.memory, &problem),
				 UNDERSIGN_E_INVALID);
		(void)snprintf(where, sizeof where,
			       "entry %zu, signature, ring \"Alder, enrolled\"",
			       begin_of_1 + 1 + i);
		assert_string_equal(problem.where, where);
		assert_string_equal(problem.rule,
				    "a proof holds for its ring, its letter and its text");
		assert_string_equal(problem.what, "the proof does not hold");
		desk_end(&desk);
	}
	/* A fault that stands after it is not the first one. */
	begin();
	set_byte(&desk.log[begin_of_1 + 2], 300, 1);
	desk.log[begin_of_2] = desk_header(&desk, 7);
	assert_entry_refused(begin_of_1 + 2, "a proof holds for its ring");
	/* Nor is one that is malformed. */
	begin();
	set_byte(&desk.log[begin_of_1 + 2], 300, 1);
	memset((uint8_t *)(uintptr_t)desk.log[begin_of_1 + 4].data + 107, 0xff, POINT_BYTES);
	assert_entry_refused(begin_of_1 + 2, "a proof holds for its ring");
	/* A withdrawal's. */
	begin();
	for (size_t i = begin_of_2; i < desk.n_log; i++) {
		if (desk.log[i].data[0] == 1 && desk.log[i].data[1] == 2) {
			set_byte(&desk.log[i], 120, 1);
			assert_entry_refused(i, "a withdrawal's proof holds");
			return;
		}
	}
	fail();
}

/* --- a statement that is valid somewhere, given elsewhere ----------------------------------
 */

/* Offsets in an entry (formats 5.1). */
enum { CONTEXT = 3, INDEX = 35, RING = 39, SEQ = 71 };

static void assert_log_refuses(struct bytes entry, const char *rule)
{
	size_t n_log = desk.n_log;

	desk_append(&desk, desk_header(&desk, 3));
	desk_append(&desk, entry);
	desk_assert_refused(&desk, "entry ", rule);
	desk.n_log = n_log;
}

static struct bytes changed(struct bytes entry, size_t at, const void *to, size_t len)
{
	entry = arena_copy(desk.arena, entry);
	memcpy((uint8_t *)(uintptr_t)entry.data + at, to, len);
	return entry;
}

static void test_replays(void **state)
{
	struct desk *other = calloc(1, sizeof *other);
	struct bytes entry, foreign;
	struct bundle *bundle;
	struct replay_letter *letter;
	struct problem problem = {0};
	uint8_t seq[4] = {9, 0, 0, 0};
	uint8_t kind = 2;
	uint8_t index = 1;

	(void)state;
	assert_non_null(other);
	begin();
	/* Of a tag that is there already, so that no hold stands in the way. */
	entry = desk_entry(&desk, DESK_ALDER, 2, 3, desk_ring(&desk, "Alder, enrolled"), 0);
	desk_append(&desk, desk_header(&desk, 3));
	desk_append(&desk, entry);
	assert_int_equal(desk_open(&desk)->tally.total, 2);
	desk.n_log -= 2;

	/* With every other ring of the letter. */
	for (uint32_t r = 0; r < desk.manifest.n_rings; r++) {
		if (r == desk_ring(&desk, "Alder, enrolled"))
			continue;
		struct bytes moved =
			changed(entry, RING, rings_last(desk.rings, r)->ring.id, HASH_BYTES);

		assert_log_refuses(moved, rings_last(desk.rings, r)->ring.n > 16
						  ? "a proof has the length"
						  : "a proof holds for its ring");
		assert_int_not_equal(
			sequencer_check_file(&letter, desk.replay, &desk_generators,
					     desk_file(&desk, moved, (struct bytes){0}), 3,
					     desk.arena, &problem),
			UNDERSIGN_OK);
	}
	/* With another seq, another index, another kind of scope. */
	assert_log_refuses(changed(entry, SEQ, seq, 4), "a proof holds for its ring");
	assert_log_refuses(changed(entry, INDEX, &index, 1), "");
	assert_log_refuses(changed(entry, CONTEXT - 1, &kind, 1), "");

	/* In another letter: same rosters, same members, another text. */
	desk_begin(other, 31);
	other->closes = 9;
	other->text = "We ask for nothing to be published.\n";
	desk_add_usual(other);
	desk_publish(other);
	assert_memory_equal(other->rosters[0].sources, desk.rosters[0].sources, POINT_BYTES);
	foreign = desk_entry(other, DESK_ALDER, 2, 3, desk_ring(other, "Alder, enrolled"), 0);
	/* As it is, it is not this letter's: nothing counts. */
	desk_append(&desk, desk_header(&desk, 3));
	desk_append(&desk, foreign);
	bundle = desk_open(&desk);
	assert_int_equal(bundle->tally.total, 2);
	assert_int_equal(bundle->letter->n_statements, FIRST + 2);
	desk.n_log -= 2;
	assert_int_equal(sequencer_check_file(&letter, desk.replay, &desk_generators,
					      desk_file(&desk, foreign, (struct bytes){0}), 3,
					      desk.arena, &problem),
			 UNDERSIGN_E_MISSING);
	/* With this letter's scope put in, its proof does not hold. */
	assert_log_refuses(changed(foreign, CONTEXT, desk.manifest.context, HASH_BYTES),
			   "a proof holds for its ring");
	desk_end(other);
	free(other);
	desk_end(&desk);
}

/* With another version of its own ring, and with one that is not there yet. */
static void test_replays_of_versions(void **state)
{
	struct bytes early, late;
	size_t n_log;

	(void)state;
	begin();
	early = desk_entry(&desk, DESK_ALDER, 2, 3, desk_ring(&desk, "Alder, enrolled"), 0);
	desk_append(&desk, desk_header(&desk, 3));
	n_log = desk.n_log;
	desk_append(&desk, desk_snapshot(&desk, DESK_ALDER, 17));
	desk_append(&desk, desk_record_extend(&desk, 1));
	struct problem problem = {0};
	assert_int_equal(desk_replay(&desk, true, &problem), UNDERSIGN_OK);
	late = desk_entry(&desk, DESK_ALDER, 2, 3, desk_ring(&desk, "Alder, enrolled"), 1);
	/* Each stands where it belongs. */
	desk_append(&desk, early);
	desk_append(&desk, late);
	desk_order(&desk, n_log, 3);
	assert_int_equal(desk_open(&desk)->tally.total, 2);
	desk.n_log -= 2;
	/* Rings of 16 and 17 have proofs of other lengths. */
	desk_append(&desk,
		    changed(early, RING,
			    rings_at(desk.rings, desk_ring(&desk, "Alder, enrolled"), 1)->ring.id,
			    HASH_BYTES));
	desk_assert_refused(&desk, "entry ", "a proof has the length");
	desk.n_log--;
	/* Before its extension. */
	struct bytes extend = desk.log[desk.n_log - 1];
	desk.n_log--;
	desk_append(&desk, late);
	desk_append(&desk, desk_header(&desk, 4));
	desk_append(&desk, extend);
	assert_entry_refused(n_log + 1, "a version that stands before it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_release_below_hold_min),
		cmocka_unit_test(test_epochs),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_fork_of_roster),
		cmocka_unit_test(test_bad_proofs),
		cmocka_unit_test(test_replays),
		cmocka_unit_test(test_replays_of_versions),
	};

	desk_begin_program();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
