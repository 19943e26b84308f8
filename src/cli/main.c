#include "cli.h"

static const struct cli_command commands[] = {
	{"key", key_command, "make and show the keys that sign records", true},
	{"roster", roster_command, "make, fill, sign and audit a list of members", true},
	{"enrol", enrol_command, "make a credential and a request to enter a roster", true},
	{"burn", burn_command, "burn a credential's secrets: what is due, a column, or all", true},
};

int main(int argc, char **argv)
{
	enum undersign_status status = undersign_init(NULL);
	if (status != UNDERSIGN_OK)
		return talk_fault(UNDERSIGN_E_SYSTEM, "This program cannot work here.", "start",
				  "arithmetic reproduces a known product",
				  undersign_status_text(status), "get another build");
	return output_end(cli_dispatch("undersign", commands,
				       sizeof(commands) / sizeof(commands[0]), argc, argv));
}
