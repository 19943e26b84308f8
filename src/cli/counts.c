#include "counts.h"

#include "acts_print.h"
#include "cli.h"
#include "encoding.h"
#include "poll_counts.h"
#include "printable.h"
#include "record_verbs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_WIDTH 44

static struct bytes view(struct undersign_bytes bytes)
{
	return bytes_from(bytes.data, bytes.len);
}

static const char *class_text(enum undersign_class class_of_members)
{
	return class_of_members == UNDERSIGN_RAW_KEY ? "raw-key" : "enrolled";
}

void counts_print_caption(const struct opened *opened)
{
	const struct undersign_tally *tally = opened->tally;
	char date[OPENED_DATE_LEN];

	opened_date(date, opened, opened->info->date);
	if (tally->total == 0 && opened->info->epoch < opened->info->closes) {
		output_say("No signature has been published yet, as of epoch %" PRIu64 ", %s.\n",
			   opened->info->epoch, date);
		return;
	}
	printf(catalogue_plural("%" PRIu64 " signature from %" PRIu64
				" of %zu organisations, as of epoch %" PRIu64 ", %s\n",
				"%" PRIu64 " signatures from %" PRIu64
				" of %zu organisations, as of epoch %" PRIu64 ", %s\n",
				tally->total),
	       tally->total, tally->represented, tally->n_organisations, opened->info->epoch, date);
	if (opened->info->epoch >= opened->info->closes) {
		opened_date(date, opened, opened->info->closes_date);
		output_say("Closed on %s. This count is final.\n", date);
	}
}

/* 84 for 8.4 %, rounded. */
static uint64_t per_mille(uint64_t part, uint64_t whole)
{
	return whole == 0 ? 0 : (2000 * part + whole) / (2 * whole);
}

/* The columns of numbers, at least; a language's words may need more. */
#define NUMBER_WIDTH 8

static void print_right(const char *text, size_t width)
{
	const size_t columns = printable_columns(bytes_from_text(text));

	printf("%*s", columns < width ? (int)(width - columns) : 0, "");
	output_text(bytes_from_text(text));
}

static size_t width_of(const char *text)
{
	const size_t columns = printable_columns(bytes_from_text(text));

	return columns > NUMBER_WIDTH ? columns : NUMBER_WIDTH;
}

static void print_cells(const char *signed_text, const char *members, const char *share)
{
	char below[64];

	(void)snprintf(below, sizeof below, _("below %" PRIu32), (uint32_t)5);
	const size_t signed_width =
		width_of(below) > width_of(_("signed")) ? width_of(below) : width_of(_("signed"));
	printf(" ");
	print_right(signed_text, signed_width);
	printf(" ");
	print_right(members, width_of(_("members")));
	if (*share)
		printf("  ");
	print_right(share, *share ? width_of(_("share")) : 0);
	printf("\n");
}

static void print_row(struct bytes name, const char *signed_text, uint64_t members,
		      const char *share)
{
	char number[32];

	(void)snprintf(number, sizeof number, "%" PRIu64, members);
	printf("  ");
	output_padded(name, NAME_WIDTH);
	print_cells(signed_text, number, share);
}

static void print_count(struct bytes name, uint64_t count, uint64_t members, bool has_share)
{
	char number[32], share[32] = "";

	(void)snprintf(number, sizeof number, "%" PRIu64, count);
	if (has_share)
		(void)snprintf(share, sizeof share, _("%" PRIu64 ".%" PRIu64 " %%"),
			       per_mille(count, members) / 10, per_mille(count, members) % 10);
	print_row(name, number, members, share);
}

/* A ring's row: nothing is said of a number below hold-min that was never published. */
static void print_ring(const struct opened *opened, const struct undersign_ring_count *ring)
{
	char text[64];

	if (ring->signatures == 0 && !(ring->is_all && !ring->is_own)) {
		(void)snprintf(text, sizeof text, _("below %" PRIu32), opened->info->hold_min);
		print_row(view(ring->name), text, ring->members, "-");
		return;
	}
	print_count(view(ring->name), ring->signatures, ring->members,
		    !(ring->is_all && !ring->is_own));
}

/* The members of a class without repeats: those of its ring of all. */
static uint64_t class_members(const struct undersign_tally *tally,
			      enum undersign_class class_of_members)
{
	for (size_t i = 0; i < tally->n_rings; i++)
		if (tally->rings[i].is_all && tally->rings[i].class_of_members == class_of_members)
			return tally->rings[i].members;
	return 0;
}

static void print_class(const struct opened *opened, enum undersign_class class_of_members,
			uint64_t total)
{
	const struct undersign_tally *tally = opened->tally;
	const uint64_t members = class_members(tally, class_of_members);
	uint64_t sum = 0;

	if (members == 0)
		return;
	for (size_t i = 0; i < tally->n_rings; i++) {
		if (tally->rings[i].class_of_members != class_of_members)
			continue;
		print_ring(opened, &tally->rings[i]);
		sum += tally->rings[i].signatures;
	}
	print_count(bytes_from_text(class_of_members == UNDERSIGN_ENROLLED ? _("All enrolled")
									   : _("All raw-key")),
		    total, members, true);
	if (sum > total)
		output_say("  The rows add up to %" PRIu64 ": %" PRIu64
			   " signed in two rings, counted once here.\n",
			   sum, sum - total);
	printf("\n");
}

/* Rows about which something must be said: more than half, or all, of a list. */
static void print_warnings(const struct undersign_tally *tally)
{
	for (size_t i = 0; i < tally->n_rings; i++) {
		const struct undersign_ring_count *ring = &tally->rings[i];
		if (!ring->is_own || 2 * ring->signatures <= ring->members)
			continue;
		printf("  ");
		output_text(view(ring->name));
		if (ring->signatures == ring->members)
			output_say(
				":\n  Everybody on this list has signed. So it is known of each of "
				"them.\n\n");
		else
			output_say(":\n  More than half of this list has signed. Those who did not "
				   "are "
				   "the\n  smaller group; think of them when you quote this "
				   "number.\n\n");
	}
	for (size_t i = 0; i < tally->n_notices; i++) {
		output_say("  Note: %s: %s\n", tally->notices[i].where, tally->notices[i].what);
		if (i + 1 == tally->n_notices)
			printf("\n");
	}
}

/* Records of rosters that do not hold. */
static void print_records(const struct opened *opened)
{
	struct acts_print acts;

	if (acts_print_open(&acts, opened))
		acts_print_bad(&acts);
	free(acts.acts);
}

void counts_print_table(const struct opened *opened, const char *path)
{
	const struct undersign_tally *tally = opened->tally;

	printf("\n  ");
	output_padded(bytes_from_text(_("ring")), NAME_WIDTH);
	print_cells(undersign_bundle_poll(opened->bundle) ? poll_counts_column() : _("signed"),
		    _("members"), _("share"));
	print_class(opened, UNDERSIGN_ENROLLED, tally->enrolled);
	print_class(opened, UNDERSIGN_RAW_KEY, tally->raw_key);
	if (tally->withdrawn > 0) {
		char number[32];
		snprintf(number, sizeof number, "%" PRIu64, tally->withdrawn);
		printf("  ");
		output_padded(bytes_from_text(_("Withdrawn, not counted")), NAME_WIDTH);
		printf(" %8s\n\n", number);
	}
	print_warnings(tally);
	print_records(opened);
	output_say("  The count is as honest as the rosters. Source and steward of each:\n"
		   "  undersign tally --rosters ");
	output_text(bytes_from_text(path));
	printf("\n");
}

void counts_print_rosters(const struct opened *opened)
{
	const struct undersign_tally *tally = opened->tally;
	struct acts_print acts;
	const bool has_acts = acts_print_open(&acts, opened);

	for (size_t i = 0; i < tally->n_rosters; i++) {
		const struct undersign_roster_count *roster = &tally->rosters[i];
		char numbers[128];

		if (i > 0)
			printf("\n");
		output_text(view(roster->name));
		printf("\n");
		if (roster->organisation.len != roster->name.len ||
		    memcmp(roster->organisation.data, roster->name.data, roster->name.len) != 0)
			talk_row(stdout, _("  of"), 12, view(roster->organisation));
		snprintf(numbers, sizeof numbers, _("%" PRIu64 ", %s, edition %" PRIu32),
			 roster->members, class_text(roster->class_of_members), roster->edition);
		if (roster->column > 0)
			snprintf(numbers + strlen(numbers), sizeof numbers - strlen(numbers),
				 _(", column %" PRIu32), roster->column);
		talk_row(stdout, _("  members"), 12, bytes_from_text(numbers));
		talk_row(stdout, _("  source"), 12, view(roster->source));
		talk_row(stdout, _("  steward"), 12, view(roster->steward));
		talk_fingerprint(stdout, _("  list"), 12, roster->id);
		if (has_acts)
			acts_print_roster(&acts, i);
	}
	if (has_acts && acts.n_bad > 0) {
		printf("\n");
		acts_print_bad(&acts);
	}
	free(acts.acts);
}

/* A field in quotes, quotes doubled (RFC 4180). An apostrophe before what a spreadsheet would take
 * for a formula. */
static void print_csv_text(FILE *stream, struct bytes text)
{
	putc('"', stream);
	if (text.len > 0 && memchr("=+-@\t\r", text.data[0], 6))
		putc('\'', stream);
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '"')
			putc('"', stream);
		putc(text.data[i], stream);
	}
	putc('"', stream);
}

void counts_print_csv(FILE *stream, const struct opened *opened)
{
	const struct undersign_tally *tally = opened->tally;

	fprintf(stream, "ring,class,members,signatures\r\n");
	for (size_t i = 0; i < tally->n_rings; i++) {
		print_csv_text(stream, view(tally->rings[i].name));
		fprintf(stream, ",%s,%" PRIu64 ",%" PRIu64 "\r\n",
			class_text(tally->rings[i].class_of_members), tally->rings[i].members,
			tally->rings[i].signatures);
	}
}

static json_t *json_number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *json_base64(struct bytes bytes)
{
	char text[64];
	struct writer writer = writer_new(text, sizeof text);
	writer_base64(&writer, bytes);
	return output_json_text(writer_view(&writer));
}

static json_t *json_date(const struct opened *opened)
{
	uint8_t text[DATE_TIME_LEN];

	if (opened->info->epoch_seconds % 86400 == 0) {
		date_encode(text, opened->info->date);
		return output_json_text(bytes_from(text, DATE_LEN));
	}
	date_time_encode(text, opened->info->date);
	return output_json_text(bytes_from(text, DATE_TIME_LEN));
}

static json_t *json_rings(const struct undersign_tally *tally)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < tally->n_rings; i++) {
		const struct undersign_ring_count *ring = &tally->rings[i];
		json_array_append_new(rows, json_pack("{s:o, s:s, s:o, s:o}", "name",
						      output_json_text(view(ring->name)), "class",
						      class_text(ring->class_of_members), "members",
						      json_number(ring->members), "signatures",
						      json_number(ring->signatures)));
	}
	return rows;
}

static json_t *json_roster(const struct undersign_roster_count *roster)
{
	return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "name",
			 output_json_text(view(roster->name)), "class",
			 class_text(roster->class_of_members), "members",
			 json_number(roster->members), "edition", json_number(roster->edition),
			 "source", output_json_text(view(roster->source)), "steward",
			 output_json_text(view(roster->steward)), "hash",
			 output_json_hex(bytes_from(roster->id, sizeof roster->id)));
}

static json_t *json_organisations(const struct undersign_tally *tally)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < tally->n_organisations; i++) {
		const struct undersign_organisation_count *organisation = &tally->organisations[i];
		json_t *rosters = json_array();
		for (size_t j = 0; j < organisation->n_rosters; j++)
			json_array_append_new(
				rosters, json_roster(&tally->rosters[organisation->rosters[j]]));
		json_array_append_new(rows, json_pack("{s:o, s:o, s:o}", "name",
						      output_json_text(view(organisation->name)),
						      "rosters", rosters, "signatures",
						      json_number(organisation->signatures)));
	}
	return rows;
}

static const char *page_text(enum undersign_page page)
{
	switch (page) {
	case UNDERSIGN_PAGE_CHECKED:
		return "checked";
	case UNDERSIGN_PAGE_OTHER_VERSION:
		return "unchecked";
	case UNDERSIGN_PAGE_NONE:
		break;
	}
	return "none";
}

json_t *counts_json(const struct opened *opened)
{
	const struct undersign_bundle_info *info = opened->info;
	const struct undersign_tally *tally = opened->tally;

	json_t *json = json_pack(
		"{s:b, s:b, s:o, s:{s:o, s:o, s:o, s:o}, s:{s:o, s:o, s:o, s:o}, s:o, s:o, s:o, "
		"s:s, s:[]}",
		"valid", 1, "anchored", info->log_is_anchored && info->letter_is_anchored, "letter",
		output_json_hex(bytes_from(info->letter, sizeof info->letter)), "as_of", "epoch",
		json_number(info->epoch), "date", json_date(opened), "log_size",
		json_number(info->log_size), "root",
		json_base64(bytes_from(info->root, sizeof info->root)), "signatures", "total",
		json_number(tally->total), "enrolled", json_number(tally->enrolled), "raw_key",
		json_number(tally->raw_key), "withdrawn", json_number(tally->withdrawn),
		"organisations_represented", json_number(tally->represented), "rings",
		json_rings(tally), "organisations", json_organisations(tally), "page",
		page_text(info->page), "problems");
	json_t *story = record_story(opened);
	if (story)
		json_object_set_new(json, "story", story);
	if (json && undersign_bundle_poll(opened->bundle))
		json_object_set_new(json, "poll", poll_counts_json(opened));
	return json;
}

json_t *counts_json_refused(const struct problem *problem, enum undersign_status status)
{
	const char *what = problem->what[0] != '\0' ? problem->what : undersign_status_text(status);

	return json_pack(
		"{s:b, s:b, s:n, s:n, s:{s:i, s:i, s:i, s:i}, s:i, s:[], s:[], s:n, s:[o]}",
		"valid", 0, "anchored", 0, "letter", "as_of", "signatures", "total", 0, "enrolled",
		0, "raw_key", 0, "withdrawn", 0, "organisations_represented", 0, "rings",
		"organisations", "page", "problems",
		output_json_problem(problem->where, problem->rule, what));
}
