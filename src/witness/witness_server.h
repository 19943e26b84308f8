/* A witness by HTTP: `POST /add-checkpoint` and `GET /<hash of the origin>/checkpoint`
 * (tlog-witness); the handler of a server (http/server.h), and its fixed header lines. */
#ifndef UNDERSIGNED_WITNESS_SERVER_H
#define UNDERSIGNED_WITNESS_SERVER_H

#include "server.h"
#include "witness_state.h"

#define WITNESS_SERVER_FIXED 3
extern const struct http_field witness_server_fixed[WITNESS_SERVER_FIXED];

struct witness_server {
	struct witness_state *state;
	/* Hears of a disk or a clock that fails; by several threads at once. May be NULL. */
	void (*warn)(void *cookie, const struct problem *problem);
	void *cookie;
};

/* *server must stay. */
struct http_handler witness_server_handler(const struct witness_server *server);

#endif
