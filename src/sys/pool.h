/* A pool of threads for work that is spread (parallel.h). The threads run tasks and nothing else;
 * they take no signals. */
#ifndef UNDERSIGNED_POOL_H
#define UNDERSIGNED_POOL_H

#include "parallel.h"

#include "undersign.h"

struct pool;

#define POOL_THREADS_MAX 256

/* How many processors this process may use: at least 1. */
unsigned pool_processors(void);

/* Starts n_threads - 1 threads beside the caller's; 0: as many as there are processors. If not all
 * can be started, it has fewer. NULL if there is no memory.
 * Requires: n_threads <= POOL_THREADS_MAX. */
struct pool *pool_open(unsigned n_threads);
/* Ends the threads. pool may be NULL. Requires: no work is running. */
void pool_close(struct pool *pool);

/* Valid until pool_close. run is called by any thread; while one job is running, another one is
 * done in place by who asks for it. With NULL: one thread. */
struct parallel pool_parallel(struct pool *pool);
/* The same for the library. */
struct undersign_parallel pool_public(struct pool *pool);

#endif
