/* Trustees: any t of n open the sums, fewer do not, and whoever lies is named. */
#include "poll_support.h"

#include "memory.h"

#include <stdlib.h>

#define OPTIONS 4

/* Sums of a few answers, and what they must come to. */
struct sealed {
	struct test_poll poll;
	uint8_t sums[OPTIONS * CIPHERTEXT_BYTES];
	uint64_t counts[OPTIONS];
	size_t n;
};

static void seal(struct sealed *out, const struct test_trustees *trustees, size_t n,
		 const char *manifest)
{
	struct sums_cell cells[OPTIONS];

	memset(out, 0, sizeof *out);
	out->n = n;
	test_poll_new(&out->poll, trustees, &test_one_of_four, manifest);
	sums_begin(cells, OPTIONS);
	for (size_t k = 0; k < n; k++) {
		struct test_answer answer;

		test_answer_new(&answer, &out->poll);
		assert_int_equal(sums_add_vartime(cells, answer.data, OPTIONS), UNDERSIGN_OK);
		for (size_t o = 0; o < OPTIONS; o++)
			out->counts[o] += answer.choices[o];
	}
	sums_encode(out->sums, cells, OPTIONS);
}

static struct share_poll about(const struct sealed *sealed, const struct test_trustees *trustees)
{
	return (struct share_poll){&trustees->trustees, sealed->poll.scope.bytes, sealed->sums,
				   OPTIONS};
}

/* Whether these trustees find the counts. */
static bool opens(const struct sealed *sealed, const struct test_trustees *trustees,
		  const unsigned *used, const struct bytes *shares)
{
	const struct share_poll poll = about(sealed, trustees);
	const size_t len = count_table_len(sealed->n);
	void *memory = support_memory(len);
	struct point points[OPTIONS];
	struct count_table table;
	bool is_right = true;

	count_table_new(&table, sealed->n, memory, len);
	assert_int_equal(share_combine_vartime(points, &poll, used, shares), UNDERSIGN_OK);
	for (size_t o = 0; o < OPTIONS; o++) {
		uint64_t count;

		is_right = count_find_vartime(&count, &table, &points[o]) == UNDERSIGN_OK &&
			   count == sealed->counts[o] && is_right;
	}
	free(memory);
	return is_right;
}

static void test_any_threshold(void **state)
{
	static const unsigned sizes[][2] = {{1, 1}, {1, 3}, {2, 2}, {3, 5}, {16, 16}};

	(void)state;
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
		const unsigned t = sizes[s][0], n = sizes[s][1];
		static struct test_trustees trustees;
		uint8_t data[TRUSTEES_MAX][POINT_BYTES * (OPTIONS + 2)];
		uint8_t scratch[POINT_BYTES * OPTIONS];
		struct sealed sealed;

		test_trustees_new(&trustees, t, n);
		seal(&sealed, &trustees, 7, "a poll");
		const struct share_poll poll = about(&sealed, &trustees);
		for (unsigned j = 1; j <= n; j++) {
			assert_int_equal(share_make(data[j - 1], &poll, j, &trustees.shares[j - 1],
						    &support_random, scratch),
					 UNDERSIGN_OK);
			for (unsigned other = 1; other <= n + 1; other++)
				assert_int_equal(
					share_is_valid_vartime(
						&poll, other,
						bytes_from(data[j - 1], share_len(OPTIONS)),
						scratch),
					other == j);
		}
		/* Every set of t of them, in whatever order. */
		for (unsigned set = 0; set < 1u << n && n < 8; set++) {
			unsigned used[TRUSTEES_MAX], n_used = 0;
			struct bytes shares[TRUSTEES_MAX];

			for (unsigned j = n; j >= 1; j--) {
				if (!(set >> (j - 1) & 1))
					continue;
				used[n_used] = j;
				shares[n_used++] = bytes_from(data[j - 1], share_len(OPTIONS));
			}
			if (n_used == t)
				assert_true(opens(&sealed, &trustees, used, shares));
		}
	}
}

/* t - 1 shares, one of them twice under another's number, open nothing. */
static void test_too_few(void **state)
{
	static struct test_trustees trustees;
	uint8_t data[2][POINT_BYTES * (OPTIONS + 2)], scratch[POINT_BYTES * OPTIONS];
	const unsigned used[3] = {1, 2, 3};
	struct bytes shares[3];
	struct sealed sealed;

	(void)state;
	test_trustees_new(&trustees, 3, 5);
	seal(&sealed, &trustees, 6, "a poll");
	const struct share_poll poll = about(&sealed, &trustees);
	for (unsigned j = 1; j <= 2; j++)
		assert_int_equal(share_make(data[j - 1], &poll, j, &trustees.shares[j - 1],
					    &support_random, scratch),
				 UNDERSIGN_OK);
	shares[0] = bytes_from(data[0], share_len(OPTIONS));
	shares[1] = bytes_from(data[1], share_len(OPTIONS));
	shares[2] = shares[1];
	assert_false(opens(&sealed, &trustees, used, shares));
	/* Nor does the secret of another make a share. */
	assert_int_equal(
		share_make(data[0], &poll, 3, &trustees.shares[0], &support_random, scratch),
		UNDERSIGN_E_INVALID);
}

/* An answer whose randomness is chosen: valid, whatever it is. */
static void answer_with(struct test_answer *out, const struct test_poll *poll,
			const struct scalar *r)
{
	struct point y = test_from_affine(&poll->poll.key->y);

	test_answer_new(out, poll);
	for (size_t o = 0; o < OPTIONS; o++) {
		struct scalar v = test_u64(out->secret.choices[o]);
		struct point point = test_base_mul(&r[o]);

		out->secret.r[o] = r[o];
		test_encode(out->data + CIPHERTEXT_BYTES * o, &point);
		point = test_mul(&r[o], &y);
		point = test_point_sum(point, test_base_mul(&v));
		test_encode(out->data + CIPHERTEXT_BYTES * o + POINT_BYTES, &point);
	}
	assert_int_equal(answer_prove_with(out->data, &poll->poll, out->data, &out->secret,
					   out->ring_id, out->tag, &support_nonces),
			 UNDERSIGN_OK);
	assert_true(test_answer_is_valid(out, poll));
}

/* members who agree on their randomness make the R of their sums the identity. Whoever
 * refused it there would let them stop the count. */
static void test_identity_sums(void **state)
{
	static const uint8_t identity[POINT_BYTES];
	static struct test_trustees trustees;
	uint8_t data[2][POINT_BYTES * (OPTIONS + 2)], scratch[POINT_BYTES * OPTIONS];
	const unsigned used[2] = {1, 3};
	struct scalar r[OPTIONS], rest[OPTIONS];
	struct sums_cell cells[OPTIONS];
	struct bytes shares[2];
	struct sealed sealed;

	(void)state;
	test_trustees_new(&trustees, 2, 3);
	seal(&sealed, &trustees, 3, "a poll");
	memset(sealed.counts, 0, sizeof sealed.counts);
	memset(rest, 0, sizeof rest);
	sums_begin(cells, OPTIONS);
	for (size_t k = 0; k < sealed.n; k++) {
		struct test_answer answer;

		for (size_t o = 0; o < OPTIONS; o++) {
			r[o] = k + 1 < sealed.n ? support_scalar() : rest[o];
			rest[o] = test_difference(rest[o], r[o]);
		}
		answer_with(&answer, &sealed.poll, r);
		assert_int_equal(sums_add_vartime(cells, answer.data, OPTIONS), UNDERSIGN_OK);
		for (size_t o = 0; o < OPTIONS; o++)
			sealed.counts[o] += answer.choices[o];
	}
	sums_encode(sealed.sums, cells, OPTIONS);
	for (size_t o = 0; o < OPTIONS; o++)
		assert_memory_equal(sealed.sums + CIPHERTEXT_BYTES * o, identity, POINT_BYTES);
	const struct share_poll poll = about(&sealed, &trustees);
	for (size_t k = 0; k < 2; k++) {
		shares[k] = bytes_from(data[k], share_len(OPTIONS));
		assert_int_equal(share_make(data[k], &poll, used[k], &trustees.shares[used[k] - 1],
					    &support_random, scratch),
				 UNDERSIGN_OK);
		assert_true(share_is_valid_vartime(&poll, used[k], shares[k], scratch));
	}
	assert_true(opens(&sealed, &trustees, used, shares));
	/* Of such a sum a D that is not the identity does not hold. */
	memcpy(data[0], trustees.keys[0], POINT_BYTES);
	assert_false(share_is_valid_vartime(&poll, used[0], shares[0], scratch));
	/* r = 0: who does it tells everybody his answer, and it counts. */
	memset(r, 0, sizeof r);
	struct test_answer open;
	answer_with(&open, &sealed.poll, r);
}

/* What trustees compare: of sums, key and scope. */
static void test_sums_id(void **state)
{
	static struct test_trustees trustees, others;
	uint8_t ids[4][HASH_BYTES];
	struct sealed sealed, elsewhere;

	(void)state;
	test_trustees_new(&trustees, 2, 3);
	test_trustees_new(&others, 2, 3);
	seal(&sealed, &trustees, 3, "a poll");
	elsewhere = sealed;
	test_poll_new(&elsewhere.poll, &trustees, &test_one_of_four, "another poll");
	struct share_poll poll = about(&sealed, &trustees);
	share_sums_id(ids[0], &poll);
	poll = about(&elsewhere, &trustees);
	share_sums_id(ids[1], &poll);
	poll = about(&sealed, &others);
	share_sums_id(ids[2], &poll);
	poll = about(&sealed, &trustees);
	poll.n_sums--;
	share_sums_id(ids[3], &poll);
	for (size_t k = 1; k < 4; k++)
		assert_memory_not_equal(ids[0], ids[k], HASH_BYTES);
	poll.n_sums++;
	share_sums_id(ids[1], &poll);
	assert_memory_equal(ids[0], ids[1], HASH_BYTES);
}

/* A dealer who cheats one trustee: that one finds it, complains, and everybody sees who it was. */
static void test_wrong_deal(void **state)
{
	static struct test_trustees trustees;
	uint8_t complaint[TRUSTEE_COMPLAINT_BYTES], zeros[TRUSTEE_ACCEPT_BYTES] = {0};
	uint8_t accept[TRUSTEE_ACCEPT_BYTES];
	struct problem problem = {0};
	struct scalar share;
	unsigned liar;

	(void)state;
	test_trustees_new(&trustees, 3, 5);
	const struct scalar f[3] = {support_scalar(), support_scalar(), support_scalar()};
	const struct scalar tau = support_scalar();

	test_deal_with(trustees.dealt[1], &trustees.ceremony, 2, f, &tau, 4);
	/* Nobody but trustee 4 can tell. */
	assert_true(trustee_deal_is_valid_vartime(&trustees.ceremony, 2, trustees.deals[1]));
	assert_int_equal(trustee_share_open(&share, &liar, &trustees.ceremony, trustees.deals, 4,
					    &trustees.secrets[3]),
			 UNDERSIGN_E_INVALID);
	assert_int_equal(liar, 2);
	assert_true(scalar_is_zero(&share));
	assert_int_equal(trustee_share_open(&share, &liar, &trustees.ceremony, trustees.deals, 3,
					    &trustees.secrets[2]),
			 UNDERSIGN_OK);
	assert_int_equal(trustee_complaint_make(complaint, &trustees.ceremony, trustees.deals[1], 2,
						4, &trustees.secrets[3], &support_random),
			 UNDERSIGN_OK);
	assert_int_equal(trustee_complaint_judge_vartime(&trustees.ceremony, trustees.deals[1], 2,
							 4, complaint),
			 TRUSTEE_BLAME_DEALER);
	/* Somebody else's secret, another trustee's name, another dealer's deal. */
	assert_int_equal(trustee_complaint_make(complaint, &trustees.ceremony, trustees.deals[1], 2,
						4, &trustees.secrets[2], &support_random),
			 UNDERSIGN_E_INVALID);
	assert_int_equal(trustee_complaint_make(complaint, &trustees.ceremony, trustees.deals[0], 1,
						4, &trustees.secrets[3], &support_random),
			 UNDERSIGN_OK);
	assert_int_equal(trustee_complaint_judge_vartime(&trustees.ceremony, trustees.deals[0], 1,
							 4, complaint),
			 TRUSTEE_BLAME_COMPLAINER);
	assert_int_equal(trustee_complaint_judge_vartime(&trustees.ceremony, trustees.deals[1], 2,
							 4, complaint),
			 TRUSTEE_BLAME_NOBODY);
	assert_int_equal(trustee_complaint_judge_vartime(&trustees.ceremony, trustees.deals[0], 1,
							 3, complaint),
			 TRUSTEE_BLAME_NOBODY);
	/* And there is no key of it. */
	assert_int_equal(trustee_accept_make(accept, &trustees.ceremony, trustees.deals, 4,
					     &trustees.secrets[3], &support_random),
			 UNDERSIGN_E_INVALID);
	assert_memory_equal(accept, zeros, sizeof zeros);
	assert_int_equal(trustees_new(&trustees.trustees, &trustees.ceremony, trustees.deals,
				      trustees.accept_at, &problem),
			 UNDERSIGN_E_INVALID);
	/* The same by hand, without the fault, is as good as any. */
	test_deal_with(trustees.dealt[1], &trustees.ceremony, 2, f, &tau, 0);
	assert_int_equal(trustee_share_open(&share, &liar, &trustees.ceremony, trustees.deals, 4,
					    &trustees.secrets[3]),
			 UNDERSIGN_OK);
}

/* Without every acceptance, or with one for other deals, there is no key. */
static void test_no_acceptance(void **state)
{
	static struct test_trustees trustees, other;
	struct problem problem = {0};
	struct trustees out;

	(void)state;
	test_trustees_new(&trustees, 2, 3);
	test_trustees_new(&other, 2, 3);
	trustees.accept_at[1] = other.accepts[1];
	assert_int_equal(trustees_new(&out, &trustees.ceremony, trustees.deals, trustees.accept_at,
				      &problem),
			 UNDERSIGN_E_INVALID);
	assert_string_equal(problem.where, "trustee 2");
	trustees.accept_at[1] = trustees.accepts[2];
	assert_int_equal(trustees_new(&out, &trustees.ceremony, trustees.deals, trustees.accept_at,
				      &problem),
			 UNDERSIGN_E_INVALID);
	trustees.accept_at[1] = trustees.accepts[1];
	assert_int_equal(trustees_new(&out, &trustees.ceremony, trustees.deals, trustees.accept_at,
				      &problem),
			 UNDERSIGN_OK);
	/* Deals of another ceremony. */
	trustees.deals[0] = other.deals[0];
	assert_int_equal(trustees_new(&out, &trustees.ceremony, trustees.deals, trustees.accept_at,
				      &problem),
			 UNDERSIGN_E_INVALID);
	assert_string_equal(problem.where, "trustee 1");
}

static void test_bounds(void **state)
{
	static struct test_trustees trustees;
	struct problem problem = {0};
	struct ceremony ceremony;

	(void)state;
	test_trustees_new(&trustees, 2, 3);
	for (unsigned t = 0; t <= 4; t++)
		assert_int_equal(ceremony_new(&ceremony, t, trustees.names, trustees.key_at, 3,
					      &problem) == UNDERSIGN_OK,
				 t >= 1 && t <= 3);
	assert_int_equal(ceremony_new(&ceremony, 1, trustees.names, trustees.key_at, 0, &problem),
			 UNDERSIGN_E_INVALID);
	assert_int_equal(ceremony_new(&ceremony, 1, trustees.names, trustees.key_at, 17, &problem),
			 UNDERSIGN_E_INVALID);
	trustees.names[1] = trustees.names[0];
	assert_int_equal(ceremony_new(&ceremony, 2, trustees.names, trustees.key_at, 3, &problem),
			 UNDERSIGN_E_INVALID);
}

static void test_counts(void **state)
{
	static const uint64_t limits[] = {0, 1, 2, 3, 15, 16, 17, 1000, 30000};

	(void)state;
	for (size_t k = 0; k < sizeof limits / sizeof *limits; k++) {
		const uint64_t max = limits[k];
		const size_t len = count_table_len(max);
		void *memory = support_memory(len);
		struct count_table table;

		count_table_new(&table, max, memory, len);
		for (uint64_t v = 0; v <= max + 1;
		     v += max < 100 ? 1 : 1 + support_below(max / 20)) {
			struct scalar scalar = test_u64(v);
			struct point point = test_base_mul(&scalar);
			uint64_t found = 99;

			assert_int_equal(count_find_vartime(&found, &table, &point) == UNDERSIGN_OK,
					 v <= max);
			assert_int_equal(found, v <= max ? v : 0);
		}
		/* -1 and a random point have no count. */
		struct scalar minus;
		struct point point;
		uint64_t found;

		scalar_neg(&minus, &scalar_one);
		point = test_base_mul(&minus);
		assert_int_equal(count_find_vartime(&found, &table, &point), UNDERSIGN_E_MISSING);
		minus = support_scalar();
		point = test_base_mul(&minus);
		assert_int_equal(count_find_vartime(&found, &table, &point), UNDERSIGN_E_MISSING);
		free(memory);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_threshold), cmocka_unit_test(test_too_few),
		cmocka_unit_test(test_wrong_deal),    cmocka_unit_test(test_no_acceptance),
		cmocka_unit_test(test_bounds),        cmocka_unit_test(test_counts),
		cmocka_unit_test(test_identity_sums), cmocka_unit_test(test_sums_id),
	};

	poll_support_begin("test-poll-trustees");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
