/* The parts of taking a bundle, for mirror*.c alone. */
#ifndef UNDERSIGNED_MIRROR_PARTS_H
#define UNDERSIGNED_MIRROR_PARTS_H

#include "mirror.h"

#include "arena_heap.h"
#include "bundle.h"
#include "checkpoint.h"
#include "client.h"
#include "manifest.h"
#include "policy.h"
#include "record.h"
#include "terminal.h"
#include "tile.h"

#define MIRROR_ENTRY_GUESS 2200 /* bytes of an entry: for the bar only */

/* A roster's record in the log. */
struct mirror_record {
	uint8_t id[SHA256_BYTES];
	uint64_t entry;
};

struct mirror {
	const struct mirror_orders *orders;
	struct http_client *client;
	uint64_t n_requests, n_bytes;
	bool is_cut;
	enum mirror_split split;
	bool page_is_kept;       /* by the last call */
	bool page_is_distrusted; /* by the caller */
	/* The bundle that was there. */
	struct arena_heap seen_heap;
	struct checkpoint seen;
	struct manifest seen_manifest;
	bool has_seen;
	/* One call of mirror_take. */
	const struct mirror_store *store;
	struct problem *problem;
	struct arena_heap heap;
	struct http_reply note; /* of the checkpoint */
	struct checkpoint checkpoint;
	struct note_key log;
	struct bytes manifest_note;
	struct manifest manifest;
	bool manifest_is_logged;
	struct mirror_record *records;
	size_t n_records, records_capacity;
	struct record_extend *extensions; /* of the letter, in the order of the log */
	size_t n_extensions, extensions_capacity;
	/* The bar: bytes that are thought to come yet. */
	struct terminal_progress bar;
	uint64_t expected;
};

/* --- mirror.c --- */

/* Adds to what is thought to come; takes off what came, or need not. */
void mirror_expect(struct mirror *mirror, uint64_t len);
void mirror_settle(struct mirror *mirror, uint64_t len);

/* Asks for a file of at most limit bytes. To be freed in any case. E_MISSING for one that the
 * server does not have. */
UNDERSIGN_MUST_CHECK enum undersign_status mirror_get(struct http_reply *out, struct mirror *mirror,
						      const char *name, size_t limit);
UNDERSIGN_MUST_CHECK enum undersign_status mirror_put(struct mirror *mirror, const char *name,
						      struct bytes content);
UNDERSIGN_MUST_CHECK enum undersign_status mirror_keep(struct mirror *mirror, const char *name);
/* Says that a file does not match what names it. E_INVALID. */
enum undersign_status mirror_refuse(struct mirror *mirror, const char *name, const char *what);

/* --- mirror_tiles.c --- */

/* The hash tiles, from the root down. */
UNDERSIGN_MUST_CHECK enum undersign_status mirror_take_tiles(struct mirror *mirror);
/* That the log of the tiles begins with what was seen. E_CONFLICT: forked. */
UNDERSIGN_MUST_CHECK enum undersign_status mirror_check_seen(struct mirror *mirror);
/* The root of the first size entries, size at most that of the tiles: those that are taken, or
 * those of the bundle that was there. */
UNDERSIGN_MUST_CHECK enum undersign_status
mirror_root_at(struct merkle_hash *out, struct mirror *mirror, uint64_t tiles_of, uint64_t size);
/* The entries, and what they say about the letter's rosters. */
UNDERSIGN_MUST_CHECK enum undersign_status mirror_take_entries(struct mirror *mirror);
/* A copy of an entry that was taken, in the arena. */
UNDERSIGN_MUST_CHECK enum undersign_status mirror_read_entry(struct bytes *out,
							     struct mirror *mirror, uint64_t entry);

/* --- mirror_letter.c --- */

UNDERSIGN_MUST_CHECK enum undersign_status mirror_take_manifest(struct mirror *mirror);
UNDERSIGN_MUST_CHECK enum undersign_status mirror_take_texts(struct mirror *mirror);
UNDERSIGN_MUST_CHECK enum undersign_status mirror_take_points(struct mirror *mirror);
/* The page, if the server has one. */
UNDERSIGN_MUST_CHECK enum undersign_status mirror_take_page(struct mirror *mirror);
/* Notes what an entry says about the letter. */
UNDERSIGN_MUST_CHECK enum undersign_status mirror_note_entry(struct mirror *mirror, uint64_t number,
							     struct bytes entry);

#endif
