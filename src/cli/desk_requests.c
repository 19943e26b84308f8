#include "cli.h"
#include "desk_verbs.h"

#include "desk_state.h"
#include "enrolment.h"
#include "folder.h"
#include "held.h"
#include "options.h"
#include "store.h"
#include "talk.h"

#include <stdio.h>
#include <string.h>

#define NAME_HEX 32 /* bytes of a hash that tell requests apart */

/* Writes what is of the roster. */
struct taking {
	const char *folder;
	struct bytes roster; /* empty: of all */
	bool removes;        /* from the store what is in the folder then */
	size_t n, n_new;
	struct held there; /* in the folder; keys alone */
};

static enum undersign_status take(void *cookie, const struct store_item *item,
				  struct problem *problem)
{
	struct taking *taking = cookie;
	struct store_key key = {.kind = item->kind};
	struct enrolment enrolment;
	char name[2 * NAME_HEX + 1] = {0}, path[4096];
	struct writer writer = writer_new(name, 2 * NAME_HEX);

	if (enrolment_parse(&enrolment, item->content, NULL) != UNDERSIGN_OK)
		return UNDERSIGN_OK; /* the desk looked at it when it came */
	if (taking->roster.len > 0 && !bytes_are_equal(enrolment.roster, taking->roster))
		return UNDERSIGN_OK;
	writer_hex(&writer, bytes_from(item->hash, NAME_HEX));
	snprintf(path, sizeof path, "%s/%s.request", taking->folder, name);
	taking->n++;
	if (!file_exists(path)) {
		const enum undersign_status status =
			file_write(path, item->content, FILE_PUBLIC, FILE_NEW, problem);
		if (status != UNDERSIGN_OK)
			return status;
		taking->n_new++;
	}
	memcpy(key.hash, item->hash, sizeof key.hash);
	return held_add(&taking->there, &key, bytes_from(NULL, 0));
}

static enum undersign_status run(struct taking *taking, const char *path, struct problem *problem)
{
	static struct config config;
	struct store_options options = {.role = taking->removes ? STORE_ACCEPTOR : STORE_READER};
	struct desk_state state = {0};
	struct store *store = NULL;
	struct arena_heap heap;

	arena_heap_open(&heap, SIZE_MAX, true);
	taking->there.arena = &heap.arena;
	enum undersign_status status = config_open(&config, path, &heap.arena, problem);
	if (status == UNDERSIGN_OK)
		status = desk_state_open(&state, &config, false, NULL, problem);
	if (status == UNDERSIGN_OK) {
		options.url = config.store;
		memcpy(options.log, state.log_id, sizeof options.log);
		status = store_open(&store, &options, problem);
	}
	if (status == UNDERSIGN_OK)
		status = folder_make(taking->folder, FILE_PRIVATE, problem);
	if (status == UNDERSIGN_OK)
		status = store_read_held(store, STORE_ENROLMENT, take, taking, problem);
	if (status == UNDERSIGN_OK && taking->removes)
		status = store_erase(store, taking->there.keys, taking->there.n, problem);
	store_close(store);
	desk_state_close(&state);
	arena_heap_close(&heap);
	return status;
}

int desk_requests(int argc, char **argv)
{
	static const char *config, *roster;
	static bool removes;
	const struct option options[] = {
		desk_option_config(&config),
		{.name = "--roster",
		 .value = "NAME",
		 .about = "only those that ask to enter this roster",
		 .text = &roster},
		{.name = "--remove",
		 .about = "and remove from the desk what is in the folder then",
		 .flag = &removes},
	};
	const struct options_form form = {
		.usage = "undersign desk requests --config FILE [--roster NAME] [--remove] FOLDER",
		.about = "Writes the enrolment requests that came to the desk into a folder, for "
			 "undersign roster admit. Those that are there already are left as they "
			 "are; the desk holds them until --remove is given. What a request says, "
			 "its roster's steward has to find out.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	struct problem problem = {0};
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	struct taking taking = {.folder = operands.at[0],
				.roster = bytes_from_text(roster ? roster : ""),
				.removes = removes};
	enum undersign_status status = run(&taking, config, &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, "The requests were not all written.", &problem, NULL);
	if (removes)
		printf(catalogue_plural("%zu request, %zu of them new, held no longer\n",
					"%zu requests, %zu of them new, held no longer\n",
					taking.n),
		       taking.n, taking.n_new);
	else
		printf(catalogue_plural("%zu request, %zu of them new\n",
					"%zu requests, %zu of them new\n", taking.n),
		       taking.n, taking.n_new);
	return CLI_YES;
}
