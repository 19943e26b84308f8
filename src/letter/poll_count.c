#include "poll_count.h"

#include "count.h"
#include "memory.h"
#include "sums.h"

/* The letter's counting tags and where each is added. */
struct plan {
	const struct replay_letter *letter;
	struct arena *arena;
	uint32_t *statements; /* number of one effective answer of each tag that counts */
	size_t n;
	uint64_t *in_ring;  /* tags of each ring */
	uint32_t *group_of; /* ring under which each ring's tags are shown; TALLY_NO_RING */
};

static bool is_own_group(const struct plan *plan, size_t ring)
{
	return plan->group_of[ring] == ring;
}

/* 14.5 for one class, whose ring of all is the last of its rings. */
static void group_class(struct plan *plan, enum roster_class class_of_members)
{
	const struct manifest *manifest = plan->letter->manifest;
	const size_t all = manifest_ring_of_all(manifest, class_of_members);
	const uint64_t hold_min = manifest->hold_min;
	uint64_t rest = 0;

	if (all == manifest->n_rings)
		return;
	for (size_t r = 0; r < manifest->n_rings; r++) {
		if (manifest->rings[r].class_of_members != class_of_members)
			continue;
		if (r != all && plan->in_ring[r] >= hold_min)
			plan->group_of[r] = (uint32_t)r;
		else
			rest += plan->in_ring[r];
	}
	while (rest > 0 && rest < hold_min) {
		size_t fewest = manifest->n_rings;

		for (size_t r = 0; r < all; r++)
			if (manifest->rings[r].class_of_members == class_of_members &&
			    is_own_group(plan, r) &&
			    (fewest == manifest->n_rings ||
			     plan->in_ring[r] <= plan->in_ring[fewest]))
				fewest = r;
		if (fewest == manifest->n_rings)
			return;
		plan->group_of[fewest] = TALLY_NO_RING;
		rest += plan->in_ring[fewest];
	}
	if (rest == 0)
		return;
	for (size_t r = 0; r < manifest->n_rings; r++)
		if (manifest->rings[r].class_of_members == class_of_members &&
		    !is_own_group(plan, r) && plan->in_ring[r] > 0)
			plan->group_of[r] = (uint32_t)all;
	plan->group_of[all] = (uint32_t)all;
}

static enum undersign_status make_plan(struct plan *plan)
{
	const struct replay_letter *letter = plan->letter;
	const size_t n_rings = letter->manifest->n_rings;
	enum undersign_status status;

	plan->in_ring = ARENA_TAKE(plan->arena, uint64_t, n_rings);
	plan->group_of = ARENA_TAKE(plan->arena, uint32_t, n_rings);
	if (!plan->in_ring || !plan->group_of)
		return UNDERSIGN_E_MEMORY;
	status = tally_effective(&plan->statements, &plan->n, letter->statements,
				 letter->n_statements, plan->arena);
	if (status != UNDERSIGN_OK)
		return status;
	for (size_t r = 0; r < n_rings; r++)
		plan->group_of[r] = TALLY_NO_RING;
	for (size_t i = 0; i < plan->n; i++)
		plan->in_ring[letter->statements[plan->statements[i]].ring]++;
	group_class(plan, ROSTER_ENROLLED);
	group_class(plan, ROSTER_RAW_KEY);
	return UNDERSIGN_OK;
}

/* The groups in the order of their rings, and where each ring's answers go. */
static enum undersign_status make_groups(struct poll_count *out, const struct plan *plan,
					 size_t *group_at)
{
	const size_t n_rings = plan->letter->manifest->n_rings;

	out->groups = ARENA_TAKE(plan->arena, struct poll_group, n_rings);
	if (!out->groups)
		return UNDERSIGN_E_MEMORY;
	for (size_t r = 0; r < n_rings; r++) {
		struct poll_group *group = &out->groups[out->n_groups];
		uint32_t *rings;

		if (!is_own_group(plan, r))
			continue;
		rings = ARENA_TAKE(plan->arena, uint32_t, n_rings);
		if (!rings)
			return UNDERSIGN_E_MEMORY;
		*group = (struct poll_group){.ring = (uint32_t)r, .rings = rings};
		for (size_t k = 0; k < n_rings; k++) {
			if (plan->group_of[k] != r || plan->in_ring[k] == 0)
				continue;
			rings[group->n_rings++] = (uint32_t)k;
			group->answers += plan->in_ring[k];
			group_at[k] = out->n_groups;
		}
		out->n_groups++;
	}
	return UNDERSIGN_OK;
}

static enum undersign_status add_up(struct poll_count *out, const struct plan *plan,
				    const size_t *group_at, size_t n_options)
{
	const struct replay_letter *letter = plan->letter;
	const size_t n = out->n_groups * n_options;
	struct sums_cell *cells = ARENA_TAKE(plan->arena, struct sums_cell, n);
	uint8_t *sums = arena_take(plan->arena, n > 0 ? n : 1, CIPHERTEXT_BYTES);

	if (!cells || !sums)
		return UNDERSIGN_E_MEMORY;
	sums_begin(cells, n);
	for (size_t i = 0; i < plan->n; i++) {
		const uint32_t statement = plan->statements[i];
		const uint32_t ring = letter->statements[statement].ring;
		enum undersign_status status;

		if (plan->group_of[ring] == TALLY_NO_RING) {
			out->withheld++;
			continue;
		}
		status = sums_add_vartime(cells + group_at[ring] * n_options,
					  letter->poll->ciphertexts[statement], n_options);
		if (status != UNDERSIGN_OK)
			return status;
	}
	sums_encode(sums, cells, n);
	out->about = (struct share_poll){.trustees = &letter->poll->trustees->trustees,
					 .scope = letter->scope.bytes,
					 .sums = sums,
					 .n_sums = n};
	return UNDERSIGN_OK;
}

bool poll_count_takes_share(const struct poll_count *count, const struct poll_share *share,
			    struct arena *arena)
{
	uint8_t *scratch = ARENA_TAKE(arena, uint8_t, share_scratch_len(count->about.n_sums) + 1);

	return scratch &&
	       share_is_valid_vartime(&count->about, share->trustee, share->share, scratch);
}

/* The first share of each trustee that holds, until there are enough; all are looked at. */
static unsigned choose_shares(struct poll_count *out, const struct replay_poll *poll,
			      unsigned *trustees, struct bytes *shares, struct arena *arena)
{
	const unsigned threshold = out->about.trustees->threshold;
	unsigned n = 0;

	for (size_t i = 0; i < poll->n_shares; i++) {
		const struct poll_share *share = &poll->shares[i];
		const unsigned j = share->trustee - 1;

		if (out->has_given[j])
			continue;
		if (!poll_count_takes_share(out, share, arena)) {
			out->has_lied[j] = true;
			continue;
		}
		out->has_given[j] = true;
		out->n_given++;
		if (n == threshold)
			continue;
		out->opened_in = share->epoch;
		trustees[n] = share->trustee;
		shares[n++] = share->share;
	}
	return n;
}

static enum undersign_status open_sums(struct poll_count *out, const unsigned *trustees,
				       const struct bytes *shares, size_t n_options,
				       struct arena *arena, struct problem *problem)
{
	const size_t n = out->about.n_sums;
	struct point *points = ARENA_TAKE(arena, struct point, n);
	uint64_t *counts = ARENA_TAKE(arena, uint64_t, n);
	uint64_t *totals = ARENA_TAKE(arena, uint64_t, n_options);
	uint64_t most = 0;
	struct count_table table;
	enum undersign_status status;

	for (size_t g = 0; g < out->n_groups; g++)
		most = out->groups[g].answers > most ? out->groups[g].answers : most;
	const size_t table_len = count_table_len(most);
	void *memory = arena_take(arena, table_len, 1);
	if (!points || !counts || !totals || !memory)
		return UNDERSIGN_E_MEMORY;
	status = share_combine_vartime(points, &out->about, trustees, shares);
	if (status != UNDERSIGN_OK)
		return status;
	count_table_new(&table, most, memory, table_len);
	for (size_t k = 0; k < n; k++) {
		status = count_find_vartime(&counts[k], &table, &points[k]);
		if (status != UNDERSIGN_OK) {
			problem_rule(problem, "a poll's sums open to numbers of answers");
			problem_what(problem, "one does not", (struct bytes){0});
			return UNDERSIGN_E_INVALID;
		}
		totals[k % n_options] += counts[k];
	}
	for (size_t g = 0; g < out->n_groups; g++)
		out->groups[g].counts = counts + g * n_options;
	out->totals = totals;
	out->state = POLL_OPENED;
	return UNDERSIGN_OK;
}

enum undersign_status poll_count_make(struct poll_count *out, const struct replay_letter *letter,
				      uint64_t epoch, struct arena *arena, struct problem *problem)
{
	struct plan plan = {.letter = letter, .arena = arena};
	const struct manifest *manifest = letter->manifest;
	const size_t n_options = shape_n_options(&manifest->poll.shape);
	unsigned trustees[TRUSTEES_MAX];
	struct bytes shares[TRUSTEES_MAX];
	size_t *group_at;
	enum undersign_status status = make_plan(&plan);

	*out = (struct poll_count){.state = POLL_SEALED};
	if (status != UNDERSIGN_OK)
		return status;
	out->answers = plan.n;
	out->has_quorum = plan.n >= manifest->poll.quorum;
	/* A log that ends in the closing's epoch could still go on in it. */
	if (epoch == REPLAY_NONE || epoch <= letter->closing)
		return UNDERSIGN_OK;
	out->state = POLL_CLOSED;
	if (!letter->poll->trustees)
		return UNDERSIGN_OK; /* so there are no answers */
	group_at = ARENA_TAKE(arena, size_t, manifest->n_rings);
	if (!group_at)
		return UNDERSIGN_E_MEMORY;
	status = make_groups(out, &plan, group_at);
	if (status == UNDERSIGN_OK)
		status = add_up(out, &plan, group_at, n_options);
	if (status != UNDERSIGN_OK || out->n_groups == 0)
		return status;
	if (choose_shares(out, letter->poll, trustees, shares, arena) <
	    out->about.trustees->threshold)
		return UNDERSIGN_OK;
	return open_sums(out, trustees, shares, n_options, arena, problem);
}
