/* The command line: what every subcommand shares. Habits: data to stdout, talk to stderr, at most
 * 80 columns, no colour; `-` for the standard streams; secrets never as arguments.
 *
 * A subcommand is one function, one row in the table of main.c, one file. One with verbs has a
 * table of its own. Each gets the arguments from its own name on, and returns an exit code. */
#ifndef UNDERSIGNED_CLI_H
#define UNDERSIGNED_CLI_H

#include "catalogue.h"
#include "options.h"
#include "output.h"
#include "talk.h"

#include "file.h"
#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cli_exit {
	CLI_YES = 0,
	CLI_NO = 1,     /* what was given is wrong or does not hold */
	CLI_USAGE = 2,  /* the arguments make no sense */
	CLI_MACHINE = 3 /* disk, memory, permission, randomness */
};

/* The exit code of a status: E_USAGE is 2; E_RANDOM, E_MEMORY, E_SYSTEM are 3; other faults 1. */
int cli_exit_of(enum undersign_status status);

struct cli_command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *about; /* one line, no full stop */
	/* Private keys, credentials or passphrases: hardening.h before it runs. */
	bool holds_secrets;
};

/* Calls the row that argv[1] names, with argv from there on. `--help` lists the table on stdout; no
 * name, or one that is not in the table, lists it on stderr and is usage. program: "undersign", or
 * "undersign key". */
int cli_dispatch(const char *program, const struct cli_command *commands, size_t n, int argc,
		 char **argv);

/* Reads a file, or standard input for "-". As file_read. */
UNDERSIGN_MUST_CHECK enum undersign_status cli_read(struct file_content *out, const char *path,
						    size_t limit, enum file_access access,
						    struct problem *problem);
/* Writes a file, or to standard output for "-". As file_write. */
UNDERSIGN_MUST_CHECK enum undersign_status cli_write(const char *path, struct bytes content,
						     enum file_access access,
						     enum file_existing existing,
						     struct problem *problem);
/* The machine's time. E_SYSTEM, *problem says why. */
UNDERSIGN_MUST_CHECK enum undersign_status cli_now(uint64_t *out, struct problem *problem);

/* The subcommands, one file each. */
int answer_command(int argc, char **argv);
int burn_command(int argc, char **argv);
int check_claim_command(int argc, char **argv);
int check_fork_command(int argc, char **argv);
int check_promise_command(int argc, char **argv);
int claim_command(int argc, char **argv);
int deliver_command(int argc, char **argv);
int desk_command(int argc, char **argv);
int enrol_command(int argc, char **argv);
int fetch_command(int argc, char **argv);
int key_command(int argc, char **argv);
int letter_command(int argc, char **argv);
int pack_command(int argc, char **argv);
int poll_command(int argc, char **argv);
int press_kit_command(int argc, char **argv);
int publish_command(int argc, char **argv);
int record_command(int argc, char **argv);
int roster_command(int argc, char **argv);
int sign_command(int argc, char **argv);
int tally_command(int argc, char **argv);
int verify_command(int argc, char **argv);
int vouch_command(int argc, char **argv);
int withdraw_command(int argc, char **argv);
int witness_command(int argc, char **argv);

#endif
