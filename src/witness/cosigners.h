/* The log's side of witnesses: asks all of a policy for their cosignatures on a checkpoint, at
 * once, each within its time, and believes none of them. A witness that is slow, dead or lies costs
 * its own cosignature and nothing else; it is named. One alone can stop a log: if it shows the
 * log's own signature on another log than this one. */
#ifndef UNDERSIGNED_COSIGNERS_H
#define UNDERSIGNED_COSIGNERS_H

#include "arena.h"
#include "bytes.h"
#include "merkle.h"
#include "policy.h"
#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cosigner_outcome {
	COSIGNER_UNASKED, /* the policy gives no address */
	COSIGNER_SIGNED,
	COSIGNER_SILENT,  /* no answer in time */
	COSIGNER_REFUSED, /* another status */
	COSIGNER_LIED,    /* an answer that does not hold */
	COSIGNER_AHEAD,  /* it claims to have seen more than there is, and shows no signature of the
			  * log on it: it lies, or somebody else has the log's key and its trust */
	COSIGNER_PROVES, /* it shows the log's own signature on a larger log or on another one */
};

struct cosigner_result {
	enum cosigner_outcome outcome;
	int status;    /* of the last reply; 0 without one */
	uint64_t size; /* AHEAD, PROVES: of the log that it has seen */
	/* It named the size of what it cosigned last, no larger than the checkpoint: */
	bool has_named;
	uint64_t named;
	uint64_t seconds; /* SIGNED: of the cosignature */
	struct problem problem;
};

struct cosigners_options {
	const struct policy *policy; /* its URLs are submission prefixes (tlog-witness) */
	const char *proxy;           /* HOST:PORT of a SOCKS5 proxy, which resolves names; NULL */
	uint32_t timeout_ms;         /* of each request, at most five a witness; 0: 20 s */
	uint64_t now; /* seconds since 1970: a cosignature's time must be within a day of it */
};

struct cosigned {
	bool is_met;        /* the policy's quorum */
	struct bytes note;  /* the checkpoint with the log's signature and all cosignatures */
	size_t n_witnesses; /* of the policy */
	struct cosigner_result results[POLICY_WITNESSES_MAX];
	/* E_CONFLICT: the signed checkpoint, of the log's own key, that speaks against this one. */
	struct bytes evidence;
};

/* Asks. checkpoint: a note that is signed by a log of the policy; other signatures in it are left
 * out. reader: the stored hashes of that log up to the checkpoint's size; called by one thread at a
 * time. old_size: what the witnesses probably have; another one costs a request more. Views in *out
 * are of the arena.
 *
 * OK if the quorum is met; E_LIMIT if it is not: ask again later; E_CONFLICT if a witness proves
 * that the log's key has signed another log: nothing must be signed or published before somebody
 * has understood why. *problem says which. E_INVALID, E_MISSING and so on as
 * policy_open_checkpoint; E_MEMORY; E_SYSTEM. */
UNDERSIGN_MUST_CHECK enum undersign_status
cosigners_ask(struct cosigned *out, const struct cosigners_options *options,
	      struct bytes checkpoint, const struct merkle_reader *reader, uint64_t old_size,
	      struct arena *arena, struct problem *problem);

/* One line for people about what a witness did. */
void cosigner_result_write(struct writer *writer, const struct policy_witness *witness,
			   const struct cosigner_result *result);

#endif
