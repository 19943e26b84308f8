#include "cli.h"
#include "desk_looking.h"
#include "desk_verbs.h"

#include "options.h"
#include "published.h"
#include "talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define WAIT_SECONDS 10 /* for an epoch that is being published */

/* Writes every file again. A published checkpoint stays if it is one of the whole log: it may have
 * witnesses' signatures; else the one without them is published, until the sealer asks them. One of
 * another log or of a longer one tells that the store was rolled back: nothing is written over it.
 */
static enum undersign_status repair(struct desk_looking *looking,
				    const struct published_witnesses *witnesses,
				    struct problem *problem)
{
	const struct desk_state *state = &looking->state;
	struct file_content content = {0};
	struct bytes checkpoint = state->checkpoint;
	char path[4096];

	snprintf(path, sizeof path, "%s/checkpoint", looking->config.published);
	enum undersign_status status = published_size(&looking->published, state, problem);
	if (status == UNDERSIGN_E_CONFLICT)
		return status;
	if (status == UNDERSIGN_OK && looking->published == state->view->size &&
	    file_read(&content, path, CONFIG_LEN_MAX, FILE_PUBLIC, NULL) == UNDERSIGN_OK)
		checkpoint = file_content_view(&content);
	status = published_write(state, looking->store, 0, problem);
	if (status == UNDERSIGN_OK)
		status = published_write_checkpoint(state, checkpoint, witnesses, problem);
	file_content_free(&content);
	return status;
}

static enum undersign_status check(struct desk_looking *looking, bool is_repair,
				   struct problem *problem)
{
	const struct desk_state *state = &looking->state;
	const struct published_witnesses witnesses = witnesses_keys(looking->witnesses);
	bool is_there;
	uint64_t size;

	enum undersign_status status = store_check(looking->store, problem);
	if (status == UNDERSIGN_OK)
		status = published_check(&size, &is_there, state, looking->config.checkpoint_copy,
					 problem);
	if (status == UNDERSIGN_OK && state->checkpoint.len > 0 && !is_repair)
		status = published_verify(state, looking->store, &witnesses, problem);
	if (status == UNDERSIGN_OK && state->checkpoint.len > 0 && is_repair) {
		status = repair(looking, &witnesses, problem);
	} else if (status == UNDERSIGN_OK) {
		status = published_size(&looking->published, state, problem);
	}
	return status;
}

/* The same beside a sealer, which may be publishing an epoch: what seems wrong then is looked at
 * again, until the files are those of the store's log, or that takes too long. */
static enum undersign_status check_beside(struct desk_looking *looking, struct problem *problem)
{
	struct desk_state *state = &looking->state;
	struct problem warning = {0};

	for (unsigned i = 0;; i++) {
		const uint64_t size = state->view->size;
		uint64_t before = 0, after = 0;
		enum undersign_status status = published_size(&before, state, problem);
		if (status == UNDERSIGN_OK)
			status = check(looking, false, problem);
		if (status == UNDERSIGN_OK || i == WAIT_SECONDS)
			return status;
		struct problem fault = {0};
		if (desk_state_refresh(state, looking->store, NULL, &warning, &fault) !=
			    UNDERSIGN_OK ||
		    published_size(&after, state, &fault) != UNDERSIGN_OK)
			return status;
		if (state->view->size == size && before == size && after == size)
			return status;
		*problem = (struct problem){0};
		sleep(1);
	}
}

int desk_fsck(int argc, char **argv)
{
	static const char *config;
	static struct desk_looking looking;
	static bool is_repair;
	const struct option options[] = {
		desk_option_config(&config),
		{.name = "--repair",
		 .about = "write the published files again, from the store; stop the sealer first",
		 .flag = &is_repair},
	};
	const struct options_form form = {
		.usage = "undersign desk fsck --config FILE [--repair]",
		.about = "Checks the store, its log against the checkpoints that were signed, and "
			 "each published file. --repair makes the files again; what is wrong in "
			 "the store it only tells.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
	};
	struct operands operands;
	struct problem problem = {0};
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	enum undersign_status status = desk_looking_open(
		&looking, config, is_repair ? STORE_SEALER : STORE_READER, &problem);
	if (status == UNDERSIGN_OK && is_repair)
		status = check(&looking, true, &problem);
	else if (status == UNDERSIGN_OK)
		status = check_beside(&looking, &problem);
	if (status == UNDERSIGN_OK)
		output_say("in order: %" PRIu64 " entries, all published files\n",
			   looking.state.view->size);
	desk_looking_close(&looking);
	return status == UNDERSIGN_OK
		       ? CLI_YES
		       : talk_refuse(status, "The desk is not as it should be.", &problem, NULL);
}
