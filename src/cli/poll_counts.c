#include "poll_counts.h"

#include "cli.h"

#include <inttypes.h>
#include <stdio.h>

#define OPTION_WIDTH 44

static struct bytes view(struct undersign_bytes bytes)
{
	return bytes_from(bytes.data, bytes.len);
}

/* 84 for 8.4 %, rounded. */
static uint64_t per_mille(uint64_t part, uint64_t whole)
{
	return whole == 0 ? 0 : (2000 * part + whole) / (2 * whole);
}

/* Members of all classes, repeats within a class removed. */
static uint64_t members_of(const struct undersign_tally *tally)
{
	uint64_t n = 0;

	for (size_t i = 0; i < tally->n_rings; i++)
		if (tally->rings[i].is_all)
			n += tally->rings[i].members;
	return n;
}

static void print_turnout(const struct opened *opened, const struct undersign_poll *poll)
{
	const uint64_t members = members_of(opened->tally);
	const uint64_t share = per_mille(poll->answers, members);

	output_say("  %" PRIu64 " of %" PRIu64 " members answered (%" PRIu64 ".%" PRIu64 " %%).\n",
		   poll->answers, members, share / 10, share % 10);
	if (poll->quorum > 0 && (poll->has_quorum || poll->state != UNDERSIGN_POLL_SEALED))
		output_say(poll->has_quorum ? "  The quorum of %" PRIu64 " was reached.\n"
					    : "  The quorum of %" PRIu64 " was not reached.\n",
			   poll->quorum);
	else if (poll->quorum > 0)
		output_say("  The quorum of %" PRIu64 " is not reached yet.\n", poll->quorum);
}

/* Once the closing's epoch stands, the next one is waited for: with it nothing can be added. */
static void print_sealed(const struct opened *opened, const struct undersign_poll *poll)
{
	const struct undersign_bundle_info *info = opened->info;
	const uint64_t more = info->epoch >= info->closes ? info->epoch_seconds : 0;
	char date[OPENED_DATE_LEN];

	output_say("  Sealed until %s.\n", opened_date(date, opened, info->closes_date + more));
	if (poll->n_trustees > 0)
		output_say("  Only %" PRIu32 " of the %zu trustees together could see a partial "
			   "result, or\n  single answers, though not whose they are; the desk "
			   "cannot.\n",
			   poll->threshold, poll->n_trustees);
}

static void print_trustees(const struct undersign_poll *poll)
{
	uint32_t n_given = 0;

	for (size_t j = 0; j < poll->n_trustees; j++)
		n_given += poll->trustees[j].has_given;
	if (poll->state == UNDERSIGN_POLL_CLOSED && poll->n_groups > 0)
		output_say("  Closed, not opened yet: %" PRIu32 " of the %" PRIu32
			   " trustees who are needed have\n  given their shares.\n",
			   n_given, poll->threshold);
	if (poll->state == UNDERSIGN_POLL_CLOSED && poll->n_groups == 0)
		output_say("  Closed with too few answers to open any.\n");
	if (poll->state == UNDERSIGN_POLL_OPENED)
		output_say("  Opened by %" PRIu32 " of %zu trustees; %" PRIu32
			   " were needed. No single answer was opened.\n",
			   n_given, poll->n_trustees, poll->threshold);
	for (size_t j = 0; j < poll->n_trustees; j++) {
		if (!poll->trustees[j].has_lied)
			continue;
		output_say("  A share that does not hold was given by ");
		output_text(view(poll->trustees[j].name));
		printf(".\n");
	}
}

static void print_option(const struct undersign_bytes *option, uint64_t count, uint64_t answers)
{
	const uint64_t share = per_mille(count, answers);

	printf("    ");
	output_padded(view(*option), OPTION_WIDTH);
	printf(" %8" PRIu64 "  %4" PRIu64 ".%" PRIu64 " %%\n", count, share / 10, share % 10);
}

static void print_questions(const struct undersign_poll *poll)
{
	const uint64_t *count = poll->totals;

	for (size_t q = 0; q < poll->n_questions; q++) {
		const struct undersign_poll_question *question = &poll->questions[q];

		printf("\n");
		talk_row(stdout, " ", 2, view(question->text));
		for (uint32_t o = 0; o < question->n_options; o++)
			print_option(&question->options[o], *count++,
				     poll->answers - poll->withheld);
	}
	output_say(
		"\n  No margin of error: nobody was sampled. These are the answers of those who\n"
		"  answered.\n");
}

/* The sums that were opened apart, with the rings that had too few for one of their own. */
static void print_groups(const struct opened *opened, const struct undersign_poll *poll)
{
	for (size_t g = 0; g < poll->n_groups; g++) {
		const struct undersign_poll_group *group = &poll->groups[g];
		const uint64_t *count = group->counts;

		printf("\n  ");
		output_text(view(opened->tally->rings[group->ring].name));
		printf(catalogue_plural(": %" PRIu64 " answer\n", ": %" PRIu64 " answers\n",
					group->answers),
		       group->answers);
		for (size_t q = 0; q < poll->n_questions; q++)
			for (uint32_t o = 0; o < poll->questions[q].n_options; o++)
				print_option(&poll->questions[q].options[o], *count++,
					     group->answers);
	}
	if (poll->withheld > 0)
		printf(catalogue_plural("\n  %" PRIu64 " answer was not opened: fewer than %" PRIu32
					" of its class.\n",
					"\n  %" PRIu64
					" answers were not opened: fewer than %" PRIu32
					" of their class.\n",
					poll->withheld),
		       poll->withheld, opened->info->hold_min);
}

const char *poll_counts_column(void)
{
	return _("answered");
}

static void print_caption(const struct opened *opened)
{
	const struct undersign_tally *tally = opened->tally;
	char date[OPENED_DATE_LEN];

	opened_date(date, opened, opened->info->date);
	if (tally->total == 0 && opened->info->epoch < opened->info->closes) {
		output_say("No answer has been published yet, as of epoch %" PRIu64 ", %s.\n",
			   opened->info->epoch, date);
		return;
	}
	printf(catalogue_plural("%" PRIu64 " answer from %" PRIu64
				" of %zu organisations, as of epoch %" PRIu64 ", %s\n",
				"%" PRIu64 " answers from %" PRIu64
				" of %zu organisations, as of epoch %" PRIu64 ", %s\n",
				tally->total),
	       tally->total, tally->represented, tally->n_organisations, opened->info->epoch, date);
	if (opened->info->epoch >= opened->info->closes) {
		opened_date(date, opened, opened->info->closes_date);
		output_say("Closed on %s. This count is final.\n", date);
	}
}

void poll_counts_print(const struct opened *opened)
{
	const struct undersign_poll *poll = undersign_bundle_poll(opened->bundle);

	print_caption(opened);
	printf("\n");
	print_turnout(opened, poll);
	if (poll->state == UNDERSIGN_POLL_SEALED)
		print_sealed(opened, poll);
	print_trustees(poll);
	if (poll->state != UNDERSIGN_POLL_OPENED)
		return;
	print_questions(poll);
	print_groups(opened, poll);
}

static void print_csv_text(struct undersign_bytes text)
{
	putchar('"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '"')
			putchar('"');
		putchar(text.data[i]);
	}
	putchar('"');
}

void poll_counts_print_csv(const struct opened *opened)
{
	const struct undersign_poll *poll = undersign_bundle_poll(opened->bundle);

	printf("ring,answers,question,option,count\r\n");
	for (size_t g = 0; g < poll->n_groups && poll->state == UNDERSIGN_POLL_OPENED; g++) {
		const uint64_t *count = poll->groups[g].counts;

		for (size_t q = 0; q < poll->n_questions; q++)
			for (uint32_t o = 0; o < poll->questions[q].n_options; o++) {
				print_csv_text(opened->tally->rings[poll->groups[g].ring].name);
				printf(",%" PRIu64 ",", poll->groups[g].answers);
				print_csv_text(poll->questions[q].text);
				printf(",");
				print_csv_text(poll->questions[q].options[o]);
				printf(",%" PRIu64 "\r\n", *count++);
			}
	}
}

static json_t *numbers(const uint64_t *values, size_t n)
{
	json_t *rows;

	if (!values)
		return json_null();
	rows = json_array();
	for (size_t k = 0; k < n; k++)
		json_array_append_new(rows, json_integer((json_int_t)values[k]));
	return rows;
}

static json_t *json_questions(const struct undersign_poll *poll)
{
	const uint64_t *totals = poll->totals;
	json_t *rows = json_array();

	for (size_t q = 0; q < poll->n_questions; q++) {
		const struct undersign_poll_question *question = &poll->questions[q];
		json_t *options = json_array();

		for (uint32_t o = 0; o < question->n_options; o++)
			json_array_append_new(options,
					      output_json_text(view(question->options[o])));
		json_array_append_new(rows,
				      json_pack("{s:o, s:I, s:I, s:o, s:o}", "question",
						output_json_text(view(question->text)), "min",
						(json_int_t)question->min, "max",
						(json_int_t)question->max, "options", options,
						"totals", numbers(totals, question->n_options)));
		totals = totals ? totals + question->n_options : NULL;
	}
	return rows;
}

static json_t *json_counts(const struct undersign_poll *poll, const uint64_t *counts)
{
	json_t *rows;

	if (!counts)
		return json_null();
	rows = json_array();
	for (size_t q = 0; q < poll->n_questions; q++) {
		json_array_append_new(rows, numbers(counts, poll->questions[q].n_options));
		counts += poll->questions[q].n_options;
	}
	return rows;
}

static json_t *json_groups(const struct opened *opened, const struct undersign_poll *poll)
{
	json_t *rows = json_array();

	for (size_t g = 0; g < poll->n_groups; g++) {
		const struct undersign_poll_group *group = &poll->groups[g];
		json_t *rings = json_array();

		for (size_t k = 0; k < group->n_rings; k++)
			json_array_append_new(
				rings,
				output_json_text(view(opened->tally->rings[group->rings[k]].name)));
		json_array_append_new(
			rows,
			json_pack("{s:o, s:o, s:I, s:o}", "ring",
				  output_json_text(view(opened->tally->rings[group->ring].name)),
				  "rings", rings, "answers", (json_int_t)group->answers, "counts",
				  json_counts(poll, group->counts)));
	}
	return rows;
}

static json_t *json_trustees(const struct undersign_poll *poll)
{
	json_t *names = json_array(), *given = json_array(), *lied = json_array();

	for (size_t j = 0; j < poll->n_trustees; j++) {
		json_array_append_new(names, output_json_text(view(poll->trustees[j].name)));
		json_array_append_new(given, json_boolean(poll->trustees[j].has_given));
		json_array_append_new(lied, json_boolean(poll->trustees[j].has_lied));
	}
	return json_pack("{s:I, s:o, s:o, s:o}", "threshold", (json_int_t)poll->threshold, "names",
			 names, "given", given, "false", lied);
}

json_t *poll_counts_json(const struct opened *opened)
{
	static const char *const states[] = {[UNDERSIGN_POLL_SEALED] = "sealed",
					     [UNDERSIGN_POLL_CLOSED] = "closed",
					     [UNDERSIGN_POLL_OPENED] = "opened"};
	const struct undersign_poll *poll = undersign_bundle_poll(opened->bundle);

	return json_pack("{s:s, s:I, s:I, s:b, s:I, s:o, s:o, s:o}", "state", states[poll->state],
			 "answers", (json_int_t)poll->answers, "quorum", (json_int_t)poll->quorum,
			 "quorum_reached", poll->has_quorum, "withheld", (json_int_t)poll->withheld,
			 "trustees", json_trustees(poll), "questions", json_questions(poll),
			 "groups", json_groups(opened, poll));
}
