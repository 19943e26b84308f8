/* The acceptor: checks what is delivered, holds it, and promises (design decisions 9 and 10). It
 * has no key but that of promises and makes no connection but to the store. No address, time or
 * order of a delivery is kept, and nothing of it is said to anybody but in its answer.
 *
 * Deliveries are taken by any thread. Cheap checks come at once; then they wait in a bounded queue
 * for acceptor_run, which verifies the proofs of all that wait together, holds what is good in one
 * transaction, and only then answers. */
#ifndef UNDERSIGNED_ACCEPTOR_H
#define UNDERSIGNED_ACCEPTOR_H

#include "config.h"

#include "bytes.h"
#include "clock.h"
#include "note.h"
#include "parallel.h"
#include "problem.h"
#include "protocol.h"
#include "random.h"
#include "record.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct acceptor;

struct acceptor_options {
	const struct config *config; /* must stay */
	const struct parallel *parallel;
	const struct random_source *random;
	struct clock_source clock;
	/* As in sealer_options. May be NULL. */
	void (*warn)(void *cookie, const struct problem *problem);
	void *warn_cookie;
};

/* How a delivery ended. */
enum acceptor_verdict {
	ACCEPTOR_HELD,      /* committed; promise is set for statements */
	ACCEPTOR_MALFORMED, /* it is no envelope, statement, record or request */
	ACCEPTOR_UNKNOWN,   /* no such letter here */
	ACCEPTOR_ELSEWHERE, /* not by this listener; said by the service alone */
	ACCEPTOR_STAMP,     /* none, a cheap one, or of another epoch */
	ACCEPTOR_CLOSED,    /* the letter does not take statements now */
	ACCEPTOR_INVALID,   /* a proof, a ring or a signature does not hold */
	ACCEPTOR_BUSY,      /* come back later: the queue, the store or the disk is full */
};

struct acceptor_answer {
	enum acceptor_verdict verdict;
	struct bytes promise; /* a signed note; of ACCEPTOR_HELD */
	/* What is wrong, in words for whoever delivers; set but for ACCEPTOR_HELD. */
	const struct problem *problem;
};

struct acceptor_delivery {
	uint8_t letter[HASH_BYTES]; /* that it was delivered to */
	struct bytes body;          /* an envelope (envelope.h); copied */
	/* A statement file by itself, as a plain form sends it, that need not be in an envelope. */
	bool may_be_bare;
	const char *stamp; /* as text; NULL: there is none */
	/* Called exactly once: before acceptor_take returns, or by acceptor_run's thread. What the
	 * answer points to is good until it returns. Must call nothing of the acceptor but
	 * acceptor_look. */
	void (*answer)(void *cookie, const struct acceptor_answer *answer);
	void *cookie;
};

/* Opens the store, reads letters and log, and leaves the promise key's public half for the sealer.
 * E_MISSING: the sealer has made no store yet. Errors also as signer_open, store_open,
 * desk_state_refresh. *out is NULL on failure. */
UNDERSIGN_MUST_CHECK enum undersign_status acceptor_open(struct acceptor **out,
							 const struct acceptor_options *options,
							 struct problem *problem);
/* Requires: acceptor_run is not running. NULL: nothing is done. */
void acceptor_close(struct acceptor *acceptor);

void acceptor_take(struct acceptor *acceptor, const struct acceptor_delivery *delivery);
/* A record for the log, or an enrolment request for a roster's steward: delivery->body is the file,
 * and its letter zeros. A record is checked as far as it can be before others come beside it. */
void acceptor_take_entry(struct acceptor *acceptor, const struct acceptor_delivery *delivery);

/* Works until acceptor_stop, and then until nothing waits: OK. Anything else: the store has failed
 * or is not to be trusted; what waits has been answered ACCEPTOR_BUSY, and so is all that comes. */
UNDERSIGN_MUST_CHECK enum undersign_status acceptor_run(struct acceptor *acceptor,
							struct problem *problem);
/* By any thread. What comes afterwards is answered ACCEPTOR_BUSY. */
void acceptor_stop(struct acceptor *acceptor);

/* What anybody may know (doc/http-api.md, desk.json). By any thread. */
struct acceptor_facts {
	bool is_ready;           /* statements can be promised */
	uint64_t epoch;          /* in which a statement that comes now can stand first */
	uint64_t ends;           /* when that epoch is closed; seconds since 1970 */
	struct note_key promise; /* the key of promises */
	const struct record_log *log;
};
void acceptor_look(struct acceptor *acceptor, struct acceptor_facts *out);

#endif
