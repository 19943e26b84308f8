#include "cli.h"
#include "desk_verbs.h"

#include "desk_state.h"
#include "options.h"
#include "published.h"
#include "store.h"
#include "talk.h"
#include "threads.h"
#include "witnesses.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A desk that is looked at beside its processes. */
struct looking {
	struct config config;
	struct arena_heap heap;
	struct threads threads;
	struct desk_state state;
	struct store *store;
	struct witnesses *witnesses;
	uint64_t published;
};

static enum undersign_status look(struct looking *out, const char *path, enum store_role role,
				  struct problem *problem)
{
	struct store_options options = {.role = role};
	struct problem warning = {0};

	arena_heap_open(&out->heap, SIZE_MAX, true);
	enum undersign_status status = config_open(&out->config, path, &out->heap.arena, problem);
	if (status != UNDERSIGN_OK)
		return status;
	threads_begin(&out->threads, out->config.threads);
	status = desk_state_open(&out->state, &out->config, true, &out->threads.parallel, problem);
	if (status == UNDERSIGN_OK)
		status = witnesses_open(&out->witnesses, &out->config, &out->state, NULL, NULL,
					problem);
	if (status == UNDERSIGN_OK) {
		options.url = out->config.store;
		memcpy(options.log, out->state.log_id, sizeof options.log);
		status = store_open(&out->store, &options, problem);
	}
	if (status == UNDERSIGN_OK)
		status = desk_state_refresh(&out->state, out->store, NULL, &warning, problem);
	return status;
}

static void look_away(struct looking *looking)
{
	store_close(looking->store);
	witnesses_close(looking->witnesses);
	desk_state_close(&looking->state);
	threads_end(&looking->threads);
	arena_heap_close(&looking->heap);
}

/* --- status -----------------------------------------------------------------------------------
 */

static void print_date(const char *label, const struct record_log *log, uint64_t epoch)
{
	uint8_t text[64];
	struct writer writer = writer_new(text, sizeof text);
	uint64_t seconds;

	if (record_log_instant(&seconds, log, epoch) != UNDERSIGN_OK)
		return;
	record_log_date_write(&writer, log, seconds);
	printf("%s", label);
	output_text(writer_view(&writer));
	printf("\n");
}

/* Nothing that the public could not know: no number of what is held. */
static void say_status(const struct looking *looking)
{
	const struct desk_state *state = &looking->state;
	const struct epochs *epochs = &state->view->epochs;
	const uint64_t next = epochs_next(epochs);

	printf("log              ");
	output_text(state->log.log.name);
	printf("\nentries          %" PRIu64 ", published %" PRIu64 "\n", state->view->size,
	       looking->published);
	if (next > 0)
		printf("last epoch       %" PRIu64 "\n", next - 1);
	print_date("next epoch       ", &state->log, next);
	for (size_t i = 0; i < epochs->n_letters; i++) {
		const struct replay_letter *letter = epochs->letters[i];
		printf("letter           ");
		output_text(bytes_from_text(epochs->folders[i]->path));
		if (letter->logged_at == REPLAY_NONE)
			printf(", not logged yet\n");
		else if (letter->opened_at == REPLAY_NONE)
			printf(", not open yet\n");
		else if (next > letter->closing)
			printf(", closed with epoch %" PRIu64 "\n", letter->closing);
		else
			printf(", open until epoch %" PRIu64 "\n", letter->closing);
	}
}

int desk_status(int argc, char **argv)
{
	static const char *config;
	static struct looking looking;
	const struct option options[] = {
		{.name = "--config",
		 .letter = "-c",
		 .value = "FILE",
		 .about = "the desk's configuration (undersign-desk.conf(5))",
		 .is_required = true,
		 .text = &config},
	};
	const struct options_form form = {
		.usage = "undersign desk status --config FILE",
		.about = "Shows the log, its epochs and letters. Nothing of what is held: that "
			 "nobody should know.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
	};
	struct operands operands;
	struct problem problem = {0};
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	enum undersign_status status = look(&looking, config, STORE_READER, &problem);
	if (status == UNDERSIGN_OK)
		status = published_size(&looking.published, &looking.state, &problem);
	if (status == UNDERSIGN_OK)
		say_status(&looking);
	look_away(&looking);
	return status == UNDERSIGN_OK
		       ? CLI_YES
		       : talk_refuse(status, "The desk is not as it should be.", &problem, NULL);
}

/* --- fsck -------------------------------------------------------------------------------------
 */

/* Writes every file again. A published checkpoint stays if it is one of the whole log: it may have
 * witnesses' signatures; else the one without them is published, until the sealer asks them. One of
 * another log or of a longer one tells that the store was rolled back: nothing is written over it.
 */
static enum undersign_status repair(struct looking *looking,
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

static enum undersign_status check(struct looking *looking, bool is_repair, struct problem *problem)
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

int desk_fsck(int argc, char **argv)
{
	static const char *config;
	static struct looking looking;
	static bool is_repair;
	const struct option options[] = {
		{.name = "--config",
		 .letter = "-c",
		 .value = "FILE",
		 .about = "the desk's configuration (undersign-desk.conf(5))",
		 .is_required = true,
		 .text = &config},
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
	enum undersign_status status =
		look(&looking, config, is_repair ? STORE_SEALER : STORE_READER, &problem);
	if (status == UNDERSIGN_OK)
		status = check(&looking, is_repair, &problem);
	if (status == UNDERSIGN_OK)
		printf("in order: %" PRIu64 " entries, all published files\n",
		       looking.state.view->size);
	look_away(&looking);
	return status == UNDERSIGN_OK
		       ? CLI_YES
		       : talk_refuse(status, "The desk is not as it should be.", &problem, NULL);
}
