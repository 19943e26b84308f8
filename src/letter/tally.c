#include "tally.h"

#include "memory.h"
#include "sorting.h"

/* The state of one tag while its statements are added, in whatever order. */
struct tag_state {
	uint32_t seq; /* highest so far */
	bool has_signature;
	bool is_withdrawn; /* among those with the highest seq */
	bool is_conflicting;
	const uint8_t *message; /* of the first effective signature */
};

static void tag_state_add(struct tag_state *state, const struct tally_statement *statement)
{
	if (statement->action == MESSAGE_SIGN)
		state->has_signature = true;
	if (statement->seq < state->seq)
		return;
	if (statement->seq > state->seq) {
		state->seq = statement->seq;
		state->is_withdrawn = false;
		state->is_conflicting = false;
		state->message = NULL;
	}
	if (statement->action == MESSAGE_WITHDRAW) {
		state->is_withdrawn = true;
		return;
	}
	if (state->message && memcmp(state->message, statement->message, SHA256_BYTES) != 0)
		state->is_conflicting = true;
	state->message = statement->message;
}

static enum tally_fate tag_state_fate(const struct tag_state *state)
{
	if (state->seq == 0)
		return TALLY_UNKNOWN;
	if (!state->has_signature)
		return TALLY_VOID;
	return state->is_withdrawn || state->is_conflicting ? TALLY_WITHDRAWN : TALLY_COUNTS;
}

struct tally_tag tally_of_tag(const struct tally_statement *statements, size_t n,
			      const uint8_t tag[static POINT_BYTES])
{
	struct tag_state state = {0};

	for (size_t i = 0; i < n; i++) {
		if (memcmp(statements[i].tag, tag, POINT_BYTES) == 0)
			tag_state_add(&state, &statements[i]);
	}
	return (struct tally_tag){tag_state_fate(&state), state.seq};
}

static int compare_by_tag(const void *items, uint32_t a, uint32_t b)
{
	const struct tally_statement *left = (const struct tally_statement *)items + a;
	const struct tally_statement *right = (const struct tally_statement *)items + b;
	int order = memcmp(left->tag, right->tag, POINT_BYTES);

	if (order != 0)
		return order;
	return (left->epoch > right->epoch) - (left->epoch < right->epoch);
}

enum undersign_status tally_effective(uint32_t **out, size_t *out_n,
				      const struct tally_statement *statements, size_t n,
				      struct arena *arena)
{
	uint32_t *indexes = ARENA_TAKE(arena, uint32_t, n);

	*out = ARENA_TAKE(arena, uint32_t, n);
	*out_n = 0;
	if (!indexes || !*out)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < n; i++)
		indexes[i] = (uint32_t)i;
	sorting_indexes(indexes, n, compare_by_tag, statements);
	for (size_t begin = 0, end; begin < n; begin = end) {
		struct tag_state state = {0};
		uint32_t best = indexes[begin];
		bool has_best = false;

		for (end = begin; end < n; end++) {
			if (memcmp(statements[indexes[begin]].tag, statements[indexes[end]].tag,
				   POINT_BYTES) != 0)
				break;
			tag_state_add(&state, &statements[indexes[end]]);
		}
		if (tag_state_fate(&state) != TALLY_COUNTS)
			continue;
		for (size_t i = begin; i < end; i++) {
			const struct tally_statement *statement = &statements[indexes[i]];

			if (statement->seq != state.seq ||
			    (has_best && statement->ring >= statements[best].ring))
				continue;
			best = indexes[i];
			has_best = true;
		}
		(*out)[(*out_n)++] = best;
	}
	return UNDERSIGN_OK;
}

static int compare_by_epoch(const void *items, uint32_t a, uint32_t b)
{
	const struct tally_statement *left = (const struct tally_statement *)items + a;
	const struct tally_statement *right = (const struct tally_statement *)items + b;

	return (left->epoch > right->epoch) - (left->epoch < right->epoch);
}

static struct tally_growth *growth_of(struct tally *tally, uint64_t epoch)
{
	size_t low = 0;
	size_t high = tally->n_growth;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (tally->growth[middle].epoch < epoch)
			low = middle + 1;
		else
			high = middle;
	}
	return &tally->growth[low];
}

static enum undersign_status make_growth(struct tally *out,
					 const struct tally_statement *statements, size_t n,
					 uint32_t *indexes, struct arena *arena)
{
	size_t n_epochs = 0;

	sorting_indexes(indexes, n, compare_by_epoch, statements);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || statements[indexes[i]].epoch != statements[indexes[i - 1]].epoch)
			n_epochs++;
	}
	out->growth = ARENA_TAKE(arena, struct tally_growth, n_epochs);
	if (!out->growth)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || statements[indexes[i]].epoch != statements[indexes[i - 1]].epoch)
			out->growth[out->n_growth++].epoch = statements[indexes[i]].epoch;
	}
	return UNDERSIGN_OK;
}

static enum undersign_status make_organisations(struct tally *out, const struct manifest *manifest,
						const struct bytes *organisations,
						uint32_t *organisation_of, struct arena *arena)
{
	out->organisations = ARENA_TAKE(arena, struct tally_organisation, manifest->n_rosters);
	if (!out->organisations)
		return UNDERSIGN_E_MEMORY;
	for (size_t r = 0; r < manifest->n_rosters; r++) {
		size_t o = 0;

		while (o < out->n_organisations &&
		       !bytes_are_equal(out->organisations[o].name, organisations[r]))
			o++;
		if (o == out->n_organisations) {
			out->organisations[o].name = organisations[r];
			out->n_organisations++;
		}
		out->organisations[o].n_rosters++;
		organisation_of[r] = (uint32_t)o;
	}
	for (size_t o = 0; o < out->n_organisations; o++) {
		struct tally_organisation *organisation = &out->organisations[o];
		uint32_t *rosters = ARENA_TAKE(arena, uint32_t, organisation->n_rosters);
		size_t n = 0;

		if (!rosters)
			return UNDERSIGN_E_MEMORY;
		for (size_t r = 0; r < manifest->n_rosters; r++) {
			if (organisation_of[r] == o)
				rosters[n++] = (uint32_t)r;
		}
		organisation->rosters = rosters;
	}
	return UNDERSIGN_OK;
}

/* Where a tag was counted last, so that it counts once a ring and once an organisation. */
struct marks {
	size_t *rings;
	size_t *organisations;
	const uint32_t *organisation_of;
};

static void count_tag(struct tally *out, const struct manifest *manifest, struct marks *marks,
		      const struct tally_statement *statements, const uint32_t *indexes,
		      size_t begin, size_t end, uint32_t seq)
{
	bool is_enrolled = false;
	bool is_raw_key = false;

	out->total++;
	for (size_t i = begin; i < end; i++) {
		const struct tally_statement *statement = &statements[indexes[i]];
		const struct manifest_ring *ring;
		size_t organisation;

		if (statement->seq != seq || statement->ring >= manifest->n_rings)
			continue;
		ring = &manifest->rings[statement->ring];
		if (ring->class_of_members == ROSTER_RAW_KEY)
			is_raw_key = true;
		else
			is_enrolled = true;
		if (marks->rings[statement->ring] != end) {
			marks->rings[statement->ring] = end;
			out->rings[statement->ring]++;
		}
		if (ring->type != MANIFEST_RING_OWN)
			continue;
		organisation = marks->organisation_of[ring->rosters[0]];
		if (marks->organisations[organisation] != end) {
			marks->organisations[organisation] = end;
			out->organisations[organisation].signatures++;
		}
	}
	out->enrolled += is_enrolled;
	out->raw_key += is_raw_key;
}

/* One tag's statements, in order of epochs: what it does to the total, epoch by epoch. */
static struct tag_state follow_tag(struct tally *out, const struct tally_statement *statements,
				   const uint32_t *indexes, size_t begin, size_t end)
{
	struct tag_state state = {0};
	bool has_counted = false;

	for (size_t i = begin; i < end; i++) {
		uint64_t epoch = statements[indexes[i]].epoch;
		bool counts;

		tag_state_add(&state, &statements[indexes[i]]);
		if (i + 1 < end && statements[indexes[i + 1]].epoch == epoch)
			continue;
		counts = tag_state_fate(&state) == TALLY_COUNTS;
		if (counts && !has_counted)
			growth_of(out, epoch)->added++;
		if (!counts && has_counted)
			growth_of(out, epoch)->removed++;
		has_counted = counts;
	}
	return state;
}

enum undersign_status tally_count(struct tally *out, const struct manifest *manifest,
				  const struct bytes *organisations,
				  const struct tally_statement *statements, size_t n,
				  struct arena *arena)
{
	uint32_t *indexes = ARENA_TAKE(arena, uint32_t, n);
	uint32_t *organisation_of = ARENA_TAKE(arena, uint32_t, manifest->n_rosters);
	struct marks marks = {.rings = ARENA_TAKE(arena, size_t, manifest->n_rings),
			      .organisations = ARENA_TAKE(arena, size_t, manifest->n_rosters),
			      .organisation_of = organisation_of};
	enum undersign_status status;
	uint64_t total = 0;

	memset(out, 0, sizeof(*out));
	out->n_rings = manifest->n_rings;
	out->rings = ARENA_TAKE(arena, uint64_t, manifest->n_rings);
	if (!indexes || !organisation_of || !marks.rings || !marks.organisations || !out->rings)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < n; i++)
		indexes[i] = (uint32_t)i;
	status = make_organisations(out, manifest, organisations, organisation_of, arena);
	if (status != UNDERSIGN_OK)
		return status;
	status = make_growth(out, statements, n, indexes, arena);
	if (status != UNDERSIGN_OK)
		return status;

	sorting_indexes(indexes, n, compare_by_tag, statements);
	for (size_t begin = 0, end; begin < n; begin = end) {
		struct tag_state state;

		for (end = begin + 1; end < n; end++) {
			if (memcmp(statements[indexes[begin]].tag, statements[indexes[end]].tag,
				   POINT_BYTES) != 0)
				break;
		}
		state = follow_tag(out, statements, indexes, begin, end);
		switch (tag_state_fate(&state)) {
		case TALLY_COUNTS:
			count_tag(out, manifest, &marks, statements, indexes, begin, end,
				  state.seq);
			break;
		case TALLY_WITHDRAWN:
			out->withdrawn++;
			out->conflicting += !state.is_withdrawn;
			break;
		case TALLY_UNKNOWN:
		case TALLY_VOID:
			break;
		}
	}
	for (size_t o = 0; o < out->n_organisations; o++)
		out->represented += out->organisations[o].signatures != 0;
	for (size_t g = 0; g < out->n_growth; g++) {
		total += out->growth[g].added - out->growth[g].removed;
		out->growth[g].total = total;
	}
	return UNDERSIGN_OK;
}
