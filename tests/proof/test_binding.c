/* C-3 and C-4: everything that protocol 10.4 and 10.5 list is bound by the challenge. Linked with a
 * copy of the proof library whose transcripts can change or leave out an item.
 *
 * For each item: changed at the verifier's, the proof is refused; were it left out of the hash by
 * prover and verifier, the same change would pass unnoticed, so this test would fail. And proofs of
 * the real prover do not verify where it is left out, so the vectors would fail too. */
#include "lab.h"

#include "message.h"
#include "sigma.h"
#include "sigma_engine.h"
#include "sign.h"
#include "transcript.h"

#include "memory.h"

#include <stdio.h>
#include <stdlib.h>

static struct test_ring ring;
static struct scope scope;
static struct bytes message;
static struct scalar v;
static uint8_t vk[POINT_BYTES], tag[POINT_BYTES];
static struct sigma_registration registration, registration_in_column;
static struct sigma_claim claim;

/* A kind of proof: make it into out, check it. */
struct kind {
	const char *name;
	unsigned n_items; /* PROTO included */
	size_t (*make)(uint8_t *out);
	bool (*is_valid)(struct bytes proof);
};

static size_t make_sign(uint8_t *out)
{
	struct bytes proof =
		test_sign_with(&ring.ring, &scope, message, &ring.openings[1], &support_nonces);

	memcpy(out, proof.data, proof.len);
	free((void *)proof.data);
	return proof.len;
}

static bool sign_is_valid(struct bytes proof)
{
	return test_is_valid(&ring.ring, &scope, message, proof);
}

static size_t make_register(uint8_t *out)
{
	assert_int_equal(sigma_register_make(out, &generators, &registration, &ring.openings[1],
					     &support_random),
			 UNDERSIGN_OK);
	return SIGMA_REGISTER_BYTES;
}

static bool register_is_valid(struct bytes proof)
{
	return sigma_register_is_valid_vartime(&generators, &registration, proof);
}

static size_t make_register_in_column(uint8_t *out)
{
	assert_int_equal(sigma_register_make(out, &generators, &registration_in_column,
					     &ring.openings[1], &support_random),
			 UNDERSIGN_OK);
	return SIGMA_REGISTER_BYTES;
}

static bool register_in_column_is_valid(struct bytes proof)
{
	return sigma_register_is_valid_vartime(&generators, &registration_in_column, proof);
}

static size_t make_withdraw(uint8_t *out)
{
	assert_int_equal(
		sigma_withdraw_make(out, &scope, message, &ring.openings[1], &support_random),
		UNDERSIGN_OK);
	return SIGMA_WITHDRAW_BYTES;
}

static bool withdraw_is_valid(struct bytes proof)
{
	return sigma_withdraw_is_valid_vartime(&scope, message, proof);
}

static size_t make_claim(uint8_t *out)
{
	assert_int_equal(
		sigma_claim_make(out, &generators, &claim, &ring.openings[1], &support_random),
		UNDERSIGN_OK);
	return SIGMA_CLAIM_BYTES;
}

static bool claim_is_valid(struct bytes proof)
{
	return sigma_claim_is_valid_vartime(&generators, &claim, proof);
}

static size_t make_dv_claim(uint8_t *out)
{
	assert_int_equal(sigma_dv_claim_make(out, &generators, &claim, vk, &ring.openings[1],
					     &support_random),
			 UNDERSIGN_OK);
	return SIGMA_DV_CLAIM_BYTES;
}

static bool dv_claim_is_valid(struct bytes proof)
{
	return sigma_dv_claim_is_valid_vartime(&generators, &claim, tag, vk, proof);
}

static size_t make_vk(uint8_t *out)
{
	assert_int_equal(sigma_vk_make(out, &generators, message, &v, &support_random),
			 UNDERSIGN_OK);
	return SIGMA_VK_BYTES;
}

static bool vk_is_valid(struct bytes proof)
{
	return sigma_vk_is_valid_vartime(&generators, message, vk, proof);
}

static const struct kind kinds[] = {
	/* PROTO type base k ring N scope msg T A B X_0 X_1 Y */
	{"sign", 14, make_sign, sign_is_valid},
	/* PROTO type org meta V R */
	{"register", 6, make_register, register_is_valid},
	/* and column */
	{"register in a column", 7, make_register_in_column, register_in_column_is_valid},
	/* PROTO type scope msg V R */
	{"withdraw", 6, make_withdraw, withdraw_is_valid},
	/* PROTO type ring i scope msg V V R R */
	{"claim", 10, make_claim, claim_is_valid},
	/* PROTO type ring i scope msg VK V V R R RV */
	{"dv-claim", 12, make_dv_claim, dv_claim_is_valid},
	/* PROTO type name V R */
	{"vk", 5, make_vk, vk_is_valid},
};

static void test_every_item_is_bound(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		const struct kind *kind = &kinds[k];
		uint8_t out[PROOF_LEN_MAX];
		struct bytes proof = bytes_from(out, kind->make(out));

		assert_true(kind->is_valid(proof));
		for (unsigned item = 0; item < kind->n_items; item++) {
			transcript_test_changed = (int)item;
			assert_false(kind->is_valid(proof));
			transcript_test_changed = -1;
			transcript_test_omitted = (int)item;
			assert_false(kind->is_valid(proof));
			/* The mutant: both leave it out, and the change is not noticed. */
			proof.len = kind->make(out);
			assert_true(kind->is_valid(proof));
			transcript_test_changed = (int)item;
			assert_true(kind->is_valid(proof));
			transcript_test_changed = -1;
			transcript_test_omitted = -1;
			proof.len = kind->make(out);
		}
		/* There is no item beyond those: leaving it out changes nothing. */
		transcript_test_omitted = (int)kind->n_items;
		assert_true(kind->is_valid(proof));
		transcript_test_omitted = -1;
	}
}

/* Concrete forgeries for the items of a signature that are points of its first message. */
static void expect(struct bytes proof, int item)
{
	transcript_test_omitted = item;
	assert_true(sign_is_valid(proof));
	transcript_test_omitted = -1;
	assert_false(sign_is_valid(proof));
}

static void test_first_message_cannot_be_bent(void **state)
{
	struct digits digits = digits_of_ring(ring.n);
	unsigned n_f = lab_n_f(&digits);
	struct scalar delta = support_scalar(), x;
	uint8_t out[PROOF_LEN_MAX];
	struct bytes proof = {out, 0}, bent;

	(void)state;
	for (int item = 9; item < 13; item++) { /* A, B, X_0, X_1 */
		struct scalar powers[PROOF_DIGITS + 1];
		struct scalar change = delta;

		transcript_test_omitted = item;
		proof.len = make_sign(out);
		layout_challenge(&x, &ring.ring, &scope, message, out);
		layout_powers(powers, &x, digits.n_digits);
		bent = lab_copy(proof);
		lab_add_point(lab_point_at(bent, (unsigned)(item - 8)), delta, &generators.h);
		if (item == 10)
			change = test_product(delta, x);
		if (item >= 11) {
			change = test_product(delta, powers[item - 11]);
			change = test_difference(scalar_zero, change);
			lab_add_scalar(lab_scalar_at(bent, &digits, n_f + 1 + TAG_DIMENSION),
				       change);
		} else {
			lab_add_scalar(lab_scalar_at(bent, &digits, n_f), change);
		}
		expect(bent, item);
		free((void *)bent.data);
	}
}

/* With Y left out, any tag at all: Y = x^m T - sum z_j U_j afterwards. */
static void test_forged_tag_without_y(void **state)
{
	struct digits digits = digits_of_ring(ring.n);
	struct opening other;
	struct layout_scalars in;
	struct affine points[LAYOUT_POINTS_MAX];
	struct point y, u;
	struct bytes proof;
	struct lab lab;

	(void)state;
	transcript_test_omitted = 13;
	assert_int_equal(opening_new(&other, &support_random), UNDERSIGN_OK);
	lab_begin(&lab, &ring.ring, &scope, message, &ring.openings[1]);
	lab_select(&lab, 1);
	assert_int_equal(opening_tag(lab.tag, &scope, &other), UNDERSIGN_OK);
	proof = lab_prove(&lab);
	assert_false(sign_is_valid(proof));
	struct proof_item item = {&ring.ring, &scope, message, proof};

	assert_true(layout_decode_vartime(&in, points, &item));
	y = test_decode(proof.data);
	y = test_mul(&in.x[in.digits.n_digits], &y);
	for (unsigned j = 0; j < TAG_DIMENSION; j++) {
		u = test_from_affine(&scope.u[j]);
		u = test_mul(&in.z[j], &u);
		point_sub(&y, &y, &u);
	}
	test_encode(lab_point_at(proof, layout_y(&digits)), &y);
	expect(proof, 13);
	free((void *)proof.data);
}

/* Statements: each field changed for real at the verifier's, one at a time. */
static void test_statement_is_bound(void **state)
{
	struct ring other = ring.ring;
	struct scope bent = scope;
	uint8_t out[PROOF_LEN_MAX];
	struct bytes proof = bytes_from(out, make_sign(out));
	uint32_t members[17];

	(void)state;
	other.id[31] ^= 1;
	assert_false(test_is_valid(&other, &scope, message, proof));
	bent.bytes[36] ^= 1;
	assert_false(test_is_valid(&ring.ring, &bent, message, proof));
	assert_false(test_is_valid(&ring.ring, &scope, bytes_from("messagf", 7), proof));
	assert_false(test_is_valid(&ring.ring, &scope, bytes_from("message", 6), proof));
	/* N alone: a ring of 15 whose last is repeated has the same equations as one of 16. */
	for (uint32_t k = 0; k < 16; k++)
		members[k] = k < 15 ? k : 14;
	other = ring.ring;
	other.members = members;
	proof = test_sign_with(&other, &scope, message, &ring.openings[1], &support_nonces);
	assert_true(test_is_valid(&other, &scope, message, proof));
	other.n = 15;
	assert_false(test_is_valid(&other, &scope, message, proof));
	transcript_test_omitted = 5;
	free((void *)proof.data);
	proof = test_sign_with(&other, &scope, message, &ring.openings[1], &support_nonces);
	other.n = 16;
	assert_true(test_is_valid(&other, &scope, message, proof));
	transcript_test_omitted = -1;
	free((void *)proof.data);
}

/* C-4: what could be read in two ways must hash to different challenges. */
static void test_no_two_readings(void **state)
{
	static const char text[] = "abcdefghijklmnopqrst";
	struct scalar seen[256];
	size_t n = 0;

	(void)state;
	for (unsigned type = 0; type < 4; type++)
		for (size_t a = 0; a <= 20; a++)
			for (unsigned b = 0; b < 2; b++) {
				struct transcript header;
				struct bytes first = bytes_from(text, a);
				struct bytes second = bytes_from(text + a, 20 - a);
				struct sigma_registration parts = {first, second, b, NULL};

				if (type == 0) {
					sigma_register_header(&header, &parts);
				} else if (type == 1) {
					transcript_begin(&header);
					transcript_text(&header, b ? "type" : "typ", "register");
					transcript_item(&header, "org", first);
					transcript_item(&header, "meta", second);
					transcript_u64(&header, "column", b);
				} else if (type == 2) {
					sigma_vk_header(&header, first);
					transcript_item(&header, b ? "V" : "VK", second);
				} else {
					/* The label's end and the data's start. */
					transcript_begin(&header);
					transcript_item(&header, b ? "a" : "ab", first);
					transcript_item(&header, b ? "bc" : "c", second);
				}
				transcript_challenge(&seen[n], &header);
				for (size_t k = 0; k < n; k++)
					assert_false(scalar_is_equal(&seen[k], &seen[n]));
				n++;
			}
	assert_int_equal(n, 168);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_item_is_bound),
		cmocka_unit_test(test_first_message_cannot_be_bent),
		cmocka_unit_test(test_forged_tag_without_y),
		cmocka_unit_test(test_statement_is_bound),
		cmocka_unit_test(test_no_two_readings),
	};
	int failed;

	support_begin("test-proof-binding");
	message = bytes_from_text("message");
	scope_new_letter(&scope, bytes_from_text("a letter\n"));
	test_ring_new(&ring, 16, "org");
	claim = (struct sigma_claim){&ring.ring, 1, &scope, message};
	registration = (struct sigma_registration){bytes_from_text("org"), bytes_from_text("meta"),
						   0, ring.sources[1]};
	registration_in_column = registration;
	registration_in_column.column = 3;
	v = support_scalar();
	sigma_vk_public(vk, &generators, &v);
	if (opening_tag(tag, &scope, &ring.openings[1]) != UNDERSIGN_OK)
		return 2;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	test_ring_free(&ring);
	return failed;
}
