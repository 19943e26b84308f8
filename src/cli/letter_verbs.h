/* The verbs of `undersign letter`, and what they share. */
#ifndef UNDERSIGNED_LETTER_VERBS_H
#define UNDERSIGNED_LETTER_VERBS_H

#include "letter_folder.h"

#include "arena.h"
#include "problem.h"
#include "record.h"
#include "roster_folder.h"
#include "signer.h"
#include "status.h"

#include <stdint.h>

int letter_new(int argc, char **argv);
int letter_open(int argc, char **argv);
int letter_extend(int argc, char **argv);
int letter_close(int argc, char **argv);
int letter_show(int argc, char **argv);
int letter_versions(int argc, char **argv);

/* What a letter takes from a roster's folder: the note of its newest snapshot, and the points of
 * these entries in a column. */
struct letter_roster {
	struct roster_folder folder; /* roster_folder_close in any case */
	struct bytes note;
	struct snapshot_record record;
	uint8_t id[SHA256_BYTES];
	uint32_t column; /* 0 in class raw-key */
	struct bytes points;
};

/* Opens the newest snapshot of a roster's folder. *problem names the folder. */
UNDERSIGN_MUST_CHECK enum undersign_status
letter_roster_open(struct letter_roster *out, const char *path, struct problem *problem);
/* Takes the points of its entries in a column (0 in class raw-key) from the folder: out->points,
 * from the arena. */
UNDERSIGN_MUST_CHECK enum undersign_status letter_roster_take(struct letter_roster *roster,
							      uint32_t column, struct arena *arena,
							      struct problem *problem);
void letter_roster_close(struct letter_roster *roster);
/* Says which of a new letter's rosters would be used by more letters of the desk than stay unlinked
 * for ever, if they sign with the same column. */
UNDERSIGN_MUST_CHECK enum undersign_status letter_say_uses(const char *desk,
							   const struct letter_roster *rosters,
							   size_t n, struct arena *arena,
							   struct problem *problem);

/* Signs a text into a note, from the arena. */
UNDERSIGN_MUST_CHECK enum undersign_status letter_sign(struct bytes *out, struct bytes text,
						       struct signer *signer, struct arena *arena,
						       struct problem *problem);

/* The record of a desk's log: DESK/log.note, or that of its log if it has one. It is checked. */
UNDERSIGN_MUST_CHECK enum undersign_status letter_read_log(struct record_log *out, const char *desk,
							   struct arena *arena,
							   struct problem *problem);
/* An epoch from what was typed: a number, or a date, which means the first epoch that is named by
 * that day or a later one. */
UNDERSIGN_MUST_CHECK enum undersign_status letter_read_epoch(uint64_t *out, const char *option,
							     const char *text,
							     const struct record_log *log,
							     struct problem *problem);

#endif
