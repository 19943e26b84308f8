/* The linear proofs of protocol 7: possession of an entry, withdrawal, claim, claim for one
 * verifier only, possession of a verifier's key. Making is constant time in the secrets; the
 * nonces are fresh and hedged (6.1). E_RANDOM, and the output zeroed, if the source fails. */
#ifndef UNDERSIGNED_SIGMA_H
#define UNDERSIGNED_SIGMA_H

#include "opening.h"
#include "protocol.h"
#include "ring.h"
#include "scope.h"

#include "bytes.h"
#include "random.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIGMA_REGISTER_BYTES (32 * (2 + TAG_DIMENSION)) /* R, z_1..z_K, z_r */
#define SIGMA_WITHDRAW_BYTES (32 * (2 + TAG_DIMENSION)) /* T, R, z_1..z_K */
#define SIGMA_CLAIM_BYTES    (32 * (4 + TAG_DIMENSION)) /* T, R_1, R_2, z_1..z_K, z_r */
/* R_1, R_2, RV, c_1, c_v, z_1..z_K, z_r, z_v; the tag stands beside it */
#define SIGMA_DV_CLAIM_BYTES (32 * (7 + TAG_DIMENSION))
#define SIGMA_VK_BYTES       64 /* R, z */

/* Proof of possession of one commitment (protocol 4.3, 4.4c). */
struct sigma_registration {
	struct bytes org;          /* the roster's name */
	struct bytes meta;         /* the entry's */
	uint32_t column;           /* from 1; 0 where the list has one column only */
	const uint8_t *commitment; /* POINT_BYTES */
};
/* Requires: registration->commitment is that of the opening (else E_INVALID). */
UNDERSIGN_MUST_CHECK enum undersign_status
sigma_register_make(uint8_t out[static SIGMA_REGISTER_BYTES], const struct generators *generators,
		    const struct sigma_registration *registration, const struct opening *opening,
		    const struct random_source *random);
bool sigma_register_is_valid_vartime(const struct generators *generators,
				     const struct sigma_registration *registration,
				     struct bytes proof);
/* Many at once, for the audit of a roster: verdicts[k] tells of registrations[k] and the
 * SIGMA_REGISTER_BYTES at proofs[k]. Weights as in 6.4; fresh: 32 random bytes or NULL.
 * Returns whether all are valid.
 * Requires: scratch aligned to 64, scratch_len >= sigma_register_batch_scratch_len(n). */
size_t sigma_register_batch_scratch_len(size_t n);
bool sigma_register_batch_vartime(bool *verdicts, const struct generators *generators,
				  const struct sigma_registration *registrations,
				  const uint8_t *const *proofs, size_t n, const uint8_t *fresh,
				  void *scratch, size_t scratch_len);

/* A withdrawal; payload as message_write_withdraw makes it. It proves no membership (M-15).
 * E_INVALID if the tag is zero. */
UNDERSIGN_MUST_CHECK enum undersign_status
sigma_withdraw_make(uint8_t out[static SIGMA_WITHDRAW_BYTES], const struct scope *scope,
		    struct bytes payload, const struct opening *opening,
		    const struct random_source *random);
/* The tag is the proof's first POINT_BYTES. */
bool sigma_withdraw_is_valid_vartime(const struct scope *scope, struct bytes payload,
				     struct bytes proof);

/* "The member at place i of the ring made the statements of this tag in this scope": transferable.
 * A caller MUST refuse a tag that is not on the letter (protocol 7, disclaim). */
struct sigma_claim {
	const struct ring *ring;
	uint64_t i;
	const struct scope *scope;
	struct bytes payload; /* as message_write_claim makes it */
};
/* The place of the opening's entry in the ring, compared with every entry in constant time; what
 * comes out is declassified, because a claim says it. E_MISSING if there is none. */
UNDERSIGN_MUST_CHECK enum undersign_status sigma_claim_find(uint64_t *out_i,
							    const struct generators *generators,
							    const struct ring *ring,
							    const struct opening *opening);
/* E_INVALID if i >= N, the opening does not open C_i, or the tag is zero. */
UNDERSIGN_MUST_CHECK enum undersign_status sigma_claim_make(uint8_t out[static SIGMA_CLAIM_BYTES],
							    const struct generators *generators,
							    const struct sigma_claim *claim,
							    const struct opening *opening,
							    const struct random_source *random);
bool sigma_claim_is_valid_vartime(const struct generators *generators,
				  const struct sigma_claim *claim, struct bytes proof);

/* A verifier's key VK = v G_1. */
UNDERSIGN_MUST_CHECK enum undersign_status sigma_vk_new(struct scalar *out_v,
							const struct random_source *random);
void sigma_vk_public(uint8_t out[static POINT_BYTES], const struct generators *generators,
		     const struct scalar *v);
UNDERSIGN_MUST_CHECK enum undersign_status sigma_vk_make(uint8_t out[static SIGMA_VK_BYTES],
							 const struct generators *generators,
							 struct bytes name, const struct scalar *v,
							 const struct random_source *random);
bool sigma_vk_is_valid_vartime(const struct generators *generators, struct bytes name,
			       const uint8_t vk[static POINT_BYTES], struct bytes proof);

/* A claim that convinces the holder of VK only, who could have made it himself. The caller has
 * checked the key's proof of possession; without it the claim may be transferable. */
UNDERSIGN_MUST_CHECK enum undersign_status
sigma_dv_claim_make(uint8_t out[static SIGMA_DV_CLAIM_BYTES], const struct generators *generators,
		    const struct sigma_claim *claim, const uint8_t vk[static POINT_BYTES],
		    const struct opening *opening, const struct random_source *random);
bool sigma_dv_claim_is_valid_vartime(const struct generators *generators,
				     const struct sigma_claim *claim,
				     const uint8_t tag[static POINT_BYTES],
				     const uint8_t vk[static POINT_BYTES], struct bytes proof);
/* What makes it deniable: the same proof about any place and any tag, from the verifier's v. */
UNDERSIGN_MUST_CHECK enum undersign_status
sigma_dv_claim_simulate(uint8_t out[static SIGMA_DV_CLAIM_BYTES],
			const struct generators *generators, const struct sigma_claim *claim,
			const uint8_t tag[static POINT_BYTES], const struct scalar *v,
			const struct random_source *random);

#endif
