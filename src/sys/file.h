/* Files: read whole, with a limit; written completely or not at all; burnt.
 *
 * Every failure fills *problem (may be NULL): where is the file, rule what was to be done, what the
 * machine's reason and a remedy. E_MISSING if a file is not there, E_LIMIT if it is too long,
 * E_CONFLICT if something exists already, E_INVALID if it is not a regular file, E_MEMORY, else
 * E_SYSTEM. Paths are terminated. Not for several threads at once: signals are held back for
 * moments. */
#ifndef UNDERSIGNED_FILE_H
#define UNDERSIGNED_FILE_H

#include "bytes.h"
#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum file_access {
	FILE_PUBLIC,  /* mode 0666 less the umask; contents in ordinary memory */
	FILE_PRIVATE, /* mode 0600; contents in memory for secrets (secret.h) */
};

enum file_existing {
	FILE_NEW,     /* a file of that name is kept, and the call fails with E_CONFLICT */
	FILE_REPLACE, /* a regular file of that name is replaced */
};

/* A file's content; own copy, so that it cannot change after it was checked. */
struct file_content {
	uint8_t *data;
	size_t len;
	enum file_access access;
};

/* Reads a regular file of at most limit bytes, following symbolic links. *out is zeros on failure.
 */
UNDERSIGN_MUST_CHECK enum undersign_status file_read(struct file_content *out, const char *path,
						     size_t limit, enum file_access access,
						     struct problem *problem);
/* Reads a descriptor (0 is standard input) to its end; name is for problems. */
UNDERSIGN_MUST_CHECK enum undersign_status file_read_fd(struct file_content *out, int fd,
							const char *name, size_t limit,
							enum file_access access,
							struct problem *problem);
/* Wipes private ones. A zeroed struct: nothing is done. */
void file_content_free(struct file_content *content);
static inline struct bytes file_content_view(const struct file_content *content)
{
	return bytes_from(content->data, content->len);
}

/* True if something of this name is there, whatever it is (a dangling symbolic link too). */
bool file_exists(const char *path);
bool file_is_folder(const char *path);
/* True if the file system of a file, or of the folder that it would stand in, has room for some
 * files more; true also if the machine does not say. */
bool file_has_room(const char *path);
/* True if a regular file's mode lets others than its owner read it. */
bool file_is_exposed(const char *path);

/* Writes a file: under no name (O_TMPFILE) or a temporary name in the same folder, synced, then
 * named, then the folder is synced. On failure, a full disk and held-back signals (INT, TERM, HUP)
 * included, nothing is left behind and an existing file is as it was; SIGKILL too leaves nothing
 * under path and, where the file system has O_TMPFILE, no temporary file either. */
UNDERSIGN_MUST_CHECK enum undersign_status file_write(const char *path, struct bytes content,
						      enum file_access access,
						      enum file_existing existing,
						      struct problem *problem);
/* Writes everything to a descriptor (1 is standard output); name is for problems. */
UNDERSIGN_MUST_CHECK enum undersign_status
file_write_fd(int fd, const char *name, struct bytes content, struct problem *problem);

/* The same in parts. Open, put any number of times, commit; free in any case. */
struct file_writer;
UNDERSIGN_MUST_CHECK enum undersign_status
file_writer_open(struct file_writer **out, const char *path, enum file_access access,
		 enum file_existing existing, struct problem *problem);
UNDERSIGN_MUST_CHECK enum undersign_status
file_writer_put(struct file_writer *writer, struct bytes content, struct problem *problem);
UNDERSIGN_MUST_CHECK enum undersign_status file_writer_commit(struct file_writer *writer,
							      struct problem *problem);
/* Removes what was not committed. NULL: nothing is done. */
void file_writer_free(struct file_writer *writer);

/* What must be said whenever something was burnt. */
#define FILE_BURN_CAVEAT                                                                           \
	"Overwritten and removed. Flash memory (SSD, USB stick), snapshots, backups and copies "   \
	"may still hold the old content."

/* Overwrites a regular file (no symbolic link) with zeros, syncs, shortens, removes. E_SYSTEM if
 * any step failed; *problem says whether the content is still there. */
UNDERSIGN_MUST_CHECK enum undersign_status file_burn(const char *path, struct problem *problem);
/* Replaces an existing private file as file_write does, then overwrites what it held before. */
UNDERSIGN_MUST_CHECK enum undersign_status
file_replace_and_burn(const char *path, struct bytes content, struct problem *problem);

#endif
