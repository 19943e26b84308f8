#include "roster_acts.h"

#include "memory.h"
#include "record.h"
#include "replay_parts.h"

/* A sample is of a snapshot of this roster that stands in the log before it, as entry `number`, and
 * of no more entries than that has. */
static enum undersign_status check_sample(const struct replay *replay, const struct act *act,
					  uint64_t number, struct problem *problem)
{
	struct bytes entry = replay_roster_record(replay, act->sample.snapshot);
	struct snapshot_record record;
	uint8_t hash[SHA256_BYTES];
	struct note note;

	sha256(hash, entry);
	problem_rule(problem, "a sample is drawn from a snapshot of its roster in the log");
	if (entry.len == 0 || replay_find(replay, hash) >= number ||
	    note_parse(&note, entry, NULL) != UNDERSIGN_OK ||
	    snapshot_parse(&record, note.text, NULL) != UNDERSIGN_OK) {
		problem_what(problem, "the snapshot that it names does not stand before it",
			     bytes_from(NULL, 0));
		return UNDERSIGN_E_MISSING;
	}
	if (!act_is_of(act, &record) || act->sample.n_drawn > record.members) {
		problem_what(problem, "it names another roster's, or draws more than there are",
			     bytes_from(NULL, 0));
		return UNDERSIGN_E_INVALID;
	}
	return UNDERSIGN_OK;
}

static enum undersign_status take(struct acts *acts, const struct act *act,
				  const struct replay *replay, uint64_t number,
				  struct problem *problem)
{
	enum undersign_status status = UNDERSIGN_OK;

	if (act->kind == ACT_SAMPLE)
		status = check_sample(replay, act, number, problem);
	return status == UNDERSIGN_OK ? acts_take(acts, act, problem) : status;
}

void roster_acts_read(struct acts *out, const struct snapshot_record *records, size_t n,
		      const struct replay *replay, const struct roster_acts_told *told)
{
	memset(out, 0, n * sizeof *out);
	for (size_t i = 0; i < replay->n_acts; i++) {
		struct problem problem = {0};
		struct act act;
		struct note note;
		size_t r = 0;

		/* What cannot be read names nobody. */
		if (note_parse(&note, replay->acts[i].note, NULL) != UNDERSIGN_OK ||
		    act_parse(&act, note.text, NULL) != UNDERSIGN_OK)
			continue;
		while (r < n && !act_is_of(&act, &records[r]))
			r++;
		if (r == n)
			continue;
		enum undersign_status status = act_open(&act, replay->acts[i].note, &problem);
		if (status == UNDERSIGN_OK)
			status = take(&out[r], &act, replay, replay->acts[i].entry, &problem);
		if (status == UNDERSIGN_OK || !told)
			continue;
		problem_inside(&problem, "roster", records[r].roster);
		problem_inside_number(&problem, "entry", replay->acts[i].entry);
		told->tell(told->cookie, &problem);
	}
}

/* The snapshot's record of a note, if it is that of the act's roster. */
static bool is_record_of(struct snapshot_record *out, const struct act *act, struct bytes entry)
{
	struct note note;

	return record_kind_of(entry) == RECORD_ROSTER &&
	       note_parse(&note, entry, NULL) == UNDERSIGN_OK &&
	       snapshot_parse(out, note.text, NULL) == UNDERSIGN_OK && act_is_of(act, out);
}

static bool find_record(struct snapshot_record *out, const struct replay *replay,
			const struct act *act, const struct bytes *pending, size_t n_pending)
{
	for (size_t i = 0; i < replay->rosters.n; i++) {
		if (is_record_of(out, act, replay->rosters.items[i].note))
			return true;
	}
	for (size_t i = 0; i < n_pending; i++) {
		if (is_record_of(out, act, pending[i]))
			return true;
	}
	return false;
}

enum undersign_status roster_acts_check_next(const struct replay *replay, struct bytes note,
					     const struct bytes *pending, size_t n_pending,
					     struct problem *problem)
{
	struct snapshot_record record;
	struct acts acts;
	struct act act;
	enum undersign_status status = act_open(&act, note, problem);

	if (status != UNDERSIGN_OK)
		return status;
	if (!find_record(&record, replay, &act, pending, n_pending)) {
		problem_rule(problem,
			     "stewards log what concerns a roster that is in the log, with "
			     "its key");
		problem_what(problem, "there is no record of roster", act.roster);
		return UNDERSIGN_E_MISSING;
	}
	/* One of a kind in an epoch: their order there is that of hashes. */
	for (size_t i = 0; i < n_pending; i++) {
		struct act other;

		if (act_kind_of(pending[i]) != act.kind ||
		    act_open(&other, pending[i], NULL) != UNDERSIGN_OK ||
		    !act_is_of(&other, &record))
			continue;
		problem_rule(problem, "of each kind a roster has one such record in an epoch");
		problem_what(problem, "one waits already", bytes_from(NULL, 0));
		return UNDERSIGN_E_CONFLICT;
	}
	roster_acts_read(&acts, &record, 1, replay, NULL);
	return take(&acts, &act, replay, REPLAY_NONE, problem);
}
