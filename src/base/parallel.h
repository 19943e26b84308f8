/* How work is spread over threads: by a pool that the caller owns (pool.h). The core starts none.
 */
#ifndef UNDERSIGNED_PARALLEL_H
#define UNDERSIGNED_PARALLEL_H

#include <stddef.h>

/* run calls task(context, i) once for each i < n_tasks, from up to n_threads threads at a time, in
 * any order, and returns when all have ended; what they wrote is then seen by the caller. Tasks
 * call nothing of the caller's: no progress, no memory, no randomness. A NULL struct parallel, or
 * n_threads of 0 or 1: in order and in place. No result ever depends on it. */
struct parallel {
	unsigned n_threads;
	void (*run)(void *cookie, void (*task)(void *context, size_t i), void *context,
		    size_t n_tasks);
	void *cookie;
};

static inline unsigned parallel_threads(const struct parallel *parallel)
{
	return parallel && parallel->n_threads > 1 && parallel->run ? parallel->n_threads : 1;
}

static inline void parallel_run(const struct parallel *parallel,
				void (*task)(void *context, size_t i), void *context,
				size_t n_tasks)
{
	if (n_tasks > 1 && parallel_threads(parallel) > 1) {
		parallel->run(parallel->cookie, task, context, n_tasks);
		return;
	}
	for (size_t i = 0; i < n_tasks; i++)
		task(context, i);
}

#endif
