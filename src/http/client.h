/* HTTP for those who deliver, fetch and cosign: the one adapter around libcurl. It speaks HTTP/1.1
 * to http and https addresses only, follows no redirects, keeps no cookies, sends no header that
 * tells a version, a system or a language, and logs nothing. With a proxy (SOCKS5h: names are
 * resolved there) it opens no connection and asks no name server but the proxy's. The environment's
 * proxy settings are not read. */
#ifndef UNDERSIGNED_HTTP_CLIENT_H
#define UNDERSIGNED_HTTP_CLIENT_H

#include "bytes.h"
#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_client;

struct http_client_options {
	const char *proxy;   /* "127.0.0.1:9050", a SOCKS5 proxy; NULL: none */
	uint32_t timeout_ms; /* of a whole request; 0: 60 s */
	uint32_t connect_ms; /* of a connection; 0: 30 s */
	uint32_t stall_s; /* a reply below 256 bytes a second for so long is given up; 0: none is */
	/* A user's name for the proxy, of letters and digits: Tor gives each its own circuit. NULL.
	 */
	const char *proxy_user;
	bool is_fresh; /* a connection of its own for each request */
};

/* E_MEMORY; E_USAGE for a proxy that is not host:port or a proxy_user that is not such a name. *out
 * is NULL on failure. Not for several threads at once; several clients may be. */
UNDERSIGN_MUST_CHECK enum undersign_status
http_client_open(struct http_client **out, const struct http_client_options *options,
		 struct problem *problem);
/* NULL: nothing is done. */
void http_client_close(struct http_client *client);

/* True for an absolute http or https address without user, query, fragment, spaces and controls, of
 * at most 2,048 bytes. */
bool http_url_is_valid(const char *url);
/* True if the host of a valid address ends in .onion. */
bool http_url_is_onion(const char *url);

struct http_request {
	const char *url;
	bool is_post;
	struct bytes body;        /* of a POST */
	const char *content_type; /* of a POST; NULL: application/octet-stream */
	const char *header;       /* one more, "Name: value"; NULL */
	size_t limit;             /* longest body of a reply */
	uint32_t timeout_ms;      /* of this one; 0: the client's */
	/* Called with the bytes of the body that have arrived since the last call; NULL. */
	void (*received)(void *cookie, size_t n);
	void *cookie;
};

struct http_reply {
	int status; /* 100 to 599 */
	uint8_t *body;
	size_t body_len;
	char content_type[128]; /* as sent; empty if there was none or it is longer */
	uint32_t retry_after_s; /* 0: not said, or not as a number of seconds */
};

/* Makes a request. OK for whatever status the server answered (a redirect too is only that);
 * E_USAGE for an address that is not valid, E_LIMIT for a body longer than limit, E_MISSING if
 * nobody answered (no connection, a timeout, a reply that broke off), E_SYSTEM, E_MEMORY. On
 * failure *out is zeros and *problem names the host, never the whole address. */
UNDERSIGN_MUST_CHECK enum undersign_status http_client_request(struct http_client *client,
							       struct http_reply *out,
							       const struct http_request *request,
							       struct problem *problem);
static inline struct bytes http_reply_body(const struct http_reply *reply)
{
	return bytes_from(reply->body, reply->body_len);
}
/* A zeroed reply: nothing is done. */
void http_reply_free(struct http_reply *reply);

#endif
