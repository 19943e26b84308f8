/* A bundle in use: read from a folder or a tar file, verified as a whole, or refused in words. */
#ifndef UNDERSIGNED_OPENED_H
#define UNDERSIGNED_OPENED_H

#include "arena_heap.h"
#include "bundle_source.h"
#include "entropy.h"
#include "file.h"
#include "problem.h"
#include "ring_cache.h"
#include "status.h"
#include "threads.h"

#include "undersign.h"

#include <stdbool.h>
#include <stdint.h>

/* What a command was told about trust; each may be NULL. */
struct opened_options {
	const char *policy; /* a file */
	const char *letter; /* an id: 64 hexadecimal digits, spaces between allowed */
	bool is_silent;     /* no progress */
	uint64_t n_threads; /* 0: the machine's */
	const char *cache;  /* a folder for decoded points */
	/* Where the bundle is, instead of a path; must outlive it. */
	const struct undersign_files *files;
};

/* The row of a command's table for it. Not for commands with a secret: where a member signs,
 * nothing may be left of it. */
#define OPENED_CACHE_OPTION(variable)                                                              \
	{                                                                                          \
		.name = "--cache", .value = "FOLDER",                                              \
		.about = "keep decoded rosters there, which the next run checks and need not "     \
			 "decode: 64 bytes an entry; it shows what was verified here",             \
		.text = &(variable)                                                                \
	}

struct opened {
	struct undersign_bundle *bundle;
	const struct undersign_bundle_info *info;
	const struct undersign_tally *tally;
	struct undersign_memory memory; /* for more work on the bundle */
	struct undersign_random random;
	struct undersign_files files;
	/* below: opened.c's */
	struct bundle_source *source;
	struct arena_heap heap;
	struct entropy entropy;
	struct threads threads;
	struct ring_cache *cache;
	struct file_content policy;
	uint8_t letter[32];
};

/* Verifies everything. Must stay where it is until opened_close, which is to be called in any case.
 * *problem tells what is wrong. E_USAGE for a letter that is no id. */
UNDERSIGN_MUST_CHECK enum undersign_status opened_open(struct opened *out, const char *path,
						       const struct opened_options *options,
						       struct problem *problem);
void opened_close(struct opened *opened);

/* Says that a bundle is refused, and what to do; returns the exit code. */
int opened_refuse(enum undersign_status status, const struct problem *problem);

/* "3 May 2031", or with the time where epochs are shorter than a day. Terminated. */
#define OPENED_DATE_LEN 64
const char *opened_date(char out[static OPENED_DATE_LEN], const struct opened *opened,
			uint64_t seconds);

#endif
