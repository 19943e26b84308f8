/* M-6, M-13 and M-14: what the three equations, and their weights in a batch, are for. */
#include "lab.h"

#include "solve.h"

#include "memory.h"

#include <stdlib.h>

static struct scope scope;
static struct bytes message;

/* Two members add their openings as 2 C_0 - C_1: without E1 nothing says that a selector selects.
 */
static void test_m13_colluders(void **state)
{
	struct test_ring ring;
	struct opening mixed;
	uint8_t tags[3][POINT_BYTES];
	struct bytes proof;
	struct lab lab;

	(void)state;
	test_ring_new(&ring, 7, "org");
	const struct opening *a = &ring.openings[0], *b = &ring.openings[1];
	struct scalar two = test_u64(2), minus_one = test_difference(scalar_zero, scalar_one);

	for (unsigned j = 0; j < TAG_DIMENSION; j++)
		mixed.s[j] = test_difference(test_product(two, a->s[j]), b->s[j]);
	mixed.r = test_difference(test_product(two, a->r), b->r);
	lab_begin(&lab, &ring.ring, &scope, message, &mixed);
	lab_select(&lab, 0);
	lab.sigma[0][0] = two;
	lab.sigma[0][1] = minus_one;
	proof = lab_prove(&lab);
	assert_true(lab_verify(LAB_WITHOUT_E1, &generators, &ring.ring, &scope, message, proof));
	assert_false(lab_verify(LAB_SOUND, &generators, &ring.ring, &scope, message, proof));
	assert_false(test_is_valid(&ring.ring, &scope, message, proof));
	/* It would have been a third tag of two members. */
	assert_int_equal(opening_tag(tags[0], &scope, a), UNDERSIGN_OK);
	assert_int_equal(opening_tag(tags[1], &scope, b), UNDERSIGN_OK);
	memcpy(tags[2], proof.data, POINT_BYTES);
	assert_memory_not_equal(tags[2], tags[0], POINT_BYTES);
	assert_memory_not_equal(tags[2], tags[1], POINT_BYTES);
	free((void *)proof.data);
	test_ring_free(&ring);
}

/* max(3, m + 1) answers to one first message give away who signed, and with what. */
static void extract(size_t n, size_t i)
{
	struct test_ring ring;
	struct digits digits = digits_of_ring(n);
	unsigned m = digits.n_digits, mu = m + 1 > 3 ? m + 1 : 3;
	struct scalar x[PROOF_DIGITS + 1][PROOF_DIGITS + 1], alpha[PROOF_DIGITS + 1];
	struct scalar matrix[SOLVE_MAX][SOLVE_MAX], found;
	struct bytes proofs[PROOF_DIGITS + 1];
	size_t index = 0;
	struct lab lab;

	test_ring_new(&ring, n, "org");
	lab_begin(&lab, &ring.ring, &scope, message, &ring.openings[i]);
	lab_select(&lab, i);
	for (unsigned e = 0; e < mu; e++) {
		struct scalar challenge = support_scalar();

		proofs[e] = bytes_from(support_memory(proof_len(n)), proof_len(n));
		if (e == 0)
			lab_commit(&lab, (uint8_t *)proofs[e].data);
		else
			memcpy((uint8_t *)proofs[e].data, proofs[0].data,
			       POINT_BYTES * layout_n_points(&digits));
		lab_respond(&lab, (uint8_t *)proofs[e].data, &challenge);
		layout_powers(x[e], &challenge, m);
	}
	/* sigma_{d,c} = (f - f') / (x - x') */
	for (unsigned d = 0, at = 0; d < m; d++)
		for (unsigned c = 1; c < digits_radix(&digits, d); c++, at++) {
			struct scalar step = test_difference(x[0][1], x[1][1]);
			struct scalar f = test_difference(
				test_scalar_decode(lab_scalar_at(proofs[0], &digits, at)),
				test_scalar_decode(lab_scalar_at(proofs[1], &digits, at)));

			scalar_invert(&step, &step);
			f = test_product(f, step);
			assert_true(scalar_is_zero(&f) || scalar_is_equal(&f, &scalar_one));
			if (scalar_is_equal(&f, &scalar_one))
				index += (size_t)c << (2 * d);
		}
	assert_int_equal(index, i);
	/* sum_e alpha_e x_e^j = [j = m] */
	for (unsigned j = 0; j <= m; j++) {
		for (unsigned e = 0; e <= m; e++)
			matrix[j][e] = x[e][j];
		alpha[j] = j == m ? scalar_one : scalar_zero;
	}
	assert_true(solve(matrix, alpha, m + 1));
	for (unsigned j = 0; j <= TAG_DIMENSION; j++) {
		unsigned at = lab_n_f(&digits) + 1 + j;
		const struct scalar *want =
			j < TAG_DIMENSION ? &ring.openings[i].s[j] : &ring.openings[i].r;

		found = scalar_zero;
		for (unsigned e = 0; e <= m; e++)
			found = test_sum(found,
					 test_product(alpha[e], test_scalar_decode(lab_scalar_at(
									proofs[e], &digits, at))));
		assert_true(scalar_is_equal(&found, want));
	}
	for (unsigned e = 0; e < mu; e++)
		free((void *)proofs[e].data);
	test_ring_free(&ring);
}

static void test_m14_extractor(void **state)
{
	(void)state;
	extract(3, 2);
	extract(13, 9);
	extract(40, 21);
}

/* Two bad proofs whose errors cancel. */
static void test_m6_unit_weights(void **state)
{
	struct test_ring ring;
	struct digits digits = digits_of_ring(6);
	struct proof_item items[4];
	struct scalar delta = support_scalar();
	struct point sum;
	bool verdicts[4];

	(void)state;
	test_ring_new(&ring, 6, "org");
	for (size_t t = 0; t < 4; t++)
		items[t] = (struct proof_item){
			&ring.ring, &scope, message,
			test_sign(&ring.ring, &scope, message, &ring.openings[t])};
	size_t len = proof_verify_scratch_len(items, 4);
	void *scratch = support_memory(len);

	assert_true(proof_verify_batch_vartime(verdicts, &generators, items, 4, NULL, NULL, scratch,
					       len));
	lab_add_scalar(lab_scalar_at(items[1].proof, &digits, lab_n_f(&digits)), delta);
	delta = test_difference(scalar_zero, delta);
	lab_add_scalar(lab_scalar_at(items[2].proof, &digits, lab_n_f(&digits)), delta);
	/* The variant without weights adds up to nothing, and would accept. */
	point_identity(&sum);
	for (size_t t = 0; t < 4; t++)
		sum = test_point_sum(sum,
				     lab_residual(&ring.ring, &scope, message, items[t].proof));
	assert_true(point_is_identity(&sum));
	sum = lab_residual(&ring.ring, &scope, message, items[1].proof);
	assert_false(point_is_identity(&sum));
	assert_false(proof_verify_batch_vartime(verdicts, &generators, items, 4, NULL, NULL,
						scratch, len));
	for (size_t t = 0; t < 4; t++) {
		assert_int_equal(verdicts[t], t == 0 || t == 3);
		free((void *)items[t].proof.data);
	}
	free(scratch);
	test_ring_free(&ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_m6_unit_weights),
		cmocka_unit_test(test_m13_colluders),
		cmocka_unit_test(test_m14_extractor),
	};

	support_begin("attacks-equations");
	scope_new_letter(&scope, bytes_from_text("a letter\n"));
	message = bytes_from_text("message");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
