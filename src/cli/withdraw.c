#include "cli.h"
#include "meter.h"
#include "signing.h"
#include "terminal.h"

#include <stdio.h>

static const char headline[] = N_("Nothing was withdrawn. Nothing is left behind.");

static enum undersign_status announce(const struct signing *signing, struct problem *problem)
{
	enum undersign_status status = signing_check_open(signing, problem);
	if (status == UNDERSIGN_OK)
		meter_print_letter(&signing->opened);
	return status;
}

static int withdraw(const struct signing *signing, const char *output, uint64_t seq, bool is_sure)
{
	static uint8_t statement[UNDERSIGN_STATEMENT_MAX];
	struct problem problem = {0};
	char date[OPENED_DATE_LEN];
	size_t len;

	opened_date(date, &signing->opened, signing->opened.info->closes_date);
	talk_say("\n");
	talk_paragraph(
		"The count falls by one. Nobody can see who withdrew. The signature stays in the "
		"log, marked as withdrawn: a log cannot forget. Possible until %s, and only while "
		"this period's secret is not burnt.",
		date);
	if (signing->place.next_seq == 1)
		talk_paragraph("This bundle has no signature of yours. If one was delivered and is "
			       "not published yet, it will not be; if there is none, this shows "
			       "as a withdrawal of nothing.");
	if (!is_sure &&
	    !terminal_word(_("Type \"withdraw\" to go on, anything else to stop: "), "withdraw")) {
		talk_say("%s\n", catalogue_text(headline));
		return CLI_NO;
	}
	enum undersign_status status =
		undersign_bundle_withdraw(statement, sizeof statement, &len, signing->opened.bundle,
					  seq > 0 ? (uint32_t)seq : signing->place.next_seq,
					  signing->secret, &signing->opened.random);
	if (status == UNDERSIGN_OK)
		status = cli_write(output, bytes_from(statement, len), FILE_PRIVATE, FILE_NEW,
				   &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, headline, &problem, NULL);
	talk_say("\nWithdrawal made. Not delivered yet.\n  %s. It works once it is delivered and "
		 "published.\n  Whoever finds it with you can say that you signed. Delete it "
		 "afterwards.\n",
		 output);
	return CLI_YES;
}

int withdraw_command(int argc, char **argv)
{
	struct signing_orders who = {.passphrase_fd = UINT64_MAX};
	const char *output = NULL;
	uint64_t seq = 0;
	bool is_sure = false;
	const struct option options[] = {
		SIGNING_OPTIONS(who),
		{.name = "--output",
		 .letter = "-o",
		 .value = "FILE",
		 .about = "the withdrawal's new file",
		 .is_required = true,
		 .text = &output},
		{.name = "--seq",
		 .value = "NUMBER",
		 .about = "the statement's number; one more than your last published one",
		 .number = &seq,
		 .least = 1,
		 .most = UINT32_MAX},
		{.name = "--yes", .about = "do not ask", .flag = &is_sure},
	};
	const struct options_form form = {
		.usage = "undersign withdraw BUNDLE --credential FILE | --ssh-key FILE -o FILE",
		.about = "Makes the statement that withdraws your signature of a letter.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	struct signing signing;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv) ||
	    !signing_options_are_complete(&code, &who, &form))
		return code;
	who.path = operands.at[0];
	if (signing_open(&signing, &code, &who, announce, headline))
		code = withdraw(&signing, output, seq, is_sure);
	signing_close(&signing);
	return code;
}
