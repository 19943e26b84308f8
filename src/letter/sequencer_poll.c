#include "sequencer_poll.h"

#include "memory.h"
#include "poll_count.h"
#include "replay_poll.h"

static enum undersign_status refuse(struct problem *problem, const char *where,
				    enum undersign_status status, const char *rule,
				    const char *what)
{
	problem_where(problem, where, (struct bytes){0});
	problem_rule(problem, rule);
	problem_what(problem, what, (struct bytes){0});
	return status;
}

enum undersign_status sequencer_poll_check_file(const struct replay_letter *letter,
						const struct statement_file *file,
						struct problem *problem)
{
	const size_t len = shape_ciphertexts_len(&letter->manifest->poll.shape);

	if (!letter->poll->trustees)
		return refuse(problem, "statement file", UNDERSIGN_E_MISSING,
			      "a poll takes answers once its trustees' key is in the log",
			      "it is not there yet");
	if (file->n == 2 &&
	    memcmp(file->statements[0].body.data, file->statements[1].body.data, len) != 0)
		return refuse(problem, "statement file", UNDERSIGN_E_INVALID,
			      "the second proof is of the same answer", "it is of another");
	return UNDERSIGN_OK;
}

/* Takes the answers of the last one's poll out of the n that wait. Returns how many are left. */
static size_t take_poll(struct answer_item *items, size_t *places, size_t *out_n,
			struct sequencer_answer *answers, size_t n)
{
	const struct replay_letter *letter = answers[n - 1].letter;
	size_t n_left = 0;

	*out_n = 0;
	for (size_t k = 0; k < n; k++) {
		if (answers[k].letter != letter) {
			answers[n_left++] = answers[k];
			continue;
		}
		items[*out_n] = answers[k].item;
		places[(*out_n)++] = answers[k].place;
	}
	return n_left;
}

enum undersign_status sequencer_poll_judge(bool *verdicts, struct sequencer_answer *answers,
					   size_t n, const uint8_t *fresh, void **scratch,
					   size_t *scratch_len, struct arena *arena)
{
	struct answer_item *items = ARENA_TAKE(arena, struct answer_item, n);
	size_t *places = ARENA_TAKE(arena, size_t, n);
	bool *holds = ARENA_TAKE(arena, bool, n);

	if (!items || !places || !holds)
		return UNDERSIGN_E_MEMORY;
	while (n > 0) {
		const struct answer_poll *about = &answers[n - 1].letter->poll->about;
		size_t n_taken;

		n = take_poll(items, places, &n_taken, answers, n);
		if (!arena_grow_scratch(scratch, scratch_len,
					answer_batch_scratch_len(about->shape, n_taken), arena))
			return UNDERSIGN_E_MEMORY;
		if (answer_batch_is_valid_vartime(holds, about, items, n_taken, fresh, *scratch,
						  *scratch_len))
			continue;
		for (size_t k = 0; k < n_taken; k++)
			verdicts[places[k]] = verdicts[places[k]] && holds[k];
	}
	return UNDERSIGN_OK;
}

static enum undersign_status check_trustees(const struct note *note, struct arena *arena,
					    struct problem *problem)
{
	struct poll_trustees *trustees = ARENA_TAKE(arena, struct poll_trustees, 1);
	enum undersign_status status;

	if (!trustees)
		return UNDERSIGN_E_MEMORY;
	status = poll_trustees_parse(trustees, note->text, problem);
	if (status == UNDERSIGN_OK)
		status = poll_text_check_signature(note, &trustees->key, problem);
	return status;
}

static enum undersign_status check_share(const struct replay *replay, const struct note *note,
					 uint64_t epoch, struct arena *arena,
					 struct problem *problem)
{
	struct poll_share share;
	struct poll_count count;
	struct replay_letter *letter;
	enum undersign_status status = poll_share_parse(&share, note->text, arena, problem);

	if (status != UNDERSIGN_OK)
		return status;
	letter = replay_letter_of(replay, share.letter);
	if (!letter || !letter->poll || !letter->poll->trustees)
		return refuse(problem, "share", UNDERSIGN_E_MISSING,
			      "a share is of a poll of this log, whose trustees' key is there",
			      "there is no such poll");
	if (share.trustee < 1 || share.trustee > letter->poll->trustees->roll.ceremony.n)
		return refuse(problem, "share", UNDERSIGN_E_INVALID,
			      "a share is of one of the poll's trustees",
			      "there is no such trustee");
	status = poll_text_check_signature(
		note, &letter->poll->trustees->roll.trustees[share.trustee - 1].signer, problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (epoch <= letter->closing)
		return refuse(problem, "share", UNDERSIGN_E_INVALID,
			      "shares are given after the closing, when all answers are published",
			      "the poll is not closed");
	status = poll_count_make(&count, letter, replay_epoch(replay), arena, problem);
	if (status != UNDERSIGN_OK)
		return status;
	if (count.state == POLL_SEALED)
		return refuse(problem, "share", UNDERSIGN_E_INVALID,
			      "shares are given after the closing, when all answers are published",
			      "the poll is not closed");
	if (poll_count_takes_share(&count, &share, arena))
		return UNDERSIGN_OK;
	problem_where_number(problem, "trustee", share.trustee);
	problem_rule(problem, "a share is of the sums of its poll, with a proof");
	problem_what(problem, "it does not hold. Keep it: it is signed by",
		     letter->poll->trustees->roll.trustees[share.trustee - 1].signer.name);
	return UNDERSIGN_E_INVALID;
}

enum undersign_status sequencer_poll_check_record(const struct replay *replay,
						  const struct note *note, uint64_t epoch,
						  struct arena *arena, struct problem *problem)
{
	if (poll_text_is(note->text, POLL_TRUSTEES_HEADER))
		return check_trustees(note, arena, problem);
	if (poll_text_is(note->text, POLL_SHARE_HEADER))
		return check_share(replay, note, epoch, arena, problem);
	return refuse(problem, "record", UNDERSIGN_E_FORMAT, "a record is of a kind that is known",
		      "its first line is another");
}
