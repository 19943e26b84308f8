/* A folder in the making, beside the one that it is to become: written file by file, kept if the
 * program is stopped, swapped into place in one step. Problems and statuses as in file.h.
 *
 * The new one is called `.<name>.<suffix>`. Whoever made it holds a lock on it and on the folder
 * that it is to replace. */
#ifndef UNDERSIGNED_FOLDER_STAGE_H
#define UNDERSIGNED_FOLDER_STAGE_H

#include "folder.h"

#include "bytes.h"
#include "file.h"
#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>

struct folder_stage;

enum folder_stage_start {
	FOLDER_STAGE_EMPTY,   /* what a stopped program left is removed */
	FOLDER_STAGE_RESUMED, /* what it left can be read and kept */
};

/* Opens the stage of a folder. existing FILE_REPLACE: whatever that folder holds will be gone, so
 * it refuses (E_INVALID) one that holds anything that folder_list would refuse; FILE_NEW:
 * E_CONFLICT if it is there. E_CONFLICT too if another program has the stage. suffix: a few
 * letters. *out is NULL on failure. */
UNDERSIGN_MUST_CHECK enum undersign_status folder_stage_open(struct folder_stage **out,
							     const char *path, const char *suffix,
							     enum folder_stage_start start,
							     enum file_existing existing,
							     struct problem *problem);

/* The path of the folder in the making. Lives as long as the stage. */
const char *folder_stage_path(const struct folder_stage *stage);

/* Writes a file; not synced before the commit. One that a stopped program left is replaced.
 * E_USAGE: the name is not valid, was put already, or is a folder too. */
UNDERSIGN_MUST_CHECK enum undersign_status folder_stage_put(struct folder_stage *stage,
							    const char *name, struct bytes content,
							    struct problem *problem);
/* Reads a file of the new folder or else of the one that is replaced. */
UNDERSIGN_MUST_CHECK enum undersign_status folder_stage_read(struct file_content *out,
							     const struct folder_stage *stage,
							     const char *name, size_t limit,
							     struct problem *problem);
/* Makes the file that folder_stage_read gives one of the new folder: as it is there, linked or
 * copied. */
UNDERSIGN_MUST_CHECK enum undersign_status
folder_stage_keep(struct folder_stage *stage, const char *name, struct problem *problem);

/* Removes from the new folder what was neither put nor kept. */
UNDERSIGN_MUST_CHECK enum undersign_status folder_stage_prune(struct folder_stage *stage,
							      struct problem *problem);
/* Syncs all of it and swaps it into place (renameat2, or two renames where the file system cannot),
 * all or nothing. The folder that was replaced is the stage's from then on. */
UNDERSIGN_MUST_CHECK enum undersign_status folder_stage_commit(struct folder_stage *stage,
							       struct problem *problem);
/* Gives the new folder another name instead, one that is not taken: E_CONFLICT. */
UNDERSIGN_MUST_CHECK enum undersign_status
folder_stage_rename(struct folder_stage *stage, const char *path, struct problem *problem);

/* Removes the folder in the making or, after the commit, the one that was replaced; what cannot be
 * removed now is removed when the folder is staged next. is_left: an unfinished one is left to be
 * resumed. NULL: nothing is done. */
void folder_stage_free(struct folder_stage *stage, bool is_left);

#endif
