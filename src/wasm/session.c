#include "session.h"

#include "heap.h"
#include "wasm.h"

/* The one import. */
__attribute__((import_module("env"), import_name("random"))) int32_t wasm_random(uint8_t *out,
										 size_t len);

static const struct undersign_bundle *open_bundle;
static struct undersign_bytes reply;
static wasm_listener *heard_by;

static enum undersign_status fill(void *cookie, uint8_t *out, size_t len)
{
	(void)cookie;
	return wasm_random(out, len) == 0 ? UNDERSIGN_OK : UNDERSIGN_E_RANDOM;
}

static void *take(void *cookie, size_t len)
{
	(void)cookie;
	return heap_take(len);
}

static void report(void *cookie, uint64_t done, uint64_t total)
{
	(void)cookie;
	if (heard_by)
		heard_by(done, total);
}

const struct undersign_random session_random = {fill, NULL};
const struct undersign_memory session_memory = {take, NULL, SIZE_MAX};
const struct undersign_progress session_progress = {report, NULL};

const struct undersign_bundle *session_bundle(void)
{
	return open_bundle;
}

void session_set_bundle(const struct undersign_bundle *bundle)
{
	open_bundle = bundle;
}

uint8_t *session_reply_take(size_t len)
{
	uint8_t *out = heap_take(len);

	reply = (struct undersign_bytes){out, out ? len : 0};
	return out;
}

void session_reply_len(size_t len)
{
	reply.len = len;
}

void session_reply_nothing(void)
{
	reply = (struct undersign_bytes){NULL, 0};
}

enum undersign_status session_reply_json(void (*write)(struct json *json, const void *cookie),
					 const void *cookie)
{
	struct json json = {.writer = writer_new(NULL, 0)};

	write(&json, cookie);
	const size_t len = json.writer.len;
	uint8_t *out = session_reply_take(len);
	if (!out)
		return UNDERSIGN_E_MEMORY;
	json = (struct json){.writer = writer_new(out, len)};
	write(&json, cookie);
	return UNDERSIGN_OK;
}

struct failure {
	enum undersign_status status;
	const struct undersign_problem *problem;
};

void session_write_problem(struct json *json, enum undersign_status status,
			   const struct undersign_problem *problem)
{
	const bool says_what = problem && problem->what[0] != '\0';

	json_c_text(json, "where", problem ? problem->where : "");
	json_c_text(json, "rule", problem ? problem->rule : "");
	json_c_text(json, "what", says_what ? problem->what : undersign_status_text(status));
}

static void write_failure(struct json *json, const void *cookie)
{
	const struct failure *failure = cookie;

	json_begin_object(json, NULL);
	session_write_problem(json, failure->status, failure->problem);
	json_end_object(json);
}

enum undersign_status session_fail(enum undersign_status status,
				   const struct undersign_problem *problem)
{
	const struct failure failure = {status, problem};

	/* Without memory there is no reply, and the status says so. */
	return session_reply_json(write_failure, &failure) == UNDERSIGN_OK ? status
									   : UNDERSIGN_E_MEMORY;
}

enum undersign_status session_end(enum undersign_status status)
{
	return status == UNDERSIGN_OK ? status : session_fail(status, NULL);
}

void *wasm_take(size_t len)
{
	return heap_take(len);
}

void wasm_reset(void)
{
	open_bundle = NULL;
	session_reply_nothing();
	heap_reset();
}

const struct undersign_bytes *wasm_reply(void)
{
	return &reply;
}

void wasm_listen(wasm_listener *listener)
{
	heard_by = listener;
}
