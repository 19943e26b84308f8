#include "server.h"

#include "server_inside.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define HEADER_MS    10000
#define BODY_MS      60000
#define REPLY_MS     60000
#define CONNECTIONS  512
#define STOP_STEP_MS 10

static enum undersign_status fail(struct problem *problem, enum undersign_status status,
				  const char *rule, const char *what)
{
	problem_where(problem, "server", bytes_from(NULL, 0));
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return status;
}

static enum undersign_status start(struct http_server *server,
				   const struct http_server_options *options,
				   struct problem *problem)
{
	const uint32_t n = options->connections_max ? options->connections_max : CONNECTIONS;
	const struct server_limits limits = {
		.header_ms = options->header_ms ? options->header_ms : HEADER_MS,
		.body_ms = options->body_ms ? options->body_ms : BODY_MS,
		.reply_ms = options->reply_ms ? options->reply_ms : REPLY_MS,
	};
	sigset_t all, before;

	server->slots = server_slots_new(n, &limits);
	if (!server->slots)
		return fail(problem, UNDERSIGN_E_MEMORY, "there is memory", "there is none left");
	for (size_t i = 0; i < options->n_listeners; i++) {
		const enum undersign_status status = server_socket_open(
			&server->door.sockets[i], &options->listeners[i], problem);
		if (status != UNDERSIGN_OK)
			return status;
		server->door.n_sockets++;
	}
	server->door.slots = server->slots;
	server->door.hand_over = server_daemon_hand_over;
	server->door.cookie = server;
	/* No thread of it takes signals. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	enum undersign_status status =
		server_daemon_open(server, options->n_threads ? options->n_threads : 1, n, problem);
	if (status == UNDERSIGN_OK)
		status = server_door_open(&server->door);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (status != UNDERSIGN_OK && !problem_is_set(problem))
		return fail(problem, status, "the system gives threads and memory to a server",
			    "it does not; raise its limits");
	return status;
}

enum undersign_status http_server_open(struct http_server **out,
				       const struct http_server_options *options,
				       struct problem *problem)
{
	*out = NULL;
	CHECK(options->n_listeners >= 1 && options->n_listeners <= HTTP_SERVER_LISTENERS_MAX);
	struct http_server *server = calloc(1, sizeof *server);
	if (!server || pthread_mutex_init(&server->mutex, NULL) != 0) {
		free(server);
		return fail(problem, UNDERSIGN_E_MEMORY, "there is memory", "there is none left");
	}
	server->handler = options->handler;
	server->fixed = options->fixed;
	server->n_fixed = options->n_fixed;
	const enum undersign_status status = start(server, options, problem);
	if (status != UNDERSIGN_OK) {
		http_server_close(server);
		return status;
	}
	*out = server;
	return UNDERSIGN_OK;
}

void http_call_answer_bytes(struct http_call *call, int status, const char *content_type,
			    struct bytes body)
{
	const struct http_answer answer = {
		.status = status, .content_type = content_type, .body = body};

	http_call_answer(call, &answer);
}

uint16_t http_server_port(const struct http_server *server, size_t listener)
{
	CHECK(listener < server->door.n_sockets);
	return server->door.sockets[listener].port;
}

size_t http_server_connections(const struct http_server *server)
{
	return server_slots_open(server->slots);
}

void http_server_stop(struct http_server *server, uint32_t limit_ms)
{
	const uint64_t until_ms = server_clock_ms() + limit_ms;
	const struct timespec step = {.tv_nsec = STOP_STEP_MS * 1000000L};

	if (server->has_stopped)
		return;
	server->has_stopped = true;
	server_door_close(&server->door);
	while (server->daemon && server_slots_busy(server->slots) > 0 &&
	       server_clock_ms() < until_ms) {
		server_slots_cut_idle(server->slots);
		server_slots_sweep(server->slots);
		nanosleep(&step, NULL);
	}
	server_daemon_stop(server);
}

void http_server_close(struct http_server *server)
{
	if (!server)
		return;
	http_server_stop(server, 0);
	server_daemon_free(server);
	server_slots_free(server->slots);
	pthread_mutex_destroy(&server->mutex);
	free(server);
}
