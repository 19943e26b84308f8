/* A world in which somebody knows every discrete logarithm: what remains hidden then is hidden for
 * ever, and what does not, comes out. */
#ifndef UNDERSIGNED_TEST_PROOF_LOGS_H
#define UNDERSIGNED_TEST_PROOF_LOGS_H

#include "support.h"

struct logs {
	struct scalar g[TAG_DIMENSION], h;
	struct scalar p[PROOF_DIGITS][PROOF_RADIX], q[PROOF_DIGITS][PROOF_RADIX];
};
struct logs_scope {
	struct scope scope;
	struct scalar u[TAG_DIMENSION];
};

/* Replaces the tests' generators by ones of known logarithms; logs_end puts the real ones back. */
void logs_begin(struct logs *out);
void logs_end(void);
/* A scope whose U_j have known logarithms. */
void logs_scope_new(struct logs_scope *out, const char *manifest);
/* log C of an opening; log T in a scope. */
struct scalar logs_commitment(const struct logs *logs, const struct opening *opening);
struct scalar logs_tag(const struct logs_scope *scope, const struct opening *opening);
/* The r that opens the commitment with these s: each s has just one. */
struct scalar logs_r(const struct logs *logs, struct scalar commitment,
		     const struct scalar s[static TAG_DIMENSION]);

#endif
