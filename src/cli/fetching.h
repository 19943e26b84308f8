/* Fetching a bundle and verifying it before it is used: what `fetch` and `verify URL` share. */
#ifndef UNDERSIGNED_FETCHING_H
#define UNDERSIGNED_FETCHING_H

#include "mirror.h"
#include "mirror_memory.h"
#include "opened.h"

#include <stdbool.h>
#include <stdint.h>

#define FETCHING_LIMIT_MB 4096 /* unless told otherwise */

/* The row of a command's table for it. */
#define FETCHING_LIMIT_OPTION(variable)                                                            \
	{                                                                                          \
		.name = "--limit", .value = "MB",                                                  \
		.about = "give up when the server has sent more than so many million bytes; "      \
			 "4096 unless told otherwise",                                             \
		.number = &(variable), .least = 1, .most = 1000000                                 \
	}

struct fetching_orders {
	const char *url; /* one that fetching_url_is_valid takes */
	const char *proxy;
	uint64_t limit_mb;
	struct opened_options trust; /* its files are not looked at */
	struct bytes seen_checkpoint, seen_keys, seen_manifest;
};

/* Where the files go. */
struct fetching_place {
	/* Before each attempt: a store that has what the one before put there. */
	enum undersign_status (*begin)(void *cookie, struct mirror_store *out,
				       struct problem *problem);
	/* The bundle that is there now: a path, or files if that is NULL. */
	enum undersign_status (*finish)(void *cookie, const char **out_path,
					struct undersign_files *out_files, struct problem *problem);
	void *cookie;
};

enum fetching_end {
	FETCHING_DONE,
	FETCHING_CUT,     /* the network or this machine: what has arrived may be kept */
	FETCHING_REFUSED, /* what the server gave does not hold */
	FETCHING_OLDER,   /* mirror_split */
	FETCHING_FORKED,
};

struct fetching {
	enum fetching_end end;
	struct opened opened; /* after FETCHING_DONE */
	struct mirror *mirror;
	struct problem problem;
	enum undersign_status status;
	bool is_of_bundle; /* the failure was found by verifying it as a whole */
};

/* An absolute http or https address, without a slash at its end. */
bool fetching_url_is_valid(const char *url);
/* Fetches and verifies; begins anew if the server's log grows meanwhile. Says nothing but the bars.
 * *out must stay where it is until fetching_close, which is to be called in any case. */
void fetching_run(struct fetching *out, const struct fetching_orders *orders,
		  const struct fetching_place *place);
/* Tells of an end that is not FETCHING_DONE, after a headline; returns the exit code. Not for
 * splits. */
int fetching_refuse(const struct fetching *fetching, const char *headline, const char *remedy);
void fetching_close(struct fetching *fetching);

/* True if a command's operand is meant to be an address, not a path. */
bool fetching_is_address(const char *operand);
/* Fetches into memory: nothing is written. Frees with fetching_memory_close, in any case. */
struct fetching_memory {
	struct fetching fetching;
	struct mirror_memory files;
};
void fetching_memory_run(struct fetching_memory *out, const struct fetching_orders *orders);
void fetching_memory_close(struct fetching_memory *memory);

#endif
