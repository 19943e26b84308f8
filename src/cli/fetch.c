#include "cli.h"
#include "fetching.h"
#include "proxy.h"

#include "folder_stage.h"
#include "note.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PATH_LEN 4096
#define KEYS_MAX ((size_t)1 << 20)

struct fetch {
	struct fetching_orders orders;
	const char *folder;
	struct folder_stage *stage;
	struct file_content checkpoint, keys, manifest; /* of the bundle that is there */
};

/* --- the place: a folder in the making --- */

static enum undersign_status read_staged(void *cookie, struct file_content *out, const char *name,
					 size_t limit)
{
	return folder_stage_read(out, cookie, name, limit, NULL);
}

static enum undersign_status put_staged(void *cookie, const char *name, struct bytes content,
					struct problem *problem)
{
	return folder_stage_put(cookie, name, content, problem);
}

static enum undersign_status keep_staged(void *cookie, const char *name, struct problem *problem)
{
	return folder_stage_keep(cookie, name, problem);
}

static enum undersign_status begin(void *cookie, struct mirror_store *out, struct problem *problem)
{
	struct fetch *fetch = cookie;

	folder_stage_free(fetch->stage, true);
	*out = (struct mirror_store){read_staged, put_staged, keep_staged, NULL};
	enum undersign_status status = folder_stage_open(
		&fetch->stage, fetch->folder, "fetch", FOLDER_STAGE_RESUMED, FILE_REPLACE, problem);
	out->cookie = fetch->stage;
	return status;
}

static enum undersign_status finish(void *cookie, const char **out_path,
				    struct undersign_files *out_files, struct problem *problem)
{
	struct fetch *fetch = cookie;

	(void)out_files;
	*out_path = folder_stage_path(fetch->stage);
	return folder_stage_prune(fetch->stage, problem);
}

/* --- what is there --- */

static enum undersign_status read_seen(struct file_content *out, const struct fetch *fetch,
				       const char *name, size_t limit, struct problem *problem)
{
	char path[PATH_LEN];
	const int len = snprintf(path, sizeof path, "%s/%s", fetch->folder, name);

	if (len < 0 || len >= PATH_LEN)
		return UNDERSIGN_E_LIMIT;
	return file_read(out, path, limit, FILE_PUBLIC, problem);
}

/* A bundle, or nothing: anything else that is there was not meant to be replaced. */
static enum undersign_status look_at_folder(struct fetch *fetch, struct problem *problem)
{
	struct folder_list list;

	if (!file_exists(fetch->folder))
		return UNDERSIGN_OK;
	enum undersign_status status = folder_list(&list, fetch->folder, problem);
	const bool is_empty = status == UNDERSIGN_OK && list.n == 0;
	folder_list_free(&list);
	if (status != UNDERSIGN_OK || is_empty)
		return status;
	status = read_seen(&fetch->checkpoint, fetch, "checkpoint", NOTE_LEN_MAX, problem);
	if (status == UNDERSIGN_OK)
		status = read_seen(&fetch->manifest, fetch, "manifest", NOTE_LEN_MAX, problem);
	if (status == UNDERSIGN_OK)
		status = read_seen(&fetch->keys, fetch, "keys", KEYS_MAX, problem);
	if (status == UNDERSIGN_OK && fetch->checkpoint.len == 0)
		status = UNDERSIGN_E_INVALID;
	fetch->orders.seen_checkpoint = file_content_view(&fetch->checkpoint);
	fetch->orders.seen_manifest = file_content_view(&fetch->manifest);
	fetch->orders.seen_keys = file_content_view(&fetch->keys);
	return status;
}

/* --- ends --- */

/* Two signed checkpoints, as data: whoever has them can check the signatures. */
static void print_both(const struct fetch *fetch, const struct fetching *fetching)
{
	const struct bytes shown = mirror_shown_checkpoint(fetching->mirror);
	const struct bytes seen = fetch->orders.seen_checkpoint;

	printf("-- %s --\n", fetch->folder);
	fwrite(seen.data, 1, seen.len, stdout);
	printf("-- %s --\n", fetch->orders.url);
	fwrite(shown.data, 1, shown.len, stdout);
}

static int tell_fork(struct fetch *fetch, const struct fetching *fetching)
{
	const struct bytes shown = mirror_shown_checkpoint(fetching->mirror);
	char path[PATH_LEN];

	talk_say("REFUSED. Two versions of this log exist.\n");
	talk_paragraph("Somebody shows different logs to different people. The log's key has "
		       "signed both of these:");
	print_both(fetch, fetching);
	const int len = snprintf(path, sizeof path, "%s.fork", fetch->folder);
	const bool is_kept =
		len > 0 && len < PATH_LEN &&
		folder_stage_put(fetch->stage, "checkpoint", shown, NULL) == UNDERSIGN_OK &&
		folder_stage_prune(fetch->stage, NULL) == UNDERSIGN_OK &&
		folder_stage_rename(fetch->stage, path, NULL) == UNDERSIGN_OK;
	if (is_kept)
		talk_paragraph("%s is as it was; %s has the other checkpoint and its tiles. Keep "
			       "both folders and make them public; anybody checks them by "
			       "undersign check-fork %s %s",
			       fetch->folder, path, fetch->folder, path);
	else
		talk_paragraph("%s is as it was. Keep it and both checkpoints, and make them "
			       "public.",
			       fetch->folder);
	return CLI_NO;
}

static int tell_older(struct fetch *fetch, const struct fetching *fetching)
{
	talk_say("REFUSED. This log ends before the one that you saw last time.\n");
	talk_paragraph("Do not use it. The server is behind, was set back, or hides what came "
		       "since:");
	print_both(fetch, fetching);
	talk_paragraph("%s is as it was. Ask another server; if all are behind, tell the "
		       "organiser and the witnesses.",
		       fetch->folder);
	return CLI_NO;
}

static int tell_done(struct fetch *fetch, struct fetching *fetching)
{
	const struct undersign_bundle_info *info = fetching->opened.info;
	char date[OPENED_DATE_LEN];
	struct problem problem = {0};

	enum undersign_status status = folder_stage_commit(fetch->stage, &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, "Fetched, but not put in its place.", &problem,
				   "run it again");
	opened_date(date, &fetching->opened, info->date);
	talk_paragraph("Fetched: %" PRIu64 " requests, %" PRIu64 " bytes.",
		       mirror_request_count(fetching->mirror), mirror_byte_count(fetching->mirror));
	talk_paragraph(
		"%s: %" PRIu64 " entries, epoch %" PRIu64 ", %s. %s", fetch->folder, info->log_size,
		info->epoch, date,
		info->log_is_anchored && info->letter_is_anchored
			? _("It holds, anchored in your policy.")
			: _("Consistent, not anchored: verify it with --policy and --letter."));
	return CLI_YES;
}

static int tell(struct fetch *fetch, struct fetching *fetching)
{
	switch (fetching->end) {
	case FETCHING_DONE:
		return tell_done(fetch, fetching);
	case FETCHING_FORKED:
		return tell_fork(fetch, fetching);
	case FETCHING_OLDER:
		return tell_older(fetch, fetching);
	case FETCHING_CUT:
		return fetching_refuse(fetching, "Not fetched to the end.",
				       "run it again: it goes on from there, and what was in the "
				       "folder before is as it was");
	case FETCHING_REFUSED:
		break;
	}
	return fetching_refuse(fetching, "REFUSED. Nothing of this was kept.",
			       "what was in the folder before is as it was; fetch from another "
			       "server, and tell the organiser");
}

static int run(struct fetch *fetch)
{
	const struct fetching_place place = {begin, finish, fetch};
	struct problem problem = {0};
	struct fetching fetching;

	enum undersign_status status = look_at_folder(fetch, &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, "Nothing was fetched: this folder is no bundle.",
				   &problem,
				   "give the name of a folder that fetch made, or of none");
	proxy_tell(proxy_for(fetch->orders.proxy, fetch->orders.url), PROXY_SERVER);
	fetching_run(&fetching, &fetch->orders, &place);
	const int code = tell(fetch, &fetching);
	folder_stage_free(fetch->stage, fetching.end == FETCHING_CUT);
	fetching_close(&fetching);
	return code;
}

int fetch_command(int argc, char **argv)
{
	struct fetch fetch = {.orders.limit_mb = FETCHING_LIMIT_MB};
	struct opened_options *trust = &fetch.orders.trust;
	const struct option options[] = {
		PROXY_OPTION(fetch.orders.proxy),
		{.name = "--policy",
		 .value = "FILE",
		 .about = "whom you trust: the log's key and the witnesses, a tlog-policy file",
		 .text = &trust->policy},
		{.name = "--letter",
		 .value = "ID",
		 .about = "the letter that you mean",
		 .text = &trust->letter},
		FETCHING_LIMIT_OPTION(fetch.orders.limit_mb),
		OPENED_CACHE_OPTION(trust->cache),
		THREADS_OPTION(trust->n_threads),
	};
	const struct options_form form = {
		.usage = "undersign fetch [--proxy HOST:PORT] [--policy FILE] [--letter ID] URL "
			 "FOLDER",
		.about = "Mirrors a bundle from a server. What is in the folder already and fits "
			 "is not asked for again; the folder is replaced only by a bundle that "
			 "verifies and whose log continues its own.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 2,
		.most = 2,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	fetch.orders.url = operands.at[0];
	fetch.folder = operands.at[1];
	if (!fetching_url_is_valid(fetch.orders.url))
		return options_refuse(&form, "URL is an address without a slash at its end: "
					     "http://... or https://...");
	code = run(&fetch);
	file_content_free(&fetch.checkpoint);
	file_content_free(&fetch.keys);
	file_content_free(&fetch.manifest);
	return code;
}
