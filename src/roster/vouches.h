/* Members vouch for a request (formats 4.4): each by a proof of possession of one of his own
 * commitments that names the request. It tells the stewards which entry vouches, and nothing of
 * what its member signs. Kept in private. */
#ifndef UNDERSIGNED_VOUCHES_H
#define UNDERSIGNED_VOUCHES_H

#include "evidence_rules.h"
#include "roster.h"

#include "bytes.h"
#include "problem.h"
#include "protocol.h"
#include "sha2.h"
#include "sigma.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

#define VOUCHES_MAX     (2 * EVIDENCE_VOUCHERS_MAX)
#define VOUCHES_LEN_MAX 8192
/* Bytes of what the proof has in the place of a roster's name. */
#define VOUCHES_ORG_MAX (ROSTER_NAME_MAX + 32 + 2 * SHA256_BYTES)

struct vouch {
	uint32_t column; /* from 1: of the commitment in its entry */
	uint8_t commitment[POINT_BYTES];
	uint8_t proof[SIGMA_REGISTER_BYTES];
};

struct vouches {
	struct bytes roster;
	uint32_t edition;
	uint8_t request[SHA256_BYTES]; /* the fingerprint of what is vouched for */
	uint32_t n;                    /* 1 to VOUCHES_MAX, no commitment twice */
	struct vouch vouches[VOUCHES_MAX];
};

/* Checks the form, no proof. E_FORMAT or E_LIMIT, *problem has line and rule. */
UNDERSIGN_MUST_CHECK enum undersign_status vouches_parse(struct vouches *out, struct bytes text,
							 struct problem *problem);
void vouches_write(struct writer *writer, const struct vouches *vouches);

/* What a vouch's proof covers (protocol 4.3, type register): in the place of the roster's name
 * stands
 * `<roster> newline vouch <edition> <hex of request>`, which no roster's name can be, so that a
 * vouch is no registration and no registration a vouch. org: memory for it. */
struct sigma_registration vouches_registration(uint8_t org[static VOUCHES_ORG_MAX],
					       const struct vouches *vouches,
					       const struct vouch *vouch);
/* True if the proof holds. */
bool vouches_is_valid_vartime(const struct vouches *vouches, const struct vouch *vouch,
			      const struct generators *generators);

#endif
