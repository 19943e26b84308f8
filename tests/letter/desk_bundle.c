#include "desk.h"

#include "checkpoint.h"
#include "merkle.h"

static struct bytes file_name(void *cookie, size_t i)
{
	return ((struct desk_bundle *)cookie)->names[i];
}

static enum undersign_status file_read(void *cookie, size_t i, struct bytes *out)
{
	struct desk_bundle *bundle = cookie;

	bundle->n_open++;
	bundle->n_reads[i]++;
	*out = bundle->contents[i];
	if (bundle->changed.data && i == bundle->changing &&
	    bundle->n_reads[i] >= bundle->from_read)
		*out = bundle->changed;
	return UNDERSIGN_OK;
}

static void file_release(void *cookie, size_t i)
{
	struct desk_bundle *bundle = cookie;

	assert_true(i < bundle->files.n && bundle->n_open > 0);
	bundle->n_open--;
}

static void add_file(struct desk *desk, struct desk_bundle *bundle, struct bytes name,
		     struct bytes content)
{
	size_t i = bundle->files.n++;

	assert_true(i < DESK_FILES_MAX);
	bundle->names[i] = arena_copy(desk->arena, name);
	/* Of its own length exactly, so that a sanitizer sees what reads beyond it. */
	bundle->contents[i] = arena_copy(desk->arena, content);
}

static struct writer big_writer(struct desk *desk, size_t capacity)
{
	return writer_new(arena_take(desk->arena, 1, capacity), capacity);
}

static size_t tile_len(const struct desk *desk, const struct tile *tile)
{
	size_t len = 0;

	if (!tile->is_entries)
		return TILE_LEN_MAX;
	for (uint32_t i = 0; i < tile->width; i++)
		len += 2 + desk->log[TILE_WIDTH * tile->index + i].len;
	return len;
}

static void add_tiles(struct desk *desk, struct desk_bundle *bundle, struct merkle_hash *root)
{
	struct merkle_hash *leaves = ARENA_TAKE(desk->arena, struct merkle_hash, desk->n_log);
	size_t n_extra = merkle_levels_extra(desk->n_log);
	struct merkle_hash *extra = ARENA_TAKE(desk->arena, struct merkle_hash, n_extra);
	struct tile_walk walk = tile_walk_new(desk->n_log);
	struct merkle_levels levels;
	struct merkle_reader reader;
	struct tile tile;

	for (size_t i = 0; i < desk->n_log; i++)
		leaves[i] = merkle_leaf(desk->log[i]);
	merkle_levels_make(&levels, leaves, desk->n_log, n_extra > 0 ? extra : NULL);
	reader = merkle_levels_reader(&levels);
	*root = merkle_root(leaves, desk->n_log);
	while (tile_walk_next(&walk, &tile)) {
		uint8_t path[TILE_PATH_LEN_MAX];
		struct writer name = writer_new(path, sizeof path);
		struct writer content = big_writer(desk, tile_len(desk, &tile));

		tile_path_write(&name, &tile);
		if (tile.is_entries) {
			for (uint32_t i = 0; i < tile.width; i++)
				assert_int_equal(
					tile_entry_write(&content, desk->log[256 * tile.index + i]),
					UNDERSIGN_OK);
		} else {
			assert_int_equal(tile_write(&content, &tile, &reader), UNDERSIGN_OK);
		}
		add_file(desk, bundle, writer_view(&name), writer_view(&content));
	}
}

/* Those that have signed: log, organiser, steward, and the witness if there is one. */
static void add_keys(struct desk *desk, struct desk_bundle *bundle)
{
	struct note_key keys[] = {desk_key(DESK_LOG), desk_key(DESK_ORGANISER),
				  desk_key(DESK_STEWARD), desk_key(DESK_WITNESS)};
	bool is_used[] = {true, true, true, desk->has_witness};
	struct writer writer = big_writer(desk, 4096);

	bundle_write_keys(&writer, keys, is_used, 4);
	add_file(desk, bundle, BYTES("keys"), writer_view(&writer));
}

void desk_bundle_make(struct desk *desk, struct desk_bundle *out)
{
	struct checkpoint checkpoint = {.origin = desk_key(DESK_LOG).name, .size = desk->n_log};
	struct writer text = big_writer(desk, CHECKPOINT_BODY_LEN_MAX);
	uint8_t name[BUNDLE_NAME_MAX];
	struct writer writer;

	memset(out, 0, sizeof *out);
	out->files = (struct bundle_files){
		.name = file_name, .read = file_read, .release = file_release, .cookie = out};
	/* In no particular order. */
	add_tiles(desk, out, &checkpoint.root);
	checkpoint_write(&text, &checkpoint);
	add_file(desk, out, BYTES("checkpoint"), desk_checkpoint_note(desk, writer_view(&text)));
	add_file(desk, out, BYTES("manifest"), desk->manifest_note);
	add_keys(desk, out);
	for (size_t i = 0; i < desk->n_rosters; i++) {
		uint32_t n = desk->n_points[i] ? desk->n_points[i] : desk->rosters[i].n;

		writer = writer_new(name, sizeof name);
		bundle_write_points_name(&writer, i + 1);
		add_file(desk, out, writer_view(&writer), desk_points(desk, i, n));
	}
	for (size_t i = 0; i < desk->manifest.n_texts; i++) {
		writer = writer_new(name, sizeof name);
		bundle_write_text_name(&writer, &desk->manifest.texts[i]);
		add_file(desk, out, writer_view(&writer),
			 BYTES(i == 0 ? desk->text : desk->second_text));
	}
}

size_t desk_bundle_find(const struct desk_bundle *bundle, const char *name)
{
	size_t i = bundle_find_file(&bundle->files, BYTES(name));

	assert_true(i < bundle->files.n);
	return i;
}

enum undersign_status desk_bundle_open(struct bundle **out, const struct desk_bundle *bundle,
				       const struct bundle_options *options,
				       struct sample_memory *memory, struct problem *problem)
{
	const struct bundle_options none = {0};

	memset(problem, 0, sizeof *problem);
	return bundle_open(out, &bundle->files, &desk_generators, options ? options : &none,
			   &memory->arena, problem);
}

struct bundle *desk_open(struct desk *desk)
{
	struct desk_bundle *files = ARENA_TAKE(desk->arena, struct desk_bundle, 1);
	struct problem problem;
	struct bundle *bundle;

	desk_bundle_make(desk, files);
	if (desk_bundle_open(&bundle, files, NULL, &desk->memory, &problem) != UNDERSIGN_OK)
		fail_msg("%s: %s: %s", problem.where, problem.rule, problem.what);
	/* The points of the rosters stay. */
	assert_int_equal(files->n_open, desk->n_rosters);
	return bundle;
}

void desk_assert_refused(struct desk *desk, const char *where, const char *rule_part)
{
	struct desk_bundle *files = ARENA_TAKE(desk->arena, struct desk_bundle, 1);
	enum undersign_status status;
	struct problem problem;
	struct bundle *bundle;

	desk_bundle_make(desk, files);
	status = desk_bundle_open(&bundle, files, NULL, &desk->memory, &problem);
	assert_int_not_equal(status, UNDERSIGN_OK);
	assert_null(bundle);
	if (strncmp(problem.where, where, strlen(where)) != 0 || !strstr(problem.rule, rule_part) ||
	    problem.what[0] == '\0')
		fail_msg("not \"%s\" by \"%s\", but %s: %s: %s", where, rule_part, problem.where,
			 problem.rule, problem.what);
}
