#include "poll_json.h"

#include "json_rows.h"
#include "poll_count.h"

static json_t *text(struct bytes bytes)
{
	return json_stringn((const char *)bytes.data, bytes.len);
}

static json_t *numbers(const uint64_t *values, size_t n)
{
	json_t *rows;

	if (!values)
		return json_null();
	rows = json_array();
	for (size_t k = 0; k < n; k++)
		rows = json_rows_add(rows, json_integer((json_int_t)values[k]));
	return rows;
}

static json_t *questions(const struct manifest_poll *poll, const uint64_t *totals)
{
	json_t *rows = json_array();

	for (size_t q = 0; q < poll->shape.n_questions; q++) {
		const struct shape_question *shape = &poll->shape.questions[q];
		json_t *options = json_array();

		for (size_t o = 0; o < shape->n_options; o++)
			options = json_rows_add(options, text(poll->questions[q].options[o]));
		rows = json_rows_add(rows,
				     json_pack("{s:o, s:i, s:i, s:o, s:o}", "question",
					       text(poll->questions[q].text), "min", shape->min,
					       "max", shape->max, "options", options, "totals",
					       numbers(totals, shape->n_options)));
		totals = totals ? totals + shape->n_options : NULL;
	}
	return rows;
}

static json_t *counts(const struct shape *shape, const uint64_t *values)
{
	json_t *rows;

	if (!values)
		return json_null();
	rows = json_array();
	for (size_t q = 0; q < shape->n_questions; q++) {
		rows = json_rows_add(rows, numbers(values, shape->questions[q].n_options));
		values += shape->questions[q].n_options;
	}
	return rows;
}

static json_t *groups(const struct manifest *manifest, const struct poll_count *count)
{
	json_t *rows = json_array();

	for (size_t g = 0; g < count->n_groups; g++) {
		const struct poll_group *group = &count->groups[g];
		json_t *rings = json_array();

		for (size_t k = 0; k < group->n_rings; k++)
			rings = json_rows_add(rings, text(manifest->rings[group->rings[k]].name));
		rows = json_rows_add(rows, json_pack("{s:o, s:o, s:I, s:o}", "ring",
						     text(manifest->rings[group->ring].name),
						     "rings", rings, "answers",
						     (json_int_t)group->answers, "counts",
						     counts(&manifest->poll.shape, group->counts)));
	}
	return rows;
}

static json_t *trustees(const struct poll_trustees *record, const struct poll_count *count)
{
	const unsigned n = record ? record->roll.ceremony.n : 0;
	json_t *names = json_array(), *given = json_array(), *lied = json_array();

	for (unsigned j = 0; j < n; j++) {
		names = json_rows_add(names, text(record->roll.trustees[j].signer.name));
		given = json_rows_add(given, json_boolean(count->has_given[j]));
		lied = json_rows_add(lied, json_boolean(count->has_lied[j]));
	}
	return json_pack("{s:i, s:o, s:o, s:o}", "threshold",
			 record ? (int)record->roll.ceremony.threshold : 0, "names", names, "given",
			 given, "false", lied);
}

enum undersign_status poll_json_add(json_t *json, const struct replay *replay,
				    const struct replay_letter *letter, struct arena *arena)
{
	static const char *const states[] = {
		[POLL_SEALED] = "sealed", [POLL_CLOSED] = "closed", [POLL_OPENED] = "opened"};
	const struct manifest *manifest = letter->manifest;
	struct poll_count count;

	if (!letter->poll)
		return UNDERSIGN_OK;
	enum undersign_status status =
		poll_count_make(&count, letter, replay_epoch(replay), arena, NULL);
	if (status != UNDERSIGN_OK)
		return status;
	json_t *object = json_pack(
		"{s:s, s:I, s:I, s:b, s:I, s:o, s:o, s:o}", "state", states[count.state], "answers",
		(json_int_t)count.answers, "quorum", (json_int_t)manifest->poll.quorum,
		"quorum_reached", count.has_quorum, "withheld", (json_int_t)count.withheld,
		"trustees", trustees(letter->poll->trustees, &count), "questions",
		questions(&manifest->poll, count.totals), "groups", groups(manifest, &count));
	return object && json_object_set_new(json, "poll", object) == 0 ? UNDERSIGN_OK
									: UNDERSIGN_E_MEMORY;
}
