#include "broken_promise.h"

#include "cli.h"

#include "encoding.h"
#include "envelope.h"
#include "folder.h"
#include "folder_stage.h"
#include "promise.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define STATEMENT_NAME "statement"
#define PROMISE_NAME   "promise"
#define BUNDLE_NAME    "bundle"
#define PATH_LEN       4096
static const char headline[] = N_("This shows nothing about the desk.");

/* --- writing --- */

static enum undersign_status put_bundle(struct folder_stage *stage, const struct opened *opened,
					struct problem *problem)
{
	const struct undersign_files *files = &opened->files;
	enum undersign_status status = UNDERSIGN_OK;

	for (size_t i = 0; i < files->n_files && status == UNDERSIGN_OK; i++) {
		const struct undersign_bytes name = files->name(files->cookie, i);
		struct undersign_bytes content;
		char path[sizeof BUNDLE_NAME + FOLDER_NAME_MAX + 1];

		(void)snprintf(path, sizeof path, BUNDLE_NAME "/%.*s", (int)name.len,
			       (const char *)name.data);
		status = files->read(files->cookie, i, &content);
		if (status != UNDERSIGN_OK) {
			problem_where(problem, "file", bytes_from(name.data, name.len));
			problem_rule(problem, "the bundle stays readable");
			problem_what(problem, undersign_status_text(status), bytes_from(NULL, 0));
			return status;
		}
		/* Not released: the open bundle has views of some. */
		status = folder_stage_put(stage, path, bytes_from(content.data, content.len),
					  problem);
	}
	return status;
}

enum undersign_status broken_promise_write(const struct opened *opened, const char *folder,
					   struct bytes statement, struct bytes promise,
					   struct problem *problem)
{
	struct folder_stage *stage;
	enum undersign_status status =
		folder_stage_open(&stage, folder, "new", FOLDER_STAGE_EMPTY, FILE_NEW, problem);

	if (status == UNDERSIGN_OK)
		status = folder_stage_put(stage, PROMISE_NAME, promise, problem);
	if (status == UNDERSIGN_OK)
		status = folder_stage_put(stage, STATEMENT_NAME, statement, problem);
	if (status == UNDERSIGN_OK)
		status = put_bundle(stage, opened, problem);
	if (status == UNDERSIGN_OK)
		status = folder_stage_commit(stage, problem);
	folder_stage_free(stage, false);
	return status;
}

/* --- checking --- */

struct evidence {
	struct file_content statement, promise;
	struct opened opened;
};

/* Nothing but what belongs there: a file that is not checked must not seem to be. */
static enum undersign_status check_names(const char *folder, struct problem *problem)
{
	struct folder_list list;
	enum undersign_status status = folder_list(&list, folder, problem);

	for (size_t i = 0; i < list.n && status == UNDERSIGN_OK; i++) {
		const char *name = list.entries[i].name;

		if (strcmp(name, PROMISE_NAME) == 0 || strcmp(name, STATEMENT_NAME) == 0 ||
		    strncmp(name, BUNDLE_NAME "/", sizeof BUNDLE_NAME) == 0)
			continue;
		problem_where(problem, "file", bytes_from_text(name));
		problem_rule(problem, "it holds a promise, a statement and a bundle");
		problem_what(problem, "this file belongs to none of them", bytes_from(NULL, 0));
		status = UNDERSIGN_E_INVALID;
	}
	folder_list_free(&list);
	return status;
}

static void print(const struct opened *opened, struct bytes statement)
{
	const struct undersign_bundle_info *info = opened->info;
	char hex[2 * SHA512_BYTES + 1] = {0}, closes[OPENED_DATE_LEN];
	struct writer writer = writer_new((uint8_t *)hex, sizeof hex - 1);
	uint8_t hash[SHA512_BYTES];

	sha512(hash, statement);
	writer_hex(&writer, bytes_from(hash, sizeof hash));
	opened_date(closes, opened, info->closes_date);
	output_say(info->log_is_anchored && info->letter_is_anchored
			   ? "BROKEN PROMISE, anchored in your policy\n"
			   : "BROKEN PROMISE, not anchored\n");
	output_say("The log ");
	output_text(bytes_from(info->origin.data, info->origin.len));
	output_say(" appointed a key that promised to publish the statement\n  %.64s\n  %s\n"
		   "in the letter\n",
		   hex, hex + 64);
	talk_fingerprint(stdout, "  ", 2, info->letter);
	output_say("which closed on %s. The log has the closing, %" PRIu64 " entries, and has it\n"
		   "not. The statement holds; whose it is nobody can tell.\n",
		   closes, info->log_size);
	if (!info->log_is_anchored || !info->letter_is_anchored)
		output_say("Whether this is the log that everybody else has: --policy and "
			   "--letter.\n");
}

static int check(struct evidence *evidence)
{
	const struct file_content *promise = &evidence->promise;
	const struct file_content *statement = &evidence->statement;
	struct undersign_problem fault = {{0}, {0}, {0}};
	enum undersign_promise_fate fate;

	const enum undersign_status status =
		undersign_promise_check(&fate, evidence->opened.bundle,
					(struct undersign_bytes){promise->data, promise->len},
					(struct undersign_bytes){statement->data, statement->len},
					&evidence->opened.memory, &fault);
	if (status != UNDERSIGN_OK)
		return talk_refuse_api(status, headline, &fault, NULL);
	switch (fate) {
	case UNDERSIGN_PROMISE_BROKEN:
		print(&evidence->opened, file_content_view(statement));
		return CLI_YES;
	case UNDERSIGN_PROMISE_KEPT:
		return talk_fault(UNDERSIGN_E_INVALID, headline, PROMISE_NAME, NULL,
				  "the promise was kept: the log has the statement, or a later one "
				  "of the same member",
				  NULL);
	case UNDERSIGN_PROMISE_OPEN:
		return talk_fault(UNDERSIGN_E_INVALID, headline, BUNDLE_NAME, NULL,
				  "the letter is not closed in this log", NULL);
	case UNDERSIGN_PROMISE_VOID:
		break;
	}
	return talk_fault(UNDERSIGN_E_INVALID, headline, PROMISE_NAME, NULL,
			  "nothing was owed: too few of its list signed, and it has no second "
			  "proof",
			  NULL);
}

static int check_folder(struct evidence *evidence, const char *folder,
			const struct opened_options *trust)
{
	char path[PATH_LEN];
	struct problem problem = {0};

	enum undersign_status status = check_names(folder, &problem);
	if (status == UNDERSIGN_OK)
		status = folder_read(&evidence->promise, folder, PROMISE_NAME, PROMISE_MAX,
				     &problem);
	if (status == UNDERSIGN_OK)
		status = folder_read(&evidence->statement, folder, STATEMENT_NAME,
				     ENVELOPE_CONTENT_MAX, &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, headline, &problem, NULL);
	const int len = snprintf(path, sizeof path, "%s/" BUNDLE_NAME, folder);
	if (len < 0 || len >= PATH_LEN)
		return talk_fault(UNDERSIGN_E_LIMIT, headline, folder, NULL, "its name is too long",
				  NULL);
	status = opened_open(&evidence->opened, path, trust, &problem);
	const int code = status == UNDERSIGN_OK ? check(evidence) : opened_refuse(status, &problem);
	opened_close(&evidence->opened);
	return code;
}

int check_promise_command(int argc, char **argv)
{
	struct opened_options trust = {0};
	const struct option options[] = {
		{.name = "--policy",
		 .value = "FILE",
		 .about = "as in verify",
		 .text = &trust.policy},
		{.name = "--letter", .value = "ID", .about = "as in verify", .text = &trust.letter},
		THREADS_OPTION(trust.n_threads),
	};
	const struct options_form form = {
		.usage = "undersign check-promise [--policy FILE] [--letter ID] FOLDER",
		.about = "Checks that a desk broke a promise, from the folder that verify "
			 "--evidence wrote. Exit 0 if it did.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	struct evidence evidence = {0};
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	code = check_folder(&evidence, operands.at[0], &trust);
	file_content_free(&evidence.promise);
	file_content_free(&evidence.statement);
	return code;
}
