/* Between the types of the public header and those of the modules: same content, other names. */
#ifndef UNDERSIGNED_CONVERT_H
#define UNDERSIGNED_CONVERT_H

#include "undersign.h"

#include "arena.h"
#include "bytes.h"
#include "parallel.h"
#include "problem.h"
#include "progress.h"
#include "random.h"
#include "scope.h"
#include "status.h"

static inline struct bytes convert_bytes(struct undersign_bytes bytes)
{
	return (struct bytes){bytes.data, bytes.len};
}

static inline struct undersign_bytes convert_to_public(struct bytes bytes)
{
	return (struct undersign_bytes){bytes.data, bytes.len};
}

static inline struct random_source convert_random(const struct undersign_random *random)
{
	return (struct random_source){random->fill, random->cookie};
}

/* NULL becomes a progress that nobody listens to. */
static inline struct progress convert_progress(const struct undersign_progress *progress)
{
	return progress ? (struct progress){progress->report, progress->cookie}
			: (struct progress){NULL, NULL};
}

/* NULL becomes one thread. */
static inline struct parallel convert_parallel(const struct undersign_parallel *parallel)
{
	return parallel ? (struct parallel){parallel->n_threads, parallel->run, parallel->cookie}
			: (struct parallel){.n_threads = 1};
}

/* An arena that asks the caller for its blocks. */
struct arena convert_memory(const struct undersign_memory *memory);

/* out may be NULL. */
void convert_problem(struct undersign_problem *out, const struct problem *problem);

/* A scope from its bytes. E_FORMAT if its kind is none of protocol 10.2. */
UNDERSIGN_MUST_CHECK enum undersign_status
convert_scope(struct scope *out, const uint8_t bytes[static UNDERSIGN_SCOPE_BYTES]);

#endif
