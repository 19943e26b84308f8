/* The canonical tar file of doc/formats.md 7.3. libarchive writes it (ustar); reading accepts only
 * what is byte for byte what packing the same files would write, so there is one tar file for a
 * bundle. Each file has a header of 512 bytes,
 *
 *     offset len
 *          0 100  name, padded with zeros
 *        100   8  "000644 " 0                 mode
 *        108   8  "000000 " 0                 owner
 *        116   8  "000000 " 0                 group
 *        124  12  11 octal digits and a space: length, less than 8^11
 *        136  12  "00000000000 "              time
 *        148   8  6 octal digits, 0, a space: sum of the header's bytes, these being spaces
 *        156   1  "0"
 *        257   8  "ustar" 0 "00"
 *        329   8  "000000 " 0                 major device
 *        337   8  "000000 " 0                 minor device
 *
 * and zeros elsewhere; then its bytes and zeros up to a multiple of 512. Two blocks of zeros end
 * it. */
#ifndef UNDERSIGNED_BUNDLE_TAR_H
#define UNDERSIGNED_BUNDLE_TAR_H

#include "file.h"
#include "folder.h"
#include "problem.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

#define BUNDLE_TAR_LEN_MAX ((uint64_t)1 << 33)

/* Packs all files of a folder (folder_list) into a tar file, completely or not at all. */
UNDERSIGN_MUST_CHECK enum undersign_status bundle_tar_pack(const char *path, const char *folder,
							   enum file_existing existing,
							   struct problem *problem);

/* The same of files in memory, into memory; n of them, in ascending order of their names, which are
 * valid. *out is to be freed; zeros on failure. E_LIMIT for a file of 8 GiB or more, E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status
bundle_tar_make(struct file_content *out, const struct folder_file *files, size_t n);

struct bundle_tar_member {
	const char *name; /* terminated */
	uint64_t offset;  /* of its content in the tar file */
	uint64_t len;
};

struct bundle_tar_index {
	struct bundle_tar_member *members; /* in ascending order of their names */
	size_t n;
	char *names;
};

/* Reads the whole tar file of len bytes through read, checks it, and lists its members. read gives
 * exactly n bytes from offset or fails. E_INVALID or E_FORMAT with the member and the rule if it is
 * not canonical. *out is zeros on failure. */
struct bundle_tar_input {
	enum undersign_status (*read)(void *cookie, uint64_t offset, uint8_t *out, size_t n);
	void *cookie;
	uint64_t len;
};
UNDERSIGN_MUST_CHECK enum undersign_status bundle_tar_index(struct bundle_tar_index *out,
							    const struct bundle_tar_input *input,
							    struct problem *problem);
/* A zeroed index: nothing is done. */
void bundle_tar_index_free(struct bundle_tar_index *index);

#endif
