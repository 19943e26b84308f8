/* Polls on a desk in memory: trustees whose secrets are known, answers, shares. */
#ifndef UNDERSIGNED_TEST_LETTER_DESK_POLL_H
#define UNDERSIGNED_TEST_LETTER_DESK_POLL_H

#include "desk.h"

#include "poll_count.h"

enum { DESK_TRUSTEES = 3, DESK_THRESHOLD = 2 };

struct desk_poll {
	struct manifest_poll manifest;
	struct scalar secrets[DESK_TRUSTEES]; /* e_j */
	struct poll_trustees trustees;
	struct bytes trustees_note;
};

/* Makes trustees by their files, each written, signed and read, and the desk's letter a poll of one
 * question with four options, one to be chosen, and one with three, none to two. Before
 * desk_poll_publish. */
void desk_poll_begin(struct desk_poll *out, struct desk *desk, uint64_t quorum);
/* As desk_publish, with the trustees' record. */
void desk_poll_publish(struct desk_poll *poll, struct desk *desk);
/* What the next answers say: an option of the first question, and bits of the second's. */
void desk_choose(struct desk *desk, unsigned first, unsigned second);
/* A whole answer of a member, in its own ring or group. */
struct bytes desk_answer(struct desk *desk, size_t roster, uint32_t member, uint32_t seq,
			 unsigned first, bool with_second);
struct poll_count desk_poll_count(struct desk *desk);
/* The record of trustee j's share of the sums as they are; off by a point if is_false. */
struct bytes desk_share_record(struct desk *desk, const struct desk_poll *poll, unsigned j,
			       bool is_false);

#endif
