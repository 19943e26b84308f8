/* M-2 (loader), M-5, M-7, M-15 to M-18: entries, keys, snapshots, columns, scopes. */
#include "lab.h"

#include "sigma.h"
#include "sign.h"

#include "memory.h"

#include <sodium.h>
#include <stdlib.h>

static struct scope scope;
static struct bytes message;

static enum undersign_status load(const struct entry *entries, size_t n)
{
	size_t len = universe_memory_len(n);
	void *memory = support_memory(len);
	uint32_t *members = support_memory(n * sizeof *members);
	struct universe universe;
	struct list list;
	enum undersign_status status;

	universe_new(&universe, n, memory, len);
	list_begin(&list, &universe, members, n);
	status = list_append(&list, entries, n, NULL);
	free(memory);
	free(members);
	return status;
}

static void test_m2_loader(void **state)
{
	static const uint8_t identity[POINT_BYTES];
	struct test_ring ring;
	struct entry entries[3];

	(void)state;
	test_ring_new(&ring, 3, "org");
	memcpy(entries, ring.entries, sizeof entries);
	assert_int_equal(load(entries, 3), UNDERSIGN_OK);
	entries[2].source = identity;
	assert_int_equal(load(entries, 3), UNDERSIGN_E_ENCODING);
	entries[2].source = entries[0].source;
	assert_int_equal(load(entries, 3), UNDERSIGN_E_CONFLICT);
	test_ring_free(&ring);
}

/* The same element as kind (a) and as kind (b): compared after mapping. */
static void test_m2_repeat_across_kinds(void **state)
{
	uint8_t seed[ED25519_SEED_BYTES] = {7}, key[ED25519_PUBLIC_BYTES], source[POINT_BYTES];
	struct opening opening;
	struct entry entries[2];

	(void)state;
	ed25519_seed_to_key(key, seed);
	opening_from_seed(&opening, seed);
	opening_commit_encoded(source, &generators, &opening);
	entries[0] = (struct entry){ENTRY_RAW_KEY, key, bytes_from(NULL, 0)};
	entries[1] = (struct entry){ENTRY_COMMITMENT, source, bytes_from(NULL, 0)};
	assert_int_equal(load(entries, 1), UNDERSIGN_OK);
	assert_int_equal(load(entries + 1, 1), UNDERSIGN_OK);
	assert_int_equal(load(entries, 2), UNDERSIGN_E_CONFLICT);
}

/* Entries made out of honest ones: C_0 + xH, C_0 + xG_1, y C_0, C_0 - C_1. */
enum { RELATED_H = 2, RELATED_G, RELATED_Y, RELATED_DIFFERENCE, N_RELATED };

static void related_ring(struct test_ring *out, struct scalar x)
{
	uint8_t sources[N_RELATED][POINT_BYTES];
	struct entry entries[N_RELATED];
	struct opening openings[2];
	struct point honest[2], points[N_RELATED], g = test_from_affine(&generators.g[0]),
						   h = test_from_affine(&generators.h);

	for (size_t k = 0; k < 2; k++) {
		assert_int_equal(opening_new(&openings[k], &support_random), UNDERSIGN_OK);
		opening_commit(&honest[k], &generators, &openings[k]);
		points[k] = honest[k];
	}
	points[RELATED_H] = test_point_sum(honest[0], test_mul(&x, &h));
	points[RELATED_G] = test_point_sum(honest[0], test_mul(&x, &g));
	points[RELATED_Y] = test_mul(&x, &honest[0]);
	point_sub(&points[RELATED_DIFFERENCE], &honest[0], &honest[1]);
	for (size_t k = 0; k < N_RELATED; k++) {
		test_encode(sources[k], &points[k]);
		entries[k] = (struct entry){ENTRY_COMMITMENT, sources[k], bytes_from(NULL, 0)};
	}
	test_ring_from_entries(out, entries, N_RELATED, "org");
	out->openings[0] = openings[0];
	out->openings[1] = openings[1];
}

static void test_m5_related_entries(void **state)
{
	struct scalar x = support_scalar();
	struct opening known = {.r = scalar_zero}, whole;
	struct test_ring ring;
	uint8_t out[PROOF_LEN_MAX], framed[POINT_BYTES];
	size_t len = proof_sign_scratch_len(N_RELATED);
	void *scratch = support_memory(len);
	struct bytes proof;
	struct lab lab;

	(void)state;
	memset(known.s, 0, sizeof known.s);
	related_ring(&ring, x);
	assert_int_equal(opening_tag(framed, &scope, &ring.openings[0]), UNDERSIGN_OK);
	/* What the maker of such entries knows: x alone. With it he opens none of them. */
	for (size_t k = 2; k < N_RELATED; k++) {
		known.s[0] = k == RELATED_H ? scalar_zero : x;
		known.s[1] = k == RELATED_H ? scalar_one : scalar_zero;
		known.r = k == RELATED_H ? x : scalar_zero;
		assert_int_equal(proof_sign(out, proof_len(N_RELATED), &generators, &ring.ring,
					    &scope, message, &known, &support_random, NULL, scratch,
					    len),
				 UNDERSIGN_E_MISSING);
		lab_begin(&lab, &ring.ring, &scope, message, &known);
		lab_select(&lab, k);
		proof = lab_prove(&lab);
		assert_false(test_is_valid(&ring.ring, &scope, message, proof));
		free((void *)proof.data);
		/* Framing: as before, with the tag of the member who was copied. */
		lab_begin(&lab, &ring.ring, &scope, message, &known);
		lab_select(&lab, k);
		memcpy(lab.tag, framed, POINT_BYTES);
		proof = lab_prove(&lab);
		assert_false(test_is_valid(&ring.ring, &scope, message, proof));
		free((void *)proof.data);
	}
	/* Control: member 0, told x, opens the first three; C_0 + xH with the tag that he has. */
	whole = ring.openings[0];
	whole.r = test_sum(whole.r, x);
	proof = test_sign(&ring.ring, &scope, message, &whole);
	assert_memory_equal(proof.data, framed, POINT_BYTES);
	/* A valid proof of his with another member's tag instead is none. */
	assert_int_equal(opening_tag((uint8_t *)proof.data, &scope, &ring.openings[1]),
			 UNDERSIGN_OK);
	assert_false(test_is_valid(&ring.ring, &scope, message, proof));
	free((void *)proof.data);
	free(scratch);
	test_ring_free(&ring);
}

/* A key of prime order, and the same plus a point of small order. */
static void test_m7_torsion(void **state)
{
	static const uint8_t order_4[32] = {0};
	static const uint8_t order_8[32] = {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0,
					    0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
					    0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39,
					    0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05};
	uint8_t seed[ED25519_SEED_BYTES], key[32], mixed[32], small[32];
	struct entry entry = {ENTRY_RAW_KEY, key, bytes_from(NULL, 0)};

	(void)state;
	for (unsigned t = 0; t < 8; t++) {
		assert_int_equal(support_random.fill(NULL, seed, sizeof seed), UNDERSIGN_OK);
		ed25519_seed_to_key(key, seed);
		entry.source = key;
		assert_int_equal(load(&entry, 1), UNDERSIGN_OK);
		/* All multiples of the points of order 4 and 8 in turn. */
		assert_int_equal(crypto_core_ed25519_add(mixed, key, order_4), 0);
		entry.source = mixed;
		assert_int_equal(load(&entry, 1), UNDERSIGN_E_ENCODING);
		memcpy(small, order_8, sizeof small);
		for (unsigned k = 1; k < 8; k++) {
			assert_int_equal(crypto_core_ed25519_add(mixed, key, small), 0);
			assert_int_equal(load(&entry, 1), UNDERSIGN_E_ENCODING);
			assert_int_equal(crypto_core_ed25519_add(small, small, order_8), 0);
		}
	}
}

static void test_m7_small_and_non_canonical(void **state)
{
	/* Points of order 1, 2 and 4, canonical or not. */
	static const struct {
		uint8_t first, middle, last;
	} regular[] = {{0x01, 0, 0x00},    {0x01, 0, 0x80},    {0xec, 0xff, 0x7f},
		       {0xec, 0xff, 0xff}, {0x00, 0, 0x00},    {0x00, 0, 0x80},
		       {0xed, 0xff, 0x7f}, {0xed, 0xff, 0xff}, {0xee, 0xff, 0x7f},
		       {0xee, 0xff, 0xff}};
	uint8_t key[32];
	struct entry entry = {ENTRY_RAW_KEY, key, bytes_from(NULL, 0)};

	(void)state;
	for (size_t k = 0; k < sizeof regular / sizeof *regular; k++) {
		memset(key, regular[k].middle, sizeof key);
		key[0] = regular[k].first;
		key[31] = regular[k].last;
		assert_int_equal(load(&entry, 1), UNDERSIGN_E_ENCODING);
	}
	/* y + p of a small y: the same point to a careless decoder. */
	memset(key, 0xff, sizeof key);
	key[0] = 0xed + 3;
	key[31] = 0x7f;
	assert_int_equal(load(&entry, 1), UNDERSIGN_E_ENCODING);
}

/* Why the subgroup check is there: A and A + T_4 are two keys and one ristretto element, so without
 * it one person has two entries. T_4 = (sqrt(-1), 0). */
static void test_m7_variant_without_check(void **state)
{
	static const uint8_t order_4[32] = {0};
	uint8_t seed[ED25519_SEED_BYTES] = {9}, key[32], mixed[32], element[2][POINT_BYTES];
	struct point a, t4, sum;

	(void)state;
	ed25519_seed_to_key(key, seed);
	assert_int_equal(crypto_core_ed25519_add(mixed, key, order_4), 0);
	assert_memory_not_equal(key, mixed, 32);
	assert_int_equal(ed25519_key_to_point_vartime(&a, key), UNDERSIGN_OK);
	point_identity(&t4);
	{
		static const uint8_t sqrt_minus_one[32] = {
			0xb0, 0xa0, 0x0e, 0x4a, 0x27, 0x1b, 0xee, 0xc4, 0x78, 0xe4, 0x2f,
			0xad, 0x06, 0x18, 0x43, 0x2f, 0xa7, 0xd7, 0xfb, 0x3d, 0x99, 0x00,
			0x4d, 0x2b, 0x0b, 0xdf, 0xc1, 0x4f, 0x80, 0x24, 0x83, 0x2b};

		fe_decode(&t4.x, sqrt_minus_one);
		fe_zero(&t4.y);
		fe_zero(&t4.t);
	}
	point_add(&sum, &a, &t4);
	point_encode(element[0], &a);
	point_encode(element[1], &sum);
	assert_memory_equal(element[0], element[1], POINT_BYTES);
	assert_int_equal(ed25519_key_to_point_vartime(&sum, mixed), UNDERSIGN_E_ENCODING);
}

/* Anybody can withdraw a tag that he invented: the proof says nothing about membership, which is
 * why a withdrawal of a tag without an accepted signature is void. A tag of somebody else: no. */
static void test_m15_withdrawal_by_outsider(void **state)
{
	struct opening outsider, member;
	uint8_t out[SIGMA_WITHDRAW_BYTES];
	struct bytes payload = bytes_from("\x02\x02\0\0\0", 5);

	(void)state;
	assert_int_equal(opening_new(&outsider, &support_random), UNDERSIGN_OK);
	assert_int_equal(opening_new(&member, &support_random), UNDERSIGN_OK);
	assert_int_equal(sigma_withdraw_make(out, &scope, payload, &outsider, &support_random),
			 UNDERSIGN_OK);
	assert_true(sigma_withdraw_is_valid_vartime(&scope, payload, bytes_from(out, sizeof out)));
	assert_int_equal(opening_tag(out, &scope, &member), UNDERSIGN_OK);
	assert_false(sigma_withdraw_is_valid_vartime(&scope, payload, bytes_from(out, sizeof out)));
}

/* Two snapshots that extend the base, but not each other, with one person's two entries. */
static void test_m16_two_extensions(void **state)
{
	struct test_ring base, one, other;
	struct opening person[2];
	uint8_t sources[2][POINT_BYTES], tags[2][POINT_BYTES];
	struct entry entries[4];
	struct snapshot prefix;
	struct list list;
	uint32_t members[8];
	struct bytes proof;

	(void)state;
	test_ring_new(&base, 3, "org");
	memcpy(entries, base.entries, 3 * sizeof *entries);
	for (size_t k = 0; k < 2; k++) {
		assert_int_equal(opening_new(&person[k], &support_random), UNDERSIGN_OK);
		opening_commit_encoded(sources[k], &generators, &person[k]);
	}
	entries[3] = (struct entry){ENTRY_COMMITMENT, sources[0], bytes_from(NULL, 0)};
	test_ring_from_entries(&one, entries, 4, "org");
	entries[3].source = sources[1];
	test_ring_from_entries(&other, entries, 4, "org");
	/* Both continue the base: a verifier that compares with the base alone takes both, */
	list_begin(&list, &other.universe, members, 8);
	assert_int_equal(list_append(&list, entries, 3, NULL), UNDERSIGN_OK);
	list_snapshot(&prefix, &list);
	assert_true(version_continues(&base.at, &one.at, &prefix, 1));
	assert_true(version_continues(&base.at, &other.at, &prefix, 1));
	/* and each gives the person a signature with a tag of its own. */
	proof = test_sign(&one.ring, &scope, message, &person[0]);
	memcpy(tags[0], proof.data, POINT_BYTES);
	free((void *)proof.data);
	proof = test_sign(&other.ring, &scope, message, &person[1]);
	memcpy(tags[1], proof.data, POINT_BYTES);
	free((void *)proof.data);
	assert_memory_not_equal(tags[0], tags[1], POINT_BYTES);
	/* One chain: after the one, the other is void; its first four entries are its own. */
	assert_int_equal(list_append(&list, entries + 3, 1, NULL), UNDERSIGN_OK);
	list_snapshot(&prefix, &list);
	assert_false(version_continues(&one.at, &other.at, &prefix, 1));
	assert_false(version_continues(&one.at, &base.at, &base.at, 1));
	/* Control: the same version again continues itself. */
	assert_true(version_continues(&other.at, &other.at, &prefix, 1));
	test_ring_free(&base);
	test_ring_free(&one);
	test_ring_free(&other);
}

/* Two columns of one list in one scope would be two tags; a statement cannot choose its column,
 * and a proof of possession cannot be moved to another. */
static void test_m17_columns(void **state)
{
	struct test_ring columns[2];
	struct sigma_registration registration = {bytes_from_text("org"), bytes_from(NULL, 0), 1,
						  NULL};
	uint8_t possession[SIGMA_REGISTER_BYTES];
	struct bytes proofs[2];

	(void)state;
	for (size_t c = 0; c < 2; c++) {
		test_ring_new(&columns[c], 4, "org");
		proofs[c] = test_sign(&columns[c].ring, &scope, message, &columns[c].openings[1]);
	}
	/* A verifier that took either column would count the member twice. */
	for (size_t c = 0; c < 2; c++)
		assert_true(test_is_valid(&columns[c].ring, &scope, message, proofs[c]));
	assert_memory_not_equal(proofs[0].data, proofs[1].data, POINT_BYTES);
	/* The manifest names the first. */
	assert_false(test_is_valid(&columns[0].ring, &scope, message, proofs[1]));
	registration.commitment = columns[0].sources[1];
	assert_int_equal(sigma_register_make(possession, &generators, &registration,
					     &columns[0].openings[1], &support_random),
			 UNDERSIGN_OK);
	for (uint32_t column = 0; column < 4; column++) {
		registration.column = column;
		assert_int_equal(
			sigma_register_is_valid_vartime(&generators, &registration,
							bytes_from(possession, sizeof possession)),
			column == 1);
	}
	for (size_t c = 0; c < 2; c++) {
		free((void *)proofs[c].data);
		test_ring_free(&columns[c]);
	}
}

/* A letter's scope has index 0. With any index accepted, each would be another tag. */
static void test_m18_index_of_a_letter(void **state)
{
	struct bytes text = bytes_from_text("a letter\n");
	struct scope letter, other;
	struct test_ring ring;
	uint8_t context[HASH_BYTES], tags[4][POINT_BYTES];
	struct bytes proof;

	(void)state;
	test_ring_new(&ring, 4, "org");
	scope_new_letter(&letter, text);
	assert_int_equal(opening_tag(tags[0], &letter, &ring.openings[0]), UNDERSIGN_OK);
	scope_context(context, text);
	for (uint32_t index = 1; index < 4; index++) {
		scope_new(&other, SCOPE_LETTER, context, index);
		proof = test_sign(&ring.ring, &other, message, &ring.openings[0]);
		assert_true(test_is_valid(&ring.ring, &other, message, proof));
		for (uint32_t before = 0; before < index; before++)
			assert_memory_not_equal(proof.data, tags[before], POINT_BYTES);
		memcpy(tags[index], proof.data, POINT_BYTES);
		assert_false(test_is_valid(&ring.ring, &letter, message, proof));
		free((void *)proof.data);
	}
	scope_new(&other, SCOPE_LETTER, context, 0);
	proof = test_sign(&ring.ring, &other, message, &ring.openings[0]);
	assert_true(test_is_valid(&ring.ring, &letter, message, proof));
	free((void *)proof.data);
	test_ring_free(&ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_m2_loader),
		cmocka_unit_test(test_m2_repeat_across_kinds),
		cmocka_unit_test(test_m5_related_entries),
		cmocka_unit_test(test_m7_torsion),
		cmocka_unit_test(test_m7_small_and_non_canonical),
		cmocka_unit_test(test_m7_variant_without_check),
		cmocka_unit_test(test_m15_withdrawal_by_outsider),
		cmocka_unit_test(test_m16_two_extensions),
		cmocka_unit_test(test_m17_columns),
		cmocka_unit_test(test_m18_index_of_a_letter),
	};

	support_begin("attacks-entries");
	if (sodium_init() < 0)
		return 2;
	scope_new_letter(&scope, bytes_from_text("a letter\n"));
	message = bytes_from_text("message");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
