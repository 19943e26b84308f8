/* One file on its way to a desk, over a connection of its own. */
#ifndef UNDERSIGNED_DELIVER_FILE_H
#define UNDERSIGNED_DELIVER_FILE_H

#include "bytes.h"
#include "file.h"
#include "parallel.h"
#include "protocol.h"

#include <stdbool.h>
#include <stdint.h>

struct deliver_orders {
	const char *to, *proxy, *log, *promises;
	uint64_t n_threads;
};

enum deliver_kind {
	DELIVER_STATEMENT,
	DELIVER_RECORD,  /* a signed note */
	DELIVER_REQUEST, /* to enter a roster */
};

struct deliver_file {
	const char *path;
	enum deliver_kind kind;
	struct file_content content;
	uint8_t letter[HASH_BYTES]; /* of a statement; else zeros */
	uint64_t due_s;             /* seconds of waiting before it is sent */
};

/* Reads a file and sees what it is. Returns an exit code, having told of a mistake. To be freed in
 * any case. */
int deliver_file_read(struct deliver_file *out, const char *path);
void deliver_file_free(struct deliver_file *file);

#define DELIVER_PATH_MAX 4096
/* Where a statement's promise is kept: beside it, or in a folder (NULL: beside it). False if the
 * path is too long. */
bool deliver_promise_path(char out[static DELIVER_PATH_MAX], const char *path, const char *folder);

/* Asks the desk how many seconds of its epoch are left, less a tenth, by this machine's clock; 0 if
 * it does not say. Returns an exit code. */
int deliver_epoch_left(uint64_t *out_s, const struct deliver_orders *orders);
/* Sends a file and keeps what the desk promises; tells how it went. Returns an exit code. */
int deliver_file_send(const struct deliver_file *file, const struct deliver_orders *orders,
		      const struct parallel *parallel);

#endif
