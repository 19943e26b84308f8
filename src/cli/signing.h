/* Who signs, withdraws or claims: a member's secret for an opened letter, from a credential or an
 * OpenSSH key, and his place in it. The bundle is verified before any secret is touched. */
#ifndef UNDERSIGNED_SIGNING_H
#define UNDERSIGNED_SIGNING_H

#include "opened.h"
#include "options.h"

#include "problem.h"
#include "status.h"

#include "undersign.h"

#include <stdint.h>

/* What a command was told; credential or ssh_key, not both. */
struct signing_orders {
	const char *path; /* the bundle */
	const char *credential;
	const char *ssh_key;
	uint64_t passphrase_fd; /* UINT64_MAX: ask */
	struct opened_options trust;
};

/* The rows of a command's options that fill a struct signing_orders. */
#define SIGNING_OPTIONS(orders)                                                                    \
	{.name = "--credential",                                                                   \
	 .value = "FILE",                                                                          \
	 .about = "your credential, as undersign enrol made it",                                   \
	 .text = &(orders).credential},                                                            \
		{.name = "--ssh-key",                                                              \
		 .value = "FILE",                                                                  \
		 .about = "in place of a credential: your OpenSSH private key (ssh-ed25519)",      \
		 .text = &(orders).ssh_key},                                                       \
		{.name = "--passphrase-fd",                                                        \
		 .value = "NUMBER",                                                                \
		 .about = "read the passphrase from this descriptor",                              \
		 .number = &(orders).passphrase_fd,                                                \
		 .least = 0,                                                                       \
		 .most = 1023},                                                                    \
		{.name = "--policy",                                                               \
		 .value = "FILE",                                                                  \
		 .about = "as in verify",                                                          \
		 .text = &(orders).trust.policy},                                                  \
	{                                                                                          \
		.name = "--letter", .value = "ID", .about = "as in verify",                        \
		.text = &(orders).trust.letter                                                     \
	}

struct signing {
	struct opened opened;
	struct undersign_place place;
	const struct undersign_roster_count *roster; /* the member's */
	uint8_t *secret;                             /* UNDERSIGN_SECRET_BYTES, for secrets */
};

/* Says that exactly one of --credential and --ssh-key is needed. False: *out_exit is the code. */
bool signing_options_are_complete(int *out_exit, const struct signing_orders *orders,
				  const struct options_form *form);

/* Opens and verifies the bundle, and calls announce (may be NULL) before it asks for the secret:
 * what it returns ends the matter if it is not OK. Then reads the secret and finds the member's
 * place. On failure it has said why, and *out_exit is the code; signing_close in any case. */
bool signing_open(struct signing *out, int *out_exit, const struct signing_orders *orders,
		  enum undersign_status (*announce)(const struct signing *signing,
						    struct problem *problem),
		  const char *headline);
void signing_close(struct signing *signing);

/* Refuses a letter that takes no statements now: not open yet, or closed, by the log or by the
 * machine's clock. E_INVALID. For announce. */
UNDERSIGN_MUST_CHECK enum undersign_status signing_check_open(const struct signing *signing,
							      struct problem *problem);

#endif
