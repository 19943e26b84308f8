#include "service.h"

#include "answers.h"
#include "answers_page.h"
#include "beside.h"

#include "arena_heap.h"
#include "encoding.h"
#include "envelope.h"
#include "forms.h"
#include "manifest.h"
#include "metrics.h"
#include "page.h"
#include "served.h"
#include "server.h"
#include "statement.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#define FORM_EXTRA     ((size_t)8192) /* of multipart/form-data around a file */
#define ENTRY_MAX      ((size_t)65535)
#define PUBLISHED_NAME 256
#define FIXED          8 /* header lines of every answer */
/* What browsers could give a page, and these pages never ask for. */
#define PERMISSIONS                                                                                \
	"accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), "  \
	"magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()"

struct service {
	const struct config *config;
	struct acceptor *acceptor;
	struct http_server *server;
	struct metrics *metrics; /* or NULL */
	int published;           /* the folder */
	int programs;            /* the folder, or -1 */
	char policy[PAGE_POLICY_MAX +
		    128]; /* of content: nothing but what the letters' pages need */
	char own_policy[ANSWERS_POLICY_BYTES]; /* of the pages that the desk writes itself */
	struct http_field fixed[FIXED];
};

static void set_fixed(struct service *service)
{
	struct writer writer = writer_new(service->policy, sizeof service->policy - 1);
	const struct http_field fixed[FIXED] = {
		{"X-Content-Type-Options", "nosniff"},
		{"Referrer-Policy", "no-referrer"},
		{"Permissions-Policy", PERMISSIONS},
		{"Cross-Origin-Opener-Policy", "same-origin"},
		{"Cross-Origin-Embedder-Policy", "require-corp"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
		/* A browser's disk need not tell what was read, or delivered. */
		{"Cache-Control", "no-store"},
		{"Content-Security-Policy", service->policy},
	};

	page_policy_write(&writer);
	writer_text(&writer, "; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
	service->policy[writer_view(&writer).len] = '\0';
	memcpy(service->fixed, fixed, sizeof fixed);
	answers_write_policy(service->own_policy);
}

static void answer_text(struct http_call *call, int status, const char *text)
{
	http_call_answer_bytes(call, status, "text/plain; charset=utf-8", bytes_from_text(text));
}

static bool begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static void answer_file(const struct service *service, struct http_call *call, const char *name)
{
	served_file(call, service->published, name);
}

/* --- What the desk says of itself -------------------------------------------------------------
 */

static char *vkey(const struct note_key *key)
{
	char *text = calloc(1, NOTE_KEY_TEXT_MAX + 1);

	if (text) {
		struct writer writer = writer_new(text, NOTE_KEY_TEXT_MAX);
		note_key_write(&writer, key);
	}
	return text;
}

static char *date_of(const struct record_log *log, uint64_t seconds)
{
	char *text = calloc(1, 64);

	if (text) {
		struct writer writer = writer_new(text, 63);
		record_log_date_write(&writer, log, seconds);
	}
	return text;
}

static void answer_desk(const struct service *service, struct http_call *call)
{
	struct acceptor_facts facts;
	struct http_answer answer = {
		.status = 503, .content_type = "application/json", .kind = HTTP_BODY_OWNED};

	acceptor_look(service->acceptor, &facts);
	char *log = vkey(&facts.log->log), *promise = vkey(&facts.promise);
	char *ends = date_of(facts.log, facts.ends);
	json_t *json = json_pack(
		"{s:s, s:s, s:s, s:i, s:{s:I, s:I, s:s}, s:{s:i, s:i}, s:b}", "title",
		service->config->title, "log", log ? log : "", "promise_key",
		promise ? promise : "", "stamp_bits", (int)service->config->stamp_bits, "epoch",
		"number", (json_int_t)facts.epoch, "seconds", (json_int_t)facts.log->epoch_seconds,
		"closes", ends ? ends : "", "limits", "envelope", ENVELOPE_BYTES, "entry",
		(int)ENTRY_MAX, "is_ready", (int)facts.is_ready);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	free(log);
	free(promise);
	free(ends);
	if (text) {
		answer.status = 200;
		answer.body = bytes_from_text(text);
	}
	http_call_answer(call, &answer);
}

static void answer_health(const struct service *service, struct http_call *call)
{
	struct acceptor_facts facts;

	acceptor_look(service->acceptor, &facts);
	if (facts.is_ready)
		answer_text(call, 200, "ready\n");
	else
		answer_text(call, 503, "not ready: the sealer has not run yet\n");
}

/* --- Deliveries -------------------------------------------------------------------------------
 */

/* Where an answer goes. */
struct waiting_call {
	const struct service *service;
	struct http_call *call;
	enum answers_reader reader;
	size_t language;
};

static void give_answer(void *cookie, const struct acceptor_answer *given)
{
	struct waiting_call *waiting = cookie;
	struct answers_form form;

	metrics_count(waiting->service->metrics, given->verdict);
	struct arena_heap heap;

	arena_heap_open(&heap, SIZE_MAX, false);
	if (answers_write(&form, given, waiting->reader, waiting->language, &heap.arena) ==
	    UNDERSIGN_OK) {
		struct http_answer answer = {
			.status = form.status,
			.content_type = form.content_type,
			.fields = {{"Undersigned-Padding", form.padding},
				   {"Retry-After", ANSWERS_RETRY}},
			.n_fields = form.has_retry ? 2 : 1,
			.kind = HTTP_BODY_COPIED,
			.body = form.body,
		};
		if (waiting->reader != ANSWERS_PROGRAM)
			forms_add_fields(&answer, waiting->service->own_policy);
		http_call_answer(waiting->call, &answer);
	} else {
		answer_text(waiting->call, 503, "busy\n");
	}
	arena_heap_close(&heap);
	free(waiting);
}

static bool is_form(const char *type)
{
	return type && begins_with(type, "multipart/form-data");
}

static struct bytes find(struct bytes in, struct bytes what)
{
	const uint8_t *at = in.len >= what.len && what.len > 0
				    ? memmem(in.data, in.len, what.data, what.len)
				    : NULL;
	return at ? bytes_from(at, in.len - (size_t)(at - in.data)) : bytes_from(NULL, 0);
}

/* The content of the one part of multipart/form-data (RFC 7578); empty if there is none. */
static struct bytes form_content(struct bytes body, const char *type)
{
	const char *given = strstr(type, "boundary=");
	char boundary[80] = "\r\n--";
	size_t len = 0;

	if (!given)
		return bytes_from(NULL, 0);
	given += strlen("boundary=");
	len = strcspn(given, "; \t\"");
	if (len == 0 || len > 70)
		return bytes_from(NULL, 0);
	memcpy(boundary + 4, given, len);
	const struct bytes line = bytes_from((const uint8_t *)boundary, len + 4);
	/* The first boundary stands at the begin, without the line's end before it. */
	if (body.len < len + 2 || memcmp(body.data, boundary + 2, len + 2) != 0)
		return bytes_from(NULL, 0);
	struct bytes content = find(body, bytes_from_text("\r\n\r\n"));
	if (!content.data)
		return content;
	content = bytes_part(content, 4, content.len - 4);
	const struct bytes end = find(content, line);
	if (!end.data)
		return bytes_from(NULL, 0);
	return bytes_part(content, 0, content.len - end.len);
}

static void take_delivery(const struct service *service, struct http_call *call,
			  const uint8_t letter[static HASH_BYTES])
{
	const char *type = http_call_header(call, "Content-Type");
	struct waiting_call *waiting = calloc(1, sizeof *waiting);
	struct acceptor_delivery delivery = {.body = call->body,
					     .stamp = http_call_header(call, "Undersigned-Stamp"),
					     .answer = give_answer,
					     .cookie = waiting};

	if (!waiting) {
		answer_text(call, 503, "busy\n");
		return;
	}
	waiting->service = service;
	waiting->call = call;
	if (is_form(type)) {
		waiting->reader = ANSWERS_DELIVERER;
		waiting->language = forms_language(call);
		delivery.body = form_content(call->body, type);
		delivery.may_be_bare = true;
	}
	memcpy(delivery.letter, letter, HASH_BYTES);
	acceptor_take(service->acceptor, &delivery);
}

static void take_entry(const struct service *service, struct http_call *call)
{
	const char *type = http_call_header(call, "Content-Type");
	struct waiting_call *waiting = calloc(1, sizeof *waiting);
	struct acceptor_delivery delivery = {.body = call->body,
					     .stamp = http_call_header(call, "Undersigned-Stamp"),
					     .answer = give_answer,
					     .cookie = waiting};

	if (!waiting) {
		answer_text(call, 503, "busy\n");
		return;
	}
	waiting->service = service;
	waiting->call = call;
	if (is_form(type)) {
		waiting->reader = ANSWERS_MEMBER;
		waiting->language = forms_language(call);
		delivery.body = form_content(call->body, type);
		delivery.may_be_bare = true;
	}
	acceptor_take_entry(service->acceptor, &delivery);
}

/* In words, as for what is delivered: problem details, or a page. */
static void refuse_here(const struct service *service, struct http_call *call)
{
	static const struct problem problem = {
		.where = "the listener",
		.rule = "this desk takes signatures only through Tor",
		.what = "Open its onion address in Tor Browser, or name it to undersign deliver"};
	const struct acceptor_answer answer = {.verdict = ACCEPTOR_ELSEWHERE, .problem = &problem};
	const char *type = http_call_header(call, "Content-Type");
	struct waiting_call *waiting = calloc(1, sizeof *waiting);

	if (!waiting) {
		answer_text(call, 503, "busy\n");
		return;
	}
	waiting->service = service;
	waiting->call = call;
	if (is_form(type)) {
		waiting->reader =
			strcmp(call->path, "/entries") == 0 ? ANSWERS_MEMBER : ANSWERS_DELIVERER;
		waiting->language = forms_language(call);
	}
	give_answer(waiting, &answer);
}

/* --- Routes -----------------------------------------------------------------------------------
 */

/* /letters/{id}/REST: the id, and *rest. False for what is none, or ends behind the id. */
static bool letter_of(uint8_t out[static HASH_BYTES], const char **rest, const char *path)
{
	const char *id = path + strlen("/letters/");

	if (!begins_with(path, "/letters/") || strlen(id) < MANIFEST_ID_LEN ||
	    hex_decode(out, HASH_BYTES, bytes_from((const uint8_t *)id, MANIFEST_ID_LEN)) !=
		    UNDERSIGN_OK)
		return false;
	*rest = id + MANIFEST_ID_LEN;
	return **rest == '/';
}

static bool takes_statements(const struct service *service, const struct http_call *call)
{
	return service->config->listeners[call->listener].takes_statements;
}

static size_t body_limit(void *cookie, const struct http_call *call)
{
	uint8_t letter[HASH_BYTES];
	const char *rest;

	/* Of a listener without statements too: whoever sends some there is to read why not. */
	(void)cookie;
	if (strcmp(call->path, "/entries") == 0)
		return is_form(http_call_header(call, "Content-Type"))
			       ? UNDERSIGN_REQUEST_MAX + FORM_EXTRA
			       : ENTRY_MAX;
	if (letter_of(letter, &rest, call->path) && strcmp(rest, "/statements") == 0)
		return ENVELOPE_BYTES + FORM_EXTRA;
	return 0;
}

static void handle_post(const struct service *service, struct http_call *call)
{
	uint8_t letter[HASH_BYTES];
	const char *rest;

	if (!takes_statements(service, call))
		refuse_here(service, call);
	else if (strcmp(call->path, "/entries") == 0)
		take_entry(service, call);
	else if (letter_of(letter, &rest, call->path) && strcmp(rest, "/statements") == 0)
		take_delivery(service, call, letter);
	else
		answer_text(call, 404, "There is nothing to deliver to here.\n");
}

static void handle_letter(const struct service *service, struct http_call *call, const char *rest)
{
	char name[PUBLISHED_NAME];

	if (served_program(call, service->programs, rest + 1))
		return;
	if (beside_answer(call, service->published, call->path + strlen("/letters/"), rest))
		return;
	if (strcmp(rest, "/deliver") == 0) {
		forms_answer_letter(call, service->published, service->own_policy,
				    call->path + strlen("/letters/"));
	} else if (strcmp(rest, "/") == 0) {
		snprintf(name, sizeof name, "%s" PAGE_FILE, call->path + 1);
		answer_file(service, call, name);
	} else if (strcmp(rest, "/checkpoint") == 0 || begins_with(rest, "/tile/")) {
		answer_file(service, call, rest + 1);
	} else if (strlen(call->path) < sizeof name) {
		answer_file(service, call, call->path + 1);
	} else {
		answer_text(call, 404, "There is no such file.\n");
	}
}

/* A letter's address without the slash: the page's links need it. */
static void answer_slash(struct http_call *call)
{
	char to[PUBLISHED_NAME];
	const struct http_answer answer = {.status = 301,
					   .content_type = "text/plain; charset=utf-8",
					   .fields = {{"Location", to}},
					   .n_fields = 1,
					   .kind = HTTP_BODY_COPIED};

	/* "/letters/" and an id. */
	snprintf(to, sizeof to, "%.100s/", call->path);
	http_call_answer(call, &answer);
}

static void handle(void *cookie, struct http_call *call)
{
	const struct service *service = cookie;
	uint8_t letter[HASH_BYTES];
	const char *rest = NULL;

	if (call->is_post)
		handle_post(service, call);
	else if (strcmp(call->path, "/desk.json") == 0)
		answer_desk(service, call);
	else if (strcmp(call->path, "/enrol") == 0)
		forms_answer_enrol(call, service->own_policy);
	else if (strcmp(call->path, "/healthz") == 0)
		answer_health(service, call);
	else if (strcmp(call->path, "/checkpoint") == 0 || begins_with(call->path, "/tile/"))
		answer_file(service, call, call->path + 1);
	else if (letter_of(letter, &rest, call->path))
		handle_letter(service, call, rest);
	else if (rest && *rest == '\0')
		answer_slash(call);
	else
		answer_text(call, 404, "There is no such file.\n");
}

/* --- Opening ----------------------------------------------------------------------------------
 */

static enum undersign_status listen_to(struct service *service, struct problem *problem)
{
	static const enum http_listener_kind kinds[] = {
		[CONFIG_LISTENER_UNIX] = HTTP_LISTENER_UNIX,
		[CONFIG_LISTENER_TCP] = HTTP_LISTENER_TCP,
		[CONFIG_LISTENER_ACTIVATED] = HTTP_LISTENER_ACTIVATED,
	};
	struct http_listener listeners[CONFIG_LISTENERS_MAX];
	const struct config *config = service->config;
	const struct http_server_options options = {
		.listeners = listeners,
		.n_listeners = config->n_listeners,
		.handler = {.body_limit = body_limit, .handle = handle, .cookie = service},
		.n_threads = 2,
		.connections_max = config->connections_max,
		.fixed = service->fixed,
		.n_fixed = FIXED,
	};

	for (size_t i = 0; i < config->n_listeners; i++)
		listeners[i] = (struct http_listener){.kind = kinds[config->listeners[i].kind],
						      .address = config->listeners[i].address,
						      .port = config->listeners[i].port};
	return http_server_open(&service->server, &options, problem);
}

static enum undersign_status open_folder(int *out, const char *path, const char *remedy,
					 struct problem *problem)
{
	*out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*out >= 0)
		return UNDERSIGN_OK;
	const enum undersign_status status =
		errno == ENOENT ? UNDERSIGN_E_MISSING : UNDERSIGN_E_SYSTEM;
	problem_where(problem, "folder", bytes_from_text(path));
	problem_rule(problem, "a folder that the desk serves must be there");
	problem_what(problem, remedy, bytes_from_text(strerror(errno)));
	return status;
}

enum undersign_status service_open(struct service **out, const struct config *config,
				   struct acceptor *acceptor, struct problem *problem)
{
	struct service *service = calloc(1, sizeof *service);
	enum undersign_status status = UNDERSIGN_OK;

	*out = NULL;
	if (!service)
		return UNDERSIGN_E_MEMORY;
	service->config = config;
	service->acceptor = acceptor;
	set_fixed(service);
	service->published = -1;
	service->programs = -1;
	status = open_folder(&service->published, config->published,
			     "start the sealer first, or make it. The machine says:", problem);
	if (status == UNDERSIGN_OK && config->programs)
		status = open_folder(
			&service->programs, config->programs,
			"name the folder that `make install` filled. The machine says:", problem);
	if (status == UNDERSIGN_OK && config->has_metrics)
		status = metrics_open(&service->metrics, config, acceptor, service->published,
				      problem);
	if (status == UNDERSIGN_OK)
		status = listen_to(service, problem);
	if (status != UNDERSIGN_OK) {
		service_close(service);
		return status;
	}
	*out = service;
	return UNDERSIGN_OK;
}

uint16_t service_port(const struct service *service, size_t listener)
{
	return http_server_port(service->server, listener);
}

void service_stop(struct service *service, uint32_t limit_ms)
{
	http_server_stop(service->server, limit_ms);
}

void service_close(struct service *service)
{
	if (!service)
		return;
	http_server_close(service->server);
	metrics_close(service->metrics);
	if (service->published >= 0)
		close(service->published);
	if (service->programs >= 0)
		close(service->programs);
	free(service);
}
