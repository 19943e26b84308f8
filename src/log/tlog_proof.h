/* c2sp.org/tlog-proof@v1: that an entry stands in a log, as one text that is checked offline.
 *
 *     c2sp.org/tlog-proof@v1
 *     extra <base64>             may be left out; says nothing, nobody signs it
 *     index <decimal>
 *     <base64 of a hash>         the path of inclusion, the leaf's sibling first
 *                                an empty line
 *     <signed checkpoint>
 *
 * Public data. */
#ifndef UNDERSIGNED_TLOG_PROOF_H
#define UNDERSIGNED_TLOG_PROOF_H

#include "bytes.h"
#include "checkpoint.h"
#include "merkle.h"
#include "policy.h"
#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

#define TLOG_PROOF_LEN_MAX ((size_t)256 * 1024)

/* Views into the text. */
struct tlog_proof {
	bool has_extra;
	struct bytes extra; /* base64 */
	uint64_t index;
	struct merkle_proof path;
	struct bytes checkpoint; /* a signed note */
};

/* Checks the form of everything but the checkpoint. E_FORMAT or E_LIMIT, *problem has line and
 * rule. */
UNDERSIGN_MUST_CHECK enum undersign_status
tlog_proof_parse(struct tlog_proof *out, struct bytes text, struct problem *problem);
void tlog_proof_write(struct writer *writer, const struct tlog_proof *proof);
/* That the entry with this leaf hash, which the caller computes from an entry of its own, stands at
 * the index in a log of the policy, at a checkpoint that satisfies its quorum. *out is that
 * checkpoint. Errors as policy_open_checkpoint; E_INVALID if the path does not lead to the root. */
UNDERSIGN_MUST_CHECK enum undersign_status tlog_proof_verify(struct checkpoint *out,
							     const struct tlog_proof *proof,
							     const struct merkle_hash *leaf,
							     const struct policy *policy,
							     struct problem *problem);

#endif
