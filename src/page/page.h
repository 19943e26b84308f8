/* The letter's page (doc/formats.md 7.5): one file of HTML whose one script asks for nothing
 * before its button is pressed, made of a bundle's content alone, so that anybody derives the same
 * bytes again. Every text that people wrote is shown as text. Public; variable time. */
#ifndef UNDERSIGNED_PAGE_H
#define UNDERSIGNED_PAGE_H

#include "arena.h"
#include "bundle.h"
#include "bytes.h"
#include "merkle.h"
#include "problem.h"
#include "replay.h"
#include "sha2.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>

/* Of everything that shapes the bytes: code, words, style, third/md4c. One higher with each change
 * of what is written for any letter (tests/page/test_page.c pins a page). */
#define PAGE_VERSION "9"

#define PAGE_FILE    BUNDLE_PAGE_NAME
#define PAGE_LEN_MAX ((size_t)1 << 26)
/* Above it less is shown of what happened around the letter. */
#define PAGE_LEN_MEANT ((size_t)60000)

/* A letter as of the end of a replay. All views must stay until the call returns. */
struct page_source {
	const struct replay *replay; /* ended cleanly, of at least one entry */
	const struct replay_letter *letter;
	const struct bytes *texts; /* contents, in the manifest's order, as manifest_check_text */
	struct merkle_hash root;   /* of the log that was replayed */
};

/* Makes the page, from the arena. E_MEMORY; E_LIMIT above PAGE_LEN_MAX. */
UNDERSIGN_MUST_CHECK enum undersign_status
page_make(struct bytes *out, const struct page_source *source, struct arena *arena);

enum page_verdict {
	PAGE_SAME,          /* exactly what page_make makes */
	PAGE_OTHER_VERSION, /* names another version of the renderer: nothing is known of it */
};
/* True if the page names a version of the renderer, and not this one. */
bool page_is_of_another_version(struct bytes page);
/* Compares a page with the one that is made anew. E_INVALID and *problem if it names this version
 * and differs, or names none; else as page_make. */
UNDERSIGN_MUST_CHECK enum undersign_status page_check(enum page_verdict *out, struct bytes page,
						      const struct page_source *source,
						      struct arena *arena, struct problem *problem);

/* What the page needs of a Content-Security-Policy: its one style and its one script by their
 * hashes, and for the button that counts again a worker, WebAssembly and files of the same server.
 */
#define PAGE_POLICY_MAX 256
void page_policy_write(struct writer *writer);

#endif
