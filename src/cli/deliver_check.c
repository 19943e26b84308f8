#include "deliver_check.h"

#include "cli.h"
#include "fate.h"
#include "fetching.h"
#include "proxy.h"

#include "encoding.h"
#include "promise.h"
#include "terminal.h"

#include <stdio.h>
#include <string.h>

/* The bundle of one letter, from wherever. */
struct checking {
	const struct deliver_check_orders *orders;
	bool is_open, is_fetched;
	uint8_t letter[HASH_BYTES];
	struct opened opened; /* of a path */
	struct fetching_memory fetched;
};

static struct opened *opened_of(struct checking *checking)
{
	return checking->is_fetched ? &checking->fetched.fetching.opened : &checking->opened;
}

static void leave(struct checking *checking)
{
	if (checking->is_open && checking->is_fetched)
		fetching_memory_close(&checking->fetched);
	else if (checking->is_open)
		opened_close(&checking->opened);
	checking->is_open = false;
}

static int enter_address(struct checking *checking, const char *url,
			 const struct opened_options *trust)
{
	const struct fetching_orders orders = {.url = url,
					       .proxy = checking->orders->proxy,
					       .limit_mb = checking->orders->limit_mb,
					       .trust = *trust};
	const struct fetching *fetching = &checking->fetched.fetching;

	proxy_tell(proxy_for(orders.proxy, url), PROXY_DESK);
	checking->is_fetched = checking->is_open = true;
	fetching_memory_run(&checking->fetched, &orders);
	if (fetching->end == FETCHING_DONE)
		return CLI_YES;
	return fetching_refuse(fetching, "The bundle could not be fetched. Nothing was looked for.",
			       "try again, or give --bundle");
}

/* The bundle of a file's letter; that of the file before, if it is the same. */
static int enter(struct checking *checking, const struct deliver_file *file)
{
	const struct deliver_check_orders *orders = checking->orders;
	struct opened_options trust = orders->trust;
	char id[2 * HASH_BYTES + 1] = {0}, url[DELIVER_PATH_MAX];
	struct writer hex = writer_new((uint8_t *)id, sizeof id - 1);
	struct problem problem = {0};

	if (checking->is_open && memcmp(checking->letter, file->letter, HASH_BYTES) == 0)
		return CLI_YES;
	leave(checking);
	memcpy(checking->letter, file->letter, HASH_BYTES);
	writer_hex(&hex, bytes_from(file->letter, HASH_BYTES));
	trust.letter = id;
	if (!orders->bundle) {
		(void)snprintf(url, sizeof url, "%s/letters/%s", orders->to, id);
		return enter_address(checking, url, &trust);
	}
	if (fetching_is_address(orders->bundle))
		return enter_address(checking, orders->bundle, &trust);
	checking->is_fetched = false;
	checking->is_open = true;
	const enum undersign_status status =
		opened_open(&checking->opened, orders->bundle, &trust, &problem);
	return status == UNDERSIGN_OK ? CLI_YES : opened_refuse(status, &problem);
}

/* --- what to say --- */

static int burn(const char *path)
{
	struct problem problem = {0};
	const enum undersign_status status = file_burn(path, &problem);

	return status == UNDERSIGN_OK
		       ? CLI_YES
		       : talk_refuse(status, "It was not deleted.", &problem, "delete it yourself");
}

static int offer_deletion(const struct deliver_file *file, const char *promise,
			  const struct checking *checking, const struct opened *opened)
{
	if (!opened->info->log_is_anchored) {
		talk_paragraph("Before you delete it, be sure that this is the log that everybody "
			       "else has: --policy FILE.");
		return CLI_YES;
	}
	if (!checking->orders->is_deleted &&
	    !terminal_confirm(_("Delete the statement and its promise now?"), false))
		return CLI_YES;
	int code = burn(file->path);
	if (code == CLI_YES && file_exists(promise))
		code = burn(promise);
	if (code == CLI_YES)
		talk_paragraph(_("%s: %s Delete every copy, and ask whoever delivered it to do the "
				 "same."),
			       file->path, catalogue_text(FILE_BURN_CAVEAT));
	return code;
}

static int tell_promised(const struct deliver_file *file, const char *path, struct opened *opened)
{
	const struct undersign_bytes statement = {file->content.data, file->content.len};
	struct file_content promise;
	struct problem problem = {0};
	struct undersign_problem fault = {{0}, {0}, {0}};
	enum undersign_promise_fate fate;
	char closes[OPENED_DATE_LEN];

	enum undersign_status status =
		file_read(&promise, path, PROMISE_MAX, FILE_PUBLIC, &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, "The promise cannot be read.", &problem, NULL);
	status = undersign_promise_check(&fate, opened->bundle,
					 (struct undersign_bytes){promise.data, promise.len},
					 statement, &opened->memory, &fault);
	file_content_free(&promise);
	if (status != UNDERSIGN_OK)
		return talk_refuse_api(status, "This promise shows nothing.", &fault,
				       "deliver the statement again: that is harmless and counts "
				       "once");
	if (fate != UNDERSIGN_PROMISE_OPEN) {
		const int code = fate_print_promise(fate);
		if (fate == UNDERSIGN_PROMISE_BROKEN)
			talk_paragraph("To show it: undersign fetch the bundle, then undersign "
				       "verify --mine %s --promise %s --evidence FOLDER BUNDLE",
				       file->path, path);
		return code;
	}
	opened_date(closes, opened, opened->info->closes_date);
	output_say("Promised. Not published yet.\n");
	fate_say("The desk has it and has promised to publish it by %s. Keep the promise: if the "
		 "desk breaks it, the promise shows that it did, and does not name you.",
		 closes);
	return CLI_NO;
}

static int tell(const struct deliver_file *file, const struct checking *checking,
		struct opened *opened)
{
	char promise[DELIVER_PATH_MAX];
	struct undersign_whereabouts where;
	struct undersign_problem fault = {{0}, {0}, {0}};

	if (!deliver_promise_path(promise, file->path, checking->orders->promises))
		return talk_fault(UNDERSIGN_E_LIMIT, "Not looked for.", file->path, NULL,
				  "its name is too long", NULL);
	enum undersign_status status = undersign_statement_find(
		&where, opened->bundle,
		(struct undersign_bytes){file->content.data, file->content.len}, &fault);
	if (status != UNDERSIGN_OK)
		return talk_refuse_api(status, "This is not a statement of this letter.", &fault,
				       "give the file that undersign sign wrote");
	const bool is_logged = where.fate == UNDERSIGN_PUBLISHED ||
			       where.fate == UNDERSIGN_SUPERSEDED ||
			       where.fate == UNDERSIGN_WITHDRAWN;
	if (!is_logged && file_exists(promise))
		return tell_promised(file, promise, opened);
	if (is_logged) {
		int code = fate_print(opened, &where);
		if (where.fate == UNDERSIGN_PUBLISHED &&
		    offer_deletion(file, promise, checking, opened) != CLI_YES)
			code = CLI_MACHINE;
		return code;
	}
	output_say("Not delivered, as far as this computer knows.\n");
	fate_say("There is no promise %s, and the log does not have it. Deliver it: to do so twice "
		 "is harmless and counts once.",
		 promise);
	return CLI_NO;
}

int deliver_check(const struct deliver_file *files, size_t n,
		  const struct deliver_check_orders *orders)
{
	struct checking checking = {.orders = orders};
	int worst = CLI_YES;

	for (size_t i = 0; i < n; i++) {
		int code = enter(&checking, &files[i]);

		if (n > 1)
			printf("%s%s: ", i > 0 ? "\n" : "", files[i].path);
		if (code == CLI_YES)
			code = tell(&files[i], &checking, opened_of(&checking));
		if (code > worst)
			worst = code;
	}
	leave(&checking);
	return worst;
}
