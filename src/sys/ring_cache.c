#include "ring_cache.h"

#include "file.h"
#include "system_problem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_RULE N_("--cache names a folder that is there")
#define READ_RULE   N_("a file of the cache must be a regular one and readable")
/* A header, and 64 bytes for each member of a roster (doc/formats.md 7.4). */
#define FILE_LEN_MAX ((size_t)257 << 20)

struct ring_cache {
	const char *path;
	/* What was read last. Not mapped: a file that is cut off while it is would kill us. */
	uint8_t *data;
	size_t len;
	struct file_writer *writer;
	size_t n_refused;
	struct problem problem;
};

static bool path_of(char out[static 4096], const struct ring_cache *cache, const char *name)
{
	int len = snprintf(out, 4096, "%s/%s", cache->path, name);

	return len > 0 && len < 4096;
}

static void remember(struct ring_cache *cache, const struct problem *problem)
{
	if (!problem_is_set(&cache->problem))
		cache->problem = *problem;
}

static void forget(struct ring_cache *cache)
{
	free(cache->data);
	cache->data = NULL;
	cache->len = 0;
}

/* As much as is there of what the file had at first. Returns 0 or an errno. */
static int read_whole(struct ring_cache *cache, int fd)
{
	struct stat info;
	size_t len;

	if (fstat(fd, &info) != 0)
		return errno;
	if (!S_ISREG(info.st_mode))
		return EINVAL;
	if ((uint64_t)info.st_size > FILE_LEN_MAX)
		return EFBIG;
	len = (size_t)info.st_size;
	cache->data = malloc(len > 0 ? len : 1);
	if (!cache->data)
		return ENOMEM;
	while (cache->len < len) {
		const ssize_t n = read(fd, cache->data + cache->len, len - cache->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		if (n == 0)
			break;
		cache->len += (size_t)n;
	}
	return 0;
}

static struct undersign_bytes read_kept(void *cookie, const char *name)
{
	const struct undersign_bytes nothing = {NULL, 0};
	struct ring_cache *cache = cookie;
	struct problem problem = {0};
	char path[4096];

	if (!path_of(path, cache, name))
		return nothing;
	forget(cache);
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	const int error = fd < 0 ? errno : read_whole(cache, fd);
	if (fd >= 0)
		(void)close(fd);
	if (error == 0 && cache->len > 0)
		return (struct undersign_bytes){cache->data, cache->len};
	forget(cache);
	if (error != 0 && error != ENOENT) {
		(void)system_fail(&problem, "file", path, READ_RULE, error);
		remember(cache, &problem);
	}
	return nothing;
}

static void refuse(void *cookie, const char *name)
{
	struct ring_cache *cache = cookie;

	(void)name;
	cache->n_refused++;
}

static void begin(void *cookie, const char *name)
{
	struct ring_cache *cache = cookie;
	struct problem problem = {0};
	char path[4096];

	if (path_of(path, cache, name) && file_writer_open(&cache->writer, path, FILE_PRIVATE,
							   FILE_REPLACE, &problem) != UNDERSIGN_OK)
		remember(cache, &problem);
}

/* Without a writer, its failure has been remembered. */
static void give_up(struct ring_cache *cache, const struct problem *problem)
{
	remember(cache, problem);
	file_writer_free(cache->writer);
	cache->writer = NULL;
}

static void put(void *cookie, struct undersign_bytes part)
{
	struct ring_cache *cache = cookie;
	struct problem problem = {0};

	if (cache->writer && file_writer_put(cache->writer, bytes_from(part.data, part.len),
					     &problem) != UNDERSIGN_OK)
		give_up(cache, &problem);
}

static void end(void *cookie)
{
	struct ring_cache *cache = cookie;
	struct problem problem = {0};

	if (cache->writer && file_writer_commit(cache->writer, &problem) != UNDERSIGN_OK)
		remember(cache, &problem);
	file_writer_free(cache->writer);
	cache->writer = NULL;
}

enum undersign_status ring_cache_open(struct ring_cache **out, const char *path,
				      struct problem *problem)
{
	struct stat info;

	*out = NULL;
	if (stat(path, &info) != 0)
		return system_fail(problem, "folder", path, FOLDER_RULE, errno);
	if (!S_ISDIR(info.st_mode))
		return system_refuse(problem, "folder", path, FOLDER_RULE, "this is none",
				     UNDERSIGN_E_INVALID);
	*out = calloc(1, sizeof **out);
	if (!*out)
		return system_fail(problem, "folder", path, FOLDER_RULE, ENOMEM);
	(*out)->path = path;
	return UNDERSIGN_OK;
}

struct undersign_ring_cache ring_cache_public(struct ring_cache *cache)
{
	return (struct undersign_ring_cache){read_kept, refuse, begin, put, end, cache};
}

size_t ring_cache_refused(const struct ring_cache *cache)
{
	return cache->n_refused;
}

const struct problem *ring_cache_problem(const struct ring_cache *cache)
{
	return problem_is_set(&cache->problem) ? &cache->problem : NULL;
}

void ring_cache_close(struct ring_cache *cache)
{
	if (!cache)
		return;
	file_writer_free(cache->writer);
	forget(cache);
	free(cache);
}
