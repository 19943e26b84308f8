/* A-3 and the loader: rings, lists, trees, and that a proof holds for its ring only. */
#include "support.h"

#include "memory.h"

#include <stdlib.h>

#define MANY 70

static struct scope scope;
static struct bytes message;

/* RFC 6962 by its definition. */
static void naive_root(uint8_t out[static HASH_BYTES], const uint8_t (*leaves)[HASH_BYTES],
		       size_t n)
{
	uint8_t input[1 + 2 * HASH_BYTES] = {1}, digest[SHA512_BYTES];
	size_t left = 1;

	if (n == 1) {
		memcpy(out, leaves[0], HASH_BYTES);
		return;
	}
	while (2 * left < n)
		left *= 2;
	naive_root(input + 1, leaves, left);
	naive_root(input + 1 + HASH_BYTES, leaves + left, n - left);
	sha512(digest, bytes_from(input, sizeof input));
	memcpy(out, digest, HASH_BYTES);
}

static void test_tree(void **state)
{
	uint8_t leaves[MANY][HASH_BYTES], want[HASH_BYTES], got[HASH_BYTES];
	struct entry_tree tree;

	(void)state;
	entry_tree_begin(&tree);
	for (size_t n = 1; n <= MANY; n++) {
		assert_int_equal(support_random.fill(NULL, leaves[n - 1], HASH_BYTES),
				 UNDERSIGN_OK);
		entry_tree_add(&tree, leaves[n - 1]);
		naive_root(want, (const uint8_t(*)[HASH_BYTES])leaves, n);
		entry_tree_root(got, &tree);
		assert_memory_equal(got, want, HASH_BYTES);
	}
}

/* Entries added many at a time, from any place on, are leaves added one by one; with metas and
 * without. */
static void test_tree_of_entries(void **state)
{
	enum { ENTRIES = 200 };
	static uint8_t sources[ENTRIES][POINT_BYTES];
	struct entry entries[ENTRIES];
	uint8_t leaf[HASH_BYTES], want[HASH_BYTES], got[HASH_BYTES];

	(void)state;
	for (size_t i = 0; i < ENTRIES; i++) {
		assert_int_equal(support_random.fill(NULL, sources[i], POINT_BYTES), UNDERSIGN_OK);
		entries[i] = (struct entry){
			.kind = i % 5 == 0 ? ENTRY_RAW_KEY : ENTRY_COMMITMENT,
			.source = sources[i],
			.meta = bytes_from(sources[0], i % 7 == 3 ? i % (ENTRY_META_MAX + 1) : 0)};
	}
	for (size_t start = 0; start < ENTRIES; start += 13) {
		struct entry_tree one_by_one, many;

		entry_tree_begin(&one_by_one);
		for (size_t i = 0; i < ENTRIES; i++) {
			entry_leaf(leaf, &entries[i]);
			entry_tree_add(&one_by_one, leaf);
			entry_tree_root(want, &one_by_one);
			if (i < start)
				continue;
			entry_tree_begin(&many);
			entry_tree_add_entries(&many, entries, start);
			entry_tree_add_entries(&many, entries + start, i + 1 - start);
			entry_tree_root(got, &many);
			assert_memory_equal(got, want, HASH_BYTES);
		}
	}
}

/* Loads in pieces give what a load at once gives, and snapshots on the way are those of prefixes.
 */
static void test_loading_in_pieces(void **state)
{
	struct test_ring ring, prefix;
	struct snapshot at[4], got;
	size_t len = universe_memory_len(MANY), ends[4] = {2, 65, 66, MANY}, from = 0;
	void *memory = support_memory(len);
	uint32_t members[MANY];
	struct universe universe;
	struct list list;
	struct ring part;

	(void)state;
	test_ring_new(&ring, MANY, "org");
	universe_new(&universe, MANY, memory, len);
	list_begin(&list, &universe, members, MANY);
	for (size_t k = 0; k < 4; k++) {
		assert_int_equal(list_append(&list, ring.entries + from, ends[k] - from, NULL),
				 UNDERSIGN_OK);
		list_snapshot(&at[k], &list);
		from = ends[k];
	}
	for (size_t k = 0; k < 4; k++) {
		test_ring_from_entries(&prefix, ring.entries, ends[k], "org");
		assert_int_equal(ring_of_list(&part, &list, &at[k], bytes_from_text("org"), NULL),
				 UNDERSIGN_OK);
		assert_memory_equal(part.id, prefix.ring.id, HASH_BYTES);
		assert_int_equal(part.n, ends[k]);
		list_snapshot(&got, &prefix.list);
		assert_memory_equal(got.root, at[k].root, HASH_BYTES);
		test_ring_free(&prefix);
	}
	for (size_t k = 0; k < MANY; k++)
		assert_int_equal(
			universe_find(&universe, ring.universe.encodings + POINT_BYTES * k), k);
	free(memory);
	test_ring_free(&ring);
}

static enum undersign_status load(const struct entry *entries, size_t n, size_t capacity,
				  struct problem *problem)
{
	size_t len = universe_memory_len(MANY);
	void *memory = support_memory(len);
	uint32_t members[MANY];
	struct universe universe;
	struct list list;
	enum undersign_status status;

	*problem = (struct problem){{0}, {0}, {0}};
	universe_new(&universe, capacity, memory, len);
	list_begin(&list, &universe, members, MANY);
	status = list_append(&list, entries, n, problem);
	free(memory);
	return status;
}

static void test_loader_refuses(void **state)
{
	static const uint8_t identity[POINT_BYTES], long_meta[ENTRY_META_MAX + 1];
	uint8_t negative[POINT_BYTES], beyond[POINT_BYTES];
	struct test_ring ring;
	struct entry entries[MANY];
	struct problem problem;

	(void)state;
	test_ring_new(&ring, MANY, "org");
	memcpy(negative, ring.sources[3], POINT_BYTES);
	negative[0] ^= 1;
	memset(beyond, 0xff, POINT_BYTES);
	const struct {
		struct entry entry;
		enum undersign_status status;
	} bad[] = {
		{{0, ring.sources[68], {NULL, 0}}, UNDERSIGN_E_FORMAT},
		{{3, ring.sources[68], {NULL, 0}}, UNDERSIGN_E_FORMAT},
		{{1, identity, {NULL, 0}}, UNDERSIGN_E_ENCODING},
		{{1, negative, {NULL, 0}}, UNDERSIGN_E_ENCODING},
		{{1, beyond, {NULL, 0}}, UNDERSIGN_E_ENCODING},
		{{2, beyond, {NULL, 0}}, UNDERSIGN_E_ENCODING},
		{{1, ring.sources[2], {NULL, 0}}, UNDERSIGN_E_CONFLICT},
		{{1, ring.sources[68], {long_meta, sizeof long_meta}}, UNDERSIGN_E_FORMAT},
	};

	for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
		memcpy(entries, ring.entries, sizeof entries);
		entries[68] = bad[k].entry;
		assert_int_equal(load(entries, MANY, MANY, &problem), bad[k].status);
		assert_string_equal(problem.where, "entry 68");
		assert_true(problem.rule[0] != 0 && problem.what[0] != 0);
	}
	memcpy(entries, ring.entries, sizeof entries);
	entries[68].meta = bytes_from(long_meta, ENTRY_META_MAX);
	assert_int_equal(load(entries, MANY, MANY, &problem), UNDERSIGN_OK);
	assert_int_equal(load(entries, MANY, MANY - 1, &problem), UNDERSIGN_E_LIMIT);
	test_ring_free(&ring);
}

static void test_ring_sizes(void **state)
{
	struct test_ring ring;
	struct snapshot one;
	struct ring out;
	struct list list;
	uint32_t members[2];

	(void)state;
	test_ring_new(&ring, 2, "org");
	list_begin(&list, &ring.universe, members, 2);
	assert_int_equal(list_append(&list, ring.entries, 1, NULL), UNDERSIGN_OK);
	list_snapshot(&one, &list);
	assert_int_equal(ring_of_list(&out, &list, &one, bytes_from_text("org"), NULL),
			 UNDERSIGN_E_LIMIT);
	test_ring_free(&ring);
}

/* Two organisations that share a member, and a third of one. */
static void test_several(void **state)
{
	struct test_ring source;
	size_t len = universe_memory_len(MANY);
	void *memory = support_memory(len);
	uint32_t members[3][MANY], merged[MANY];
	struct universe universe;
	struct list lists[3];
	struct ring_part parts[3];
	struct ring ring;
	struct bytes name = bytes_from_text("all"), proof;
	static const char *const names[] = {"one", "two", "three"};

	(void)state;
	test_ring_new(&source, 12, "org");
	universe_new(&universe, MANY, memory, len);
	for (size_t o = 0; o < 3; o++) {
		/* Entries 0..5, 5..10, 11. */
		size_t from = o == 0 ? 0 : o == 1 ? 5 : 11, n = o == 2 ? 1 : 6;

		list_begin(&lists[o], &universe, members[o], MANY);
		assert_int_equal(list_append(&lists[o], source.entries + from, n, NULL),
				 UNDERSIGN_OK);
		parts[o] = (struct ring_part){bytes_from_text(names[o]), &lists[o], {0, {0}}};
		list_snapshot(&parts[o].at, &lists[o]);
	}
	assert_int_equal(ring_of_several(&ring, &universe, merged, parts, 3, name, NULL),
			 UNDERSIGN_OK);
	assert_int_equal(ring.n, 12);
	for (size_t k = 0; k < 12; k++) {
		proof = test_sign(&ring, &scope, message, &source.openings[k]);
		assert_true(test_is_valid(&ring, &scope, message, proof));
		free((void *)proof.data);
	}
	assert_int_equal(ring_of_several(&ring, &universe, merged, parts, 1, name, NULL),
			 UNDERSIGN_E_USAGE);
	assert_int_equal(ring_of_several(&ring, &universe, merged, parts, 3, parts[1].org, NULL),
			 UNDERSIGN_E_USAGE);
	parts[2].org = parts[0].org;
	assert_int_equal(ring_of_several(&ring, &universe, merged, parts, 3, name, NULL),
			 UNDERSIGN_E_USAGE);
	free(memory);
	test_ring_free(&source);
}

static void expect_refused(const struct entry *entries, size_t n, const char *org,
			   struct bytes proof)
{
	struct test_ring ring;

	test_ring_from_entries(&ring, entries, n, org);
	assert_false(test_is_valid(&ring.ring, &scope, message, proof));
	test_ring_free(&ring);
}

/* roster minus one, one replaced, two swapped, other meta, other name, older version. */
static void substitute(size_t n)
{
	struct test_ring ring, other;
	struct entry *entries = support_memory((n + 1) * sizeof *entries);
	struct bytes proof;

	test_ring_new(&ring, n, "org");
	test_ring_new(&other, 2, "org");
	proof = test_sign(&ring.ring, &scope, message, &ring.openings[n / 2]);
	assert_true(test_is_valid(&ring.ring, &scope, message, proof));
	for (size_t k = 0; k < n; k++) {
		memcpy(entries, ring.entries, n * sizeof *entries);
		memmove(entries + k, entries + k + 1, (n - 1 - k) * sizeof *entries);
		if (n > 2)
			expect_refused(entries, n - 1, "org", proof);
		memcpy(entries, ring.entries, n * sizeof *entries);
		entries[k].source = other.sources[0];
		expect_refused(entries, n, "org", proof);
		entries[k] = ring.entries[(k + 1) % n];
		entries[(k + 1) % n] = ring.entries[k];
		expect_refused(entries, n, "org", proof);
		memcpy(entries, ring.entries, n * sizeof *entries);
		entries[k].meta = bytes_from("m", 1);
		expect_refused(entries, n, "org", proof);
	}
	memcpy(entries, ring.entries, n * sizeof *entries);
	expect_refused(entries, n, "Org", proof);
	entries[n] = other.entries[0];
	expect_refused(entries, n + 1, "org", proof);
	expect_refused(other.entries, 2, "org", proof);
	free((void *)proof.data);
	free(entries);
	test_ring_free(&ring);
	test_ring_free(&other);
}

static void test_ring_substitution(void **state)
{
	size_t step = support_is_full() ? 1 : 15;

	(void)state;
	for (size_t n = 2; n <= 64; n += step)
		substitute(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_loading_in_pieces),
		cmocka_unit_test(test_tree_of_entries),
		cmocka_unit_test(test_loader_refuses),
		cmocka_unit_test(test_ring_sizes),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_ring_substitution),
	};

	support_begin("test-proof-ring");
	message = bytes_from_text("message");
	scope_new_letter(&scope, bytes_from_text("a letter\n"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
