#include "file.h"

#include "file_inside.h"
#include "secret.h"
#include "system_problem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Less than this is no room. */
#define ROOM_BYTES ((uint64_t)4 << 20)
#define ROOM_FILES 64

#define READ_RULE N_("the file must be readable")

void file_content_take(struct file_content *out, size_t len, enum file_access access)
{
	size_t at_least = len > 0 ? len : 1;

	out->access = access;
	out->len = len;
	out->data = access == FILE_PRIVATE ? secret_take(at_least) : malloc(at_least);
}

void file_content_free(struct file_content *content)
{
	if (content->access == FILE_PRIVATE)
		secret_free(content->data);
	else
		free(content->data);
	*content = (struct file_content){0};
}

/* Up to len bytes, fewer only at the end. Returns 0 or an errno. */
static int read_some(int fd, uint8_t *out, size_t len, size_t *out_len)
{
	*out_len = 0;
	while (*out_len < len) {
		ssize_t got = read(fd, out + *out_len, len - *out_len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno;
		if (got == 0)
			return 0;
		*out_len += (size_t)got;
	}
	return 0;
}

static enum undersign_status fail_length(struct problem *problem, const char *shown, size_t limit)
{
	problem_where(problem, "file", bytes_from_text(shown));
	problem_rule_number(problem, "a file of this kind has at most {1} bytes", limit);
	problem_what(problem, "it is longer: check that it is the right one", bytes_from(NULL, 0));
	return UNDERSIGN_E_LIMIT;
}

static enum undersign_status fail_changed(struct problem *problem, const char *shown)
{
	return system_refuse(problem, "file", shown, "the file must stay as it is while it is read",
			     "it became longer or shorter: try again", UNDERSIGN_E_INVALID);
}

static enum undersign_status read_open(struct file_content *out, int fd, const char *shown,
				       size_t limit, enum file_access access,
				       struct problem *problem)
{
	struct stat info;
	size_t got;
	uint8_t more;

	if (fstat(fd, &info) != 0)
		return system_fail(problem, "file", shown, READ_RULE, errno);
	if (!S_ISREG(info.st_mode))
		return system_refuse(problem, "file", shown, "this must be a regular file",
				     S_ISDIR(info.st_mode)
					     ? "it is a folder: give the name of a file"
					     : "it is a device, a pipe or the like",
				     UNDERSIGN_E_INVALID);
	if ((uint64_t)info.st_size > limit)
		return fail_length(problem, shown, limit);
	file_content_take(out, (size_t)info.st_size, access);
	if (!out->data)
		return system_fail(problem, "file", shown, READ_RULE, ENOMEM);
	int error = read_some(fd, out->data, out->len, &got);
	if (error != 0)
		return system_fail(problem, "file", shown, READ_RULE, error);
	if (got != out->len)
		return fail_changed(problem, shown);
	error = read_some(fd, &more, 1, &got);
	if (error != 0)
		return system_fail(problem, "file", shown, READ_RULE, error);
	return got == 0 ? UNDERSIGN_OK : fail_changed(problem, shown);
}

enum undersign_status file_read_at(struct file_content *out, int folder, const char *name,
				   const char *shown, size_t limit, bool follows_links,
				   enum file_access access, struct problem *problem)
{
	/* O_NONBLOCK: opening a pipe must not wait for its other end. */
	int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

	*out = (struct file_content){0};
	int fd = openat(folder, name, flags | (follows_links ? 0 : O_NOFOLLOW));
	if (fd < 0)
		return system_fail(problem, "file", shown, READ_RULE, errno);
	enum undersign_status status = read_open(out, fd, shown, limit, access, problem);
	(void)close(fd);
	if (status != UNDERSIGN_OK)
		file_content_free(out);
	return status;
}

enum undersign_status file_read(struct file_content *out, const char *path, size_t limit,
				enum file_access access, struct problem *problem)
{
	return file_read_at(out, AT_FDCWD, path, path, limit, true, access, problem);
}

/* Room for twice as much, at most limit + 1 bytes: one more shows that it is too long. */
static bool grow(struct file_content *content, size_t used, size_t limit)
{
	struct file_content larger;
	size_t len = content->len > limit / 2 ? limit + 1 : content->len * 2;

	file_content_take(&larger, len, content->access);
	if (!larger.data)
		return false;
	memcpy(larger.data, content->data, used);
	file_content_free(content);
	*content = larger;
	return true;
}

static enum undersign_status read_stream(struct file_content *out, int fd, const char *name,
					 size_t limit, struct problem *problem)
{
	size_t used = 0;

	for (;;) {
		size_t got;
		int error = read_some(fd, out->data + used, out->len - used, &got);

		used += got;
		if (error != 0)
			return system_fail(problem, "file", name, READ_RULE, error);
		if (used > limit)
			return fail_length(problem, name, limit);
		if (used < out->len)
			break;
		if (!grow(out, used, limit))
			return system_fail(problem, "file", name, READ_RULE, ENOMEM);
	}
	out->len = used;
	return UNDERSIGN_OK;
}

enum undersign_status file_read_fd(struct file_content *out, int fd, const char *name, size_t limit,
				   enum file_access access, struct problem *problem)
{
	size_t first = limit < 65536 ? limit + 1 : 65536;

	file_content_take(out, first, access);
	if (!out->data) {
		*out = (struct file_content){0};
		return system_fail(problem, "file", name, READ_RULE, ENOMEM);
	}
	enum undersign_status status = read_stream(out, fd, name, limit, problem);
	if (status != UNDERSIGN_OK)
		file_content_free(out);
	return status;
}

bool file_exists(const char *path)
{
	struct stat info;

	return lstat(path, &info) == 0;
}

bool file_is_folder(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool file_has_room(const char *path)
{
	struct statvfs room;
	char folder[4096];
	const char *slash = strrchr(path, '/');

	if (statvfs(path, &room) != 0) {
		if (snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1,
			     slash ? path : ".") >= (int)sizeof folder ||
		    statvfs(folder[0] ? folder : "/", &room) != 0)
			return true;
	}
	return (uint64_t)room.f_bavail * room.f_frsize >= ROOM_BYTES &&
	       (room.f_files == 0 || room.f_favail >= ROOM_FILES);
}

bool file_is_exposed(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISREG(info.st_mode) &&
	       (info.st_mode & (S_IRGRP | S_IROTH)) != 0;
}
