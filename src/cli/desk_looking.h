/* A desk that is looked at beside its processes: by status and fsck. */
#ifndef UNDERSIGNED_DESK_LOOKING_H
#define UNDERSIGNED_DESK_LOOKING_H

#include "arena_heap.h"
#include "config.h"
#include "desk_state.h"
#include "problem.h"
#include "status.h"
#include "store.h"
#include "threads.h"
#include "witnesses.h"

#include <stdint.h>

struct desk_looking {
	struct config config;
	struct arena_heap heap;
	struct threads threads;
	struct desk_state state;
	struct store *store;
	struct witnesses *witnesses;
	uint64_t published; /* the caller's */
};

/* Reads configuration, letters and store. desk_looking_close in any case. */
UNDERSIGN_MUST_CHECK enum undersign_status desk_looking_open(struct desk_looking *out,
							     const char *path, enum store_role role,
							     struct problem *problem);
void desk_looking_close(struct desk_looking *looking);

#endif
