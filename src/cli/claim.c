#include "cli.h"
#include "signing.h"
#include "terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char headline[] = N_("No claim was made.");

struct claim_orders {
	struct signing_orders who;
	const char *output;
	const char *text;
	const char *verifier;
	bool is_sure;
};

static enum undersign_status make(uint8_t *claim, size_t *len, const struct signing *signing,
				  const struct claim_orders *orders, struct problem *problem)
{
	const struct undersign_bytes text = {(const uint8_t *)orders->text, strlen(orders->text)};
	struct file_content key;

	if (!orders->verifier)
		return undersign_claim_new(claim, len, signing->opened.bundle, text,
					   signing->secret, &signing->opened.random);
	enum undersign_status status =
		cli_read(&key, orders->verifier, UNDERSIGN_VERIFIER_MAX, FILE_PUBLIC, problem);
	if (status != UNDERSIGN_OK)
		return status;
	status = undersign_claim_new_for(claim, len, signing->opened.bundle, text,
					 (struct undersign_bytes){key.data, key.len},
					 signing->secret, &signing->opened.random);
	file_content_free(&key);
	if (status == UNDERSIGN_E_INVALID || status == UNDERSIGN_E_FORMAT) {
		problem_where(problem, "file", bytes_from_text(orders->verifier));
		problem_rule(problem, "a verifier's key proves that somebody holds its secret");
		problem_what(problem, "this one does not", bytes_from(NULL, 0));
	}
	return status;
}

static int claim(const struct signing *signing, const struct claim_orders *orders)
{
	static uint8_t text[UNDERSIGN_CLAIM_MAX];
	struct problem problem = {0};
	size_t len;

	if (orders->verifier)
		talk_paragraph(
			"This will convince the holder of the key in %s that you signed, and "
			"nobody else: they could have made it themselves. Send it sealed.",
			orders->verifier);
	else
		talk_paragraph(
			"Whoever sees this claim will know for ever which entry you are, and "
			"that you signed. It cannot be taken back.");
	if (!orders->is_sure &&
	    !terminal_word(_("Type \"claim\" to go on, anything else to stop: "), "claim")) {
		talk_say("%s\n", catalogue_text(headline));
		return CLI_NO;
	}
	enum undersign_status status = make(text, &len, signing, orders, &problem);
	if (status == UNDERSIGN_E_MISSING && problem.where[0] == '\0') {
		problem_where(&problem, "letter", bytes_from(NULL, 0));
		problem_rule(&problem, "a claim is about a signature that is published and counts");
		problem_what(&problem, "yours is not in this bundle", bytes_from(NULL, 0));
	}
	if (status == UNDERSIGN_E_USAGE) {
		status = UNDERSIGN_E_FORMAT;
		problem_where(&problem, "option --text", bytes_from(NULL, 0));
		problem_rule(&problem, "one line, with neither end a space");
	}
	if (status == UNDERSIGN_OK)
		status = cli_write(orders->output, bytes_from(text, len), FILE_PRIVATE, FILE_NEW,
				   &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, headline, &problem, NULL);
	talk_paragraph("Made %s.", orders->output);
	return CLI_YES;
}

int claim_command(int argc, char **argv)
{
	struct claim_orders orders = {.who.passphrase_fd = UINT64_MAX};
	const struct option options[] = {
		SIGNING_OPTIONS(orders.who),
		{.name = "--output",
		 .letter = "-o",
		 .value = "FILE",
		 .about = "the claim's new file",
		 .is_required = true,
		 .text = &orders.output},
		{.name = "--text",
		 .value = "TEXT",
		 .about = "what the claim says; it names the verifier where there is one",
		 .is_required = true,
		 .text = &orders.text},
		{.name = "--for",
		 .value = "FILE",
		 .about = "a verifier's key: the claim convinces its holder only",
		 .text = &orders.verifier},
		{.name = "--yes", .about = "do not ask", .flag = &orders.is_sure},
	};
	const struct options_form form = {
		.usage = "undersign claim BUNDLE --credential FILE | --ssh-key FILE --text TEXT -o "
			 "FILE",
		.about = "Proves that a published signature is yours: to everybody, or to one "
			 "verifier.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	struct signing signing;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv) ||
	    !signing_options_are_complete(&code, &orders.who, &form))
		return code;
	orders.who.path = operands.at[0];
	if (signing_open(&signing, &code, &orders.who, NULL, headline))
		code = claim(&signing, &orders);
	signing_close(&signing);
	return code;
}

#define LABEL_WIDTH 12

static void print_claim(const struct undersign_claim_info *info)
{
	output_say("The claim holds.\n");
	output_label(N_("  entry"), LABEL_WIDTH);
	output_say("%" PRIu64 " of %" PRIu64 " in ", info->index + 1, info->members);
	output_text(bytes_from(info->ring.data, info->ring.len));
	printf("\n");
	output_label(N_("  says"), LABEL_WIDTH);
	output_text(bytes_from(info->text.data, info->text.len));
	printf("\n");
	if (info->verifier.len > 0) {
		output_label(N_("  for"), LABEL_WIDTH);
		output_text(bytes_from(info->verifier.data, info->verifier.len));
		output_say(
			"\nIt convinces only whoever holds that key and knows that nobody else has "
			"it.\n");
	}
}

int check_claim_command(int argc, char **argv)
{
	struct opened_options trust = {0};
	bool is_json = false;
	const struct option options[] = {
		{.name = "--policy",
		 .value = "FILE",
		 .about = "as in verify",
		 .text = &trust.policy},
		{.name = "--letter", .value = "ID", .about = "as in verify", .text = &trust.letter},
		{.name = "--json", .about = "as JSON", .flag = &is_json},
	};
	const struct options_form form = {
		.usage = "undersign check-claim BUNDLE CLAIM",
		.about = "Checks a claim against a letter's bundle.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 2,
		.most = 2,
	};
	struct operands operands;
	struct problem problem = {0};
	struct undersign_problem fault = {{0}, {0}, {0}};
	struct undersign_claim_info info;
	struct file_content file = {0};
	struct opened opened;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	enum undersign_status status = opened_open(&opened, operands.at[0], &trust, &problem);
	if (status != UNDERSIGN_OK) {
		code = opened_refuse(status, &problem);
		opened_close(&opened);
		return code;
	}
	status = cli_read(&file, operands.at[1], UNDERSIGN_CLAIM_MAX, FILE_PUBLIC, &problem);
	if (status != UNDERSIGN_OK) {
		code = talk_refuse(status, "The claim cannot be read.", &problem, NULL);
	} else {
		status = undersign_claim_check(&info, opened.bundle,
					       (struct undersign_bytes){file.data, file.len},
					       &fault);
		if (status != UNDERSIGN_OK) {
			code = talk_refuse_api(status, "The claim does not hold.", &fault, NULL);
		} else if (is_json) {
			output_json(json_pack(
				"{s:b, s:o, s:I, s:o, s:o}", "valid", 1, "ring",
				output_json_text(bytes_from(info.ring.data, info.ring.len)),
				"index", (json_int_t)info.index, "text",
				output_json_text(bytes_from(info.text.data, info.text.len)),
				"verifier",
				output_json_text(
					bytes_from(info.verifier.data, info.verifier.len))));
			code = CLI_YES;
		} else {
			print_claim(&info);
			code = CLI_YES;
		}
	}
	file_content_free(&file);
	opened_close(&opened);
	return code;
}
