#include "published.h"

#include "bundle.h"
#include "bundle_make.h"
#include "checkpoint.h"
#include "encoding.h"
#include "file.h"
#include "folder.h"
#include "handout.h"
#include "log_files.h"
#include "page.h"
#include "tally_json.h"
#include "tile.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_LEN      4096
#define NAME_LEN      256 /* inside the published folder */
#define NOTE_MAX      ((size_t)64 * 1024)
#define PUBLISHED_MAX ((size_t)1 << 31)

/* --- Checkpoints that were signed before ------------------------------------------------------
 */

static enum undersign_status refuse_signed(const struct checkpoint *checkpoint,
					   const struct desk_state *state, const char *path,
					   struct problem *problem)
{
	problem_where(problem, "file", bytes_from_text(path));
	if (checkpoint->size > state->view->size) {
		problem_rule(problem,
			     "a log never becomes shorter: this store was rolled back, and nothing "
			     "is signed on top of it");
		problem_what_numbers(problem,
				     "it has {1} entries, and one of {2} was signed. Put the "
				     "newest copy of the store back; if it is lost, "
				     "doc/operations.md, \"Restoring\", says what can be done",
				     state->view->size, checkpoint->size);
	} else {
		problem_rule(problem,
			     "a log is only ever continued: the store has another one than the "
			     "checkpoint that was signed");
		problem_what(
			problem,
			"Sign nothing more. Keep that file and the store, and find out which of "
			"them was published",
			bytes_from(NULL, 0));
	}
	return UNDERSIGN_E_CONFLICT;
}

enum undersign_status published_check(uint64_t *out, bool *out_is_there,
				      const struct desk_state *state, const char *path,
				      struct problem *problem)
{
	struct checkpoint checkpoint;
	struct file_content content;
	struct note_verdict verdict;
	struct note note;

	*out = 0;
	*out_is_there = file_exists(path);
	if (!*out_is_there)
		return UNDERSIGN_OK;
	enum undersign_status status = file_read(&content, path, NOTE_MAX, FILE_PUBLIC, problem);
	if (status != UNDERSIGN_OK)
		return status;
	status = checkpoint_open(&checkpoint, &note, &verdict, file_content_view(&content),
				 &state->log.log, 1, NOTE_UNKNOWN_IGNORED, problem);
	if (status != UNDERSIGN_OK) {
		problem_inside(problem, "file", bytes_from_text(path));
	} else if (checkpoint.size > state->view->size) {
		status = refuse_signed(&checkpoint, state, path, problem);
	} else {
		const struct merkle_hash root = merkle_root(state->leaves, (size_t)checkpoint.size);
		if (!merkle_hash_is_equal(&root, &checkpoint.root))
			status = refuse_signed(&checkpoint, state, path, problem);
		else
			*out = checkpoint.size;
	}
	file_content_free(&content);
	return status;
}

static void join(char out[static PATH_LEN], const struct desk_state *state, const char *name)
{
	snprintf(out, PATH_LEN, "%s/%s", state->config->published, name);
}

enum undersign_status published_size(uint64_t *out, const struct desk_state *state,
				     struct problem *problem)
{
	char path[PATH_LEN];
	bool is_there;

	join(path, state, "checkpoint");
	return published_check(out, &is_there, state, path, problem);
}

/* --- Files ------------------------------------------------------------------------------------
 */

/* What is done with each file that ought to be there. */
typedef enum undersign_status (*take_file)(const struct desk_state *state, const char *name,
					   struct bytes content, struct problem *problem);

static bool is_the_same(const char *path, struct bytes content)
{
	struct file_content there;

	if (!file_exists(path) ||
	    file_read(&there, path, PUBLISHED_MAX, FILE_PUBLIC, NULL) != UNDERSIGN_OK)
		return false;
	const bool is_same = bytes_are_equal(file_content_view(&there), content);
	file_content_free(&there);
	return is_same;
}

static enum undersign_status write_file(const struct desk_state *state, const char *name,
					struct bytes content, struct problem *problem)
{
	char path[PATH_LEN];

	join(path, state, name);
	char *slash = strrchr(path, '/');
	*slash = '\0';
	enum undersign_status status = folder_make(path, FILE_PUBLIC, problem);
	*slash = '/';
	if (status != UNDERSIGN_OK || is_the_same(path, content))
		return status;
	return file_write(path, content, FILE_PUBLIC, FILE_REPLACE, problem);
}

static enum undersign_status refuse_file(const char *path, struct problem *problem)
{
	problem_where(problem, "file", bytes_from_text(path));
	problem_rule(problem, "what is published is what the store and the letters' folders give");
	problem_what(problem,
		     file_exists(path)
			     ? "it is another. `undersign desk fsck --repair` writes it again"
			     : "it is missing. `undersign desk fsck --repair` writes it again",
		     bytes_from(NULL, 0));
	return UNDERSIGN_E_INVALID;
}

static enum undersign_status compare_file(const struct desk_state *state, const char *name,
					  struct bytes content, struct problem *problem)
{
	char path[PATH_LEN];

	join(path, state, name);
	return is_the_same(path, content) ? UNDERSIGN_OK : refuse_file(path, problem);
}

struct entries {
	struct bytes *at;
	size_t n, capacity;
	struct arena *arena;
};

static enum undersign_status take_entry(void *cookie, uint64_t number, struct bytes entry,
					struct problem *problem)
{
	struct entries *entries = cookie;

	(void)number;
	(void)problem;
	if (entries->n == entries->capacity)
		return UNDERSIGN_OK; /* later than the state */
	entries->at[entries->n] = arena_copy(entries->arena, entry);
	return entries->at[entries->n++].data ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
}

static enum undersign_status each_log_file(const struct desk_state *state, struct store *store,
					   uint64_t since, take_file take, struct arena *arena,
					   struct problem *problem)
{
	const uint64_t first = since - since % TILE_WIDTH;
	struct entries entries = {.capacity = (size_t)(state->view->size - first), .arena = arena};
	struct log_files_source source = {
		.size = state->view->size, .leaves = state->leaves, .first = first, .since = since};
	struct folder_file *files;
	size_t n;

	entries.at = ARENA_TAKE(arena, struct bytes, entries.capacity + 1);
	if (!entries.at)
		return UNDERSIGN_E_MEMORY;
	enum undersign_status status = store_read_log(store, first, take_entry, &entries, problem);
	source.entries = entries.at;
	if (status == UNDERSIGN_OK)
		status = log_files_make(&files, &n, &source, 0, arena);
	for (size_t i = 0; status == UNDERSIGN_OK && i < n; i++)
		status = take(state, files[i].name, files[i].content, problem);
	return status;
}

/* In the letter's folder, the log: for web servers that know nothing of desks. */
static enum undersign_status link_log(const struct desk_state *state, const char *id,
				      const char *name, const char *target, bool may_make,
				      struct problem *problem)
{
	char path[PATH_LEN], is[64];

	snprintf(path, sizeof path, "%s/letters/%s/%s", state->config->published, id, name);
	const ssize_t len = readlink(path, is, sizeof is);
	if (len == (ssize_t)strlen(target) && memcmp(is, target, (size_t)len) == 0)
		return UNDERSIGN_OK;
	if (!may_make)
		return refuse_file(path, problem);
	if ((len < 0 && errno == ENOENT && symlink(target, path) == 0) ||
	    (len >= 0 && unlink(path) == 0 && symlink(target, path) == 0))
		return UNDERSIGN_OK;
	problem_where(problem, "file", bytes_from_text(path));
	problem_rule(problem, "a letter's folder links to the log's files");
	problem_what(problem, "it cannot be made:", bytes_from_text(strerror(errno)));
	return UNDERSIGN_E_SYSTEM;
}

/* Beside the bundle: what is not needed to count again does not stand in it. */
static enum undersign_status each_tally(const struct desk_state *state,
					const struct letter_folder *folder,
					const struct replay_letter *letter, const char *id,
					take_file take, struct arena *arena,
					struct problem *problem)
{
	const struct merkle_hash root = merkle_frontier_root(&state->view->frontier);
	const struct bytes text = letter_folder_text(folder);
	char name[NAME_LEN];
	struct bytes json;

	snprintf(name, sizeof name, "tallies/%s.json", id);
	enum undersign_status status =
		tally_json(&json, state->view->epochs.replay, letter, &root, text, arena);
	if (status == UNDERSIGN_OK)
		status = take(state, name, json, problem);
	return status;
}

/* Which files of a letter: those that go with the checkpoint, or the rest. */
enum part { PART_KEYS, PART_REST };

static enum undersign_status each_letter_file(const struct desk_state *state, size_t letter,
					      enum part part,
					      const struct published_witnesses *cosigners,
					      take_file take, struct arena *arena,
					      struct problem *problem)
{
	const struct letter_folder *folder = &state->view->folders[letter];
	const struct replay_letter *replayed = state->view->epochs.letters[letter];
	const size_t n = bundle_make_letter_count(&folder->manifest);
	struct folder_file *files = ARENA_TAKE(arena, struct folder_file, n);
	char id[MANIFEST_ID_LEN + 1] = {0};

	if (!files)
		return UNDERSIGN_E_MEMORY;
	manifest_id((uint8_t *)id, &folder->manifest);
	enum undersign_status status =
		bundle_make_letter(files, folder, replayed, &state->log.log, cosigners->keys,
				   cosigners->n, arena, problem);
	for (size_t i = 0; i < n && status == UNDERSIGN_OK; i++) {
		char name[NAME_LEN];
		if ((i == 0) != (part == PART_KEYS))
			continue;
		snprintf(name, sizeof name, "letters/%s/%s", id, files[i].name);
		status = take(state, name, files[i].content, problem);
	}
	if (status == UNDERSIGN_OK && part == PART_KEYS)
		status = each_tally(state, folder, replayed, id, take, arena, problem);
	if (status != UNDERSIGN_OK || part == PART_KEYS)
		return status;
	const bool may_make = take == write_file;
	status = link_log(state, id, "checkpoint", "../../checkpoint", may_make, problem);
	if (status == UNDERSIGN_OK)
		status = link_log(state, id, "tile", "../../tile", may_make, problem);
	return status;
}

static enum undersign_status each_letter(const struct desk_state *state, enum part part,
					 const struct published_witnesses *cosigners,
					 take_file take, struct problem *problem)
{
	const struct epochs *epochs = &state->view->epochs;
	enum undersign_status status = UNDERSIGN_OK;

	for (size_t i = 0; i < epochs->n_letters && status == UNDERSIGN_OK; i++) {
		struct arena_heap heap;
		if (epochs->letters[i]->logged_at == REPLAY_NONE)
			continue;
		arena_heap_open(&heap, SIZE_MAX, false);
		status = each_letter_file(state, i, part, cosigners, take, &heap.arena, problem);
		arena_heap_close(&heap);
	}
	return status;
}

/* What others show of the count; beside the bundle too. */
static enum undersign_status each_handout(const struct desk_state *state,
					  const struct page_source *source, const char *id,
					  take_file take, struct arena *arena,
					  struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_OK;

	for (unsigned i = 0; i < HANDOUT_N && status == UNDERSIGN_OK; i++) {
		const enum handout what = (enum handout)i;
		char name[NAME_LEN];
		struct bytes content;

		if (!handout_is_of(what, source->letter->manifest))
			continue;
		snprintf(name, sizeof name, "handouts/%s/%s", id, handout_name(what));
		status = handout_make(&content, what, source, arena);
		if (status == UNDERSIGN_OK)
			status = take(state, name, content, problem);
	}
	return status;
}

/* The page under the address that a citation has. Once there, it stays as it is: what another
 * version of this program wrote is not judged. */
static enum undersign_status keep_cited(const struct desk_state *state, const char *id,
					struct bytes page, take_file take, struct problem *problem)
{
	char path[PATH_LEN], name[NAME_LEN];
	struct file_content there = {0};

	snprintf(name, sizeof name, "cited/%s/%llu.html", id,
		 (unsigned long long)state->view->size);
	join(path, state, name);
	if (!file_exists(path))
		return take(state, name, page, problem);
	const bool is_foreign =
		file_read(&there, path, PUBLISHED_MAX, FILE_PUBLIC, NULL) == UNDERSIGN_OK &&
		page_is_of_another_version(file_content_view(&there));
	file_content_free(&there);
	return is_foreign ? UNDERSIGN_OK : take(state, name, page, problem);
}

static enum undersign_status each_page_of(const struct desk_state *state, size_t letter,
					  const struct merkle_hash *root, take_file take,
					  struct arena *arena, struct problem *problem)
{
	const struct epochs *epochs = &state->view->epochs;
	const struct letter_folder *folder = &state->view->folders[letter];
	char id[MANIFEST_ID_LEN + 1] = {0}, name[NAME_LEN];
	struct page_source source;
	struct bytes page;

	manifest_id((uint8_t *)id, &folder->manifest);
	snprintf(name, sizeof name, "letters/%s/" BUNDLE_PAGE_NAME, id);
	enum undersign_status status = bundle_make_source(&source, folder, epochs->replay,
							  epochs->letters[letter], root, arena);
	if (status == UNDERSIGN_OK)
		status = page_make(&page, &source, arena);
	if (status == UNDERSIGN_OK)
		status = take(state, name, page, problem);
	if (status == UNDERSIGN_OK)
		status = keep_cited(state, id, page, take, problem);
	return status == UNDERSIGN_OK ? each_handout(state, &source, id, take, arena, problem)
				      : status;
}

/* The letters' pages, which show the state of the checkpoint, and what others show of them. */
static enum undersign_status each_page(const struct desk_state *state, take_file take,
				       struct problem *problem)
{
	const struct epochs *epochs = &state->view->epochs;
	const struct merkle_hash root = merkle_root(state->leaves, (size_t)state->view->size);
	enum undersign_status status = UNDERSIGN_OK;

	for (size_t i = 0; i < epochs->n_letters && status == UNDERSIGN_OK; i++) {
		struct arena_heap heap;

		if (epochs->letters[i]->logged_at == REPLAY_NONE)
			continue;
		arena_heap_open(&heap, SIZE_MAX, false);
		status = each_page_of(state, i, &root, take, &heap.arena, problem);
		arena_heap_close(&heap);
	}
	return status;
}

static enum undersign_status each_file(const struct desk_state *state, struct store *store,
				       uint64_t since, take_file take, struct problem *problem)
{
	const struct published_witnesses nobody = {NULL, 0};
	struct arena_heap heap;

	arena_heap_open(&heap, SIZE_MAX, false);
	enum undersign_status status =
		each_log_file(state, store, since, take, &heap.arena, problem);
	arena_heap_close(&heap);
	if (status == UNDERSIGN_OK)
		status = each_letter(state, PART_REST, &nobody, take, problem);
	return status;
}

/* Those of the witnesses whose signatures stand on a checkpoint. *out_n_unknown (may be NULL: then
 * it is an error): signatures of others, of a policy that was another then. */
static enum undersign_status find_cosigners(struct published_witnesses *out, size_t *out_n_unknown,
					    const struct desk_state *state, struct bytes checkpoint,
					    const struct published_witnesses *witnesses,
					    struct arena *arena, struct problem *problem)
{
	const enum note_strictness strictness =
		out_n_unknown ? NOTE_UNKNOWN_IGNORED : NOTE_UNKNOWN_REFUSED;
	struct note_key *keys = ARENA_TAKE(arena, struct note_key, witnesses->n + 1);
	struct note_key *found = ARENA_TAKE(arena, struct note_key, witnesses->n + 1);
	struct checkpoint parsed;
	struct note_verdict verdict;
	struct note note;

	*out = (struct published_witnesses){found, 0};
	if (!keys || !found)
		return UNDERSIGN_E_MEMORY;
	keys[0] = state->log.log;
	for (size_t i = 0; i < witnesses->n; i++)
		keys[1 + i] = witnesses->keys[i];
	enum undersign_status status = checkpoint_open(&parsed, &note, &verdict, checkpoint, keys,
						       1 + witnesses->n, strictness, problem);
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < witnesses->n; i++)
		if (note_verdict_has(&verdict, 1 + i))
			found[out->n++] = witnesses->keys[i];
	if (out_n_unknown)
		*out_n_unknown = verdict.n_unknown;
	return UNDERSIGN_OK;
}

static enum undersign_status each_keys(const struct desk_state *state, struct bytes checkpoint,
				       const struct published_witnesses *witnesses, take_file take,
				       struct problem *problem)
{
	const bool is_written = take == write_file;
	struct published_witnesses cosigners;
	struct arena_heap heap;
	size_t n_unknown = 0;

	arena_heap_open(&heap, SIZE_MAX, false);
	enum undersign_status status =
		find_cosigners(&cosigners, is_written ? NULL : &n_unknown, state, checkpoint,
			       witnesses, &heap.arena, problem);
	/* Whoever else has signed: what `keys` should be is not known to this configuration. */
	if (status == UNDERSIGN_OK && n_unknown == 0)
		status = each_letter(state, PART_KEYS, &cosigners, take, problem);
	arena_heap_close(&heap);
	return status;
}

enum undersign_status published_write(const struct desk_state *state, struct store *store,
				      uint64_t since, struct problem *problem)
{
	return each_file(state, store, since, write_file, problem);
}

enum undersign_status published_verify(const struct desk_state *state, struct store *store,
				       const struct published_witnesses *witnesses,
				       struct problem *problem)
{
	struct file_content checkpoint;
	char path[PATH_LEN];
	uint64_t size;

	/* It may be an epoch behind. */
	join(path, state, "checkpoint");
	if (!file_exists(path))
		return refuse_file(path, problem);
	enum undersign_status status = published_size(&size, state, problem);
	if (status == UNDERSIGN_OK)
		status = each_file(state, store, 0, compare_file, problem);
	if (status == UNDERSIGN_OK)
		status = file_read(&checkpoint, path, NOTE_MAX, FILE_PUBLIC, problem);
	if (status != UNDERSIGN_OK)
		return status;
	/* Keys, tallies and pages are of the checkpoint's epoch. */
	if (size == state->view->size)
		status = each_keys(state, file_content_view(&checkpoint), witnesses, compare_file,
				   problem);
	if (size == state->view->size && status == UNDERSIGN_OK)
		status = each_page(state, compare_file, problem);
	file_content_free(&checkpoint);
	return status;
}

enum undersign_status published_write_checkpoint(const struct desk_state *state,
						 struct bytes checkpoint,
						 const struct published_witnesses *witnesses,
						 struct problem *problem)
{
	char path[PATH_LEN];

	enum undersign_status status = each_keys(state, checkpoint, witnesses, write_file, problem);
	if (status == UNDERSIGN_OK)
		status = each_page(state, write_file, problem);
	if (status != UNDERSIGN_OK)
		return status;
	join(path, state, "checkpoint");
	return file_write(path, checkpoint, FILE_PUBLIC, FILE_REPLACE, problem);
}

/* --- What is not needed any more --------------------------------------------------------------
 */

/* A process that was killed between the last file of a folder and the folder itself leaves it
 * empty, and folder_list refuses such. */
static int remove_if_empty(const char *path, const struct stat *facts, int type, struct FTW *at)
{
	(void)facts;
	(void)at;
	if (type == FTW_DP)
		(void)rmdir(path);
	return 0;
}

enum undersign_status published_clean(const struct desk_state *state, uint64_t before,
				      struct problem *problem)
{
	struct folder_list list;
	char folder[PATH_LEN];

	join(folder, state, "tile");
	(void)nftw(folder, remove_if_empty, 16, FTW_DEPTH | FTW_PHYS);
	if (!file_is_folder(folder))
		return UNDERSIGN_OK;
	enum undersign_status status = folder_list(&list, folder, problem);
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < list.n; i++) {
		char name[NAME_LEN], path[PATH_LEN];
		struct tile tile;
		snprintf(name, sizeof name, "tile/%s", list.entries[i].name);
		if (tile_path_parse(&tile, bytes_from_text(name)) != UNDERSIGN_OK ||
		    tile.width == TILE_WIDTH || tile_is_of_size(&tile, before) ||
		    tile_is_of_size(&tile, state->view->size))
			continue;
		join(path, state, name);
		if (unlink(path) != 0)
			continue; /* it does no harm */
		char *slash = strrchr(path, '/');
		*slash = '\0';
		(void)rmdir(path); /* 000.p, once it is empty */
	}
	folder_list_free(&list);
	return UNDERSIGN_OK;
}
