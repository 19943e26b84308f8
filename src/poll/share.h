/* Decryption shares (protocol 14.6): what a trustee publishes for the sums that are opened, with
 * the proof that it is his share's. Nothing here knows which sums may be opened: the caller has
 * computed them from the log, after the closing, and keeps that it makes shares of no others. */
#ifndef UNDERSIGNED_SHARE_H
#define UNDERSIGNED_SHARE_H

#include "scope.h"
#include "shape.h"
#include "trustees.h"

#include "bytes.h"
#include "random.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHARE_SUMS_MAX 4096

/* What a share is about. */
struct share_poll {
	const struct trustees *trustees;
	const uint8_t *scope; /* SCOPE_BYTES */
	const uint8_t *sums;  /* CIPHERTEXT_BYTES each, as sums_encode writes them */
	size_t n_sums;        /* at most SHARE_SUMS_MAX */
};

static inline size_t share_len(size_t n_sums)
{
	return POINT_BYTES * (n_sums + 2);
}
/* Scratch of both. */
static inline size_t share_scratch_len(size_t n_sums)
{
	return POINT_BYTES * n_sums;
}

/* What trustees compare, and keep: of one poll they have one list of sums opened (14.6). */
void share_sums_id(uint8_t out[static HASH_BYTES], const struct share_poll *poll);

/* Writes share_j. Constant time in the secret. E_INVALID if the secret is not the share of trustee
 * j, E_ENCODING if a sum is no pair of points, E_RANDOM. The output is then zeros. */
UNDERSIGN_MUST_CHECK enum undersign_status share_make(uint8_t *out, const struct share_poll *poll,
						      unsigned j, const struct scalar *secret,
						      const struct random_source *random,
						      uint8_t *scratch);
/* That it is trustee j's share of just these sums in this scope. Public. */
bool share_is_valid_vartime(const struct share_poll *poll, unsigned j, struct bytes share,
			    uint8_t *scratch);

/* M_k of each sum (14.7) from the shares of threshold trustees, each valid: v_k G.
 * trustees: their numbers, distinct. out: n_sums points. Public. E_ENCODING. */
UNDERSIGN_MUST_CHECK enum undersign_status share_combine_vartime(struct point *out,
								 const struct share_poll *poll,
								 const unsigned *trustees,
								 const struct bytes *shares);

#endif
