/* Planning the rings of a new letter. */
#include "manifest.h"

#include "manifest_rings.h"

static enum undersign_status fail(struct problem *problem, const char *noun, struct bytes name,
				  const char *rule, struct bytes what)
{
	problem_where(problem, noun, name);
	problem_rule(problem, rule);
	problem_what(problem, "found", what);
	return UNDERSIGN_E_USAGE;
}

/* A group with its rosters in ascending order. */
static enum undersign_status make_group(struct manifest_ring *out, const struct manifest *manifest,
					const struct manifest_group *group, struct arena *arena,
					struct problem *problem)
{
	uint32_t *numbers = ARENA_TAKE(arena, uint32_t, group->n_rosters);

	if (group->n_rosters == 0)
		return fail(problem, "group", group->name, "a group has two rosters or more",
			    bytes_from_text("none"));
	if (!numbers)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < group->n_rosters; i++) {
		size_t place = i;

		if (group->rosters[i] >= manifest->n_rosters)
			return fail(problem, "group", group->name,
				    "a group names rosters of the letter", bytes_from(NULL, 0));
		for (; place > 0 && numbers[place - 1] > group->rosters[i]; place--)
			numbers[place] = numbers[place - 1];
		numbers[place] = group->rosters[i];
	}
	for (size_t i = 1; i < group->n_rosters; i++)
		if (numbers[i] == numbers[i - 1])
			return fail(problem, "group", group->name, "a group names a roster once",
				    manifest->rosters[numbers[i]].name);
	*out = (struct manifest_ring){
		.class_of_members = manifest_roster_class(&manifest->rosters[numbers[0]]),
		.type = MANIFEST_RING_GROUP,
		.name = group->name,
		.rosters = numbers,
		.n_rosters = group->n_rosters,
	};
	return UNDERSIGN_OK;
}

/* All groups, in ascending order of their first rosters. */
static enum undersign_status make_groups(struct manifest_ring *out, const struct manifest *manifest,
					 const struct manifest_group *groups, size_t n_groups,
					 struct arena *arena, struct problem *problem)
{
	for (size_t i = 0; i < n_groups; i++) {
		struct manifest_ring group;
		size_t place = i;
		enum undersign_status status =
			make_group(&group, manifest, &groups[i], arena, problem);

		if (status != UNDERSIGN_OK)
			return status;
		for (; place > 0 && out[place - 1].rosters[0] > group.rosters[0]; place--)
			out[place] = out[place - 1];
		out[place] = group;
	}
	return UNDERSIGN_OK;
}

/* The rings of a class, appended at out. Returns how many. */
static size_t add_class(struct manifest_ring *out, const struct manifest *manifest,
			enum roster_class class_of_members,
			const struct manifest_rings_numbers *numbers,
			const struct manifest_ring *groups, size_t n_groups, struct bytes all)
{
	const uint32_t *rosters = numbers->of_class[class_of_members];
	size_t n_rosters = numbers->n_of_class[class_of_members];
	size_t n = 0;

	for (size_t i = 0; i < n_rosters; i++) {
		const struct manifest_roster *roster = &manifest->rosters[rosters[i]];

		if (n_rosters > 1 && roster->members < manifest->ring_min)
			continue;
		out[n++] = (struct manifest_ring){
			.class_of_members = class_of_members,
			.type = MANIFEST_RING_OWN,
			.name = roster->name,
			.rosters = &rosters[i],
			.n_rosters = 1,
		};
	}
	for (size_t i = 0; i < n_groups; i++)
		if (groups[i].class_of_members == class_of_members)
			out[n++] = groups[i];
	if (n_rosters > 1)
		out[n++] = (struct manifest_ring){
			.class_of_members = class_of_members,
			.type = MANIFEST_RING_ALL,
			.name = all,
			.rosters = rosters,
			.n_rosters = n_rosters,
		};
	return n;
}

/* The rules that a group or a name can break. */
static enum undersign_status check(struct manifest *manifest, size_t n, struct arena *arena,
				   struct problem *problem)
{
	struct manifest_rings_check rings_check;
	struct bytes culprit;

	manifest->n_rings = 0;
	if (manifest_rings_check_begin(&rings_check, manifest, arena) != UNDERSIGN_OK)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < n; i++) {
		const struct manifest_ring *ring = &manifest->rings[i];
		const char *rule = manifest_rings_check_next(&rings_check, ring, &culprit);

		if (!rule && (ring->name.len == 0 || ring->name.len > ROSTER_NAME_MAX))
			rule = "a ring has a name of 1 to 128 bytes";
		if (rule)
			return fail(problem, "ring", ring->name, rule, culprit);
		manifest->n_rings++;
	}
	const char *rule = manifest_rings_check_end(&rings_check, &culprit);
	return rule ? fail(problem, "roster", culprit, rule, culprit) : UNDERSIGN_OK;
}

enum undersign_status manifest_plan_rings(struct manifest *manifest,
					  const struct manifest_group *groups, size_t n_groups,
					  struct bytes all_enrolled, struct bytes all_raw_key,
					  struct arena *arena, struct problem *problem)
{
	struct manifest_rings_numbers numbers;
	size_t capacity = manifest->n_rosters + n_groups + 2;
	struct manifest_ring *rings = ARENA_TAKE(arena, struct manifest_ring, capacity);
	struct manifest_ring *of_groups = ARENA_TAKE(arena, struct manifest_ring, n_groups + 1);

	manifest->rings = NULL;
	manifest->n_rings = 0;
	if (manifest->n_rosters == 0 || manifest->n_rosters > MANIFEST_ROSTERS_MAX)
		return fail(problem, "letter", bytes_from(NULL, 0),
			    "a letter has 1 to 1000 rosters", bytes_from(NULL, 0));
	if (!rings || !of_groups ||
	    manifest_rings_number(&numbers, manifest, arena) != UNDERSIGN_OK)
		return UNDERSIGN_E_MEMORY;
	enum undersign_status status =
		make_groups(of_groups, manifest, groups, n_groups, arena, problem);
	if (status != UNDERSIGN_OK)
		return status;
	size_t n = add_class(rings, manifest, ROSTER_ENROLLED, &numbers, of_groups, n_groups,
			     all_enrolled);
	n += add_class(rings + n, manifest, ROSTER_RAW_KEY, &numbers, of_groups, n_groups,
		       all_raw_key);
	manifest->rings = rings;
	status = check(manifest, n, arena, problem);
	if (status != UNDERSIGN_OK) {
		manifest->rings = NULL;
		manifest->n_rings = 0;
	}
	return status;
}
