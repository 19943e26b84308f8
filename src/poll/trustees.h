/* The trustees' key of a poll (protocol 14.2): each makes a key, deals shares of a secret of its
 * own to all by files, and accepts what it was dealt. Any t of n can then decrypt; who lies is
 * named.
 *
 * Making is constant time in the secrets, its nonces are fresh and hedged (6.1); E_RANDOM, and the
 * output zeroed, if the source fails. Trustees are numbered from 1. */
#ifndef UNDERSIGNED_TRUSTEES_H
#define UNDERSIGNED_TRUSTEES_H

#include "protocol.h"

#include "bytes.h"
#include "problem.h"
#include "random.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRUSTEES_MAX            16
#define TRUSTEE_KEY_BYTES       (3 * POINT_BYTES) /* E, R, z */
#define TRUSTEE_ACCEPT_BYTES    (2 * POINT_BYTES) /* R, z */
#define TRUSTEE_COMPLAINT_BYTES (4 * POINT_BYTES) /* K, R_1, R_2, z */
#define TRUSTEE_DEAL_MAX        (POINT_BYTES * (2 * TRUSTEES_MAX + 5))

/* The first file: the secret e, which is all that a trustee keeps, and E with its proof. */
UNDERSIGN_MUST_CHECK enum undersign_status trustee_key_new(struct scalar *out_secret,
							   uint8_t out[static TRUSTEE_KEY_BYTES],
							   struct bytes name,
							   const struct random_source *random);
bool trustee_key_is_valid_vartime(struct bytes name, const uint8_t key[static TRUSTEE_KEY_BYTES]);

/* Who takes part. Public. */
struct ceremony {
	unsigned threshold, n;
	uint8_t keys[TRUSTEES_MAX][POINT_BYTES]; /* E_i */
	uint8_t id[HASH_BYTES];
};
/* keys[i] has TRUSTEE_KEY_BYTES. E_INVALID for numbers out of bounds, a key that does not hold, and
 * two that are equal, or two names; *problem has the words. */
UNDERSIGN_MUST_CHECK enum undersign_status ceremony_new(struct ceremony *out, unsigned threshold,
							const struct bytes *names,
							const uint8_t *const *keys, unsigned n,
							struct problem *problem);
/* The trustee whose secret it is; 0 if it is nobody's. The answer is public: who runs the program
 * is one of the trustees. */
unsigned ceremony_find(const struct ceremony *ceremony, const struct scalar *secret);

/* The second file: deal_i, of trustee_deal_len bytes. Its own secrets are wiped. */
size_t trustee_deal_len(const struct ceremony *ceremony);
UNDERSIGN_MUST_CHECK enum undersign_status trustee_deal_make(uint8_t *out,
							     const struct ceremony *ceremony,
							     unsigned i,
							     const struct random_source *random);
/* Form and proofs; what is in it for each trustee, only that one can tell. */
bool trustee_deal_is_valid_vartime(const struct ceremony *ceremony, unsigned i, struct bytes deal);

/* Opens what was dealt to j: the share s_j. deals: those of all, in order, each valid.
 * E_INVALID if one does not fit its commitments; *out_liar is then its dealer, and *out_share zero:
 * to be complained about. */
UNDERSIGN_MUST_CHECK enum undersign_status
trustee_share_open(struct scalar *out_share, unsigned *out_liar, const struct ceremony *ceremony,
		   const struct bytes *deals, unsigned j, const struct scalar *secret);

/* The third file: that j knows the share that belongs to P_j. E_INVALID if it is not that share. */
UNDERSIGN_MUST_CHECK enum undersign_status
trustee_accept_make(uint8_t out[static TRUSTEE_ACCEPT_BYTES], const struct ceremony *ceremony,
		    const struct bytes *deals, unsigned j, const struct scalar *share,
		    const struct random_source *random);

/* Shows what i dealt to j. E_INVALID if the secret is not that of j. */
UNDERSIGN_MUST_CHECK enum undersign_status
trustee_complaint_make(uint8_t out[static TRUSTEE_COMPLAINT_BYTES], const struct ceremony *ceremony,
		       struct bytes deal, unsigned i, unsigned j, const struct scalar *secret,
		       const struct random_source *random);
enum trustee_blame {
	TRUSTEE_BLAME_NOBODY,     /* the complaint's proof does not hold: it says nothing */
	TRUSTEE_BLAME_DEALER,     /* what was dealt is wrong */
	TRUSTEE_BLAME_COMPLAINER, /* what was dealt is right */
};
/* Requires: the deal is valid. */
enum trustee_blame
trustee_complaint_judge_vartime(const struct ceremony *ceremony, struct bytes deal, unsigned i,
				unsigned j,
				const uint8_t complaint[static TRUSTEE_COMPLAINT_BYTES]);

/* What answers are encrypted under. Public. */
struct poll_key {
	struct affine y;
	uint8_t encoded[POINT_BYTES]; /* Y */
	uint8_t id[HASH_BYTES];
};
/* A key that is complete. Public. */
struct trustees {
	unsigned threshold, n;
	struct poll_key key;
	struct affine verifiers[TRUSTEES_MAX]; /* P_j, from j = 1 at 0 */
};
/* Checks all deals and acceptances, TRUSTEE_ACCEPT_BYTES each. E_INVALID; *problem names the
 * trustee at fault; *out is then zeros. */
UNDERSIGN_MUST_CHECK enum undersign_status
trustees_new(struct trustees *out, const struct ceremony *ceremony, const struct bytes *deals,
	     const uint8_t *const *accepts, struct problem *problem);

#endif
