#include "sample.h"

#include "ed25519.h"
#include "sha2.h"

static void *grow(void *cookie, size_t len)
{
	struct sample_memory *memory = cookie;

	assert_true(memory->n_blocks < sizeof memory->blocks / sizeof *memory->blocks);
	void *block = aligned_alloc(64, (len + 63) / 64 * 64);
	assert_non_null(block);
	memory->blocks[memory->n_blocks++] = block;
	memory->n_bytes += len;
	return block;
}

void sample_memory_begin(struct sample_memory *memory)
{
	*memory = (struct sample_memory){0};
	memory->arena.grow = grow;
	memory->arena.cookie = memory;
	memory->arena.limit = SIZE_MAX;
}

void sample_memory_end(struct sample_memory *memory)
{
	for (size_t i = 0; i < memory->n_blocks; i++)
		free(memory->blocks[i]);
	memory->n_blocks = 0;
}

void sample_source(uint8_t out[static POINT_BYTES], enum roster_class class_of_members,
		   uint32_t column, uint32_t person)
{
	uint8_t input[8], hash[SHA512_BYTES];
	struct writer writer = writer_new(input, sizeof input);
	struct point point;

	writer_u32le(&writer, class_of_members == ROSTER_RAW_KEY ? 0 : column);
	writer_u32le(&writer, person);
	sha512(hash, writer_view(&writer));
	if (class_of_members == ROSTER_RAW_KEY) {
		ed25519_seed_to_key(out, hash);
		return;
	}
	point_from_uniform(&point, hash);
	point_encode(out, &point);
}

static void write_points(struct sample_roster *out, struct arena *arena, uint32_t column,
			 const uint32_t *persons, uint32_t n)
{
	enum roster_class class_of_members = out->record.class_of_members;
	size_t capacity = POINTS_HEADER_LEN + (size_t)n * POINTS_ENTRY_LEN_MAX;
	struct writer writer = writer_new(arena_take(arena, 1, capacity), capacity);

	points_write_header(&writer, class_of_members, n);
	for (uint32_t i = 0; i < n; i++) {
		uint8_t source[POINT_BYTES];
		uint8_t meta = (uint8_t)persons[i];
		struct entry entry = {.kind = (uint8_t)class_of_members,
				      .source = source,
				      .meta = bytes_from(&meta, persons[i] % 3 == 0)};

		sample_source(source, class_of_members, column, persons[i]);
		points_write_entry(&writer, &entry);
	}
	struct points points;
	out->points[column - 1] = writer_view(&writer);
	assert_int_equal(points_parse(&points, out->points[column - 1], NULL), UNDERSIGN_OK);
	points_root(out->record.roots[column - 1], &points, n);
}

void sample_roster_seal(struct sample_roster *roster)
{
	static uint8_t text[ROSTER_TEXT_MAX];
	struct writer writer = writer_new(text, sizeof text);
	struct problem problem = {0};

	assert_int_equal(snapshot_write(&writer, &roster->record, &problem), UNDERSIGN_OK);
	snapshot_id(roster->id, writer_view(&writer));
}

void sample_roster_of(struct sample_roster *out, struct arena *arena, const char *name,
		      const char *organisation, enum roster_class class_of_members,
		      const uint32_t *persons, uint32_t n)
{
	struct snapshot_record *record = &out->record;

	*out = (struct sample_roster){0};
	record->roster = BYTES(name);
	record->organisation = BYTES(organisation);
	record->class_of_members = class_of_members;
	record->edition = 1;
	record->date = 1935705600;
	record->source = BYTES("the list of staff");
	record->steward = BYTES("L. Marsh");
	record->members = n;
	record->n_roots = 1;
	record->key = sample_key("steward.example", 7);
	if (class_of_members == ROSTER_RAW_KEY) {
		record->persons = SNAPSHOT_PERSONS_PRINCIPAL;
		sha256(record->archive_hash, bytes_from(NULL, 0));
		write_points(out, arena, 1, persons, n);
	} else {
		assert_int_equal(
			calendar_make(&record->calendar, 1935705600, SAMPLE_COLUMNS, 3, 30),
			UNDERSIGN_OK);
		record->n_roots = SAMPLE_COLUMNS;
		record->archive_len = 1000;
		for (uint32_t column = 1; column <= SAMPLE_COLUMNS; column++)
			write_points(out, arena, column, persons, n);
	}
	sample_roster_seal(out);
}

void sample_roster(struct sample_roster *out, struct arena *arena, const char *name,
		   const char *organisation, enum roster_class class_of_members, uint32_t first,
		   uint32_t n)
{
	uint32_t *persons = ARENA_TAKE(arena, uint32_t, n);

	assert_non_null(persons);
	for (uint32_t i = 0; i < n; i++)
		persons[i] = first + i;
	sample_roster_of(out, arena, name, organisation, class_of_members, persons, n);
}

struct bytes sample_points(const struct sample_roster *roster, uint32_t column)
{
	return roster->points[column > 0 ? column - 1 : 0];
}

struct note_key sample_key(const char *name, uint8_t seed_byte)
{
	uint8_t seed[ED25519_SEED_BYTES], key[ED25519_PUBLIC_BYTES];
	struct note_key out;

	memset(seed, seed_byte, sizeof seed);
	ed25519_seed_to_key(key, seed);
	assert_int_equal(note_key_new(&out, BYTES(name), NOTE_KEY_NOTE, key), UNDERSIGN_OK);
	return out;
}

void sample_letter(struct manifest *out, struct arena *arena, const struct sample_roster *rosters,
		   size_t n)
{
	struct manifest_text *texts = ARENA_TAKE(arena, struct manifest_text, 2);
	struct manifest_roster *lines = ARENA_TAKE(arena, struct manifest_roster, n);

	assert_true(texts && lines);
	texts[0] = (struct manifest_text){BYTES("en"), BYTES("An invented letter"), 7, {0}};
	texts[1] = (struct manifest_text){BYTES("de-CH"), BYTES("Ein erfundener Brief"), 6, {0}};
	sha256(texts[0].sha256, BYTES("A text\n"));
	sha256(texts[1].sha256, BYTES("Ein T\n"));
	for (size_t i = 0; i < n; i++) {
		bool is_raw_key = rosters[i].record.class_of_members == ROSTER_RAW_KEY;

		lines[i] = (struct manifest_roster){.column = is_raw_key ? 0 : 1,
						    .members = rosters[i].record.members,
						    .name = rosters[i].record.roster};
		memcpy(lines[i].record, rosters[i].id, sizeof rosters[i].id);
	}
	*out = (struct manifest){
		.texts = texts,
		.n_texts = 2,
		.authoritative = 0,
		.to = BYTES("the Council"),
		.organiser = sample_key("organiser.example", 1),
		.log = sample_key("log.example/letters", 2),
		.opens = 2,
		.closes = 9,
		.ring_min = 16,
		.hold_min = 3,
		.rosters = lines,
		.n_rosters = n,
	};
}

struct bytes sample_text(const struct manifest *manifest, struct arena *arena)
{
	struct writer measure = writer_new(NULL, 0);

	manifest_write(&measure, manifest);
	struct writer writer = writer_new(arena_take(arena, 1, measure.len), measure.len);
	manifest_write(&writer, manifest);
	return writer_view(&writer);
}

void sample_finish(struct manifest *out, struct arena *arena, const struct manifest_group *groups,
		   size_t n_groups)
{
	struct problem problem = {0};
	enum undersign_status status =
		manifest_plan_rings(out, groups, n_groups, BYTES("All enrolled members"),
				    BYTES("All SSH keys"), arena, &problem);

	if (status == UNDERSIGN_OK)
		status = manifest_parse(out, sample_text(out, arena), arena, &problem);
	if (status != UNDERSIGN_OK)
		fail_msg("%s: %s: %s", problem.where, problem.rule, problem.what);
}
