/* A server for the attack tests: `server-probe [leak] [patient] UNIX-PATH` prints its port and its
 * connections as they change, and runs until its standard input ends. Routes: GET /hello, /big,
 * /later (answered by another thread), /seen (how many others were handled); POST /echo, at most
 * 16,384 bytes, and /tiny, at most 16. Planted faults: `leak` keeps a descriptor a request,
 * `patient` has no limits of time. */
#include "server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_uint n_seen;
static bool is_leaking;
static uint8_t big[1 << 20];

static size_t body_limit(void *cookie, const struct http_call *call)
{
	(void)cookie;
	return strcmp(call->path, "/echo") == 0 ? 16384 : strcmp(call->path, "/tiny") == 0 ? 16 : 0;
}

static void *answer_later(void *cookie)
{
	struct http_call *call = cookie;

	usleep(50000);
	http_call_answer_bytes(call, 200, "text/plain", bytes_from_text("later\n"));
	return NULL;
}

static void answer_seen(struct http_call *call)
{
	char text[32];

	snprintf(text, sizeof text, "%u\n", atomic_load(&n_seen));
	http_call_answer_bytes(call, 200, "text/plain", bytes_from_text(text));
}

static void handle(void *cookie, struct http_call *call)
{
	pthread_t thread;

	(void)cookie;
	if (strcmp(call->path, "/seen") == 0) {
		answer_seen(call);
		return;
	}
	atomic_fetch_add(&n_seen, 1);
	if (is_leaking && dup(0) < 0)
		abort();
	if (strcmp(call->path, "/later") == 0) {
		if (pthread_create(&thread, NULL, answer_later, call) != 0)
			abort();
		pthread_detach(thread);
	} else if (strcmp(call->path, "/big") == 0) {
		const struct http_answer answer = {.status = 200,
						   .kind = HTTP_BODY_STATIC,
						   .body = bytes_from(big, sizeof big)};
		http_call_answer(call, &answer);
	} else if (strcmp(call->path, "/hello") == 0) {
		http_call_answer_bytes(call, 200, "text/plain", bytes_from_text("hello\n"));
	} else if (call->is_post) {
		http_call_answer_bytes(call, 200, "application/octet-stream", call->body);
	} else {
		http_call_answer_bytes(call, 404, "text/plain", bytes_from_text("no\n"));
	}
}

int main(int argc, char **argv)
{
	static const struct http_field fixed[] = {{"Cache-Control", "no-store"}};
	struct http_listener listeners[] = {
		{.kind = HTTP_LISTENER_TCP, .address = "127.0.0.1"},
		{.kind = HTTP_LISTENER_UNIX, .address = argv[argc - 1], .mode = 0600},
	};
	struct http_server_options options = {
		.listeners = listeners,
		.n_listeners = 2,
		.handler = {body_limit, handle, NULL},
		.n_threads = 2,
		.connections_max = 256,
		.fixed = fixed,
		.n_fixed = 1,
		.header_ms = 1500,
		.body_ms = 3000,
		.reply_ms = 3000,
	};
	struct problem problem = {0};
	struct http_server *server;
	char line[64];

	for (int i = 1; i < argc - 1; i++) {
		is_leaking = is_leaking || strcmp(argv[i], "leak") == 0;
		if (strcmp(argv[i], "patient") == 0)
			options.header_ms = options.body_ms = options.reply_ms = 3600000;
	}
	memset(big, 'x', sizeof big);
	if (http_server_open(&server, &options, &problem) != UNDERSIGN_OK) {
		fprintf(stderr, "%s: %s: %s\n", problem.where, problem.rule, problem.what);
		return 1;
	}
	printf("%u\n", (unsigned)http_server_port(server, 0));
	fflush(stdout);
	/* Each line that comes asks for the number of open connections. */
	while (fgets(line, sizeof line, stdin)) {
		printf("%zu\n", http_server_connections(server));
		fflush(stdout);
	}
	http_server_stop(server, 2000);
	http_server_close(server);
	return 0;
}
