#include "cli.h"
#include "desk_verbs.h"

#include "clock.h"
#include "entropy.h"
#include "options.h"
#include "sealer.h"
#include "talk.h"
#include "threads.h"

#include <string.h>

static const char headline[] = N_("The sealer has ended.");

struct orders {
	const char *config;
	bool may_catch_up;
	bool is_once;
	uint64_t ready_fd;
};

/* Steps until somebody stops it. A store or disk that is full or busy for a while is waited for. */
static enum undersign_status work(struct sealer *sealer, const struct orders *orders,
				  struct problem *problem)
{
	int64_t ready = orders->ready_fd > 0 ? (int64_t)orders->ready_fd : -1;

	for (;;) {
		struct sealer_step step;
		uint64_t now;
		enum undersign_status status = cli_now(&now, problem);
		if (status == UNDERSIGN_OK)
			status = sealer_run(sealer, &step, now, problem);
		if (status == UNDERSIGN_E_LIMIT)
			desk_warn("seal", problem);
		else if (status != UNDERSIGN_OK &&
			 (status != UNDERSIGN_E_MEMORY || orders->is_once))
			return status;
		if (status == UNDERSIGN_OK && (ready >= 0 || step.has_closed))
			desk_give_back();
		if (status == UNDERSIGN_OK) {
			desk_say_ready(ready);
			ready = -1;
		}
		if (orders->is_once)
			return status;
		/* A second: acceptors may have a key to be appointed, organisers new records. */
		if (desk_wait(1) == DESK_WAIT_STOP)
			return UNDERSIGN_OK;
	}
}

static int run(const struct orders *orders)
{
	static struct config config;
	static struct entropy entropy;
	const struct random_source random = entropy_source(&entropy);
	struct sealer_options options = {.config = &config,
					 .random = &random,
					 .may_catch_up = orders->may_catch_up,
					 .warn = desk_warn,
					 .warn_cookie = "seal"};
	struct sealer *sealer = NULL;
	struct problem problem = {0};
	struct threads threads = {0};
	struct arena_heap heap;

	desk_block_signals();
	arena_heap_open(&heap, SIZE_MAX, true);
	enum undersign_status status = config_open(&config, orders->config, &heap.arena, &problem);
	if (status == UNDERSIGN_OK) {
		threads_begin(&threads, config.threads);
		options.parallel = &threads.parallel;
		status = sealer_open(&sealer, &options, &problem);
	}
	if (status == UNDERSIGN_OK)
		status = desk_fence("seal", false,
				    config.witness_policy ||
					    config.store_kind == CONFIG_STORE_POSTGRESQL,
				    &problem);
	if (status == UNDERSIGN_OK)
		status = work(sealer, orders, &problem);
	sealer_close(sealer);
	threads_end(&threads);
	entropy_close(&entropy);
	arena_heap_close(&heap);
	return status == UNDERSIGN_OK ? CLI_YES : talk_refuse(status, headline, &problem, NULL);
}

int desk_seal(int argc, char **argv)
{
	static struct orders orders;
	const struct option options[] = {
		desk_option_config(&orders.config),
		{.name = "--once",
		 .about = "close what is due, publish, and end",
		 .flag = &orders.is_once},
		{.name = "--catch-up",
		 .about = "close epochs that are due for days; only if the clock is right",
		 .flag = &orders.may_catch_up},
		desk_option_ready(&orders.ready_fd, "write a newline there after the first step"),
	};
	const struct options_form form = {
		.usage = "undersign desk seal --config FILE",
		.about = "Closes epochs by the clock, signs checkpoints with the log's key, and "
			 "writes the published files. One at a time for each store. Ends with "
			 "SIGTERM; to start it again is always safe.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	return run(&orders);
}
