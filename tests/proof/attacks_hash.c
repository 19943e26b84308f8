/* M-3 and M-4: what is not hashed can be bent after the challenge. Linked with a copy of the proof
 * library in which a transcript can leave an item out. */
#include "lab.h"

#include "transcript.h"

#include "memory.h"

#include <stdlib.h>

enum { ITEM_RING = 4, ITEM_T = 8 };

static struct scope scope;
static struct bytes message;

/* Valid if the verifier, like the forger, leaves the item out; and if it does not. */
static void expect_falls_and_stands(const struct ring *ring, struct bytes proof, int item)
{
	transcript_test_omitted = item;
	assert_true(test_is_valid(ring, &scope, message, proof));
	transcript_test_omitted = -1;
	assert_false(test_is_valid(ring, &scope, message, proof));
}

/* One member, as many tags as wanted: the first message is chosen, and T only afterwards. */
static void test_m3_tag_left_out(void **state)
{
	struct test_ring ring;
	uint8_t tags[4][POINT_BYTES];

	(void)state;
	test_ring_new(&ring, 6, "org");
	for (unsigned t = 0; t < 4; t++) {
		struct digits digits = digits_of_ring(6);
		struct bytes proof;
		struct scalar x[PROOF_DIGITS + 1], challenge, inverse;
		struct point tag;
		struct lab lab;

		transcript_test_omitted = ITEM_T;
		lab_begin(&lab, &ring.ring, &scope, message, &ring.openings[2]);
		lab_select(&lab, 2);
		proof = bytes_from(support_memory(proof_len(6)), proof_len(6));
		lab_commit(&lab, (uint8_t *)proof.data);
		lab_add_point(lab_point_at(proof, layout_y(&digits)), test_u64(t), &scope.u[0]);
		layout_challenge(&challenge, &ring.ring, &scope, message, proof.data);
		lab_respond(&lab, (uint8_t *)proof.data, &challenge);
		/* T = (Y + sum z_j U_j) / x^m */
		layout_powers(x, &challenge, digits.n_digits);
		scalar_invert(&inverse, &x[digits.n_digits]);
		tag = test_decode(lab_point_at(proof, layout_y(&digits)));
		for (unsigned j = 0; j < TAG_DIMENSION; j++) {
			struct scalar z = test_scalar_decode(
				lab_scalar_at(proof, &digits, lab_n_f(&digits) + 1 + j));
			struct point u = test_from_affine(&scope.u[j]);

			tag = test_point_sum(tag, test_mul(&z, &u));
		}
		tag = test_mul(&inverse, &tag);
		test_encode((uint8_t *)proof.data, &tag);
		if (t == 0) {
			/* Nothing was bent: the member's own tag, good for everybody. */
			assert_true(test_is_valid(&ring.ring, &scope, message, proof));
			assert_memory_equal(proof.data, lab.tag, POINT_BYTES);
		} else {
			expect_falls_and_stands(&ring.ring, proof, ITEM_T);
		}
		memcpy(tags[t], proof.data, POINT_BYTES);
		for (unsigned before = 0; before < t; before++)
			assert_memory_not_equal(tags[before], tags[t], POINT_BYTES);
		transcript_test_omitted = -1;
		free((void *)proof.data);
	}
	test_ring_free(&ring);
}

/* The proof first, the ring afterwards: an entry is solved for, whose opening nobody knows, as it
 * contains the other members' commitments. */
static void test_m4_ring_left_out(void **state)
{
	const size_t i = 2;
	struct test_ring ring, bent;
	struct entry entries[6];
	struct affine points[LAYOUT_POINTS_MAX];
	struct layout_scalars in;
	struct scalar phi;
	struct point change, element;
	uint8_t source[POINT_BYTES];
	struct opening anybody;
	struct lab lab;

	(void)state;
	test_ring_new(&ring, 6, "org");
	transcript_test_omitted = ITEM_RING;
	assert_int_equal(opening_new(&anybody, &support_random), UNDERSIGN_OK);
	lab_begin(&lab, &ring.ring, &scope, message, &anybody);
	lab_select(&lab, i);
	struct bytes proof = lab_prove(&lab);
	struct proof_item item = {&ring.ring, &scope, message, proof};

	assert_false(test_is_valid(&ring.ring, &scope, message, proof));
	/* Only E2 fails; move C_i by what is missing. */
	assert_true(layout_decode_vartime(&in, points, &item));
	change = lab_residual(&ring.ring, &scope, message, proof);
	phi = lab_phi(&in, i);
	scalar_invert(&phi, &phi);
	scalar_neg(&phi, &phi);
	change = test_mul(&phi, &change);
	element = test_point_sum(test_from_affine(ring_point(&ring.ring, i)), change);
	test_encode(source, &element);
	memcpy(entries, ring.entries, sizeof entries);
	entries[i].source = source;
	transcript_test_omitted = -1;
	test_ring_from_entries(&bent, entries, 6, "org");
	assert_memory_not_equal(bent.ring.id, ring.ring.id, HASH_BYTES);
	expect_falls_and_stands(&bent.ring, proof, ITEM_RING);
	free((void *)proof.data);
	test_ring_free(&ring);
	test_ring_free(&bent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_m3_tag_left_out),
		cmocka_unit_test(test_m4_ring_left_out),
	};

	support_begin("attacks-hash");
	scope_new_letter(&scope, bytes_from_text("a letter\n"));
	message = bytes_from_text("message");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
