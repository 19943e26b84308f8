#include "held_signals.h"

#include "status.h"

#include <time.h>

static bool is_pending(int number)
{
	sigset_t pending;

	return sigpending(&pending) == 0 && sigismember(&pending, number) == 1;
}

void held_signals_begin(struct held_signals *held)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXFSZ};
	sigset_t set;

	held->had_file_size = is_pending(SIGXFSZ);
	CHECK(sigemptyset(&set) == 0);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		CHECK(sigaddset(&set, numbers[i]) == 0);
	CHECK(pthread_sigmask(SIG_BLOCK, &set, &held->before) == 0);
}

void held_signals_end(const struct held_signals *held)
{
	static const struct timespec at_once = {0, 0};
	sigset_t file_size;

	CHECK(sigemptyset(&file_size) == 0 && sigaddset(&file_size, SIGXFSZ) == 0);
	/* The failed write has been reported: the signal has nothing to add. */
	if (!held->had_file_size && is_pending(SIGXFSZ))
		(void)sigtimedwait(&file_size, NULL, &at_once);
	CHECK(pthread_sigmask(SIG_SETMASK, &held->before, NULL) == 0);
}
