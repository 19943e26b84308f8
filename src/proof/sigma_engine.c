#include "sigma_engine.h"

#include "batch.h"
#include "ct.h"
#include "memory.h"

void sigma_combine(uint8_t *out, const struct sigma_system *system, const struct scalar *scalars)
{
	for (unsigned a = 0; a < system->n_rows; a++) {
		struct scalar used[SIGMA_WITNESSES];
		struct point bases[SIGMA_WITNESSES], sum;
		size_t n = 0;

		for (unsigned b = 0; b < system->n_witnesses; b++) {
			if (!system->bases[a][b])
				continue;
			used[n] = scalars[b];
			point_from_affine(&bases[n++], system->bases[a][b]);
		}
		points_combine(&sum, used, bases, n);
		point_encode(out + POINT_BYTES * a, &sum);
		wipe(used, sizeof used);
		wipe(&sum, sizeof sum);
	}
}

uint64_t sigma_opens(const struct sigma_system *system, const struct scalar *witness)
{
	uint8_t images[SIGMA_ROWS * POINT_BYTES];
	uint64_t opens;

	sigma_combine(images, system, witness);
	opens = ct_bytes_are_equal(images, system->images, POINT_BYTES * system->n_rows);
	wipe(images, sizeof images);
	return opens;
}

static void absorb(struct transcript *header, const struct sigma_system *system, const char *label,
		   const uint8_t *points)
{
	for (unsigned a = 0; a < system->n_rows; a++)
		transcript_point(header, label, points + POINT_BYTES * a);
}

void sigma_challenge(struct scalar *out, struct transcript *header,
		     const struct sigma_system *system, const uint8_t *commitments)
{
	absorb(header, system, "V", system->images[0]);
	absorb(header, system, "R", commitments);
	transcript_challenge(out, header);
}

void sigma_statement(uint8_t out[static SHA512_BYTES], const struct transcript *header,
		     const struct sigma_system *system)
{
	struct transcript copy = *header;

	absorb(&copy, system, "V", system->images[0]);
	transcript_digest(out, &copy);
}

enum undersign_status sigma_prove(uint8_t *out, struct transcript *header,
				  const struct sigma_system *system, const struct scalar *witness,
				  const struct nonce_source *nonces)
{
	uint8_t *responses = out + POINT_BYTES * system->n_rows;
	struct scalar k[SIGMA_WITNESSES], x, z;
	enum undersign_status status = nonce_next_n(nonces, k, system->n_witnesses);

	if (status)
		return status;
	sigma_combine(out, system, k);
	/* The first message is published with the proof. */
	ct_declassify(out, POINT_BYTES * system->n_rows);
	sigma_challenge(&x, header, system, out);
	for (unsigned b = 0; b < system->n_witnesses; b++) {
		scalar_mul_add(&z, &x, &witness[b], &k[b]);
		scalar_encode(responses + SCALAR_BYTES * b, &z);
	}
	/* Uniform, as k is. */
	ct_declassify(responses, SCALAR_BYTES * system->n_witnesses);
	wipe(k, sizeof k);
	wipe(&z, sizeof z);
	return UNDERSIGN_OK;
}

bool sigma_scalars_decode(struct scalar *out, size_t n, struct bytes encoded)
{
	if (encoded.len != SCALAR_BYTES * n)
		return false;
	for (size_t b = 0; b < n; b++)
		if (scalar_decode(&out[b], encoded.data + SCALAR_BYTES * b) != UNDERSIGN_OK)
			return false;
	return true;
}

bool sigma_rows_hold_vartime(const struct sigma_system *system, const uint8_t *commitments,
			     const struct scalar *z, const struct scalar *x)
{
	for (unsigned a = 0; a < system->n_rows; a++) {
		struct scalar scalars[SIGMA_WITNESSES + 1];
		struct point points[SIGMA_WITNESSES + 1], commitment, sum;
		size_t n = 1;

		if (point_decode_vartime(&points[0], system->images[a]) != UNDERSIGN_OK ||
		    point_is_identity(&points[0]) ||
		    point_decode_vartime(&commitment, commitments + POINT_BYTES * a) !=
			    UNDERSIGN_OK)
			return false;
		scalar_neg(&scalars[0], x);
		for (unsigned b = 0; b < system->n_witnesses; b++) {
			if (!system->bases[a][b])
				continue;
			scalars[n] = z[b];
			point_from_affine(&points[n++], system->bases[a][b]);
		}
		points_combine(&sum, scalars, points, n);
		if (!point_is_equal(&sum, &commitment))
			return false;
	}
	return true;
}

bool sigma_holds_vartime(struct transcript *header, const struct sigma_system *system,
			 struct bytes commitments, struct bytes responses)
{
	struct scalar x, z[SIGMA_WITNESSES];

	if (commitments.len != POINT_BYTES * system->n_rows ||
	    !sigma_scalars_decode(z, system->n_witnesses, responses))
		return false;
	sigma_challenge(&x, header, system, commitments.data);
	return sigma_rows_hold_vartime(system, commitments.data, z, &x);
}

void sigma_hedge(struct nonce_hedge *out, const char *label, const struct transcript *header,
		 const struct sigma_system *system, const struct scalar *secret, size_t n_secret,
		 const struct random_source *random)
{
	uint8_t statement[SHA512_BYTES], encoded[SCALAR_BYTES * SIGMA_WITNESSES];

	CHECK(n_secret <= SIGMA_WITNESSES);
	for (size_t b = 0; b < n_secret; b++)
		scalar_encode(encoded + SCALAR_BYTES * b, &secret[b]);
	sigma_statement(statement, header, system);
	nonce_hedge_begin(out, label, bytes_from(encoded, SCALAR_BYTES * n_secret), statement,
			  random);
	wipe(encoded, sizeof encoded);
}

enum undersign_status sigma_prove_hedged(uint8_t *out, size_t out_len, struct transcript *header,
					 const struct sigma_system *system,
					 const struct scalar *witness, size_t n_secret,
					 const char *label, const struct random_source *random)
{
	struct nonce_hedge hedge;
	struct nonce_source nonces;
	enum undersign_status status;

	sigma_hedge(&hedge, label, header, system, witness, n_secret, random);
	nonces = nonce_hedge_source(&hedge);
	status = sigma_prove(out, header, system, witness, &nonces);
	nonce_hedge_wipe(&hedge);
	if (status)
		wipe(out, out_len);
	return status;
}

void sigma_commitment_row(struct sigma_system *system, unsigned row,
			  const struct generators *generators)
{
	for (unsigned j = 0; j < TAG_DIMENSION; j++)
		system->bases[row][j] = &generators->g[j];
	system->bases[row][TAG_DIMENSION] = &generators->h;
}

void sigma_tag_row(struct sigma_system *system, unsigned row, const struct scope *scope)
{
	for (unsigned j = 0; j < TAG_DIMENSION; j++)
		system->bases[row][j] = &scope->u[j];
}

void sigma_witness(struct scalar out[static SIGMA_WITNESSES], const struct opening *opening)
{
	memcpy(out, opening->s, sizeof opening->s);
	out[TAG_DIMENSION] = opening->r;
}
