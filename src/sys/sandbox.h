/* What a long-running process may still ask of the kernel (seccomp): an allow-list, for all of its
 * threads, for good. Everything else fails with EPERM, as if the kernel did not have it: no other
 * program is run, no other process is looked at or traced, nothing is mounted, no module loaded. A
 * second fence behind systemd's, and there without systemd too. */
#ifndef UNDERSIGNED_SANDBOX_H
#define UNDERSIGNED_SANDBOX_H

#include "problem.h"
#include "status.h"

#include <stdbool.h>

struct sandbox_options {
	bool may_listen;  /* accept connections */
	bool may_connect; /* make connections: to a database, to witnesses */
};

/* Call it once everything is open and before the first request. Threads that run already are
 * fenced too. OK, too, where it cannot be had: *out_is_fenced (may be NULL) says whether it is: not
 * on a kernel without seccomp, nor in builds with sanitizers, which look into their own processes.
 * E_SYSTEM if it ought to work and does not. */
UNDERSIGN_MUST_CHECK enum undersign_status
sandbox_enter(const struct sandbox_options *options, bool *out_is_fenced, struct problem *problem);

#endif
