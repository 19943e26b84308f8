#include "press_bad.h"

#include "bundle.h"
#include "checkpoint.h"
#include "log_files.h"
#include "order.h"
#include "points.h"
#include "statement.h"
#include "tile.h"

#include "undersign.h"

#include <stdlib.h>
#include <string.h>

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct folder_file *)a)->name, ((const struct folder_file *)b)->name);
}

static struct folder_file *find(const struct press_bundle *bundle, const char *name)
{
	const struct folder_file wanted = {.name = name};

	return bsearch(&wanted, bundle->files, bundle->n, sizeof *bundle->files, compare_names);
}

static bool begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* A copy of the list, with room for some more. */
static enum undersign_status copy_list(struct press_bundle *out, const struct press_bundle *good,
				       size_t n_more, struct arena *arena)
{
	out->files = ARENA_TAKE(arena, struct folder_file, good->n + n_more);
	out->n = good->n;
	if (!out->files)
		return UNDERSIGN_E_MEMORY;
	memcpy(out->files, good->files, good->n * sizeof *good->files);
	return UNDERSIGN_OK;
}

enum undersign_status press_bad_text(struct press_bundle *out, const struct press_bundle *good,
				     struct arena *arena)
{
	static const char more[] = "\nThis sentence was added after the first signature.\n";
	const size_t more_len = sizeof more - 1;
	size_t i = 0;

	enum undersign_status status = copy_list(out, good, 0, arena);
	while (i < good->n && !begins_with(good->files[i].name, "texts/"))
		i++;
	if (status != UNDERSIGN_OK || i == good->n)
		return status != UNDERSIGN_OK ? status : UNDERSIGN_E_MISSING;
	const struct bytes text = good->files[i].content;
	uint8_t *data = ARENA_TAKE(arena, uint8_t, text.len + more_len);
	if (!data)
		return UNDERSIGN_E_MEMORY;
	struct writer writer = writer_new(data, text.len + more_len);
	writer_bytes(&writer, text);
	writer_bytes(&writer, bytes_from(more, more_len));
	out->files[i].content = writer_view(&writer);
	return UNDERSIGN_OK;
}

/* --- The log ----------------------------------------------------------------------------------
 */

static enum undersign_status read_entries(struct bytes *entries, uint64_t size,
					  const struct press_bundle *good)
{
	struct tile_walk walk = tile_walk_new(size);
	struct tile tile;

	while (tile_walk_next(&walk, &tile)) {
		char path[TILE_PATH_LEN_MAX + 1] = {0};
		struct writer writer = writer_new((uint8_t *)path, TILE_PATH_LEN_MAX);
		struct bytes views[TILE_WIDTH];

		if (!tile.is_entries)
			continue;
		tile_path_write(&writer, &tile);
		const struct folder_file *file = find(good, path);
		if (!file || tile_entries_parse(views, tile.width, file->content) != UNDERSIGN_OK)
			return UNDERSIGN_E_FORMAT;
		memcpy(entries + tile.index * TILE_WIDTH, views, tile.width * sizeof views[0]);
	}
	return UNDERSIGN_OK;
}

/* The last statement of the letter; size if there is none. */
static uint64_t last_statement(const struct bytes *entries, uint64_t size,
			       const uint8_t letter[static 32])
{
	for (uint64_t i = size; i-- > 0;) {
		struct statement statement;

		if (order_kind_of(entries[i]) == ORDER_STATEMENT &&
		    statement_parse(&statement, entries[i], NULL) == UNDERSIGN_OK &&
		    statement_is_of_letter(&statement, letter))
			return i;
	}
	return size;
}

/* The checkpoint of another log under the signatures of this one. */
static enum undersign_status forge_checkpoint(struct folder_file *file, const struct note *note,
					      const struct checkpoint *forged, struct arena *arena)
{
	const size_t at = (size_t)(note->text.data - file->content.data) + note->text.len;
	const struct bytes signatures = bytes_part(file->content, at, file->content.len - at);
	const size_t capacity = CHECKPOINT_BODY_LEN_MAX + forged->extensions.len + signatures.len;
	uint8_t *data = ARENA_TAKE(arena, uint8_t, capacity);

	if (!data)
		return UNDERSIGN_E_MEMORY;
	struct writer writer = writer_new(data, capacity);
	checkpoint_write(&writer, forged);
	writer_bytes(&writer, signatures);
	file->content = writer_view(&writer);
	return UNDERSIGN_OK;
}

/* good without its tiles, and with those of these entries. */
static enum undersign_status replace_tiles(struct press_bundle *out, struct merkle_hash *root,
					   const struct press_bundle *good,
					   const struct bytes *entries, uint64_t size,
					   struct arena *arena)
{
	struct merkle_hash *leaves = ARENA_TAKE(arena, struct merkle_hash, size);
	const struct log_files_source source = {.size = size, .leaves = leaves, .entries = entries};
	struct folder_file *tiles;
	size_t n_tiles;

	if (!leaves)
		return UNDERSIGN_E_MEMORY;
	for (uint64_t i = 0; i < size; i++)
		leaves[i] = merkle_leaf(entries[i]);
	*root = merkle_root(leaves, (size_t)size);
	enum undersign_status status = log_files_make(&tiles, &n_tiles, &source, 0, arena);
	if (status == UNDERSIGN_OK)
		status = copy_list(out, good, n_tiles, arena);
	if (status != UNDERSIGN_OK)
		return status;
	out->n = 0;
	for (size_t i = 0; i < good->n; i++)
		if (!begins_with(good->files[i].name, "tile/"))
			out->files[out->n++] = good->files[i];
	memcpy(out->files + out->n, tiles, n_tiles * sizeof *tiles);
	out->n += n_tiles;
	qsort(out->files, out->n, sizeof *out->files, compare_names);
	return UNDERSIGN_OK;
}

enum undersign_status press_bad_statement(struct press_bundle *out, const struct press_bundle *good,
					  const uint8_t letter[static 32], struct arena *arena)
{
	const struct folder_file *file = find(good, "checkpoint");
	struct checkpoint checkpoint;
	struct note note;

	if (!file || note_parse(&note, file->content, NULL) != UNDERSIGN_OK ||
	    checkpoint_parse(&checkpoint, note.text, NULL) != UNDERSIGN_OK ||
	    checkpoint.size > UINT64_C(1) << 40)
		return UNDERSIGN_E_FORMAT;
	struct bytes *entries = ARENA_TAKE(arena, struct bytes, checkpoint.size);
	if (!entries)
		return UNDERSIGN_E_MEMORY;
	enum undersign_status status = read_entries(entries, checkpoint.size, good);
	if (status != UNDERSIGN_OK)
		return status;
	const uint64_t at = last_statement(entries, checkpoint.size, letter);
	if (at == checkpoint.size)
		return UNDERSIGN_E_MISSING;
	checkpoint.size--;
	memmove(entries + at, entries + at + 1, (checkpoint.size - at) * sizeof *entries);
	status = replace_tiles(out, &checkpoint.root, good, entries, checkpoint.size, arena);
	return status == UNDERSIGN_OK
		       ? forge_checkpoint(find(out, "checkpoint"), &note, &checkpoint, arena)
		       : status;
}

/* --- A roster ---------------------------------------------------------------------------------
 */

/* An element that anybody can make, and whose secret everybody knows. */
static enum undersign_status make_member(uint8_t out[static 32], enum roster_class class_of_members)
{
	/* RFC 8032, 7.1, test 1. */
	static const uint8_t ed25519[32] = {0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7,
					    0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a,
					    0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25,
					    0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};
	uint8_t secret[UNDERSIGN_SECRET_BYTES] = {0};

	if (class_of_members == ROSTER_RAW_KEY) {
		memcpy(out, ed25519, sizeof ed25519);
		return UNDERSIGN_OK;
	}
	for (size_t i = 0; i < sizeof secret; i += 32)
		secret[i] = (uint8_t)(i / 32 + 1);
	return undersign_commitment(out, secret);
}

enum undersign_status press_bad_roster(struct press_bundle *out, const struct press_bundle *good,
				       struct arena *arena)
{
	struct points points;
	struct entry entry;
	uint8_t source[32];

	enum undersign_status status = copy_list(out, good, 0, arena);
	if (status != UNDERSIGN_OK)
		return status;
	struct folder_file *file = find(out, "rosters/1.points");
	if (!file)
		return UNDERSIGN_E_MISSING;
	status = points_parse(&points, file->content, NULL);
	if (status == UNDERSIGN_OK)
		status = make_member(source, points.class_of_members);
	if (status != UNDERSIGN_OK)
		return status;
	const size_t capacity = file->content.len + POINTS_ENTRY_LEN_MAX;
	uint8_t *data = ARENA_TAKE(arena, uint8_t, capacity);
	if (!data)
		return UNDERSIGN_E_MEMORY;
	struct writer writer = writer_new(data, capacity);
	points_write_header(&writer, points.class_of_members, points.n + 1);
	struct points_reader reader = points_read(&points);
	while (points_next(&reader, &entry))
		points_write_entry(&writer, &entry);
	entry = (struct entry){.kind = (uint8_t)points.class_of_members, .source = source};
	points_write_entry(&writer, &entry);
	file->content = writer_view(&writer);
	return UNDERSIGN_OK;
}
