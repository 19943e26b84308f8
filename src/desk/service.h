/* The desk on the web (doc/http-api.md): routes between the HTTP server and the acceptor, and the
 * published files. Says nothing of what is held, and nothing in its answers to deliveries that
 * depends on it; keeps nothing of a request. */
#ifndef UNDERSIGNED_SERVICE_H
#define UNDERSIGNED_SERVICE_H

#include "acceptor.h"
#include "config.h"

#include "problem.h"
#include "status.h"

#include <stdint.h>

struct service;

/* Listens on all of the configuration's listeners. config and acceptor must stay. E_MISSING: the
 * published folder is not there; errors also as http_server_open. *out is NULL on failure. */
UNDERSIGN_MUST_CHECK enum undersign_status service_open(struct service **out,
							const struct config *config,
							struct acceptor *acceptor,
							struct problem *problem);
/* The port of a TCP listener, by its place in the configuration. */
uint16_t service_port(const struct service *service, size_t listener);
/* Takes no more requests, and waits for answers to those under way, up to limit_ms. Then
 * acceptor_stop, and service_close after acceptor_run has returned. */
void service_stop(struct service *service, uint32_t limit_ms);
/* NULL: nothing is done. */
void service_close(struct service *service);

#endif
