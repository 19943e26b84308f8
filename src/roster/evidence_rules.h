/* What a roster asks for where no foreign key serves (formats 4.6): how many stewards give their
 * word, how many members vouch, and how often one member may; and how many additions are signed
 * together. Signed with the roster's key. Public. */
#ifndef UNDERSIGNED_EVIDENCE_RULES_H
#define UNDERSIGNED_EVIDENCE_RULES_H

#include "roster.h"

#include "bytes.h"
#include "note.h"
#include "problem.h"
#include "status.h"

#include <stdint.h>

#define EVIDENCE_STEWARDS_MAX 16
#define EVIDENCE_VOUCHERS_MAX 8
#define EVIDENCE_CAP_MAX      1000
/* Entries that a snapshot adds at least to one of the same day: where the rules say nothing, and
 * the most that they may say. */
#define EVIDENCE_ADDITIONS_DEFAULT 5
#define EVIDENCE_ADDITIONS_MAX     1000

struct evidence_rules {
	struct bytes roster;
	uint32_t edition;
	uint32_t n_words; /* of stewards that are needed; 0: this kind does not serve */
	uint32_t n_stewards;
	struct note_key stewards[EVIDENCE_STEWARDS_MAX];
	uint32_t n_vouchers;  /* members that are needed; 0: this kind does not serve */
	uint32_t vouches_max; /* that one member may give in this edition */
	uint32_t additions;   /* 0: nothing is said */
	struct note_key key;  /* the roster's */
};

/* Of rules, or of a roster without any (NULL). */
uint32_t evidence_rules_additions(const struct evidence_rules *rules);

/* The text, without signatures. E_FORMAT, *problem has line and rule. */
UNDERSIGN_MUST_CHECK enum undersign_status
evidence_rules_parse(struct evidence_rules *out, struct bytes text, struct problem *problem);
/* Parses a signed note that the rules' key, and nobody else, must have signed. */
UNDERSIGN_MUST_CHECK enum undersign_status
evidence_rules_open(struct evidence_rules *out, struct bytes note, struct problem *problem);
/* Writes the text. E_FORMAT if it would not be parsed again. */
UNDERSIGN_MUST_CHECK enum undersign_status evidence_rules_write(struct writer *writer,
								const struct evidence_rules *rules,
								struct problem *problem);

#endif
