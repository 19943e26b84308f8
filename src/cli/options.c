#include "options.h"

#include "cli.h"
#include "encoding.h"
#include "printable.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define HELP_WIDTH  26
#define USAGE_WIDTH 7 /* at least */

static size_t usage_width(void)
{
	const size_t columns = printable_columns(bytes_from_text(_("Usage:")));

	return columns + 1 > USAGE_WIDTH ? columns + 1 : USAGE_WIDTH;
}

static void write_usage(FILE *stream, const char *usage)
{
	const char *label = _("Usage:");

	while (*usage) {
		const size_t len = strcspn(usage, "\n");
		talk_row(stream, label, usage_width(), bytes_from((const uint8_t *)usage, len));
		usage += len + (usage[len] == '\n');
		label = "";
	}
}

static void say_mistake(const struct options_form *form, const char *text)
{
	talk_paragraph("%s", text);
	write_usage(stderr, form->usage);
}

int options_refuse(const struct options_form *form, const char *format, ...)
{
	char text[1024];
	va_list list;
	va_start(list, format);
	vsnprintf(text, sizeof(text), catalogue_text(format), list);
	va_end(list);
	say_mistake(form, text);
	return CLI_USAGE;
}

static void print_help(const struct options_form *form)
{
	write_usage(stdout, form->usage);
	printf("\n");
	talk_row(stdout, "", 0, bytes_from_text(catalogue_text(form->about)));
	if (form->n_options > 0)
		printf("\n");
	for (size_t i = 0; i < form->n_options; i++) {
		const struct option *option = &form->options[i];
		char label[64];
		snprintf(label, sizeof(label), "  %s%s%s%s%s", option->letter ? option->letter : "",
			 option->letter ? ", " : "    ", option->name, option->value ? " " : "",
			 option->value ? option->value : "");
		talk_row(stdout, label, HELP_WIDTH, bytes_from_text(catalogue_text(option->about)));
	}
}

/* The option that an argument `--name`, `--name=value` or `-o` means. NULL: there is none. */
static size_t option_find(const struct options_form *form, const char *argument,
			  const char **out_value)
{
	const char *equals = strncmp(argument, "--", 2) == 0 ? strchr(argument, '=') : NULL;
	size_t len = equals ? (size_t)(equals - argument) : strlen(argument);
	*out_value = equals ? equals + 1 : NULL;
	for (size_t i = 0; i < form->n_options; i++) {
		const char *name = form->options[i].name;
		const char *letter = form->options[i].letter;
		if (strlen(name) == len && memcmp(name, argument, len) == 0)
			return i;
		if (letter && strcmp(letter, argument) == 0)
			return i;
	}
	return SIZE_MAX;
}

/* Stores the value; NULL if it is good, else what it must be. */
static const char *option_store(const struct option *option, const char *value)
{
	struct bytes text = bytes_from_text(value);
	if (text.len == 0)
		return N_("something, not nothing");
	if (option->text) {
		*option->text = value;
	} else if (option->list) {
		if (option->list->n == OPTION_LIST_MAX)
			return N_("given fewer times");
		option->list->at[option->list->n++] = value;
	} else if (option->date) {
		if (date_decode(option->date, text) != UNDERSIGN_OK)
			return N_("a date, as in 2031-05-03");
	} else {
		uint64_t number;
		if (decimal_decode(&number, text, option->most) != UNDERSIGN_OK ||
		    number < option->least)
			return N_("a whole number within its limits");
		*option->number = number;
	}
	return NULL;
}

/* Reads the option in argv[*i]; advances *i over a value of its own. False after a mistake. */
static bool option_take(const struct options_form *form, bool *is_given, int *i, int argc,
			char **argv)
{
	const char *value;
	size_t at = option_find(form, argv[*i], &value);
	if (at == SIZE_MAX) {
		options_refuse(form, "There is no option %s here.", argv[*i]);
		return false;
	}
	const struct option *option = &form->options[at];
	if (is_given[at] && !option->list) {
		options_refuse(form, "%s stands twice.", option->name);
		return false;
	}
	is_given[at] = true;
	if (option->flag) {
		if (value) {
			options_refuse(form, "%s takes no value.", option->name);
			return false;
		}
		*option->flag = true;
		return true;
	}
	if (!value) {
		if (*i + 1 >= argc) {
			options_refuse(form, "%s needs a value: %s.", option->name, option->value);
			return false;
		}
		value = argv[++*i];
	}
	const char *must_be = option_store(option, value);
	if (!must_be)
		return true;
	if (option->number)
		options_refuse(form, "%s must be a whole number from %llu to %llu, not \"%s\".",
			       option->name, (unsigned long long)option->least,
			       (unsigned long long)option->most, value);
	else
		options_refuse(form, "%s must be %s (given: \"%s\").", option->name,
			       catalogue_text(must_be), value);
	return false;
}

#define N_OPTIONS_MAX 64

bool options_read(struct operands *out, int *out_exit, const struct options_form *form, int argc,
		  char **argv)
{
	bool is_given[N_OPTIONS_MAX] = {false};
	CHECK(form->n_options <= N_OPTIONS_MAX);
	bool are_options_over = false;
	int n = 1; /* operands are moved to argv[1] and on */
	*out_exit = CLI_USAGE;
	for (int i = 1; i < argc; i++) {
		const char *argument = argv[i];
		if (are_options_over || argument[0] != '-' || argument[1] == '\0') {
			argv[n++] = argv[i];
		} else if (strcmp(argument, "--") == 0) {
			are_options_over = true;
		} else if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
			print_help(form);
			*out_exit = CLI_YES;
			return false;
		} else if (!option_take(form, is_given, &i, argc, argv)) {
			return false;
		}
	}
	for (size_t i = 0; i < form->n_options; i++) {
		if (form->options[i].is_required && !is_given[i]) {
			options_refuse(form, "%s %s is missing.", form->options[i].name,
				       form->options[i].value);
			return false;
		}
	}
	out->n = (size_t)n - 1;
	out->at = argv + 1;
	if (out->n < form->least) {
		options_refuse(form, "Something is missing.");
		return false;
	}
	if (out->n > form->most) {
		options_refuse(form, "\"%s\" is too much here.", out->at[form->most]);
		return false;
	}
	return true;
}
