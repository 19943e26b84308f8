#include "tile.h"

#include "encoding.h"
#include "memory.h"

#define ENTRIES    "tile/entries/"
#define HASHES     "tile/"
#define PARTIAL    ".p/"
#define GROUPS_MAX 6 /* of three digits: the index of an entry bundle is below 2^55 */

static void write_group(struct writer *writer, uint64_t value)
{
	writer_u8(writer, (uint8_t)('0' + value / 100));
	writer_u8(writer, (uint8_t)('0' + value / 10 % 10));
	writer_u8(writer, (uint8_t)('0' + value % 10));
}

void tile_path_write(struct writer *writer, const struct tile *tile)
{
	uint64_t groups[GROUPS_MAX + 1];
	uint64_t rest = tile->index;
	size_t n_groups = 0;

	if (tile->is_entries) {
		writer_text(writer, ENTRIES);
	} else {
		writer_text(writer, HASHES);
		writer_decimal(writer, tile->level);
		writer_u8(writer, '/');
	}
	do {
		groups[n_groups++] = rest % 1000;
		rest /= 1000;
	} while (rest > 0);
	for (size_t i = n_groups; i > 0; i--) {
		if (i > 1)
			writer_u8(writer, 'x');
		write_group(writer, groups[i - 1]);
		if (i > 1)
			writer_u8(writer, '/');
	}
	if (tile->width < TILE_WIDTH) {
		writer_text(writer, PARTIAL);
		writer_decimal(writer, tile->width);
	}
}

/* Takes the bytes before stop, or all; *was_stopped tells whether stop was there (and taken). */
static struct bytes take_until(struct bytes *rest, uint8_t stop, bool *was_stopped)
{
	size_t len = 0;

	while (len < rest->len && rest->data[len] != stop)
		len++;
	*was_stopped = len < rest->len;
	struct bytes part = bytes_part(*rest, 0, len);
	size_t taken = *was_stopped ? len + 1 : len;
	*rest = bytes_part(*rest, taken, rest->len - taken);
	return part;
}

static bool skip(struct bytes *rest, const char *start)
{
	struct bytes prefix = bytes_from_text(start);

	if (!bytes_begin_with(*rest, prefix))
		return false;
	*rest = bytes_part(*rest, prefix.len, rest->len - prefix.len);
	return true;
}

/* Three digits. False if it is anything else. */
static bool add_group(uint64_t *index, struct bytes group)
{
	if (group.len != 3)
		return false;
	for (size_t i = 0; i < 3; i++) {
		if (group.data[i] < '0' || group.data[i] > '9')
			return false;
		*index = *index * 10 + (uint64_t)(group.data[i] - '0');
	}
	return true;
}

/* The form, up to groups of zeros in front. */
static bool parse_loosely(struct tile *out, struct bytes path)
{
	struct bytes rest = path;
	bool was_stopped = true;
	uint64_t value;

	out->width = TILE_WIDTH;
	out->is_entries = skip(&rest, ENTRIES);
	if (!out->is_entries) {
		if (!skip(&rest, HASHES) ||
		    decimal_decode(&value, take_until(&rest, '/', &was_stopped), 63) !=
			    UNDERSIGN_OK ||
		    !was_stopped)
			return false;
		out->level = (uint32_t)value;
	}
	for (size_t i = 0; i < GROUPS_MAX - 1 && skip(&rest, "x"); i++) {
		if (!add_group(&out->index, take_until(&rest, '/', &was_stopped)) || !was_stopped)
			return false;
	}
	if (rest.len < 3 || !add_group(&out->index, bytes_part(rest, 0, 3)))
		return false;
	rest = bytes_part(rest, 3, rest.len - 3);
	if (rest.len == 0)
		return true;
	if (!skip(&rest, PARTIAL) || decimal_decode(&value, rest, TILE_WIDTH - 1) != UNDERSIGN_OK ||
	    value == 0)
		return false;
	out->width = (uint32_t)value;
	return true;
}

enum undersign_status tile_path_parse(struct tile *out, struct bytes path)
{
	uint8_t canonical[TILE_PATH_LEN_MAX];
	struct writer writer = writer_new(canonical, sizeof canonical);

	memset(out, 0, sizeof *out);
	if (path.len <= TILE_PATH_LEN_MAX && parse_loosely(out, path)) {
		tile_path_write(&writer, out);
		if (!writer.has_overflowed && bytes_are_equal(writer_view(&writer), path))
			return UNDERSIGN_OK;
	}
	memset(out, 0, sizeof *out);
	return UNDERSIGN_E_FORMAT;
}

/* Hashes or entries that a log of this size has at a level. */
static uint64_t count_at(uint64_t size, uint32_t level)
{
	return level < MERKLE_LEVELS_MAX ? size >> (8 * level) : 0;
}

bool tile_is_of_size(const struct tile *tile, uint64_t size)
{
	uint64_t count = count_at(size, tile->is_entries ? 0 : tile->level);

	if (tile->width == TILE_WIDTH)
		return tile->index < count >> 8;
	return tile->width > 0 && tile->index == count >> 8 && tile->width == (count & 255);
}

static uint64_t tiles_at(uint64_t count)
{
	return (count >> 8) + ((count & 255) > 0);
}

uint64_t tile_count(uint64_t size)
{
	uint64_t n_tiles = tiles_at(size); /* the bundles */

	for (uint32_t level = 0; level < MERKLE_LEVELS_MAX; level++)
		n_tiles += tiles_at(count_at(size, level));
	return n_tiles;
}

/* Sets the width of walk->next; goes on to the next level, and to the bundles, where one is over.
 */
static void settle(struct tile_walk *walk)
{
	struct tile *next = &walk->next;

	while (!walk->is_over && next->index >= tiles_at(count_at(walk->size, next->level))) {
		walk->is_over = next->is_entries;
		next->index = 0;
		if (next->level < MERKLE_LEVELS_MAX) {
			next->level++;
		} else {
			next->level = 0;
			next->is_entries = true;
		}
	}
	uint64_t left = count_at(walk->size, next->level) - TILE_WIDTH * next->index;
	next->width = left < TILE_WIDTH ? (uint32_t)left : TILE_WIDTH;
}

struct tile_walk tile_walk_new(uint64_t size)
{
	struct tile_walk walk = {.size = size, .is_over = size == 0};

	settle(&walk);
	return walk;
}

bool tile_walk_next(struct tile_walk *walk, struct tile *out)
{
	if (walk->is_over)
		return false;
	*out = walk->next;
	walk->next.index++;
	settle(walk);
	return true;
}

enum undersign_status tile_write(struct writer *writer, const struct tile *tile,
				 const struct merkle_reader *reader)
{
	struct merkle_hash hashes[TILE_WIDTH];

	if (tile->is_entries || tile->width == 0 || tile->width > TILE_WIDTH)
		return UNDERSIGN_E_USAGE;
	enum undersign_status status = reader->read(reader->cookie, hashes, tile->level,
						    TILE_WIDTH * tile->index, tile->width);
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < tile->width; i++)
		writer_put(writer, hashes[i].bytes, MERKLE_BYTES);
	return UNDERSIGN_OK;
}

enum undersign_status tile_parse(struct merkle_hash out[static TILE_WIDTH], uint32_t width,
				 struct bytes content)
{
	struct cursor cursor = cursor_new(content);

	if (width == 0 || width > TILE_WIDTH || content.len != (size_t)width * MERKLE_BYTES)
		return UNDERSIGN_E_FORMAT;
	for (size_t i = 0; i < width; i++)
		cursor_copy(&cursor, out[i].bytes, MERKLE_BYTES);
	return UNDERSIGN_OK;
}

enum undersign_status tile_entry_write(struct writer *writer, struct bytes entry)
{
	if (entry.len > TILE_ENTRY_LEN_MAX)
		return UNDERSIGN_E_LIMIT;
	writer_u16be(writer, (uint16_t)entry.len);
	writer_bytes(writer, entry);
	return UNDERSIGN_OK;
}

enum undersign_status tile_entries_parse(struct bytes out[static TILE_WIDTH], uint32_t width,
					 struct bytes content)
{
	struct cursor cursor = cursor_new(content);

	if (width == 0 || width > TILE_WIDTH)
		return UNDERSIGN_E_FORMAT;
	for (size_t i = 0; i < width; i++)
		out[i] = cursor_take(&cursor, cursor_u16be(&cursor));
	return cursor_is_at_end(&cursor) ? UNDERSIGN_OK : UNDERSIGN_E_FORMAT;
}
