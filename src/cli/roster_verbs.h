/* The verbs of `undersign roster`, a file each. */
#ifndef UNDERSIGNED_ROSTER_VERBS_H
#define UNDERSIGNED_ROSTER_VERBS_H

#include "note.h"
#include "problem.h"
#include "signer.h"
#include "status.h"

int roster_new(int argc, char **argv);
int roster_import(int argc, char **argv);
int roster_admit(int argc, char **argv);
int roster_list(int argc, char **argv);
int roster_refuse(int argc, char **argv);
int roster_rules(int argc, char **argv);
int roster_word(int argc, char **argv);
int roster_sample(int argc, char **argv);
int roster_snapshot(int argc, char **argv);
int roster_audit(int argc, char **argv);
int roster_compare(int argc, char **argv);

/* Opens the steward's private key, which must be that of the roster. E_INVALID if it is another;
 * *out is NULL on failure. */
UNDERSIGN_MUST_CHECK enum undersign_status roster_open_key(struct signer **out, const char *path,
							   const struct note_key *expected,
							   struct problem *problem);

#endif
