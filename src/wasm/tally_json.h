/* The object of doc/formats.md 9. */
#ifndef UNDERSIGNED_WASM_TALLY_JSON_H
#define UNDERSIGNED_WASM_TALLY_JSON_H

#include "json.h"

#include "undersign.h"

/* "enrolled" or "raw-key". */
const char *tally_json_class(enum undersign_class class_of_members);

/* The object and a newline, for session_reply_json. cookie: a struct undersign_bundle. */
void tally_json_write(struct json *json, const void *cookie);

/* The object of a bundle that does not hold. */
struct tally_json_refusal {
	enum undersign_status status;
	const struct undersign_problem *problem;
};
void tally_json_write_refusal(struct json *json, const void *cookie);

#endif
