#include "folder.h"

#include "file_inside.h"
#include "folder_stage.h"
#include "held_signals.h"
#include "system_problem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAKE_RULE N_("the folder must be made")

/* A new name lasts once the folder that it stands in is synced. part: a path, changed and put
 * back. */
static int sync_above(char *part)
{
	char *slash = strrchr(part, '/');
	int error = 0;

	if (slash)
		*slash = '\0';
	const int fd = open(!slash          ? "."
			    : slash == part ? "/"
					    : part,
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (slash)
		*slash = '/';
	/* A folder that may be written to and not read cannot be synced; nor can some systems. */
	if (fd < 0)
		return errno == EACCES ? 0 : errno;
	if (fsync(fd) != 0 && errno != EINVAL)
		error = errno;
	close(fd);
	return error;
}

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
		} else {
			error = sync_above(part);
		}
		part[i] = path[i];
	}
	free(part);
	return error == 0 ? UNDERSIGN_OK : system_fail(problem, "folder", path, MAKE_RULE, error);
}

static enum undersign_status write_all(struct folder_stage *stage, const struct folder_file *files,
				       size_t n, struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_OK;

	for (size_t i = 0; i < n && status == UNDERSIGN_OK; i++)
		status = folder_stage_put(stage, files[i].name, files[i].content, problem);
	return status == UNDERSIGN_OK ? folder_stage_commit(stage, problem) : status;
}

enum undersign_status folder_write(const char *path, const struct folder_file *files, size_t n,
				   enum file_existing existing, struct problem *problem)
{
	struct held_signals held;
	struct folder_stage *stage;

	held_signals_begin(&held);
	enum undersign_status status =
		folder_stage_open(&stage, path, "new", FOLDER_STAGE_EMPTY, existing, problem);
	if (status == UNDERSIGN_OK)
		status = write_all(stage, files, n, problem);
	folder_stage_free(stage, false);
	held_signals_end(&held);
	return status;
}
