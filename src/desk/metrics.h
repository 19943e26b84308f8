/* Counts for the operator, on a listener of their own (`metrics` of the configuration): GET
 * /metrics in Prometheus' text format. Nothing changes but at the end of an epoch, and nothing
 * tells what is held: of deliveries only the refused ones are counted, of signatures only what is
 * published. */
#ifndef UNDERSIGNED_METRICS_H
#define UNDERSIGNED_METRICS_H

#include "acceptor.h"
#include "config.h"

#include "problem.h"
#include "status.h"

#include <stdint.h>

struct metrics;

/* Listens. published: the folder's descriptor. config, acceptor and published must stay. Requires:
 * config->has_metrics. Errors as http_server_open. *out is NULL on failure. */
UNDERSIGN_MUST_CHECK enum undersign_status metrics_open(struct metrics **out,
							const struct config *config,
							struct acceptor *acceptor, int published,
							struct problem *problem);
/* A delivery was answered so. By any thread. NULL: nothing is done. */
void metrics_count(struct metrics *metrics, enum acceptor_verdict verdict);
/* Listens no more. NULL: nothing is done. */
void metrics_close(struct metrics *metrics);

#endif
