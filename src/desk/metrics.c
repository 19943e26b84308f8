#include "metrics.h"

#include "answers.h"

#include "arena_heap.h"
#include "encoding.h"
#include "server.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX       ((size_t)8192)
#define CHECKPOINT_MAX ((size_t)64 * 1024)
#define VERDICTS       ((size_t)ACCEPTOR_BUSY + 1)

struct metrics {
	const struct config *config;
	struct acceptor *acceptor;
	int published;
	struct http_server *server;

	pthread_mutex_t lock; /* of all that follows */
	uint64_t epoch;       /* in which `running` counts */
	uint64_t running[VERDICTS], shown[VERDICTS];
};

static uint64_t published_entries(int folder)
{
	struct bytes text = {NULL, 0};
	char *data = calloc(1, CHECKPOINT_MAX);
	const int fd = openat(folder, "checkpoint", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	uint64_t entries = 0;

	if (data && fd >= 0) {
		const ssize_t len = read(fd, data, CHECKPOINT_MAX - 1);
		if (len > 0)
			text = bytes_from((const uint8_t *)data, (size_t)len);
	}
	const char *line = text.len > 0 ? strchr(data, '\n') : NULL;
	if (line)
		entries = strtoull(line + 1, NULL, 10);
	if (fd >= 0)
		close(fd);
	free(data);
	return entries;
}

/* Shows what was counted, once its epoch is over. Requires: the lock. */
static void turn(struct metrics *metrics)
{
	struct acceptor_facts facts;

	acceptor_look(metrics->acceptor, &facts);
	if (facts.epoch == metrics->epoch)
		return;
	metrics->epoch = facts.epoch;
	memcpy(metrics->shown, metrics->running, sizeof metrics->shown);
}

void metrics_count(struct metrics *metrics, enum acceptor_verdict verdict)
{
	if (!metrics)
		return;
	pthread_mutex_lock(&metrics->lock);
	turn(metrics);
	metrics->running[verdict]++;
	pthread_mutex_unlock(&metrics->lock);
}

/* --- The page ---------------------------------------------------------------------------------
 */

static void write_head(struct writer *writer, const char *name, const char *type, const char *help)
{
	writer_text(writer, "# HELP undersigned_desk_");
	writer_text(writer, name);
	writer_text(writer, " ");
	writer_text(writer, help);
	writer_text(writer, "\n# TYPE undersigned_desk_");
	writer_text(writer, name);
	writer_text(writer, " ");
	writer_text(writer, type);
	writer_text(writer, "\n");
}

static void write_gauge(struct writer *writer, const char *name, const char *help, uint64_t value)
{
	write_head(writer, name, "gauge", help);
	writer_text(writer, "undersigned_desk_");
	writer_text(writer, name);
	writer_text(writer, " ");
	writer_decimal(writer, value);
	writer_text(writer, "\n");
}

/* Several verdicts may have one status: their label tells them apart. */
static const char *const reasons[VERDICTS] = {
	[ACCEPTOR_MALFORMED] = "malformed", [ACCEPTOR_UNKNOWN] = "unknown",
	[ACCEPTOR_ELSEWHERE] = "elsewhere", [ACCEPTOR_STAMP] = "stamp",
	[ACCEPTOR_CLOSED] = "closed",       [ACCEPTOR_INVALID] = "invalid",
	[ACCEPTOR_BUSY] = "busy",
};

static void write_refused(struct writer *writer, const uint64_t counts[static VERDICTS])
{
	write_head(writer, "refused_total", "counter",
		   "Deliveries that were refused, to the end of the last epoch.");
	for (size_t i = 0; i < VERDICTS; i++) {
		if (!reasons[i])
			continue;
		writer_text(writer, "undersigned_desk_refused_total{reason=\"");
		writer_text(writer, reasons[i]);
		writer_text(writer, "\",status=\"");
		writer_decimal(writer, (uint64_t)answers_status((enum acceptor_verdict)i));
		writer_text(writer, "\"} ");
		writer_decimal(writer, counts[i]);
		writer_text(writer, "\n");
	}
}

static void write_page(struct writer *writer, struct metrics *metrics)
{
	struct acceptor_facts facts;
	uint64_t ends = 0;

	/* What anybody may ask the desk itself: these need not wait for the epoch's end. */
	acceptor_look(metrics->acceptor, &facts);
	pthread_mutex_lock(&metrics->lock);
	turn(metrics);
	write_gauge(writer, "ready", "1 if statements can be promised.", facts.is_ready);
	write_gauge(writer, "epoch", "The epoch in which a statement that comes now stands first.",
		    metrics->epoch);
	if (record_log_instant(&ends, facts.log, metrics->epoch) == UNDERSIGN_OK)
		write_gauge(writer, "epoch_ends_seconds", "When it ends, in seconds since 1970.",
			    ends);
	write_gauge(writer, "published_entries",
		    "Entries of the log in the checkpoint that is published.",
		    published_entries(metrics->published));
	write_refused(writer, metrics->shown);
	pthread_mutex_unlock(&metrics->lock);
}

static size_t body_limit(void *cookie, const struct http_call *call)
{
	(void)cookie;
	(void)call;
	return 0;
}

static void handle(void *cookie, struct http_call *call)
{
	struct metrics *metrics = cookie;
	uint8_t text[TEXT_MAX];
	struct writer writer = writer_new(text, sizeof text);

	if (call->is_post || strcmp(call->path, "/metrics") != 0) {
		http_call_answer_bytes(call, 404, "text/plain; charset=utf-8",
				       bytes_from_text("There is /metrics alone.\n"));
		return;
	}
	write_page(&writer, metrics);
	if (writer.has_overflowed)
		http_call_answer_bytes(call, 500, "text/plain; charset=utf-8",
				       bytes_from_text("too long\n"));
	else
		http_call_answer_bytes(call, 200, "text/plain; version=0.0.4; charset=utf-8",
				       writer_view(&writer));
}

/* --- Opening ----------------------------------------------------------------------------------
 */

enum undersign_status metrics_open(struct metrics **out, const struct config *config,
				   struct acceptor *acceptor, int published,
				   struct problem *problem)
{
	static const enum http_listener_kind kinds[] = {
		[CONFIG_LISTENER_UNIX] = HTTP_LISTENER_UNIX,
		[CONFIG_LISTENER_TCP] = HTTP_LISTENER_TCP,
		[CONFIG_LISTENER_ACTIVATED] = HTTP_LISTENER_ACTIVATED,
	};
	const struct http_listener listener = {.kind = kinds[config->metrics.kind],
					       .address = config->metrics.address,
					       .port = config->metrics.port};
	struct metrics *metrics = calloc(1, sizeof *metrics);

	*out = NULL;
	if (!metrics)
		return UNDERSIGN_E_MEMORY;
	metrics->config = config;
	metrics->acceptor = acceptor;
	metrics->published = published;
	metrics->epoch = UINT64_MAX;
	pthread_mutex_init(&metrics->lock, NULL);
	pthread_mutex_lock(&metrics->lock);
	turn(metrics);
	pthread_mutex_unlock(&metrics->lock);
	const struct http_server_options options = {
		.listeners = &listener,
		.n_listeners = 1,
		.handler = {.body_limit = body_limit, .handle = handle, .cookie = metrics},
		.connections_max = 16,
	};
	const enum undersign_status status = http_server_open(&metrics->server, &options, problem);
	if (status != UNDERSIGN_OK) {
		metrics_close(metrics);
		return status;
	}
	*out = metrics;
	return UNDERSIGN_OK;
}

void metrics_close(struct metrics *metrics)
{
	if (!metrics)
		return;
	http_server_close(metrics->server);
	pthread_mutex_destroy(&metrics->lock);
	free(metrics);
}
