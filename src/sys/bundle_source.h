/* The files of a bundle, from a folder or from one canonical tar file, as the public header reads
 * them. Contents are copies, made when they are read and given back when they are released: a file
 * that changes on disk cannot change after it was checked, nor crash the reader. */
#ifndef UNDERSIGNED_BUNDLE_SOURCE_H
#define UNDERSIGNED_BUNDLE_SOURCE_H

#include "bundle.h"
#include "problem.h"
#include "status.h"

#include "undersign.h"

/* Longest single file of a bundle: an entry bundle has 256 entries of 65,537 bytes, a points file
 * 2^22 members of at most 65. */
#define BUNDLE_SOURCE_FILE_MAX ((size_t)512 * 1024 * 1024)

struct bundle_source;

/* path is a folder or a tar file; both are checked as folder_list and bundle_tar_index do. *out is
 * NULL on failure. The folder may be replaced (folder_write) while it is open: reading then fails,
 * it never mixes the two. */
UNDERSIGN_MUST_CHECK enum undersign_status
bundle_source_open(struct bundle_source **out, const char *path, struct problem *problem);
/* The view for undersign_bundle_open. Names are in ascending order. A read may be repeated; a
 * release without a read does nothing. If a read fails, bundle_source_problem says why. Stays valid
 * until bundle_source_close. */
struct undersign_files bundle_source_files(struct bundle_source *source);
/* The same for the modules. */
struct bundle_files bundle_source_module_files(struct bundle_source *source);
/* The first reading problem; not set if there was none. */
const struct problem *bundle_source_problem(const struct bundle_source *source);
/* NULL: nothing is done. */
void bundle_source_close(struct bundle_source *source);

#endif
