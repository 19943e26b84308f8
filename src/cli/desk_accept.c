#include "cli.h"
#include "desk_verbs.h"

#include "acceptor.h"
#include "entropy.h"
#include "options.h"
#include "service.h"
#include "talk.h"
#include "threads.h"

#include <pthread.h>

#define STOP_MS 5000

static const char headline[] = N_("The acceptor has ended.");

/* The thread that works on what waits. */
struct worker {
	struct acceptor *acceptor;
	enum undersign_status status;
	struct problem problem;
};

static void *work(void *cookie)
{
	struct worker *worker = cookie;

	worker->status = acceptor_run(worker->acceptor, &worker->problem);
	desk_wake();
	return NULL;
}

/* Until it is stopped, or the store fails. */
static enum undersign_status serve(const struct config *config, struct acceptor *acceptor,
				   int64_t ready_fd, struct problem *problem)
{
	struct worker worker = {.acceptor = acceptor};
	struct service *service = NULL;
	pthread_t thread;

	if (pthread_create(&thread, NULL, work, &worker) != 0) {
		problem_rule(problem, "the acceptor works in a thread of its own");
		return UNDERSIGN_E_SYSTEM;
	}
	enum undersign_status status = service_open(&service, config, acceptor, problem);
	if (status == UNDERSIGN_OK)
		status = desk_fence("accept", true, config->store_kind == CONFIG_STORE_POSTGRESQL,
				    problem);
	if (status == UNDERSIGN_OK) {
		desk_give_back();
		desk_say_ready(ready_fd);
		while (desk_wait(3600) == DESK_WAIT_OVER)
			;
	}
	if (service)
		service_stop(service, STOP_MS);
	acceptor_stop(acceptor);
	pthread_join(thread, NULL);
	service_close(service);
	if (status == UNDERSIGN_OK && worker.status != UNDERSIGN_OK) {
		*problem = worker.problem;
		status = worker.status;
	}
	return status;
}

static int run(const char *path, int64_t ready_fd)
{
	static struct config config;
	static struct entropy entropy;
	const struct random_source random = entropy_source(&entropy);
	struct acceptor_options options = {.config = &config,
					   .random = &random,
					   .clock = clock_system(),
					   .warn = desk_warn,
					   .warn_cookie = "accept"};
	struct acceptor *acceptor = NULL;
	struct problem problem = {0};
	struct threads threads = {0};
	struct arena_heap heap;

	desk_block_signals();
	arena_heap_open(&heap, SIZE_MAX, true);
	enum undersign_status status = config_open(&config, path, &heap.arena, &problem);
	if (status == UNDERSIGN_OK) {
		threads_begin(&threads, config.threads);
		options.parallel = &threads.parallel;
		status = acceptor_open(&acceptor, &options, &problem);
	}
	if (status == UNDERSIGN_OK)
		status = serve(&config, acceptor, ready_fd, &problem);
	acceptor_close(acceptor);
	threads_end(&threads);
	entropy_close(&entropy);
	arena_heap_close(&heap);
	return status == UNDERSIGN_OK ? CLI_YES : talk_refuse(status, headline, &problem, NULL);
}

int desk_accept(int argc, char **argv)
{
	static const char *config;
	static uint64_t ready_fd;
	const struct option options[] = {
		desk_option_config(&config),
		desk_option_ready(&ready_fd, "write a newline there when it listens"),
	};
	const struct options_form form = {
		.usage = "undersign desk accept --config FILE",
		.about = "Takes statements, records and enrolment requests, holds what is good, "
			 "and answers with signed promises; serves what is published. Keeps no "
			 "address, time or order. Ends with SIGTERM, nothing lost.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	return run(config, ready_fd > 0 ? (int64_t)ready_fd : -1);
}
