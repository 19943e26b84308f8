/* How a long operation says how far it is. */
#ifndef UNDERSIGNED_PROGRESS_H
#define UNDERSIGNED_PROGRESS_H

#include <stdint.h>

/* report is called from time to time with done <= total, both public, in units of the operation.
 * A NULL struct progress or a NULL report: nobody listens. */
struct progress {
	void (*report)(void *cookie, uint64_t done, uint64_t total);
	void *cookie;
};

static inline void progress_report(const struct progress *progress, uint64_t done, uint64_t total)
{
	if (progress && progress->report)
		progress->report(progress->cookie, done, total);
}

#endif
