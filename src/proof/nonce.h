/* Where the random scalars of the proofs come from (protocol 6.1, "Nonces"). For proof and poll
 * alone; tests give a tape instead, to reproduce the vectors. */
#ifndef UNDERSIGNED_NONCE_H
#define UNDERSIGNED_NONCE_H

#include "protocol.h"

#include "bytes.h"
#include "random.h"
#include "sha2.h"
#include "status.h"

#include <stdint.h>

struct nonce_source {
	/* A uniform secret scalar; E_RANDOM, and zero, on failure. */
	enum undersign_status (*next)(void *cookie, struct scalar *out);
	void *cookie;
};

static inline enum undersign_status nonce_next(const struct nonce_source *source,
					       struct scalar *out)
{
	return source->next(source->cookie, out);
}

/* n of them; all zero on failure. */
UNDERSIGN_MUST_CHECK enum undersign_status nonce_next_n(const struct nonce_source *source,
							struct scalar *out, size_t n);

/* wide(64 fresh bytes). E_RANDOM, and zero, if the source fails. */
UNDERSIGN_MUST_CHECK enum undersign_status nonce_fresh(struct scalar *out,
						       const struct random_source *random);

/* The one source that programs use: wide(64 fresh bytes) + wide(SHA-512(label || secret || SHA-512
 * of the statement || counter)). The sum is uniform if the fresh bytes are, and differs between
 * statements even if they are stuck. Never one of the two alone (M-9). */
struct nonce_hedge {
	struct sha512 start; /* has absorbed label, secret and statement */
	uint64_t counter;
	const struct random_source *random;
};
/* secret: the encoded witness. */
void nonce_hedge_begin(struct nonce_hedge *out, const char *label, struct bytes secret,
		       const uint8_t statement[static SHA512_BYTES],
		       const struct random_source *random);
struct nonce_source nonce_hedge_source(struct nonce_hedge *hedge);
void nonce_hedge_wipe(struct nonce_hedge *hedge);

#endif
