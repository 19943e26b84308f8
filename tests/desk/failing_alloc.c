/* The planted fault of test_memory.py: an allocator of which one call fails. Loaded before a
 * program (LD_PRELOAD), and steered by a file that the test shares with it:
 * UNDERSIGN_ALLOC_CONTROL, a struct control. Calls are counted from main on: what libraries do
 * before it is left alone. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct control {
	_Atomic uint64_t is_counting;
	_Atomic uint64_t count;    /* of allocations */
	_Atomic uint64_t fails_at; /* the first that fails; 0: none does */
	_Atomic uint64_t n_fails;  /* so many in a row; 0: all from there on */
	_Atomic uint64_t is_wild;  /* the control: what fails gives a wild pointer */
	_Atomic uint64_t n_failed;
	_Atomic uint64_t n_live; /* blocks that are not freed */
};

static struct control nobody;
static struct control *control = &nobody;

/* The C library's own. */
void *__libc_malloc(size_t len);
void *__libc_calloc(size_t n, size_t len);
void *__libc_realloc(void *block, size_t len);
void *__libc_memalign(size_t alignment, size_t len);
void __libc_free(void *block);

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("UNDERSIGN_ALLOC_CONTROL");
	const int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	void *at = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at != MAP_FAILED)
		control = at;
	close(fd);
}

/* libseccomp (2.5.4) does not survive a lack of memory: it reads what it did not get. A process
 * uses it once, before it serves; what it allocates is not counted. */
static bool is_of_seccomp(const void *caller)
{
	Dl_info facts;

	return dladdr(caller, &facts) != 0 && facts.dli_fname &&
	       strstr(facts.dli_fname, "/libseccomp") != NULL;
}

/* True if this one fails. */
static bool fails(const void *caller)
{
	if (!atomic_load(&control->is_counting) || is_of_seccomp(caller))
		return false;
	const uint64_t number = atomic_fetch_add(&control->count, 1) + 1;
	const uint64_t first = atomic_load(&control->fails_at), n = atomic_load(&control->n_fails);
	if (first == 0 || number < first || (n > 0 && number - first >= n))
		return false;
	atomic_fetch_add(&control->n_failed, 1);
	errno = ENOMEM;
	return true;
}

static void *nothing(void)
{
	return atomic_load(&control->is_wild) ? (void *)(uintptr_t)16 : NULL;
}

static void *counted(void *block)
{
	if (block)
		atomic_fetch_add(&control->n_live, 1);
	return block;
}

#define SHOWN __attribute__((visibility("default")))

SHOWN void *malloc(size_t len)
{
	return fails(__builtin_return_address(0)) ? nothing() : counted(__libc_malloc(len));
}

SHOWN void *calloc(size_t n, size_t len)
{
	return fails(__builtin_return_address(0)) ? nothing() : counted(__libc_calloc(n, len));
}

SHOWN void *realloc(void *block, size_t len)
{
	if (fails(__builtin_return_address(0)))
		return nothing();
	void *out = __libc_realloc(block, len);
	return block ? out : counted(out);
}

SHOWN void *reallocarray(void *block, size_t n, size_t len)
{
	size_t whole;

	if (__builtin_mul_overflow(n, len, &whole)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(block, whole);
}

SHOWN void *memalign(size_t alignment, size_t len)
{
	return fails(__builtin_return_address(0)) ? nothing()
						  : counted(__libc_memalign(alignment, len));
}

SHOWN void *aligned_alloc(size_t alignment, size_t len)
{
	return memalign(alignment, len);
}

SHOWN int posix_memalign(void **out, size_t alignment, size_t len)
{
	void *block = memalign(alignment, len);

	if (!block)
		return ENOMEM;
	*out = block;
	return 0;
}

SHOWN void free(void *block)
{
	if (block)
		atomic_fetch_sub(&control->n_live, 1);
	__libc_free(block);
}

/* --- When counting begins ---------------------------------------------------------------------
 */

static int (*program)(int argc, char **argv, char **environment);

static int counted_program(int argc, char **argv, char **environment)
{
	atomic_store(&control->is_counting, 1);
	return program(argc, argv, environment);
}

typedef int (*start_main)(int (*run)(int, char **, char **), int argc, char **argv,
			  void (*init)(void), void (*end)(void), void (*end_linker)(void),
			  void *stack);

int __libc_start_main(int (*run)(int, char **, char **), int argc, char **argv, void (*init)(void),
		      void (*end)(void), void (*end_linker)(void), void *stack);

SHOWN int __libc_start_main(int (*run)(int, char **, char **), int argc, char **argv,
			    void (*init)(void), void (*end)(void), void (*end_linker)(void),
			    void *stack)
{
	start_main next;
	void *found = dlsym(RTLD_NEXT, "__libc_start_main");

	memcpy(&next, &found, sizeof next);
	program = run;
	return next(counted_program, argc, argv, init, end, end_linker, stack);
}
