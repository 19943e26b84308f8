/* The sockets of a server that listen: made, or taken over from systemd. Only for files of this
 * folder. */
#ifndef UNDERSIGNED_SERVER_LISTEN_H
#define UNDERSIGNED_SERVER_LISTEN_H

#include "server.h"

struct server_socket {
	int fd;           /* non-blocking, closed by exec */
	uint16_t port;    /* of TCP */
	const char *path; /* of a Unix socket that was made here; else NULL */
};

/* Errors as http_server_open; *out says nothing then. The listener's address stays. */
UNDERSIGN_MUST_CHECK enum undersign_status server_socket_open(struct server_socket *out,
							      const struct http_listener *listener,
							      struct problem *problem);
/* Removes the path, then closes. */
void server_socket_close(struct server_socket *socket);

#endif
