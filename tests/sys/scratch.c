#include "scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void must(bool is_true, const char *what)
{
	if (is_true)
		return;
	perror(what);
	abort();
}

void scratch_enter(char out[static SCRATCH_PATH_MAX])
{
	const char *top = getenv("TMPDIR");

	(void)snprintf(out, SCRATCH_PATH_MAX, "%s/undersigned-test-XXXXXX", top ? top : "/tmp");
	must(mkdtemp(out) != NULL, "mkdtemp");
	must(chdir(out) == 0, "chdir");
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
	(void)info;
	(void)kind;
	(void)walk;
	return remove(path);
}

void scratch_leave(const char *path)
{
	must(chdir("/") == 0, "chdir");
	must(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0, "nftw");
}

size_t scratch_count(const char *folder)
{
	DIR *opened = opendir(folder);
	size_t n = 0;

	must(opened != NULL, folder);
	while (readdir(opened))
		n++;
	(void)closedir(opened);
	return n - 2;
}

static uint8_t *read_whole(const char *path, size_t *out_len)
{
	FILE *file = fopen(path, "rb");
	struct stat info;

	if (!file)
		return NULL;
	must(fstat(fileno(file), &info) == 0, path);
	*out_len = (size_t)info.st_size;
	uint8_t *data = malloc(*out_len + 1);
	must(data && fread(data, 1, *out_len, file) == *out_len, path);
	(void)fclose(file);
	return data;
}

bool scratch_holds(const char *path, struct bytes content)
{
	size_t len;
	uint8_t *data = read_whole(path, &len);
	bool is_same = data && bytes_are_equal(bytes_from(data, len), content);

	free(data);
	return is_same;
}

static struct bytes wanted;
static bool is_found;

static int look_into(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
	size_t len;

	(void)info;
	(void)walk;
	if (kind != FTW_F)
		return 0;
	uint8_t *data = read_whole(path, &len);
	is_found |= data && memmem(data, len, wanted.data, wanted.len) != NULL;
	free(data);
	return 0;
}

bool scratch_finds(const char *folder, struct bytes needle)
{
	wanted = needle;
	is_found = false;
	must(nftw(folder, look_into, 16, FTW_PHYS) == 0, "nftw");
	return is_found;
}

void scratch_put(const char *path, struct bytes content)
{
	FILE *file = fopen(path, "wb");

	must(file && fwrite(content.data, 1, content.len, file) == content.len, path);
	must(fclose(file) == 0, path);
}

int scratch_wait(int child)
{
	int status;

	must(waitpid(child, &status, 0) == child, "waitpid");
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}
