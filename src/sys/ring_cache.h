/* A folder of decoded points (undersign_ring_cache, public header): each file read as a
 * whole, written as file.h writes, mode 0600, so that concurrent runs see whole files only. Public
 * data, but it tells whose letters were verified here: only where somebody asked for it. */
#ifndef UNDERSIGNED_RING_CACHE_H
#define UNDERSIGNED_RING_CACHE_H

#include "problem.h"
#include "status.h"

#include "undersign.h"

#include <stddef.h>

struct ring_cache;

/* path must be a folder that is there, and stay as long as the cache. E_MISSING, E_INVALID,
 * E_MEMORY. *out is NULL on failure. */
UNDERSIGN_MUST_CHECK enum undersign_status
ring_cache_open(struct ring_cache **out, const char *path, struct problem *problem);
/* Lives as long as the cache; for one thread. */
struct undersign_ring_cache ring_cache_public(struct ring_cache *cache);
/* How many files were not right and were replaced, or were to be. */
size_t ring_cache_refused(const struct ring_cache *cache);
/* Why something could not be read or written, the first time; NULL if everything could. */
const struct problem *ring_cache_problem(const struct ring_cache *cache);
/* NULL: nothing is done. */
void ring_cache_close(struct ring_cache *cache);

#endif
