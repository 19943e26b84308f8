/* The member `poll` of doc/formats.md 11.7. */
#ifndef UNDERSIGNED_WASM_POLL_JSON_H
#define UNDERSIGNED_WASM_POLL_JSON_H

#include "json.h"

#include "undersign.h"

/* What the poll has come to, after a key that is written too. tally: of the same bundle. */
void poll_json_write(struct json *json, const char *key, const struct undersign_poll *poll,
		     const struct undersign_tally *tally);

#endif
