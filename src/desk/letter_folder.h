/* A letter's working folder, the organiser's (doc/operations.md, "A letter's folder"). Public, all
 * of it; publish takes it as it is.
 *
 *     manifest                 the signed note
 *     texts/<language>.md      what it names by hash
 *     records/<n>.note         the record of roster n's base snapshot; n from 1, as in the manifest
 *     records/<n>-<v>.note     that of version v, where the roster grew
 *     rosters/<n>.points       roster n's entries in the letter's column, of the last version
 *     open, close, extend-<v>  signed notes, once they are made
 *     story/<name>.note        records of the story around it (doc/formats.md 3.5) */
#ifndef UNDERSIGNED_LETTER_FOLDER_H
#define UNDERSIGNED_LETTER_FOLDER_H

#include "arena.h"
#include "bytes.h"
#include "folder.h"
#include "manifest.h"
#include "note.h"
#include "problem.h"
#include "snapshot.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct letter_folder {
	const char *path;          /* as it was given */
	struct folder_file *files; /* of the folder, in ascending order of their names */
	size_t n_files;
	struct bytes note; /* the manifest's */
	struct manifest manifest;
	struct snapshot_record *bases; /* of each roster */
	const struct bytes *points;    /* of each roster */
	uint32_t last_version;         /* the highest `extend-<v>`; 0 if there is none */
	/* Everything that is to be logged: manifest, records, open, extend, close. */
	struct bytes *records;
	size_t n_records;
};

/* Reads and checks everything but the entries of the points files. All memory is from the arena;
 * path must stay. *problem names the file. */
UNDERSIGN_MUST_CHECK enum undersign_status letter_folder_open(struct letter_folder *out,
							      const char *path, struct arena *arena,
							      struct problem *problem);
/* Reads every file of a folder into the arena. */
UNDERSIGN_MUST_CHECK enum undersign_status letter_folder_read(struct folder_file **out,
							      size_t *out_n, const char *path,
							      struct arena *arena,
							      struct problem *problem);
/* The letter in its authoritative language. */
struct bytes letter_folder_text(const struct letter_folder *folder);
/* The content of a file, data NULL if there is none. */
struct bytes letter_folder_file(const struct letter_folder *folder, const char *name);

#endif
