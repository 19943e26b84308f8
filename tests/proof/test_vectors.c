/* Every key of tests/vectors/proof.json: what another implementation of the protocol made must be
 * made here byte for byte, and verify. */
#include "vectors.h"

#include "message.h"
#include "sha2.h"
#include "sigma.h"

#include <stdlib.h>
#include <string.h>

static json_t *root;

static void same(const void *got, struct bytes want, size_t len)
{
	assert_int_equal(want.len, len);
	assert_memory_equal(got, want.data, len);
}

static void same_affine(const struct affine *got, const json_t *want)
{
	struct point point = test_from_affine(got);
	uint8_t encoding[POINT_BYTES];

	point_encode(encoding, &point);
	same(encoding, vectors_hex(want), POINT_BYTES);
}

static void make_scope(struct scope *out, struct bytes bytes)
{
	struct cursor cursor = cursor_new(bytes);
	uint8_t kind = cursor_u8(&cursor), context[HASH_BYTES];

	cursor_copy(&cursor, context, sizeof context);
	scope_new(out, (enum scope_kind)kind, context, cursor_u32le(&cursor));
	assert_true(cursor_is_at_end(&cursor));
	same(out->bytes, bytes, SCOPE_BYTES);
}

static void first_ring(struct test_ring *ring, struct scope *scope)
{
	size_t n;
	struct entry *entries = vectors_entries(vectors_get(root, "entries"), &n);
	struct bytes org = vectors_hex_of(root, "org");
	char name[64] = {0};

	assert_true(org.len < sizeof name);
	memcpy(name, org.data, org.len);
	test_ring_from_entries(ring, entries, n, name);
	for (size_t k = 0; k < n; k++)
		ring->openings[k] = vectors_opening(vectors_at(vectors_get(root, "secrets"), k));
	make_scope(scope, vectors_hex_of(root, "scope"));
}

static void test_generators(void **state)
{
	(void)state;
	for (size_t j = 0; j < TAG_DIMENSION; j++)
		same_affine(&generators.g[j], vectors_at(vectors_get(root, "G_j"), j));
	same_affine(&generators.h, vectors_get(root, "H"));
	same_affine(&generators.p[0][0], vectors_get(root, "P_0_0"));
	same_affine(&generators.q[1][3], vectors_get(root, "Q_1_3"));
}

static void test_scope_points(void **state)
{
	struct scope scope;

	(void)state;
	make_scope(&scope, vectors_hex_of(root, "scope"));
	for (size_t j = 0; j < TAG_DIMENSION; j++)
		same_affine(&scope.u[j], vectors_at(vectors_get(root, "U_j"), j));
}

static void check_radices(uint64_t n, const json_t *want)
{
	struct digits digits = digits_of_ring(n);

	assert_int_equal(json_array_size(want), digits.n_digits);
	for (unsigned d = 0; d < digits.n_digits; d++)
		assert_int_equal(json_integer_value(vectors_at(want, d)), digits_radix(&digits, d));
}

/* Signs with the tape, compares byte for byte, verifies. */
static void check_sig(const json_t *sig, const struct ring *ring, const struct scope *scope,
		      struct bytes message, const struct opening *opening)
{
	struct tape tape = {vectors_u64(sig, "tape_start")};
	struct nonce_source nonces = tape_nonces(&tape);
	struct bytes want = vectors_hex_of(sig, "sig");
	struct bytes got = test_sign_with(ring, scope, message, opening, &nonces);

	assert_true(bytes_are_equal(got, want));
	assert_true(test_is_valid(ring, scope, message, want));
	free((void *)got.data);
}

static void test_first_ring(void **state)
{
	struct test_ring ring;
	struct scope scope;
	struct bytes message = vectors_hex_of(root, "msg");
	json_t *sigs = vectors_get(root, "sigs");

	(void)state;
	first_ring(&ring, &scope);
	same(ring.at.root, vectors_hex_of(root, "root"), HASH_BYTES);
	same(ring.ring.id, vectors_hex_of(root, "ring_id"), HASH_BYTES);
	assert_int_equal(ring.ring.n_raw, 1);
	check_radices(ring.n, vectors_get(root, "radices"));
	for (size_t k = 0; k < json_array_size(sigs); k++) {
		json_t *sig = vectors_at(sigs, k);
		uint64_t i = vectors_u64(sig, "i");
		uint8_t encoding[POINT_BYTES];

		opening_commit_encoded(encoding, &generators, &ring.openings[i]);
		assert_memory_equal(encoding, ring.universe.encodings + POINT_BYTES * i,
				    POINT_BYTES);
		check_sig(sig, &ring.ring, &scope, message, &ring.openings[i]);
	}
	test_ring_free(&ring);
}

static void test_sigma(void **state)
{
	struct test_ring ring;
	struct scope scope;
	struct bytes payload = vectors_hex_of(root, "payload");
	struct bytes vk = vectors_hex_of(root, "VK"), dv = vectors_hex_of(root, "dv_claim_1");
	struct scalar v = test_scalar_decode(vectors_hex_of(root, "v").data);
	uint8_t public[POINT_BYTES], tags[3][POINT_BYTES];

	(void)state;
	first_ring(&ring, &scope);
	struct sigma_claim claim = {&ring.ring, 1, &scope, payload};
	struct sigma_registration registration = {vectors_hex_of(root, "org"), ring.entries[1].meta,
						  0, ring.sources[1]};

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(opening_tag(tags[i], &scope, &ring.openings[i]), UNDERSIGN_OK);
	assert_true(sigma_withdraw_is_valid_vartime(&scope, payload,
						    vectors_hex_of(root, "withdraw_1")));
	assert_true(
		sigma_claim_is_valid_vartime(&generators, &claim, vectors_hex_of(root, "claim_1")));
	assert_true(sigma_register_is_valid_vartime(&generators, &registration,
						    vectors_hex_of(root, "register_1")));
	sigma_vk_public(public, &generators, &v);
	same(public, vk, POINT_BYTES);
	assert_true(sigma_dv_claim_is_valid_vartime(&generators, &claim, tags[1], vk.data, dv));
	/* Made with v alone: member 2 "claims" the tag of member 1. */
	claim.i = 2;
	assert_true(sigma_dv_claim_is_valid_vartime(&generators, &claim, tags[1], vk.data,
						    vectors_hex_of(root, "dv_fake_2")));
	/* Beside what holds, what does not. */
	assert_false(sigma_dv_claim_is_valid_vartime(&generators, &claim, tags[1], vk.data, dv));
	assert_false(
		sigma_claim_is_valid_vartime(&generators, &claim, vectors_hex_of(root, "claim_1")));
	registration.column = 1;
	assert_false(sigma_register_is_valid_vartime(&generators, &registration,
						     vectors_hex_of(root, "register_1")));
	test_ring_free(&ring);
}

/* The three organisations as lists of one universe. Version 1 grows the first. */
static void test_merged(void **state)
{
	json_t *merged = vectors_get(root, "merged"), *versions = vectors_get(merged, "versions");
	struct opening opening = vectors_opening(vectors_get(merged, "secret_b2"));
	struct bytes message = vectors_hex_of(root, "msg"), name = vectors_hex_of(merged, "name");
	uint8_t tags[2][POINT_BYTES];
	struct scope scope;

	(void)state;
	make_scope(&scope, vectors_hex_of(root, "scope"));
	for (size_t v = 0; v < json_array_size(versions); v++) {
		json_t *version = vectors_at(versions, v), *orgs = vectors_get(version, "orgs");
		json_t *sig = vectors_at(vectors_get(version, "sigs"), 0);
		size_t n_orgs = json_array_size(orgs), len = universe_memory_len(64);
		struct universe universe;
		struct list lists[8];
		struct ring_part parts[8];
		uint32_t members[8][64], ring_members[64];
		struct ring ring;
		void *memory = support_memory(len);

		assert_in_range(n_orgs, 2, 8);
		universe_new(&universe, 64, memory, len);
		for (size_t o = 0; o < n_orgs; o++) {
			json_t *org = vectors_at(orgs, o);
			size_t n;
			struct entry *entries = vectors_entries(vectors_get(org, "entries"), &n);

			list_begin(&lists[o], &universe, members[o], 64);
			assert_int_equal(list_append(&lists[o], entries, n, NULL), UNDERSIGN_OK);
			parts[o].org = vectors_hex_of(org, "org");
			parts[o].list = &lists[o];
			list_snapshot(&parts[o].at, &lists[o]);
			assert_int_equal(parts[o].at.n, vectors_u64(org, "N"));
			same(parts[o].at.root, vectors_hex_of(org, "root"), HASH_BYTES);
		}
		assert_int_equal(
			ring_of_several(&ring, &universe, ring_members, parts, n_orgs, name, NULL),
			UNDERSIGN_OK);
		assert_int_equal(ring.n, vectors_u64(version, "N"));
		same(ring.id, vectors_hex_of(version, "ring_id"), HASH_BYTES);
		check_radices(ring.n, vectors_get(version, "radices"));
		check_sig(sig, &ring, &scope, message, &opening);
		memcpy(tags[v], vectors_hex_of(sig, "sig").data, POINT_BYTES);
		free(memory);
	}
	assert_memory_equal(tags[0], tags[1], POINT_BYTES);
}

static void test_columns(void **state)
{
	json_t *columns = vectors_get(root, "columns"), *each = vectors_get(columns, "columns");
	json_t *enrolments = vectors_get(columns, "enrolments");
	struct bytes org = vectors_hex_of(columns, "org"), message = vectors_hex_of(root, "msg");
	size_t n = json_array_size(enrolments);
	uint8_t tags[2][POINT_BYTES];
	char name[64] = {0};
	struct scope scope;

	(void)state;
	memcpy(name, org.data, org.len);
	make_scope(&scope, vectors_hex_of(root, "scope"));
	assert_int_equal(vectors_u64(columns, "E"), json_array_size(each));
	for (size_t c = 0; c < json_array_size(each); c++) {
		json_t *column = vectors_at(each, c);
		json_t *sig = vectors_at(vectors_get(column, "sigs"), 0);
		struct opening opening =
			vectors_opening(vectors_at(vectors_get(columns, "secrets_0"), c));
		struct entry entries[8];
		struct test_ring ring;

		for (size_t k = 0; k < n; k++) {
			json_t *enrolment = vectors_at(enrolments, k);
			json_t *sources = vectors_get(enrolment, "sources");
			struct sigma_registration registration;

			entries[k].kind = (uint8_t)vectors_u64(enrolment, "kind");
			entries[k].meta = vectors_hex_of(enrolment, "meta");
			entries[k].source =
				vectors_hex(vectors_at(sources,
						       entries[k].kind == ENTRY_RAW_KEY ? 0 : c))
					.data;
			if (entries[k].kind == ENTRY_RAW_KEY)
				continue;
			registration = (struct sigma_registration){
				org, entries[k].meta, (uint32_t)c + 1, entries[k].source};
			assert_true(sigma_register_is_valid_vartime(
				&generators, &registration,
				vectors_hex(vectors_at(vectors_get(enrolment, "proofs"), c))));
			/* M-17: not in another column. */
			assert_false(sigma_register_is_valid_vartime(
				&generators, &registration,
				vectors_hex(vectors_at(vectors_get(enrolment, "proofs"), 1 - c))));
		}
		test_ring_from_entries(&ring, entries, n, name);
		assert_int_equal(vectors_u64(column, "column"), c + 1);
		same(ring.at.root, vectors_hex_of(column, "root"), HASH_BYTES);
		same(ring.ring.id, vectors_hex_of(column, "ring_id"), HASH_BYTES);
		check_sig(sig, &ring.ring, &scope, message, &opening);
		memcpy(tags[c], vectors_hex_of(sig, "sig").data, POINT_BYTES);
		test_ring_free(&ring);
	}
	assert_memory_not_equal(tags[0], tags[1], POINT_BYTES);
}

static void test_messages(void **state)
{
	json_t *messages = vectors_get(root, "messages");
	struct bytes body = vectors_hex_of(messages, "body");
	struct bytes want = vectors_hex_of(messages, "sign_seq1_choices_2_0");
	static const uint8_t choices[] = {2, 0};
	uint8_t hash[SHA512_BYTES], out[256];
	struct writer writer = writer_new(out, sizeof out);
	struct message message;

	(void)state;
	sha512(hash, body);
	message_write_sign(&writer, 1, hash, bytes_from(choices, sizeof choices));
	assert_true(bytes_are_equal(writer_view(&writer), want));
	assert_int_equal(message_parse(&message, want), UNDERSIGN_OK);
	assert_int_equal(message.seq, 1);
	assert_memory_equal(message.manifest_sha512, hash, sizeof hash);
	assert_true(bytes_are_equal(message.payload, bytes_from(choices, sizeof choices)));
	message_write_withdraw(out, 2);
	same(out, vectors_hex_of(messages, "withdraw_seq2"), MESSAGE_WITHDRAW_BYTES);
}

static void test_letter(void **state)
{
	json_t *letter = vectors_get(root, "letter");
	struct bytes manifest = bytes_from_text(json_string_value(vectors_get(letter, "manifest")));
	uint8_t context[HASH_BYTES];
	struct scope scope;

	(void)state;
	scope_context(context, manifest);
	same(context, vectors_hex_of(letter, "context"), HASH_BYTES);
	scope_new_letter(&scope, manifest);
	same(scope.bytes, vectors_hex_of(letter, "scope"), SCOPE_BYTES);
	for (size_t j = 0; j < TAG_DIMENSION; j++)
		same_affine(&scope.u[j], vectors_at(vectors_get(letter, "U_j"), j));
	scope_new(&scope, SCOPE_POLL, context, 0);
	same(scope.bytes, vectors_hex_of(letter, "poll_0_scope"), SCOPE_BYTES);
}

static void test_vk(void **state)
{
	json_t *object = vectors_get(root, "vk");
	struct bytes name = bytes_from_text(json_string_value(vectors_get(object, "name")));
	struct bytes text =
		bytes_from_text(json_string_value(vectors_get(object, "claim_payload_text")));
	struct bytes vk = vectors_hex_of(object, "VK"), proof = vectors_hex_of(object, "proof");
	uint8_t payload[MESSAGE_CLAIM_BYTES];

	(void)state;
	assert_true(sigma_vk_is_valid_vartime(&generators, name, vk.data, proof));
	assert_false(sigma_vk_is_valid_vartime(&generators, text, vk.data, proof));
	message_write_claim(payload, text);
	same(payload, vectors_hex_of(object, "claim_payload"), sizeof payload);
}

/* So that a new key of the file cannot be overlooked. */
static void test_every_key_is_known(void **state)
{
	static const char *const keys[] = {
		"G_j",     "H",   "P_0_0",   "Q_1_3",      "scope",      "U_j",        "secrets",
		"entries", "org", "root",    "ring_id",    "radices",    "msg",        "sigs",
		"payload", "VK",  "v",       "tape",       "merged",     "columns",    "messages",
		"letter",  "vk",  "claim_1", "register_1", "withdraw_1", "dv_claim_1", "dv_fake_2"};
	const char *key;
	json_t *value;

	(void)state;
	json_object_foreach(root, key, value)
	{
		size_t k = 0;

		while (k < sizeof keys / sizeof *keys && strcmp(keys[k], key) != 0)
			k++;
		if (k == sizeof keys / sizeof *keys)
			fail_msg("proof.json: key %s has no test", key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_key_is_known),
		cmocka_unit_test(test_generators),
		cmocka_unit_test(test_scope_points),
		cmocka_unit_test(test_first_ring),
		cmocka_unit_test(test_sigma),
		cmocka_unit_test(test_merged),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_letter),
		cmocka_unit_test(test_vk),
	};
	int failed;

	support_begin("test-proof-vectors");
	root = vectors_load();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	vectors_end(root);
	return failed;
}
