#include "cli.h"
#include "record_verbs.h"

int record_command(int argc, char **argv)
{
	static const struct cli_command verbs[] = {
		{"add", record_add, "sign a record around a letter", true},
		{"kit", record_kit, "sign which kit a log gives out", true},
		{"list", record_list, "show what is recorded around a letter", false},
	};

	return cli_dispatch("undersign record", verbs, sizeof(verbs) / sizeof(verbs[0]), argc,
			    argv);
}
