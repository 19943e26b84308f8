#include "cli.h"
#include "counts.h"
#include "opened.h"
#include "poll_counts.h"
#include "record_verbs.h"

#include <stdio.h>

int tally_command(int argc, char **argv)
{
	struct opened_options trust = {0};
	bool is_json = false, is_csv = false, is_rosters = false;
	const struct option options[] = {
		{.name = "--rosters",
		 .about = "where the lists come from, and who answers for them",
		 .flag = &is_rosters},
		{.name = "--json", .about = "as JSON", .flag = &is_json},
		{.name = "--csv", .about = "the rings as comma-separated rows", .flag = &is_csv},
		{.name = "--policy",
		 .value = "FILE",
		 .about = "as in verify",
		 .text = &trust.policy},
		{.name = "--letter", .value = "ID", .about = "as in verify", .text = &trust.letter},
		OPENED_CACHE_OPTION(trust.cache),
		THREADS_OPTION(trust.n_threads),
	};
	const struct options_form form = {
		.usage = "undersign tally [--rosters | --json | --csv] BUNDLE",
		.about = "Prints the count of a bundle after verifying all of it.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	struct problem problem = {0};
	struct opened opened;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	if (is_json + is_csv + is_rosters > 1)
		return options_refuse(&form, "Say one of --rosters, --json and --csv.");

	trust.is_silent = is_json || is_csv;
	enum undersign_status status = opened_open(&opened, operands.at[0], &trust, &problem);
	if (status != UNDERSIGN_OK) {
		if (is_json && cli_exit_of(status) != CLI_USAGE)
			output_json(counts_json_refused(&problem, status));
		code = opened_refuse(status, &problem);
	} else {
		code = CLI_YES;
		if (is_json) {
			output_json(counts_json(&opened));
		} else if (is_csv) {
			if (undersign_bundle_poll(opened.bundle))
				poll_counts_print_csv(&opened);
			else
				counts_print_csv(stdout, &opened);
		} else if (is_rosters) {
			counts_print_rosters(&opened);
		} else {
			if (undersign_bundle_poll(opened.bundle))
				poll_counts_print(&opened);
			else
				counts_print_caption(&opened);
			counts_print_table(&opened, operands.at[0]);
			record_print_summary(&opened, operands.at[0]);
		}
	}
	opened_close(&opened);
	return code;
}
