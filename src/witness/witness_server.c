#include "witness_server.h"

#include <string.h>

#define ADD        "/add-checkpoint"
#define CHECKPOINT "/checkpoint"
#define PLAIN      "text/plain; charset=utf-8"
#define SIZE       "text/x.tlog.size"

const struct http_field witness_server_fixed[WITNESS_SERVER_FIXED] = {
	{"Cache-Control", "no-store"},
	{"X-Content-Type-Options", "nosniff"},
	{"Content-Security-Policy", "default-src 'none'"},
};

static size_t body_limit(void *cookie, const struct http_call *call)
{
	(void)cookie;
	return strcmp(call->path, ADD) == 0 ? WITNESS_SUBMISSION_LEN_MAX : 0;
}

/* "line 3: a proof has at most 63 hashes" */
static void answer_problem(struct http_call *call, int status, const struct problem *problem)
{
	uint8_t text[2 * PROBLEM_TEXT_LEN + 8];
	struct writer writer = writer_new(text, sizeof text);

	writer_text(&writer, problem->where);
	writer_text(&writer, ": ");
	writer_text(&writer, problem->rule);
	writer_u8(&writer, '\n');
	http_call_answer_bytes(call, status, PLAIN, writer_view(&writer));
}

static void add(const struct witness_server *server, struct http_call *call)
{
	struct witness_reply reply;

	witness_state_submit(server->state, &reply, call->body);
	switch (reply.status) {
	case WITNESS_FINE:
		http_call_answer_bytes(call, reply.status, PLAIN, reply.body);
		return;
	case WITNESS_STALE:
		http_call_answer_bytes(call, reply.status, SIZE, reply.body);
		return;
	case WITNESS_BROKEN:
		if (server->warn)
			server->warn(server->cookie, &reply.problem);
		http_call_answer_bytes(call, reply.status, PLAIN,
				       bytes_from_text("This witness cannot cosign now.\n"));
		return;
	default:
		answer_problem(call, reply.status, &reply.problem);
	}
}

/* The hash in `/<hash>/checkpoint`; empty if the path is another. */
static struct bytes origin_of(const char *path)
{
	const size_t len = strlen(path);

	if (len != 1 + WITNESS_ORIGIN_HEX_LEN + strlen(CHECKPOINT) ||
	    strcmp(path + 1 + WITNESS_ORIGIN_HEX_LEN, CHECKPOINT) != 0)
		return bytes_from(NULL, 0);
	return bytes_from(path + 1, WITNESS_ORIGIN_HEX_LEN);
}

static void answer_status(struct http_call *call, int status, const char *allow)
{
	const struct http_answer answer = {
		.status = status, .fields = {{"Allow", allow}}, .n_fields = status == 405};

	http_call_answer(call, &answer);
}

static void handle(void *cookie, struct http_call *call)
{
	const struct witness_server *server = cookie;
	const bool is_add = strcmp(call->path, ADD) == 0;
	const struct bytes origin = origin_of(call->path);
	uint8_t record[WITNESS_RECORD_LEN_MAX];
	struct writer writer = writer_new(record, sizeof record);

	if (is_add && call->is_post)
		add(server, call);
	else if (is_add)
		answer_status(call, 405, "POST");
	else if (origin.len > 0 && call->is_post)
		answer_status(call, 405, "GET, HEAD");
	else if (witness_state_latest(server->state, &writer, origin))
		http_call_answer_bytes(call, 200, PLAIN, writer_view(&writer));
	else
		answer_status(call, 404, NULL);
}

struct http_handler witness_server_handler(const struct witness_server *server)
{
	return (struct http_handler){body_limit, handle, (void *)(uintptr_t)server};
}
