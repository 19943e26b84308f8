/* Holds back the signals that ask a program to end, so that it can clean up first. Only for files
 * in src/sys; nest strictly. */
#ifndef UNDERSIGNED_HELD_SIGNALS_H
#define UNDERSIGNED_HELD_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

struct held_signals {
	sigset_t before;
	bool had_file_size; /* SIGXFSZ was pending before */
};

/* INT, TERM, HUP, QUIT wait from now on; XFSZ, that a write above RLIMIT_FSIZE brings, becomes that
 * write's EFBIG. */
void held_signals_begin(struct held_signals *held);
/* What came meanwhile is delivered now. */
void held_signals_end(const struct held_signals *held);

#endif
