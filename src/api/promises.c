#include "undersign.h"

#include "bundle_handle.h"
#include "convert.h"
#include "promise.h"
#include "sequencer.h"

/* Anybody can get a promise for bytes that could never be logged only from a desk that does not
 * check; what could not be logged accuses nobody. */
static enum undersign_status check_proofs(const struct undersign_bundle *bundle, struct bytes file,
					  struct arena *arena, struct problem *problem)
{
	struct replay_letter *letter;

	return sequencer_check_file(&letter, bundle->inner->replay, &bundle->generators, file,
				    bundle->inner->letter->closing, arena, problem);
}

enum undersign_status
undersign_promise_check(enum undersign_promise_fate *out, const struct undersign_bundle *bundle,
			struct undersign_bytes promise, struct undersign_bytes statement,
			const struct undersign_memory *memory, struct undersign_problem *problem)
{
	static const enum undersign_promise_fate fates[] = {
		[PROMISE_KEPT] = UNDERSIGN_PROMISE_KEPT,
		[PROMISE_OPEN] = UNDERSIGN_PROMISE_OPEN,
		[PROMISE_BROKEN] = UNDERSIGN_PROMISE_BROKEN,
		[PROMISE_VOID] = UNDERSIGN_PROMISE_VOID,
	};
	const struct replay *replay = bundle->inner->replay;
	const struct bytes file = convert_bytes(statement);
	struct arena arena = convert_memory(memory);
	struct problem inner = {0};
	struct promise opened;
	enum promise_fate fate = PROMISE_OPEN;

	*out = UNDERSIGN_PROMISE_OPEN;
	enum undersign_status status =
		promise_open(&opened, convert_bytes(promise), replay_log_key(replay), &inner);
	if (status == UNDERSIGN_OK)
		status = promise_is_kept(&fate, &opened, file, replay, bundle->inner->letter,
					 &inner);
	if (status == UNDERSIGN_OK && fate != PROMISE_KEPT)
		status = check_proofs(bundle, file, &arena, &inner);
	if (status == UNDERSIGN_OK)
		*out = fates[fate];
	convert_problem(problem, &inner);
	return status;
}
