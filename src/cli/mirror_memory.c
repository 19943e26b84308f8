#include "mirror_memory.h"

#include <stdlib.h>
#include <string.h>

struct mirror_memory_file {
	char *name;
	uint8_t *data;
	size_t len;
	bool is_kept;
};

static struct mirror_memory_file *find(struct mirror_memory *memory, const char *name)
{
	for (size_t i = memory->n; i-- > 0;)
		if (strcmp(memory->files[i].name, name) == 0)
			return &memory->files[i];
	return NULL;
}

static enum undersign_status read_file(void *cookie, struct file_content *out, const char *name,
				       size_t limit)
{
	const struct mirror_memory_file *file = find(cookie, name);

	*out = (struct file_content){.access = FILE_PUBLIC};
	if (!file)
		return UNDERSIGN_E_MISSING;
	if (file->len > limit)
		return UNDERSIGN_E_LIMIT;
	out->data = malloc(file->len + 1);
	if (!out->data)
		return UNDERSIGN_E_MEMORY;
	memcpy(out->data, file->data, file->len);
	out->len = file->len;
	return UNDERSIGN_OK;
}

static struct mirror_memory_file *add(struct mirror_memory *memory, const char *name)
{
	if (memory->n == memory->capacity) {
		const size_t capacity = 2 * memory->capacity + 64;
		struct mirror_memory_file *files = realloc(memory->files, capacity * sizeof *files);

		if (!files)
			return NULL;
		memory->files = files;
		memory->capacity = capacity;
	}
	char *copy = strdup(name);
	if (!copy)
		return NULL;
	memory->files[memory->n] = (struct mirror_memory_file){.name = copy};
	return &memory->files[memory->n++];
}

static enum undersign_status put_file(void *cookie, const char *name, struct bytes content,
				      struct problem *problem)
{
	struct mirror_memory *memory = cookie;
	struct mirror_memory_file *file = find(memory, name);
	uint8_t *data = malloc(content.len + 1);

	if (data && !file)
		file = add(memory, name);
	if (!data || !file) {
		free(data);
		problem_where(problem, "file", bytes_from_text(name));
		problem_rule(problem, "there is memory for the bundle");
		problem_what(problem, "there is none left: fetch it into a folder",
			     bytes_from(NULL, 0));
		return UNDERSIGN_E_MEMORY;
	}
	if (content.len > 0)
		memcpy(data, content.data, content.len);
	free(file->data);
	file->data = data;
	file->len = content.len;
	file->is_kept = true;
	return UNDERSIGN_OK;
}

static enum undersign_status keep_file(void *cookie, const char *name, struct problem *problem)
{
	struct mirror_memory_file *file = find(cookie, name);

	(void)problem;
	if (!file)
		return UNDERSIGN_E_MISSING;
	file->is_kept = true;
	return UNDERSIGN_OK;
}

struct mirror_store mirror_memory_store(struct mirror_memory *memory)
{
	return (struct mirror_store){read_file, put_file, keep_file, memory};
}

static void drop(struct mirror_memory *memory)
{
	size_t n = 0;

	for (size_t i = 0; i < memory->n; i++) {
		if (memory->files[i].is_kept) {
			memory->files[n++] = memory->files[i];
			continue;
		}
		free(memory->files[i].name);
		free(memory->files[i].data);
	}
	memory->n = n;
}

void mirror_memory_begin(struct mirror_memory *memory)
{
	drop(memory);
	for (size_t i = 0; i < memory->n; i++)
		memory->files[i].is_kept = false;
}

static struct undersign_bytes give_name(void *cookie, size_t i)
{
	const char *name = ((struct mirror_memory *)cookie)->files[i].name;

	return (struct undersign_bytes){(const uint8_t *)name, strlen(name)};
}

static enum undersign_status give_content(void *cookie, size_t i, struct undersign_bytes *out)
{
	const struct mirror_memory_file *file = &((struct mirror_memory *)cookie)->files[i];

	*out = (struct undersign_bytes){file->data, file->len};
	return UNDERSIGN_OK;
}

static void release(void *cookie, size_t i)
{
	(void)cookie;
	(void)i;
}

struct undersign_files mirror_memory_files(struct mirror_memory *memory)
{
	drop(memory);
	return (struct undersign_files){memory->n, give_name, give_content, release, memory};
}

void mirror_memory_free(struct mirror_memory *memory)
{
	for (size_t i = 0; i < memory->n; i++) {
		free(memory->files[i].name);
		free(memory->files[i].data);
	}
	free(memory->files);
	*memory = (struct mirror_memory){0};
}
