/* C-2, C-6 and A-5b: no other bytes than the signer's are accepted. */
#include "lab.h"

#include "memory.h"

#include <stdio.h>
#include <stdlib.h>

#define N 16

static struct test_ring ring;
static struct scope scope;
static struct bytes message, proof;
static struct digits digits;
static void *scratch;
static size_t scratch_len;

static bool is_valid(struct bytes candidate)
{
	struct proof_item item = {&ring.ring, &scope, message, candidate};

	return proof_is_valid_vartime(&generators, &item, scratch, scratch_len);
}

static void test_bits_and_bytes(void **state)
{
	struct bytes bent = lab_copy(proof);
	uint8_t *bytes = (uint8_t *)bent.data;

	(void)state;
	assert_true(is_valid(bent));
	for (size_t at = 0; at < proof.len; at++) {
		for (unsigned other = 1; other < 256; other++) {
			/* Short form: one bit of each byte. */
			if (!support_is_full() && other != 1u << (at & 7))
				continue;
			bytes[at] ^= (uint8_t)other;
			assert_false(is_valid(bent));
			bytes[at] ^= (uint8_t)other;
		}
	}
	assert_true(is_valid(bent));
	free(bytes);
}

static void test_lengths(void **state)
{
	uint8_t *longer = support_memory(proof.len + 64);

	(void)state;
	memset(longer, 0, proof.len + 64);
	memcpy(longer, proof.data, proof.len);
	for (size_t len = 0; len <= proof.len + 64; len++)
		assert_int_equal(is_valid(bytes_from(longer, len)), len == proof.len);
	free(longer);
}

/* value + k * l as 32 bytes; false if it does not fit. */
static bool add_order(uint8_t value[static 32], unsigned k)
{
	static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
					  0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
					  0,    0,    0,    0,    0,    0,    0,    0,
					  0,    0,    0,    0,    0,    0,    0,    0x10};

	for (; k > 0; k--) {
		unsigned carry = 0;

		for (unsigned b = 0; b < 32; b++) {
			carry += value[b] + order[b];
			value[b] = (uint8_t)carry;
			carry >>= 8;
		}
		if (carry)
			return false;
	}
	return true;
}

/* In each slot: l, l + 1, 2l, s + kl for each k that fits, 2^255 - 1, 2^256 - 1, high bits. */
static void test_scalars_are_canonical(void **state)
{
	unsigned n_slots = lab_n_f(&digits) + 2 + TAG_DIMENSION;
	struct bytes bent = lab_copy(proof);

	(void)state;
	for (unsigned slot = 0; slot < n_slots; slot++) {
		uint8_t *at = lab_scalar_at(bent, &digits, slot), good[32];
		uint8_t bad[32];

		memcpy(good, at, 32);
		for (unsigned k = 1; k <= 16; k++) {
			memcpy(bad, good, 32);
			if (!add_order(bad, k))
				break;
			memcpy(at, bad, 32);
			assert_false(is_valid(bent));
		}
		for (unsigned c = 0; c < 8; c++) {
			memset(bad, 0, 32);
			switch (c) {
			case 0:
			case 1:
				assert_true(add_order(bad, 1));
				bad[0] = (uint8_t)(bad[0] + c);
				break;
			case 2:
				assert_true(add_order(bad, 2));
				break;
			case 3:
			case 4:
				memset(bad, 0xff, 32);
				bad[31] = c == 3 ? 0x7f : 0xff;
				break;
			default:
				memcpy(bad, good, 32);
				bad[31] = (uint8_t)(bad[31] | 0x20u << (c - 5));
			}
			memcpy(at, bad, 32);
			assert_false(is_valid(bent));
		}
		/* Canonical, but not the signer's. */
		memset(at, 0, 32);
		assert_false(is_valid(bent));
		memcpy(at, good, 32);
	}
	assert_true(is_valid(bent));
	free((void *)bent.data);
}

/* Points: identity, not canonical, not on the curve (RFC 9496 A.2), in each slot. */
static void test_points_are_canonical(void **state)
{
	struct bytes bent = lab_copy(proof);
	unsigned n_points = layout_n_points(&digits);

	(void)state;
	for (unsigned slot = 0; slot < n_points; slot++) {
		uint8_t *at = lab_point_at(bent, slot), good[POINT_BYTES];

		memcpy(good, at, POINT_BYTES);
		memset(at, 0, POINT_BYTES); /* decodes, but is another element */
		assert_false(is_valid(bent));
		memset(at, 0xff, POINT_BYTES);
		assert_false(is_valid(bent));
		memcpy(at, good, POINT_BYTES);
		at[0] ^= 1; /* negative */
		assert_false(is_valid(bent));
		memcpy(at, good, POINT_BYTES);
		at[31] ^= 0x80;
		assert_false(is_valid(bent));
		memcpy(at, good, POINT_BYTES);
	}
	assert_true(is_valid(bent));
	free((void *)bent.data);
}

static void swap(uint8_t *a, uint8_t *b)
{
	uint8_t t[32];

	memcpy(t, a, 32);
	memcpy(a, b, 32);
	memcpy(b, t, 32);
}

/* A-5b: what an attacker does who understands the equations. */
static void maul(struct bytes bent, unsigned way)
{
	unsigned n_points = layout_n_points(&digits), n_f = lab_n_f(&digits);
	unsigned n_scalars = n_f + 2 + TAG_DIMENSION;
	struct scalar delta = support_scalar(), t, x, powers[PROOF_DIGITS + 1];
	unsigned a = (unsigned)support_below(n_points), b = (unsigned)support_below(n_scalars);
	unsigned c = (unsigned)support_below(n_scalars), d = (unsigned)support_below(2);
	struct point point;

	layout_challenge(&x, &ring.ring, &scope, message, bent.data);
	layout_powers(powers, &x, digits.n_digits);
	switch (way) {
	case 0: /* negate a scalar */
		t = test_difference(scalar_zero,
				    test_scalar_decode(lab_scalar_at(bent, &digits, b)));
		scalar_encode(lab_scalar_at(bent, &digits, b), &t);
		break;
	case 1: /* negate a point */
		point = test_decode(lab_point_at(bent, a));
		point_neg(&point, &point);
		test_encode(lab_point_at(bent, a), &point);
		break;
	case 2: /* swap two points */
		swap(lab_point_at(bent, a), lab_point_at(bent, (a + 1) % n_points));
		break;
	case 3: /* swap two scalars */
		swap(lab_scalar_at(bent, &digits, b),
		     lab_scalar_at(bent, &digits, c == b ? (c + 1) % n_scalars : c));
		break;
	case 4: /* the same randomness for A and z_A */
		lab_add_point(lab_point_at(bent, LAYOUT_A), delta, &generators.h);
		lab_add_scalar(lab_scalar_at(bent, &digits, n_f), delta);
		break;
	case 5: /* for X_d and z_r */
		lab_add_point(lab_point_at(bent, LAYOUT_X + d), delta, &generators.h);
		t = test_difference(scalar_zero, test_product(delta, powers[d]));
		lab_add_scalar(lab_scalar_at(bent, &digits, n_scalars - 1), t);
		break;
	case 6: /* for X_0, Y and z_1: the tag's nonce */
		lab_add_point(lab_point_at(bent, LAYOUT_X), delta, &generators.g[0]);
		lab_add_point(lab_point_at(bent, layout_y(&digits)), delta, &scope.u[0]);
		t = test_difference(scalar_zero, delta);
		lab_add_scalar(lab_scalar_at(bent, &digits, n_f + 1), t);
		break;
	case 7: /* another tag with the same shift in Y */
		lab_add_point(lab_point_at(bent, LAYOUT_T), delta, &scope.u[0]);
		t = test_product(delta, powers[digits.n_digits]);
		lab_add_point(lab_point_at(bent, layout_y(&digits)), t, &scope.u[0]);
		break;
	case 8: /* scale everything that is linear in E3 */
		for (unsigned k = 0; k < 2; k++) {
			unsigned at = k ? layout_y(&digits) : LAYOUT_T;

			point = test_decode(lab_point_at(bent, at));
			point = test_mul(&delta, &point);
			test_encode(lab_point_at(bent, at), &point);
		}
		for (unsigned j = 0; j < TAG_DIMENSION; j++) {
			uint8_t *at = lab_scalar_at(bent, &digits, n_f + 1 + j);

			t = test_product(test_scalar_decode(at), delta);
			scalar_encode(at, &t);
		}
		break;
	default: /* two digits' responses exchanged */
		swap(lab_scalar_at(bent, &digits, 0), lab_scalar_at(bent, &digits, 3));
		swap(lab_point_at(bent, LAYOUT_X), lab_point_at(bent, LAYOUT_X + 1));
	}
}

static void test_mauling(void **state)
{
	unsigned n = support_is_full() ? 5000 : 200;

	(void)state;
	for (unsigned k = 0; k < n; k++) {
		struct bytes bent = lab_copy(proof);

		maul(bent, k % 10);
		assert_memory_not_equal(bent.data, proof.data, proof.len);
		assert_false(is_valid(bent));
		free((void *)bent.data);
	}
}

/* The real verifier and the literal one agree, on good proofs and on bad ones. */
static void test_literal_verifier_agrees(void **state)
{
	(void)state;
	assert_true(lab_verify(LAB_SOUND, &generators, &ring.ring, &scope, message, proof));
	for (unsigned k = 0; k < 10; k++) {
		struct bytes bent = lab_copy(proof);

		maul(bent, k);
		assert_false(lab_verify(LAB_SOUND, &generators, &ring.ring, &scope, message, bent));
		free((void *)bent.data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bits_and_bytes),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_scalars_are_canonical),
		cmocka_unit_test(test_points_are_canonical),
		cmocka_unit_test(test_mauling),
		cmocka_unit_test(test_literal_verifier_agrees),
	};
	int failed;

	support_begin("test-proof-mutation");
	message = bytes_from_text("message");
	scope_new_letter(&scope, bytes_from_text("a letter\n"));
	test_ring_new(&ring, N, "org");
	digits = digits_of_ring(N);
	proof = test_sign(&ring.ring, &scope, message, &ring.openings[5]);
	struct proof_item item = {&ring.ring, &scope, message, proof};

	scratch_len = proof_verify_scratch_len(&item, 1);
	scratch = support_memory(scratch_len);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(scratch);
	free((void *)proof.data);
	test_ring_free(&ring);
	return failed;
}
