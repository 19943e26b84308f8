#include "desk_looking.h"

#include <string.h>

enum undersign_status desk_looking_open(struct desk_looking *out, const char *path,
					enum store_role role, struct problem *problem)
{
	struct store_options options = {.role = role};
	struct problem warning = {0};

	arena_heap_open(&out->heap, SIZE_MAX, true);
	enum undersign_status status = config_open(&out->config, path, &out->heap.arena, problem);
	if (status != UNDERSIGN_OK)
		return status;
	threads_begin(&out->threads, out->config.threads);
	status = desk_state_open(&out->state, &out->config, true, &out->threads.parallel, problem);
	if (status == UNDERSIGN_OK)
		status = witnesses_open(&out->witnesses, &out->config, &out->state, NULL, NULL,
					problem);
	if (status == UNDERSIGN_OK) {
		options.url = out->config.store;
		memcpy(options.log, out->state.log_id, sizeof options.log);
		status = store_open(&out->store, &options, problem);
	}
	if (status == UNDERSIGN_OK)
		status = desk_state_refresh(&out->state, out->store, NULL, &warning, problem);
	return status;
}

void desk_looking_close(struct desk_looking *looking)
{
	store_close(looking->store);
	witnesses_close(looking->witnesses);
	desk_state_close(&looking->state);
	threads_end(&looking->threads);
	arena_heap_close(&looking->heap);
}
