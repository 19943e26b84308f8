#include "log_files.h"

#include "checkpoint.h"
#include "file.h"
#include "tile.h"

#define NOTE_FILE_MAX ((size_t)128 * 1024)

static enum undersign_status write_tile(struct folder_file *out,
					const struct log_files_source *source,
					const struct tile *tile, const struct merkle_reader *reader,
					struct arena *arena)
{
	char *name = ARENA_TAKE(arena, char, TILE_PATH_LEN_MAX + 1);
	size_t len = (size_t)tile->width * MERKLE_BYTES;
	const struct bytes *entries = NULL;

	if (tile->is_entries) {
		entries = source->entries + (tile->index * TILE_WIDTH - source->first);
		len = 0;
		for (size_t i = 0; i < tile->width; i++)
			len += 2 + entries[i].len;
	}
	uint8_t *data = ARENA_TAKE(arena, uint8_t, len);
	if (!name || !data)
		return UNDERSIGN_E_MEMORY;
	struct writer name_writer = writer_new(name, TILE_PATH_LEN_MAX);
	struct writer writer = writer_new(data, len);
	enum undersign_status status = UNDERSIGN_OK;
	tile_path_write(&name_writer, tile);
	if (!tile->is_entries)
		status = tile_write(&writer, tile, reader);
	for (size_t i = 0; tile->is_entries && i < tile->width && status == UNDERSIGN_OK; i++)
		status = tile_entry_write(&writer, entries[i]);
	if (status == UNDERSIGN_OK)
		*out = (struct folder_file){name, writer_view(&writer)};
	return status;
}

enum undersign_status log_files_make(struct folder_file **out, size_t *out_n,
				     const struct log_files_source *source, size_t spare,
				     struct arena *arena)
{
	struct merkle_hash *extra =
		ARENA_TAKE(arena, struct merkle_hash, merkle_levels_extra(source->size) + 1);
	struct merkle_levels levels;
	struct tile tile;
	size_t n = spare;

	for (struct tile_walk walk = tile_walk_new(source->size); tile_walk_next(&walk, &tile);)
		n += !tile_is_of_size(&tile, source->since);
	struct folder_file *files = ARENA_TAKE(arena, struct folder_file, n + 1);
	if (!extra || !files)
		return UNDERSIGN_E_MEMORY;
	merkle_levels_make(&levels, source->leaves, source->size, extra);
	const struct merkle_reader reader = merkle_levels_reader(&levels);
	enum undersign_status status = UNDERSIGN_OK;
	size_t k = spare;
	for (struct tile_walk walk = tile_walk_new(source->size);
	     status == UNDERSIGN_OK && tile_walk_next(&walk, &tile);)
		if (!tile_is_of_size(&tile, source->since))
			status = write_tile(&files[k++], source, &tile, &reader, arena);
	*out = files;
	*out_n = k;
	return status;
}

enum undersign_status log_files_record(struct record_log *record, struct bytes *note_bytes,
				       const char *path, struct arena *arena,
				       struct problem *problem)
{
	struct file_content content;
	struct note_verdict verdict;
	struct note note;

	enum undersign_status status =
		file_read(&content, path, NOTE_FILE_MAX, FILE_PUBLIC, problem);
	if (status != UNDERSIGN_OK)
		return status;
	*note_bytes = arena_copy(arena, file_content_view(&content));
	file_content_free(&content);
	if (!note_bytes->data)
		return UNDERSIGN_E_MEMORY;
	status = note_parse(&note, *note_bytes, problem);
	if (status == UNDERSIGN_OK)
		status = record_log_parse(record, note.text, problem);
	if (status == UNDERSIGN_OK)
		status = note_verify(&verdict, &note, &record->log, 1, NOTE_UNKNOWN_REFUSED,
				     problem);
	if (status != UNDERSIGN_OK)
		problem_inside(problem, "file", bytes_from_text(path));
	return status;
}

enum undersign_status log_files_sign(struct bytes *out, const struct note_key *log, uint64_t size,
				     const struct merkle_hash *root, struct signer *signer,
				     struct arena *arena, struct problem *problem)
{
	const struct note_signer note_signer = signer_note_signer(signer);
	const struct checkpoint checkpoint = {.origin = log->name, .size = size, .root = *root};
	uint8_t text[CHECKPOINT_BODY_LEN_MAX];
	struct writer text_writer = writer_new(text, sizeof text);
	const size_t capacity = sizeof text + 1 + NOTE_SIGNATURE_LINE_MAX;
	uint8_t *data = ARENA_TAKE(arena, uint8_t, capacity);

	if (!data)
		return UNDERSIGN_E_MEMORY;
	if (!note_key_is_equal(signer_key(signer), log)) {
		problem_where(problem, "the log's private key", bytes_from(NULL, 0));
		problem_rule(problem, "a log's checkpoints are signed by its key");
		problem_what(problem, "that is the key of", log->name);
		return UNDERSIGN_E_INVALID;
	}
	struct writer writer = writer_new(data, capacity);
	checkpoint_write(&text_writer, &checkpoint);
	enum undersign_status status =
		note_sign(&writer, writer_view(&text_writer), &note_signer, 1);
	if (status == UNDERSIGN_OK)
		*out = writer_view(&writer);
	return status;
}
