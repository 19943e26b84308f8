/* What of a request's head is refused whatever it asks for: pure checks of public bytes. Only for
 * files of this folder. */
#ifndef UNDERSIGNED_SERVER_CHECK_H
#define UNDERSIGNED_SERVER_CHECK_H

#include "bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERVER_TARGET_MAX 2048
#define SERVER_FIELDS_MAX 64
#define SERVER_HEAD_MAX   ((size_t)16 * 1024)

/* Every status that this folder answers of its own accord, and what it says to people. */
#define SERVER_REFUSALS 10
extern const struct server_refusal {
	int status;
	const char *text;
} server_refusals[SERVER_REFUSALS];

/* 0, or the status that refuses a request's target: 400, 414. *out_path_len is the path's. */
int server_target_check(size_t *out_path_len, struct bytes target);

/* What the header lines say about a request's form. Zero-initialise. */
struct server_fields {
	size_t n, n_host, n_length, n_transfer;
	uint64_t length; /* the Content-Length; UINT64_MAX if it is longer */
	bool is_malformed;
	bool is_encoded;   /* another Content-Encoding than identity */
	bool is_chunked;   /* Transfer-Encoding: chunked, and nothing else */
	bool expects_else; /* another Expect than 100-continue */
};

/* Takes in the next header line. */
void server_fields_add(struct server_fields *fields, struct bytes name, struct bytes value);
/* 0, or the status that refuses a request with these header lines. */
int server_fields_check(const struct server_fields *fields, bool is_post);

/* ASCII letters in any case. */
bool server_name_is(struct bytes name, const char *expected);

#endif
