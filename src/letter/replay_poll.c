#include "replay_poll.h"

#include "memory.h"
#include "replay_parts.h"

#define BATCH 512

enum undersign_status replay_poll_new(struct replay_letter *letter, struct arena *arena)
{
	letter->poll = ARENA_TAKE(arena, struct replay_poll, 1);
	if (!letter->poll)
		return UNDERSIGN_E_MEMORY;
	letter->poll->about.shape = &letter->manifest->poll.shape;
	letter->poll->about.scope = letter->scope.bytes;
	return UNDERSIGN_OK;
}

static size_t item_len(const struct replay_poll *poll)
{
	return HASH_BYTES + POINT_BYTES + shape_answer_len(poll->about.shape);
}

static enum undersign_status make_room(struct replay_poll *poll, struct arena *arena)
{
	if (poll->items)
		return UNDERSIGN_OK;
	poll->scratch_len = answer_batch_scratch_len(poll->about.shape, BATCH);
	poll->entries = ARENA_TAKE(arena, uint64_t, BATCH);
	poll->verdicts = ARENA_TAKE(arena, bool, BATCH);
	poll->store = arena_take(arena, BATCH, item_len(poll));
	poll->scratch = arena_take(arena, poll->scratch_len / 64 + 1, 64);
	if (!poll->entries || !poll->verdicts || !poll->store || !poll->scratch)
		return UNDERSIGN_E_MEMORY;
	poll->items = ARENA_TAKE(arena, struct answer_item, BATCH);
	return poll->items ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
}

enum undersign_status replay_poll_flush(struct replay_letter *letter,
					const struct replay_options *options, uint64_t *out_entry,
					struct problem *problem)
{
	struct replay_poll *poll = letter->poll;
	const size_t n = poll->n_items;
	size_t bad = 0;

	poll->n_items = 0;
	if (n == 0 ||
	    answer_batch_is_valid_vartime(poll->verdicts, &poll->about, poll->items, n,
					  options->fresh, poll->scratch, poll->scratch_len))
		return UNDERSIGN_OK;
	while (poll->verdicts[bad])
		bad++;
	*out_entry = poll->entries[bad];
	replay_proofs_where(problem, *out_entry, "answer", NULL);
	problem_rule(problem, "an answer's proofs show that it is a choice of its poll, by this "
			      "tag in this ring");
	problem_what(problem, "they do not hold", (struct bytes){0});
	return UNDERSIGN_E_INVALID;
}

static enum undersign_status wait(struct replay_letter *letter,
				  const struct replay_options *options,
				  const struct statement *statement, uint64_t entry,
				  struct arena *arena, struct problem *problem)
{
	struct replay_poll *poll = letter->poll;
	enum undersign_status status = make_room(poll, arena);
	uint64_t bad;

	if (status != UNDERSIGN_OK)
		return status;
	uint8_t *at = poll->store + poll->n_items * item_len(poll);
	memcpy(at, statement->ring_id, HASH_BYTES);
	memcpy(at + HASH_BYTES, statement_tag(statement), POINT_BYTES);
	memcpy(at + HASH_BYTES + POINT_BYTES, statement->body.data, statement->body.len);
	poll->entries[poll->n_items] = entry;
	poll->items[poll->n_items++] = (struct answer_item){
		at, at + HASH_BYTES,
		bytes_from(at + HASH_BYTES + POINT_BYTES, statement->body.len)};
	if (poll->n_items < BATCH)
		return UNDERSIGN_OK;
	return replay_poll_flush(letter, options, &bad, problem);
}

enum undersign_status replay_poll_take(struct replay_letter *letter,
				       const struct replay_options *options,
				       const struct statement *statement, uint64_t entry,
				       struct arena *arena, struct problem *problem)
{
	struct replay_poll *poll = letter->poll;
	void *ciphertexts = poll->ciphertexts;
	struct bytes copy = {0};

	if (!poll->trustees) {
		problem_rule(problem,
			     "the record of a poll's trustees stands before the first answer");
		problem_what(problem, "it does not stand in the log", (struct bytes){0});
		return UNDERSIGN_E_MISSING;
	}
	if (!replay_tables_grow(&ciphertexts, &poll->ciphertexts_capacity, poll->n_ciphertexts,
				sizeof(poll->ciphertexts[0]), arena))
		return UNDERSIGN_E_MEMORY;
	poll->ciphertexts = ciphertexts;
	if (statement->action == MESSAGE_SIGN) {
		copy = arena_copy(arena, bytes_part(statement->body, 0,
						    shape_ciphertexts_len(poll->about.shape)));
		if (!copy.data)
			return UNDERSIGN_E_MEMORY;
	}
	poll->ciphertexts[poll->n_ciphertexts++] = copy.data;
	if (statement->action != MESSAGE_SIGN || !options->generators)
		return UNDERSIGN_OK;
	return wait(letter, options, statement, entry, arena, problem);
}

/* The key of those letters that name this record. */
static enum undersign_status take_trustees(struct replay *replay, const struct note *note,
					   struct problem *problem)
{
	struct poll_trustees *trustees = NULL;
	uint8_t id[SHA256_BYTES];

	record_id(id, note->text);
	for (size_t i = 0; i < replay->n_letters; i++) {
		struct replay_letter *letter = replay->letters[i];
		enum undersign_status status;
		struct bytes text;

		if (!letter->poll || letter->poll->trustees ||
		    memcmp(letter->manifest->poll.trustees, id, sizeof(id)) != 0)
			continue;
		if (!trustees) {
			trustees = ARENA_TAKE(replay->arena, struct poll_trustees, 1);
			text = arena_copy(replay->arena, note->text);
			if (!trustees || !text.data)
				return UNDERSIGN_E_MEMORY;
			status = poll_trustees_parse(trustees, text, problem);
			if (status == UNDERSIGN_OK)
				status = poll_text_check_signature(note, &trustees->key, problem);
			if (status != UNDERSIGN_OK)
				return status;
		}
		letter->poll->trustees = trustees;
		letter->poll->about.key = &trustees->trustees.key;
	}
	return UNDERSIGN_OK;
}

static enum undersign_status take_share(struct replay *replay, const struct note *note,
					struct problem *problem)
{
	struct poll_share share;
	enum undersign_status status = poll_share_parse(&share, note->text, replay->arena, problem);
	struct replay_letter *letter;

	if (status != UNDERSIGN_OK)
		return status;
	letter = replay_letter_of(replay, share.letter);
	if (!letter)
		return UNDERSIGN_OK;
	problem_rule(problem, "a share is of a trustee of its poll, whose key stands before it");
	if (!letter->poll || !letter->poll->trustees || share.trustee < 1 ||
	    share.trustee > letter->poll->trustees->roll.ceremony.n) {
		problem_what(problem, "there is no such trustee", (struct bytes){0});
		return UNDERSIGN_E_INVALID;
	}
	status = poll_text_check_signature(
		note, &letter->poll->trustees->roll.trustees[share.trustee - 1].signer, problem);
	if (status != UNDERSIGN_OK)
		return status;
	void *shares = letter->poll->shares;
	if (!replay_tables_grow(&shares, &letter->poll->shares_capacity, letter->poll->n_shares,
				sizeof(letter->poll->shares[0]), replay->arena))
		return UNDERSIGN_E_MEMORY;
	letter->poll->shares = shares;
	share.epoch = replay_epoch(replay);
	letter->poll->shares[letter->poll->n_shares++] = share;
	return UNDERSIGN_OK;
}

enum undersign_status replay_poll_record(struct replay *replay, const struct note *note,
					 struct problem *problem)
{
	if (poll_text_is(note->text, POLL_TRUSTEES_HEADER))
		return take_trustees(replay, note, problem);
	if (poll_text_is(note->text, POLL_SHARE_HEADER))
		return take_share(replay, note, problem);
	return UNDERSIGN_OK;
}
