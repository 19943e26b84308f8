#include "hardening.h"

#include "system_problem.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* With a limit, locking everything would make later allocations fail: then nothing but secret_take
 * locks. */
static bool lock_all(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0)
		return false;
	if (limit.rlim_cur != RLIM_INFINITY) {
		/* Allowed to root, and to whom the hard limit leaves it. */
		limit.rlim_cur = RLIM_INFINITY;
		limit.rlim_max = RLIM_INFINITY;
		if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0)
			return false;
	}
	return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
}

enum undersign_status hardening_apply(bool *out_is_locked, struct problem *problem)
{
	static const char rule[] = N_("a program that holds secrets leaves no core dump");
	const struct rlimit none = {0, 0};

	if (out_is_locked)
		*out_is_locked = false;
	if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return system_fail(problem, "this process", "", rule, errno);
	bool is_locked = lock_all();
	if (out_is_locked)
		*out_is_locked = is_locked;
	return UNDERSIGN_OK;
}
