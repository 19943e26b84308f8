/* The files of a poll's trustees, as its commands read and write them. */
#ifndef UNDERSIGNED_POLL_FILES_H
#define UNDERSIGNED_POLL_FILES_H

#include "arena_heap.h"
#include "poll_text.h"
#include "problem.h"
#include "signer.h"
#include "status.h"

#include <stdint.h>

int poll_key(int argc, char **argv);
int poll_roll(int argc, char **argv);
int poll_deal(int argc, char **argv);
int poll_accept(int argc, char **argv);
int poll_judge(int argc, char **argv);
int poll_trustees(int argc, char **argv);
int poll_share(int argc, char **argv);
int poll_add(int argc, char **argv);

/* What every trustee's command has open: closed in any case. */
struct poll_files {
	struct arena_heap heap;
	struct poll_roll roll;
	struct scalar *secret; /* in memory for secrets; NULL if it was not asked for */
	struct signer *signer;
	unsigned own; /* the trustee's number in the roll, from 1 */
};
/* Reads roll, secret and key; a NULL path is left out. That the three belong together is checked.
 */
UNDERSIGN_MUST_CHECK enum undersign_status poll_files_open(struct poll_files *out, const char *roll,
							   const char *secret, const char *key,
							   struct problem *problem);
void poll_files_close(struct poll_files *files);
/* A public file, whole; from the arena. *problem names it. */
UNDERSIGN_MUST_CHECK enum undersign_status
poll_files_read(struct bytes *out, const char *path, struct arena *arena, struct problem *problem);
/* A trustee's secret file. secret: in memory for secrets. */
UNDERSIGN_MUST_CHECK enum undersign_status
poll_files_read_secret(struct scalar *secret, const char *path, struct problem *problem);
/* Signs a text and writes the note to a new file. */
UNDERSIGN_MUST_CHECK enum undersign_status poll_files_write(const char *path, struct bytes text,
							    struct signer *signer,
							    struct arena *arena,
							    struct problem *problem);
/* The deals among these files, by their dealer; all must be there. The rest is skipped. */
UNDERSIGN_MUST_CHECK enum undersign_status poll_files_read_deals(struct poll_trustees *out,
								 char **paths, size_t n,
								 struct arena *arena,
								 struct problem *problem);

#endif
