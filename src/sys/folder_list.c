#include "folder.h"

#include "file_inside.h"
#include "folder_inside.h"
#include "system_problem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIST_RULE N_("the folder must be readable, with everything in it")
#define NAME_RULE                                                                                  \
	N_("a name in the folder has at most 100 bytes with its folders, all of visible ASCII")

bool folder_name_is_valid(struct bytes name)
{
	size_t part = 0; /* where the part starts that byte i belongs to */
	size_t depth = 1;

	if (name.len == 0 || name.len > FOLDER_NAME_MAX)
		return false;
	for (size_t i = 0; i <= name.len; i++) {
		if (i < name.len && name.data[i] != '/') {
			if (name.data[i] <= ' ' || name.data[i] > '~')
				return false;
			continue;
		}
		struct bytes this = bytes_part(name, part, i - part);
		if (this.len == 0 || bytes_are_equal(this, bytes_from(".", 1)) ||
		    bytes_are_equal(this, bytes_from("..", 2)))
			return false;
		part = i + 1;
		depth += i < name.len;
	}
	return depth <= FOLDER_DEPTH_MAX;
}

/* Names one after the other, each terminated. */
struct names {
	char *data;
	size_t len;
	size_t capacity;
};

/* Where it stands, or SIZE_MAX without memory. */
static size_t names_add(struct names *names, const char *name)
{
	size_t len = strlen(name) + 1;
	size_t at = names->len;

	if (len > names->capacity - names->len) {
		size_t capacity = names->capacity * 2 + 4096;
		char *data = realloc(names->data, capacity);

		if (!data)
			return SIZE_MAX;
		names->data = data;
		names->capacity = capacity;
	}
	memcpy(names->data + at, name, len);
	names->len += len;
	return at;
}

struct found {
	size_t name; /* where it stands in names */
	uint64_t len;
	bool is_folder;
};

/* What was found so far; folders wait in it until their turn comes. */
struct walk {
	int root;
	const char *path;
	struct names names;
	struct found *found;
	size_t n;
	size_t capacity;
	struct problem *problem;
};

static enum undersign_status fail(const struct walk *walk, const char *name, int error)
{
	enum undersign_status status = system_fail(walk->problem, name[0] ? "file" : "folder",
						   name[0] ? name : walk->path, LIST_RULE, error);

	if (name[0])
		problem_inside(walk->problem, "folder", bytes_from_text(walk->path));
	return status;
}

static enum undersign_status refuse(const struct walk *walk, const char *name, const char *rule,
				    const char *what)
{
	(void)system_refuse(walk->problem, "file", name, rule, what, UNDERSIGN_E_INVALID);
	problem_inside(walk->problem, "folder", bytes_from_text(walk->path));
	return UNDERSIGN_E_INVALID;
}

static enum undersign_status add(struct walk *walk, const char *name, uint64_t len, bool is_folder)
{
	if (walk->n == FOLDER_FILES_MAX) {
		problem_where(walk->problem, "folder", bytes_from_text(walk->path));
		problem_rule_number(walk->problem, "a folder holds at most {1} files",
				    FOLDER_FILES_MAX);
		problem_what(walk->problem, "it holds more: check that it is the right one",
			     bytes_from(NULL, 0));
		return UNDERSIGN_E_LIMIT;
	}
	if (walk->n == walk->capacity) {
		size_t capacity = walk->capacity * 2 + 64;
		struct found *found = reallocarray(walk->found, capacity, sizeof *found);

		if (!found)
			return fail(walk, "", ENOMEM);
		walk->found = found;
		walk->capacity = capacity;
	}
	size_t at = names_add(&walk->names, name);
	if (at == SIZE_MAX)
		return fail(walk, "", ENOMEM);
	walk->found[walk->n++] = (struct found){at, len, is_folder};
	return UNDERSIGN_OK;
}

/* Adds one name of an open folder. */
static enum undersign_status look_at(struct walk *walk, int folder, const char *inside,
				     const char *last)
{
	char name[FOLDER_NAME_MAX + 2 + NAME_MAX];
	struct stat info;

	(void)snprintf(name, sizeof name, "%s%s%s", inside, inside[0] ? "/" : "", last);
	if (!folder_name_is_valid(bytes_from_text(name)))
		return refuse(walk, name, NAME_RULE, "this name is another: rename or remove it");
	if (fstatat(folder, last, &info, AT_SYMLINK_NOFOLLOW) != 0)
		return fail(walk, name, errno);
	if (S_ISDIR(info.st_mode))
		return add(walk, name, 0, true);
	if (S_ISREG(info.st_mode))
		return add(walk, name, (uint64_t)info.st_size, false);
	return refuse(walk, name, "the folder holds regular files and folders only",
		      S_ISLNK(info.st_mode) ? "this is a symbolic link: replace it by its file"
					    : "this is a device, a pipe or the like: remove it");
}

static enum undersign_status list_open(struct walk *walk, DIR *folder, const char *inside)
{
	size_t n = 0;

	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(folder);
		if (!entry && errno != 0)
			return fail(walk, inside, errno);
		if (!entry)
			break;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		enum undersign_status status = look_at(walk, dirfd(folder), inside, entry->d_name);
		if (status != UNDERSIGN_OK)
			return status;
		n++;
	}
	if (n == 0 && inside[0])
		return refuse(walk, inside, "every folder inside holds a file",
			      "this folder is empty: remove it");
	return UNDERSIGN_OK;
}

/* Lists one folder; inside is its name relative to the root, "" for the root. */
static enum undersign_status list_one(struct walk *walk, const char *inside)
{
	int fd = openat(walk->root, inside[0] ? inside : ".",
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return fail(walk, inside, errno);
	DIR *folder = fdopendir(fd);
	if (!folder) {
		int error = errno;

		(void)close(fd);
		return fail(walk, inside, error);
	}
	enum undersign_status status = list_open(walk, folder, inside);
	(void)closedir(folder);
	return status;
}

static int compare(const void *a, const void *b)
{
	const struct folder_entry *left = a;
	const struct folder_entry *right = b;

	return strcmp(left->name, right->name);
}

/* The files among what was found, in order. Takes the names over. */
static enum undersign_status take_files(struct folder_list *out, struct walk *walk)
{
	out->entries = calloc(walk->n > 0 ? walk->n : 1, sizeof *out->entries);
	if (!out->entries)
		return fail(walk, "", ENOMEM);
	for (size_t i = 0; i < walk->n; i++) {
		const struct found *found = &walk->found[i];

		if (!found->is_folder)
			out->entries[out->n++] =
				(struct folder_entry){walk->names.data + found->name, found->len};
	}
	out->names = walk->names.data;
	walk->names = (struct names){0};
	qsort(out->entries, out->n, sizeof *out->entries, compare);
	return UNDERSIGN_OK;
}

static enum undersign_status walk_all(struct walk *walk)
{
	enum undersign_status status = list_one(walk, "");

	/* Folders are appended while the list is gone through: no recursion. */
	for (size_t i = 0; i < walk->n && status == UNDERSIGN_OK; i++) {
		char inside[FOLDER_NAME_MAX + 1];

		if (!walk->found[i].is_folder)
			continue;
		/* A copy: names move when they grow. Valid names fit. */
		(void)snprintf(inside, sizeof inside, "%s", walk->names.data + walk->found[i].name);
		status = list_one(walk, inside);
	}
	return status;
}

enum undersign_status folder_list_at(struct folder_list *out, int folder, const char *path,
				     struct problem *problem)
{
	struct walk walk = {.root = folder, .path = path, .problem = problem};

	*out = (struct folder_list){0};
	enum undersign_status status = walk_all(&walk);
	if (status == UNDERSIGN_OK)
		status = take_files(out, &walk);
	free(walk.found);
	free(walk.names.data);
	return status;
}

enum undersign_status folder_list(struct folder_list *out, const char *path,
				  struct problem *problem)
{
	*out = (struct folder_list){0};
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return system_fail(problem, "folder", path, LIST_RULE, errno);
	enum undersign_status status = folder_list_at(out, folder, path, problem);
	(void)close(folder);
	return status;
}

void folder_list_free(struct folder_list *list)
{
	free(list->entries);
	free(list->names);
	*list = (struct folder_list){0};
}

enum undersign_status folder_read(struct file_content *out, const char *path, const char *name,
				  size_t limit, struct problem *problem)
{
	*out = (struct file_content){0};
	int root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return system_fail(problem, "folder", path, LIST_RULE, errno);
	enum undersign_status status =
		file_read_at(out, root, name, name, limit, false, FILE_PUBLIC, problem);
	(void)close(root);
	return status;
}
