#include "act.h"

#include "memory.h"

enum act_kind act_kind_of(struct bytes note)
{
	static const struct {
		const char *header;
		enum act_kind kind;
	} headers[] = {
		{"undersigned evidence-rules v1\n", ACT_RULES},
		{"undersigned evidence-rules v2\n", ACT_RULES},
		{"undersigned refusals v1\n", ACT_REFUSALS},
		{"undersigned sample v1\n", ACT_SAMPLE},
	};

	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
		if (bytes_begin_with(note, bytes_from_text(headers[i].header)))
			return headers[i].kind;
	}
	return ACT_NONE;
}

static enum undersign_status refuse(struct problem *problem, enum undersign_status status,
				    const char *rule, const char *what)
{
	problem_rule(problem, rule);
	problem_what(problem, what, bytes_from(NULL, 0));
	return status;
}

enum undersign_status act_parse(struct act *out, struct bytes text, struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_E_FORMAT;

	memset(out, 0, sizeof *out);
	out->kind = act_kind_of(text);
	switch (out->kind) {
	case ACT_NONE:
		return refuse(problem, status,
			      "stewards log rules of evidence, refusals and samples",
			      "its first line is another");
	case ACT_RULES:
		status = evidence_rules_parse(&out->rules, text, problem);
		out->roster = out->rules.roster;
		out->edition = out->rules.edition;
		out->key = out->rules.key;
		break;
	case ACT_REFUSALS:
		status = refusals_parse(&out->refusals, text, problem);
		out->roster = out->refusals.roster;
		out->edition = out->refusals.edition;
		out->key = out->refusals.key;
		break;
	case ACT_SAMPLE:
		status = sample_record_parse(&out->sample, text, problem);
		out->roster = out->sample.roster;
		out->edition = out->sample.edition;
		out->key = out->sample.key;
		break;
	}
	return status;
}

enum undersign_status act_open(struct act *out, struct bytes note_bytes, struct problem *problem)
{
	struct note note;
	struct note_verdict verdict;
	enum undersign_status status = note_parse(&note, note_bytes, problem);

	memset(out, 0, sizeof *out);
	if (status == UNDERSIGN_OK)
		status = act_parse(out, note.text, problem);
	if (status == UNDERSIGN_OK)
		status = note_verify(&verdict, &note, &out->key, 1, NOTE_UNKNOWN_REFUSED, problem);
	return status;
}

bool act_is_of(const struct act *act, const struct snapshot_record *record)
{
	return act->edition == record->edition && bytes_are_equal(act->roster, record->roster) &&
	       note_key_is_equal(&act->key, &record->key);
}

static enum undersign_status take_refusals(struct acts *acts, const struct refusals *refusals,
					   struct problem *problem)
{
	static const char rule[] = "refusals are counted on: none is taken back";

	if (acts->has_refusals && refusals->date < acts->refusals.date)
		return refuse(problem, UNDERSIGN_E_CONFLICT, rule,
			      "these are of an earlier day than those before");
	for (int reason = 0; acts->has_refusals && reason < REFUSAL_N_REASONS; reason++) {
		if (refusals->n_of[reason] < acts->refusals.n_of[reason])
			return refuse(problem, UNDERSIGN_E_CONFLICT, rule,
				      "these are fewer than those before");
	}
	acts->has_refusals = true;
	acts->refusals = *refusals;
	return UNDERSIGN_OK;
}

enum undersign_status acts_take(struct acts *acts, const struct act *act, struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_OK;

	switch (act->kind) {
	case ACT_NONE:
		return UNDERSIGN_E_USAGE;
	case ACT_RULES:
		if (acts->has_rules)
			return refuse(problem, UNDERSIGN_E_CONFLICT,
				      "an edition's rules of evidence are stated once",
				      "they stand already");
		acts->has_rules = true;
		acts->rules = act->rules;
		break;
	case ACT_REFUSALS:
		status = take_refusals(acts, &act->refusals, problem);
		break;
	case ACT_SAMPLE:
		acts->n_samples++;
		acts->n_drawn = act->sample.n_drawn;
		acts->n_opened = act->sample.n_opened;
		break;
	}
	acts->n += status == UNDERSIGN_OK;
	return status;
}
