/* The archive of an edition (formats 4.3): for each entry its request and its admission. Public. */
#ifndef UNDERSIGNED_ARCHIVE_H
#define UNDERSIGNED_ARCHIVE_H

#include "bytes.h"
#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct archive_entry {
	struct bytes request;
	struct bytes admission;     /* the signed note; the same view as before if it is shared */
	bool is_admission_repeated; /* it stands with an earlier entry */
};

/* Reads entry after entry; a failure is sticky. */
struct archive_reader {
	struct cursor cursor;
	struct bytes admission; /* of the entry before */
	uint32_t n;             /* entries read so far */
	bool has_failed;
	struct problem *problem; /* may be NULL */
};

struct archive_reader archive_read(struct bytes archive, struct problem *problem);
/* False at the end and on failure (a length out of bounds, nothing to repeat): see has_failed. */
bool archive_next(struct archive_reader *reader, struct archive_entry *out);

/* Bytes that hold the first n entries. E_FORMAT if there are fewer or one is broken. */
UNDERSIGN_MUST_CHECK enum undersign_status archive_prefix_len(size_t *out, struct bytes archive,
							      uint32_t n, struct problem *problem);

/* Appends an entry; admission empty: the same note as that of the entry before. */
void archive_write_entry(struct writer *writer, struct bytes request, struct bytes admission);

#endif
