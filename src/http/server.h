/* A server of HTTP/1.1 for the desk and the witness: the one adapter around libmicrohttpd.
 *
 * What it keeps away from its caller. A request reaches the handler only when it is whole and has
 * one reading:
 *
 * - GET, HEAD (asked for as GET, answered without the body) and POST; else 405, and the connection
 *   is closed, as after everything in this list.
 * - The path begins with `/` and has bytes of `A-Z a-z 0-9 - . _ ~ + = / @ :` alone, no empty
 *   segment but a last one, no segment `.` or `..`; there is no percent-decoding, a `%` is refused
 *   (400). The query, if any, has visible ASCII without `"<>\^`{|}` and is handed on as it came.
 *   A target of more than 2,048 bytes: 414.
 * - Header lines without controls, exactly one Host, at most one of each other header that is
 *   asked for, at most 64 of them (431) in at most 16 KiB (431).
 * - A POST has one Content-Length, decimal digits alone; without one 411. Transfer-Encoding
 *   is refused (411 for `chunked` alone, else 400), so is Content-Encoding but `identity` (415), a
 *   GET with a body (400), Expect but `100-continue` (417). What is longer than the route's limit
 *   is refused by its Content-Length, before it is read (413).
 * - A connection serves one POST, or up to 1,000 GETs.
 *
 * Limits of time: headers 10 s, body 60 s, and a reply 60 s and a second more for each 4 KiB; then
 * the connection is cut. When all connections are taken, one that keeps the server waiting is cut
 * in favour of the next: for a head the one that does so the longest, for a body the one that has
 * sent the least.
 *
 * What it does not do: it asks nobody's address of the system, it logs nothing, it sends no Date
 * and no Server header. Its threads take no signals. */
#ifndef UNDERSIGNED_HTTP_SERVER_H
#define UNDERSIGNED_HTTP_SERVER_H

#include "bytes.h"
#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_SERVER_LISTENERS_MAX 16
#define HTTP_ANSWER_FIELDS_MAX    8

enum http_listener_kind {
	HTTP_LISTENER_UNIX,      /* a socket at a path; one that nobody listens on is replaced */
	HTTP_LISTENER_TCP,       /* an IP address, without brackets, and a port */
	HTTP_LISTENER_ACTIVATED, /* handed over by systemd, by its FileDescriptorName= */
};

struct http_listener {
	enum http_listener_kind kind;
	const char *address; /* path, IP address, or name */
	uint16_t port;       /* of TCP; 0: any that is free, see http_server_port */
	uint32_t mode;       /* of a Unix socket's file; 0: 0660 */
};

/* A header line of an answer. */
struct http_field {
	const char *name, *value;
};

/* One request that is under way. Nothing of it outlives its answer. */
struct http_call {
	bool is_post;
	const char *path;
	const char *query; /* what stands behind `?`; NULL if there is none */
	size_t listener;   /* index of the listener that it came by */
	struct bytes body; /* of a POST, whole; empty in body_limit */
};

/* The value of a header, by its name in any case; NULL if there is none. Only in body_limit and
 * handle, by their thread. */
const char *http_call_header(const struct http_call *call, const char *name);

enum http_body_kind {
	HTTP_BODY_COPIED, /* the bytes are copied by http_call_answer */
	HTTP_BODY_STATIC, /* the bytes stay until http_server_close */
	HTTP_BODY_OWNED,  /* the bytes are of malloc, and freed by the server in any case */
	HTTP_BODY_FILE,   /* file_len bytes of a regular file from its begin; the descriptor is
			   * closed by the server in any case. The file must not shrink */
};

struct http_answer {
	int status;               /* 200 to 599 */
	const char *content_type; /* NULL: none */
	struct http_field fields[HTTP_ANSWER_FIELDS_MAX];
	size_t n_fields;
	enum http_body_kind kind;
	struct bytes body;
	int file;
	uint64_t file_len;
	bool is_last; /* the connection is closed behind it */
};

/* Answers a call: exactly once, by handle itself, or later by any thread. The texts of the answer
 * are copied. Without memory, 503 is answered. The call is gone afterwards. */
void http_call_answer(struct http_call *call, const struct http_answer *answer);
/* The same for a body that is copied, without further header lines. */
void http_call_answer_bytes(struct http_call *call, int status, const char *content_type,
			    struct bytes body);

/* By several threads at once. */
struct http_handler {
	/* The headers are there, and it is a POST: the longest body that is taken; 0 for what
	 * takes none, whose handle is called if the body is empty. */
	size_t (*body_limit)(void *cookie, const struct http_call *call);
	/* The request is there. Must not wait for long: it has one of n_threads. */
	void (*handle)(void *cookie, struct http_call *call);
	void *cookie;
};

struct http_server_options {
	const struct http_listener *listeners;
	size_t n_listeners;
	struct http_handler handler;
	uint32_t n_threads;       /* that serve; 0: 1 */
	uint32_t connections_max; /* at once; 0: 512 */
	/* Header lines of every answer, refusals too, but for those that an answer has of its own.
	 * They stay. */
	const struct http_field *fixed;
	size_t n_fixed;
	/* Tests shorten these. 0: as above. */
	uint32_t header_ms, body_ms, reply_ms;
};

struct http_server;

/* Listens and serves. E_SYSTEM, E_CONFLICT (an address that is in use), E_MISSING (systemd handed
 * over no such socket), E_LIMIT, E_MEMORY; *problem names the listener. *out is NULL on failure. */
UNDERSIGN_MUST_CHECK enum undersign_status
http_server_open(struct http_server **out, const struct http_server_options *options,
		 struct problem *problem);
/* The port of a TCP listener. */
uint16_t http_server_port(const struct http_server *server, size_t listener);
/* Connections that are open now. */
size_t http_server_connections(const struct http_server *server);
/* Stops listening at once (paths of Unix sockets are removed, not those of systemd), lets the calls
 * under way be answered for up to limit_ms, answers 503 to the rest, and returns when no handler
 * runs any more. Calls that are answered after that are forgotten, but only before
 * http_server_close. */
void http_server_stop(struct http_server *server, uint32_t limit_ms);
/* As http_server_stop with no time at all, if it was not stopped; then frees. Requires: every call
 * was answered. NULL: nothing is done. */
void http_server_close(struct http_server *server);

#endif
