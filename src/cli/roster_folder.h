/* A steward's working folder of one edition (doc/operations.md, "A roster's folder"). Public, all
 * of it.
 *
 *     roster                the fixed fields: what members enrol by
 *     column-<c>.points     formats 4.3; c from 1, or 0 in class raw-key
 *     archive               formats 4.3; class enrolled only
 *     rules                 formats 4.6, if the roster has rules of evidence
 *     refusals              formats 4.8, if somebody was refused
 *     snapshots/<N>.note    the record of the first N entries */
#ifndef UNDERSIGNED_ROSTER_FOLDER_H
#define UNDERSIGNED_ROSTER_FOLDER_H

#include "arena_heap.h"
#include "edition.h"
#include "evidence_rules.h"
#include "file.h"
#include "folder.h"
#include "problem.h"
#include "roster_fixed.h"
#include "snapshot.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

/* The fixed fields of a roster from whichever file a member may have: the folder, its `roster`, or
 * a snapshot's note (whose signature is checked). *out_content must stay as long as *out; the
 * caller frees it. */
UNDERSIGN_MUST_CHECK enum undersign_status
roster_folder_read_fixed(struct snapshot_record *out, struct file_content *out_content,
			 const char *path, struct problem *problem);

/* Makes the folder of a new edition; E_CONFLICT if something is there already. */
UNDERSIGN_MUST_CHECK enum undersign_status
roster_folder_new(const char *path, const struct snapshot_record *fixed, struct problem *problem);

struct roster_folder {
	const char *path;
	int lock; /* descriptor; -1: only read */
	struct file_content text;
	struct snapshot_record fixed;
	struct file_content points[ROSTER_COLUMNS_MAX];
	uint32_t n_points;
	struct file_content archive;
	struct arena_heap heap;
	struct generators generators;
	struct edition edition; /* after roster_folder_load */
};

/* Reads everything; for a change nobody else may have the folder open (E_CONFLICT). Whatever the
 * outcome, roster_folder_close. Must stay where it is. */
UNDERSIGN_MUST_CHECK enum undersign_status roster_folder_open(struct roster_folder *folder,
							      const char *path, bool is_change,
							      struct problem *problem);
/* As roster_folder_open to read, but for the archive, which may be missing: not for
 * roster_folder_load. */
UNDERSIGN_MUST_CHECK enum undersign_status
roster_folder_open_list(struct roster_folder *folder, const char *path, struct problem *problem);
/* Begins the edition. Points that no archive holds, of an admission that was interrupted, are left
 * out: the archive is written last. */
UNDERSIGN_MUST_CHECK enum undersign_status roster_folder_load(struct roster_folder *folder,
							      struct problem *problem);
/* Writes points, then the archive: what was admitted stands after it, or nothing of it does. */
UNDERSIGN_MUST_CHECK enum undersign_status roster_folder_save(const struct roster_folder *folder,
							      struct problem *problem);
/* Writes the fixed fields, after persons was set. */
UNDERSIGN_MUST_CHECK enum undersign_status
roster_folder_save_fixed(const struct roster_folder *folder, struct problem *problem);
void roster_folder_close(struct roster_folder *folder);

/* The signed notes in snapshots/, each with its name, by name; none is no fault. Lives as long as
 * the folder. */
struct roster_folder_note {
	const char *name;
	struct bytes note;
};
UNDERSIGN_MUST_CHECK enum undersign_status roster_folder_notes(struct roster_folder_note **out,
							       size_t *out_n,
							       struct roster_folder *folder,
							       struct problem *problem);

/* The rules of evidence, whose note must be signed with the roster's key; *out_is_there false if
 * there are none. Views live as long as the folder. */
UNDERSIGN_MUST_CHECK enum undersign_status roster_folder_rules(struct evidence_rules *out,
							       bool *out_is_there,
							       struct roster_folder *folder,
							       struct problem *problem);

/* "<folder>/<name>", terminated; lives as long as the folder. NULL: no memory. */
const char *roster_folder_name(struct roster_folder *folder, const char *name);

#endif
