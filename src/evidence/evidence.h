/* Evidence: why an enrolment is believed (doc/formats.md 4.4, doc/membership.md). A member signs
 * the bytes of his enrolment request with what he holds already, or others sign for him; a steward
 * has that checked against files that say whose keys they are. Each kind has a module of its own,
 * <kind>_evidence.h, with one function of the form
 *
 *     status <kind>_evidence_check(out, question, arena, problem)
 *
 * E_INVALID: the evidence does not hold; E_FORMAT: evidence or files are not of the kind's form;
 * E_LIMIT, E_MEMORY. *problem has the place, and the rule that is broken; *out is then zeros.
 * Everything is checked offline, at the time that the question names. All of it is personal data
 * and no secret: it says who enrols, never who signs. */
#ifndef UNDERSIGNED_EVIDENCE_H
#define UNDERSIGNED_EVIDENCE_H

#include "edition.h"
#include "evidence_kind.h"
#include "evidence_rules.h"

#include "arena.h"
#include "bytes.h"
#include "problem.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

#define EVIDENCE_LEN_MAX     ((size_t)65536)    /* bytes of one piece of evidence */
#define EVIDENCE_SOURCE_MAX  ((size_t)64 << 20) /* bytes of one file to check against */
#define EVIDENCE_SOURCES_MAX ((size_t)4096)

/* A file that says whose keys are whose: allowed_signers, a keyring, root certificates. */
struct evidence_source {
	struct bytes name; /* for messages; its ending may tell the form */
	struct bytes content;
};

struct evidence_question {
	struct bytes request; /* what must be signed, to the byte */
	struct bytes evidence;
	const struct evidence_source *against;
	size_t n_against;
	uint64_t seconds; /* since 1970: keys must be valid then */
	/* For words of stewards and vouches; NULL where the roster has none. */
	const struct evidence_rules *rules;
	const struct edition *edition;
};

/* Views of the question's, or in the arena. */
struct evidence_answer {
	enum evidence_kind kind;
	/* What two pieces of evidence made with one key, or one card, share: never empty. */
	struct bytes identity;
	/* Who it is, as the files name him; one person's keys of all kinds share it where the files
	 * name him alike. Lower case; empty if nobody is named. */
	struct bytes person;
	struct bytes holder; /* what is shown to the steward: a name, an address; may be empty */
	struct bytes organisation; /* where the kind tells one; may be empty */
	uint32_t n_vouchers; /* of kind vouch: who they are, by the numbers of their entries */
	uint32_t vouchers[EVIDENCE_VOUCHERS_MAX];
	const char *strength; /* "Ed25519", "RSA, 4096 bits"; constant or in the arena */
};

/* A copy in lower case (ASCII) in the arena; data NULL if there is no memory. For `person`. */
struct bytes evidence_lower(struct arena *arena, struct bytes text);

#endif
