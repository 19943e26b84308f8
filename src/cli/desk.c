#include "cli.h"
#include "desk_verbs.h"

#include "sandbox.h"
#include "talk.h"

#include <link.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

int desk_command(int argc, char **argv)
{
	static const struct cli_command verbs[] = {
		{"run", desk_run, "run both processes of a desk", false},
		{"accept", desk_accept, "take deliveries, and serve what is published", true},
		{"seal", desk_seal, "close epochs, sign, and publish", true},
		{"requests", desk_requests, "get the enrolment requests that came", false},
		{"status", desk_status, "show how a desk stands", false},
		{"fsck", desk_fsck, "check store and published files, and repair the files", false},
	};
	return cli_dispatch("undersign desk", verbs, sizeof(verbs) / sizeof(verbs[0]), argc, argv);
}

struct option desk_option_config(const char **out)
{
	return (struct option){.name = "--config",
			       .letter = "-c",
			       .value = "FILE",
			       .about = "the desk's configuration (undersign-desk.conf(5))",
			       .is_required = true,
			       .text = out};
}

struct option desk_option_ready(uint64_t *out, const char *about)
{
	return (struct option){.name = "--ready-fd",
			       .value = "NUMBER",
			       .about = about,
			       .number = out,
			       .least = 3,
			       .most = 1023};
}

static sigset_t wake_set(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	return set;
}

void desk_block_signals(void)
{
	const sigset_t set = wake_set();

	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

enum desk_wait desk_wait(uint64_t seconds)
{
	const struct timespec limit = {.tv_sec = (time_t)seconds};
	const sigset_t set = wake_set();

	switch (sigtimedwait(&set, NULL, &limit)) {
	case SIGTERM:
	case SIGINT:
		return DESK_WAIT_STOP;
	case SIGUSR1:
		return DESK_WAIT_WOKEN;
	default:
		return DESK_WAIT_OVER;
	}
}

void desk_wake(void)
{
	kill(getpid(), SIGUSR1);
}

enum undersign_status desk_fence(const char *verb, bool may_listen, bool may_connect,
				 struct problem *problem)
{
	const struct sandbox_options options = {.may_listen = may_listen,
						.may_connect = may_connect};
	bool is_fenced;

	enum undersign_status status = sandbox_enter(&options, &is_fenced, problem);
	if (status == UNDERSIGN_OK && !is_fenced)
		talk_paragraph(
			"undersign desk %s: this kernel or build has no seccomp: the process "
			"is not fenced in.",
			verb);
	return status;
}

void desk_warn(void *cookie, const struct problem *problem)
{
	static struct problem last;
	char shown[3][4 * PROBLEM_TEXT_LEN];

	if (memcmp(&last, problem, sizeof last) == 0)
		return;
	last = *problem;
	catalogue_place(shown[0], sizeof shown[0], problem->where);
	catalogue_composed(shown[1], sizeof shown[1], problem->rule);
	catalogue_composed(shown[2], sizeof shown[2], problem->what);
	talk_paragraph("%s %s%s%s%s%s%s%s", "undersign desk", (const char *)cookie,
		       shown[0][0] ? ": " : "", shown[0], shown[1][0] ? ": " : "", shown[1],
		       shown[2][0] ? ": " : "", shown[2]);
}

/* Code that was run once, to start, stays resident; what is run again is mapped again, from its
 * file. Never written to, so that nothing is lost. */
static int leave_code(struct dl_phdr_info *object, size_t len, void *cookie)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)len;
	(void)cookie;
	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];
		const uintptr_t begin = object->dlpi_addr + part->p_vaddr;
		const uintptr_t start = (begin + page - 1) & ~(page - 1);
		const uintptr_t end = (begin + part->p_filesz) & ~(page - 1);
		if (part->p_type == PT_LOAD && (part->p_flags & PF_X) && !(part->p_flags & PF_W) &&
		    start < end)
			(void)madvise((void *)start, end - start, MADV_DONTNEED);
	}
	return 0;
}

void desk_give_back(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
	dl_iterate_phdr(leave_code, NULL);
}

void desk_say_ready(int64_t fd)
{
	if (fd < 0)
		return;
	if (write((int)fd, "\n", 1) != 1)
		fputs("", stderr); /* nobody waits any more */
	close((int)fd);
}
