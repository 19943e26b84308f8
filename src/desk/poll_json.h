/* What a poll has come to, as JSON (doc/formats.md 11.7), from a replay that has ended cleanly. */
#ifndef UNDERSIGNED_POLL_JSON_H
#define UNDERSIGNED_POLL_JSON_H

#include "arena.h"
#include "replay.h"
#include "status.h"

#include <jansson.h>

/* Adds the member `poll` to *json; nothing for a letter that is none. E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status poll_json_add(json_t *json, const struct replay *replay,
							 const struct replay_letter *letter,
							 struct arena *arena);

#endif
