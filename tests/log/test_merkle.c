/* Known answers; L-1: all proofs of all small sizes against the recursion of RFC 6962; L-2: changed
 * proofs are refused. */
#include "known.h"

#define SIZE_MAX_FULL 1100
#define N_HEIGHTS     12

static struct merkle_hash leaves[SIZE_MAX_FULL];
/* Roots of perfect subtrees, by height and index: what the recursion would compute again and again.
 */
static struct merkle_hash perfect[N_HEIGHTS][SIZE_MAX_FULL];

static size_t largest_size(void)
{
	return test_is_full() ? SIZE_MAX_FULL : KNOWN_SIZE;
}

static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < SIZE_MAX_FULL; i++)
		perfect[0][i] = leaves[i] = known_leaf(i);
	for (size_t height = 1; height < N_HEIGHTS; height++) {
		for (size_t i = 0; (i + 1) << height <= SIZE_MAX_FULL; i++)
			perfect[height][i] = merkle_node(&perfect[height - 1][2 * i],
							 &perfect[height - 1][2 * i + 1]);
	}
	return 0;
}

/* k of RFC 6962: the largest power of two less than n. */
static size_t rfc_split(size_t n)
{
	size_t k = 1;

	while (2 * k < n)
		k *= 2;
	return k;
}

static struct merkle_hash rfc_mth(size_t start, size_t n)
{
	size_t height = 0;

	if (n == 0)
		return merkle_empty();
	while ((size_t)1 << height < n)
		height++;
	if ((size_t)1 << height == n)
		return perfect[height][start >> height];
	size_t k = rfc_split(n);
	struct merkle_hash left = rfc_mth(start, k);
	struct merkle_hash right = rfc_mth(start + k, n - k);
	return merkle_node(&left, &right);
}

static void rfc_path(struct merkle_proof *out, size_t m, size_t start, size_t n)
{
	if (n == 1)
		return;
	size_t k = rfc_split(n);
	rfc_path(out, m < k ? m : m - k, m < k ? start : start + k, m < k ? k : n - k);
	out->hashes[out->n++] = m < k ? rfc_mth(start + k, n - k) : rfc_mth(start, k);
}

static void rfc_subproof(struct merkle_proof *out, size_t m, size_t start, size_t n, bool is_known)
{
	if (m == n) {
		if (!is_known)
			out->hashes[out->n++] = rfc_mth(start, n);
		return;
	}
	size_t k = rfc_split(n);
	if (m <= k) {
		rfc_subproof(out, m, start, k, is_known);
		out->hashes[out->n++] = rfc_mth(start + k, n - k);
	} else {
		rfc_subproof(out, m - k, start + k, n - k, false);
		out->hashes[out->n++] = rfc_mth(start, k);
	}
}

static void assert_proof_equal(const struct merkle_proof *a, const struct merkle_proof *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		assert_hash_equal(a->hashes[i], b->hashes[i]);
}

/* Stored hashes of the first size leaves. */
struct tree {
	struct merkle_levels levels;
	struct merkle_hash extra[SIZE_MAX_FULL / 256];
	struct merkle_reader reader;
};

static void tree_make(struct tree *tree, size_t size)
{
	assert_true(merkle_levels_extra(size) <= SIZE_MAX_FULL / 256);
	merkle_levels_make(&tree->levels, leaves, size, tree->extra);
	tree->reader = merkle_levels_reader(&tree->levels);
}

static void gives_known_roots(void **state)
{
	const struct {
		size_t size;
		const char *root;
	} known[] = {{1, "QHZrIDNCkCb1PVRQJnmoOXBrR0H43K86i7pfQbX/4HU="},
		     {2, "LyelCCwdQq+kiKw1Cp/EOQwIT1T3Hs3/hZ6Y24QptHk="},
		     {3, "pkvybgkSj2/i/m+LLYyAHhZrV8BHp82bK4Ceepai8cs="},
		     {7, "kTlgHMHKirKnoMLBNMBIRfKxulSag9bIRc/NpDnMWF0="},
		     {8, "38wTubDKkyxo3j1Z6qqP4mapyAkcAwDoQF6/6w0OWDI="},
		     {255, "RdqfN0dI4Xo3L3HABCKxLiv5aELx9hxXQP5JTkvs/w8="},
		     {256, "+F9OrTQIBxC00egIMBVDqquBqgTeuIWZNQ3Cak8vWN4="},
		     {257, "kYsc7GTzF8duPPVcBTaEHAOe/wZ3LruIKM58F2Aotaw="},
		     {300, KNOWN_ROOT}};
	uint8_t expected[32];

	(void)state;
	assert_int_equal(
		hex_decode(
			expected, 32,
			BYTES("40766b2033429026f53d54502679a839706b4741f8dcaf3a8bba5f41b5ffe075")),
		UNDERSIGN_OK);
	assert_memory_equal(leaves[0].bytes, expected, 32);
	assert_int_equal(
		hex_decode(
			expected, 32,
			BYTES("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")),
		UNDERSIGN_OK);
	assert_memory_equal(merkle_root(NULL, 0).bytes, expected, 32);
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		assert_hash_equal(merkle_root(leaves, known[i].size), hash_of(known[i].root));
}

static void gives_known_proofs(void **state)
{
	struct tree tree;
	struct merkle_proof proof;

	(void)state;
	tree_make(&tree, 300);
	assert_int_equal(merkle_prove_consistency(&proof, 256, 300, &tree.reader), UNDERSIGN_OK);
	assert_int_equal(proof.n, 1);
	assert_hash_equal(proof.hashes[0], hash_of("VMnxW4d1+SaVX5js9ar6Mu9CMl6XtZ2TGyciceBeJe8="));
	assert_int_equal(merkle_prove_consistency(&proof, 7, 300, &tree.reader), UNDERSIGN_OK);
	assert_int_equal(proof.n, 10);
	assert_int_equal(merkle_prove_inclusion(&proof, 299, 300, &tree.reader), UNDERSIGN_OK);
	assert_int_equal(proof.n, 5);
	assert_hash_equal(proof.hashes[4], hash_of("+F9OrTQIBxC00egIMBVDqquBqgTeuIWZNQ3Cak8vWN4="));
}

static void roots_agree(void **state)
{
	struct merkle_frontier frontier = {0};
	struct tree tree;

	(void)state;
	for (size_t size = 0; size <= largest_size(); size++) {
		struct merkle_hash root = rfc_mth(0, size);
		struct merkle_hash found;

		tree_make(&tree, size);
		assert_hash_equal(merkle_frontier_root(&frontier), root);
		assert_int_equal(merkle_root_at(&found, size, &tree.reader), UNDERSIGN_OK);
		assert_hash_equal(found, root);
		if (size < SIZE_MAX_FULL)
			merkle_frontier_add(&frontier, &leaves[size]);
	}
}

/* All pairs in the full form; in the short one all of the small sizes and of those around a tile's
 * edge, and every seventh of the others. */
static bool is_tested(size_t a, size_t size)
{
	return test_is_full() || size <= 70 || (size >= 255 && size <= 258) || (a + size) % 7 == 0;
}

static void inclusion_proofs_agree(void **state)
{
	struct tree tree;
	size_t n_proofs = 0;

	(void)state;
	for (size_t size = 1; size <= largest_size(); size++) {
		struct merkle_hash root = rfc_mth(0, size);

		tree_make(&tree, size);
		for (size_t index = 0; index < size; index++) {
			struct merkle_proof expected = {0};
			struct merkle_proof proof;

			if (!is_tested(index, size))
				continue;
			rfc_path(&expected, index, 0, size);
			assert_int_equal(merkle_prove_inclusion(&proof, index, size, &tree.reader),
					 UNDERSIGN_OK);
			assert_proof_equal(&proof, &expected);
			assert_true(merkle_inclusion_is_valid(&proof, &leaves[index], index, size,
							      &root));
			n_proofs++;
		}
	}
	print_message("%zu inclusion proofs\n", n_proofs);
}

static void consistency_proofs_agree(void **state)
{
	struct tree tree;
	size_t n_proofs = 0;

	(void)state;
	for (size_t size = 0; size <= largest_size(); size++) {
		struct merkle_hash root = rfc_mth(0, size);

		tree_make(&tree, size);
		for (size_t old_size = 0; old_size <= size; old_size++) {
			struct merkle_hash old_root = rfc_mth(0, old_size);
			struct merkle_proof expected = {0};
			struct merkle_proof proof;

			if (!is_tested(old_size, size))
				continue;
			if (old_size > 0)
				rfc_subproof(&expected, old_size, 0, size, true);
			assert_int_equal(
				merkle_prove_consistency(&proof, old_size, size, &tree.reader),
				UNDERSIGN_OK);
			assert_proof_equal(&proof, &expected);
			assert_true(merkle_consistency_is_valid(&proof, old_size, &old_root, size,
								&root));
			n_proofs++;
		}
	}
	print_message("%zu consistency proofs\n", n_proofs);
}

/* One change of a proof's hashes. True if it did change something. */
static bool mutate(struct merkle_proof *proof, struct test_random *random)
{
	size_t at = proof->n == 0 ? 0 : test_random_below(random, proof->n);
	size_t other = proof->n == 0 ? 0 : test_random_below(random, proof->n);
	struct merkle_hash kept = proof->hashes[at];

	switch (test_random_below(random, 5)) {
	case 0: /* flip */
		proof->hashes[at].bytes[test_random_below(random, 32)] ^=
			(uint8_t)(1 << test_random_below(random, 8));
		return proof->n > 0;
	case 1: /* drop */
		if (proof->n == 0)
			return false;
		for (size_t i = at; i + 1 < proof->n; i++)
			proof->hashes[i] = proof->hashes[i + 1];
		proof->n--;
		return true;
	case 2: /* add */
		for (size_t i = proof->n; i > at; i--)
			proof->hashes[i] = proof->hashes[i - 1];
		if (test_random_below(random, 2) == 0)
			test_random_fill(random, proof->hashes[at].bytes, 32);
		proof->n++;
		return true;
	case 3: /* swap */
		proof->hashes[at] = proof->hashes[other];
		proof->hashes[other] = kept;
		return proof->n > 0 && at != other &&
		       !merkle_hash_is_equal(&kept, &proof->hashes[at]);
	default: /* far too many */
		for (size_t i = proof->n; i < MERKLE_PROOF_MAX; i++)
			proof->hashes[i] = kept;
		proof->n = MERKLE_PROOF_MAX + test_random_below(random, 3);
		return true;
	}
}

static void changed_proofs_are_refused(void **state)
{
	struct test_random random = test_random_new();
	size_t n_rounds = test_is_full() ? 100000 : 20000;
	struct tree tree;
	size_t n_mutants = 0;

	(void)state;
	tree_make(&tree, SIZE_MAX_FULL);
	for (size_t round = 0; round < n_rounds; round++) {
		size_t size = 1 + test_random_below(&random, round % 4 == 0 ? SIZE_MAX_FULL : 40);
		size_t index = test_random_below(&random, size);
		struct merkle_hash root = rfc_mth(0, size);
		struct merkle_hash old_root = rfc_mth(0, index + 1);
		struct merkle_proof inclusion = {0};
		struct merkle_proof consistency = {0};

		rfc_path(&inclusion, index, 0, size);
		rfc_subproof(&consistency, index + 1, 0, size, true);
		/* As they are, they hold. */
		assert_true(
			merkle_inclusion_is_valid(&inclusion, &leaves[index], index, size, &root));
		assert_true(merkle_consistency_is_valid(&consistency, index + 1, &old_root, size,
							&root));
		if (mutate(&inclusion, &random)) {
			assert_false(merkle_inclusion_is_valid(&inclusion, &leaves[index], index,
							       size, &root));
			n_mutants++;
		}
		if (mutate(&consistency, &random)) {
			assert_false(merkle_consistency_is_valid(&consistency, index + 1, &old_root,
								 size, &root));
			n_mutants++;
		}
	}
	print_message("%zu changed proofs\n", n_mutants);
	assert_true(n_mutants > n_rounds);
}

/* Other statements with the same proof. A size or index that is off by one can share the path's
 * shape: then the roots tell. */
static void other_places_are_refused(void **state)
{
	struct merkle_hash zero = {{0}};

	(void)state;
	for (size_t size = 1; size <= (test_is_full() ? 130 : 45); size++) {
		struct merkle_hash root = rfc_mth(0, size);

		for (size_t index = 0; index < size; index++) {
			struct merkle_proof proof = {0};

			rfc_path(&proof, index, 0, size);
			for (size_t other = 0; other < size + 2; other++) {
				if (other == index)
					continue;
				assert_false(merkle_inclusion_is_valid(&proof, &leaves[index],
								       other, size, &root));
			}
			assert_false(merkle_inclusion_is_valid(&proof, &leaves[index + 1], index,
							       size, &root));
			assert_false(merkle_inclusion_is_valid(&proof, &leaves[index], index, size,
							       &zero));
			assert_false(merkle_inclusion_is_valid(&proof, &leaves[index], UINT64_MAX,
							       size, &root));
			assert_false(merkle_inclusion_is_valid(&proof, &leaves[index], index, index,
							       &root));
		}
		for (size_t old_size = 0; old_size <= size; old_size++) {
			struct merkle_hash old_root = rfc_mth(0, old_size);
			struct merkle_hash next_root = rfc_mth(0, size + 1);
			struct merkle_proof proof = {0};

			if (old_size > 0)
				rfc_subproof(&proof, old_size, 0, size, true);
			assert_false(
				merkle_consistency_is_valid(&proof, old_size, &zero, size, &root));
			if (old_size > 0)
				assert_false(merkle_consistency_is_valid(&proof, old_size,
									 &old_root, size, &zero));
			if (old_size > 0)
				assert_false(merkle_consistency_is_valid(
					&proof, old_size, &old_root, size, &next_root));
			assert_false(merkle_consistency_is_valid(&proof, size + 1, &old_root, size,
								 &root));
			if (old_size > 0 && old_size < size)
				assert_false(merkle_consistency_is_valid(&proof, old_size + 1,
									 &old_root, size, &root));
		}
	}
}

static void empty_trees_have_one_root(void **state)
{
	struct merkle_hash empty = merkle_empty();
	struct merkle_hash root = rfc_mth(0, 5);
	struct merkle_proof proof = {0};

	(void)state;
	assert_true(merkle_consistency_is_valid(&proof, 0, &empty, 0, &empty));
	assert_true(merkle_consistency_is_valid(&proof, 0, &empty, 5, &root));
	assert_false(merkle_consistency_is_valid(&proof, 0, &root, 5, &root));
	assert_false(merkle_consistency_is_valid(&proof, 0, &empty, 0, &root));
	assert_false(merkle_inclusion_is_valid(&proof, &leaves[0], 0, 0, &empty));
	proof.n = 1;
	assert_false(merkle_consistency_is_valid(&proof, 0, &empty, 5, &root));
	proof.n = 0;
	assert_false(merkle_consistency_is_valid(&proof, 0, &empty, MERKLE_SIZE_MAX + 1, &root));
	assert_false(merkle_inclusion_is_valid(&proof, &leaves[0], 0, UINT64_MAX, &root));
}

static enum undersign_status fail_to_read(void *cookie, struct merkle_hash *out, uint32_t level,
					  uint64_t index, size_t n)
{
	size_t *n_left = cookie;

	(void)level;
	(void)index;
	memset(out, 1, n * sizeof *out);
	if (*n_left == 0)
		return UNDERSIGN_E_SYSTEM;
	(*n_left)--;
	return UNDERSIGN_OK;
}

static void readers_failures_pass(void **state)
{
	const struct merkle_proof none = {0};
	struct merkle_proof proof;
	struct merkle_hash root;
	struct tree tree;

	(void)state;
	for (size_t good = 0; good < 3; good++) {
		size_t n_left = good;
		struct merkle_reader reader = {fail_to_read, &n_left};

		assert_int_equal(merkle_prove_inclusion(&proof, 5, 300, &reader),
				 UNDERSIGN_E_SYSTEM);
		assert_memory_equal(&proof, &none, sizeof proof);
		n_left = good;
		assert_int_equal(merkle_prove_consistency(&proof, 5, 300, &reader),
				 UNDERSIGN_E_SYSTEM);
		assert_memory_equal(&proof, &none, sizeof proof);
		n_left = good;
		assert_int_equal(merkle_root_at(&root, 0x7fff, &reader), UNDERSIGN_E_SYSTEM);
		assert_memory_equal(&root, &none.hashes[0], sizeof root);
	}
	tree_make(&tree, 300);
	assert_int_equal(merkle_prove_inclusion(&proof, 300, 300, &tree.reader), UNDERSIGN_E_USAGE);
	assert_int_equal(merkle_prove_consistency(&proof, 301, 300, &tree.reader),
			 UNDERSIGN_E_USAGE);
	assert_int_equal(merkle_root_at(&root, 301, &tree.reader), UNDERSIGN_E_MISSING);
	assert_int_equal(merkle_root_at(&root, MERKLE_SIZE_MAX + 1, &tree.reader),
			 UNDERSIGN_E_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_known_roots),
		cmocka_unit_test(gives_known_proofs),
		cmocka_unit_test(roots_agree),
		cmocka_unit_test(inclusion_proofs_agree),
		cmocka_unit_test(consistency_proofs_agree),
		cmocka_unit_test(changed_proofs_are_refused),
		cmocka_unit_test(other_places_are_refused),
		cmocka_unit_test(empty_trees_have_one_root),
		cmocka_unit_test(readers_failures_pass),
	};

	return cmocka_run_group_tests_name("merkle", tests, set_up, NULL);
}
