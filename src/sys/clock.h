/* The time of day, as an argument: programs take the machine's, tests a fixed one. */
#ifndef UNDERSIGNED_CLOCK_H
#define UNDERSIGNED_CLOCK_H

#include "problem.h"
#include "status.h"

#include <stdint.h>

/* now returns seconds since 1970, UTC, or UINT64_MAX if the machine does not know. */
struct clock_source {
	uint64_t (*now)(void *cookie);
	void *cookie;
};

struct clock_source clock_system(void);
/* Always *seconds, which must stay. */
struct clock_source clock_fixed(uint64_t *seconds);

/* Seconds since 1970, UTC. E_SYSTEM if the clock is unset (before 2020) or after 9999: dates of
 * burning and closing would be wrong. *out is 0 on failure. */
UNDERSIGN_MUST_CHECK enum undersign_status
clock_now(uint64_t *out, const struct clock_source *clock, struct problem *problem);
/* Seconds of a clock that never goes back, for durations only. */
double clock_elapsed(void);

#endif
