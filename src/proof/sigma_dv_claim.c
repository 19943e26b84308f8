/* Claims for one verifier only, and that verifier's key (protocol 7; Jakobsson, Sako and
 * Impagliazzo 1996; Cramer, Damgard and Schoenmakers 1994). */
#include "sigma_engine.h"

#include "batch.h"
#include "ct.h"
#include "memory.h"

/* Offsets in a proof: R_1, R_2, RV, c_1, c_v, z_1..z_K, z_r, z_v. */
#define AT_RV  (2 * POINT_BYTES)
#define AT_C_1 (3 * POINT_BYTES)
#define AT_C_V (AT_C_1 + SCALAR_BYTES)
#define AT_Z   (AT_C_V + SCALAR_BYTES)
#define AT_Z_V (AT_Z + SCALAR_BYTES * SIGMA_WITNESSES)

enum undersign_status sigma_vk_new(struct scalar *out_v, const struct random_source *random)
{
	return nonce_fresh(out_v, random);
}

void sigma_vk_public(uint8_t out[static POINT_BYTES], const struct generators *generators,
		     const struct scalar *v)
{
	struct point base;

	point_from_affine(&base, &generators->g[0]);
	point_mul(&base, v, &base);
	point_encode(out, &base);
	/* The key is published. */
	ct_declassify(out, POINT_BYTES);
}

void sigma_vk_header(struct transcript *out, struct bytes name)
{
	transcript_begin(out);
	transcript_text(out, "type", "vk");
	transcript_item(out, "name", name);
}

static void vk_system(struct sigma_system *out, const struct generators *generators,
		      const uint8_t vk[static POINT_BYTES])
{
	*out = (struct sigma_system){.n_rows = 1, .n_witnesses = 1};
	out->bases[0][0] = &generators->g[0];
	memcpy(out->images[0], vk, POINT_BYTES);
}

enum undersign_status sigma_vk_make(uint8_t out[static SIGMA_VK_BYTES],
				    const struct generators *generators, struct bytes name,
				    const struct scalar *v, const struct random_source *random)
{
	struct sigma_system system;
	struct transcript header;
	uint8_t vk[POINT_BYTES];

	sigma_vk_public(vk, generators, v);
	vk_system(&system, generators, vk);
	sigma_vk_header(&header, name);
	return sigma_prove_hedged(out, SIGMA_VK_BYTES, &header, &system, v, 1,
				  PROTOCOL_NAME " nonce vk", random);
}

bool sigma_vk_is_valid_vartime(const struct generators *generators, struct bytes name,
			       const uint8_t vk[static POINT_BYTES], struct bytes proof)
{
	struct sigma_system system;
	struct transcript header;

	if (proof.len != SIGMA_VK_BYTES)
		return false;
	vk_system(&system, generators, vk);
	sigma_vk_header(&header, name);
	return sigma_holds_vartime(&header, &system, bytes_part(proof, 0, POINT_BYTES),
				   bytes_part(proof, POINT_BYTES, SCALAR_BYTES));
}

/* x over VK, the images, R_1, R_2 and RV. */
static void challenge(struct scalar *out, const struct sigma_claim *claim,
		      const struct sigma_system *system, const uint8_t vk[static POINT_BYTES],
		      const uint8_t *proof)
{
	struct transcript header;

	sigma_claim_header(&header, "dv-claim", claim);
	transcript_point(&header, "VK", vk);
	for (unsigned a = 0; a < SIGMA_ROWS; a++)
		transcript_point(&header, "V", system->images[a]);
	for (unsigned a = 0; a < SIGMA_ROWS; a++)
		transcript_point(&header, "R", proof + POINT_BYTES * a);
	transcript_point(&header, "RV", proof + AT_RV);
	transcript_challenge(out, &header);
}

/* out = sum z_b M_b - x V for each row: the first message of a simulated branch. */
static enum undersign_status simulate_rows(uint8_t *out, const struct sigma_system *system,
					   const struct scalar *z, const struct scalar *x)
{
	struct scalar scalars[SIGMA_WITNESSES + 1];

	for (unsigned a = 0; a < system->n_rows; a++) {
		struct point bases[SIGMA_WITNESSES + 1], sum;
		size_t n = 0;

		if (point_decode_vartime(&bases[n], system->images[a]) != UNDERSIGN_OK ||
		    point_is_identity(&bases[n]))
			return UNDERSIGN_E_ENCODING;
		scalar_neg(&scalars[n++], x);
		for (unsigned b = 0; b < system->n_witnesses; b++) {
			if (!system->bases[a][b])
				continue;
			point_from_affine(&bases[n], system->bases[a][b]);
			scalars[n++] = z[b];
		}
		points_combine(&sum, scalars, bases, n);
		point_encode(out + POINT_BYTES * a, &sum);
		wipe(&sum, sizeof sum);
	}
	wipe(scalars, sizeof scalars);
	return UNDERSIGN_OK;
}

/* One branch is proved, the other simulated; nobody can tell which. */
enum undersign_status
sigma_dv_claim_make(uint8_t out[static SIGMA_DV_CLAIM_BYTES], const struct generators *generators,
		    const struct sigma_claim *claim, const uint8_t vk[static POINT_BYTES],
		    const struct opening *opening, const struct random_source *random)
{
	struct sigma_system system, key;
	struct transcript header;
	struct scalar witness[SIGMA_WITNESSES], k[SIGMA_WITNESSES], c_v, z_v, c_1, t;
	struct nonce_hedge hedge;
	struct nonce_source nonces;
	uint8_t tag[POINT_BYTES];
	uint64_t opens = 0;
	enum undersign_status status = opening_tag(tag, claim->scope, opening);

	/* The claim names the tag and the member to its verifier. */
	ct_declassify(tag, sizeof tag);
	vk_system(&key, generators, vk);
	sigma_witness(witness, opening);
	if (!status && sigma_claim_system(&system, generators, claim, tag))
		opens = sigma_opens(&system, witness);
	ct_declassify(&opens, sizeof opens);
	if (!opens) {
		wipe(witness, sizeof witness);
		memset(out, 0, SIGMA_DV_CLAIM_BYTES);
		return UNDERSIGN_E_INVALID;
	}
	sigma_claim_header(&header, "dv-claim", claim);
	transcript_point(&header, "VK", vk);
	sigma_hedge(&hedge, PROTOCOL_NAME " nonce dv-claim", &header, &system, witness,
		    SIGMA_WITNESSES, random);
	nonces = nonce_hedge_source(&hedge);
	status = nonce_next_n(&nonces, k, SIGMA_WITNESSES);
	if (!status)
		status = nonce_next_n(&nonces, &c_v, 1);
	if (!status)
		status = nonce_next_n(&nonces, &z_v, 1);
	if (!status) {
		sigma_combine(out, &system, k);
		status = simulate_rows(out + AT_RV, &key, &z_v, &c_v);
	}
	if (!status) {
		/* First message and responses go to the verifier; each alone is uniform. */
		ct_declassify(out, AT_C_1);
		challenge(&t, claim, &system, vk, out);
		scalar_sub(&c_1, &t, &c_v);
		scalar_encode(out + AT_C_1, &c_1);
		scalar_encode(out + AT_C_V, &c_v);
		for (unsigned b = 0; b < SIGMA_WITNESSES; b++) {
			scalar_mul_add(&t, &c_1, &witness[b], &k[b]);
			scalar_encode(out + AT_Z + SCALAR_BYTES * b, &t);
		}
		scalar_encode(out + AT_Z_V, &z_v);
		ct_declassify(out, SIGMA_DV_CLAIM_BYTES);
	} else {
		wipe(out, SIGMA_DV_CLAIM_BYTES);
	}
	nonce_hedge_wipe(&hedge);
	wipe(witness, sizeof witness);
	wipe(k, sizeof k);
	wipe(&c_v, sizeof c_v);
	wipe(&z_v, sizeof z_v);
	wipe(&c_1, sizeof c_1);
	wipe(&t, sizeof t);
	return status;
}

bool sigma_dv_claim_is_valid_vartime(const struct generators *generators,
				     const struct sigma_claim *claim,
				     const uint8_t tag[static POINT_BYTES],
				     const uint8_t vk[static POINT_BYTES], struct bytes proof)
{
	struct sigma_system system, key;
	/* c_1, c_v, z_1..z_K, z_r, z_v */
	struct scalar in[2 + SIGMA_WITNESSES + 1], x, sum;

	if (proof.len != SIGMA_DV_CLAIM_BYTES ||
	    !sigma_scalars_decode(in, 2 + SIGMA_WITNESSES + 1,
				  bytes_part(proof, AT_C_1, SIGMA_DV_CLAIM_BYTES - AT_C_1)) ||
	    !sigma_claim_system(&system, generators, claim, tag))
		return false;
	vk_system(&key, generators, vk);
	challenge(&x, claim, &system, vk, proof.data);
	scalar_add(&sum, &in[0], &in[1]);
	return scalar_is_equal(&x, &sum) &&
	       sigma_rows_hold_vartime(&system, proof.data, &in[2], &in[0]) &&
	       sigma_rows_hold_vartime(&key, proof.data + AT_RV, &in[2 + SIGMA_WITNESSES], &in[1]);
}

enum undersign_status sigma_dv_claim_simulate(uint8_t out[static SIGMA_DV_CLAIM_BYTES],
					      const struct generators *generators,
					      const struct sigma_claim *claim,
					      const uint8_t tag[static POINT_BYTES],
					      const struct scalar *v,
					      const struct random_source *random)
{
	struct sigma_system system, key;
	struct transcript header;
	struct scalar z[SIGMA_WITNESSES], c_1, c_v, k_v, t;
	struct nonce_hedge hedge;
	struct nonce_source nonces;
	uint8_t vk[POINT_BYTES];
	enum undersign_status status;

	sigma_vk_public(vk, generators, v);
	vk_system(&key, generators, vk);
	if (!sigma_claim_system(&system, generators, claim, tag)) {
		memset(out, 0, SIGMA_DV_CLAIM_BYTES);
		return UNDERSIGN_E_INVALID;
	}
	sigma_claim_header(&header, "dv-claim", claim);
	transcript_point(&header, "VK", vk);
	sigma_hedge(&hedge, PROTOCOL_NAME " nonce dv-claim", &header, &system, v, 1, random);
	nonces = nonce_hedge_source(&hedge);
	status = nonce_next_n(&nonces, z, SIGMA_WITNESSES);
	if (!status)
		status = nonce_next_n(&nonces, &c_1, 1);
	if (!status)
		status = nonce_next_n(&nonces, &k_v, 1);
	if (!status)
		status = simulate_rows(out, &system, z, &c_1);
	if (!status) {
		sigma_combine(out + AT_RV, &key, &k_v);
		ct_declassify(out, AT_C_1);
		challenge(&t, claim, &system, vk, out);
		scalar_sub(&c_v, &t, &c_1);
		scalar_encode(out + AT_C_1, &c_1);
		scalar_encode(out + AT_C_V, &c_v);
		for (unsigned b = 0; b < SIGMA_WITNESSES; b++)
			scalar_encode(out + AT_Z + SCALAR_BYTES * b, &z[b]);
		scalar_mul_add(&t, &c_v, v, &k_v);
		scalar_encode(out + AT_Z_V, &t);
		ct_declassify(out, SIGMA_DV_CLAIM_BYTES);
	} else {
		wipe(out, SIGMA_DV_CLAIM_BYTES);
	}
	nonce_hedge_wipe(&hedge);
	wipe(z, sizeof z);
	wipe(&c_1, sizeof c_1);
	wipe(&k_v, sizeof k_v);
	wipe(&t, sizeof t);
	return status;
}
