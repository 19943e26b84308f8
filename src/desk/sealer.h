/* The sealer: closes epochs by the clock, signs, and writes what is published (design decisions 8
 * to 10). It holds the log's key, faces nobody, and looks at every proof itself before it is
 * logged: an acceptor that was broken into can hold something back, and not spoil the log.
 *
 * One at a time over a store, whose lock it has. For one thread. */
#ifndef UNDERSIGNED_SEALER_H
#define UNDERSIGNED_SEALER_H

#include "config.h"

#include "bytes.h"
#include "parallel.h"
#include "problem.h"
#include "random.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Names of values in the store. */
#define SEALER_VALUE_PROMISE_KEY "promise-key"         /* an acceptor's: the vkey that signs */
#define SEALER_VALUE_APPOINTMENT "promise-appointment" /* the sealer's note about it */

#define SEALER_JUMP_SECONDS ((uint64_t)3 * 86400)
#define SEALER_JUMP_EPOCHS  8 /* so many are never too many */

struct sealer;

struct sealer_options {
	const struct config *config; /* must stay */
	const struct parallel *parallel;
	const struct random_source *random;
	/* Close epochs however many are due. Else a clock that has jumped ahead by more than
	 * SEALER_JUMP_SECONDS since the last epoch is not believed. */
	bool may_catch_up;
	/* Hears what an operator should know and need not act on at once. May be NULL. */
	void (*warn)(void *cookie, const struct problem *problem);
	void *warn_cookie;
};

/* With `witness-policy` a checkpoint is published once the policy's quorum has cosigned it.
 *
 * Takes the lock, reads everything, and compares the store's log with the checkpoint that is kept
 * outside of it and with the one that is published: E_CONFLICT, and nothing is signed, if the store
 * was rolled back or is another log. E_MISSING if a log that has entries has neither. Writes what a
 * sealer that was stopped did not come to publish. *out is NULL on failure. */
UNDERSIGN_MUST_CHECK enum undersign_status
sealer_open(struct sealer **out, const struct sealer_options *options, struct problem *problem);
/* NULL: nothing is done. */
void sealer_close(struct sealer *sealer);

struct sealer_step {
	bool has_closed; /* an epoch: */
	uint64_t epoch;  /* the last one that was closed */
	uint64_t size;   /* entries of the log */
	/* The log's newest checkpoint is signed and not published: too few witnesses have answered.
	 * They are asked again at the next step. */
	bool waits;
	uint64_t next; /* when the next epoch is due, in seconds since 1970 */
};
/* Does what there is to do at a time: closes all epochs that are due, publishes, appoints the key
 * of promises. Not OK: E_LIMIT, a full disk or a busy store, or E_MEMORY: to be called again,
 * nothing is lost; E_INVALID or E_CONFLICT: the log must not be signed, as a witness may know and
 * prove, or the clock is not to be believed; else the machine: end, and start again. */
UNDERSIGN_MUST_CHECK enum undersign_status sealer_run(struct sealer *sealer,
						      struct sealer_step *out, uint64_t seconds,
						      struct problem *problem);

#endif
