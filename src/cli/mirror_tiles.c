#include "mirror_parts.h"

#include <stdio.h>
#include <string.h>

#define LEVEL_MAX MERKLE_LEVELS_MAX

/* Reads hashes from the store; remembers the tile that it read last. */
struct tile_source {
	struct mirror *mirror;
	uint64_t size; /* of the log whose tiles they are */
	bool has_tile;
	struct tile tile;
	struct merkle_hash hashes[TILE_WIDTH];
};

static struct tile tile_at(uint64_t size, uint32_t level, uint64_t index)
{
	const uint64_t left = (size >> (8 * level)) - TILE_WIDTH * index;

	return (struct tile){.level = level,
			     .index = index,
			     .width = left < TILE_WIDTH ? (uint32_t)left : TILE_WIDTH};
}

static void name_tile(char out[static TILE_PATH_LEN_MAX + 1], const struct tile *tile)
{
	struct writer writer = writer_new((uint8_t *)out, TILE_PATH_LEN_MAX);

	tile_path_write(&writer, tile);
	out[writer_view(&writer).len] = '\0';
}

/* Hashes of a tile that the store has; false if it has none of this length. */
static bool read_stored(struct merkle_hash out[static TILE_WIDTH], struct mirror *mirror,
			const struct tile *tile)
{
	char name[TILE_PATH_LEN_MAX + 1];
	struct file_content content = {0};

	name_tile(name, tile);
	const bool is_there =
		mirror->store->read(mirror->store->cookie, &content, name, TILE_LEN_MAX) ==
			UNDERSIGN_OK &&
		tile_parse(out, tile->width, file_content_view(&content)) == UNDERSIGN_OK;
	file_content_free(&content);
	return is_there;
}

static enum undersign_status load_tile(struct tile_source *source, const struct tile *tile)
{
	if (source->has_tile && source->tile.level == tile->level &&
	    source->tile.index == tile->index)
		return UNDERSIGN_OK;
	source->has_tile = read_stored(source->hashes, source->mirror, tile);
	source->tile = *tile;
	return source->has_tile ? UNDERSIGN_OK : UNDERSIGN_E_MISSING;
}

static enum undersign_status read_hashes(void *cookie, struct merkle_hash *out, uint32_t level,
					 uint64_t index, size_t n)
{
	struct tile_source *source = cookie;

	if (level >= LEVEL_MAX || index + n > source->size >> (8 * level))
		return UNDERSIGN_E_MISSING;
	const struct tile tile = tile_at(source->size, level, index >> 8);
	const enum undersign_status status = load_tile(source, &tile);
	if (status == UNDERSIGN_OK)
		memcpy(out, &source->hashes[index & (TILE_WIDTH - 1)], n * sizeof *out);
	return status;
}

enum undersign_status mirror_root_at(struct merkle_hash *out, struct mirror *mirror,
				     uint64_t tiles_of, uint64_t size)
{
	struct tile_source source = {.mirror = mirror, .size = tiles_of};
	const struct merkle_reader reader = {.read = read_hashes, .cookie = &source};

	return merkle_root_at(out, size, &reader);
}

/* A tile from the server, into the store. */
static enum undersign_status get_tile(struct merkle_hash out[static TILE_WIDTH],
				      struct mirror *mirror, const struct tile *tile,
				      const struct merkle_hash *root)
{
	const size_t len = tile->width * sizeof(struct merkle_hash);
	char name[TILE_PATH_LEN_MAX + 1];
	struct http_reply reply;

	name_tile(name, tile);
	enum undersign_status status = mirror_get(&reply, mirror, name, len);
	mirror_settle(mirror, len);
	if (status == UNDERSIGN_OK &&
	    tile_parse(out, tile->width, http_reply_body(&reply)) != UNDERSIGN_OK)
		status = mirror_refuse(mirror, name, "it has another length");
	if (status == UNDERSIGN_OK && root) {
		const struct merkle_hash found = merkle_root(out, tile->width);

		if (!merkle_hash_is_equal(&found, root))
			status = mirror_refuse(mirror, name, "it does not match the tile above it");
	}
	if (status == UNDERSIGN_OK)
		status = mirror_put(mirror, name, http_reply_body(&reply));
	http_reply_free(&reply);
	return status;
}

/* Takes the partial tiles of the levels (a set of bits), of which the root is made. is_any_good:
 * those that are there count. *out_kept: the levels of which they did. */
static enum undersign_status take_edge(struct mirror *mirror, unsigned levels, bool is_any_good,
				       unsigned *out_kept)
{
	const uint64_t size = mirror->checkpoint.size;
	enum undersign_status status = UNDERSIGN_OK;
	struct merkle_hash hashes[TILE_WIDTH];

	*out_kept = 0;
	for (uint32_t level = 0; level < LEVEL_MAX && status == UNDERSIGN_OK; level++) {
		const struct tile tile = tile_at(size, level, size >> (8 * level) >> 8);

		if (tile.width == 0 || (levels >> level & 1) == 0)
			continue;
		if (is_any_good && read_stored(hashes, mirror, &tile))
			*out_kept |= 1U << level;
		else
			status = get_tile(hashes, mirror, &tile, NULL);
	}
	return status;
}

/* Makes what was kept of the edge part of the new bundle. */
static enum undersign_status keep_edge(struct mirror *mirror)
{
	const uint64_t size = mirror->checkpoint.size;
	enum undersign_status status = UNDERSIGN_OK;

	for (uint32_t level = 0; level < LEVEL_MAX && status == UNDERSIGN_OK; level++) {
		const struct tile tile = tile_at(size, level, size >> (8 * level) >> 8);
		char name[TILE_PATH_LEN_MAX + 1];

		if (tile.width == 0)
			continue;
		name_tile(name, &tile);
		status = mirror_keep(mirror, name);
	}
	return status;
}

static enum undersign_status check_edge(struct mirror *mirror, bool *out)
{
	struct merkle_hash root;
	enum undersign_status status =
		mirror_root_at(&root, mirror, mirror->checkpoint.size, mirror->checkpoint.size);

	*out = status == UNDERSIGN_OK && merkle_hash_is_equal(&root, &mirror->checkpoint.root);
	return status;
}

static enum undersign_status take_top(struct mirror *mirror)
{
	bool is_right = false;
	unsigned kept;
	enum undersign_status status = take_edge(mirror, ~0U, true, &kept);

	if (status == UNDERSIGN_OK)
		status = check_edge(mirror, &is_right);
	if (status == UNDERSIGN_OK && !is_right && kept != 0) {
		status = take_edge(mirror, kept, false, &kept);
		if (status == UNDERSIGN_OK)
			status = check_edge(mirror, &is_right);
	}
	if (status == UNDERSIGN_OK && !is_right)
		return mirror_refuse(mirror, "checkpoint", "its tiles have another root");
	return status == UNDERSIGN_OK ? keep_edge(mirror) : status;
}

enum undersign_status mirror_take_tiles(struct mirror *mirror)
{
	struct tile_source above = {.mirror = mirror, .size = mirror->checkpoint.size};
	struct merkle_hash hashes[TILE_WIDTH];
	enum undersign_status status = take_top(mirror);

	/* From the top down: what is above has been confirmed. */
	for (uint32_t level = LEVEL_MAX - 1; level-- > 0 && status == UNDERSIGN_OK;) {
		const uint64_t n_full = above.size >> (8 * (level + 1));

		for (uint64_t i = 0; i < n_full && status == UNDERSIGN_OK; i++) {
			const struct tile tile = tile_at(above.size, level, i);
			struct merkle_hash root;
			struct merkle_hash found;
			char name[TILE_PATH_LEN_MAX + 1];

			name_tile(name, &tile);
			status = read_hashes(&above, &root, level + 1, i, 1);
			if (status != UNDERSIGN_OK)
				break;
			if (read_stored(hashes, mirror, &tile)) {
				found = merkle_root(hashes, TILE_WIDTH);
				if (merkle_hash_is_equal(&found, &root)) {
					mirror_settle(mirror, TILE_LEN_MAX);
					status = mirror_keep(mirror, name);
					continue;
				}
			}
			status = get_tile(hashes, mirror, &tile, &root);
		}
	}
	return status;
}

enum undersign_status mirror_check_seen(struct mirror *mirror)
{
	struct merkle_hash root;

	if (!mirror->has_seen)
		return UNDERSIGN_OK;
	enum undersign_status status =
		mirror_root_at(&root, mirror, mirror->checkpoint.size, mirror->seen.size);
	if (status != UNDERSIGN_OK || merkle_hash_is_equal(&root, &mirror->seen.root))
		return status;
	mirror->split = MIRROR_FORKED;
	return UNDERSIGN_E_CONFLICT;
}

/* Views of the entries of a content that has these leaves; false if it has others. */
static bool entries_match(struct bytes out[static TILE_WIDTH], struct bytes content,
			  const struct merkle_hash *leaves, uint32_t n)
{
	if (tile_entries_parse(out, n, content) != UNDERSIGN_OK)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const struct merkle_hash leaf = merkle_leaf(out[i]);

		if (!merkle_hash_is_equal(&leaf, &leaves[i]))
			return false;
	}
	return true;
}

static enum undersign_status note_entries(struct mirror *mirror, const struct tile *tile,
					  const struct bytes *entries)
{
	enum undersign_status status = UNDERSIGN_OK;

	for (uint32_t i = 0; i < tile->width && status == UNDERSIGN_OK; i++)
		status = mirror_note_entry(mirror, TILE_WIDTH * tile->index + i, entries[i]);
	return status;
}

static enum undersign_status take_bundle(struct mirror *mirror, const struct tile *tile,
					 const struct merkle_hash *leaves)
{
	struct bytes entries[TILE_WIDTH];
	char name[TILE_PATH_LEN_MAX + 1];
	struct file_content content = {0};
	struct http_reply reply = {0};
	enum undersign_status status;

	name_tile(name, tile);
	if (mirror->store->read(mirror->store->cookie, &content, name, TILE_BUNDLE_LEN_MAX) ==
		    UNDERSIGN_OK &&
	    entries_match(entries, file_content_view(&content), leaves, tile->width)) {
		status = mirror_keep(mirror, name);
	} else {
		status = mirror_get(&reply, mirror, name, tile->width * (2 + TILE_ENTRY_LEN_MAX));
		if (status == UNDERSIGN_OK &&
		    !entries_match(entries, http_reply_body(&reply), leaves, tile->width))
			status = mirror_refuse(mirror, name, "it does not match its tile");
		if (status == UNDERSIGN_OK)
			status = mirror_put(mirror, name, http_reply_body(&reply));
	}
	if (status == UNDERSIGN_OK)
		status = note_entries(mirror, tile, entries);
	file_content_free(&content);
	http_reply_free(&reply);
	return status;
}

enum undersign_status mirror_take_entries(struct mirror *mirror)
{
	struct tile_source source = {.mirror = mirror, .size = mirror->checkpoint.size};
	const uint64_t n = (source.size + TILE_WIDTH - 1) >> 8;
	const uint64_t share = TILE_WIDTH * MIRROR_ENTRY_GUESS;
	enum undersign_status status = UNDERSIGN_OK;

	for (uint64_t i = 0; i < n && status == UNDERSIGN_OK; i++) {
		struct tile tile = tile_at(source.size, 0, i);

		status = load_tile(&source, &tile);
		tile.is_entries = true;
		if (status == UNDERSIGN_OK)
			status = take_bundle(mirror, &tile, source.hashes);
		mirror_settle(mirror, share);
	}
	return status;
}

enum undersign_status mirror_read_entry(struct bytes *out, struct mirror *mirror, uint64_t entry)
{
	struct tile tile = tile_at(mirror->checkpoint.size, 0, entry >> 8);
	struct bytes entries[TILE_WIDTH];
	char name[TILE_PATH_LEN_MAX + 1];
	struct file_content content;

	tile.is_entries = true;
	name_tile(name, &tile);
	enum undersign_status status =
		mirror->store->read(mirror->store->cookie, &content, name, TILE_BUNDLE_LEN_MAX);
	if (status == UNDERSIGN_OK)
		status = tile_entries_parse(entries, tile.width, file_content_view(&content));
	if (status == UNDERSIGN_OK) {
		*out = arena_copy(&mirror->heap.arena, entries[entry & (TILE_WIDTH - 1)]);
		status = out->data ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
	}
	file_content_free(&content);
	return status;
}
