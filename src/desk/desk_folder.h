/* A desk on plain files, run by hand (doc/operations.md, "A desk's folder"): the log of one or
 * several letters, and what is held for a later epoch.
 *
 *     log.note            the log's signed record
 *     log/                checkpoint and tiles; swapped as a whole
 *     last-checkpoint     the checkpoint signed last, kept a second time: a log that is shorter was
 *                         rolled back, and nothing is signed on top of it
 *     held/<SHA-512>      statement files that are not published yet, by the first 45 bytes of
 *                         their hash. Not public
 *     letters/<id>/       each letter's folder (letter_folder.h), as it was given last */
#ifndef UNDERSIGNED_DESK_FOLDER_H
#define UNDERSIGNED_DESK_FOLDER_H

#include "letter_folder.h"

#include "arena.h"
#include "bytes.h"
#include "checkpoint.h"
#include "folder.h"
#include "problem.h"
#include "record.h"
#include "signer.h"
#include "status.h"

#include <stddef.h>
#include <stdint.h>

struct desk_letter {
	const char *path; /* of its folder in the desk, or of the one that was given */
	bool is_given;
	struct letter_folder folder;
};

struct desk_folder {
	const char *path;
	struct arena *arena;
	struct bytes log_note;
	struct record_log log;
	struct bytes *entries; /* of the whole log */
	size_t n_entries, entries_capacity;
	uint64_t stored; /* entries that were there when it was opened */
	struct folder_file *held;
	size_t n_held;
	struct desk_letter *letters;
	size_t n_letters;
	int lock;
	bool has_lock;
};

/* Makes a desk whose log's record is signed, and no epoch closed. E_CONFLICT if it is there. */
UNDERSIGN_MUST_CHECK enum undersign_status desk_folder_new(const char *path, struct signer *signer,
							   uint64_t epoch_seconds, uint64_t begins,
							   struct arena *arena,
							   struct problem *problem);
/* Reads everything, checks the log against its checkpoint and that against the one kept a second
 * time. given: folders of letters that are new or have new records. E_CONFLICT if another program
 * has it open. desk_folder_close in any case. */
UNDERSIGN_MUST_CHECK enum undersign_status
desk_folder_open(struct desk_folder *out, const char *path, const char *const *given,
		 size_t n_given, struct arena *arena, struct problem *problem);
/* Lets others in. Of zeros: nothing is done. */
void desk_folder_close(struct desk_folder *desk);
/* Adds entries of a new epoch, in memory. E_MEMORY. */
UNDERSIGN_MUST_CHECK enum undersign_status desk_folder_add(struct desk_folder *desk,
							   const struct bytes *entries, size_t n);

/* The files of the log as it is in memory (checkpoint and tiles), the checkpoint signed. Room is
 * left in front of *out for `spare` more. */
UNDERSIGN_MUST_CHECK enum undersign_status desk_folder_log(struct folder_file **out, size_t *out_n,
							   const struct desk_folder *desk,
							   struct signer *signer, size_t spare,
							   struct problem *problem);
/* Stores letters that were given and statement files that are to be held; before the log. */
UNDERSIGN_MUST_CHECK enum undersign_status desk_folder_save_input(const struct desk_folder *desk,
								  const struct bytes *files,
								  size_t n,
								  struct problem *problem);
/* Swaps in the log; from then on the epoch is closed. */
UNDERSIGN_MUST_CHECK enum undersign_status desk_folder_save_log(const struct desk_folder *desk,
								const struct folder_file *files,
								size_t n, struct problem *problem);
/* Deletes a held file, by its content. */
UNDERSIGN_MUST_CHECK enum undersign_status
desk_folder_drop(const struct desk_folder *desk, struct bytes file, struct problem *problem);

#endif
