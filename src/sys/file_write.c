#include "file.h"

#include "file_inside.h"
#include "held_signals.h"
#include "system_problem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRITE_RULE  N_("the file must be written completely, or not at all")
#define NAMES_TRIED 1000

enum undersign_status file_place_open(struct file_place *out, const char *path, const char *rule,
				      struct problem *problem)
{
	size_t end = strlen(path);

	*out = (struct file_place){.folder = -1};
	while (end > 1 && path[end - 1] == '/')
		end--;
	size_t start = end;
	while (start > 0 && path[start - 1] != '/')
		start--;
	size_t len = end - start;
	if (len > NAME_MAX)
		return system_fail(problem, "file", path, rule, ENAMETOOLONG);
	memcpy(out->name, path + start, len);
	if (len == 0 || strcmp(out->name, ".") == 0 || strcmp(out->name, "..") == 0)
		return system_refuse(problem, "file", path, rule, "the path has no name at its end",
				     UNDERSIGN_E_INVALID);
	char *folder = start == 0 ? strdup(".") : strndup(path, start);
	if (!folder)
		return system_fail(problem, "file", path, rule, ENOMEM);
	out->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = errno;
	free(folder);
	if (out->folder >= 0)
		return UNDERSIGN_OK;
	if (error == ENOENT)
		return system_refuse(problem, "file", path, rule,
				     "its folder is not there: make the folder, or check the name",
				     UNDERSIGN_E_MISSING);
	return system_fail(problem, "file", path, rule, error);
}

void file_place_close(struct file_place *place)
{
	if (place->folder >= 0)
		(void)close(place->folder);
	place->folder = -1;
}

int file_sync_folder(int folder)
{
	/* EINVAL: a file system without such a thing. */
	return fsync(folder) == 0 || errno == EINVAL ? 0 : errno;
}

int file_write_all(int fd, struct bytes content)
{
	size_t done = 0;

	while (done < content.len) {
		ssize_t put = write(fd, content.data + done, content.len - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return errno;
		if (put == 0)
			return EIO;
		done += (size_t)put;
	}
	return 0;
}

struct file_writer {
	struct file_place place;
	char *path;
	enum file_access access;
	enum file_existing existing;
	int fd;
	char temporary[64]; /* its name as long as it has one, else "" */
	/* While it has a temporary name, signals wait. */
	struct held_signals held;
	bool is_holding;
};

static enum undersign_status fail(const struct file_writer *writer, int error,
				  struct problem *problem)
{
	return system_fail(problem, "file", writer->path, WRITE_RULE, error);
}

static void hold(struct file_writer *writer)
{
	if (!writer->is_holding)
		held_signals_begin(&writer->held);
	writer->is_holding = true;
}

static void release(struct file_writer *writer)
{
	if (writer->is_holding)
		held_signals_end(&writer->held);
	writer->is_holding = false;
}

/* Gives the file a temporary name: a new file if make_mode is not 0, else a link to the one that
 * has none. Returns 0 or an errno. */
static int take_temporary(struct file_writer *writer, mode_t make_mode)
{
	char self[32];

	(void)snprintf(self, sizeof self, "/proc/self/fd/%d", writer->fd);
	for (int i = 0; i < NAMES_TRIED; i++) {
		char name[sizeof writer->temporary];
		bool is_done;

		(void)snprintf(name, sizeof name, ".undersign-%ld-%d.tmp", (long)getpid(), i);
		if (make_mode != 0) {
			writer->fd = openat(writer->place.folder, name,
					    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
					    make_mode);
			is_done = writer->fd >= 0;
		} else {
			is_done = linkat(AT_FDCWD, self, writer->place.folder, name,
					 AT_SYMLINK_FOLLOW) == 0;
		}
		if (is_done) {
			memcpy(writer->temporary, name, sizeof name);
			return 0;
		}
		if (errno != EEXIST)
			return errno;
	}
	return EEXIST;
}

static void drop_temporary(struct file_writer *writer)
{
	if (writer->temporary[0] != '\0')
		(void)unlinkat(writer->place.folder, writer->temporary, 0);
	writer->temporary[0] = '\0';
}

/* Returns 0 or an errno. */
static int make_file(struct file_writer *writer)
{
	mode_t mode = writer->access == FILE_PRIVATE ? 0600 : 0666;

	/* Without /proc a file that has no name could not be given one. */
	if (access("/proc/self/fd", X_OK) == 0) {
		writer->fd =
			openat(writer->place.folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
		if (writer->fd >= 0)
			return 0;
		if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT && errno != EINVAL)
			return errno;
	}
	hold(writer);
	return take_temporary(writer, mode);
}

static enum undersign_status check_existing(const struct file_writer *writer,
					    struct problem *problem)
{
	struct stat info;

	if (fstatat(writer->place.folder, writer->place.name, &info, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? UNDERSIGN_OK : fail(writer, errno, problem);
	if (writer->existing == FILE_NEW)
		return fail(writer, EEXIST, problem);
	if (S_ISREG(info.st_mode))
		return UNDERSIGN_OK;
	return system_refuse(problem, "file", writer->path, "only a regular file is replaced",
			     "something else has this name (a folder, a link, a device): give "
			     "another name",
			     UNDERSIGN_E_INVALID);
}

enum undersign_status file_writer_open(struct file_writer **out, const char *path,
				       enum file_access access, enum file_existing existing,
				       struct problem *problem)
{
	*out = NULL;
	struct file_writer *writer = calloc(1, sizeof *writer);
	if (!writer)
		return system_fail(problem, "file", path, WRITE_RULE, ENOMEM);
	*writer = (struct file_writer){
		.place.folder = -1, .access = access, .existing = existing, .fd = -1};
	writer->path = strdup(path);
	enum undersign_status status = UNDERSIGN_E_MEMORY;
	if (!writer->path) {
		(void)system_fail(problem, "file", path, WRITE_RULE, ENOMEM);
		goto out;
	}
	if (path[0] != '\0' && path[strlen(path) - 1] == '/') {
		status = fail(writer, EISDIR, problem);
		goto out;
	}
	status = file_place_open(&writer->place, path, WRITE_RULE, problem);
	if (status != UNDERSIGN_OK)
		goto out;
	status = check_existing(writer, problem);
	if (status != UNDERSIGN_OK)
		goto out;
	int error = make_file(writer);
	if (error != 0)
		status = fail(writer, error, problem);
out:
	if (status == UNDERSIGN_OK)
		*out = writer;
	else
		file_writer_free(writer);
	return status;
}

enum undersign_status file_writer_put(struct file_writer *writer, struct bytes content,
				      struct problem *problem)
{
	struct held_signals held;

	held_signals_begin(&held);
	int error = file_write_all(writer->fd, content);
	held_signals_end(&held);
	return error == 0 ? UNDERSIGN_OK : fail(writer, error, problem);
}

/* From the temporary name to the one wanted, which must be free. Returns 0 or an errno. */
static int name_new(struct file_writer *writer)
{
	int folder = writer->place.folder;
	struct stat info;

	if (renameat2(folder, writer->temporary, folder, writer->place.name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return errno;
	if (linkat(folder, writer->temporary, folder, writer->place.name, 0) == 0) {
		drop_temporary(writer);
		return 0;
	}
	if (errno != EPERM && errno != EOPNOTSUPP)
		return errno;
	/* Neither is there: what is left has a gap between looking and naming. */
	if (fstatat(folder, writer->place.name, &info, AT_SYMLINK_NOFOLLOW) == 0)
		return EEXIST;
	return renameat(folder, writer->temporary, folder, writer->place.name) == 0 ? 0 : errno;
}

/* Gives the synced file its name. Returns 0 or an errno. */
static int name_file(struct file_writer *writer)
{
	int folder = writer->place.folder;
	bool has_name = writer->temporary[0] != '\0';
	char self[32];
	int error;

	if (writer->existing == FILE_NEW && !has_name) {
		(void)snprintf(self, sizeof self, "/proc/self/fd/%d", writer->fd);
		error = linkat(AT_FDCWD, self, folder, writer->place.name, AT_SYMLINK_FOLLOW) == 0
				? 0
				: errno;
	} else if (writer->existing == FILE_NEW) {
		error = name_new(writer);
	} else {
		error = has_name ? 0 : take_temporary(writer, 0);
		if (error == 0)
			error = renameat(folder, writer->temporary, folder, writer->place.name) == 0
					? 0
					: errno;
	}
	if (error == 0)
		writer->temporary[0] = '\0';
	return error;
}

enum undersign_status file_writer_commit(struct file_writer *writer, struct problem *problem)
{
	hold(writer);
	int error = 0;
	/* The umask may take bits away from a private file, never add any. */
	if (writer->access == FILE_PRIVATE && fchmod(writer->fd, 0600) != 0)
		error = errno;
	if (error == 0 && fsync(writer->fd) != 0)
		error = errno;
	if (error == 0)
		error = name_file(writer);
	if (error == 0) {
		error = file_sync_folder(writer->place.folder);
		/* A new file that may not outlive a power cut is not there at all. */
		if (error != 0 && writer->existing == FILE_NEW)
			(void)unlinkat(writer->place.folder, writer->place.name, 0);
	}
	drop_temporary(writer);
	release(writer);
	return error == 0 ? UNDERSIGN_OK : fail(writer, error, problem);
}

void file_writer_free(struct file_writer *writer)
{
	if (!writer)
		return;
	drop_temporary(writer);
	if (writer->fd >= 0)
		(void)close(writer->fd);
	file_place_close(&writer->place);
	release(writer);
	free(writer->path);
	free(writer);
}

enum undersign_status file_write(const char *path, struct bytes content, enum file_access access,
				 enum file_existing existing, struct problem *problem)
{
	struct file_writer *writer;
	enum undersign_status status = file_writer_open(&writer, path, access, existing, problem);

	if (status == UNDERSIGN_OK)
		status = file_writer_put(writer, content, problem);
	if (status == UNDERSIGN_OK)
		status = file_writer_commit(writer, problem);
	file_writer_free(writer);
	return status;
}

enum undersign_status file_write_fd(int fd, const char *name, struct bytes content,
				    struct problem *problem)
{
	int error = file_write_all(fd, content);

	if (error == 0)
		return UNDERSIGN_OK;
	return system_fail(problem, "file", name, "all output must be written", error);
}
