#include "poll_support.h"

#include "sigma_engine.h"

#include "memory.h"

#include <stdlib.h>

struct opening test_opening;

const struct shape test_one_of_four = {1, {{4, 1, 1}}};

void poll_support_begin(const char *program)
{
	support_begin(program);
	assert_int_equal(opening_new(&test_opening, &support_random), UNDERSIGN_OK);
}

void test_trustees_new(struct test_trustees *out, unsigned threshold, unsigned n)
{
	static const char *const names[TRUSTEES_MAX] = {"a", "b", "c", "d", "e", "f", "g", "h",
							"i", "j", "k", "l", "m", "n", "o", "p"};
	struct problem problem = {0};
	unsigned liar;

	memset(out, 0, sizeof *out);
	out->threshold = threshold;
	out->n = n;
	for (unsigned i = 0; i < n; i++) {
		out->names[i] = bytes_from_text(names[i]);
		out->key_at[i] = out->keys[i];
		out->accept_at[i] = out->accepts[i];
		assert_int_equal(trustee_key_new(&out->secrets[i], out->keys[i], out->names[i],
						 &support_random),
				 UNDERSIGN_OK);
	}
	assert_int_equal(
		ceremony_new(&out->ceremony, threshold, out->names, out->key_at, n, &problem),
		UNDERSIGN_OK);
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(ceremony_find(&out->ceremony, &out->secrets[i]), i + 1);
		assert_int_equal(
			trustee_deal_make(out->dealt[i], &out->ceremony, i + 1, &support_random),
			UNDERSIGN_OK);
		out->deals[i] = bytes_from(out->dealt[i], trustee_deal_len(&out->ceremony));
		assert_true(trustee_deal_is_valid_vartime(&out->ceremony, i + 1, out->deals[i]));
	}
	for (unsigned j = 0; j < n; j++) {
		assert_int_equal(trustee_share_open(&out->shares[j], &liar, &out->ceremony,
						    out->deals, j + 1, &out->secrets[j]),
				 UNDERSIGN_OK);
		assert_int_equal(trustee_accept_make(out->accepts[j], &out->ceremony, out->deals,
						     j + 1, &out->shares[j], &support_random),
				 UNDERSIGN_OK);
	}
	assert_int_equal(
		trustees_new(&out->trustees, &out->ceremony, out->deals, out->accept_at, &problem),
		UNDERSIGN_OK);
}

/* What 14.2 says, once more. */
static struct scalar pad(const struct ceremony *ceremony, unsigned i, unsigned j,
			 const struct scalar *tau)
{
	struct point shared = test_decode(ceremony->keys[j - 1]);
	struct transcript transcript;
	uint8_t encoded[POINT_BYTES];
	struct scalar out;

	shared = test_mul(tau, &shared);
	test_encode(encoded, &shared);
	transcript_begin(&transcript);
	transcript_text(&transcript, "type", "trustee-pad");
	transcript_item(&transcript, "ceremony", bytes_from(ceremony->id, HASH_BYTES));
	transcript_u8(&transcript, "i", (uint8_t)i);
	transcript_u8(&transcript, "j", (uint8_t)j);
	transcript_point(&transcript, "K", encoded);
	transcript_challenge(&out, &transcript);
	return out;
}

void test_deal_with(uint8_t *out, const struct ceremony *ceremony, unsigned i,
		    const struct scalar *f, const struct scalar *tau, unsigned wrong_for)
{
	const unsigned t = ceremony->threshold, n = ceremony->n;
	uint8_t *dealt = out + POINT_BYTES * (t + 1), *proof = dealt + SCALAR_BYTES * n;
	struct scalar witness[2] = {f[0], *tau};
	struct sigma_system system = {.n_rows = 2, .n_witnesses = 2};
	struct transcript header;
	struct affine base;
	struct point point;

	for (unsigned k = 0; k <= t; k++) {
		point = test_base_mul(k < t ? &f[k] : tau);
		test_encode(out + POINT_BYTES * k, &point);
	}
	for (unsigned j = 1; j <= n; j++) {
		struct scalar value = pad(ceremony, i, j, tau), power = scalar_one,
			      at = test_u64(j);

		for (unsigned k = 0; k < t; k++) {
			value = test_sum(value, test_product(power, f[k]));
			power = test_product(power, at);
		}
		if (j == wrong_for)
			value = test_sum(value, scalar_one);
		scalar_encode(dealt + SCALAR_BYTES * (j - 1), &value);
	}
	point_base(&point);
	base = test_affine(point);
	system.bases[0][0] = &base;
	system.bases[1][1] = &base;
	memcpy(system.images[0], out, POINT_BYTES);
	memcpy(system.images[1], out + POINT_BYTES * t, POINT_BYTES);
	transcript_begin(&header);
	transcript_text(&header, "type", "trustee-deal");
	transcript_item(&header, "ceremony", bytes_from(ceremony->id, HASH_BYTES));
	transcript_u8(&header, "i", (uint8_t)i);
	transcript_item(&header, "F", bytes_from(out, POINT_BYTES * t));
	transcript_item(&header, "e", bytes_from(dealt, SCALAR_BYTES * n));
	assert_int_equal(sigma_prove(proof, &header, &system, witness, &support_nonces),
			 UNDERSIGN_OK);
}

void test_poll_new(struct test_poll *out, const struct test_trustees *trustees,
		   const struct shape *shape, const char *manifest)
{
	uint8_t context[HASH_BYTES];

	out->shape = *shape;
	assert_true(shape_is_valid(shape));
	scope_context(context, bytes_from_text(manifest));
	scope_new(&out->scope, SCOPE_POLL, context, 0);
	out->poll = (struct answer_poll){&trustees->trustees.key, &out->shape, out->scope.bytes};
}

void test_answer_make(struct test_answer *out, const struct test_poll *poll)
{
	uint8_t ciphertexts[CIPHERTEXT_BYTES * SHAPE_ALL_MAX];
	struct scalar scalar = support_scalar();
	struct point tag = test_base_mul(&scalar);

	test_encode(out->tag, &tag);
	assert_int_equal(support_random.fill(NULL, out->ring_id, HASH_BYTES), UNDERSIGN_OK);
	assert_int_equal(answer_encrypt(&out->secret, ciphertexts, &poll->poll, out->choices,
					&test_opening, &support_random),
			 UNDERSIGN_OK);
	assert_int_equal(answer_prove(out->data, &poll->poll, ciphertexts, &out->secret,
				      out->ring_id, out->tag, &support_random),
			 UNDERSIGN_OK);
	out->item = (struct answer_item){out->ring_id, out->tag,
					 bytes_from(out->data, shape_answer_len(&poll->shape))};
}

void test_answer_new(struct test_answer *out, const struct test_poll *poll)
{
	size_t first = 0;

	memset(out->choices, 0, sizeof out->choices);
	for (size_t q = 0; q < poll->shape.n_questions; q++) {
		const struct shape_question *question = &poll->shape.questions[q];
		uint64_t left = question->min + support_below(1u + question->max - question->min);

		while (left > 0) {
			uint8_t *choice = &out->choices[first + support_below(question->n_options)];

			left -= *choice == 0;
			*choice = 1;
		}
		first += question->n_options;
	}
	test_answer_make(out, poll);
}

bool test_answer_both(const struct answer_poll *poll, const struct answer_item *item)
{
	const size_t len = answer_batch_scratch_len(poll->shape, 1);
	void *scratch = support_memory(len);
	const bool is_valid = answer_is_valid_vartime(poll, item);
	bool verdict;

	assert_int_equal(answer_batch_is_valid_vartime(&verdict, poll, item, 1, NULL, scratch, len),
			 is_valid);
	assert_int_equal(verdict, is_valid);
	free(scratch);
	return is_valid;
}

bool test_answer_is_valid(const struct test_answer *answer, const struct test_poll *poll)
{
	return test_answer_both(&poll->poll, &answer->item);
}
