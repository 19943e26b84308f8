#include "known.h"

#include "tile.h"

static struct bytes path_of(uint8_t buffer[static TILE_PATH_LEN_MAX], const struct tile *tile)
{
	struct writer writer = writer_new(buffer, TILE_PATH_LEN_MAX);

	tile_path_write(&writer, tile);
	return writer_view(&writer);
}

static bool tile_is_equal(const struct tile *a, const struct tile *b)
{
	return a->is_entries == b->is_entries && a->level == b->level && a->index == b->index &&
	       a->width == b->width;
}

static void writes_paths(void **state)
{
	const struct {
		struct tile tile;
		const char *path;
	} cases[] = {
		{{false, 0, 0, 256}, "tile/0/000"},
		{{false, 0, 999, 256}, "tile/0/999"},
		{{false, 0, 1000, 256}, "tile/0/x001/000"},
		{{false, 1, 1234067, 256}, "tile/1/x001/x234/067"},
		{{false, 63, 7, 1}, "tile/63/007.p/1"},
		{{true, 0, 1000000, 255}, "tile/entries/x001/x000/000.p/255"},
		{{true, 0, UINT64_C(999999999999999999), 44},
		 "tile/entries/x999/x999/x999/x999/x999/999.p/44"},
	};
	uint8_t buffer[TILE_PATH_LEN_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct tile parsed;

		assert_bytes_equal(path_of(buffer, &cases[i].tile), BYTES(cases[i].path));
		assert_int_equal(tile_path_parse(&parsed, BYTES(cases[i].path)), UNDERSIGN_OK);
		assert_true(tile_is_equal(&parsed, &cases[i].tile));
	}
}

static void refuses_paths(void **state)
{
	const char *bad[] = {"",
			     "tile",
			     "tile/",
			     "tile/0",
			     "tile/0/",
			     "/tile/0/000",
			     "tile/00/000",
			     "tile/01/000",
			     "tile/64/000",
			     "tile/-1/000",
			     "tile/+1/000",
			     "tile/0/0",
			     "tile/0/00",
			     "tile/0/0000",
			     "tile/0/00a",
			     "tile/0/x000/000",
			     "tile/0/x000/x001/000",
			     "tile/0/001/000",
			     "tile/0/x001/x000",
			     "tile/0/x001",
			     "tile/0/X001/000",
			     "tile/0/x1/000",
			     "tile/0/x0001/000",
			     "tile/0/x001//000",
			     "tile/0/x001/000/",
			     "tile/0/000.p",
			     "tile/0/000.p/",
			     "tile/0/000.p/0",
			     "tile/0/000.p/01",
			     "tile/0/000.p/256",
			     "tile/0/000.p/-1",
			     "tile/0/000.p/1 ",
			     "tile/0/000.p/1/",
			     "tile/0/000p/1",
			     "tile/0/000.P/1",
			     "tile/0/000 ",
			     "tile/0/000\n",
			     "Tile/0/000",
			     "tile/entries",
			     "tile/entries/",
			     "tile/entries/0/000",
			     "tile/entry/000",
			     "tile/0/../000",
			     "tile/0/x999/x999/x999/x999/x999/x999/999",
			     "tile/0/x001/x000/x000/x000/x000/x000/x000/x000/000",
			     "tile//000",
			     "tile/0//000"};
	struct tile tile;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(tile_path_parse(&tile, BYTES(bad[i])), UNDERSIGN_E_FORMAT);
		assert_int_equal(tile.width, 0);
	}
	assert_int_equal(tile_path_parse(&tile, LITERAL("tile/0/000\0")), UNDERSIGN_E_FORMAT);
}

static void paths_round_trip(void **state)
{
	struct test_random random = test_random_new();

	(void)state;
	for (size_t round = 0; round < 20000; round++) {
		uint8_t buffer[TILE_PATH_LEN_MAX];
		struct tile tile = {.is_entries = test_random_below(&random, 2) == 0};
		struct tile parsed;

		tile.level = tile.is_entries ? 0 : (uint32_t)test_random_below(&random, 64);
		tile.index = test_random_u64(&random) >> (9 + test_random_below(&random, 55));
		tile.width = 1 + (uint32_t)test_random_below(&random, 256);
		assert_int_equal(tile_path_parse(&parsed, path_of(buffer, &tile)), UNDERSIGN_OK);
		assert_true(tile_is_equal(&parsed, &tile));
	}
}

/* s = 70000 and s = 256 of tlog-tiles. */
static void knows_the_files_of_a_size(void **state)
{
	struct tile tile;

	(void)state;
	assert_true(tile_is_of_size(&(struct tile){false, 0, 272, 256}, 70000));
	assert_true(tile_is_of_size(&(struct tile){false, 0, 273, 112}, 70000));
	assert_true(tile_is_of_size(&(struct tile){false, 1, 0, 256}, 70000));
	assert_true(tile_is_of_size(&(struct tile){false, 1, 1, 17}, 70000));
	assert_true(tile_is_of_size(&(struct tile){false, 2, 0, 1}, 70000));
	assert_true(tile_is_of_size(&(struct tile){true, 0, 273, 112}, 70000));
	assert_false(tile_is_of_size(&(struct tile){false, 0, 273, 111}, 70000));
	assert_false(tile_is_of_size(&(struct tile){false, 0, 273, 256}, 70000));
	assert_false(tile_is_of_size(&(struct tile){false, 0, 0, 112}, 70000));
	assert_false(tile_is_of_size(&(struct tile){false, 0, 274, 112}, 70000));
	assert_false(tile_is_of_size(&(struct tile){false, 2, 0, 256}, 70000));
	assert_false(tile_is_of_size(&(struct tile){false, 3, 0, 1}, 70000));
	assert_false(tile_is_of_size(&(struct tile){false, 40, 0, 1}, 70000));
	assert_false(tile_is_of_size(&(struct tile){true, 0, 273, 0}, 70000));
	assert_int_equal(tile_count(70000), 274 + 2 + 1 + 274);
	assert_int_equal(tile_count(256), 1 + 1 + 1);
	assert_true(tile_is_of_size(&(struct tile){false, 1, 0, 1}, 256));
	assert_false(tile_is_of_size(&(struct tile){false, 0, 1, 0}, 256));
	assert_int_equal(tile_count(0), 0);
	struct tile_walk walk = tile_walk_new(0);
	assert_false(tile_walk_next(&walk, &tile));
}

static void walks_over_all_files_once(void **state)
{
	const uint64_t sizes[] = {1, 2, 255, 256, 257, 300, 511, 512, 65535, 65536, 65537, 70000};

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct tile_walk walk = tile_walk_new(sizes[i]);
		struct tile tile;
		struct tile before = {false, 0, 0, 0};
		uint64_t n_tiles = 0;
		uint64_t n_leaves = 0;
		uint64_t n_entries = 0;

		while (tile_walk_next(&walk, &tile)) {
			assert_true(tile_is_of_size(&tile, sizes[i]));
			/* In order, so none twice. */
			assert_true(before.width == 0 || (!before.is_entries && tile.is_entries) ||
				    tile.level > before.level ||
				    (tile.level == before.level && tile.index == before.index + 1));
			n_tiles++;
			n_entries += tile.is_entries ? tile.width : 0;
			n_leaves += !tile.is_entries && tile.level == 0 ? tile.width : 0;
			before = tile;
		}
		assert_true(n_tiles == tile_count(sizes[i]));
		assert_true(n_entries == sizes[i] && n_leaves == sizes[i]);
		assert_false(tile_walk_next(&walk, &tile));
	}
	/* Sizes that cannot be walked over to the end are at least counted without overflow. */
	assert_true(tile_count(MERKLE_SIZE_MAX) > MERKLE_SIZE_MAX / 128);
	struct tile_walk walk = tile_walk_new(MERKLE_SIZE_MAX);
	struct tile first;
	assert_true(tile_walk_next(&walk, &first));
	assert_int_equal(first.width, 256);
}

static struct merkle_hash leaves[KNOWN_SIZE];

static void gives_known_contents(void **state)
{
	const struct {
		struct tile tile;
		size_t len;
		const char *sha256;
	} known[] = {
		{{false, 0, 0, 256},
		 8192,
		 "8921c57d2f65271c82bf0f686c002793863c80c8d1cbbbf5db6046ff59e8b590"},
		{{false, 0, 1, 44},
		 1408,
		 "7bac48c6f72db216f103763f08f639e038a4097f2763009eb3cf2bb457280832"},
		{{true, 0, 0, 256},
		 2706,
		 "2e41f76a98595afb6b3a27a02a74792386a99b155db3579513faf3bf67057752"},
		{{true, 0, 1, 44},
		 484,
		 "2c03c7039c4ae3773cff75f105c5757a3a4f12cd64b33e85704be36f9297853b"},
	};
	struct merkle_hash extra[1];
	struct merkle_levels levels;
	uint8_t content[TILE_LEN_MAX];
	uint8_t expected[32];
	uint8_t digest[32];

	(void)state;
	for (size_t i = 0; i < KNOWN_SIZE; i++)
		leaves[i] = known_leaf(i);
	assert_int_equal(merkle_levels_extra(KNOWN_SIZE), 1);
	merkle_levels_make(&levels, leaves, KNOWN_SIZE, extra);
	struct merkle_reader reader = merkle_levels_reader(&levels);
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		struct writer writer = writer_new(content, sizeof content);
		struct tile tile = known[i].tile;

		for (size_t j = 0; tile.is_entries && j < tile.width; j++) {
			char entry[16];

			assert_int_equal(
				tile_entry_write(&writer, known_entry(entry, 256 * tile.index + j)),
				UNDERSIGN_OK);
		}
		if (!tile.is_entries)
			assert_int_equal(tile_write(&writer, &tile, &reader), UNDERSIGN_OK);
		assert_int_equal(writer.len, known[i].len);
		crypto_hash_sha256(digest, content, writer.len);
		assert_int_equal(hex_decode(expected, 32, BYTES(known[i].sha256)), UNDERSIGN_OK);
		assert_memory_equal(digest, expected, 32);
	}
	struct writer writer = writer_new(content, sizeof content);
	assert_int_equal(tile_write(&writer, &(struct tile){false, 1, 0, 1}, &reader),
			 UNDERSIGN_OK);
	assert_int_equal(writer.len, 32);
	assert_int_equal(
		hex_decode(
			expected, 32,
			BYTES("f85f4ead34080710b4d1e808301543aaab81aa04deb88599350dc26a4f2f58de")),
		UNDERSIGN_OK);
	assert_memory_equal(content, expected, 32);
	/* What is not there. */
	assert_int_equal(tile_write(&writer, &(struct tile){false, 0, 1, 45}, &reader),
			 UNDERSIGN_E_MISSING);
	assert_int_equal(tile_write(&writer, &(struct tile){false, 2, 0, 1}, &reader),
			 UNDERSIGN_E_MISSING);
	assert_int_equal(tile_write(&writer, &(struct tile){true, 0, 0, 1}, &reader),
			 UNDERSIGN_E_USAGE);
}

static void hash_tiles_have_their_length(void **state)
{
	struct merkle_hash out[TILE_WIDTH];
	uint8_t content[TILE_LEN_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof content; i++)
		content[i] = (uint8_t)(i * 7);
	assert_int_equal(tile_parse(out, 256, bytes_from(content, 8192)), UNDERSIGN_OK);
	assert_memory_equal(out, content, 8192);
	assert_int_equal(tile_parse(out, 1, bytes_from(content, 32)), UNDERSIGN_OK);
	assert_int_equal(tile_parse(out, 256, bytes_from(content, 8193)), UNDERSIGN_E_FORMAT);
	assert_int_equal(tile_parse(out, 256, bytes_from(content, 8191)), UNDERSIGN_E_FORMAT);
	assert_int_equal(tile_parse(out, 255, bytes_from(content, 8192)), UNDERSIGN_E_FORMAT);
	assert_int_equal(tile_parse(out, 0, bytes_from(content, 0)), UNDERSIGN_E_FORMAT);
	assert_int_equal(tile_parse(out, 257, bytes_from(content, 8192)), UNDERSIGN_E_FORMAT);
}

static void bundles_have_just_their_entries(void **state)
{
	static uint8_t content[3 * 65537];
	static uint8_t large[TILE_ENTRY_LEN_MAX + 1];
	struct bytes out[TILE_WIDTH];
	struct writer writer = writer_new(content, sizeof content);

	(void)state;
	memset(large, 'L', sizeof large);
	assert_int_equal(tile_entry_write(&writer, bytes_from(large, sizeof large)),
			 UNDERSIGN_E_LIMIT);
	assert_int_equal(writer.len, 0);
	assert_int_equal(tile_entry_write(&writer, BYTES("first")), UNDERSIGN_OK);
	assert_int_equal(tile_entry_write(&writer, bytes_from(NULL, 0)), UNDERSIGN_OK);
	assert_int_equal(tile_entry_write(&writer, bytes_from(large, TILE_ENTRY_LEN_MAX)),
			 UNDERSIGN_OK);
	struct bytes whole = writer_view(&writer);
	assert_int_equal(whole.data[0], 0);
	assert_int_equal(whole.data[1], 5);
	assert_int_equal(tile_entries_parse(out, 3, whole), UNDERSIGN_OK);
	assert_bytes_equal(out[0], BYTES("first"));
	assert_int_equal(out[1].len, 0);
	assert_bytes_equal(out[2], bytes_from(large, TILE_ENTRY_LEN_MAX));
	assert_int_equal(tile_entries_parse(out, 2, whole), UNDERSIGN_E_FORMAT);
	assert_int_equal(tile_entries_parse(out, 4, whole), UNDERSIGN_E_FORMAT);
	assert_int_equal(tile_entries_parse(out, 0, whole), UNDERSIGN_E_FORMAT);
	assert_int_equal(tile_entries_parse(out, 0, bytes_from(NULL, 0)), UNDERSIGN_E_FORMAT);
	assert_int_equal(tile_entries_parse(out, 257, whole), UNDERSIGN_E_FORMAT);
	for (size_t len = 0; len < 9; len++)
		assert_int_equal(tile_entries_parse(out, 3, bytes_part(whole, 0, len)),
				 UNDERSIGN_E_FORMAT);
	assert_int_equal(tile_entries_parse(out, 3, bytes_part(whole, 0, whole.len - 1)),
			 UNDERSIGN_E_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_paths),
		cmocka_unit_test(refuses_paths),
		cmocka_unit_test(paths_round_trip),
		cmocka_unit_test(knows_the_files_of_a_size),
		cmocka_unit_test(walks_over_all_files_once),
		cmocka_unit_test(gives_known_contents),
		cmocka_unit_test(hash_tiles_have_their_length),
		cmocka_unit_test(bundles_have_just_their_entries),
	};

	return cmocka_run_group_tests_name("tile", tests, NULL, NULL);
}
