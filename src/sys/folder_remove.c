#include "folder.h"

#include "file_inside.h"
#include "folder_inside.h"
#include "held_signals.h"
#include "system_problem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REMOVE_DEPTH_MAX 64

/* A folder being emptied, and its name in the one before. */
struct level {
	DIR *folder;
	char name[NAME_MAX + 1];
};

/* Takes fd over. Returns 0 or an errno. */
static int push(struct level *levels, size_t *depth, int fd, const char *name)
{
	if (fd < 0)
		return errno;
	if (*depth == REMOVE_DEPTH_MAX) {
		(void)close(fd);
		return ELOOP;
	}
	struct level *level = &levels[*depth];
	level->folder = fdopendir(fd);
	if (!level->folder) {
		int error = errno;

		(void)close(fd);
		return error;
	}
	(void)strncpy(level->name, name, sizeof level->name - 1);
	level->name[sizeof level->name - 1] = '\0';
	(*depth)++;
	return 0;
}

/* Removes a file, or goes down into a folder. Returns 0 or an errno. */
static int remove_name(struct level *levels, size_t *depth, const char *name)
{
	int folder = dirfd(levels[*depth - 1].folder);

	if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return errno;
	return push(levels, depth,
		    openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), name);
}

/* Closes the innermost folder and removes it, unless it is the first. Returns 0 or an errno. */
static int pop(struct level *levels, size_t *depth)
{
	struct level *level = &levels[--*depth];

	(void)closedir(level->folder);
	if (*depth == 0)
		return 0;
	return unlinkat(dirfd(levels[*depth - 1].folder), level->name, AT_REMOVEDIR) == 0 ? 0
											  : errno;
}

int folder_empty(int folder)
{
	struct level *levels = calloc(REMOVE_DEPTH_MAX, sizeof *levels);
	size_t depth = 0;

	if (!levels)
		return ENOMEM;
	int error = push(levels, &depth,
			 openat(folder, ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), "");
	while (error == 0 && depth > 0) {
		errno = 0;
		const struct dirent *entry = readdir(levels[depth - 1].folder);

		if (!entry && errno != 0)
			error = errno;
		else if (!entry)
			error = pop(levels, &depth);
		else if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			error = remove_name(levels, &depth, entry->d_name);
	}
	while (depth > 0)
		(void)closedir(levels[--depth].folder);
	free(levels);
	return error;
}

int folder_remove_at(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : errno;
	int error = folder_empty(fd);
	(void)close(fd);
	if (error == 0 && unlinkat(parent, name, AT_REMOVEDIR) != 0)
		error = errno;
	return error;
}

enum undersign_status folder_remove(const char *path, struct problem *problem)
{
	static const char rule[] = N_("the folder must be removed with everything in it");
	struct held_signals held;
	struct file_place place;

	if (!file_exists(path))
		return UNDERSIGN_OK;
	enum undersign_status status = file_place_open(&place, path, rule, problem);
	if (status != UNDERSIGN_OK)
		return status;
	held_signals_begin(&held);
	int error = folder_remove_at(place.folder, place.name);
	held_signals_end(&held);
	file_place_close(&place);
	return error == 0 ? UNDERSIGN_OK : system_fail(problem, "folder", path, rule, error);
}
