#include "share.h"

#include "nonce.h"
#include "transcript.h"

#include "batch.h"
#include "ct.h"
#include "memory.h"

#define LABEL PROTOCOL_NAME " nonce share"

static struct transcript begin(const struct share_poll *poll, unsigned j, const uint8_t *points)
{
	const struct trustees *trustees = poll->trustees;
	struct transcript out;
	uint8_t verifier[POINT_BYTES];
	struct point point;

	point_from_affine(&point, &trustees->verifiers[j - 1]);
	point_encode(verifier, &point);
	transcript_begin(&out);
	transcript_text(&out, "type", "share");
	transcript_item(&out, "key", bytes_from(trustees->key.id, HASH_BYTES));
	transcript_item(&out, "scope", bytes_from(poll->scope, SCOPE_BYTES));
	transcript_u8(&out, "j", (uint8_t)j);
	transcript_point(&out, "P", verifier);
	transcript_item(&out, "sums", bytes_from(poll->sums, CIPHERTEXT_BYTES * poll->n_sums));
	transcript_item(&out, "D", bytes_from(points, POINT_BYTES * poll->n_sums));
	return out;
}

static void challenge(struct scalar *out, struct transcript *transcript,
		      const struct share_poll *poll, const uint8_t a[static POINT_BYTES],
		      const uint8_t *b)
{
	transcript_point(transcript, "A", a);
	transcript_item(transcript, "B", bytes_from(b, POINT_BYTES * poll->n_sums));
	transcript_challenge(out, transcript);
}

void share_sums_id(uint8_t out[static HASH_BYTES], const struct share_poll *poll)
{
	struct transcript transcript;

	transcript_begin(&transcript);
	transcript_text(&transcript, "type", "sums");
	transcript_item(&transcript, "key", bytes_from(poll->trustees->key.id, HASH_BYTES));
	transcript_item(&transcript, "scope", bytes_from(poll->scope, SCOPE_BYTES));
	transcript_item(&transcript, "sums",
			bytes_from(poll->sums, CIPHERTEXT_BYTES * poll->n_sums));
	transcript_b32(out, &transcript);
}

/* out[k] = secret R_k. Constant time in the secret. */
static enum undersign_status multiply_sums(uint8_t *out, const struct share_poll *poll,
					   const struct scalar *secret)
{
	for (size_t k = 0; k < poll->n_sums; k++) {
		struct point r;

		if (point_decode_vartime(&r, poll->sums + CIPHERTEXT_BYTES * k) != UNDERSIGN_OK)
			return UNDERSIGN_E_ENCODING;
		point_mul(&r, secret, &r);
		point_encode(out + POINT_BYTES * k, &r);
		wipe(&r, sizeof r);
	}
	return UNDERSIGN_OK;
}

/* 1 if the secret is that of P_j. */
static uint64_t is_share_of(const struct trustees *trustees, unsigned j,
			    const struct scalar *secret)
{
	struct point own, verifier;
	uint64_t is_own;

	point_mul_base(&own, secret);
	point_from_affine(&verifier, &trustees->verifiers[j - 1]);
	is_own = point_is_equal(&own, &verifier);
	/* Whose the file is, its owner knows. */
	ct_declassify(&is_own, sizeof is_own);
	wipe(&own, sizeof own);
	return is_own;
}

static enum undersign_status make(uint8_t *out, const struct share_poll *poll, unsigned j,
				  const struct scalar *secret, const struct random_source *random,
				  uint8_t *scratch)
{
	uint8_t statement[SHA512_BYTES], encoded[SCALAR_BYTES], a[POINT_BYTES];
	uint8_t *proof = out + POINT_BYTES * poll->n_sums;
	struct transcript transcript, copy;
	struct nonce_hedge hedge;
	struct nonce_source nonces;
	struct scalar kappa, x, z;
	struct point commitment;
	enum undersign_status status = multiply_sums(out, poll, secret);

	if (status)
		return status;
	ct_declassify(out, POINT_BYTES * poll->n_sums); /* what a share is for */
	transcript = begin(poll, j, out);
	copy = transcript;
	transcript_digest(statement, &copy);
	scalar_encode(encoded, secret);
	nonce_hedge_begin(&hedge, LABEL, bytes_from(encoded, sizeof encoded), statement, random);
	nonces = nonce_hedge_source(&hedge);
	status = nonce_next(&nonces, &kappa);
	if (!status)
		status = multiply_sums(scratch, poll, &kappa);
	if (!status) {
		point_mul_base(&commitment, &kappa);
		point_encode(a, &commitment);
		/* First messages: the proof gives them away. */
		ct_declassify(a, sizeof a);
		ct_declassify(scratch, POINT_BYTES * poll->n_sums);
		challenge(&x, &transcript, poll, a, scratch);
		scalar_mul_add(&z, &x, secret, &kappa);
		scalar_encode(proof, &x);
		scalar_encode(proof + SCALAR_BYTES, &z);
		ct_declassify(proof, 2 * SCALAR_BYTES); /* uniform, as kappa is */
	}
	nonce_hedge_wipe(&hedge);
	wipe(&kappa, sizeof kappa);
	wipe(&z, sizeof z);
	wipe(encoded, sizeof encoded);
	return status;
}

enum undersign_status share_make(uint8_t *out, const struct share_poll *poll, unsigned j,
				 const struct scalar *secret, const struct random_source *random,
				 uint8_t *scratch)
{
	enum undersign_status status = UNDERSIGN_E_INVALID;

	CHECK(j >= 1 && j <= poll->trustees->n && poll->n_sums <= SHARE_SUMS_MAX);
	if (is_share_of(poll->trustees, j, secret))
		status = make(out, poll, j, secret, random, scratch);
	if (status)
		memset(out, 0, share_len(poll->n_sums));
	return status;
}

/* out = z base - x image, encoded. */
static void recompute(uint8_t out[static POINT_BYTES], const struct scalar *z,
		      const struct scalar *minus_x, const struct point *base,
		      const struct point *image)
{
	const struct scalar scalars[2] = {*z, *minus_x};
	const struct point points[2] = {*base, *image};
	struct point sum;

	points_combine(&sum, scalars, points, 2);
	point_encode(out, &sum);
}

bool share_is_valid_vartime(const struct share_poll *poll, unsigned j, struct bytes share,
			    uint8_t *scratch)
{
	struct scalar x, z, minus_x, expected;
	struct point base, image;
	struct transcript transcript;
	uint8_t a[POINT_BYTES];

	if (j < 1 || j > poll->trustees->n || poll->n_sums > SHARE_SUMS_MAX ||
	    share.len != share_len(poll->n_sums))
		return false;
	const uint8_t *proof = share.data + POINT_BYTES * poll->n_sums;
	if (scalar_decode(&x, proof) != UNDERSIGN_OK ||
	    scalar_decode(&z, proof + SCALAR_BYTES) != UNDERSIGN_OK)
		return false;
	scalar_neg(&minus_x, &x);
	point_base(&base);
	point_from_affine(&image, &poll->trustees->verifiers[j - 1]);
	recompute(a, &z, &minus_x, &base, &image);
	for (size_t k = 0; k < poll->n_sums; k++) {
		if (point_decode_vartime(&base, poll->sums + CIPHERTEXT_BYTES * k) !=
			    UNDERSIGN_OK ||
		    point_decode_vartime(&image, share.data + POINT_BYTES * k) != UNDERSIGN_OK)
			return false;
		recompute(scratch + POINT_BYTES * k, &z, &minus_x, &base, &image);
	}
	transcript = begin(poll, j, share.data);
	challenge(&expected, &transcript, poll, a, scratch);
	return scalar_is_equal(&expected, &x);
}

/* lambda of trustees[at]: prod of i / (i - j) over the others. */
static struct scalar lagrange(const unsigned *trustees, unsigned n, unsigned at)
{
	struct scalar above = scalar_one, below = scalar_one, i, j, difference;

	scalar_from_u64(&j, trustees[at]);
	for (unsigned k = 0; k < n; k++) {
		if (k == at)
			continue;
		scalar_from_u64(&i, trustees[k]);
		scalar_mul(&above, &above, &i);
		scalar_sub(&difference, &i, &j);
		scalar_mul(&below, &below, &difference);
	}
	scalar_invert(&below, &below);
	scalar_mul(&above, &above, &below);
	return above;
}

enum undersign_status share_combine_vartime(struct point *out, const struct share_poll *poll,
					    const unsigned *trustees, const struct bytes *shares)
{
	const unsigned n = poll->trustees->threshold;
	struct scalar minus_lambda[TRUSTEES_MAX];
	struct point points[TRUSTEES_MAX], sum;

	for (unsigned k = 0; k < n; k++) {
		minus_lambda[k] = lagrange(trustees, n, k);
		scalar_neg(&minus_lambda[k], &minus_lambda[k]);
	}
	for (size_t m = 0; m < poll->n_sums; m++) {
		if (point_decode_vartime(&out[m], poll->sums + CIPHERTEXT_BYTES * m +
							  POINT_BYTES) != UNDERSIGN_OK)
			return UNDERSIGN_E_ENCODING;
		for (unsigned k = 0; k < n; k++)
			if (point_decode_vartime(&points[k], shares[k].data + POINT_BYTES * m) !=
			    UNDERSIGN_OK)
				return UNDERSIGN_E_ENCODING;
		points_combine(&sum, minus_lambda, points, n);
		point_add(&out[m], &out[m], &sum);
	}
	return UNDERSIGN_OK;
}
