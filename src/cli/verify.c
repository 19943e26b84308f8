#include "broken_promise.h"
#include "cli.h"
#include "counts.h"
#include "fate.h"
#include "fetching.h"
#include "opened.h"
#include "poll_counts.h"
#include "proxy.h"
#include "record_verbs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define STATEMENT_FILE_LIMIT ((size_t)64 * 1024)
#define INCLUSION_MAX        ((size_t)256 * 1024)

struct verify_orders {
	const char *path;
	struct opened_options trust;
	const char *proxy;
	uint64_t limit_mb;
	const char *mine;
	const char *proof;
	const char *promise;
	const char *evidence;
	const char *copies;
	bool is_json;
};

static void print_verdict(const struct opened *opened)
{
	const struct undersign_bundle_info *info = opened->info;
	char date[OPENED_DATE_LEN];

	opened_date(date, opened, info->date);
	if (info->log_is_anchored && info->letter_is_anchored) {
		if (info->n_witnesses > 0)
			output_say("VALID, anchored in your policy (%" PRIu32 " of %" PRIu32
				   " witnesses, %s)\n",
				   info->n_cosigned, info->n_witnesses, date);
		else
			output_say("VALID, anchored in your policy (the log's key, no witness)\n");
		return;
	}
	output_say("CONSISTENT, NOT ANCHORED\n"
		   "Nothing in this bundle contradicts itself. Whether it is the bundle that\n"
		   "everybody else has, only you can find out. Compare:\n");
	talk_fingerprint(stdout, _("  letter"), 10, info->letter);
	output_say("  log     ");
	output_text(bytes_from(info->origin.data, info->origin.len));
	output_say(", %" PRIu64 " entries, epoch %" PRIu64 ", %s\n", info->log_size, info->epoch,
		   date);
	if (info->log_is_anchored)
		output_say(
			"The log is the one of your policy. Give --letter ID too, from somewhere "
			"else\nthan this bundle.\n\n");
	else if (info->letter_is_anchored)
		output_say("The letter is the one that you named. Give --policy FILE too, from "
			   "somewhere\nelse than this bundle.\n\n");
	else
		output_say("Or give --policy FILE and --letter ID, from somewhere else than this "
			   "bundle.\n\n");
}

/* What is not said of a page that was made again: it is as good as the rest. */
static void print_page(const struct opened *opened)
{
	if (opened->info->page == UNDERSIGN_PAGE_OTHER_VERSION)
		output_say("\n  index.html was written by another version of undersign and was not "
			   "checked.\n");
}

static int refuse_statement(enum undersign_status status, const char *path,
			    const struct undersign_problem *problem)
{
	struct undersign_problem named = *problem;
	if (named.where[0] == '\0')
		snprintf(named.where, sizeof named.where, "file %.200s", path);
	return talk_refuse_api(status, "This is not a statement of this letter.", &named,
			       "give the file that undersign sign wrote, and the bundle of the "
			       "letter that it was made for");
}

static int look_for_mine(const struct opened *opened, const struct verify_orders *orders)
{
	static uint8_t out[INCLUSION_MAX];
	struct file_content content;
	struct problem problem = {0};
	struct undersign_problem fault = {{0}, {0}, {0}};
	struct undersign_whereabouts where;

	enum undersign_status status =
		cli_read(&content, orders->mine, STATEMENT_FILE_LIMIT, FILE_PUBLIC, &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, "The statement cannot be read.", &problem, NULL);
	status = undersign_statement_find(&where, opened->bundle,
					  (struct undersign_bytes){content.data, content.len},
					  &fault);
	file_content_free(&content);
	if (status != UNDERSIGN_OK)
		return refuse_statement(status, orders->mine, &fault);
	const int code = fate_print(opened, &where);
	if (!orders->proof)
		return code;
	if (where.fate == UNDERSIGN_WAITING || where.fate == UNDERSIGN_UNKNOWN ||
	    (where.fate == UNDERSIGN_SUPERSEDED && where.epoch == 0)) {
		talk_paragraph("There is nothing in the log to prove: %s was not written.",
			       orders->proof);
		return CLI_NO;
	}
	size_t len;
	status = undersign_inclusion_prove(out, sizeof out, &len, opened->bundle, where.entry);
	if (status == UNDERSIGN_OK)
		status = cli_write(orders->proof, bytes_from(out, len), FILE_PUBLIC, FILE_NEW,
				   &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, "The proof could not be written.", &problem, NULL);
	return code;
}

static int write_evidence(const struct opened *opened, const char *folder,
			  const struct file_content *statement, const struct file_content *promise)
{
	struct problem problem = {0};
	const enum undersign_status status = broken_promise_write(
		opened, folder, file_content_view(statement), file_content_view(promise), &problem);

	if (status != UNDERSIGN_OK)
		return talk_refuse(status, "The evidence could not be written.", &problem, NULL);
	talk_paragraph("%s: all that it takes. Publish it; anybody checks it by undersign "
		       "check-promise %s",
		       folder, folder);
	return CLI_NO;
}

static int check_promise(struct opened *opened, const struct verify_orders *orders)
{
	struct file_content promise = {0}, statement = {0};
	struct problem problem = {0};
	struct undersign_problem fault = {{0}, {0}, {0}};
	enum undersign_promise_fate fate;
	int code;

	enum undersign_status status =
		cli_read(&promise, orders->promise, STATEMENT_FILE_LIMIT, FILE_PUBLIC, &problem);
	if (status == UNDERSIGN_OK)
		status = cli_read(&statement, orders->mine, STATEMENT_FILE_LIMIT, FILE_PUBLIC,
				  &problem);
	if (status != UNDERSIGN_OK) {
		code = talk_refuse(status, "The promise cannot be checked.", &problem, NULL);
		goto out;
	}
	status = undersign_promise_check(
		&fate, opened->bundle, (struct undersign_bytes){promise.data, promise.len},
		(struct undersign_bytes){statement.data, statement.len}, &opened->memory, &fault);
	code = status == UNDERSIGN_OK
		       ? fate_print_promise(fate)
		       : talk_refuse_api(status, "This promise shows nothing.", &fault,
					 "give the promise, the statement and the bundle that "
					 "belong together");
	if (status == UNDERSIGN_OK && fate == UNDERSIGN_PROMISE_BROKEN && orders->evidence)
		code = write_evidence(opened, orders->evidence, &statement, &promise);
out:
	file_content_free(&statement);
	file_content_free(&promise);
	return code;
}

/* Archived copies stand beside a bundle: what is there is compared. */
static int check_copies(const struct opened *opened, const struct verify_orders *orders)
{
	struct problem problem = {0};
	size_t n, n_missing;

	const enum undersign_status status =
		record_check_copies(&n, &n_missing, opened, orders->copies, &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, "A copy of a source is not what its record says.",
				   &problem,
				   "get the copy again; if its address gives the same, the "
				   "source was changed since");
	talk_paragraph("%zu copies of sources are what their records say, %zu are not in %s.", n,
		       n_missing, orders->copies);
	return CLI_YES;
}

static int answer(struct opened *opened, const struct verify_orders *orders)
{
	const int code = orders->copies ? check_copies(opened, orders) : CLI_YES;

	if (code != CLI_YES)
		return code;
	if (orders->promise)
		return check_promise(opened, orders);
	if (orders->mine)
		return look_for_mine(opened, orders);
	if (orders->is_json) {
		output_json(counts_json(opened));
		return CLI_YES;
	}
	print_verdict(opened);
	if (undersign_bundle_poll(opened->bundle))
		poll_counts_print(opened);
	else
		counts_print_caption(opened);
	counts_print_table(opened, fetching_is_address(orders->path)
					   ? "FOLDER, after undersign fetch"
					   : orders->path);
	record_print_summary(opened, fetching_is_address(orders->path)
					     ? "FOLDER, after undersign fetch"
					     : orders->path);
	print_page(opened);
	return CLI_YES;
}

static int refuse(const struct verify_orders *orders, enum undersign_status status,
		  const struct problem *problem)
{
	if (orders->is_json && cli_exit_of(status) != CLI_USAGE)
		output_json(counts_json_refused(problem, status));
	return opened_refuse(status, problem);
}

static int verify_bundle(const struct verify_orders *orders)
{
	struct problem problem = {0};
	struct opened opened;

	enum undersign_status status = opened_open(&opened, orders->path, &orders->trust, &problem);
	const int code =
		status == UNDERSIGN_OK ? answer(&opened, orders) : refuse(orders, status, &problem);
	opened_close(&opened);
	return code;
}

static int verify_address(const struct verify_orders *orders)
{
	const struct fetching_orders asked = {.url = orders->path,
					      .proxy = orders->proxy,
					      .limit_mb = orders->limit_mb,
					      .trust = orders->trust};
	struct fetching_memory memory;
	const struct fetching *fetching = &memory.fetching;
	int code;

	proxy_tell(proxy_for(orders->proxy, orders->path), PROXY_SERVER);
	fetching_memory_run(&memory, &asked);
	if (fetching->end == FETCHING_DONE)
		code = answer(&memory.fetching.opened, orders);
	else if (fetching->end == FETCHING_CUT)
		code = fetching_refuse(fetching, "Not fetched to the end. Nothing was verified.",
				       "try again, or undersign fetch, which goes on where it was "
				       "stopped");
	else
		code = refuse(orders, fetching->status, &fetching->problem);
	fetching_memory_close(&memory);
	return code;
}

int verify_command(int argc, char **argv)
{
	struct verify_orders orders = {.limit_mb = FETCHING_LIMIT_MB};
	const struct option options[] = {
		{.name = "--policy",
		 .value = "FILE",
		 .about =
			 "whom you trust: the log's key and the witnesses, a tlog-policy file from "
			 "somewhere else than the bundle",
		 .text = &orders.trust.policy},
		{.name = "--letter",
		 .value = "ID",
		 .about = "the letter that you mean, from somewhere else than the bundle",
		 .text = &orders.trust.letter},
		{.name = "--mine",
		 .value = "FILE",
		 .about = "say what has become of this statement",
		 .text = &orders.mine},
		{.name = "--proof",
		 .value = "FILE",
		 .about = "with --mine: write a proof that it is in the log (tlog-proof)",
		 .text = &orders.proof},
		{.name = "--promise",
		 .value = "FILE",
		 .about = "with --mine: say whether the desk kept this promise about it; "
			  "exit 0 if it did",
		 .text = &orders.promise},
		{.name = "--evidence",
		 .value = "FOLDER",
		 .about = "with --promise: if it was broken, write all that shows it to anybody "
			  "(check-promise) into this new folder",
		 .text = &orders.evidence},
		{.name = "--copies",
		 .value = "FOLDER",
		 .about = "compare archived copies of sources, files named by their SHA-256, with "
			  "the records that name them",
		 .text = &orders.copies},
		{.name = "--json", .about = "the tally as JSON", .flag = &orders.is_json},
		PROXY_OPTION(orders.proxy),
		FETCHING_LIMIT_OPTION(orders.limit_mb),
		OPENED_CACHE_OPTION(orders.trust.cache),
		THREADS_OPTION(orders.trust.n_threads),
	};
	const struct options_form form = {
		.usage = "undersign verify [--policy FILE] [--letter ID] BUNDLE",
		.about = "Counts a letter again from its bundle, a folder or a tar file, without a "
			 "network: every file, every proof. Exit 0 if it holds, 1 if not. An "
			 "address (http:// or https://) is fetched into memory first.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	if (orders.proof && !orders.mine)
		return options_refuse(&form, "--proof goes with --mine.");
	if (orders.promise && (!orders.mine || orders.proof))
		return options_refuse(&form, "--promise goes with --mine, without --proof.");
	if (orders.evidence && !orders.promise)
		return options_refuse(&form, "--evidence goes with --promise.");
	if (orders.is_json && orders.mine)
		return options_refuse(&form, "Say one of --json and --mine.");
	if (orders.trust.cache && orders.mine)
		return options_refuse(&form, "--cache does not go with --mine: it would show that "
					     "you looked for a statement of this letter.");
	orders.path = operands.at[0];
	orders.trust.is_silent = orders.is_json;
	if (!fetching_is_address(orders.path))
		return orders.proxy ? options_refuse(&form, "--proxy goes with an address.")
				    : verify_bundle(&orders);
	if (!fetching_url_is_valid(orders.path))
		return options_refuse(&form, "An address has no slash at its end, no user, query "
					     "or fragment.");
	return verify_address(&orders);
}
