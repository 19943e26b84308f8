/* The parts of a server that its accepting thread and its libmicrohttpd side share. Only for files
 * of this folder. */
#ifndef UNDERSIGNED_SERVER_INSIDE_H
#define UNDERSIGNED_SERVER_INSIDE_H

#include "server_listen.h"
#include "server_slots.h"

#include <pthread.h>
#include <stdbool.h>

/* Accepts on all sockets, keeps the time, makes room. */
struct server_door {
	struct server_slots *slots;
	size_t n_sockets;
	struct server_socket sockets[HTTP_SERVER_LISTENERS_MAX];
	/* Takes over the descriptor in any case; the ticket is for server_slots_start or
	 * server_slots_forget. */
	void (*hand_over)(void *cookie, int fd, uint64_t ticket);
	void *cookie;
	int wake; /* an eventfd */
	pthread_t thread;
	bool has_thread;
	_Atomic bool is_closing;
};

/* Starts the thread. E_SYSTEM. Requires: sockets and the first fields are set. */
UNDERSIGN_MUST_CHECK enum undersign_status server_door_open(struct server_door *door);
/* Something has changed that the thread may be waiting for. */
void server_door_wake(struct server_door *door);
/* Ends the thread, and closes the sockets. Sweeping ends with it. A zeroed door with its sockets
 * closed: nothing is done. */
void server_door_close(struct server_door *door);

struct MHD_Connection;
struct MHD_Daemon;
struct MHD_Response;

enum call_step {
	CALL_HEAD, /* nothing was looked at yet */
	CALL_BODY,
	CALL_HANDLED,
	CALL_OVER, /* an answer was queued */
};

/* Lives from its request line until its connection and, if it was handled, its handler have done
 * with it. */
struct call {
	struct http_call call;
	struct http_server *server;
	struct MHD_Connection *connection;
	uint32_t slot;
	enum call_step step;
	const char *target_at; /* where libmicrohttpd keeps it */
	size_t target_len, path_len;
	char *target;
	bool must_close;
	uint8_t *body;
	size_t body_len, body_limit;

	/* Guarded by the server's mutex once the call is handled. */
	struct call *next, *previous; /* in the server's list */
	struct MHD_Response *answer;
	int answer_status;
	uint64_t answer_len;
	bool has_answer, is_suspended, is_forgotten;
	unsigned n_owners;
};

struct http_server {
	struct http_handler handler;
	const struct http_field *fixed;
	size_t n_fixed;
	struct server_slots *slots;
	struct server_door door;
	struct MHD_Daemon *daemon;
	struct MHD_Response **refusals;
	struct call **current; /* of each slot: its connection's thread alone touches it */
	bool has_stopped;

	pthread_mutex_t mutex; /* guards what follows, and the calls' answers */
	bool is_stopping;
	struct call *handled; /* calls that somebody has to answer */
};

/* Starts libmicrohttpd's threads. E_SYSTEM, E_MEMORY; *problem may stay as it is. */
UNDERSIGN_MUST_CHECK enum undersign_status server_daemon_open(struct http_server *server,
							      uint32_t n_threads,
							      uint32_t n_connections,
							      struct problem *problem);
/* For the door; the cookie is the server. */
void server_daemon_hand_over(void *cookie, int fd, uint64_t ticket);
/* Answers 503 in the place of whoever still has to, and ends the threads. */
void server_daemon_stop(struct http_server *server);
void server_daemon_free(struct http_server *server);

#endif
