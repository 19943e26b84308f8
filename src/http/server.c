#include "server.h"

#include "server_body.h"
#include "server_check.h"
#include "server_inside.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#define REQUESTS_MAX 1000 /* of one connection */
/* Above 32 KiB libmicrohttpd maps it, and unmaps it with the connection: nothing stays of a head.
 */
#define CONNECTION_POOL_LEN ((size_t)36 * 1024)

/* libmicrohttpd before 0.9.77 takes line ends of one byte, folded lines and spaces before colons,
 * and has no option against it. But it reads a head where it lies, so the places of its parts tell
 * what stood between them (head_is_strict). That was read in the source of the version that the
 * program is built with, so it runs with no other. */
#if MHD_VERSION < 0x00097701
#define HAS_WALK 1
#else
#define HAS_WALK 0
#endif

/* The mutex is held, or the call was never handled. */
static void call_release(struct call *call)
{
	if (--call->n_owners > 0)
		return;
	if (call->answer)
		MHD_destroy_response(call->answer);
	server_body_free(call->target, call->target_len);
	server_body_free(call->body, call->body_len);
	free(call);
}

/* ---- Answers ---- */

static struct MHD_Response *make_body(const struct http_answer *answer)
{
	/* libmicrohttpd does not write to it. */
	void *data = (void *)(uintptr_t)(answer->body.len ? (const void *)answer->body.data : "");

	switch (answer->kind) {
	case HTTP_BODY_COPIED:
		return MHD_create_response_from_buffer(answer->body.len, data,
						       MHD_RESPMEM_MUST_COPY);
	case HTTP_BODY_STATIC:
		return MHD_create_response_from_buffer(answer->body.len, data,
						       MHD_RESPMEM_PERSISTENT);
	case HTTP_BODY_OWNED:
		if (!answer->body.data)
			return MHD_create_response_from_buffer(0, data, MHD_RESPMEM_PERSISTENT);
		return MHD_create_response_from_buffer(answer->body.len, data,
						       MHD_RESPMEM_MUST_FREE);
	case HTTP_BODY_FILE:
		return MHD_create_response_from_fd64(answer->file_len, answer->file);
	}
	undersign_abort("a kind of body", __FILE__, __LINE__);
}

static void drop_body(const struct http_answer *answer)
{
	if (answer->kind == HTTP_BODY_OWNED)
		free((void *)(uintptr_t)answer->body.data);
	if (answer->kind == HTTP_BODY_FILE)
		close(answer->file);
}

static bool add_header(struct MHD_Response *response, const char *name, const char *value)
{
	return MHD_add_response_header(response, name, value) == MHD_YES;
}

static bool has_field(const struct http_answer *answer, const char *name)
{
	for (size_t i = 0; i < answer->n_fields; i++)
		if (strcmp(answer->fields[i].name, name) == 0)
			return true;
	return false;
}

/* NULL without memory; the body is taken over in any case. */
static struct MHD_Response *make_response(const struct http_server *server,
					  const struct http_answer *answer, bool must_close)
{
	struct MHD_Response *response = make_body(answer);
	bool is_whole = true;

	if (!response) {
		drop_body(answer);
		return NULL;
	}
	for (size_t i = 0; i < server->n_fixed; i++)
		if (!has_field(answer, server->fixed[i].name))
			is_whole = is_whole && add_header(response, server->fixed[i].name,
							  server->fixed[i].value);
	for (size_t i = 0; i < answer->n_fields; i++)
		is_whole = is_whole &&
			   add_header(response, answer->fields[i].name, answer->fields[i].value);
	if (answer->content_type)
		is_whole = is_whole &&
			   add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->content_type);
	if (must_close || answer->is_last)
		is_whole = is_whole && add_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	if (!is_whole) {
		MHD_destroy_response(response);
		return NULL;
	}
	return response;
}

static enum MHD_Result refuse(struct call *call, int status)
{
	for (size_t i = 0; i < SERVER_REFUSALS; i++) {
		if (server_refusals[i].status != status)
			continue;
		call->step = CALL_OVER;
		server_slots_set(call->server->slots, call->slot, SERVER_REPLY, 0);
		return MHD_queue_response(call->connection, (unsigned)status,
					  call->server->refusals[i]);
	}
	undersign_abort("a status of refusals", __FILE__, __LINE__);
}

/* In the connection's thread; the answer is there, and nobody else's any more. */
static enum MHD_Result send_answer(struct call *call)
{
	if (!call->answer)
		return refuse(call, 503);
	call->step = CALL_OVER;
	server_slots_set(call->server->slots, call->slot, SERVER_REPLY, call->answer_len);
	return MHD_queue_response(call->connection, (unsigned)call->answer_status, call->answer);
}

/* The mutex is held. */
static void end_handling(struct call *call)
{
	struct http_server *server = call->server;

	if (call->previous)
		call->previous->next = call->next;
	else
		server->handled = call->next;
	if (call->next)
		call->next->previous = call->previous;
	call->has_answer = true;
	if (call->is_suspended)
		MHD_resume_connection(call->connection);
}

void http_call_answer(struct http_call *public_call, const struct http_answer *answer)
{
	struct call *call = (struct call *)public_call;
	struct http_server *server = call->server;

	CHECK(answer->status >= 200 && answer->status < 600);
	CHECK(answer->n_fields <= HTTP_ANSWER_FIELDS_MAX);
	struct MHD_Response *response = make_response(server, answer, call->must_close);
	pthread_mutex_lock(&server->mutex);
	CHECK(!call->has_answer || call->is_forgotten);
	if (call->is_forgotten) {
		if (response)
			MHD_destroy_response(response);
	} else {
		call->answer = response;
		call->answer_status = answer->status;
		call->answer_len =
			answer->kind == HTTP_BODY_FILE ? answer->file_len : answer->body.len;
		end_handling(call);
	}
	call_release(call);
	pthread_mutex_unlock(&server->mutex);
}

/* ---- Heads ---- */

struct searched {
	const char *name, *value;
	size_t n;
};

static enum MHD_Result search_header(void *cookie, enum MHD_ValueKind kind, const char *name,
				     size_t name_len, const char *value, size_t value_len)
{
	struct searched *searched = cookie;

	(void)kind;
	(void)value_len;
	if (server_name_is(bytes_from(name, name_len), searched->name)) {
		searched->n++;
		searched->value = value;
	}
	return MHD_YES;
}

const char *http_call_header(const struct http_call *public_call, const char *name)
{
	const struct call *call = (const struct call *)public_call;
	struct searched searched = {.name = name};

	MHD_get_connection_values_n(call->connection, MHD_HEADER_KIND, search_header, &searched);
	return searched.n == 1 ? searched.value : NULL;
}

struct head {
	struct server_fields fields;
	const char *at; /* where the next line begins */
	bool is_strict; /* so far each line was `name:`, spaces, value, CR LF */
};

/* Where libmicrohttpd found a line's end there are zeros now. */
static bool ends_in_two(const char *at)
{
	return at[0] == '\0' && at[1] == '\0';
}

static enum MHD_Result add_field(void *cookie, enum MHD_ValueKind kind, const char *name,
				 size_t name_len, const char *value, size_t value_len)
{
	struct head *head = cookie;

	(void)kind;
	server_fields_add(&head->fields, bytes_from(name, name_len), bytes_from(value, value_len));
	if (!HAS_WALK || !head->is_strict)
		return MHD_YES;
	const char *between = name + name_len + 1;
	head->is_strict = name == head->at && name[name_len] == '\0' && value >= between;
	while (head->is_strict && between < value) {
		head->is_strict = *between == ' ' || *between == '\t';
		between++;
	}
	head->is_strict = head->is_strict && ends_in_two(value + value_len);
	head->at = value + value_len + 2;
	return MHD_YES;
}

/* 0, or the status that refuses the request. method, target and version lie in the head's bytes,
 * one after the other, each with a zero behind it where a single space must have been. */
static int check_head(const struct call *call, const char *method, const char *version)
{
	struct head head = {.at = version + strlen(version) + 2, .is_strict = true};
	const size_t len =
		MHD_get_connection_info(call->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)
			->header_size;
	size_t path_len;

	if (len > SERVER_HEAD_MAX)
		return 431;
	if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
		return 505;
	if (call->target_at != method + strlen(method) + 1 ||
	    version != call->target_at + call->target_len + 1)
		return 400;
	const int status =
		server_target_check(&path_len, bytes_from(call->target, call->target_len));
	if (status)
		return status;
	if (HAS_WALK)
		head.is_strict = ends_in_two(version + strlen(version));
	MHD_get_connection_values_n(call->connection, MHD_HEADER_KIND, add_field, &head);
	if (HAS_WALK && head.is_strict)
		head.is_strict = ends_in_two(head.at) && head.at + 2 == method + len;
	if (!head.is_strict)
		return 400;
	const bool is_post = strcmp(method, "POST") == 0;
	if (!is_post && strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return 405;
	return server_fields_check(&head.fields, is_post);
}

static uint64_t body_len(const struct call *call)
{
	const char *text = http_call_header(&call->call, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return text ? strtoull(text, NULL, 10) : 0; /* checked; what is too long becomes the most */
}

static enum MHD_Result take_head(struct call *call, const char *method, const char *version)
{
	struct http_server *server = call->server;
	const int status = check_head(call, method, version);

	if (status)
		return refuse(call, status);
	call->call.is_post = strcmp(method, "POST") == 0;
	char *mark = strchr(call->target, '?');
	if (mark)
		*mark = '\0';
	call->call.path = call->target;
	call->call.query = mark ? mark + 1 : NULL;
	call->must_close = call->call.is_post ||
			   server_slots_count_request(server->slots, call->slot) >= REQUESTS_MAX;
	call->step = CALL_BODY;
	if (!call->call.is_post)
		return MHD_YES;
	const uint64_t len = body_len(call);
	call->body_limit = server->handler.body_limit(server->handler.cookie, &call->call);
	if (len > call->body_limit)
		return refuse(call, 413);
	server_slots_set(server->slots, call->slot, SERVER_BODY, 0);
	return MHD_YES;
}

/* ---- libmicrohttpd's side ---- */

static enum MHD_Result take_body(struct call *call, const char *data, size_t *len)
{
	/* Memory comes as the bytes do, not by what was announced. */
	if (*len > call->body_limit - call->body_len)
		return MHD_NO;
	if (!server_body_add(&call->body, &call->body_len, data, *len))
		return MHD_NO;
	server_slots_received(call->server->slots, call->slot, *len);
	*len = 0;
	return MHD_YES;
}

static enum MHD_Result handle(struct call *call)
{
	struct http_server *server = call->server;

	call->call.body = bytes_from(call->body, call->body_len);
	server_slots_set(server->slots, call->slot, SERVER_HANDLING, 0);
	pthread_mutex_lock(&server->mutex);
	if (server->is_stopping) {
		pthread_mutex_unlock(&server->mutex);
		return refuse(call, 503);
	}
	call->step = CALL_HANDLED;
	call->n_owners++;
	call->next = server->handled;
	if (call->next)
		call->next->previous = call;
	server->handled = call;
	pthread_mutex_unlock(&server->mutex);

	server->handler.handle(server->handler.cookie, &call->call);

	pthread_mutex_lock(&server->mutex);
	const bool has_answer = call->has_answer;
	if (!has_answer) {
		MHD_suspend_connection(call->connection);
		call->is_suspended = true;
	}
	pthread_mutex_unlock(&server->mutex);
	return has_answer ? send_answer(call) : MHD_YES;
}

static enum MHD_Result serve(void *cookie, struct MHD_Connection *connection, const char *url,
			     const char *method, const char *version, const char *data, size_t *len,
			     void **request)
{
	struct call *call = *request;

	(void)cookie;
	(void)connection;
	(void)url;
	if (!call)
		return MHD_NO;
	switch (call->step) {
	case CALL_HEAD:
		return take_head(call, method, version);
	case CALL_BODY:
		return *len > 0 ? take_body(call, data, len) : handle(call);
	case CALL_HANDLED:
		return send_answer(call);
	case CALL_OVER:
		*len = 0;
		return MHD_YES;
	}
	undersign_abort("a step of a call", __FILE__, __LINE__);
}

/* A connection's context is its slot and one more; NULL without a slot. */
static void *context_of(uint32_t slot)
{
	return (void *)(slot == SERVER_SLOT_NONE ? 0 : (uintptr_t)slot + 1);
}

static uint32_t slot_of(const void *context)
{
	return (uint32_t)((uintptr_t)context - 1);
}

/* The connection has done with its request. libmicrohttpd does not always say so: not of a request
 * that it refuses for a second reason. Then the connection's end does. */
static void leave_request(struct http_server *server, uint32_t slot)
{
	struct call *call = server->current[slot];

	server->current[slot] = NULL;
	if (!call)
		return;
	pthread_mutex_lock(&server->mutex);
	call_release(call);
	pthread_mutex_unlock(&server->mutex);
}

/* The request line is there, as it came. NULL closes the connection in serve. */
static void *begin_request(void *cookie, const char *target, struct MHD_Connection *connection)
{
	struct http_server *server = cookie;
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	if (!info || !info->socket_context)
		return NULL;
	struct call *call = calloc(1, sizeof *call);
	if (!call)
		return NULL;
	call->target_len = strlen(target);
	call->target = malloc(call->target_len + 1);
	if (!call->target) {
		free(call);
		return NULL;
	}
	memcpy(call->target, target, call->target_len + 1);
	call->server = server;
	call->connection = connection;
	call->slot = slot_of(info->socket_context);
	call->call.listener = server_slots_listener(server->slots, call->slot);
	call->target_at = target;
	call->n_owners = 1;
	leave_request(server, call->slot);
	server->current[call->slot] = call;
	return call;
}

static void end_request(void *cookie, struct MHD_Connection *connection, void **request,
			enum MHD_RequestTerminationCode code)
{
	struct http_server *server = cookie;
	const struct call *call = *request;

	(void)connection;
	(void)code;
	if (!call)
		return;
	*request = NULL;
	server_slots_set(server->slots, call->slot, SERVER_HEADERS, 0);
	leave_request(server, call->slot);
}

/* A connection carries its ticket in the place of its peer's address, which nobody knows. */
static void make_ticket_address(struct sockaddr_un *out, uint64_t ticket)
{
	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(out->sun_path, &ticket, sizeof ticket);
}

static void notify_connection(void *cookie, struct MHD_Connection *connection, void **context,
			      enum MHD_ConnectionNotificationCode code)
{
	struct http_server *server = cookie;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *info =
			MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
		const struct sockaddr_un *address =
			(const struct sockaddr_un *)(const void *)info->client_addr;
		uint64_t ticket;
		memcpy(&ticket, address->sun_path, sizeof ticket);
		*context = context_of(server_slots_start(server->slots, ticket));
	} else if (*context) {
		leave_request(server, slot_of(*context));
		if (server_slots_give_back(server->slots, slot_of(*context)))
			server_door_wake(&server->door);
		*context = NULL;
	}
}

void server_daemon_hand_over(void *cookie, int fd, uint64_t ticket)
{
	struct http_server *server = cookie;
	struct sockaddr_un address;

	make_ticket_address(&address, ticket);
	/* On failure libmicrohttpd has closed it. */
	if (MHD_add_connection(server->daemon, fd, (const struct sockaddr *)&address,
			       sizeof address) != MHD_YES)
		server_slots_forget(server->slots, ticket);
}

/* Nothing is decoded. */
static size_t keep_escapes(void *cookie, struct MHD_Connection *connection, char *text)
{
	(void)cookie;
	(void)connection;
	return strlen(text);
}

/* Made once: whoever is refused costs no memory. */
static bool make_refusals(struct http_server *server)
{
	for (size_t i = 0; i < SERVER_REFUSALS; i++) {
		const struct http_answer answer = {
			.status = server_refusals[i].status,
			.content_type = "text/plain; charset=utf-8",
			.kind = HTTP_BODY_STATIC,
			.body = bytes_from_text(server_refusals[i].text),
			.fields = {{MHD_HTTP_HEADER_ALLOW, "GET, HEAD, POST"}},
			.n_fields = server_refusals[i].status == 405,
		};
		server->refusals[i] = make_response(server, &answer, true);
		if (!server->refusals[i])
			return false;
	}
	return true;
}

static struct MHD_Daemon *start_daemon(struct http_server *server, uint32_t n_threads,
				       uint32_t n_connections)
{
	const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET |
			       MHD_USE_SUSPEND_RESUME | MHD_USE_SUPPRESS_DATE_NO_CLOCK;
	/* The slots limit connections; a thread's share must not do so before. */
	const unsigned limit = (n_connections + 8) * n_threads;
	struct MHD_OptionItem more[2] = {{MHD_OPTION_END, 0, NULL}, {MHD_OPTION_END, 0, NULL}};

	if (n_threads > 1)
		more[0] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)n_threads,
						  NULL};
	return MHD_start_daemon(flags, 0, NULL, NULL, serve, server, MHD_OPTION_CONNECTION_LIMIT,
				limit, MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_POOL_LEN,
				MHD_OPTION_CONNECTION_TIMEOUT, 0U,
#if HAS_WALK
				MHD_OPTION_STRICT_FOR_CLIENT, 1,
#else
				MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1,
#endif
				MHD_OPTION_URI_LOG_CALLBACK, begin_request, server,
				MHD_OPTION_NOTIFY_COMPLETED, end_request, server,
				MHD_OPTION_NOTIFY_CONNECTION, notify_connection, server,
				MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, server,
				MHD_OPTION_ARRAY, more, MHD_OPTION_END);
}

/* Answers 503 in the place of whoever still has to. */
static void forget_handled(struct http_server *server)
{
	pthread_mutex_lock(&server->mutex);
	server->is_stopping = true;
	while (server->handled) {
		struct call *call = server->handled;
		call->is_forgotten = true;
		end_handling(call);
	}
	pthread_mutex_unlock(&server->mutex);
}

enum undersign_status server_daemon_open(struct http_server *server, uint32_t n_threads,
					 uint32_t n_connections, struct problem *problem)
{
	char built[32];

	snprintf(built, sizeof built, "%x.%x.%x", (unsigned)MHD_VERSION >> 24,
		 (unsigned)MHD_VERSION >> 16 & 0xff, (unsigned)MHD_VERSION >> 8 & 0xff);
	if (HAS_WALK && strcmp(MHD_get_version(), built) != 0) {
		problem_where(problem, "libmicrohttpd", bytes_from_text(MHD_get_version()));
		problem_rule(problem, "it is the version that the program was built with");
		problem_what(problem, "build the program again; it was with",
			     bytes_from_text(built));
		return UNDERSIGN_E_SYSTEM;
	}
	server->refusals = calloc(SERVER_REFUSALS, sizeof(server->refusals[0]));
	server->current = calloc(n_connections, sizeof(server->current[0]));
	if (!server->refusals || !server->current || !make_refusals(server))
		return UNDERSIGN_E_MEMORY;
	server->daemon = start_daemon(server, n_threads, n_connections);
	return server->daemon ? UNDERSIGN_OK : UNDERSIGN_E_SYSTEM;
}

void server_daemon_stop(struct http_server *server)
{
	forget_handled(server);
	if (server->daemon)
		MHD_stop_daemon(server->daemon);
	server->daemon = NULL;
}

void server_daemon_free(struct http_server *server)
{
	for (size_t i = 0; server->refusals && i < SERVER_REFUSALS; i++)
		if (server->refusals[i])
			MHD_destroy_response(server->refusals[i]);
	free(server->refusals);
	free(server->current);
}
