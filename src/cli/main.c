#include "cli.h"

#include <string.h>

static const struct cli_command commands[] = {
	{"key", key_command, "make and show the keys that sign records", true},
	{"roster", roster_command, "make, fill, sign and audit a list of members", true},
	{"enrol", enrol_command, "make a credential and a request to enter a roster", true},
	{"vouch", vouch_command, "vouch for somebody who wants to enter your roster", true},
	{"burn", burn_command, "burn a credential's secrets: what is due, a column, or all", true},
	{"letter", letter_command, "make, open, extend and close a letter", false},
	{"record", record_command, "record what happens around a letter", false},
	{"publish", publish_command, "close an epoch into bundles by hand, without a server", true},
	{"poll", poll_command, "trustees of sealed polls: keys before, shares after", false},
	{"answer", answer_command, "answer a poll, offline", true},
	{"sign", sign_command, "sign a letter, offline", true},
	{"withdraw", withdraw_command, "withdraw your signature of a letter", true},
	{"claim", claim_command, "prove that a published signature is yours", true},
	{"check-claim", check_claim_command, "check such a proof", false},
	{"deliver", deliver_command, "deliver a statement to a desk", false},
	{"desk", desk_command, "run a server that takes statements and publishes", false},
	{"fetch", fetch_command, "mirror a bundle from a server", false},
	{"check-fork", check_fork_command, "check that a log's key signed two histories", false},
	{"check-promise", check_promise_command, "check that a desk broke a promise", false},
	{"verify", verify_command, "count a bundle again", false},
	{"tally", tally_command, "the count as text, JSON or CSV, and where rosters come from",
	 false},
	{"witness", witness_command, "run a witness of logs", false},
	{"press-kit", press_kit_command, "make a folder for journalists", false},
	{"pack", pack_command, "make the one tar file of a bundle", false},
};

/* --lang TAG before the command; else the environment's. */
static bool take_language(int *argc, char ***argv)
{
	const char *language = NULL;

	if (*argc >= 2 && strncmp((*argv)[1], "--lang=", 7) == 0) {
		language = (*argv)[1] + 7;
		*argc -= 1;
		*argv += 1;
	} else if (*argc >= 3 && strcmp((*argv)[1], "--lang") == 0) {
		language = (*argv)[2];
		*argc -= 2;
		*argv += 2;
	}
	return catalogue_choose(language) || !language;
}

int main(int argc, char **argv)
{
	if (!take_language(&argc, &argv)) {
		talk_paragraph("There are no words of this language. There are: ar, de, en, es, "
			       "fr.");
		return CLI_USAGE;
	}
	enum undersign_status status = undersign_init(NULL);
	if (status != UNDERSIGN_OK)
		return talk_fault(UNDERSIGN_E_SYSTEM, "This program cannot work here.", "start",
				  "arithmetic reproduces a known product",
				  undersign_status_text(status), "get another build");
	if (argc < 2 || strcmp(argv[1], "desk") != 0)
		output_json_whole();
	return output_end(cli_dispatch("undersign", commands,
				       sizeof(commands) / sizeof(commands[0]), argc, argv));
}
