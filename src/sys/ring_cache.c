#include "ring_cache.h"

#include "file.h"
#include "system_problem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_RULE "--cache names a folder that is there"
#define READ_RULE   "a file of the cache must be a regular one and readable"
/* A header, and 64 bytes for each member of a roster (doc/formats.md 7.4). */
#define FILE_LEN_MAX ((size_t)257 << 20)

struct mapping {
	void *data; /* NULL: none */
	size_t len;
};

struct ring_cache {
	const char *path;
	struct mapping mapping; /* of what was read last */
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

static void unmap(struct mapping *mapping)
{
	if (mapping->data)
		(void)munmap(mapping->data, mapping->len);
	*mapping = (struct mapping){0};
}

/* Returns 0 or an errno; an empty file is not mapped. */
static int map(struct mapping *out, const char *path)
{
	struct stat info;
	int error = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return errno;
	if (fstat(fd, &info) != 0)
		error = errno;
	else if (!S_ISREG(info.st_mode))
		error = EINVAL;
	else if ((uint64_t)info.st_size > FILE_LEN_MAX)
		error = EFBIG;
	else
		out->len = (size_t)info.st_size;
	if (error == 0 && out->len > 0) {
		void *data = mmap(NULL, out->len, PROT_READ, MAP_PRIVATE, fd, 0);

		if (data == MAP_FAILED)
			error = errno;
		else
			out->data = data;
	}
	(void)close(fd);
	return error;
}

static struct undersign_bytes read_kept(void *cookie, const char *name)
{
	const struct undersign_bytes nothing = {NULL, 0};
	struct ring_cache *cache = cookie;
	struct problem problem = {0};
	char path[4096];

	if (!path_of(path, cache, name))
		return nothing;
	unmap(&cache->mapping);
	int error = map(&cache->mapping, path);
	if (error == 0 && cache->mapping.data)
		return (struct undersign_bytes){cache->mapping.data, cache->mapping.len};
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
	unmap(&cache->mapping);
	free(cache);
}
