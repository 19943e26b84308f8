/* The tally of a letter (protocol 7, doc/formats.md 6.3): a pure function of the set of its
 * statements. Order and repetition play no role. Every number that is shown anywhere is one of
 * these. Public; variable time. */
#ifndef UNDERSIGNED_TALLY_H
#define UNDERSIGNED_TALLY_H

#include "arena.h"
#include "bytes.h"
#include "manifest.h"
#include "message.h"
#include "protocol.h"
#include "sha2.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TALLY_NO_RING UINT32_MAX

/* A statement that stands in the log and was accepted: all that the count needs of it. */
struct tally_statement {
	uint8_t tag[POINT_BYTES];
	uint8_t message[SHA256_BYTES]; /* SHA-256 of what was signed: two that differ conflict */
	uint64_t epoch;
	uint64_t entry; /* its number in the log */
	uint32_t seq;   /* at least 1 */
	uint32_t ring;  /* number in the manifest, from 0; TALLY_NO_RING for a withdrawal */
	uint8_t action; /* MESSAGE_SIGN or MESSAGE_WITHDRAW */
};

struct tally_organisation {
	struct bytes name;
	const uint32_t *rosters; /* numbers in the manifest, from 0, ascending */
	size_t n_rosters;
	uint64_t signatures; /* tags that count in its rosters' own rings */
};

/* The total as it stood when an epoch was published. */
struct tally_growth {
	uint64_t epoch;
	uint64_t total;
	uint64_t added;   /* tags that count then and did not before */
	uint64_t removed; /* tags that counted before and do not then */
};

struct tally {
	uint64_t total;
	uint64_t enrolled;
	uint64_t raw_key;
	uint64_t withdrawn;   /* signed and withdrawn, those that conflict among them */
	uint64_t conflicting; /* of these, whose effective signatures differ */
	uint64_t represented; /* organisations with a count that is not 0 */
	uint64_t *rings;      /* of each ring of the manifest, over all versions */
	size_t n_rings;
	struct tally_organisation *organisations; /* in the order of their first roster */
	size_t n_organisations;
	struct tally_growth *growth; /* each epoch with statements of the letter, ascending */
	size_t n_growth;
};

/* Counts. organisations: the name of each roster's organisation, in the manifest's order; they must
 * live as long as *out, which is made from the arena. E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status
tally_count(struct tally *out, const struct manifest *manifest, const struct bytes *organisations,
	    const struct tally_statement *statements, size_t n, struct arena *arena);

/* Of each tag that counts the number of one effective signature among the statements: the one in
 * the first ring of the manifest. *out from the arena, in the order of the tags. E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status tally_effective(uint32_t **out, size_t *out_n,
							   const struct tally_statement *statements,
							   size_t n, struct arena *arena);

/* What has become of one tag. */
enum tally_fate {
	TALLY_UNKNOWN, /* no statement has this tag */
	TALLY_VOID,    /* withdrawals only: it never signed */
	TALLY_COUNTS,
	TALLY_WITHDRAWN, /* not counted: withdrawn, or in conflict with itself */
};
struct tally_tag {
	enum tally_fate fate;
	uint32_t highest_seq; /* of its statements; 0 if there is none */
};
struct tally_tag tally_of_tag(const struct tally_statement *statements, size_t n,
			      const uint8_t tag[static POINT_BYTES]);

#endif
