#include "folder_stage.h"

#include "file_inside.h"
#include "folder_inside.h"
#include "system_problem.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRITE_RULE N_("the folder must be written completely, or not at all")
#define SUFFIX_MAX 8

struct folder_stage {
	char *path;      /* of the folder that it is to become */
	char *made_path; /* of the folder in the making */
	struct file_place place;
	char name[NAME_MAX + 1]; /* of the new folder until the swap, of the old one after it */
	int fd;                  /* the new folder, locked */
	int old;                 /* the old folder, locked; -1 if there is none */
	bool is_made;            /* something of ours has this name */
	bool is_committed;
	char **names; /* that were put or kept */
	size_t n, capacity;
};

static enum undersign_status fail(const struct folder_stage *stage, struct problem *problem,
				  int error)
{
	return system_fail(problem, "folder", stage->path, WRITE_RULE, error);
}

static enum undersign_status fail_file(const struct folder_stage *stage, const char *name,
				       struct problem *problem, int error)
{
	enum undersign_status status = system_fail(problem, "file", name, WRITE_RULE, error);

	problem_inside(problem, "folder", bytes_from_text(stage->path));
	return status;
}

static enum undersign_status fail_in_use(const struct folder_stage *stage, struct problem *problem)
{
	return system_refuse(
		problem, "folder", stage->path, "one program at a time writes a folder",
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

static enum undersign_status open_locked(int *out, const struct folder_stage *stage,
					 const char *name, struct problem *problem)
{
	*out = openat(stage->place.folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*out < 0)
		return fail(stage, problem, errno);
	if (flock(*out, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? fail_in_use(stage, problem)
					    : fail(stage, problem, errno);
	return is_still(*out, stage->place.folder, name) ? UNDERSIGN_OK
							 : fail_in_use(stage, problem);
}

/* What is replaced must be such a folder as is written here: a mistyped path must not cost somebody
 * a home. */
static enum undersign_status check_existing(struct folder_stage *stage, enum file_existing existing,
					    struct problem *problem)
{
	struct folder_list list;
	struct stat info;

	if (fstatat(stage->place.folder, stage->place.name, &info, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? UNDERSIGN_OK : fail(stage, problem, errno);
	if (existing == FILE_NEW)
		return fail(stage, problem, EEXIST);
	if (!S_ISDIR(info.st_mode))
		return system_refuse(problem, "folder", stage->path, "only a folder is replaced",
				     "something else has this name (a file, a link): give another "
				     "name",
				     UNDERSIGN_E_INVALID);
	enum undersign_status status = open_locked(&stage->old, stage, stage->place.name, problem);
	if (status != UNDERSIGN_OK)
		return status;
	status = folder_list_at(&list, stage->old, stage->path, problem);
	folder_list_free(&list);
	return status;
}

/* The path of the folder in the making, as the caller named the other. */
static bool make_path(struct folder_stage *stage)
{
	size_t len = strlen(stage->path);

	while (len > 1 && stage->path[len - 1] == '/')
		len--;
	while (len > 0 && stage->path[len - 1] != '/')
		len--;
	stage->made_path = malloc(len + strlen(stage->name) + 1);
	if (!stage->made_path)
		return false;
	memcpy(stage->made_path, stage->path, len);
	strcpy(stage->made_path + len, stage->name);
	return true;
}

static enum undersign_status open_all(struct folder_stage *stage, const char *suffix,
				      enum folder_stage_start start, enum file_existing existing,
				      struct problem *problem)
{
	enum undersign_status status =
		file_place_open(&stage->place, stage->path, WRITE_RULE, problem);

	if (status != UNDERSIGN_OK)
		return status;
	if (strlen(stage->place.name) > NAME_MAX - SUFFIX_MAX)
		return fail(stage, problem, ENAMETOOLONG);
	(void)snprintf(stage->name, sizeof stage->name, ".%.*s.%.*s", NAME_MAX - SUFFIX_MAX,
		       stage->place.name, SUFFIX_MAX - 2, suffix);
	if (!make_path(stage))
		return fail(stage, problem, ENOMEM);
	status = check_existing(stage, existing, problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (mkdirat(stage->place.folder, stage->name, 0777) != 0 && errno != EEXIST)
		return fail(stage, problem, errno);
	status = open_locked(&stage->fd, stage, stage->name, problem);
	if (status != UNDERSIGN_OK)
		return status;
	stage->is_made = true;
	int error = start == FOLDER_STAGE_EMPTY ? folder_empty(stage->fd) : 0;
	return error == 0 ? UNDERSIGN_OK : fail(stage, problem, error);
}

enum undersign_status folder_stage_open(struct folder_stage **out, const char *path,
					const char *suffix, enum folder_stage_start start,
					enum file_existing existing, struct problem *problem)
{
	struct folder_stage *stage = calloc(1, sizeof *stage);

	*out = NULL;
	if (!stage || !(stage->path = strdup(path))) {
		free(stage);
		return system_fail(problem, "folder", path, WRITE_RULE, ENOMEM);
	}
	stage->place.folder = stage->fd = stage->old = -1;
	enum undersign_status status = open_all(stage, suffix, start, existing, problem);
	if (status == UNDERSIGN_OK)
		*out = stage;
	else
		folder_stage_free(stage, start == FOLDER_STAGE_RESUMED);
	return status;
}

const char *folder_stage_path(const struct folder_stage *stage)
{
	return stage->made_path;
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

/* Returns 0 or an errno. */
static int remember(struct folder_stage *stage, const char *name)
{
	if (stage->n == stage->capacity) {
		size_t capacity = 2 * stage->capacity + 64;
		char **names = reallocarray(stage->names, capacity, sizeof *names);

		if (!names)
			return ENOMEM;
		stage->names = names;
		stage->capacity = capacity;
	}
	char *copy = strdup(name);
	if (!copy)
		return ENOMEM;
	stage->names[stage->n++] = copy;
	return 0;
}

static enum undersign_status check_name(const char *name, struct problem *problem)
{
	if (folder_name_is_valid(bytes_from_text(name)))
		return UNDERSIGN_OK;
	return system_refuse(problem, "file", name,
			     "a name in a folder that is written is a plain one",
			     "this name is another", UNDERSIGN_E_USAGE);
}

static enum undersign_status put_fd(int *out, struct folder_stage *stage, const char *name,
				    struct problem *problem)
{
	*out = -1;
	enum undersign_status status = check_name(name, problem);
	if (status != UNDERSIGN_OK)
		return status;
	int error = make_folders(stage->fd, name);
	if (error == 0) {
		*out = openat(stage->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			      0666);
		error = *out >= 0 ? 0 : errno;
	}
	if (error == 0)
		error = remember(stage, name);
	if (error == EEXIST || error == ENOTDIR)
		return system_refuse(
			problem, "file", name, "a folder that is written has each name once",
			"this name stands twice, or is a folder too", UNDERSIGN_E_USAGE);
	return error == 0 ? UNDERSIGN_OK : fail_file(stage, name, problem, error);
}

static bool is_remembered(const struct folder_stage *stage, const char *name)
{
	for (size_t i = stage->n; i-- > 0;)
		if (strcmp(stage->names[i], name) == 0)
			return true;
	return false;
}

enum undersign_status folder_stage_put(struct folder_stage *stage, const char *name,
				       struct bytes content, struct problem *problem)
{
	int fd;

	/* A link of the old folder's file must not be written to. */
	if (faccessat(stage->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !is_remembered(stage, name) && unlinkat(stage->fd, name, 0) != 0 && errno != EISDIR)
		return fail_file(stage, name, problem, errno);
	enum undersign_status status = put_fd(&fd, stage, name, problem);
	int error = status == UNDERSIGN_OK ? file_write_all(fd, content) : 0;
	if (fd >= 0 && close(fd) != 0 && error == 0)
		error = errno;
	return status == UNDERSIGN_OK && error != 0 ? fail_file(stage, name, problem, error)
						    : status;
}

static bool is_in(int folder, const char *name)
{
	struct stat info;

	return folder >= 0 && fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(info.st_mode);
}

enum undersign_status folder_stage_read(struct file_content *out, const struct folder_stage *stage,
					const char *name, size_t limit, struct problem *problem)
{
	const int folder = is_in(stage->fd, name) ? stage->fd : stage->old;

	*out = (struct file_content){0};
	if (folder < 0)
		return system_fail(problem, "file", name, "the file must be readable", ENOENT);
	return file_read_at(out, folder, name, name, limit, false, FILE_PUBLIC, problem);
}

enum undersign_status folder_stage_keep(struct folder_stage *stage, const char *name,
					struct problem *problem)
{
	struct file_content content;
	enum undersign_status status = check_name(name, problem);

	if (status != UNDERSIGN_OK)
		return status;
	int error = make_folders(stage->fd, name);
	if (error == 0 && !is_in(stage->fd, name) &&
	    linkat(stage->old, name, stage->fd, name, 0) != 0)
		error = errno;
	if (error == 0)
		error = remember(stage, name);
	/* File systems without links, and files with too many. */
	if (error != EPERM && error != EMLINK && error != EOPNOTSUPP && error != ENOSYS &&
	    error != EXDEV)
		return error == 0 ? UNDERSIGN_OK : fail_file(stage, name, problem, error);
	status = folder_stage_read(&content, stage, name, SIZE_MAX / 2, problem);
	if (status == UNDERSIGN_OK)
		status = folder_stage_put(stage, name, file_content_view(&content), problem);
	file_content_free(&content);
	return status;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

enum undersign_status folder_stage_prune(struct folder_stage *stage, struct problem *problem)
{
	char *const roots[] = {stage->made_path, NULL};
	const size_t skipped = strlen(stage->made_path) + 1;
	int error = 0;

	if (stage->n > 0)
		qsort(stage->names, stage->n, sizeof *stage->names, compare_names);
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (!walk)
		return fail(stage, problem, errno);
	for (const FTSENT *entry; error == 0 && (errno = 0, entry = fts_read(walk));) {
		if (entry->fts_level == FTS_ROOTLEVEL || entry->fts_info == FTS_D)
			continue;
		if (entry->fts_info == FTS_DP) {
			if (rmdir(entry->fts_accpath) != 0 && errno != ENOTEMPTY && errno != EEXIST)
				error = errno;
			continue;
		}
		const char *name = entry->fts_path + skipped;
		if (stage->n > 0 &&
		    bsearch(&name, stage->names, stage->n, sizeof *stage->names, compare_names))
			continue;
		if (unlink(entry->fts_accpath) != 0)
			error = errno;
	}
	if (error == 0)
		error = errno;
	(void)fts_close(walk);
	return error == 0 ? UNDERSIGN_OK : fail(stage, problem, error);
}

/* For file systems that cannot exchange two names. Returns 0 or an errno. */
static int swap_in_two(struct folder_stage *stage)
{
	int parent = stage->place.folder;
	char aside[NAME_MAX + 1];

	(void)snprintf(aside, sizeof aside, ".%.*s.old", NAME_MAX - SUFFIX_MAX, stage->place.name);
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
static int swap(struct folder_stage *stage)
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

enum undersign_status folder_stage_commit(struct folder_stage *stage, struct problem *problem)
{
	/* One flush for all of them. */
	if (syncfs(stage->fd) != 0)
		return fail(stage, problem, errno);
	int error = swap(stage);
	if (error == 0) {
		stage->is_committed = true;
		error = file_sync_folder(stage->place.folder);
	}
	return error == 0 ? UNDERSIGN_OK : fail(stage, problem, error);
}

enum undersign_status folder_stage_rename(struct folder_stage *stage, const char *path,
					  struct problem *problem)
{
	if (renameat2(stage->place.folder, stage->name, AT_FDCWD, path, RENAME_NOREPLACE) != 0 &&
	    (errno == EEXIST || (errno != EINVAL && errno != ENOSYS) ||
	     renameat(stage->place.folder, stage->name, AT_FDCWD, path) != 0))
		return system_fail(problem, "folder", path, "a folder gets a name that is free",
				   errno);
	stage->is_made = false;
	return UNDERSIGN_OK;
}

void folder_stage_free(struct folder_stage *stage, bool is_left)
{
	if (!stage)
		return;
	if (stage->is_made && (stage->is_committed || !is_left))
		(void)folder_remove_at(stage->place.folder, stage->name);
	if (stage->fd >= 0)
		(void)close(stage->fd);
	if (stage->old >= 0)
		(void)close(stage->old);
	file_place_close(&stage->place);
	for (size_t i = 0; i < stage->n; i++)
		free(stage->names[i]);
	free(stage->names);
	free(stage->made_path);
	free(stage->path);
	free(stage);
}
