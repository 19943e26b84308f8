#include "convert.h"

#include "ct.h"
#include "enrolment.h"
#include "memory.h"
#include "opening.h"
#include "protocol.h"
#include "scope.h"
#include "sigma.h"
#include "vouches.h"

_Static_assert(UNDERSIGN_SECRET_BYTES == OPENING_BYTES, "a secret is an encoded opening");
_Static_assert(UNDERSIGN_SCOPE_BYTES == SCOPE_BYTES, "scopes have one size");

enum undersign_status undersign_secret_new(uint8_t secret[UNDERSIGN_SECRET_BYTES],
					   const struct undersign_random *random)
{
	const struct random_source source = convert_random(random);
	struct opening opening;
	enum undersign_status status = opening_new(&opening, &source);

	opening_encode(secret, &opening);
	opening_wipe(&opening);
	return status;
}

void undersign_secret_from_ed25519(uint8_t secret[UNDERSIGN_SECRET_BYTES], const uint8_t seed[32])
{
	struct opening opening;

	opening_from_seed(&opening, seed);
	opening_encode(secret, &opening);
	opening_wipe(&opening);
}

enum undersign_status undersign_commitment(uint8_t out[UNDERSIGN_POINT_BYTES],
					   const uint8_t secret[UNDERSIGN_SECRET_BYTES])
{
	struct generators generators;
	struct opening opening;
	struct point commitment;

	memset(out, 0, UNDERSIGN_POINT_BYTES);
	enum undersign_status status = opening_decode(&opening, secret);
	if (status != UNDERSIGN_OK)
		return status;
	generators_new(&generators);
	opening_commit(&commitment, &generators, &opening);
	opening_wipe(&opening);

	uint64_t is_zero = point_is_identity(&commitment);
	ct_declassify(&is_zero, sizeof is_zero); /* an unusable secret is refused openly */
	if (is_zero)
		status = UNDERSIGN_E_ENCODING;
	else
		point_encode(out, &commitment);
	wipe(&commitment, sizeof commitment);
	return status;
}

enum undersign_status undersign_tag(uint8_t out[UNDERSIGN_POINT_BYTES],
				    const uint8_t secret[UNDERSIGN_SECRET_BYTES],
				    const uint8_t scope_bytes[UNDERSIGN_SCOPE_BYTES])
{
	struct opening opening;
	struct scope scope;

	memset(out, 0, UNDERSIGN_POINT_BYTES);
	enum undersign_status status = opening_decode(&opening, secret);
	if (status != UNDERSIGN_OK)
		return status;
	status = convert_scope(&scope, scope_bytes);
	if (status == UNDERSIGN_OK)
		status = opening_tag(out, &scope, &opening);
	opening_wipe(&opening);
	return status;
}

/* The secret for another roster: the same tags, a commitment that nobody can tell to be of the same
 * person (protocol 3.1). */
static enum undersign_status open_given(struct opening *out,
					const uint8_t secret[static UNDERSIGN_SECRET_BYTES],
					const struct random_source *random)
{
	struct opening given;
	enum undersign_status status = opening_decode(&given, secret);
	uint64_t is_zero = 1;

	if (status != UNDERSIGN_OK)
		return status;
	for (unsigned j = 0; j < TAG_DIMENSION; j++)
		is_zero &= scalar_is_zero(&given.s[j]);
	ct_declassify(&is_zero, sizeof is_zero); /* an unusable secret is refused openly */
	status = is_zero ? UNDERSIGN_E_ENCODING : opening_new_sibling(out, &given, random);
	opening_wipe(&given);
	return status;
}

/* Commitment and proof of column c (from 1), with the secret that is given for another roster or a
 * fresh one; writes the column's own. */
static enum undersign_status make_column(struct enrolment *enrolment, uint32_t c,
					 uint8_t secret[static UNDERSIGN_SECRET_BYTES],
					 bool is_given, const struct generators *generators,
					 const struct random_source *random)
{
	struct enrolment_column *column = &enrolment->columns[c - 1];
	struct opening opening;
	enum undersign_status status =
		is_given ? open_given(&opening, secret, random) : opening_new(&opening, random);

	if (status == UNDERSIGN_OK) {
		opening_commit_encoded(column->commitment, generators, &opening);
		/* The request states it. */
		ct_declassify(column->commitment, POINT_BYTES);
		const struct sigma_registration registration = enrolment_registration(enrolment, c);
		status = sigma_register_make(column->proof, generators, &registration, &opening,
					     random);
	}
	if (status == UNDERSIGN_OK)
		opening_encode(secret, &opening);
	opening_wipe(&opening);
	return status;
}

enum undersign_status undersign_enrolment_with(uint8_t request[UNDERSIGN_REQUEST_MAX],
					       size_t *request_len, uint8_t *secrets,
					       uint32_t given, struct undersign_bytes roster,
					       uint32_t edition, struct undersign_bytes meta,
					       uint32_t n_columns,
					       const struct undersign_random *random)
{
	const struct random_source source = convert_random(random);
	struct generators generators;
	struct enrolment enrolment = {
		.roster = convert_bytes(roster), .edition = edition, .n_columns = n_columns};
	struct writer writer = writer_new(request, UNDERSIGN_REQUEST_MAX);
	enum undersign_status status = UNDERSIGN_OK;

	*request_len = 0;
	if (n_columns < 1 || n_columns > ROSTER_COLUMNS_MAX || meta.len > ENTRY_META_MAX ||
	    edition < 1)
		return UNDERSIGN_E_USAGE;
	if (meta.len > 0)
		memcpy(enrolment.meta, meta.data, meta.len);
	enrolment.meta_len = meta.len;
	generators_new(&generators);

	for (uint32_t c = 1; c <= n_columns && status == UNDERSIGN_OK; c++) {
		uint8_t *secret = secrets + (size_t)(c - 1) * UNDERSIGN_SECRET_BYTES;
		status = make_column(&enrolment, c, secret, (given >> (c - 1)) & 1, &generators,
				     &source);
	}
	if (status == UNDERSIGN_OK) {
		struct enrolment again;
		struct problem problem = {0};
		enrolment_write(&writer, &enrolment);
		/* A name or edition that no request can hold. */
		if (writer.has_overflowed ||
		    enrolment_parse(&again, writer_view(&writer), &problem) != UNDERSIGN_OK)
			status = UNDERSIGN_E_USAGE;
	}
	if (status != UNDERSIGN_OK) {
		wipe(secrets, (size_t)n_columns * UNDERSIGN_SECRET_BYTES);
		memset(request, 0, UNDERSIGN_REQUEST_MAX);
		return status;
	}
	*request_len = writer.len;
	return UNDERSIGN_OK;
}

enum undersign_status undersign_enrolment_new(uint8_t request[UNDERSIGN_REQUEST_MAX],
					      size_t *request_len, uint8_t *secrets,
					      struct undersign_bytes roster, uint32_t edition,
					      struct undersign_bytes meta, uint32_t n_columns,
					      const struct undersign_random *random)
{
	return undersign_enrolment_with(request, request_len, secrets, 0, roster, edition, meta,
					n_columns, random);
}

enum undersign_status undersign_enrolment_check(struct undersign_bytes request,
						struct undersign_problem *problem)
{
	struct generators generators;
	struct enrolment enrolment;
	struct problem inner = {0};

	enum undersign_status status = enrolment_parse(&enrolment, convert_bytes(request), &inner);
	if (status == UNDERSIGN_OK) {
		generators_new(&generators);
		status = enrolment_check(&enrolment, &generators, &inner);
	}
	convert_problem(problem, &inner);
	return status;
}

/* The proof that the opening's commitment is the voucher's own, naming the request. */
static enum undersign_status make_vouch(struct vouches *vouches, const struct opening *opening,
					const struct random_source *random)
{
	struct vouch *vouch = &vouches->vouches[0];
	struct generators generators;
	uint8_t org[VOUCHES_ORG_MAX];

	generators_new(&generators);
	opening_commit_encoded(vouch->commitment, &generators, opening);
	/* It stands on the roster. */
	ct_declassify(vouch->commitment, POINT_BYTES);
	const struct sigma_registration registration = vouches_registration(org, vouches, vouch);
	return sigma_register_make(vouch->proof, &generators, &registration, opening, random);
}

enum undersign_status undersign_vouch_new(uint8_t vouch[UNDERSIGN_VOUCH_MAX], size_t *vouch_len,
					  struct undersign_bytes request, uint32_t column,
					  const uint8_t secret[UNDERSIGN_SECRET_BYTES],
					  const struct undersign_random *random,
					  struct undersign_problem *problem)
{
	const struct random_source source = convert_random(random);
	struct writer writer = writer_new(vouch, UNDERSIGN_VOUCH_MAX);
	struct enrolment enrolment;
	struct problem inner = {0};
	struct opening opening;

	*vouch_len = 0;
	memset(vouch, 0, UNDERSIGN_VOUCH_MAX);
	enum undersign_status status = undersign_enrolment_check(request, problem);
	if (status != UNDERSIGN_OK)
		return status;
	status = enrolment_parse(&enrolment, convert_bytes(request), &inner);
	if (status == UNDERSIGN_OK && (column < 1 || column > enrolment.n_columns))
		status = UNDERSIGN_E_USAGE;
	if (status != UNDERSIGN_OK)
		return status;
	struct vouches vouches = {.roster = enrolment.roster,
				  .edition = enrolment.edition,
				  .n = 1,
				  .vouches = {{.column = column}}};
	enrolment_fingerprint(vouches.request, convert_bytes(request));
	status = opening_decode(&opening, secret);
	if (status == UNDERSIGN_OK)
		status = make_vouch(&vouches, &opening, &source);
	opening_wipe(&opening);
	if (status != UNDERSIGN_OK)
		return status;
	vouches_write(&writer, &vouches);
	*vouch_len = writer_view(&writer).len;
	return UNDERSIGN_OK;
}
