#include "replay_parts.h"

#include "act.h"
#include "memory.h"
#include "replay_poll.h"

#define KEY_RULE N_("a signature on a record is of a key that the bundle lists")

static size_t find_key(const struct replay_keys *keys, const struct note_key *key)
{
	size_t i = 0;

	while (i < keys->n && !note_key_is_equal(&keys->keys[i], key))
		i++;
	return i;
}

/* Who has signed. Each signature is verified once where the author stands on the list. */
static enum undersign_status
verify_signatures(const struct note *note, const struct note_key *author,
		  const struct replay_keys *keys, struct note_verdict *by_author,
		  struct note_verdict *by_keys, struct problem *problem)
{
	size_t index = find_key(keys, author);
	enum undersign_status status = UNDERSIGN_OK;

	for (size_t i = 0; i < NOTE_SIGNATURES_MAX; i++) {
		by_author->key_of[i] = NOTE_KEY_UNKNOWN;
		by_keys->key_of[i] = NOTE_KEY_UNKNOWN;
	}
	if (index == keys->n)
		status = note_verify(by_author, note, author, 1, NOTE_UNKNOWN_IGNORED, problem);
	if (status != UNDERSIGN_OK || keys->n == 0)
		return status;
	status = note_verify(by_keys, note, keys->keys, keys->n, NOTE_UNKNOWN_IGNORED, problem);
	if (status == UNDERSIGN_E_MISSING && index == keys->n) {
		if (problem)
			memset(problem, 0, sizeof(*problem));
		return UNDERSIGN_OK;
	}
	if (status == UNDERSIGN_OK && index < keys->n && !note_verdict_has(by_keys, index)) {
		problem_where(problem, "signatures", (struct bytes){0});
		problem_rule(problem, "a record is signed by its author");
		problem_what(problem, "there is no signature of", author->name);
		return UNDERSIGN_E_MISSING;
	}
	return status;
}

static bool has_signed_before(const struct note_verdict *verdict, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (verdict->key_of[j] == verdict->key_of[i])
			return true;
	}
	return false;
}

/* Marks where the signatures on a note are from; E_INVALID for one of nobody's, and for a second
 * one of a key. */
enum undersign_status replay_check_signatures(const struct note *note,
					      const struct note_key *author,
					      struct replay_keys *keys, struct problem *problem)
{
	struct note_verdict by_author;
	struct note_verdict by_keys;
	enum undersign_status status =
		verify_signatures(note, author, keys, &by_author, &by_keys, problem);

	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < note->n_signatures; i++) {
		bool is_listed = by_keys.key_of[i] != NOTE_KEY_UNKNOWN;
		bool is_author = !is_listed && by_author.key_of[i] != NOTE_KEY_UNKNOWN;

		if ((is_listed && has_signed_before(&by_keys, i)) ||
		    (is_author && has_signed_before(&by_author, i))) {
			problem_where(problem, "signature of", note->signatures[i].name);
			problem_rule(problem, "a key signs a record only once");
			problem_what(problem, "this is its second signature", (struct bytes){0});
			return UNDERSIGN_E_INVALID;
		}
		if (is_listed && keys->is_used)
			keys->is_used[by_keys.key_of[i]] = true;
		/* Where a list is to be exact, authors stand on it too. */
		if (is_listed || (!keys->is_used && is_author))
			continue;
		problem_where(problem, "signature of", note->signatures[i].name);
		problem_rule(problem, KEY_RULE);
		problem_what(problem, "this key is not listed", (struct bytes){0});
		return UNDERSIGN_E_INVALID;
	}
	return UNDERSIGN_OK;
}

struct replay_letter *replay_letter_of(const struct replay *replay,
				       const uint8_t context[static HASH_BYTES])
{
	for (size_t i = 0; i < replay->n_letters; i++) {
		if (memcmp(replay->letters[i]->manifest->context, context, HASH_BYTES) == 0)
			return replay->letters[i];
	}
	return NULL;
}

static enum undersign_status take_log(struct replay *replay, const struct note *note,
				      struct problem *problem)
{
	struct bytes text = arena_copy(replay->arena, note->text);
	enum undersign_status status;

	if (!text.data)
		return UNDERSIGN_E_MEMORY;
	status = record_log_parse(&replay->log, text, problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (!note_key_is_equal(&replay->log.log, replay->options.log)) {
		problem_rule(problem, "the log's record has the key that signs its checkpoints");
		problem_what(problem, "it is the record of another log:", replay->log.log.name);
		return UNDERSIGN_E_INVALID;
	}
	replay->has_log = true;
	return replay_check_signatures(note, &replay->log.log, &replay->options.keys, problem);
}

static enum undersign_status take_roster(struct replay *replay, const struct note *note,
					 struct bytes entry)
{
	uint8_t id[SHA256_BYTES];

	record_id(id, note->text);
	return replay_tables_add_roster(&replay->rosters, id, entry, replay->arena);
}

/* A snapshot's record that a letter uses: parsed, its steward's signature and all others hold. */
static enum undersign_status check_roster(struct replay *replay, struct bytes entry,
					  struct problem *problem)
{
	struct snapshot_record record;
	struct note note;
	enum undersign_status status = note_parse(&note, entry, problem);

	if (status == UNDERSIGN_OK)
		status = snapshot_parse(&record, note.text, problem);
	if (status == UNDERSIGN_OK)
		status =
			replay_check_signatures(&note, &record.key, &replay->options.keys, problem);
	if (status != UNDERSIGN_OK)
		problem_inside(problem, "the record of a roster", (struct bytes){0});
	return status;
}

static enum undersign_status take_letter(struct replay *replay, const struct note *note,
					 struct bytes entry, struct problem *problem)
{
	uint8_t context[HASH_BYTES];
	struct replay_letter *letter;
	uint64_t seconds;

	scope_context(context, note->text);
	letter = replay_letter_of(replay, context);
	if (!letter)
		return UNDERSIGN_OK;
	if (record_log_instant(&seconds, &replay->log, letter->manifest->closes) != UNDERSIGN_OK) {
		problem_rule(problem, "a letter closes before the year 10000");
		problem_what_numbers(problem, "it closes with epoch {1} of {2} seconds each",
				     letter->manifest->closes, replay->log.epoch_seconds);
		return UNDERSIGN_E_LIMIT;
	}
	if (!bytes_are_equal(letter->note, entry)) {
		problem_rule(problem, "the bundle's manifest is equal to the letter's entry");
		problem_what(problem, "the signatures differ", (struct bytes){0});
		return UNDERSIGN_E_INVALID;
	}
	for (size_t r = 0; r < letter->manifest->n_rosters; r++) {
		const struct manifest_roster *roster = &letter->manifest->rosters[r];
		struct bytes record = replay_roster_record(replay, roster->record);
		enum undersign_status status;

		if (record.len == 0) {
			problem_rule(problem,
				     "the records of a letter's rosters stand before its manifest");
			problem_what(problem, "there is no record of roster", roster->name);
			return UNDERSIGN_E_MISSING;
		}
		status = check_roster(replay, record, problem);
		if (status != UNDERSIGN_OK)
			return status;
	}
	letter->logged_at = replay->seen.n - 1;
	return replay_check_signatures(note, &letter->manifest->organiser, &replay->options.keys,
				       problem);
}

/* The letter of an `open`, `extend` or `close`, whose organiser must have signed it, after its
 * manifest. *out is NULL if it is none of ours. */
static enum undersign_status find_letter(struct replay *replay, struct replay_letter **out,
					 const uint8_t context[static HASH_BYTES],
					 const struct note *note, struct problem *problem)
{
	*out = replay_letter_of(replay, context);
	if (!*out)
		return UNDERSIGN_OK;
	if ((*out)->logged_at == REPLAY_NONE) {
		problem_rule(problem, "a letter's records stand after its manifest");
		problem_what(problem, "the manifest does not stand before it", (struct bytes){0});
		return UNDERSIGN_E_INVALID;
	}
	return replay_check_signatures(note, &(*out)->manifest->organiser, &replay->options.keys,
				       problem);
}

static enum undersign_status take_open(struct replay *replay, const struct note *note,
				       struct problem *problem)
{
	struct record_open record;
	struct replay_letter *letter;
	enum undersign_status status = record_open_parse(&record, note->text, problem);

	if (status != UNDERSIGN_OK)
		return status;
	status = find_letter(replay, &letter, record.letter, note, problem);
	if (status != UNDERSIGN_OK || !letter)
		return status;
	if (letter->opened_at != REPLAY_NONE) {
		problem_rule(problem, "a letter is opened once");
		problem_what(problem, "this is its second opening", (struct bytes){0});
		return UNDERSIGN_E_CONFLICT;
	}
	letter->opened_at = replay->seen.n - 1;
	letter->opening =
		letter->manifest->opens > replay->epoch ? letter->manifest->opens : replay->epoch;
	return UNDERSIGN_OK;
}

/* Something void is no error; it is kept, with its place, to be shown. */
static enum undersign_status take_notice(struct replay *replay, struct replay_letter *letter,
					 const struct problem *why)
{
	void *notices = letter->notices;

	if (!replay_tables_grow(&notices, &letter->notices_capacity, letter->n_notices,
				sizeof(letter->notices[0]), replay->arena))
		return UNDERSIGN_E_MEMORY;
	letter->notices = notices;
	letter->notices[letter->n_notices] = *why;
	problem_inside_number(&letter->notices[letter->n_notices], "entry", replay->seen.n - 1);
	letter->n_notices++;
	return UNDERSIGN_OK;
}

/* The record of a roster for an extension, made in the arena; NULL if there is none that holds. */
static enum undersign_status open_roster(struct replay *replay, const struct snapshot_record **out,
					 const uint8_t id[static SHA256_BYTES])
{
	struct bytes entry = replay_roster_record(replay, id);
	struct snapshot_record *record;
	struct note note;

	*out = NULL;
	if (entry.len == 0)
		return UNDERSIGN_OK;
	record = ARENA_TAKE(replay->arena, struct snapshot_record, 1);
	if (!record)
		return UNDERSIGN_E_MEMORY;
	if (snapshot_open(record, &note, entry, NULL) == UNDERSIGN_OK)
		*out = record;
	return UNDERSIGN_OK;
}

static enum undersign_status extend_letter(struct replay *replay, struct replay_letter *letter,
					   const struct record_extend *extend,
					   struct problem *problem)
{
	const struct snapshot_record **records =
		ARENA_TAKE(replay->arena, const struct snapshot_record *, extend->n_rosters);
	enum undersign_status status;
	struct problem why = {0};
	bool holds;

	if (!records)
		return UNDERSIGN_E_MEMORY;
	for (size_t r = 0; r < extend->n_rosters; r++) {
		status = open_roster(replay, &records[r], extend->rosters[r].record);
		if (status != UNDERSIGN_OK)
			return status;
	}
	status = rings_extend(letter->rings, &holds, extend, records, replay->epoch,
			      letter->closing, &why);
	if (status != UNDERSIGN_OK)
		return status;
	if (!holds)
		return take_notice(replay, letter, &why);
	for (size_t r = 0; r < extend->n_rosters; r++) {
		status = check_roster(
			replay, replay_roster_record(replay, extend->rosters[r].record), problem);
		if (status != UNDERSIGN_OK)
			return status;
	}
	return UNDERSIGN_OK;
}

static enum undersign_status take_extend(struct replay *replay, const struct note *note,
					 struct problem *problem)
{
	struct record_extend record;
	struct replay_letter *letter;
	struct bytes text = arena_copy(replay->arena, note->text);
	enum undersign_status status;

	if (!text.data)
		return UNDERSIGN_E_MEMORY;
	status = record_extend_parse(&record, text, replay->arena, problem);
	if (status != UNDERSIGN_OK)
		return status;
	status = find_letter(replay, &letter, record.letter, note, problem);
	if (status != UNDERSIGN_OK || !letter)
		return status;
	return extend_letter(replay, letter, &record, problem);
}

static enum undersign_status take_close(struct replay *replay, const struct note *note,
					struct problem *problem)
{
	struct record_close record;
	struct replay_letter *letter;
	struct problem why = {0};
	enum undersign_status status = record_close_parse(&record, note->text, problem);

	if (status != UNDERSIGN_OK)
		return status;
	status = find_letter(replay, &letter, record.letter, note, problem);
	if (status != UNDERSIGN_OK || !letter)
		return status;
	problem_where(&why, "close", (struct bytes){0});
	if (letter->has_close) {
		problem_rule(&why, "a letter is closed early once");
		problem_what(&why, "void: it is not the first one", (struct bytes){0});
		return take_notice(replay, letter, &why);
	}
	letter->has_close = true;
	if (record.epoch >= replay->epoch && record.epoch <= letter->manifest->closes) {
		letter->closing = record.epoch;
		return UNDERSIGN_OK;
	}
	problem_rule(&why, "a closing is not before the epoch in which it is logged, and not after "
			   "the one that the manifest names");
	problem_what_numbers(&why, "void: it closes with epoch {1} and stands in {2}", record.epoch,
			     replay->epoch);
	return take_notice(replay, letter, &why);
}

/* Kept for whoever asks what stewards have logged (roster_acts.h); it decides nothing. */
static enum undersign_status take_act(struct replay *replay, struct bytes entry)
{
	void *acts = replay->acts;
	struct bytes copy;

	if (!replay_tables_grow(&acts, &replay->acts_capacity, replay->n_acts,
				sizeof(replay->acts[0]), replay->arena))
		return UNDERSIGN_E_MEMORY;
	replay->acts = acts;
	copy = arena_copy(replay->arena, entry);
	if (!copy.data)
		return UNDERSIGN_E_MEMORY;
	replay->acts[replay->n_acts++] =
		(struct replay_act){.entry = replay->seen.n - 1, .note = copy};
	return UNDERSIGN_OK;
}

static enum undersign_status take_kit(struct replay *replay, const struct note *note,
				      struct problem *problem)
{
	struct kit_record kit;
	enum undersign_status status = kit_record_open(&kit, note, replay->options.log, problem);

	if (status != UNDERSIGN_OK)
		return status;
	kit.version = arena_copy(replay->arena, kit.version);
	if (!kit.version.data)
		return UNDERSIGN_E_MEMORY;
	kit.log = *replay->options.log;
	replay->kit = kit;
	replay->kit_entry = replay->seen.n - 1;
	return UNDERSIGN_OK;
}

const struct kit_record *replay_kit(const struct replay *replay, uint64_t *out_entry)
{
	*out_entry = replay->kit_entry;
	return replay->kit_entry > 0 ? &replay->kit : NULL;
}

enum undersign_status replay_records_take(struct replay *replay, struct bytes entry,
					  struct problem *problem)
{
	enum record_kind kind = record_kind_of(entry);
	struct note note;
	enum undersign_status status = note_parse(&note, entry, problem);

	if (status != UNDERSIGN_OK)
		return status;
	if ((kind == RECORD_LOG) != (replay->seen.n == 2)) {
		problem_rule(problem, "the log's record is entry 1, and there is only one");
		problem_what(problem,
			     kind == RECORD_LOG ? "a second one stands here"
						: "something else stands here",
			     (struct bytes){0});
		return UNDERSIGN_E_INVALID;
	}
	switch (kind) {
	case RECORD_LOG:
		return take_log(replay, &note, problem);
	case RECORD_ROSTER:
		return take_roster(replay, &note, entry);
	case RECORD_LETTER:
		return take_letter(replay, &note, entry, problem);
	case RECORD_OPEN:
		return take_open(replay, &note, problem);
	case RECORD_EXTEND:
		return take_extend(replay, &note, problem);
	case RECORD_CLOSE:
		return take_close(replay, &note, problem);
	case RECORD_OTHER:
		if (kit_record_is(note.text))
			return take_kit(replay, &note, problem);
		if (poll_text_is(note.text, POLL_TRUSTEES_HEADER) ||
		    poll_text_is(note.text, POLL_SHARE_HEADER))
			return replay_poll_record(replay, &note, problem);
		if (act_kind_of(entry) != ACT_NONE)
			return take_act(replay, entry);
		return replay_story_take(replay, &note, problem);
	}
	return UNDERSIGN_OK;
}
