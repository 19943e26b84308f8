/* Threads change nothing: lists, proofs and verdicts are the same bytes for any number of them. */
#include "sign_with.h"
#include "support.h"

#include "memory.h"
#include "pool.h"

#include <stdlib.h>

#define N 5000

#define N_SMALL 300

static const unsigned threads[] = {1, 2, 3, 8};
#define N_POOLS (sizeof threads / sizeof *threads)

static struct pool *pools[N_POOLS];
static struct parallel parallels[N_POOLS];

static struct test_ring large;
static struct entry entries[N];
static uint8_t key[POINT_BYTES];

static int open_pools(void **state)
{
	(void)state;
	for (size_t p = 0; p < N_POOLS; p++) {
		pools[p] = pool_open(threads[p]);
		assert_non_null(pools[p]);
		parallels[p] = pool_parallel(pools[p]);
		assert_int_equal(parallels[p].n_threads, threads[p]);
	}
	/* Its 777th member can sign. */
	test_ring_new_large(&large, N, 777, "org");
	memcpy(entries, large.entries, sizeof entries);
	return 0;
}

static int close_pools(void **state)
{
	(void)state;
	for (size_t p = 0; p < N_POOLS; p++)
		pool_close(pools[p]);
	test_ring_free(&large);
	return 0;
}

/* Each task runs once, whichever way. */
static void count(void *context, size_t i)
{
	((unsigned *)context)[i]++;
}

struct nested {
	const struct parallel *parallel;
	unsigned counts[16][16];
};

static void nest(void *context, size_t i)
{
	struct nested *nested = context;

	parallel_run(nested->parallel, count, nested->counts[i], 16);
}

static void test_each_once(void **state)
{
	(void)state;
	for (size_t p = 0; p < N_POOLS; p++)
		for (size_t n = 0; n < 100; n += 1 + n / 5)
			for (unsigned again = 0; again < 20; again++) {
				unsigned counts[100] = {0};

				parallel_run(&parallels[p], count, counts, n);
				for (size_t i = 0; i < 100; i++)
					assert_int_equal(counts[i], i < n);
			}
	for (size_t p = 0; p < N_POOLS; p++) {
		struct nested nested = {.parallel = &parallels[p]};

		parallel_run(&parallels[p], nest, &nested, 16);
		for (size_t i = 0; i < 256; i++)
			assert_int_equal(nested.counts[i >> 4][i & 15], 1);
	}
	unsigned counts[3] = {0};
	parallel_run(NULL, count, counts, 3);
	assert_true(counts[0] == 1 && counts[1] == 1 && counts[2] == 1);
}

/* What loading yields. */
struct loaded {
	void *memory;
	struct universe universe;
	uint32_t *members;
	struct list list;
	enum undersign_status status;
	struct problem problem;
};

static void load(struct loaded *out, size_t capacity, size_t step, const struct parallel *parallel)
{
	size_t len = universe_memory_len(capacity);

	memset(out, 0, sizeof *out);
	out->memory = support_memory(len);
	out->members = support_memory(N * sizeof *out->members);
	universe_new(&out->universe, capacity, out->memory, len);
	out->universe.parallel = parallel;
	list_begin(&out->list, &out->universe, out->members, N);
	for (size_t k = 0; k < N && out->status == UNDERSIGN_OK; k += step)
		out->status = list_append(&out->list, entries + k, N - k < step ? N - k : step,
					  &out->problem);
}

static void unload(struct loaded *loaded)
{
	free(loaded->memory);
	free(loaded->members);
}

static void assert_same(const struct loaded *a, const struct loaded *b)
{
	struct snapshot one, other;

	assert_int_equal(a->status, b->status);
	assert_string_equal(a->problem.where, b->problem.where);
	assert_string_equal(a->problem.rule, b->problem.rule);
	assert_int_equal(a->list.n, b->list.n);
	assert_int_equal(a->universe.n, b->universe.n);
	assert_memory_equal(a->members, b->members, a->list.n * sizeof *a->members);
	assert_memory_equal(a->universe.encodings, b->universe.encodings,
			    a->universe.n * POINT_BYTES);
	assert_memory_equal(a->universe.kinds, b->universe.kinds, a->universe.n);
	assert_memory_equal(a->universe.points, b->universe.points,
			    a->universe.n * sizeof(struct affine));
	list_snapshot(&one, &a->list);
	list_snapshot(&other, &b->list);
	assert_memory_equal(one.root, other.root, HASH_BYTES);
}

/* Loads with every number of threads; what holds, in steps of several lengths. */
static void compare_loading(size_t capacity, enum undersign_status status, const char *where)
{
	static const size_t steps[] = {N, 4096, 1000, 67};
	struct loaded plain, other;
	struct entry_tree tree;
	struct snapshot snapshot;
	uint8_t hash[HASH_BYTES];

	load(&plain, capacity, 1, NULL);
	assert_int_equal(plain.status, status);
	assert_string_equal(plain.problem.where, where);
	entry_tree_begin(&tree);
	for (size_t k = 0; k < plain.list.n; k++) {
		entry_leaf(hash, &entries[k]);
		entry_tree_add(&tree, hash);
	}
	entry_tree_root(hash, &tree);
	list_snapshot(&snapshot, &plain.list);
	assert_memory_equal(snapshot.root, hash, HASH_BYTES);
	for (size_t p = 0; p < N_POOLS; p++)
		for (size_t s = 0; s < (status == UNDERSIGN_OK ? sizeof steps / sizeof *steps : 1);
		     s++) {
			load(&other, capacity, steps[s], &parallels[p]);
			assert_same(&plain, &other);
			unload(&other);
		}
	unload(&plain);
}

static void test_lists(void **state)
{
	static const uint8_t identity[POINT_BYTES];
	uint8_t bad[POINT_BYTES];

	(void)state;
	memset(bad, 0xff, sizeof bad);
	compare_loading(N, UNDERSIGN_OK, "");
	compare_loading(N + 7, UNDERSIGN_OK, "");
	compare_loading(N - 3, UNDERSIGN_E_LIMIT, "entry 4997");
	/* Of two faults the earlier one is named, whichever was found first. */
	entries[4500].source = bad;
	compare_loading(N, UNDERSIGN_E_ENCODING, "entry 4500");
	entries[4097].source = entries[5].source;
	compare_loading(N, UNDERSIGN_E_CONFLICT, "entry 4097");
	entries[4096].kind = 7;
	compare_loading(N, UNDERSIGN_E_FORMAT, "entry 4096");
	entries[130].source = identity;
	compare_loading(N, UNDERSIGN_E_ENCODING, "entry 130");
	memcpy(entries, large.entries, sizeof entries);
	/* A raw key: the first of RFC 8032. */
	static const uint8_t rfc[POINT_BYTES] = {0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7,
						 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a,
						 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25,
						 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};
	memcpy(key, rfc, sizeof rfc);
	entries[200] = (struct entry){ENTRY_RAW_KEY, key, bytes_from(rfc, 3)};
	compare_loading(N, UNDERSIGN_OK, "");
	entries[3000] = entries[200];
	compare_loading(N, UNDERSIGN_E_CONFLICT, "entry 3000");
	memcpy(entries, large.entries, sizeof entries);
}

/* The same nonces make the same proof. */
static void compare_signing(const struct ring *plain, const struct scope *scope,
			    struct bytes message, const struct opening *opening)
{
	struct tape tape = {100};
	struct nonce_source nonces = tape_nonces(&tape);
	struct bytes proof = test_sign_with(plain, scope, message, opening, &nonces);

	assert_true(test_is_valid(plain, scope, message, proof));
	for (size_t p = 0; p < N_POOLS; p++) {
		struct ring ring = *plain;
		struct bytes other;

		ring.parallel = &parallels[p];
		tape.k = 100;
		nonces = tape_nonces(&tape);
		other = test_sign_with(&ring, scope, message, opening, &nonces);
		assert_int_equal(other.len, proof.len);
		assert_memory_equal(other.data, proof.data, proof.len);
		free((void *)(uintptr_t)other.data);
		/* And by the way that verifies what it made. */
		other = test_sign(&ring, scope, message, opening);
		assert_true(test_is_valid(&ring, scope, message, other));
		free((void *)(uintptr_t)other.data);
	}
	free((void *)(uintptr_t)proof.data);
}

static void test_proofs(void **state)
{
	static const size_t sizes[] = {2, 5, 16, 17, 65, 256, 257, N_SMALL};
	struct bytes message = bytes_from_text("message");
	struct scope scope;

	(void)state;
	scope_new_letter(&scope, bytes_from_text("a letter"));
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
		struct test_ring small;
		size_t i = (size_t)support_below(sizes[s]);

		test_ring_new(&small, sizes[s], "org");
		compare_signing(&small.ring, &scope, message, &small.openings[i]);
		compare_signing(&small.ring, &scope, message, &small.openings[sizes[s] - 1]);
		test_ring_free(&small);
	}
	compare_signing(&large.ring, &scope, message, &large.openings[777]);
}

/* Good and bad proofs over two rings: the same verdicts. */
static void test_verdicts(void **state)
{
	enum { N_ITEMS = 12 };
	struct proof_item items[N_ITEMS];
	uint8_t changed[PROOF_LEN_MAX];
	struct bytes message = bytes_from_text("message"), proofs[2];
	struct ring rings[2];
	struct test_ring small;
	struct scope scope;
	bool verdicts[N_ITEMS];

	(void)state;
	scope_new_letter(&scope, bytes_from_text("a letter"));
	test_ring_new(&small, 40, "other");
	rings[0] = large.ring;
	rings[1] = small.ring;
	proofs[0] = test_sign(&rings[0], &scope, message, &large.openings[777]);
	proofs[1] = test_sign(&rings[1], &scope, message, &small.openings[39]);
	memcpy(changed, proofs[0].data, proofs[0].len);
	changed[proofs[0].len - 40] ^= 1;
	for (unsigned bad = 0; bad < 2; bad++) {
		for (size_t t = 0; t < N_ITEMS; t++)
			items[t] =
				(struct proof_item){&rings[t & 1], &scope, message, proofs[t & 1]};
		if (bad)
			items[4].proof.data = changed;
		for (size_t p = 0; p < N_POOLS; p++) {
			rings[0].parallel = rings[1].parallel = &parallels[p];
			size_t len = proof_verify_scratch_len(items, N_ITEMS);
			void *scratch = support_memory(len);

			assert_int_equal(proof_verify_batch_vartime(verdicts, &generators, items,
								    N_ITEMS, NULL, NULL, scratch,
								    len),
					 !bad);
			for (size_t t = 0; t < N_ITEMS; t++)
				assert_int_equal(verdicts[t], !(bad && t == 4));
			assert_int_equal(
				proof_is_valid_vartime(&generators, &items[4], scratch, len), !bad);
			free(scratch);
		}
	}
	free((void *)(uintptr_t)proofs[0].data);
	free((void *)(uintptr_t)proofs[1].data);
	test_ring_free(&small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_once),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_proofs),
		cmocka_unit_test(test_verdicts),
	};

	support_begin("test_parallel");
	return cmocka_run_group_tests(tests, open_pools, close_pools);
}
