/* How a desk stands, as a page for its organiser. Nothing is on it that the public could not know:
 * all follows from the log and from what is published. Public; variable time. */
#ifndef UNDERSIGNED_DESK_PAGE_H
#define UNDERSIGNED_DESK_PAGE_H

#include "page.h"

#include "arena.h"
#include "bytes.h"
#include "replay.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct desk_page_witness {
	struct bytes name;
	bool has_cosigned; /* the published checkpoint */
};

/* All views must stay until the call returns. */
struct desk_page_source {
	struct bytes title;    /* of the desk; may be empty */
	struct bytes language; /* BCP 47; English if there are no words of it */
	const struct replay *replay;
	const struct page_source *letters; /* those that are in the log */
	size_t n_letters, n_unlogged;
	uint64_t published; /* entries that the published checkpoint covers: if that is not all of
			     * the replay's, no letter is shown */
	struct merkle_hash root; /* of the published checkpoint */
	const struct desk_page_witness *witnesses;
	size_t n_witnesses;
	uint64_t files_len; /* bytes of what is published */
	bool has_room; /* at least DESK_PAGE_ROOM_GB; nothing finer: what waits takes room too */
};
#define DESK_PAGE_ROOM_GB 1

/* E_MEMORY; E_LIMIT above PAGE_LEN_MAX. */
UNDERSIGN_MUST_CHECK enum undersign_status
desk_page_make(struct bytes *out, const struct desk_page_source *source, struct arena *arena);

#endif
