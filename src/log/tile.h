/* The files of a log (tlog-tiles v0.1.0): tiles of 256 stored hashes, bundles of 256 entries, full
 * or, at the edge, partial. Public data. */
#ifndef UNDERSIGNED_TILE_H
#define UNDERSIGNED_TILE_H

#include "bytes.h"
#include "merkle.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TILE_WIDTH          256
#define TILE_PATH_LEN_MAX   64
#define TILE_LEN_MAX        ((size_t)TILE_WIDTH * MERKLE_BYTES)
#define TILE_ENTRY_LEN_MAX  65535
#define TILE_BUNDLE_LEN_MAX ((size_t)TILE_WIDTH * (2 + TILE_ENTRY_LEN_MAX))

/* A hash tile, or a bundle of entries (level 0 then). */
struct tile {
	bool is_entries;
	uint32_t level; /* 0 to 63 */
	uint64_t index;
	uint32_t width; /* hashes or entries in it: 1 to 256; less than 256 is partial */
};

/* tile/<level>/<index>[.p/<width>] or tile/entries/<index>[.p/<width>]; index in groups of three
 * digits, all but the last with `x` before. Without a leading slash. */
void tile_path_write(struct writer *writer, const struct tile *tile);
/* Only what tile_path_write writes. E_FORMAT. */
UNDERSIGN_MUST_CHECK enum undersign_status tile_path_parse(struct tile *out, struct bytes path);

/* True if this is one of the files of a log of this size: the full ones, and the partial ones of
 * just this size. */
bool tile_is_of_size(const struct tile *tile, uint64_t size);
/* Number of the files of a log of this size. */
uint64_t tile_count(uint64_t size);
/* Walks them: hash tiles by level and index, then bundles by index. */
struct tile_walk {
	uint64_t size;
	struct tile next;
	bool is_over;
};
struct tile_walk tile_walk_new(uint64_t size);
/* False if there is no further one; *out is then untouched. */
bool tile_walk_next(struct tile_walk *walk, struct tile *out);

/* The content of a hash tile: tile.width hashes. */
UNDERSIGN_MUST_CHECK enum undersign_status
tile_write(struct writer *writer, const struct tile *tile, const struct merkle_reader *reader);
/* The hashes of a content, which must be width * 32 bytes. E_FORMAT. Only the first width hashes of
 * out are written. */
UNDERSIGN_MUST_CHECK enum undersign_status tile_parse(struct merkle_hash out[static TILE_WIDTH],
						      uint32_t width, struct bytes content);

/* Adds an entry to a bundle's content: u16be length ‖ entry. E_LIMIT if it is too long. */
UNDERSIGN_MUST_CHECK enum undersign_status tile_entry_write(struct writer *writer,
							    struct bytes entry);
/* Views of the entries of a content, which must be exactly width entries. E_FORMAT. Only the first
 * width of out are written. */
UNDERSIGN_MUST_CHECK enum undersign_status tile_entries_parse(struct bytes out[static TILE_WIDTH],
							      uint32_t width, struct bytes content);

#endif
