/* What the module keeps between two calls: the open bundle and the last reply. */
#ifndef UNDERSIGNED_WASM_SESSION_H
#define UNDERSIGNED_WASM_SESSION_H

#include "json.h"

#include "undersign.h"

#include <stddef.h>
#include <stdint.h>

/* The bundle that is open; NULL if none is. */
const struct undersign_bundle *session_bundle(void);
void session_set_bundle(const struct undersign_bundle *bundle);

/* What the core asks of its caller. */
extern const struct undersign_random session_random;
extern const struct undersign_memory session_memory;
extern const struct undersign_progress session_progress;

/* Room for an answer, which becomes the reply; NULL if there is no memory. Shortened by
 * session_reply_len. */
uint8_t *session_reply_take(size_t len);
void session_reply_len(size_t len);
/* Nothing is replied. */
void session_reply_nothing(void);
/* Replies with what write writes, which is called twice: to measure and to write. E_MEMORY if there
 * is none. */
enum undersign_status session_reply_json(void (*write)(struct json *json, const void *cookie),
					 const void *cookie);
/* Replies with what is wrong; problem may be NULL. Returns status. */
enum undersign_status session_fail(enum undersign_status status,
				   const struct undersign_problem *problem);
/* The reply as it is if status is OK; else session_fail without a problem. */
enum undersign_status session_end(enum undersign_status status);

/* Writes the rows where, rule and what of an object that has been begun. */
void session_write_problem(struct json *json, enum undersign_status status,
			   const struct undersign_problem *problem);

#endif
