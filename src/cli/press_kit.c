#include "cli.h"
#include "counts.h"
#include "dates.h"
#include "opened.h"
#include "press_bad.h"
#include "press_ineligible_signer.h"
#include "press_second_signature.h"
#include "press_test_letter.h"
#include "press_text.h"

#include "bundle_tar.h"
#include "encoding.h"
#include "folder_stage.h"
#include "sha2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIT_MAX   ((size_t)8 << 20)
#define FILES_MAX 16
#define PATH_LEN  4096
static const char headline[] = N_("No press kit was made.");

struct press_orders {
	const char *path, *folder, *kit, *embargo;
	struct opened_options trust;
	bool is_replaced;
};

struct press {
	const struct press_orders *orders;
	struct opened opened;
	struct folder_stage *stage;
	struct press_bundle bundle;
	char embargo[OPENED_DATE_LEN];
	struct {
		char name[64];
		uint8_t sha256[SHA256_BYTES];
	} written[FILES_MAX];
	size_t n_written;
};

static enum undersign_status put(struct press *press, const char *name, struct bytes content,
				 struct problem *problem)
{
	CHECK(press->n_written < FILES_MAX);
	snprintf(press->written[press->n_written].name, sizeof press->written[0].name, "%s", name);
	sha256(press->written[press->n_written++].sha256, content);
	return folder_stage_put(press->stage, name, content, problem);
}

static enum undersign_status put_bundle(struct press *press, const char *name,
					const struct press_bundle *bundle, struct problem *problem)
{
	struct file_content tar;

	enum undersign_status status = bundle_tar_make(&tar, bundle->files, bundle->n);
	if (status != UNDERSIGN_OK)
		return status;
	status = put(press, name, file_content_view(&tar), problem);
	file_content_free(&tar);
	return status;
}

/* The files of the open bundle. Not released: it has views of some. */
static enum undersign_status load(struct press *press)
{
	const struct undersign_files *files = &press->opened.files;
	struct arena *arena = &press->opened.heap.arena;
	struct folder_file *list = ARENA_TAKE(arena, struct folder_file, files->n_files);

	if (!list)
		return UNDERSIGN_E_MEMORY;
	for (size_t i = 0; i < files->n_files; i++) {
		const struct undersign_bytes name = files->name(files->cookie, i);
		struct undersign_bytes content;
		char *copy = ARENA_TAKE(arena, char, name.len + 1);

		if (!copy)
			return UNDERSIGN_E_MEMORY;
		memcpy(copy, name.data, name.len);
		copy[name.len] = '\0';
		const enum undersign_status status = files->read(files->cookie, i, &content);
		if (status != UNDERSIGN_OK)
			return status;
		list[i] = (struct folder_file){copy, bytes_from(content.data, content.len)};
	}
	press->bundle = (struct press_bundle){list, files->n_files};
	return UNDERSIGN_OK;
}

/* --- Tests ------------------------------------------------------------------------------------
 */

enum { TEST_TEXT, TEST_STATEMENT, TEST_ROSTER, TEST_INELIGIBLE, TEST_SECOND, TESTS_N };

static struct press_test tests[TESTS_N] = {
	[TEST_TEXT] = {.file = "changed-text.tar",
		       .about = "A sentence was added to the letter after it was signed."},
	[TEST_STATEMENT] = {.file = "dropped-statement.tar",
			    .about = "A published statement was taken out of the log, and "
				     "everything made anew that can be made without keys."},
	[TEST_ROSTER] = {.file = "padded-roster.tar",
			 .about = "A member was added to a roster who is not on it."},
	[TEST_INELIGIBLE] = {.file = "ineligible-signer.tar",
			     .about = "The test letter with a signature of somebody who is not on "
				      "the list that it names."},
	[TEST_SECOND] = {.file = "second-signature.tar",
			 .about = "The test letter with one signature a second time."},
};

/* Each must be refused, as whoever gets it will see. */
static enum undersign_status run_test(struct press *press, struct press_test *test,
				      struct problem *problem)
{
	const struct opened_options options = {.is_silent = true,
					       .n_threads = press->orders->trust.n_threads};
	struct opened opened;
	char path[PATH_LEN];

	if (snprintf(path, sizeof path, "%s/tests/%s", folder_stage_path(press->stage),
		     test->file) >= (int)sizeof path)
		return UNDERSIGN_E_LIMIT;
	test->problem = (struct problem){{0}, {0}, {0}};
	const enum undersign_status status = opened_open(&opened, path, &options, &test->problem);
	opened_close(&opened);
	if (cli_exit_of(status) == CLI_NO && test->problem.rule[0] != '\0')
		return UNDERSIGN_OK;
	if (status != UNDERSIGN_OK) {
		*problem = test->problem;
		return cli_exit_of(status) == CLI_NO ? UNDERSIGN_E_SYSTEM : status;
	}
	problem_where(problem, "test", bytes_from_text(test->file));
	problem_rule(problem, "each of these bundles is refused");
	problem_what(problem, "it was not: do not trust this build of undersign",
		     bytes_from(NULL, 0));
	return UNDERSIGN_E_SYSTEM;
}

static enum undersign_status put_test(struct press *press, unsigned test,
				      enum undersign_status status,
				      const struct press_bundle *bundle, struct problem *problem)
{
	char name[64];

	snprintf(name, sizeof name, "tests/%s", tests[test].file);
	return status == UNDERSIGN_OK ? put_bundle(press, name, bundle, problem) : status;
}

static enum undersign_status put_tests(struct press *press, struct problem *problem)
{
	const struct press_bundle *good = &press->bundle;
	struct arena *arena = &press->opened.heap.arena;
	struct press_bundle bad;

	enum undersign_status status = press_bad_text(&bad, good, arena);
	status = put_test(press, TEST_TEXT, status, &bad, problem);
	if (status == UNDERSIGN_OK)
		status = press_bad_statement(&bad, good, press->opened.info->letter, arena);
	status = put_test(press, TEST_STATEMENT, status, &bad, problem);
	if (status == UNDERSIGN_OK)
		status = press_bad_roster(&bad, good, arena);
	status = put_test(press, TEST_ROSTER, status, &bad, problem);
	if (status == UNDERSIGN_OK)
		status = put(press, "tests/test-letter.tar",
			     bytes_from(press_test_letter, sizeof press_test_letter), problem);
	if (status == UNDERSIGN_OK)
		status = put(press, "tests/ineligible-signer.tar",
			     bytes_from(press_ineligible_signer, sizeof press_ineligible_signer),
			     problem);
	if (status == UNDERSIGN_OK)
		status = put(press, "tests/second-signature.tar",
			     bytes_from(press_second_signature, sizeof press_second_signature),
			     problem);
	for (size_t i = 0; i < TESTS_N && status == UNDERSIGN_OK; i++)
		status = run_test(press, &tests[i], problem);
	return status;
}

/* --- Texts ------------------------------------------------------------------------------------
 */

enum text { TEXT_METHOD, TEXT_TESTS, TEXT_CSV, TEXT_SUMS };

static void write_sums(FILE *stream, const struct press *press)
{
	for (size_t i = 0; i < press->n_written; i++) {
		char hex[2 * SHA256_BYTES + 1] = {0};
		struct writer writer = writer_new((uint8_t *)hex, sizeof hex - 1);

		writer_hex(&writer, bytes_from(press->written[i].sha256, SHA256_BYTES));
		fprintf(stream, "%s  %s\n", hex, press->written[i].name);
	}
}

static enum undersign_status put_text(struct press *press, const char *name, enum text text,
				      const struct press_facts *facts, struct problem *problem)
{
	char *data = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&data, &len);

	if (!stream)
		return UNDERSIGN_E_MEMORY;
	switch (text) {
	case TEXT_METHOD:
		press_text_method(stream, facts);
		break;
	case TEXT_TESTS:
		press_text_tests(stream, facts, tests, TESTS_N);
		break;
	case TEXT_CSV:
		counts_print_csv(stream, facts->opened);
		break;
	case TEXT_SUMS:
		write_sums(stream, press);
		break;
	}
	const bool is_whole = ferror(stream) == 0;
	enum undersign_status status =
		fclose(stream) == 0 && is_whole ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
	if (status == UNDERSIGN_OK)
		status = put(press, name, bytes_from(data, len), problem);
	free(data);
	return status;
}

/* In English, which is the reference; in the language of the command line too if it is another. */
static enum undersign_status put_method(struct press *press, const struct press_facts *facts,
					struct problem *problem)
{
	const char *language = catalogue_language();
	char name[32];

	catalogue_choose("en");
	enum undersign_status status = put_text(press, "method.txt", TEXT_METHOD, facts, problem);
	catalogue_choose(language);
	if (status != UNDERSIGN_OK || strcmp(language, "en") == 0)
		return status;
	(void)snprintf(name, sizeof name, "method.%s.txt", language);
	return put_text(press, name, TEXT_METHOD, facts, problem);
}

static enum undersign_status put_json(struct press *press, struct problem *problem)
{
	json_t *json = counts_json(&press->opened);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	enum undersign_status status = UNDERSIGN_E_MEMORY;

	json_decref(json);
	if (text)
		status = put(press, "tally.json", bytes_from_text(text), problem);
	free(text);
	return status;
}

static enum undersign_status put_kit(struct press *press, const uint8_t **hash,
				     struct problem *problem)
{
	struct file_content kit;

	*hash = NULL;
	if (!press->orders->kit)
		return UNDERSIGN_OK;
	enum undersign_status status =
		cli_read(&kit, press->orders->kit, KIT_MAX, FILE_PUBLIC, problem);
	if (status != UNDERSIGN_OK)
		return status;
	*hash = press->written[press->n_written].sha256;
	status = put(press, "kit.html", file_content_view(&kit), problem);
	file_content_free(&kit);
	return status;
}

/* The page by itself, to be printed. */
static enum undersign_status put_page(struct press *press, struct problem *problem)
{
	for (size_t i = 0; i < press->bundle.n; i++)
		if (strcmp(press->bundle.files[i].name, BUNDLE_PAGE_NAME) == 0)
			return put(press, "page.html", press->bundle.files[i].content, problem);
	return UNDERSIGN_OK;
}

static enum undersign_status fill(struct press *press, struct problem *problem)
{
	struct press_facts facts = {.opened = &press->opened,
				    .embargo = press->orders->embargo ? press->embargo : NULL,
				    .bundle = press->written[0].sha256};

	enum undersign_status status = put_bundle(press, "bundle.tar", &press->bundle, problem);
	if (status == UNDERSIGN_OK)
		status = put_kit(press, &facts.kit, problem);
	if (status == UNDERSIGN_OK)
		status = put_page(press, problem);
	if (status == UNDERSIGN_OK)
		status = put_tests(press, problem);
	if (status == UNDERSIGN_OK)
		status = put_text(press, "tests/README.txt", TEXT_TESTS, &facts, problem);
	if (status == UNDERSIGN_OK)
		status = put_method(press, &facts, problem);
	if (status == UNDERSIGN_OK)
		status = put_json(press, problem);
	if (status == UNDERSIGN_OK)
		status = put_text(press, "tally.csv", TEXT_CSV, &facts, problem);
	if (status == UNDERSIGN_OK)
		status = put_text(press, "SHA256SUMS", TEXT_SUMS, &facts, problem);
	return status == UNDERSIGN_OK ? folder_stage_commit(press->stage, problem) : status;
}

static enum undersign_status refuse_empty(struct problem *problem)
{
	problem_where(problem, "bundle", bytes_from(NULL, 0));
	problem_rule(problem, "a press kit is of a count");
	problem_what(problem, "no signature has been published yet", bytes_from(NULL, 0));
	return UNDERSIGN_E_INVALID;
}

static int make(struct press *press)
{
	const struct press_orders *orders = press->orders;
	struct problem problem = {{0}, {0}, {0}};

	enum undersign_status status =
		opened_open(&press->opened, orders->path, &orders->trust, &problem);
	if (status != UNDERSIGN_OK)
		return opened_refuse(status, &problem);
	if (press->opened.tally->total == 0)
		status = refuse_empty(&problem);
	if (status == UNDERSIGN_OK)
		status = load(press);
	if (status == UNDERSIGN_OK)
		status = folder_stage_open(&press->stage, orders->folder, "new", FOLDER_STAGE_EMPTY,
					   orders->is_replaced ? FILE_REPLACE : FILE_NEW, &problem);
	if (status == UNDERSIGN_OK)
		status = fill(press, &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, headline, &problem, NULL);
	talk_paragraph("%s: the letter's bundle, a page on the method, and %d bundles that must be "
		       "refused; each was.%s",
		       orders->folder, (int)TESTS_N,
		       press->opened.info->log_is_anchored && press->opened.info->letter_is_anchored
			       ? ""
			       : _(" Give --policy and --letter too, so that the figures are "
				   "those of the log that you trust."));
	return CLI_YES;
}

/* A day, or an instant. */
static bool read_embargo(char out[static OPENED_DATE_LEN], const char *text)
{
	const struct bytes view = bytes_from_text(text);
	char day[DATES_TEXT_LEN];
	uint64_t seconds;

	if (date_decode(&seconds, view) == UNDERSIGN_OK) {
		dates_day(day, seconds);
		snprintf(out, OPENED_DATE_LEN, "%.40s", day);
		return true;
	}
	if (date_time_decode(&seconds, view) != UNDERSIGN_OK)
		return false;
	dates_day(day, seconds);
	snprintf(out, OPENED_DATE_LEN, "%.40s, %02u:%02u UTC", day,
		 (unsigned)(seconds % 86400 / 3600), (unsigned)(seconds % 3600 / 60));
	return true;
}

int press_kit_command(int argc, char **argv)
{
	struct press_orders orders = {0};
	static struct press press;
	const struct option options[] = {
		{.name = "--output",
		 .letter = "-o",
		 .value = "FOLDER",
		 .about = "where the kit goes",
		 .is_required = true,
		 .text = &orders.folder},
		{.name = "--kit",
		 .value = "FILE",
		 .about = "the kit for browsers (make kit), to be added",
		 .text = &orders.kit},
		{.name = "--embargo",
		 .value = "DATE",
		 .about = "not to be published before that day (or instant): on top of each text",
		 .text = &orders.embargo},
		{.name = "--policy",
		 .value = "FILE",
		 .about = "as in verify",
		 .text = &orders.trust.policy},
		{.name = "--letter",
		 .value = "ID",
		 .about = "as in verify",
		 .text = &orders.trust.letter},
		{.name = "--replace",
		 .about = "replace the folder if it is there",
		 .flag = &orders.is_replaced},
		THREADS_OPTION(orders.trust.n_threads),
	};
	const struct options_form form = {
		.usage = "undersign press-kit BUNDLE -o FOLDER [--kit FILE] [--embargo DATE]",
		.about = "Makes a folder for journalists of a bundle that holds: the bundle as "
			 "one tar file, its page, how it was counted in one page of text, the "
			 "figures as JSON and CSV, and bundles with a fault each, which verify "
			 "must refuse. The same bundle gives the same bytes.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	if (orders.embargo && !read_embargo(press.embargo, orders.embargo))
		return options_refuse(&form, "--embargo takes YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ.");
	orders.path = operands.at[0];
	press.orders = &orders;
	code = make(&press);
	folder_stage_free(press.stage, false);
	opened_close(&press.opened);
	return code;
}
