#include "deliver_desk.h"

#include "catalogue.h"

#include "encoding.h"
#include "stamp.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define DESK_JSON_MAX 65536

static enum undersign_status fail(struct problem *problem, const char *rule, const char *what)
{
	problem_where(problem, "desk.json", bytes_from(NULL, 0));
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return UNDERSIGN_E_INVALID;
}

static enum undersign_status read_key(struct note_key *out, char vkey[static NOTE_KEY_TEXT_MAX + 1],
				      const json_t *desk, const char *name, struct problem *problem)
{
	const char *text = json_string_value(json_object_get(desk, name));

	if (!text || strlen(text) > NOTE_KEY_TEXT_MAX)
		return fail(problem, "a desk names its keys `log` and `promise_key`", name);
	strcpy(vkey, text);
	return note_key_parse(out, bytes_from_text(vkey), problem);
}

static enum undersign_status read_json(struct deliver_desk *out, const json_t *desk,
				       const char *log, struct problem *problem)
{
	const json_t *epoch = json_object_get(json_object_get(desk, "epoch"), "number");
	const json_t *bits = json_object_get(desk, "stamp_bits");

	enum undersign_status status = read_key(&out->log, out->vkeys[0], desk, "log", problem);
	if (status == UNDERSIGN_OK)
		status = read_key(&out->promise_key, out->vkeys[1], desk, "promise_key", problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (log && strcmp(log, out->vkeys[0]) != 0)
		return fail(problem, "the desk has the log that was named with --log",
			    "it has another");
	if (!json_is_integer(epoch) || json_integer_value(epoch) < 0)
		return fail(problem, "a desk tells its epoch's number", "it does not");
	if (!json_is_integer(bits) || json_integer_value(bits) < 0 ||
	    json_integer_value(bits) > STAMP_BITS_MAX)
		return fail(problem, "a desk asks for stamps of 0 to 40 bits", "another number");
	out->epoch = (uint64_t)json_integer_value(epoch);
	out->stamp_bits = (unsigned)json_integer_value(bits);
	const char *closes =
		json_string_value(json_object_get(json_object_get(desk, "epoch"), "closes"));
	if (closes && date_time_decode(&out->closes, bytes_from_text(closes)) != UNDERSIGN_OK &&
	    date_decode(&out->closes, bytes_from_text(closes)) != UNDERSIGN_OK)
		out->closes = 0;
	return UNDERSIGN_OK;
}

enum undersign_status deliver_desk_read(struct deliver_desk *out, struct http_client *client,
					const char *url, const char *log, struct problem *problem)
{
	char address[2048];

	*out = (struct deliver_desk){0};
	snprintf(address, sizeof address, "%s/desk.json", url);
	const struct http_request request = {.url = address, .limit = DESK_JSON_MAX};
	enum undersign_status status = http_client_request(client, &out->text, &request, problem);
	if (status != UNDERSIGN_OK)
		return status;
	errno = 0;
	json_t *desk = out->text.status != 200
			       ? NULL
			       : json_loadb((const char *)out->text.body, out->text.body_len,
					    JSON_REJECT_DUPLICATES, NULL);
	if (!desk && errno == ENOMEM) /* which the parser does not always tell */
		return UNDERSIGN_E_MEMORY;
	status = json_is_object(desk) ? read_json(out, desk, log, problem)
				      : fail(problem, "a desk describes itself at /desk.json",
					     "this address does not");
	json_decref(desk);
	return status;
}

void deliver_desk_free(struct deliver_desk *desk)
{
	http_reply_free(&desk->text);
}

void deliver_desk_reason(char *out, size_t capacity, const struct http_reply *reply)
{
	json_t *details = reply->body_len ? json_loadb((const char *)reply->body, reply->body_len,
						       JSON_REJECT_DUPLICATES, NULL)
					  : NULL;
	const char *text = json_string_value(json_object_get(details, "detail"));

	if (!text)
		text = json_string_value(json_object_get(details, "title"));
	if (text)
		snprintf(out, capacity, _("the desk says: %.200s"), text);
	else
		snprintf(out, capacity, _("the desk answered with status %d"), reply->status);
	json_decref(details);
}
