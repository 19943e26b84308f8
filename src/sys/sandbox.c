#include "sandbox.h"

#include "system_problem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seccomp.h>

/* By job. What a C library of another version may use in place of another stands beside it. */
static const char *const calls_of_all[] = {
	/* memory, threads, time */
	"brk",
	"munmap",
	"mremap",
	"madvise",
	"mlock",
	"munlock",
	"mlock2",
	"mlockall",
	"munlockall",
	"membarrier",
	"set_robust_list",
	"get_robust_list",
	"rseq",
	"futex",
	"futex_waitv",
	"sched_yield",
	"sched_getaffinity",
	"sched_setaffinity",
	"sched_getparam",
	"sched_getscheduler",
	"gettid",
	"getpid",
	"getppid",
	"getuid",
	"geteuid",
	"getgid",
	"getegid",
	"exit",
	"exit_group",
	"set_tid_address",
	"clock_gettime",
	"clock_getres",
	"clock_nanosleep",
	"nanosleep",
	"gettimeofday",
	"time",
	"getrandom",
	"uname",
	"sysinfo",
	"getrusage",
	"getrlimit",
	"arch_prctl",
	"getcpu",
	"restart_syscall",
	/* signals: its own */
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"rt_sigtimedwait",
	"rt_sigpending",
	"sigaltstack",
	"tgkill",
	/* files */
	"openat",
	"open",
	"openat2",
	"close",
	"close_range",
	"read",
	"readv",
	"pread64",
	"preadv",
	"preadv2",
	"write",
	"writev",
	"pwrite64",
	"pwritev",
	"pwritev2",
	"lseek",
	"fsync",
	"fdatasync",
	"sync_file_range",
	"ftruncate",
	"fallocate",
	"fadvise64",
	"stat",
	"fstat",
	"lstat",
	"newfstatat",
	"statx",
	"fstatfs",
	"statfs",
	"access",
	"faccessat",
	"faccessat2",
	"readlink",
	"readlinkat",
	"getdents64",
	"getcwd",
	"rename",
	"renameat",
	"renameat2",
	"link",
	"linkat",
	"symlink",
	"symlinkat",
	"unlink",
	"unlinkat",
	"mkdir",
	"mkdirat",
	"rmdir",
	"chmod",
	"fchmod",
	"fchmodat",
	"fchown",
	"umask",
	"utimensat",
	"flock",
	"fcntl",
	"dup",
	"dup2",
	"dup3",
	"ioctl",
	"copy_file_range",
	"sendfile",
	/* waiting */
	"poll",
	"ppoll",
	"select",
	"pselect6",
	"epoll_create",
	"epoll_create1",
	"epoll_ctl",
	"epoll_wait",
	"epoll_pwait",
	"epoll_pwait2",
	"eventfd2",
	"pipe",
	"pipe2",
	"timerfd_create",
	"timerfd_settime",
	"timerfd_gettime",
	/* what libraries do with sockets that are there, and to find out what is there */
	"socketpair",
	"recvfrom",
	"recvmsg",
	"recvmmsg",
	"sendto",
	"sendmsg",
	"sendmmsg",
	"shutdown",
	"getsockopt",
	"setsockopt",
	"getsockname",
	"getpeername",
};
static const char *const calls_to_listen[] = {"accept", "accept4", "listen"};
static const char *const calls_to_connect[] = {"socket", "connect", "bind"};

/* Calls that this machine or library does not know are left out. */
static int allow(scmp_filter_ctx filter, const char *const *names, size_t n)
{
	int error = 0;

	for (size_t i = 0; i < n && error == 0; i++) {
		const int number = seccomp_syscall_resolve_name(names[i]);
		if (number == __NR_SCMP_ERROR)
			continue;
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
		if (error == -EACCES || error == -EDOM)
			error = 0;
	}
	return error;
}

#define ALLOW(filter, names) allow(filter, names, sizeof(names) / sizeof(names[0]))

/* An argument that must be, or whose masked bits must be, a value. */
static struct scmp_arg_cmp is(unsigned argument, scmp_datum_t value)
{
	return (struct scmp_arg_cmp){
		.arg = argument, .op = SCMP_CMP_EQ, .datum_a = value, .datum_b = 0};
}

static struct scmp_arg_cmp has(unsigned argument, scmp_datum_t mask, scmp_datum_t value)
{
	return (struct scmp_arg_cmp){
		.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

static int allow_if(scmp_filter_ctx filter, int call, const struct scmp_arg_cmp *arguments,
		    unsigned n)
{
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, n, arguments);
}

/* Calls of which only some uses are allowed. */
static int allow_some(scmp_filter_ctx filter, bool may_load)
{
	static const int asked[] = {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_GET_SECCOMP};
	const struct scmp_arg_cmp of_thread =
		has(0, CLONE_VM | CLONE_THREAD, CLONE_VM | CLONE_THREAD);
	const struct scmp_arg_cmp itself = is(0, (scmp_datum_t)getpid());
	/* One's own limits, to be read. */
	const struct scmp_arg_cmp limits[] = {is(0, 0), is(2, 0)};
	const struct scmp_arg_cmp no_code = has(2, PROT_EXEC, 0);
	int error;

	/* Threads, no processes; clone3 cannot be looked into, and the C library does without. */
	error = allow_if(filter, SCMP_SYS(clone), &of_thread, 1);
	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (error == 0)
		error = allow_if(filter, SCMP_SYS(kill), &itself, 1);
	if (error == 0)
		error = allow_if(filter, SCMP_SYS(prlimit64), limits, 2);
	for (size_t i = 0; i < sizeof asked / sizeof asked[0] && error == 0; i++) {
		const struct scmp_arg_cmp what = is(0, (scmp_datum_t)asked[i]);
		error = allow_if(filter, SCMP_SYS(prctl), &what, 1);
	}
	/* No new code; only to find hosts the C library loads some. */
	if (error == 0)
		error = allow_if(filter, SCMP_SYS(mmap), &no_code, may_load ? 0 : 1);
	if (error == 0)
		error = allow_if(filter, SCMP_SYS(mprotect), &no_code, may_load ? 0 : 1);
	return error;
}

/* A filter as the kernel takes it: BPF_MAXINSNS instructions at most. */
struct program {
	struct sock_filter code[BPF_MAXINSNS];
	size_t len; /* in bytes */
};

/* By a pipe, which holds more than there is room for. */
static int compile(struct program *out, scmp_filter_ctx filter)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return -errno;
	int error = seccomp_export_bpf(filter, ends[1]);
	const ssize_t n = error == 0 ? read(ends[0], out->code, sizeof out->code) : 0;
	close(ends[0]);
	close(ends[1]);
	if (error == 0 && (n <= 0 || (size_t)n % sizeof out->code[0] != 0))
		error = -ENOMEM;
	out->len = n > 0 ? (size_t)n : 0;
	return error;
}

/* libseccomp (2.5.4) that lacks memory may leave something out, and say nothing: compiled twice,
 * and loaded if it is the same. For all threads. */
static int load(scmp_filter_ctx filter)
{
	struct program *programs = calloc(2, sizeof *programs);
	int error = programs ? compile(&programs[0], filter) : -ENOMEM;

	if (error == 0)
		error = compile(&programs[1], filter);
	if (error == 0 && (programs[0].len != programs[1].len ||
			   memcmp(programs[0].code, programs[1].code, programs[0].len) != 0))
		error = -ENOMEM;
	if (error == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		error = -errno;
	if (error == 0) {
		const struct sock_fprog program = {
			(unsigned short)(programs[0].len / sizeof programs[0].code[0]),
			programs[0].code};
		const long other = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
					   SECCOMP_FILTER_FLAG_TSYNC, &program);
		error = other == 0 ? 0 : other > 0 ? -ESRCH : -errno;
	}
	free(programs);
	return error;
}

static int enter(scmp_filter_ctx filter, const struct sandbox_options *options)
{
	int error = ALLOW(filter, calls_of_all);

	if (error == 0)
		error = allow_some(filter, options->may_connect);

	if (error == 0 && options->may_listen)
		error = ALLOW(filter, calls_to_listen);
	if (error == 0 && options->may_connect)
		error = ALLOW(filter, calls_to_connect);
	return error == 0 ? load(filter) : error;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
	__has_feature(memory_sanitizer)
#define IS_SANITIZED true
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED false
#endif

enum undersign_status sandbox_enter(const struct sandbox_options *options, bool *out_is_fenced,
				    struct problem *problem)
{
	if (out_is_fenced)
		*out_is_fenced = false;
	if (IS_SANITIZED)
		return UNDERSIGN_OK;
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!filter)
		return system_fail(problem, "the kernel", "seccomp",
				   "the process is fenced in before it serves", ENOMEM);
	const int error = enter(filter, options);
	seccomp_release(filter);
	if (error == -EINVAL || error == -ENOSYS || error == -EOPNOTSUPP)
		return UNDERSIGN_OK; /* a kernel without it */
	if (error != 0)
		return system_fail(problem, "the kernel", "seccomp",
				   "the process is fenced in before it serves", -error);
	if (out_is_fenced)
		*out_is_fenced = true;
	return UNDERSIGN_OK;
}
