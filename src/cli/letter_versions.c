#include "cli.h"
#include "letter_verbs.h"
#include "opened.h"

#include "versions_page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct versions {
	const char *out;
	bool is_json;
	struct opened opened[VERSIONS_MAX];
	struct versions_letter letters[VERSIONS_MAX];
	size_t n;
};

static struct bytes view(struct undersign_bytes bytes)
{
	return bytes_from(bytes.data, bytes.len);
}

/* The language of the authoritative text, from the manifest: `authoritative <language>`. */
static struct bytes language_of(const struct undersign_bundle_info *info)
{
	static const char key[] = "\nauthoritative ";
	const struct bytes manifest = view(info->manifest);

	for (size_t i = 0; i + sizeof key - 1 < manifest.len; i++) {
		size_t end = i + sizeof key - 1;

		if (memcmp(manifest.data + i, key, sizeof key - 1) != 0)
			continue;
		while (end < manifest.len && manifest.data[end] != '\n')
			end++;
		return bytes_part(manifest, i + sizeof key - 1, end - i - (sizeof key - 1));
	}
	return bytes_from_text("en");
}

static void take(struct versions_letter *out, const struct opened *opened)
{
	const struct undersign_bundle_info *info = opened->info;

	memcpy(out->id, info->letter, sizeof out->id);
	out->title = view(info->title);
	out->text = view(info->text);
	out->language = language_of(info);
	out->opens = info->opens_date;
	out->as_of = info->date;
	out->is_closed = info->epoch >= info->closes;
	out->total = opened->tally->total;
	out->represented = opened->tally->represented;
	out->n_organisations = opened->tally->n_organisations;
}

/* Two versions are two letters; each bundle is named once. */
static enum undersign_status check_apart(const struct versions *versions, struct problem *problem)
{
	for (size_t i = 0; i < versions->n; i++)
		for (size_t j = 0; j < i; j++)
			if (memcmp(versions->letters[i].id, versions->letters[j].id,
				   sizeof versions->letters[i].id) == 0) {
				problem_where_number(problem, "bundle", i + 1);
				problem_rule(problem, "each version is a letter of its own");
				problem_what_numbers(problem,
						     "it is of the same letter as bundle {1}",
						     j + 1, 0);
				return UNDERSIGN_E_INVALID;
			}
	return UNDERSIGN_OK;
}

static void print_text(const struct versions *versions)
{
	for (size_t i = 0; i < versions->n; i++) {
		const struct versions_letter *letter = &versions->letters[i];
		char date[OPENED_DATE_LEN];

		printf("%3zu  ", i + 1);
		output_padded(letter->title, 36);
		output_say(" %8" PRIu64 " signed, %s%s%s\n", letter->total,
			   opened_date(date, &versions->opened[i], letter->as_of),
			   letter->is_closed ? _(", final") : "",
			   i > 0 && bytes_are_equal(letter->text, versions->letters[i - 1].text)
				   ? _(", same text")
				   : "");
	}
}

static void print_json(const struct versions *versions)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < versions->n; i++) {
		const struct versions_letter *letter = &versions->letters[i];

		json_array_append_new(
			rows, json_pack("{s:o, s:o, s:o, s:o, s:I, s:b}", "letter",
					output_json_hex(bytes_from(letter->id, sizeof letter->id)),
					"title", output_json_text(letter->title), "opens",
					output_json_date(letter->opens), "as_of",
					output_json_date(letter->as_of), "signatures",
					(json_int_t)letter->total, "final", letter->is_closed));
	}
	output_json(json_pack("{s:o}", "versions", rows));
}

static enum undersign_status write_page(const struct versions *versions, struct problem *problem)
{
	struct arena_heap heap;
	struct bytes page;

	arena_heap_open(&heap, SIZE_MAX, false);
	enum undersign_status status =
		versions_page_make(&page, versions->letters, versions->n, &heap.arena);
	if (status == UNDERSIGN_OK)
		status = cli_write(versions->out, page, FILE_PUBLIC, FILE_REPLACE, problem);
	arena_heap_close(&heap);
	return status;
}

static int run(struct versions *versions, char **paths)
{
	const struct opened_options trust = {.is_silent = versions->is_json};
	struct problem problem = {0};
	enum undersign_status status = UNDERSIGN_OK;
	size_t n_opened = 0;
	int code = CLI_YES;

	for (size_t i = 0; i < versions->n && code == CLI_YES; i++) {
		status = opened_open(&versions->opened[i], paths[i], &trust, &problem);
		n_opened++;
		if (status == UNDERSIGN_OK)
			take(&versions->letters[i], &versions->opened[i]);
		else
			code = opened_refuse(status, &problem);
	}
	if (code == CLI_YES) {
		status = check_apart(versions, &problem);
		if (status == UNDERSIGN_OK && versions->out)
			status = write_page(versions, &problem);
		if (status != UNDERSIGN_OK)
			code = talk_refuse(status, "The versions were not compared.", &problem,
					   NULL);
		else if (versions->is_json)
			print_json(versions);
		else
			print_text(versions);
	}
	for (size_t i = 0; i < n_opened; i++)
		opened_close(&versions->opened[i]);
	return code;
}

int letter_versions(int argc, char **argv)
{
	static struct versions versions;
	const struct option options[] = {
		{.name = "--output",
		 .letter = "-o",
		 .value = "FILE",
		 .about = "write a page: what changed in the text, and the count of each",
		 .text = &versions.out},
		{.name = "--json", .about = "the counts as JSON", .flag = &versions.is_json},
	};
	const struct options_form form = {
		.usage = "undersign letter versions [-o FILE | --json] EARLIER LATER...",
		.about = "Compares the versions of a letter, from their bundles, all of which are "
			 "verified: a changed text is another letter, which people sign again, or "
			 "not. How many signed each is shown; who signed both, nobody can see.",
		.options = options,
		.n_options = sizeof(options) / sizeof(options[0]),
		.least = 2,
		.most = VERSIONS_MAX,
	};
	struct operands operands;
	int code;
	if (!options_read(&operands, &code, &form, argc, argv))
		return code;
	versions.n = operands.n;
	return run(&versions, operands.at);
}
