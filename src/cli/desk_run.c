#include "cli.h"
#include "desk_verbs.h"

#include "options.h"
#include "talk.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char headline[] = N_("The desk has ended.");

/* Starts this program once more; *out_ready is readable once it works. */
static pid_t start(const char *verb, const char *config, int *out_ready)
{
	int ends[2];
	char number[16];

	*out_ready = -1;
	if (pipe(ends) != 0)
		return -1;
	snprintf(number, sizeof number, "%d", ends[1]);
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	const pid_t parent = getpid(), child = fork();
	if (child == 0) {
		/* Whoever kills this program outright must not leave a desk behind that nobody
		 * watches. */
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent)
			_exit(CLI_MACHINE);
		execl("/proc/self/exe", "undersign", "desk", verb, "--config", config, "--ready-fd",
		      number, (char *)NULL);
		_exit(CLI_MACHINE);
	}
	close(ends[1]);
	*out_ready = ends[0];
	return child;
}

static bool wait_ready(int fd)
{
	char byte;
	ssize_t n;

	do
		n = read(fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	close(fd);
	return n == 1;
}

/* Ends a child, and gives its exit code. */
static int stop(pid_t child)
{
	int state;

	if (child <= 0)
		return CLI_MACHINE;
	kill(child, SIGTERM);
	while (waitpid(child, &state, 0) < 0)
		if (errno != EINTR)
			return CLI_MACHINE;
	return WIFEXITED(state) ? WEXITSTATUS(state) : CLI_MACHINE;
}

/* Until it is stopped, or one of the two ends: then the other is stopped as well. */
static int watch(pid_t sealer, pid_t acceptor)
{
	for (;;) {
		const enum desk_wait why = desk_wait(1);
		int state;
		const pid_t ended = waitpid(-1, &state, WNOHANG);
		if (ended == sealer || ended == acceptor) {
			stop(ended == sealer ? acceptor : sealer);
			return WIFEXITED(state) && WEXITSTATUS(state) != 0 ? WEXITSTATUS(state)
									   : CLI_MACHINE;
		}
		if (why == DESK_WAIT_STOP) {
			const int code = stop(acceptor);
			const int other = stop(sealer);
			return code ? code : other;
		}
	}
}

static int run(const char *config)
{
	int ready;

	desk_block_signals();
	const pid_t sealer = start("seal", config, &ready);
	if (sealer < 0 || !wait_ready(ready)) {
		const int code = stop(sealer);
		return code ? code : CLI_MACHINE; /* it has said why */
	}
	const pid_t acceptor = start("accept", config, &ready);
	if (acceptor < 0 || !wait_ready(ready)) {
		const int code = stop(acceptor);
		stop(sealer);
		return code ? code : CLI_MACHINE;
	}
	talk_say("The desk is ready.\n");
	const int code = watch(sealer, acceptor);
	if (code != CLI_YES)
		talk_say("%s\n", catalogue_text(headline));
	return code;
}

int desk_run(int argc, char **argv)
{
	static const char *config;
	const struct option options[] = {
		desk_option_config(&config),
	};
	const struct options_form form = {
		.usage = "undersign desk run --config FILE",
		.about = "Runs a sealer and an acceptor over one store, and ends both if one ends. "
			 "Where systemd runs them, each has a unit of its own instead.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	return run(config);
}
