/* A bundle: all that somebody needs to verify a letter's tally offline (doc/formats.md 7). Opening
 * it verifies everything; what has been opened is what sign, withdraw, claim, publish and verify go
 * on from. Public; variable time. */
#ifndef UNDERSIGNED_BUNDLE_H
#define UNDERSIGNED_BUNDLE_H

#include "arena.h"
#include "bytes.h"
#include "checkpoint.h"
#include "manifest.h"
#include "note.h"
#include "parallel.h"
#include "policy.h"
#include "poll_count.h"
#include "problem.h"
#include "progress.h"
#include "protocol.h"
#include "replay.h"
#include "rings.h"
#include "snapshot.h"
#include "status.h"
#include "tally.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The files of a bundle, supplied by the program: a folder, a tar file, memory. Names are paths
 * from the bundle's root, without a leading slash. */
struct bundle_files {
	size_t n;
	struct bytes (*name)(void *cookie, size_t i);
	/* A view of the whole content, which stays until release(i). */
	enum undersign_status (*read)(void *cookie, size_t i, struct bytes *out);
	void (*release)(void *cookie, size_t i);
	void *cookie;
};

struct bundle_options {
	struct bytes policy;             /* a tlog-policy file; empty: none */
	const uint8_t *letter;           /* HASH_BYTES that the letter's id must be; NULL: none */
	const uint8_t *fresh;            /* 32 random bytes for the weights of batches; NULL */
	const struct parallel *parallel; /* threads, which must outlive the bundle; NULL: none */
	const struct rings_cache *cache; /* of decoded points; NULL: none */
	const struct progress *progress;
};

/* Where trust comes from: outside the bundle, or not at all. */
struct bundle_anchor {
	bool log_is_anchored;    /* a policy was given, has the log's key, and its quorum is met */
	bool letter_is_anchored; /* an id was given, and it is the letter's */
	uint32_t n_witnesses;    /* of the policy */
	uint32_t n_cosigned;     /* of these, how many have cosigned the checkpoint */
	uint64_t cosigned_at;    /* seconds since 1970: the latest of their times; 0 */
};
/* Only both together make a verdict that is more than "consistent". */
static inline bool bundle_is_anchored(const struct bundle_anchor *anchor)
{
	return anchor->log_is_anchored && anchor->letter_is_anchored;
}

/* Of which state of the log a tally is. */
struct bundle_as_of {
	uint64_t epoch;
	uint64_t date; /* seconds since 1970 */
	uint64_t log_size;
	struct merkle_hash root;
};

/* All views and pointers live as long as the arena and the files. */
struct bundle {
	struct bundle_anchor anchor;
	struct bundle_as_of as_of;
	struct record_log log;
	struct checkpoint checkpoint;
	struct bytes checkpoint_note;
	struct bytes manifest_note;
	struct manifest manifest;
	const struct note_key *keys;
	size_t n_keys;
	struct letter_rings *rings;
	struct replay *replay;
	struct replay_letter *letter;
	struct tally tally;
	struct poll_count poll; /* where the letter is one: manifest_is_poll */
	const struct generators *generators;
	/* Of BUNDLE_PAGE_NAME among the files; their number if there is none. Its content is not
	 * looked at here: page_check (page.h) does that. */
	size_t page;
};

/* Verifies a whole bundle, but for its page. E_INVALID, E_FORMAT, E_MISSING, E_LIMIT, E_ENCODING,
 * E_CONFLICT: it does not hold, and *problem names the first fault; E_SYSTEM, E_MEMORY: it could
 * not be read. generators, files and arena must outlive *out. */
UNDERSIGN_MUST_CHECK enum undersign_status
bundle_open(struct bundle **out, const struct bundle_files *files,
	    const struct generators *generators, const struct bundle_options *options,
	    struct arena *arena, struct problem *problem);

/* The index of a file by its name; files->n if there is none. */
size_t bundle_find_file(const struct bundle_files *files, struct bytes name);
/* A copy of an entry of the bundle's log. E_USAGE if there is none of this number, E_MEMORY, or
 * what read returned. */
UNDERSIGN_MUST_CHECK enum undersign_status bundle_read_entry(struct bytes *out,
							     const struct bundle_files *files,
							     uint64_t size, uint64_t entry,
							     struct arena *arena);

/* The names of a letter's files in a bundle. */
#define BUNDLE_PAGE_NAME "index.html"
#define BUNDLE_NAME_MAX  128
void bundle_write_text_name(struct writer *writer, const struct manifest_text *text);
/* number: of the roster, from 1. */
void bundle_write_points_name(struct writer *writer, size_t number);

/* The file `keys` (7.2): writes those of the n keys that are marked, in ascending order of their
 * texts, each once. is_used is what replay_keys collects, and the checkpoint's keys. */
void bundle_write_keys(struct writer *writer, const struct note_key *keys, const bool *is_used,
		       size_t n);

#endif
