#include "desk_folder.h"

#include "encoding.h"
#include "log_files.h"
#include "merkle.h"
#include "note.h"
#include "sha2.h"
#include "tile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define PATH_LEN        4096
#define NOTE_FILE_MAX   ((size_t)128 * 1024)
#define HELD_NAME_LEN   90
#define OVER            ".over"
#define LETTER_NAME_LEN 64

static void join(char out[static PATH_LEN], const char *folder, const char *name)
{
	snprintf(out, PATH_LEN, "%s/%s", folder, name);
}

enum undersign_status desk_folder_new(const char *path, struct signer *signer,
				      uint64_t epoch_seconds, uint64_t begins, struct arena *arena,
				      struct problem *problem)
{
	const struct record_log record = {
		.log = *signer_key(signer), .epoch_seconds = epoch_seconds, .begins = begins};
	const struct note_signer note_signer = signer_note_signer(signer);
	uint8_t *text = ARENA_TAKE(arena, uint8_t, NOTE_FILE_MAX);
	uint8_t *note = ARENA_TAKE(arena, uint8_t, NOTE_FILE_MAX);
	char name[PATH_LEN];

	if (!text || !note)
		return UNDERSIGN_E_MEMORY;
	if (begins % epoch_seconds != 0) {
		problem_where(problem, "option --begins", bytes_from(NULL, 0));
		problem_rule(problem,
			     "a log begins at a multiple of its epochs' length since 1970");
		return UNDERSIGN_E_USAGE;
	}
	struct writer text_writer = writer_new(text, NOTE_FILE_MAX);
	struct writer writer = writer_new(note, NOTE_FILE_MAX);
	record_log_write(&text_writer, &record);
	enum undersign_status status =
		note_sign(&writer, writer_view(&text_writer), &note_signer, 1);
	if (status == UNDERSIGN_OK)
		status = folder_make(path, FILE_PRIVATE, problem);
	join(name, path, "log.note");
	if (status == UNDERSIGN_OK)
		status = file_write(name, writer_view(&writer), FILE_PUBLIC, FILE_NEW, problem);
	return status;
}

static enum undersign_status read_into(struct bytes *out, const char *path, size_t limit,
				       struct arena *arena, struct problem *problem)
{
	struct file_content content;

	enum undersign_status status = file_read(&content, path, limit, FILE_PUBLIC, problem);
	if (status != UNDERSIGN_OK)
		return status;
	*out = arena_copy(arena, file_content_view(&content));
	file_content_free(&content);
	return out->data ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
}

static enum undersign_status read_log_record(struct desk_folder *desk, struct problem *problem)
{
	char path[PATH_LEN];

	join(path, desk->path, "log.note");
	return log_files_record(&desk->log, &desk->log_note, path, desk->arena, problem);
}

/* The size of the checkpoint in a file; 0 if there is none. */
static enum undersign_status read_checkpoint(struct checkpoint *out, const struct desk_folder *desk,
					     const char *name, struct problem *problem)
{
	char path[PATH_LEN];
	struct bytes content;
	struct note note;
	struct note_verdict verdict;

	memset(out, 0, sizeof *out);
	join(path, desk->path, name);
	if (!file_exists(path))
		return UNDERSIGN_OK;
	enum undersign_status status =
		read_into(&content, path, NOTE_FILE_MAX, desk->arena, problem);
	if (status == UNDERSIGN_OK)
		status = checkpoint_open(out, &note, &verdict, content, &desk->log.log, 1,
					 NOTE_UNKNOWN_IGNORED, problem);
	if (status != UNDERSIGN_OK)
		problem_inside(problem, "file", bytes_from_text(path));
	return status;
}

static enum undersign_status read_entries(struct desk_folder *desk, uint64_t size,
					  struct problem *problem)
{
	struct tile_walk walk = tile_walk_new(size);
	struct bytes views[TILE_WIDTH];
	struct tile tile;

	while (tile_walk_next(&walk, &tile)) {
		char path[PATH_LEN];
		char name[TILE_PATH_LEN_MAX + 1] = {0};
		struct writer writer = writer_new(name, TILE_PATH_LEN_MAX);
		struct bytes content;

		if (!tile.is_entries)
			continue;
		tile_path_write(&writer, &tile);
		snprintf(path, sizeof path, "%s/log/%s", desk->path, name);
		enum undersign_status status =
			read_into(&content, path, TILE_BUNDLE_LEN_MAX, desk->arena, problem);
		if (status == UNDERSIGN_OK)
			status = tile_entries_parse(views, tile.width, content);
		if (status == UNDERSIGN_OK)
			status = desk_folder_add(desk, views, tile.width);
		if (status != UNDERSIGN_OK) {
			problem_inside(problem, "file", bytes_from_text(path));
			return status;
		}
	}
	return UNDERSIGN_OK;
}

/* The root of the log's first entries. */
static struct merkle_hash root_of(const struct desk_folder *desk, uint64_t size)
{
	struct merkle_frontier frontier = {0};

	for (size_t i = 0; i < size; i++) {
		const struct merkle_hash leaf = merkle_leaf(desk->entries[i]);
		merkle_frontier_add(&frontier, &leaf);
	}
	return merkle_frontier_root(&frontier);
}

static enum undersign_status check_root(const struct desk_folder *desk,
					const struct checkpoint *checkpoint,
					struct problem *problem)
{
	const struct merkle_hash root = root_of(desk, checkpoint->size);

	if (merkle_hash_is_equal(&root, &checkpoint->root))
		return UNDERSIGN_OK;
	problem_where(problem, "folder", bytes_from_text("log"));
	problem_rule(problem, "the entries of the log are those of its checkpoint");
	problem_what(problem, "they lead to another root: restore the folder from a bundle",
		     bytes_from(NULL, 0));
	return UNDERSIGN_E_INVALID;
}

/* That the log continues what was signed last: two logs of one key are what the key is trusted not
 * to sign. Requires: the log is at least as long. */
static enum undersign_status check_continues(const struct desk_folder *desk,
					     const struct checkpoint *last, struct problem *problem)
{
	const struct merkle_hash root = root_of(desk, last->size);

	if (merkle_hash_is_equal(&root, &last->root))
		return UNDERSIGN_OK;
	problem_where(problem, "folder", bytes_from_text(desk->path));
	problem_rule(problem, "a log is only ever continued: this one is another since the "
			      "checkpoint that was signed last");
	problem_what(problem,
		     "Sign nothing more. Both are signed: keep log/checkpoint and last-checkpoint, "
		     "and find out which was published",
		     bytes_from(NULL, 0));
	return UNDERSIGN_E_CONFLICT;
}

static enum undersign_status read_log(struct desk_folder *desk, struct problem *problem)
{
	struct checkpoint checkpoint, last;

	enum undersign_status status =
		read_checkpoint(&checkpoint, desk, "log/checkpoint", problem);
	if (status == UNDERSIGN_OK)
		status = read_checkpoint(&last, desk, "last-checkpoint", problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (checkpoint.size < last.size) {
		problem_where(problem, "folder", bytes_from_text("log"));
		problem_rule(problem, "a log never becomes shorter: this one was rolled back");
		problem_what_numbers(problem,
				     "it has {1} entries, and one of {2} was signed. Restore the "
				     "newest copy, or take the log from a published bundle",
				     checkpoint.size, last.size);
		return UNDERSIGN_E_CONFLICT;
	}
	if (checkpoint.size == 0)
		return UNDERSIGN_OK;
	status = read_entries(desk, checkpoint.size, problem);
	if (status == UNDERSIGN_OK)
		status = check_root(desk, &checkpoint, problem);
	if (status == UNDERSIGN_OK && last.size > 0)
		status = check_continues(desk, &last, problem);
	desk->stored = desk->n_entries;
	return status;
}

/* The name of a held file, by its content. */
static void held_name(char out[static HELD_NAME_LEN + 1], struct bytes file)
{
	uint8_t hash[SHA512_BYTES];
	struct writer writer = writer_new(out, HELD_NAME_LEN);

	/* A file's name has at most 100 bytes: 45 of 64 bytes tell files apart. */
	sha512(hash, file);
	writer_hex(&writer, bytes_from(hash, HELD_NAME_LEN / 2));
	out[HELD_NAME_LEN] = '\0';
}

/* What a program that was killed left behind: a file that it had begun to write or to drop. */
static bool is_left_over(const char *name)
{
	const size_t len = strlen(name), n = strlen(OVER);
	return name[0] == '.' || (len > n && strcmp(name + len - n, OVER) == 0);
}

static enum undersign_status read_held(struct desk_folder *desk, struct problem *problem)
{
	char path[PATH_LEN];
	size_t n;

	join(path, desk->path, "held");
	if (!file_is_folder(path))
		return UNDERSIGN_OK;
	enum undersign_status status =
		letter_folder_read(&desk->held, &n, path, desk->arena, problem);
	for (size_t i = 0; i < n && status == UNDERSIGN_OK; i++) {
		char name[HELD_NAME_LEN + 1];
		if (is_left_over(desk->held[i].name))
			continue;
		held_name(name, desk->held[i].content);
		if (strcmp(name, desk->held[i].name) == 0) {
			desk->held[desk->n_held++] = desk->held[i];
			continue;
		}
		problem_where(problem, "file", bytes_from_text(desk->held[i].name));
		problem_rule(problem, "a held file bears the hash of its content");
		problem_what(problem, "it was changed: get it from a copy of the desk",
			     bytes_from(NULL, 0));
		problem_inside(problem, "folder", bytes_from_text(path));
		status = UNDERSIGN_E_INVALID;
	}
	return status;
}

static const char *keep_text(struct arena *arena, const char *text)
{
	return (const char *)arena_copy(arena, bytes_from(text, strlen(text) + 1)).data;
}

/* Adds the letter of a folder; one that was given replaces the desk's own copy. */
static enum undersign_status add_letter(struct desk_folder *desk, const char *path, bool is_given,
					struct problem *problem)
{
	struct desk_letter *letter = &desk->letters[desk->n_letters];

	letter->path = keep_text(desk->arena, path);
	letter->is_given = is_given;
	if (!letter->path)
		return UNDERSIGN_E_MEMORY;
	enum undersign_status status =
		letter_folder_open(&letter->folder, letter->path, desk->arena, problem);
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < desk->n_letters; i++) {
		if (memcmp(desk->letters[i].folder.manifest.context,
			   letter->folder.manifest.context, HASH_BYTES) != 0)
			continue;
		if (!is_given)
			return UNDERSIGN_OK; /* the one that was given came first */
		problem_where(problem, "folder", bytes_from_text(path));
		problem_rule(problem, "each letter is given once");
		return UNDERSIGN_E_CONFLICT;
	}
	desk->n_letters++;
	return UNDERSIGN_OK;
}

static enum undersign_status read_letters(struct desk_folder *desk, const char *const *given,
					  size_t n_given, struct problem *problem)
{
	char path[PATH_LEN];
	struct folder_list list = {0};
	enum undersign_status status = UNDERSIGN_OK;

	join(path, desk->path, "letters");
	if (file_is_folder(path))
		status = folder_list(&list, path, problem);
	if (status != UNDERSIGN_OK)
		return status;
	desk->letters = ARENA_TAKE(desk->arena, struct desk_letter, n_given + list.n);
	if (!desk->letters && n_given + list.n > 0)
		status = UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < n_given && status == UNDERSIGN_OK; i++)
		status = add_letter(desk, given[i], true, problem);
	for (size_t i = 0; i < list.n && status == UNDERSIGN_OK; i++) {
		/* <id>/manifest stands for the folder. */
		const char *end = strchr(list.entries[i].name, '/');
		if (!end || strcmp(end, "/manifest") != 0)
			continue;
		snprintf(path, sizeof path, "%s/letters/%.*s", desk->path,
			 (int)(end - list.entries[i].name), list.entries[i].name);
		status = add_letter(desk, path, false, problem);
	}
	folder_list_free(&list);
	return status;
}

/* Two programs that close an epoch of one log would sign two of them. */
static enum undersign_status take_lock(struct desk_folder *desk, struct problem *problem)
{
	desk->lock = open(desk->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	desk->has_lock = desk->lock >= 0;
	if (desk->has_lock && flock(desk->lock, LOCK_EX | LOCK_NB) == 0)
		return UNDERSIGN_OK;
	const int error = errno;
	problem_where(problem, "folder", bytes_from_text(desk->path));
	if (desk->has_lock && error == EWOULDBLOCK) {
		problem_rule(problem, "one program at a time publishes from a desk");
		problem_what(problem, "another one does now: wait for it", bytes_from(NULL, 0));
		return UNDERSIGN_E_CONFLICT;
	}
	problem_rule(problem, "a desk is a folder that undersign publish --new made");
	problem_what(problem, "it cannot be opened:", bytes_from_text(strerror(error)));
	return error == ENOENT || error == ENOTDIR ? UNDERSIGN_E_MISSING : UNDERSIGN_E_SYSTEM;
}

void desk_folder_close(struct desk_folder *desk)
{
	if (desk->has_lock)
		close(desk->lock);
	desk->has_lock = false;
}

enum undersign_status desk_folder_open(struct desk_folder *out, const char *path,
				       const char *const *given, size_t n_given,
				       struct arena *arena, struct problem *problem)
{
	memset(out, 0, sizeof *out);
	out->path = path;
	out->arena = arena;
	enum undersign_status status = take_lock(out, problem);
	if (status == UNDERSIGN_OK)
		status = read_log_record(out, problem);
	if (status == UNDERSIGN_OK)
		status = read_log(out, problem);
	if (status == UNDERSIGN_OK)
		status = read_held(out, problem);
	if (status == UNDERSIGN_OK)
		status = read_letters(out, given, n_given, problem);
	return status;
}

enum undersign_status desk_folder_add(struct desk_folder *desk, const struct bytes *entries,
				      size_t n)
{
	if (desk->n_entries + n > desk->entries_capacity) {
		const size_t capacity = 2 * (desk->n_entries + n);
		struct bytes *grown = ARENA_TAKE(desk->arena, struct bytes, capacity);
		if (!grown)
			return UNDERSIGN_E_MEMORY;
		if (desk->n_entries > 0)
			memcpy(grown, desk->entries, desk->n_entries * sizeof *grown);
		desk->entries = grown;
		desk->entries_capacity = capacity;
	}
	if (n > 0)
		memcpy(desk->entries + desk->n_entries, entries, n * sizeof *entries);
	desk->n_entries += n;
	return UNDERSIGN_OK;
}

enum undersign_status desk_folder_log(struct folder_file **out, size_t *out_n,
				      const struct desk_folder *desk, struct signer *signer,
				      size_t spare, struct problem *problem)
{
	const uint64_t size = desk->n_entries;
	struct merkle_hash *leaves = ARENA_TAKE(desk->arena, struct merkle_hash, size);

	if (!leaves)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < size; i++)
		leaves[i] = merkle_leaf(desk->entries[i]);
	const struct log_files_source source = {
		.size = size, .leaves = leaves, .entries = desk->entries};
	const struct merkle_hash root = merkle_root(leaves, (size_t)size);
	enum undersign_status status = log_files_make(out, out_n, &source, spare + 1, desk->arena);
	if (status != UNDERSIGN_OK)
		return status;
	(*out)[spare].name = "checkpoint";
	return log_files_sign(&(*out)[spare].content, &desk->log.log, size, &root, signer,
			      desk->arena, problem);
}

static void held_path(char out[static PATH_LEN], const struct desk_folder *desk, struct bytes file)
{
	char name[HELD_NAME_LEN + 1];

	held_name(name, file);
	snprintf(out, PATH_LEN, "%s/held/%s", desk->path, name);
}

static enum undersign_status save_letter(const struct desk_folder *desk,
					 const struct desk_letter *letter, struct problem *problem)
{
	char path[PATH_LEN];
	char id[LETTER_NAME_LEN + 1] = {0};

	manifest_id((uint8_t *)id, &letter->folder.manifest);
	snprintf(path, sizeof path, "%s/letters", desk->path);
	enum undersign_status status = folder_make(path, FILE_PUBLIC, problem);
	if (status != UNDERSIGN_OK)
		return status;
	snprintf(path, sizeof path, "%s/letters/%s", desk->path, id);
	return folder_write(path, letter->folder.files, letter->folder.n_files, FILE_REPLACE,
			    problem);
}

static enum undersign_status drop_left_over(const struct desk_folder *desk, struct problem *problem)
{
	struct folder_list list = {0};
	char path[PATH_LEN];

	join(path, desk->path, "held");
	if (!file_is_folder(path))
		return UNDERSIGN_OK;
	enum undersign_status status = folder_list(&list, path, problem);
	for (size_t i = 0; i < list.n && status == UNDERSIGN_OK; i++) {
		if (!is_left_over(list.entries[i].name))
			continue;
		snprintf(path, sizeof path, "%s/held/%s", desk->path, list.entries[i].name);
		status = file_burn(path, problem);
	}
	folder_list_free(&list);
	return status;
}

enum undersign_status desk_folder_save_input(const struct desk_folder *desk,
					     const struct bytes *files, size_t n,
					     struct problem *problem)
{
	char path[PATH_LEN];
	enum undersign_status status = drop_left_over(desk, problem);

	for (size_t i = 0; i < desk->n_letters && status == UNDERSIGN_OK; i++)
		if (desk->letters[i].is_given)
			status = save_letter(desk, &desk->letters[i], problem);
	if (status == UNDERSIGN_OK && n > 0) {
		join(path, desk->path, "held");
		status = folder_make(path, FILE_PRIVATE, problem);
	}
	for (size_t i = 0; i < n && status == UNDERSIGN_OK; i++) {
		held_path(path, desk, files[i]);
		if (!file_exists(path))
			status = file_write(path, files[i], FILE_PRIVATE, FILE_NEW, problem);
	}
	return status;
}

enum undersign_status desk_folder_save_log(const struct desk_folder *desk,
					   const struct folder_file *files, size_t n,
					   struct problem *problem)
{
	char path[PATH_LEN];

	join(path, desk->path, "log");
	enum undersign_status status = folder_write(path, files, n, FILE_REPLACE, problem);
	for (size_t i = 0; i < n && status == UNDERSIGN_OK; i++) {
		if (strcmp(files[i].name, "checkpoint") != 0)
			continue;
		join(path, desk->path, "last-checkpoint");
		status = file_write(path, files[i].content, FILE_PUBLIC, FILE_REPLACE, problem);
	}
	return status;
}

/* It is renamed before it is overwritten: one that is half gone is not taken for a statement. */
enum undersign_status desk_folder_drop(const struct desk_folder *desk, struct bytes file,
				       struct problem *problem)
{
	char path[PATH_LEN], over[PATH_LEN + sizeof OVER];

	held_path(path, desk, file);
	if (!file_exists(path))
		return UNDERSIGN_OK;
	snprintf(over, sizeof over, "%s" OVER, path);
	if (rename(path, over) == 0)
		return file_burn(over, problem);
	problem_where(problem, "file", bytes_from_text(path));
	problem_rule(problem, "what is published is not held any more");
	problem_what(problem, "it cannot be renamed:", bytes_from_text(strerror(errno)));
	return UNDERSIGN_E_SYSTEM;
}
