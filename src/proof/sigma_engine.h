/* The linear sigma proof that all proofs of protocol 7 are made of: V_a = sum_b w_b M_{a,b}.
 * For proof and poll alone. */
#ifndef UNDERSIGNED_SIGMA_ENGINE_H
#define UNDERSIGNED_SIGMA_ENGINE_H

#include "nonce.h"
#include "opening.h"
#include "protocol.h"
#include "sigma.h"
#include "transcript.h"

#include "bytes.h"

#include <stdbool.h>
#include <stdint.h>

#define SIGMA_ROWS      2
#define SIGMA_WITNESSES (TAG_DIMENSION + 1)

struct sigma_system {
	unsigned n_rows, n_witnesses;
	const struct affine *bases[SIGMA_ROWS][SIGMA_WITNESSES]; /* M; NULL: no such component */
	uint8_t images[SIGMA_ROWS][POINT_BYTES];                 /* V, encoded */
};

/* out[a] = sum_b scalars[b] M_{a,b}, encoded. Constant time. */
void sigma_combine(uint8_t *out, const struct sigma_system *system, const struct scalar *scalars);
/* scalars[b] is secret; whether the images are those of the witness: 1 or 0. */
uint64_t sigma_opens(const struct sigma_system *system, const struct scalar *witness);

/* Writes R (n_rows points), then z (n_witnesses scalars). header has absorbed PROTO, type and
 * fields; it is used up. */
UNDERSIGN_MUST_CHECK enum undersign_status sigma_prove(uint8_t *out, struct transcript *header,
						       const struct sigma_system *system,
						       const struct scalar *witness,
						       const struct nonce_source *nonces);
/* The challenge over images and commitments. */
void sigma_challenge(struct scalar *out, struct transcript *header,
		     const struct sigma_system *system, const uint8_t *commitments);
/* Checks R and z of exact length against the images, which must not be the identity. Public. */
bool sigma_holds_vartime(struct transcript *header, const struct sigma_system *system,
			 struct bytes commitments, struct bytes responses);
/* sum_b z_b M_{a,b} = R_a + x V_a for all rows. Public. */
bool sigma_rows_hold_vartime(const struct sigma_system *system, const uint8_t *commitments,
			     const struct scalar *z, const struct scalar *x);
/* n canonical scalars, nothing else. Public. */
bool sigma_scalars_decode(struct scalar *out, size_t n, struct bytes encoded);
/* The digest that binds nonces to the statement: header and images. */
void sigma_statement(uint8_t out[static SHA512_BYTES], const struct transcript *header,
		     const struct sigma_system *system);

/* Headers and systems of the five types, for make and check alike. The images are the caller's. */
void sigma_register_header(struct transcript *out, const struct sigma_registration *registration);
void sigma_withdraw_header(struct transcript *out, const struct scope *scope, struct bytes payload);
void sigma_claim_header(struct transcript *out, const char *type, const struct sigma_claim *claim);
void sigma_vk_header(struct transcript *out, struct bytes name);
void sigma_commitment_row(struct sigma_system *system, unsigned row,
			  const struct generators *generators);
void sigma_tag_row(struct sigma_system *system, unsigned row, const struct scope *scope);
/* The witness as the array that the engine takes: s_1..s_K, r. Secret. */
void sigma_witness(struct scalar out[static SIGMA_WITNESSES], const struct opening *opening);
/* The claim's two rows with their images; false if i >= N or the entry is the identity. */
bool sigma_claim_system(struct sigma_system *out, const struct generators *generators,
			const struct sigma_claim *claim, const uint8_t tag[static POINT_BYTES]);

/* sigma_prove with hedged nonces; wipes out_len bytes of out on failure. The hedge absorbs the
 * first n_secret scalars of witness: s and r even where the proof is about s alone (6.1). */
UNDERSIGN_MUST_CHECK enum undersign_status
sigma_prove_hedged(uint8_t *out, size_t out_len, struct transcript *header,
		   const struct sigma_system *system, const struct scalar *witness, size_t n_secret,
		   const char *label, const struct random_source *random);
/* The sources of nonces that sigma_prove_hedged uses, for proofs of another shape. */
void sigma_hedge(struct nonce_hedge *out, const char *label, const struct transcript *header,
		 const struct sigma_system *system, const struct scalar *secret, size_t n_secret,
		 const struct random_source *random);

#endif
