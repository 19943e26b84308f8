/* C-11: a batch says of each proof what the proof alone says; rings, scopes and tables mixed. */
#include "lab.h"

#include "memory.h"
#include "pool.h"
#include "weights.h"

#include <stdlib.h>

#define N_KINDS 6

static struct test_ring big, small;
static struct ring prefix, merged;
static uint32_t merged_members[64];
static struct scope scopes[2];
static struct bytes message;
static struct proof_item good[N_KINDS];

/* Runs the batch and compares each verdict with the single one. */
static void compare(const struct proof_item *items, size_t n, size_t n_bad)
{
	size_t len = proof_verify_scratch_len(items, n), found = 0;
	void *scratch = support_memory(len);
	bool *verdicts = support_memory(n), is_all;
	uint8_t fresh[32];

	assert_int_equal(support_random.fill(NULL, fresh, sizeof fresh), UNDERSIGN_OK);
	for (unsigned again = 0; again < 2; again++) {
		found = 0;
		is_all = proof_verify_batch_vartime(verdicts, &generators, items, n,
						    again ? fresh : NULL, NULL, scratch, len);
		for (size_t t = 0; t < n; t++) {
			assert_int_equal(verdicts[t], proof_is_valid_vartime(&generators, &items[t],
									     scratch, len));
			found += !verdicts[t];
		}
		assert_int_equal(found, n_bad);
		assert_int_equal(is_all, n_bad == 0);
	}
	free(verdicts);
	free(scratch);
}

static void make_good(void)
{
	struct ring_part parts[2];
	const struct ring *rings[N_KINDS] = {&big.ring,   &prefix,   &merged,
					     &small.ring, &big.ring, &small.ring};
	struct snapshot ten;
	struct list list;
	static uint32_t members[64];

	list_begin(&list, &big.universe, members, 64);
	assert_int_equal(list_append(&list, big.entries, 10, NULL), UNDERSIGN_OK);
	list_snapshot(&ten, &list);
	assert_int_equal(ring_of_list(&prefix, &big.list, &ten, bytes_from_text("org"), NULL),
			 UNDERSIGN_OK);
	/* Two lists of the universe in reverse order, so that the ring is no range. */
	parts[0] = (struct ring_part){bytes_from_text("ten"), &list, ten};
	list_begin(&list, &big.universe, members, 64);
	for (size_t k = 0; k < 10; k++)
		assert_int_equal(list_append(&list, big.entries + 29 - k, 1, NULL), UNDERSIGN_OK);
	list_snapshot(&parts[0].at, &list);
	parts[1] = (struct ring_part){bytes_from_text("org"), &big.list, big.at};
	assert_int_equal(ring_of_several(&merged, &big.universe, merged_members, parts, 2,
					 bytes_from_text("all"), NULL),
			 UNDERSIGN_OK);
	assert_int_equal(merged.n, 40);
	assert_non_null(merged.members);
	for (size_t t = 0; t < N_KINDS; t++) {
		const struct test_ring *from = rings[t] == &small.ring ? &small : &big;

		good[t] = (struct proof_item){rings[t], &scopes[t / 4], message, {NULL, 0}};
		good[t].proof =
			test_sign(rings[t], good[t].scope, message, &from->openings[1 + t / 3]);
	}
}

static void test_mixed(void **state)
{
	(void)state;
	for (size_t n = 0; n <= N_KINDS; n++)
		compare(good, n, 0);
}

/* One bad at each position, by a flipped bit in each part in turn; then two. */
static void test_one_bad(void **state)
{
	struct proof_item items[N_KINDS];
	size_t step = support_is_full() ? 8 : 160;

	(void)state;
	for (size_t t = 0; t < N_KINDS; t++)
		for (size_t at = t; at < good[t].proof.len; at += step) {
			struct bytes bent = lab_copy(good[t].proof);

			memcpy(items, good, sizeof items);
			((uint8_t *)bent.data)[at] ^= 4;
			items[t].proof = bent;
			compare(items, N_KINDS, 1);
			free((void *)bent.data);
		}
}

static void test_wrong_statements(void **state)
{
	struct proof_item items[N_KINDS];

	(void)state;
	memcpy(items, good, sizeof items);
	items[0].ring = &merged;
	items[1].scope = &scopes[1];
	items[2].message = bytes_from("x", 1);
	items[3].proof.len -= 1;
	items[4].proof = good[5].proof;
	compare(items, N_KINDS, 5);
	items[5].proof = bytes_from(NULL, 0);
	compare(items, N_KINDS, 6);
}

/* Errors in z_A of two proofs, and in all parts of E3, that would cancel with equal weights. */
static void test_cancelling(void **state)
{
	struct digits digits = digits_of_ring(small.n);
	struct proof_item items[N_KINDS];
	struct scalar delta = support_scalar();
	struct bytes a = lab_copy(good[3].proof), b = lab_copy(good[3].proof);

	(void)state;
	memcpy(items, good, sizeof items);
	lab_add_scalar(lab_scalar_at(a, &digits, lab_n_f(&digits)), delta);
	delta = test_difference(scalar_zero, delta);
	lab_add_scalar(lab_scalar_at(b, &digits, lab_n_f(&digits)), delta);
	items[3].proof = a;
	items[0] = good[3];
	items[0].proof = b;
	compare(items, N_KINDS, 2);
	free((void *)a.data);
	free((void *)b.data);
}

/* More than one block of each kind, with bad ones at the seams. */
static void test_many(void **state)
{
	enum { MANY = 1100 };
	static const size_t bad_at[] = {0, 127, 128, 511, 512, 1099};
	struct proof_item *items = support_memory(MANY * sizeof *items);
	size_t len, n_bad = sizeof bad_at / sizeof *bad_at;
	bool *verdicts = support_memory(MANY);
	struct bytes bent = lab_copy(good[3].proof);
	void *scratch;

	(void)state;
	((uint8_t *)bent.data)[bent.len - 20] ^= 1;
	for (size_t t = 0; t < MANY; t++)
		items[t] = good[t < 700 ? 3 : t % N_KINDS];
	len = proof_verify_scratch_len(items, MANY);
	scratch = support_memory(len);
	assert_true(proof_verify_batch_vartime(verdicts, &generators, items, MANY, NULL, NULL,
					       scratch, len));
	for (size_t k = 0; k < n_bad; k++) {
		items[bad_at[k]] = good[3];
		items[bad_at[k]].proof = bent;
	}
	assert_false(proof_verify_batch_vartime(verdicts, &generators, items, MANY, NULL, NULL,
						scratch, len));
	for (size_t t = 0; t < MANY; t++) {
		bool is_bad = false;

		for (size_t k = 0; k < n_bad; k++)
			is_bad = is_bad || bad_at[k] == t;
		assert_int_equal(verdicts[t], !is_bad);
	}
	free(scratch);
	free(verdicts);
	free(items);
	free((void *)bent.data);
}

/* All good proofs over one table, then one bent in each place of the chunks: a sum over several
 * chunks says whether all are valid, whatever the chunks, and begins anew after each verdict. */
static void test_gather(void **state)
{
	enum { MANY = 130 };
	static const size_t chunks[] = {1, 64, 130};
	static const size_t bad_at[] = {0, 63, 64, 129};
	struct proof_item *items = support_memory(MANY * sizeof *items), kept;
	struct bytes bent[2] = {lab_copy(good[0].proof), lab_copy(good[0].proof)};
	uint8_t fresh[32];

	(void)state;
	assert_int_equal(support_random.fill(NULL, fresh, sizeof fresh), UNDERSIGN_OK);
	/* A scalar that is another one, and a tag that does not decode. */
	((uint8_t *)bent[0].data)[bent[0].len - 20] ^= 1;
	memset((uint8_t *)bent[1].data, 0xff, POINT_BYTES);
	for (size_t t = 0; t < MANY; t++)
		items[t] = good[t % 3];
	for (size_t c = 0; c < sizeof chunks / sizeof *chunks; c++) {
		size_t len = proof_gather_memory_len(big.universe.n, chunks[c]);
		void *memory = support_memory(len);
		struct proof_gather *gather =
			proof_gather_new(&generators, big.ring.points, big.universe.n, chunks[c],
					 c % 2 ? fresh : NULL, memory, len);

		assert_true(proof_gather_end_vartime(gather));
		for (size_t b = 0; b < 2 * sizeof bad_at / sizeof *bad_at; b++) {
			size_t at = bad_at[b >> 1];

			for (unsigned is_bad = b > 0; is_bad < 2; is_bad++) {
				bool is_formed = true;

				kept = items[at];
				if (is_bad) {
					items[at] = good[0];
					items[at].proof = bent[b & 1];
				}
				for (size_t t = 0; t < MANY; t += chunks[c])
					is_formed = proof_gather_add_vartime(
						gather, items + t,
						MANY - t < chunks[c] ? MANY - t : chunks[c], NULL);
				assert_int_equal(is_formed, !is_bad || (b & 1) == 0);
				assert_int_equal(proof_gather_end_vartime(gather), !is_bad);
				items[at] = kept;
			}
		}
		free(memory);
	}
	free((void *)bent[0].data);
	free((void *)bent[1].data);
	free(items);
}

/* Errors that cancel with equal weights, in one chunk and over two. */
static void test_gather_cancelling(void **state)
{
	struct digits digits = digits_of_ring(big.ring.n);
	size_t len = proof_gather_memory_len(big.universe.n, 2);
	void *memory = support_memory(len);
	struct proof_gather *gather = proof_gather_new(&generators, big.ring.points, big.universe.n,
						       2, NULL, memory, len);
	struct proof_item items[2] = {good[0], good[0]};
	struct scalar delta = support_scalar();
	struct bytes a = lab_copy(good[0].proof), b = lab_copy(good[0].proof);

	(void)state;
	lab_add_scalar(lab_scalar_at(a, &digits, lab_n_f(&digits)), delta);
	delta = test_difference(scalar_zero, delta);
	lab_add_scalar(lab_scalar_at(b, &digits, lab_n_f(&digits)), delta);
	items[0].proof = a;
	items[1].proof = b;
	assert_true(proof_gather_add_vartime(gather, items, 2, NULL));
	assert_false(proof_gather_end_vartime(gather));
	assert_true(proof_gather_add_vartime(gather, items, 1, NULL));
	assert_true(proof_gather_add_vartime(gather, items + 1, 1, NULL));
	assert_false(proof_gather_end_vartime(gather));
	free((void *)a.data);
	free((void *)b.data);
	free(memory);
}

/* What is wrong with a proof. */
enum wrong {
	WRONG_BIT,
	WRONG_LENGTH,
	WRONG_MESSAGE,
	WRONG_SCOPE,
	WRONG_TAG, /* another element */
	N_WRONG
};

static struct proof_item spoil(const struct proof_item *from, enum wrong wrong)
{
	struct proof_item out = *from;
	struct bytes proof = lab_copy(from->proof);

	out.proof = proof;
	if (wrong == WRONG_BIT)
		((uint8_t *)proof.data)[support_below(proof.len)] ^=
			(uint8_t)(1U << support_below(8));
	else if (wrong == WRONG_LENGTH)
		out.proof.len = support_below(proof.len);
	else if (wrong == WRONG_MESSAGE)
		out.message = bytes_from_text("massage");
	else if (wrong == WRONG_SCOPE)
		out.scope = &scopes[from->scope == &scopes[0]];
	else
		memcpy((uint8_t *)proof.data, lab_point_at(proof, LAYOUT_A), POINT_BYTES);
	return out;
}

/* A pair whose errors cancel with equal weights: in z_A, one of z_1..z_K, or z_r. */
static void spoil_pair(struct proof_item *a, struct proof_item *b, const struct proof_item *from)
{
	const struct digits digits = digits_of_ring(from->ring->n);
	const unsigned at = lab_n_f(&digits) + (unsigned)support_below(2 + TAG_DIMENSION);
	const struct scalar delta = support_scalar();

	*a = *b = *from;
	a->proof = lab_copy(from->proof);
	b->proof = lab_copy(from->proof);
	lab_add_scalar(lab_scalar_at(a->proof, &digits, at), delta);
	lab_add_scalar(lab_scalar_at(b->proof, &digits, at), test_difference(scalar_zero, delta));
}

/* Any number of any kind, any of them bad, with threads and without. Control: the two of a pair,
 * added with weights 1, are indeed zero. */
static void test_mixtures(void **state)
{
	enum { MOST = 12 };
	static const unsigned threads[] = {1, 2, 3};
	const size_t n_runs = support_is_full() ? 10000 : 120;
	struct parallel parallels[sizeof threads / sizeof *threads];
	struct pool *pools[sizeof threads / sizeof *threads];
	struct ring rings[MOST];
	size_t n_bad_in_all = 0;

	(void)state;
	for (size_t p = 0; p < sizeof threads / sizeof *threads; p++) {
		pools[p] = pool_open(threads[p]);
		assert_non_null(pools[p]);
		parallels[p] = pool_parallel(pools[p]);
	}
	for (size_t run = 0; run < n_runs; run++) {
		const size_t n = 2 + (size_t)support_below(MOST - 1), pair = support_below(n);
		const size_t with = run % (1 + sizeof threads / sizeof *threads);
		struct proof_item items[MOST];
		bool is_bad[MOST] = {false};
		size_t n_bad = 0;

		for (size_t t = 0; t < n; t++) {
			items[t] = good[support_below(N_KINDS)];
			is_bad[t] = support_below(4) == 0;
			if (is_bad[t])
				items[t] = spoil(&items[t], (enum wrong)support_below(N_WRONG));
		}
		if (run % 3 == 0) {
			const size_t other = (pair + 1 + support_below(n - 1)) % n;
			const struct proof_item from = good[support_below(N_KINDS)];
			struct point sum;

			for (size_t t = 0; t < n; t++)
				if (is_bad[t] && (t == pair || t == other))
					free((void *)items[t].proof.data);
			spoil_pair(&items[pair], &items[other], &from);
			sum = test_point_sum(
				lab_residual(from.ring, from.scope, message, items[pair].proof),
				lab_residual(from.ring, from.scope, message, items[other].proof));
			assert_true(point_is_identity(&sum));
			is_bad[pair] = is_bad[other] = true;
		}
		for (size_t t = 0; t < n; t++) {
			n_bad += is_bad[t];
			rings[t] = *items[t].ring;
			rings[t].parallel = with == 0 ? NULL : &parallels[with - 1];
			items[t].ring = &rings[t];
		}
		compare(items, n, n_bad);
		n_bad_in_all += n_bad;
		for (size_t t = 0; t < n; t++)
			if (is_bad[t])
				free((void *)items[t].proof.data);
	}
	assert_true(n_bad_in_all > n_runs);
	for (size_t p = 0; p < sizeof threads / sizeof *threads; p++)
		pool_close(pools[p]);
}

/* What a seed of the weights may have left out. */
enum omitted { OMIT_SCALARS, OMIT_LAST_SCALAR, OMIT_PROOFS, OMIT_LAST_ITEM, OMIT_ITEMS, N_OMITTED };

static void hash_u64(struct sha512 *hash, uint64_t value)
{
	uint8_t data[8];
	struct writer writer = writer_new(data, sizeof data);

	writer_u64le(&writer, value);
	sha512_add(hash, data, sizeof data);
}

/* The seed by its definition (protocol 6.4), but for what is omitted. */
static void seed_without(uint8_t out[static SHA512_BYTES], enum omitted omitted,
			 const struct proof_item *items, size_t n)
{
	static const char label[] = PROTOCOL_NAME " batch";
	const uint8_t none[HASH_BYTES] = {0};
	struct sha512 hash;

	sha512_begin(&hash);
	sha512_add(&hash, label, sizeof label);
	sha512_add(&hash, none, sizeof none);
	hash_u64(&hash, n);
	for (size_t t = 0; t < n; t++) {
		const struct digits digits = digits_of_ring(items[t].ring->n);
		struct bytes proof = items[t].proof;

		if (omitted == OMIT_ITEMS || (omitted == OMIT_LAST_ITEM && t + 1 == n))
			continue;
		sha512_add(&hash, items[t].ring->id, HASH_BYTES);
		hash_u64(&hash, items[t].ring->n);
		sha512_add(&hash, items[t].scope->bytes, SCOPE_BYTES);
		hash_u64(&hash, items[t].message.len);
		sha512_add(&hash, items[t].message.data, items[t].message.len);
		if (omitted == OMIT_PROOFS)
			continue;
		hash_u64(&hash, proof.len);
		if (omitted == OMIT_SCALARS)
			proof.len = POINT_BYTES * layout_n_points(&digits);
		else if (omitted == OMIT_LAST_SCALAR)
			proof.len -= SCALAR_BYTES;
		sha512_add(&hash, proof.data, proof.len);
	}
	sha512_end(&hash, out);
}

/* Weights come from everything: whoever could change what the seed left out would know them, and
 * make errors that cancel, in z_r of two proofs. Each seed that leaves something out is attacked;
 * the verifier's withstands. Control: under the weights of that seed they do cancel. */
static void test_known_weights(void **state)
{
	const struct digits digits = digits_of_ring(big.ring.n);
	const unsigned z_r = lab_n_f(&digits) + 1 + TAG_DIMENSION;

	(void)state;
	for (enum omitted omitted = 0; omitted < N_OMITTED; omitted++) {
		struct bytes proofs[2] = {lab_copy(good[0].proof), lab_copy(good[0].proof)};
		struct proof_item items[2] = {good[0], good[0]};
		struct scalar w[2][WEIGHTS_EACH], delta = support_scalar(), errors[2];
		uint8_t seed[SHA512_BYTES];
		struct point sum;

		items[0].proof = proofs[0];
		items[1].proof = proofs[1];
		/* The first error is there before the weights are known, where they depend on it.
		 */
		errors[0] = delta;
		if (omitted == OMIT_LAST_ITEM)
			lab_add_scalar(lab_scalar_at(proofs[0], &digits, z_r), errors[0]);
		seed_without(seed, omitted, items, 2);
		for (size_t t = 0; t < 2; t++)
			weights_of_item(w[t], seed, t);
		if (omitted == OMIT_LAST_ITEM) {
			struct scalar inverse;

			scalar_invert(&inverse, &w[1][1]);
			errors[1] = test_product(test_product(delta, w[0][1]), inverse);
		} else {
			errors[0] = test_product(delta, w[1][1]);
			errors[1] = test_product(delta, w[0][1]);
			lab_add_scalar(lab_scalar_at(proofs[0], &digits, z_r), errors[0]);
		}
		lab_add_scalar(lab_scalar_at(proofs[1], &digits, z_r),
			       test_difference(scalar_zero, errors[1]));
		point_identity(&sum);
		for (size_t t = 0; t < 2; t++) {
			const struct point residual =
				lab_residual(&big.ring, good[0].scope, message, proofs[t]);

			assert_false(point_is_identity(&residual));
			sum = test_point_sum(sum, test_mul(&w[t][1], &residual));
		}
		assert_true(point_is_identity(&sum));
		compare(items, 2, 2);
		free((void *)proofs[0].data);
		free((void *)proofs[1].data);
	}
}

/* Ring sizes around each change of m and of the split, by the batch's own way of summing. */
static void test_sizes(void **state)
{
	static const size_t sizes[] = {2, 3, 4, 5, 15, 16, 17, 63, 64, 65, 255, 257};
	static const size_t n_sizes = sizeof sizes / sizeof *sizes;
	struct test_ring rings[sizeof sizes / sizeof *sizes];
	struct proof_item items[2 * sizeof sizes / sizeof *sizes];

	(void)state;
	for (size_t k = 0; k < n_sizes; k++) {
		size_t i = (size_t)support_below(sizes[k]);

		test_ring_new_large(&rings[k], sizes[k], i, "org");
		for (size_t copy = 0; copy < 2; copy++)
			items[2 * k + copy] =
				(struct proof_item){&rings[k].ring, &scopes[0], message,
						    test_sign(&rings[k].ring, &scopes[0], message,
							      &rings[k].openings[i])};
	}
	compare(items, 2 * n_sizes, 0);
	for (size_t k = 0; k < n_sizes; k++) {
		free((void *)items[2 * k].proof.data);
		free((void *)items[2 * k + 1].proof.data);
		test_ring_free(&rings[k]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_one_bad),
		cmocka_unit_test(test_wrong_statements),
		cmocka_unit_test(test_cancelling),
		cmocka_unit_test(test_known_weights),
		cmocka_unit_test(test_mixtures),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_gather),
		cmocka_unit_test(test_gather_cancelling),
		cmocka_unit_test(test_sizes),
	};
	int failed;

	support_begin("test-proof-batch");
	message = bytes_from_text("message");
	scope_new_letter(&scopes[0], bytes_from_text("a letter\n"));
	scope_new_letter(&scopes[1], bytes_from_text("another letter\n"));
	test_ring_new(&big, 40, "org");
	test_ring_new(&small, 5, "other");
	make_good();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	for (size_t t = 0; t < N_KINDS; t++)
		free((void *)good[t].proof.data);
	test_ring_free(&big);
	test_ring_free(&small);
	return failed;
}
