#include "bundle_source.h"

#include "bundle_tar.h"
#include "file_inside.h"
#include "folder.h"
#include "folder_inside.h"
#include "system_problem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_RULE N_("the bundle must be readable, with everything in it")

struct bundle_source {
	int fd; /* the folder, or the tar file */
	bool is_tar;
	char *path;
	struct folder_list list;
	struct bundle_tar_index index;
	size_t n;
	struct file_content *contents; /* of each file while it is read */
	struct problem problem;
};

static const char *name_at(const struct bundle_source *source, size_t i)
{
	CHECK(i < source->n);
	return source->is_tar ? source->index.members[i].name : source->list.entries[i].name;
}

static struct undersign_bytes give_name(void *cookie, size_t i)
{
	const char *name = name_at(cookie, i);

	return (struct undersign_bytes){(const uint8_t *)name, strlen(name)};
}

static struct bytes give_module_name(void *cookie, size_t i)
{
	return bytes_from_text(name_at(cookie, i));
}

static enum undersign_status read_tar(void *cookie, uint64_t offset, uint8_t *out, size_t n)
{
	const struct bundle_source *source = cookie;
	size_t done = 0;

	while (done < n) {
		ssize_t got = pread(source->fd, out + done, n - done, (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return UNDERSIGN_E_SYSTEM;
		done += (size_t)got;
	}
	return UNDERSIGN_OK;
}

static enum undersign_status read_from_tar(struct bundle_source *source, size_t i,
					   struct problem *problem)
{
	const struct bundle_tar_member *member = &source->index.members[i];
	struct file_content *content = &source->contents[i];

	if (member->len > BUNDLE_SOURCE_FILE_MAX)
		return system_refuse(problem, "file", member->name,
				     "a file of a bundle has at most 512 MiB", "it is longer",
				     UNDERSIGN_E_LIMIT);
	file_content_take(content, (size_t)member->len, FILE_PUBLIC);
	if (!content->data) {
		*content = (struct file_content){0};
		return system_fail(problem, "file", member->name, READ_RULE, ENOMEM);
	}
	if (read_tar(source, member->offset, content->data, content->len) == UNDERSIGN_OK)
		return UNDERSIGN_OK;
	file_content_free(content);
	return system_refuse(problem, "file", member->name, READ_RULE,
			     "the disk failed, or the tar file became shorter: try again",
			     UNDERSIGN_E_SYSTEM);
}

static enum undersign_status read_from_folder(struct bundle_source *source, size_t i,
					      struct problem *problem)
{
	const struct folder_entry *entry = &source->list.entries[i];
	struct file_content *content = &source->contents[i];
	enum undersign_status status =
		file_read_at(content, source->fd, entry->name, entry->name, BUNDLE_SOURCE_FILE_MAX,
			     false, FILE_PUBLIC, problem);

	if (status != UNDERSIGN_OK || content->len == entry->len)
		return status;
	file_content_free(content);
	return system_refuse(problem, "file", entry->name,
			     "a bundle must stay as it is while it is read",
			     "the file became longer or shorter: try again", UNDERSIGN_E_INVALID);
}

static enum undersign_status read_file(void *cookie, size_t i, struct undersign_bytes *out)
{
	struct bundle_source *source = cookie;
	struct file_content *content = &source->contents[i];
	struct problem problem = {0};
	enum undersign_status status = UNDERSIGN_OK;

	CHECK(i < source->n);
	*out = (struct undersign_bytes){NULL, 0};
	if (!content->data)
		status = source->is_tar ? read_from_tar(source, i, &problem)
					: read_from_folder(source, i, &problem);
	if (status == UNDERSIGN_OK)
		*out = (struct undersign_bytes){content->data, content->len};
	else if (!problem_is_set(&source->problem))
		source->problem = problem;
	return status;
}

static enum undersign_status read_module_file(void *cookie, size_t i, struct bytes *out)
{
	struct undersign_bytes content;
	enum undersign_status status = read_file(cookie, i, &content);

	*out = bytes_from(content.data, content.len);
	return status;
}

static void release_file(void *cookie, size_t i)
{
	struct bundle_source *source = cookie;

	CHECK(i < source->n);
	file_content_free(&source->contents[i]);
}

static enum undersign_status open_tar(struct bundle_source *source, uint64_t len,
				      struct problem *problem)
{
	const struct bundle_tar_input input = {read_tar, source, len};
	enum undersign_status status = bundle_tar_index(&source->index, &input, problem);

	source->is_tar = true;
	source->n = source->index.n;
	if (status != UNDERSIGN_OK)
		problem_inside(problem, "tar file", bytes_from_text(source->path));
	return status;
}

static enum undersign_status open_any(struct bundle_source *source, struct problem *problem)
{
	struct stat info;
	enum undersign_status status;

	source->fd = open(source->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (source->fd < 0 || fstat(source->fd, &info) != 0)
		return system_fail(problem, "bundle", source->path, READ_RULE, errno);
	if (S_ISREG(info.st_mode)) {
		status = open_tar(source, (uint64_t)info.st_size, problem);
	} else if (S_ISDIR(info.st_mode)) {
		status = folder_list_at(&source->list, source->fd, source->path, problem);
		source->n = source->list.n;
	} else {
		status = system_refuse(problem, "bundle", source->path,
				       "a bundle is a folder or a tar file", "this is neither",
				       UNDERSIGN_E_INVALID);
	}
	if (status != UNDERSIGN_OK)
		return status;
	source->contents = calloc(source->n > 0 ? source->n : 1, sizeof *source->contents);
	return source->contents ? UNDERSIGN_OK
				: system_fail(problem, "bundle", source->path, READ_RULE, ENOMEM);
}

enum undersign_status bundle_source_open(struct bundle_source **out, const char *path,
					 struct problem *problem)
{
	*out = NULL;
	struct bundle_source *source = calloc(1, sizeof *source);
	if (!source)
		return system_fail(problem, "bundle", path, READ_RULE, ENOMEM);
	source->fd = -1;
	source->path = strdup(path);
	enum undersign_status status =
		source->path ? open_any(source, problem)
			     : system_fail(problem, "bundle", path, READ_RULE, ENOMEM);
	if (status == UNDERSIGN_OK)
		*out = source;
	else
		bundle_source_close(source);
	return status;
}

struct undersign_files bundle_source_files(struct bundle_source *source)
{
	return (struct undersign_files){source->n, give_name, read_file, release_file, source};
}

struct bundle_files bundle_source_module_files(struct bundle_source *source)
{
	return (struct bundle_files){source->n, give_module_name, read_module_file, release_file,
				     source};
}

const struct problem *bundle_source_problem(const struct bundle_source *source)
{
	return &source->problem;
}

void bundle_source_close(struct bundle_source *source)
{
	if (!source)
		return;
	for (size_t i = 0; i < source->n && source->contents; i++)
		file_content_free(&source->contents[i]);
	free(source->contents);
	folder_list_free(&source->list);
	bundle_tar_index_free(&source->index);
	if (source->fd >= 0)
		(void)close(source->fd);
	free(source->path);
	free(source);
}
