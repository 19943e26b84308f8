/* What a deliverer asks a desk about itself: /desk.json (doc/http-api.md). */
#ifndef UNDERSIGNED_DELIVER_DESK_H
#define UNDERSIGNED_DELIVER_DESK_H

#include "client.h"
#include "note.h"
#include "problem.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

struct deliver_desk {
	struct note_key log;
	struct note_key promise_key;
	uint64_t epoch;  /* the present one */
	uint64_t closes; /* when it ends, in seconds since 1970; 0 if the desk does not say */
	unsigned stamp_bits;
	struct http_reply text; /* what the keys' names are views into: deliver_desk.c's */
	char vkeys[2][NOTE_KEY_TEXT_MAX + 1];
};

/* Reads it from the desk at url. log: the vkey that the log must have, or NULL. E_INVALID for
 * another log or an answer that is not a desk's; E_FORMAT; or as http_client_request. To be freed
 * in any case. */
UNDERSIGN_MUST_CHECK enum undersign_status deliver_desk_read(struct deliver_desk *out,
							     struct http_client *client,
							     const char *url, const char *log,
							     struct problem *problem);
void deliver_desk_free(struct deliver_desk *desk);

/* Why a desk refused: the `detail` or `title` of its problem details (RFC 9457), else the status.
 */
void deliver_desk_reason(char *out, size_t capacity, const struct http_reply *reply);

#endif
