/* The static files of a log: its hash tiles and entry bundles (C2SP tlog-tiles), and its signed
 * checkpoint. Public; variable time. */
#ifndef UNDERSIGNED_LOG_FILES_H
#define UNDERSIGNED_LOG_FILES_H

#include "arena.h"
#include "bytes.h"
#include "folder.h"
#include "merkle.h"
#include "note.h"
#include "problem.h"
#include "record.h"
#include "signer.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

struct log_files_source {
	uint64_t size;                    /* entries of the log */
	const struct merkle_hash *leaves; /* their hashes, of all */
	const struct bytes *entries;      /* those from `first` on */
	uint64_t first;                   /* a multiple of TILE_WIDTH, at most `since` */
	uint64_t since; /* of a log of so many entries the files are there already; 0: none are */
};
/* The tiles and bundles that are not there yet, in an order in which they can be written; room is
 * left in front of *out for `spare` more, which *out_n counts. Names and contents are from the
 * arena. E_LIMIT (an entry is too long), E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status log_files_make(struct folder_file **out, size_t *out_n,
							  const struct log_files_source *source,
							  size_t spare, struct arena *arena);

/* Reads a log's signed record, and checks its signature. note is from the arena, and record a view
 * of it. Errors as file_read, note_parse, record_log_parse, note_verify; *problem names the file.
 */
UNDERSIGN_MUST_CHECK enum undersign_status log_files_record(struct record_log *record,
							    struct bytes *note, const char *path,
							    struct arena *arena,
							    struct problem *problem);

/* A checkpoint, signed. E_INVALID if the signer's key is not the log's; else as note_sign. */
UNDERSIGN_MUST_CHECK enum undersign_status
log_files_sign(struct bytes *out, const struct note_key *log, uint64_t size,
	       const struct merkle_hash *root, struct signer *signer, struct arena *arena,
	       struct problem *problem);

#endif
