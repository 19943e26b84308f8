/* Signing and answering: one way for both, from the meter to the file. */
#ifndef UNDERSIGNED_SIGN_COMMAND_H
#define UNDERSIGNED_SIGN_COMMAND_H

#include "signing.h"
#include "threads.h"

#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

struct sign_orders {
	struct signing_orders who;
	const char *output;
	const char *as;
	uint64_t seq;
	bool is_sure;
	bool with_second, without_second;
	/* For a poll: fills in what is chosen, UNDERSIGN_OPTIONS_MAX bytes for secrets. Anything
	 * but OK ends the matter. NULL: a letter. */
	enum undersign_status (*choose)(void *cookie, uint8_t *choices,
					const struct undersign_poll *poll, struct problem *problem);
	void *cookie;
};

/* The rows of a command's options that fill a struct sign_orders. */
#define SIGN_OPTIONS(orders)                                                                       \
	SIGNING_OPTIONS((orders).who),                                                             \
		{.name = "--output",                                                               \
		 .letter = "-o",                                                                   \
		 .value = "FILE",                                                                  \
		 .about = "the statement's new file",                                              \
		 .is_required = true,                                                              \
		 .text = &(orders).output},                                                        \
		{.name = "--as",                                                                   \
		 .value = "own|all",                                                               \
		 .about = "be shown as a member of your own list (or its group), or of any of "    \
			  "all",                                                                   \
		 .text = &(orders).as},                                                            \
		{.name = "--second",                                                               \
		 .about = "if too few of your list sign, count among all at the closing",          \
		 .flag = &(orders).with_second},                                                   \
		{.name = "--no-second", .about = "never", .flag = &(orders).without_second},       \
		{.name = "--seq",                                                                  \
		 .value = "NUMBER",                                                                \
		 .about = "the statement's number; one more than your last published one",         \
		 .number = &(orders).seq,                                                          \
		 .least = 1,                                                                       \
		 .most = UINT32_MAX},                                                              \
		THREADS_OPTION((orders).who.trust.n_threads),                                      \
	{                                                                                          \
		.name = "--yes",                                                                   \
		.about = "do not ask; the own list and no second proof unless told otherwise",     \
		.flag = &(orders).is_sure                                                          \
	}

/* What answer.c says and asks where sign.c has words for letters. The first says why if a letter is
 * to be answered, a poll to be signed, or a poll's trustees have no key yet. */
bool answer_is_right_command(const struct signing *signing, bool is_answer);
bool answer_confirm(void);
void answer_say(const char *path, size_t len);

/* Runs the command whose form reads its options into orders. */
int sign_run(struct sign_orders *orders, const struct options_form *form, int argc, char **argv);

#endif
