#include "cli.h"

#include "clock.h"
#include "hardening.h"

#include <stdio.h>
#include <string.h>

int cli_exit_of(enum undersign_status status)
{
	switch (status) {
	case UNDERSIGN_OK:
		return CLI_YES;
	case UNDERSIGN_E_INVALID:
	case UNDERSIGN_E_FORMAT:
	case UNDERSIGN_E_ENCODING:
	case UNDERSIGN_E_LIMIT:
	case UNDERSIGN_E_MISSING:
	case UNDERSIGN_E_CONFLICT:
		return CLI_NO;
	case UNDERSIGN_E_USAGE:
		return CLI_USAGE;
	case UNDERSIGN_E_RANDOM:
	case UNDERSIGN_E_MEMORY:
	case UNDERSIGN_E_SYSTEM:
		return CLI_MACHINE;
	}
	return CLI_MACHINE;
}

static void list_commands(FILE *stream, const char *program, const struct cli_command *commands,
			  size_t n)
{
	fprintf(stream, _("Usage: %s COMMAND ...\n\n"), program);
	for (size_t i = 0; i < n; i++)
		fprintf(stream, "  %-13s %s\n", commands[i].name,
			catalogue_text(commands[i].about));
	fprintf(stream, _("\nMore on each: %s COMMAND --help\n"), program);
}

int cli_dispatch(const char *program, const struct cli_command *commands, size_t n, int argc,
		 char **argv)
{
	if (argc < 2) {
		list_commands(stderr, program, commands, n);
		return CLI_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		list_commands(stdout, program, commands, n);
		return CLI_YES;
	}
	for (size_t i = 0; i < n; i++) {
		if (strcmp(argv[1], commands[i].name) != 0)
			continue;
		if (commands[i].holds_secrets) {
			struct problem problem = {0};
			enum undersign_status status = hardening_apply(NULL, &problem);
			if (status != UNDERSIGN_OK)
				return talk_refuse(status, "This process cannot guard a secret.",
						   &problem, NULL);
		}
		return commands[i].run(argc - 1, argv + 1);
	}
	talk_say("%s: there is no command \"%s\".\n\n", program, argv[1]);
	list_commands(stderr, program, commands, n);
	return CLI_USAGE;
}

enum undersign_status cli_read(struct file_content *out, const char *path, size_t limit,
			       enum file_access access, struct problem *problem)
{
	if (strcmp(path, "-") == 0)
		return file_read_fd(out, 0, _("standard input"), limit, access, problem);
	return file_read(out, path, limit, access, problem);
}

enum undersign_status cli_write(const char *path, struct bytes content, enum file_access access,
				enum file_existing existing, struct problem *problem)
{
	if (strcmp(path, "-") == 0)
		return file_write_fd(1, _("standard output"), content, problem);
	return file_write(path, content, access, existing, problem);
}

enum undersign_status cli_now(uint64_t *out, struct problem *problem)
{
	struct clock_source clock = clock_system();
	return clock_now(out, &clock, problem);
}
