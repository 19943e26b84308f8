#include "roster_folder.h"

#include "archive.h"
#include "note.h"
#include "points.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define PATH_LEN   4096
#define POINTS_MAX ((size_t)POINTS_HEADER_LEN + (size_t)ROSTER_MEMBERS_MAX * POINTS_ENTRY_LEN_MAX)
#define ARCHIVE_MAX                                                                                \
	((size_t)16 << 30) /* 2^22 requests of a roster with four columns, or 2^20 with sixteen */

static enum undersign_status join(char out[static PATH_LEN], const char *path, const char *name,
				  struct problem *problem)
{
	int len = snprintf(out, PATH_LEN, "%s/%s", path, name);
	if (len > 0 && len < PATH_LEN)
		return UNDERSIGN_OK;
	problem_where(problem, "folder", bytes_from_text(path));
	problem_rule(problem, "a path has at most 4095 bytes");
	return UNDERSIGN_E_LIMIT;
}

enum undersign_status roster_folder_read_fixed(struct snapshot_record *out,
					       struct file_content *out_content, const char *path,
					       struct problem *problem)
{
	char name[PATH_LEN];
	memset(out, 0, sizeof(*out));
	memset(out_content, 0, sizeof(*out_content));
	bool is_folder = file_is_folder(path);
	if (is_folder) {
		enum undersign_status status = join(name, path, "roster", problem);
		if (status != UNDERSIGN_OK)
			return status;
		path = name;
	}
	enum undersign_status status =
		file_read(out_content, path, NOTE_LEN_MAX, FILE_PUBLIC, problem);
	if (status != UNDERSIGN_OK)
		return status;
	struct bytes text = file_content_view(out_content);
	if (is_folder || bytes_begin_with(text, bytes_from_text(ROSTER_FIXED_HEADER "\n"))) {
		status = roster_fixed_parse(out, text, problem);
	} else {
		struct note *note = malloc(sizeof(*note));
		status = note ? snapshot_open(out, note, text, problem) : UNDERSIGN_E_MEMORY;
		free(note);
	}
	if (status == UNDERSIGN_OK)
		return status;
	problem_inside(problem, "file", bytes_from_text(path));
	file_content_free(out_content);
	memset(out_content, 0, sizeof(*out_content));
	return status;
}

#define POINTS_NAME_LEN 24

/* The name of list i's points file (from 0): columns are numbered from 1, raw keys have 0. */
static void points_name(char out[static POINTS_NAME_LEN], const struct snapshot_record *fixed,
			uint32_t list)
{
	bool is_enrolled = fixed->class_of_members == ROSTER_ENROLLED;
	snprintf(out, POINTS_NAME_LEN, "column-%u.points", is_enrolled ? (unsigned)list + 1 : 0U);
}

static uint32_t n_lists(const struct snapshot_record *fixed)
{
	return fixed->class_of_members == ROSTER_ENROLLED ? fixed->calendar.n : 1;
}

enum undersign_status roster_folder_new(const char *path, const struct snapshot_record *fixed,
					struct problem *problem)
{
	static uint8_t text[ROSTER_TEXT_MAX];
	uint8_t empty[POINTS_HEADER_LEN];
	char names[ROSTER_COLUMNS_MAX][POINTS_NAME_LEN];
	struct folder_file files[ROSTER_COLUMNS_MAX + 2];
	size_t n = 0;

	struct writer writer = writer_new(text, sizeof(text));
	enum undersign_status status = roster_fixed_write(&writer, fixed, problem);
	if (status != UNDERSIGN_OK)
		return status;
	files[n++] = (struct folder_file){"roster", writer_view(&writer)};
	writer = writer_new(empty, sizeof(empty));
	points_write_header(&writer, fixed->class_of_members, 0);
	for (uint32_t i = 0; i < n_lists(fixed); i++) {
		points_name(names[i], fixed, i);
		files[n++] = (struct folder_file){names[i], writer_view(&writer)};
	}
	if (fixed->class_of_members == ROSTER_ENROLLED)
		files[n++] = (struct folder_file){"archive", bytes_from(NULL, 0)};
	return folder_write(path, files, n, FILE_NEW, problem);
}

static enum undersign_status take_lock(struct roster_folder *folder, struct problem *problem)
{
	folder->lock = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder->lock >= 0 && flock(folder->lock, LOCK_EX | LOCK_NB) == 0)
		return UNDERSIGN_OK;
	problem_where(problem, "folder", bytes_from_text(folder->path));
	if (folder->lock >= 0 && errno == EWOULDBLOCK) {
		problem_rule(problem, "one program at a time changes a roster");
		problem_what(problem, "another is at it; wait until it has ended",
			     bytes_from(NULL, 0));
		return UNDERSIGN_E_CONFLICT;
	}
	problem_what(problem, "it cannot be opened:", bytes_from_text(strerror(errno)));
	return errno == ENOENT || errno == ENOTDIR ? UNDERSIGN_E_MISSING : UNDERSIGN_E_SYSTEM;
}

static enum undersign_status read_part(struct file_content *out, struct roster_folder *folder,
				       const char *name, size_t limit, struct problem *problem)
{
	char path[PATH_LEN];
	enum undersign_status status = join(path, folder->path, name, problem);
	if (status == UNDERSIGN_OK)
		status = file_read(out, path, limit, FILE_PUBLIC, problem);
	return status;
}

static enum undersign_status open_folder(struct roster_folder *folder, const char *path,
					 bool is_change, bool has_archive, struct problem *problem)
{
	memset(folder, 0, sizeof(*folder));
	folder->path = path;
	folder->lock = -1;
	arena_heap_open(&folder->heap, SIZE_MAX, false);
	enum undersign_status status = UNDERSIGN_OK;
	if (is_change)
		status = take_lock(folder, problem);
	if (status == UNDERSIGN_OK)
		status = read_part(&folder->text, folder, "roster", ROSTER_TEXT_MAX, problem);
	if (status != UNDERSIGN_OK)
		return status;
	status = roster_fixed_parse(&folder->fixed, file_content_view(&folder->text), problem);
	if (status != UNDERSIGN_OK) {
		problem_inside(problem, "file", bytes_from_text("roster"));
		return status;
	}
	folder->n_points = n_lists(&folder->fixed);
	for (uint32_t i = 0; i < folder->n_points && status == UNDERSIGN_OK; i++) {
		char name[POINTS_NAME_LEN];
		points_name(name, &folder->fixed, i);
		status = read_part(&folder->points[i], folder, name, POINTS_MAX, problem);
	}
	if (status == UNDERSIGN_OK && has_archive &&
	    folder->fixed.class_of_members == ROSTER_ENROLLED)
		status = read_part(&folder->archive, folder, "archive", ARCHIVE_MAX, problem);
	if (status == UNDERSIGN_OK)
		generators_new(&folder->generators);
	return status;
}

enum undersign_status roster_folder_open(struct roster_folder *folder, const char *path,
					 bool is_change, struct problem *problem)
{
	return open_folder(folder, path, is_change, true, problem);
}

enum undersign_status roster_folder_open_list(struct roster_folder *folder, const char *path,
					      struct problem *problem)
{
	return open_folder(folder, path, false, false, problem);
}

/* How many entries the archive holds. */
static enum undersign_status count_archived(uint32_t *out, struct bytes archive,
					    struct problem *problem)
{
	struct archive_reader reader = archive_read(archive, problem);
	struct archive_entry entry;
	while (archive_next(&reader, &entry))
		;
	*out = reader.n;
	if (!reader.has_failed)
		return UNDERSIGN_OK;
	problem_inside(problem, "file", bytes_from_text("archive"));
	return UNDERSIGN_E_FORMAT;
}

enum undersign_status roster_folder_load(struct roster_folder *folder, struct problem *problem)
{
	struct points points[ROSTER_COLUMNS_MAX];
	uint32_t n_archived = ROSTER_MEMBERS_MAX;
	enum undersign_status status = UNDERSIGN_OK;
	if (folder->fixed.class_of_members == ROSTER_ENROLLED)
		status = count_archived(&n_archived, file_content_view(&folder->archive), problem);
	for (uint32_t i = 0; i < folder->n_points && status == UNDERSIGN_OK; i++) {
		char name[POINTS_NAME_LEN];
		points_name(name, &folder->fixed, i);
		status = points_parse(&points[i], file_content_view(&folder->points[i]), problem);
		if (status != UNDERSIGN_OK) {
			problem_inside(problem, "file", bytes_from_text(name));
		} else if (points[i].n > n_archived) {
			points[i].body.len = points_prefix_len(&points[i], n_archived);
			points[i].n = n_archived;
		}
	}
	if (status != UNDERSIGN_OK)
		return status;
	struct edition_rules rules = edition_rules_of(&folder->fixed);
	return edition_new(&folder->edition, &rules, points, folder->n_points,
			   file_content_view(&folder->archive), &folder->generators,
			   &folder->heap.arena, problem);
}

/* Measures, takes a buffer, writes it, writes the file. list SIZE_MAX: the archive. */
static enum undersign_status save_part(const struct roster_folder *folder, size_t list,
				       const char *name, struct problem *problem)
{
	char path[PATH_LEN];
	enum undersign_status status = join(path, folder->path, name, problem);
	if (status != UNDERSIGN_OK)
		return status;
	struct writer writer = writer_new(NULL, 0);
	uint8_t *data = NULL;
	for (int pass = 0; pass < 2; pass++) {
		if (list == SIZE_MAX)
			edition_write_archive(&writer, &folder->edition);
		else
			edition_write_points(&writer, &folder->edition, (uint32_t)list + 1);
		if (pass == 1)
			break;
		data = malloc(writer.len + 1);
		if (!data)
			return UNDERSIGN_E_MEMORY;
		writer = writer_new(data, writer.len);
	}
	status = file_write(path, writer_view(&writer), FILE_PUBLIC, FILE_REPLACE, problem);
	free(data);
	return status;
}

enum undersign_status roster_folder_save(const struct roster_folder *folder,
					 struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_OK;
	for (uint32_t i = 0; i < folder->n_points && status == UNDERSIGN_OK; i++) {
		char name[POINTS_NAME_LEN];
		points_name(name, &folder->fixed, i);
		status = save_part(folder, i, name, problem);
	}
	if (status == UNDERSIGN_OK && folder->fixed.class_of_members == ROSTER_ENROLLED)
		status = save_part(folder, SIZE_MAX, "archive", problem);
	return status;
}

enum undersign_status roster_folder_save_fixed(const struct roster_folder *folder,
					       struct problem *problem)
{
	static uint8_t text[ROSTER_TEXT_MAX];
	char path[PATH_LEN];
	struct writer writer = writer_new(text, sizeof(text));
	enum undersign_status status = roster_fixed_write(&writer, &folder->fixed, problem);
	if (status == UNDERSIGN_OK)
		status = join(path, folder->path, "roster", problem);
	if (status == UNDERSIGN_OK)
		status = file_write(path, writer_view(&writer), FILE_PUBLIC, FILE_REPLACE, problem);
	return status;
}

void roster_folder_close(struct roster_folder *folder)
{
	file_content_free(&folder->text);
	for (uint32_t i = 0; i < folder->n_points; i++)
		file_content_free(&folder->points[i]);
	file_content_free(&folder->archive);
	arena_heap_close(&folder->heap);
	if (folder->lock >= 0)
		close(folder->lock);
}

const char *roster_folder_name(struct roster_folder *folder, const char *name)
{
	size_t len = strlen(folder->path) + 1 + strlen(name) + 1;
	char *out = ARENA_TAKE(&folder->heap.arena, char, len);
	if (out)
		snprintf(out, len, "%s/%s", folder->path, name);
	return out;
}

enum undersign_status roster_folder_rules(struct evidence_rules *out, bool *out_is_there,
					  struct roster_folder *folder, struct problem *problem)
{
	struct file_content content;
	const char *path = roster_folder_name(folder, "rules");
	*out_is_there = false;
	memset(out, 0, sizeof(*out));
	if (!path)
		return UNDERSIGN_E_MEMORY;
	if (!file_exists(path))
		return UNDERSIGN_OK;
	enum undersign_status status =
		file_read(&content, path, NOTE_LEN_MAX, FILE_PUBLIC, problem);
	if (status != UNDERSIGN_OK)
		return status;
	struct bytes note = arena_copy(&folder->heap.arena, file_content_view(&content));
	file_content_free(&content);
	if (!note.data)
		return UNDERSIGN_E_MEMORY;
	status = evidence_rules_open(out, note, problem);
	if (status == UNDERSIGN_OK && (!note_key_is_equal(&out->key, &folder->fixed.key) ||
				       !bytes_are_equal(out->roster, folder->fixed.roster) ||
				       out->edition != folder->fixed.edition)) {
		problem_rule(problem, "rules are of this roster and edition, signed with its key");
		problem_what(problem, "they are of another", bytes_from(NULL, 0));
		status = UNDERSIGN_E_CONFLICT;
	}
	if (status != UNDERSIGN_OK)
		problem_inside(problem, "file", bytes_from_text(path));
	*out_is_there = status == UNDERSIGN_OK;
	return status;
}

enum undersign_status roster_folder_notes(struct roster_folder_note **out, size_t *out_n,
					  struct roster_folder *folder, struct problem *problem)
{
	*out = NULL;
	*out_n = 0;
	const char *path = roster_folder_name(folder, "snapshots");
	if (!path)
		return UNDERSIGN_E_MEMORY;
	if (!file_exists(path))
		return UNDERSIGN_OK;
	struct folder_list list;
	enum undersign_status status = folder_list(&list, path, problem);
	if (status != UNDERSIGN_OK)
		return status;
	struct roster_folder_note *notes =
		ARENA_TAKE(&folder->heap.arena, struct roster_folder_note, list.n + 1);
	if (!notes)
		status = UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < list.n && status == UNDERSIGN_OK; i++) {
		struct file_content content;
		status = folder_read(&content, path, list.entries[i].name, NOTE_LEN_MAX, problem);
		if (status != UNDERSIGN_OK)
			break;
		struct arena *arena = &folder->heap.arena;
		struct bytes name =
			bytes_from(list.entries[i].name, strlen(list.entries[i].name) + 1);
		notes[i].note = arena_copy(arena, file_content_view(&content));
		notes[i].name = (const char *)arena_copy(arena, name).data;
		file_content_free(&content);
		if (!notes[i].name || (content.len > 0 && !notes[i].note.data))
			status = UNDERSIGN_E_MEMORY;
	}
	if (status == UNDERSIGN_OK) {
		*out = notes;
		*out_n = list.n;
	}
	folder_list_free(&list);
	return status;
}
