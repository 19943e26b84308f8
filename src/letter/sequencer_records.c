#include "sequencer.h"

#include "kit_record.h"
#include "memory.h"
#include "order.h"
#include "record.h"
#include "roster_acts.h"
#include "sequencer_parts.h"
#include "sequencer_poll.h"
#include "snapshot.h"

/* A record that is being checked, and those for the same epoch. */
struct check {
	const struct replay *replay;
	const struct bytes *pending;
	size_t n_pending;
	uint64_t epoch;
	struct replay_keys *keys;
	struct arena *arena;
	struct problem *problem;
	struct bytes record;
	struct note note;
};

static enum undersign_status refuse(const struct check *check, enum undersign_status status,
				    const char *rule, const char *what)
{
	problem_where(check->problem, "record", (struct bytes){0});
	problem_rule(check->problem, rule);
	problem_what(check->problem, what, (struct bytes){0});
	return status;
}

static enum undersign_status check_repeat(const struct check *check)
{
	uint8_t hash[SHA256_BYTES];

	sha256(hash, check->record);
	if (replay_find(check->replay, hash) != REPLAY_NONE)
		return refuse(check, UNDERSIGN_E_CONFLICT, "no record stands in the log twice",
			      "it stands there already");
	for (size_t i = 0; i < check->n_pending; i++) {
		if (bytes_are_equal(check->pending[i], check->record))
			return refuse(check, UNDERSIGN_E_CONFLICT,
				      "no record stands in the log twice",
				      "it waits for this epoch already");
	}
	return UNDERSIGN_OK;
}

/* A roster's record by its ID, logged or pending, which must be its steward's; NULL. */
static enum undersign_status find_roster(const struct check *check,
					 const struct snapshot_record **out,
					 const uint8_t id[static SHA256_BYTES])
{
	struct bytes found = replay_roster_record(check->replay, id);
	struct snapshot_record *record = ARENA_TAKE(check->arena, struct snapshot_record, 1);
	struct note note;

	*out = NULL;
	if (!record)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < check->n_pending && found.len == 0; i++) {
		uint8_t pending_id[SHA256_BYTES];

		if (record_kind_of(check->pending[i]) != RECORD_ROSTER ||
		    note_parse(&note, check->pending[i], NULL) != UNDERSIGN_OK)
			continue;
		record_id(pending_id, note.text);
		if (memcmp(pending_id, id, SHA256_BYTES) == 0)
			found = check->pending[i];
	}
	if (found.len > 0 && snapshot_open(record, &note, found, NULL) == UNDERSIGN_OK)
		*out = record;
	return UNDERSIGN_OK;
}

/* The letter that a record is about, whose manifest is logged or pending. */
static enum undersign_status find_logged(const struct check *check, struct replay_letter **out,
					 const uint8_t context[static HASH_BYTES])
{
	struct replay_letter *letter = replay_letter_of(check->replay, context);
	bool is_there;

	if (!letter)
		return refuse(check, UNDERSIGN_E_MISSING, "a record is about a letter of this log",
			      "this is another letter");
	is_there = letter->logged_at != REPLAY_NONE;
	for (size_t i = 0; i < check->n_pending && !is_there; i++)
		is_there = bytes_are_equal(check->pending[i], letter->note);
	if (!is_there)
		return refuse(check, UNDERSIGN_E_MISSING,
			      "a letter's manifest stands in the log before its other records",
			      "it does not stand there");
	*out = letter;
	return UNDERSIGN_OK;
}

/* The same, of a record that its organiser signs. */
static enum undersign_status find_letter(const struct check *check, struct replay_letter **out,
					 const uint8_t context[static HASH_BYTES])
{
	enum undersign_status status = find_logged(check, out, context);

	if (status != UNDERSIGN_OK)
		return status;
	return replay_check_signatures(&check->note, &(*out)->manifest->organiser, check->keys,
				       check->problem);
}

/* True if a record of this kind, about this letter, waits for the same epoch. */
static bool is_pending(const struct check *check, enum record_kind kind,
		       const uint8_t context[static HASH_BYTES])
{
	for (size_t i = 0; i < check->n_pending; i++) {
		struct record_extend extend;
		struct record_close close;
		struct record_open open;
		struct note note;

		if (record_kind_of(check->pending[i]) != kind ||
		    note_parse(&note, check->pending[i], NULL) != UNDERSIGN_OK)
			continue;
		if (kind == RECORD_OPEN &&
		    record_open_parse(&open, note.text, NULL) == UNDERSIGN_OK &&
		    memcmp(open.letter, context, HASH_BYTES) == 0)
			return true;
		if (kind == RECORD_CLOSE &&
		    record_close_parse(&close, note.text, NULL) == UNDERSIGN_OK &&
		    memcmp(close.letter, context, HASH_BYTES) == 0)
			return true;
		if (kind == RECORD_EXTEND &&
		    record_extend_parse(&extend, note.text, check->arena, NULL) == UNDERSIGN_OK &&
		    memcmp(extend.letter, context, HASH_BYTES) == 0)
			return true;
	}
	return false;
}

static enum undersign_status check_log(const struct check *check)
{
	struct record_log log;
	enum undersign_status status = record_log_parse(&log, check->note.text, check->problem);

	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < check->n_pending; i++) {
		if (record_kind_of(check->pending[i]) == RECORD_LOG)
			return refuse(check, UNDERSIGN_E_CONFLICT,
				      "there is only one record of the log", "one waits already");
	}
	if (replay_size(check->replay) > 0)
		return refuse(check, UNDERSIGN_E_CONFLICT, "there is only one record of the log",
			      "the log has its record");
	if (!note_key_is_equal(&log.log, replay_log_key(check->replay)))
		return refuse(check, UNDERSIGN_E_INVALID, "the log's record names the log's key",
			      "it names another key");
	return replay_check_signatures(&check->note, &log.log, check->keys, check->problem);
}

static enum undersign_status check_roster(const struct check *check)
{
	struct snapshot_record record;
	enum undersign_status status = snapshot_parse(&record, check->note.text, check->problem);

	if (status != UNDERSIGN_OK)
		return status;
	return replay_check_signatures(&check->note, &record.key, check->keys, check->problem);
}

static enum undersign_status check_letter(const struct check *check)
{
	const struct record_log *log = replay_log(check->replay);
	uint8_t context[HASH_BYTES];
	struct replay_letter *letter;
	uint64_t seconds;

	scope_context(context, check->note.text);
	letter = replay_letter_of(check->replay, context);
	if (!letter)
		return refuse(check, UNDERSIGN_E_MISSING,
			      "a letter is checked with its rosters before it is logged",
			      "its rosters were not given");
	if (letter->logged_at != REPLAY_NONE)
		return refuse(check, UNDERSIGN_E_CONFLICT,
			      "a letter's manifest stands in the log once",
			      "it stands there already");
	if (!bytes_are_equal(check->record, letter->note))
		return refuse(check, UNDERSIGN_E_CONFLICT,
			      "a letter's manifest stands in the log once",
			      "this one has other signatures");
	if (log && record_log_instant(&seconds, log, letter->manifest->closes) != UNDERSIGN_OK)
		return refuse(check, UNDERSIGN_E_LIMIT, "a letter closes before the year 10000",
			      "its last epoch is later");
	if (check->epoch > letter->manifest->closes)
		return refuse(check, UNDERSIGN_E_INVALID, "a letter closes after it is published",
			      "its closing is over");
	for (size_t r = 0; r < letter->manifest->n_rosters; r++) {
		const struct snapshot_record *record;
		enum undersign_status status =
			find_roster(check, &record, letter->manifest->rosters[r].record);

		if (status != UNDERSIGN_OK)
			return status;
		if (record)
			continue;
		(void)refuse(check, UNDERSIGN_E_MISSING,
			     "the records of a letter's rosters stand before its manifest", "");
		problem_what(check->problem, "there is no record of roster",
			     letter->manifest->rosters[r].name);
		return UNDERSIGN_E_MISSING;
	}
	return replay_check_signatures(&check->note, &letter->manifest->organiser, check->keys,
				       check->problem);
}

static enum undersign_status check_open(const struct check *check)
{
	struct record_open record;
	struct replay_letter *letter;
	enum undersign_status status = record_open_parse(&record, check->note.text, check->problem);

	if (status == UNDERSIGN_OK)
		status = find_letter(check, &letter, record.letter);
	if (status != UNDERSIGN_OK)
		return status;
	if (letter->opened_at != REPLAY_NONE || is_pending(check, RECORD_OPEN, record.letter))
		return refuse(check, UNDERSIGN_E_CONFLICT, "a letter is opened once",
			      "it is open, or an opening waits already");
	if (check->epoch > letter->closing)
		return refuse(check, UNDERSIGN_E_INVALID, "a letter is opened before it closes",
			      "its closing is over");
	return UNDERSIGN_OK;
}

static enum undersign_status check_extend(const struct check *check)
{
	const struct snapshot_record **records;
	struct record_extend record;
	struct replay_letter *letter;
	enum undersign_status status =
		record_extend_parse(&record, check->note.text, check->arena, check->problem);

	if (status == UNDERSIGN_OK)
		status = find_letter(check, &letter, record.letter);
	if (status != UNDERSIGN_OK)
		return status;
	if (is_pending(check, RECORD_EXTEND, record.letter))
		return refuse(check, UNDERSIGN_E_CONFLICT, "a letter has one extension in an epoch",
			      "one waits already");
	records = ARENA_TAKE(check->arena, const struct snapshot_record *, record.n_rosters);
	if (!records)
		return UNDERSIGN_E_MEMORY;
	for (size_t r = 0; r < record.n_rosters && status == UNDERSIGN_OK; r++)
		status = find_roster(check, &records[r], record.rosters[r].record);
	if (status != UNDERSIGN_OK)
		return status;
	if (!rings_can_extend(letter->rings, &record, records, check->epoch, letter->closing,
			      check->problem))
		return UNDERSIGN_E_INVALID;
	return UNDERSIGN_OK;
}

static enum undersign_status check_close(const struct check *check)
{
	struct record_close record;
	struct replay_letter *letter;
	enum undersign_status status =
		record_close_parse(&record, check->note.text, check->problem);

	if (status == UNDERSIGN_OK)
		status = find_letter(check, &letter, record.letter);
	if (status != UNDERSIGN_OK)
		return status;
	if (letter->has_close || is_pending(check, RECORD_CLOSE, record.letter))
		return refuse(check, UNDERSIGN_E_CONFLICT, "a letter is closed early once",
			      "a closing stands in the log, or waits already");
	if (record.epoch < check->epoch || record.epoch > letter->manifest->closes) {
		(void)refuse(check, UNDERSIGN_E_INVALID,
			     "a closing is not before the epoch in which it is logged, and not "
			     "after the one that the manifest names",
			     "");
		problem_what_numbers(check->problem,
				     "it closes with epoch {1}, and would stand in {2}",
				     record.epoch, check->epoch);
		return UNDERSIGN_E_INVALID;
	}
	return UNDERSIGN_OK;
}

static enum undersign_status check_story(const struct check *check)
{
	uint8_t context[HASH_BYTES];
	struct replay_letter *letter;
	struct story_text text;
	enum undersign_status status = UNDERSIGN_OK;

	if (!story_text_letter(context, check->note.text))
		status = story_text_parse(&text, check->note.text, check->problem);
	if (status == UNDERSIGN_OK)
		status = find_logged(check, &letter, context);
	if (status != UNDERSIGN_OK)
		return status;
	return sequencer_story_check(&(struct sequencer_story){.replay = check->replay,
							       .letter = letter,
							       .pending = check->pending,
							       .n_pending = check->n_pending,
							       .epoch = check->epoch},
				     &check->note, check->record, check->arena, check->problem);
}

enum undersign_status sequencer_check_record(const struct replay *replay, struct bytes record,
					     uint64_t epoch, const struct bytes *pending,
					     size_t n_pending, struct replay_keys *keys,
					     struct arena *arena, struct problem *problem)
{
	struct check check = {.replay = replay,
			      .pending = pending,
			      .n_pending = n_pending,
			      .epoch = epoch,
			      .keys = keys,
			      .arena = arena,
			      .problem = problem,
			      .record = record};
	enum undersign_status status;

	if (order_kind_of(record) != ORDER_RECORD)
		return refuse(&check, UNDERSIGN_E_FORMAT, "a record is a signed note",
			      "it is none");
	if (record.len > STATEMENT_ENTRY_MAX)
		return refuse(&check, UNDERSIGN_E_LIMIT, "an entry has at most 65,535 bytes",
			      "it is longer");
	status = note_parse(&check.note, record, problem);
	if (status == UNDERSIGN_OK)
		status = check_repeat(&check);
	if (status != UNDERSIGN_OK)
		return status;
	switch (record_kind_of(record)) {
	case RECORD_LOG:
		return check_log(&check);
	case RECORD_ROSTER:
		return check_roster(&check);
	case RECORD_LETTER:
		return check_letter(&check);
	case RECORD_OPEN:
		return check_open(&check);
	case RECORD_EXTEND:
		return check_extend(&check);
	case RECORD_CLOSE:
		return check_close(&check);
	case RECORD_OTHER:
		if (kit_record_is(record)) {
			struct kit_record kit;
			return kit_record_open(&kit, &check.note, replay_log_key(replay), problem);
		}
		if (story_kind_of(record) != STORY_KINDS)
			return check_story(&check);
		if (act_kind_of(record) != ACT_NONE)
			return roster_acts_check_next(replay, record, pending, n_pending, problem);
		break;
	}
	return sequencer_poll_check_record(replay, &check.note, epoch, arena, problem);
}
