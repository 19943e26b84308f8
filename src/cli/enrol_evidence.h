/* What a member is told of a kind of evidence before he makes it: what it shows to whom, what it
 * risks, and the command that makes it. The words of doc/membership.md. */
#ifndef UNDERSIGNED_ENROL_EVIDENCE_H
#define UNDERSIGNED_ENROL_EVIDENCE_H

#include "evidence.h"

/* On stderr, before anything is made. */
void enrol_evidence_warn(enum evidence_kind kind);
/* On stderr, once the request is there. */
void enrol_evidence_explain(enum evidence_kind kind, const char *request);

#endif
