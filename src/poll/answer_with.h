/* Answers with the nonces given, for answer.c and the tests' tape, and what making and checking
 * have in common. Internal to this folder. */
#ifndef UNDERSIGNED_ANSWER_WITH_H
#define UNDERSIGNED_ANSWER_WITH_H

#include "answer.h"

#include "nonce.h"

/* Takes r of each option in order. */
UNDERSIGN_MUST_CHECK enum undersign_status
answer_encrypt_with(struct answer_secret *out_secret, uint8_t *out, const struct answer_poll *poll,
		    const uint8_t *choices, const struct nonce_source *nonces);
/* Takes z, then c, of each value of each proof in order; also those that are not used. */
UNDERSIGN_MUST_CHECK enum undersign_status
answer_prove_with(uint8_t *out, const struct answer_poll *poll, const uint8_t *ciphertexts,
		  const struct answer_secret *secret, const uint8_t ring_id[static HASH_BYTES],
		  const uint8_t tag[static POINT_BYTES], const struct nonce_source *nonces);

/* The challenge of 14.4 over ciphertexts and commitments, which stand at the answer's begin. */
void answer_challenge(struct scalar *out, const struct answer_poll *poll,
		      const uint8_t ring_id[static HASH_BYTES],
		      const uint8_t tag[static POINT_BYTES], const uint8_t *answer);

#endif
