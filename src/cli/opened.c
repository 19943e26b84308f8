#include "opened.h"

#include "cli.h"
#include "dates.h"
#include "encoding.h"
#include "policy.h"
#include "terminal.h"

#include <stdio.h>
#include <string.h>

/* A policy is small, and so is what it may hold. */
#define POLICY_PLACE    "policy"
#define POLICY_FILE_MAX ((size_t)128 * 1024)

static enum undersign_status read_letter(uint8_t out[static 32], const char *text,
					 struct problem *problem)
{
	char digits[65];
	size_t n = 0;

	for (; *text; text++)
		if (*text != ' ' && n < sizeof digits)
			digits[n++] = *text;
	if (n == 64 && hex_decode(out, 32, bytes_from(digits, n)) == UNDERSIGN_OK)
		return UNDERSIGN_OK;
	problem_where(problem, "option --letter", bytes_from(NULL, 0));
	problem_rule(problem, "a letter's id has 64 digits, 0 to 9 and a to f");
	return UNDERSIGN_E_USAGE;
}

static void take_problem(struct problem *out, const struct undersign_problem *problem)
{
	memcpy(out->where, problem->where, sizeof out->where);
	memcpy(out->rule, problem->rule, sizeof out->rule);
	memcpy(out->what, problem->what, sizeof out->what);
}

/* Before the bundle: a policy that cannot be read is no fault of the bundle. */
static enum undersign_status check_policy(const struct file_content *content, const char *path,
					  struct problem *problem)
{
	static struct policy policy;

	enum undersign_status status = policy_parse(&policy, file_content_view(content), problem);
	if (status != UNDERSIGN_OK)
		problem_inside(problem, POLICY_PLACE, bytes_from_text(path));
	return status;
}

/* What was wrong with the cache is no fault of the bundle, and changes no number. */
static void tell_of_cache(const struct ring_cache *cache, const char *path)
{
	const struct problem *problem = ring_cache_problem(cache);
	const size_t n_refused = ring_cache_refused(cache);

	if (n_refused > 0)
		talk_paragraph(
			catalogue_plural("warning: %zu file in the cache %s was not right. "
					 "That roster was decoded afresh.",
					 "warning: %zu files in the cache %s were not right. "
					 "Those rosters were decoded afresh.",
					 n_refused),
			n_refused, path);
	if (problem)
		talk_paragraph("warning: the cache cannot be used in full. %s: %s: %s",
			       problem->where, problem->rule, problem->what);
}

enum undersign_status opened_open(struct opened *out, const char *path,
				  const struct opened_options *options, struct problem *problem)
{
	struct undersign_bundle_options bundle_options = {{NULL, 0}, NULL, NULL, NULL};
	struct undersign_ring_cache cache;
	struct terminal_progress bar;
	struct undersign_problem fault;

	memset(out, 0, sizeof *out);
	memset(&fault, 0, sizeof fault);
	out->random = entropy_random(&out->entropy);
	arena_heap_open(&out->heap, SIZE_MAX, false);
	out->memory = arena_heap_memory(&out->heap);
	enum undersign_status status = UNDERSIGN_OK;
	if (options && options->letter) {
		status = read_letter(out->letter, options->letter, problem);
		bundle_options.letter = out->letter;
	}
	if (status == UNDERSIGN_OK && options && options->policy) {
		status = cli_read(&out->policy, options->policy, POLICY_FILE_MAX, FILE_PUBLIC,
				  problem);
		bundle_options.policy = (struct undersign_bytes){out->policy.data, out->policy.len};
		if (status == UNDERSIGN_OK && out->policy.len == 0) {
			problem_where(problem, POLICY_PLACE, bytes_from_text(options->policy));
			problem_rule(problem, "a policy names whom you trust");
			problem_what(problem, "the file is empty", bytes_from(NULL, 0));
			status = UNDERSIGN_E_FORMAT;
		}
	}
	if (status == UNDERSIGN_OK && options && options->policy)
		status = check_policy(&out->policy, options->policy, problem);
	if (status == UNDERSIGN_OK && options && options->cache) {
		status = ring_cache_open(&out->cache, options->cache, problem);
		if (status == UNDERSIGN_OK) {
			cache = ring_cache_public(out->cache);
			bundle_options.cache = &cache;
		} else if (status == UNDERSIGN_E_MISSING || status == UNDERSIGN_E_INVALID) {
			status = UNDERSIGN_E_USAGE; /* no fault of the bundle */
		}
	}
	const bool is_given = options && options->files;
	if (status == UNDERSIGN_OK && !is_given)
		status = bundle_source_open(&out->source, path, problem);
	if (status != UNDERSIGN_OK)
		return status;

	threads_begin(&out->threads, options ? options->n_threads : 0);
	bundle_options.parallel = &out->threads.library;
	const struct undersign_files files =
		is_given ? *options->files : bundle_source_files(out->source);
	out->files = files;
	terminal_progress_begin(&bar, _("checking"));
	const struct undersign_progress progress = terminal_progress_public(&bar);
	const bool is_silent = options && options->is_silent;
	status = undersign_bundle_open(&out->bundle, &files, &bundle_options, &out->random,
				       &out->memory, is_silent ? NULL : &progress, &fault);
	if (!is_silent)
		terminal_progress_end(
			&bar,
			status == UNDERSIGN_OK ? undersign_bundle_info(out->bundle)->log_size : 0,
			_("entries"), status == UNDERSIGN_OK);
	if (out->cache)
		tell_of_cache(out->cache, options->cache);
	if (status != UNDERSIGN_OK) {
		const struct problem *reading =
			is_given ? NULL : bundle_source_problem(out->source);
		if (reading && reading->what[0] != '\0')
			*problem = *reading;
		else
			take_problem(problem, &fault);
		return status;
	}
	out->info = undersign_bundle_info(out->bundle);
	out->tally = undersign_bundle_tally(out->bundle);
	return UNDERSIGN_OK;
}

void opened_close(struct opened *opened)
{
	threads_end(&opened->threads);
	bundle_source_close(opened->source);
	ring_cache_close(opened->cache);
	arena_heap_close(&opened->heap);
	file_content_free(&opened->policy);
	entropy_close(&opened->entropy);
	memset(opened, 0, sizeof *opened);
}

int opened_refuse(enum undersign_status status, const struct problem *problem)
{
	const int code = cli_exit_of(status);
	if (code == CLI_MACHINE)
		return talk_refuse(status, "The bundle could not be checked.", problem, NULL);
	if (strncmp(problem->where, POLICY_PLACE " ", sizeof POLICY_PLACE) == 0)
		return talk_refuse(status, "The policy cannot be used. The bundle was not checked.",
				   problem, NULL);
	if (code == CLI_USAGE)
		return talk_refuse(status, "The bundle was not checked to its end.", problem, NULL);
	return talk_refuse(status, "REFUSED. No number of this bundle can be believed.", problem,
			   "get the bundle again, from another place; if it is the same, tell the "
			   "organiser and the witnesses, and keep this copy");
}

const char *opened_date(char out[static OPENED_DATE_LEN], const struct opened *opened,
			uint64_t seconds)
{
	char day[DATES_TEXT_LEN];

	dates_day(day, seconds);
	if (opened->info->epoch_seconds % 86400 == 0)
		snprintf(out, OPENED_DATE_LEN, "%.40s", day);
	else
		snprintf(out, OPENED_DATE_LEN, "%.40s, %02u:%02u:%02u UTC", day,
			 (unsigned)(seconds % 86400 / 3600), (unsigned)(seconds % 3600 / 60),
			 (unsigned)(seconds % 60));
	return out;
}
