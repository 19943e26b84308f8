#include "folder.h"

#include "file_inside.h"
#include "folder_inside.h"
#include "held_signals.h"
#include "system_problem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRITE_RULE "the folder must be written completely, or not at all"
#define MAKE_RULE  "the folder must be made"

enum undersign_status folder_make(const char *path, enum file_access access,
				  struct problem *problem)
{
	char *part = strdup(path);

	if (!part)
		return system_fail(problem, "folder", path, MAKE_RULE, ENOMEM);
	int error = path[0] == '\0' ? ENOENT : 0;
	for (size_t i = 1; error == 0 && path[0] != '\0' && i <= strlen(path); i++) {
		bool is_last = path[i] == '\0';

		if (path[i] != '/' && !is_last)
			continue;
		part[i] = '\0';
		if (mkdir(part, is_last && access == FILE_PRIVATE ? 0700 : 0777) != 0) {
			int why = errno;
			error = file_is_folder(part) ? 0 : why;
		}
		part[i] = path[i];
	}
	free(part);
	return error == 0 ? UNDERSIGN_OK : system_fail(problem, "folder", path, MAKE_RULE, error);
}

/* A folder being written beside the one that it is to become. */
struct stage {
	const char *path;
	struct file_place place;
	struct problem *problem;
	char name[NAME_MAX + 1]; /* of the new folder until the swap, of the old one after it */
	int fd;                  /* the new folder, locked */
	int old;                 /* the old folder, locked; -1 if there is none */
	bool is_made;            /* something of ours has this name */
};

static enum undersign_status fail(const struct stage *stage, int error)
{
	return system_fail(stage->problem, "folder", stage->path, WRITE_RULE, error);
}

static enum undersign_status fail_in_use(const struct stage *stage)
{
	return system_refuse(
		stage->problem, "folder", stage->path, "one program at a time writes a folder",
		"another one is writing it: wait until it has ended", UNDERSIGN_E_CONFLICT);
}

/* True if the open folder is the one that has this name now. */
static bool is_still(int fd, int parent, const char *name)
{
	struct stat a;
	struct stat b;

	return fstat(fd, &a) == 0 && fstatat(parent, name, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static enum undersign_status open_locked(int *out, const struct stage *stage, const char *name)
{
	*out = openat(stage->place.folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*out < 0)
		return fail(stage, errno);
	if (flock(*out, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? fail_in_use(stage) : fail(stage, errno);
	return is_still(*out, stage->place.folder, name) ? UNDERSIGN_OK : fail_in_use(stage);
}

/* What is replaced must be such a folder as this function writes: a mistyped path must not cost
 * somebody a home. */
static enum undersign_status check_existing(struct stage *stage, enum file_existing existing)
{
	struct folder_list list;
	struct stat info;

	if (fstatat(stage->place.folder, stage->place.name, &info, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? UNDERSIGN_OK : fail(stage, errno);
	if (existing == FILE_NEW)
		return fail(stage, EEXIST);
	if (!S_ISDIR(info.st_mode))
		return system_refuse(stage->problem, "folder", stage->path,
				     "only a folder is replaced",
				     "something else has this name (a file, a link): give another "
				     "name",
				     UNDERSIGN_E_INVALID);
	enum undersign_status status = open_locked(&stage->old, stage, stage->place.name);
	if (status != UNDERSIGN_OK)
		return status;
	status = folder_list_at(&list, stage->old, stage->path, stage->problem);
	folder_list_free(&list);
	return status;
}

static enum undersign_status stage_open(struct stage *stage, enum file_existing existing)
{
	enum undersign_status status =
		file_place_open(&stage->place, stage->path, WRITE_RULE, stage->problem);

	if (status != UNDERSIGN_OK)
		return status;
	if (strlen(stage->place.name) > NAME_MAX - 5)
		return fail(stage, ENAMETOOLONG);
	(void)snprintf(stage->name, sizeof stage->name, ".%.*s.new", NAME_MAX - 5,
		       stage->place.name);
	status = check_existing(stage, existing);
	if (status != UNDERSIGN_OK)
		return status;
	if (mkdirat(stage->place.folder, stage->name, 0777) != 0 && errno != EEXIST)
		return fail(stage, errno);
	status = open_locked(&stage->fd, stage, stage->name);
	if (status != UNDERSIGN_OK)
		return status;
	stage->is_made = true;
	int error = folder_empty(stage->fd);
	return error == 0 ? UNDERSIGN_OK : fail(stage, error);
}

/* Makes the folders of a valid name. Returns 0 or an errno. */
static int make_folders(int root, const char *name)
{
	char part[FOLDER_NAME_MAX + 1];

	for (size_t i = 0; name[i] != '\0'; i++) {
		part[i] = name[i];
		if (name[i] != '/')
			continue;
		part[i] = '\0';
		if (mkdirat(root, part, 0777) != 0 && errno != EEXIST)
			return errno;
		part[i] = '/';
	}
	return 0;
}

static enum undersign_status put_file(const struct stage *stage, const struct folder_file *file)
{
	if (!folder_name_is_valid(bytes_from_text(file->name)))
		return system_refuse(stage->problem, "file", file->name,
				     "a name in a folder that is written is a plain one",
				     "this name is another", UNDERSIGN_E_USAGE);
	int error = make_folders(stage->fd, file->name);
	int fd = -1;
	if (error == 0) {
		fd = openat(stage->fd, file->name,
			    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
		error = fd >= 0 ? 0 : errno;
	}
	if (error == EEXIST || error == ENOTDIR)
		return system_refuse(stage->problem, "file", file->name,
				     "a folder that is written has each name once",
				     "this name stands twice, or is a folder too",
				     UNDERSIGN_E_USAGE);
	if (error == 0)
		error = file_write_all(fd, file->content);
	if (fd >= 0 && close(fd) != 0 && error == 0)
		error = errno;
	if (error == 0)
		return UNDERSIGN_OK;
	enum undersign_status status =
		system_fail(stage->problem, "file", file->name, WRITE_RULE, error);
	problem_inside(stage->problem, "folder", bytes_from_text(stage->path));
	return status;
}

/* For file systems that cannot exchange two names. Returns 0 or an errno. */
static int swap_in_two(struct stage *stage)
{
	int parent = stage->place.folder;
	char aside[NAME_MAX + 1];

	(void)snprintf(aside, sizeof aside, ".%.*s.old", NAME_MAX - 5, stage->place.name);
	int error = folder_remove_at(parent, aside);
	if (error != 0)
		return error;
	if (renameat(parent, stage->place.name, parent, aside) != 0)
		return errno;
	if (renameat(parent, stage->name, parent, stage->place.name) != 0) {
		error = errno;
		(void)renameat(parent, aside, parent, stage->place.name);
		return error;
	}
	memcpy(stage->name, aside, sizeof aside);
	return 0;
}

/* Afterwards the new folder has its name, and the old one, if any, that of the stage. Returns 0 or
 * an errno. */
static int swap(struct stage *stage)
{
	int parent = stage->place.folder;

	if (stage->old < 0) {
		/* Without the flag an empty folder made meanwhile would be replaced: no loss. */
		if (renameat2(parent, stage->name, parent, stage->place.name, RENAME_NOREPLACE) !=
			    0 &&
		    ((errno != EINVAL && errno != ENOSYS) ||
		     renameat(parent, stage->name, parent, stage->place.name) != 0))
			return errno;
		stage->is_made = false;
		return 0;
	}
	if (renameat2(parent, stage->name, parent, stage->place.name, RENAME_EXCHANGE) == 0)
		return 0;
	return errno == EINVAL || errno == ENOSYS ? swap_in_two(stage) : errno;
}

static enum undersign_status write_all(struct stage *stage, const struct folder_file *files,
				       size_t n, enum file_existing existing)
{
	enum undersign_status status = stage_open(stage, existing);

	for (size_t i = 0; i < n && status == UNDERSIGN_OK; i++)
		status = put_file(stage, &files[i]);
	if (status != UNDERSIGN_OK)
		return status;
	/* One flush for all of them. */
	if (syncfs(stage->fd) != 0)
		return fail(stage, errno);
	int error = swap(stage);
	if (error == 0)
		error = file_sync_folder(stage->place.folder);
	return error == 0 ? UNDERSIGN_OK : fail(stage, error);
}

enum undersign_status folder_write(const char *path, const struct folder_file *files, size_t n,
				   enum file_existing existing, struct problem *problem)
{
	struct held_signals held;
	struct stage stage = {
		.path = path, .place.folder = -1, .problem = problem, .fd = -1, .old = -1};

	held_signals_begin(&held);
	enum undersign_status status = write_all(&stage, files, n, existing);
	/* The unfinished new one, or the old one that was replaced. What cannot be removed now is
	 * removed when the folder is written next. */
	if (stage.is_made)
		(void)folder_remove_at(stage.place.folder, stage.name);
	if (stage.fd >= 0)
		(void)close(stage.fd);
	if (stage.old >= 0)
		(void)close(stage.old);
	file_place_close(&stage.place);
	held_signals_end(&held);
	return status;
}
