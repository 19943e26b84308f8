/* Checking answers: one by one, as 14.4 defines it, and many in one sum. */
#include "answer.h"

#include "answer_with.h"
#include "bisect.h"
#include "ring_sum.h"
#include "scratch.h"
#include "weights.h"

#include "batch.h"
#include "memory.h"

/* Terms of one multiscalar multiplication; more would cost memory and gain little. */
#define TERMS_MAX ((size_t)65536)

/* Options have two values each, questions at most all of their options and none. */
#define VALUES_MAX (3 * SHAPE_ALL_MAX + SHAPE_QUESTIONS_MAX)

/* The responses of an answer, all canonical: c and z of each value, c of a proof's first one made
 * from the challenge. */
struct responses {
	struct scalar c[VALUES_MAX], z[VALUES_MAX];
};

static bool read_responses(struct responses *out, const struct shape *shape, const uint8_t *encoded,
			   const struct scalar *x)
{
	struct shape_walk walk = {.shape = shape};

	while (shape_walk_next(&walk)) {
		const size_t n = shape_walk_n_values(&walk), first = walk.first_value;

		out->c[first] = *x;
		for (size_t k = 1; k < n; k++, encoded += SCALAR_BYTES) {
			if (scalar_decode(&out->c[first + k], encoded) != UNDERSIGN_OK)
				return false;
			scalar_sub(&out->c[first], &out->c[first], &out->c[first + k]);
		}
		for (size_t k = 0; k < n; k++, encoded += SCALAR_BYTES)
			if (scalar_decode(&out->z[first + k], encoded) != UNDERSIGN_OK)
				return false;
	}
	return true;
}

/* E4 and E5 of one value. */
static bool value_holds(const struct poll_key *key, const uint8_t *commitment,
			const struct scalar *z, const struct scalar *c, const struct point *r,
			const struct point *s, unsigned value)
{
	struct scalar scalars[3], u;
	struct point points[3], sum, a, b;

	if (point_decode_vartime(&a, commitment) != UNDERSIGN_OK ||
	    point_decode_vartime(&b, commitment + POINT_BYTES) != UNDERSIGN_OK)
		return false;
	scalars[0] = *z;
	scalar_neg(&scalars[1], c);
	point_base(&points[0]);
	points[1] = *r;
	points_combine(&sum, scalars, points, 2);
	if (!point_is_equal(&sum, &a))
		return false;
	/* z Y - c S + c u G */
	scalar_from_u64(&u, value);
	scalar_mul(&scalars[2], c, &u);
	point_from_affine(&points[0], &key->y);
	points[1] = *s;
	point_base(&points[2]);
	points_combine(&sum, scalars, points, 3);
	return point_is_equal(&sum, &b);
}

static bool sum_options(struct point *r, struct point *s, const uint8_t *ciphertexts, size_t n)
{
	point_identity(r);
	point_identity(s);
	for (size_t o = 0; o < n; o++) {
		struct point part;

		if (point_decode_vartime(&part, ciphertexts + CIPHERTEXT_BYTES * o) != UNDERSIGN_OK)
			return false;
		point_add(r, r, &part);
		if (point_decode_vartime(&part, ciphertexts + CIPHERTEXT_BYTES * o + POINT_BYTES) !=
		    UNDERSIGN_OK)
			return false;
		point_add(s, s, &part);
	}
	return true;
}

bool answer_is_valid_vartime(const struct answer_poll *poll, const struct answer_item *item)
{
	const uint8_t *answer = item->answer.data;
	const uint8_t *commitments = answer + shape_ciphertexts_len(poll->shape);
	struct shape_walk walk = {.shape = poll->shape};
	struct responses responses;
	struct scalar x;

	if (item->answer.len != shape_answer_len(poll->shape))
		return false;
	answer_challenge(&x, poll, item->ring_id, item->tag, answer);
	if (!read_responses(&responses, poll->shape,
			    commitments + shape_commitments_len(poll->shape), &x))
		return false;
	while (shape_walk_next(&walk)) {
		struct point r, s;

		if (!sum_options(&r, &s, answer + CIPHERTEXT_BYTES * walk.first_option,
				 walk.n_options))
			return false;
		for (size_t k = 0; k < shape_walk_n_values(&walk); k++) {
			const size_t value = walk.first_value + k;

			if (!value_holds(poll->key, commitments + 2 * POINT_BYTES * value,
					 &responses.z[value], &responses.c[value], &r, &s,
					 walk.low + (unsigned)k))
				return false;
		}
	}
	return true;
}

/* --- Many --- */

/* sum over all of w_1 (E4) + w_2 (E5) = 0: terms of R, S, A, B of each answer, and two of all. */
struct batch {
	const struct answer_poll *poll;
	const struct answer_item *items;
	bool *verdicts;
	uint8_t seed[SHA512_BYTES];
	struct affine *points;
	struct scalar *scalars;
	size_t n_terms, terms_max;
	struct scratch rest;
};

static size_t terms_of_answer(const struct shape *shape)
{
	return 2 * shape_n_options(shape) + 2 * shape_n_values(shape);
}

/* Room for whole answers, and the two terms that all share. */
static size_t terms_of(const struct shape *shape, size_t n)
{
	const size_t each = terms_of_answer(shape);
	size_t answers = 1;

	while (answers < n && (answers + 1) * each <= TERMS_MAX)
		answers++;
	return answers * each + 2;
}

size_t answer_batch_scratch_len(const struct shape *shape, size_t n)
{
	const size_t terms = terms_of(shape, n);

	return scratch_need(1, sizeof(struct batch)) + scratch_need(terms, sizeof(struct affine)) +
	       scratch_need(terms, sizeof(struct scalar)) +
	       scratch_need(ring_sum_terms_scratch_len(terms), 1);
}

/* Adds weight times E4 and E5 of the values of one proof. option, commitment: where the terms of
 * its first option and of its first value stand. */
static void add_proof(struct scalar shared[static 2], struct scalar *option,
		      struct scalar *commitment, const struct shape_walk *walk,
		      const struct responses *responses, const uint8_t seed[static SHA512_BYTES],
		      uint64_t first_weight)
{
	struct scalar of_r = scalar_zero, of_s = scalar_zero;

	for (size_t k = 0; k < shape_walk_n_values(walk); k++) {
		const struct scalar *z = &responses->z[walk->first_value + k];
		const struct scalar *c = &responses->c[walk->first_value + k];
		struct scalar w[WEIGHTS_EACH], u, term;

		weights_of_item(w, seed, first_weight + walk->first_value + k);
		scalar_neg(&commitment[2 * k], &w[0]);
		scalar_neg(&commitment[2 * k + 1], &w[1]);
		/* w_1 (zG - cR - A) */
		scalar_mul_add(&shared[0], &w[0], z, &shared[0]);
		scalar_mul(&term, &w[0], c);
		scalar_sub(&of_r, &of_r, &term);
		/* w_2 (zY - cS + cuG - B) */
		scalar_mul_add(&shared[1], &w[1], z, &shared[1]);
		scalar_mul(&term, &w[1], c);
		scalar_sub(&of_s, &of_s, &term);
		scalar_from_u64(&u, walk->low + k);
		scalar_mul_add(&shared[0], &term, &u, &shared[0]);
	}
	for (size_t o = 0; o < walk->n_options; o++) {
		scalar_add(&option[2 * o], &option[2 * o], &of_r);
		scalar_add(&option[2 * o + 1], &option[2 * o + 1], &of_s);
	}
}

static bool add_answer(struct batch *batch, struct scalar shared[static 2], size_t t)
{
	const struct answer_item *item = &batch->items[t];
	const struct shape *shape = batch->poll->shape;
	const size_t n_points = terms_of_answer(shape), n_options = shape_n_options(shape);
	struct scalar *scalars = batch->scalars + batch->n_terms;
	struct shape_walk walk = {.shape = shape};
	struct responses responses;
	struct scalar x;

	answer_challenge(&x, batch->poll, item->ring_id, item->tag, item->answer.data);
	/* Ciphertexts and commitments are points that stand one after the other. */
	if (!read_responses(&responses, shape, item->answer.data + POINT_BYTES * n_points, &x) ||
	    points_decode_vartime(batch->points + batch->n_terms, item->answer.data, n_points) !=
		    n_points)
		return false;
	for (size_t k = 0; k < 2 * n_options; k++)
		scalars[k] = scalar_zero;
	while (shape_walk_next(&walk))
		add_proof(shared, scalars + 2 * walk.first_option,
			  scalars + 2 * (n_options + walk.first_value), &walk, &responses,
			  batch->seed, (uint64_t)t * VALUES_MAX);
	batch->n_terms += n_points;
	return true;
}

static void flush(struct batch *batch, struct point *total)
{
	struct point sum;

	msm_vartime(&sum, batch->scalars, batch->points, batch->n_terms, batch->rest.next,
		    batch->rest.left);
	point_add(total, total, &sum);
	batch->n_terms = 0;
}

static void total(void *cookie, struct point *out, size_t begin, size_t end)
{
	struct batch *batch = cookie;
	const size_t each = terms_of_answer(batch->poll->shape);
	struct scalar shared[2] = {scalar_zero, scalar_zero};
	struct point base;

	point_identity(out);
	batch->n_terms = 0;
	for (size_t t = begin; t < end; t++) {
		if (batch->n_terms + each + 2 > batch->terms_max)
			flush(batch, out);
		if (batch->verdicts[t])
			batch->verdicts[t] = add_answer(batch, shared, t);
	}
	if (batch->n_terms + 2 > batch->terms_max)
		flush(batch, out);
	point_base(&base);
	affine_from_point(&batch->points[batch->n_terms], &base);
	batch->scalars[batch->n_terms++] = shared[0];
	batch->points[batch->n_terms] = batch->poll->key->y;
	batch->scalars[batch->n_terms++] = shared[1];
	flush(batch, out);
}

static void exclude(void *cookie, size_t t)
{
	struct batch *batch = cookie;

	batch->verdicts[t] = false;
}

static void seed_batch(struct batch *batch, size_t n, const uint8_t *fresh)
{
	static const uint8_t none[HASH_BYTES];
	static const char label[] = PROTOCOL_NAME " answers";
	const struct answer_poll *poll = batch->poll;
	uint8_t shape[SHAPE_BYTES_MAX];
	struct writer writer = writer_new(shape, sizeof shape);
	struct sha512 hash;

	shape_write(&writer, poll->shape);
	sha512_begin(&hash);
	sha512_add(&hash, label, sizeof label);
	sha512_add(&hash, fresh ? fresh : none, HASH_BYTES);
	sha512_add(&hash, poll->key->id, HASH_BYTES);
	sha512_add(&hash, poll->key->encoded, POINT_BYTES);
	sha512_add(&hash, poll->scope, SCOPE_BYTES);
	sha512_add(&hash, writer.data, writer.len);
	for (size_t t = 0; t < n; t++) {
		sha512_add(&hash, batch->items[t].ring_id, HASH_BYTES);
		sha512_add(&hash, batch->items[t].tag, POINT_BYTES);
		/* Those of another length are out already. */
		if (batch->verdicts[t])
			sha512_add(&hash, batch->items[t].answer.data, batch->items[t].answer.len);
	}
	sha512_end(&hash, batch->seed);
}

bool answer_batch_is_valid_vartime(bool *verdicts, const struct answer_poll *poll,
				   const struct answer_item *items, size_t n, const uint8_t *fresh,
				   void *scratch, size_t scratch_len)
{
	struct scratch memory = scratch_new(scratch, scratch_len);
	struct batch *batch = scratch_take(&memory, 1, sizeof *batch);
	const size_t terms = terms_of(poll->shape, n);
	struct bisect bisect = {total, exclude, batch};
	bool is_all = true;

	*batch = (struct batch){
		.poll = poll,
		.items = items,
		.verdicts = verdicts,
		.points = scratch_take(&memory, terms, sizeof(struct affine)),
		.scalars = scratch_take(&memory, terms, sizeof(struct scalar)),
		.terms_max = terms,
	};
	batch->rest = memory;
	for (size_t t = 0; t < n; t++)
		verdicts[t] = items[t].answer.len == shape_answer_len(poll->shape);
	seed_batch(batch, n, fresh);
	bisect_vartime(&bisect, n);
	for (size_t t = 0; t < n; t++)
		is_all = is_all && verdicts[t];
	return is_all;
}
