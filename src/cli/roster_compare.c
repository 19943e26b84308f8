#include "cli.h"
#include "element_set.h"
#include "roster_folder.h"
#include "roster_verbs.h"

#include <inttypes.h>
#include <string.h>

/* What two lists have in common, by their elements in the first column. */
struct comparison {
	uint32_t n_old, n_new, n_both;
};

static enum undersign_status read_points(struct points *out, struct roster_folder *folder,
					 const char *path, struct problem *problem)
{
	enum undersign_status status =
		points_parse(out, file_content_view(&folder->points[0]), problem);
	if (status != UNDERSIGN_OK)
		problem_inside(problem, "folder", bytes_from_text(path));
	return status;
}

static enum undersign_status compare(struct comparison *out, struct roster_folder *old_list,
				     struct roster_folder *new_list, struct operands *operands,
				     struct problem *problem)
{
	struct points points;
	struct element_set elements;
	struct entry entry;
	memset(out, 0, sizeof(*out));
	element_set_begin(&elements, &old_list->heap.arena);
	enum undersign_status status = read_points(&points, old_list, operands->at[0], problem);
	struct points_reader reader = points_read(&points);
	while (status == UNDERSIGN_OK && points_next(&reader, &entry)) {
		status = element_set_add(&elements, entry.source, (struct element_place){0});
		out->n_old++;
	}
	if (status == UNDERSIGN_OK)
		status = read_points(&points, new_list, operands->at[1], problem);
	reader = points_read(&points);
	while (status == UNDERSIGN_OK && points_next(&reader, &entry)) {
		out->n_both += element_set_find(&elements, entry.source) != NULL;
		out->n_new++;
	}
	return status;
}

#define LABEL_WIDTH 13

static void print_word(const char *label, const char *word)
{
	output_label(label, LABEL_WIDTH);
	printf("%s\n", catalogue_text(word));
}

static void print_number(const char *label, uint64_t number)
{
	output_label(label, LABEL_WIDTH);
	printf("%" PRIu64 "\n", number);
}

static void print_change(const char *what, struct bytes before, struct bytes after)
{
	if (bytes_are_equal(before, after))
		return;
	output_label(what, LABEL_WIDTH);
	output_text(before);
	printf(" -> ");
	output_text(after);
	printf("\n");
}

static void print_fixed(const struct snapshot_record *before, const struct snapshot_record *after)
{
	print_change("roster", before->roster, after->roster);
	print_change("organisation", before->organisation, after->organisation);
	print_change("class", bytes_from_text(roster_class_text(before->class_of_members)),
		     bytes_from_text(roster_class_text(after->class_of_members)));
	print_change("source", before->source, after->source);
	print_change("steward", before->steward, after->steward);
	if (!note_key_is_equal(&before->key, &after->key))
		print_change("key", before->key.name, after->key.name);
	if (!calendar_is_equal(&before->calendar, &after->calendar))
		print_word(N_("calendar"), N_("another"));
	if (before->edition != after->edition) {
		output_label(N_("edition"), LABEL_WIDTH);
		printf("%u -> %u\n", (unsigned)before->edition, (unsigned)after->edition);
	}
}

int roster_compare(int argc, char **argv)
{
	bool is_json = false;
	const struct option options[] = {
		{.name = "--json", .about = "the numbers as JSON", .flag = &is_json},
	};
	const struct options_form form = {
		.usage = "undersign roster compare OLD NEW [--json]",
		.about = "Shows what is different between two editions of a roster, or two copies "
			 "of one: who is in both, in one only, and which of its words changed. "
			 "Enrolled members have new secrets in a new edition: none of them is in "
			 "both, and only the numbers can be compared.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 2,
		.most = 2,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	struct problem problem = {0};
	struct roster_folder lists[2];
	struct comparison result = {0};
	enum undersign_status status =
		roster_folder_open(&lists[0], operands.at[0], false, &problem);
	if (status == UNDERSIGN_OK) {
		status = roster_folder_open(&lists[1], operands.at[1], false, &problem);
		if (status == UNDERSIGN_OK)
			status = compare(&result, &lists[0], &lists[1], &operands, &problem);
		if (status == UNDERSIGN_OK && is_json) {
			output_json(
				json_pack("{s:I, s:I, s:I}", "both", (json_int_t)result.n_both,
					  "only_old", (json_int_t)(result.n_old - result.n_both),
					  "only_new", (json_int_t)(result.n_new - result.n_both)));
		} else if (status == UNDERSIGN_OK) {
			print_fixed(&lists[0].fixed, &lists[1].fixed);
			print_number(N_("in both"), result.n_both);
			print_number(N_("only in old"), result.n_old - result.n_both);
			print_number(N_("only in new"), result.n_new - result.n_both);
		}
		roster_folder_close(&lists[1]);
	}
	code = status == UNDERSIGN_OK
		       ? CLI_YES
		       : talk_refuse(status, "These lists cannot be compared.", &problem, NULL);
	roster_folder_close(&lists[0]);
	return code;
}
