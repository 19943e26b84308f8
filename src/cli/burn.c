#include "cli.h"

#include "dates.h"
#include "evidence_folder.h"
#include "member.h"
#include "terminal.h"

#include <stdio.h>
#include <unistd.h>

struct burn_orders {
	uint64_t column; /* 0: none */
	uint64_t date;
	bool is_due, is_all, is_sure, is_evidence;
};

static int refuse_burn(enum undersign_status status, const struct problem *problem)
{
	return talk_refuse(status, "Not everything was burnt.", problem, NULL);
}

/* After what was due: when the next column is. */
static void say_next(const char *path, const struct credential *credential)
{
	char period[DATES_TEXT_LEN], day[DATES_TEXT_LEN];
	for (uint32_t c = 0; c < credential->n_columns; c++) {
		const struct credential_column *column = &credential->columns[c];
		if (column->state == CREDENTIAL_BURNT)
			continue;
		talk_paragraph("%s: the next secret, for %s, is due on %s.", path,
			       dates_period(period, column->from, column->until),
			       dates_day(day, column->burn));
		return;
	}
	talk_paragraph("%s: everything is burnt. It can be deleted.", path);
}

/* The secrets, then the file: it still says whose list its holder enrolled in. */
static int burn_whole(const char *path, struct credential *credential)
{
	struct problem problem = {0};
	enum undersign_status status =
		member_burn(path, credential, CREDENTIAL_ALL_COLUMNS, &problem);
	if (status == UNDERSIGN_OK)
		status = file_burn(path, &problem);
	if (status != UNDERSIGN_OK)
		return refuse_burn(status, &problem);
	talk_paragraph(
		"%s is removed. Nothing can be signed, withdrawn or proved with it any more.",
		path);
	return CLI_YES;
}

static int burn_column(const char *path, struct credential *credential, uint64_t number)
{
	struct problem problem = {0};
	if (number > credential->n_columns) {
		problem_where(&problem, "file", bytes_from_text(path));
		problem_rule_number(&problem, "this credential has columns 1 to {1}",
				    credential->n_columns);
		problem_what_numbers(&problem, "column {1} of {2}", number, credential->n_columns);
		return refuse_burn(UNDERSIGN_E_MISSING, &problem);
	}
	if (credential->columns[number - 1].state == CREDENTIAL_BURNT) {
		talk_paragraph("%s: column %u is burnt already.", path, (unsigned)number);
		return CLI_YES;
	}
	enum undersign_status status =
		member_burn(path, credential, UINT32_C(1) << (number - 1), &problem);
	return status == UNDERSIGN_OK ? CLI_YES : refuse_burn(status, &problem);
}

static int burn_evidence(const char *path, const struct burn_orders *orders)
{
	struct problem problem = {0};
	bool is_burnt;
	enum undersign_status status =
		evidence_folder_burn(&is_burnt, path, orders->date, orders->is_all, &problem);
	if (status != UNDERSIGN_OK)
		return refuse_burn(status, &problem);
	if (is_burnt)
		talk_paragraph(_("%s is removed: nobody can say any more, from these files, who "
				 "enrolled. No evidence can be shown either. %s"),
			       path, catalogue_text(FILE_BURN_CAVEAT));
	else
		talk_paragraph("%s: its day has not come yet.", path);
	return CLI_YES;
}

static int burn_file(const char *path, const struct burn_orders *orders)
{
	if (orders->is_evidence)
		return burn_evidence(path, orders);
	struct problem problem = {0};
	struct credential *credential;
	enum undersign_status status = member_open(&credential, path, orders->date, &problem);
	if (status != UNDERSIGN_OK)
		return refuse_burn(status, &problem);
	int code = CLI_YES;
	if (orders->is_all)
		code = burn_whole(path, credential);
	else if (orders->column != 0)
		code = burn_column(path, credential, orders->column);
	else
		say_next(path, credential);
	credential_free(credential);
	return code;
}

int burn_command(int argc, char **argv)
{
	struct burn_orders orders = {.date = UINT64_MAX};
	const struct option options[] = {
		{.name = "--due",
		 .about = "burn every column whose day has come; for a timer too",
		 .flag = &orders.is_due},
		{.name = "--date",
		 .value = "DATE",
		 .about = "with --due: what is due on that day, in place of today",
		 .date = &orders.date},
		{.name = "--column",
		 .value = "NUMBER",
		 .about = "burn one column (and what is due)",
		 .number = &orders.column,
		 .least = 1,
		 .most = UNDERSIGN_COLUMNS_MAX},
		{.name = "--all",
		 .about = "burn all columns and remove the file",
		 .flag = &orders.is_all},
		{.name = "--yes", .about = "with --all: do not ask", .flag = &orders.is_sure},
		{.name = "--evidence",
		 .about = "what is named are stewards' folders of evidence, not credentials",
		 .flag = &orders.is_evidence},
	};
	const struct options_form form = {
		.usage = "undersign burn CREDENTIAL... --due | --column NUMBER | --all\n"
			 "undersign burn --evidence FOLDER... --due | --all",
		.about =
			"Destroys secrets of a credential, so that nobody can find out any more "
			"what "
			"they signed. Everybody on your list burns on the same days, whether they "
			"signed or not. So burning says nothing about you. The old file survives "
			"until you delete it, its copies and its backups. A USB stick or an SSD "
			"may keep "
			"what it held, out of sight, until it needs the room; what was sealed with "
			"a passphrase is sealed there too. No passphrase is needed.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = OPTIONS_ANY,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	if (orders.is_due + orders.is_all + (orders.column != 0) != 1)
		return options_refuse(&form, "Say one of --due, --column and --all.");
	if (orders.date != UINT64_MAX && !orders.is_due)
		return options_refuse(&form, "--date goes with --due.");
	if (orders.is_evidence && orders.column != 0)
		return options_refuse(&form, "--column goes with credentials.");
	if (orders.is_sure && !orders.is_all)
		return options_refuse(&form, "--yes goes with --all.");
	struct problem problem = {0};
	if (orders.date == UINT64_MAX) {
		enum undersign_status status = cli_now(&orders.date, &problem);
		if (status != UNDERSIGN_OK)
			return refuse_burn(status, &problem);
	}
	if (orders.is_all && !orders.is_sure && isatty(STDIN_FILENO)) {
		talk_paragraph("%s",
			       orders.is_evidence
				       ? _("Afterwards no evidence can be shown to anybody.")
				       : _("Afterwards nothing can be signed, withdrawn or proved "
					   "with it."));
		if (!terminal_word(_("Type \"burn\" to go on, anything else to stop: "), "burn")) {
			talk_say("Nothing was burnt.\n");
			return CLI_NO;
		}
	}
	/* One that fails does not keep the others from being burnt. */
	for (size_t i = 0; i < operands.n; i++) {
		int one = burn_file(operands.at[i], &orders);
		if (one > code || i == 0)
			code = one;
	}
	return code;
}
