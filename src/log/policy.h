/* tlog-policy files: which logs are accepted, and which witnesses must have cosigned. Lines of
 *
 *     log <vkey> [url]
 *     witness <name> <vkey> [url]
 *     group <name> all|any|<k> <member>...
 *     quorum <name>|none
 *
 * empty lines, and lines that begin with `#`. Fields stand apart by spaces or tabulators. Names are
 * opaque bytes, and named before they are used; `none` is none of them. A name is a member of at
 * most one group, once; so groups are a forest. Public data. */
#ifndef UNDERSIGNED_POLICY_H
#define UNDERSIGNED_POLICY_H

#include "bytes.h"
#include "checkpoint.h"
#include "note.h"
#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POLICY_LEN_MAX       ((size_t)128 * 1024)
#define POLICY_LOGS_MAX      64
#define POLICY_WITNESSES_MAX 64
#define POLICY_GROUPS_MAX    64
#define POLICY_NONE          SIZE_MAX

struct policy_log {
	struct note_key key;
	struct bytes url; /* may be empty */
};

struct policy_witness {
	struct bytes name;
	struct note_key key;
	struct bytes url;
	size_t group; /* that it is a member of; POLICY_NONE */
};

struct policy_group {
	struct bytes name;
	size_t n_members;
	size_t threshold; /* members that must be satisfied: 1 to n_members */
	size_t group;     /* that it is a member of; POLICY_NONE */
};

/* Views into the text. The quorum is a witness, a group (the other is POLICY_NONE), or, both being
 * POLICY_NONE, none. */
struct policy {
	size_t n_logs;
	struct policy_log logs[POLICY_LOGS_MAX];
	size_t n_witnesses;
	struct policy_witness witnesses[POLICY_WITNESSES_MAX];
	size_t n_groups;
	struct policy_group groups[POLICY_GROUPS_MAX];
	size_t quorum_witness;
	size_t quorum_group;
};

/* Parses a policy file. E_FORMAT, E_LIMIT or E_CONFLICT (a name or public key twice); *problem has
 * line and rule. */
UNDERSIGN_MUST_CHECK enum undersign_status policy_parse(struct policy *out, struct bytes text,
							struct problem *problem);
/* True if the witnesses with has_cosigned[i], i < n_witnesses, satisfy the quorum. */
bool policy_quorum_is_met(const struct policy *policy,
			  const bool has_cosigned[static POLICY_WITNESSES_MAX]);

#define POLICY_WARNINGS_MAX (POLICY_GROUPS_MAX + 3)

/* What is allowed and yet weak: no log, no quorum, a witness that does not count for the quorum,
 * and a group with k <= 2n/3, of which less than a third, faulty, can let two views of a log pass.
 * Returns the number of warnings. */
size_t policy_lint(const struct policy *policy, struct problem out[static POLICY_WARNINGS_MAX]);

/* Opens the checkpoint of a log of the policy: checkpoint_open with the log of that origin and all
 * witnesses, then the quorum. E_MISSING if the policy has no such log; E_INVALID if the quorum is
 * not met. *out_log: index of the log. verdict: key 0 is the log, key 1 + i is witness i. */
UNDERSIGN_MUST_CHECK enum undersign_status
policy_open_checkpoint(struct checkpoint *out, struct note *note, struct note_verdict *verdict,
		       size_t *out_log, const struct policy *policy, struct bytes input,
		       struct problem *problem);

#endif
