/* What a poll comes to (protocol 14.5 to 14.7, doc/formats.md 11): which answers are in which sum,
 * the sums, and, once enough trustees have given their shares, the counts. A pure function of the
 * letter's part of the replay. Public; variable time. */
#ifndef UNDERSIGNED_POLL_COUNT_H
#define UNDERSIGNED_POLL_COUNT_H

#include "arena.h"
#include "problem.h"
#include "replay_poll.h"
#include "share.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum poll_state {
	POLL_SEALED, /* the log has no epoch after the closing: nothing is added up */
	POLL_CLOSED, /* the sums are there; shares of trustees are missing */
	POLL_OPENED,
};

/* Answers that are opened in one sum for each option. */
struct poll_group {
	uint32_t ring;         /* under which it is shown: number in the manifest */
	const uint32_t *rings; /* whose answers are in it, ascending */
	size_t n_rings;
	uint64_t answers;
	const uint64_t *counts; /* of each option, once opened */
};

struct poll_count {
	enum poll_state state;
	uint64_t answers;          /* tags that count */
	uint64_t withheld;         /* of these, in no group: their class has fewer than hold_min */
	bool has_quorum;           /* answers reach the quorum; true where none is asked for */
	struct poll_group *groups; /* in the order of their rings */
	size_t n_groups;
	struct share_poll about;      /* what shares are for; n_sums is groups times options */
	const uint64_t *totals;       /* of each option over all groups, once opened */
	bool has_given[TRUSTEES_MAX]; /* a share that holds */
	unsigned n_given;
	uint64_t opened_in; /* the epoch of the share that made them enough, once opened */
	/* Shares in the log that do not hold: who gave them. */
	bool has_lied[TRUSTEES_MAX];
};

/* epoch: the last one that has begun; REPLAY_NONE. Requires: letter->poll. E_INVALID if the sums
 * do not open, which no log has whose proofs were verified; E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status poll_count_make(struct poll_count *out,
							   const struct replay_letter *letter,
							   uint64_t epoch, struct arena *arena,
							   struct problem *problem);
/* Whether a share that a trustee gives is one of these sums; count is not POLL_SEALED. */
bool poll_count_takes_share(const struct poll_count *count, const struct poll_share *share,
			    struct arena *arena);

#endif
