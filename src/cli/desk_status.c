#include "cli.h"
#include "desk_looking.h"
#include "desk_verbs.h"

#include "bundle_make.h"
#include "checkpoint.h"
#include "desk_page.h"
#include "options.h"
#include "published.h"
#include "talk.h"

#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#define LABEL_WIDTH 17

static void print_label(const char *label)
{
	output_padded(bytes_from_text(catalogue_text(label)), LABEL_WIDTH);
}

static void print_date(const char *label, const struct record_log *log, uint64_t epoch)
{
	uint8_t text[64];
	struct writer writer = writer_new(text, sizeof text);
	uint64_t seconds;

	if (record_log_instant(&seconds, log, epoch) != UNDERSIGN_OK)
		return;
	record_log_date_write(&writer, log, seconds);
	print_label(label);
	output_text(writer_view(&writer));
	printf("\n");
}

/* How a letter stands before the epoch `next`. */
static void print_standing(const struct replay_letter *letter, uint64_t next)
{
	if (letter->logged_at == REPLAY_NONE)
		output_say("not logged yet\n");
	else if (letter->opened_at == REPLAY_NONE)
		output_say("not open yet\n");
	else if (next > letter->closing)
		output_say("closed with epoch %" PRIu64 "\n", letter->closing);
	else
		output_say("open until epoch %" PRIu64 "\n", letter->closing);
}

/* Nothing that the public could not know: no number of what is held. */
static void say_status(const struct desk_looking *looking)
{
	const struct desk_state *state = &looking->state;
	const struct epochs *epochs = &state->view->epochs;
	const uint64_t next = epochs_next(epochs);

	print_label(N_("log"));
	output_text(state->log.log.name);
	printf("\n");
	print_label(N_("entries"));
	output_say("%" PRIu64 ", published %" PRIu64 "\n", state->view->size, looking->published);
	if (next > 0) {
		print_label(N_("last epoch"));
		printf("%" PRIu64 "\n", next - 1);
	}
	print_date(N_("next epoch"), &state->log, next);
	for (size_t i = 0; i < epochs->n_letters; i++) {
		print_label(N_("letter"));
		output_text(bytes_from_text(epochs->folders[i]->path));
		printf(", ");
		print_standing(epochs->letters[i], next);
	}
}

/* --- As a page --------------------------------------------------------------------------------
 */

static uint64_t files_len;

static int add_len(const char *path, const struct stat *facts, int type, struct FTW *at)
{
	(void)path;
	(void)at;
	if (type == FTW_F)
		files_len += (uint64_t)facts->st_size;
	return 0;
}

/* Of the folder's files, and whether its file system has room. */
static void measure(struct desk_page_source *source, const char *published)
{
	struct statvfs room;

	files_len = 0;
	if (nftw(published, add_len, 16, FTW_PHYS) == 0)
		source->files_len = files_len;
	source->has_room =
		statvfs(published, &room) != 0 ||
		(uint64_t)room.f_bavail * room.f_frsize >= (uint64_t)DESK_PAGE_ROOM_GB * 1000000000;
}

static enum undersign_status add_letters(struct desk_page_source *source,
					 const struct desk_looking *looking, struct arena *arena)
{
	const struct desk_view *view = looking->state.view;
	const struct merkle_hash root = merkle_frontier_root(&view->frontier);
	struct page_source *letters =
		ARENA_TAKE(arena, struct page_source, view->epochs.n_letters + 1);
	enum undersign_status status = letters ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;

	source->letters = letters;
	for (size_t i = 0; i < view->epochs.n_letters && status == UNDERSIGN_OK; i++) {
		if (view->epochs.letters[i]->logged_at == REPLAY_NONE) {
			source->n_unlogged++;
			continue;
		}
		status = bundle_make_source(&letters[source->n_letters++], &view->folders[i],
					    source->replay, view->epochs.letters[i], &root, arena);
	}
	return status;
}

/* The published checkpoint, and who of the policy's witnesses signed it. */
static enum undersign_status add_checkpoint(struct desk_page_source *source,
					    const struct desk_looking *looking, struct arena *arena,
					    struct problem *problem)
{
	const struct published_witnesses known = witnesses_keys(looking->witnesses);
	struct desk_page_witness *rows = ARENA_TAKE(arena, struct desk_page_witness, known.n + 1);
	struct note_key *keys = ARENA_TAKE(arena, struct note_key, known.n + 1);
	struct checkpoint checkpoint;
	struct note_verdict verdict;
	struct file_content content;
	struct note note;

	if (!rows || !keys)
		return UNDERSIGN_E_MEMORY;
	keys[0] = looking->state.log.log;
	if (known.n > 0)
		memcpy(keys + 1, known.keys, known.n * sizeof *keys);
	enum undersign_status status = folder_read(&content, looking->config.published,
						   "checkpoint", CONFIG_LEN_MAX, problem);
	if (status != UNDERSIGN_OK)
		return status;
	status = checkpoint_open(&checkpoint, &note, &verdict, file_content_view(&content), keys,
				 known.n + 1, NOTE_UNKNOWN_IGNORED, problem);
	for (size_t i = 0; i < known.n && status == UNDERSIGN_OK; i++)
		rows[i] = (struct desk_page_witness){known.keys[i].name,
						     note_verdict_has(&verdict, 1 + i)};
	if (status == UNDERSIGN_OK)
		source->root = checkpoint.root;
	file_content_free(&content);
	source->witnesses = rows;
	source->n_witnesses = known.n;
	return status;
}

static enum undersign_status write_page(const struct desk_looking *looking, struct problem *problem)
{
	const char *title = looking->config.title;
	struct desk_page_source source = {
		.title = bytes_from_text(title ? title : ""),
		.language = bytes_from_text(catalogue_language()),
		.replay = looking->state.view->epochs.replay,
		.published = looking->published,
	};
	struct arena_heap heap;
	struct bytes page;

	if (looking->published == 0) {
		problem_where(problem, "folder", bytes_from_text(looking->config.published));
		problem_rule(problem, "a desk has published an epoch before it is shown");
		problem_what(problem, "nothing is published yet", bytes_from(NULL, 0));
		return UNDERSIGN_E_MISSING;
	}
	arena_heap_open(&heap, SIZE_MAX, false);
	measure(&source, looking->config.published);
	enum undersign_status status = add_letters(&source, looking, &heap.arena);
	if (status == UNDERSIGN_OK)
		status = add_checkpoint(&source, looking, &heap.arena, problem);
	if (status == UNDERSIGN_OK)
		status = desk_page_make(&page, &source, &heap.arena);
	if (status == UNDERSIGN_OK)
		fwrite(page.data, 1, page.len, stdout);
	arena_heap_close(&heap);
	return status;
}

int desk_status(int argc, char **argv)
{
	static const char *config;
	static bool is_html;
	static struct desk_looking looking;
	const struct option options[] = {
		desk_option_config(&config),
		{.name = "--html",
		 .about = "a page for whoever organises: epochs, what is published by list, "
			  "witnesses, disk; nothing that is not public",
		 .flag = &is_html},
	};
	const struct options_form form = {
		.usage = "undersign desk status --config FILE [--html]",
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
	enum undersign_status status = desk_looking_open(&looking, config, STORE_READER, &problem);
	if (status == UNDERSIGN_OK)
		status = published_size(&looking.published, &looking.state, &problem);
	if (status == UNDERSIGN_OK && is_html)
		status = write_page(&looking, &problem);
	else if (status == UNDERSIGN_OK)
		say_status(&looking);
	desk_looking_close(&looking);
	return status == UNDERSIGN_OK
		       ? CLI_YES
		       : talk_refuse(status, "The desk is not as it should be.", &problem, NULL);
}
