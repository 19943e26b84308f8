#include "cli.h"
#include "record_verbs.h"

#include "encoding.h"
#include "printable.h"
#include "sha2.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COPY_MAX ((size_t)256 * 1024 * 1024)
#define VOID_MAX 20
/* Of the rows under a record. */
#define ROW_INDENT 8
#define ROW_WIDTH  16 /* at least */

json_t *record_story(const struct opened *opened)
{
	struct undersign_bytes text;
	struct undersign_memory memory = opened->memory;

	if (undersign_bundle_story(&text, opened->bundle, UNDERSIGN_STORY_JSON, &memory) !=
		    UNDERSIGN_OK ||
	    text.len == 0)
		return NULL;
	return json_loadb((const char *)text.data, text.len, 0, NULL);
}

static struct bytes string_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return bytes_from_text(text ? text : "");
}

static uint64_t number_of(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

static struct bytes field_of(const json_t *record, const char *key)
{
	const json_t *value = json_object_get(json_object_get(record, "fields"), key);

	if (json_is_array(value))
		value = json_array_get(value, 0);
	return bytes_from_text(json_is_string(value) ? json_string_value(value) : "");
}

/* --- Copies -------------------------------------------------------------------------------------
 */

/* "3 ba78…15ad 2031-04-12": compares a file of that hash, if it is there. */
static enum undersign_status check_copy(bool *out_is_there, struct bytes copy, const char *folder,
					uint64_t entry, struct problem *problem)
{
	uint8_t wanted[SHA256_BYTES], found[SHA256_BYTES];
	struct file_content content;
	uint64_t len = 0;
	size_t at = 0;
	char path[4096];

	while (at < copy.len && copy.data[at] != ' ')
		at++;
	if (at + 1 + 2 * SHA256_BYTES > copy.len ||
	    decimal_decode(&len, bytes_part(copy, 0, at), INT64_MAX) != UNDERSIGN_OK ||
	    hex_decode(wanted, sizeof wanted, bytes_part(copy, at + 1, 2 * SHA256_BYTES)) !=
		    UNDERSIGN_OK)
		return UNDERSIGN_E_FORMAT;
	snprintf(path, sizeof path, "%s/%.*s", folder, 2 * SHA256_BYTES,
		 (const char *)copy.data + at + 1);
	*out_is_there = file_exists(path);
	if (!*out_is_there)
		return UNDERSIGN_OK;
	enum undersign_status status = cli_read(&content, path, COPY_MAX, FILE_PUBLIC, problem);
	if (status != UNDERSIGN_OK)
		return status;
	sha256(found, file_content_view(&content));
	if (content.len != len || memcmp(found, wanted, sizeof found) != 0) {
		problem_where(problem, "file", bytes_from_text(path));
		problem_inside_number(problem, "entry", entry);
		problem_rule(problem, "the copy of a source has the length and the SHA-256 that "
				      "its record names");
		problem_what(problem, "it is something else", bytes_from(NULL, 0));
		status = UNDERSIGN_E_INVALID;
	}
	file_content_free(&content);
	return status;
}

enum undersign_status record_check_copies(size_t *out_n, size_t *out_missing,
					  const struct opened *opened, const char *folder,
					  struct problem *problem)
{
	json_t *story = record_story(opened);
	const json_t *records = json_object_get(story, "records");
	enum undersign_status status = UNDERSIGN_OK;

	*out_n = *out_missing = 0;
	for (size_t i = 0; i < json_array_size(records) && status == UNDERSIGN_OK; i++) {
		const json_t *record = json_array_get(records, i);
		const struct bytes copy = field_of(record, "copy");
		bool is_there = false;

		if (copy.len == 0)
			continue;
		status = check_copy(&is_there, copy, folder, number_of(record, "entry"), problem);
		*out_n += is_there;
		*out_missing += !is_there;
	}
	json_decref(story);
	return status;
}

/* --- Text ---------------------------------------------------------------------------------------
 */

static size_t count_kind(const json_t *records, const char *kind)
{
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(records); i++) {
		const json_t *record = json_array_get(records, i);

		n += strcmp(json_string_value(json_object_get(record, "kind")), kind) == 0 &&
		     strcmp(json_string_value(json_object_get(record, "state")), "holds") == 0;
	}
	return n;
}

static void print_void(const json_t *record)
{
	const struct bytes kind = string_of(record, "kind");
	char label[160], rule[1024];

	snprintf(label, sizeof label, _("  void: entry %" PRIu64 ", %.*s:"),
		 number_of(record, "entry"), (int)kind.len, (const char *)kind.data);
	catalogue_composed(rule, sizeof rule, json_string_value(json_object_get(record, "rule")));
	talk_row(stdout, label, printable_columns(bytes_from_text(label)) + 1,
		 bytes_from_text(rule));
}

/* The kinds that the summary counts, and what each is called. */
static const char *const counted[] = {"endorsement", "stance", "citation", "demand",
				      "move",        "reply",  "delivery", "notice"};

static const char *noun_of(size_t kind, size_t n)
{
	switch (kind) {
	case 0:
		return catalogue_plural("endorsement", "endorsements", n);
	case 1:
		return catalogue_plural("stance", "stances", n);
	case 2:
		return catalogue_plural("citation", "citations", n);
	case 3:
		return catalogue_plural("demand", "demands", n);
	case 4:
		return catalogue_plural("move", "moves", n);
	case 5:
		return catalogue_plural("reply", "replies", n);
	case 6:
		return catalogue_plural("delivery", "deliveries", n);
	default:
		return catalogue_plural("notice", "notices", n);
	}
}

void record_print_summary(const struct opened *opened, const char *path)
{
	json_t *story = record_story(opened);
	const json_t *records = json_object_get(story, "records");
	size_t n_void = 0;

	if (!story)
		return;
	output_say("\n  Recorded around it:");
	for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++) {
		const size_t n = count_kind(records, counted[i]);
		if (n > 0)
			printf(" %zu %s,", n, noun_of(i, n));
	}
	output_say(" %" PRIu64 " removed, %" PRIu64 " void\n", number_of(story, "removals"),
		   number_of(story, "void"));
	for (size_t i = 0; i < json_array_size(records); i++) {
		const json_t *record = json_array_get(records, i);
		if (strcmp(json_string_value(json_object_get(record, "state")), "void") == 0 &&
		    n_void++ < VOID_MAX)
			print_void(record);
	}
	printf("  undersign record list ");
	output_text(bytes_from_text(path));
	printf("\n");
	json_decref(story);
}

static struct bytes words_of(const json_t *record)
{
	static const char *const keys[] = {"quote", "words", "text", "claim", "about", "grade"};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (field_of(record, keys[i]).len > 0)
			return field_of(record, keys[i]);
	return bytes_from_text("");
}

/* What a row says: the labels, of which the longest makes the width, and the states. */
enum { ROW_STATE, ROW_BY, ROW_WORDS, ROW_ID, ROWS };
static const char *const labels[ROWS] = {N_("state"), N_("by"), N_("words"), N_("id")};
/* The words of the state, which programs read in English. */
static const char *const states[] = {N_("holds"), N_("revised"), N_("removed"), N_("void")};

static void print_row(int row, struct bytes text)
{
	size_t width = ROW_WIDTH;
	char label[64];

	for (int i = 0; i < ROWS; i++) {
		const size_t columns =
			printable_columns(bytes_from_text(catalogue_text(labels[i])));
		width = columns + ROW_INDENT + 1 > width ? columns + ROW_INDENT + 1 : width;
	}
	snprintf(label, sizeof label, "%*s%s", ROW_INDENT, "", catalogue_text(labels[row]));
	talk_row(stdout, label, width, text);
}

static const char *state_word(const char *state)
{
	for (size_t i = 0; state && i < sizeof states / sizeof states[0]; i++)
		if (strcmp(states[i], state) == 0)
			return states[i];
	return "";
}

static void print_state(const json_t *record)
{
	const char *rule = json_string_value(json_object_get(record, "rule"));
	const char *state = json_string_value(json_object_get(record, "state"));
	char shown[1024];

	catalogue_composed(shown, sizeof shown, rule && rule[0] ? rule : state_word(state));
	print_row(ROW_STATE, bytes_from_text(shown));
}

static void print_record(const json_t *record)
{
	static const char *const marks[] = {"grade", "state", "role", "outcome"};
	const struct bytes date = string_of(record, "date");
	const struct bytes name = field_of(record, "actor").len > 0 ? field_of(record, "actor")
								    : field_of(record, "name");

	printf("%6" PRIu64 "  %.*s  ", number_of(record, "entry"), (int)date.len,
	       (const char *)date.data);
	output_padded(string_of(record, "kind"), 11);
	printf("  ");
	output_padded(name, 24);
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		if (field_of(record, marks[i]).len == 0)
			continue;
		printf("  ");
		output_text(field_of(record, marks[i]));
		break;
	}
	printf("\n");
	print_state(record);
	print_row(ROW_BY, string_of(record, "author"));
	if (words_of(record).len > 0)
		print_row(ROW_WORDS, words_of(record));
	print_row(ROW_ID, string_of(record, "id"));
}

static int print(const struct opened *opened, bool is_json, const char *kind)
{
	json_t *story = record_story(opened);
	const json_t *records = json_object_get(story, "records");

	if (is_json) {
		output_json(story ? story : json_object());
		return CLI_YES;
	}
	if (!story)
		talk_paragraph("Nothing is recorded around this letter.");
	for (size_t i = 0; i < json_array_size(records); i++) {
		const json_t *record = json_array_get(records, i);
		if (!kind || bytes_are_equal(string_of(record, "kind"), bytes_from_text(kind)))
			print_record(record);
	}
	json_decref(story);
	return CLI_YES;
}

static int print_csv(const struct opened *opened)
{
	struct undersign_memory memory = opened->memory;
	struct undersign_bytes text;

	const enum undersign_status status =
		undersign_bundle_story(&text, opened->bundle, UNDERSIGN_STORY_CSV, &memory);
	if (status != UNDERSIGN_OK)
		return talk_refuse(status, "The records were not listed.", NULL, NULL);
	fwrite(text.data, 1, text.len, stdout);
	return CLI_YES;
}

int record_list(int argc, char **argv)
{
	struct opened_options trust = {0};
	bool is_json = false, is_csv = false;
	const char *kind = NULL;
	const struct option options[] = {
		{.name = "--kind",
		 .value = "KIND",
		 .about = "stances, say, alone: stance",
		 .text = &kind},
		{.name = "--json", .about = "as JSON, with all sums", .flag = &is_json},
		{.name = "--csv", .about = "as comma-separated rows", .flag = &is_csv},
		{.name = "--policy",
		 .value = "FILE",
		 .about = "as in verify",
		 .text = &trust.policy},
		{.name = "--letter", .value = "ID", .about = "as in verify", .text = &trust.letter},
		OPENED_CACHE_OPTION(trust.cache),
		THREADS_OPTION(trust.n_threads),
	};
	const struct options_form form = {
		.usage = "undersign record list [--json | --csv] BUNDLE",
		.about = "Prints what is recorded around a letter, after verifying all of its "
			 "bundle: who takes part, stances, citations, demands and moves, replies, "
			 "notices, and what does not hold, with the rule.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 1,
		.most = 1,
	};
	struct operands operands;
	struct problem problem = {0};
	struct opened opened;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	if (is_json && is_csv)
		return options_refuse(&form, "Say one of --json and --csv.");
	trust.is_silent = is_json || is_csv;
	const enum undersign_status status = opened_open(&opened, operands.at[0], &trust, &problem);
	if (status != UNDERSIGN_OK)
		code = opened_refuse(status, &problem);
	else
		code = is_csv ? print_csv(&opened) : print(&opened, is_json, kind);
	opened_close(&opened);
	return code;
}
