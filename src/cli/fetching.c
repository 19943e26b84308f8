#include "fetching.h"

#include "cli.h"
#include "proxy.h"

#include "client.h"
#include "policy.h"

#include <string.h>

#define ATTEMPTS_MAX 4
#define URL_MAX      1024

bool fetching_url_is_valid(const char *url)
{
	const size_t len = strlen(url);

	return len <= URL_MAX && http_url_is_valid(url) && url[len - 1] != '/';
}

static enum undersign_status open_bundle(struct fetching *fetching,
					 const struct fetching_orders *orders,
					 const struct fetching_place *place)
{
	struct opened_options trust = orders->trust;
	struct undersign_files files;
	const char *path = NULL;

	enum undersign_status status =
		place->finish(place->cookie, &path, &files, &fetching->problem);
	if (status != UNDERSIGN_OK)
		return status;
	trust.files = path ? NULL : &files;
	status = opened_open(&fetching->opened, path, &trust, &fetching->problem);
	if (status == UNDERSIGN_OK)
		return status;
	opened_close(&fetching->opened);
	fetching->is_of_bundle = true;
	return status;
}

static enum fetching_end end_of(const struct fetching *fetching)
{
	switch (mirror_split_of(fetching->mirror)) {
	case MIRROR_FORKED:
		return FETCHING_FORKED;
	case MIRROR_OLDER:
		return FETCHING_OLDER;
	case MIRROR_NO_SPLIT:
		break;
	}
	return mirror_is_cut(fetching->mirror) || cli_exit_of(fetching->status) != CLI_NO
		       ? FETCHING_CUT
		       : FETCHING_REFUSED;
}

static void run(struct fetching *fetching, const struct fetching_orders *orders,
		const struct fetching_place *place)
{
	struct mirror_store store;

	for (unsigned attempt = 1;; attempt++) {
		fetching->problem = (struct problem){{0}, {0}, {0}};
		fetching->is_of_bundle = false;
		fetching->end = FETCHING_CUT;
		fetching->status = place->begin(place->cookie, &store, &fetching->problem);
		if (fetching->status != UNDERSIGN_OK)
			return;
		fetching->status = mirror_take(fetching->mirror, &store, &fetching->problem);
		if (fetching->status == UNDERSIGN_OK)
			fetching->status = open_bundle(fetching, orders, place);
		if (fetching->status == UNDERSIGN_OK) {
			fetching->end = FETCHING_DONE;
			if (fetching->opened.info->page != UNDERSIGN_PAGE_OTHER_VERSION ||
			    !mirror_distrust_page(fetching->mirror))
				return;
			opened_close(&fetching->opened);
			continue;
		}
		fetching->end = end_of(fetching);
		/* What is to blame may be the page that was there. */
		if (fetching->is_of_bundle && mirror_distrust_page(fetching->mirror))
			continue;
		if (fetching->end != FETCHING_REFUSED || attempt == ATTEMPTS_MAX ||
		    !mirror_has_moved(fetching->mirror))
			return;
	}
}

void fetching_run(struct fetching *out, const struct fetching_orders *orders,
		  const struct fetching_place *place)
{
	struct file_content policy = {0};
	struct mirror_orders asked = {
		.url = orders->url,
		.proxy = proxy_for(orders->proxy, orders->url),
		.most_bytes = orders->limit_mb * 1000000,
		.seen_checkpoint = orders->seen_checkpoint,
		.seen_keys = orders->seen_keys,
		.seen_manifest = orders->seen_manifest,
		.is_silent = orders->trust.is_silent,
	};

	*out = (struct fetching){.end = FETCHING_REFUSED};
	if (orders->trust.policy)
		out->status = cli_read(&policy, orders->trust.policy, POLICY_LEN_MAX, FILE_PUBLIC,
				       &out->problem);
	asked.policy = file_content_view(&policy);
	if (out->status == UNDERSIGN_OK)
		out->status = mirror_open(&out->mirror, &asked, &out->problem);
	if (out->status == UNDERSIGN_OK)
		run(out, orders, place);
	file_content_free(&policy);
}

int fetching_refuse(const struct fetching *fetching, const char *headline, const char *remedy)
{
	if (fetching->is_of_bundle)
		return opened_refuse(fetching->status, &fetching->problem);
	return talk_refuse(fetching->status, headline, &fetching->problem, remedy);
}

void fetching_close(struct fetching *fetching)
{
	opened_close(&fetching->opened);
	mirror_close(fetching->mirror);
	fetching->mirror = NULL;
}

bool fetching_is_address(const char *operand)
{
	return strncmp(operand, "http://", 7) == 0 || strncmp(operand, "https://", 8) == 0;
}

static enum undersign_status begin_in_memory(void *cookie, struct mirror_store *out,
					     struct problem *problem)
{
	struct mirror_memory *files = cookie;

	(void)problem;
	mirror_memory_begin(files);
	*out = mirror_memory_store(files);
	return UNDERSIGN_OK;
}

static enum undersign_status finish_in_memory(void *cookie, const char **out_path,
					      struct undersign_files *out_files,
					      struct problem *problem)
{
	(void)problem;
	*out_path = NULL;
	*out_files = mirror_memory_files(cookie);
	return UNDERSIGN_OK;
}

void fetching_memory_run(struct fetching_memory *out, const struct fetching_orders *orders)
{
	const struct fetching_place place = {begin_in_memory, finish_in_memory, &out->files};

	out->files = (struct mirror_memory){0};
	fetching_run(&out->fetching, orders, &place);
}

void fetching_memory_close(struct fetching_memory *memory)
{
	fetching_close(&memory->fetching);
	mirror_memory_free(&memory->files);
}
