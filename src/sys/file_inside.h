/* What file_*.c and folder_*.c share. Only for files in src/sys. */
#ifndef UNDERSIGNED_FILE_INSIDE_H
#define UNDERSIGNED_FILE_INSIDE_H

#include "file.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A path split into the folder, opened, and the name in it. */
struct file_place {
	int folder;              /* -1 if not open */
	char name[NAME_MAX + 1]; /* never "", "." or ".." */
};

/* Slashes at the end are passed over. file_place_close in any case. */
UNDERSIGN_MUST_CHECK enum undersign_status file_place_open(struct file_place *out, const char *path,
							   const char *rule,
							   struct problem *problem);
void file_place_close(struct file_place *place);
/* fsync of a folder; file systems that cannot are passed over. Returns 0 or an errno. */
int file_sync_folder(int folder);
/* Writes everything. Returns 0 or an errno. */
int file_write_all(int fd, struct bytes content);
/* Overwrites the first len bytes with zeros and syncs. Returns 0 or an errno. */
int file_overwrite(int fd, uint64_t len);

/* file_read of name in an open folder (or AT_FDCWD). shown is for problems. */
UNDERSIGN_MUST_CHECK enum undersign_status
file_read_at(struct file_content *out, int folder, const char *name, const char *shown,
	     size_t limit, bool follows_links, enum file_access access, struct problem *problem);
/* Memory for len bytes of content; data NULL if there is none. */
void file_content_take(struct file_content *out, size_t len, enum file_access access);

#endif
