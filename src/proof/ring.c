#include "ring.h"

#include "universe.h"

static enum undersign_status refuse(struct problem *problem, struct bytes name,
				    enum undersign_status status, const char *rule,
				    const char *what, struct bytes detail)
{
	problem_where(problem, "ring", name);
	problem_rule(problem, rule);
	problem_what(problem, what, detail);
	return status;
}

static enum undersign_status check_size(uint64_t n, struct bytes name, struct problem *problem)
{
	if (n >= RING_MIN && n <= RING_MAX)
		return UNDERSIGN_OK;
	problem_where(problem, "ring", name);
	problem_rule(problem, "a ring has 2 to 4194304 members (protocol 4.1)");
	problem_what_numbers(problem, "{1} members, at least {2} needed", n, RING_MIN);
	return UNDERSIGN_E_LIMIT;
}

/* Points the ring at its members; as a range where they stand in sequence, which lets a batch touch
 * no more of the table than that. */
static void set_members(struct ring *ring, const struct universe *universe, const uint32_t *members,
			uint64_t n)
{
	bool is_range = true;

	*ring = (struct ring){.n = n,
			      .points = universe->points,
			      .n_points = universe->n,
			      .members = members,
			      .first = members[0],
			      .parallel = universe->parallel};
	for (uint64_t k = 0; k < n; k++) {
		is_range = is_range && members[k] == members[0] + k;
		ring->n_raw += universe->kinds[members[k]] >> ENTRY_RAW_KEY & 1;
	}
	if (is_range)
		ring->members = NULL;
}

enum undersign_status ring_of_list(struct ring *out, const struct list *list,
				   const struct snapshot *at, struct bytes org,
				   struct problem *problem)
{
	enum undersign_status status = check_size(at->n, org, problem);

	CHECK(at->n <= list->n);
	*out = (struct ring){0};
	if (status)
		return status;
	set_members(out, list->universe, list->members, at->n);
	entry_ring_id(out->id, org, at->n, at->root);
	return UNDERSIGN_OK;
}

static enum undersign_status check_names(const struct ring_part *parts, size_t n_parts,
					 struct bytes name, struct problem *problem)
{
	if (n_parts < 2)
		return refuse(problem, name, UNDERSIGN_E_USAGE,
			      "a ring of several organisations lists two or more (protocol 4.4b)",
			      "fewer", bytes_from(NULL, 0));
	for (size_t o = 0; o < n_parts; o++) {
		if (bytes_are_equal(parts[o].org, name))
			return refuse(problem, name, UNDERSIGN_E_USAGE,
				      "a ring of several organisations bears a name of its own "
				      "(protocol 4.4b)",
				      "the name of ", parts[o].org);
		for (size_t before = 0; before < o; before++)
			if (bytes_are_equal(parts[o].org, parts[before].org))
				return refuse(problem, name, UNDERSIGN_E_USAGE,
					      "a ring lists each organisation once (protocol 4.4b)",
					      "twice ", parts[o].org);
	}
	return UNDERSIGN_OK;
}

enum undersign_status ring_of_several(struct ring *out, struct universe *universe,
				      uint32_t *members, const struct ring_part *parts,
				      size_t n_parts, struct bytes name, struct problem *problem)
{
	enum undersign_status status = check_names(parts, n_parts, name, problem);
	struct entry_tree tree;
	uint8_t hash[HASH_BYTES];
	uint64_t n = 0;

	*out = (struct ring){0};
	if (status)
		return status;
	entry_tree_begin(&tree);
	universe_new_generation(universe);
	for (size_t o = 0; o < n_parts; o++) {
		const struct list *list = parts[o].list;

		CHECK(list->universe == universe && parts[o].at.n >= 1 && parts[o].at.n <= list->n);
		for (uint64_t k = 0; k < parts[o].at.n; k++)
			if (!universe_mark(universe, list->members[k]))
				members[n++] = list->members[k];
		entry_leaf_organisation(hash, parts[o].org, parts[o].at.n, parts[o].at.root);
		entry_tree_add(&tree, hash);
	}
	status = check_size(n, name, problem);
	if (status)
		return status;
	set_members(out, universe, members, n);
	entry_tree_root(hash, &tree);
	entry_ring_id(out->id, name, n, hash);
	return UNDERSIGN_OK;
}
