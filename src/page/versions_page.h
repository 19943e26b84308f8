/* A page of the versions of a letter: each is a letter of its own, with its own scope; what changed
 * in the text from one to the next, and how many signatures each has. It is made from bundles that
 * have been verified, and stands in none of them. Public; variable time. */
#ifndef UNDERSIGNED_VERSIONS_PAGE_H
#define UNDERSIGNED_VERSIONS_PAGE_H

#include "arena.h"
#include "bytes.h"
#include "protocol.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One version, as its bundle has it. */
struct versions_letter {
	uint8_t id[HASH_BYTES];
	struct bytes title, text, language; /* the authoritative ones */
	uint64_t opens, as_of;              /* seconds since 1970 */
	bool is_closed;                     /* as of that epoch: the count is final */
	uint64_t total, represented, n_organisations;
};

#define VERSIONS_MAX 32

/* Makes the page in the language of the last version; the earliest comes first. Requires:
 * 2 <= n <= VERSIONS_MAX. E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status versions_page_make(struct bytes *out,
							      const struct versions_letter *letters,
							      size_t n, struct arena *arena);

#endif
