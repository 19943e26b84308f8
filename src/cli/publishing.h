/* An epoch in the making: what `undersign publish` does in memory before anything is written. */
#ifndef UNDERSIGNED_PUBLISHING_H
#define UNDERSIGNED_PUBLISHING_H

#include "arena_heap.h"
#include "desk_folder.h"
#include "epochs.h"
#include "options.h"

#include "problem.h"
#include "protocol.h"
#include "replay.h"
#include "sequencer.h"
#include "signer.h"
#include "status.h"
#include "threads.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct publish_orders {
	const char *path;
	const char *key;
	struct option_list letters;
	struct option_list records; /* of rosters: rules, refusals, samples */
	const char *bundle;
	const char *only; /* the letter whose bundle is written */
	uint64_t date;
	bool is_new;
	bool is_export;
	bool is_sure;
	uint64_t epoch_seconds;
	const char *begins;
	uint64_t n_threads; /* 0: the machine's */
};

/* An epoch in the making. */
struct publishing {
	const struct publish_orders *orders;
	struct arena_heap heap;
	struct arena *arena;
	struct threads threads;
	struct signer *signer;
	struct desk_folder desk;
	struct epochs epochs;
	struct generators generators;
	struct bytes *files; /* statement files: held, then new */
	size_t n_files;
	struct epochs_made made; /* nothing until publishing_make */
	bool is_logged;          /* the epoch is in the log on disk */
};

/* Replays the log of the desk, which is open, with all its letters. */
UNDERSIGN_MUST_CHECK enum undersign_status publishing_replay(struct publishing *p,
							     struct problem *problem);
/* Closes all epochs that are due, in memory: the desk's records and held files, and the statement
 * files of the operands after the first. Nothing of it if a new file or a record does not hold.
 * *out_first is the first epoch that was made. */
UNDERSIGN_MUST_CHECK enum undersign_status publishing_make(struct publishing *p,
							   const struct operands *operands,
							   uint64_t *out_first,
							   struct problem *problem);

#endif
