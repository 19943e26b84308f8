#include "trustees_parts.h"

/* Where the parts of a deal stand: F, T, e, then R_1, R_2, z_1, z_2. */
static size_t at_t(const struct ceremony *ceremony)
{
	return POINT_BYTES * ceremony->threshold;
}

static size_t at_e(const struct ceremony *ceremony)
{
	return at_t(ceremony) + POINT_BYTES;
}

static size_t at_proof(const struct ceremony *ceremony)
{
	return at_e(ceremony) + SCALAR_BYTES * ceremony->n;
}

size_t trustee_deal_len(const struct ceremony *ceremony)
{
	return at_proof(ceremony) + 4 * POINT_BYTES;
}

/* --- Deals --- */

/* The pad of what i deals to j, from K = tau_i E_j = e_j T_i. Secret. */
static void make_pad(struct scalar *out, const struct ceremony *ceremony, unsigned i, unsigned j,
		     const struct point *shared)
{
	struct transcript transcript;
	uint8_t encoded[POINT_BYTES];

	point_encode(encoded, shared);
	transcript_begin(&transcript);
	transcript_text(&transcript, "type", "trustee-pad");
	transcript_item(&transcript, "ceremony", bytes_from(ceremony->id, HASH_BYTES));
	transcript_u8(&transcript, "i", (uint8_t)i);
	transcript_u8(&transcript, "j", (uint8_t)j);
	transcript_point(&transcript, "K", encoded);
	transcript_challenge(out, &transcript);
	wipe(encoded, sizeof encoded);
}

static void deal_header(struct transcript *out, const struct ceremony *ceremony, unsigned i,
			const uint8_t *deal)
{
	transcript_begin(out);
	transcript_text(out, "type", "trustee-deal");
	transcript_item(out, "ceremony", bytes_from(ceremony->id, HASH_BYTES));
	transcript_u8(out, "i", (uint8_t)i);
	transcript_item(out, "F", bytes_from(deal, at_t(ceremony)));
	transcript_item(out, "e", bytes_from(deal + at_e(ceremony), SCALAR_BYTES * ceremony->n));
}

/* Two rows with a secret each: F_{i,0} and T_i. */
static void deal_system(struct sigma_system *out, const struct ceremony *ceremony,
			const struct affine *base, const uint8_t *deal)
{
	*out = (struct sigma_system){
		.n_rows = 2, .n_witnesses = 2, .bases = {{base, NULL}, {NULL, base}}};
	memcpy(out->images[0], deal, POINT_BYTES);
	memcpy(out->images[1], deal + at_t(ceremony), POINT_BYTES);
}

/* f(x) for a small public x. */
static void evaluate(struct scalar *out, const struct scalar *coefficients, unsigned n, unsigned x)
{
	struct scalar at;

	scalar_from_u64(&at, x);
	*out = coefficients[n - 1];
	for (unsigned k = n - 1; k-- > 0;)
		scalar_mul_add(out, out, &at, &coefficients[k]);
}

struct dealing {
	struct scalar f[TRUSTEES_MAX];
	struct scalar tau;
};

static void write_deal(uint8_t *out, const struct ceremony *ceremony, unsigned i,
		       const struct dealing *dealing)
{
	for (unsigned k = 0; k < ceremony->threshold; k++)
		trustees_parts_encode(out + POINT_BYTES * k, &dealing->f[k]);
	trustees_parts_encode(out + at_t(ceremony), &dealing->tau);
	for (unsigned j = 1; j <= ceremony->n; j++) {
		struct scalar value, pad;
		struct point key, shared;

		/* ceremony_new has decoded it before. */
		CHECK(point_decode_vartime(&key, ceremony->keys[j - 1]) == UNDERSIGN_OK);
		point_mul(&shared, &dealing->tau, &key);
		make_pad(&pad, ceremony, i, j, &shared);
		evaluate(&value, dealing->f, ceremony->threshold, j);
		scalar_add(&value, &value, &pad);
		scalar_encode(out + at_e(ceremony) + SCALAR_BYTES * (j - 1), &value);
		wipe(&value, sizeof value);
		wipe(&pad, sizeof pad);
		wipe(&shared, sizeof shared);
	}
	/* Commitments, a public key, and what is padded. */
	ct_declassify(out, at_proof(ceremony));
}

enum undersign_status trustee_deal_make(uint8_t *out, const struct ceremony *ceremony, unsigned i,
					const struct random_source *random)
{
	const struct affine base = trustees_parts_base();
	struct dealing dealing;
	struct sigma_system system;
	struct transcript header;
	struct scalar witness[2];
	enum undersign_status status = UNDERSIGN_OK;

	CHECK(i >= 1 && i <= ceremony->n);
	memset(out, 0, trustee_deal_len(ceremony));
	memset(&dealing, 0, sizeof dealing);
	memset(witness, 0, sizeof witness);
	for (unsigned k = 0; k < ceremony->threshold && !status; k++)
		status = nonce_fresh(&dealing.f[k], random);
	if (!status)
		status = nonce_fresh(&dealing.tau, random);
	if (!status) {
		write_deal(out, ceremony, i, &dealing);
		deal_header(&header, ceremony, i, out);
		deal_system(&system, ceremony, &base, out);
		witness[0] = dealing.f[0];
		witness[1] = dealing.tau;
		status = sigma_prove_hedged(out + at_proof(ceremony), 4 * POINT_BYTES, &header,
					    &system, witness, 2, TRUSTEES_LABEL " deal", random);
	}
	if (status)
		memset(out, 0, trustee_deal_len(ceremony));
	wipe(&dealing, sizeof dealing);
	wipe(witness, sizeof witness);
	return status;
}

bool trustee_deal_is_valid_vartime(const struct ceremony *ceremony, unsigned i, struct bytes deal)
{
	const struct affine base = trustees_parts_base();
	struct sigma_system system;
	struct transcript header;
	struct scalar dealt[TRUSTEES_MAX];
	struct point point;

	if (i < 1 || i > ceremony->n || deal.len != trustee_deal_len(ceremony))
		return false;
	for (unsigned k = 0; k < ceremony->threshold; k++)
		if (point_decode_vartime(&point, deal.data + POINT_BYTES * k) != UNDERSIGN_OK)
			return false;
	if (!sigma_scalars_decode(dealt, ceremony->n,
				  bytes_part(deal, at_e(ceremony), SCALAR_BYTES * ceremony->n)))
		return false;
	deal_header(&header, ceremony, i, deal.data);
	deal_system(&system, ceremony, &base, deal.data);
	return sigma_holds_vartime(
		&header, &system, bytes_part(deal, at_proof(ceremony), 2 * POINT_BYTES),
		bytes_part(deal, at_proof(ceremony) + 2 * POINT_BYTES, 2 * SCALAR_BYTES));
}

/* sum_k j^k F_k of one deal. */
static void committed_share(struct point *out, const struct ceremony *ceremony, struct bytes deal,
			    unsigned j)
{
	struct scalar at;

	scalar_from_u64(&at, j);
	point_identity(out);
	for (unsigned k = ceremony->threshold; k-- > 0;) {
		struct point commitment;

		/* Requires: the deal is valid. */
		CHECK(point_decode_vartime(&commitment, deal.data + POINT_BYTES * k) ==
		      UNDERSIGN_OK);
		point_mul(out, &at, out);
		point_add(out, out, &commitment);
	}
}

/* Takes the pad off what the deal has for j: 1 if it fits the commitments. Secret. */
static uint64_t open_dealt(struct scalar *out, const struct ceremony *ceremony, struct bytes deal,
			   unsigned i, unsigned j, const struct point *shared)
{
	struct scalar pad;
	struct point expected, is;

	CHECK(scalar_decode(out, deal.data + at_e(ceremony) + SCALAR_BYTES * (j - 1)) ==
	      UNDERSIGN_OK);
	make_pad(&pad, ceremony, i, j, shared);
	scalar_sub(out, out, &pad);
	point_mul_base(&is, out);
	committed_share(&expected, ceremony, deal, j);
	const uint64_t fits = point_is_equal(&is, &expected);
	wipe(&pad, sizeof pad);
	wipe(&is, sizeof is);
	return fits;
}

static void shared_point(struct point *out, const struct ceremony *ceremony, struct bytes deal,
			 const struct scalar *secret)
{
	struct point t;

	CHECK(point_decode_vartime(&t, deal.data + at_t(ceremony)) == UNDERSIGN_OK);
	point_mul(out, secret, &t);
}

enum undersign_status trustee_share_open(struct scalar *out_share, unsigned *out_liar,
					 const struct ceremony *ceremony, const struct bytes *deals,
					 unsigned j, const struct scalar *secret)
{
	*out_share = scalar_zero;
	*out_liar = 0;
	for (unsigned i = 1; i <= ceremony->n; i++) {
		struct scalar dealt;
		struct point shared;
		uint64_t fits;

		shared_point(&shared, ceremony, deals[i - 1], secret);
		fits = open_dealt(&dealt, ceremony, deals[i - 1], i, j, &shared);
		/* A trustee says so in public. */
		ct_declassify(&fits, sizeof fits);
		scalar_add(out_share, out_share, &dealt);
		wipe(&dealt, sizeof dealt);
		wipe(&shared, sizeof shared);
		if (fits)
			continue;
		wipe(out_share, sizeof *out_share);
		*out_liar = i;
		return UNDERSIGN_E_INVALID;
	}
	return UNDERSIGN_OK;
}

/* --- Acceptances and the key --- */

static void hash_deals(uint8_t out[static HASH_BYTES], const struct ceremony *ceremony,
		       const struct bytes *deals)
{
	uint8_t digest[SHA512_BYTES];
	struct sha512 hash;

	sha512_begin(&hash);
	for (unsigned i = 0; i < ceremony->n; i++)
		sha512_add(&hash, deals[i].data, deals[i].len);
	sha512_end(&hash, digest);
	memcpy(out, digest, HASH_BYTES);
}

static void accept_header(struct transcript *out, const struct ceremony *ceremony,
			  const uint8_t deals[static HASH_BYTES], unsigned j)
{
	transcript_begin(out);
	transcript_text(out, "type", "trustee-accept");
	transcript_item(out, "ceremony", bytes_from(ceremony->id, HASH_BYTES));
	transcript_item(out, "deals", bytes_from(deals, HASH_BYTES));
	transcript_u8(out, "j", (uint8_t)j);
}

/* P_j. */
static void verifier_of(struct point *out, const struct ceremony *ceremony,
			const struct bytes *deals, unsigned j)
{
	point_identity(out);
	for (unsigned i = 0; i < ceremony->n; i++) {
		struct point part;

		committed_share(&part, ceremony, deals[i], j);
		point_add(out, out, &part);
	}
}

enum undersign_status trustee_accept_make(uint8_t out[static TRUSTEE_ACCEPT_BYTES],
					  const struct ceremony *ceremony,
					  const struct bytes *deals, unsigned j,
					  const struct scalar *share,
					  const struct random_source *random)
{
	const struct affine base = trustees_parts_base();
	uint8_t hash[HASH_BYTES], encoded[POINT_BYTES];
	struct sigma_system system;
	struct transcript header;
	struct point verifier;
	uint64_t opens;

	CHECK(j >= 1 && j <= ceremony->n);
	memset(out, 0, TRUSTEE_ACCEPT_BYTES);
	verifier_of(&verifier, ceremony, deals, j);
	point_encode(encoded, &verifier);
	trustees_parts_row(&system, &base, encoded);
	opens = sigma_opens(&system, share);
	/* The caller opened it with trustee_share_open. */
	ct_declassify(&opens, sizeof opens);
	if (!opens)
		return UNDERSIGN_E_INVALID;
	hash_deals(hash, ceremony, deals);
	accept_header(&header, ceremony, hash, j);
	return sigma_prove_hedged(out, TRUSTEE_ACCEPT_BYTES, &header, &system, share, 1,
				  TRUSTEES_LABEL " accept", random);
}

static void hash_key(struct poll_key *key, const struct ceremony *ceremony,
		     const uint8_t deals[static HASH_BYTES])
{
	struct transcript transcript;

	transcript_begin(&transcript);
	transcript_text(&transcript, "type", "trustees-key");
	transcript_item(&transcript, "ceremony", bytes_from(ceremony->id, HASH_BYTES));
	transcript_item(&transcript, "deals", bytes_from(deals, HASH_BYTES));
	transcript_point(&transcript, "Y", key->encoded);
	transcript_b32(key->id, &transcript);
}

static enum undersign_status check_accepts(struct trustees *out, const struct ceremony *ceremony,
					   const struct bytes *deals, const uint8_t *const *accepts,
					   const uint8_t hash[static HASH_BYTES],
					   struct problem *problem)
{
	const struct affine base = trustees_parts_base();

	for (unsigned j = 1; j <= ceremony->n; j++) {
		uint8_t encoded[POINT_BYTES];
		struct sigma_system system;
		struct transcript header;
		struct point verifier;

		verifier_of(&verifier, ceremony, deals, j);
		affine_from_point(&out->verifiers[j - 1], &verifier);
		point_encode(encoded, &verifier);
		trustees_parts_row(&system, &base, encoded);
		accept_header(&header, ceremony, hash, j);
		if (!sigma_holds_vartime(&header, &system, bytes_from(accepts[j - 1], POINT_BYTES),
					 bytes_from(accepts[j - 1] + POINT_BYTES, SCALAR_BYTES)))
			return trustees_parts_blame(problem, j, "each trustee accepts these deals",
						    "its acceptance does not hold for them");
	}
	return UNDERSIGN_OK;
}

static enum undersign_status make_trustees(struct trustees *out, const struct ceremony *ceremony,
					   const struct bytes *deals, const uint8_t *const *accepts,
					   struct problem *problem)
{
	uint8_t hash[HASH_BYTES];
	struct point y, part;

	point_identity(&y);
	for (unsigned i = 1; i <= ceremony->n; i++) {
		if (!trustee_deal_is_valid_vartime(ceremony, i, deals[i - 1]))
			return trustees_parts_blame(
				problem, i, "a deal has a proof of possession of what is in it",
				"it does not hold");
		CHECK(point_decode_vartime(&part, deals[i - 1].data) == UNDERSIGN_OK);
		point_add(&y, &y, &part);
	}
	if (point_is_identity(&y))
		return trustees_parts_blame(problem, ceremony->n, "the trustees' key is not zero",
					    "it is");
	out->threshold = ceremony->threshold;
	out->n = ceremony->n;
	affine_from_point(&out->key.y, &y);
	point_encode(out->key.encoded, &y);
	hash_deals(hash, ceremony, deals);
	hash_key(&out->key, ceremony, hash);
	return check_accepts(out, ceremony, deals, accepts, hash, problem);
}

enum undersign_status trustees_new(struct trustees *out, const struct ceremony *ceremony,
				   const struct bytes *deals, const uint8_t *const *accepts,
				   struct problem *problem)
{
	enum undersign_status status;

	*out = (struct trustees){0};
	status = make_trustees(out, ceremony, deals, accepts, problem);
	if (status)
		*out = (struct trustees){0};
	return status;
}

/* --- Complaints --- */

static void complaint_header(struct transcript *out, const struct ceremony *ceremony,
			     struct bytes deal, unsigned i, unsigned j)
{
	uint8_t hash[HASH_BYTES];

	transcript_hash(hash, deal);
	transcript_begin(out);
	transcript_text(out, "type", "trustee-complaint");
	transcript_item(out, "ceremony", bytes_from(ceremony->id, HASH_BYTES));
	transcript_item(out, "deal", bytes_from(hash, HASH_BYTES));
	transcript_u8(out, "i", (uint8_t)i);
	transcript_u8(out, "j", (uint8_t)j);
}

/* Two rows of one secret: E_j and K. t is kept by the caller. */
static void complaint_system(struct sigma_system *out, struct affine *t, const struct affine *base,
			     const struct ceremony *ceremony, struct bytes deal, unsigned j,
			     const uint8_t *shared)
{
	struct point point;

	CHECK(point_decode_vartime(&point, deal.data + at_t(ceremony)) == UNDERSIGN_OK);
	affine_from_point(t, &point);
	*out = (struct sigma_system){.n_rows = 2, .n_witnesses = 1, .bases = {{base}, {t}}};
	memcpy(out->images[0], ceremony->keys[j - 1], POINT_BYTES);
	memcpy(out->images[1], shared, POINT_BYTES);
}

enum undersign_status trustee_complaint_make(uint8_t out[static TRUSTEE_COMPLAINT_BYTES],
					     const struct ceremony *ceremony, struct bytes deal,
					     unsigned i, unsigned j, const struct scalar *secret,
					     const struct random_source *random)
{
	const struct affine base = trustees_parts_base();
	struct affine t;
	struct sigma_system system;
	struct transcript header;
	struct point shared;
	enum undersign_status status;

	CHECK(i >= 1 && i <= ceremony->n && j >= 1 && j <= ceremony->n);
	memset(out, 0, TRUSTEE_COMPLAINT_BYTES);
	if (ceremony_find(ceremony, secret) != j)
		return UNDERSIGN_E_INVALID;
	shared_point(&shared, ceremony, deal, secret);
	point_encode(out, &shared);
	ct_declassify(out, POINT_BYTES); /* what a complaint shows */
	complaint_system(&system, &t, &base, ceremony, deal, j, out);
	complaint_header(&header, ceremony, deal, i, j);
	status = sigma_prove_hedged(out + POINT_BYTES, TRUSTEE_COMPLAINT_BYTES - POINT_BYTES,
				    &header, &system, secret, 1, TRUSTEES_LABEL " complaint",
				    random);
	if (status)
		memset(out, 0, TRUSTEE_COMPLAINT_BYTES);
	wipe(&shared, sizeof shared);
	return status;
}

enum trustee_blame
trustee_complaint_judge_vartime(const struct ceremony *ceremony, struct bytes deal, unsigned i,
				unsigned j, const uint8_t complaint[static TRUSTEE_COMPLAINT_BYTES])
{
	const struct affine base = trustees_parts_base();
	struct affine t;
	struct sigma_system system;
	struct transcript header;
	struct scalar dealt;
	struct point shared;

	CHECK(i >= 1 && i <= ceremony->n && j >= 1 && j <= ceremony->n);
	complaint_system(&system, &t, &base, ceremony, deal, j, complaint);
	complaint_header(&header, ceremony, deal, i, j);
	if (!sigma_holds_vartime(&header, &system,
				 bytes_from(complaint + POINT_BYTES, 2 * POINT_BYTES),
				 bytes_from(complaint + 3 * POINT_BYTES, SCALAR_BYTES)) ||
	    point_decode_vartime(&shared, complaint) != UNDERSIGN_OK)
		return TRUSTEE_BLAME_NOBODY;
	return open_dealt(&dealt, ceremony, deal, i, j, &shared) ? TRUSTEE_BLAME_COMPLAINER
								 : TRUSTEE_BLAME_DEALER;
}
