/* M-1 and M-2: padding (protocol 5). */
#include "lab.h"

#include "sigma_engine.h"
#include "sign.h"

#include "memory.h"

#include <stdlib.h>

#define N 5 /* N' = 8: indexes 5, 6 and 7 are padding */

static struct scope scope;
static struct bytes message;

/* The offset variant of M-1: the one-out-of-many proof shows that one of the C_k - C' is a multiple
 * of H, a second proof shows that C' = sum s_j G_j + r H and T = sum s_j U_j. */
struct offset_proof {
	uint8_t offset[POINT_BYTES]; /* C' */
	struct bytes membership;     /* a proof with T = 0, Y = 0, z_j = 0 over the C_k - C' */
	uint8_t tag[POINT_BYTES];
	uint8_t opening[32 * (3 + TAG_DIMENSION)]; /* R_1, R_2, z */
};

static void opening_system(struct sigma_system *system, struct transcript *header,
			   const struct offset_proof *proof)
{
	*system = (struct sigma_system){.n_rows = 2, .n_witnesses = SIGMA_WITNESSES};
	sigma_commitment_row(system, 0, &generators);
	sigma_tag_row(system, 1, &scope);
	memcpy(system->images[0], proof->offset, POINT_BYTES);
	memcpy(system->images[1], proof->tag, POINT_BYTES);
	transcript_begin(header);
	transcript_text(header, "type", "test offset variant");
	transcript_item(header, "membership", proof->membership);
}

/* The ring of the C_k - C'; points takes N of them. */
static struct ring offset_ring(const struct ring *ring, struct affine *points,
			       const uint8_t *offset)
{
	struct ring out = *ring;
	struct point from = test_decode(offset), point;

	for (size_t k = 0; k < ring->n; k++) {
		point = test_from_affine(ring_point(ring, k));
		point_sub(&point, &point, &from);
		points[k] = test_affine(point);
	}
	out.points = points;
	out.n_points = ring->n;
	out.members = NULL;
	out.first = 0;
	return out;
}

static bool offset_variant_accepts(const struct ring *ring, const struct offset_proof *proof,
				   bool is_padded_by_last)
{
	struct affine points[N];
	struct ring offsets = offset_ring(ring, points, proof->offset);
	struct sigma_system system;
	struct transcript header;

	opening_system(&system, &header, proof);
	return lab_verify(LAB_WITHOUT_TAG_CHECK |
				  (is_padded_by_last ? LAB_SOUND : LAB_WITHOUT_PADDING),
			  &generators, &offsets, &scope, message, proof->membership) &&
	       sigma_holds_vartime(&header, &system, bytes_from(proof->opening, 2 * POINT_BYTES),
				   bytes_from(proof->opening + 2 * POINT_BYTES,
					      SCALAR_BYTES * SIGMA_WITNESSES));
}

/* index: N for an outsider's attack; else that of a member. */
static void offset_variant_prove(struct offset_proof *out, const struct ring *ring, size_t index,
				 const struct opening *opening, bool is_padded_by_last)
{
	static const struct opening nothing;
	struct scalar witness[SIGMA_WITNESSES], shift = support_scalar();
	struct opening offset = *opening, rest = nothing;
	struct affine points[N];
	struct ring offsets;
	struct sigma_system system;
	struct transcript header;
	struct lab lab;

	offset.r = test_sum(offset.r, shift);
	opening_commit_encoded(out->offset, &generators, &offset);
	assert_int_equal(opening_tag(out->tag, &scope, &offset), UNDERSIGN_OK);
	offsets = offset_ring(ring, points, out->offset);
	if (index < N) /* C_i - C' = -shift H */
		rest.r = test_difference(scalar_zero, shift);
	lab_begin(&lab, &offsets, &scope, message, &rest);
	memset(lab.kappa, 0, sizeof lab.kappa);
	for (size_t k = N; k < lab.n_padded && !is_padded_by_last; k++)
		point_identity(&lab.elements[k]);
	lab_select(&lab, index);
	out->membership = lab_prove(&lab);
	opening_system(&system, &header, out);
	sigma_witness(witness, &offset);
	assert_int_equal(sigma_prove(out->opening, &header, &system, witness, &support_nonces),
			 UNDERSIGN_OK);
}

static void test_m1_offset_variant_falls(void **state)
{
	struct test_ring ring;
	struct offset_proof proof;
	struct opening outsider;

	(void)state;
	test_ring_new(&ring, N, "org");
	/* The variant works for members, */
	offset_variant_prove(&proof, &ring.ring, 1, &ring.openings[1], false);
	assert_true(offset_variant_accepts(&ring.ring, &proof, false));
	free((void *)proof.membership.data);
	/* and for anybody else, with any tag, at a padding index. */
	for (size_t k = N; k < 8; k++) {
		assert_int_equal(opening_new(&outsider, &support_random), UNDERSIGN_OK);
		offset_variant_prove(&proof, &ring.ring, k, &outsider, false);
		assert_true(offset_variant_accepts(&ring.ring, &proof, false));
		/* Padding by the last element stops it. */
		assert_false(offset_variant_accepts(&ring.ring, &proof, true));
		free((void *)proof.membership.data);
		offset_variant_prove(&proof, &ring.ring, k, &outsider, true);
		assert_false(offset_variant_accepts(&ring.ring, &proof, true));
		free((void *)proof.membership.data);
	}
	test_ring_free(&ring);
}

/* The same at the protocol itself: a padding index is the last member, whom the outsider is not. */
static void test_m1_protocol_stands(void **state)
{
	struct test_ring ring;
	struct opening outsider;
	struct bytes proof;
	struct lab lab;

	(void)state;
	test_ring_new(&ring, N, "org");
	for (size_t k = N; k < 8; k++) {
		assert_int_equal(opening_new(&outsider, &support_random), UNDERSIGN_OK);
		lab_begin(&lab, &ring.ring, &scope, message, &outsider);
		lab_select(&lab, k);
		proof = lab_prove(&lab);
		assert_false(test_is_valid(&ring.ring, &scope, message, proof));
		assert_false(
			lab_verify(LAB_SOUND, &generators, &ring.ring, &scope, message, proof));
		free((void *)proof.data);
	}
	test_ring_free(&ring);
}

/* Without the padding terms, only T != 0 is left between the verifier and a universal forgery. */
static void test_m1_terms_left_out(void **state)
{
	static const struct opening nothing;
	const unsigned left_out = LAB_WITHOUT_PADDING;
	struct test_ring ring;
	struct bytes proof;
	struct lab lab;

	(void)state;
	test_ring_new(&ring, N, "org");
	lab_begin(&lab, &ring.ring, &scope, message, &nothing);
	for (size_t k = N; k < lab.n_padded; k++)
		point_identity(&lab.elements[k]);
	lab_select(&lab, N);
	proof = lab_prove(&lab);
	assert_true(lab_verify(left_out | LAB_WITHOUT_TAG_CHECK, &generators, &ring.ring, &scope,
			       message, proof));
	assert_false(lab_verify(left_out, &generators, &ring.ring, &scope, message, proof));
	assert_false(
		lab_verify(LAB_WITHOUT_TAG_CHECK, &generators, &ring.ring, &scope, message, proof));
	assert_false(test_is_valid(&ring.ring, &scope, message, proof));
	free((void *)proof.data);
	test_ring_free(&ring);
}

/* The last member signs through each padding index: it is his one tag. */
static void test_m2_padding_gives_no_second_tag(void **state)
{
	struct test_ring ring;
	uint8_t tag[POINT_BYTES];
	struct bytes proof;
	struct lab lab;

	(void)state;
	test_ring_new(&ring, N, "org");
	assert_int_equal(opening_tag(tag, &scope, &ring.openings[N - 1]), UNDERSIGN_OK);
	for (size_t k = N - 1; k < 8; k++) {
		lab_begin(&lab, &ring.ring, &scope, message, &ring.openings[N - 1]);
		lab_select(&lab, k);
		proof = lab_prove(&lab);
		assert_true(test_is_valid(&ring.ring, &scope, message, proof));
		assert_memory_equal(proof_tag(proof), tag, POINT_BYTES);
		free((void *)proof.data);
		/* With another tag through the same index: no. */
		lab_begin(&lab, &ring.ring, &scope, message, &ring.openings[N - 1]);
		lab_select(&lab, k);
		assert_int_equal(opening_tag(lab.tag, &scope, &ring.openings[0]), UNDERSIGN_OK);
		proof = lab_prove(&lab);
		assert_false(test_is_valid(&ring.ring, &scope, message, proof));
		free((void *)proof.data);
	}
	test_ring_free(&ring);
}

static void test_m2_zero_secret(void **state)
{
	struct opening zero = {.r = scalar_zero};
	struct test_ring ring;
	uint8_t source[POINT_BYTES], tag[POINT_BYTES], out[PROOF_LEN_MAX];
	struct entry entries[2];
	struct opening other;
	size_t len = proof_sign_scratch_len(2);
	void *scratch = support_memory(len);
	struct bytes proof;
	struct lab lab;

	(void)state;
	memset(zero.s, 0, sizeof zero.s);
	zero.r = support_scalar();
	assert_int_equal(opening_new(&other, &support_random), UNDERSIGN_OK);
	opening_commit_encoded(source, &generators, &zero);
	opening_commit_encoded(tag, &generators, &other);
	entries[0] = (struct entry){ENTRY_COMMITMENT, source, bytes_from(NULL, 0)};
	entries[1] = (struct entry){ENTRY_COMMITMENT, tag, bytes_from(NULL, 0)};
	test_ring_from_entries(&ring, entries, 2, "org");
	assert_int_equal(proof_sign(out, proof_len(2), &generators, &ring.ring, &scope, message,
				    &zero, &support_random, NULL, scratch, len),
			 UNDERSIGN_E_INVALID);
	lab_begin(&lab, &ring.ring, &scope, message, &zero);
	lab_select(&lab, 0);
	proof = lab_prove(&lab);
	assert_false(test_is_valid(&ring.ring, &scope, message, proof));
	/* Everything else about it holds. */
	assert_true(
		lab_verify(LAB_WITHOUT_TAG_CHECK, &generators, &ring.ring, &scope, message, proof));
	free((void *)proof.data);
	free(scratch);
	test_ring_free(&ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_m1_offset_variant_falls),
		cmocka_unit_test(test_m1_protocol_stands),
		cmocka_unit_test(test_m1_terms_left_out),
		cmocka_unit_test(test_m2_padding_gives_no_second_tag),
		cmocka_unit_test(test_m2_zero_secret),
	};

	support_begin("attacks-padding");
	scope_new_letter(&scope, bytes_from_text("a letter\n"));
	message = bytes_from_text("message");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
