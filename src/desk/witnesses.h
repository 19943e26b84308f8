/* The witnesses of a desk's log: those of the configuration's policy. */
#ifndef UNDERSIGNED_WITNESSES_H
#define UNDERSIGNED_WITNESSES_H

#include "config.h"
#include "desk_state.h"
#include "published.h"

#include "arena.h"
#include "bytes.h"
#include "problem.h"
#include "status.h"

#include <stdint.h>

struct witnesses;

/* Reads the policy, in which this log must stand. warn (may be NULL) hears what is weak in it.
 * *out is NULL without `witness-policy`, and on failure. Errors as file_read, policy_parse;
 * E_MISSING if the policy does not have the log. */
UNDERSIGN_MUST_CHECK enum undersign_status
witnesses_open(struct witnesses **out, const struct config *config, const struct desk_state *state,
	       void (*warn)(void *cookie, const struct problem *problem), void *cookie,
	       struct problem *problem);
/* Their keys; nobody's for NULL. Stay until witnesses_close. */
struct published_witnesses witnesses_keys(const struct witnesses *witnesses);
/* NULL: nothing is done. */
void witnesses_close(struct witnesses *witnesses);

/* The state's checkpoint with all cosignatures that there are. before: of the entries that the
 * witnesses probably have. Errors as cosigners_ask: E_LIMIT, the quorum is not met, ask again
 * later; E_CONFLICT, the log's key has signed another log: *evidence (from the arena) is that
 * checkpoint. */
UNDERSIGN_MUST_CHECK enum undersign_status
witnesses_ask(struct bytes *out, struct bytes *evidence, struct witnesses *witnesses,
	      const struct desk_state *state, uint64_t before, uint64_t now, struct arena *arena,
	      struct problem *problem);

#endif
