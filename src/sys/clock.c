#include "clock.h"

#include "encoding.h"

#include <time.h>

/* 2020-01-01T00:00:00Z: before this program was written. */
#define CLOCK_EARLIEST UINT64_C(1577836800)

static uint64_t system_now(void *cookie)
{
	struct timespec now;

	(void)cookie;
	if (clock_gettime(CLOCK_REALTIME, &now) != 0 || now.tv_sec < 0)
		return UINT64_MAX;
	return (uint64_t)now.tv_sec;
}

static uint64_t fixed_now(void *cookie)
{
	const uint64_t *seconds = cookie;

	return *seconds;
}

struct clock_source clock_system(void)
{
	return (struct clock_source){system_now, NULL};
}

struct clock_source clock_fixed(uint64_t *seconds)
{
	return (struct clock_source){fixed_now, seconds};
}

enum undersign_status clock_now(uint64_t *out, const struct clock_source *clock,
				struct problem *problem)
{
	uint64_t now = clock->now(clock->cookie);

	*out = 0;
	if (now < CLOCK_EARLIEST || now > DATE_MAX_SECONDS) {
		problem_where(problem, "the clock of this machine", bytes_from(NULL, 0));
		problem_rule(problem, "the clock must be set: dates of burning depend on it");
		problem_what(problem, "it shows a time before 2020 or after 9999: set it",
			     bytes_from(NULL, 0));
		return UNDERSIGN_E_SYSTEM;
	}
	*out = now;
	return UNDERSIGN_OK;
}

double clock_elapsed(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return 0;
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
