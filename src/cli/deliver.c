#include "cli.h"
#include "deliver_check.h"
#include "deliver_file.h"
#include "fetching.h"
#include "proxy.h"
#include "threads.h"

#include "client.h"
#include "encoding.h"
#include "entropy.h"
#include "terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WAIT_HOURS_MAX   168
#define WAIT_SECONDS_MAX (UINT64_C(3600) * WAIT_HOURS_MAX)
#define WAIT_EPOCH       "epoch"
#define FILES_MAX        1000

/* Uniform below limit, which is at most 2^32. */
static enum undersign_status random_below(uint64_t *out, struct entropy *entropy, uint64_t limit)
{
	const struct random_source source = entropy_source(entropy);
	const uint64_t end = UINT64_MAX - UINT64_MAX % limit;
	enum undersign_status status;

	do {
		uint8_t raw[8];

		status = source.fill(source.cookie, raw, sizeof raw);
		struct cursor cursor = cursor_new(bytes_from(raw, sizeof raw));
		*out = cursor_u64le(&cursor);
	} while (status == UNDERSIGN_OK && *out >= end);
	*out = status == UNDERSIGN_OK ? *out % limit : 0;
	return status;
}

static int compare_due(const void *a, const void *b)
{
	const uint64_t left = ((const struct deliver_file *)a)->due_s;
	const uint64_t right = ((const struct deliver_file *)b)->due_s;

	return (left > right) - (left < right);
}

/* A random order, and a random time for each: that files were given together shows in neither. */
static int plan(struct deliver_file *files, size_t n, bool has_wait, uint64_t most_s)
{
	struct entropy entropy = {0};
	enum undersign_status status = UNDERSIGN_OK;

	for (size_t i = n; i-- > 0 && status == UNDERSIGN_OK;) {
		uint64_t other;

		status = random_below(&other, &entropy, i + 1);
		if (status != UNDERSIGN_OK)
			break;
		const struct deliver_file file = files[i];
		files[i] = files[other];
		files[other] = file;
		if (has_wait)
			status = random_below(&files[i].due_s, &entropy, most_s + 1);
	}
	entropy_close(&entropy);
	if (status != UNDERSIGN_OK)
		return talk_fault(UNDERSIGN_E_RANDOM, "Nothing was delivered.", "random numbers",
				  NULL, "this computer gives no good ones", "use another computer");
	if (has_wait)
		qsort(files, n, sizeof *files, compare_due);
	return CLI_YES;
}

static void wait_for(uint64_t seconds)
{
	struct timespec rest = {.tv_sec = (time_t)seconds};

	if (seconds == 0)
		return;
	talk_paragraph("Waiting %u h %u min. To stop is harmless: what was not sent yet is as it "
		       "was.",
		       (unsigned)(seconds / 3600), (unsigned)(seconds % 3600 / 60));
	while (nanosleep(&rest, &rest) != 0)
		;
}

/* The longest wait: so many hours, or what is left of the desk's epoch. */
static int find_wait(uint64_t *out_s, const struct deliver_orders *orders, const char *wait)
{
	uint64_t hours;

	*out_s = 0;
	if (!wait)
		return CLI_YES;
	if (strcmp(wait, WAIT_EPOCH) != 0) {
		CHECK(decimal_decode(&hours, bytes_from_text(wait), WAIT_HOURS_MAX) ==
		      UNDERSIGN_OK);
		*out_s = hours * 3600;
		return CLI_YES;
	}
	const int code = deliver_epoch_left(out_s, orders);
	if (*out_s > WAIT_SECONDS_MAX)
		*out_s = WAIT_SECONDS_MAX;
	return code;
}

static int deliver_all(struct deliver_file *files, size_t n, const struct deliver_orders *orders,
		       const char *wait)
{
	struct threads threads;
	uint64_t waited = 0, most_s;

	proxy_tell(proxy_for(orders->proxy, orders->to), PROXY_DESK);
	int worst = find_wait(&most_s, orders, wait);
	if (worst == CLI_YES)
		worst = plan(files, n, wait != NULL, most_s);
	if (worst != CLI_YES)
		return worst;
	threads_begin(&threads, orders->n_threads);
	for (size_t i = 0; i < n; i++) {
		if (wait)
			wait_for(files[i].due_s - waited);
		waited = files[i].due_s;
		if (n > 1)
			talk_say("%s%s\n", i > 0 ? "\n" : "", files[i].path);
		const int code = deliver_file_send(&files[i], orders, &threads.parallel);
		if (code > worst)
			worst = code;
	}
	threads_end(&threads);
	return worst;
}

/* All are read before anything is sent. */
static int read_all(struct deliver_file *files, const struct operands *operands, bool is_check)
{
	for (size_t i = 0; i < operands->n; i++) {
		const int code = deliver_file_read(&files[i], operands->at[i]);

		if (code != CLI_YES)
			return code;
		if (is_check && files[i].kind != DELIVER_STATEMENT)
			return talk_fault(UNDERSIGN_E_USAGE, "Nothing was looked for.",
					  files[i].path, "--check is for statements",
					  "this is a record or a request", NULL);
	}
	return CLI_YES;
}

int deliver_command(int argc, char **argv)
{
	struct deliver_orders orders = {0};
	const char *wait = NULL;
	uint64_t hours;
	struct deliver_check_orders check = {.limit_mb = FETCHING_LIMIT_MB};
	bool is_check = false;
	const struct option options[] = {
		{.name = "--to",
		 .value = "URL",
		 .about = "the desk's address, without a slash at its end",
		 .text = &orders.to},
		PROXY_OPTION(orders.proxy),
		{.name = "--log",
		 .value = "VKEY",
		 .about = "the key of the desk's log, from somewhere else than the desk",
		 .text = &orders.log},
		{.name = "--wait",
		 .value = "HOURS|epoch",
		 .about =
			 "wait a random time first, another for each file: of up to so many hours, "
			 "or until the desk's epoch ends",
		 .text = &wait},
		{.name = "--promises",
		 .value = "DIR",
		 .about = "keep the promises in this folder, not beside the statements",
		 .text = &orders.promises},
		{.name = "--check",
		 .about = "deliver nothing: say what became of statements, by the bundle that the "
			  "desk serves",
		 .flag = &is_check},
		{.name = "--bundle",
		 .value = "BUNDLE",
		 .about = "with --check: this bundle, a folder, a tar file or an address",
		 .text = &check.bundle},
		{.name = "--policy",
		 .value = "FILE",
		 .about = "with --check: whom you trust, a tlog-policy file; without it nothing is "
			  "offered for deletion",
		 .text = &check.trust.policy},
		{.name = "--delete",
		 .about = "with --check and --policy: delete what is published, without asking",
		 .flag = &check.is_deleted},
		FETCHING_LIMIT_OPTION(check.limit_mb),
		THREADS_OPTION(orders.n_threads),
	};
	const struct options_form form = {
		.usage = "undersign deliver --to URL [--proxy HOST:PORT] [--wait HOURS|epoch] "
			 "FILE...\n"
			 "undersign deliver --check --to URL [--policy FILE] STATEMENT...",
		.about = "Delivers statements, records and enrolment requests to a desk, each by "
			 "itself. Anybody may do it, from any device, later. Delivering twice is "
			 "harmless and counts once.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = FILES_MAX,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	if (orders.to && (!http_url_is_valid(orders.to) || strlen(orders.to) > 900))
		return options_refuse(&form, "--to is an address: http://... or https://...");
	if (!orders.to && !(is_check && check.bundle))
		return options_refuse(&form, "Say where: --to URL.");
	if (!is_check && (check.bundle || check.trust.policy || check.is_deleted))
		return options_refuse(&form, "--bundle, --policy and --delete go with --check.");
	if (wait && strcmp(wait, WAIT_EPOCH) != 0 &&
	    decimal_decode(&hours, bytes_from_text(wait), WAIT_HOURS_MAX) != UNDERSIGN_OK)
		return options_refuse(&form, "--wait takes 0 to %d, in hours, or epoch.",
				      WAIT_HOURS_MAX);
	if (is_check && (orders.log || wait))
		return options_refuse(&form, "--log and --wait do not go with --check.");
	if (check.is_deleted && !check.trust.policy)
		return options_refuse(&form, "--delete goes with --policy.");
	if (check.bundle && fetching_is_address(check.bundle) &&
	    !fetching_url_is_valid(check.bundle))
		return options_refuse(&form, "An address has no slash at its end, no user, query "
					     "or fragment.");
	check.to = orders.to;
	check.proxy = orders.proxy;
	check.promises = orders.promises;
	check.trust.n_threads = orders.n_threads;

	struct deliver_file *files = calloc(operands.n, sizeof *files);
	if (!files)
		return talk_fault(UNDERSIGN_E_MEMORY, "Nothing was delivered.", "files", NULL,
				  "there is no memory", NULL);
	code = read_all(files, &operands, is_check);
	if (code == CLI_YES)
		code = is_check ? deliver_check(files, operands.n, &check)
				: deliver_all(files, operands.n, &orders, wait);
	for (size_t i = 0; i < operands.n; i++)
		deliver_file_free(&files[i]);
	free(files);
	return code;
}
