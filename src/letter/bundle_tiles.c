#include "bundle_parts.h"

#include "memory.h"
#include "order.h"
#include "tile.h"

/* Reads hashes from the files; remembers the tile that it read last. */
struct tile_source {
	struct bundle_load *load;
	uint64_t size;
	bool has_tile;
	struct tile tile;
	struct merkle_hash hashes[TILE_WIDTH];
};

static struct tile tile_at(uint64_t size, uint32_t level, uint64_t index)
{
	uint64_t left = (size >> (8 * level)) - TILE_WIDTH * index;

	return (struct tile){.level = level,
			     .index = index,
			     .width = left < TILE_WIDTH ? (uint32_t)left : TILE_WIDTH};
}

/* What is wrong with this tile: it does not match the hash above it. */
static enum undersign_status say_changed(struct bundle_load *load, const struct tile *tile)
{
	uint8_t name[TILE_PATH_LEN_MAX];
	struct writer writer = writer_new(name, sizeof(name));

	tile_path_write(&writer, tile);
	return bundle_names_changed(load->problem, writer_view(&writer));
}

static enum undersign_status open_tile(struct bundle_load *load, struct bytes *out,
				       size_t *out_file, const struct tile *tile)
{
	uint8_t name[TILE_PATH_LEN_MAX];
	struct writer writer = writer_new(name, sizeof(name));
	enum undersign_status status;

	tile_path_write(&writer, tile);
	status = bundle_names_expect(load, out_file, writer_view(&writer));
	return status == UNDERSIGN_OK ? bundle_names_read(load, out, *out_file) : status;
}

static enum undersign_status load_tile(struct tile_source *source, const struct tile *tile)
{
	struct bundle_load *load = source->load;
	struct bytes content;
	enum undersign_status status;
	size_t file;

	if (source->has_tile && source->tile.level == tile->level &&
	    source->tile.index == tile->index)
		return UNDERSIGN_OK;
	source->has_tile = false;
	status = open_tile(load, &content, &file, tile);
	if (status != UNDERSIGN_OK)
		return status;
	status = tile_parse(source->hashes, tile->width, content);
	load->files->release(load->files->cookie, file);
	if (status != UNDERSIGN_OK)
		return say_changed(load, tile);
	source->tile = *tile;
	source->has_tile = true;
	return UNDERSIGN_OK;
}

static enum undersign_status read_hashes(void *cookie, struct merkle_hash *out, uint32_t level,
					 uint64_t index, size_t n)
{
	struct tile_source *source = cookie;
	struct tile tile;
	enum undersign_status status;

	if (level >= MERKLE_LEVELS_MAX || index + n > source->size >> (8 * level))
		return UNDERSIGN_E_MISSING;
	tile = tile_at(source->size, level, index >> 8);
	status = load_tile(source, &tile);
	if (status == UNDERSIGN_OK)
		memcpy(out, &source->hashes[index & (TILE_WIDTH - 1)], n * sizeof(*out));
	return status;
}

/* The entries of a bundle file compared with their hashes in the tile of level 0. */
static enum undersign_status check_entries(struct tile_source *source, uint64_t index,
					   struct bytes entries[static TILE_WIDTH],
					   size_t *out_file, uint32_t *out_n)
{
	struct tile tile = tile_at(source->size, 0, index);
	struct tile bundle = tile;
	struct bytes content;
	enum undersign_status status;

	bundle.is_entries = true;
	status = open_tile(source->load, &content, out_file, &bundle);
	if (status != UNDERSIGN_OK)
		return status;
	*out_n = tile.width;
	status = load_tile(source, &tile);
	if (status == UNDERSIGN_OK &&
	    tile_entries_parse(entries, tile.width, content) != UNDERSIGN_OK)
		status = say_changed(source->load, &bundle);
	for (size_t i = 0; i < tile.width && status == UNDERSIGN_OK; i++) {
		struct merkle_hash leaf = merkle_leaf(entries[i]);

		if (!merkle_hash_is_equal(&leaf, &source->hashes[i]))
			status = say_changed(source->load, &bundle);
	}
	if (status != UNDERSIGN_OK)
		source->load->files->release(source->load->files->cookie, *out_file);
	return status;
}

/* A tile compared with what is below it. Only to find out who is to blame. */
static bool matches_below(struct tile_source *source, const struct tile *tile)
{
	struct merkle_hash above[TILE_WIDTH];

	if (load_tile(source, tile) != UNDERSIGN_OK)
		return false;
	memcpy(above, source->hashes, tile->width * sizeof(above[0]));
	if (tile->level == 0) {
		struct bytes entries[TILE_WIDTH];
		size_t file;
		uint32_t n;

		if (check_entries(source, tile->index, entries, &file, &n) != UNDERSIGN_OK)
			return false;
		source->load->files->release(source->load->files->cookie, file);
		return true;
	}
	for (size_t i = 0; i < tile->width; i++) {
		struct tile below =
			tile_at(source->size, tile->level - 1, TILE_WIDTH * tile->index + i);
		struct merkle_hash root;

		if (load_tile(source, &below) != UNDERSIGN_OK)
			return false;
		root = merkle_root(source->hashes, TILE_WIDTH);
		if (!merkle_hash_is_equal(&root, &above[i]))
			return false;
	}
	return true;
}

/* The root is not that of the tiles at the right edge: names the one that is not confirmed by what
 * is below it. */
static enum undersign_status blame_edge(struct tile_source *source)
{
	struct bundle_load *load = source->load;

	for (uint32_t level = 0; level < MERKLE_LEVELS_MAX; level++) {
		uint64_t n = source->size >> (8 * level);
		struct tile tile;

		if ((n & (TILE_WIDTH - 1)) == 0)
			continue;
		tile = tile_at(source->size, level, n >> 8);
		if (!matches_below(source, &tile))
			return say_changed(load, &tile);
	}
	problem_where(load->problem, "file checkpoint", (struct bytes){0});
	problem_rule(load->problem, "the checkpoint states the root of the log's tiles");
	problem_what(load->problem, "they have another root", (struct bytes){0});
	return UNDERSIGN_E_INVALID;
}

static enum undersign_status check_hashes(struct tile_source *source)
{
	struct merkle_reader reader = {.read = read_hashes, .cookie = source};
	struct merkle_hash root;
	enum undersign_status status = merkle_root_at(&root, source->size, &reader);

	if (status != UNDERSIGN_OK)
		return status;
	if (!merkle_hash_is_equal(&root, &source->load->bundle->checkpoint.root))
		return blame_edge(source);
	/* From the top down: what is above has been confirmed. */
	for (uint32_t level = MERKLE_LEVELS_MAX - 1; level-- > 0;) {
		uint64_t n_full = source->size >> (8 * (level + 1));

		for (uint64_t index = 0; index < n_full; index++) {
			struct tile tile = tile_at(source->size, level, index);
			struct merkle_hash above;

			status = read_hashes(source, &above, level + 1, index, 1);
			if (status == UNDERSIGN_OK)
				status = load_tile(source, &tile);
			if (status != UNDERSIGN_OK)
				return status;
			root = merkle_root(source->hashes, TILE_WIDTH);
			if (!merkle_hash_is_equal(&root, &above))
				return say_changed(source->load, &tile);
		}
	}
	return UNDERSIGN_OK;
}

/* Keeps a copy of a record that the manifest names. */
static enum undersign_status keep_record(struct bundle_load *load, struct bytes entry)
{
	const struct manifest *manifest = &load->bundle->manifest;
	uint8_t id[SHA256_BYTES];
	struct note note;

	/* What cannot be parsed is the replay's to refuse. */
	if (order_kind_of(entry) != ORDER_RECORD || record_kind_of(entry) != RECORD_ROSTER ||
	    note_parse(&note, entry, NULL) != UNDERSIGN_OK)
		return UNDERSIGN_OK;
	record_id(id, note.text);
	for (size_t r = 0; r < manifest->n_rosters; r++) {
		if (load->records[r].len > 0 ||
		    memcmp(manifest->rosters[r].record, id, SHA256_BYTES) != 0)
			continue;
		load->records[r] = arena_copy(load->arena, entry);
		if (!load->records[r].data)
			return UNDERSIGN_E_MEMORY;
	}
	return UNDERSIGN_OK;
}

static uint64_t n_bundles(uint64_t size)
{
	return (size >> 8) + ((size & (TILE_WIDTH - 1)) != 0);
}

enum undersign_status bundle_tiles_check(struct bundle_load *load)
{
	struct tile_source *source = ARENA_TAKE(load->arena, struct tile_source, 1);
	uint64_t size = load->bundle->checkpoint.size;
	enum undersign_status status;

	if (!source)
		return UNDERSIGN_E_MEMORY;
	*source = (struct tile_source){.load = load, .size = size};
	status = check_hashes(source);
	for (uint64_t index = 0; index < n_bundles(size) && status == UNDERSIGN_OK; index++) {
		struct bytes entries[TILE_WIDTH];
		size_t file;
		uint32_t n;

		status = check_entries(source, index, entries, &file, &n);
		if (status != UNDERSIGN_OK)
			break;
		for (uint32_t i = 0; i < n && status == UNDERSIGN_OK; i++)
			status = keep_record(load, entries[i]);
		load->files->release(load->files->cookie, file);
		progress_report(&load->progress, index + 1, n_bundles(size));
	}
	return status;
}

static void close_entries(struct bundle_load *load, struct bundle_entries *at)
{
	if (at && at->is_open)
		load->files->release(load->files->cookie, at->file);
	if (at)
		at->is_open = false;
}

static enum undersign_status open_entries(struct bundle_load *load, struct bundle_entries **at,
					  uint64_t index)
{
	struct tile tile = tile_at(load->bundle->checkpoint.size, 0, index);
	struct bytes content;
	enum undersign_status status;

	if (!*at)
		*at = ARENA_TAKE(load->arena, struct bundle_entries, 1);
	if (!*at)
		return UNDERSIGN_E_MEMORY;
	close_entries(load, *at);
	tile.is_entries = true;
	status = open_tile(load, &content, &(*at)->file, &tile);
	if (status != UNDERSIGN_OK)
		return status;
	(*at)->is_open = true;
	(*at)->index = index;
	(*at)->n = tile.width;
	/* The file may have changed since it was checked. */
	if (tile_entries_parse((*at)->entries, tile.width, content) == UNDERSIGN_OK)
		return UNDERSIGN_OK;
	close_entries(load, *at);
	return say_changed(load, &tile);
}

enum undersign_status bundle_tiles_walk(struct bundle_load *load,
					enum undersign_status (*take)(struct bundle_load *load,
								      struct bytes entry))
{
	uint64_t size = load->bundle->checkpoint.size;
	enum undersign_status status = UNDERSIGN_OK;
	struct merkle_frontier frontier = {0};
	struct merkle_hash root;

	for (uint64_t index = 0; index < n_bundles(size) && status == UNDERSIGN_OK; index++) {
		status = open_entries(load, &load->walked, index);
		for (uint32_t i = 0; status == UNDERSIGN_OK && i < load->walked->n; i++) {
			struct merkle_hash leaf = merkle_leaf(load->walked->entries[i]);

			merkle_frontier_add(&frontier, &leaf);
			status = take(load, load->walked->entries[i]);
		}
		close_entries(load, load->walked);
	}
	if (status != UNDERSIGN_OK)
		return status;
	/* The files were read before: somebody may have changed them since. */
	root = merkle_frontier_root(&frontier);
	if (!merkle_hash_is_equal(&root, &load->bundle->checkpoint.root))
		status = bundle_names_changed(load->problem, bytes_from_text("tile/entries"));
	return status;
}

enum undersign_status bundle_tiles_entry(void *cookie, struct bytes *out, uint64_t entry)
{
	struct bundle_load *load = cookie;
	struct bundle_entries *at = load->walked;
	enum undersign_status status;

	/* A file is not read while it is read already. */
	if (!at || !at->is_open || at->index != entry >> 8) {
		at = load->again;
		if (!at || !at->is_open || at->index != entry >> 8) {
			status = open_entries(load, &load->again, entry >> 8);
			if (status != UNDERSIGN_OK)
				return status;
			at = load->again;
		}
	}
	*out = at->entries[entry & (TILE_WIDTH - 1)];
	return UNDERSIGN_OK;
}

void bundle_tiles_close(struct bundle_load *load)
{
	close_entries(load, load->again);
}

enum undersign_status bundle_read_entry(struct bytes *out, const struct bundle_files *files,
					uint64_t size, uint64_t entry, struct arena *arena)
{
	uint8_t name[TILE_PATH_LEN_MAX];
	struct writer writer = writer_new(name, sizeof(name));
	struct bytes entries[TILE_WIDTH];
	struct bytes content;
	struct tile tile;
	enum undersign_status status;
	size_t file;

	*out = (struct bytes){0};
	if (entry >= size)
		return UNDERSIGN_E_USAGE;
	tile = tile_at(size, 0, entry >> 8);
	tile.is_entries = true;
	tile_path_write(&writer, &tile);
	file = bundle_find_file(files, writer_view(&writer));
	if (file == files->n)
		return UNDERSIGN_E_MISSING;
	status = files->read(files->cookie, file, &content);
	if (status != UNDERSIGN_OK)
		return status;
	status = tile_entries_parse(entries, tile.width, content);
	if (status == UNDERSIGN_OK) {
		*out = arena_copy(arena, entries[entry & (TILE_WIDTH - 1)]);
		if (!out->data)
			status = UNDERSIGN_E_MEMORY;
	}
	files->release(files->cookie, file);
	return status;
}
