/* The verbs of `undersign record`. */
#ifndef UNDERSIGNED_RECORD_VERBS_H
#define UNDERSIGNED_RECORD_VERBS_H

#include "opened.h"

#include "problem.h"
#include "status.h"

#include <stddef.h>

int record_add(int argc, char **argv);
int record_kit(int argc, char **argv);
int record_list(int argc, char **argv);

/* The story of an opened bundle as a JSON object; NULL if nothing is recorded, or no memory. The
 * caller's. */
json_t *record_story(const struct opened *opened);
/* What is recorded around a letter, in a few lines; void records with their rules. */
void record_print_summary(const struct opened *opened, const char *path);
/* Compares the files of a folder, named by the SHA-256 of what they hold, with the copies that
 * records name: *out_n are checked, *out_missing of those named are not there. E_INVALID for one
 * that is not what its record says. */
UNDERSIGN_MUST_CHECK enum undersign_status record_check_copies(size_t *out_n, size_t *out_missing,
							       const struct opened *opened,
							       const char *folder,
							       struct problem *problem);

#endif
