#include "bundle_make.h"

#include "handout.h"
#include "tally_json.h"

#include "arena_heap.h"
#include "bundle.h"
#include "checkpoint.h"
#include "page.h"
#include "points.h"
#include "rings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t bundle_make_letter_count(const struct manifest *manifest)
{
	return 2 + manifest->n_texts + manifest->n_rosters;
}

/* Log, organiser and stewards: theirs are the only signatures on what a desk logs; and whoever has
 * cosigned the checkpoint. */
static enum undersign_status make_keys(struct folder_file *out, const struct note_key *log,
				       const struct manifest *manifest,
				       const struct replay_letter *replayed,
				       const struct note_key *cosigners, size_t n_cosigners,
				       struct arena *arena)
{
	const size_t n = 2 + manifest->n_rosters + n_cosigners;
	struct note_key *keys = ARENA_TAKE(arena, struct note_key, n);
	bool *is_used = ARENA_TAKE(arena, bool, n);
	const size_t capacity = n * (NOTE_KEY_TEXT_MAX + 1);
	uint8_t *data = ARENA_TAKE(arena, uint8_t, capacity);

	if (!keys || !is_used || !data)
		return UNDERSIGN_E_MEMORY;
	keys[0] = *log;
	keys[1] = manifest->organiser;
	for (size_t i = 0; i < manifest->n_rosters; i++)
		keys[2 + i] = replayed->rings->rosters[i].record->key;
	for (size_t i = 0; i < n_cosigners; i++)
		keys[2 + manifest->n_rosters + i] = cosigners[i];
	for (size_t i = 0; i < n; i++)
		is_used[i] = true;
	struct writer writer = writer_new(data, capacity);
	bundle_write_keys(&writer, keys, is_used, n);
	*out = (struct folder_file){"keys", writer_view(&writer)};
	return UNDERSIGN_OK;
}

/* The entries of the last version that holds: a folder may be ahead of the log. */
static enum undersign_status make_points(struct folder_file *out,
					 const struct letter_folder *folder,
					 const struct replay_letter *replayed, size_t i,
					 struct arena *arena, struct problem *problem)
{
	const uint32_t n = (uint32_t)replayed->rings->rosters[i].last.n;
	char *name = ARENA_TAKE(arena, char, BUNDLE_NAME_MAX + 1);
	struct points points;
	struct entry entry;

	enum undersign_status status = points_parse(&points, folder->points[i], problem);
	if (status != UNDERSIGN_OK)
		return status;
	const size_t len = POINTS_HEADER_LEN + points_prefix_len(&points, n);
	uint8_t *data = ARENA_TAKE(arena, uint8_t, len);
	if (!name || !data)
		return UNDERSIGN_E_MEMORY;
	struct writer name_writer = writer_new(name, BUNDLE_NAME_MAX);
	struct writer writer = writer_new(data, len);
	bundle_write_points_name(&name_writer, i + 1);
	points_write_header(&writer, points.class_of_members, n);
	struct points_reader reader = points_read(&points);
	for (uint32_t k = 0; k < n && points_next(&reader, &entry); k++)
		points_write_entry(&writer, &entry);
	*out = (struct folder_file){name, writer_view(&writer)};
	return UNDERSIGN_OK;
}

struct memory_files {
	const struct folder_file *files;
};

static struct undersign_bytes memory_name(void *cookie, size_t i)
{
	const char *name = ((const struct memory_files *)cookie)->files[i].name;
	return (struct undersign_bytes){(const uint8_t *)name, strlen(name)};
}

static enum undersign_status memory_read(void *cookie, size_t i, struct undersign_bytes *out)
{
	const struct bytes content = ((const struct memory_files *)cookie)->files[i].content;
	*out = (struct undersign_bytes){content.data, content.len};
	return UNDERSIGN_OK;
}

static void memory_release(void *cookie, size_t i)
{
	(void)cookie;
	(void)i;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct folder_file *)a)->name, ((const struct folder_file *)b)->name);
}

static enum undersign_status check(const struct folder_file *files, size_t n,
				   const struct undersign_parallel *parallel,
				   struct problem *problem)
{
	struct memory_files memory_files = {files};
	const struct undersign_files view = {n, memory_name, memory_read, memory_release,
					     &memory_files};
	const struct undersign_bundle_options options = {.parallel = parallel};
	struct undersign_problem fault = {{0}, {0}, {0}};
	struct undersign_bundle *bundle;
	struct arena_heap heap;

	arena_heap_open(&heap, SIZE_MAX, false);
	const struct undersign_memory memory = arena_heap_memory(&heap);
	enum undersign_status status =
		undersign_bundle_open(&bundle, &view, &options, NULL, &memory, NULL, &fault);
	arena_heap_close(&heap);
	if (status == UNDERSIGN_OK)
		return status;
	problem_where(problem, "the new bundle,", bytes_from_text(fault.where));
	problem_rule(problem, fault.rule);
	problem_what(problem, fault.what, bytes_from(NULL, 0));
	return status;
}

enum undersign_status bundle_make_letter(struct folder_file *files,
					 const struct letter_folder *folder,
					 const struct replay_letter *replayed,
					 const struct note_key *log,
					 const struct note_key *cosigners, size_t n_cosigners,
					 struct arena *arena, struct problem *problem)
{
	const struct manifest *manifest = &folder->manifest;
	size_t k = 0;

	enum undersign_status status =
		make_keys(&files[k++], log, manifest, replayed, cosigners, n_cosigners, arena);
	files[k++] = (struct folder_file){"manifest", folder->note};
	for (size_t i = 0; i < manifest->n_texts && status == UNDERSIGN_OK; i++) {
		char *name = ARENA_TAKE(arena, char, BUNDLE_NAME_MAX + 1);
		if (!name)
			return UNDERSIGN_E_MEMORY;
		struct writer writer = writer_new(name, BUNDLE_NAME_MAX);
		bundle_write_text_name(&writer, &manifest->texts[i]);
		files[k++] = (struct folder_file){name, letter_folder_file(folder, name)};
	}
	for (size_t i = 0; i < manifest->n_rosters && status == UNDERSIGN_OK; i++)
		status = make_points(&files[k++], folder, replayed, i, arena, problem);
	return status;
}

enum undersign_status bundle_make_source(struct page_source *out,
					 const struct letter_folder *folder,
					 const struct replay *replay,
					 const struct replay_letter *replayed,
					 const struct merkle_hash *root, struct arena *arena)
{
	const struct manifest *manifest = &folder->manifest;
	struct bytes *texts = ARENA_TAKE(arena, struct bytes, manifest->n_texts);

	*out = (struct page_source){
		.replay = replay, .letter = replayed, .texts = texts, .root = *root};
	if (!texts)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < manifest->n_texts; i++) {
		char name[BUNDLE_NAME_MAX + 1] = {0};
		struct writer writer = writer_new(name, BUNDLE_NAME_MAX);
		bundle_write_text_name(&writer, &manifest->texts[i]);
		texts[i] = letter_folder_file(folder, name);
	}
	return UNDERSIGN_OK;
}

static enum undersign_status make_page(struct folder_file *file, const struct letter_folder *folder,
				       const struct replay *replay,
				       const struct replay_letter *replayed,
				       const struct merkle_hash *root, struct arena *arena)
{
	struct page_source source;

	file->name = BUNDLE_PAGE_NAME;
	const enum undersign_status status =
		bundle_make_source(&source, folder, replay, replayed, root, arena);
	return status == UNDERSIGN_OK ? page_make(&file->content, &source, arena) : status;
}

size_t bundle_make_count(const struct manifest *manifest)
{
	return bundle_make_letter_count(manifest) + 1;
}

/* That of the checkpoint, which was just signed. */
static enum undersign_status root_of(struct merkle_hash *out, const struct folder_file *files,
				     size_t n, struct problem *problem)
{
	struct checkpoint checkpoint;
	struct note note;
	size_t i = 0;

	while (i < n && strcmp(files[i].name, "checkpoint") != 0)
		i++;
	if (i == n)
		return UNDERSIGN_E_MISSING;
	enum undersign_status status = note_parse(&note, files[i].content, problem);
	if (status == UNDERSIGN_OK)
		status = checkpoint_parse(&checkpoint, note.text, problem);
	if (status == UNDERSIGN_OK)
		*out = checkpoint.root;
	return status;
}

enum undersign_status bundle_make(struct folder_file *files, size_t n,
				  const struct letter_folder *folder, const struct replay *replay,
				  const struct replay_letter *replayed, struct arena *arena,
				  const struct undersign_parallel *parallel,
				  struct problem *problem)
{
	const size_t n_letter = bundle_make_letter_count(&folder->manifest);
	const size_t n_first = bundle_make_count(&folder->manifest);
	struct merkle_hash root;

	enum undersign_status status = root_of(&root, files + n_first, n - n_first, problem);
	if (status == UNDERSIGN_OK)
		status = bundle_make_letter(files, folder, replayed, replay_log_key(replay), NULL,
					    0, arena, problem);
	if (status == UNDERSIGN_OK)
		status = make_page(&files[n_letter], folder, replay, replayed, &root, arena);
	if (status != UNDERSIGN_OK)
		return status;
	qsort(files, n, sizeof *files, compare_names);
	return check(files, n, parallel, problem);
}

enum undersign_status bundle_make_beside(struct folder_file **out, size_t *out_n,
					 const struct folder_file *bundle, size_t n,
					 const struct letter_folder *folder,
					 const struct replay *replay,
					 const struct replay_letter *replayed, struct arena *arena,
					 struct problem *problem)
{
	struct folder_file *files = ARENA_TAKE(arena, struct folder_file, HANDOUT_N + 1);
	struct page_source source;
	struct merkle_hash root;

	*out = files;
	*out_n = 0;
	if (!files)
		return UNDERSIGN_E_MEMORY;
	enum undersign_status status = root_of(&root, bundle, n, problem);
	if (status == UNDERSIGN_OK)
		status = bundle_make_source(&source, folder, replay, replayed, &root, arena);
	for (unsigned i = 0; i < HANDOUT_N && status == UNDERSIGN_OK; i++) {
		const enum handout what = (enum handout)i;

		if (!handout_is_of(what, &folder->manifest))
			continue;
		files[*out_n].name = handout_name(what);
		status = handout_make(&files[(*out_n)++].content, what, &source, arena);
	}
	if (status != UNDERSIGN_OK)
		return status;
	files[*out_n].name = "tally.json";
	return tally_json(&files[(*out_n)++].content, replay, replayed, &root,
			  letter_folder_text(folder), arena);
}
