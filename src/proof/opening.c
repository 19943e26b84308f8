#include "opening.h"

#include "nonce.h"

#include "batch.h"
#include "ct.h"
#include "memory.h"

enum undersign_status opening_new(struct opening *out, const struct random_source *random)
{
	enum undersign_status status = UNDERSIGN_OK;

	for (unsigned j = 0; j < TAG_DIMENSION && !status; j++)
		status = nonce_fresh(&out->s[j], random);
	if (!status)
		status = nonce_fresh(&out->r, random);
	if (status)
		opening_wipe(out);
	return status;
}

enum undersign_status opening_new_sibling(struct opening *out, const struct opening *opening,
					  const struct random_source *random)
{
	struct scalar r;
	enum undersign_status status = nonce_fresh(&r, random);

	if (status) {
		opening_wipe(out);
		return status;
	}
	memcpy(out->s, opening->s, sizeof out->s);
	out->r = r;
	wipe(&r, sizeof r);
	return UNDERSIGN_OK;
}

void opening_from_seed(struct opening *out, const uint8_t seed[static ED25519_SEED_BYTES])
{
	memset(out, 0, sizeof *out);
	ed25519_seed_to_scalar(&out->s[0], seed);
}

void opening_encode(uint8_t out[static OPENING_BYTES], const struct opening *opening)
{
	for (unsigned j = 0; j < TAG_DIMENSION; j++)
		scalar_encode(out + SCALAR_BYTES * j, &opening->s[j]);
	scalar_encode(out + SCALAR_BYTES * TAG_DIMENSION, &opening->r);
}

enum undersign_status opening_decode(struct opening *out, const uint8_t in[static OPENING_BYTES])
{
	enum undersign_status status = UNDERSIGN_OK;

	for (unsigned j = 0; j < TAG_DIMENSION && !status; j++)
		status = scalar_decode(&out->s[j], in + SCALAR_BYTES * j);
	if (!status)
		status = scalar_decode(&out->r, in + SCALAR_BYTES * TAG_DIMENSION);
	if (status)
		opening_wipe(out);
	return status;
}

void opening_commit(struct point *out, const struct generators *generators,
		    const struct opening *opening)
{
	struct point bases[TAG_DIMENSION + 1];
	struct scalar scalars[TAG_DIMENSION + 1];

	for (unsigned j = 0; j < TAG_DIMENSION; j++) {
		point_from_affine(&bases[j], &generators->g[j]);
		scalars[j] = opening->s[j];
	}
	point_from_affine(&bases[TAG_DIMENSION], &generators->h);
	scalars[TAG_DIMENSION] = opening->r;
	points_combine(out, scalars, bases, TAG_DIMENSION + 1);
	wipe(scalars, sizeof scalars);
}

void opening_commit_encoded(uint8_t out[static POINT_BYTES], const struct generators *generators,
			    const struct opening *opening)
{
	struct point point;

	opening_commit(&point, generators, opening);
	point_encode(out, &point);
	wipe(&point, sizeof point);
}

enum undersign_status opening_tag(uint8_t out[static POINT_BYTES], const struct scope *scope,
				  const struct opening *opening)
{
	struct point bases[TAG_DIMENSION], tag;
	uint64_t is_zero;

	for (unsigned j = 0; j < TAG_DIMENSION; j++)
		point_from_affine(&bases[j], &scope->u[j]);
	points_combine(&tag, opening->s, bases, TAG_DIMENSION);
	point_encode(out, &tag);
	is_zero = point_is_identity(&tag);
	wipe(&tag, sizeof tag);
	/* Whether it is zero is public: the statement is refused or goes out. */
	ct_declassify(&is_zero, sizeof is_zero);
	return is_zero ? UNDERSIGN_E_INVALID : UNDERSIGN_OK;
}

void opening_wipe(struct opening *opening)
{
	wipe(opening, sizeof *opening);
}
