/* Answers of a sealed poll (protocol 14.3, 14.4): encrypted choices, and the proofs that they are
 * choices. The proof of membership is that of sign.h, over a message whose payload is
 * answer_payload. */
#ifndef UNDERSIGNED_ANSWER_H
#define UNDERSIGNED_ANSWER_H

#include "opening.h"
#include "scope.h"
#include "shape.h"
#include "trustees.h"

#include "bytes.h"
#include "random.h"
#include "sha2.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What all answers of a poll have in common. */
struct answer_poll {
	const struct poll_key *key;
	const struct shape *shape;
	const uint8_t *scope; /* SCOPE_BYTES */
};

/* Choices and the randomness that hides them. Secret: whoever makes one wipes it. */
struct answer_secret {
	uint64_t choices[SHAPE_ALL_MAX]; /* 0 or 1, of each option */
	struct scalar r[SHAPE_ALL_MAX];
};

/* Encrypts: out has shape_ciphertexts_len bytes. choices: 0 or 1 for each option. Constant time in
 * the choices. The member's opening hedges the randomness (6.1) and has no other part in it.
 * E_INVALID if a choice is not 0 or 1, or a question has too few or too many; E_RANDOM. Outputs are
 * then zeros. */
UNDERSIGN_MUST_CHECK enum undersign_status
answer_encrypt(struct answer_secret *out_secret, uint8_t *out, const struct answer_poll *poll,
	       const uint8_t *choices, const struct opening *opening,
	       const struct random_source *random);

/* Writes the whole answer, shape_answer_len bytes, for one ring and tag: as often as it is needed
 * for a statement's two proofs, with the same ciphertexts. Constant time in the secret. E_RANDOM,
 * and the output zeroed, if the source fails.
 * Requires: ciphertexts are those of the secret; out may begin with them. */
UNDERSIGN_MUST_CHECK enum undersign_status
answer_prove(uint8_t *out, const struct answer_poll *poll, const uint8_t *ciphertexts,
	     const struct answer_secret *secret, const uint8_t ring_id[static HASH_BYTES],
	     const uint8_t tag[static POINT_BYTES], const struct random_source *random);

/* The payload of the statement's message: SHA-512 of the ciphertexts.
 * Requires: answer has at least those. */
#define ANSWER_PAYLOAD_BYTES SHA512_BYTES
void answer_payload(uint8_t out[static ANSWER_PAYLOAD_BYTES], const struct shape *shape,
		    const uint8_t *answer);

/* One answer to be checked. */
struct answer_item {
	const uint8_t *ring_id; /* HASH_BYTES */
	const uint8_t *tag;     /* POINT_BYTES */
	struct bytes answer;
};
/* E4 and E5 one by one: the definition. Public. */
bool answer_is_valid_vartime(const struct answer_poll *poll, const struct answer_item *item);
/* Many, in one sum: verdicts[k] tells of items[k]. fresh: 32 random bytes or NULL. Returns whether
 * all are valid. Public.
 * Requires: scratch aligned to 64, scratch_len >= answer_batch_scratch_len(shape, n). */
size_t answer_batch_scratch_len(const struct shape *shape, size_t n);
bool answer_batch_is_valid_vartime(bool *verdicts, const struct answer_poll *poll,
				   const struct answer_item *items, size_t n, const uint8_t *fresh,
				   void *scratch, size_t scratch_len);

#endif
