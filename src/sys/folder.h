/* Folders: listed, written as a whole, removed. Problems and statuses as in file.h. */
#ifndef UNDERSIGNED_FOLDER_H
#define UNDERSIGNED_FOLDER_H

#include "bytes.h"
#include "file.h"
#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FOLDER_FILES_MAX ((size_t)1 << 20)
#define FOLDER_NAME_MAX  100 /* bytes of a file's name with its folders, as in a canonical tar */
#define FOLDER_DEPTH_MAX 16

/* True if name is relative, 1 to FOLDER_NAME_MAX bytes of visible ASCII (no space), its parts
 * parted by one '/' each, none of them "." or "..". */
bool folder_name_is_valid(struct bytes name);

struct folder_entry {
	const char *name; /* relative to the folder, terminated */
	uint64_t len;
};

struct folder_list {
	struct folder_entry *entries; /* in ascending order of the bytes of their names */
	size_t n;
	char *names;
};

/* All files in a folder and the folders in it. E_INVALID, with the name, for anything that is not a
 * regular file or a folder (symbolic links, devices), for names that are not valid and for folders
 * without a file; E_LIMIT for more than FOLDER_FILES_MAX. *out is zeros on failure. */
UNDERSIGN_MUST_CHECK enum undersign_status folder_list(struct folder_list *out, const char *path,
						       struct problem *problem);
/* A zeroed list: nothing is done. */
void folder_list_free(struct folder_list *list);

/* Reads a file inside a folder; no symbolic link is followed. */
UNDERSIGN_MUST_CHECK enum undersign_status folder_read(struct file_content *out, const char *path,
						       const char *name, size_t limit,
						       struct problem *problem);

/* Makes a folder and those above it, where they are not there yet; mode 0777 less the umask, or
 * 0700 for the last one if private. New ones are synced: they last. */
UNDERSIGN_MUST_CHECK enum undersign_status folder_make(const char *path, enum file_access access,
						       struct problem *problem);

struct folder_file {
	const char *name; /* valid, and each once */
	struct bytes content;
};

/* Writes a folder with exactly these files, all or none: beside it, synced, then swapped into place
 * in one step (renameat2, or two renames where the file system cannot), the old one removed.
 * FILE_REPLACE: whatever the folder held is gone, so it refuses (E_INVALID) one that holds
 * anything that folder_list would refuse. A folder `.<name>.new` beside it is this function's: one
 * left over by a killed program is removed, one in use is E_CONFLICT. E_USAGE: a name is not valid
 * or stands twice. */
UNDERSIGN_MUST_CHECK enum undersign_status folder_write(const char *path,
							const struct folder_file *files, size_t n,
							enum file_existing existing,
							struct problem *problem);

/* Removes a folder and everything in it; symbolic links are removed, not followed. A folder that is
 * not there: OK. */
UNDERSIGN_MUST_CHECK enum undersign_status folder_remove(const char *path, struct problem *problem);

#endif
