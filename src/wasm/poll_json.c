#include "poll_json.h"

static void write_trustees(struct json *json, const struct undersign_poll *poll)
{
	json_begin_object(json, "trustees");
	json_number(json, "threshold", poll->threshold);
	json_begin_array(json, "names");
	for (size_t j = 0; j < poll->n_trustees; j++)
		json_text(json, NULL, poll->trustees[j].name);
	json_end_array(json);
	json_begin_array(json, "given");
	for (size_t j = 0; j < poll->n_trustees; j++)
		json_bool(json, NULL, poll->trustees[j].has_given);
	json_end_array(json);
	json_begin_array(json, "false");
	for (size_t j = 0; j < poll->n_trustees; j++)
		json_bool(json, NULL, poll->trustees[j].has_lied);
	json_end_array(json);
	json_end_object(json);
}

/* A list of counts; NULL until they are opened. Returns those of the next question. */
static const uint64_t *write_counts(struct json *json, const char *key, const uint64_t *counts,
				    uint32_t n)
{
	if (!counts) {
		json_null(json, key);
		return NULL;
	}
	json_begin_array(json, key);
	for (uint32_t o = 0; o < n; o++)
		json_number(json, NULL, counts[o]);
	json_end_array(json);
	return counts + n;
}

static void write_questions(struct json *json, const struct undersign_poll *poll)
{
	const uint64_t *totals = poll->totals;

	json_begin_array(json, "questions");
	for (size_t q = 0; q < poll->n_questions; q++) {
		const struct undersign_poll_question *question = &poll->questions[q];

		json_begin_object(json, NULL);
		json_text(json, "question", question->text);
		json_number(json, "min", question->min);
		json_number(json, "max", question->max);
		json_begin_array(json, "options");
		for (uint32_t o = 0; o < question->n_options; o++)
			json_text(json, NULL, question->options[o]);
		json_end_array(json);
		totals = write_counts(json, "totals", totals, question->n_options);
		json_end_object(json);
	}
	json_end_array(json);
}

static void write_group(struct json *json, const struct undersign_poll *poll,
			const struct undersign_poll_group *group,
			const struct undersign_tally *tally)
{
	const uint64_t *counts = group->counts;

	json_begin_object(json, NULL);
	json_text(json, "ring", tally->rings[group->ring].name);
	json_begin_array(json, "rings");
	for (size_t k = 0; k < group->n_rings; k++)
		json_text(json, NULL, tally->rings[group->rings[k]].name);
	json_end_array(json);
	json_number(json, "answers", group->answers);
	if (!counts)
		json_null(json, "counts");
	else
		json_begin_array(json, "counts");
	for (size_t q = 0; counts && q < poll->n_questions; q++)
		counts = write_counts(json, NULL, counts, poll->questions[q].n_options);
	if (counts)
		json_end_array(json);
	json_end_object(json);
}

void poll_json_write(struct json *json, const char *key, const struct undersign_poll *poll,
		     const struct undersign_tally *tally)
{
	static const char *const states[] = {[UNDERSIGN_POLL_SEALED] = "sealed",
					     [UNDERSIGN_POLL_CLOSED] = "closed",
					     [UNDERSIGN_POLL_OPENED] = "opened"};

	json_begin_object(json, key);
	json_c_text(json, "state", states[poll->state]);
	json_number(json, "answers", poll->answers);
	json_number(json, "quorum", poll->quorum);
	json_bool(json, "quorum_reached", poll->has_quorum);
	json_number(json, "withheld", poll->withheld);
	write_trustees(json, poll);
	write_questions(json, poll);
	json_begin_array(json, "groups");
	for (size_t g = 0; g < poll->n_groups; g++)
		write_group(json, poll, &poll->groups[g], tally);
	json_end_array(json);
	json_end_object(json);
}
