/* What stewards log of a roster besides its snapshots (formats 4.9): its rules of evidence, its
 * refusals, and that a sample was opened. Each is a note that the roster's key alone has signed.
 * Public. */
#ifndef UNDERSIGNED_ACT_H
#define UNDERSIGNED_ACT_H

#include "evidence_rules.h"
#include "refusals.h"
#include "sample.h"
#include "snapshot.h"

#include <stdbool.h>

enum act_kind { ACT_NONE = 0, ACT_RULES, ACT_REFUSALS, ACT_SAMPLE };

/* By the first line of a note or of its text alone. */
enum act_kind act_kind_of(struct bytes note);

/* One act; views into its note. */
struct act {
	enum act_kind kind;
	struct bytes roster;
	uint32_t edition;
	struct note_key key;
	struct evidence_rules rules;
	struct refusals refusals;
	struct sample_record sample;
};
/* Parses the text, without signatures. E_FORMAT, *problem has line and rule. */
UNDERSIGN_MUST_CHECK enum undersign_status act_parse(struct act *out, struct bytes text,
						     struct problem *problem);
/* Parses a signed note that its key, and nobody else, must have signed. */
UNDERSIGN_MUST_CHECK enum undersign_status act_open(struct act *out, struct bytes note,
						    struct problem *problem);
/* True if it is of the roster, edition and key that a snapshot's record is of. */
bool act_is_of(const struct act *act, const struct snapshot_record *record);

/* What the acts of one roster say together, in the order of the log. */
struct acts {
	uint32_t n; /* that hold */
	bool has_rules, has_refusals;
	struct evidence_rules rules;
	struct refusals refusals; /* the last ones */
	uint32_t n_samples;
	uint32_t n_drawn, n_opened; /* of the last sample */
};
/* Takes the next one, which is of the roster. E_CONFLICT, and nothing is taken: rules a second
 * time; refusals of an earlier day than those before, or of fewer. Views of the notes must stay. */
UNDERSIGN_MUST_CHECK enum undersign_status acts_take(struct acts *acts, const struct act *act,
						     struct problem *problem);

#endif
