/* A folder for a test's files, and what tests ask about files. */
#ifndef UNDERSIGNED_SCRATCH_H
#define UNDERSIGNED_SCRATCH_H

#include "bytes.h"

#include <stdbool.h>
#include <stddef.h>

#define SCRATCH_PATH_MAX 512

/* Makes a folder of its own under TMPDIR or /tmp, goes into it, and writes its path to out. */
void scratch_enter(char out[static SCRATCH_PATH_MAX]);
/* Leaves and removes it. */
void scratch_leave(const char *path);

/* Names in a folder, "." and ".." left out. */
size_t scratch_count(const char *folder);
/* True if the file has exactly this content. */
bool scratch_holds(const char *path, struct bytes content);
/* True if any regular file below the folder has these bytes in it. */
bool scratch_finds(const char *folder, struct bytes needle);
/* Writes without the code under test. */
void scratch_put(const char *path, struct bytes content);
/* Waits for a child; its exit code, or 1000 plus the signal that ended it. */
int scratch_wait(int child);

#endif
