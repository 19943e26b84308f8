/* The verbs of `undersign desk`. */
#ifndef UNDERSIGNED_DESK_VERBS_H
#define UNDERSIGNED_DESK_VERBS_H

#include "arena_heap.h"
#include "config.h"
#include "options.h"
#include "problem.h"
#include "status.h"

#include <stdbool.h>
#include <stdint.h>

int desk_accept(int argc, char **argv);
int desk_seal(int argc, char **argv);
int desk_run(int argc, char **argv);
int desk_status(int argc, char **argv);
int desk_fsck(int argc, char **argv);
int desk_requests(int argc, char **argv);

/* Options that several have: --config FILE, and --ready-fd NUMBER, with what --help says of it. */
struct option desk_option_config(const char **out);
struct option desk_option_ready(uint64_t *out, const char *about);

/* Signals that end a process of the desk, and HUP, which does nothing. Blocked in all threads that
 * are started later; desk_wait waits for one of them, or for desk_wake, for up to `seconds`. */
void desk_block_signals(void);
enum desk_wait { DESK_WAIT_OVER, DESK_WAIT_STOP, DESK_WAIT_WOKEN };
enum desk_wait desk_wait(uint64_t seconds);
/* By any thread. */
void desk_wake(void);

/* Fences the process in, and says so if it cannot be. */
UNDERSIGN_MUST_CHECK enum undersign_status desk_fence(const char *verb, bool may_listen,
						      bool may_connect, struct problem *problem);
/* Tells an operator on stderr; the same words are not said twice in a row. For one thread; cookie:
 * the process's name. */
void desk_warn(void *cookie, const struct problem *problem);
/* Gives memory that is not used back to the machine: after a start or an epoch, which take more of
 * it than what follows. */
void desk_give_back(void);
/* Writes a byte to a descriptor that somebody waits at, and closes it; below 0: nothing is done. */
void desk_say_ready(int64_t fd);

#endif
