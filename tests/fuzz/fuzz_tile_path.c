#include "fuzz.h"

#include "tile.h"

/* A tile made of the input's bytes is written and read back. */
static void check_made(struct bytes input)
{
	struct cursor cursor = cursor_new(input);
	uint8_t path[TILE_PATH_LEN_MAX];
	struct writer writer = writer_new(path, sizeof path);
	struct tile tile = {.is_entries = (cursor_u8(&cursor) & 1) != 0};
	struct tile parsed;

	tile.level = tile.is_entries ? 0 : cursor_u8(&cursor) & 63;
	tile.width = 1U + cursor_u8(&cursor);
	tile.index = cursor_u64le(&cursor) >> 9;
	tile_path_write(&writer, &tile);
	CHECK(tile_path_parse(&parsed, writer_view(&writer)) == UNDERSIGN_OK);
	CHECK(parsed.is_entries == tile.is_entries && parsed.level == tile.level &&
	      parsed.index == tile.index && parsed.width == tile.width);
	/* A full tile is of every size that is large enough, a partial one of one count. */
	uint64_t first = tile.index << 8;
	if (tile.level == 0 && first + tile.width <= MERKLE_SIZE_MAX)
		CHECK(tile_is_of_size(&tile, first + tile.width));
	if (tile.level == 0)
		CHECK(!tile_is_of_size(&tile, first + tile.width - 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct tile tile;
	uint8_t path[TILE_PATH_LEN_MAX];
	struct writer writer = writer_new(path, sizeof path);

	check_made(bytes_from(data, len));
	if (tile_path_parse(&tile, bytes_from(data, len)) != UNDERSIGN_OK)
		return 0;
	CHECK(tile.level < 64 && tile.width >= 1 && tile.width <= TILE_WIDTH);
	tile_path_write(&writer, &tile);
	CHECK(bytes_are_equal(writer_view(&writer), bytes_from(data, len)));
	return 0;
}
