#include "world.h"

static const uint32_t group_numbers[] = {CEDAR, DOGWOOD};
const struct manifest_group world_group = {{(const uint8_t *)"Two offices", 11}, group_numbers, 2};

void world_begin(struct world *world)
{
	static const uint32_t dogwood[] = {48, 49, 50, 51, 52, 53, 54, 55, 3, 57};

	memset(world, 0, sizeof *world);
	sample_memory_begin(&world->memory);
	struct arena *arena = &world->memory.arena;
	struct sample_roster *rosters = world->rosters;
	sample_roster(&rosters[ALDER], arena, "Alder Institute", "Alder", ROSTER_ENROLLED, 0, 20);
	sample_roster(&rosters[BIRCH], arena, "Birch Office", "Birch", ROSTER_ENROLLED, 16, 17);
	sample_roster(&rosters[CEDAR], arena, "Cedar Office", "Cedar", ROSTER_ENROLLED, 40, 10);
	sample_roster_of(&rosters[DOGWOOD], arena, "Dogwood Office", "Dogwood", ROSTER_ENROLLED,
			 dogwood, 10);
	sample_roster(&rosters[KEYS], arena, "Alder keys", "Alder", ROSTER_RAW_KEY, 0, 18);
	for (size_t i = 0; i < N_ROSTERS; i++)
		world->sources[i] = (struct rings_source){
			sample_points(&rosters[i], i == KEYS ? 0 : 1), &rosters[i].record};
	world_make_letter(world);
}

void world_make_letter(struct world *world)
{
	sample_letter(&world->letter, &world->memory.arena, world->rosters, N_ROSTERS);
	sample_finish(&world->letter, &world->memory.arena, &world_group, 1);
}

void world_end(struct world *world)
{
	sample_memory_end(&world->memory);
}

enum undersign_status world_open(struct world *world, struct letter_rings **out)
{
	world->problem = (struct problem){0};
	return rings_open(out, &world->letter, world->sources, &world->memory.arena, NULL, NULL,
			  NULL, &world->problem);
}

struct letter_rings *world_rings(struct world *world)
{
	struct letter_rings *rings;

	if (world_open(world, &rings) != UNDERSIGN_OK)
		fail_msg("%s: %s: %s", world->problem.where, world->problem.rule,
			 world->problem.what);
	return rings;
}

void world_assert_refused(struct world *world, enum undersign_status status, const char *where,
			  const char *rule_part)
{
	struct letter_rings *rings;
	enum undersign_status found = world_open(world, &rings);

	if (found != status || !strstr(world->problem.rule, rule_part) ||
	    strcmp(world->problem.where, where) != 0)
		fail_msg("status %d: %s: %s (%s)", (int)found, world->problem.where,
			 world->problem.rule, world->problem.what);
	assert_null(rings);
	world_end(world);
}

void world_replace_points(struct world *world, size_t number, const uint32_t *persons, uint32_t n,
			  bool with_record)
{
	struct sample_roster *roster = ARENA_TAKE(&world->memory.arena, struct sample_roster, 1);
	struct sample_roster *original = &world->rosters[number];

	sample_roster_of(roster, &world->memory.arena, "x", "x", original->record.class_of_members,
			 persons, n);
	world->sources[number].points = sample_points(roster, number == KEYS ? 0 : 1);
	if (!with_record)
		return;
	memcpy(original->record.roots, roster->record.roots, sizeof roster->record.roots);
	original->record.members = n;
}

void world_begin_grown(struct world *world)
{
	/* 45 is in Cedar already: the ring of all has it once. */
	uint32_t alder[23], keys[20];

	world_begin(world);
	for (uint32_t i = 0; i < 20; i++)
		alder[i] = keys[i] = i;
	alder[20] = 200;
	alder[21] = 45;
	alder[22] = 202;
	world_replace_points(world, ALDER, alder, 23, false);
	world_replace_points(world, KEYS, keys, 20, false);
}

const struct snapshot_record *world_record_at(struct world *world, size_t number, uint32_t n)
{
	struct snapshot_record *record =
		ARENA_TAKE(&world->memory.arena, struct snapshot_record, 1);
	struct points points;

	*record = world->rosters[number].record;
	record->members = n;
	assert_int_equal(points_parse(&points, world->sources[number].points, NULL), UNDERSIGN_OK);
	points_root(record->roots[0], &points, n);
	return record;
}

void step_new(struct step *out, struct world *world, uint32_t version, uint64_t epoch,
	      uint32_t alder, uint32_t keys)
{
	*out = (struct step){.epoch = epoch, .closing = 9};
	for (size_t i = 0; i < N_ROSTERS; i++) {
		out->records[i] = i == ALDER  ? world_record_at(world, i, alder)
				  : i == KEYS ? world_record_at(world, i, keys)
					      : &world->rosters[i].record;
		out->rosters[i].members = out->records[i]->members;
		out->rosters[i].name = out->records[i]->roster;
	}
	out->extend.version = version;
	out->extend.rosters = out->rosters;
	out->extend.n_rosters = N_ROSTERS;
}

bool step_holds(struct letter_rings *rings, struct step *step)
{
	struct letter_rings before;
	bool can_hold, holds;

	memcpy(&before, rings, sizeof before);
	step->why = (struct problem){0};
	can_hold = rings_can_extend(rings, &step->extend, step->records, step->epoch, step->closing,
				    &step->why);
	assert_int_equal(problem_is_set(&step->why), !can_hold);
	assert_memory_equal(rings, &before, sizeof before);
	step->why = (struct problem){0};
	assert_int_equal(rings_extend(rings, &holds, &step->extend, step->records, step->epoch,
				      step->closing, &step->why),
			 UNDERSIGN_OK);
	assert_int_equal(problem_is_set(&step->why), !holds);
	assert_int_equal(can_hold, holds);
	return holds;
}
