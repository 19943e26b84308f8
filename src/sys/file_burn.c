#include "file.h"

#include "file_inside.h"
#include "held_signals.h"
#include "system_problem.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define BURN_RULE N_("a file that is burnt is overwritten before it is removed")

int file_overwrite(int fd, uint64_t len)
{
	static const uint8_t zeros[4096];

	if (lseek(fd, 0, SEEK_SET) != 0)
		return errno;
	while (len > 0) {
		size_t part = len < sizeof zeros ? (size_t)len : sizeof zeros;
		int error = file_write_all(fd, bytes_from(zeros, part));

		if (error != 0)
			return error;
		len -= part;
	}
	return fsync(fd) == 0 ? 0 : errno;
}

/* A regular file of ours for overwriting. */
static enum undersign_status open_old(int *out, uint64_t *out_len, const struct file_place *place,
				      const char *path, struct problem *problem)
{
	struct stat info;

	*out = openat(place->folder, place->name,
		      O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*out < 0)
		return system_fail(problem, "file", path, BURN_RULE, errno);
	if (fstat(*out, &info) != 0)
		return system_fail(problem, "file", path, BURN_RULE, errno);
	if (!S_ISREG(info.st_mode))
		return system_refuse(problem, "file", path, BURN_RULE, "it is not a regular file",
				     UNDERSIGN_E_INVALID);
	*out_len = (uint64_t)info.st_size;
	return UNDERSIGN_OK;
}

/* Returns 0 or an errno. */
static int burn_open(int fd, uint64_t len, const struct file_place *place)
{
	int error = file_overwrite(fd, len);

	if (error != 0)
		return error;
	if (ftruncate(fd, 0) != 0)
		return errno;
	if (unlinkat(place->folder, place->name, 0) != 0)
		return errno;
	return file_sync_folder(place->folder);
}

enum undersign_status file_burn(const char *path, struct problem *problem)
{
	struct held_signals held;
	struct file_place place;
	uint64_t len = 0;
	int fd = -1;

	enum undersign_status status = file_place_open(&place, path, BURN_RULE, problem);
	if (status != UNDERSIGN_OK)
		return status;
	held_signals_begin(&held);
	status = open_old(&fd, &len, &place, path, problem);
	if (status == UNDERSIGN_OK) {
		int error = burn_open(fd, len, &place);

		if (error != 0) {
			(void)system_fail(problem, "file", path, BURN_RULE, error);
			status = UNDERSIGN_E_SYSTEM;
		}
	}
	if (fd >= 0)
		(void)close(fd);
	held_signals_end(&held);
	file_place_close(&place);
	return status;
}

enum undersign_status file_replace_and_burn(const char *path, struct bytes content,
					    struct problem *problem)
{
	struct held_signals held;
	struct file_place place;
	uint64_t len = 0;
	int fd = -1;

	enum undersign_status status = file_place_open(&place, path, BURN_RULE, problem);
	if (status != UNDERSIGN_OK)
		return status;
	held_signals_begin(&held);
	/* The old file stays open while it loses its name: what is overwritten is what was
	 * replaced. */
	status = open_old(&fd, &len, &place, path, problem);
	if (status == UNDERSIGN_OK)
		status = file_write(path, content, FILE_PRIVATE, FILE_REPLACE, problem);
	if (status == UNDERSIGN_OK) {
		int error = file_overwrite(fd, len);

		if (error != 0) {
			(void)system_fail(problem, "file", path,
					  "what a file held before must be overwritten (it has its "
					  "new content already)",
					  error);
			status = UNDERSIGN_E_SYSTEM;
		}
	}
	if (fd >= 0)
		(void)close(fd);
	held_signals_end(&held);
	file_place_close(&place);
	return status;
}
