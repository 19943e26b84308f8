/* What folder_*.c share. Only for files in src/sys. */
#ifndef UNDERSIGNED_FOLDER_INSIDE_H
#define UNDERSIGNED_FOLDER_INSIDE_H

#include "folder.h"

/* folder_list of an open folder; path is for problems. */
UNDERSIGN_MUST_CHECK enum undersign_status
folder_list_at(struct folder_list *out, int folder, const char *path, struct problem *problem);
/* Removes the folder of this name in an open folder with everything in it; not there: 0. Returns 0
 * or an errno. */
int folder_remove_at(int parent, const char *name);
/* Removes everything in an open folder, not the folder. Returns 0 or an errno. */
int folder_empty(int folder);

#endif
