/* For processes that hold secrets: no core dump, no reading by other processes of the same user, no
 * swap where that is allowed. */
#ifndef UNDERSIGNED_HARDENING_H
#define UNDERSIGNED_HARDENING_H

#include "problem.h"
#include "status.h"

#include <stdbool.h>

/* Call it first in main, before any secret is read. RLIMIT_CORE 0 and PR_SET_DUMPABLE 0 must
 * succeed, else E_SYSTEM: go no further. *out_is_locked (may be NULL) says whether all memory is
 * locked (mlockall); that needs root or an unlimited RLIMIT_MEMLOCK. Without it what stands in
 * secret_take's memory is still locked as far as the limit goes. */
UNDERSIGN_MUST_CHECK enum undersign_status hardening_apply(bool *out_is_locked,
							   struct problem *problem);

#endif
