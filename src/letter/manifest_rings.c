#include "manifest_rings.h"

#include "encoding.h"

enum undersign_status manifest_rings_number(struct manifest_rings_numbers *out,
					    const struct manifest *manifest, struct arena *arena)
{
	size_t n = manifest->n_rosters;
	uint32_t *all = ARENA_TAKE(arena, uint32_t, n);
	uint32_t *enrolled = ARENA_TAKE(arena, uint32_t, n);
	uint32_t *raw_key = ARENA_TAKE(arena, uint32_t, n);

	*out = (struct manifest_rings_numbers){0};
	if (!all || !enrolled || !raw_key)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < n; i++) {
		all[i] = (uint32_t)i;
		if (manifest_roster_class(&manifest->rosters[i]) == ROSTER_ENROLLED)
			enrolled[out->n_of_class[ROSTER_ENROLLED]++] = (uint32_t)i;
		else
			raw_key[out->n_of_class[ROSTER_RAW_KEY]++] = (uint32_t)i;
	}
	out->all = all;
	out->of_class[ROSTER_ENROLLED] = enrolled;
	out->of_class[ROSTER_RAW_KEY] = raw_key;
	return UNDERSIGN_OK;
}

void manifest_rings_all(struct manifest_ring *ring, const struct manifest_rings_numbers *numbers)
{
	ring->rosters = numbers->of_class[ring->class_of_members];
	ring->n_rosters = numbers->n_of_class[ring->class_of_members];
}

enum undersign_status manifest_rings_check_begin(struct manifest_rings_check *out,
						 const struct manifest *manifest,
						 struct arena *arena)
{
	*out = (struct manifest_rings_check){
		.manifest = manifest,
		.has_own = ARENA_TAKE(arena, bool, manifest->n_rosters),
		.is_taken = ARENA_TAKE(arena, bool, manifest->n_rosters),
	};
	if (!out->has_own || !out->is_taken)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < manifest->n_rosters; i++)
		out->n_of_class[manifest_roster_class(&manifest->rosters[i])]++;
	return UNDERSIGN_OK;
}

/* True if b may stand directly after a. */
static bool is_in_order(const struct manifest_ring *a, const struct manifest_ring *b)
{
	if (a->class_of_members != b->class_of_members)
		return a->class_of_members == ROSTER_ENROLLED;
	if (a->type != b->type)
		return a->type < b->type;
	return a->type != MANIFEST_RING_ALL && a->rosters[0] < b->rosters[0];
}

static const char *check_roster(struct manifest_rings_check *check,
				const struct manifest_ring *ring, uint32_t number)
{
	const struct manifest *manifest = check->manifest;
	const struct manifest_roster *roster = &manifest->rosters[number];
	bool is_large = roster->members >= manifest->ring_min;

	if (manifest_roster_class(roster) != ring->class_of_members)
		return "a ring's rosters are of its class (column 0 is class raw-key)";
	if (ring->type == MANIFEST_RING_OWN) {
		if (check->n_of_class[ring->class_of_members] > 1 && !is_large)
			return "only a roster of ring-min members or more has an own ring, where "
			       "its class has several";
		check->has_own[number] = true;
		return NULL;
	}
	if (is_large)
		return "a roster of ring-min members or more is in no group";
	if (check->is_taken[number])
		return "a roster is in one group at most";
	check->is_taken[number] = true;
	return NULL;
}

static const char *check_name(const struct manifest *manifest, const struct manifest_ring *ring)
{
	if (ring->type == MANIFEST_RING_OWN)
		return NULL; /* its roster's name, which is distinct from others' */
	for (size_t i = 0; i < manifest->n_rosters; i++)
		if (bytes_are_equal(manifest->rosters[i].name, ring->name))
			return "a ring of several rosters does not have the name of a roster";
	for (size_t i = 0; i < manifest->n_rings; i++)
		if (bytes_are_equal(manifest->rings[i].name, ring->name))
			return "the names of rings are distinct";
	return NULL;
}

const char *manifest_rings_check_next(struct manifest_rings_check *check,
				      const struct manifest_ring *ring, struct bytes *culprit)
{
	const struct manifest_ring *previous = check->previous;

	*culprit = ring->name;
	check->previous = ring;
	if (previous && !is_in_order(previous, ring))
		return "rings stand in this order: enrolled before raw-key; in each class own "
		       "rings by roster, groups by their first roster, `all`; each once";
	if (ring->type != MANIFEST_RING_OWN && check->n_of_class[ring->class_of_members] < 2)
		return "a class with one roster has one ring, its own";
	if (ring->type == MANIFEST_RING_ALL) {
		check->has_all[ring->class_of_members] = true;
		return check_name(check->manifest, ring);
	}
	if (ring->type == MANIFEST_RING_GROUP && ring->n_rosters < 2)
		return "a group has two rosters or more";
	for (size_t i = 0; i < ring->n_rosters; i++) {
		const char *rule = check_roster(check, ring, ring->rosters[i]);

		if (!rule)
			continue;
		*culprit = check->manifest->rosters[ring->rosters[i]].name;
		return rule;
	}
	return check_name(check->manifest, ring);
}

const char *manifest_rings_check_end(const struct manifest_rings_check *check,
				     struct bytes *culprit)
{
	const struct manifest *manifest = check->manifest;

	for (size_t i = 0; i < manifest->n_rosters; i++) {
		const struct manifest_roster *roster = &manifest->rosters[i];
		enum roster_class class_of_members = manifest_roster_class(roster);
		bool is_alone = check->n_of_class[class_of_members] == 1;

		*culprit = roster->name;
		if (!check->has_own[i] && is_alone)
			return "the only roster of a class has an own ring";
		if (!check->has_own[i] && roster->members >= manifest->ring_min)
			return "a roster of ring-min members or more has an own ring";
		if (!is_alone && !check->has_all[class_of_members])
			return "a class with several rosters has a ring `all`";
	}
	return NULL;
}

static enum undersign_status fail(struct problem *problem, const char *noun, size_t number,
				  const char *rule, struct bytes what)
{
	problem_where_number(problem, noun, (uint64_t)number + 1);
	problem_inside(problem, "manifest", bytes_from(NULL, 0));
	problem_rule(problem, rule);
	problem_what(problem, "found", what);
	return UNDERSIGN_E_INVALID;
}

static enum undersign_status check_base(const struct manifest *manifest, size_t number,
					const struct snapshot_record *base, struct problem *problem)
{
	const struct manifest_roster *roster = &manifest->rosters[number];

	if (!bytes_are_equal(roster->name, base->roster))
		return fail(problem, "roster", number,
			    "the manifest repeats the name of the roster's record", base->roster);
	if (manifest_roster_class(roster) != base->class_of_members)
		return fail(problem, "roster", number,
			    "the column is 0 if the roster's class is raw-key, else from 1",
			    roster->name);
	if (!snapshot_root(base, roster->column))
		return fail(problem, "roster", number, "the column is one of the roster's calendar",
			    roster->name);
	if (roster->members != base->members) {
		(void)fail(problem, "roster", number,
			   "the manifest repeats the members of the roster's record", roster->name);
		problem_what_numbers(problem, "found {1} in place of {2}", roster->members,
				     base->members);
		return UNDERSIGN_E_INVALID;
	}
	for (size_t i = 0; i < manifest->n_rings; i++)
		if (manifest->rings[i].type != MANIFEST_RING_OWN &&
		    bytes_are_equal(manifest->rings[i].name, base->organisation))
			return fail(problem, "ring", i,
				    "a ring of several rosters does not have the name of an "
				    "organisation",
				    base->organisation);
	return UNDERSIGN_OK;
}

enum undersign_status manifest_check_rings(const struct manifest *manifest,
					   const struct snapshot_record *const *bases,
					   const uint64_t *ring_sizes, struct problem *problem)
{
	for (size_t i = 0; i < manifest->n_rosters; i++) {
		enum undersign_status status = check_base(manifest, i, bases[i], problem);

		if (status != UNDERSIGN_OK)
			return status;
	}
	for (size_t i = 0; i < manifest->n_rings && ring_sizes; i++) {
		const struct manifest_ring *ring = &manifest->rings[i];

		if (ring->type != MANIFEST_RING_GROUP || ring_sizes[i] >= manifest->ring_min)
			continue;
		(void)fail(problem, "ring", i,
			   "a group has ring-min members or more after the removal of repeats",
			   ring->name);
		problem_what_numbers(problem, "found {1} members, ring-min is {2}", ring_sizes[i],
				     manifest->ring_min);
		return UNDERSIGN_E_INVALID;
	}
	return UNDERSIGN_OK;
}
