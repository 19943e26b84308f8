/* Points files (formats 4.3): the entries of a roster in one column. Public data. */
#ifndef UNDERSIGNED_POINTS_H
#define UNDERSIGNED_POINTS_H

#include "roster.h"

#include "bytes.h"
#include "entry.h"
#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POINTS_HEADER_LEN    27
#define POINTS_ENTRY_LEN_MAX (POINT_BYTES + 1 + ENTRY_META_MAX)

/* A parsed file; views into it. */
struct points {
	enum roster_class class_of_members;
	uint32_t n;        /* may be 0: a roster nobody has entered yet */
	struct bytes body; /* the n entries */
};

/* Checks the header, and the bounds of every entry: the length is exact. Points are not decoded
 * (that is list_append's, ring.h). E_FORMAT or E_LIMIT; *problem has the offset or the entry. */
UNDERSIGN_MUST_CHECK enum undersign_status points_parse(struct points *out, struct bytes file,
							struct problem *problem);

/* Reads entries in order; views into the file. */
struct points_reader {
	struct cursor cursor;
	uint8_t kind;
	uint32_t left;
};
struct points_reader points_read(const struct points *points);
/* False at the end. Ensures: out->kind is that of the class (entry.h). */
bool points_next(struct points_reader *reader, struct entry *out);

/* Bytes of the body that hold the first n entries. Requires: n <= points->n. */
size_t points_prefix_len(const struct points *points, uint32_t n);
/* True if shorter's class is longer's, and its entries are the first of it, byte for byte. */
bool points_is_prefix(const struct points *shorter, const struct points *longer);
/* The Merkle root of the first n entries (protocol 4.4). Requires: 1 <= n <= points->n. Many
 * prefixes at once: entry_tree of entry.h. */
void points_root(uint8_t out[static HASH_BYTES], const struct points *points, uint32_t n);
/* Adds the leaves of the reader's next n entries, many at a time. Requires: there are as many. */
void points_add_to_tree(struct entry_tree *tree, struct points_reader *reader, uint32_t n);

void points_write_header(struct writer *writer, enum roster_class class_of_members, uint32_t n);
/* Requires: entry->meta.len <= ENTRY_META_MAX. The kind is the file's and not written. */
void points_write_entry(struct writer *writer, const struct entry *entry);

#endif
