#include "fuzz.h"

#include "tile.h"

#include <stdlib.h>

/* First byte: the width less one. The rest: the bundle. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes entries[TILE_WIDTH];
	struct merkle_hash hashes[TILE_WIDTH];

	if (len == 0)
		return 0;
	uint32_t width = 1U + data[0];
	struct bytes content = bytes_part(bytes_from(data, len), 1, len - 1);
	if (tile_parse(hashes, width, content) == UNDERSIGN_OK)
		CHECK(content.len == (size_t)width * MERKLE_BYTES);
	if (tile_entries_parse(entries, width, content) != UNDERSIGN_OK)
		return 0;
	uint8_t *again = malloc(len);
	CHECK(again);
	struct writer writer = writer_new(again, content.len);
	for (size_t i = 0; i < width; i++)
		CHECK(tile_entry_write(&writer, entries[i]) == UNDERSIGN_OK);
	CHECK(bytes_are_equal(writer_view(&writer), content));
	free(again);
	return 0;
}
