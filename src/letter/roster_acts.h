/* What stewards have logged of their rosters besides the lists (act.h, formats 4.9): read from a
 * log's replay, and checked before it is logged. It says nothing of what counts. Public. */
#ifndef UNDERSIGNED_ROSTER_ACTS_H
#define UNDERSIGNED_ROSTER_ACTS_H

#include "act.h"
#include "replay.h"

/* Tells of an act that names one of the rosters and does not hold; the place is its entry. */
struct roster_acts_told {
	void (*tell)(void *cookie, const struct problem *problem);
	void *cookie;
};

/* Of each of n rosters' records what the log says: out[i] of records[i]. Acts that name another
 * roster, edition or key are nobody's here. told may be NULL. The replay must have ended cleanly.
 */
void roster_acts_read(struct acts *out, const struct snapshot_record *records, size_t n,
		      const struct replay *replay, const struct roster_acts_told *told);

/* Whether this note may be logged next: it is an act of a roster whose record is in the log, or
 * among the n_pending records that wait, by the roster's key, and does not contradict those before.
 * E_FORMAT, E_INVALID, E_MISSING, E_CONFLICT; *problem has the rule. */
UNDERSIGN_MUST_CHECK enum undersign_status
roster_acts_check_next(const struct replay *replay, struct bytes note, const struct bytes *pending,
		       size_t n_pending, struct problem *problem);

#endif
