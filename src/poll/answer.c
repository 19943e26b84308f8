#include "answer.h"

#include "answer_with.h"
#include "nonce.h"
#include "transcript.h"

#include "batch.h"
#include "ct.h"
#include "memory.h"

#define LABEL PROTOCOL_NAME " nonce answer"

void answer_challenge(struct scalar *out, const struct answer_poll *poll,
		      const uint8_t ring_id[static HASH_BYTES],
		      const uint8_t tag[static POINT_BYTES], const uint8_t *answer)
{
	const size_t ciphertexts_len = shape_ciphertexts_len(poll->shape);
	uint8_t shape[SHAPE_BYTES_MAX];
	struct writer writer = writer_new(shape, sizeof shape);
	struct transcript transcript;

	shape_write(&writer, poll->shape);
	transcript_begin(&transcript);
	transcript_text(&transcript, "type", "answer");
	transcript_item(&transcript, "key", bytes_from(poll->key->id, HASH_BYTES));
	transcript_item(&transcript, "shape", writer_view(&writer));
	transcript_point(&transcript, "Y", poll->key->encoded);
	transcript_item(&transcript, "scope", bytes_from(poll->scope, SCOPE_BYTES));
	transcript_item(&transcript, "ring", bytes_from(ring_id, HASH_BYTES));
	transcript_point(&transcript, "T", tag);
	transcript_item(&transcript, "C", bytes_from(answer, ciphertexts_len));
	transcript_item(&transcript, "A",
			bytes_from(answer + ciphertexts_len, shape_commitments_len(poll->shape)));
	transcript_challenge(out, &transcript);
}

void answer_payload(uint8_t out[static ANSWER_PAYLOAD_BYTES], const struct shape *shape,
		    const uint8_t *answer)
{
	sha512(out, bytes_from(answer, shape_ciphertexts_len(shape)));
}

/* 1 if the choices are allowed. Secret. */
static uint64_t choices_are_allowed(const struct shape *shape, const uint8_t *choices)
{
	uint64_t is_allowed = 1;
	size_t option = 0;

	for (size_t q = 0; q < shape->n_questions; q++) {
		const struct shape_question *question = &shape->questions[q];
		uint64_t sum = 0, is_between = 0;

		for (size_t o = 0; o < question->n_options; o++, option++) {
			is_allowed &=
				ct_is_equal(choices[option], 0) | ct_is_equal(choices[option], 1);
			sum += choices[option];
		}
		for (uint64_t value = question->min; value <= question->max; value++)
			is_between |= ct_is_equal(sum, value);
		is_allowed &= is_between;
	}
	return is_allowed;
}

/* a Y + b G, encoded. Constant time. */
static void encode_pair(uint8_t out[static POINT_BYTES], const struct poll_key *key,
			const struct scalar *a, const struct scalar *b)
{
	struct scalar scalars[2] = {*a, *b};
	struct point points[2], sum;

	point_from_affine(&points[0], &key->y);
	point_base(&points[1]);
	points_combine(&sum, scalars, points, 2);
	point_encode(out, &sum);
	wipe(scalars, sizeof scalars);
	wipe(&sum, sizeof sum);
}

static void encode_multiple(uint8_t out[static POINT_BYTES], const struct scalar *a)
{
	struct point point;

	point_mul_base(&point, a);
	point_encode(out, &point);
	wipe(&point, sizeof point);
}

enum undersign_status answer_encrypt_with(struct answer_secret *out_secret, uint8_t *out,
					  const struct answer_poll *poll, const uint8_t *choices,
					  const struct nonce_source *nonces)
{
	const size_t n = shape_n_options(poll->shape);
	uint64_t is_allowed = choices_are_allowed(poll->shape, choices);
	enum undersign_status status;

	memset(out_secret, 0, sizeof *out_secret);
	memset(out, 0, CIPHERTEXT_BYTES * n);
	/* Whether what a person chose is an answer at all is told to him. */
	ct_declassify(&is_allowed, sizeof is_allowed);
	if (!is_allowed)
		return UNDERSIGN_E_INVALID;
	status = nonce_next_n(nonces, out_secret->r, n);
	if (status)
		return status;
	for (size_t option = 0; option < n; option++) {
		struct scalar v;

		out_secret->choices[option] = choices[option];
		scalar_from_u64(&v, choices[option]);
		encode_multiple(out + CIPHERTEXT_BYTES * option, &out_secret->r[option]);
		encode_pair(out + CIPHERTEXT_BYTES * option + POINT_BYTES, poll->key,
			    &out_secret->r[option], &v);
		wipe(&v, sizeof v);
	}
	ct_declassify(out, CIPHERTEXT_BYTES * n); /* ciphertexts are published */
	return UNDERSIGN_OK;
}

/* What one value of one proof keeps between its commitment and its response. */
struct branch {
	struct scalar z, c;
	uint64_t is_true;
};

/* The secrets of one proof: the sum of its options'. */
struct witness {
	uint64_t v;
	struct scalar r;
};

static void make_witness(struct witness *out, const struct shape_walk *walk,
			 const struct answer_secret *secret)
{
	*out = (struct witness){0};
	for (size_t o = 0; o < walk->n_options; o++) {
		out->v += secret->choices[walk->first_option + o];
		scalar_add(&out->r, &out->r, &secret->r[walk->first_option + o]);
	}
}

/* A = (z - c r) G, B = (z - c r) Y - c (v - u) G: A_u and B_u of 14.4 for R = rG, S = vG + rY. The
 * true value has c = 0, and is made as the others are. */
static enum undersign_status commit(uint8_t *out, struct branch *branch, const struct poll_key *key,
				    const struct witness *witness, unsigned value,
				    const struct nonce_source *nonces)
{
	struct scalar a, b, u, v;
	enum undersign_status status = nonce_next(nonces, &branch->z);

	if (!status)
		status = nonce_next(nonces, &branch->c);
	if (status)
		return status;
	branch->is_true = ct_is_equal(witness->v, value);
	scalar_select(&branch->c, branch->is_true, &scalar_zero, &branch->c);
	scalar_mul(&a, &branch->c, &witness->r);
	scalar_sub(&a, &branch->z, &a);
	scalar_from_u64(&u, value);
	scalar_from_u64(&v, witness->v);
	scalar_sub(&b, &u, &v);
	scalar_mul(&b, &b, &branch->c);
	encode_multiple(out, &a);
	encode_pair(out + POINT_BYTES, key, &a, &b);
	wipe(&a, sizeof a);
	wipe(&b, sizeof b);
	wipe(&v, sizeof v);
	return UNDERSIGN_OK;
}

static void respond(uint8_t *out_c, uint8_t *out_z, struct branch *branches, size_t n,
		    const struct witness *witness, const struct scalar *x)
{
	struct scalar rest = *x, own;

	for (size_t k = 0; k < n; k++)
		scalar_sub(&rest, &rest, &branches[k].c);
	scalar_mul(&own, &rest, &witness->r);
	for (size_t k = 0; k < n; k++) {
		struct branch *branch = &branches[k];
		struct scalar term;

		scalar_select(&branch->c, branch->is_true, &rest, &branch->c);
		scalar_select(&term, branch->is_true, &own, &scalar_zero);
		scalar_add(&branch->z, &branch->z, &term);
		if (k > 0)
			scalar_encode(out_c + SCALAR_BYTES * (k - 1), &branch->c);
		scalar_encode(out_z + SCALAR_BYTES * k, &branch->z);
		wipe(&term, sizeof term);
	}
	wipe(&own, sizeof own);
	wipe(&rest, sizeof rest);
}

/* Options have two values each, questions at most all of their options and none. */
#define BRANCHES_MAX (3 * SHAPE_ALL_MAX + SHAPE_QUESTIONS_MAX)

enum undersign_status
answer_prove_with(uint8_t *out, const struct answer_poll *poll, const uint8_t *ciphertexts,
		  const struct answer_secret *secret, const uint8_t ring_id[static HASH_BYTES],
		  const uint8_t tag[static POINT_BYTES], const struct nonce_source *nonces)
{
	uint8_t *commitments = out + shape_ciphertexts_len(poll->shape);
	uint8_t *responses = commitments + shape_commitments_len(poll->shape);
	struct branch branches[BRANCHES_MAX];
	struct witness witness;
	struct scalar x;
	struct shape_walk walk = {.shape = poll->shape};
	enum undersign_status status = UNDERSIGN_OK;

	memmove(out, ciphertexts, shape_ciphertexts_len(poll->shape));
	while (!status && shape_walk_next(&walk)) {
		make_witness(&witness, &walk, secret);
		for (size_t k = 0; k < shape_walk_n_values(&walk) && !status; k++) {
			const size_t value = walk.first_value + k;

			status = commit(commitments + 2 * POINT_BYTES * value, &branches[value],
					poll->key, &witness, walk.low + (unsigned)k, nonces);
		}
	}
	if (status) {
		memset(out, 0, shape_answer_len(poll->shape));
		goto out;
	}
	/* First messages are published with the answer. */
	ct_declassify(commitments, shape_commitments_len(poll->shape));
	answer_challenge(&x, poll, ring_id, tag, out);
	walk = (struct shape_walk){.shape = poll->shape};
	while (shape_walk_next(&walk)) {
		const size_t n = shape_walk_n_values(&walk);

		make_witness(&witness, &walk, secret);
		respond(responses, responses + SCALAR_BYTES * (n - 1), &branches[walk.first_value],
			n, &witness, &x);
		responses += SCALAR_BYTES * (2 * n - 1);
	}
	/* Uniform, whatever was chosen. */
	ct_declassify(out, shape_answer_len(poll->shape));
out:
	wipe(branches, sizeof branches);
	wipe(&witness, sizeof witness);
	return status;
}

/* --- With hedged nonces --- */

enum undersign_status answer_encrypt(struct answer_secret *out_secret, uint8_t *out,
				     const struct answer_poll *poll, const uint8_t *choices,
				     const struct opening *opening,
				     const struct random_source *random)
{
	uint8_t statement[SHA512_BYTES], hidden[OPENING_BYTES + SHAPE_ALL_MAX] = {0};
	const size_t n = shape_n_options(poll->shape);
	struct transcript transcript;
	struct nonce_hedge hedge;
	struct nonce_source nonces;
	enum undersign_status status;

	transcript_begin(&transcript);
	transcript_item(&transcript, "key", bytes_from(poll->key->id, HASH_BYTES));
	transcript_item(&transcript, "scope", bytes_from(poll->scope, SCOPE_BYTES));
	transcript_digest(statement, &transcript);
	opening_encode(hidden, opening);
	memcpy(hidden + OPENING_BYTES, choices, n);
	nonce_hedge_begin(&hedge, LABEL, bytes_from(hidden, sizeof hidden), statement, random);
	nonces = nonce_hedge_source(&hedge);
	status = answer_encrypt_with(out_secret, out, poll, choices, &nonces);
	nonce_hedge_wipe(&hedge);
	wipe(hidden, sizeof hidden);
	return status;
}

enum undersign_status answer_prove(uint8_t *out, const struct answer_poll *poll,
				   const uint8_t *ciphertexts, const struct answer_secret *secret,
				   const uint8_t ring_id[static HASH_BYTES],
				   const uint8_t tag[static POINT_BYTES],
				   const struct random_source *random)
{
	uint8_t statement[SHA512_BYTES], hidden[SCALAR_BYTES * SHAPE_ALL_MAX];
	const size_t n = shape_n_options(poll->shape);
	struct transcript transcript;
	struct nonce_hedge hedge;
	struct nonce_source nonces;
	enum undersign_status status;

	transcript_begin(&transcript);
	transcript_item(&transcript, "key", bytes_from(poll->key->id, HASH_BYTES));
	transcript_item(&transcript, "scope", bytes_from(poll->scope, SCOPE_BYTES));
	transcript_item(&transcript, "ring", bytes_from(ring_id, HASH_BYTES));
	transcript_point(&transcript, "T", tag);
	transcript_item(&transcript, "C",
			bytes_from(ciphertexts, shape_ciphertexts_len(poll->shape)));
	transcript_digest(statement, &transcript);
	for (size_t option = 0; option < n; option++)
		scalar_encode(hidden + SCALAR_BYTES * option, &secret->r[option]);
	nonce_hedge_begin(&hedge, LABEL " proof", bytes_from(hidden, SCALAR_BYTES * n), statement,
			  random);
	nonces = nonce_hedge_source(&hedge);
	status = answer_prove_with(out, poll, ciphertexts, secret, ring_id, tag, &nonces);
	nonce_hedge_wipe(&hedge);
	wipe(hidden, sizeof hidden);
	return status;
}
