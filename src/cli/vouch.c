#include "cli.h"
#include "enrolment.h"
#include "entropy.h"
#include "member.h"
#include "secret.h"
#include "terminal.h"

#include <string.h>

static const char headline[] = N_("Nothing was made.");

struct vouch_orders {
	const char *request, *credential, *output;
	uint64_t passphrase_fd; /* UINT64_MAX: ask */
};

/* The request is for the roster and edition of the credential. */
static enum undersign_status check_request(const struct credential *credential,
					   const struct vouch_orders *orders, struct bytes text,
					   struct problem *problem)
{
	struct enrolment enrolment;
	enum undersign_status status = enrolment_parse(&enrolment, text, problem);
	if (status == UNDERSIGN_OK && enrolment.edition == credential->edition &&
	    bytes_are_equal(enrolment.roster, credential_name(credential)))
		return UNDERSIGN_OK;
	if (status == UNDERSIGN_OK) {
		problem_rule_name(problem, "you vouch on your own roster and edition, `{1}`",
				  credential_name(credential));
		problem_what(problem, "the request is for another, of", enrolment.roster);
		status = UNDERSIGN_E_INVALID;
	}
	problem_inside(problem, "file", bytes_from_text(orders->request));
	return status;
}

/* Any column will do: the first whose secret is still there. */
static enum undersign_status choose_column(uint32_t *out, const struct credential *credential,
					   const struct vouch_orders *orders,
					   struct problem *problem)
{
	for (uint32_t c = 1; c <= credential->n_columns; c++) {
		if (credential->columns[c - 1].state == CREDENTIAL_BURNT)
			continue;
		*out = c;
		return UNDERSIGN_OK;
	}
	problem_where(problem, "credential", bytes_from_text(orders->credential));
	problem_rule(problem, "who vouches shows that he has a secret of his entry");
	problem_what(problem, "all are burnt", bytes_from(NULL, 0));
	return UNDERSIGN_E_MISSING;
}

static enum undersign_status make(uint8_t *vouch, size_t *len, const struct credential *credential,
				  const struct vouch_orders *orders, struct bytes request,
				  struct problem *problem)
{
	uint32_t column = 0;
	struct entropy entropy = {0};
	struct undersign_random random = entropy_random(&entropy);
	struct undersign_problem fault = {{0}, {0}, {0}};
	uint8_t *secret = secret_take(UNDERSIGN_SECRET_BYTES);
	enum undersign_status status = secret ? UNDERSIGN_OK : UNDERSIGN_E_MEMORY;
	if (status == UNDERSIGN_OK)
		status = choose_column(&column, credential, orders, problem);
	if (status == UNDERSIGN_OK)
		status = member_secret(secret, credential, column, orders->credential,
				       orders->passphrase_fd == UINT64_MAX
					       ? TERMINAL_ASK
					       : (int)orders->passphrase_fd,
				       problem);
	if (status == UNDERSIGN_OK) {
		status = undersign_vouch_new(vouch, len,
					     (struct undersign_bytes){request.data, request.len},
					     column, secret, &random, &fault);
		if (status != UNDERSIGN_OK && fault.rule[0] != '\0') {
			problem_where(problem, "file", bytes_from_text(orders->request));
			problem_rule(problem, fault.rule);
			problem_what(problem, fault.what, bytes_from(NULL, 0));
		}
	}
	secret_free(secret);
	entropy_close(&entropy);
	return status;
}

static int vouch(const struct vouch_orders *orders)
{
	struct problem problem = {0};
	struct file_content request = {0};
	struct credential *credential = NULL;
	uint8_t text[UNDERSIGN_VOUCH_MAX];
	size_t len = 0;
	uint64_t now;
	enum undersign_status status = cli_now(&now, &problem);
	if (status == UNDERSIGN_OK)
		status = cli_read(&request, orders->request, ENROLMENT_LEN_MAX, FILE_PUBLIC,
				  &problem);
	if (status == UNDERSIGN_OK)
		status = member_open(&credential, orders->credential, now, &problem);
	if (status == UNDERSIGN_OK)
		status = check_request(credential, orders, file_content_view(&request), &problem);
	if (status == UNDERSIGN_OK) {
		talk_paragraph(
			"You say by this that the request is that of a person whom you know, who "
			"belongs to %.*s and is not on its list. The steward learns which entry "
			"vouches, and so that it is you. Nobody else does, and nobody learns what "
			"you sign. How often you may vouch is limited.",
			(int)credential_name(credential).len,
			(const char *)credential_name(credential).data);
		status =
			make(text, &len, credential, orders, file_content_view(&request), &problem);
	}
	if (status == UNDERSIGN_OK)
		status = cli_write(orders->output, bytes_from(text, len), FILE_PRIVATE, FILE_NEW,
				   &problem);
	int code = CLI_YES;
	if (status != UNDERSIGN_OK)
		code = talk_refuse(status, headline, &problem, NULL);
	else
		talk_paragraph("Made. Give %s to the steward yourself, and to nobody else; then "
			       "delete it.",
			       orders->output);
	credential_free(credential);
	file_content_free(&request);
	return code;
}

int vouch_command(int argc, char **argv)
{
	struct vouch_orders orders = {.passphrase_fd = UINT64_MAX};
	const struct option options[] = {
		{.name = "--credential",
		 .value = "FILE",
		 .about = "your own credential, for the same roster and edition",
		 .is_required = true,
		 .text = &orders.credential},
		{.name = "--output",
		 .letter = "-o",
		 .value = "FILE",
		 .about = "what goes to the steward, readable for you alone",
		 .is_required = true,
		 .text = &orders.output},
		{.name = "--passphrase-fd",
		 .value = "NUMBER",
		 .about = "read the passphrase, one line, from this descriptor",
		 .number = &orders.passphrase_fd,
		 .least = 0,
		 .most = 1023},
	};
	const struct options_form form = {
		.usage = "undersign vouch REQUEST --credential FILE -o FILE",
		.about = "Vouches for somebody who wants to enrol where you are a member. The "
			 "roster's rules say how many members must, and how often one may.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	orders.request = operands.at[0];
	return vouch(&orders);
}
