#include "story_parts.h"

#include "memory.h"
#include "sorting.h"

static const struct story_text *text_of(const struct story *story, uint32_t record)
{
	return &story->records[record].item->text;
}

static bool is_shown(const struct story *story, uint32_t record, enum story_kind kind)
{
	return story->records[record].state == STORY_HOLDS && text_of(story, record)->kind == kind;
}

/* By date, then in the order of the log. */
static int compare_dates(const void *items, uint32_t a, uint32_t b)
{
	const struct story *story = items;
	const uint64_t left = text_of(story, a)->date;
	const uint64_t right = text_of(story, b)->date;

	if (left != right)
		return left < right ? -1 : 1;
	return (a > b) - (a < b);
}

/* The records of a kind that are shown, by date. */
static enum undersign_status collect(uint32_t **out, size_t *out_n, const struct story *story,
				     enum story_kind kind, struct arena *arena)
{
	size_t n = 0;

	*out = ARENA_TAKE(arena, uint32_t, story->n);
	if (!*out)
		return UNDERSIGN_E_MEMORY;
	for (uint32_t i = 0; i < story->n; i++)
		if (is_shown(story, i, kind))
			(*out)[n++] = i;
	sorting_indexes(*out, n, compare_dates, story);
	*out_n = n;
	return UNDERSIGN_OK;
}

/* --- Stances ------------------------------------------------------------------------------------
 */

static enum undersign_status sum_scale(struct story *story, const struct telling *telling,
				       struct arena *arena)
{
	struct bytes *grades = ARENA_TAKE(arena, struct bytes, 16);
	struct bytes rest = {0};
	struct bytes grade;

	if (!grades)
		return UNDERSIGN_E_MEMORY;
	if (telling->scale != STORY_NO)
		rest = text_of(story, telling->scale)->lines;
	while (story->n_grades < 15 && story_next_value(&rest, "grade", &grade))
		grades[story->n_grades++] = grade;
	story->grades = grades;
	return UNDERSIGN_OK;
}

static uint32_t grade_of(const struct story *story, uint32_t record)
{
	const struct bytes grade = story_value(text_of(story, record), "grade");
	uint32_t i = 0;

	while (i < story->n_grades && !bytes_are_equal(grade, story->grades[i]))
		i++;
	return i;
}

/* The institution of a name among those that there are so far. */
static size_t standing_of(const struct story_standing *standings, size_t n, struct bytes name)
{
	size_t i = 0;

	while (i < n && !bytes_are_equal(standings[i].name, name))
		i++;
	return i;
}

/* The strongest first; then who came first; then by name. A withdrawn one is last. */
static int compare_standings(const void *items, uint32_t a, uint32_t b)
{
	const struct story *story = items;
	const struct story_standing *left = &story->standings[a];
	const struct story_standing *right = &story->standings[b];
	const uint64_t left_rank = left->grade == story->n_grades ? 0 : left->grade + UINT64_C(1);
	const uint64_t right_rank =
		right->grade == story->n_grades ? 0 : right->grade + UINT64_C(1);

	if (left_rank != right_rank)
		return left_rank > right_rank ? -1 : 1;
	if (left->since != right->since)
		return left->since < right->since ? -1 : 1;
	return bytes_compare(left->name, right->name);
}

static enum undersign_status order_standings(struct story *story, struct story_change *changes,
					     struct arena *arena)
{
	struct story_standing *sorted =
		ARENA_TAKE(arena, struct story_standing, story->n_standings);
	uint32_t *order = ARENA_TAKE(arena, uint32_t, story->n_standings);
	uint32_t *place = ARENA_TAKE(arena, uint32_t, story->n_standings);

	if (!sorted || !order || !place)
		return UNDERSIGN_E_MEMORY;
	for (uint32_t i = 0; i < story->n_standings; i++)
		order[i] = i;
	sorting_indexes(order, story->n_standings, compare_standings, story);
	for (uint32_t i = 0; i < story->n_standings; i++) {
		sorted[i] = story->standings[order[i]];
		place[order[i]] = i;
	}
	for (size_t i = 0; i < story->n_changes; i++)
		changes[i].standing = place[changes[i].standing];
	story->standings = sorted;
	return UNDERSIGN_OK;
}

static enum undersign_status sum_stances(struct story *story, struct arena *arena)
{
	uint32_t *stances;
	size_t n;
	enum undersign_status status = collect(&stances, &n, story, STORY_STANCE, arena);
	if (status != UNDERSIGN_OK)
		return status;
	struct story_standing *standings = ARENA_TAKE(arena, struct story_standing, n);
	struct story_change *changes = ARENA_TAKE(arena, struct story_change, n);
	uint64_t *totals = ARENA_TAKE(arena, uint64_t, story->n_grades + 1);

	if (!standings || !changes || !totals)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < n; i++) {
		const struct bytes name = story_actor_name(text_of(story, stances[i]));
		const size_t at = standing_of(standings, story->n_standings, name);
		const bool is_new = at == story->n_standings;
		struct story_standing *standing = &standings[at];
		const uint32_t grade = grade_of(story, stances[i]);

		story->n_standings += is_new;
		standing->name = name;
		standing->record = stances[i];
		if (!is_new && standing->grade == grade)
			continue;
		changes[story->n_changes++] =
			(struct story_change){.record = stances[i],
					      .standing = (uint32_t)at,
					      .grade = grade,
					      .before = is_new ? STORY_NO : standing->grade};
		standing->grade = grade;
		standing->since = text_of(story, stances[i])->date;
	}
	for (size_t i = 0; i < story->n_standings; i++)
		totals[standings[i].grade]++;
	story->standings = standings;
	story->changes = changes;
	story->totals = totals;
	return order_standings(story, changes, arena);
}

/* --- Demands ------------------------------------------------------------------------------------
 */

enum story_demand_state story_state_named(struct bytes name)
{
	static const char *const names[] = {"open", "offered", "accepted", "refused", "met"};
	int i = STORY_DEMAND_STATES - 1;

	while (i > 0 && !bytes_are_equal(name, bytes_from_text(names[i])))
		i--;
	return (enum story_demand_state)i;
}

static enum undersign_status sum_demand(struct story *story, struct story_demand *demand,
					const uint32_t *moves, size_t n, struct arena *arena)
{
	uint32_t *own = ARENA_TAKE(arena, uint32_t, n);

	if (!own)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < n; i++) {
		const struct story_text *move = text_of(story, moves[i]);
		const struct bytes state = story_value(move, "state");

		if (story_number(move, "demand") != demand->number)
			continue;
		own[demand->n_moves++] = moves[i];
		if (state.len == 0 || story_state_named(state) == demand->state)
			continue;
		demand->state = story_state_named(state);
		demand->since = move->date;
	}
	demand->moves = own;
	return UNDERSIGN_OK;
}

static enum undersign_status sum_demands(struct story *story, const struct telling *telling,
					 struct arena *arena)
{
	struct story_demand *demands = ARENA_TAKE(arena, struct story_demand, DEMAND_NUMBERS);
	uint32_t *moves;
	size_t n;
	enum undersign_status status = collect(&moves, &n, story, STORY_MOVE, arena);

	if (status == UNDERSIGN_OK && !demands)
		status = UNDERSIGN_E_MEMORY;
	for (uint32_t number = 1; number < DEMAND_NUMBERS && status == UNDERSIGN_OK; number++) {
		const uint32_t first = telling->demands[number];
		uint32_t last = first;

		if (first == STORY_NO)
			continue;
		while (story->records[last].next != STORY_NO)
			last = story->records[last].next;
		struct story_demand *demand = &demands[story->n_demands++];
		*demand = (struct story_demand){
			.record = last, .number = number, .since = text_of(story, first)->date};
		status = sum_demand(story, demand, moves, n, arena);
	}
	story->demands = demands;
	return status;
}

/* --- Counts -------------------------------------------------------------------------------------
 */

static void count(struct story *story, uint32_t record)
{
	const struct story_record *one = &story->records[record];

	story->voids += one->state == STORY_VOID;
	story->removals += one->state == STORY_REMOVED;
	if (!is_shown(story, record, STORY_ENDORSEMENT))
		return;
	if (story_value_is(&one->item->text, "state", "withdrawn"))
		story->endorsements_withdrawn++;
	else if (bytes_are_equal(story->actors[one->actor].role, bytes_from_text("person")))
		story->people++;
	else
		story->institutions++;
}

enum undersign_status story_sum(struct story *story, const struct telling *telling,
				struct arena *arena)
{
	enum undersign_status status = sum_scale(story, telling, arena);

	if (status == UNDERSIGN_OK)
		status = sum_stances(story, arena);
	if (status == UNDERSIGN_OK)
		status = sum_demands(story, telling, arena);
	for (uint32_t i = 0; i < story->n && status == UNDERSIGN_OK; i++)
		count(story, i);
	return status;
}
