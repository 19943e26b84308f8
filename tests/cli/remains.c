/* Preloaded into a program under test: when it ends, all memory that can be written goes to a file,
 * and what it drew from the machine's randomness, in pieces of 64 bytes, to another. Beside that,
 * the control: a text of the environment that stays in memory. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

static char path[4096];
static volatile char planted[256]; /* written only */
static int draws = -1;

/* A nonce's or a secret's worth at once; nothing is kept here. */
#define DRAW_BYTES 64

__attribute__((visibility("default"))) ssize_t getrandom(void *out, size_t len, unsigned flags)
{
	const long got = syscall(SYS_getrandom, out, len, flags);

	if (draws >= 0 && got == DRAW_BYTES && write(draws, out, DRAW_BYTES) != DRAW_BYTES)
		_exit(99);
	return (ssize_t)got;
}

static __attribute__((constructor)) void begin(void)
{
	const char *to = getenv("REMAINS_TO"), *plant = getenv("REMAINS_PLANT");
	const char *draws_to = getenv("REMAINS_DRAWS");

	snprintf(path, sizeof path, "%s", to ? to : "");
	if (draws_to)
		draws = open(draws_to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	/* Not as it stands in the environment, which is memory too. */
	for (size_t i = 0; plant && plant[i] != '\0' && i < sizeof planted; i++)
		planted[i] = (char)(plant[i] ^ 1);
}

static void copy(int to, int from, uint64_t begin_at, uint64_t end)
{
	static uint8_t page[4096];
	static const uint8_t zeros[sizeof page];

	/* Pages of zeros say nothing, and take long to search. */
	for (uint64_t at = begin_at; at < end; at += sizeof page)
		if (pread(from, page, sizeof page, (off_t)at) == (ssize_t)sizeof page &&
		    memcmp(page, zeros, sizeof page) != 0 &&
		    write(to, page, sizeof page) != (ssize_t)sizeof page)
			_exit(99);
}

static __attribute__((destructor)) void end_all(void)
{
	static char line[8192];
	FILE *maps = path[0] ? fopen("/proc/self/maps", "r") : NULL;
	int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	int to = maps ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

	while (to >= 0 && fgets(line, sizeof line, maps)) {
		char *rest;
		uint64_t begin_at = strtoull(line, &rest, 16);
		uint64_t end = strtoull(rest + 1, &rest, 16);

		if (rest[2] == 'w')
			copy(to, memory, begin_at, end);
	}
	if (maps)
		(void)fclose(maps);
}
