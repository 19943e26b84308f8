#include "sign.h"
#include "cli.h"
#include "meter.h"
#include "secret.h"
#include "terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char headline[] = N_("Nothing was signed. Nothing is left behind.");

static enum undersign_status announce(const struct signing *signing, struct problem *problem)
{
	enum undersign_status status = signing_check_open(signing, problem);
	if (status == UNDERSIGN_OK)
		meter_print_letter(&signing->opened);
	return status;
}

/* The ring to sign in. False if nothing is to be signed; it has said so. */
static bool choose_ring(uint32_t *out, const struct sign_orders *orders,
			const struct signing *signing)
{
	const struct undersign_place *place = &signing->place;
	const bool has_own = place->own_ring != UINT32_MAX && place->own_ring != place->all_ring;
	char answer[TERMINAL_ANSWER_MAX];

	*out = place->all_ring;
	if (orders->as && strcmp(orders->as, "own") == 0) {
		if (place->own_ring == UINT32_MAX) {
			char rule[128], what[128];
			snprintf(rule, sizeof rule,
				 _("a list of %" PRIu32 " members or more has a ring of its own"),
				 signing->opened.info->ring_min);
			snprintf(what, sizeof what, _("your list has %" PRIu64 " members"),
				 signing->roster->members);
			talk_fault(UNDERSIGN_E_INVALID, headline, "option --as", rule, what,
				   "sign in the ring of all instead: --as all");
			return false;
		}
		*out = place->own_ring;
		return true;
	}
	if (orders->as || !has_own)
		return true;
	if (orders->is_sure) {
		*out = place->own_ring;
		return true;
	}
	if (!terminal_ask(answer, _("Show me as [1]: ")))
		answer[0] = '?';
	if (strcmp(answer, "") == 0 || strcmp(answer, "1") == 0) {
		*out = place->own_ring;
		return true;
	}
	if (strcmp(answer, "2") == 0)
		return true;
	talk_say("%s\n", catalogue_text(headline));
	return false;
}

/* Asks whether to be counted among all if too few of the own list sign. */
static bool choose_second(const struct sign_orders *orders, const struct signing *signing,
			  uint32_t ring)
{
	if (ring == signing->place.all_ring || orders->without_second)
		return false;
	if (orders->with_second || orders->is_sure)
		return orders->with_second;
	talk_paragraph("If fewer than %" PRIu32
		       " of your list sign, you can be counted among all when the letter closes. "
		       "Otherwise your signature may never be published.",
		       signing->opened.info->hold_min);
	return terminal_confirm(_("Count me among all then?"), true);
}

static void say_signed(const char *path, size_t len)
{
	talk_say("\nSigned. Not delivered yet.\n  %s, %zu.%zu kB. It counts once it is delivered "
		 "and "
		 "published.\n",
		 path, len / 1000, len % 1000 / 100);
	talk_say("  Whoever finds it with you can say that you signed. Delete it afterwards.\n"
		 "  Keep it on a USB stick, not in a cloud and not in a mail. Anybody may deliver\n"
		 "  it, later, from any device.\n");
}

static int sign_statement(const struct sign_orders *orders, struct signing *signing,
			  uint8_t *choices)
{
	static uint8_t statement[UNDERSIGN_STATEMENT_MAX];
	const struct opened *opened = &signing->opened;
	const bool is_poll = orders->choose != NULL;
	struct terminal_progress bar;
	struct problem problem = {0};
	enum undersign_status status = UNDERSIGN_OK;
	uint32_t ring;
	size_t len;

	meter_print(signing);
	if (signing->place.next_seq > 1) {
		talk_say("\n");
		talk_paragraph("A statement of yours is in the log already. Another one replaces "
			       "it: everybody sees that the same member signed again.");
	}
	if (!choose_ring(&ring, orders, signing))
		return CLI_NO;
	const bool with_second = choose_second(orders, signing, ring);
	if (is_poll)
		status = orders->choose(orders->cookie, choices,
					undersign_bundle_poll(opened->bundle), &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, headline, &problem, NULL);
	if (!orders->is_sure &&
	    !(is_poll ? answer_confirm()
		      : terminal_word(_("Type \"sign\" to go on, anything else to stop: "),
				      "sign"))) {
		talk_say("%s\n", catalogue_text(headline));
		return CLI_NO;
	}
	const uint32_t seq = orders->seq > 0 ? (uint32_t)orders->seq : signing->place.next_seq;
	terminal_progress_begin(&bar, _("signing"));
	const struct undersign_progress progress = terminal_progress_public(&bar);
	status =
		is_poll ? undersign_bundle_answer(statement, sizeof statement, &len, opened->bundle,
						  choices, ring, with_second, seq, signing->secret,
						  &opened->random, &opened->memory, &progress)
			: undersign_bundle_sign(statement, sizeof statement, &len, opened->bundle,
						ring, with_second, seq, signing->secret,
						&opened->random, &opened->memory, &progress);
	terminal_progress_end(&bar, 0, NULL, status == UNDERSIGN_OK);
	if (status == UNDERSIGN_E_RANDOM) {
		problem_where(&problem, "this computer", bytes_from(NULL, 0));
		problem_rule(&problem, "a signature needs fresh random numbers");
		problem_what(&problem, "it gives no good random numbers", bytes_from(NULL, 0));
	}
	if (status == UNDERSIGN_OK)
		status = cli_write(orders->output, bytes_from(statement, len), FILE_PRIVATE,
				   FILE_NEW, &problem);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, headline, &problem, NULL);
	if (is_poll)
		answer_say(orders->output, len);
	else
		say_signed(orders->output, len);
	return CLI_YES;
}

static int sign_or_answer(const struct sign_orders *orders, struct signing *signing)
{
	uint8_t *choices;
	int code;

	if (!answer_is_right_command(signing, orders->choose != NULL))
		return CLI_NO;
	choices = secret_take(UNDERSIGN_OPTIONS_MAX);
	if (!choices)
		return talk_refuse(UNDERSIGN_E_MEMORY, headline, NULL, NULL);
	code = sign_statement(orders, signing, choices);
	secret_free(choices);
	return code;
}

int sign_run(struct sign_orders *orders, const struct options_form *form, int argc, char **argv)
{
	struct operands operands;
	struct signing signing;
	int code;
	if (!options_read(&operands, &code, form, argc, argv) ||
	    !signing_options_are_complete(&code, &orders->who, form))
		return code;
	if (orders->as && strcmp(orders->as, "own") != 0 && strcmp(orders->as, "all") != 0)
		return options_refuse(form, "--as takes own or all.");
	if (orders->with_second && orders->without_second)
		return options_refuse(form, "Say one of --second and --no-second.");
	orders->who.path = operands.at[0];
	if (signing_open(&signing, &code, &orders->who, announce, headline))
		code = sign_or_answer(orders, &signing);
	signing_close(&signing);
	return code;
}

int sign_command(int argc, char **argv)
{
	struct sign_orders orders = {.who.passphrase_fd = UINT64_MAX};
	const struct option options[] = {SIGN_OPTIONS(orders)};
	const struct options_form form = {
		.usage = "undersign sign BUNDLE --credential FILE | --ssh-key FILE -o FILE",
		.about =
			"Signs a letter, offline, after verifying its bundle and showing how well "
			"you are hidden. Not at work, not on a device or network of your employer.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	return sign_run(&orders, &form, argc, argv);
}
