#include "letter_verbs.h"

#include "folder.h"
#include "talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Scopes that stay unlinked whatever may be computed one day (protocol 3.3). */
#define UNLINKED_SCOPES 4

static bool uses(const struct letter_folder *letter, const struct letter_roster *roster)
{
	for (size_t i = 0; i < letter->manifest.n_rosters; i++)
		if (letter->manifest.rosters[i].column == roster->column &&
		    snapshot_is_same_edition(&letter->bases[i], &roster->record))
			return true;
	return false;
}

enum undersign_status letter_say_uses(const char *desk, const struct letter_roster *rosters,
				      size_t n, struct arena *arena, struct problem *problem)
{
	struct folder_list list = {0};
	char path[4096];
	enum undersign_status status = UNDERSIGN_OK;

	snprintf(path, sizeof path, "%s/letters", desk);
	if (!file_is_folder(path))
		return UNDERSIGN_OK;
	uint64_t *counts = ARENA_TAKE(arena, uint64_t, n);
	if (!counts)
		return UNDERSIGN_E_MEMORY;
	status = folder_list(&list, path, problem);
	for (size_t i = 0; i < list.n && status == UNDERSIGN_OK; i++) {
		struct letter_folder letter;
		/* <id>/manifest stands for the folder. */
		const char *end = strchr(list.entries[i].name, '/');
		if (!end || strcmp(end, "/manifest") != 0)
			continue;
		snprintf(path, sizeof path, "%s/letters/%.*s", desk,
			 (int)(end - list.entries[i].name), list.entries[i].name);
		status = letter_folder_open(&letter, path, arena, problem);
		for (size_t k = 0; k < n && status == UNDERSIGN_OK; k++)
			counts[k] += rosters[k].column > 0 && uses(&letter, &rosters[k]);
	}
	folder_list_free(&list);
	for (size_t k = 0; k < n && status == UNDERSIGN_OK; k++)
		if (counts[k] + 1 > UNLINKED_SCOPES)
			talk_paragraph("%.*s: %" PRIu64
				       " letters and polls would use the same period's secrets; "
				       "above %d, a future computer could link them.",
				       (int)rosters[k].record.roster.len,
				       (const char *)rosters[k].record.roster.data, counts[k] + 1,
				       UNLINKED_SCOPES);
	return status;
}
