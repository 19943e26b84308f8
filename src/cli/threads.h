/* `--threads`: how many threads a command computes with. */
#ifndef UNDERSIGNED_THREADS_H
#define UNDERSIGNED_THREADS_H

#include "options.h"

#include "parallel.h"
#include "pool.h"
#include "status.h"

#include "undersign.h"

#include <stdint.h>

/* A row of a command's table; number: 0 at first, which stands for the machine's. */
#define THREADS_OPTION(variable)                                                                   \
	{                                                                                          \
		.name = "--threads", .value = "NUMBER",                                            \
		.about = "how many threads compute; as many as there are processors",              \
		.number = &(variable), .least = 1, .most = POOL_THREADS_MAX                        \
	}

/* Threads in use; must stay where it is. */
struct threads {
	struct pool *pool;
	struct parallel parallel;
	struct undersign_parallel library; /* the same */
};

/* Starts them; if that fails there is one, the caller's. */
void threads_begin(struct threads *out, uint64_t number);
/* Also if it is zero. */
void threads_end(struct threads *threads);

#endif
