/* The files of a poll's trustees, as its commands read and write them, and what these commands have
 * in common. */
#ifndef UNDERSIGNED_POLL_FILES_H
#define UNDERSIGNED_POLL_FILES_H

#include "arena_heap.h"
#include "options.h"
#include "poll_text.h"
#include "problem.h"
#include "signer.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int poll_key(int argc, char **argv);
int poll_burn(int argc, char **argv);
int poll_roll(int argc, char **argv);
int poll_deal(int argc, char **argv);
int poll_accept(int argc, char **argv);
int poll_judge(int argc, char **argv);
int poll_trustees(int argc, char **argv);
int poll_share(int argc, char **argv);
int poll_add(int argc, char **argv);

/* What a trustee's command was told; NULL: not asked for. */
struct poll_orders {
	const char *secret, *key, *output;
	uint64_t passphrase_fd; /* UINT64_MAX: ask */
};
#define POLL_ORDERS_NEW                                                                            \
	{                                                                                          \
		.passphrase_fd = UINT64_MAX                                                        \
	}

/* Rows of a command's options, each of which fills its part of a struct poll_orders. */
#define POLL_OPTION_SECRET(orders)                                                                 \
	{                                                                                          \
		.name = "--secret", .value = "FILE",                                               \
		.about = "your secret, of undersign poll key", .is_required = true,                \
		.text = &(orders).secret                                                           \
	}
#define POLL_OPTION_KEY(orders, what)                                                              \
	{                                                                                          \
		.name = "--key", .letter = "-k", .value = "FILE", .about = (what),                 \
		.is_required = true, .text = &(orders).key                                         \
	}
#define POLL_OPTION_OUTPUT(orders, what)                                                           \
	{                                                                                          \
		.name = "--output", .letter = "-o", .value = "FILE", .about = (what),              \
		.is_required = true, .text = &(orders).output                                      \
	}
#define POLL_OPTION_PASSPHRASE(orders)                                                             \
	{                                                                                          \
		.name = "--passphrase-fd", .value = "NUMBER",                                      \
		.about = "read the secret's passphrase from this descriptor",                      \
		.number = &(orders).passphrase_fd, .least = 0, .most = 1023                        \
	}
#define POLL_KEY_OF_TRUSTEE "the private key that signs your files, of undersign key new"

/* What every trustee's command has open: closed in any case. */
struct poll_files {
	struct arena_heap heap;
	struct poll_roll roll;
	struct scalar *secret; /* in memory for secrets; NULL if it was not asked for */
	struct signer *signer;
	unsigned own; /* the trustee's number in the roll, from 1 */
};
/* Reads the roll (NULL: none), and secret and key if they were asked for; the secret's passphrase
 * is asked for where it has one. That the three belong together is checked. */
UNDERSIGN_MUST_CHECK enum undersign_status poll_files_open(struct poll_files *out, const char *roll,
							   const struct poll_orders *orders,
							   struct problem *problem);
void poll_files_close(struct poll_files *files);
/* A public file, whole; from the arena. *problem names it. */
UNDERSIGN_MUST_CHECK enum undersign_status
poll_files_read(struct bytes *out, const char *path, struct arena *arena, struct problem *problem);
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

/* A command on these files, from its arguments to its exit code. */
struct poll_step {
	const struct options_form *form;
	const struct poll_orders *orders;
	bool has_roll;        /* the first operand is the roll */
	const char *headline; /* of a refusal */
	const char *remedy;   /* NULL: the problem's own, or none */
	/* What is done once the files are open, and what is said when it is done. */
	enum undersign_status (*run)(struct poll_files *files, const struct operands *operands,
				     void *cookie, struct problem *problem);
	void (*say)(const struct poll_files *files, const struct operands *operands,
		    const void *cookie);
	void *cookie;
};
int poll_files_run(const struct poll_step *step, int argc, char **argv);

#endif
