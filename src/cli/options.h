/* Options of a subcommand: a table that drives both reading and `--help`. Options and operands may
 * be mixed; `--name VALUE`, `--name=VALUE`, `-o VALUE`; `--` ends the options; `-` is an operand or
 * a value. Nothing is abbreviated, and no option may stand twice. */
#ifndef UNDERSIGNED_OPTIONS_H
#define UNDERSIGNED_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exactly one of flag, text, list, number, date is set and says of what kind the option is. What is
 * not given keeps its value; texts are arguments and live as long as the program. */
struct option {
	const char *name;   /* "--key" */
	const char *letter; /* "-k", or NULL */
	const char *value;  /* how --help names the value: "FILE"; NULL for a flag */
	const char *about;  /* one line or more, wrapped by --help */
	bool is_required;
	bool *flag;
	const char **text;        /* not empty */
	struct option_list *list; /* may stand several times */
	uint64_t *number;         /* decimal from least to most */
	uint64_t least, most;
	uint64_t *date; /* YYYY-MM-DD: seconds since 1970 of that day's begin */
};

#define OPTION_LIST_MAX 1024
struct option_list {
	size_t n;
	const char *at[OPTION_LIST_MAX];
};

struct options_form {
	const char *usage; /* "undersign key new NAME -o FILE"; several lines if need be */
	const char *about; /* sentences for --help */
	const struct option *options;
	size_t n_options;
	size_t least, most; /* operands */
};

/* Ends the reading of operands when there may be any number. */
#define OPTIONS_ANY SIZE_MAX

struct operands {
	size_t n;
	char **at; /* part of argv, which is reordered */
};

/* Reads argv[1] and on. False if the command is to end now with *out_exit: after --help (0, on
 * stdout) or a mistake (2), which has been told. */
bool options_read(struct operands *out, int *out_exit, const struct options_form *form, int argc,
		  char **argv);

/* Tells of a mistake that the table cannot see, and returns the exit code 2. */
__attribute__((format(printf, 2, 3))) int options_refuse(const struct options_form *form,
							 const char *format, ...);

#endif
