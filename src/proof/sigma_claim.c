/* Withdrawals and claims (protocol 7). */
#include "sigma_engine.h"
#include "sign_with.h"

#include "batch.h"
#include "ct.h"
#include "memory.h"

void sigma_withdraw_header(struct transcript *out, const struct scope *scope, struct bytes payload)
{
	transcript_begin(out);
	transcript_text(out, "type", "withdraw");
	transcript_item(out, "scope", bytes_from(scope->bytes, SCOPE_BYTES));
	transcript_item(out, "msg", payload);
}

void sigma_claim_header(struct transcript *out, const char *type, const struct sigma_claim *claim)
{
	transcript_begin(out);
	transcript_text(out, "type", type);
	transcript_item(out, "ring", bytes_from(claim->ring->id, HASH_BYTES));
	transcript_u64(out, "i", claim->i);
	transcript_item(out, "scope", bytes_from(claim->scope->bytes, SCOPE_BYTES));
	transcript_item(out, "msg", claim->payload);
}

static void withdraw_system(struct sigma_system *out, const struct scope *scope,
			    const uint8_t tag[static POINT_BYTES])
{
	*out = (struct sigma_system){.n_rows = 1, .n_witnesses = TAG_DIMENSION};
	sigma_tag_row(out, 0, scope);
	memcpy(out->images[0], tag, POINT_BYTES);
}

enum undersign_status sigma_withdraw_make(uint8_t out[static SIGMA_WITHDRAW_BYTES],
					  const struct scope *scope, struct bytes payload,
					  const struct opening *opening,
					  const struct random_source *random)
{
	struct sigma_system system;
	struct transcript header;
	struct scalar witness[SIGMA_WITNESSES];
	enum undersign_status status = opening_tag(out, scope, opening);

	if (status) {
		wipe(out, SIGMA_WITHDRAW_BYTES);
		return status;
	}
	/* The tag is on the letter: a withdrawal names it. */
	ct_declassify(out, POINT_BYTES);
	withdraw_system(&system, scope, out);
	sigma_withdraw_header(&header, scope, payload);
	sigma_witness(witness, opening);
	status = sigma_prove_hedged(out + POINT_BYTES, SIGMA_WITHDRAW_BYTES - POINT_BYTES, &header,
				    &system, witness, SIGMA_WITNESSES,
				    PROTOCOL_NAME " nonce withdraw", random);
	wipe(witness, sizeof witness);
	if (status)
		wipe(out, SIGMA_WITHDRAW_BYTES);
	return status;
}

bool sigma_withdraw_is_valid_vartime(const struct scope *scope, struct bytes payload,
				     struct bytes proof)
{
	struct sigma_system system;
	struct transcript header;

	if (proof.len != SIGMA_WITHDRAW_BYTES)
		return false;
	withdraw_system(&system, scope, proof.data);
	sigma_withdraw_header(&header, scope, payload);
	return sigma_holds_vartime(
		&header, &system, bytes_part(proof, POINT_BYTES, POINT_BYTES),
		bytes_part(proof, 2 * POINT_BYTES, SIGMA_WITHDRAW_BYTES - 2 * POINT_BYTES));
}

bool sigma_claim_system(struct sigma_system *out, const struct generators *generators,
			const struct sigma_claim *claim, const uint8_t tag[static POINT_BYTES])
{
	if (claim->i >= claim->ring->n ||
	    affine_is_identity_vartime(ring_point(claim->ring, claim->i)))
		return false;
	*out = (struct sigma_system){.n_rows = 2, .n_witnesses = TAG_DIMENSION + 1};
	sigma_commitment_row(out, 0, generators);
	sigma_tag_row(out, 1, claim->scope);
	points_encode(out->images[0], ring_point(claim->ring, claim->i), 1);
	memcpy(out->images[1], tag, POINT_BYTES);
	return true;
}

enum undersign_status sigma_claim_find(uint64_t *out_i, const struct generators *generators,
				       const struct ring *ring, const struct opening *opening)
{
	struct point commitment;
	uint64_t found;

	opening_commit(&commitment, generators, opening);
	sign_find(out_i, &found, ring, &commitment);
	wipe(&commitment, sizeof commitment);
	/* The claim says which member it is. */
	ct_declassify(out_i, sizeof *out_i);
	ct_declassify(&found, sizeof found);
	return found ? UNDERSIGN_OK : UNDERSIGN_E_MISSING;
}

enum undersign_status sigma_claim_make(uint8_t out[static SIGMA_CLAIM_BYTES],
				       const struct generators *generators,
				       const struct sigma_claim *claim,
				       const struct opening *opening,
				       const struct random_source *random)
{
	struct sigma_system system;
	struct transcript header;
	struct scalar witness[SIGMA_WITNESSES];
	enum undersign_status status = opening_tag(out, claim->scope, opening);
	uint64_t opens = 0;

	/* The claim names the tag and the member. */
	ct_declassify(out, POINT_BYTES);
	sigma_witness(witness, opening);
	if (!status && sigma_claim_system(&system, generators, claim, out))
		opens = sigma_opens(&system, witness);
	ct_declassify(&opens, sizeof opens);
	if (opens) {
		sigma_claim_header(&header, "claim", claim);
		status = sigma_prove_hedged(out + POINT_BYTES, SIGMA_CLAIM_BYTES - POINT_BYTES,
					    &header, &system, witness, SIGMA_WITNESSES,
					    PROTOCOL_NAME " nonce claim", random);
	} else {
		status = UNDERSIGN_E_INVALID;
	}
	wipe(witness, sizeof witness);
	if (status)
		wipe(out, SIGMA_CLAIM_BYTES);
	return status;
}

bool sigma_claim_is_valid_vartime(const struct generators *generators,
				  const struct sigma_claim *claim, struct bytes proof)
{
	struct sigma_system system;
	struct transcript header;

	if (proof.len != SIGMA_CLAIM_BYTES ||
	    !sigma_claim_system(&system, generators, claim, proof.data))
		return false;
	sigma_claim_header(&header, "claim", claim);
	return sigma_holds_vartime(
		&header, &system, bytes_part(proof, POINT_BYTES, 2 * POINT_BYTES),
		bytes_part(proof, 3 * POINT_BYTES, SIGMA_CLAIM_BYTES - 3 * POINT_BYTES));
}
