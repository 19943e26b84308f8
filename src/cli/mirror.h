/* Taking a bundle from a server (doc/http-api.md, "Reading"): file by file, each held against what
 * names it, before it goes into a store: tiles against the checkpoint's root, entries against their
 * tiles, texts against the manifest, points against the roots of their records. What the store has
 * already and fits is not asked for. Nothing is followed, listed or guessed; sizes and counts are
 * bounded before they are believed. It does not replace the bundle's verification. */
#ifndef UNDERSIGNED_MIRROR_H
#define UNDERSIGNED_MIRROR_H

#include "bytes.h"
#include "file.h"
#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the files go, and what is there already. */
struct mirror_store {
	/* A copy; E_MISSING. */
	enum undersign_status (*read)(void *cookie, struct file_content *out, const char *name,
				      size_t limit);
	enum undersign_status (*put)(void *cookie, const char *name, struct bytes content,
				     struct problem *problem);
	/* What read gives stays. */
	enum undersign_status (*keep)(void *cookie, const char *name, struct problem *problem);
	void *cookie;
};

struct mirror_orders {
	const char *url;     /* the bundle's address */
	const char *proxy;   /* as http_client_options; NULL */
	struct bytes policy; /* a tlog-policy file; empty: none */
	uint64_t most_bytes; /* that the server may send in all */
	/* Files of the bundle that is to be brought up to date; empty: there is none. */
	struct bytes seen_checkpoint, seen_keys, seen_manifest;
	bool is_silent;
};

/* Two checkpoints of one log that do not go together. */
enum mirror_split {
	MIRROR_NO_SPLIT,
	MIRROR_OLDER,  /* the server's is of an earlier state of the log: nobody need have lied */
	MIRROR_FORKED, /* the log's key has signed two histories */
};

struct mirror;

/* E_USAGE for an address or a proxy that is not one, E_MEMORY. *orders must stay. */
UNDERSIGN_MUST_CHECK enum undersign_status
mirror_open(struct mirror **out, const struct mirror_orders *orders, struct problem *problem);
/* Takes the bundle that the server has now into a store. On failure mirror_is_cut says of which
 * kind. May be called again, with a store that has what this call put there. */
UNDERSIGN_MUST_CHECK enum undersign_status
mirror_take(struct mirror *mirror, const struct mirror_store *store, struct problem *problem);
/* True if the failure was the way's or this machine's, not that of what the server said: the files
 * that have arrived are as good as any. */
bool mirror_is_cut(const struct mirror *mirror);
/* True if the server has another checkpoint now than mirror_take was given: what did not fit may be
 * of that one. */
bool mirror_has_moved(struct mirror *mirror);
/* After mirror_take: true if the page is the one that was there and not the server's, which alone
 * nothing in the bundle names by its hash. Then the next mirror_take asks for it. */
bool mirror_distrust_page(struct mirror *mirror);

/* After mirror_take. The checkpoint that the server showed lives until the next call. */
enum mirror_split mirror_split_of(const struct mirror *mirror);
struct bytes mirror_shown_checkpoint(const struct mirror *mirror);
/* Of all calls together. */
uint64_t mirror_request_count(const struct mirror *mirror);
uint64_t mirror_byte_count(const struct mirror *mirror);
/* NULL: nothing is done. */
void mirror_close(struct mirror *mirror);

#endif
