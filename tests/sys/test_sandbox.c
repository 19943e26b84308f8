/* What a fenced process can still do, and what not; each beside the same in a process that is free.
 */
#include "sandbox.h"

#include "testing.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void *set(void *cookie)
{
	*(int *)cookie = 1;
	return NULL;
}

static bool threads(void)
{
	pthread_t thread;
	int value = 0;

	return pthread_create(&thread, NULL, set, &value) == 0 && pthread_join(thread, NULL) == 0 &&
	       value == 1;
}

static bool files(void)
{
	char name[] = "/tmp/undersigned-sandbox-XXXXXX";
	const int fd = mkstemp(name);
	const bool is_good = fd >= 0 && write(fd, "x", 1) == 1 && fsync(fd) == 0 &&
			     rename(name, name) == 0 && unlink(name) == 0;
	close(fd);
	return is_good;
}

static bool wakes_itself(void)
{
	signal(SIGUSR1, SIG_IGN);
	return kill(getpid(), SIGUSR1) == 0;
}

static bool runs_programs(void)
{
	const pid_t child = fork();
	int state;

	if (child == 0) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(1);
	}
	return child > 0 && waitpid(child, &state, 0) == child && state == 0;
}

static bool executes(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return false; /* the other case is the exit code 0 of true */
}

static bool looks_at_its_parent(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool signals_its_parent(void)
{
	return kill(getppid(), 0) == 0;
}

static bool makes_sockets(void)
{
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	close(fd);
	return fd >= 0;
}

static bool makes_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
	       MAP_FAILED;
}

static bool shows_itself(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
}

/* What a call comes to in a child: 0 done, 1 not done, 2 not fenced. */
static int in_child(bool (*call)(void), const struct sandbox_options *options)
{
	struct problem problem = {0};
	bool is_fenced = true;
	int state;

	const pid_t child = fork();
	if (child == 0) {
		if (options &&
		    (sandbox_enter(options, &is_fenced, &problem) != UNDERSIGN_OK || !is_fenced))
			_exit(2);
		_exit(call() ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &state, 0), child);
	assert_true(WIFEXITED(state));
	return WEXITSTATUS(state);
}

static void test_fence(void **state)
{
	const struct sandbox_options closed = {0}, connecting = {.may_connect = true};
	bool (*const allowed[])(void) = {threads, files, wakes_itself};
	bool (*const refused[])(void) = {runs_programs,      executes,      looks_at_its_parent,
					 signals_its_parent, makes_sockets, makes_code,
					 shows_itself};

	(void)state;
	if (in_child(files, &closed) == 2) {
		print_message("no seccomp in this kernel or build: nothing to see\n");
		skip();
	}
	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
		assert_int_equal(in_child(allowed[i], NULL), 0);
		assert_int_equal(in_child(allowed[i], &closed), 0);
		assert_int_equal(in_child(allowed[i], &connecting), 0);
	}
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		assert_int_equal(in_child(refused[i], NULL), 0); /* the control */
		assert_int_equal(in_child(refused[i], &closed), 1);
	}
	assert_int_equal(in_child(makes_sockets, &connecting), 0);
	assert_int_equal(in_child(runs_programs, &connecting), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_fence)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
