#include "replay.h"

#include "memory.h"
#include "replay_parts.h"
#include "replay_poll.h"

/* Progress is reported once in so many entries. */
#define REPORT_EVERY 64

enum undersign_status replay_new(struct replay **out, const struct replay_options *options,
				 struct arena *arena)
{
	struct replay *replay = ARENA_TAKE(arena, struct replay, 1);

	*out = replay;
	if (!replay)
		return UNDERSIGN_E_MEMORY;
	replay->options = *options;
	replay->arena = arena;
	replay->epoch = REPLAY_NONE;
	replay->is_between = true;
	return UNDERSIGN_OK;
}

enum undersign_status replay_add_letter(struct replay *replay, struct replay_letter **out,
					const struct manifest *manifest, struct bytes note,
					struct letter_rings *rings, struct problem *problem)
{
	struct replay_letter *letter = ARENA_TAKE(replay->arena, struct replay_letter, 1);
	void *letters = replay->letters;

	CHECK(replay->seen.n == 0);
	CHECK(!replay->options.generators || (replay->options.read && replay->n_letters == 0));
	*out = NULL;
	if (!letter || !replay_tables_grow(&letters, &replay->letters_capacity, replay->n_letters,
					   sizeof(replay->letters[0]), replay->arena))
		return UNDERSIGN_E_MEMORY;
	replay->letters = letters;
	if (replay_letter_of(replay, manifest->context)) {
		problem_rule(problem, "a letter is replayed once");
		problem_what(problem, "it was given twice", (struct bytes){0});
		return UNDERSIGN_E_CONFLICT;
	}
	if (!note_key_is_equal(&manifest->log, replay->options.log)) {
		problem_rule(problem, "a letter is of the log that its manifest names");
		problem_what(problem, "it names another log:", manifest->log.name);
		return UNDERSIGN_E_INVALID;
	}
	letter->manifest = manifest;
	letter->note = note;
	letter->rings = rings;
	scope_new(&letter->scope, manifest_is_poll(manifest) ? SCOPE_POLL : SCOPE_LETTER,
		  manifest->context, 0);
	letter->logged_at = REPLAY_NONE;
	letter->opened_at = REPLAY_NONE;
	letter->opening = manifest->opens;
	letter->closing = manifest->closes;
	letter->counts = ARENA_TAKE(replay->arena, struct replay_count, manifest->n_rings);
	if (!letter->counts)
		return UNDERSIGN_E_MEMORY;
	for (size_t r = 0; r < manifest->n_rings; r++)
		letter->counts[r].first_epoch = REPLAY_NONE;
	if (manifest_is_poll(manifest) && replay_poll_new(letter, replay->arena) != UNDERSIGN_OK)
		return UNDERSIGN_E_MEMORY;
	replay->letters[replay->n_letters++] = letter;
	*out = letter;
	return UNDERSIGN_OK;
}

/* The rule of hold-min (6.2) over one ring in the epoch that ends. */
static bool release_is_allowed(const struct replay *replay, const struct replay_letter *letter,
			       size_t ring)
{
	const struct replay_count *count = &letter->counts[ring];

	if (count->n_new == 0 || count->n_new >= letter->manifest->hold_min)
		return true;
	if (replay->epoch != letter->closing)
		return false;
	return manifest_ring_is_of_all(letter->manifest, ring) ||
	       count->first_epoch < replay->epoch;
}

static void say_release(const struct replay *replay, const struct replay_letter *letter,
			size_t ring, struct problem *problem)
{
	const struct replay_count *count = &letter->counts[ring];

	replay_proofs_where(problem, count->first_new, "release", &letter->manifest->rings[ring]);
	problem_rule_number(problem,
			    "a ring's release holds at least {1} new tags, its remainder at the "
			    "closing excepted",
			    letter->manifest->hold_min);
	problem_what_numbers(problem, "in epoch {1} it holds {2}", replay->epoch, count->n_new);
}

static enum undersign_status end_epoch(struct replay *replay, struct problem *problem)
{
	const struct replay_letter *at_fault = NULL;
	size_t ring_at_fault = 0;

	if (replay->is_between)
		return UNDERSIGN_OK;
	if (!replay->has_log) {
		problem_where_number(problem, "entry", replay->seen.n);
		problem_rule(problem, "the log's record is entry 1, and there is only one");
		problem_what(problem, "the log ends before it", (struct bytes){0});
		return UNDERSIGN_E_MISSING;
	}
	for (size_t i = 0; i < replay->n_letters; i++) {
		struct replay_letter *letter = replay->letters[i];

		for (size_t r = 0; r < letter->manifest->n_rings; r++) {
			if (release_is_allowed(replay, letter, r)) {
				letter->counts[r].n_new = 0;
				continue;
			}
			if (!at_fault || letter->counts[r].first_new <
						 at_fault->counts[ring_at_fault].first_new) {
				at_fault = letter;
				ring_at_fault = r;
			}
		}
	}
	if (at_fault) {
		say_release(replay, at_fault, ring_at_fault, problem);
		return UNDERSIGN_E_INVALID;
	}
	replay->is_between = true;
	return UNDERSIGN_OK;
}

static enum undersign_status take_header(struct replay *replay, struct bytes entry,
					 struct problem *problem)
{
	uint64_t number = replay->epoch == REPLAY_NONE ? 0 : replay->epoch + 1;
	void *starts = replay->epoch_starts;
	struct order_epoch epoch;
	enum undersign_status status = end_epoch(replay, problem);
	uint64_t seconds;

	if (status != UNDERSIGN_OK)
		return status;
	status = order_epoch_parse(&epoch, entry, problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (epoch.number != number) {
		problem_rule(problem, "epochs are numbered one after the other from 0");
		problem_what_numbers(problem, "epoch {1} stands where {2} is due", epoch.number,
				     number);
		return UNDERSIGN_E_INVALID;
	}
	/* The first header's date is compared when the log's record has been read. */
	if (replay->has_log) {
		status = record_log_instant(&seconds, &replay->log, number);
		if (status != UNDERSIGN_OK || seconds != epoch.seconds) {
			problem_rule(
				problem,
				"an epoch's date is that of the first and its number's lengths");
			problem_what_numbers(problem, "epoch {1} is dated by second {2} since 1970",
					     number, epoch.seconds);
			return UNDERSIGN_E_INVALID;
		}
	}
	if (!replay_tables_grow(&starts, &replay->epochs_capacity, replay->n_epochs,
				sizeof(replay->epoch_starts[0]), replay->arena))
		return UNDERSIGN_E_MEMORY;
	replay->epoch_starts = starts;
	replay->epoch_starts[replay->n_epochs++] = replay->seen.n;
	replay->epoch = number;
	replay->first_seconds = number == 0 ? epoch.seconds : replay->first_seconds;
	replay->is_between = false;
	return UNDERSIGN_OK;
}

static enum undersign_status check_window(const struct replay *replay,
					  const struct replay_letter *letter,
					  struct problem *problem)
{
	problem_rule(problem, "a statement stands after its letter's opening and not after its "
			      "closing");
	if (letter->opened_at == REPLAY_NONE) {
		problem_what(problem, "the letter is not open: no record opens it before",
			     (struct bytes){0});
		return UNDERSIGN_E_INVALID;
	}
	if (replay->epoch < letter->opening) {
		problem_what_numbers(problem,
				     "it stands in epoch {1}, and the letter opens with {2}",
				     replay->epoch, letter->opening);
		return UNDERSIGN_E_INVALID;
	}
	if (replay->epoch > letter->closing) {
		problem_what_numbers(problem,
				     "it stands in epoch {1}, and the letter closed with {2}",
				     replay->epoch, letter->closing);
		return UNDERSIGN_E_INVALID;
	}
	return UNDERSIGN_OK;
}

/* The ring that a signature names, and its proof's length. */
static enum undersign_status find_ring(const struct replay_letter *letter,
				       const struct statement *statement,
				       const struct rings_ring **out, struct problem *problem)
{
	uint8_t hex[2 * HASH_BYTES];
	struct writer writer = writer_new(hex, sizeof(hex));

	*out = rings_find(letter->rings, statement->ring_id);
	if (!*out) {
		problem_rule(problem, "a signature names a ring of its letter, in a version that "
				      "stands before it and holds");
		writer_hex(&writer, bytes_from(statement->ring_id, HASH_BYTES));
		problem_what(problem, "there is no such ring:", writer_view(&writer));
		return UNDERSIGN_E_INVALID;
	}
	if (statement->proof.len == proof_len((*out)->ring.n))
		return UNDERSIGN_OK;
	problem_rule(problem, "a proof has the length that its ring asks for");
	problem_what_numbers(problem, "{1} bytes in place of {2}", statement->proof.len,
			     proof_len((*out)->ring.n));
	return UNDERSIGN_E_INVALID;
}

static enum undersign_status take_statement(struct replay *replay, struct bytes entry,
					    struct problem *problem)
{
	struct replay_letter *letter = NULL;
	const struct rings_ring *ring = NULL;
	uint8_t text[STATEMENT_MESSAGE_MAX];
	struct writer message = writer_new(text, sizeof(text));
	struct statement statement;
	struct tally_statement row = {
		.epoch = replay->epoch, .entry = replay->seen.n - 1, .ring = TALLY_NO_RING};
	enum undersign_status status = statement_parse(&statement, entry, problem);

	if (status != UNDERSIGN_OK)
		return status;
	for (size_t i = 0; i < replay->n_letters && !letter; i++) {
		if (statement_is_of_letter(&statement, replay->letters[i]->manifest->context))
			letter = replay->letters[i];
	}
	if (!letter) {
		replay->proofs.done += REPLAY_UNITS - 1;
		return UNDERSIGN_OK;
	}
	status = statement_check(&statement, letter->manifest, problem);
	if (status == UNDERSIGN_OK)
		status = check_window(replay, letter, problem);
	if (status == UNDERSIGN_OK && statement.action == MESSAGE_SIGN)
		status = find_ring(letter, &statement, &ring, problem);
	if (status != UNDERSIGN_OK)
		return status;
	statement_message(&message, &statement, letter->manifest);
	memcpy(row.tag, statement_tag(&statement), POINT_BYTES);
	sha256(row.message, writer_view(&message));
	row.seq = statement.seq;
	row.action = (uint8_t)statement.action;
	if (ring)
		row.ring = ring->number;
	status = replay_proofs_add(&replay->proofs, &replay->options,
				   &(struct replay_proof){letter, ring, row.entry}, &statement,
				   writer_view(&message), replay->arena, problem);
	if (status == UNDERSIGN_OK && letter->poll)
		status = replay_poll_take(letter, &replay->options, &statement, row.entry,
					  replay->arena, problem);
	if (status != UNDERSIGN_OK)
		return status;
	return replay_tables_note(letter, &row, replay->arena);
}

/* The entry's place among those before it. */
static enum undersign_status check_order(struct replay *replay, struct bytes entry,
					 struct order_key *key, struct problem *problem)
{
	bool is_header = order_kind_of(entry) == ORDER_HEADER;
	enum undersign_status status;

	if (replay->is_between && !is_header) {
		problem_rule(problem, "an epoch begins with its header");
		problem_what(problem, "something else stands here", (struct bytes){0});
		return UNDERSIGN_E_INVALID;
	}
	status = order_key_of(key, replay->epoch, entry, problem);
	if (status != UNDERSIGN_OK)
		return status;
	status = replay_tables_see(&replay->seen, key->entry, replay->arena);
	if (status == UNDERSIGN_E_CONFLICT) {
		problem_rule(problem, "no entry stands in the log twice");
		problem_what_numbers(problem, "it is the same as entry {1}",
				     replay_tables_seen(&replay->seen, key->entry), 0);
	}
	if (status != UNDERSIGN_OK || is_header)
		return status;
	if (order_compare(&replay->last, key) < 0)
		return UNDERSIGN_OK;
	problem_rule(problem, "an epoch has its records by rank and hash, then its statements by "
			      "the hash of epoch and tag");
	problem_what(problem, "it stands before the one that precedes it", (struct bytes){0});
	return UNDERSIGN_E_INVALID;
}

static enum undersign_status take_entry(struct replay *replay, struct bytes entry,
					struct problem *problem)
{
	struct order_key key;
	enum undersign_status status = check_order(replay, entry, &key, problem);

	if (status != UNDERSIGN_OK)
		return status;
	switch (order_kind_of(entry)) {
	case ORDER_HEADER:
		status = take_header(replay, entry, problem);
		break;
	case ORDER_RECORD:
		status = replay_records_take(replay, entry, problem);
		if (status == UNDERSIGN_OK && replay->seen.n == 2 &&
		    replay->log.begins != replay->first_seconds) {
			problem_rule(problem, "epoch 0 is dated by what the log's record says");
			problem_what(problem, "the header's date is another", (struct bytes){0});
			status = UNDERSIGN_E_INVALID;
		}
		break;
	case ORDER_STATEMENT:
		if (!replay->has_log) {
			problem_rule(problem, "the log's record is entry 1, and there is only one");
			problem_what(problem, "something else stands here", (struct bytes){0});
			return UNDERSIGN_E_INVALID;
		}
		status = take_statement(replay, entry, problem);
		break;
	}
	replay->last = key;
	return status;
}

/* Says where, unless the place has been said whole. */
static void say_entry(uint64_t entry, struct problem *problem)
{
	if (!problem ||
	    bytes_begin_with(bytes_from_text(problem->where), bytes_from_text("entry ")))
		return;
	problem_inside_number(problem, "entry", entry);
}

/* Verifies all proofs that wait, of membership and of answers: the first fault is named. */
static enum undersign_status flush(struct replay *replay, struct problem *problem)
{
	enum undersign_status status =
		replay_proofs_flush(&replay->proofs, &replay->options, replay->arena, problem);
	uint64_t bad = status == UNDERSIGN_E_INVALID ? replay->proofs.bad : REPLAY_NONE;

	for (size_t i = 0; i < replay->n_letters; i++) {
		struct problem here = {0};
		uint64_t entry;

		if (!replay->letters[i]->poll ||
		    (status != UNDERSIGN_OK && status != UNDERSIGN_E_INVALID) ||
		    replay_poll_flush(replay->letters[i], &replay->options, &entry, &here) ==
			    UNDERSIGN_OK ||
		    entry >= bad)
			continue;
		status = UNDERSIGN_E_INVALID;
		bad = entry;
		if (problem)
			*problem = here;
	}
	return status;
}

enum undersign_status replay_entry(struct replay *replay, struct bytes entry,
				   struct problem *problem)
{
	uint64_t number = replay->seen.n;
	struct problem here = {0};
	enum undersign_status earlier;
	enum undersign_status status = take_entry(replay, entry, &here);

	if (status == UNDERSIGN_OK) {
		replay->proofs.done++;
		if (order_kind_of(entry) != ORDER_STATEMENT)
			replay->proofs.done += REPLAY_UNITS - 1;
		if ((number & (REPORT_EVERY - 1)) == 0)
			progress_report(replay->options.progress, replay->proofs.done,
					replay->options.n_entries * REPLAY_UNITS);
		return UNDERSIGN_OK;
	}
	/* The first fault is the one to be named: it may be a proof that waits. */
	if (status != UNDERSIGN_E_MEMORY) {
		earlier = flush(replay, problem);
		if (earlier != UNDERSIGN_OK)
			return earlier;
	}
	say_entry(number, &here);
	if (problem)
		*problem = here;
	return status;
}

enum undersign_status replay_end(struct replay *replay, struct problem *problem)
{
	enum undersign_status status = flush(replay, problem);

	if (status != UNDERSIGN_OK)
		return status;
	return end_epoch(replay, problem);
}

uint64_t replay_size(const struct replay *replay)
{
	return replay->seen.n;
}

const struct record_log *replay_log(const struct replay *replay)
{
	return replay->has_log ? &replay->log : NULL;
}

uint64_t replay_epoch(const struct replay *replay)
{
	return replay->epoch;
}

size_t replay_n_letters(const struct replay *replay)
{
	return replay->n_letters;
}

struct replay_letter *replay_letter_at(const struct replay *replay, size_t i)
{
	CHECK(i < replay->n_letters);
	return replay->letters[i];
}

const struct note_key *replay_log_key(const struct replay *replay)
{
	return replay->options.log;
}

uint64_t replay_epoch_of(const struct replay *replay, uint64_t entry)
{
	size_t low = 0;
	size_t high = replay->n_epochs;

	CHECK(entry < replay->seen.n);
	/* The last epoch that starts at or before the entry. */
	while (high - low > 1) {
		size_t middle = low + ((high - low) >> 1);

		if (replay->epoch_starts[middle] <= entry)
			low = middle;
		else
			high = middle;
	}
	return low;
}

uint64_t replay_find(const struct replay *replay,
		     const uint8_t sha256_of_entry[static SHA256_BYTES])
{
	return replay_tables_seen(&replay->seen, sha256_of_entry);
}
