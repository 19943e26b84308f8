#include "letter_folder.h"

#include "bundle.h"
#include "file.h"

#include <stdio.h>
#include <string.h>

#define LETTER_FILE_MAX ((size_t)512 * 1024 * 1024)

enum undersign_status letter_folder_read(struct folder_file **out, size_t *out_n, const char *path,
					 struct arena *arena, struct problem *problem)
{
	struct folder_list list;

	*out_n = 0;
	enum undersign_status status = folder_list(&list, path, problem);
	if (status != UNDERSIGN_OK)
		return status;
	struct folder_file *files = ARENA_TAKE(arena, struct folder_file, list.n);
	if (!files && list.n > 0)
		status = UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < list.n && status == UNDERSIGN_OK; i++) {
		struct file_content content;
		status =
			folder_read(&content, path, list.entries[i].name, LETTER_FILE_MAX, problem);
		if (status != UNDERSIGN_OK)
			break;
		const struct bytes copy = arena_copy(arena, file_content_view(&content));
		const struct bytes name = arena_copy(
			arena, bytes_from(list.entries[i].name, strlen(list.entries[i].name) + 1));
		if ((!copy.data && content.len > 0) || !name.data)
			status = UNDERSIGN_E_MEMORY;
		else
			files[i] = (struct folder_file){(const char *)name.data, copy};
		file_content_free(&content);
	}
	if (status == UNDERSIGN_OK) {
		*out = files;
		*out_n = list.n;
	}
	folder_list_free(&list);
	return status;
}

struct bytes letter_folder_file(const struct letter_folder *folder, const char *name)
{
	for (size_t i = 0; i < folder->n_files; i++)
		if (strcmp(folder->files[i].name, name) == 0)
			return folder->files[i].content;
	return bytes_from(NULL, 0);
}

struct bytes letter_folder_text(const struct letter_folder *folder)
{
	char name[BUNDLE_NAME_MAX + 1] = {0};
	struct writer writer = writer_new(name, BUNDLE_NAME_MAX);

	bundle_write_text_name(&writer, &folder->manifest.texts[folder->manifest.authoritative]);
	return letter_folder_file(folder, name);
}

static enum undersign_status take_file(struct bytes *out, const struct letter_folder *folder,
				       const char *name, struct problem *problem)
{
	*out = letter_folder_file(folder, name);
	if (out->data)
		return UNDERSIGN_OK;
	problem_where(problem, "file", bytes_from_text(name));
	problem_rule(problem, "a letter's folder has all that its manifest names");
	problem_what(problem, "it is missing", bytes_from(NULL, 0));
	return UNDERSIGN_E_MISSING;
}

static enum undersign_status open_rosters(struct letter_folder *folder, struct arena *arena,
					  struct problem *problem)
{
	const struct manifest *manifest = &folder->manifest;
	struct bytes *points = ARENA_TAKE(arena, struct bytes, manifest->n_rosters);
	enum undersign_status status = UNDERSIGN_OK;

	folder->bases = ARENA_TAKE(arena, struct snapshot_record, manifest->n_rosters);
	if (!folder->bases || !points)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < manifest->n_rosters && status == UNDERSIGN_OK; i++) {
		struct note note;
		struct bytes content;
		char name[64];
		uint8_t id[SHA256_BYTES];

		snprintf(name, sizeof name, "records/%zu.note", i + 1);
		status = take_file(&content, folder, name, problem);
		if (status != UNDERSIGN_OK)
			break;
		status = snapshot_open(&folder->bases[i], &note, content, problem);
		if (status == UNDERSIGN_OK) {
			snapshot_id(id, note.text);
			if (memcmp(id, manifest->rosters[i].record, sizeof id) != 0) {
				problem_rule(problem, "the record is the one of the manifest");
				problem_what(problem, "its id is another", bytes_from(NULL, 0));
				status = UNDERSIGN_E_INVALID;
			}
		}
		if (status != UNDERSIGN_OK) {
			problem_inside(problem, "file", bytes_from_text(name));
			break;
		}
		snprintf(name, sizeof name, "rosters/%zu.points", i + 1);
		status = take_file(&points[i], folder, name, problem);
	}
	folder->points = points;
	return status;
}

static enum undersign_status check_texts(const struct letter_folder *folder,
					 struct problem *problem)
{
	for (size_t i = 0; i < folder->manifest.n_texts; i++) {
		char name[BUNDLE_NAME_MAX + 1] = {0};
		struct writer writer = writer_new(name, BUNDLE_NAME_MAX);
		struct bytes content;

		bundle_write_text_name(&writer, &folder->manifest.texts[i]);
		enum undersign_status status = take_file(&content, folder, name, problem);
		if (status != UNDERSIGN_OK)
			return status;
		status = manifest_check_text(&folder->manifest, i, content, problem);
		if (status != UNDERSIGN_OK) {
			problem_inside(problem, "file", bytes_from_text(name));
			return status;
		}
	}
	return UNDERSIGN_OK;
}

static void collect_records(struct letter_folder *folder)
{
	for (size_t i = 0; i < folder->n_files; i++) {
		const char *name = folder->files[i].name;
		unsigned version = 0;

		if (strncmp(name, "texts/", 6) == 0 || strncmp(name, "rosters/", 8) == 0)
			continue;
		if (sscanf(name, "extend-%u", &version) == 1 && version > folder->last_version)
			folder->last_version = version;
		folder->records[folder->n_records++] = folder->files[i].content;
	}
}

enum undersign_status letter_folder_open(struct letter_folder *out, const char *path,
					 struct arena *arena, struct problem *problem)
{
	struct note note;

	memset(out, 0, sizeof *out);
	out->path = path;
	enum undersign_status status =
		letter_folder_read(&out->files, &out->n_files, path, arena, problem);
	if (status == UNDERSIGN_OK)
		status = take_file(&out->note, out, "manifest", problem);
	if (status == UNDERSIGN_OK) {
		status = note_parse(&note, out->note, problem);
		if (status == UNDERSIGN_OK)
			status = manifest_parse(&out->manifest, note.text, arena, problem);
		if (status == UNDERSIGN_OK) {
			struct note_verdict verdict;
			status = note_verify(&verdict, &note, &out->manifest.organiser, 1,
					     NOTE_UNKNOWN_IGNORED, problem);
		}
		if (status != UNDERSIGN_OK)
			problem_inside(problem, "file", bytes_from_text("manifest"));
	}
	if (status == UNDERSIGN_OK)
		status = open_rosters(out, arena, problem);
	if (status == UNDERSIGN_OK)
		status = check_texts(out, problem);
	if (status == UNDERSIGN_OK) {
		out->records = ARENA_TAKE(arena, struct bytes, out->n_files);
		if (!out->records)
			return UNDERSIGN_E_MEMORY;
		collect_records(out);
	}
	if (status != UNDERSIGN_OK)
		problem_inside(problem, "folder", bytes_from_text(path));
	return status;
}
